//! What a MachineDeployment's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, Machine, MachineDeployment, MachineSet};
use fleetui_base::ObjectName;
use fleetui_rules::selector;
use jiff::Timestamp;

use crate::context::Context;
use crate::kinds::ObjectId;
use crate::object::{Metadata, Object};
use crate::ownership;
use crate::templates::{self, Template};

/// A deployment and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) deployment: Arc<Object<MachineDeployment>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    /// Sets that it controls, by name.
    pub(super) sets: Vec<Arc<Object<MachineSet>>>,
    /// Sets of its selector that nobody controls.
    pub(super) strays: Vec<Arc<Object<MachineSet>>>,
    /// Machines of those sets.
    pub(super) machines: Vec<Arc<Object<Machine>>>,
    /// Templates that it refers to, as far as they are there.
    pub(super) templates: Vec<Template>,
    /// That some of them are not, as a sentence.
    pub(super) missing: Option<String>,
    pub(super) random: u64,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// Reads the deployment and everything around it; `None` where it is gone.
pub(super) fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let namespace = id.name.namespace.as_str();
    let deployment = context.cache.get::<MachineDeployment>(namespace, &id.name.name)?;
    let sets: Vec<Arc<Object<MachineSet>>> = context
        .cache
        .owned_by::<MachineSet>(deployment.uid())
        .into_iter()
        .filter(|set| ownership::is_controlled_by(&set.metadata, deployment.uid()))
        .collect();
    let cluster_name = ObjectName::new(namespace, &deployment.spec.cluster_name);
    let wanted = &deployment.spec.selector;
    let strays = if deployment.is_deleting() || selector::is_empty(wanted) {
        Vec::new()
    } else {
        let all = context.cache.in_cluster::<MachineSet>(&cluster_name).into_iter();
        all.filter(|set| {
            ownership::controller(&set.metadata).is_none()
                && !set.is_deleting()
                && selector::accepts(wanted, set.metadata.all_labels())
        })
        .collect()
    };
    let machines = sets
        .iter()
        .flat_map(|set| context.cache.owned_by::<Machine>(set.uid()))
        .collect();
    let template = &deployment.spec.template.spec;
    let references = [
        template.bootstrap.config_ref.as_ref(),
        template.infrastructure_ref.as_ref(),
    ];
    let (mut templates, mut missing) = (Vec::new(), Vec::new());
    for reference in references.into_iter().flatten() {
        match Template::find(&context.cache, reference, namespace) {
            Some(template) => templates.push(template),
            None => missing.push(reference.kind.as_str()),
        }
    }
    Some(Observed {
        cluster: context
            .cache
            .get::<Cluster>(namespace, &deployment.spec.cluster_name),
        random: context.random_for_name(id, sets.iter().map(|set| set.name())),
        missing: templates::missing(&missing),
        now: context.now(),
        recheck: context.settings.recheck,
        deployment,
        sets,
        strays,
        machines,
        templates,
    })
}
