//! What a Machine's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Machine, MachineDeployment, MachineSet};
use fleetui_base::ObjectName;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;

use super::leaving::Leaving;
use crate::connection::Reach;
use crate::context::Context;
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::ownership;

/// A machine and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) machine: Arc<Object<Machine>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    pub(super) set: Option<Arc<Object<MachineSet>>>,
    pub(super) deployment: Option<Arc<Object<MachineDeployment>>>,
    pub(super) bootstrap: External,
    pub(super) infrastructure: External,
    /// How the workload cluster's API answers, and the node as it said last.
    pub(super) reach: Reach,
    pub(super) node: Option<Arc<Node>>,
    /// Whether control plane machines would be left without this one, and the control plane itself stays.
    pub(super) control_plane_stays: bool,
    pub(super) now: Timestamp,
    /// What a deletion has asked the workload cluster.
    pub(super) leaving: Leaving,
    pub(super) recheck: Duration,
    pub(super) drain_retry: Duration,
    /// Without an answer for so long, conditions of the node are Unknown.
    pub(super) grace: Duration,
}

/// Reads the machine and everything around it; `None` where it is gone.
pub(super) fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let namespace = id.name.namespace.as_str();
    let cache = context.cache.as_ref();
    let machine = cache.get::<Machine>(namespace, &id.name.name)?;
    let cluster_name = ObjectName::new(namespace, &machine.spec.cluster_name);
    let cluster = cache.get::<Cluster>(namespace, &cluster_name.name);
    let set = ownership::controller(&machine.metadata)
        .filter(|owner| ownership::kind(owner) == Some(Watched::MachineSet))
        .and_then(|owner| cache.get::<MachineSet>(namespace, &owner.name));
    let deployment = set
        .as_ref()
        .and_then(|set| ownership::controller(&set.metadata))
        .and_then(|owner| cache.get::<MachineDeployment>(namespace, &owner.name));
    let infrastructure = External::find(cache, machine.spec.infrastructure_ref.as_ref(), namespace);
    let provider_id = machine
        .spec
        .provider_id
        .as_deref()
        .or_else(|| infrastructure.text("/spec/providerID"));
    Some(Observed {
        bootstrap: External::find(cache, machine.spec.bootstrap.config_ref.as_ref(), namespace),
        reach: context.connections.reach(&cluster_name),
        node: provider_id.and_then(|id| context.connections.node_by_provider_id(&cluster_name, id)),
        control_plane_stays: control_plane_stays(context, cluster.as_deref(), &cluster_name, &machine),
        now: context.now(),
        leaving: Leaving::default(),
        recheck: context.settings.recheck,
        drain_retry: context.settings.drain_retry,
        grace: context.settings.remote_conditions_grace,
        machine,
        cluster,
        set,
        deployment,
        infrastructure,
    })
}

/// Whether the cluster has a control plane that outlives this machine. Only then its node has to be drained and deleted.
fn control_plane_stays(
    context: &Context,
    cluster: Option<&Object<Cluster>>,
    cluster_name: &ObjectName,
    machine: &Object<Machine>,
) -> bool {
    let reference = cluster.and_then(|cluster| cluster.spec.control_plane_ref.as_ref());
    let control_plane = External::find(&context.cache, reference, &cluster_name.namespace);
    if control_plane
        .entry()
        .is_some_and(|entry| entry.object.metadata.is_deleting())
    {
        return false;
    }
    // One that somebody else runs has no machines here.
    if control_plane.is_true("/status/externalManagedControlPlane") {
        return true;
    }
    context
        .cache
        .in_cluster::<Machine>(cluster_name)
        .iter()
        .any(|other| {
            other.metadata.label(labels::CONTROL_PLANE).is_some()
                && !other.is_deleting()
                && other.uid() != machine.uid()
        })
}
