//! What a Cluster's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Machine, MachineDeployment, MachinePool, MachineSet};
use jiff::Timestamp;

use crate::connection::Reach;
use crate::context::Context;
use crate::external::External;
use crate::kinds::ObjectId;
use crate::object::{Metadata, Object};
use crate::ownership;

/// A cluster and everything in it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) cluster: Arc<Object<Cluster>>,
    pub(super) infrastructure: External,
    pub(super) control_plane: External,
    pub(super) deployments: Vec<Arc<Object<MachineDeployment>>>,
    pub(super) pools: Vec<Arc<Object<MachinePool>>>,
    /// Sets that belong to no deployment.
    pub(super) lone_sets: Vec<Arc<Object<MachineSet>>>,
    /// All sets.
    pub(super) sets: Vec<Arc<Object<MachineSet>>>,
    pub(super) control_plane_machines: Vec<Arc<Object<Machine>>>,
    pub(super) workers: Vec<Arc<Object<Machine>>>,
    pub(super) reach: Reach,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
    /// Without an answer for so long the workload cluster counts as not reachable.
    pub(super) grace: Duration,
}

/// Reads the cluster and everything in it; `None` where it is gone.
pub(super) fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let (cache, name) = (context.cache.as_ref(), &id.name);
    let cluster = cache.get::<Cluster>(&name.namespace, &name.name)?;
    let machines = cache.in_cluster::<Machine>(name);
    let (control_plane_machines, workers) = machines
        .into_iter()
        .partition(|machine| machine.metadata.label(labels::CONTROL_PLANE).is_some());
    let sets = cache.in_cluster::<MachineSet>(name);
    Some(Observed {
        infrastructure: External::find(cache, cluster.spec.infrastructure_ref.as_ref(), &name.namespace),
        control_plane: External::find(cache, cluster.spec.control_plane_ref.as_ref(), &name.namespace),
        deployments: cache.in_cluster::<MachineDeployment>(name),
        pools: cache.in_cluster::<MachinePool>(name),
        lone_sets: sets
            .iter()
            .filter(|set| ownership::controller(&set.metadata).is_none())
            .cloned()
            .collect(),
        sets,
        control_plane_machines,
        workers,
        reach: context.connections.reach(name),
        now: context.now(),
        recheck: context.settings.recheck,
        grace: context.settings.remote_connection_grace,
        cluster,
    })
}

impl Observed {
    /// Workers that belong to no set.
    pub(super) fn lone_workers(&self) -> impl Iterator<Item = &Arc<Object<Machine>>> {
        self.workers
            .iter()
            .filter(|machine| ownership::controller(&machine.metadata).is_none())
    }
}
