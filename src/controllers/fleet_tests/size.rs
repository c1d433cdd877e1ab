//! Many clusters at once: how long they take, and how many writes. Run by hand: `cargo test -- --ignored many_clusters`.

use std::time::Duration;

use fleetui_base::Clock;
use fleetui_base::clock::SystemClock;

use super::Fleet;
use super::harness::status_of;
use crate::kinds::Watched;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn many_clusters_come_up_at_once() {
    const CLUSTERS: usize = 50;
    let fleet = Fleet::start().await;
    let started = SystemClock.monotonic();
    for number in 0..CLUSTERS {
        fleet.cluster(&format!("c{number}"), 3, 7).await;
    }
    let created = SystemClock.monotonic();
    for number in 0..CLUSTERS {
        let name = format!("c{number}");
        fleet
            .wait(Watched::Cluster, &name, |cluster| {
                status_of(cluster, "Available") == "True"
            })
            .await;
    }
    let took = |from: Duration| SystemClock.monotonic().saturating_sub(from).as_millis();
    println!(
        "{CLUSTERS} clusters with {} machines: created in {} ms, available {} ms later, {} revisions",
        CLUSTERS * 10,
        created.saturating_sub(started).as_millis(),
        took(created),
        fleet.server.revision()
    );
    let round = SystemClock.monotonic();
    fleet.settle().await;
    println!("settled in {} ms", took(round));
    let round = SystemClock.monotonic();
    fleet.controllers.round().await.expect("a round");
    println!("a round over all objects takes {} ms", took(round));
    fleet.controllers.stop().await;
}
