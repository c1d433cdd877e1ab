//! MachineSet: keeps as many machines of one template as it is asked for.

mod observe;
mod old_status;
mod plan;
mod remediation;
mod status;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one MachineSet.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    context.apply(&observed.set, outcome).await
}
