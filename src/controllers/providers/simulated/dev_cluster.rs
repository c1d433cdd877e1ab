//! DevCluster: tells where the simulated workload cluster is reached, and removes it. The first machine makes it.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::v1beta2::{Cluster, DevCluster, Endpoint};
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::condition;
use jiff::Timestamp;

use super::CLUSTER_FINALIZER;
use crate::change::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::workloads::{WorkloadEndpoint, WorkloadError};
use crate::{ownership, pausing};

/// A DevCluster and its Cluster.
#[derive(Debug, Clone)]
struct Observed {
    infrastructure: Arc<Object<DevCluster>>,
    cluster: Option<Arc<Object<Cluster>>>,
    now: Timestamp,
}

/// What has to be done outside the management cluster first.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Nothing,
    Locate(ObjectName),
    Delete(ObjectName),
}

/// Reconciles one DevCluster.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let namespace = id.name.namespace.as_str();
    let Some(infrastructure) = context.cache.get::<DevCluster>(namespace, &id.name.name) else {
        return Ok(None);
    };
    if pausing::is_managed_elsewhere(&infrastructure.metadata) {
        return Ok(None);
    }
    let owners = infrastructure.metadata.owner_references.iter().flatten();
    let cluster = owners
        .filter(|owner| ownership::kind(owner) == Some(Watched::Cluster))
        .find_map(|owner| context.cache.get::<Cluster>(namespace, &owner.name));
    let observed = Observed {
        infrastructure,
        cluster,
        now: context.now(),
    };
    let located = match step(&observed) {
        Step::Nothing => None,
        Step::Locate(cluster) => Some(context.workloads.endpoint(&cluster)),
        Step::Delete(cluster) => {
            let what = format!("remove workload cluster {cluster}");
            context.timed(what, context.workloads.delete(&cluster)).await??;
            None
        }
    };
    let outcome = plan(&observed, located.as_ref());
    let again = context.apply(&observed.infrastructure, outcome).await?;
    match located {
        // The object says why by now.
        Some(Err(refused)) => Err(refused.into()),
        Some(Ok(_)) | None => Ok(again),
    }
}

fn holds(observed: &Observed) -> bool {
    pausing::holds(&pausing::paused(
        observed.infrastructure.as_ref(),
        observed.cluster.as_deref(),
    ))
}

/// What comes before the plan: the finalizer has to be there before anything can be made.
fn step(observed: &Observed) -> Step {
    let infrastructure = observed.infrastructure.as_ref();
    let owner = infrastructure
        .metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| ownership::kind(owner) == Some(Watched::Cluster));
    let (Some(owner), false) = (owner, holds(observed)) else {
        return Step::Nothing;
    };
    let cluster = ObjectName::new(infrastructure.namespace(), &owner.name);
    let mine = infrastructure.metadata.has_finalizer(CLUSTER_FINALIZER);
    let located = infrastructure
        .spec
        .control_plane_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_valid);
    match (infrastructure.is_deleting(), mine, located) {
        (true, true, _) => Step::Delete(cluster),
        (false, true, false) => Step::Locate(cluster),
        (true, false, _) | (false, _, _) => Step::Nothing,
    }
}

fn plan(
    observed: &Observed,
    answer: Option<&Result<WorkloadEndpoint, WorkloadError>>,
) -> Outcome<DevCluster> {
    let infrastructure = observed.infrastructure.as_ref();
    let mut outcome = Outcome::unchanged(infrastructure);
    let paused = pausing::paused(infrastructure, observed.cluster.as_deref());
    outcome.object.set_condition(paused, observed.now);
    if holds(observed) {
        return outcome;
    }
    if infrastructure.is_deleting() {
        outcome.object.metadata.remove_finalizer(CLUSTER_FINALIZER);
        return outcome;
    }
    outcome.object.metadata.add_finalizer(CLUSTER_FINALIZER);
    if let Some(Ok(endpoint)) = answer {
        outcome.object.spec.control_plane_endpoint = Some(Endpoint {
            host: endpoint.host.clone(),
            port: endpoint.port,
        });
    }
    let located = outcome
        .object
        .spec
        .control_plane_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_valid);
    let ready = if located {
        outcome
            .object
            .status
            .initialization
            .get_or_insert_default()
            .provisioned = Some(true);
        condition("Ready", ConditionStatus::True, "Ready", "")
    } else {
        let waiting = "Waiting for the endpoint of the workload cluster";
        let refused = answer.and_then(|answer| answer.as_ref().err());
        let why = refused.map_or(waiting, |refused| refused.reason.as_str());
        condition("Ready", ConditionStatus::False, "NotReady", why)
    };
    outcome.object.set_condition(ready, observed.now);
    outcome
}

#[cfg(test)]
mod tests {
    use fleetui_api::labels;
    use serde_json::json;

    use super::*;

    fn observed(metadata: &serde_json::Value, spec: &serde_json::Value) -> Observed {
        let object = json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevCluster", "metadata": metadata, "spec": spec
        });
        Observed {
            infrastructure: Arc::new(
                Object::parse(&serde_json::from_value(object).expect("an object")).expect("a DevCluster"),
            ),
            cluster: None,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn nothing_is_made_before_owner_and_finalizer_are_there() {
        let owner =
            json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "name": "c", "uid": "1"}]);
        let cluster = ObjectName::new("default", "c");
        let with = |more: &serde_json::Value| {
            let mut metadata = json!({"name": "c", "namespace": "default"});
            json_patch::merge(&mut metadata, more);
            metadata
        };
        let finalizers = json!([CLUSTER_FINALIZER]);
        let endpoint = json!({"controlPlaneEndpoint": {"host": "127.0.0.1", "port": 6443}});
        let cases = [
            (json!({}), json!({}), Step::Nothing),
            (json!({"ownerReferences": owner}), json!({}), Step::Nothing),
            (
                json!({"ownerReferences": owner, "finalizers": finalizers}),
                json!({}),
                Step::Locate(cluster.clone()),
            ),
            (
                json!({"ownerReferences": owner, "finalizers": finalizers}),
                endpoint.clone(),
                Step::Nothing,
            ),
            (
                json!({"ownerReferences": owner, "finalizers": finalizers, "deletionTimestamp": "2026-08-21T10:00:00Z"}),
                endpoint,
                Step::Delete(cluster),
            ),
            (
                json!({"ownerReferences": owner, "finalizers": finalizers, "annotations": {labels::PAUSED: ""}}),
                json!({}),
                Step::Nothing,
            ),
        ];
        for (metadata, spec, expected) in cases {
            assert_eq!(step(&observed(&with(&metadata), &spec)), expected, "{metadata}");
        }
    }

    #[test]
    fn it_says_why_no_workload_cluster_can_be_made() {
        let mut observed = observed(&json!({"name": "c", "namespace": "default"}), &json!({}));
        let cluster = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "c", "namespace": "default"}, "spec": {}
        });
        let cluster = Object::parse(&serde_json::from_value(cluster).expect("an object"));
        observed.cluster = Some(Arc::new(cluster.expect("a Cluster")));
        let refused = WorkloadError {
            cluster: ObjectName::new("default", "c"),
            reason: "not here".to_owned(),
        };
        for (answer, message) in [
            (None, "Waiting for the endpoint of the workload cluster"),
            (Some(Err(refused)), "not here"),
        ] {
            let object = plan(&observed, answer.as_ref()).object;
            let ready = object.condition("Ready").expect("a condition");
            assert_eq!(
                (ready.status, ready.message.as_str()),
                (ConditionStatus::False, message)
            );
        }
    }

    #[test]
    fn it_is_provisioned_once_the_endpoint_is_known() {
        let observed = observed(&json!({"name": "c", "namespace": "default"}), &json!({}));
        assert_eq!(plan(&observed, None).object.status.initialization, None);
        let endpoint = WorkloadEndpoint {
            host: "127.0.0.1".to_owned(),
            port: 7443,
        };
        let object = plan(&observed, Some(&Ok(endpoint))).object;
        assert!(object.is_true("Ready"));
        assert_eq!(
            object.spec.control_plane_endpoint.map(|endpoint| endpoint.port),
            Some(7443)
        );
    }
}
