//! What is known of the fleet that a new cluster has to do with: the networks of other clusters, and the hosts of the pool.

use std::collections::BTreeSet;
use std::sync::Arc;

use fleetui_api::byoh::names;
use fleetui_api::facts::{Facts, HostFacts};
use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;
use fleetui_rules::endpoint::{HostInterface, HostNetworks};
use fleetui_rules::hosts::installable;
use fleetui_rules::network::Network;
use fleetui_rules::version::Version;

use super::flavour::Sort;
use super::form::Form;
use crate::act::plan::Around;
use crate::row::Row;

/// At most so many versions are proposed.
const MOST_VERSIONS: usize = 24;

/// The networks of every Cluster of the fleet that says which it has.
pub(super) fn cluster_networks<'a>(around: &Around<'a>) -> Vec<(&'a Arc<Row>, Vec<Network>)> {
    let mut found: Vec<_> = clusters(around)
        .filter_map(|row| {
            let networks = row.facts.particulars.as_ref()?.networks.as_ref()?;
            let all = networks.pods.iter().chain(&networks.services);
            let all: Vec<Network> = all.filter_map(|text| text.parse().ok()).collect();
            (!all.is_empty()).then_some((row, all))
        })
        .collect();
    found.sort_by_key(|(row, _)| row.key());
    found
}

/// The Cluster whose control plane answers at an address, other than this one.
pub(super) fn cluster_at<'a>(around: &Around<'a>, endpoint: &str, form: &Form) -> Option<&'a Arc<Row>> {
    let mut others = clusters(around).filter(|row| {
        let is_itself = row.management_cluster == form.management_cluster
            && row.facts.object.name == form.name()
            && row.facts.object.namespace == form.namespace();
        !is_itself
    });
    others.find(|row| {
        let networks = row.facts.particulars.as_ref().and_then(|it| it.networks.as_ref());
        networks.is_some_and(|networks| networks.endpoint == endpoint)
    })
}

fn clusters<'a>(around: &Around<'a>) -> impl Iterator<Item = &'a Arc<Row>> + use<'a> {
    let rows = around.store.rows(None);
    rows.filter(|row| row.facts.role == Role::Cluster)
}

/// The hosts of the form's pool; none where it takes none.
pub(super) fn hosts<'a>(form: &Form, around: &Around<'a>) -> Vec<(&'a Facts, &'a HostFacts)> {
    if form.flavour.sort != Sort::Byoh {
        return Vec::new();
    }
    of_pool(around, &form.management_cluster, form.namespace())
}

fn of_pool<'a>(
    around: &Around<'a>,
    management_cluster: &ManagementCluster,
    namespace: &str,
) -> Vec<(&'a Facts, &'a HostFacts)> {
    let rows = around.store.rows(Some(management_cluster));
    let hosts = rows.filter(|row| row.facts.role == Role::Host && row.facts.object.namespace == namespace);
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

/// Versions that a cluster of this form could have, the newest first: what the hosts of its pool name, and what the clusters of
/// the fleet have; where nobody names one, that of the management cluster itself. Of hosts that are known, some has to be able to
/// install it.
pub fn suggested_versions(form: &Form, around: &Around<'_>) -> Vec<Version> {
    let hosts = hosts(form, around);
    let mut found: BTreeSet<Version> = BTreeSet::new();
    let named = hosts
        .iter()
        .flat_map(|(_, host)| &host.status.installable_versions);
    found.extend(named.filter_map(|text| text.parse().ok()));
    let asks = |role: Role| matches!(role, Role::Cluster | Role::ControlPlane | Role::MachineDeployment);
    for row in around.store.rows(None).filter(|row| asks(row.facts.role)) {
        if let Some(version) = row.facts.version.as_deref().and_then(|text| text.parse().ok()) {
            found.insert(version);
        }
    }
    if found.is_empty() {
        found.extend(own_version(form, around));
    }
    let can = |version: &Version| {
        hosts.is_empty()
            || hosts
                .iter()
                .any(|(_, host)| installable::reported(&host.status).includes(version))
    };
    let newest = found.into_iter().rev().filter(can);
    newest.take(MOST_VERSIONS).collect()
}

/// The version that the management cluster itself runs, without what its maker has added.
fn own_version(form: &Form, around: &Around<'_>) -> Option<Version> {
    let session = around.store.session(&form.management_cluster)?;
    let version = session.server_version.as_deref()?;
    version.split(['+', '-']).next()?.parse().ok()
}
