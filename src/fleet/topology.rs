//! Whether anybody reconciles topologies, as the conditions of Clusters and their classes say.
//!
//! Must not know: what is written into it.

use fleetui_api::conditions::TOPOLOGY_NOT_SUPPORTED;
use fleetui_api::facts::CompactCondition;
use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;

use crate::act::{Check, Found, Write};
use crate::row::Row;
use crate::store::FleetStore;

/// The condition that controllers write of a topology alone.
const RECONCILED: &str = "TopologyReconciled";
/// The conditions that are written of a ClusterClass by the manager that reads it, in both models. Cluster API sets that up behind the
/// feature gate of topologies, together with what reconciles them.
const READ: [&str; 2] = ["VariablesReady", "VariablesReconciled"];
/// Where a Cluster keeps what it asks of its topology.
const TOPOLOGY: &str = "/spec/topology";

/// Whether a topology reconciler is seen to run in a management cluster: a Cluster says that its topology was looked at, or, as long
/// as no Cluster has one, a class says that it was read and not that nothing comes of it.
///
/// # Errors
/// Why that cannot be said.
pub fn runs(store: &FleetStore, management_cluster: &ManagementCluster) -> Result<(), String> {
    let of_role = |role| {
        store
            .rows(Some(management_cluster))
            .filter(move |row| row.facts.role == role)
    };
    let mut clusters = of_role(Role::Cluster).filter(|row| row.facts.topology.is_some());
    if clusters.any(|row| is_reconciled(row)) {
        return Ok(());
    }
    let mut classes = of_role(Role::ClusterClass);
    if let Some(class) = classes.find(|row| is_denied(row)) {
        return Err(format!(
            "ClusterClass {} says that nobody reconciles topologies in {management_cluster}: nothing would come of a class",
            class.facts.object.name
        ));
    }
    if of_role(Role::ClusterClass).any(|row| is_read(row)) {
        return Ok(());
    }
    Err(format!(
        "no Cluster and no ClusterClass of {management_cluster} says that topologies are reconciled there: nothing would come of a class"
    ))
}

/// Whether a class says that nothing comes of it.
fn is_denied(class: &Row) -> bool {
    told(class).is_some_and(|told| told.reason == TOPOLOGY_NOT_SUPPORTED)
}

/// Whether a class says that somebody has read it, whatever was found.
fn is_read(class: &Row) -> bool {
    let mut conditions = class.facts.conditions.iter();
    conditions.any(|condition| READ.contains(&condition.kind.as_str()))
}

/// Whether somebody is seen to reconcile the topology of a Cluster, whatever came of it.
pub(crate) fn is_reconciled(cluster: &Row) -> bool {
    told(cluster).is_some_and(|told| told.reason != TOPOLOGY_NOT_SUPPORTED)
}

/// Why nothing comes of what the topology of a Cluster asks for; nothing where that is not said.
pub(crate) fn unreconciled(cluster: &Row) -> Option<String> {
    let told = told(cluster).filter(|told| told.reason == TOPOLOGY_NOT_SUPPORTED)?;
    let name = &cluster.facts.object.name;
    let said = told.message().lines().next().unwrap_or_default();
    Some(match said {
        "" => format!("nobody reconciles the topology of Cluster {name}: nothing comes of it"),
        said => format!("nobody reconciles the topology of Cluster {name}: {said}"),
    })
}

fn told(cluster: &Row) -> Option<&CompactCondition> {
    let mut conditions = cluster.facts.conditions.iter();
    conditions.find(|condition| condition.kind == RECONCILED)
}

/// What stands in the way of a write that changes what a topology asks for, where nothing comes of it.
pub(crate) fn check(store: &FleetStore, write: &Write) -> Option<Check> {
    let is_within = |pointer: &str| {
        let rest = pointer.strip_prefix(TOPOLOGY);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let changed = write.fields.iter().filter(|field| field.before != field.after);
    let asks = Role::of(&write.target.kind) == Role::Cluster
        && changed.into_iter().any(|field| is_within(&field.pointer));
    let cluster = store.get(&write.target).filter(|_| asks)?;
    Some(Check {
        id: "topology-reconciled".into(),
        title: "Somebody reconciles the topology".to_owned(),
        found: Found::Blocks {
            why: unreconciled(cluster)?,
            overridable: true,
        },
    })
}
