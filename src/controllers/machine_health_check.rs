//! MachineHealthCheck: finds machines that do not work, marks them for whoever owns them, or asks somebody else to repair them.

mod checks;
mod observe;
mod plan;
mod requests;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one MachineHealthCheck.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(mut observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let mut plan = plan::plan(&observed);
    let failed = requests::carry_out(context, &plan.requests).await;
    if !failed.is_empty() {
        // What is told of the machines says so too.
        observed.failed_requests = failed;
        plan = plan::plan(&observed);
    }
    context.apply(&observed.check, plan.outcome).await
}
