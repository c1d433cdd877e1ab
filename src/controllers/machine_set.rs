//! MachineSet: keeps as many machines of one template as it is asked for.

mod events;
mod observe;
mod old_status;
mod plan;
mod remediation;
mod status;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one MachineSet.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    let tales = |change: &Change| events::tale(&observed, change);
    let applied = context.apply_and_tell(&observed.set, outcome, &tales).await;
    if let Err(error) = &applied
        && let Some(why) = error.refusal()
        && let Some(told) = old_status::refused(&observed, &why)
    {
        context.apply(&observed.set, told).await?;
    }
    applied
}
