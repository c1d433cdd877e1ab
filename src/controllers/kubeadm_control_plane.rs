//! KubeadmControlPlane: keeps control plane machines, one change at a time.

mod adoption;
mod components;
mod core_dns;
mod etcd_members;
mod events;
mod failure_domains;
mod health;
mod kubeconfig;
mod machines;
mod observe;
mod older_status;
mod outdated;
mod plan;
mod pre_terminate;
mod preflight;
mod remediation;
mod replicas;
mod serving_certificate;
mod status;
mod workload_configuration;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::certificates;
use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one KubeadmControlPlane.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    context.log_why(&outcome.object, certificates::CONDITION);
    let tales = |change: &Change| events::tale(&observed, change);
    context
        .apply_and_tell(&observed.control_plane, outcome, &tales)
        .await
}
