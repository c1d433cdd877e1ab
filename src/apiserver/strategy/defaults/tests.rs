//! What becomes of manifests that leave things out.

use serde_json::{Value, json};

use super::super::complete_as_read;
use crate::registry::builtin;

/// What becomes of an object.
fn completed((group, plural): (&str, &str), mut object: Value) -> Value {
    let resource = builtin::resources().find(|resource| resource.is(group, plural));
    let resource = resource.unwrap_or_else(|| panic!("{plural} are not served"));
    complete_as_read(&resource, &mut object);
    let once = object.clone();
    complete_as_read(&resource, &mut object);
    assert_eq!(object, once, "{plural}: a second time changes something");
    object
}

fn container() -> Value {
    json!({
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "Always",
    })
}

fn pod(containers: &Value) -> Value {
    json!({
        "containers": containers,
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
        "schedulerName": "default-scheduler",
    })
}

#[test]
fn workloads_are_completed() {
    let template = json!({"spec": {"containers": [{}]}});
    let whole = json!({"spec": pod(&json!([container()]))});
    let of = |spec: Value| json!({"metadata": {}, "spec": spec});
    let with_template = |mut spec: Value, template: &Value| {
        spec["template"] = template.clone();
        of(spec)
    };
    for (kind, given, expected) in [
        (
            ("apps", "deployments"),
            json!({}),
            json!({"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}}),
        ),
        (
            ("apps", "deployments"),
            json!({"replicas": 0, "strategy": {"type": "Recreate"}}),
            json!({"replicas": 0, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
                "strategy": {"type": "Recreate"}}),
        ),
        (("apps", "replicasets"), json!({}), json!({"replicas": 1})),
        (
            ("apps", "statefulsets"),
            json!({}),
            json!({"replicas": 1, "revisionHistoryLimit": 10, "podManagementPolicy": "OrderedReady",
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}}),
        ),
        (
            ("apps", "daemonsets"),
            json!({"updateStrategy": {"type": "OnDelete"}}),
            json!({"revisionHistoryLimit": 10, "updateStrategy": {"type": "OnDelete"}}),
        ),
        (
            ("batch", "jobs"),
            json!({"parallelism": 3}),
            json!({"parallelism": 3, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": false,
                "manualSelector": false, "podReplacementPolicy": "TerminatingOrFailed"}),
        ),
    ] {
        let found = completed(kind, with_template(given, &template));
        assert_eq!(found, with_template(expected, &whole), "{kind:?}");
    }
}

#[test]
fn pods_are_completed() {
    let given = json!({"metadata": {}, "spec": {
        "containers": [{
            "image": "registry.example:5000/tool:v1",
            "ports": [{"containerPort": 80}],
            "livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5},
            "resources": {"limits": {"cpu": "1"}},
            "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        }],
        "volumes": [{"name": "a"}, {"name": "b", "secret": {"secretName": "s"}}],
    }});
    let found = completed(("", "pods"), given);
    let container = &found["spec"]["containers"][0];
    assert_eq!(container["imagePullPolicy"], "IfNotPresent");
    assert_eq!(
        container["ports"][0],
        json!({"containerPort": 80, "protocol": "TCP"})
    );
    assert_eq!(
        container["livenessProbe"],
        json!({"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "periodSeconds": 5,
            "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3})
    );
    assert_eq!(container["resources"]["requests"], json!({"cpu": "1"}));
    assert_eq!(container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"], "v1");
    assert_eq!(
        found["spec"]["volumes"],
        json!([{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"secretName": "s", "defaultMode": 420}}])
    );
    assert_eq!(found["spec"]["enableServiceLinks"], true);
    assert_eq!(found["spec"]["serviceAccountName"], "default");
}

#[test]
fn services_are_completed() {
    let of = |spec: Value| completed(("", "services"), json!({"metadata": {}, "spec": spec}))["spec"].clone();
    assert_eq!(
        of(json!({"ports": [{"port": 80}, {"port": 53, "protocol": "UDP", "targetPort": "dns"}]})),
        json!({"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [
            {"port": 80, "protocol": "TCP", "targetPort": 80},
            {"port": 53, "protocol": "UDP", "targetPort": "dns"},
        ]})
    );
    let outside = of(json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP"}));
    assert_eq!(outside["externalTrafficPolicy"], "Cluster");
    assert_eq!(outside["allocateLoadBalancerNodePorts"], true);
    assert_eq!(
        outside["sessionAffinityConfig"],
        json!({"clientIP": {"timeoutSeconds": 10800}})
    );
    assert_eq!(
        of(json!({"type": "ExternalName"})),
        json!({"type": "ExternalName", "sessionAffinity": "None"})
    );
}

#[test]
fn images_are_pulled_always_when_their_name_may_mean_another() {
    for (image, policy) in [
        ("tool", "Always"),
        ("tool:latest", "Always"),
        ("host:5000/tool", "Always"),
        ("tool:v1", "IfNotPresent"),
        ("tool@sha256:00", "IfNotPresent"),
    ] {
        let given = json!({"spec": {"containers": [{"image": image}]}});
        let found = completed(("", "pods"), given);
        assert_eq!(
            found["spec"]["containers"][0]["imagePullPolicy"], policy,
            "{image}"
        );
    }
}

#[test]
fn a_new_job_is_bound_to_its_pods() {
    let job = |selector: &Value, manual: bool| {
        let mut object = json!({
            "metadata": {"name": "j", "uid": "u"},
            "spec": {"selector": selector, "manualSelector": manual, "template": {"metadata": {"labels": {"a": "b"}}}},
        });
        let resource = builtin::resources().find(|resource| resource.is("batch", "jobs"));
        super::complete_new(&resource.unwrap(), &mut object);
        object
    };
    let bound = job(&Value::Null, false);
    let uid = "batch.kubernetes.io/controller-uid";
    assert_eq!(bound["spec"]["selector"], json!({"matchLabels": {uid: "u"}}));
    assert_eq!(
        bound["spec"]["template"]["metadata"]["labels"],
        json!({"a": "b", "batch.kubernetes.io/job-name": "j", "job-name": "j", uid: "u", "controller-uid": "u"})
    );
    assert_eq!(bound["metadata"]["labels"], json!({"a": "b"}));
    let own = json!({"matchLabels": {"x": "y"}});
    assert_eq!(job(&own, true)["spec"]["selector"], own);
}

#[test]
fn others_are_completed() {
    for (kind, given, expected) in [
        (
            ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
            json!({"webhooks": [{"clientConfig": {"service": {"name": "s"}}, "rules": [{"operations": ["*"]}]}]}),
            json!({"webhooks": [{
                "clientConfig": {"service": {"name": "s", "port": 443}},
                "rules": [{"operations": ["*"], "scope": "*"}],
                "failurePolicy": "Fail", "timeoutSeconds": 10, "matchPolicy": "Equivalent",
                "namespaceSelector": {}, "objectSelector": {},
            }]}),
        ),
        (
            ("", "limitranges"),
            json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Gi"}}]}}),
            json!({"spec": {"limits": [{
                "type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Gi"},
                "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2", "memory": "1Gi"},
            }]}}),
        ),
        (
            ("networking.k8s.io", "networkpolicies"),
            json!({"spec": {"egress": [{"ports": [{"port": 1}]}]}}),
            json!({"spec": {"egress": [{"ports": [{"port": 1, "protocol": "TCP"}]}], "policyTypes": ["Ingress", "Egress"]}}),
        ),
        (
            ("storage.k8s.io", "storageclasses"),
            json!({}),
            json!({"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}),
        ),
        (
            ("scheduling.k8s.io", "priorityclasses"),
            json!({"value": 1}),
            json!({"value": 1, "preemptionPolicy": "PreemptLowerPriority"}),
        ),
        (
            ("", "persistentvolumeclaims"),
            json!({"spec": {}}),
            json!({"spec": {"volumeMode": "Filesystem"}}),
        ),
        (
            ("discovery.k8s.io", "endpointslices"),
            json!({"ports": [{"port": 1}]}),
            json!({"ports": [{"port": 1, "name": "", "protocol": "TCP"}]}),
        ),
        (
            ("", "replicationcontrollers"),
            json!({"spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}}}),
            json!({"spec": {"replicas": 1, "selector": {"a": "b"}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod(&json!([]))}}}),
        ),
    ] {
        assert_eq!(completed(kind, given), expected, "{kind:?}");
    }
}
