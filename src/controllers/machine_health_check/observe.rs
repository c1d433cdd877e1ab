//! What a MachineHealthCheck's plan is made from.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Machine, MachineHealthCheck};
use fleetui_base::ObjectName;
use fleetui_rules::selector;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;

use super::requests::{self, Remedy};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::{Metadata, Object};

/// A check and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) check: Arc<Object<MachineHealthCheck>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    /// Machines that it watches, by name.
    pub(super) targets: Vec<Target>,
    /// Whether nodes can be judged: there is no control plane yet, or it answers.
    pub(super) can_judge: bool,
    /// How machines are repaired.
    pub(super) remedy: Remedy,
    /// Machines for which a repair could not be asked for in this pass.
    pub(super) failed_requests: BTreeSet<String>,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// A machine that is watched, and its node.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) machine: Arc<Object<Machine>>,
    pub(super) node: NodeState,
}

/// What is known of a machine's node.
#[derive(Debug, Clone)]
pub(super) enum NodeState {
    /// The machine has none yet, or it cannot be asked for.
    None,
    /// The machine had one, and it is gone.
    Gone,
    /// It is there.
    There(Arc<Node>),
}

/// Reads the check and everything around it; `None` where it is gone.
pub(super) async fn observe(context: &Context, id: &ObjectId) -> Result<Option<Observed>, Error> {
    let namespace = id.name.namespace.as_str();
    let cache = context.cache.as_ref();
    let Some(check) = cache.get::<MachineHealthCheck>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let cluster_name = ObjectName::new(namespace, &check.spec.cluster_name);
    let cluster = cache.get::<Cluster>(namespace, &cluster_name.name);
    let initialised = cluster
        .as_ref()
        .is_some_and(|cluster| cluster.is_true("ControlPlaneInitialized"));
    let live = context.connections.reach(&cluster_name).is_live();
    let node = |machine: &Object<Machine>| {
        let Some(reference) = machine.status.node_ref.as_ref().filter(|_| initialised) else {
            return NodeState::None;
        };
        context
            .connections
            .node(&cluster_name, &reference.name)
            .map_or(NodeState::Gone, NodeState::There)
    };
    let targets: Vec<Target> = cache
        .in_cluster::<Machine>(&cluster_name)
        .into_iter()
        .filter(|machine| is_target(&check, machine))
        .map(|machine| Target {
            node: node(&machine),
            machine,
        })
        .collect();
    Ok(Some(Observed {
        can_judge: !initialised || live,
        remedy: requests::observe(context, &check).await?,
        failed_requests: BTreeSet::new(),
        now: context.now(),
        recheck: context.settings.recheck,
        check,
        cluster,
        targets,
    }))
}

/// Whether a machine of the check's cluster is watched.
fn is_target(check: &Object<MachineHealthCheck>, machine: &Object<Machine>) -> bool {
    let metadata = &machine.metadata;
    selector::accepts(&check.spec.selector, metadata.all_labels())
        && metadata.label(labels::CLUSTER_NAME) == Some(check.spec.cluster_name.as_str())
        && metadata.annotation(labels::PAUSED).is_none()
        && metadata.annotation(labels::SKIP_REMEDIATION).is_none()
}
