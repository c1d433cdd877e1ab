//! ClusterResourceSetBinding: it goes with its cluster.

use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, ClusterResourceSetBinding};

use crate::change::{Change, Outcome};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::Object;

/// Reconciles one ClusterResourceSetBinding.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let namespace = id.name.namespace.as_str();
    let Some(binding) = context
        .cache
        .get::<ClusterResourceSetBinding>(namespace, &id.name.name)
    else {
        return Ok(None);
    };
    let cluster = context
        .cache
        .get::<Cluster>(namespace, &binding.spec.cluster_name);
    let mut outcome = Outcome::unchanged(&binding);
    if cluster.as_deref().is_none_or(Object::is_deleting) {
        outcome.changes.extend(Change::delete(&binding));
    }
    context.apply(&binding, outcome).await
}
