//! ClusterResourceSet: what stands in ConfigMaps and Secrets is applied to the workload clusters that it selects, and what was
//! applied is written down in one ClusterResourceSetBinding for each cluster.

mod apply;
mod binding;
mod contents;
mod observe;
mod plan;

#[cfg(test)]
mod tests;

use std::time::Duration;

use apply::Applied;
pub(crate) use binding::reconcile as reconcile_binding;
use futures::{StreamExt as _, stream};
use observe::Observed;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};

/// To so many clusters something is applied at the same time: one that hangs does not hold up the others.
const AT_ONCE: usize = 10;

/// Reconciles one ClusterResourceSet.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(mut observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let applied: Vec<_> = stream::iter(plan::clusters_to_apply(&observed))
        .map(|index| apply_to(context, &observed, index))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for (index, applied) in applied {
        if let Some(target) = observed.targets.get_mut(index) {
            target.applied = applied;
        }
    }
    let outcome = plan::plan(&observed);
    context.log_why(&outcome.object, plan::KIND);
    context.apply(&observed.set, outcome).await
}

async fn apply_to(context: &Context, observed: &Observed, index: usize) -> (usize, Applied) {
    let Some(target) = observed.targets.get(index) else {
        return (index, Applied::default());
    };
    let applied = apply::apply(context, observed, target).await;
    // Whoever waits for what has just been applied can go on.
    context
        .cache
        .wake_cluster(&target.name(), |kind| kind == Watched::DevMachine);
    (index, applied)
}
