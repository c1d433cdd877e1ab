//! The order in which a Machine is taken apart: hooks, drain, hooks again, infrastructure, bootstrap, node.

use std::time::Duration;

use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::Machine;
use jiff::Timestamp;

use super::node;
use super::observe::Observed;
use crate::change::Outcome;
use crate::external::{External, is_cluster_deleting};
use crate::object::{Metadata, Object};

/// How long deleting the node is tried where the machine does not say.
const NODE_DELETION_TIMEOUT: Duration = Duration::from_secs(10);

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
    let node_name = machine.status.node_ref.as_ref().map(|node| node.name.as_str());
    // With the whole cluster, or the last control plane machine, nodes just go.
    let node_stays_behind = !is_cluster_deleting(observed.cluster.as_deref()) && observed.control_plane_stays;
    let started = |time: &mut Option<String>| {
        time.get_or_insert_with(|| seconds(observed.now));
    };
    if node_name.is_some() && node_stays_behind {
        let hooks = hooks(machine, labels::PRE_DRAIN_HOOK_PREFIX);
        if !hooks.is_empty() {
            started(
                &mut outcome
                    .object
                    .status
                    .deletion
                    .get_or_insert_default()
                    .wait_for_pre_drain_hook_start_time,
            );
            return Stage::new("WaitingForPreDrainHook", waiting_for_hooks("pre-drain", &hooks));
        }
        let drained = machine
            .metadata
            .annotation(labels::EXCLUDE_NODE_DRAINING)
            .is_some();
        if let (false, true, Some(found)) = (drained, observed.reach.is_live(), &observed.node) {
            outcome.changes.extend(node::cordon(machine, found));
        }
    }
    let hooks = hooks(machine, labels::PRE_TERMINATE_HOOK_PREFIX);
    if !hooks.is_empty() {
        started(
            &mut outcome
                .object
                .status
                .deletion
                .get_or_insert_default()
                .wait_for_pre_terminate_hook_start_time,
        );
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
    if let (Some(name), true) = (node_name, node_stays_behind) {
        if observed.reach.is_live() {
            outcome.changes.push(node::delete(machine, name));
        } else if !gives_up_on_node(observed) {
            outcome.look_again(NODE_DELETION_TIMEOUT / 5);
            return Stage::new("DeletingNode", format!("Waiting for Node {name} to be deleted"));
        }
    }
    outcome.object.metadata.remove_finalizer(finalizer::MACHINE);
    Stage::new("DeletionCompleted", "Deletion completed")
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

/// Names of the hooks of one stage, without the common prefix.
fn hooks<'a>(machine: &'a Object<Machine>, prefix: &str) -> Vec<&'a str> {
    machine
        .metadata
        .all_annotations()
        .keys()
        .filter_map(|key| key.strip_prefix(prefix))
        .collect()
}

fn waiting_for_hooks(stage: &str, hooks: &[&str]) -> String {
    format!(
        "Waiting for {stage} hooks to succeed (hooks: {})",
        hooks.join(",")
    )
}

/// A time as the API writes it: whole seconds.
fn seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}
