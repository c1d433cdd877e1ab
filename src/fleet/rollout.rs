//! How far the machines of an object are on their way to what is wished, how long that will still take, and whether it stands.
//!
//! Must not know: who began it.

pub(crate) mod rounds;

use std::sync::Arc;

use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use jiff::Timestamp;

use crate::act::plan::{machines_of, makers};
use crate::edit::blocked_alike;
use crate::health::verdict;
use crate::pace::{moves, pace};
use crate::paused::{self, Paused};
use crate::row::Row;
use crate::store::FleetStore;
use rounds::Counted;

/// How far the machines of an object are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Machines that are as they are wished, and there.
    pub arrived: i64,
    /// Machines of the template that is wished, there or not, as `kubectl` counts them.
    pub up_to_date: i64,
    /// Machines that are wished.
    pub wished: i64,
    /// Machines that are still to go.
    pub surplus: i64,
    /// The last time that something moved.
    pub since: Option<Timestamp>,
    /// Seconds that it will still take, by the pace of this fleet: the likely time and the long one. Nothing where it
    /// stands, or where a provider decides on that.
    pub left_seconds: Option<(u64, u64)>,
    /// That nothing moves any more, and why; not of what is paused.
    pub stalled: Option<Stalled>,
    /// What is waited for while it moves, or may still.
    pub waits: Option<Held>,
    /// That nothing is meant to move, and by what.
    pub paused: Option<Paused>,
}

/// That nothing moves any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stalled {
    /// Since when.
    pub since: Timestamp,
    /// By what.
    pub held: Held,
}

/// What a rollout waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The object that it waits for, where there is one.
    pub by: Option<ObjectKey>,
    /// Why, as that object says it. Not yet safe to show.
    pub why: String,
}

/// How far the machines of `row` are; nothing where it has none of its own, or all of them are as they are wished.
pub fn progress(store: &FleetStore, row: &Arc<Row>, now: Timestamp) -> Option<Progress> {
    let Counted {
        wished,
        current,
        new,
        there,
    } = Counted::of(row.facts.replicas.as_deref()?).filter(|counted| !counted.is_settled())?;
    // What is not available yet is not there, whatever it is made of.
    let arrived = new.min(there).clamp(0, wished.max(0));
    let surplus = (current - wished).max(0);
    let now = store.time_of(&row.management_cluster, now);
    let machines = machines(store, row);
    let since = last_move(&machines);
    let pace = store
        .cluster_of(row)
        .map_or(crate::pace::Pace::GUESS, |cluster| pace(store, cluster));
    let (held, has_fault) = held(store, row, &machines, now);
    let patience = pace.until_it_stands();
    let patience = if has_fault {
        patience.with_a_fault
    } else {
        patience.usual
    };
    let stood = since.filter(|since| now.duration_since(*since) > patience);
    let paused = paused::who(store, row)
        .or_else(|| stood.and_then(|_| paused_part(store, row)))
        .and_then(Paused::of)
        .filter(|paused| !paused.scales || current > new || stood.is_some());
    let mut waits = held.filter(|_| paused.is_none());
    let stalled = stood.filter(|_| paused.is_none()).map(|since| Stalled {
        since,
        held: waits.take().unwrap_or_default(),
    });
    let left =
        rounds::left(store, row).filter(|_| stalled.is_none() && paused.is_none() && !is_blocked(store, row));
    Some(Progress {
        arrived,
        up_to_date: new.clamp(0, wished.max(0)),
        wished,
        surplus,
        since,
        left_seconds: left.map(|rounds| pace.of_machines(rounds)),
        stalled,
        waits,
        paused,
    })
}

/// Whether machines are missing that are not made, as a MachineSet checks before: nobody knows when that ends.
fn is_blocked(store: &FleetStore, row: &Arc<Row>) -> bool {
    let is_open = |part: &&Arc<Row>| {
        let replicas = part.facts.replicas.as_deref();
        part.facts.role == Role::MachineDeployment
            && replicas.is_some_and(|replicas| replicas.current < replicas.desired)
    };
    let mut makers = makers(store, row).into_iter().filter(is_open);
    makers.any(|part| !blocked_alike(store, part).is_empty())
}

/// Of a Cluster: what of it is paused by itself and not as it is wished.
fn paused_part<'a>(store: &'a FleetStore, row: &Row) -> Option<&'a Row> {
    if row.facts.role != Role::Cluster {
        return None;
    }
    let object = &row.facts.object;
    let mut parts = [Role::ControlPlane, Role::MachineDeployment, Role::MachinePool]
        .into_iter()
        .flat_map(|role| {
            store.cluster_members(&row.management_cluster, &object.namespace, &object.name, role)
        });
    let is_held = |part: &&Arc<Row>| {
        let counted = part.facts.replicas.as_deref().and_then(Counted::of);
        part.facts.paused && counted.is_some_and(|counted| !counted.is_settled())
    };
    parts.find(is_held).map(AsRef::as_ref)
}

impl Stalled {
    /// What holds it, as a part of a sentence: `held by Machine a: no host is free`.
    pub fn held(&self) -> String {
        let by = self
            .held
            .object()
            .map(|by| format!(" by {by}"))
            .unwrap_or_default();
        match (by.as_str(), self.held.why.as_str()) {
            ("", "") => "and nothing says what holds it".to_owned(),
            (by, "") => format!("held{by}"),
            (by, why) => format!("held{by}: {why}"),
        }
    }
}

impl Held {
    /// `Machine a: no host is free`.
    pub fn told(&self) -> String {
        match self.object() {
            Some(object) => format!("{object}: {}", self.why),
            None => self.why.clone(),
        }
    }

    fn object(&self) -> Option<String> {
        let by = self.by.as_ref()?;
        Some(format!("{} {}", by.kind.kind, by.object.name))
    }
}

/// The machines of an object; of a Cluster all of its own.
pub(crate) fn machines(store: &FleetStore, row: &Arc<Row>) -> Vec<Arc<Row>> {
    if row.facts.role == Role::Cluster {
        let object = &row.facts.object;
        let members = store.cluster_members(
            &row.management_cluster,
            &object.namespace,
            &object.name,
            Role::Machine,
        );
        return members.cloned().collect();
    }
    machines_of(store, row)
}

/// The last time that a machine came, went, or said something else of itself.
fn last_move(machines: &[Arc<Row>]) -> Option<Timestamp> {
    machines.iter().flat_map(|machine| moves(&machine.facts)).max()
}

/// What is waited for: the worst of its machines, else the object itself; and whether a machine of it is in fault.
fn held(store: &FleetStore, row: &Arc<Row>, machines: &[Arc<Row>], now: Timestamp) -> (Option<Held>, bool) {
    let worst = machines
        .iter()
        .map(|machine| (machine, verdict(machine, store, now)))
        .filter(|(_, verdict)| verdict.health.is_fault() || !verdict.line.is_empty())
        .max_by_key(|(_, verdict)| verdict.health.is_fault());
    let (by, verdict) = match worst {
        Some((machine, verdict)) => (Some(machine.key()), verdict),
        None => (None, verdict(row, store, now)),
    };
    let has_fault = by.is_some() && verdict.health.is_fault();
    let held = Held {
        by,
        why: verdict.line,
    };
    (
        Some(held).filter(|held| held.by.is_some() || !held.why.is_empty()),
        has_fault,
    )
}

#[cfg(test)]
mod tests;
