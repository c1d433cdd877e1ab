//! Machines that come: how many at once, whether hosts are free for them, and how long that takes. Asked by everything that makes
//! machines, whatever it is called.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::Reference;
use fleetui_api::kinds::Role;
use fleetui_rules::upgrade::surge;
use jiff::Timestamp;

use super::{members, name};
use crate::act::Plan;
use crate::act::judge::{Check, Found};
use crate::foretold::about;
use crate::hosts::spare;
use crate::pace::pace;
use crate::row::Row;
use crate::store::FleetStore;

/// The name of what is found where hosts are short.
pub(crate) const SPARE_HOSTS: &str = "spare-hosts";

/// Why machines come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coming {
    /// So many more than there are.
    More(i64),
    /// New ones for those that are there.
    Instead,
}

/// What makes them, and from what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maker<'a> {
    /// The MachineDeployment, MachineSet, MachinePool or control plane.
    pub(crate) row: &'a Arc<Row>,
    /// What they are made from, where that is another template than now.
    pub(crate) template: Option<&'a Reference>,
    /// The version that they run.
    pub(crate) version: Option<&'a str>,
}

/// What is to be said of machines that come.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// That there are hosts for them, and how long it takes.
    pub(crate) happens: Option<String>,
    /// That there are not.
    pub(crate) check: Option<Check>,
    /// Seconds, likely and long, where the fleet tells.
    pub(crate) seconds: Option<(u64, u64)>,
}

/// What comes with each other, of one plan.
#[derive(Debug, Default)]
pub(crate) struct Together {
    /// What it makes that is not there yet.
    made: Vec<Arc<Row>>,
    /// Hosts that are needed for some of it already.
    taken: BTreeSet<CompactString>,
}

impl Together {
    /// What comes with these new objects.
    pub(crate) fn of(made: Vec<Arc<Row>>) -> Self {
        Self {
            made,
            taken: BTreeSet::new(),
        }
    }

    /// Takes so many of these hosts, as far as there are so many: those that are left, and how many of them others had taken before.
    fn take(&mut self, hosts: &[CompactString], needed: usize) -> (usize, usize) {
        let left: Vec<&CompactString> = hosts.iter().filter(|host| !self.taken.contains(*host)).collect();
        let before = hosts.len() - left.len();
        let count = left.len();
        let taken: Vec<CompactString> = left.into_iter().take(needed).cloned().collect();
        self.taken.extend(taken);
        (count, before)
    }
}

/// What is to be said of machines that `maker` makes. Nothing of those that take no hosts.
pub(crate) fn coming(store: &FleetStore, maker: Maker<'_>, comes: Coming, now: Timestamp) -> Told {
    together(store, maker, comes, &mut Together::default(), now)
}

/// The same of a maker that may come with others, and with what its machines are made from.
pub(crate) fn together(
    store: &FleetStore,
    maker: Maker<'_>,
    coming: Coming,
    with: &mut Together,
    now: Timestamp,
) -> Told {
    let row = maker.row;
    let wished = row
        .facts
        .replicas
        .as_deref()
        .and_then(|replicas| replicas.desired);
    let surge = surge::of(&row.facts, wished.unwrap_or(0));
    let (needed, rounds) = match coming {
        // A control plane makes one after the other, so that etcd keeps up.
        Coming::More(more) if row.facts.role == Role::ControlPlane => {
            (more, u64::try_from(more).unwrap_or(0))
        }
        Coming::More(more) => (more, 1),
        Coming::Instead if wished.unwrap_or(0) > 0 => (surge.extra, surge.rounds(wished.unwrap_or(0))),
        Coming::Instead => (0, 0),
    };
    let from = maker.template.or(row.facts.infrastructure.as_ref());
    let spare = from
        .filter(|_| needed > 0)
        .and_then(|from| spare((store, &with.made), row, (from, maker.version), now));
    let Some(spare) = spare else {
        return Told::default();
    };
    let pace = store.cluster_of(row).map(|cluster| pace(store, cluster));
    let seconds = pace
        .filter(|pace| pace.of > 0)
        .map(|pace| pace.of_machines(rounds));
    let wanted = format!("needs {needed} host{}", if needed == 1 { "" } else { "s" });
    // Those that wait already take of them first.
    let needs = usize::try_from(needed).unwrap_or(usize::MAX);
    let (left, others) = with.take(&spare.free, needs.saturating_add(spare.waiting));
    let free = left.saturating_sub(spare.waiting);
    let waiting = match spare.waiting {
        0 => String::new(),
        1 => " beside what 1 machine takes that waits already".to_owned(),
        more => format!(" beside what {more} machines take that wait already"),
    };
    let waiting = match others {
        0 => waiting,
        1 => format!("{waiting} beside the 1 that another of these takes"),
        more => format!("{waiting} beside the {more} that others of these take"),
    };
    if i64::try_from(free).unwrap_or(i64::MAX) >= needed {
        let long = seconds.map_or_else(String::new, |seconds| format!(", {}", about(seconds, "")));
        let matches = if free == 1 { "matches" } else { "match" };
        return Told {
            happens: Some(format!("{wanted}, {free} free {matches}{waiting}{long}")),
            check: None,
            seconds,
        };
    }
    let found = Found::Warns(format!(
        "{} {wanted}{waiting}: {}; its machines wait until one can be taken",
        name(row),
        spare.summary
    ));
    Told {
        happens: None,
        check: Some(Check {
            id: SPARE_HOSTS.into(),
            title: "There are hosts for the machines that come".to_owned(),
            found,
        }),
        seconds: None,
    }
}

impl Plan {
    /// Says of the machines that come with it what is to be said.
    pub(crate) fn tell_coming(&mut self, told: Told) {
        self.preview.happens.extend(told.happens);
        self.preview.seconds = match (self.preview.seconds, told.seconds) {
            (Some(all), Some(one)) => Some((all.0.saturating_add(one.0), all.1.saturating_add(one.1))),
            (all, one) => all.or(one),
        };
        self.checks.extend(told.check);
    }
}

/// What makes the machines of `row`: of a Cluster its parts, else itself.
pub(crate) fn makers<'a>(store: &'a FleetStore, row: &'a Arc<Row>) -> Vec<&'a Arc<Row>> {
    match row.facts.role {
        Role::Cluster => [Role::ControlPlane, Role::MachineDeployment, Role::MachinePool]
            .into_iter()
            .flat_map(|role| members(store, row, role))
            .collect(),
        _ => vec![row],
    }
}

/// What is to be known besides of an object whose cluster is in the middle of an upgrade that is stored: its steps look again at what
/// they find, and halt where that is another thing than they left.
pub(crate) fn upgrading(store: &FleetStore, row: &Row, now: Timestamp) -> Option<String> {
    let cluster = store.cluster_of(row)?;
    let known = store.walk(&cluster.key()).filter(|known| known.is_open())?;
    let to = known.walk().map_or_else(String::new, |walk| {
        format!(" to {} ({})", walk.to, walk.state.word())
    });
    let walked = if known.is_walked(now) {
        "it may halt on what changes under it"
    } else {
        "nobody walks it at the moment"
    };
    Some(format!(
        "an upgrade of Cluster {}{to} is stored: {walked}",
        cluster.facts.object.name
    ))
}

#[cfg(test)]
mod tests;
