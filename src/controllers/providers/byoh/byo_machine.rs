//! ByoMachine: takes a host, hands it what it needs, waits for its node, and gives it back clean.

mod binding;
mod deletion;
mod eviction;
mod observe;
mod plan;
mod progress;

#[cfg(test)]
mod tests;

use std::time::Duration;

use fleetui_base::ObjectName;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// How often another host is looked for at once where somebody else was quicker.
const TRIES: usize = 8;
/// And how long is waited after that.
const PAUSE: Duration = Duration::from_millis(50);

/// Reconciles one ByoMachine.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    for _ in 0..TRIES {
        let Some(observed) = observe::observe(context, id) else {
            // It may have gone while it was taking a host.
            context.bindings.release(&id.name);
            return Ok(None);
        };
        let plan = plan::plan(&observed);
        match &plan.takes {
            Some(host) => {
                let host = ObjectName::new(&id.name.namespace, host);
                if !context.bindings.set_aside(&host, &id.name) {
                    continue;
                }
            }
            None => context.bindings.release(&id.name),
        }
        let requeue = context.apply(&observed.machine, plan.outcome).await?;
        context.announce(plan.happenings).await;
        return Ok(requeue);
    }
    Ok(Some(PAUSE))
}
