//! Which unhealthy machine is replaced, and whether that may be now: never two at once, never at the price of etcd's quorum, and
//! not again and again without end.

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmControlPlane, LastRemediation, Machine};
use fleetui_base::clock::whole_seconds;
use fleetui_rules::condition_merge::condition;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::components::{self, ETCD_MEMBER};
use super::observe::{Member, Observed};
use super::{etcd_members, preflight};
use crate::object::{Metadata, Object};

/// Annotation on a control plane between the deletion of a machine and the creation of the one that takes its place.
pub(super) const IN_PROGRESS: &str = "controlplane.cluster.x-k8s.io/remediation-in-progress";
/// Annotation on a machine that took another's place.
pub(super) const REPLACES: &str = labels::REMEDIATION_FOR;
const OWNER_REMEDIATED: &str = "OwnerRemediated";
const HEALTH_CHECK: &str = "HealthCheckSucceeded";
/// A machine that was well for so long starts a new count, where the control plane does not say.
const MIN_HEALTHY_SECONDS: i32 = 3600;

/// One repair, as both annotations have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repair {
    /// The machine that was replaced.
    pub(super) machine: String,
    /// When.
    pub(super) timestamp: Timestamp,
    /// How often in a row before.
    pub(super) retry_count: i32,
}

impl Repair {
    fn read(text: Option<&str>) -> Option<Self> {
        serde_json::from_str(text?).ok()
    }

    /// As an annotation has it.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn status(&self) -> LastRemediation {
        LastRemediation {
            machine: self.machine.clone(),
            retry_count: self.retry_count,
            time: self.timestamp.to_string(),
        }
    }
}

/// The repair whose new machine is still to come.
pub(super) fn in_progress(control_plane: &Object<KubeadmControlPlane>) -> Option<Repair> {
    Repair::read(control_plane.metadata.annotation(IN_PROGRESS))
}

/// The last repair that anybody remembers.
pub(super) fn last(observed: &Observed) -> Option<LastRemediation> {
    let replaced = observed
        .machines
        .iter()
        .filter_map(|member| Repair::read(member.machine.metadata.annotation(REPLACES)));
    let newest = in_progress(&observed.control_plane)
        .into_iter()
        .chain(replaced)
        .max_by_key(|repair| repair.timestamp);
    newest
        .map(|repair| repair.status())
        .or_else(|| observed.control_plane.status.last_remediation.clone())
}

/// What is to be done about an unhealthy machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All are well, or nobody asks for a repair.
    Nothing,
    /// This one goes now.
    Replace { machine: String, repair: Repair },
    /// This one stays for now: reason and sentence.
    Refused {
        machine: String,
        reason: &'static str,
        message: String,
    },
}

/// Whether a repair has ended without a new machine: as many are there as wished.
pub(super) fn is_moot(observed: &Observed) -> bool {
    let wished = observed.control_plane.spec.replicas.unwrap_or(1);
    let enough = usize::try_from(wished).is_ok_and(|wished| observed.machines.len() >= wished);
    in_progress(&observed.control_plane).is_some_and(|repair| {
        let there = |member: &Member| member.machine.name() == repair.machine;
        enough && !observed.machines.iter().any(there)
    })
}

/// Decides about the unhealthy machine that is most in need.
pub(super) fn decide(observed: &Observed) -> Verdict {
    if let Some(repair) = in_progress(&observed.control_plane) {
        // What was begun is ended: the machine may still be there after a failure in between.
        let going = observed
            .machines
            .iter()
            .find(|member| member.machine.name() == repair.machine && !member.machine.is_deleting());
        return match going {
            Some(member) => Verdict::Replace {
                machine: member.machine.name().to_owned(),
                repair,
            },
            None => Verdict::Nothing,
        };
    }
    let unhealthy = observed
        .machines
        .iter()
        .filter(|member| is_marked(&member.machine));
    let Some(target) = unhealthy
        .filter(|member| !member.machine.is_deleting())
        .min_by_key(|member| urgency(observed, member))
    else {
        return Verdict::Nothing;
    };
    let refused = |(reason, message): (&'static str, String)| Verdict::Refused {
        machine: target.machine.name().to_owned(),
        reason,
        message,
    };
    if let Some(refusal) = unsafe_now(observed, target) {
        return refused(refusal);
    }
    match retry(observed, target) {
        Ok(repair) => Verdict::Replace {
            machine: target.machine.name().to_owned(),
            repair,
        },
        Err(refusal) => refused(refusal),
    }
}

/// Whether a health check has failed and its owner is asked to do something.
fn is_marked(machine: &Object<Machine>) -> bool {
    machine.is_false(HEALTH_CHECK) && machine.is_false(OWNER_REMEDIATED)
}

/// What is most in need comes first: smaller is more urgent.
fn urgency(observed: &Observed, member: &Member) -> (usize, Option<Timestamp>, String) {
    let machine = member.machine.as_ref();
    let order = [
        ETCD_MEMBER,
        components::ETCD_POD,
        "APIServerPodHealthy",
        "ControllerManagerPodHealthy",
        "SchedulerPodHealthy",
        components::NODE_MARKED,
    ];
    let known = components::kinds(observed);
    let broken = order
        .iter()
        .position(|kind| known.contains(kind) && machine.is_false(kind));
    let rank = if machine.metadata.annotation(labels::REMEDIATE_MACHINE).is_some() {
        0
    } else if machine.status.node_ref.is_none() {
        1
    } else {
        broken.map_or(order.len() + 2, |position| position + 2)
    };
    (rank, machine.metadata.created(), machine.name().to_owned())
}

fn unsafe_now(observed: &Observed, target: &Member) -> Option<(&'static str, String)> {
    let refuse = |reason, message: &str| Some((reason, message.to_owned()));
    if let Some(version) = preflight::pending_upgrade(observed) {
        let message = format!(
            "KubeadmControlPlane can't remediate while waiting for a version upgrade to {version} to be propagated from \
             Cluster.spec.topology"
        );
        return Some(("RemediationDeferred", message));
    }
    if !super::status::is_initialized(observed) {
        return None;
    }
    if observed.machines.len() <= 1 {
        return refuse(
            "CannotBeRemediated",
            "KubeadmControlPlane can't remediate if current replicas are less or equal to 1",
        );
    }
    let others = || {
        observed
            .machines
            .iter()
            .filter(|member| member.machine.uid() != target.machine.uid())
    };
    if others().any(|member| member.machine.is_deleting()) {
        return refuse(
            "RemediationDeferred",
            "KubeadmControlPlane waiting for control plane Machine deletion to complete before triggering remediation",
        );
    }
    if others().any(|member| member.machine.status.node_ref.is_none()) {
        return refuse(
            "RemediationDeferred",
            "KubeadmControlPlane waiting for control plane Machine provisioning to complete before triggering remediation",
        );
    }
    costs_the_control_plane(observed, target)
}

/// Whether the others could do without this machine: one of them has all of a control plane, and etcd its quorum.
fn costs_the_control_plane(observed: &Observed, target: &Member) -> Option<(&'static str, String)> {
    let seen = etcd_members::seen(observed);
    if !observed.external_etcd && seen.is_none() {
        let message = "Failed to check etcd cluster health before remediation";
        return Some(("RemediationDeferred", message.to_owned()));
    }
    let node = etcd_members::node_of(target);
    let decides = seen
        .zip(node)
        .is_none_or(|(seen, node)| etcd_members::survives_without(observed, seen, node));
    if !decides || !etcd_members::has_another_whole(observed, target) {
        let message = "KubeadmControlPlane can't remediate this Machine because this could result in loosing Kubernetes control \
                       plane components or in etcd quorum loss";
        return Some(("CannotBeRemediated", message.to_owned()));
    }
    let handed = etcd_members::hand_over(observed, target);
    handed.err().map(|why| ("CannotBeRemediated", why))
}

/// The repair as it would be counted, unless it has been tried often enough, or a moment ago.
fn retry(observed: &Observed, target: &Member) -> Result<Repair, (&'static str, String)> {
    let limits = observed
        .control_plane
        .spec
        .remediation
        .clone()
        .unwrap_or_default();
    let seconds = |seconds: i32| SignedDuration::from_secs(i64::from(seconds));
    let first = Repair {
        machine: target.machine.name().to_owned(),
        timestamp: whole_seconds(observed.now),
        retry_count: 0,
    };
    let Some(before) = Repair::read(target.machine.metadata.annotation(REPLACES)) else {
        return Ok(first);
    };
    let passed = observed.now.duration_since(before.timestamp);
    let healthy = limits.min_healthy_period_seconds.unwrap_or(MIN_HEALTHY_SECONDS);
    if passed > seconds(healthy) {
        return Ok(first);
    }
    let pause = limits.retry_period_seconds.unwrap_or(0);
    if passed < seconds(pause) {
        return Err((
            "RemediationDeferred",
            format!(
                "KubeadmControlPlane can't remediate this machine because the operation already failed in the latest {pause}s \
                 (RetryPeriod)"
            ),
        ));
    }
    if let Some(most) = limits.max_retry.filter(|most| before.retry_count >= *most) {
        return Err((
            "CannotBeRemediated",
            format!(
                "KubeadmControlPlane can't remediate this machine because the operation already failed {most} times (MaxRetry)"
            ),
        ));
    }
    Ok(Repair {
        retry_count: before.retry_count + 1,
        ..first
    })
}

/// What a machine is told of its own repair; and whether an old word of it has to go.
pub(super) fn told(machine: &Object<Machine>, verdict: &Verdict) -> Option<Condition> {
    let not =
        |reason: &str, message: &str| condition(OWNER_REMEDIATED, ConditionStatus::False, reason, message);
    match verdict {
        Verdict::Replace { machine: name, .. } if name == machine.name() => {
            Some(not("MachineDeleting", "Machine is deleting"))
        }
        Verdict::Refused {
            machine: name,
            reason,
            message,
        } if name == machine.name() => Some(not(reason, message)),
        Verdict::Nothing | Verdict::Replace { .. } | Verdict::Refused { .. } => None,
    }
}

/// Takes the word of a repair away from a machine that is well again.
pub(super) fn forget_recovered(machine: &mut Object<Machine>) {
    if machine.is_true(HEALTH_CHECK) && machine.is_false(OWNER_REMEDIATED) {
        machine
            .status
            .conditions
            .retain(|condition| condition.kind != OWNER_REMEDIATED);
    }
}
