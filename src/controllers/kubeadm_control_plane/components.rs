//! The static pods of control plane machines, and the conditions that they become.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::condition;
use k8s_openapi::api::core::v1::Pod;

use super::observe::{Member, Observed};
use crate::context::Context;

/// Condition types and the pods that they speak of.
pub(super) const COMPONENTS: [(&str, &str); 4] = [
    ("APIServerPodHealthy", "kube-apiserver"),
    ("ControllerManagerPodHealthy", "kube-controller-manager"),
    ("SchedulerPodHealthy", "kube-scheduler"),
    ("EtcdPodHealthy", "etcd"),
];

/// One static pod of a machine.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// The condition that it becomes.
    pub(super) condition: &'static str,
    /// The pod's name.
    pub(super) name: String,
    /// The pod, as the workload cluster's API said last.
    pub(super) pod: Option<Arc<Pod>>,
}

/// The pods of a node.
pub(super) fn observe(context: &Context, cluster: &ObjectName, node: &str) -> Vec<Component> {
    COMPONENTS
        .into_iter()
        .map(|(condition, component)| {
            let name = format!("{component}-{node}");
            Component {
                condition,
                pod: context.connections.pod(cluster, &name),
                name,
            }
        })
        .collect()
}

/// The conditions of one machine's pods. Without an answer the last ones stay, until the grace has passed.
pub(super) fn conditions(observed: &Observed, member: &Member) -> Vec<Condition> {
    let all = |status: ConditionStatus, reason: &str, message: &str| {
        COMPONENTS
            .iter()
            .map(|(kind, _)| condition(kind, status, reason, message))
            .collect::<Vec<_>>()
    };
    if member.machine.is_deleting() {
        return all(ConditionStatus::Unknown, "Deleting", "Machine is deleting");
    }
    if member.machine.status.node_ref.is_none() {
        return all(
            ConditionStatus::Unknown,
            "InspectionFailed",
            "Waiting for Machine status.nodeRef to be set",
        );
    }
    if observed.reach.is_lost(observed.now, observed.grace) {
        return all(
            ConditionStatus::Unknown,
            "ConnectionDown",
            &observed.reach.describe(),
        );
    }
    if !observed.reach.is_live() {
        // The last word stays for a while; also over a restart of the controllers.
        return if member.machine.condition("APIServerPodHealthy").is_some() {
            Vec::new()
        } else {
            all(
                ConditionStatus::Unknown,
                "InspectionFailed",
                &observed.reach.describe(),
            )
        };
    }
    member.components.iter().map(of_pod).collect()
}

fn of_pod(component: &Component) -> Condition {
    let (kind, name) = (component.condition, component.name.as_str());
    let Some(pod) = &component.pod else {
        return condition(
            kind,
            ConditionStatus::False,
            "DoesNotExist",
            format!("Pod {name} does not exist"),
        );
    };
    let status = pod.status.as_ref();
    let phase = status
        .and_then(|status| status.phase.as_deref())
        .unwrap_or("Pending");
    let conditions = status
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    let ready = conditions
        .iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    match (phase, ready) {
        ("Failed" | "Succeeded", _) => condition(
            kind,
            ConditionStatus::False,
            "Failed",
            "All the containers have been terminated",
        ),
        (_, true) => condition(kind, ConditionStatus::True, "Running", ""),
        ("Running", false) => condition(
            kind,
            ConditionStatus::False,
            "Provisioning",
            "Waiting for the Pod to be ready",
        ),
        _ => condition(
            kind,
            ConditionStatus::False,
            "Provisioning",
            format!("Pod is {phase}"),
        ),
    }
}
