//! Both forms of discovery over a handful of resources.

use super::*;
use crate::registry::ScalePaths;

/// A custom resource with all verbs and the status subresource.
pub(crate) fn resource(group: &str, version: &str, kind: &str) -> Resource {
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        plural: format!("{}s", kind.to_lowercase()),
        singular: kind.to_lowercase(),
        namespaced: true,
        verbs: vec![
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
        ],
        status_subresource: true,
        custom: group.contains("x-k8s.io"),
        ..Resource::default()
    }
}

fn resources() -> Vec<Arc<Resource>> {
    let deployment = Resource {
        short_names: vec!["md".to_owned()],
        categories: vec!["cluster-api".to_owned()],
        scale: Some(ScalePaths {
            spec_replicas: ".spec.replicas".to_owned(),
            status_replicas: ".status.replicas".to_owned(),
            label_selector: None,
        }),
        ..resource("cluster.x-k8s.io", "v1beta2", "MachineDeployment")
    };
    let namespace = Resource {
        namespaced: false,
        ..resource("", "v1", "Namespace")
    };
    [
        deployment,
        resource("cluster.x-k8s.io", "v1beta1", "MachineDeployment"),
        resource("cluster.x-k8s.io", "v1beta2", "Cluster"),
        resource("apps", "v1", "Deployment"),
        resource("addons.cluster.x-k8s.io", "v1beta2", "ClusterResourceSet"),
        Resource {
            status_subresource: false,
            ..resource("", "v1", "Secret")
        },
        namespace,
    ]
    .map(Arc::new)
    .into()
}

fn strings(value: &Value, pointer: &str) -> Vec<String> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|entry| {
            entry
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        })
        .collect()
}

#[test]
fn groups_are_ordered_and_prefer_the_newest_version() {
    let list = api_group_list(&resources()).body;
    assert_eq!(
        strings(&list["groups"], "/name"),
        ["apps", "addons.cluster.x-k8s.io", "cluster.x-k8s.io"]
    );
    assert_eq!(
        list["groups"][2]["preferredVersion"],
        json!({"groupVersion": "cluster.x-k8s.io/v1beta2", "version": "v1beta2"})
    );
    assert_eq!(api_versions(&resources()).body["versions"], json!(["v1"]));
    let group = api_group(&resources(), "apps").unwrap().body;
    assert_eq!(group["kind"], "APIGroup");
    assert_eq!(
        group["versions"],
        json!([{"groupVersion": "apps/v1", "version": "v1"}])
    );
    assert!(api_group(&resources(), "batch").is_none());
}

#[test]
fn a_resource_list_names_subresources_with_their_kinds() {
    let list = api_resource_list(&resources(), "cluster.x-k8s.io", "v1beta2")
        .unwrap()
        .body;
    assert_eq!(list["groupVersion"], "cluster.x-k8s.io/v1beta2");
    assert_eq!(
        strings(&list["resources"], "/name"),
        [
            "clusters",
            "clusters/status",
            "machinedeployments",
            "machinedeployments/scale",
            "machinedeployments/status"
        ]
    );
    assert_eq!(list["resources"][2]["shortNames"], json!(["md"]));
    assert_eq!(list["resources"][2]["categories"], json!(["cluster-api"]));
    assert_eq!(list["resources"][3]["group"], "autoscaling");
    assert_eq!(list["resources"][3]["kind"], "Scale");
    assert_eq!(list["resources"][0].get("shortNames"), None);
    let core = api_resource_list(&resources(), "", "v1").unwrap().body;
    assert_eq!(
        strings(&core["resources"], "/name"),
        [
            "namespaces",
            "namespaces/finalize",
            "namespaces/status",
            "secrets"
        ]
    );
    assert!(api_resource_list(&resources(), "cluster.x-k8s.io", "v1alpha4").is_none());
}

#[test]
fn the_aggregated_form_says_the_same_as_the_legacy_one() {
    for version in [AggregatedVersion::V2, AggregatedVersion::V2Beta1] {
        let groups = aggregated(&resources(), Root::Groups, version).body;
        assert_eq!(
            strings(&groups["items"], "/metadata/name"),
            ["apps", "addons.cluster.x-k8s.io", "cluster.x-k8s.io"]
        );
        let cluster_api = &groups["items"][2]["versions"];
        assert_eq!(strings(cluster_api, "/version"), ["v1beta2", "v1beta1"]);
        let deployment = &cluster_api[0]["resources"][1];
        assert_eq!(deployment["resource"], "machinedeployments");
        assert_eq!(deployment["scope"], "Namespaced");
        assert_eq!(
            strings(&deployment["subresources"], "/subresource"),
            ["scale", "status"]
        );
        assert_eq!(
            deployment["subresources"][0]["responseKind"],
            json!({"group": "autoscaling", "version": "v1", "kind": "Scale"})
        );
        let core = aggregated(&resources(), Root::Core, version).body;
        assert_eq!(
            strings(&core["items"][0]["versions"][0]["resources"], "/resource"),
            ["namespaces", "secrets"]
        );
        assert_eq!(
            core["items"][0]["versions"][0]["resources"][0]["scope"],
            "Cluster"
        );
    }
}

#[test]
fn the_etag_changes_with_the_content_and_only_then() {
    let before = aggregated(&resources(), Root::Groups, AggregatedVersion::V2);
    let mut more = resources();
    more.reverse();
    assert_eq!(
        aggregated(&more, Root::Groups, AggregatedVersion::V2).etag,
        before.etag
    );
    assert!(before.etag.starts_with('"') && before.etag.ends_with('"') && before.etag.len() == 34);
    more.push(Arc::new(resource("cluster.x-k8s.io", "v1beta2", "Machine")));
    assert_ne!(
        aggregated(&more, Root::Groups, AggregatedVersion::V2).etag,
        before.etag
    );
}
