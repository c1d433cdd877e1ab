//! What a MachinePool's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, MachinePool};
use fleetui_base::ObjectName;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;

use crate::connection::Reach;
use crate::context::Context;
use crate::external::External;
use crate::kinds::ObjectId;
use crate::object::Object;

/// A pool and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) pool: Arc<Object<MachinePool>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    pub(super) bootstrap: External,
    pub(super) infrastructure: External,
    pub(super) reach: Reach,
    /// Nodes of the provider ids that the infrastructure lists, in its order.
    pub(super) nodes: Vec<Arc<Node>>,
    /// Nodes that the pool had, and that are not listed (any more, or for now).
    pub(super) retired: Vec<Arc<Node>>,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// Reads the pool and everything around it; `None` where it is gone.
pub(super) fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let namespace = id.name.namespace.as_str();
    let cache = context.cache.as_ref();
    let pool = cache.get::<MachinePool>(namespace, &id.name.name)?;
    let template = &pool.spec.template.spec;
    let cluster = ObjectName::new(namespace, &pool.spec.cluster_name);
    let infrastructure = External::find(cache, template.infrastructure_ref.as_ref(), namespace);
    let listed = listed(&infrastructure);
    let connections = context.connections.as_ref();
    let nodes = listed
        .iter()
        .filter_map(|id| connections.node_by_provider_id(&cluster, id))
        .collect();
    let retired = pool
        .status
        .node_refs
        .iter()
        .filter_map(|reference| connections.node(&cluster, reference.name.as_deref()?))
        .filter(|node| {
            let id = node.spec.as_ref().and_then(|spec| spec.provider_id.clone());
            id.is_some_and(|id| !listed.contains(&id))
        })
        .collect();
    Some(Observed {
        cluster: cache.get::<Cluster>(namespace, &cluster.name),
        bootstrap: External::find(cache, template.bootstrap.config_ref.as_ref(), namespace),
        reach: connections.reach(&cluster),
        nodes,
        retired,
        now: context.now(),
        recheck: context.settings.recheck,
        infrastructure,
        pool,
    })
}

/// The provider ids that the infrastructure lists.
pub(super) fn listed(infrastructure: &External) -> Vec<String> {
    infrastructure.read("/spec/providerIDList").unwrap_or_default()
}
