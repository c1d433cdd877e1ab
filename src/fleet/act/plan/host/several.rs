//! What several plans that are carried out together ask of a pool: a free host is promised to one machine alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;

use super::{HostRow, made_again, promised};
use crate::act::judge::{Check, Found};
use crate::act::plan::Around;
use crate::act::{Deed, HostDeed, Plan};
use crate::hosts::{free_for, machine_on};
use crate::row::Row;

/// What the check is called that warns of hosts that are missing.
const ID: &str = "hosts-together";

/// The hosts that could be taken by the machine that is made in place of the one that goes by a plan.
struct Wanted {
    /// Which of the plans.
    at: usize,
    /// What makes it: `MachineSet md-x`.
    maker: String,
    /// How many hosts the plan itself has promised to it.
    promised: usize,
    /// Those of them that none of the plans keeps machines off.
    hosts: Vec<ObjectKey>,
}

/// Holds plans that are carried out together against the free hosts: where these are too few for all machines that are made in place
/// of others, each of the plans warns of that, and none of them promises a host. What was said so before is said anew.
pub fn together(around: &Around<'_>, plans: &mut [&mut Plan]) {
    for plan in plans.iter_mut() {
        plan.checks.retain(|check| check.id != ID);
    }
    if plans.len() < 2 {
        return;
    }
    one_at_a_time(around, plans);
    let held: BTreeSet<ObjectKey> = plans
        .iter()
        .filter(|plan| matches!(plan.act.deed, Deed::Host(HostDeed::Maintain(true))))
        .map(|plan| plan.act.subject.clone())
        .collect();
    let wanted: Vec<Wanted> = plans
        .iter()
        .enumerate()
        .filter_map(|(at, plan)| wanted(around, (at, plan), &held))
        .collect();
    let (needed, free) = (wanted.len(), most_at_once(&wanted));
    if free == needed {
        return;
    }
    let needed = match needed {
        1 => "1 host is needed".to_owned(),
        more => format!("{more} hosts are needed"),
    };
    let free = match free {
        0 => "none is free".to_owned(),
        1 => "1 is free".to_owned(),
        more => format!("{more} are free"),
    };
    for want in &wanted {
        let Some(plan) = plans.get_mut(want.at) else {
            continue;
        };
        let promise = promised(&want.maker, want.promised);
        for happens in &mut plan.preview.happens {
            if *happens == promise {
                *happens = made_again(&want.maker);
            }
        }
        plan.checks.push(Check {
            id: ID.into(),
            title: "whether there are hosts for all machines that are made".to_owned(),
            found: Found::Warns(format!("{needed}, {free}")),
        });
    }
}

/// The machine on the host that a plan is about.
fn machine_of<'a>(around: &Around<'a>, plan: &Plan) -> Option<&'a Arc<Row>> {
    let store = around.store;
    let row = store.get(&plan.act.subject)?;
    let host = HostRow::of(row, store.time_of(&row.management_cluster, plan.planned))?;
    machine_on(store, &host)
}

/// Of a control plane whose hosts are looked after together one machine goes at a time: each of the plans says so.
fn one_at_a_time(around: &Around<'_>, plans: &mut [&mut Plan]) {
    let of = |plan: &Plan| {
        if plan.act.deed != Deed::Host(HostDeed::Maintain(true)) {
            return None;
        }
        let machine = machine_of(around, plan)?;
        let owner = machine.facts.owner.as_ref();
        let owner = owner.filter(|owner| Role::of(&owner.kind) == Role::ControlPlane)?;
        let place = (
            machine.management_cluster.clone(),
            machine.facts.object.namespace.clone(),
        );
        Some((place, format!("{} {}", owner.kind.kind, owner.name)))
    };
    let owners: Vec<Option<_>> = plans.iter().map(|plan| of(plan)).collect();
    for (at, plan) in plans.iter_mut().enumerate() {
        let Some(Some(owner)) = owners.get(at) else {
            continue;
        };
        let alike = owners.iter().flatten().filter(|other| *other == owner).count();
        if alike > 1 {
            plan.checks.push(Check {
                id: ID.into(),
                title: "whether machines of one control plane go together".to_owned(),
                found: Found::Warns(format!(
                    "{alike} of them are of {}: one goes at a time, and the others stay until it is whole again",
                    owner.1
                )),
            });
        }
    }
}

/// What a plan asks of the pool, where it has promised a host.
fn wanted(around: &Around<'_>, (at, plan): (usize, &Plan), held: &BTreeSet<ObjectKey>) -> Option<Wanted> {
    if !matches!(
        plan.act.deed,
        Deed::Host(HostDeed::Maintain(true) | HostDeed::Release)
    ) {
        return None;
    }
    let machine = machine_of(around, plan)?;
    let owner = machine.facts.owner.as_ref()?;
    if machine.facts.deleting_since.is_some() || Role::of(&owner.kind) == Role::Cluster {
        return None;
    }
    let names = free_for(around.store, machine, plan.planned).filter(|names| !names.is_empty())?;
    let promised = names.len();
    let hosts = names.into_iter().map(|name| {
        let mut key = plan.act.subject.clone();
        key.object.name = name;
        key
    });
    Some(Wanted {
        at,
        maker: format!("{} {}", owner.kind.kind, owner.name),
        promised,
        hosts: hosts.filter(|host| !held.contains(host)).collect(),
    })
}

/// How many of them find a host of their own at the most.
fn most_at_once(wanted: &[Wanted]) -> usize {
    let mut taken = BTreeMap::new();
    (0..wanted.len())
        .filter(|at| finds(*at, wanted, &mut taken, &mut BTreeSet::new()))
        .count()
}

/// Whether one more of them finds a host, where those that have one may take another one for it.
fn finds<'a>(
    at: usize,
    wanted: &'a [Wanted],
    taken: &mut BTreeMap<&'a ObjectKey, usize>,
    tried: &mut BTreeSet<&'a ObjectKey>,
) -> bool {
    let Some(want) = wanted.get(at) else { return false };
    want.hosts.iter().any(|host| {
        if !tried.insert(host) {
            return false;
        }
        let is_given = match taken.get(host).copied() {
            Some(other) => finds(other, wanted, taken, tried),
            None => true,
        };
        if is_given {
            taken.insert(host, at);
        }
        is_given
    })
}
