//! ByoCluster: its endpoint is given, so that it stands once that is known. It stays as long as the cluster has machines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::byoh::names::{self, CLUSTER_FINALIZER};
use fleetui_api::byoh::{ByoCluster, ByoMachine};
use fleetui_api::conditions::Severity;
use fleetui_api::v1beta1::cluster::FailureDomain;
use fleetui_api::v1beta2::Cluster;
use fleetui_base::ObjectName;
use jiff::Timestamp;

use super::conditions::{Saying, say, sum_up};
use crate::change::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::{ownership, pausing};

/// Port of the API where none is given.
const PORT: i32 = 6443;
/// Condition: where the API is reached is known.
const ENDPOINT_KNOWN: &str = "ControlPlaneEndpointKnown";

/// A ByoCluster and what is around it.
#[derive(Debug, Clone)]
struct Observed {
    infrastructure: Arc<Object<ByoCluster>>,
    cluster: Option<Arc<Object<Cluster>>>,
    /// ByoMachines of the Cluster, which may be called otherwise than this object.
    machines: usize,
    /// Failure domains of the pool.
    zones: BTreeSet<String>,
    now: Timestamp,
    recheck: Duration,
}

/// Reconciles one ByoCluster.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(observed) = observe(context, id) else {
        return Ok(None);
    };
    if pausing::is_managed_elsewhere(&observed.infrastructure.metadata) {
        return Ok(None);
    }
    let outcome = plan(&observed);
    context.apply(&observed.infrastructure, outcome).await
}

fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let (cache, namespace) = (context.cache.as_ref(), id.name.namespace.as_str());
    let infrastructure = cache.get::<ByoCluster>(namespace, &id.name.name)?;
    let owners = infrastructure.metadata.owner_references.iter().flatten();
    let owner = owners
        .filter(|owner| ownership::kind(owner) == Some(Watched::Cluster))
        .map(|owner| owner.name.clone())
        .next();
    let hosts = cache.entries_in_namespace(Watched::ByoHost, namespace);
    let zones = hosts
        .iter()
        .filter_map(|entry| entry.object.metadata.label(names::ZONE_LABEL))
        .map(str::to_owned)
        .collect();
    let machines = owner.as_ref().map(|owner| {
        cache
            .in_cluster::<ByoMachine>(&ObjectName::new(namespace, owner))
            .len()
    });
    Some(Observed {
        cluster: owner.and_then(|owner| cache.get::<Cluster>(namespace, &owner)),
        machines: machines.unwrap_or(0),
        zones,
        now: context.now(),
        recheck: context.settings.recheck,
        infrastructure,
    })
}

fn plan(observed: &Observed) -> Outcome<ByoCluster> {
    let infrastructure = observed.infrastructure.as_ref();
    let mut outcome = Outcome::unchanged(infrastructure);
    let paused = pausing::paused(infrastructure, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if infrastructure.is_deleting() {
        if observed.machines > 0 {
            outcome.look_again(observed.recheck);
        } else {
            outcome.object.metadata.remove_finalizer(CLUSTER_FINALIZER);
        }
        return outcome;
    }
    if observed.cluster.is_none() {
        let waits = "Waiting for the Cluster to own this ByoCluster";
        let saying = Saying::fails(ENDPOINT_KNOWN, Severity::Info, "WaitingForCluster", waits);
        return finish(observed, outcome, &saying);
    }
    let object = &mut outcome.object;
    object.metadata.add_finalizer(CLUSTER_FINALIZER);
    object.status.failure_domains = failure_domains(&observed.zones);
    let endpoint = object.spec.control_plane_endpoint.as_mut();
    let known = endpoint.filter(|endpoint| endpoint.host.as_deref().is_some_and(|host| !host.is_empty()));
    let Some(endpoint) = known else {
        let waits = "Waiting for spec.controlPlaneEndpoint.host, an address in the hosts' network that none of them has";
        let saying = Saying::fails(
            ENDPOINT_KNOWN,
            Severity::Warning,
            "WaitingForControlPlaneEndpoint",
            waits,
        );
        return finish(observed, outcome, &saying);
    };
    if endpoint.port.is_none_or(|port| port == 0) {
        endpoint.port = Some(PORT);
    }
    object.status.ready = Some(true);
    object.status.initialization.get_or_insert_default().provisioned = Some(true);
    finish(observed, outcome, &Saying::holds(ENDPOINT_KNOWN, "Known"))
}

fn finish(observed: &Observed, mut outcome: Outcome<ByoCluster>, saying: &Saying) -> Outcome<ByoCluster> {
    say(&mut outcome.object, saying, observed.now);
    sum_up(&mut outcome.object, ENDPOINT_KNOWN, observed.now);
    outcome
}

/// Every zone takes control plane machines.
fn failure_domains(zones: &BTreeSet<String>) -> BTreeMap<String, FailureDomain> {
    let domain = |zone: &String| {
        (
            zone.clone(),
            FailureDomain {
                control_plane: Some(true),
                ..FailureDomain::default()
            },
        )
    };
    zones.iter().map(domain).collect()
}

#[cfg(test)]
mod tests;
