//! What is known of the fleet that a new cluster has to do with: the networks of other clusters, and the hosts of the pool.

use std::collections::BTreeSet;
use std::sync::Arc;

use fleetui_api::byoh::names;
use fleetui_api::facts::{Facts, HostFacts};
use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;
use fleetui_rules::endpoint::{self, HostInterface, HostNetworks, OwnNetworks};
use fleetui_rules::hosts::installable;
use fleetui_rules::support;
use fleetui_rules::version::Version;

use super::check::{networks, versions};
use super::creation::cluster_key;
use super::flavour::Sort;
use super::form::Form;
use super::input::Input;
use super::taken::Taken;
use super::variable_rule::VariableRule;
use super::wanted;
use crate::act::plan::Around;
use crate::hosts::is_of_pool;
use crate::row::Row;

/// At most so many versions are proposed.
const MOST_VERSIONS: usize = 24;

/// At most so many addresses are proposed.
const MOST_ENDPOINTS: usize = 4;

/// What every other cluster has: those of the fleet that say it, and those whose creation has not come to its end.
pub(super) fn others(form: &Form, around: &Around<'_>) -> Vec<Taken> {
    let own = cluster_key(&form.management_cluster, form.namespace(), form.name());
    let unfinished = form.unfinished.iter().cloned();
    let there = clusters(around).filter_map(|row| Taken::of_cluster(row));
    let mut found: Vec<Taken> = there
        .chain(unfinished)
        .filter(|other| other.cluster != own)
        .collect();
    found.sort_by(|one, other| one.cluster.cmp(&other.cluster));
    found
}

fn clusters<'a>(around: &Around<'a>) -> impl Iterator<Item = &'a Arc<Row>> + use<'a> {
    let rows = around.store.rows(None);
    rows.filter(|row| row.facts.role == Role::Cluster)
}

/// The hosts of the form's pool; none where it takes none.
pub(super) fn hosts<'a>(form: &Form, around: &Around<'a>) -> Vec<(&'a Facts, &'a HostFacts)> {
    if !form.takes_hosts() {
        return Vec::new();
    }
    hosts_of(around, &form.management_cluster, form.namespace())
}

/// The hosts of a pool, which is that of a namespace. Those of other inventories are no machine's of this provider.
pub(super) fn hosts_of<'a>(
    around: &Around<'a>,
    management_cluster: &ManagementCluster,
    namespace: &str,
) -> Vec<(&'a Facts, &'a HostFacts)> {
    let rows = around.store.rows(Some(management_cluster));
    let hosts = rows.filter(|row| row.facts.object.namespace == namespace && is_of_pool(row));
    hosts
        .filter_map(|row| Some((&row.facts, row.facts.particulars.as_ref()?.host.as_deref()?)))
        .collect()
}

/// Whether there are hosts, and all of them are made up.
pub(super) fn are_simulated(hosts: &[(&Facts, &HostFacts)]) -> bool {
    !hosts.is_empty()
        && hosts
            .iter()
            .all(|(_, host)| host.annotations.contains_key(names::SIMULATED))
}

/// The networks of those hosts.
pub(super) fn host_networks(form: &Form, around: &Around<'_>) -> Vec<HostNetworks> {
    let hosts = hosts(form, around).into_iter();
    let networks = hosts.map(|(facts, host)| HostNetworks {
        name: facts.object.name.to_string(),
        interfaces: host
            .status
            .network
            .iter()
            .map(|interface| HostInterface {
                is_default: interface.is_default == Some(true),
                addresses: interface.ip_addrs.clone(),
            })
            .collect(),
    });
    networks.collect()
}

/// The networks that the cluster of a form is to have itself; what is none is left out.
pub(super) fn own_networks(form: &Form) -> OwnNetworks {
    let read = |input| wanted::networks(form.answered(input));
    OwnNetworks {
        pods: read(Input::Pods),
        services: read(Input::Services),
    }
}

/// Addresses at which the control plane of a form could answer, as far as hosts and clusters tell, in the order in which they are
/// proposed.
pub fn suggested_endpoints(form: &Form, around: &Around<'_>) -> Vec<String> {
    let (hosts, own) = (host_networks(form, around), own_networks(form));
    let others = others(form, around);
    let free = endpoint::free(&hosts, &own).map(|address| address.to_string());
    free.filter(|address| !others.iter().any(|other| other.is_at(address)))
        .take(MOST_ENDPOINTS)
        .collect()
}

/// Networks that the Pods or the Services of a form could have, which overlap with nothing that is known; in the order in which
/// they are proposed.
pub fn suggested_networks(form: &Form, around: &Around<'_>, input: Input) -> Vec<String> {
    networks::suggested(form, around, input)
}

/// Versions that a cluster of this form could have, the newest first: what hosts of its pool, clusters of the fleet, the template
/// and the management cluster name; and the first release of each minor version that an installer has of which none is named, or, of
/// machines that are made up, that Cluster API supports. Of hosts that are known, some has to be able to install it. What the
/// management cluster's Cluster API was not made for comes last.
pub fn suggested_versions(form: &Form, around: &Around<'_>) -> Vec<Version> {
    let hosts = hosts(form, around);
    let mut found = named_versions(form, around);
    found.extend(own_version(form, around));
    let named = hosts
        .iter()
        .flat_map(|(_, host)| &host.status.installable_versions);
    found.append(&mut installable::releases(named.map(String::as_str), &found));
    let release = versions::cluster_api(form, around);
    if form.flavour.sort == Sort::Simulated {
        // Machines that are made up have any.
        let minors = release.as_ref().and_then(support::minors);
        let named: BTreeSet<u64> = found.iter().map(Version::minor).collect();
        let others = minors.into_iter().flat_map(|(first, last)| first..=last);
        let others = others.filter(|minor| !named.contains(minor));
        found.extend(others.filter_map(|minor| format!("v1.{minor}.0").parse().ok()));
    }
    let mut newest: Vec<Version> = found
        .into_iter()
        .rev()
        .filter(|version| can_have(&hosts, version))
        .collect();
    // What its Cluster API was not made for comes last.
    newest.sort_by_key(|version| support::check(version, release.as_ref()).is_err());
    newest.truncate(MOST_VERSIONS);
    newest
}

/// The version that a new cluster has where nobody says which: the newest that hosts, clusters or the template name; else that of
/// the management cluster itself; else the newest that an installer has.
pub fn proposed_version(form: &Form, around: &Around<'_>) -> Option<Version> {
    let hosts = hosts(form, around);
    let named = named_versions(form, around).into_iter().rev();
    let mut likely = named.chain(own_version(form, around));
    likely
        .find(|version| can_have(&hosts, version))
        .or_else(|| suggested_versions(form, around).into_iter().next())
}

/// Whole versions that are named: by hosts of the form's pool, by clusters of the fleet, and by the template itself.
fn named_versions(form: &Form, around: &Around<'_>) -> BTreeSet<Version> {
    let hosts = hosts(form, around);
    let by_hosts = hosts
        .iter()
        .flat_map(|(_, host)| &host.status.installable_versions);
    let mut found: BTreeSet<Version> = by_hosts.filter_map(|text| text.parse().ok()).collect();
    let asks = |role: Role| matches!(role, Role::Cluster | Role::ControlPlane | Role::MachineDeployment);
    let rows = around.store.rows(None).filter(|row| asks(row.facts.role));
    found.extend(rows.filter_map(|row| row.facts.version.as_deref()?.parse().ok()));
    let field = form.asked(Input::Version);
    let by_template = field.and_then(|field| field.default.as_deref()?.parse().ok());
    let rule = field.and_then(|field| form.flavour.rules.get(&field.variable));
    let by_class = rule.into_iter().flat_map(VariableRule::possible);
    found.extend(
        by_template
            .into_iter()
            .chain(by_class.filter_map(|text| text.parse().ok())),
    );
    found
}

fn can_have(hosts: &[(&Facts, &HostFacts)], version: &Version) -> bool {
    let mut statuses = hosts.iter().map(|(_, host)| &host.status);
    hosts.is_empty() || statuses.any(|status| installable::reported(status).includes(version))
}

/// The version that the management cluster itself runs, without what its maker has added.
fn own_version(form: &Form, around: &Around<'_>) -> Option<Version> {
    let session = around.store.session(&form.management_cluster)?;
    let version = session.server_version.as_deref()?;
    version.split(['+', '-']).next()?.parse().ok()
}
