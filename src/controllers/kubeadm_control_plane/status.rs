//! What a KubeadmControlPlane tells of itself.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmControlPlane, Machine};
use fleetui_rules::condition_merge::{SummaryInput, condition, find, summarise};
use fleetui_rules::version::Version;

use super::components::COMPONENTS;
use super::observe::Observed;
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
    let conditions = [
        available(observed, &machines, initialized),
        initialized_condition(initialized),
        components_healthy(&machines),
        etcd_healthy(&machines),
        counting::machines_ready("MachinesReady", &machines),
        counting::machines_up_to_date("MachinesUpToDate", &machines, now),
        counting::rolling_out(&machines),
        counting::scaling_up(desired, counts.replicas, blocked),
        counting::scaling_down(desired, counts.replicas, &machines, now),
        counting::remediating(&machines),
        counting::deleting(deleting.then(|| stage(observed))),
    ];
    for condition in conditions {
        outcome.object.set_condition(condition, now);
    }
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
    status.replicas = Some(counts.replicas);
    status.ready_replicas = Some(counts.ready);
    status.available_replicas = Some(counts.available);
    status.up_to_date_replicas = Some(counts.up_to_date);
    status.version = lowest(&counts);
    status.versions = counts.versions;
    status.observed_generation = control_plane.metadata.generation;
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

fn initialized_condition(initialized: bool) -> Condition {
    if initialized {
        condition("Initialized", ConditionStatus::True, "Initialized", "")
    } else {
        condition("Initialized", ConditionStatus::False, "NotInitialized", "")
    }
}

fn stage(observed: &Observed) -> (&'static str, String) {
    let machines = observed.machines.len();
    if observed.has_workers {
        (
            "WaitingForWorkersDeletion",
            "Waiting for worker Machines to be deleted".to_owned(),
        )
    } else if machines > 0 {
        let plural = if machines == 1 { "" } else { "s" };
        (
            "WaitingForMachineDeletion",
            format!("Deleting {machines} Machine{plural}"),
        )
    } else {
        ("DeletionCompleted", "Deletion completed".to_owned())
    }
}

/// At least one machine with all its components, and a quorum of etcd pods.
fn available(observed: &Observed, machines: &[Arc<Object<Machine>>], initialized: bool) -> Condition {
    let not = |message: String| condition("Available", ConditionStatus::False, "NotAvailable", message);
    if observed.control_plane.is_deleting() {
        return not("* Control plane metadata.deletionTimestamp is set".to_owned());
    }
    if !initialized {
        return not("Control plane not yet initialized".to_owned());
    }
    let count =
        |wanted: &dyn Fn(&Object<Machine>) -> bool| machines.iter().filter(|machine| wanted(machine)).count();
    let lost = count(&|machine| is_connection_down(machine));
    if !machines.is_empty() && lost == machines.len() {
        let message = format!("* {}", observed.reach.describe());
        return condition("Available", ConditionStatus::Unknown, "AvailableUnknown", message);
    }
    let components = [
        "APIServerPodHealthy",
        "ControllerManagerPodHealthy",
        "SchedulerPodHealthy",
        "EtcdPodHealthy",
    ];
    let healthy = count(&|machine| components.iter().all(|kind| machine.is_true(kind)));
    // A machine that is only joining is no voting member yet.
    let voting = count(&|machine| machine.status.node_ref.is_some() && !machine.is_deleting());
    let etcd = count(&|machine| machine.is_true("EtcdPodHealthy") && !machine.is_deleting());
    let quorum = voting / 2 + 1;
    let mut problems = Vec::new();
    if etcd < quorum {
        problems.push(format!(
            "* {etcd} of {voting} etcd members are healthy, at least {quorum} required for etcd quorum"
        ));
    }
    if healthy == 0 {
        problems.push(
            "* There are no Machines with healthy control plane components, at least 1 required".to_owned(),
        );
    }
    if problems.is_empty() {
        condition("Available", ConditionStatus::True, "Available", "")
    } else {
        not(problems.join("\n"))
    }
}

fn is_connection_down(machine: &Object<Machine>) -> bool {
    machine
        .condition("APIServerPodHealthy")
        .is_some_and(|condition| condition.reason == "ConnectionDown")
}

fn components_healthy(machines: &[Arc<Object<Machine>>]) -> Condition {
    let kinds: Vec<&str> = COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|kind| *kind != "EtcdPodHealthy")
        .collect();
    of_pods(machines, "ControlPlaneComponentsHealthy", &kinds)
}

fn etcd_healthy(machines: &[Arc<Object<Machine>>]) -> Condition {
    of_pods(machines, "EtcdClusterHealthy", &["EtcdPodHealthy"])
}

/// One line for each machine of which a pod is not healthy.
fn of_pods(machines: &[Arc<Object<Machine>>], target: &str, kinds: &[&str]) -> Condition {
    let mut worst = ConditionStatus::True;
    let mut lines = Vec::new();
    for machine in machines.iter().filter(|machine| !machine.is_deleting()) {
        let known: Vec<Condition> = kinds
            .iter()
            .filter_map(|kind| find(&machine.status.conditions, kind).cloned())
            .collect();
        let input = SummaryInput {
            target,
            kinds: kinds.to_vec(),
            reasons: ["NotHealthy", "HealthUnknown", "Healthy"],
            ..SummaryInput::default()
        };
        let summary = summarise(&input, &known);
        worst = match (worst, summary.status) {
            (ConditionStatus::False, _) | (_, ConditionStatus::False) => ConditionStatus::False,
            (ConditionStatus::Unknown, _) | (_, ConditionStatus::Unknown) => ConditionStatus::Unknown,
            (ConditionStatus::True, ConditionStatus::True) => ConditionStatus::True,
        };
        if summary.status != ConditionStatus::True {
            let mut text = format!("* Machine {}:", machine.name());
            for line in summary.message.lines() {
                text.push_str("\n  ");
                text.push_str(line);
            }
            lines.push(text);
        }
    }
    let reason = match worst {
        ConditionStatus::True => "Healthy",
        ConditionStatus::False => "NotHealthy",
        ConditionStatus::Unknown => "HealthUnknown",
    };
    condition(target, worst, reason, lines.join("\n"))
}
