//! ClusterClass: owns the templates that it names, and tells whether its variables can be understood and its references are of the
//! version that the contract means.
//!
//! Must not know: the clusters of a class, and what is made of its templates for them.

mod plan;
mod references;
mod variables;

#[cfg(test)]
mod tests;

use std::time::Duration;

use fleetui_api::v1beta2::ClusterClass;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use plan::Observed;

/// When references are held against their definitions again, which no watch announces: as often as upstream looks at all again.
const LOOK_AGAIN: Duration = Duration::from_mins(10);

/// Reconciles one ClusterClass.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(class) = context
        .cache
        .get::<ClusterClass>(&id.name.namespace, &id.name.name)
    else {
        return Ok(None);
    };
    let (outdated, failure) = if plan::is_held(&class) {
        (None, None)
    } else {
        match references::observe(context, &class).await {
            Ok(outdated) => (Some(outdated), None),
            Err(error) => (None, Some(error)),
        }
    };
    let observed = Observed {
        class,
        outdated,
        now: context.now(),
    };
    let outcome = plan::plan(&observed);
    let again = context.apply(&observed.class, outcome).await?;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(again),
    }
}
