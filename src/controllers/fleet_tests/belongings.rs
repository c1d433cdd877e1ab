//! What is not the controllers' to make or to take: the keys that a cluster runs with, and what people have made for themselves.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, reason_of, status_of};
use crate::kinds::Watched;

/// A new authority under the old name would be a stranger to every machine that runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_lost_are_told_and_not_made_anew() {
    let fleet = Fleet::start().await;
    fleet.cluster("keys", 1, 0).await;
    fleet.wait_available("keys", 0).await;
    fleet.settle().await;
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let mut kept = Vec::new();
    for name in ["keys-ca", "keys-sa"] {
        kept.push(secrets.get(name).await.expect("it is there"));
        secrets
            .delete(name, &DeleteParams::default())
            .await
            .expect("deleted");
    }
    let both = |plane: &Value| {
        condition(plane, "CertificatesAvailable").is_some_and(|told| {
            told["message"] == "Cluster certificates for ca, sa are not available, please check cluster certificate secrets"
        })
    };
    let plane = fleet.wait(Watched::KubeadmControlPlane, "keys", both).await;
    assert_eq!(status_of(&plane, "CertificatesAvailable"), "False");
    assert_eq!(reason_of(&plane, "CertificatesAvailable"), "NotAvailable");
    let older = plane["status"]["deprecated"]["v1beta1"]["conditions"].as_array();
    let older = older.and_then(|all| all.iter().find(|it| it["type"] == "CertificatesAvailable"));
    assert_eq!(
        older.map(|it| (&it["severity"], &it["reason"])),
        Some((&json!("Error"), &json!("CertificatesGenerationFailed")))
    );
    fleet.settle().await;
    for name in ["keys-ca", "keys-sa"] {
        assert!(
            secrets.get_opt(name).await.expect("an answer").is_none(),
            "{name}"
        );
    }

    // Who has kept them puts them back.
    for mut secret in kept {
        secret.metadata.resource_version = None;
        secret.metadata.uid = None;
        secrets
            .create(&PostParams::default(), &secret)
            .await
            .expect("created");
    }
    let well = |plane: &Value| status_of(plane, "CertificatesAvailable") == "True";
    fleet.wait(Watched::KubeadmControlPlane, "keys", well).await;
    fleet.controllers.stop().await;
}

/// An owner is what a thing goes with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_set_without_a_cluster_names_stays_its_makers() {
    let fleet = Fleet::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
    let map = json!({"metadata": {"name": "mine"}, "data": {"a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n"}});
    let map: ConfigMap = serde_json::from_value(map).expect("a ConfigMap");
    maps.create(&PostParams::default(), &map).await.expect("created");
    let spec = json!({
        "clusterSelector": {"matchLabels": {"cni": "nobody"}}, "resources": [{"kind": "ConfigMap", "name": "mine"}]
    });
    fleet
        .create(Watched::ClusterResourceSet, "for-nobody", spec)
        .await;
    fleet.settle().await;
    let there = maps.get("mine").await.expect("it is there");
    assert_eq!(there.metadata.owner_references, None);
    let sets = fleet.api(Watched::ClusterResourceSet);
    sets.delete("for-nobody", &DeleteParams::default())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::ClusterResourceSet, "for-nobody").await;
    fleet.settle().await;
    assert!(maps.get_opt("mine").await.expect("an answer").is_some());
    fleet.controllers.stop().await;
}
