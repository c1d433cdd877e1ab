//! Objects of a Cluster that is not there: not yet, or not any more.

use std::time::Duration;

use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::Fleet;
use super::stuck;
use crate::kinds::Watched;
use crate::logged::Log;

const KINDS: [Watched; 5] = [
    Watched::Machine,
    Watched::MachineSet,
    Watched::MachineDeployment,
    Watched::MachinePool,
    Watched::MachineHealthCheck,
];

fn spec(kind: Watched) -> Value {
    let reference =
        |kind: &str| json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": kind, "name": "absent"});
    let machine = |kind: &str| json!({"clusterName": "late", "bootstrap": {"dataSecretName": "x"}, "infrastructureRef": reference(kind)});
    let many = |kind: &str| {
        json!({
            "clusterName": "late", "replicas": 1, "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": machine(kind)}
        })
    };
    match kind {
        Watched::Machine => machine("DevMachine"),
        Watched::MachinePool => {
            json!({"clusterName": "late", "replicas": 1, "template": {"spec": machine("DevMachinePool")}})
        }
        Watched::MachineHealthCheck => json!({
            "clusterName": "late", "selector": {"matchLabels": {"a": "b"}},
            "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "Unknown", "timeoutSeconds": 300}]}
        }),
        _ => many("DevMachineTemplate"),
    }
}

async fn delete(fleet: &Fleet, kind: Watched, name: &str) {
    let (api, params) = (fleet.api(kind), DeleteParams::background());
    api.delete(name, &params).await.expect("deleted");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_on_what_names_a_cluster_that_is_not_there_and_the_log_says_which() {
    let log = Log::default();
    let _listening = log.listen();
    let (fleet, _) = stuck::start().await;
    for kind in KINDS {
        fleet.create(kind, "early", spec(kind)).await;
    }
    let kept = json!({"name": "kept", "finalizers": ["machine.cluster.x-k8s.io"]});
    fleet
        .create_with(Watched::Machine, kept, spec(Watched::Machine))
        .await;
    fleet
        .create(Watched::MachineSet, "brief", spec(Watched::MachineSet))
        .await;
    delete(&fleet, Watched::Machine, "kept").await;
    delete(&fleet, Watched::MachineSet, "brief").await;
    fleet.wait_gone(Watched::MachineSet, "brief").await;
    let before = fleet.server.revision();
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(fleet.server.revision(), before, "nothing is written");
    let early = fleet.get(Watched::MachineDeployment, "early").await;
    assert!(
        early["metadata"]["finalizers"].is_null() && early["status"].is_null(),
        "{early}"
    );
    let told = log.take();
    let line = |object: &str| {
        format!(
            "WARN a reconcile failed and is tried again object={object} error=failed to get Cluster default/late: \
             Cluster.cluster.x-k8s.io \"late\" not found"
        )
    };
    for kind in KINDS {
        let line = line(&format!("{} default/early", kind.kind()));
        assert_eq!(told.iter().filter(|told| **told == line).count(), 1, "{told:#?}");
    }
    assert!(told.contains(&line("Machine default/kept")), "{told:#?}");

    let infrastructure =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": "absent"});
    let cluster = json!({"infrastructureRef": infrastructure});
    fleet.create(Watched::Cluster, "late", cluster).await;
    for kind in KINDS {
        fleet
            .wait(kind, "early", |it| {
                it["metadata"]["ownerReferences"][0]["name"] == "late"
            })
            .await;
    }
    fleet.wait_gone(Watched::Machine, "kept").await;
    fleet.controllers.stop().await;
}
