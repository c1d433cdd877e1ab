//! Which members of etcd belong to which machines, how well they are, and what a member less would make of the rest.
//!
//! A member has the name of its machine's node. Nothing is ever taken out of an etcd that has not just told its members.

use std::collections::BTreeSet;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::condition;
use jiff::SignedDuration;

use super::components::{self, COMPONENTS, ETCD_MEMBER, ETCD_POD};
use super::observe::{Etcd, Member, Observed};
use super::{preflight, status};
use crate::change::Change;
use crate::context::Context;
use crate::etcd::{self, EtcdAct, Seen};
use crate::object::Metadata;

/// A machine whose node is older than this should have its member.
const JOINS_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// Asks etcd, through the machines that run and stay; those first whose members were well.
pub(super) async fn observe(context: &Context, cluster: &ObjectName, machines: &[Member]) -> Etcd {
    let nodes = nodes_to_ask(machines);
    if nodes.is_empty() {
        return Etcd::Unasked;
    }
    match etcd::ask(context, cluster, &nodes).await {
        Ok(seen) => Etcd::Seen(seen),
        Err(why) => {
            tracing::debug!(%cluster, why, "etcd does not tell its members");
            Etcd::Silent(why)
        }
    }
}

fn nodes_to_ask(machines: &[Member]) -> Vec<String> {
    let mut asked: Vec<(bool, String)> = machines
        .iter()
        .filter(|member| !member.machine.is_deleting())
        .filter_map(|member| Some((!member.machine.is_true(ETCD_MEMBER), node_of(member)?.to_owned())))
        .collect();
    asked.sort();
    asked.into_iter().map(|(_, node)| node).collect()
}

/// The name of a machine's node, and of its member.
pub(super) fn node_of(member: &Member) -> Option<&str> {
    let node = member.machine.status.node_ref.as_ref()?;
    Some(node.name.as_str()).filter(|name| !name.is_empty())
}

/// What etcd has just told.
pub(super) fn seen(observed: &Observed) -> Option<&Seen> {
    match &observed.etcd {
        Etcd::Seen(seen) => Some(seen),
        Etcd::Unasked | Etcd::Silent(_) => None,
    }
}

/// `EtcdMemberHealthy` of a machine that has a node and stays; nothing where the last word stays too.
pub(super) fn condition_of(observed: &Observed, member: &Member) -> Option<Condition> {
    let told = |status, reason: &str, message: String| Some(condition(ETCD_MEMBER, status, reason, message));
    let unknown = |message: String| told(ConditionStatus::Unknown, "InspectionFailed", message);
    let seen = match &observed.etcd {
        Etcd::Seen(seen) => seen,
        Etcd::Silent(why) => return unknown(why.clone()),
        Etcd::Unasked
            if status::is_initialized(observed) && member.machine.condition(ETCD_MEMBER).is_some() =>
        {
            return None;
        }
        Etcd::Unasked => return unknown("Waiting for Cluster control plane to be initialized".to_owned()),
    };
    let node = node_of(member)?;
    let not = |message: String| told(ConditionStatus::False, "NotHealthy", message);
    let Some(own) = seen.member(node) else {
        return not(format!("Etcd doesn't have an etcd member for Node {node}"));
    };
    if own.learner {
        return not("Waiting for learner etcd member to be promoted".to_owned());
    }
    let alarms = seen.alarms_of(own);
    if !alarms.is_empty() {
        return not(format!("Etcd reports alarms: {}", alarms.join(", ")));
    }
    // A member may be listed and without alarms although it is long dead.
    let mut components = member.components.iter();
    let own = components.find(|component| component.condition == ETCD_POD);
    if let Some(component) = own
        && component
            .pod
            .as_ref()
            .is_some_and(|pod| !components::is_ready(pod))
    {
        let name = &component.name;
        return not(format!(
            "The member in Pod {name} does not answer its readiness check"
        ));
    }
    told(ConditionStatus::True, "Healthy", String::new())
}

/// The members that belong to no machine of the cluster. While a machine has no node yet, one of them may be its.
pub(super) fn strays(observed: &Observed) -> Vec<&etcd::Member> {
    let own = observed.machines.iter().map(|member| &member.machine);
    let unclaimed = |member: &Member| node_of(member).is_none();
    let Some(seen) = seen(observed).filter(|_| !observed.machines.iter().any(unclaimed)) else {
        return Vec::new();
    };
    // A node that a machine has not been told of yet has the machine's name, or will soon be told.
    let known: BTreeSet<&str> = own
        .chain(&observed.foreign)
        .flat_map(|machine| {
            let node = machine.status.node_ref.as_ref().map(|node| node.name.as_str());
            [Some(machine.name()), node]
        })
        .flatten()
        .collect();
    let mut strays: Vec<&etcd::Member> = seen
        .members
        .iter()
        .filter(|member| !known.contains(member.name.as_str()))
        .collect();
    strays.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    strays
}

/// The machines that stay and whose member etcd does not have, although their node is there.
fn without_member<'a>(observed: &'a Observed, seen: &'a Seen) -> impl Iterator<Item = &'a Member> {
    observed.machines.iter().filter(|member| {
        let lacks = |node: &str| seen.member(node).is_none();
        !member.machine.is_deleting() && node_of(member).is_some_and(lacks)
    })
}

/// Whether every member has its machine, and every machine that has been there for a while its member.
pub(super) fn agrees_with_machines(observed: &Observed, seen: &Seen) -> bool {
    let is_old = |member: &Member| {
        let created = member.node.as_ref().and_then(|node| node.metadata.created());
        created.is_some_and(|created| observed.now.duration_since(created) > JOINS_WITHIN)
    };
    strays(observed).is_empty() && !without_member(observed, seen).any(is_old)
}

/// What becomes of the members that belong to no machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Strays {
    /// There are none, or one may be a machine's that has no node yet.
    None,
    /// This one is taken out.
    TakeOut(EtcdAct),
    /// They stay: why.
    Stay(String),
}

/// Decides about the members that belong to no machine: one at a time is taken out, and none at the price of the quorum.
pub(super) fn decide_strays(observed: &Observed) -> Strays {
    let Some((seen, stray)) = seen(observed).zip(strays(observed).first().copied()) else {
        return Strays::None;
    };
    let name = stray.shown();
    // It may be that machine's, under another name than its node's.
    if let Some(lacks) = without_member(observed, seen).next() {
        return Strays::Stay(format!(
            "etcd member {name} does not have a corresponding Machine, and Machine {} no member: it is not taken out, as it may be that one's",
            lacks.machine.name()
        ));
    }
    // One that has not started is no voter, and without a machine never will be.
    if !stray.name.is_empty() && !survives_without(observed, seen, &stray.name) {
        return Strays::Stay(format!(
            "etcd member {name} does not have a corresponding Machine, it must be removed from the cluster but this operation can \
             lead to quorum loss. Please check the etcd status"
        ));
    }
    Strays::TakeOut(remove(observed, stray))
}

/// Takes a member out, through the others.
pub(super) fn remove(observed: &Observed, member: &etcd::Member) -> EtcdAct {
    let mut through = nodes_to_ask(&observed.machines);
    through.retain(|node| *node != member.name);
    EtcdAct::Remove {
        member: member.clone(),
        through,
    }
}

/// Whether etcd can decide without the member of this name: as many of those that vote then are well as make a quorum. None may
/// be about to become a voter.
pub(super) fn survives_without(observed: &Observed, seen: &Seen, name: &str) -> bool {
    let rest: Vec<&etcd::Member> = seen
        .members
        .iter()
        .filter(|member| member.name.is_empty() || member.name != name)
        .collect();
    let well = rest
        .iter()
        .filter(|member| is_well(observed, seen, member))
        .count();
    rest.iter().all(|member| member.votes()) && well > rest.len() / 2
}

/// Whether a member can be relied on: its alarms say so, and its machine. Of one without a machine there is nothing more to know.
fn is_well(observed: &Observed, seen: &Seen, member: &etcd::Member) -> bool {
    if !seen.alarms_of(member).is_empty() {
        return false;
    }
    let mut machines = observed.machines.iter();
    let own = machines.find(|machine| node_of(machine) == Some(member.name.as_str()));
    own.is_none_or(|own| {
        let machine = own.machine.as_ref();
        !machine.is_deleting() && machine.is_true(ETCD_MEMBER) && machine.is_true(ETCD_POD)
    })
}

/// Whether a machine but this one has all of a control plane.
pub(super) fn has_another_whole(observed: &Observed, going: &Member) -> bool {
    let wanted = COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|kind| !(observed.external_etcd && *kind == ETCD_POD));
    let wanted: Vec<&str> = wanted.collect();
    let mut others = observed
        .machines
        .iter()
        .filter(|member| member.machine.uid() != going.machine.uid());
    others.any(|other| wanted.iter().all(|kind| other.machine.is_true(kind)))
}

/// What hands leadership on before this machine goes; nothing where its member does not lead. The error is a sentence.
pub(super) fn hand_over(observed: &Observed, going: &Member) -> Result<Option<EtcdAct>, String> {
    let leads = |node: &&str| seen(observed).is_some_and(|seen| seen.is_led_by(node));
    let Some(from) = node_of(going).filter(leads) else {
        return Ok(None);
    };
    let mut candidates: Vec<&Member> = observed
        .machines
        .iter()
        .filter(|member| !member.machine.is_deleting() && member.machine.uid() != going.machine.uid())
        .filter(|member| node_of(member).is_some())
        .collect();
    if candidates.is_empty() {
        let why = "unable to move etcd leadership, no candidate machines for etcd leadership found";
        return Err(why.to_owned());
    }
    candidates.sort_by_key(|member| {
        let machine = member.machine.as_ref();
        let well = [ETCD_MEMBER, "HealthCheckSucceeded", "UpToDate"].map(|kind| !machine.is_true(kind));
        (well, std::cmp::Reverse(machine.metadata.created()))
    });
    let to = candidates.into_iter().filter_map(node_of).map(str::to_owned);
    Ok(Some(EtcdAct::MoveLeader {
        from: from.to_owned(),
        to: to.collect(),
    }))
}

/// An act on the etcd of this cluster.
pub(super) fn change(observed: &Observed, act: EtcdAct) -> Option<Change> {
    let cluster = observed.cluster.as_deref()?;
    Some(Change::Etcd {
        cluster: ObjectName::new(cluster.namespace(), cluster.name()),
        act,
    })
}

/// What forbids that a machine goes now, where that is its member's doing.
pub(super) fn holds_back(observed: &Observed, going: &Member) -> Option<String> {
    if observed.external_etcd || observed.machines.len() <= 1 {
        return None;
    }
    let Some(seen) = seen(observed) else {
        return Some(preflight::ETCD_NOT_HEALTHY.to_owned());
    };
    let node = node_of(going)?;
    if !survives_without(observed, seen, node) {
        return Some(format!(
            "etcd could lose its quorum without the member of Machine {}",
            going.machine.name()
        ));
    }
    hand_over(observed, going).err()
}

/// Whether a machine waits for its control plane before it terminates.
pub(super) fn has_hook(member: &Member) -> bool {
    member.machine.metadata.annotation(labels::CLEANUP_HOOK).is_some()
}
