//! What people read of a cluster's life in its Events, and what a template takes away again.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use http::{Method, Request, Response, StatusCode};
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use kube::client::Body;
use serde_json::{Value, json};

use super::Fleet;
use super::harness::Wrap;
use crate::kinds::Watched;

/// All Events about objects of this kind, `reason: message`, with how often each happened.
pub(super) async fn told(fleet: &Fleet, kind: Watched) -> Vec<(String, i32)> {
    let events: Api<Event> = Api::namespaced(fleet.client.clone(), "default");
    let list = events.list(&ListParams::default()).await.expect("events");
    let about = |event: &Event| event.involved_object.kind.as_deref() == Some(kind.kind());
    let told = list.items.into_iter().filter(about).map(|event| {
        let text = format!(
            "{}: {}",
            event.reason.unwrap_or_default(),
            event.message.unwrap_or_default()
        );
        (text, event.count.unwrap_or_default())
    });
    told.collect()
}

pub(super) fn counted(told: &[(String, i32)], start: &str) -> usize {
    told.iter().filter(|(text, _)| text.starts_with(start)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clusters_life_is_told_once_and_then_nothing_more() {
    let fleet = Fleet::start().await;
    fleet.cluster("told", 1, 1).await;
    fleet.wait_available("told", 1).await;
    let scaled = json!({"spec": {"replicas": 2}});
    fleet.patch(Watched::MachineDeployment, "told-md", scaled).await;
    fleet.wait_available("told", 2).await;
    let scaled = json!({"spec": {"replicas": 1}});
    fleet.patch(Watched::MachineDeployment, "told-md", scaled).await;
    fleet.wait_available("told", 1).await;
    fleet.settle().await;
    fleet.is_left_alone().await;
    let of_cluster = told(&fleet, Watched::Cluster).await;
    for expected in [
        "Provisioning: Cluster told is Provisioning",
        "InfrastructureReady: Cluster told InfrastructureProvisioned is now True",
        "Provisioned: Cluster told is Provisioned",
        "ControlPlaneInitialized: Cluster told ControlPlaneInitialized is now True",
    ] {
        assert!(
            of_cluster.contains(&(expected.to_owned(), 1)),
            "{expected}: {of_cluster:?}"
        );
    }
    let of_deployment = told(&fleet, Watched::MachineDeployment).await;
    for (start, times) in [("SuccessfulCreate", 1), ("SuccessfulScale", 2)] {
        assert_eq!(counted(&of_deployment, start), times, "{of_deployment:?}");
    }
    let of_set = told(&fleet, Watched::MachineSet).await;
    for (start, times) in [("SuccessfulCreate", 2), ("SuccessfulDelete", 1)] {
        assert_eq!(counted(&of_set, start), times, "{of_set:?}");
    }
    let of_machines = told(&fleet, Watched::Machine).await;
    assert_eq!(
        counted(&of_machines, "SuccessfulSetNodeRef"),
        3,
        "{of_machines:?}"
    );
    assert_eq!(counted(&of_machines, "SuccessfulDrainNode"), 1, "{of_machines:?}");
    fleet
        .api(Watched::Cluster)
        .delete("told", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::Cluster, "told").await;
    fleet.wait_told("Deleted", "Cluster told has been deleted").await;
    let of_cluster = told(&fleet, Watched::Cluster).await;
    assert_eq!(counted(&of_cluster, "Deleting: "), 1, "{of_cluster:?}");
    assert_eq!(counted(&of_cluster, "Deleted: "), 1, "{of_cluster:?}");
    fleet.controllers.stop().await;
}

/// Refuses the first `many` creations of Machines.
fn refusing(many: usize) -> Wrap {
    let left = Arc::new(AtomicUsize::new(many));
    Arc::new(move |client| {
        let left = left.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, left) = (client.clone(), left.clone());
            async move {
                let creates = request.method() == Method::POST && request.uri().path().ends_with("/machines");
                let one_less = |left: usize| left.checked_sub(1);
                let is_refused = creates && left.fetch_update(SeqCst, SeqCst, one_less).is_ok();
                if !is_refused {
                    return client.send(request).await.map_err(tower::BoxError::from);
                }
                let status = json!({
                    "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "message": "no more machines",
                    "reason": "Forbidden", "code": 403
                });
                let mut refusal = Response::new(Body::from(status.to_string().into_bytes()));
                *refusal.status_mut() = StatusCode::FORBIDDEN;
                Ok(refusal)
            }
        });
        kube::Client::new(service, "default")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_again_and_again_is_one_event() {
    let fleet = Fleet::start_behind(refusing(9)).await;
    fleet.cluster("refused", 1, 1).await;
    fleet.wait_available("refused", 1).await;
    let failures = |told: Vec<(String, i32)>, reason: &str| -> Vec<(String, i32)> {
        let of_reason = told.into_iter().filter(|(text, _)| text.starts_with(reason));
        of_reason.collect()
    };
    let of_control_plane = told(&fleet, Watched::KubeadmControlPlane).await;
    let failed = failures(of_control_plane, "FailedInitialization");
    let [(text, count)] = failed.as_slice() else {
        panic!("{failed:?}");
    };
    assert_eq!(*count, 8, "the last power of two up to nine");
    let start = "FailedInitialization: Failed to create initial control plane Machine for cluster default/refused control plane: \
                 create Machine default/refused-";
    assert!(
        text.starts_with(start) && text.contains("no more machines"),
        "{text}"
    );
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_templates_drop_goes_from_everything_that_was_made_of_them() {
    let fleet = Fleet::start().await;
    fleet.cluster("dropped", 1, 1).await;
    let given = json!({"metadata": {"labels": {"team": "a", "tier": "gold"}, "annotations": {"note": "n"}}});
    let of_workers = json!({"spec": {"template": given}});
    fleet
        .patch(Watched::MachineDeployment, "dropped-md", of_workers)
        .await;
    let of_control_plane = json!({"spec": {"machineTemplate": given}});
    fleet
        .patch(Watched::KubeadmControlPlane, "dropped", of_control_plane)
        .await;
    fleet.wait_available("dropped", 1).await;
    let kinds = [
        (Watched::MachineSet, 1),
        (Watched::Machine, 2),
        (Watched::KubeadmConfig, 2),
        (Watched::DevMachine, 2),
    ];
    let has = |key: &'static str, value: &'static str| {
        move |object: &Value| object["metadata"]["labels"][key] == value
    };
    for (kind, count) in kinds {
        fleet.wait_count(kind, count, has("tier", "gold")).await;
        for object in fleet.list(kind).await {
            let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
            let own = json!({"metadata": {"labels": {"own": "x"}, "annotations": {"mine": "m"}}});
            fleet.patch(kind, &name, own).await;
        }
    }
    let taken = json!({"metadata": {"labels": {"team": "b", "tier": null}, "annotations": {"note": null}}});
    fleet
        .patch(
            Watched::MachineDeployment,
            "dropped-md",
            json!({"spec": {"template": taken}}),
        )
        .await;
    let of_control_plane = json!({"spec": {"machineTemplate": taken}});
    fleet
        .patch(Watched::KubeadmControlPlane, "dropped", of_control_plane)
        .await;
    for (kind, count) in kinds {
        let objects = fleet.wait_count(kind, count, has("team", "b")).await;
        drop(objects);
    }
    fleet.settle().await;
    for (kind, count) in kinds {
        let objects = fleet.list(kind).await;
        assert_eq!(objects.len(), count, "{kind:?}");
        for object in objects {
            let metadata = &object["metadata"];
            assert_eq!(metadata["labels"]["tier"], Value::Null, "{kind:?} {metadata}");
            assert_eq!(
                metadata["annotations"]["note"],
                Value::Null,
                "{kind:?} {metadata}"
            );
            assert_eq!(metadata["labels"]["own"], "x", "{kind:?} {metadata}");
            assert_eq!(metadata["annotations"]["mine"], "m", "{kind:?} {metadata}");
            assert_eq!(
                metadata["labels"]["cluster.x-k8s.io/cluster-name"], "dropped",
                "{kind:?}"
            );
        }
    }
    fleet.is_left_alone().await;
    fleet.controllers.stop().await;
}
