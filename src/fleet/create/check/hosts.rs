//! What of the answers is held against the hosts of the pool: the endpoint, the version, and whether there are enough of them.

use fleetui_api::byoh::host::ByoHostStatus;
use fleetui_api::byoh::machine::ByoMachineSpec;
use fleetui_rules::endpoint;
use fleetui_rules::hosts::selection::{self, Request};
use fleetui_rules::hosts::{Host, installable};

use super::{Form, Remark};
use crate::act::plan::Around;
use crate::create::flavour::Sort;
use crate::create::input::Input;
use crate::create::known::{self, own_networks};
use crate::create::pools::{Pools, count};
use crate::hosts::{as_host, watch};

/// Says what is wrong with what is asked of the hosts. Addresses are read from objects and never dialled.
pub(super) fn check(form: &Form, around: &Around<'_>, remarks: &mut Vec<Remark>) {
    if let Some(field) = form
        .asked(Input::Endpoint)
        .filter(|field| !field.value().is_empty())
    {
        let hosts = known::host_networks(form, around);
        let remark = match known::cluster_at(around, field.value(), form) {
            Some(other) => {
                let what = format!(
                    "{} is the address of the Cluster {} in {}; two cannot have the same",
                    field.value(),
                    other.facts.object,
                    other.management_cluster
                );
                Some(Remark::wrong(field, what))
            }
            None => endpoint::check(field.value(), &hosts, &own_networks(form))
                .err()
                .map(|problem| {
                    if problem.stands_in_the_way() {
                        Remark::wrong(field, problem.to_string())
                    } else {
                        Remark::warns(field, problem.to_string())
                    }
                }),
        };
        remarks.extend(remark);
    }
    if form.flavour.sort != Sort::Byoh {
        return;
    }
    let hosts = known::hosts(form, around);
    let version = form.version();
    if let (Some(field), Some(version)) = (form.asked(Input::Version), &version) {
        let statuses: Vec<ByoHostStatus> = hosts.iter().map(|(_, host)| host.status.clone()).collect();
        if let Err(why) = installable::check(version, &statuses) {
            remarks.push(Remark::wrong(field, why));
            return;
        }
    }
    let Some(field) = form.asked(Input::Pools) else {
        return;
    };
    let workers = Pools::read(field.value()).map_or(0, |pools| pools.machines());
    let control_planes = count(form.answered(Input::ControlPlanes)).unwrap_or(0);
    let needed = workers + u64::from(control_planes);
    let now = around.store.time_of(&form.management_cluster, around.now);
    let all: Vec<Host<'_>> = hosts
        .iter()
        .map(|(facts, host)| as_host(facts, host, now))
        .collect();
    let request = Request {
        spec: &ByoMachineSpec::default(),
        installs: version.as_ref(),
        failure_domain: None,
        cluster: Some(form.name()).filter(|name| !name.is_empty()),
        owner: None,
        tried: Vec::new(),
        being_taken: Vec::new(),
        watch: watch(now),
    };
    let found = selection::select(&all, &request);
    let free = u64::try_from(found.candidates.len()).unwrap_or(u64::MAX);
    if free < needed {
        let what = format!(
            "{}, and {}; {} would wait until there are more",
            if needed == 1 {
                "one host is needed".to_owned()
            } else {
                format!("{needed} hosts are needed")
            },
            found.summary(),
            if needed - free == 1 {
                "one machine".to_owned()
            } else {
                format!("{} machines", needed - free)
            }
        );
        remarks.push(Remark::warns(field, what));
    }
}
