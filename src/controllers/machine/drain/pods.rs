//! What draining means for each pod of a node: it is evicted in its turn, waited for, or left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Machine, MachineDrainRule};
use fleetui_rules::selector::accepts_or_missing;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Node, Pod};

use super::Drained;
use crate::object::{Metadata, Object};
use crate::ownership;

/// Annotation of pods that a kubelet runs from its own files; nobody can evict them.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// On a node that does not answer, pods that should be gone for longer are not waited for.
const GONE_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// What draining means for one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It is evicted when all of lower order are gone.
    Drain { order: i32 },
    /// It is waited for, in the first turn.
    WaitCompleted,
    /// It is left alone.
    Skip,
}

/// What decides about pods beside themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setting {
    /// Rules for this machine, in order.
    pub(crate) rules: Vec<Arc<Object<MachineDrainRule>>>,
    /// Labels of the namespaces.
    pub(crate) namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// DaemonSets that are there, as `namespace/name`.
    pub(crate) daemon_sets: BTreeSet<String>,
    /// Whether the kubelet does not answer.
    pub(crate) unreachable: bool,
}

/// Pods to evict now, and what is to be said of all others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    pub(crate) evict: Vec<Pod>,
    pub(in crate::machine) rest: Drained,
}

/// The rules for a machine, by name: those that name no machines, or it and its cluster.
pub(crate) fn rules_for(
    mut rules: Vec<Arc<Object<MachineDrainRule>>>,
    machine: &Object<Machine>,
    cluster: Option<&Object<Cluster>>,
) -> Vec<Arc<Object<MachineDrainRule>>> {
    rules.retain(|rule| {
        let machines = &rule.spec.machines;
        machines.is_empty()
            || machines.iter().any(|wanted| {
                accepts_or_missing(wanted.selector.as_ref(), machine.metadata.all_labels())
                    && cluster.is_some_and(|cluster| {
                        accepts_or_missing(wanted.cluster_selector.as_ref(), cluster.metadata.all_labels())
                    })
            })
    });
    rules.sort_by(|a, b| a.name().cmp(b.name()));
    rules
}

/// Whether the kubelet of a node has not been heard of.
pub(crate) fn is_unreachable(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.status == "Unknown")
}

/// The DaemonSet that a pod belongs to, as `namespace/name`.
pub(crate) fn daemon_set(pod: &Pod) -> Option<String> {
    ownership::controller(&pod.metadata)
        .filter(|owner| owner.kind == "DaemonSet")
        .map(|owner| format!("{}/{}", pod.metadata.namespace(), owner.name))
}

/// A pod as messages name it.
pub(crate) fn name(pod: &Pod) -> String {
    format!("{}/{}", pod.metadata.namespace(), pod.metadata.name())
}

/// What draining means for a pod.
///
/// # Errors
///
/// In words, where a rule cannot be followed or the pod's namespace is not there.
pub(crate) fn behaviour(pod: &Pod, setting: &Setting, now: Timestamp) -> Result<Behaviour, String> {
    let metadata = &pod.metadata;
    if setting.unreachable
        && let Some(deleted) = &metadata.deletion_timestamp
        && now.duration_since(deleted.0) > GONE_AFTER
    {
        return Ok(Behaviour::Skip);
    }
    let of_daemon_set = daemon_set(pod).is_some_and(|set| setting.daemon_sets.contains(&set));
    if (of_daemon_set && !is_finished(pod)) || metadata.annotation(MIRROR).is_some() {
        return Ok(Behaviour::Skip);
    }
    match metadata
        .label(labels::POD_DRAIN)
        .map(str::to_lowercase)
        .as_deref()
    {
        Some("skip") => return Ok(Behaviour::Skip),
        Some("wait-completed" | "waitcompleted") => return Ok(Behaviour::WaitCompleted),
        Some(_) | None => {}
    }
    let Some(namespace) = setting.namespaces.get(metadata.namespace()) else {
        return Err(format!("Namespace of Pod {} does not exist", name(pod)));
    };
    let rule = setting.rules.iter().find(|rule| {
        let pods = &rule.spec.pods;
        pods.is_empty()
            || pods.iter().any(|wanted| {
                accepts_or_missing(wanted.selector.as_ref(), metadata.all_labels())
                    && accepts_or_missing(wanted.namespace_selector.as_ref(), namespace)
            })
    });
    let Some(rule) = rule else {
        return Ok(Behaviour::Drain { order: 0 });
    };
    match rule.spec.drain.behavior.as_str() {
        "Drain" => Ok(Behaviour::Drain {
            order: rule.spec.drain.order.unwrap_or(0),
        }),
        "Skip" => Ok(Behaviour::Skip),
        "WaitCompleted" => Ok(Behaviour::WaitCompleted),
        other => Err(format!(
            "MachineDrainRule {} has the unknown spec.drain.behavior {other:?}",
            rule.name()
        )),
    }
}

/// Sorts pods into those whose turn it is and all others.
pub(crate) fn batch(pods: Vec<(Pod, Behaviour)>) -> Batch {
    let order = |behaviour: Behaviour| match behaviour {
        Behaviour::Drain { order } => Some(order),
        Behaviour::WaitCompleted => Some(0),
        Behaviour::Skip => None,
    };
    let turn = pods.iter().filter_map(|(_, behaviour)| order(*behaviour)).min();
    let mut pods: Vec<_> = pods
        .into_iter()
        .map(|(pod, how)| (name(&pod), pod, how))
        .collect();
    pods.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    let mut batch = Batch::default();
    for (name, pod, how) in pods {
        let now = order(how) == turn;
        let rest = &mut batch.rest;
        match how {
            Behaviour::Skip => {}
            Behaviour::Drain { .. } if pod.metadata.is_deleting() => rest.terminating.push(name),
            Behaviour::Drain { .. } if now => batch.evict.push(pod),
            Behaviour::Drain { .. } => rest.later.push(name),
            Behaviour::WaitCompleted if now => rest.awaited.push(name),
            Behaviour::WaitCompleted => rest.awaited_later.push(name),
        }
    }
    batch
}

fn is_finished(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}
