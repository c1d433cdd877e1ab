//! A workload cluster whose API does not answer: what was known becomes unknown, and known again.

use fleetui_base::ObjectName;
use serde_json::Value;

use super::Fleet;
use super::harness::{condition, logical, reason_of, status_of};
use crate::kinds::Watched;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_becomes_unknown_and_recovers() {
    let fleet = Fleet::start().await;
    fleet.cluster("dark", 1, 1).await;
    fleet.wait_available("dark", 1).await;
    let cluster = logical(&ObjectName::new("default", "dark"));
    let machines = fleet.list(Watched::Machine).await;
    let names: Vec<&str> = machines
        .iter()
        .filter_map(|machine| machine["metadata"]["name"].as_str())
        .collect();

    fleet.server.set_reachable(&cluster, false).expect("cut");
    for name in &names {
        let lost = |machine: &Value| {
            reason_of(machine, "NodeHealthy") == "ConnectionDown"
                && status_of(machine, "NodeReady") == "Unknown"
        };
        let machine = fleet.wait(Watched::Machine, name, lost).await;
        let message = condition(&machine, "NodeReady").and_then(|condition| condition["message"].as_str());
        assert!(
            message.is_some_and(|message| message.starts_with("Last successful probe at ")),
            "{message:?}"
        );
        assert_eq!(
            machine["status"]["phase"], "Running",
            "it is not gone, only not heard of"
        );
    }
    let dark = fleet
        .wait(Watched::Cluster, "dark", |cluster| {
            reason_of(cluster, "RemoteConnectionProbe") == "ProbeFailed"
        })
        .await;
    assert_eq!(status_of(&dark, "Available"), "False");
    fleet
        .wait(Watched::KubeadmControlPlane, "dark", |plane| {
            status_of(plane, "Available") == "Unknown"
        })
        .await;
    assert_eq!(fleet.list(Watched::Machine).await.len(), 2, "nothing is replaced");

    fleet.server.set_reachable(&cluster, true).expect("restored");
    for name in &names {
        fleet
            .wait(Watched::Machine, name, |machine| {
                status_of(machine, "Available") == "True"
            })
            .await;
    }
    fleet.wait_available("dark", 1).await;
    fleet.settle().await;
    fleet.controllers.stop().await;
}
