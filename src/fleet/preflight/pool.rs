//! Whether the nodes of a pool run a version that has no Machines: what its counters say is written for any version, so the
//! versions are those that the pool itself counts, else those of its nodes in the workload cluster.

use fleetui_api::kinds::Role;
use fleetui_rules::version::Version;
use serde_json::Value;

use super::scene::{Part, Scene, text};
use crate::edit::lenient;

/// Pools of providers that choose the patch release themselves.
const MINOR_ALONE: [&str; 1] = ["AWSManagedMachinePool"];

/// How far a pool is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Nodes {
    /// So many of its nodes run the version, of so many.
    Run(i64, i64),
    /// Nobody tells which version its nodes run.
    Unknown,
}

/// Whether `part` is a pool whose nodes are no Machines.
pub(crate) fn is_bare(scene: &Scene<'_>, part: &Part<'_>) -> bool {
    part.row.facts.role == Role::MachinePool && scene.machines_of(part).next().is_none()
}

/// How many nodes of a pool without Machines run `to`.
pub(crate) fn nodes(scene: &Scene<'_>, part: &Part<'_>, to: &Version) -> Nodes {
    let counted = counted(part.object);
    let versions = if counted.is_empty() {
        of_nodes(scene, part.object)
    } else {
        counted
    };
    if versions.is_empty() {
        return Nodes::Unknown;
    }
    let minor_alone = part
        .row
        .facts
        .infrastructure
        .as_ref()
        .is_some_and(|reference| MINOR_ALONE.contains(&reference.kind.kind.as_ref()));
    let runs = |running: &Version| {
        let minor = |version: &Version| (version.major(), version.minor());
        let patch = minor_alone || running.patch() >= to.patch();
        minor(running) > minor(to) || (minor(running) == minor(to) && patch)
    };
    let at = versions.iter().filter(|(version, _)| runs(version));
    let (at, all) = (
        at.map(|(_, count)| count).sum(),
        versions.iter().map(|(_, count)| count).sum(),
    );
    Nodes::Run(at, all)
}

/// The versions that the pool counts itself.
fn counted(pool: &Value) -> Vec<(Version, i64)> {
    let versions = ["/status/versions", "/status/v1beta2/versions"]
        .iter()
        .find_map(|pointer| pool.pointer(pointer)?.as_array());
    let versions = versions.into_iter().flatten();
    versions
        .filter_map(|counted| {
            let count = counted.get("replicas").and_then(Value::as_i64).unwrap_or(1);
            Some((lenient(text(counted, "/version"))?, count))
        })
        .collect()
}

/// Those of its nodes, as far as they were read.
fn of_nodes(scene: &Scene<'_>, pool: &Value) -> Vec<(Version, i64)> {
    let nodes = pool.pointer("/status/nodeRefs").and_then(Value::as_array);
    nodes
        .into_iter()
        .flatten()
        .filter_map(|node| {
            let kubelet = scene.gathered.kubelets.get(text(node, "/name"))?;
            Some((lenient(kubelet)?, 1))
        })
        .collect()
}
