//! MachinePool: machines that their infrastructure makes and counts itself. Their nodes are found, claimed, and deleted with them.
//!
//! Machine objects for the single machines of a pool are not made.

mod events;
mod observe;
mod plan;
mod status;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one MachinePool.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id) else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    context.apply(&observed.pool, outcome).await
}
