//! Upgrades: within their bounds at every moment, and done in the end.

use std::collections::HashMap;

use futures::{StreamExt, pin_mut};
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{number, status_of};
use crate::kinds::Watched;

/// How many machines there were at most, and how many of them were available at least, once all had been.
#[derive(Debug, Default)]
struct Extremes {
    most: usize,
    fewest_available: usize,
}

/// Follows the machines with this label until all `replicas` of them run `version`.
async fn follow(fleet: &Fleet, label: &str, version: &str, replicas: usize) -> Extremes {
    let config = watcher::Config::default().labels(label);
    let events = watcher(fleet.api(Watched::Machine), config);
    pin_mut!(events);
    let mut machines: HashMap<String, Value> = HashMap::new();
    let mut extremes = Extremes {
        most: 0,
        fewest_available: usize::MAX,
    };
    let mut listed = false;
    while let Some(event) = events.next().await {
        let (object, gone) = match event.expect("a watch") {
            Event::Init => continue,
            Event::InitDone => {
                listed = true;
                continue;
            }
            Event::Apply(object) | Event::InitApply(object) => (object, false),
            Event::Delete(object) => (object, true),
        };
        let name = object.metadata.name.clone().expect("a name");
        if gone {
            machines.remove(&name);
        } else {
            machines.insert(name, serde_json::to_value(object).expect("JSON"));
        }
        if !listed {
            continue;
        }
        let available = machines
            .values()
            .filter(|machine| status_of(machine, "Available") == "True")
            .count();
        extremes.most = extremes.most.max(machines.len());
        extremes.fewest_available = extremes.fewest_available.min(available);
        let done = machines
            .values()
            .all(|machine| machine["spec"]["version"] == version);
        if done && machines.len() == replicas && available == replicas {
            break;
        }
    }
    extremes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_upgrade_stays_within_surge_and_unavailability() {
    let fleet = Fleet::start().await;
    let bounds =
        json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}}});
    fleet.cluster_with("rolled", 1, 4, bounds).await;
    fleet.wait_available("rolled", 4).await;
    fleet.settle().await;
    let old = fleet.list(Watched::MachineSet).await;
    assert_eq!(
        old[0]["metadata"]["annotations"]["machinedeployment.clusters.x-k8s.io/revision"],
        "1"
    );

    let label = "cluster.x-k8s.io/deployment-name=rolled-md";
    let upgrade = async {
        // kubeadm joins its own minor version only, so the patch version moves.
        let version = json!({"spec": {"template": {"spec": {"version": "v1.31.4"}}}});
        fleet
            .patch(Watched::MachineDeployment, "rolled-md", version)
            .await;
    };
    let limit = std::time::Duration::from_mins(1);
    let followed = async { tokio::join!(follow(&fleet, label, "v1.31.4", 4), upgrade).0 };
    let extremes = tokio::time::timeout(limit, followed)
        .await
        .expect("the rollout ends");
    assert!(extremes.most <= 6, "{extremes:?}");
    assert!(extremes.fewest_available >= 3, "{extremes:?}");

    let deployment = fleet
        .wait(Watched::MachineDeployment, "rolled-md", |md| {
            number(md, "/status/upToDateReplicas") == 4 && status_of(md, "RollingOut") == "False"
        })
        .await;
    assert_eq!(
        deployment["metadata"]["annotations"]["machinedeployment.clusters.x-k8s.io/revision"],
        "2"
    );
    fleet
        .wait_gone(
            Watched::MachineSet,
            old[0]["metadata"]["name"].as_str().expect("a name"),
        )
        .await;
    fleet.settle().await;
    let sets = fleet.list(Watched::MachineSet).await;
    assert_eq!(sets.len(), 1, "the old set is cleaned up");
    let hash = sets[0]["metadata"]["labels"]["machine-template-hash"]
        .as_str()
        .expect("a hash");
    assert_eq!(
        sets[0]["spec"]["selector"]["matchLabels"]["machine-template-hash"],
        hash
    );
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_plane_grows_and_is_upgraded_one_machine_at_a_time() {
    let fleet = Fleet::start().await;
    fleet.cluster("planes", 1, 1).await;
    fleet.wait_available("planes", 1).await;
    fleet
        .patch(
            Watched::KubeadmControlPlane,
            "planes",
            json!({"spec": {"replicas": 3}}),
        )
        .await;
    let has_three = |plane: &Value| {
        number(plane, "/status/replicas") == 3
            && number(plane, "/status/availableReplicas") == 3
            && status_of(plane, "Available") == "True"
    };
    fleet
        .wait(Watched::KubeadmControlPlane, "planes", has_three)
        .await;

    let label = "cluster.x-k8s.io/control-plane";
    let upgrade = fleet.patch(
        Watched::KubeadmControlPlane,
        "planes",
        json!({"spec": {"version": "v1.32.0"}}),
    );
    let limit = std::time::Duration::from_mins(1);
    let followed = async { tokio::join!(follow(&fleet, label, "v1.32.0", 3), upgrade).0 };
    let extremes = tokio::time::timeout(limit, followed)
        .await
        .expect("the rollout ends");
    assert_eq!(extremes.most, 4, "{extremes:?}");
    assert!(extremes.fewest_available >= 2, "a quorum stays: {extremes:?}");
    let plane = fleet
        .wait(Watched::KubeadmControlPlane, "planes", |plane| {
            number(plane, "/status/upToDateReplicas") == 3
                && plane["status"]["version"] == "v1.32.0"
                && status_of(plane, "RollingOut") == "False"
        })
        .await;
    assert_eq!(
        plane["status"]["versions"],
        json!([{"version": "v1.32.0", "replicas": 3}])
    );
    fleet.settle().await;
    fleet.controllers.stop().await;
}
