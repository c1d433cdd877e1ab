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

pub(crate) use binding::reconcile as reconcile_binding;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};

/// Reconciles one ClusterResourceSet.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(mut observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    for index in plan::clusters_to_apply(&observed) {
        if let Some(target) = observed.targets.get(index) {
            let applied = apply::apply(context, &observed, target).await;
            // Whoever waits for what has just been applied can go on.
            context
                .cache
                .wake_cluster(&target.name(), |kind| kind == Watched::DevMachine);
            if let Some(target) = observed.targets.get_mut(index) {
                target.applied = applied;
            }
        }
    }
    let outcome = plan::plan(&observed);
    context.apply(&observed.set, outcome).await
}
