//! What a kubelet and the controller of PodDisruptionBudgets would say of a simulated workload cluster with budgets: pods on Ready
//! nodes run, and budgets allow so many disruptions. Without it a budget would hold every drain, or none.
//!
//! Must not know: when that is due. A budget whose status somebody else writes is left to them.

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::v1beta2::LabelSelector;
use fleetui_base::ObjectName;
use fleetui_base::clock::whole_seconds;
use fleetui_rules::rollout::{IntOrPercent, Rounding};
use fleetui_rules::selector;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Api;
use kube::api::ListParams;
use kube::core::ApiResource;
use serde_json::{Value, json};

use crate::change::{WorkloadTarget, WorkloadWrite};
use crate::context::Context;
use crate::counting::number;
use crate::error::Error;
use crate::object::Metadata;

/// The condition by which a budget is known as counted here.
const COUNTED: &str = "DisruptionAllowed";

/// Brings the budgets of a cluster up to date, and the pods that they count.
pub(crate) async fn settle(context: &Context, cluster: &ObjectName) -> Result<(), Error> {
    if !context.workloads.hosts(cluster) {
        return Ok(());
    }
    let client = context.workload_client(cluster).await?;
    let everything = ListParams::default();
    let budgets: Api<PodDisruptionBudget> = Api::all(client.clone());
    let what = format!("list PodDisruptionBudgets of workload cluster {cluster}");
    let budgets = context.request(what, budgets.list(&everything)).await?.items;
    if budgets.is_empty() {
        return Ok(());
    }
    let nodes: Api<Node> = Api::all(client.clone());
    let what = format!("list nodes of workload cluster {cluster}");
    let nodes = context.request(what, nodes.list(&everything)).await?.items;
    let pods: Api<Pod> = Api::all(client);
    let what = format!("list pods of workload cluster {cluster}");
    let mut pods = context.request(what, pods.list(&everything)).await?.items;
    for write in writes(&budgets, &nodes, &mut pods, context.now()) {
        context.write_workload(cluster, write).await?;
    }
    Ok(())
}

/// What is written; the pods are as they are after that.
fn writes(
    budgets: &[PodDisruptionBudget],
    nodes: &[Node],
    pods: &mut [Pod],
    now: Timestamp,
) -> Vec<WorkloadWrite> {
    let ready: BTreeSet<&str> = nodes
        .iter()
        .filter(|node| is_ready(node))
        .map(|node| node.metadata.name())
        .collect();
    let mut writes = Vec::new();
    for pod in pods.iter_mut() {
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        if phase(pod) == "Pending"
            && !pod.metadata.is_deleting()
            && node.is_some_and(|node| ready.contains(node))
        {
            let status = running(pod, now);
            writes.push(patch(ApiResource::erase::<Pod>(&()), &pod.metadata, &status));
            pod.status = serde_json::from_value(status).ok();
        }
    }
    for budget in budgets {
        if let Some(status) = counted(budget, pods, now) {
            let resource = ApiResource::erase::<PodDisruptionBudget>(&());
            writes.push(patch(resource, &budget.metadata, &status));
        }
    }
    writes
}

fn patch(
    resource: ApiResource,
    metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    status: &Value,
) -> WorkloadWrite {
    WorkloadWrite::Patch {
        target: WorkloadTarget {
            resource,
            namespace: metadata.namespace.clone(),
            name: metadata.name().to_owned(),
        },
        status: true,
        patch: json!({ "status": status }),
    }
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn phase(pod: &Pod) -> &str {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    phase.unwrap_or("Pending")
}

/// The status of a pod that a kubelet has started.
fn running(pod: &Pod, now: Timestamp) -> Value {
    let now = whole_seconds(now).to_string();
    let conditions: Vec<Value> = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
        .iter()
        .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": now}))
        .collect();
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let containers: Vec<Value> = containers
        .map(|container| {
            json!({
                "name": container.name, "image": container.image.clone().unwrap_or_default(), "imageID": "",
                "ready": true, "started": true, "restartCount": 0, "state": {"running": {"startedAt": now}}
            })
        })
        .collect();
    json!({"phase": "Running", "startTime": now, "conditions": conditions, "containerStatuses": containers})
}

fn counts(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    let ready = |kind: &str, status: &str| kind == "Ready" && status == "True";
    !pod.metadata.is_deleting()
        && conditions
            .into_iter()
            .flatten()
            .any(|condition| ready(&condition.type_, &condition.status))
}

/// How many pods a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    healthy: i32,
    desired: i32,
    expected: i32,
    allowed: i32,
}

impl Count {
    fn of(budget: &PodDisruptionBudget, pods: &[Pod]) -> Option<Self> {
        let spec = budget.spec.as_ref()?;
        let selector = serde_json::to_value(spec.selector.as_ref()?).ok()?;
        let wanted: LabelSelector = serde_json::from_value(selector).ok()?;
        let chosen: Vec<&Pod> = pods
            .iter()
            .filter(|pod| {
                pod.metadata.namespace == budget.metadata.namespace
                    && !matches!(phase(pod), "Succeeded" | "Failed")
                    && selector::accepts(&wanted, pod.metadata.all_labels())
            })
            .collect();
        let expected = number(chosen.len());
        let healthy = number(chosen.iter().filter(|pod| counts(pod)).count());
        let bound = |bound: Option<Value>| {
            let bound = IntOrPercent::from_json(&bound?).ok()?;
            Some(bound.resolve(expected, Rounding::Up))
        };
        let least = bound(serde_json::to_value(spec.min_available.as_ref()).ok());
        let most = bound(serde_json::to_value(spec.max_unavailable.as_ref()).ok());
        let desired = match (least, most) {
            (Some(least), _) => least,
            (None, Some(most)) => (expected - most).max(0),
            (None, None) => 1,
        };
        let allowed = if expected > 0 {
            (healthy - desired).max(0)
        } else {
            0
        };
        Some(Self {
            healthy,
            desired,
            expected,
            allowed,
        })
    }
}

/// The status of a budget; nothing where it has that, and where it is somebody else's to write.
fn counted(budget: &PodDisruptionBudget, pods: &[Pod], now: Timestamp) -> Option<Value> {
    let status = budget.status.as_ref();
    let condition = status
        .and_then(|status| status.conditions.as_ref())
        .into_iter()
        .flatten()
        .find(|condition| condition.type_ == COUNTED);
    let observed = status.and_then(|status| status.observed_generation).unwrap_or(0);
    if condition.is_none() && observed > 0 {
        return None;
    }
    let count = Count::of(budget, pods)?;
    let generation = budget.metadata.generation.unwrap_or(0);
    let told = status.map(|status| Count {
        healthy: status.current_healthy,
        desired: status.desired_healthy,
        expected: status.expected_pods,
        allowed: status.disruptions_allowed,
    });
    if told == Some(count) && observed >= generation && condition.is_some() {
        return None;
    }
    let (verdict, reason) = if count.allowed > 0 {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    let since = condition
        .filter(|condition| condition.status == verdict)
        .map_or(whole_seconds(now), |condition| condition.last_transition_time.0);
    // Who was evicted is on its way by now, and counted as that.
    let forgotten: BTreeMap<String, Value> = status
        .and_then(|status| status.disrupted_pods.as_ref())
        .into_iter()
        .flat_map(BTreeMap::keys)
        .map(|pod| (pod.clone(), Value::Null))
        .collect();
    Some(json!({
        "observedGeneration": generation, "currentHealthy": count.healthy, "desiredHealthy": count.desired,
        "expectedPods": count.expected, "disruptionsAllowed": count.allowed, "disruptedPods": forgotten,
        "conditions": [{
            "type": COUNTED, "status": verdict, "reason": reason, "message": "", "observedGeneration": generation,
            "lastTransitionTime": since.to_string()
        }]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::now;

    fn pod(name: &str, node: &str) -> Pod {
        let pod = json!({
            "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}]}
        });
        serde_json::from_value(pod).expect("a pod")
    }

    fn budget(spec: &Value, status: &Value) -> PodDisruptionBudget {
        let mut whole = json!({
            "metadata": {"name": "web", "namespace": "default", "generation": 1},
            "spec": {"selector": {"matchLabels": {"app": "web"}}}
        });
        json_patch::merge(&mut whole, &json!({"spec": spec, "status": status}));
        serde_json::from_value(whole).expect("a budget")
    }

    fn allowed(budget: &PodDisruptionBudget, pods: &mut [Pod]) -> Option<Value> {
        let ready = json!({"metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        let nodes = [serde_json::from_value(ready).expect("a node")];
        let last = writes(std::slice::from_ref(budget), &nodes, pods, now()).pop();
        match last {
            Some(WorkloadWrite::Patch { patch, .. }) => Some(patch["status"].clone()),
            Some(WorkloadWrite::Create { .. } | WorkloadWrite::Delete(_)) | None => None,
        }
    }

    #[test]
    fn budgets_allow_what_the_pods_on_ready_nodes_leave() {
        let cases = [
            (json!({"minAvailable": 1}), 1),
            (json!({"minAvailable": 2}), 0),
            (json!({"minAvailable": "50%"}), 1),
            (json!({"maxUnavailable": 1}), 1),
            (json!({"maxUnavailable": 0}), 0),
            (json!({"maxUnavailable": "30%"}), 1),
        ];
        for (spec, expected) in cases {
            let mut pods = [pod("a", "n"), pod("b", "n")];
            let budget = budget(&spec, &json!({}));
            let status = allowed(&budget, &mut pods).expect("counted");
            assert_eq!(status["disruptionsAllowed"], expected, "{spec}");
            assert_eq!(
                (&status["currentHealthy"], &status["expectedPods"]),
                (&json!(2), &json!(2))
            );
            assert_eq!(
                status["conditions"][0]["status"],
                if expected > 0 { "True" } else { "False" }
            );
            assert!(pods.iter().all(|pod| phase(pod) == "Running"));
        }
        // On a node that is not Ready nothing runs.
        let status = allowed(
            &budget(&json!({"maxUnavailable": 1}), &json!({})),
            &mut [pod("a", "other"), pod("b", "n")],
        );
        assert_eq!(status.expect("counted")["disruptionsAllowed"], 0);
    }

    #[test]
    fn what_is_said_already_or_by_somebody_else_stays() {
        let mut pods = [pod("a", "n"), pod("b", "n")];
        let fresh = budget(&json!({"minAvailable": 1}), &json!({}));
        let status = allowed(&fresh, &mut pods).expect("counted");
        let known = budget(&json!({"minAvailable": 1}), &status);
        assert_eq!(allowed(&known, &mut pods), None);
        let theirs = json!({"observedGeneration": 1, "disruptionsAllowed": 7, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1});
        assert_eq!(
            allowed(&budget(&json!({"minAvailable": 1}), &theirs), &mut pods),
            None
        );
    }
}
