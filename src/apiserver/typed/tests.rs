//! Objects before and after the round trip.

use serde_json::json;

use super::*;

fn trip(group: &str, kind: &str, mut object: Value) -> Result<(Value, Vec<String>), String> {
    let unknown = round_trip(&mut object, types::of(group, "v1", kind).unwrap());
    unknown
        .map(|unknown| (object, unknown))
        .map_err(|error| error.to_string())
}

#[test]
fn unknown_fields_go_and_are_told() {
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "zzz": 1,
        "metadata": {"name": "a", "clusterName": "c", "labels": {"any": "thing"}},
        "spec": {"Replicas": 2, "template": {"spec": {"containers": [{"name": "c"}, {"name": "d", "img": "x", "env": [{"name": "E", "val": 1}]}]}}},
    });
    let (object, unknown) = trip("apps", "Deployment", deployment).unwrap();
    assert_eq!(
        unknown,
        [
            "zzz",
            "metadata.clusterName",
            "spec.Replicas",
            "spec.template.spec.containers[1].img",
            "spec.template.spec.containers[1].env[0].val",
        ]
    );
    assert_eq!(
        object,
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "labels": {"any": "thing"}},
            "spec": {"template": {"spec": {"containers": [{"name": "c"}, {"name": "d", "env": [{"name": "E"}]}]}}},
        })
    );
}

#[test]
fn empty_values_go_where_go_leaves_them_out() {
    let pod = json!({
        "metadata": {"name": "", "labels": {}, "finalizers": [], "annotations": {"a": ""}, "creationTimestamp": null, "deletionGracePeriodSeconds": 0},
        "spec": {"nodeName": "", "hostNetwork": false, "priority": 0, "containers": [{"name": "", "resources": {}, "stdin": false}], "volumes": null, "securityContext": {}},
        "status": {},
    });
    assert_eq!(
        trip("", "Pod", pod).unwrap().0,
        json!({
            "metadata": {"annotations": {"a": ""}, "deletionGracePeriodSeconds": 0},
            "spec": {"priority": 0, "containers": [{"name": "", "resources": {}}], "securityContext": {}},
            "status": {},
        })
    );
    let role = json!({"rules": []});
    assert_eq!(
        trip("rbac.authorization.k8s.io", "Role", role).unwrap().0,
        json!({"rules": []}),
        "a field that Go always writes stays"
    );
}

#[test]
fn wrong_types_are_refused_in_the_words_of_the_decoder() {
    let cases = [
        (
            "apps",
            "Deployment",
            json!({"spec": {"replicas": "2"}}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "apps",
            "Deployment",
            json!({"spec": {"replicas": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "apps",
            "Deployment",
            json!({"spec": {"replicas": 3_000_000_000_u32}}),
            "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "",
            "Pod",
            json!({"spec": {"containers": [{"env": [{"name": "a", "value": 1}]}]}}),
            "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
        ),
        (
            "",
            "Pod",
            json!({"spec": {"containers": {}}}),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            "",
            "Pod",
            json!({"spec": []}),
            "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec",
        ),
        (
            "",
            "ConfigMap",
            json!({"metadata": {"annotations": {"a": true}}}),
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string",
        ),
        (
            "",
            "ConfigMap",
            json!({"data": "x"}),
            "json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string",
        ),
        (
            "",
            "Secret",
            json!({"data": {"a": "YWJ*"}}),
            "illegal base64 data at input byte 3",
        ),
        (
            "",
            "Pod",
            json!({"spec": {"containers": [{"resources": {"limits": {"cpu": "lots"}}}]}}),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
    ];
    for (group, kind, object, expected) in cases {
        assert_eq!(
            trip(group, kind, object.clone()).unwrap_err(),
            expected,
            "{object}"
        );
    }
}

#[test]
fn wrong_types_are_refused_wherever_they_are() {
    for (group, kind, object) in [
        (
            "coordination.k8s.io",
            "Lease",
            json!({"spec": {"renewTime": "yesterday"}}),
        ),
        ("", "Service", json!({"spec": {"ports": [{"targetPort": true}]}})),
        ("", "Pod", json!({"spec": {"hostNetwork": "yes"}})),
        ("", "Pod", json!({"metadata": {"finalizers": [1]}})),
        ("", "Pod", json!({"metadata": 1})),
        ("", "Pod", json!({"kind": 1})),
        (
            "authorization.k8s.io",
            "SubjectAccessReview",
            json!({"spec": {"extra": {"a": "b"}}}),
        ),
    ] {
        assert!(trip(group, kind, object.clone()).is_err(), "{object}");
    }
}

#[test]
fn values_get_their_one_form() {
    let cases = [
        (
            "",
            "Secret",
            json!({"data": {"a": "YWJj\nZGVm\r\n"}}),
            json!({"data": {"a": "YWJjZGVm"}}),
        ),
        (
            "coordination.k8s.io",
            "Lease",
            json!({"spec": {"renewTime": "2026-01-02T03:04:05+01:00"}}),
            json!({"spec": {"renewTime": "2026-01-02T02:04:05.000000Z"}}),
        ),
        (
            "",
            "Event",
            json!({"lastTimestamp": "2026-01-02T03:04:05.678Z", "count": 0}),
            json!({"lastTimestamp": "2026-01-02T03:04:05Z"}),
        ),
        (
            "",
            "Pod",
            json!({"spec": {"overhead": {"cpu": 1, "memory": "1.50Gi", "x": "1e3"}}}),
            json!({"spec": {"overhead": {"cpu": "1", "memory": "1.50Gi", "x": "1e3"}}}),
        ),
        (
            "networking.k8s.io",
            "NetworkPolicy",
            json!({"spec": {"ingress": [{"ports": [{"port": 80}, {"port": "http"}]}]}}),
            json!({"spec": {"ingress": [{"ports": [{"port": 80}, {"port": "http"}]}]}}),
        ),
    ];
    for (group, kind, before, after) in cases {
        assert_eq!(trip(group, kind, before.clone()).unwrap().0, after, "{before}");
    }
}

#[test]
fn schemas_of_definitions_are_types_too() {
    let definition = json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": {
        "type": "object", "bogus": 1, "additionalProperties": true,
        "properties": {"a": {"items": {"type": "string", "bogus": 2}, "default": {"any": [1, null]}, "enum": [1, "b"]}},
    }}}]}});
    let (object, unknown) = trip("apiextensions.k8s.io", "CustomResourceDefinition", definition).unwrap();
    let at = "spec.versions[0].schema.openAPIV3Schema";
    assert_eq!(
        unknown,
        [format!("{at}.bogus"), format!("{at}.properties.a.items.bogus")]
    );
    let schema = &object["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    assert_eq!(schema["properties"]["a"]["default"], json!({"any": [1, null]}));
    assert_eq!(schema["additionalProperties"], json!(true));
    let bad = json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": {"additionalProperties": 1}}}]}});
    assert_eq!(
        trip("apiextensions.k8s.io", "CustomResourceDefinition", bad).unwrap_err(),
        "boolean or JSON schema expected"
    );
}
