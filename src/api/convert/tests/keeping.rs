//! What one version cannot say is kept, and edits made in the other version stand.

use serde_json::{Value, json};

use crate::convert::{ConvertError, NEW_DATA, V1BETA1_DATA, claims, convert};
use crate::kinds::{BOOTSTRAP, CORE, INFRASTRUCTURE};

fn group(kind: &str) -> &'static str {
    match kind {
        "KubeadmConfig" => BOOTSTRAP,
        "DevMachine" => INFRASTRUCTURE,
        _ => CORE,
    }
}

fn made(kind: &str, version: &str, fields: &Value) -> Value {
    let mut object = json!({
        "apiVersion": format!("{}/{version}", group(kind)), "kind": kind,
        "metadata": {"name": "x", "namespace": "fleet"}
    });
    for (name, value) in fields.as_object().expect("fields") {
        object[name] = value.clone();
    }
    object
}

fn to(version: &str, object: &Value) -> Value {
    let kind = object["kind"].as_str().expect("a kind");
    let versions = |_: &str, _: &str| Some("v1beta2".to_owned());
    convert(group(kind), kind, object.clone(), version, &versions).expect("a conversion")
}

fn annotation(object: &Value, name: &str) -> Option<String> {
    object["metadata"]["annotations"]
        .get(name)?
        .as_str()
        .map(str::to_owned)
}

#[test]
fn what_only_the_old_version_says_is_kept_in_our_annotation() {
    let old = made(
        "MachineDeployment",
        "v1beta1",
        &json!({"spec": {
            "clusterName": "prod", "progressDeadlineSeconds": 600, "revisionHistoryLimit": 0,
            "template": {"spec": {"nodeDrainTimeout": "90s", "infrastructureRef": {
                "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DevMachineTemplate", "name": "t"
            }}}
        }}),
    );
    let new = to("v1beta2", &old);
    assert_eq!(
        new["spec"],
        json!({"clusterName": "prod", "template": {"spec": {
            "deletion": {"nodeDrainTimeoutSeconds": 90},
            "infrastructureRef": {
                "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "t"
            }
        }}})
    );
    let kept: Value = serde_json::from_str(&annotation(&new, V1BETA1_DATA).expect("data")).expect("JSON");
    assert_eq!(
        kept,
        json!([
            {"at": ["spec", "progressDeadlineSeconds"], "had": 600},
            {"at": ["spec", "revisionHistoryLimit"], "had": 0},
            {"at": ["spec", "template", "spec", "infrastructureRef", "apiVersion"],
             "had": "infrastructure.cluster.x-k8s.io/v1beta1", "gets": "infrastructure.cluster.x-k8s.io/v1beta2"},
            {"at": ["spec", "template", "spec", "infrastructureRef", "namespace"], "gets": "fleet"},
            {"at": ["spec", "template", "spec", "nodeDrainTimeout"], "had": "90s", "gets": "1m30s"}
        ])
    );
    assert_eq!(to("v1beta1", &new), old);
}

#[test]
fn what_is_kept_does_not_depend_on_the_order_of_fields() {
    let texts = [
        r#"{"spec":{"revisionHistoryLimit":1,"strategy":{"x":{"b":1,"a":{"d":[],"c":2}}},"progressDeadlineSeconds":2}}"#,
        r#"{"spec":{"progressDeadlineSeconds":2,"revisionHistoryLimit":1,"strategy":{"x":{"a":{"c":2,"d":[]},"b":1}}}}"#,
    ];
    let kept = texts.map(|text| {
        let fields: Value = serde_json::from_str(text).expect("JSON");
        annotation(
            &to("v1beta2", &made("MachineDeployment", "v1beta1", &fields)),
            V1BETA1_DATA,
        )
        .expect("data")
    });
    assert_eq!(kept[0], kept[1]);
}

#[test]
fn edits_of_the_new_version_stand() {
    let old = made(
        "MachineDeployment",
        "v1beta1",
        &json!({"spec": {"progressDeadlineSeconds": 600, "template": {"spec": {
            "nodeDrainTimeout": "1.5s", "nodeDeletionTimeout": "90s",
            "infrastructureRef": {"apiVersion": "a.io/v1", "kind": "A", "name": "t", "uid": "7"}
        }}}}),
    );
    let mut new = to("v1beta2", &old);
    let template = &mut new["spec"]["template"]["spec"];
    template["deletion"]["nodeDrainTimeoutSeconds"] = json!(2);
    template["infrastructureRef"]["name"] = json!("u");
    template["infrastructureRef"]["apiGroup"] = json!("b.io");
    let back = to("v1beta1", &new);
    let template = &back["spec"]["template"]["spec"];
    assert_eq!(template["nodeDrainTimeout"], "2s");
    assert_eq!(template["nodeDeletionTimeout"], "90s", "was not edited");
    assert_eq!(template["infrastructureRef"]["name"], "u");
    assert_eq!(template["infrastructureRef"]["apiVersion"], "b.io/v1beta2");
    assert_eq!(back["spec"]["progressDeadlineSeconds"], 600);
    assert_eq!(annotation(&back, V1BETA1_DATA), None);
}

#[test]
fn what_only_the_new_version_says_is_kept_as_upstream_keeps_it() {
    let fields = json!({
        "spec": {"clusterName": "prod", "minReadySeconds": 5},
        "status": {"phase": "Updating", "failureDomain": "a"}
    });
    let new = made("Machine", "v1beta2", &fields);
    let old = to("v1beta1", &new);
    assert_eq!(old["spec"], json!({"clusterName": "prod"}));
    assert_eq!(old["status"], json!({"phase": "Running"}));
    let kept: Value = serde_json::from_str(&annotation(&old, NEW_DATA).expect("data")).expect("JSON");
    assert_eq!(kept, fields);
    assert_eq!(to("v1beta2", &old), new);
}

#[test]
fn edits_of_the_old_version_stand() {
    let new = made(
        "Cluster",
        "v1beta2",
        &json!({
            "spec": {"topology": {"classRef": {"name": "c"}, "workers": {"machineDeployments": [
                {"name": "a", "class": "x", "healthCheck": {"checks": {}}, "replicas": 1},
                {"name": "b", "class": "x", "healthCheck": {"checks": {}}, "replicas": 1}
            ]}}},
            "status": {"failureDomains": [{"name": "z"}, {"name": "a"}]}
        }),
    );
    let mut old = to("v1beta1", &new);
    let workers = &mut old["spec"]["topology"]["workers"]["machineDeployments"];
    // One goes, one is changed, one comes.
    *workers = json!([
        {"name": "c", "class": "x"},
        {"name": "b", "class": "x", "replicas": 7, "machineHealthCheck": {"enable": true}}
    ]);
    old["status"]["failureDomains"]["m"] = json!({});
    let back = to("v1beta2", &old);
    assert_eq!(
        back["spec"]["topology"]["workers"]["machineDeployments"],
        json!([
            {"name": "c", "class": "x"},
            {"name": "b", "class": "x", "replicas": 7, "healthCheck": {"enabled": true, "checks": {}}}
        ])
    );
    let domains = &back["status"]["failureDomains"];
    assert_eq!(
        *domains,
        json!([{"name": "z"}, {"name": "a"}, {"name": "m"}]),
        "in their order"
    );
    assert_eq!(annotation(&back, NEW_DATA), None);
}

#[test]
fn the_order_of_arguments_is_kept_where_some_are_changed() {
    let arguments =
        |configuration: Value| json!({"spec": {"clusterConfiguration": {"apiServer": configuration}}});
    let new = made(
        "KubeadmConfig",
        "v1beta2",
        &arguments(json!({"extraArgs": [{"name": "v", "value": "1"}, {"name": "a", "value": "2"}]})),
    );
    let mut old = to("v1beta1", &new);
    let map = &mut old["spec"]["clusterConfiguration"]["apiServer"]["extraArgs"];
    assert_eq!(*map, json!({"a": "2", "v": "1"}));
    map["a"] = json!("3");
    let back = to("v1beta2", &old);
    assert_eq!(
        back["spec"]["clusterConfiguration"]["apiServer"]["extraArgs"],
        json!([{"name": "v", "value": "1"}, {"name": "a", "value": "3"}])
    );
}

#[test]
fn arguments_of_one_name_come_back_unless_they_are_changed() {
    let new = made(
        "KubeadmConfig",
        "v1beta2",
        &json!({"spec": {"clusterConfiguration": {"scheduler": {"extraArgs": [
            {"name": "v", "value": "1"}, {"name": "v", "value": "2"}, {"name": "w", "value": "3"}
        ]}}}}),
    );
    let mut old = to("v1beta1", &new);
    assert_eq!(to("v1beta2", &old), new);
    let map = &mut old["spec"]["clusterConfiguration"]["scheduler"]["extraArgs"];
    assert_eq!(*map, json!({"v": "2", "w": "3"}), "the last counts");
    map["w"] = json!("4");
    let back = to("v1beta2", &old);
    assert_eq!(
        back["spec"]["clusterConfiguration"]["scheduler"]["extraArgs"],
        json!([{"name": "v", "value": "2"}, {"name": "w", "value": "4"}])
    );
}

#[test]
fn upstreams_own_annotation_is_read() {
    let old = made(
        "Machine",
        "v1beta1",
        &json!({
            "metadata": {"name": "x", "namespace": "fleet", "annotations": {
                "other": "stays",
                NEW_DATA: r#"{"kind":"Machine","apiVersion":"cluster.x-k8s.io/v1beta2","spec":{"clusterName":"prod","minReadySeconds":3},"status":{"phase":"Updating","failureDomain":"a"}}"#
            }},
            "spec": {"clusterName": "prod"},
            "status": {"phase": "Running", "bootstrapReady": true}
        }),
    );
    let new = to("v1beta2", &old);
    assert_eq!(new["spec"], json!({"clusterName": "prod", "minReadySeconds": 3}));
    assert_eq!(
        new["status"],
        json!({
            "phase": "Updating", "failureDomain": "a",
            "initialization": {"bootstrapDataSecretCreated": true}
        })
    );
    assert_eq!(new["metadata"]["annotations"], json!({"other": "stays"}));
}

#[test]
fn annotations_that_cannot_be_read_keep_nothing() {
    for text in [
        "",
        "no JSON",
        "[]",
        "{\"spec\": 7}",
        "{\"spec\":{\"deletion\":{\"nodeDrainTimeoutSeconds\":\"x\"}}}",
    ] {
        let mut old = made("Machine", "v1beta1", &json!({"spec": {"clusterName": "prod"}}));
        old["metadata"]["annotations"] = json!({NEW_DATA: text});
        assert_eq!(
            to("v1beta2", &old)["spec"],
            json!({"clusterName": "prod"}),
            "{text}"
        );
        let mut new = made("Machine", "v1beta2", &json!({"spec": {"clusterName": "prod"}}));
        new["metadata"]["annotations"] = json!({V1BETA1_DATA: text});
        assert_eq!(
            to("v1beta1", &new)["spec"],
            json!({"clusterName": "prod"}),
            "{text}"
        );
    }
}

#[test]
fn what_says_nothing_is_left_out_of_the_new_version() {
    let old = made(
        "Cluster",
        "v1beta1",
        &json!({
            "spec": {
                "controlPlaneEndpoint": {"host": "", "port": 0}, "clusterNetwork": {"pods": {}, "apiServerPort": 0},
                "topology": {"class": "c", "version": "", "controlPlane": {"metadata": {}}, "variables": [{"name": "v", "value": ""}]}
            },
            "status": {}
        }),
    );
    let new = to("v1beta2", &old);
    assert_eq!(
        new["spec"],
        json!({"topology": {"classRef": {"name": "c"}, "variables": [{"name": "v", "value": ""}]}})
    );
    assert_eq!(new.get("status"), None);
    assert_eq!(to("v1beta1", &new), old);
}

#[test]
fn partial_objects_are_converted_as_far_as_they_go() {
    let only_metadata = made("Cluster", "v1beta1", &json!({}));
    assert_eq!(
        to("v1beta2", &only_metadata),
        made("Cluster", "v1beta2", &json!({}))
    );
    let without_metadata = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine",
        "spec": {"infrastructureRef": {"apiVersion": "x.io/v1", "kind": "M", "name": "m"}}
    });
    let new = to("v1beta2", &without_metadata);
    assert_eq!(
        new["spec"]["infrastructureRef"],
        json!({"apiGroup": "x.io", "kind": "M", "name": "m"})
    );
    assert_eq!(to("v1beta1", &new), without_metadata);
}

#[test]
fn a_wrong_value_is_refused_where_it_is_written_differently() {
    let versions = |_: &str, _: &str| None;
    for (kind, fields, at, reason) in [
        (
            "MachineDeployment",
            json!({"spec": {"template": {"spec": {"nodeDrainTimeout": "soon"}}}}),
            "spec.template.spec.nodeDrainTimeout",
            "expected a duration like 10m30s, found \"soon\"",
        ),
        (
            "MachineHealthCheck",
            json!({"spec": {"unhealthyConditions": [{"timeout": "1s"}, {"timeout": 1}]}}),
            "spec.unhealthyConditions.1.timeout",
            "expected a duration like 10m30s, found 1",
        ),
        (
            "Cluster",
            json!({"spec": {"infrastructureRef": "x".repeat(100)}}),
            "spec.infrastructureRef",
            "expected an object, found \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
    ] {
        let object = made(kind, "v1beta1", &fields);
        let error = convert(group(kind), kind, object, "v1beta2", &versions).expect_err(kind);
        let (at, reason) = (at.to_owned(), reason.to_owned());
        assert_eq!(error, ConvertError::Value { at, reason });
    }
    // Elsewhere it is carried.
    let odd = made(
        "Cluster",
        "v1beta1",
        &json!({"spec": {"paused": "yes", "topology": 7}, "status": [1]}),
    );
    let new = to("v1beta2", &odd);
    assert_eq!(new["spec"], json!({"paused": "yes", "topology": 7}));
    assert_eq!(to("v1beta1", &new), odd);
}

#[test]
fn a_reference_of_an_unknown_kind_gets_the_likely_version() {
    let new = made(
        "Machine",
        "v1beta2",
        &json!({"spec": {"infrastructureRef": {"apiGroup": "x.io", "kind": "M", "name": "m"}, "bootstrap": {"configRef": {}}}}),
    );
    let old = convert(CORE, "Machine", new, "v1beta1", &|_, _| None).expect("a conversion");
    assert_eq!(
        old["spec"]["infrastructureRef"],
        json!({"apiVersion": "x.io/v1beta1", "kind": "M", "name": "m", "namespace": "fleet"})
    );
    assert_eq!(
        old["spec"]["bootstrap"],
        json!({"configRef": {}}),
        "which refers to nothing"
    );
}

#[test]
fn kinds_and_versions_that_nobody_knows_are_told() {
    let versions = |_: &str, _: &str| None;
    let told = |group: &str, kind: &str, object: Value, version: &str| {
        convert(group, kind, object, version, &versions)
            .expect_err(kind)
            .to_string()
    };
    assert!(
        !claims(INFRASTRUCTURE, "ByoMachine") && !claims("other.io", "Cluster") && claims(CORE, "Cluster")
    );
    let object = json!({"apiVersion": "a.io/v1", "kind": "A"});
    assert_eq!(
        told("a.io", "A", object.clone(), "v2"),
        "kind A of group a.io is not converted here"
    );
    assert_eq!(
        told("b.io", "A", object, "v2"),
        "apiVersion: expected a version of group b.io, found a.io/v1"
    );
    assert_eq!(
        told(CORE, "Cluster", json!(7), "v1beta2"),
        "apiVersion: expected a version of group cluster.x-k8s.io, found none"
    );
    let cluster = made("Cluster", "v1beta2", &json!({}));
    assert_eq!(
        told(CORE, "Cluster", cluster, "v1alpha4"),
        "kind Cluster has no version v1alpha4"
    );
    let cluster = made("Cluster", "v1alpha4", &json!({}));
    assert_eq!(
        told(CORE, "Cluster", cluster, "v1beta2"),
        "kind Cluster has no version v1alpha4"
    );
}

#[test]
fn an_old_claim_names_its_cluster_by_a_label() {
    const GROUP: &str = "ipam.cluster.x-k8s.io";
    const CLUSTER: &str = "cluster.x-k8s.io/cluster-name";
    let versions = |_: &str, _: &str| None;
    let there = |labels: &Value| {
        let mut new = json!({
            "apiVersion": "ipam.cluster.x-k8s.io/v1beta2", "kind": "IPAddressClaim",
            "metadata": {"name": "x"}, "spec": {"clusterName": "prod"}
        });
        if !labels.is_null() {
            new["metadata"]["labels"] = labels.clone();
        }
        let old = convert(GROUP, "IPAddressClaim", new.clone(), "v1alpha1", &versions).expect("old");
        assert_eq!(old["metadata"]["labels"][CLUSTER], "prod");
        assert_eq!(old["spec"], json!({}));
        let back = convert(GROUP, "IPAddressClaim", old.clone(), "v1beta2", &versions).expect("new");
        assert_eq!(back, new);
        old["metadata"].get("annotations").cloned()
    };
    assert_eq!(
        there(&Value::Null),
        Some(json!({"conversion.cluster.x-k8s.io/cluster-name-label-set": "false"}))
    );
    assert_eq!(there(&json!({CLUSTER: "prod"})), None);
    assert_eq!(
        there(&json!({CLUSTER: "other"})),
        Some(json!({"conversion.fleetui.dev/cluster-name-label": "other"}))
    );
}
