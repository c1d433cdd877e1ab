//! Cluster API's own definitions: ours, and those that the upstream projects publish.

use std::path::{Path, PathBuf};

use super::*;
use crate::registry::custom::condition;

pub(super) fn data(folder: &str) -> PathBuf {
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
        let (code, made) = post(&router, DEFINITIONS, &definition).await;
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
    let body = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "c1"}, "spec": {"paused": false}});
    let (code, made) = post(&router, clusters, &body).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    let available = json!({"type": "Available", "status": "True", "reason": "Available", "message": "", "lastTransitionTime": "2024-01-01T00:00:00Z"});
    let conditions = json!({"status": {"phase": "Provisioned", "conditions": [available]}});
    let (code, changed) = merge(&router, &format!("{clusters}/c1/status"), &conditions).await;
    assert_eq!(code.as_u16(), 200, "{changed}");
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
        let mut definitions = 0;
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
                let versions = spec["versions"].as_array().unwrap().iter();
                expected.extend(
                    versions
                        .filter(|version| version["served"] == true)
                        .map(|version| {
                            format!(
                                "{} {}/{}",
                                text(&spec["names"]["plural"]),
                                text(&spec["group"]),
                                text(&version["name"])
                            )
                        }),
                );
                definitions += 1;
            }
        }
        assert!(!expected.is_empty(), "{folder} holds no definitions");
        let (_, list) = read(&router, DEFINITIONS).await;
        assert_eq!(list["items"].as_array().unwrap().len(), definitions, "{folder}");
        let mut found = served(&router).await;
        found.retain(|name| {
            name.contains("cluster.x-k8s.io") && !name.contains("/status ") && !name.contains("/scale ")
        });
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{folder}");
    }
}

/// A template with its variables filled in as a person would.
pub(super) fn rendered(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}').unwrap();
        let (name, default) = match variable.split_once(":=").or_else(|| variable.split_once('=')) {
            Some((name, default)) => (name, Some(default)),
            None => (variable, None),
        };
        text.push_str(before);
        text.push_str(match (name, default) {
            (_, Some(default)) => default.trim().trim_matches('"'),
            (name, None) if name.ends_with("_COUNT") => "1",
            (name, None) if name.ends_with("_VERSION") => "v1.33.0",
            (name, None) if name.ends_with("_PORT") => "6443",
            (_, None) => "some-name",
        });
        rest = after;
    }
    text + rest
}

/// Whether `whole` holds everything that `part` does.
pub(super) fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| part.is_null() || whole.get(name).is_some_and(|whole| holds(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        _ => whole == part,
    }
}

#[tokio::test]
async fn upstreams_templates_are_taken_by_upstreams_definitions() {
    for era in ["v1beta1", "v1beta2"] {
        let (definitions, templates) = (data(&format!("crds/{era}")), data(&format!("templates/{era}")));
        let (Ok(definitions), Ok(templates)) =
            (std::fs::read_dir(&definitions), std::fs::read_dir(&templates))
        else {
            println!("skipped: there is no {}", templates.display());
            continue;
        };
        let server = server().await;
        let router = server.router();
        for file in definitions {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            raw(&router, "POST", DEFINITIONS, ("application/yaml", &text)).await;
        }
        let names = served(&router).await;
        let mut taken = 0;
        for file in templates {
            let path = file.unwrap().path();
            let text = rendered(&std::fs::read_to_string(&path).unwrap());
            for document in text.split("\n---") {
                let Ok(mut object) = serde_yaml::from_str::<Value>(document) else {
                    panic!("{} is no YAML: {document}", path.display());
                };
                let Some(version) = object["apiVersion"]
                    .as_str()
                    .filter(|version| version.contains("cluster.x-k8s.io"))
                else {
                    continue;
                };
                let kind = object["kind"].as_str().unwrap().to_lowercase();
                let plural = names
                    .iter()
                    .filter_map(|name| name.split_once(' '))
                    .find(|(plural, served)| {
                        *served == version
                            && plural.strip_suffix('s').or(plural.strip_suffix("es")) == Some(&*kind)
                    });
                let Some((plural, version)) =
                    plural.map(|(plural, version)| (plural.to_owned(), version.to_owned()))
                else {
                    println!("{}: nothing serves {version} {kind}", path.display());
                    continue;
                };
                object["metadata"]["namespace"] = json!("default");
                object["metadata"]["name"] = json!(format!(
                    "{}-{taken}",
                    object["metadata"]["name"].as_str().unwrap()
                ));
                let place = format!("/apis/{version}/namespaces/default/{plural}?fieldValidation=Strict");
                let (code, made) = post(&router, &place, &object).await;
                assert_eq!(code.as_u16(), 201, "{}: {kind}: {made}", path.display());
                assert!(holds(&made, &object), "{}: {made}", path.display());
                taken += 1;
            }
        }
        assert!(taken > 10, "{era}: {taken}");
    }
}

#[tokio::test]
async fn our_definitions_are_told_in_both_versions_and_are_ours_alone() {
    let server = ApiServer::builder().cluster_api().build().await.unwrap();
    let router = server.router();
    for definition in fleetui_api::crds::all() {
        let (code, made) = post(&router, DEFINITIONS, &definition).await;
        assert_eq!(code.as_u16(), 201, "{made}");
    }
    let old = "/apis/cluster.x-k8s.io/v1beta1/namespaces/default/clusters";
    let new = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters";
    let body = json!({"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "metadata": {"name": "c1"}, "spec": {
        "paused": true,
        "infrastructureRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevCluster", "name": "c1"},
    }});
    let (code, made) = post(&router, old, &body).await;
    assert_eq!(code.as_u16(), 201, "{made}");
    let (_, one) = read(&router, &format!("{new}/c1")).await;
    assert_eq!(
        (&one["apiVersion"], &one["spec"]["infrastructureRef"]),
        (
            &json!("cluster.x-k8s.io/v1beta2"),
            &json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": "c1"})
        )
    );
    // Upstream's own definition changes nothing.
    let path = format!("{DEFINITIONS}/clusters.cluster.x-k8s.io");
    let (_, before) = read(&router, &path).await;
    let (code, after) = merge(
        &router,
        &path,
        &json!({"spec": {"conversion": {"strategy": "Webhook"}}}),
    )
    .await;
    assert_eq!((code.as_u16(), &after["spec"]), (200, &before["spec"]));
    assert_eq!(read(&router, &format!("{new}/c1")).await.1, one);
}
