//! What can be done about hosts: the menu, of one or of several that are marked, and what is typed for it.

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::{Act, Deed, Found, HostDeed, Plan, plan};
use fleetui_fleet::hosts::HostRow;

use super::open::{act, planned_among, too_many};
use super::state::{Choice, Menu, Offer, State};
use crate::cell::update::Around;

/// What stands on the command line when labels are asked for.
const LABEL: &str = "label ";
/// Hosts of which a line of the menu tells each what it comes to.
const FEW_TOLD: usize = 2;
/// What stands there when a cluster is asked for.
const RESERVE: &str = "reserve ";

/// What can be done about hosts, and how it is called. Of what can be begun and ended that is offered which some of them allow.
fn offers(hosts: &[HostRow]) -> Vec<(Offer, &'static str)> {
    let deed = |deed: HostDeed| Offer::Deed(Deed::Host(deed));
    let both =
        |is_so: &dyn Fn(&HostRow) -> bool, begin: (Offer, &'static str), end: (Offer, &'static str)| {
            let begins = hosts.iter().any(|host| !is_so(host)).then_some(begin);
            let ends = hosts.iter().any(is_so).then_some(end);
            begins.into_iter().chain(ends)
        };
    let mut all = vec![(deed(HostDeed::Approve), "approve: its pool may use it")];
    all.extend(both(
        &|host| host.state.cordoned,
        (
            deed(HostDeed::Cordon(true)),
            "cordon: it takes no further machine",
        ),
        (deed(HostDeed::Cordon(false)), "uncordon: it takes machines again"),
    ));
    all.extend(both(
        &|host| host.state.maintenance,
        (
            deed(HostDeed::Maintain(true)),
            "maintenance: its machine is drained first, and no other one comes",
        ),
        (deed(HostDeed::Maintain(false)), "maintenance is over"),
    ));
    all.extend(both(
        &HostRow::is_reserved,
        (Offer::Type(RESERVE), "reserve it for a cluster"),
        (deed(HostDeed::Reserve(None)), "reserve it no more"),
    ));
    all.push((Offer::Type(LABEL), "label: set labels, or take them away"));
    all.extend(both(
        &|host| host.state.quarantined,
        (
            deed(HostDeed::Quarantine(true)),
            "quarantine: hold it back until somebody clears it",
        ),
        (
            deed(HostDeed::Quarantine(false)),
            "clear its quarantine, and forget what failed",
        ),
    ));
    all.push((deed(HostDeed::Release), "release: give it back to its pool"));
    let reset = if hosts.iter().any(|host| host.taken_by.is_some()) {
        "reset: its machine is torn away, and what Kubernetes left with it"
    } else {
        "reset: take away what Kubernetes left on it"
    };
    all.push((deed(HostDeed::Reset), reset));
    all
}

impl State {
    /// Opens the menu of what can be done about hosts; `hidden` others are marked and are left alone.
    pub fn open_menu_of_hosts(&mut self, keys: &[ObjectKey], hidden: usize, around: &mut Around<'_>) {
        if too_many(keys, around) {
            return;
        }
        let rows = keys.iter().filter_map(|key| around.fleet.get(key));
        let mut all: Vec<(ObjectKey, CompactString)> =
            rows.map(|row| (row.key(), row.facts.uid.clone())).collect();
        let rows = keys.iter().filter_map(|key| around.fleet.get(key));
        let hosts: Vec<HostRow> = rows.filter_map(|row| HostRow::of(row, around.now)).collect();
        let Some(host) = hosts.first() else {
            return around
                .messages
                .refuse(around.now, "there is no host on this line");
        };
        let choices: Vec<Choice> = offers(&hosts)
            .into_iter()
            .map(|(offer, title)| Choice {
                outlook: outlook(&offer, keys, around),
                offer,
                title,
            })
            .collect();
        // A key that can do nothing at all says why and leaves it at that: nothing was chosen, so nothing was tried.
        let is_possible = |choice: &Choice| choice.outlook.is_ok();
        let Some(at) = choices.iter().position(is_possible) else {
            let why = choices.into_iter().find_map(|choice| choice.outlook.err());
            let why = why.map(|why| why.to_string()).unwrap_or_default();
            let allowed = around.access.check(around.fleet, &host.row.management_cluster);
            let why = allowed.err().map_or(why, |refusal| refusal.why);
            return around.messages.refuse(around.now, &why);
        };
        let (key, uid) = all.remove(0);
        self.menu = Some(Menu {
            key,
            uid,
            others: all,
            hidden,
            choices,
            at,
        });
    }

    /// Opens the dialog of a deed about hosts.
    pub fn open_host(
        &mut self,
        deed: &HostDeed,
        (keys, hidden): (&[ObjectKey], usize),
        around: &mut Around<'_>,
    ) {
        if too_many(keys, around) {
            return;
        }
        let acts = keys
            .iter()
            .map(|key| act(around, key, None, Deed::Host(deed.clone())));
        let acts: Vec<Act> = acts.collect();
        self.open_acts(acts, hidden, around);
    }
}

/// What it comes to: of several hosts, how many allow it.
fn outlook(offer: &Offer, keys: &[ObjectKey], around: &Around<'_>) -> Result<Shown, Shown> {
    let deed = match offer {
        Offer::Deed(deed) => deed.clone(),
        // Whether anything may be written there is seen by something that is always possible.
        Offer::Type(_) | Offer::Lend(_) => {
            Deed::Host(HostDeed::Label(vec![("fleetui.dev/any".into(), Some("".into()))]))
        }
    };
    let (mut plans, mut refused) = (Vec::new(), None);
    for key in keys {
        match planned_among(around, act(around, key, None, deed.clone()), keys.len() > 1) {
            Ok(plan) => plans.push(plan),
            Err(why) => {
                let (act, refusal) = *why;
                refused.get_or_insert_with(|| of_one(&act.subject, refusal.why, keys));
            }
        }
    }
    match (plans.len(), refused, offer) {
        (0, why, _) => Err(Shown::line(&why.unwrap_or_default())),
        (_, _, Offer::Type(RESERVE)) => Ok(Shown::ours("type the name of the cluster")),
        (_, _, Offer::Type(_) | Offer::Lend(_)) => {
            Ok(Shown::ours("type key=value to set one, key- to take one away"))
        }
        (_, _, Offer::Deed(_)) if keys.len() > 1 => Ok(Shown::line(&of_several(plans, keys.len(), around))),
        (_, _, Offer::Deed(_)) => Ok(Shown::line(&happens(&plans))),
    }
}

/// The name of one of several objects, with its management cluster where they are of several.
pub(super) fn named(key: &ObjectKey, among: &[ObjectKey]) -> String {
    let mut others = among.iter();
    if others.any(|other| other.management_cluster != key.management_cluster) {
        format!("{} in {}", key.object.name, key.management_cluster)
    } else {
        key.object.name.to_string()
    }
}

/// What is said of one of several, so that it is told whose it is.
pub(super) fn of_one(key: &ObjectKey, why: String, among: &[ObjectKey]) -> String {
    match among {
        [_] => why,
        _ => format!("{}: {why}", named(key, among)),
    }
}

/// What the first of them comes to.
fn happens(plans: &[Plan]) -> String {
    let first = plans.first();
    first
        .map(|plan| plan.preview.happens.join(", "))
        .unwrap_or_default()
}

/// How many of several hosts allow it, what there is too little of for all of them, and what it comes to: once where that is the same
/// for all, else of each of the first ones.
fn of_several(mut plans: Vec<Plan>, hosts: usize, around: &Around<'_>) -> String {
    let ground = plan::Around {
        store: around.fleet,
        now: around.now,
    };
    let before: Vec<usize> = plans.iter().map(|plan| plan.checks.len()).collect();
    plan::together(&ground, &mut plans.iter_mut().collect::<Vec<_>>());
    let checks = plans
        .iter()
        .zip(before)
        .find_map(|(plan, before)| plan.checks.get(before));
    let lack = match checks.map(|check| &check.found) {
        Some(Found::Warns(what)) => format!(", {what}"),
        _ => String::new(),
    };
    let told: Vec<String> = plans.iter().map(|plan| plan.preview.happens.join(", ")).collect();
    let said = if told.iter().all(|said| Some(said) == told.first()) {
        happens(&plans)
    } else {
        let keys: Vec<ObjectKey> = plans.iter().map(|plan| plan.act.subject.clone()).collect();
        let names = keys.iter().map(|key| named(key, &keys));
        let each = names.zip(&told).take(FEW_TOLD);
        let mut each: Vec<String> = each.map(|(name, said)| format!("{name}: {said}")).collect();
        if told.len() > FEW_TOLD {
            each.push(format!("and {} more", told.len() - FEW_TOLD));
        }
        each.join("; ")
    };
    format!("{} of {hosts} hosts{lack}: {said}", plans.len())
}
