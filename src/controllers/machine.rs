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

use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

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
    context.apply_and_tell(&observed.machine, outcome, &tales).await
}
