//! Cluster API's own definitions: ours, and those that the upstream projects publish.

use std::path::{Path, PathBuf};

use super::*;
use crate::registry::custom::condition;

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(folder)
}

/// Names of the resources that discovery lists, with their group and version.
async fn served(router: &Router) -> Vec<String> {
    let (_, groups) = read(router, "/apis").await;
    let mut names = Vec::new();
    for group in groups["groups"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            let group_version = version["groupVersion"].as_str().unwrap();
            let (_, list) = read(router, &format!("/apis/{group_version}")).await;
            for resource in list["resources"].as_array().unwrap() {
                names.push(format!("{} {group_version}", resource["name"].as_str().unwrap()));
            }
        }
    }
    names
}

#[tokio::test]
async fn our_definitions_are_served_and_print_their_columns() {
    let server = server().await;
    let router = server.router();
    for definition in fleetui_api::crds::all() {
        let (code, made) = post(&router, DEFINITIONS, definition).await;
        assert_eq!(
            (code.as_u16(), condition(&made, "Established")),
            (201, Some("True")),
            "{made}"
        );
    }
    let names = served(&router).await;
    for name in [
        "clusters cluster.x-k8s.io/v1beta2",
        "machinedeployments/scale cluster.x-k8s.io/v1beta2",
        "kubeadmcontrolplanes controlplane.cluster.x-k8s.io/v1beta2",
        "devmachines/status infrastructure.cluster.x-k8s.io/v1beta2",
        "providers clusterctl.cluster.x-k8s.io/v1alpha3",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is not among {names:?}"
        );
    }
    let clusters = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters";
    let body = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "c1"}, "spec": {}});
    assert_eq!(post(&router, clusters, &body).await.0.as_u16(), 201);
    let conditions =
        json!({"status": {"phase": "Provisioned", "conditions": [{"type": "Available", "status": "True"}]}});
    merge(&router, &format!("{clusters}/c1/status"), &conditions).await;
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let request = Request::get(clusters)
        .header("accept", accept)
        .body(Body::empty())
        .unwrap();
    let (_, table) = send(&router, request).await;
    let headings: Vec<_> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    let cells = table["rows"][0]["cells"].as_array().unwrap();
    let cell = |heading: &str| &cells[headings.iter().position(|known| *known == heading).unwrap()];
    assert_eq!(
        (cell("Name"), cell("Available"), cell("Phase")),
        (&json!("c1"), &json!("True"), &json!("Provisioned"))
    );
}

#[tokio::test]
async fn upstreams_definitions_are_taken_as_they_are() {
    for folder in ["crds/v1beta1", "crds/v1beta2", "crds/byoh", "crds/aws"] {
        let Ok(files) = std::fs::read_dir(data(folder)) else {
            println!("skipped: there is no {}", data(folder).display());
            continue;
        };
        let server = server().await;
        let router = server.router();
        let mut expected: Vec<String> = Vec::new();
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for document in text
                .split("\n---")
                .filter(|part| part.contains("kind: CustomResourceDefinition"))
            {
                let (code, made) = raw(&router, "POST", DEFINITIONS, ("application/yaml", document)).await;
                let told = made.to_string();
                let told = &told[..told.len().min(300)];
                assert_eq!(
                    (code.as_u16(), condition(&made, "Established")),
                    (201, Some("True")),
                    "{}: {told}",
                    path.display()
                );
                let storing = crate::registry::custom::storage_version(&made).unwrap()["name"].clone();
                assert_eq!(
                    made["status"]["storedVersions"],
                    json!([&storing]),
                    "{}",
                    path.display()
                );
                let spec = &made["spec"];
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                expected.push(format!(
                    "{} {}/{}",
                    text(&spec["names"]["plural"]),
                    text(&spec["group"]),
                    text(&storing)
                ));
            }
        }
        assert!(!expected.is_empty(), "{folder} holds no definitions");
        let (_, list) = read(&router, DEFINITIONS).await;
        assert_eq!(
            list["items"].as_array().unwrap().len(),
            expected.len(),
            "{folder}"
        );
        // One version of each is served: the one that objects are stored in.
        let mut found = served(&router).await;
        found.retain(|name| {
            name.contains("cluster.x-k8s.io") && !name.contains("/status ") && !name.contains("/scale ")
        });
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{folder}");
    }
}
