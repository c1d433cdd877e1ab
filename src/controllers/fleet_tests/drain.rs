//! Draining against a workload cluster's API: budgets, rules, DaemonSets, volumes.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Api;
use kube::api::{DeleteParams, EvictParams, Patch, PatchParams, PostParams};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, quick, reason_of};
use crate::kinds::Watched;
use crate::settings::ControllerSettings;

async fn create<K>(api: &Api<K>, object: Value) -> K
where
    K: Clone + DeserializeOwned + std::fmt::Debug + serde::Serialize,
{
    let object: K = serde_json::from_value(object).expect("an object");
    api.create(&PostParams::default(), &object)
        .await
        .expect("created")
}

/// A running pod on a node.
async fn pod(fleet: &Fleet, cluster: &str, node: &str, name: &str, more: &Value) {
    let api: Api<Pod> = Api::namespaced(fleet.workload(cluster), "default");
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": "i"}]}
    });
    json_patch::merge(&mut pod, more);
    create(&api, pod).await;
    let running =
        json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(running))
        .await
        .expect("it runs");
}

/// The name of the only worker.
async fn worker(fleet: &Fleet) -> String {
    let machines = fleet.list(Watched::Machine).await;
    let worker = machines.iter().find(|machine| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_none()
    });
    worker.expect("a worker")["metadata"]["name"]
        .as_str()
        .expect("a name")
        .to_owned()
}

fn message(machine: &Value) -> String {
    condition(machine, "Deleting")
        .and_then(|deleting| deleting["message"].as_str())
        .unwrap_or_default()
        .to_owned()
}

async fn scale_to_none(fleet: &Fleet, deployment: &str) {
    fleet
        .patch(
            Watched::MachineDeployment,
            deployment,
            json!({"spec": {"replicas": 0}}),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_holds_a_drain_and_is_told_until_it_allows_it() {
    let fleet = Fleet::start().await;
    fleet.cluster("held", 1, 1).await;
    fleet.wait_available("held", 1).await;
    let name = worker(&fleet).await;
    let client = fleet.workload("held");
    pod(&fleet, "held", &name, "web", &json!({})).await;
    pod(&fleet, "held", &name, "free", &json!({})).await;
    let sets: Api<DaemonSet> = Api::namespaced(client.clone(), "default");
    let agent = json!({"metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    }});
    let agent = create(&sets, agent).await;
    let owner = json!({"metadata": {"ownerReferences": [{
        "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": agent.metadata.uid, "controller": true
    }]}});
    pod(&fleet, "held", &name, "agent", &owner).await;
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(client.clone(), "default");
    let budget = json!({"metadata": {"name": "web"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}});
    create(&budgets, budget).await;
    let allow = |allowed: i32| {
        let status = json!({"status": {
            "observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1
        }});
        let budgets = budgets.clone();
        async move {
            budgets
                .patch_status("web", &PatchParams::default(), &Patch::Merge(status))
                .await
                .expect("a budget");
        }
    };
    allow(0).await;

    scale_to_none(&fleet, "held-md").await;
    let refused = |machine: &Value| message(machine).contains("disruption budget");
    let machine = fleet.wait(Watched::Machine, &name, refused).await;
    assert_eq!(reason_of(&machine, "Deleting"), "DrainingNode");
    let started = machine["status"]["deletion"]["nodeDrainStartTime"]
        .as_str()
        .expect("a time");
    let expected = format!(
        "Drain not completed yet (started at {started}):\n* Pod default/web: cannot evict pod as it would violate the pod's \
         disruption budget. The disruption budget web needs 1 healthy pods and has 1 currently"
    );
    let only_web = |machine: &Value| message(machine) == expected;
    fleet.wait(Watched::Machine, &name, only_web).await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    assert!(
        pods.get_opt("free").await.expect("an answer").is_none(),
        "who may go is gone"
    );
    let nodes: Api<Node> = Api::all(client);
    let node = nodes.get(&name).await.expect("the node");
    assert_eq!(node.spec.and_then(|spec| spec.unschedulable), Some(true));
    fleet.settle().await;
    assert!(
        pods.get_opt("agent").await.expect("an answer").is_some(),
        "a DaemonSet's pod is not evicted; it goes with the node"
    );

    allow(1).await;
    fleet.wait_gone(Watched::Machine, &name).await;
    assert!(pods.get_opt("web").await.expect("an answer").is_none());
    assert!(nodes.get_opt(&name).await.expect("an answer").is_none());
    fleet.settle().await;
    fleet.controllers.stop().await;
}

/// Nobody counted what a budget allows, and so each held every drain for ever, or pods that never ran went past it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_drain_can_be_rehearsed_with_nothing_but_a_pod_and_a_budget() {
    let fleet = Fleet::start().await;
    fleet.cluster("held", 1, 1).await;
    fleet.wait_available("held", 1).await;
    let name = worker(&fleet).await;
    let client = fleet.workload("held");
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    for app in ["kept", "free"] {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": app, "labels": {"app": app}},
            "spec": {"nodeName": name, "terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": "i"}]}
        });
        create(&pods, pod).await;
    }
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(client, "default");
    for (app, bound) in [("kept", 0), ("free", 1)] {
        let spec = json!({"maxUnavailable": bound, "selector": {"matchLabels": {"app": app}}});
        create(&budgets, json!({"metadata": {"name": app}, "spec": spec})).await;
    }
    scale_to_none(&fleet, "held-md").await;
    let held = |machine: &Value| {
        let text = message(machine);
        text.contains("The disruption budget kept needs 1 healthy pods and has 1 currently")
            && !text.contains("free")
    };
    fleet.wait(Watched::Machine, &name, held).await;
    assert!(pods.get_opt("free").await.expect("an answer").is_none());
    let kept = pods
        .get("kept")
        .await
        .expect("it stays")
        .status
        .expect("a status");
    assert_eq!(kept.phase.as_deref(), Some("Running"));
    let allow = Patch::Merge(json!({"spec": {"maxUnavailable": 1}}));
    budgets
        .patch("kept", &PatchParams::default(), &allow)
        .await
        .expect("patched");
    fleet.wait_gone(Watched::Machine, &name).await;
    fleet.controllers.stop().await;
}

/// As `kubectl drain` does it, with no Machine that goes: nobody counted what the budget allows, and each eviction was refused for
/// ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_are_counted_for_whoever_drains_by_hand() {
    let settings = ControllerSettings {
        budget_interval: Duration::from_millis(20),
        ..quick()
    };
    let fleet = Fleet::start_as(Arc::new(|client| client), settings).await;
    fleet.cluster("hand", 1, 1).await;
    fleet.wait_available("hand", 1).await;
    let name = worker(&fleet).await;
    let client = fleet.workload("hand");
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    for pod in ["web-1", "web-2"] {
        let pod = json!({
            "metadata": {"name": pod, "labels": {"app": "web"}},
            "spec": {"nodeName": name, "terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": "i"}]}
        });
        create(&pods, pod).await;
    }
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(client, "default");
    let spec = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}});
    create(&budgets, json!({"metadata": {"name": "web"}, "spec": spec})).await;
    let counted = |healthy: i32, allowed: i32| {
        let budgets = budgets.clone();
        async move {
            let is_it = move |budget: Option<&PodDisruptionBudget>| {
                let status = budget.and_then(|budget| budget.status.as_ref());
                status.is_some_and(|it| (it.current_healthy, it.disruptions_allowed) == (healthy, allowed))
            };
            let waited = kube::runtime::wait::await_condition(budgets, "web", is_it);
            let waited = tokio::time::timeout(Duration::from_mins(1), waited).await;
            waited.expect("it is counted").expect("a watch");
        }
    };
    counted(2, 1).await;
    let params = EvictParams::default();
    pods.evict("web-1", &params).await.expect("one may go");
    counted(1, 0).await;
    let refused = pods
        .evict("web-2", &params)
        .await
        .expect_err("the last one stays");
    assert!(
        matches!(&refused, kube::Error::Api(status) if status.code == 429),
        "{refused:?}"
    );
    // Another one takes its place, and it may go.
    let pod = json!({
        "metadata": {"name": "web-3", "labels": {"app": "web"}},
        "spec": {"nodeName": name, "containers": [{"name": "c", "image": "i"}]}
    });
    create(&pods, pod).await;
    counted(2, 1).await;
    pods.evict("web-2", &params).await.expect("it may go now");
    // What nobody changes is not counted, or written, again and again.
    counted(1, 0).await;
    fleet.settle().await;
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_say_who_stays_who_is_waited_for_and_who_goes_first() {
    let fleet = Fleet::start().await;
    fleet.cluster("ruled", 1, 1).await;
    fleet.wait_available("ruled", 1).await;
    let name = worker(&fleet).await;
    for app in ["stays", "job", "late", "early"] {
        pod(&fleet, "ruled", &name, app, &json!({})).await;
    }
    let of = |app: &str| json!([{"selector": {"matchLabels": {"app": app}}}]);
    for (rule, app, drain) in [
        ("a", "stays", json!({"behavior": "Skip"})),
        ("b", "job", json!({"behavior": "WaitCompleted"})),
        ("c", "late", json!({"behavior": "Drain", "order": 5})),
    ] {
        let spec = json!({"drain": drain, "pods": of(app)});
        fleet.create(Watched::MachineDrainRule, rule, spec).await;
    }
    scale_to_none(&fleet, "ruled-md").await;
    let waits = |machine: &Value| {
        let message = message(machine);
        message.contains("* Pod default/job: waiting for completion")
            && message.ends_with("the following Pods will be evicted: default/late")
            && !message.contains("early")
            && !message.contains("stays")
    };
    fleet.wait(Watched::Machine, &name, waits).await;
    let pods: Api<Pod> = Api::namespaced(fleet.workload("ruled"), "default");
    assert!(pods.get_opt("early").await.expect("an answer").is_none());
    assert!(pods.get_opt("late").await.expect("an answer").is_some());
    assert!(pods.get_opt("stays").await.expect("an answer").is_some());
    pods.delete("job", &DeleteParams::default())
        .await
        .expect("it is done");
    fleet.wait_gone(Watched::Machine, &name).await;
    assert!(pods.get_opt("late").await.expect("an answer").is_none());
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attached_volumes_are_waited_for_as_long_as_the_machine_allows() {
    let fleet = Fleet::start().await;
    fleet.cluster("disks", 1, 1).await;
    fleet.wait_available("disks", 1).await;
    let name = worker(&fleet).await;
    let nodes: Api<Node> = Api::all(fleet.workload("disks"));
    let attached =
        json!({"status": {"volumesAttached": [{"name": "kubernetes.io/csi/disk^1", "devicePath": ""}]}});
    nodes
        .patch_status(&name, &PatchParams::default(), &Patch::Merge(attached))
        .await
        .expect("attached");
    scale_to_none(&fleet, "disks-md").await;
    let waits = |machine: &Value| {
        reason_of(machine, "Deleting") == "WaitingForVolumeDetach"
            && message(machine).ends_with(
                "* Node with .status.volumesAttached entries not matching a PersistentVolume: kubernetes.io/csi/disk^1",
            )
    };
    fleet.wait(Watched::Machine, &name, waits).await;
    let limit = json!({"spec": {"template": {"spec": {"deletion": {"nodeVolumeDetachTimeoutSeconds": 1}}}}});
    fleet.patch(Watched::MachineDeployment, "disks-md", limit).await;
    fleet.wait_gone(Watched::Machine, &name).await;
    fleet.controllers.stop().await;
}
