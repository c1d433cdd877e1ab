//! Many clusters at once: all come up, and no object is written again and again.

use super::Fleet;
use super::harness::status_of;
use crate::kinds::Watched;

/// Objects of a machine, their nodes and pods, and the statuses above it that count it: measured about 50, the DNS and the proxy of a cluster with it.
const WRITES_FOR_A_MACHINE: u64 = 55;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clusters_come_up_at_once_with_a_bounded_number_of_writes() {
    const CLUSTERS: u64 = 8;
    let fleet = Fleet::start().await;
    let before = fleet.server.revision();
    for number in 0..CLUSTERS {
        fleet.cluster(&format!("c{number}"), 1, 3).await;
    }
    for number in 0..CLUSTERS {
        let name = format!("c{number}");
        fleet.wait_available(&name, 3).await;
    }
    fleet.settle().await;
    assert!(
        fleet
            .list(Watched::Machine)
            .await
            .iter()
            .all(|machine| status_of(machine, "Ready") == "True")
    );
    let writes = fleet.server.revision() - before;
    let machines = CLUSTERS * 4;
    assert!(
        writes < machines * WRITES_FOR_A_MACHINE,
        "{writes} writes for {machines} machines"
    );
    fleet.controllers.stop().await;
}
