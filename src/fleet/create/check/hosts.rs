//! What of the answers is held against the hosts of the pool: the endpoint, the version, and whether there are enough of them.

use std::collections::BTreeSet;

use fleetui_api::byoh::host::ByoHostStatus;
use fleetui_api::byoh::machine::ByoMachineSpec;
use fleetui_rules::endpoint::{self, OwnNetworks};
use fleetui_rules::hosts::selection::{self, Request, Selection};
use fleetui_rules::hosts::{Host, installable};

use super::{Form, Grade, Remark, groups, versions};
use crate::act::plan::Around;
use crate::create::input::Input;
use crate::create::known;
use crate::create::pools::{Pools, count};
use crate::create::wanted::{Wanted, networks as networks_of};
use crate::hosts::{as_host, is_of_pool, watch};

/// Namespaces that are named in a remark.
const MOST_NAMED: usize = 3;

/// Says what is wrong with what is asked of the hosts. Addresses are read from objects and never dialled.
pub(super) fn check((form, wanted): (&Form, &Wanted), around: &Around<'_>, remarks: &mut Vec<Remark>) {
    endpoints((form, wanted), around, remarks);
    if !wanted.takes_hosts {
        return;
    }
    let hosts = known::hosts(form, around);
    let statuses: Vec<ByoHostStatus> = hosts.iter().map(|(_, host)| host.status.clone()).collect();
    let versions = versions::asked(form, wanted);
    for (variable, version) in &versions {
        if let Err(why) = installable::check(version, &statuses) {
            remarks.push(Remark::of(*variable, Grade::Wrong, why));
            return;
        }
    }
    let field = form.asked(Input::Pools).or(form.asked(Input::Count));
    let answered = || {
        let workers = form.asked(Input::Pools)?;
        let workers = Pools::read(workers.value()).map_or(0, |pools| pools.machines());
        let control_planes = count(form.answered(Input::ControlPlanes)).unwrap_or(0);
        Some(workers + u64::from(control_planes))
    };
    let Some(needed) = wanted.machines.or_else(answered) else {
        return;
    };
    let version = form
        .version()
        .or(versions.first().map(|(_, version)| version.clone()));
    let now = around.store.time_of(&form.management_cluster, around.now);
    let all: Vec<Host<'_>> = hosts
        .iter()
        .map(|(facts, host)| as_host(facts, host, now))
        .collect();
    let select_of = |all: &[Host<'_>], spec: &ByoMachineSpec| {
        let request = Request {
            spec,
            installs: version.as_ref(),
            failure_domain: None,
            cluster: Some(form.name()).filter(|name| !name.is_empty()),
            owner: None,
            tried: Vec::new(),
            being_taken: Vec::new(),
            watch: watch(now),
        };
        selection::select(all, &request)
    };
    if all.is_empty() {
        let free = |all: &[Host<'_>]| select_of(all, &ByoMachineSpec::default()).candidates.len();
        if let Some(remark) = elsewhere(form, needed, around, free) {
            return remarks.push(remark);
        }
    }
    let select = |spec: &ByoMachineSpec| select_of(&all, spec);
    if let Some(what) = short(needed, "", &select(&ByoMachineSpec::default())) {
        let variable = field.map(|field| field.variable.as_str());
        remarks.push(Remark::of(variable, Grade::Warns, what));
    }
    for group in groups::groups(form, wanted) {
        let found = select(&group.spec);
        if let Some(what) = short(group.machines, " with these labels", &found) {
            remarks.push(Remark::of(group.variable.as_deref(), Grade::Warns, what));
        }
    }
}

/// Where the hosts are, where the namespace has none of them; `free` says how many of them could be taken.
fn elsewhere(
    form: &Form,
    needed: u64,
    around: &Around<'_>,
    free: impl Fn(&[Host<'_>]) -> usize,
) -> Option<Remark> {
    let waiting = match needed {
        0 => return None,
        1 => "one machine".to_owned(),
        needed => format!("{needed} machines"),
    };
    let now = around.store.time_of(&form.management_cluster, around.now);
    let rows = around.store.rows(Some(&form.management_cluster));
    let namespaces = rows.filter(|row| is_of_pool(row));
    let namespaces: BTreeSet<&str> = namespaces
        .map(|row| row.facts.object.namespace.as_str())
        .collect();
    let more = namespaces.len().saturating_sub(MOST_NAMED);
    let pools = namespaces.into_iter().take(MOST_NAMED).map(|namespace| {
        let hosts = known::hosts_of(around, &form.management_cluster, namespace);
        let hosts: Vec<Host<'_>> = hosts
            .iter()
            .map(|(facts, host)| as_host(facts, host, now))
            .collect();
        match free(&hosts) {
            0 => format!("{namespace} has {}, none free", hosts.len()),
            free => format!("{namespace} has {free} free"),
        }
    });
    let mut pools: Vec<String> = pools.collect();
    if pools.is_empty() {
        return None;
    }
    if more > 0 {
        pools.push(format!("{more} more namespaces have some"));
    }
    let what = format!(
        "{} has no hosts; {}: machines take hosts of their own namespace alone, and {waiting} would wait",
        form.namespace(),
        pools.join(", ")
    );
    Some(Remark::of(Some("NAMESPACE"), Grade::Warns, what))
}

/// That there are fewer hosts than are needed, where that is so.
fn short(needed: u64, which: &str, found: &Selection) -> Option<String> {
    let free = u64::try_from(found.candidates.len()).unwrap_or(u64::MAX);
    let missing = needed.checked_sub(free).filter(|missing| *missing > 0)?;
    let hosts = match needed {
        1 => format!("one host{which} is needed"),
        needed => format!("{needed} hosts{which} are needed"),
    };
    let machines = match missing {
        1 => "one machine".to_owned(),
        missing => format!("{missing} machines"),
    };
    let summary = found.summary();
    Some(format!(
        "{hosts}, and {summary}; {machines} would wait until there are more"
    ))
}

/// What is wrong with the address of the control plane: the answer, and what the objects say beside it.
fn endpoints((form, wanted): (&Form, &Wanted), around: &Around<'_>, remarks: &mut Vec<Remark>) {
    let field = form.asked(Input::Endpoint);
    let answered = field.map(|field| (Some(field.variable.as_str()), field.value().to_owned()));
    let by_class = form.fields.iter().filter_map(|field| {
        let rule = form.flavour.rules.get(&field.variable)?;
        Some((Some(field.variable.as_str()), rule.endpoint(field.value())?))
    });
    let said = wanted.endpoints.iter();
    let said = said.map(|said| (said.variable.as_deref(), said.text.clone()));
    let mut all: Vec<(Option<&str>, String)> = Vec::new();
    for (variable, endpoint) in answered.into_iter().chain(by_class).chain(said) {
        if !endpoint.is_empty() && all.iter().all(|(_, other)| *other != endpoint) {
            all.push((variable, endpoint));
        }
    }
    let own = own_networks(form, wanted);
    let hosts = known::host_networks(form, around);
    let others = known::others(form, around);
    for (variable, at) in &all {
        let remark = match others.iter().find(|other| other.is_at(at)) {
            Some(other) => {
                let what = format!(
                    "{at} is the address of the Cluster {}; two cannot have the same",
                    other.name()
                );
                Some((Grade::Wrong, what))
            }
            None => endpoint::check(at, &hosts, &own).err().map(|problem| {
                let grade = if problem.stands_in_the_way() {
                    Grade::Wrong
                } else {
                    Grade::Warns
                };
                (grade, problem.to_string())
            }),
        };
        remarks.extend(remark.map(|(grade, what)| Remark::of(*variable, grade, what)));
    }
}

/// The networks that the cluster is to have itself: those that its objects say, else those that are answered.
fn own_networks(form: &Form, wanted: &Wanted) -> OwnNetworks {
    let mut own = known::own_networks(form);
    for (input, networks) in [(Input::Pods, &mut own.pods), (Input::Services, &mut own.services)] {
        if let Some(said) = wanted.networks(input) {
            *networks = networks_of(&said.text);
        }
    }
    own
}
