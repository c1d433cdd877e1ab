//! Machine: brings bootstrap data, infrastructure and node together, and takes them apart in order.

mod deletion;
pub(crate) mod drain;
mod events;
mod leaving;
mod node;
mod node_sync;
mod observe;
mod old_status;
mod plan;
mod status;
mod up_to_date;
mod volumes;

#[cfg(test)]
mod tests;

use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::Machine;
use fleetui_base::ObjectName;

use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::{Metadata, Object};

/// Reconciles one Machine.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(mut observed) = observe::observe(context, id) else {
        return Ok(None);
    };
    observed.leaving = leaving::ask(context, &observed).await;
    let mut outcome = plan::plan(&observed);
    let told = events::happenings(&observed, &outcome.object);
    outcome.told.extend(told);
    let tales = |change: &Change| events::tale(&observed, change);
    let machine = &observed.machine;
    let comes_up = machine.metadata.label(labels::CONTROL_PLANE).is_some()
        && !is_provisioned(machine)
        && is_provisioned(&outcome.object);
    let requeue = context.apply_and_tell(machine, outcome, &tales).await?;
    if comes_up {
        // Perhaps the first one, with which its cluster begins to answer.
        let cluster = ObjectName::new(id.name.namespace.as_str(), &machine.spec.cluster_name);
        context.connections.hurry(&cluster);
    }
    Ok(requeue)
}

fn is_provisioned(machine: &Object<Machine>) -> bool {
    let reached = machine.status.initialization.as_ref();
    reached.is_some_and(|reached| reached.infrastructure_provisioned == Some(true))
}
