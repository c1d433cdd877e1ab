//! What many machines come to: counters, versions, and the conditions that MachineSets, MachineDeployments, control planes and
//! Clusters share.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Kind, Machine, VersionCount};
use fleetui_rules::condition_merge::{AggregateTarget, Source, aggregate, condition};
use jiff::{SignedDuration, Timestamp};

use crate::machine::drain;
use crate::object::{Metadata, Object};

/// Machines this young may lack the condition `UpToDate` without being told of.
const TOO_YOUNG: SignedDuration = SignedDuration::from_secs(10);
/// A deletion that takes longer is told of.
const SLOW_DELETION: SignedDuration = SignedDuration::from_mins(15);
/// What holds up a drain is told once that takes longer.
const SLOW_DRAIN: SignedDuration = SignedDuration::from_mins(5);

/// Machines by what they have reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) replicas: i32,
    pub(crate) ready: i32,
    pub(crate) available: i32,
    pub(crate) up_to_date: i32,
    pub(crate) versions: Vec<VersionCount>,
}

/// Counts machines.
pub(crate) fn count(machines: &[Arc<Object<Machine>>]) -> Counts {
    let with = |kind: &str| number(machines.iter().filter(|machine| machine.is_true(kind)).count());
    let mut versions: BTreeMap<&str, i32> = BTreeMap::new();
    for machine in machines {
        // Machines without a node run nothing yet.
        let kubelet = machine
            .status
            .node_info
            .get("kubeletVersion")
            .and_then(|version| version.as_str());
        if let Some(version) = kubelet {
            *versions.entry(version).or_default() += 1;
        }
    }
    Counts {
        replicas: number(machines.len()),
        ready: with("Ready"),
        available: with("Available"),
        up_to_date: with("UpToDate"),
        versions: versions
            .into_iter()
            .map(|(version, replicas)| VersionCount {
                version: version.to_owned(),
                replicas,
            })
            .collect(),
    }
}

/// A count as the API has it.
pub(crate) fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The condition `of` of many objects.
pub(crate) fn sources<K: Kind>(objects: &[Arc<Object<K>>], of: &str) -> Vec<Source> {
    objects
        .iter()
        .map(|object| Source {
            kind: K::KIND.to_owned(),
            name: object.name().to_owned(),
            control_plane: object.metadata.label(labels::CONTROL_PLANE).is_some(),
            condition: object.condition(of).cloned(),
        })
        .collect()
}

/// `MachinesReady` and its like: the aggregate of Ready.
pub(crate) fn machines_ready(target: &str, machines: &[Arc<Object<Machine>>]) -> Condition {
    let target = AggregateTarget {
        kind: target,
        of: "Ready",
        positive: true,
        reasons: ["NotReady", "ReadyUnknown", "Ready"],
    };
    if machines.is_empty() {
        return target.of_nothing("NoReplicas");
    }
    aggregate(target, &sources(machines, "Ready"))
}

/// `MachinesUpToDate` and its like: the aggregate of `UpToDate`.
pub(crate) fn machines_up_to_date(
    target: &str,
    machines: &[Arc<Object<Machine>>],
    now: Timestamp,
) -> Condition {
    let target = AggregateTarget {
        kind: target,
        of: "UpToDate",
        positive: true,
        reasons: ["NotUpToDate", "UpToDateUnknown", "UpToDate"],
    };
    let young = |machine: &Object<Machine>| {
        machine
            .metadata
            .created()
            .is_some_and(|created| now.duration_since(created) < TOO_YOUNG)
    };
    let told: Vec<Arc<Object<Machine>>> = machines
        .iter()
        .filter(|machine| machine.condition("UpToDate").is_some() || !young(machine))
        .cloned()
        .collect();
    if told.is_empty() {
        return target.of_nothing("NoReplicas");
    }
    aggregate(target, &sources(&told, "UpToDate"))
}

/// `RollingOut`: how many machines are not as wished, and in which respects.
pub(crate) fn rolling_out(machines: &[Arc<Object<Machine>>]) -> Condition {
    let outdated: Vec<&Arc<Object<Machine>>> = machines
        .iter()
        .filter(|machine| machine.is_false("UpToDate"))
        .collect();
    if outdated.is_empty() {
        return condition("RollingOut", ConditionStatus::False, "NotRollingOut", "");
    }
    let mut respects: Vec<String> = outdated
        .iter()
        .filter_map(|machine| machine.condition("UpToDate"))
        .flat_map(|up_to_date| up_to_date.message.lines().map(str::to_owned))
        .collect();
    respects.sort_by_key(|line| (!line.starts_with("* Version"), line.clone()));
    respects.dedup();
    let mut message = format!("Rolling out {} not up-to-date replicas", outdated.len());
    for respect in respects {
        message.push('\n');
        message.push_str(&respect);
    }
    condition("RollingOut", ConditionStatus::True, "RollingOut", message)
}

/// `ScalingUp`. `blocked` are reasons why it does not go on, a line for each.
pub(crate) fn scaling_up(desired: i32, current: i32, blocked: &[String]) -> Condition {
    if desired > current {
        let mut message = format!("Scaling up from {current} to {desired} replicas");
        if !blocked.is_empty() {
            message.push_str(" is blocked because:");
            for reason in blocked {
                message.push_str("\n* ");
                message.push_str(reason);
            }
        }
        return condition("ScalingUp", ConditionStatus::True, "ScalingUp", message);
    }
    condition("ScalingUp", ConditionStatus::False, "NotScalingUp", "")
}

/// `ScalingDown`, with the machines that take long.
pub(crate) fn scaling_down(
    desired: i32,
    current: i32,
    machines: &[Arc<Object<Machine>>],
    now: Timestamp,
) -> Condition {
    if desired >= current {
        return condition("ScalingDown", ConditionStatus::False, "NotScalingDown", "");
    }
    let mut message = format!("Scaling down from {current} to {desired} replicas");
    if let Some(slow) = slow_deletions(machines, now) {
        message.push('\n');
        message.push_str(&slow);
    }
    condition("ScalingDown", ConditionStatus::True, "ScalingDown", message)
}

/// `* Machines a, b are in deletion since more than 15m`, where there are such, and what that is likely due to.
pub(crate) fn slow_deletions(machines: &[Arc<Object<Machine>>], now: Timestamp) -> Option<String> {
    let mut slow: Vec<&Arc<Object<Machine>>> = machines
        .iter()
        .filter(|machine| {
            let since = machine.metadata.deletion_timestamp.as_ref();
            since.is_some_and(|since| now.duration_since(since.0) > SLOW_DELETION)
        })
        .collect();
    slow.sort_by(|a, b| a.name().cmp(b.name()));
    let mut delays: Vec<&str> = Vec::new();
    for machine in &slow {
        let deleting = machine.condition("Deleting");
        delays.extend(
            deleting
                .into_iter()
                .flat_map(|deleting| delay(machine, deleting, now)),
        );
    }
    let (is, names) = named(slow.iter().map(|machine| machine.name()))?;
    Some(format!(
        "* {names} {is} in deletion since more than 15m{}",
        likely(&delays)
    ))
}

/// What the drain of a machine is likely held up by, once it takes long.
pub(crate) fn delay(machine: &Object<Machine>, deleting: &Condition, now: Timestamp) -> Vec<&'static str> {
    let started = machine.status.deletion.as_ref();
    let started = started.and_then(|times| times.node_drain_start_time.as_ref()?.parse::<Timestamp>().ok());
    let slow = started.is_some_and(|started| now.duration_since(started) > SLOW_DRAIN);
    if deleting.reason == "DrainingNode" && slow {
        drain::delays(&deleting.message).collect()
    } else {
        Vec::new()
    }
}

/// `, delay likely due to a, b`, in upstream's order and each once; nothing where nothing is known.
pub(crate) fn likely(delays: &[&str]) -> String {
    let told: Vec<&str> = drain::DELAYS
        .into_iter()
        .map(|(_, delay)| delay)
        .filter(|delay| delays.contains(delay))
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        format!(", delay likely due to {}", told.join(", "))
    }
}

/// `is` and `Machine a`, or `are` and `Machines a, b, c, ... (2 more)`; nothing without names.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> Option<(&'static str, String)> {
    let names: Vec<&str> = names.collect();
    let listed = listed(&names, 3);
    match names.len() {
        0 => None,
        1 => Some(("is", format!("Machine {listed}"))),
        _ => Some(("are", format!("Machines {listed}"))),
    }
}

/// `a, b, c, ... (2 more)`: so many names at most.
pub(crate) fn listed(names: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}, ... ({more} more)"),
    }
}

/// `Remediating`: the aggregate over machines that are being replaced because they are unhealthy.
pub(crate) fn remediating(machines: &[Arc<Object<Machine>>]) -> Condition {
    let remediated: Vec<Arc<Object<Machine>>> = machines
        .iter()
        .filter(|machine| machine.is_false("OwnerRemediated"))
        .cloned()
        .collect();
    if remediated.is_empty() {
        return condition("Remediating", ConditionStatus::False, "NotRemediating", "");
    }
    let target = AggregateTarget {
        kind: "Remediating",
        of: "OwnerRemediated",
        positive: false,
        reasons: ["Remediating", "Remediating", "Remediating"],
    };
    aggregate(target, &sources(&remediated, "OwnerRemediated"))
}

/// As [`remediating`], with the unhealthy machines that `owner` does not replace.
pub(crate) fn remediating_by(owner: &str, machines: &[Arc<Object<Machine>>]) -> Condition {
    let unhealthy = || {
        let mut all: Vec<&Arc<Object<Machine>>> = machines
            .iter()
            .filter(|machine| machine.is_false("HealthCheckSucceeded"))
            .collect();
        all.sort_by(|a, b| a.name().cmp(b.name()));
        all
    };
    let mut condition = remediating(machines);
    if condition.status == ConditionStatus::False
        && let Some((is, names)) = named(unhealthy().iter().map(|machine| machine.name()))
    {
        condition.message = format!("{names} {is} not healthy (not to be remediated by {owner})");
    }
    condition
}

/// `Deleting` while it goes on, with a text; or not.
pub(crate) fn deleting(stage: Option<(&str, String)>) -> Condition {
    match stage {
        Some((reason, message)) => condition("Deleting", ConditionStatus::True, reason, message),
        None => condition("Deleting", ConditionStatus::False, "NotDeleting", ""),
    }
}
