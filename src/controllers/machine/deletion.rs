//! The order in which a Machine is taken apart: hooks, drain, volumes, hooks again, infrastructure, bootstrap, node.

use std::time::Duration;

use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{Machine, MachineDeletion, MachineDeletionStatus, NodeReference};
use fleetui_base::clock::whole_seconds;
use jiff::{SignedDuration, Timestamp};

use super::leaving::Answer;
use super::observe::Observed;
use super::{drain, node, volumes};
use crate::change::Outcome;
use crate::external::{External, is_cluster_deleting};
use crate::object::{Metadata, Object};

/// How long deleting the node is tried where the machine does not say.
const NODE_DELETION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait before the node is deleted again.
const NODE_DELETION_RETRY: Duration = Duration::from_secs(2);

/// Where a deletion stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stage {
    /// Reason of the condition Deleting.
    pub(super) reason: &'static str,
    /// Its message.
    pub(super) message: String,
}

impl Stage {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// Plans the next step of a deletion, and tells where it stands.
pub(super) fn plan(observed: &Observed, outcome: &mut Outcome<Machine>) -> Stage {
    let machine = observed.machine.as_ref();
    if let (None, Some(name)) = (&machine.status.node_ref, node_name(observed)) {
        outcome.object.status.node_ref = Some(NodeReference {
            name: name.to_owned(),
        });
    }
    if handles_node(observed)
        && let Some(stage) = leave_node(observed, outcome)
    {
        return stage;
    }
    let hooks = hooks(machine, labels::PRE_TERMINATE_HOOK_PREFIX);
    if !hooks.is_empty() {
        let times = outcome.object.status.deletion.get_or_insert_default();
        start(&mut times.wait_for_pre_terminate_hook_start_time, observed.now);
        return Stage::new(
            "WaitingForPreTerminateHook",
            waiting_for_hooks("pre-terminate", &hooks),
        );
    }
    for (external, reason) in [
        (&observed.infrastructure, "WaitingForInfrastructureDeletion"),
        (&observed.bootstrap, "WaitingForBootstrapDeletion"),
    ] {
        if let External::Found(entry) = external {
            outcome.changes.extend(external.delete());
            return Stage::new(
                reason,
                format!("Waiting for {} to be deleted", entry.id.kind.kind()),
            );
        }
    }
    let node_is_gone = observed.leaving.node == Answer::Is(());
    if handles_node(observed) && !node_is_gone && !gives_up_on_node(observed) {
        outcome.look_again(NODE_DELETION_RETRY);
        return Stage::new(
            "DeletingNode",
            "Error deleting Node, please check controller logs for errors",
        );
    }
    outcome.object.metadata.remove_finalizer(finalizer::MACHINE);
    Stage::new("DeletionCompleted", "Deletion completed")
}

/// Hooks, drain and volumes; nothing once all three are through.
fn leave_node(observed: &Observed, outcome: &mut Outcome<Machine>) -> Option<Stage> {
    let machine = observed.machine.as_ref();
    let hooks = hooks(machine, labels::PRE_DRAIN_HOOK_PREFIX);
    if !hooks.is_empty() {
        let times = outcome.object.status.deletion.get_or_insert_default();
        start(&mut times.wait_for_pre_drain_hook_start_time, observed.now);
        return Some(Stage::new(
            "WaitingForPreDrainHook",
            waiting_for_hooks("pre-drain", &hooks),
        ));
    }
    if drains(observed)
        && let Some(message) = drain_node(observed, outcome)
    {
        return Some(Stage::new("DrainingNode", message));
    }
    if waits_for_volumes(observed)
        && let Some(message) = wait_for_volumes(observed, outcome)
    {
        return Some(Stage::new("WaitingForVolumeDetach", message));
    }
    None
}

/// What is told of the drain; nothing when it is through.
fn drain_node(observed: &Observed, outcome: &mut Outcome<Machine>) -> Option<String> {
    let times = outcome.object.status.deletion.get_or_insert_default();
    let started = start(&mut times.node_drain_start_time, observed.now);
    let message = match &observed.leaving.drain {
        Answer::Is(drained) if drained.is_complete() => return None,
        Answer::Is(drained) => drained.message(&started),
        Answer::Failed(_) => "Error draining Node, please check controller logs for errors".to_owned(),
        Answer::NotAsked => {
            if let (true, Some(found)) = (observed.reach.is_live(), &observed.node) {
                outcome.changes.extend(node::cordon(&observed.machine, found));
            }
            drain::begun(&started)
        }
    };
    outcome.look_again(observed.drain_retry);
    if let Some(left) = left(observed, &Limit::DRAIN) {
        outcome.look_again(left);
    }
    Some(message)
}

/// What is told of the volumes; nothing when none is waited for.
fn wait_for_volumes(observed: &Observed, outcome: &mut Outcome<Machine>) -> Option<String> {
    let times = outcome.object.status.deletion.get_or_insert_default();
    let started = start(&mut times.wait_for_node_volume_detach_start_time, observed.now);
    let message = match &observed.leaving.volumes {
        Answer::Is(attached) if attached.is_empty() => return None,
        Answer::Is(attached) => attached.message(&started),
        Answer::Failed(_) => {
            "Error waiting for volumes to be detached from Node, please check controller logs for errors"
                .to_owned()
        }
        Answer::NotAsked => volumes::begun(&started),
    };
    outcome.look_again(observed.drain_retry);
    if let Some(left) = left(observed, &Limit::VOLUMES) {
        outcome.look_again(left);
    }
    Some(message)
}

/// The node of the machine: the one it knows, or one that has turned up since.
pub(super) fn node_name(observed: &Observed) -> Option<&str> {
    let known = observed.machine.status.node_ref.as_ref();
    let found = || observed.node.as_ref().map(|node| node.metadata.name());
    known.map(|node| node.name.as_str()).or_else(found)
}

/// Whether there is a node to be emptied and deleted. With the whole cluster, or the last control plane machine, nodes just go.
pub(super) fn handles_node(observed: &Observed) -> bool {
    !is_cluster_deleting(observed.cluster.as_deref())
        && observed.control_plane_stays
        && node_name(observed).is_some()
}

/// Whether the node is drained now, or has to be.
pub(super) fn drains(observed: &Observed) -> bool {
    let machine = observed.machine.as_ref();
    hooks(machine, labels::PRE_DRAIN_HOOK_PREFIX).is_empty()
        && machine
            .metadata
            .annotation(labels::EXCLUDE_NODE_DRAINING)
            .is_none()
        && may_be_waited_for(observed, &Limit::DRAIN)
}

/// Whether somebody has written down since when the node is drained.
pub(super) fn drain_has_begun(observed: &Observed) -> bool {
    let times = observed.machine.status.deletion.as_ref();
    times.is_some_and(|times| times.node_drain_start_time.is_some())
}

/// Whether the node's volumes matter.
pub(super) fn waits_for_volumes(observed: &Observed) -> bool {
    let machine = observed.machine.as_ref();
    hooks(machine, labels::PRE_DRAIN_HOOK_PREFIX).is_empty()
        && machine
            .metadata
            .annotation(labels::EXCLUDE_VOLUME_DETACH)
            .is_none()
        && may_be_waited_for(observed, &Limit::VOLUMES)
}

/// Whether nothing but the node is left.
pub(super) fn deletes_node(observed: &Observed) -> bool {
    let machine = observed.machine.as_ref();
    let there = |external: &External| matches!(external, External::Found(_));
    hooks(machine, labels::PRE_DRAIN_HOOK_PREFIX).is_empty()
        && hooks(machine, labels::PRE_TERMINATE_HOOK_PREFIX).is_empty()
        && !there(&observed.infrastructure)
        && !there(&observed.bootstrap)
}

/// A step that may take only so long.
struct Limit {
    started: fn(&MachineDeletionStatus) -> &Option<String>,
    seconds: fn(&MachineDeletion) -> Option<i32>,
}

impl Limit {
    const DRAIN: Self = Self {
        started: |times| &times.node_drain_start_time,
        seconds: |limits| limits.node_drain_timeout_seconds,
    };
    const VOLUMES: Self = Self {
        started: |times| &times.wait_for_node_volume_detach_start_time,
        seconds: |limits| limits.node_volume_detach_timeout_seconds,
    };
}

/// Whether the machine still runs as it did, and the step's time is not over.
fn may_be_waited_for(observed: &Observed, limit: &Limit) -> bool {
    let times = observed.machine.status.deletion.as_ref();
    let terminates = times.is_some_and(|times| times.wait_for_pre_terminate_hook_start_time.is_some());
    let runs = observed
        .infrastructure
        .entry()
        .is_some_and(|entry| !entry.object.metadata.is_deleting());
    runs && !terminates && left(observed, limit) != Some(Duration::ZERO)
}

/// What is left of a step's time; nothing where it has no limit or has not begun.
fn left(observed: &Observed, limit: &Limit) -> Option<Duration> {
    let machine = observed.machine.as_ref();
    let seconds = (limit.seconds)(machine.spec.deletion.as_ref()?).filter(|seconds| *seconds > 0)?;
    let started = (limit.started)(machine.status.deletion.as_ref()?).as_ref()?;
    let started: Timestamp = started.parse().ok()?;
    let left = SignedDuration::from_secs(seconds.into()) - observed.now.duration_since(started);
    Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
}

/// Whether the node cannot be deleted, and that has been tried for long enough.
fn gives_up_on_node(observed: &Observed) -> bool {
    let machine = observed.machine.as_ref();
    let deletion = machine.spec.deletion.as_ref();
    let timeout = match deletion.and_then(|deletion| deletion.node_deletion_timeout_seconds) {
        // Zero means to try for ever.
        Some(0) => return false,
        Some(seconds) => u64::try_from(seconds).map_or(NODE_DELETION_TIMEOUT, Duration::from_secs),
        None => NODE_DELETION_TIMEOUT,
    };
    let since = machine
        .metadata
        .deletion_timestamp
        .as_ref()
        .map_or(observed.now, |time| time.0);
    observed.now.duration_since(since).unsigned_abs() > timeout
}

/// Annotations of the hooks of one stage.
fn hooks<'a>(machine: &'a Object<Machine>, prefix: &str) -> Vec<&'a str> {
    machine
        .metadata
        .all_annotations()
        .keys()
        .map(String::as_str)
        .filter(|key| key.starts_with(prefix))
        .collect()
}

fn waiting_for_hooks(stage: &str, hooks: &[&str]) -> String {
    format!(
        "Waiting for {stage} hooks to succeed (hooks: {})",
        hooks.join(",")
    )
}

/// Writes down since when a step goes on, where nobody has; tells since when.
fn start(time: &mut Option<String>, now: Timestamp) -> String {
    time.get_or_insert_with(|| whole_seconds(now).to_string()).clone()
}
