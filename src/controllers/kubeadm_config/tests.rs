//! Tables of the KubeadmConfig's plan: who waits, who initialises, who joins; and what the data looks like.

mod golden;
mod pools;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::KubeadmConfig;
use fleetui_base::redact::Secret as Redacted;
use serde_json::{Value, json};

use super::lock::Lock;
use super::observe::{Inputs, Observed};
use super::owner::Owner;
use super::plan::plan;
use super::stage::{self, Role, Stage};
use super::token::Token;
use crate::certificates::{Certificates, Found, Purpose, Wanted};
use crate::change::{Change, Outcome, WorkloadWrite};
use crate::object::Object;
use crate::samples;

const TOKEN: &str = "bcdfgh.jklmnpqrstvwxz24";

fn certificates() -> Certificates {
    let wanted = Wanted::of(None);
    let pair = |purpose| Found::There(wanted.make_for_tests(purpose, samples::now()));
    Certificates {
        found: wanted
            .purposes()
            .into_iter()
            .map(|purpose| (purpose, pair(purpose)))
            .collect(),
        cluster: "c".to_owned(),
        of_machines: Vec::new(),
    }
}

fn inputs(role: Role) -> Inputs {
    Inputs {
        role,
        lock: Lock::Mine,
        certificates: certificates(),
        contents: BTreeMap::new(),
        control_plane_version: Some("v1.31.0".to_owned()),
        new_token: Redacted::new(TOKEN.to_owned()),
        cluster_answers: true,
        present: None,
    }
}

fn observed(config: &Value, machine: &Value, cluster: &Value) -> Observed {
    let config = samples::object::<KubeadmConfig>("m", config);
    let owner = Owner::Machine(samples::machine("m", &[], machine));
    observed_for(config, owner, cluster)
}

fn observed_for(config: Arc<Object<KubeadmConfig>>, owner: Owner, cluster: &Value) -> Observed {
    let cluster = samples::object("c", cluster);
    let stage = stage::of(&config, Some(&owner), Some(&cluster));
    Observed {
        config,
        inputs: match stage {
            Stage::Makes(role) => Some(inputs(role)),
            _ => None,
        },
        owner: Some(owner),
        cluster: Some(cluster),
        stage,
        token: Token::Unneeded,
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

fn cluster(provisioned: bool, initialized: bool) -> Value {
    json!({
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
        "status": {"initialization": {
            "infrastructureProvisioned": provisioned, "controlPlaneInitialized": initialized
        }}
    })
}

fn control_plane() -> Value {
    json!({"metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}}, "status": {"nodeRef": null}})
}

fn worker() -> Value {
    json!({"status": {"nodeRef": null}})
}

/// The Secret's text, or what is waited for.
fn data(outcome: &Outcome<KubeadmConfig>) -> Result<String, String> {
    for change in &outcome.changes {
        if let Change::CreateSecret(secret) = change
            && let Some(value) = secret.data.as_ref().and_then(|data| data.get("value"))
        {
            assert_eq!(secret.metadata.name.as_deref(), Some("m"));
            assert_eq!(secret.type_.as_deref(), Some("cluster.x-k8s.io/secret"));
            return Ok(String::from_utf8(value.0.clone()).expect("text"));
        }
    }
    Err(message(&outcome.object))
}

fn message(config: &Object<KubeadmConfig>) -> String {
    config
        .condition("DataSecretAvailable")
        .map(|told| told.message.clone())
        .unwrap_or_default()
}

/// Type, status, severity and reason of the conditions of the older model.
fn older(outcome: &Outcome<KubeadmConfig>) -> Vec<(String, String, String, String)> {
    let older = outcome
        .object
        .status
        .deprecated
        .as_ref()
        .and_then(|older| older.v1beta1.as_ref());
    older
        .iter()
        .flat_map(|older| &older.conditions)
        .map(|told| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            (
                told.kind.clone(),
                told.status.clone(),
                text(&told.severity),
                text(&told.reason),
            )
        })
        .collect()
}

fn tokens_made(outcome: &Outcome<KubeadmConfig>) -> usize {
    let is_token = |change: &&Change| matches!(change, Change::Workload { write: WorkloadWrite::Create { resource, .. }, .. } if resource.kind == "Secret");
    outcome.changes.iter().filter(is_token).count()
}

#[test]
fn the_first_control_plane_machine_initialises_and_all_others_join() {
    let of = |machine: &Value, cluster: &Value| plan(&observed(&json!({}), machine, cluster));
    let waiting = of(&control_plane(), &cluster(false, false));
    assert_eq!(
        data(&waiting).unwrap_err(),
        "Waiting for Cluster status.initialization.infrastructureProvisioned to be true"
    );
    let row = |kind: &str, severity: &str, reason: &str| {
        (
            kind.to_owned(),
            "False".to_owned(),
            severity.to_owned(),
            reason.to_owned(),
        )
    };
    assert_eq!(
        older(&waiting),
        ["Ready", "DataSecretAvailable"].map(|kind| row(kind, "Info", "WaitingForClusterInfrastructure"))
    );
    let waiting = of(&worker(), &cluster(true, false));
    assert_eq!(
        data(&waiting).unwrap_err(),
        "Waiting for Cluster control plane to be initialized"
    );
    assert_eq!(
        older(&waiting)[1],
        row("DataSecretAvailable", "Info", "WaitingForControlPlaneAvailable")
    );

    let init = of(&control_plane(), &cluster(true, false));
    let text = data(&init).expect("data");
    assert!(
        text.contains("kubeadm init --config /run/kubeadm/kubeadm.yaml && echo success > "),
        "{text}"
    );
    assert_eq!(tokens_made(&init), 0);
    assert!(init.object.is_true("Ready") && init.object.is_true("CertificatesAvailable"));

    for (machine, is_control_plane) in [(control_plane(), true), (worker(), false)] {
        let join = of(&machine, &cluster(true, true));
        let text = data(&join).expect("data");
        assert!(
            text.contains("kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml"),
            "{text}"
        );
        assert_eq!(text.contains("/etc/kubernetes/pki/ca.key"), is_control_plane);
        assert_eq!(
            text.contains("node.cluster.x-k8s.io/uninitialized"),
            !is_control_plane
        );
        assert_eq!(tokens_made(&join), 1);
        let discovery =
            &join.object.spec.join_configuration.as_ref().expect("it is told")["discovery"]["bootstrapToken"];
        assert_eq!(discovery["token"], TOKEN);
        assert_eq!(discovery["apiServerEndpoint"], "192.0.2.1:6443");
        let pin = discovery["caCertHashes"][0].as_str().expect("a pin");
        assert!(pin.starts_with("sha256:") && text.contains(pin), "{text}");
        assert_eq!(join.requeue, Some(Duration::from_mins(5)));
    }
}

#[test]
fn data_is_made_once_and_its_token_kept_alive_until_the_node_is_there() {
    let mut world = observed(&json!({}), &worker(), &cluster(true, true));
    let outcome = plan(&world);
    assert!(!outcome.changes.is_empty());
    world.config = Arc::new(outcome.object);
    world.stage = stage::of(&world.config, world.owner.as_ref(), world.cluster.as_deref());
    world.inputs = None;
    assert_eq!(world.stage, Stage::Made);
    world.token = Token::Ends(samples::now() + jiff::SignedDuration::from_mins(14));
    let again = plan(&world);
    assert_eq!(again.object, *world.config, "a second pass changes nothing");
    assert!(again.changes.is_empty());
    assert_eq!(again.requeue, Some(Duration::from_mins(5)));
    world.token = Token::Gone;
    assert_eq!(tokens_made(&plan(&world)), 1);
    world.owner = Some(Owner::Machine(samples::machine("m", &[], &json!({}))));
    world.token = Token::Unneeded;
    let joined = plan(&world);
    assert_eq!((joined.changes.len(), joined.requeue), (0, None), "it has joined");
}

#[test]
fn only_who_has_the_lock_initialises() {
    let mut world = observed(&json!({}), &control_plane(), &cluster(true, false));
    world.inputs.as_mut().expect("inputs").lock = Lock::HeldBy("other".to_owned());
    let outcome = plan(&world);
    assert_eq!(
        data(&outcome).unwrap_err(),
        "Waiting for Cluster control plane to be initialized"
    );
    assert_eq!(outcome.requeue, Some(Duration::from_secs(30)));
}

#[test]
fn a_wrong_secret_and_a_missing_content_are_told() {
    let mut world = observed(&json!({}), &control_plane(), &cluster(true, true));
    let found = Found::Corrupt("it is nonsense".to_owned());
    let all = &mut world.inputs.as_mut().expect("inputs").certificates.found;
    all.insert(Purpose::Cluster, found);
    let outcome = plan(&world);
    assert_eq!(
        data(&outcome).unwrap_err(),
        "Secret c-ca cannot be used: it is nonsense"
    );
    let told = outcome
        .object
        .condition("CertificatesAvailable")
        .expect("it is told");
    assert_eq!(
        (told.status.as_str(), told.reason.as_str(), told.message.as_str()),
        (
            "Unknown",
            "InternalError",
            "Please check controller logs for errors"
        )
    );
    assert!(outcome.object.is_false("Ready"));
    let older = older(&outcome);
    assert_eq!(
        older[0].3, "CertificatesCorrupted",
        "the worst is told of Ready: {older:?}"
    );
    assert_eq!(outcome.object.spec, world.config.spec, "nothing was prepared");

    let config =
        json!({"spec": {"files": [{"path": "/a", "contentFrom": {"secret": {"name": "s", "key": "k"}}}]}});
    let mut world = observed(&config, &worker(), &cluster(true, true));
    let contents = &mut world.inputs.as_mut().expect("inputs").contents;
    contents.insert(
        ("s".to_owned(), "k".to_owned()),
        Err("Secret s does not exist".to_owned()),
    );
    let outcome = plan(&world);
    assert_eq!(data(&outcome).unwrap_err(), "File /a: Secret s does not exist");
    let contents = &mut world.inputs.as_mut().expect("inputs").contents;
    contents.insert(
        ("s".to_owned(), "k".to_owned()),
        Ok(Redacted::new("from a Secret".to_owned())),
    );
    assert!(data(&plan(&world)).expect("data").contains("from a Secret"));
}

#[test]
fn what_cannot_be_done_now_is_told_and_tried_again() {
    let mut world = observed(&json!({}), &worker(), &cluster(true, true));
    world.inputs.as_mut().expect("inputs").cluster_answers = false;
    let outcome = plan(&world);
    assert_eq!(
        data(&outcome).unwrap_err(),
        "Waiting for the workload cluster to take a bootstrap token"
    );
    assert_eq!(outcome.object.spec, world.config.spec);
    assert_eq!(outcome.requeue, Some(Duration::from_secs(15)));

    let ignition = observed(
        &json!({"spec": {"format": "ignition"}}),
        &worker(),
        &cluster(true, true),
    );
    assert_eq!(
        data(&plan(&ignition)).unwrap_err(),
        "Bootstrap data in the format ignition cannot be made here; only cloud-config can"
    );
    let nowhere = json!({"status": {"initialization": {"infrastructureProvisioned": true}}});
    let nowhere = observed(&json!({}), &control_plane(), &nowhere);
    assert_eq!(
        data(&plan(&nowhere)).unwrap_err(),
        "Waiting for Cluster spec.controlPlaneEndpoint to be set"
    );
}

#[test]
fn a_secret_that_was_left_behind_is_overwritten() {
    let mut world = observed(&json!({}), &control_plane(), &cluster(true, false));
    let left: k8s_openapi::api::core::v1::Secret =
        serde_json::from_value(json!({"metadata": {"name": "m", "resourceVersion": "9"}})).expect("a Secret");
    world.inputs.as_mut().expect("inputs").present = Some(Box::new(left));
    let changes = plan(&world).changes;
    let [Change::PatchSecret { name, version, patch }] = changes.as_slice() else {
        panic!("not overwritten");
    };
    assert_eq!(
        (name.to_string().as_str(), version.as_deref()),
        ("default/m", Some("9"))
    );
    assert_eq!(patch["metadata"]["ownerReferences"][0]["kind"], "KubeadmConfig");
    assert!(patch["data"]["value"].is_string());
}

#[test]
fn a_discovery_by_file_needs_no_token() {
    let config = json!({"spec": {"joinConfiguration": {"discovery": {"file": {
        "kubeConfigPath": "/etc/discovery.conf",
        "kubeConfig": {"user": {"exec": {"command": "/bin/token", "apiVersion": "client.authentication.k8s.io/v1"}}}
    }}}}});
    let outcome = plan(&observed(&config, &worker(), &cluster(true, true)));
    let text = data(&outcome).expect("data");
    assert_eq!(tokens_made(&outcome), 0);
    let cloud: Value = serde_yaml::from_str(&text).expect("YAML");
    let file = |path: &str| -> Value {
        let files = cloud["write_files"].as_array().expect("files");
        let file = files.iter().find(|file| file["path"] == path).expect(path);
        serde_yaml::from_str(file["content"].as_str().expect("text")).expect("YAML")
    };
    let kubeconfig = file("/etc/discovery.conf");
    assert_eq!(
        kubeconfig["clusters"][0]["cluster"]["server"],
        "https://192.0.2.1:6443"
    );
    assert!(kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"].is_string());
    assert_eq!(kubeconfig["users"][0]["user"]["exec"]["command"], "/bin/token");
    let join = file("/run/kubeadm/kubeadm-join-config.yaml");
    assert_eq!(
        join["discovery"],
        json!({"file": {"kubeConfigPath": "/etc/discovery.conf"}})
    );
}
