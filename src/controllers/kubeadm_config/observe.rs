//! What a KubeadmConfig's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, KubeadmConfig, Machine};
use jiff::Timestamp;

use crate::context::Context;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::ownership;

/// A bootstrap configuration and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) config: Arc<Object<KubeadmConfig>>,
    /// The machine that it is for, once that has taken it over.
    pub(super) machine: Option<Arc<Object<Machine>>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    /// A number for the bootstrap token.
    pub(super) random: u64,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// Reads the configuration and everything around it; `None` where it is gone.
pub(super) fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let namespace = id.name.namespace.as_str();
    let config = context.cache.get::<KubeadmConfig>(namespace, &id.name.name)?;
    let machine = ownership::controller(&config.metadata)
        .filter(|owner| ownership::kind(owner) == Some(Watched::Machine))
        .and_then(|owner| context.cache.get::<Machine>(namespace, &owner.name));
    let cluster = machine.as_ref().and_then(|machine| {
        context
            .cache
            .get::<Cluster>(namespace, &machine.spec.cluster_name)
    });
    Some(Observed {
        random: context.random(),
        now: context.now(),
        recheck: context.settings.recheck,
        config,
        machine,
        cluster,
    })
}
