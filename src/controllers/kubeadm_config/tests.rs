//! Tables of the KubeadmConfig's plan: who waits, who initialises, who joins.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::KubeadmConfig;
use serde_json::{Value, json};

use super::observe::Observed;
use super::plan::plan;
use crate::change::Change;
use crate::samples;

fn observed(config: &Value, machine: &Value, cluster: &Value) -> Observed {
    Observed {
        config: samples::object::<KubeadmConfig>("m", config),
        machine: Some(samples::machine("m", &[], machine)),
        cluster: Some(samples::object("c", cluster)),
        random: 1,
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

/// The Secret's text, or what is waited for.
fn data(observed: &Observed) -> Result<String, String> {
    let outcome = plan(observed);
    for change in &outcome.changes {
        if let Change::CreateSecret(secret) = change {
            let data = secret.data.as_ref().expect("data");
            assert_eq!(data["format"].0, b"cloud-config");
            return Ok(String::from_utf8(data["value"].0.clone()).expect("text"));
        }
    }
    Err(outcome
        .object
        .condition("DataSecretAvailable")
        .map(|told| told.message.clone())
        .unwrap_or_default())
}

#[test]
fn the_first_control_plane_machine_initialises_and_all_others_join() {
    let control_plane = json!({"metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}}});
    let worker = json!({});
    let at = |provisioned: bool, initialized: bool| {
        json!({
            "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
            "status": {"initialization": {
                "infrastructureProvisioned": provisioned, "controlPlaneInitialized": initialized
            }}
        })
    };
    let of = |machine: &Value, cluster: &Value| data(&observed(&json!({}), machine, cluster));
    assert_eq!(
        of(&control_plane, &at(false, false)).unwrap_err(),
        "Waiting for Cluster status.initialization.infrastructureProvisioned to be true"
    );
    assert_eq!(
        of(&worker, &at(true, false)).unwrap_err(),
        "Waiting for Cluster control plane to be initialized"
    );
    let init = of(&control_plane, &at(true, false)).expect("data");
    assert!(
        init.contains("kubeadm init") && init.contains("ClusterConfiguration"),
        "{init}"
    );
    let join = of(&control_plane, &at(true, true)).expect("data");
    assert!(
        join.contains("kubeadm join") && join.contains("controlPlane") && join.contains("192.0.2.1:6443"),
        "{join}"
    );
    let join = of(&worker, &at(true, true)).expect("data");
    assert!(
        join.contains("kubeadm join") && !join.contains("controlPlane"),
        "{join}"
    );
}

#[test]
fn data_is_made_once() {
    let done = json!({"status": {"initialization": {"dataSecretCreated": true}, "dataSecretName": "m"}});
    let initialized = json!({"status": {"initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true}}});
    let mut observed = observed(&done, &json!({}), &initialized);
    let outcome = plan(&observed);
    assert!(outcome.changes.is_empty());
    observed.config = Arc::new(outcome.object);
    assert_eq!(
        plan(&observed).object,
        *observed.config,
        "a second pass changes nothing"
    );
}

#[test]
fn nothing_from_an_object_can_break_out_of_the_cloud_config() {
    let hostile = json!({"spec": {
        "preKubeadmCommands": ["echo \"x\"\nruncmd:\n- rm -rf /"],
        "files": [{"path": "/a\nb: c", "content": "'''\n---\nuser: root"}]
    }});
    let initialized = json!({"status": {"initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true}}});
    let text = data(&observed(&hostile, &json!({}), &initialized)).expect("data");
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| line.ends_with(':') && !line.starts_with(['-', ' ']))
        .collect();
    assert_eq!(keys, ["write_files:", "runcmd:"]);
    assert!(
        text.lines().filter(|line| line.starts_with("- ")).count() >= 3,
        "{text}"
    );
    assert!(
        !text
            .lines()
            .any(|line| line == "---" || line.starts_with("user:")),
        "{text}"
    );
}
