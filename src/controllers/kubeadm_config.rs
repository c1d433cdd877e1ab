//! KubeadmConfig: makes the data with which a machine, or each machine of a pool, becomes a node.

mod bootstrap_data;
mod cloud_config;
pub(crate) mod documents;
mod files;
mod lock;
mod observe;
mod owner;
mod plan;
mod stage;
mod status;
mod token;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use self::bootstrap_data::facts as cluster_facts;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;

/// Reconciles one KubeadmConfig.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe::observe(context, id).await? else {
        return Ok(None);
    };
    let outcome = plan::plan(&observed);
    context.apply(&observed.config, outcome).await
}
