//! Tables of the K8sInstallerConfig's plan.

use serde_json::{Value, json};

use super::*;
use crate::samples;

fn observed(config: &Value, machine: &Value) -> Observed {
    let mut whole = json!({
        "metadata": {"labels": {"cluster.x-k8s.io/cluster-name": "c"}, "annotations": {names::K8S_VERSION: "v1.31.2"}},
        "spec": {"bundleRepo": "registry.example/k8s", "bundleType": "k8s"}
    });
    json_patch::merge(&mut whole, config);
    let mut on_host =
        json!({"status": {"hostinfo": {"osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"}}});
    json_patch::merge(&mut on_host, machine);
    Observed {
        config: samples::object("m", &whole),
        machine: Some(samples::object("m", &on_host)),
        cluster: Some(samples::cluster()),
        now: samples::now(),
    }
}

fn told(outcome: &Outcome<K8sInstallerConfig>) -> (String, String) {
    let ready = outcome.object.condition("Ready").expect("Ready");
    (ready.reason.to_string(), ready.message.clone())
}

fn made(outcome: &Outcome<K8sInstallerConfig>) -> Option<&Secret> {
    match outcome.changes.as_slice() {
        [] => None,
        [Change::CreateSecret(secret)] => Some(secret),
        other => panic!("more than a Secret: {other:?}"),
    }
}

#[test]
fn scripts_are_made_for_the_host_that_was_taken() {
    let outcome = plan(&observed(&json!({}), &json!({})));
    let secret = made(&outcome).expect("a Secret");
    assert_eq!(secret.metadata.name.as_deref(), Some("m-install"));
    assert_eq!(secret.type_.as_deref(), Some("cluster.x-k8s.io/secret"));
    let data = secret.data.as_ref().expect("data");
    for key in ["install", "uninstall"] {
        let script = String::from_utf8(data[key].0.clone()).expect("text");
        assert!(
            script.contains("'registry.example/k8s/byoh-bundle-ubuntu_22.04.1_x86-64_k8s:v1.31.2'"),
            "{key}"
        );
        assert!(
            script.contains("{{.BundleDownloadPath}}"),
            "{key}: the agent fills it in"
        );
        assert!(!script.contains("@BUNDLE@"), "{key}");
    }
    assert_eq!(outcome.object.status.ready, Some(true));
    let reference = outcome.object.status.installation_secret.as_ref();
    assert_eq!(reference.and_then(|it| it.name.as_deref()), Some("m-install"));
    assert!(outcome.object.metadata.has_finalizer(INSTALLER_FINALIZER));
}

/// Upstream's script fetched its tools from a site of others, turned a firewall on that nobody had turned on, and stopped half way
/// where a module was in use.
#[test]
fn scripts_fetch_nothing_but_the_bundle_and_restore_what_was_there() {
    for word in ["github", "wget", "curl"] {
        assert!(!INSTALL.contains(word) && !UNINSTALL.contains(word), "{word}");
    }
    assert!(
        !UNINSTALL.contains("set -e"),
        "one step that fails does not keep the others from being done"
    );
    let enable = UNINSTALL
        .find("ufw --force enable")
        .expect("the firewall comes back");
    let noted = UNINSTALL
        .find("Status: active")
        .expect("what it was is looked up");
    assert!(noted < enable);
    assert!(
        INSTALL.contains(r#"ufw status | head -n 1 > "$notes/ufw""#),
        "and noted before"
    );
}

#[test]
fn what_cannot_be_installed_is_told() {
    let nothing = json!({});
    let no_host = json!({"status": {"hostinfo": null}});
    let rocky = json!({"status": {"hostinfo": {"osimage": "Rocky Linux 9"}}});
    let cases = [
        (
            nothing.clone(),
            no_host,
            ("WaitingForHost", "Waiting for the ByoMachine to have a host"),
        ),
        (
            nothing,
            rocky,
            ("CannotInstall", "there are no bundles for Rocky Linux 9 on amd64"),
        ),
        (
            json!({"spec": {"bundleType": "rpm"}}),
            json!({}),
            (
                "CannotInstall",
                "spec.bundleType is \"rpm\", and only \"k8s\" is known",
            ),
        ),
        (
            json!({"metadata": {"annotations": {names::K8S_VERSION: "latest"}}}),
            json!({}),
            (
                "CannotInstall",
                "\"latest\" is not a Kubernetes version such as v1.31.2",
            ),
        ),
    ];
    for (config, machine, (reason, message)) in cases {
        let outcome = plan(&observed(&config, &machine));
        assert_eq!(told(&outcome), (reason.to_owned(), message.to_owned()));
        assert!(
            made(&outcome).is_none() && outcome.object.status.ready == Some(false),
            "{reason}"
        );
    }
}

#[test]
fn scripts_are_made_once_and_anew_for_another_host() {
    let done = json!({"status": {"ready": true, "installationSecret": {"name": "m-install"}}});
    assert!(made(&plan(&observed(&done, &json!({})))).is_none());
    let moved = json!({"status": {"attempts": [{"host": "node-1"}], "hostinfo": {"architecture": "arm64"}}});
    let outcome = plan(&observed(&done, &moved));
    let secret = made(&outcome).expect("a Secret");
    assert_eq!(secret.metadata.name.as_deref(), Some("m-install-1"));
    let script = String::from_utf8(secret.data.as_ref().expect("data")["install"].0.clone()).expect("text");
    assert!(script.contains("ubuntu_22.04.1_aarch64"));
}

#[test]
fn it_goes_at_once_but_not_while_it_is_paused() {
    let deleting = json!({"metadata": {"finalizers": [INSTALLER_FINALIZER], "deletionTimestamp": "2026-08-21T11:30:00Z"}});
    let outcome = plan(&observed(&deleting, &json!({})));
    assert!(!outcome.object.metadata.has_finalizer(INSTALLER_FINALIZER));
    let mut paused = deleting;
    paused["metadata"]["annotations"] = json!({"cluster.x-k8s.io/paused": ""});
    assert!(
        plan(&observed(&paused, &json!({})))
            .object
            .metadata
            .has_finalizer(INSTALLER_FINALIZER)
    );
}
