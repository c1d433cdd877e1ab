//! ClusterClasses: what they tell of themselves, and what comes of it for clusters.

use kube::Api;
use kube::api::{DeleteParams, PostParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, reason_of, status_of};
use crate::kinds::Watched;

const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";
const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io";

fn templates(fleet: &Fleet, group: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1beta2", kind));
    Api::namespaced_with(fleet.client.clone(), "default", &resource)
}

async fn template(fleet: &Fleet, group: &str, kind: &str, spec: Value) {
    let template = json!({
        "apiVersion": format!("{group}/v1beta2"), "kind": kind, "metadata": {"name": "quick"}, "spec": {"template": {"spec": spec}}
    });
    let template = serde_json::from_value(template).expect("an object");
    templates(fleet, group, kind)
        .create(&PostParams::default(), &template)
        .await
        .expect("created");
}

/// Serves the kinds of templates that only classes use.
async fn serve_templates(fleet: &Fleet) {
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let definitions: Api<DynamicObject> = Api::all_with(fleet.client.clone(), &ApiResource::from_gvk(&kind));
    for definition in fleetui_api::crds::all() {
        let kind = &definition["spec"]["names"]["kind"];
        if kind == "DevClusterTemplate" || kind == "KubeadmControlPlaneTemplate" {
            let definition = serde_json::from_value(definition).expect("a definition");
            definitions
                .create(&PostParams::default(), &definition)
                .await
                .expect("served");
        }
    }
}

fn class(version: &str) -> Value {
    let reference = |group: &str, kind: &str| json!({"templateRef": {"apiVersion": format!("{group}/{version}"), "kind": kind, "name": "quick"}});
    json!({
        "infrastructure": reference(INFRASTRUCTURE, "DevClusterTemplate"),
        "controlPlane": reference(CONTROL_PLANE, "KubeadmControlPlaneTemplate"),
        "variables": [{"name": "zone", "required": false, "schema": {"openAPIV3Schema": {"type": "string", "default": "north"}}}]
    })
}

/// A class that is well, with its templates.
pub(super) async fn quick(fleet: &Fleet) {
    serve_templates(fleet).await;
    templates_of_quick(fleet).await;
    fleet
        .create(Watched::ClusterClass, "quick", class("v1beta2"))
        .await;
    let good = |class: &Value| status_of(class, "RefVersionsUpToDate") == "True";
    fleet.wait(Watched::ClusterClass, "quick", good).await;
}

async fn templates_of_quick(fleet: &Fleet) {
    let backend = json!({"backend": {"inMemory": {}}});
    template(fleet, INFRASTRUCTURE, "DevClusterTemplate", backend).await;
    let plane = json!({"kubeadmConfigSpec": {"format": "cloud-config"}});
    template(fleet, CONTROL_PLANE, "KubeadmControlPlaneTemplate", plane).await;
}

/// Nobody told of a class, so that its variables filled nothing in and held nothing up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_tells_of_itself_owns_its_templates_and_fills_in_its_variables() {
    let fleet = Fleet::start().await;
    serve_templates(&fleet).await;
    fleet
        .create(Watched::ClusterClass, "quick", class("v1beta2"))
        .await;
    // What it refers to is not there yet.
    let unknown = |class: &Value| {
        status_of(class, "RefVersionsUpToDate") == "Unknown"
            && reason_of(class, "RefVersionsUpToDate") == "InternalError"
    };
    let told = fleet.wait(Watched::ClusterClass, "quick", unknown).await;
    assert_eq!(status_of(&told, "VariablesReady"), "True");
    assert_eq!(told["status"].get("observedGeneration"), None);
    templates_of_quick(&fleet).await;
    let good = |class: &Value| status_of(class, "RefVersionsUpToDate") == "True";
    let told = fleet.wait(Watched::ClusterClass, "quick", good).await;
    assert_eq!(status_of(&told, "Paused"), "False");
    assert_eq!(
        told["status"]["observedGeneration"],
        told["metadata"]["generation"]
    );
    assert_eq!(told["status"]["variables"][0]["definitions"][0]["from"], "inline");
    let owner =
        |template: &DynamicObject| template.metadata.owner_references.as_ref().expect("owners")[0].clone();
    for (group, kind) in [
        (INFRASTRUCTURE, "DevClusterTemplate"),
        (CONTROL_PLANE, "KubeadmControlPlaneTemplate"),
    ] {
        let found = templates(&fleet, group, kind).get("quick").await.expect("there");
        assert_eq!(owner(&found).kind, "ClusterClass");
    }
    fleet.settle().await;
    fleet.is_left_alone().await;

    let topology = json!({"topology": {"classRef": {"name": "quick"}, "version": "v1.31.0"}});
    fleet.create(Watched::Cluster, "topo", topology).await;
    let cluster = fleet.get(Watched::Cluster, "topo").await;
    assert_eq!(
        cluster["spec"]["topology"]["variables"],
        json!([{"name": "zone", "value": "north"}])
    );
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_references_are_told_and_a_paused_class_is_left_alone() {
    let fleet = Fleet::start().await;
    serve_templates(&fleet).await;
    templates_of_quick(&fleet).await;
    fleet
        .create(Watched::ClusterClass, "quick", class("v1beta1"))
        .await;
    let outdated = |class: &Value| status_of(class, "RefVersionsUpToDate") == "False";
    let told = fleet.wait(Watched::ClusterClass, "quick", outdated).await;
    let message = condition(&told, "RefVersionsUpToDate").expect("told")["message"].clone();
    let line = "* DevClusterTemplate quick: current: v1beta1, latest: v1beta2";
    assert!(
        message.as_str().expect("text").lines().any(|it| it == line),
        "{message}"
    );
    let paused = json!({"metadata": {"annotations": {"cluster.x-k8s.io/paused": ""}}});
    fleet.patch(Watched::ClusterClass, "quick", paused).await;
    let holds = |class: &Value| status_of(class, "Paused") == "True";
    fleet.wait(Watched::ClusterClass, "quick", holds).await;
    fleet.settle().await;
    fleet.is_left_alone().await;
    let classes = fleet.api(Watched::ClusterClass);
    classes
        .delete("quick", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::ClusterClass, "quick").await;
    fleet.controllers.stop().await;
}
