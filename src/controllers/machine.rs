//! Machine: brings bootstrap data, infrastructure and node together, and takes them apart in order.

mod deletion;
pub(crate) mod drain;
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

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one Machine.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(mut observed) = observe::observe(context, id) else {
        return Ok(None);
    };
    observed.leaving = leaving::ask(context, &observed).await;
    let outcome = plan::plan(&observed);
    context.apply(&observed.machine, outcome).await
}
