//! Cluster: ties infrastructure, control plane and workers together, and takes them apart in order.

mod deletion;
mod events;
mod observe;
mod old_status;
mod plan;
mod status;

#[cfg(test)]
mod tests;

use std::time::Duration;

use fleetui_base::ObjectName;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::Metadata;

/// Reconciles one Cluster.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id) else {
        context.connections.want(&id.name, false);
        context.workloads.forget(&id.name);
        return Ok(None);
    };
    let name: &ObjectName = &id.name;
    let mut outcome = plan::plan(&observed);
    let told = events::happenings(&observed, &outcome.object);
    outcome.told.extend(told);
    let initialization = outcome.object.status.initialization.clone().unwrap_or_default();
    let leaving = observed.cluster.metadata.is_deleting() && observed.infrastructure.entry().is_none();
    context.connections.want(
        name,
        initialization.infrastructure_provisioned == Some(true) && !leaving,
    );
    let mut refused = observed.cluster.spec.topology.is_some().then(|| outcome.clone());
    let applied = context.apply(&observed.cluster, outcome).await;
    match (applied, refused.take()) {
        (Err(error), Some(outcome)) if error.is_refusal() => {
            let outcome = status::alone(&observed, outcome, &error.flaw());
            context.apply(&observed.cluster, outcome).await
        }
        (applied, _) => applied,
    }
}
