//! Whether anybody reconciles the topology of a Cluster, as its conditions say.
//!
//! Must not know: what is written into it.

use fleetui_api::conditions::TOPOLOGY_NOT_SUPPORTED;
use fleetui_api::facts::CompactCondition;
use fleetui_api::kinds::Role;

use crate::act::{Check, Found, Write};
use crate::row::Row;
use crate::store::FleetStore;

/// The condition that controllers write of a topology alone.
const RECONCILED: &str = "TopologyReconciled";
/// Where a Cluster keeps what it asks of its topology.
const TOPOLOGY: &str = "/spec/topology";

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
