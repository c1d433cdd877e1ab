//! What kubectl looks for in the documents.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::discovery::tests::resource;
use crate::registry::Served;
use crate::schema::WrittenSchema;

/// The document of a group version, read.
fn document(resources: &[Arc<Resource>], group: &str, version: &str) -> Value {
    let document = group_version(resources, group, version).unwrap();
    serde_json::from_slice(&document.text).unwrap()
}

fn resources() -> Vec<Arc<Resource>> {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "description": "What is wished."}}});
    // In the order in which what is served has them.
    vec![
        Arc::new(resource("", "v1", "Secret")),
        Arc::new(Resource {
            verbs: vec!["create"],
            ..resource("authorization.k8s.io", "v1", "SelfSubjectAccessReview")
        }),
        Arc::new(Resource {
            schema: Some(WrittenSchema::new(&schema)),
            ..resource("cluster.x-k8s.io", "v1beta2", "Machine")
        }),
    ]
}

/// kubectl's own search: the PATCH operation of the kind must take `fieldValidation`.
fn patch_of<'a>(document: &'a Value, kind: &str) -> Option<&'a Value> {
    document["paths"]
        .as_object()?
        .values()
        .filter_map(|item| item.get("patch"))
        .find(|operation| {
            operation
                .pointer("/x-kubernetes-group-version-kind/kind")
                .and_then(Value::as_str)
                == Some(kind)
        })
}

#[test]
fn kubectl_finds_that_the_server_validates() {
    for (group, version, kind, strategic) in [
        ("cluster.x-k8s.io", "v1beta2", "Machine", false),
        ("", "v1", "Secret", true),
    ] {
        let read = document(&resources(), group, version);
        let patch = patch_of(&read, kind).unwrap();
        let names: Vec<&str> = patch["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|p| p["name"].as_str())
            .collect();
        assert!(names.contains(&"fieldValidation"), "{kind}: {names:?}");
        let content = patch["requestBody"]["content"].as_object().unwrap();
        assert_eq!(
            content.contains_key("application/strategic-merge-patch+json"),
            strategic,
            "{kind}"
        );
    }
}

#[test]
fn a_document_has_the_schema_of_the_kind_and_no_dangling_reference() {
    for (group, version) in [
        ("cluster.x-k8s.io", "v1beta2"),
        ("", "v1"),
        ("authorization.k8s.io", "v1"),
    ] {
        let read = document(&resources(), group, version);
        let text = read.to_string();
        for part in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(read["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
    let read = document(&resources(), "cluster.x-k8s.io", "v1beta2");
    let machine = &read["components"]["schemas"]["io.x-k8s.cluster.v1beta2.Machine"];
    assert_eq!(machine["properties"]["spec"]["description"], "What is wished.");
    assert_eq!(machine["x-kubernetes-group-version-kind"][0]["kind"], "Machine");
    let secrets = document(&resources(), "", "v1");
    assert!(
        secrets["components"]["schemas"]
            .get("io.k8s.api.core.v1.Secret")
            .is_some()
    );
}

#[test]
fn the_index_leads_to_each_document_by_its_hash() {
    let mut served = Served::builtin();
    for resource in resources().iter().filter(|resource| resource.custom) {
        served.insert(Resource::clone(resource));
    }
    let documents = Documents::default();
    let index = documents.index(&served, "/clusters/w");
    let paths = index["paths"].as_object().unwrap();
    for (key, group, version) in [
        ("api/v1", "", "v1"),
        ("apis/apps/v1", "apps", "v1"),
        ("apis/cluster.x-k8s.io/v1beta2", "cluster.x-k8s.io", "v1beta2"),
    ] {
        let hash = &documents.of(&served, group, version).unwrap().hash;
        assert_eq!(
            paths[key]["serverRelativeURL"],
            format!("/clusters/w/openapi/v3/{key}?hash={hash}")
        );
    }
    assert!(documents.of(&served, "apps", "v9").is_none());
}

#[test]
fn documents_are_made_once_and_anew_when_what_is_served_changes() {
    let mut served = Served::builtin();
    for resource in resources().iter().filter(|resource| resource.custom) {
        served.insert(Resource::clone(resource));
    }
    let (here, there) = (Documents::default(), Documents::default());
    let apps = here.of(&served, "apps", "v1").unwrap();
    assert!(
        Arc::ptr_eq(&apps, &there.of(&Served::builtin(), "apps", "v1").unwrap()),
        "everywhere the same"
    );
    let machines = here.of(&served, "cluster.x-k8s.io", "v1beta2").unwrap();
    assert!(Arc::ptr_eq(
        &machines,
        &here.of(&served.clone(), "cluster.x-k8s.io", "v1beta2").unwrap()
    ));
    served.insert(Resource {
        schema: None,
        ..resource("cluster.x-k8s.io", "v1beta2", "Machine")
    });
    let changed = here.of(&served, "cluster.x-k8s.io", "v1beta2").unwrap();
    assert_ne!(changed.hash, machines.hash);
}

#[test]
fn built_in_kinds_have_schemas_with_descriptions() {
    let served = Served::builtin();
    let group_versions: BTreeSet<(String, String)> = served
        .all()
        .iter()
        .map(|resource| (resource.group.clone(), resource.version.clone()))
        .collect();
    for (group, version) in group_versions {
        let read = document(&served.all(), &group, &version);
        let schemas = read["components"]["schemas"].as_object().unwrap();
        for resource in served.all() {
            if (&resource.group, &resource.version) != (&group, &version) {
                continue;
            }
            let schema = &schemas[&super::schemas::name(&resource)];
            assert_eq!(
                schema["x-kubernetes-group-version-kind"][0]["kind"],
                resource.kind
            );
            let described = schema["description"].as_str();
            assert!(
                described.is_some_and(|text| text.len() > 20),
                "{}",
                resource.qualified()
            );
            let metadata = schema["properties"]["metadata"]["description"].as_str();
            // Upstream says nothing of the metadata of certificate requests.
            let silent = resource.kind == "CertificateSigningRequest";
            assert!(
                silent || metadata.is_some_and(|text| !text.is_empty()),
                "{}",
                resource.qualified()
            );
        }
        for (name, schema) in schemas {
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                let shaped = ["type", "allOf", "$ref"]
                    .iter()
                    .any(|part| property.get(part).is_some());
                assert!(shaped, "{name}.{field}: {property}");
            }
        }
    }
}

#[test]
fn schemas_say_how_lists_are_merged() {
    let read = document(&Served::builtin().all(), "", "v1");
    let schemas = &read["components"]["schemas"];
    let containers = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
    assert_eq!(containers["x-kubernetes-list-type"], "map");
    assert_eq!(containers["x-kubernetes-list-map-keys"], json!(["name"]));
    assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
    assert_eq!(containers["x-kubernetes-patch-strategy"], "merge");
    assert_eq!(
        containers["items"],
        json!({"allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.Container"}], "default": {}})
    );
    assert_eq!(
        schemas["io.k8s.api.core.v1.PodSpec"]["required"],
        json!(["containers"])
    );
    let volumes = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["volumes"];
    assert_eq!(volumes["x-kubernetes-patch-strategy"], "merge,retainKeys");
    let volume = &schemas["io.k8s.api.core.v1.Volume"]["properties"];
    assert!(
        volume["configMap"]["allOf"].is_array(),
        "fields of inlined types stand in the outer one"
    );
    let port = &schemas["io.k8s.api.core.v1.ContainerPort"]["properties"]["protocol"];
    assert_eq!(
        (&port["type"], &port["default"]),
        (&json!("string"), &json!("TCP"))
    );
    assert_eq!(
        schemas["io.k8s.api.core.v1.ObjectReference"]["x-kubernetes-map-type"],
        "atomic"
    );
    let data = &schemas["io.k8s.api.core.v1.Secret"]["properties"]["data"];
    assert_eq!(
        data["additionalProperties"],
        json!({"type": "string", "format": "byte"})
    );
}

#[test]
fn only_verbs_that_work_have_operations() {
    let read = document(&resources(), "authorization.k8s.io", "v1");
    let paths: Vec<&String> = read["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        ["/apis/authorization.k8s.io/v1/namespaces/{namespace}/selfsubjectaccessreviews"]
    );
}

#[test]
fn subresources_that_discovery_lists_have_paths() {
    let served = Served::builtin().all();
    let core = document(&served, "", "v1");
    let in_namespace = "/api/v1/namespaces/{namespace}";
    for (path, method, kind) in [
        ("pods/{name}/eviction", "post", "Eviction"),
        ("serviceaccounts/{name}/token", "post", "TokenRequest"),
        ("pods/{name}/status", "patch", "Pod"),
    ] {
        let operation = &core["paths"][format!("{in_namespace}/{path}")][method];
        assert_eq!(
            operation["x-kubernetes-group-version-kind"]["kind"], kind,
            "{path}"
        );
    }
    assert!(
        core["paths"]["/api/v1/namespaces/{name}/finalize"]
            .get("put")
            .is_some()
    );
    let apps = document(&served, "apps", "v1");
    let scale = &apps["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"];
    let schema = json!({"$ref": "#/components/schemas/io.k8s.api.autoscaling.v1.Scale"});
    assert_eq!(
        scale["put"]["requestBody"]["content"]["application/json"]["schema"],
        schema
    );
    assert_eq!(
        scale["get"]["x-kubernetes-group-version-kind"],
        json!({"group": "autoscaling", "version": "v1", "kind": "Scale"})
    );
    for read in [core, apps] {
        let text = read.to_string();
        for part in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(read["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
}

#[test]
fn the_second_version_tells_which_patches_there_are() {
    let document = second::document(&resources(), "v1.33.0");
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    // What only can be created takes no patch.
    assert_eq!(
        paths,
        [
            "/api/v1/namespaces/{namespace}/secrets/{name}",
            "/apis/cluster.x-k8s.io/v1beta2/namespaces/{namespace}/machines/{name}"
        ]
    );
    let small = json!({
        "swagger": "2.0",
        "info": {"title": "t", "version": "v"},
        "paths": {"/p": {"patch": {
            "consumes": ["c"],
            "parameters": [{"in": "query", "name": "n", "type": "y"}],
            "responses": {"200": {"description": "OK"}},
            "x-a": 1,
        }}},
    });
    // Each field is its number and kind in one byte, its length, and what it holds.
    let expected: &[&[u8]] = &[
        b"\x0a\x032.0",
        b"\x12\x06\x0a\x01t\x12\x01v",
        b"\x42\x3f\x12\x3d\x0a\x02/p\x12\x37\x42\x35",
        b"\x3a\x01c",
        b"\x42\x13\x0a\x11\x12\x0f\x1a\x0d\x12\x05query\x22\x01n\x32\x01y",
        b"\x4a\x0f\x0a\x0d\x0a\x03200\x12\x06\x0a\x04\x0a\x02OK",
        b"\x6a\x0a\x0a\x03x-a\x12\x03\x12\x011",
    ];
    assert_eq!(second::encode(&small), expected.concat());
}
