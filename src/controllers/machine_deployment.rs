//! MachineDeployment: replaces machines by new ones when their template changes, within bounds.

mod defaults;
mod events;
mod observe;
mod old_status;
mod plan;
mod revision;
mod status;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use revision::rollout_after;

use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one MachineDeployment.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id) else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    let tales = |change: &Change| events::tale(&observed, change);
    context
        .apply_and_tell(&observed.deployment, outcome, &tales)
        .await
}
