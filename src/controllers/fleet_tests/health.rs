//! Health checks: machines whose node fails are replaced, within limits; or somebody else is asked to repair them.

use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, number, reason_of, status_of};
use crate::kinds::Watched;

fn check(cluster: &str, more: &Value) -> Value {
    let mut spec = json!({
        "clusterName": cluster,
        "selector": {"matchLabels": {"cluster.x-k8s.io/deployment-name": format!("{cluster}-md")}},
        "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 0}]}
    });
    json_patch::merge(&mut spec, more);
    spec
}

async fn workers(fleet: &Fleet) -> Vec<String> {
    let machines = fleet.list(Watched::Machine).await;
    let workers = machines.iter().filter(|machine| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_none()
    });
    workers
        .filter_map(|machine| machine["metadata"]["name"].as_str().map(str::to_owned))
        .collect()
}

/// Lets a node say that it is (not) ready, as its kubelet would.
async fn report(fleet: &Fleet, cluster: &str, node: &str, ready: &str) {
    let nodes: Api<Node> = Api::all(fleet.workload(cluster));
    let mut status = serde_json::to_value(nodes.get(node).await.expect("a node").status).expect("JSON");
    for condition in status["conditions"].as_array_mut().expect("conditions") {
        if condition["type"] == "Ready" {
            condition["status"] = json!(ready);
            condition["reason"] = json!("KubeletNotReady");
        }
    }
    let patch = json!({"status": {"conditions": status["conditions"]}});
    nodes
        .patch_status(node, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .expect("reported");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_whose_node_fails_is_replaced_and_a_lost_node_too() {
    let fleet = Fleet::start().await;
    fleet.cluster("ill", 1, 2).await;
    fleet.wait_available("ill", 2).await;
    fleet
        .create(Watched::MachineHealthCheck, "ill", check("ill", &json!({})))
        .await;
    fleet
        .wait(Watched::MachineHealthCheck, "ill", |check| {
            number(check, "/status/currentHealthy") == 2 && status_of(check, "RemediationAllowed") == "True"
        })
        .await;
    fleet.settle().await;
    let before = fleet.server.revision();
    fleet.controllers.round().await.expect("a round");
    assert_eq!(
        fleet.server.revision(),
        before,
        "all are well, nothing is written"
    );

    let names = workers(&fleet).await;
    report(&fleet, "ill", &names[0], "False").await;
    fleet.wait_gone(Watched::Machine, &names[0]).await;
    fleet.wait_available("ill", 2).await;
    let nodes: Api<Node> = Api::all(fleet.workload("ill"));
    nodes
        .delete(&names[1], &DeleteParams::default())
        .await
        .expect("the node is lost");
    fleet.wait_gone(Watched::Machine, &names[1]).await;
    fleet.wait_available("ill", 2).await;
    fleet
        .wait(Watched::MachineHealthCheck, "ill", |check| {
            number(check, "/status/currentHealthy") == 2
        })
        .await;
    fleet.settle().await;
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_unhealthy_machines_are_left_alone_until_they_recover() {
    let fleet = Fleet::start().await;
    fleet.cluster("many", 1, 3).await;
    fleet.wait_available("many", 3).await;
    let limit = json!({"remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": 1}}});
    fleet
        .create(Watched::MachineHealthCheck, "many", check("many", &limit))
        .await;
    fleet
        .wait(Watched::MachineHealthCheck, "many", |check| {
            number(check, "/status/currentHealthy") == 3
        })
        .await;
    let names = workers(&fleet).await;
    // One who is held by a hook goes on being counted, so that the second one is one too many.
    let hold = json!({"metadata": {"annotations": {"cluster.x-k8s.io/skip-remediation": ""}}});
    for name in &names[..2] {
        fleet.patch(Watched::Machine, name, hold.clone()).await;
        report(&fleet, "many", name, "False").await;
    }
    let release = json!({"metadata": {"annotations": {"cluster.x-k8s.io/skip-remediation": null}}});
    fleet
        .wait(Watched::MachineHealthCheck, "many", |check| {
            number(check, "/status/expectedMachines") == 1
        })
        .await;
    fleet
        .patch(
            Watched::MachineHealthCheck,
            "many",
            json!({"spec": {"remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": 0}}}}),
        )
        .await;
    for name in &names[..2] {
        fleet.patch(Watched::Machine, name, release.clone()).await;
    }
    let check = fleet
        .wait(Watched::MachineHealthCheck, "many", |check| {
            number(check, "/status/expectedMachines") == 3
                && number(check, "/status/currentHealthy") == 1
                && reason_of(check, "RemediationAllowed") == "TooManyUnhealthy"
        })
        .await;
    let message = condition(&check, "RemediationAllowed").map(|told| told["message"].clone());
    assert_eq!(
        message,
        Some(json!(
            "Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: 3, unhealthy: \
             2, maxUnhealthy: 0)"
        ))
    );
    fleet.settle().await;
    assert_eq!(workers(&fleet).await, names, "nobody is replaced");
    let machine = fleet.get(Watched::Machine, &names[0]).await;
    assert_eq!(reason_of(&machine, "HealthCheckSucceeded"), "UnhealthyNode");
    assert!(condition(&machine, "OwnerRemediated").is_none());
    let old = &machine["status"]["deprecated"]["v1beta1"]["conditions"];
    let old = old.as_array().expect("conditions").iter();
    let mut old = old.filter(|condition| condition["type"] == "HealthCheckSucceeded");
    assert_eq!(old.next().map(|old| &old["severity"]), Some(&json!("Warning")));
    for name in &names[..2] {
        report(&fleet, "many", name, "True").await;
    }
    for name in &names[..2] {
        fleet
            .wait(Watched::Machine, name, |machine| {
                status_of(machine, "HealthCheckSucceeded") == "True" && status_of(machine, "Ready") == "True"
            })
            .await;
    }
    fleet.settle().await;
    fleet.controllers.stop().await;
}

async fn served(fleet: &Fleet, kind: &str) -> Api<DynamicObject> {
    let (plural, group) = (
        format!("{}s", kind.to_lowercase()),
        "infrastructure.cluster.x-k8s.io",
    );
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true
            }}}]
        }
    });
    let definitions = ApiResource::erase::<
        k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
    >(&());
    let api: Api<DynamicObject> = Api::all_with(fleet.client.clone(), &definitions);
    let definition: DynamicObject = serde_json::from_value(definition).expect("a definition");
    api.create(&PostParams::default(), &definition)
        .await
        .expect("served");
    let resource = ApiResource {
        group: group.to_owned(),
        version: "v1".to_owned(),
        api_version: format!("{group}/v1"),
        kind: kind.to_owned(),
        plural,
    };
    Api::namespaced_with(fleet.client.clone(), "default", &resource)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_repairs_where_the_check_says_so() {
    let fleet = Fleet::start().await;
    is_repaired_by_others(&fleet).await;
    fleet.controllers.stop().await;
}

/// A cluster comes whose worker falls ill, and is repaired by somebody else.
pub(super) async fn is_repaired_by_others(fleet: &Fleet) {
    let templates = served(fleet, "RebootTemplate").await;
    let reboots = served(fleet, "Reboot").await;
    let template = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1", "kind": "RebootTemplate", "metadata": {"name": "gently"},
        "spec": {"template": {"spec": {"times": 2}}}
    });
    let template: DynamicObject = serde_json::from_value(template).expect("an object");
    templates
        .create(&PostParams::default(), &template)
        .await
        .expect("a template");
    fleet.cluster("repaired", 1, 1).await;
    fleet.wait_available("repaired", 1).await;
    let by_other = json!({"remediation": {"templateRef": {
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1", "kind": "RebootTemplate", "name": "gently"
    }}});
    fleet
        .create(
            Watched::MachineHealthCheck,
            "repaired",
            check("repaired", &by_other),
        )
        .await;
    let name = workers(fleet).await.remove(0);
    report(fleet, "repaired", &name, "False").await;
    let asked = |machine: &Value| reason_of(machine, "ExternallyRemediated") == "WaitingForRemediation";
    fleet.wait(Watched::Machine, &name, asked).await;
    let reboot = reboots.get(&name).await.expect("it is asked for");
    assert_eq!(reboot.data["spec"], json!({"times": 2}));
    assert_eq!(reboot.metadata.owner_references.expect("owners")[0].name, name);
    fleet.settle().await;
    report(fleet, "repaired", &name, "True").await;
    fleet
        .wait(Watched::Machine, &name, |machine| {
            status_of(machine, "HealthCheckSucceeded") == "True"
        })
        .await;
    fleet.settle().await;
    assert!(
        reboots.get_opt(&name).await.expect("an answer").is_none(),
        "it is not needed any more"
    );
    assert_eq!(workers(fleet).await, [name], "nobody replaces it");
}
