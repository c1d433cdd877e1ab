//! What clients of v1beta1 see of a cluster that runs, and of one that comes up.

use kube::Api;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::Fleet;
use super::harness::condition;
use crate::kinds::Watched;

/// An object as v1beta1 shows it.
async fn old(fleet: &Fleet, kind: Watched, name: &str) -> Value {
    let mut resource = kind.resource();
    resource.version = "v1beta1".to_owned();
    resource.api_version = format!("{}/v1beta1", kind.group());
    let api: Api<DynamicObject> = Api::namespaced_with(fleet.client.clone(), "default", &resource);
    serde_json::to_value(api.get(name).await.expect("it is there")).expect("JSON")
}

/// Types of the conditions that are True, in their order.
fn holding(object: &Value) -> Vec<&str> {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions
        .filter(|condition| condition["status"] == "True")
        .filter_map(|condition| condition["type"].as_str())
        .collect()
}

async fn machines_are_told(fleet: &Fleet) {
    for machine in fleet.list(Watched::Machine).await {
        let name = machine["metadata"]["name"].as_str().expect("a name");
        let machine = old(fleet, Watched::Machine, name).await;
        assert_eq!(machine["status"]["phase"], "Running");
        // What runs on a control plane machine is told besides, some time later.
        let is_of_every_machine = |kind: &&str| !kind.ends_with("PodHealthy") && *kind != "EtcdMemberHealthy";
        let held: Vec<&str> = holding(&machine)
            .into_iter()
            .filter(is_of_every_machine)
            .collect();
        assert_eq!(
            held,
            ["Ready", "BootstrapReady", "InfrastructureReady", "NodeHealthy"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_clients_see_phases_counters_and_severities() {
    let fleet = Fleet::start().await;
    fleet.cluster("era", 1, 2).await;
    fleet.wait_available("era", 2).await;
    fleet.settle().await;
    let cluster = old(&fleet, Watched::Cluster, "era").await;
    assert_eq!(cluster["status"]["phase"], "Provisioned");
    assert_eq!(
        (
            &cluster["status"]["infrastructureReady"],
            &cluster["status"]["controlPlaneReady"]
        ),
        (&json!(true), &json!(true))
    );
    assert!(holding(&cluster).contains(&"InfrastructureReady"), "{cluster}");
    let deployment = old(&fleet, Watched::MachineDeployment, "era-md").await;
    assert_eq!(
        holding(&deployment),
        ["Ready", "Available", "MachineSetReady"],
        "{deployment}"
    );
    for counter in [
        "replicas",
        "readyReplicas",
        "availableReplicas",
        "updatedReplicas",
    ] {
        assert_eq!(deployment["status"][counter], 2, "{counter}");
    }
    machines_are_told(&fleet).await;
    let set = fleet.list(Watched::MachineSet).await.remove(0);
    let set = old(
        &fleet,
        Watched::MachineSet,
        set["metadata"]["name"].as_str().expect("a name"),
    )
    .await;
    assert_eq!(
        holding(&set),
        ["Ready", "MachinesCreated", "MachinesReady", "Resized"]
    );
    assert_eq!(set["status"]["fullyLabeledReplicas"], 2);

    let failing = json!({"spec": {"template": {"metadata": {"annotations": {crate::FAIL_ANNOTATION: "Full: no room"}}}}});
    fleet.patch(Watched::DevMachineTemplate, "era", failing).await;
    fleet
        .patch(
            Watched::MachineDeployment,
            "era-md",
            json!({"spec": {"replicas": 3}}),
        )
        .await;
    fleet
        .wait(Watched::MachineDeployment, "era-md", |md| {
            condition(md, "MachinesReady").is_some_and(|ready| ready["status"] == "False")
        })
        .await;
    fleet.settle().await;
    let machines = fleet.list(Watched::Machine).await;
    let stuck = machines
        .iter()
        .find(|machine| machine["status"]["phase"] == "Provisioning");
    let stuck = stuck.expect("a stuck machine")["metadata"]["name"].as_str();
    let machine = old(&fleet, Watched::Machine, stuck.expect("a name")).await;
    let ready = condition(&machine, "Ready").expect("told");
    assert_eq!(
        (&ready["severity"], &ready["reason"], &ready["message"]),
        (
            &json!("Info"),
            &json!("WaitingForInfrastructure"),
            &json!("1 of 2 completed")
        )
    );
    fleet.controllers.stop().await;
}
