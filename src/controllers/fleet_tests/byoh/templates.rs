//! Templates: upstream's own brings its machines up, and nothing of any is left when its cluster is gone.

use super::*;
use crate::fleet_tests::upstream::{folder, send};

/// The template of upstream's provider with its variables filled in; `None` where it is not on this machine.
fn upstreams() -> Option<Vec<Value>> {
    let path = folder("../templates/byoh").join("cluster-template.yaml");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: upstream's template is not here");
        return None;
    };
    let variables = [
        ("CLUSTER_NAME", "up"),
        ("NAMESPACE", "default"),
        ("KUBERNETES_VERSION", "v1.31.2"),
        ("CONTROL_PLANE_MACHINE_COUNT", "1"),
        ("WORKER_MACHINE_COUNT", "1"),
        ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.7"),
    ];
    let filled = variables.iter().fold(text, |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value)
    });
    let documents = filled.split("\n---\n");
    Some(
        documents
            .map(|document| serde_yaml::from_str(document).expect("YAML"))
            .collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstreams_template_brings_its_worker_up() {
    let Some(objects) = upstreams() else { return };
    let pool = Pool::start(2).await;
    for object in objects {
        let plural = format!("{}s", object["kind"].as_str().expect("a kind").to_lowercase());
        let version = object["apiVersion"].as_str().expect("a version");
        let path = format!("/apis/{version}/namespaces/default/{plural}");
        send(&pool.fleet.client, "POST", &path, &object)
            .await
            .expect("applied");
    }
    let worker = |status: &Value| status["availableReplicas"] == 1;
    pool.fleet
        .wait(Watched::MachineDeployment, "up-md-0", move |it| {
            worker(&it["status"])
        })
        .await;
    delete(&pool, "up").await;
    pool.wait_free(2).await;
    nothing_is_left(&pool).await;
    pool.stop().await;
}

async fn delete(pool: &Pool, name: &str) {
    let clusters = pool.fleet.api(Watched::Cluster);
    clusters
        .delete(name, &DeleteParams::background())
        .await
        .expect("deleted");
    pool.fleet.wait_gone(Watched::Cluster, name).await;
}

/// What installs Kubernetes was left behind where no machine had ever come so far as to need it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_go_with_a_cluster_that_never_had_a_machine() {
    let fleet = Fleet::start().await;
    let reference = |group: &str, kind: &str| json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": "stuck"});
    let installer = json!({"installerRef": {
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "K8sInstallerConfigTemplate", "name": "stuck"
    }});
    let bundle = json!({"bundleRepo": "registry.example/k8s", "bundleType": "k8s"});
    for (kind, spec) in [
        (Watched::ByoMachineTemplate, installer),
        (Watched::KubeadmConfigTemplate, json!({"format": "cloud-config"})),
    ] {
        fleet
            .create(kind, "stuck", json!({"template": {"spec": spec}}))
            .await;
    }
    let deployment = json!({
        "clusterName": "stuck", "replicas": 0,
        "template": {"spec": {
            "clusterName": "stuck", "version": "v1.31.2",
            "bootstrap": {"configRef": reference("bootstrap", "KubeadmConfigTemplate")},
            "infrastructureRef": reference("infrastructure", "ByoMachineTemplate")
        }}
    });
    fleet
        .create(Watched::MachineDeployment, "stuck", deployment)
        .await;
    let cluster = json!({"infrastructureRef": reference("infrastructure", "ByoCluster")});
    fleet.create(Watched::Cluster, "stuck", cluster).await;
    let owned = |it: &Value| it["metadata"]["ownerReferences"][0]["kind"] == "Cluster";
    fleet.wait(Watched::ByoMachineTemplate, "stuck", owned).await;
    // The last to come is found all the same.
    let template = json!({"template": {"spec": bundle}});
    fleet
        .create(Watched::K8sInstallerConfigTemplate, "stuck", template)
        .await;
    fleet
        .wait(Watched::K8sInstallerConfigTemplate, "stuck", owned)
        .await;
    // Before it is held the Cluster would be gone at once, and its deployment be nobody's to take apart.
    let held = |it: &Value| it["metadata"]["finalizers"][0] == "cluster.cluster.x-k8s.io";
    fleet.wait(Watched::Cluster, "stuck", held).await;
    let clusters = fleet.api(Watched::Cluster);
    clusters
        .delete("stuck", &DeleteParams::background())
        .await
        .expect("deleted");
    for kind in kinds::ALL {
        for object in fleet.list(kind).await {
            fleet.wait_gone(kind, &name_of(&object)).await;
        }
    }
    fleet.controllers.stop().await;
}
