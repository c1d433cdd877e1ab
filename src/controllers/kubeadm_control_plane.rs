//! KubeadmControlPlane: keeps control plane machines, one change at a time.

mod components;
mod kubeconfig;
mod observe;
mod outdated;
mod plan;
mod replicas;
mod status;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one KubeadmControlPlane.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    context.apply(&observed.control_plane, outcome).await
}
