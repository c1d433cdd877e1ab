//! What a KubeadmControlPlane tells of itself.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmControlPlane, Machine};
use fleetui_rules::version::Version;

use super::observe::Observed;
use super::{health, older_status, remediation, replicas};
use crate::change::Outcome;
use crate::counting;
use crate::object::Object;

/// Writes counters and conditions. `blocked` is what holds up the next change.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<KubeadmControlPlane>, blocked: &[String]) {
    let (control_plane, now) = (observed.control_plane.as_ref(), observed.now);
    let machines: Vec<Arc<Object<Machine>>> = observed
        .machines
        .iter()
        .map(|member| member.machine.clone())
        .collect();
    let counts = counting::count(&machines);
    let deleting = control_plane.is_deleting();
    let desired = if deleting {
        0
    } else {
        control_plane.spec.replicas.unwrap_or(1)
    };
    let initialized = is_initialized(observed);
    let certificates = health::certificates_of(&outcome.object.status.conditions).cloned();
    let conditions = [
        Some(health::available(
            observed,
            &machines,
            initialized,
            certificates.as_ref(),
        )),
        Some(health::initialized(initialized)),
        Some(health::components(observed, &machines, initialized)),
        health::etcd(observed, &machines, initialized),
        Some(counting::machines_ready("MachinesReady", &machines)),
        Some(counting::machines_up_to_date("MachinesUpToDate", &machines, now)),
        Some(counting::rolling_out(&machines)),
        Some(scaling_up(observed, desired, counts.replicas, blocked)),
        Some(scaling_down(observed, desired, &machines, blocked)),
        Some(counting::remediating(&machines)),
        Some(counting::deleting(deleting.then(|| stage(observed)))),
    ];
    for condition in conditions.into_iter().flatten() {
        outcome.object.set_condition(condition, now);
    }
    older_status::write(observed, outcome, &machines, &counts, desired);
    let status = &mut outcome.object.status;
    if initialized {
        status
            .initialization
            .get_or_insert_default()
            .control_plane_initialized = Some(true);
    }
    let cluster = observed
        .cluster
        .as_ref()
        .map(|cluster| cluster.name())
        .unwrap_or_default();
    status.selector = Some(format!(
        "{}={cluster},{}=",
        labels::CLUSTER_NAME,
        labels::CONTROL_PLANE
    ));
    status.last_remediation = remediation::last(observed);
    status.replicas = Some(counts.replicas);
    status.ready_replicas = Some(counts.ready);
    status.available_replicas = Some(counts.available);
    status.up_to_date_replicas = Some(counts.up_to_date);
    status.version = lowest(&counts);
    status.versions = counts.versions;
    status.observed_generation = control_plane.metadata.generation;
}

/// `ScalingUp`. What would block it is told before it is due, where somebody has to act.
fn scaling_up(observed: &Observed, desired: i32, current: i32, blocked: &[String]) -> Condition {
    let mut told = counting::scaling_up(desired, current, blocked);
    if told.status == ConditionStatus::False
        && !observed.control_plane.is_deleting()
        && let Some(missing) = replicas::missing_template(observed)
    {
        told.message = format!("Scaling up would be blocked because {missing}");
    }
    told
}

/// `ScalingDown`, with what holds it up.
fn scaling_down(
    observed: &Observed,
    desired: i32,
    machines: &[Arc<Object<Machine>>],
    blocked: &[String],
) -> Condition {
    let current = counting::number(machines.len());
    let mut told = counting::scaling_down(desired, current, machines, observed.now);
    if told.status == ConditionStatus::True && !blocked.is_empty() {
        let (head, slow) = match told.message.split_once('\n') {
            Some((head, slow)) => (head.to_owned(), Some(slow.to_owned())),
            None => (told.message.clone(), None),
        };
        told.message = format!("{head} is blocked because:");
        for reason in blocked.iter().map(|reason| format!("* {reason}")).chain(slow) {
            told.message.push('\n');
            told.message.push_str(&reason);
        }
    }
    told
}

fn lowest(counts: &counting::Counts) -> Option<String> {
    let versions = counts
        .versions
        .iter()
        .filter_map(|count| count.version.parse::<Version>().ok());
    versions.min().map(|version| version.to_string())
}

/// The first machine has joined and kubeadm's ConfigMap is there. Once reached this stays.
pub(super) fn is_initialized(observed: &Observed) -> bool {
    let before = observed.control_plane.status.initialization.as_ref();
    before.is_some_and(|reached| reached.control_plane_initialized == Some(true))
        || (observed.kubeadm_config_exists
            && observed
                .machines
                .iter()
                .any(|member| member.machine.status.node_ref.is_some()))
}

fn stage(observed: &Observed) -> (&'static str, String) {
    let machines: Vec<_> = observed
        .machines
        .iter()
        .map(|member| member.machine.clone())
        .collect();
    if observed.has_workers {
        return (
            "WaitingForWorkersDeletion",
            "Waiting for worker Machines to be deleted".to_owned(),
        );
    }
    if machines.is_empty() {
        return ("DeletionCompleted", "Deletion completed".to_owned());
    }
    let plural = if machines.len() == 1 { "" } else { "s" };
    let mut message = format!("Deleting {} Machine{plural}", machines.len());
    if let Some(slow) = counting::slow_deletions(&machines, observed.now) {
        message.push('\n');
        message.push_str(&slow);
    }
    ("WaitingForMachineDeletion", message)
}
