//! Cluster API's kinds in the version that a client speaks: what it wrote it reads, and what is stored is v1beta2.

use super::cluster_api::{data, holds, rendered};
use super::*;

const OLD: &str = "/apis/cluster.x-k8s.io/v1beta1/namespaces/default";
const NEW: &str = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default";
const WITH_DATA: [&str; 2] = [
    "cluster.x-k8s.io/conversion-data",
    "conversion.fleetui.dev/v1beta1-data",
];

async fn management_cluster() -> (ApiServer, Router) {
    let server = ApiServer::builder().cluster_api().build().await.unwrap();
    let router = server.router();
    for definition in fleetui_api::crds::all() {
        let (code, made) = post(&router, DEFINITIONS, &definition).await;
        assert_eq!(code.as_u16(), 201, "{made}");
    }
    (server, router)
}

/// A kind of somebody else, of which several versions keep the contract.
fn definition_of(labels: &Value) -> Value {
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "theirclusters.theirs.io", "labels": labels},
        "spec": {
            "group": "theirs.io", "scope": "Namespaced", "names": {"plural": "theirclusters", "kind": "TheirCluster"},
            "versions": [
                {"name": "v1alpha3", "served": true, "storage": false, "schema": schema},
                {"name": "v1beta5", "served": true, "storage": true, "schema": schema}
            ]
        }
    })
}

fn cluster(name: &str, reference: &Value) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "metadata": {"name": name},
        "spec": {"infrastructureRef": reference}
    })
}

fn data_annotations(object: &Value) -> Vec<&str> {
    let annotations = &object["metadata"]["annotations"];
    let present = |name: &&str| annotations.get(name).is_some();
    WITH_DATA.into_iter().filter(present).collect()
}

#[tokio::test]
async fn references_name_the_version_that_the_contract_of_their_kind_means() {
    let (_server, router) = management_cluster().await;
    let reference = json!({"apiVersion": "theirs.io/v1alpha3", "kind": "TheirCluster", "name": "t"});
    let (code, made) = post(&router, &format!("{OLD}/clusters"), &cluster("a", &reference)).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    assert!(holds(&made["spec"]["infrastructureRef"], &reference), "{made}");
    let (_, stored) = read(&router, &format!("{NEW}/clusters/a")).await;
    let by_group = json!({"apiGroup": "theirs.io", "kind": "TheirCluster", "name": "t"});
    assert_eq!(stored["spec"]["infrastructureRef"], by_group);

    let labels = json!({"cluster.x-k8s.io/v1beta1": "v1alpha3_v1beta5"});
    let (code, made) = post(&router, DEFINITIONS, &definition_of(&labels)).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    let body = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "b"},
        "spec": {"infrastructureRef": by_group}
    });
    let (code, made) = post(&router, &format!("{NEW}/clusters"), &body).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    let (_, told) = read(&router, &format!("{OLD}/clusters/b")).await;
    assert_eq!(
        told["spec"]["infrastructureRef"],
        json!({"apiVersion": "theirs.io/v1beta5", "kind": "TheirCluster", "name": "t", "namespace": "default"})
    );
}

#[tokio::test]
async fn an_edit_in_either_version_is_seen_in_the_other_and_nothing_else_changes() {
    let (_server, router) = management_cluster().await;
    let machines = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "MachineDeployment", "metadata": {"name": "md"},
        "spec": {
            "clusterName": "c", "replicas": 1, "progressDeadlineSeconds": 600, "minReadySeconds": 3,
            "template": {"spec": {
                "clusterName": "c", "version": "v1.31.2", "nodeDrainTimeout": "1.5s",
                "bootstrap": {"dataSecretName": "s"},
                "infrastructureRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DevMachineTemplate", "name": "t"}
            }}
        }
    });
    let old = format!("{OLD}/machinedeployments/md");
    let new = format!("{NEW}/machinedeployments/md");
    let (code, made) = post(&router, &format!("{OLD}/machinedeployments"), &machines).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    assert!(holds(&made, &machines), "{made}");
    assert_eq!(data_annotations(&made), Vec::<&str>::new());

    // By the new version.
    let (_, stored) = read(&router, &new).await;
    let template = &stored["spec"]["template"]["spec"];
    assert_eq!(
        (&template["minReadySeconds"], &template["deletion"]),
        (&json!(3), &json!({"nodeDrainTimeoutSeconds": 1}))
    );
    assert_eq!(data_annotations(&stored), [WITH_DATA[1]]);
    let edit =
        json!({"spec": {"replicas": 5, "template": {"spec": {"deletion": {"nodeDrainTimeoutSeconds": 7}}}}});
    let (code, changed) = merge(&router, &new, &edit).await;
    assert_eq!(code.as_u16(), 200, "{changed}");
    let (_, told) = read(&router, &old).await;
    let mut expected = machines;
    expected["spec"]["replicas"] = json!(5);
    expected["spec"]["template"]["spec"]["nodeDrainTimeout"] = json!("7s");
    assert!(holds(&told, &expected), "{told}");

    // By the old version; a write that says nothing new writes nothing.
    let edit = json!({"spec": {"template": {"spec": {"nodeDrainTimeout": "250ms"}}}});
    let (code, changed) = merge(&router, &old, &edit).await;
    assert_eq!(code.as_u16(), 200, "{changed}");
    let (_, again) = merge(&router, &old, &edit).await;
    assert_eq!(again, changed);
    let (_, stored) = read(&router, &new).await;
    assert_eq!(
        stored["metadata"]["resourceVersion"],
        changed["metadata"]["resourceVersion"]
    );
    assert_eq!(
        stored["spec"]["template"]["spec"]["deletion"],
        json!({"nodeDrainTimeoutSeconds": 0})
    );
    let (_, told) = read(&router, &old).await;
    assert_eq!(told["spec"]["template"]["spec"]["nodeDrainTimeout"], "250ms");
    assert_eq!(told["spec"]["progressDeadlineSeconds"], 600);
}

#[tokio::test]
async fn a_status_is_told_in_both_models() {
    let (_server, router) = management_cluster().await;
    let body = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "c"}, "spec": {
            "paused": true,
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": "c"}
        }
    });
    let (code, made) = post(&router, &format!("{NEW}/clusters"), &body).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    let condition = json!({"type": "Available", "status": "True", "reason": "Available", "message": "", "lastTransitionTime": "2024-01-01T00:00:00Z"});
    let status = json!({"status": {
        "conditions": [condition], "initialization": {"infrastructureProvisioned": true}, "failureDomains": [{"name": "a", "controlPlane": true}]
    }});
    let (code, changed) = merge(&router, &format!("{NEW}/clusters/c/status"), &status).await;
    assert_eq!(code.as_u16(), 200, "{changed}");
    let (_, told) = read(&router, &format!("{OLD}/clusters")).await;
    assert_eq!(
        told["items"][0]["status"],
        json!({
            "v1beta2": {"conditions": [condition]}, "infrastructureReady": true,
            "failureDomains": {"a": {"controlPlane": true}}
        })
    );
    let old = json!({"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2024-01-01T00:00:00Z"}]}});
    let (code, changed) = merge(&router, &format!("{OLD}/clusters/c/status"), &old).await;
    assert_eq!(code.as_u16(), 200, "{changed}");
    let (_, stored) = read(&router, &format!("{NEW}/clusters/c")).await;
    assert_eq!(stored["status"]["conditions"], json!([condition]));
    assert_eq!(
        stored["status"]["deprecated"]["v1beta1"]["conditions"],
        old["status"]["conditions"]
    );
}

#[tokio::test]
async fn a_value_that_cannot_be_converted_is_told() {
    let (_server, router) = management_cluster().await;
    let body = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine", "metadata": {"name": "m"},
        "spec": {
            "clusterName": "c", "nodeDrainTimeout": "soon", "bootstrap": {"dataSecretName": "s"},
            "infrastructureRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DevMachine", "name": "t"}
        }
    });
    let (code, told) = post(&router, &format!("{OLD}/machines"), &body).await;
    assert!(!code.is_success(), "{told}");
    let message = told["message"].as_str().unwrap();
    assert!(
        message.contains("spec.nodeDrainTimeout: expected a duration like 10m30s, found \"soon\""),
        "{message}"
    );
}

#[tokio::test]
async fn upstreams_old_templates_are_stored_in_the_new_version_and_read_back_as_they_were() {
    let mut seen = 0;
    for folder in ["v1beta1", "byoh", "aws"] {
        let Ok(files) = std::fs::read_dir(data(&format!("templates/{folder}"))) else {
            println!("skipped: there are no templates of {folder}");
            continue;
        };
        let (_server, router) = management_cluster().await;
        for file in files {
            let path = file.unwrap().path();
            let text = rendered(&std::fs::read_to_string(&path).unwrap());
            for (number, document) in text.split("\n---").enumerate() {
                let Ok(mut object) = serde_yaml::from_str::<Value>(document) else {
                    panic!("{} is no YAML: {document}", path.display());
                };
                let version = object["apiVersion"].as_str().unwrap_or_default().to_owned();
                let kind = object["kind"].as_str().unwrap_or_default().to_owned();
                let Some((group, "v1beta1")) = version.split_once('/') else {
                    continue;
                };
                if !fleetui_api::convert::claims(group, &kind) {
                    continue;
                }
                let plural = fleetui_api::crds::of(group, &kind).unwrap()["spec"]["names"]["plural"].clone();
                let plural = plural.as_str().unwrap();
                let name = format!("n{seen}-{number}");
                object["metadata"]["name"] = json!(name);
                object["metadata"]["namespace"] = json!("default");
                let of = |version: &str| format!("/apis/{group}/{version}/namespaces/default/{plural}");
                let (code, made) = post(&router, &of("v1beta1"), &object).await;
                assert_eq!(code.as_u16(), 201, "{} {kind}: {made}", path.display());
                assert!(holds(&made, &object), "{} {kind}: {made:#}", path.display());
                let (_, told) = read(&router, &format!("{}/{name}", of("v1beta1"))).await;
                assert_eq!(told, made, "{} {kind}", path.display());
                let (_, stored) = read(&router, &format!("{}/{name}", of("v1beta2"))).await;
                assert_eq!(stored["apiVersion"], format!("{group}/v1beta2"));
                for reference in [
                    "/spec/infrastructureRef",
                    "/spec/template/spec/infrastructureRef",
                    "/spec/controlPlaneRef",
                ] {
                    let (old, new) = (object.pointer(reference), stored.pointer(reference));
                    assert_eq!(
                        old.is_some(),
                        new.is_some(),
                        "{} {kind} {reference}",
                        path.display()
                    );
                    if let (Some(old), Some(new)) = (old, new) {
                        let (of, _) = old["apiVersion"].as_str().unwrap().split_once('/').unwrap();
                        assert_eq!((&new["apiGroup"], new.get("apiVersion")), (&json!(of), None));
                    }
                }
                seen += 1;
            }
        }
    }
    assert!(seen == 0 || seen > 20, "{seen}");
}
