//! What kubectl looks for in the documents.

use super::*;
use crate::discovery::tests::resource;

fn resources() -> Vec<Arc<Resource>> {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "description": "What is wished."}}});
    vec![
        Arc::new(Resource {
            schema: Some(Arc::new(schema)),
            ..resource("cluster.x-k8s.io", "v1beta2", "Machine")
        }),
        Arc::new(resource("", "v1", "Secret")),
        Arc::new(Resource {
            verbs: vec!["create"],
            ..resource("authorization.k8s.io", "v1", "SelfSubjectAccessReview")
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
        let document = group_version(&resources(), group, version).unwrap().body;
        let patch = patch_of(&document, kind).unwrap();
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
        let document = group_version(&resources(), group, version).unwrap().body;
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
    let document = group_version(&resources(), "cluster.x-k8s.io", "v1beta2")
        .unwrap()
        .body;
    let machine = &document["components"]["schemas"]["io.x-k8s.cluster.v1beta2.Machine"];
    assert_eq!(machine["properties"]["spec"]["description"], "What is wished.");
    assert_eq!(machine["x-kubernetes-group-version-kind"][0]["kind"], "Machine");
    let secrets = group_version(&resources(), "", "v1").unwrap().body;
    assert!(
        secrets["components"]["schemas"]
            .get("io.k8s.api.core.v1.Secret")
            .is_some()
    );
}

#[test]
fn the_index_leads_to_each_document_by_its_hash() {
    let index = index(&resources(), "");
    let paths = index["paths"].as_object().unwrap();
    let names: Vec<&String> = paths.keys().collect();
    assert_eq!(
        names,
        [
            "api/v1",
            "apis/authorization.k8s.io/v1",
            "apis/cluster.x-k8s.io/v1beta2"
        ]
    );
    let hash = group_version(&resources(), "", "v1").unwrap().hash;
    assert_eq!(
        paths["api/v1"]["serverRelativeURL"],
        format!("/openapi/v3/api/v1?hash={hash}")
    );
    assert!(group_version(&resources(), "apps", "v1").is_none());
}

#[test]
fn only_verbs_that_work_have_operations() {
    let document = group_version(&resources(), "authorization.k8s.io", "v1")
        .unwrap()
        .body;
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        ["/apis/authorization.k8s.io/v1/namespaces/{namespace}/selfsubjectaccessreviews"]
    );
}
