//! The last thing that a control plane does for a machine that goes: it takes the machine's member out of etcd, and then its own hook
//! away, with which the machine has waited for that. One machine at a time, and not before all else is through: what runs on the
//! machine may need its API server until then.
//!
//! Where the whole control plane goes, nobody needs etcd any more.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::labels;
use fleetui_rules::version::Version;
use serde_json::json;

use super::etcd_members;
use super::observe::{Member, Observed};
use crate::change::Change;
use crate::object::Metadata;

/// From this minor version on kubelets speak with the API server of their own machine, which ends with its etcd member.
const LOCAL_SINCE: u64 = 31;

/// What is done for the machines that go.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Release {
    /// In this order.
    pub(super) changes: Vec<Change>,
    /// Why the next machine has to wait, where that is not its own doing.
    pub(super) held: Option<String>,
}

impl Release {
    fn held(why: String) -> Self {
        Self {
            changes: Vec::new(),
            held: Some(why),
        }
    }
}

/// Takes the hook away from all machines, as the whole control plane goes.
pub(super) fn release_all(observed: &Observed) -> Vec<Change> {
    let held = observed
        .machines
        .iter()
        .filter(|member| etcd_members::has_hook(member));
    held.filter_map(let_go).collect()
}

/// Decides about the machine that has been going for the longest.
pub(super) fn decide(observed: &Observed) -> Release {
    let nothing = Release::default;
    let going = || {
        observed
            .machines
            .iter()
            .filter(|member| member.machine.is_deleting())
    };
    // One that was let go ends first.
    if !going().all(etcd_members::has_hook) {
        return nothing();
    }
    let since = |member: &&Member| {
        let metadata = &member.machine.metadata;
        let since = metadata.deletion_timestamp.as_ref().map(|time| time.0);
        (since, member.machine.name().to_owned())
    };
    let Some(member) = going().min_by_key(since) else {
        return nothing();
    };
    if !is_waiting(observed, member) {
        return nothing();
    }
    let freed = |changes: Vec<Change>| Release {
        changes: changes.into_iter().chain(let_go(member)).collect(),
        held: None,
    };
    if observed.machines.len() <= 1 {
        return freed(Vec::new());
    }
    let name = member.machine.name();
    if !etcd_members::has_another_whole(observed, member) {
        return Release::held(format!(
            "Machine {name} waits until another has healthy control plane components"
        ));
    }
    if observed.external_etcd {
        return freed(Vec::new());
    }
    let Some(seen) = etcd_members::seen(observed) else {
        return Release::held(format!("Machine {name} waits until etcd tells its members"));
    };
    let own = etcd_members::node_of(member).and_then(|node| seen.member(node));
    let Some(own) = own else {
        return freed(Vec::new());
    };
    if !etcd_members::survives_without(observed, seen, &own.name) {
        return Release::held(format!(
            "Machine {name} waits, as etcd could lose its quorum without its member"
        ));
    }
    match etcd_members::hand_over(observed, member) {
        Err(why) => Release::held(why),
        Ok(handed) => {
            let acts = handed.into_iter().chain([etcd_members::remove(observed, own)]);
            freed(
                acts.filter_map(|act| etcd_members::change(observed, act))
                    .collect(),
            )
        }
    }
}

/// Whether the machine has come to the point where it waits for this hook, and where that matters for no other.
fn is_waiting(observed: &Observed, member: &Member) -> bool {
    let told = member.machine.condition("Deleting");
    let arrived = told.is_some_and(|told| {
        told.status == ConditionStatus::True && told.reason == "WaitingForPreTerminateHook"
    });
    let version = observed.control_plane.spec.version.parse::<Version>();
    let is_last = version.is_ok_and(|version| (version.major(), version.minor()) >= (1, LOCAL_SINCE));
    let mut hooks = member.machine.metadata.all_annotations().keys();
    let others =
        hooks.any(|key| key.starts_with(labels::PRE_TERMINATE_HOOK_PREFIX) && key != labels::CLEANUP_HOOK);
    arrived && !(is_last && others)
}

/// Takes the hook away.
fn let_go(member: &Member) -> Option<Change> {
    Some(Change::Patch {
        id: member.machine.id()?,
        // What else happens to the machine meanwhile does not matter.
        version: None,
        patch: json!({"metadata": {"annotations": {labels::CLEANUP_HOOK: null}}}),
    })
}
