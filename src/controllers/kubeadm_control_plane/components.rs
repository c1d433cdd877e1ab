//! The static pods of control plane machines, their etcd members and nodes, and the conditions that these become.
//!
//! Must not know: what follows from the conditions.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::OldCondition;
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::condition;
use fleetui_rules::old_conditions::{State, good, in_state};
use k8s_openapi::api::core::v1::{Node, Pod};
use serde_json::Value;

use super::etcd_members;
use super::observe::{Member, Observed};
use crate::connection::Reach;
use crate::context::Context;
use crate::etcd;
use crate::object::Metadata;

/// Condition types and the pods that they speak of.
pub(super) const COMPONENTS: [(&str, &str); 4] = [
    ("APIServerPodHealthy", "kube-apiserver"),
    ("ControllerManagerPodHealthy", "kube-controller-manager"),
    ("SchedulerPodHealthy", "kube-scheduler"),
    (ETCD_POD, etcd::COMPONENT),
];
/// Type of the condition that speaks of the pod of etcd.
pub(super) const ETCD_POD: &str = "EtcdPodHealthy";
/// Type of the condition that speaks of the member of etcd.
pub(super) const ETCD_MEMBER: &str = "EtcdMemberHealthy";
/// Type of the condition that speaks of what kubeadm puts on a control plane node.
pub(super) const NODE_MARKED: &str = "NodeKubeadmLabelsAndTaintsSet";
/// What kubeadm puts on a control plane node, as label and as taint.
const CONTROL_PLANE_MARK: &str = "node-role.kubernetes.io/control-plane";

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

/// The condition types that machines of this control plane have, all of which they need to be Ready.
pub(super) fn kinds(observed: &Observed) -> Vec<&'static str> {
    let of_etcd = [ETCD_POD, ETCD_MEMBER];
    let all = COMPONENTS.iter().map(|(kind, _)| *kind);
    all.chain([ETCD_MEMBER, NODE_MARKED])
        .filter(|kind| !(observed.external_etcd && of_etcd.contains(kind)))
        .collect()
}

/// The conditions of one machine. Without an answer the last ones stay, until the grace has passed.
pub(super) fn conditions(observed: &Observed, member: &Member) -> Vec<Condition> {
    let kinds = kinds(observed);
    let all = |reason: &str, message: &str| {
        kinds
            .iter()
            .map(|kind| condition(kind, ConditionStatus::Unknown, reason, message))
            .collect::<Vec<_>>()
    };
    if member.machine.is_deleting() {
        return all("Deleting", "Machine is deleting");
    }
    if member.machine.status.node_ref.is_none() {
        return all("InspectionFailed", &nodeless(member));
    }
    if observed.reach.is_lost(observed.now, observed.grace) {
        return all("ConnectionDown", &observed.reach.describe());
    }
    if !observed.reach.is_live() {
        return unheard(&observed.reach, member, &kinds);
    }
    if let Some(node) = member.node.as_deref().filter(|node| is_unreachable(node)) {
        // What its pods said last may long be untrue.
        let message = format!("Node {} is unreachable", node.metadata.name());
        return all("InspectionFailed", &message);
    }
    let mut told: Vec<Condition> = member.components.iter().map(of_pod).collect();
    told.extend(etcd_members::condition_of(observed, member));
    told.push(of_node(member));
    told.retain(|condition| kinds.contains(&condition.kind.as_str()));
    told
}

fn is_unreachable(node: &Node) -> bool {
    taints(node)
        .iter()
        .any(|(key, _)| key == labels::node::UNREACHABLE_TAINT)
}

/// What a machine without a node waits for.
fn nodeless(member: &Member) -> String {
    if let Some(id) = &member.machine.spec.provider_id {
        return format!("Waiting for a Node with spec.providerID {id} to exist");
    }
    let kind = member.infrastructure.kind("infrastructure");
    format!("Waiting for {kind} to report spec.providerID")
}

/// The last word stays for a while; also over a restart of the controllers.
fn unheard(reach: &Reach, member: &Member, kinds: &[&str]) -> Vec<Condition> {
    let silent = kinds
        .iter()
        .filter(|kind| member.machine.condition(kind).is_none());
    silent
        .map(|kind| {
            condition(
                kind,
                ConditionStatus::Unknown,
                "InspectionFailed",
                reach.describe(),
            )
        })
        .collect()
}

fn of_pod(component: &Component) -> Condition {
    let (kind, name) = (component.condition, component.name.as_str());
    let not = |reason: &str, message: String| condition(kind, ConditionStatus::False, reason, message);
    let Some(pod) = &component.pod else {
        return not("DoesNotExist", format!("Pod {name} does not exist"));
    };
    let status = pod.status.as_ref();
    let phase = status
        .and_then(|status| status.phase.as_deref())
        .unwrap_or("Pending");
    match (phase, is_ready(pod)) {
        ("Failed" | "Succeeded", _) => not("Failed", "All the containers have been terminated".to_owned()),
        (_, true) => condition(kind, ConditionStatus::True, "Running", ""),
        ("Running", false) => not("Provisioning", "Waiting for the Pod to be ready".to_owned()),
        _ => not("Provisioning", format!("Pod is {phase}")),
    }
}

/// Whether a pod's readiness check succeeds.
pub(super) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref());
    conditions
        .unwrap_or_default()
        .iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// What kubeadm marks a control plane node with. Once it was there, taking it away is somebody's wish.
fn of_node(member: &Member) -> Condition {
    let set = |status, reason: &str, message: String| condition(NODE_MARKED, status, reason, message);
    if member.machine.is_true(NODE_MARKED) {
        return set(ConditionStatus::True, "Set", String::new());
    }
    let Some(node) = &member.node else {
        let message = "The Node is not known, so it cannot be looked at".to_owned();
        return set(ConditionStatus::Unknown, "InspectionFailed", message);
    };
    let mut missing = Vec::new();
    if node.metadata.label(CONTROL_PLANE_MARK).is_none() {
        missing.push(format!("label {CONTROL_PLANE_MARK}"));
    }
    let present = taints(node);
    let absent = wished_taints(member)
        .into_iter()
        .filter(|taint| !present.contains(taint));
    missing.extend(absent.map(|(key, effect)| format!("taint {key}:{effect}")));
    if missing.is_empty() {
        return set(ConditionStatus::True, "Set", String::new());
    }
    let message = format!(
        "Node {} does not have {}",
        node.metadata.name(),
        missing.join(", ")
    );
    set(ConditionStatus::False, "NotSet", message)
}

fn taints(node: &Node) -> Vec<(String, String)> {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref());
    let all = taints.unwrap_or_default().iter();
    all.map(|taint| (taint.key.clone(), taint.effect.clone()))
        .collect()
}

/// The taints that the machine's configuration names; kubeadm's own where it names none.
fn wished_taints(member: &Member) -> Vec<(String, String)> {
    let spec = member.config.as_ref().map(|config| &config.spec);
    let part = spec.and_then(|spec| {
        spec.join_configuration
            .as_ref()
            .or(spec.init_configuration.as_ref())
    });
    let named = part.and_then(|part| part.get("nodeRegistration")?.get("taints")?.as_array());
    let Some(named) = named else {
        return vec![(CONTROL_PLANE_MARK.to_owned(), "NoSchedule".to_owned())];
    };
    let text = |taint: &Value, key: &str| Some(taint.get(key)?.as_str()?.to_owned());
    named
        .iter()
        .filter_map(|taint| Some((text(taint, "key")?, text(taint, "effect")?)))
        .collect()
}

/// The same in the older model, which has no word for the node's marks.
pub(super) fn older(condition: &Condition) -> Option<OldCondition> {
    let kind = COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .chain([ETCD_MEMBER])
        .find(|kind| condition.kind == *kind)?;
    let (state, reason) = match (condition.status, condition.reason.as_str(), kind == ETCD_MEMBER) {
        (ConditionStatus::True, _, _) => return Some(good(kind)),
        (ConditionStatus::Unknown, _, true) => (State::Unknown, "EtcdMemberInspectionFailed"),
        (ConditionStatus::Unknown, _, false) => (State::Unknown, "PodInspectionFailed"),
        (ConditionStatus::False, _, true) => (State::Error, "EtcdMemberUnhealthy"),
        (ConditionStatus::False, "Provisioning", false) => (State::Info, "PodProvisioning"),
        (ConditionStatus::False, "DoesNotExist", false) => (State::Error, "PodMissing"),
        (ConditionStatus::False, _, false) => (State::Error, "PodFailed"),
    };
    Some(in_state(kind, state, reason, condition.message.as_str()))
}
