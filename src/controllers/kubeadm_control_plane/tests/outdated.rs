//! What makes a machine outdated, and what does not.

use serde_json::{Value, json};

use super::*;
use crate::kubeadm_control_plane::outdated::{Form, respects, wished_config};

fn spec() -> Value {
    json!({
        "clusterConfiguration": {"imageRepository": "registry.example"},
        "initConfiguration": {"nodeRegistration": {"name": "first"}},
        "joinConfiguration": {"nodeRegistration": {"name": "other"}},
        "files": [{"path": "/a", "content": "a"}]
    })
}

fn of(wishes: &Value, config: Option<&Value>, machine: &Value) -> Vec<String> {
    let mut whole = json!({"spec": {"kubeadmConfigSpec": spec()}});
    json_patch::merge(&mut whole, wishes);
    let mut member = healthy_with("m", machine);
    member.config = config.map(|config| samples::object("m", &json!({"spec": config})));
    let world = observed(&whole, vec![]);
    respects(&world, &member)
}

#[test]
fn each_respect_has_its_sentence() {
    let nothing = json!({});
    assert_eq!(of(&nothing, None, &nothing), Vec::<String>::new());
    assert_eq!(
        of(&nothing, None, &json!({"spec": {"version": "v1.30.2"}})),
        ["* Version v1.30.2, v1.31.0 required"]
    );
    let after = |time: &str| json!({"spec": {"rollout": {"after": time}}});
    assert_eq!(
        of(&after("2026-08-21T11:30:00Z"), None, &nothing),
        ["* KubeadmControlPlane spec.rolloutAfter expired"]
    );
    assert!(
        of(&after("2026-08-21T10:30:00Z"), None, &nothing).is_empty(),
        "it is younger"
    );
    assert!(
        of(&after("2026-08-22T10:30:00Z"), None, &nothing).is_empty(),
        "not yet"
    );
    let before = json!({"spec": {"rollout": {"before": {"certificatesExpiryDays": 10}}}});
    let ends = |time: &str| json!({"metadata": {"annotations": {"machine.cluster.x-k8s.io/certificates-expiry": time}}});
    assert_eq!(
        of(&before, None, &ends("2026-08-30T12:00:00Z")),
        ["* Certificates will expire soon, rolloutBefore expired"]
    );
    assert!(of(&before, None, &ends("2026-09-01T12:00:00Z")).is_empty());
    assert!(
        of(&nothing, None, &ends("2026-08-30T12:00:00Z")).is_empty(),
        "nobody asked"
    );
}

#[test]
fn what_bootstrap_adds_to_a_configuration_does_not_count() {
    let control_plane = samples::object::<KubeadmControlPlane>(
        "cp",
        &json!({"spec": {"version": "v1.31.0", "kubeadmConfigSpec": spec()}}),
    );
    let form = |form| serde_json::to_value(wished_config(&control_plane, form)).expect("JSON");
    let (init, mut join) = (form(Form::Init), form(Form::Join));
    assert_eq!(init.get("joinConfiguration"), None);
    assert_eq!(join.get("initConfiguration"), None);
    assert_eq!(
        init["clusterConfiguration"]["featureGates"],
        json!({"ControlPlaneKubeletLocalMode": true})
    );
    json_patch::merge(
        &mut join,
        &json!({"joinConfiguration": {"controlPlane": {}, "discovery": {"bootstrapToken": {
            "token": "abcdef.0123456789abcdef", "apiServerEndpoint": "192.0.2.1:6443", "caCertHashes": ["sha256:00"]
        }}}}),
    );
    let nothing = json!({});
    for config in [&init, &join, &spec()] {
        assert!(of(&nothing, Some(config), &nothing).is_empty(), "{config}");
    }
    let changed = [
        json!({"spec": {"kubeadmConfigSpec": {"files": [{"path": "/a", "content": "b"}]}}}),
        json!({"spec": {"kubeadmConfigSpec": {"clusterConfiguration": {"imageRepository": "other"}}}}),
        json!({"spec": {"kubeadmConfigSpec": {"joinConfiguration": {"nodeRegistration": {"name": "new"}}}}}),
    ];
    for wishes in changed {
        assert_eq!(
            of(&wishes, Some(&join), &nothing),
            ["* KubeadmConfig is not up-to-date"],
            "{wishes}"
        );
    }
    let of_init =
        json!({"spec": {"kubeadmConfigSpec": {"initConfiguration": {"nodeRegistration": {"name": "new"}}}}});
    assert!(
        of(&of_init, Some(&join), &nothing).is_empty(),
        "who joined was never told of it"
    );
    assert_eq!(
        of(&of_init, Some(&init), &nothing),
        ["* KubeadmConfig is not up-to-date"]
    );
}

#[test]
fn a_gate_is_set_for_the_versions_that_need_it() {
    let gates = |version: &str, own: &Value| {
        let control_plane = samples::object::<KubeadmControlPlane>(
            "cp",
            &json!({"spec": {"version": version, "kubeadmConfigSpec": {"clusterConfiguration": {"featureGates": own}}}}),
        );
        let config = wished_config(&control_plane, Form::Init).cluster_configuration;
        config
            .and_then(|config| config.get("featureGates").cloned())
            .unwrap_or_default()
    };
    assert_eq!(gates("v1.30.9", &json!({})), json!({}));
    assert_eq!(
        gates("v1.31.0", &json!({})),
        json!({"ControlPlaneKubeletLocalMode": true})
    );
    assert_eq!(gates("v1.36.0", &json!({})), json!({}));
    let own = json!({"ControlPlaneKubeletLocalMode": false});
    assert_eq!(gates("v1.33.0", &own), own);
}
