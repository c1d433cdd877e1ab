//! An existing cluster as the draft of a new one: what is known of it, as answers. Its name, its endpoint and its networks stay open,
//! as no other has them.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;

use super::flavour::built_in;
use super::form::Form;
use super::like::Like;
use super::pools::{BETWEEN, FIRST};
use super::variables::Variables;
use crate::act::plan::{Around, members};
use crate::row::Row;

/// Why a cluster cannot be a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDraft {
    /// It is not there.
    #[error("{0} does not exist any more")]
    Gone(ObjectKey),
    /// Its machines are of a sort that no template here makes.
    #[error("no template here makes clusters on {0}; name the one that it was made from with --from")]
    NoTemplate(String),
    /// A topology makes it.
    #[error("{0} is made by a ClusterClass, and not by a template")]
    Topology(String),
}

/// The form that would make a cluster like the one at `key`.
///
/// # Errors
/// Why there is none.
pub fn form_of_cluster(around: &Around<'_>, key: &ObjectKey) -> Result<Form, NoDraft> {
    let row = around.store.get(key);
    let row = row.ok_or_else(|| NoDraft::Gone(key.clone()))?;
    if row.facts.topology.is_some() {
        return Err(NoDraft::Topology(row.facts.object.name.to_string()));
    }
    let infrastructure = row.facts.infrastructure.as_ref();
    let kind = infrastructure.map_or("", |reference| reference.kind.kind.as_ref());
    let flavour = match kind {
        "ByoCluster" => built_in("byoh"),
        "DevCluster" => built_in("simulated"),
        _ => None,
    };
    let flavour = flavour.ok_or_else(|| NoDraft::NoTemplate(kind.to_owned()))?;
    let mut known = Variables::default();
    for (variable, value) in answers(around, row) {
        known.set(variable, Some(value).filter(|value| !value.is_empty()));
    }
    // The templates of the program are templates.
    let form = Form::new(flavour, key.management_cluster.clone(), &known);
    let mut form = form.map_err(|_| NoDraft::NoTemplate(kind.to_owned()))?;
    form.like = Some(Like::new(key.clone()));
    Ok(form)
}

fn answers(around: &Around<'_>, row: &Row) -> Vec<(&'static str, String)> {
    let store = around.store;
    let control_plane = control_plane(around, row);
    let wished = |row: &Row| {
        row.facts
            .replicas
            .as_ref()
            .and_then(|it| it.wished())
            .unwrap_or(0)
    };
    let version = control_plane.and_then(|row| row.facts.version.as_deref());
    let mut answers = vec![
        ("NAMESPACE", row.facts.object.namespace.to_string()),
        ("KUBERNETES_VERSION", version.unwrap_or_default().to_owned()),
    ];
    if let Some(control_plane) = control_plane {
        answers.push(("CONTROL_PLANE_MACHINE_COUNT", wished(control_plane).to_string()));
    }
    let cluster = &row.facts.object.name;
    let pools: Vec<String> = members(store, row, Role::MachineDeployment)
        .map(|deployment| {
            let name = &deployment.facts.object.name;
            let own = name
                .strip_prefix(cluster.as_str())
                .and_then(|rest| rest.strip_prefix('-'));
            format!("{}={}", own.unwrap_or(name), wished(deployment))
        })
        .collect();
    let pools = pools.join(BETWEEN);
    let alone = pools
        .strip_prefix(FIRST)
        .and_then(|rest| rest.strip_prefix('='))
        .filter(|rest| !rest.contains(BETWEEN));
    answers.push((
        "WORKER_MACHINE_COUNT",
        alone.map_or_else(|| pools.clone(), str::to_owned),
    ));
    if let Some(networks) = row.facts.particulars.as_ref().and_then(|it| it.networks.as_ref()) {
        for (variable, networks) in [("POD_CIDR", &networks.pods), ("SERVICE_CIDR", &networks.services)] {
            // One of IPv4 is no other cluster's to have, and for that it is known which are free.
            let is_plain = |text: &CompactString| text.contains('.') && !text.contains(':');
            if !matches!(networks.as_slice(), [one] if is_plain(one)) {
                answers.push((variable, networks.join(", ")));
            }
        }
    }
    answers
}

/// The control plane of a Cluster.
pub(super) fn control_plane<'a>(around: &Around<'a>, row: &'a Row) -> Option<&'a Arc<Row>> {
    let mut members = members(around.store, row, Role::ControlPlane);
    members.next().or_else(|| named_control_plane(around, row))
}

/// The control plane that a Cluster names, which nothing else may say yet to be its own.
fn named_control_plane<'a>(around: &Around<'a>, row: &Row) -> Option<&'a Arc<Row>> {
    let reference = row.facts.control_plane_reference.as_deref()?;
    let mut rows = around.store.rows(Some(&row.management_cluster));
    rows.find(|other| {
        other.facts.role == Role::ControlPlane
            && other.facts.object.namespace == row.facts.object.namespace
            && other.facts.object.name == reference.name
    })
}
