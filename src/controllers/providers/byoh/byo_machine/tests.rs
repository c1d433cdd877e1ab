//! Tables of the ByoMachine's plan: what it waits for, how it takes a host, what becomes of it, and how it gives it back.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::byoh::names::{self, MACHINE_FINALIZER};
use fleetui_api::byoh::{ByoCluster, K8sInstallerConfig};
use fleetui_api::labels;
use k8s_openapi::api::core::v1::Node;
use serde_json::{Value, json};

use super::super::PoolHost;
use super::observe::{Installer, Observed};
use super::plan::{Plan, plan};
use crate::change::{Change, WorkloadWrite};
use crate::connection::Reach;
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::samples;
use crate::settings::HostSettings;

/// A host that was heard so many seconds ago.
fn host(name: &str, more: &Value, heard: i64) -> PoolHost {
    let mut whole = json!({"status": {
        "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
        "network": [
            {"macAddr": "02:00:00:00:00:02", "isDefault": false, "ipAddrs": ["10.0.0.5/8", "fe80::1/64"]},
            {"macAddr": "02:00:00:00:00:01", "isDefault": true, "ipAddrs": ["192.0.2.11/24"]}
        ]
    }});
    json_patch::merge(&mut whole, more);
    PoolHost {
        object: samples::object(name, &whole),
        heard: samples::now()
            .checked_sub(jiff::SignedDuration::from_secs(heard))
            .ok(),
    }
}

/// The host `node-1` as this machine's, and whatever `more` says.
fn taken(more: &Value) -> PoolHost {
    let reference = json!({"name": "m", "namespace": "default", "uid": "uid-m"});
    let mut whole = json!({
        "metadata": {"labels": {labels::CLUSTER_NAME: "c", names::MACHINE_LABEL: "default.m"}},
        "spec": {"claimRef": reference, "providerID": "byoh://node-1/abcdef", "bootstrapSecret": {"name": "data"}},
        "status": {"machineRef": reference}
    });
    json_patch::merge(&mut whole, more);
    host("node-1", &whole, 5)
}

fn observed(machine: &Value, host: Option<PoolHost>, pool: Vec<PoolHost>) -> Observed {
    let owner = json!({
        "metadata": {"labels": {labels::DEPLOYMENT_NAME: "md-0"}},
        "spec": {"version": "v1.31.2+build.1", "bootstrap": {"dataSecretName": "data"}}, "status": {"nodeRef": null}
    });
    let infrastructure: Arc<Object<ByoCluster>> = samples::object(
        "c",
        &json!({"spec": {"bundleLookupBaseRegistry": "registry.example"}}),
    );
    Observed {
        machine: samples::object("m", machine),
        owner: Some(samples::machine("m", &[], &owner)),
        cluster: Some(samples::cluster()),
        infrastructure: Some(infrastructure),
        host,
        former: None,
        control_plane: Vec::new(),
        surplus: Vec::new(),
        pool,
        being_taken: Vec::new(),
        installer: Installer::NotWished,
        reach: Reach {
            last_success: Some(samples::now()),
            listed: true,
            ..Reach::default()
        },
        node: None,
        settings: HostSettings::default(),
        now: samples::now(),
        recheck: Duration::from_secs(10),
    }
}

fn told(plan: &Plan) -> (String, String) {
    let ready = plan
        .outcome
        .object
        .condition(names::HOST_READY)
        .expect("BYOHostReady");
    (ready.reason.to_string(), ready.message.clone())
}

fn reason(plan: &Plan) -> String {
    told(plan).0
}

/// The only patch of a host's metadata and spec.
fn host_patch(plan: &Plan) -> (&Option<String>, &Value) {
    match plan.outcome.changes.as_slice() {
        [Change::Patch { version, patch, .. }] => (version, patch),
        other => panic!("not one patch: {other:?}"),
    }
}

fn events(plan: &Plan) -> Vec<&'static str> {
    plan.happenings.iter().map(|happening| happening.reason).collect()
}

fn meaning(host: &str) -> Value {
    json!({"status": {"hostRef": {"name": host}}})
}

#[test]
fn it_waits_for_its_machine_its_cluster_and_its_data() {
    let free = || vec![host("node-1", &json!({}), 5)];
    let mut lonely = observed(&json!({}), None, free());
    lonely.owner = None;
    let mut early = observed(&json!({}), None, free());
    early.cluster = Some(samples::object("c", &json!({})));
    let mut without_data = observed(&json!({}), None, free());
    without_data.owner = Some(samples::machine("m", &[], &json!({})));
    let paused = json!({"metadata": {"annotations": {labels::PAUSED: ""}}});
    let cases = [
        (lonely, "WaitingForClusterInfrastructure"),
        (early, "WaitingForClusterInfrastructure"),
        (without_data, "WaitingForBootstrapDataSecret"),
        (observed(&paused, None, free()), "ClusterOrResourcePaused"),
        (observed(&json!({}), None, Vec::new()), "BYOHostsUnavailable"),
    ];
    for (observed, expected) in cases {
        let plan = plan(&observed);
        assert_eq!(reason(&plan), expected);
        assert_eq!(plan.takes, None, "{expected}");
        let old = plan
            .outcome
            .object
            .status
            .conditions
            .iter()
            .find(|old| old.kind == "Ready")
            .expect("Ready");
        assert_eq!(
            old.reason.as_deref(),
            Some(expected),
            "the old model says the same"
        );
    }
}

/// Upstream took the first host of any namespace without a lock, and wrote labels and reference apart.
#[test]
fn a_host_is_meant_first_and_then_taken_in_one_write_at_its_version() {
    let pool = || vec![host("node-2", &json!({}), 5), host("node-1", &json!({}), 5)];
    let first = plan(&observed(&json!({}), None, pool()));
    assert_eq!(first.takes.as_deref(), Some("node-1"));
    assert!(
        first.outcome.changes.is_empty(),
        "nothing before the machine itself says so"
    );
    let meant = first
        .outcome
        .object
        .status
        .host_ref
        .as_ref()
        .and_then(|host| host.name.as_deref());
    assert_eq!(meant, Some("node-1"));
    assert!(first.outcome.object.metadata.has_finalizer(MACHINE_FINALIZER));

    let second = plan(&observed(&meaning("node-2"), None, pool()));
    let (version, patch) = host_patch(&second);
    assert_eq!(
        version.as_deref(),
        Some("1"),
        "somebody who was quicker is noticed"
    );
    assert_eq!(
        patch["metadata"]["labels"],
        json!({labels::CLUSTER_NAME: "c", names::MACHINE_LABEL: "default.m"})
    );
    assert_eq!(
        patch["metadata"]["annotations"],
        json!({
            names::ENDPOINT_IP: "192.0.2.1", names::K8S_VERSION: "v1.31.2",
            names::BUNDLE_REGISTRY: "registry.example", names::SERVED: "c/md-0"
        })
    );
    assert_eq!(patch["spec"]["claimRef"]["uid"], "uid-m");
    assert_eq!(patch["spec"]["bootstrapSecret"]["name"], "data");
    let provider_id = patch["spec"]["providerID"].as_str().expect("an identity");
    assert!(fleetui_rules::hosts::is_provider_id_of(provider_id, "node-2"));
    assert_eq!(
        events(&second),
        ["ByoHostAttachSucceeded", "ByoHostAttachSucceeded"]
    );

    let taken_meanwhile = host(
        "node-2",
        &json!({"metadata": {"labels": {labels::CLUSTER_NAME: "other"}}}),
        5,
    );
    let third = plan(&observed(
        &meaning("node-2"),
        None,
        vec![taken_meanwhile, host("node-1", &json!({}), 5)],
    ));
    assert_eq!(third.takes.as_deref(), Some("node-1"), "another one");
    assert!(third.outcome.changes.is_empty());
}

/// Upstream looked at labels alone.
#[test]
fn hosts_that_are_lost_held_back_paused_or_busy_are_not_taken() {
    let busy = json!({"metadata": {"annotations": {names::UNREGISTERING: ""}}});
    let paused = json!({"metadata": {"annotations": {labels::PAUSED: ""}}});
    let failed = json!({"status": {"quarantine": {"failures": 3, "since": "2026-08-21T11:00:00Z"}}});
    let cordoned = json!({"spec": {"unclaimable": true}});
    // Forgotten while its agent was away: its node would be taken for the new machine's.
    let dirty = json!({"status": {"conditions": [
        {"type": UP, "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z"}
    ]}});
    let pool = vec![
        host("a", &busy, 5),
        host("b", &paused, 5),
        host("c", &failed, 5),
        host("d", &cordoned, 5),
        host("e", &json!({}), 121),
        host("f", &dirty, 5),
    ];
    let plan = plan(&observed(&json!({}), None, pool));
    let expected = "0/6 hosts can be taken: 1 paused, 1 being reset, 1 not clean, 1 disconnected, 1 cordoned, 1 quarantined";
    assert_eq!(
        told(&plan),
        ("BYOHostsUnavailable".to_owned(), expected.to_owned())
    );
    assert_eq!(events(&plan), ["ByoHostSelectionFailed"]);
    assert_eq!(plan.outcome.requeue, Some(Duration::from_secs(10)));
}

/// Upstream found out on the host that there are no bundles for it.
#[test]
fn a_version_that_a_host_cannot_run_is_a_reason_not_to_take_it() {
    let rocky = host(
        "node-1",
        &json!({"status": {"hostinfo": {"osimage": "Rocky Linux 9"}}}),
        5,
    );
    let mut observed = observed(
        &json!({"spec": {"installerRef": {"name": "t"}}}),
        None,
        vec![rocky],
    );
    observed.installer = Installer::Missing("t".to_owned());
    let plan = plan(&observed);
    assert_eq!(
        told(&plan).1,
        "0/1 hosts can be taken: 1 that cannot install the version"
    );
}

/// Upstream knew one release of one distribution; all others were told to skip the installation, and leaked.
#[test]
fn hosts_of_other_systems_are_taken() {
    let rocky = |more: Value| {
        let mut whole = json!({"status": {"hostinfo": {"osimage": "Rocky Linux 9"}}});
        json_patch::merge(&mut whole, &more);
        vec![host("node-1", &whole, 5)]
    };
    let brings_its_own = observed(&json!({}), None, rocky(json!({})));
    assert_eq!(plan(&brings_its_own).takes.as_deref(), Some("node-1"));
    let can = json!({"status": {"installableVersions": ["v1.31"]}});
    let mut installs = observed(
        &json!({"spec": {"installerRef": {"name": "t"}}}),
        None,
        rocky(can),
    );
    installs.installer = Installer::Missing("t".to_owned());
    assert_eq!(plan(&installs).takes.as_deref(), Some("node-1"));
}

/// Upstream left a host that was labelled and had no reference idle for ever.
#[test]
fn what_is_half_taken_is_made_whole() {
    let without_reference = plan(&observed(
        &meaning("node-1"),
        Some(taken(&json!({"status": {"machineRef": null}}))),
        vec![],
    ));
    match without_reference.outcome.changes.as_slice() {
        [Change::PatchStatus { version, patch, .. }] => {
            assert_eq!(version.as_deref(), Some("1"));
            assert_eq!(patch["status"]["machineRef"]["uid"], "uid-m");
        }
        other => panic!("{other:?}"),
    }
    let without_labels = taken(&json!({"metadata": {"labels": null}}));
    let repaired = plan(&observed(&meaning("node-1"), Some(without_labels), vec![]));
    assert_eq!(
        host_patch(&repaired).1["metadata"]["labels"][names::MACHINE_LABEL],
        "default.m"
    );
    let whole = plan(&observed(&meaning("node-1"), Some(taken(&json!({}))), vec![]));
    assert!(whole.outcome.changes.is_empty(), "{:?}", whole.outcome.changes);
}

#[test]
fn a_second_host_is_given_back() {
    let mut observed = observed(&meaning("node-1"), Some(taken(&json!({}))), vec![]);
    observed.surplus = vec![host("node-2", &json!({}), 5)];
    let plan = plan(&observed);
    let (_, patch) = host_patch(&plan);
    assert_eq!(patch["metadata"]["annotations"][names::UNREGISTERING], "");
}

#[test]
fn the_host_gets_its_scripts_once_they_fit_it() {
    let config = |status: Value| -> Arc<Object<K8sInstallerConfig>> {
        samples::object("m", &json!({"status": status}))
    };
    let ready =
        |name: &str| json!({"ready": true, "installationSecret": {"name": name, "namespace": "default"}});
    let cases = [
        (
            Installer::Missing("Template t".to_owned()),
            json!({}),
            "InstallationSecretNotAvailable",
            None,
        ),
        (
            Installer::Present(config(json!({"ready": false}))),
            json!({}),
            "InstallationSecretNotAvailable",
            None,
        ),
        (
            Installer::Present(config(ready("m-install"))),
            json!({}),
            "WaitingForNode",
            Some("m-install"),
        ),
        (
            Installer::Present(config(ready("m-install"))),
            json!({"status": {"attempts": [{"host": "node-9"}]}}),
            "InstallationSecretNotAvailable",
            None,
        ),
        (Installer::NotWished, json!({}), "WaitingForNode", None),
    ];
    for (installer, more, expected, secret) in cases {
        let mut machine = meaning("node-1");
        json_patch::merge(&mut machine, &more);
        let mut observed = observed(&machine, Some(taken(&json!({}))), vec![]);
        observed.installer = installer;
        let plan = plan(&observed);
        assert_eq!(reason(&plan), expected);
        let given = match plan.outcome.changes.as_slice() {
            [Change::Patch { patch, .. }] => patch["spec"]["installationSecret"]["name"].as_str(),
            _ => None,
        };
        assert_eq!(given, secret);
    }
}

/// The agent waited for scripts that nobody would ever make, and the machine said that the host would begin.
#[test]
fn a_host_that_waits_for_scripts_which_nobody_makes_is_told_of() {
    let waiting = json!({"status": {"conditions": [{
        "type": "K8sComponentsInstallationSucceeded", "status": "False", "severity": "Info",
        "reason": "K8sInstallationSecretUnavailable", "lastTransitionTime": "2026-08-21T11:00:00Z"
    }]}});
    let in_vain = observed(&meaning("node-1"), Some(taken(&waiting)), vec![]);
    let (reason, message) = told(&plan(&in_vain));
    assert_eq!(reason, "WaitingForNode");
    assert!(
        message.contains("spec.installerRef") && message.contains("--skip-installation"),
        "{message}"
    );
    let begins = observed(&meaning("node-1"), Some(taken(&json!({}))), vec![]);
    assert_eq!(told(&plan(&begins)).1, "Waiting for host node-1 to begin");
}

const UP: &str = "K8sNodeBootstrapSucceeded";

fn up(more: &Value) -> PoolHost {
    let mut whole = json!({"status": {"conditions": [
        {"type": UP, "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z"}
    ]}});
    json_patch::merge(&mut whole, more);
    taken(&whole)
}

fn node(provider_id: &str) -> Arc<Node> {
    let node = json!({"metadata": {"name": "node-1"}, "spec": {"providerID": provider_id}});
    Arc::new(serde_json::from_value(node).expect("a Node"))
}

/// Upstream's manager had to reach every workload cluster to name its nodes.
#[test]
fn a_host_that_names_its_node_itself_needs_no_way_into_the_workload_cluster() {
    let mut observed = observed(
        &meaning("node-1"),
        Some(up(&json!({"status": {"providerID": "byoh://node-1/abcdef"}}))),
        vec![],
    );
    observed.reach = Reach::default();
    let plan = plan(&observed);
    let object = &plan.outcome.object;
    assert_eq!(object.spec.provider_id.as_deref(), Some("byoh://node-1/abcdef"));
    assert_eq!(object.status.ready, Some(true));
    assert_eq!(
        object
            .status
            .initialization
            .as_ref()
            .and_then(|it| it.provisioned),
        Some(true)
    );
    assert!(object.is_true("Ready") && object.is_true(names::HOST_READY));
    assert_eq!(events(&plan), ["NodeProvisionedSucceeded"]);
    let addresses: Vec<&str> = object
        .status
        .addresses
        .iter()
        .map(|it| it.address.as_str())
        .collect();
    assert_eq!(
        addresses,
        ["node-1", "192.0.2.11", "10.0.0.5"],
        "the default route's first, none of one link only"
    );
}

#[test]
fn upstreams_agent_has_its_node_named_by_the_manager() {
    let cases = [
        (None, "WaitingForNode", false, None),
        (Some(node("")), "WaitingForNode", true, None),
        (
            Some(node("byoh://node-1/earlier")),
            "Ready",
            false,
            Some("byoh://node-1/earlier"),
        ),
        (Some(node("byoh://node-11/x")), "ProviderIDMismatch", false, None),
    ];
    for (node, expected, names_it, provider_id) in cases {
        let mut observed = observed(&meaning("node-1"), Some(up(&json!({}))), vec![]);
        observed.node = node;
        let plan = plan(&observed);
        assert_eq!(reason(&plan), expected);
        assert_eq!(plan.outcome.object.spec.provider_id.as_deref(), provider_id);
        let named = plan.outcome.changes.iter().any(|change| {
            matches!(change, Change::Workload { write: WorkloadWrite::Patch { patch, .. }, .. }
                if patch["spec"]["providerID"] == "byoh://node-1/abcdef")
        });
        assert_eq!(named, names_it, "{expected}");
    }
}

fn failed(uid: &str) -> Value {
    json!({"status": {"quarantine": {"failures": 1, "since": "2026-08-21T11:59:00Z", "failure": {
        "step": "bootstrap", "command": "kubeadm join", "exitStatus": 1, "lastLines": ["no route to host"], "machineUID": uid
    }}}})
}

/// Upstream's agent tried again for ever on the same host.
#[test]
fn a_machine_leaves_a_host_that_failed_and_gives_up_after_some() {
    let plan_of = |machine: &Value, host| {
        plan(&observed(
            machine,
            host,
            vec![host_free("node-1"), host_free("node-2")],
        ))
    };
    let leaves = plan_of(&meaning("node-1"), Some(taken(&failed("uid-m"))));
    let (_, patch) = host_patch(&leaves);
    assert_eq!(patch["metadata"]["annotations"][names::UNREGISTERING], "");
    let attempt = &leaves.outcome.object.status.attempts[0];
    assert_eq!(attempt.host, "node-1");
    assert_eq!(
        attempt.message.as_deref(),
        Some("bootstrap: kubeadm join ended with 1: no route to host")
    );
    assert_eq!(events(&leaves), ["ByoHostFailed"]);
    let stays = plan_of(
        &meaning("node-1"),
        Some(taken(&failed("uid-of-an-earlier-machine"))),
    );
    assert!(
        stays.outcome.changes.is_empty(),
        "what happened to others is not its own"
    );

    let tried = |hosts: &[&str]| {
        let attempts: Vec<Value> = hosts
            .iter()
            .map(|host| json!({"host": host, "message": "no"}))
            .collect();
        json!({"status": {"attempts": attempts}})
    };
    assert_eq!(
        plan_of(&tried(&["node-1"]), None).takes.as_deref(),
        Some("node-2")
    );
    let gives_up = plan_of(&tried(&["a", "b", "c"]), None);
    assert_eq!(gives_up.takes, None);
    assert_eq!(
        told(&gives_up),
        (
            "BYOHostFailed".to_owned(),
            "Given up after 3 hosts\n* a: no\n* b: no\n* c: no".to_owned()
        )
    );
}

fn host_free(name: &str) -> PoolHost {
    host(name, &json!({}), 5)
}

#[test]
fn a_running_machine_never_moves_to_another_host() {
    let mut machine = meaning("node-1");
    machine["spec"] = json!({"providerID": "byoh://node-1/abcdef"});
    machine["status"]["ready"] = json!(true);
    let plan = plan(&observed(&machine, None, vec![host_free("node-2")]));
    assert_eq!(plan.takes, None);
    assert_eq!(reason(&plan), "BYOHostGone");
    assert_eq!(
        plan.outcome
            .object
            .status
            .host_ref
            .as_ref()
            .and_then(|it| it.name.as_deref()),
        Some("node-1")
    );
}

/// What a plan does with the Machine: whether it deletes it, and what is told of the host.
fn eviction(observed: &Observed) -> (bool, String) {
    let plan = plan(observed);
    let deletes = plan.outcome.changes.iter().any(|change| {
        matches!(change, Change::Delete { id, uid } if id.kind == Watched::Machine && uid == "uid-m")
    });
    (deletes, told(&plan).1)
}

#[test]
fn a_taint_that_evicts_sends_the_machine_away_unless_it_is_tolerated_or_cannot_be_spared() {
    let identity = json!({"providerID": "byoh://node-1/abcdef"});
    let tainted = |effect: &str| {
        up(&json!({"spec": {"taints": [{"key": "new-disk", "effect": effect}]}, "status": identity}))
    };
    let tolerant =
        json!({"spec": {"tolerations": [{"key": "new-disk"}]}, "status": {"hostRef": {"name": "node-1"}}});
    let cases = [
        (meaning("node-1"), "Evict", true),
        (meaning("node-1"), "NoBind", false),
        (tolerant, "Evict", false),
    ];
    for (machine, effect, goes) in cases {
        let observed = observed(&machine, Some(tainted(effect)), vec![]);
        assert_eq!(eviction(&observed), (goes, String::new()), "{effect}");
    }
    let plane = json!({"metadata": {"labels": {labels::CONTROL_PLANE: ""}}, "status": {"nodeRef": null}});
    let peer = |name: &str, ready: &str| samples::machine(name, &[("Ready", ready)], &plane);
    let cases = [
        (vec![peer("m", "True")], false),
        (
            vec![peer("m", "True"), peer("b", "True"), peer("c", "False")],
            false,
        ),
        (
            vec![peer("m", "False"), peer("b", "True"), peer("c", "True")],
            true,
        ),
    ];
    for (peers, goes) in cases {
        let mut observed = observed(&meaning("node-1"), Some(tainted("Evict")), vec![]);
        observed.owner = Some(samples::machine("m", &[], &plane));
        observed.control_plane = peers;
        let (deletes, message) = eviction(&observed);
        assert_eq!(
            (deletes, message.contains("new-disk")),
            (goes, !goes),
            "{message}"
        );
    }
}

/// Maintenance that drains sends its machine away as a taint does; one that parks leaves it.
#[test]
fn maintenance_drains_its_host_first_where_the_control_plane_can_spare_it() {
    let looked_after = |mode: Value| {
        let maintenance = json!({"reason": "new disk", "mode": mode});
        up(&json!({
            "spec": {"maintenance": maintenance}, "status": {"providerID": "byoh://node-1/abcdef"},
        }))
    };
    for (mode, goes) in [
        (json!("Drain"), true),
        (json!("Park"), false),
        (Value::Null, false),
    ] {
        let observed = observed(&meaning("node-1"), Some(looked_after(mode.clone())), vec![]);
        assert_eq!(eviction(&observed), (goes, String::new()), "{mode}");
    }
    let plane = json!({"metadata": {"labels": {labels::CONTROL_PLANE: ""}}, "status": {"nodeRef": null}});
    let mut alone = observed(&meaning("node-1"), Some(looked_after(json!("Drain"))), vec![]);
    alone.owner = Some(samples::machine("m", &[], &plane));
    alone.control_plane = vec![samples::machine("m", &[("Ready", "True")], &plane)];
    let (deletes, message) = eviction(&alone);
    assert!(!deletes, "{message}");
    assert!(
        message.contains("is drained for maintenance; a control plane spares"),
        "{message}"
    );
}

fn deleting(more: &Value) -> Value {
    let mut machine = json!({
        "metadata": {"finalizers": [MACHINE_FINALIZER], "deletionTimestamp": "2026-08-21T11:30:00Z"},
        "status": {"hostRef": {"name": "node-1"}}
    });
    json_patch::merge(&mut machine, more);
    machine
}

/// Upstream let the machine go at once: the scripts went with it before the host was clean, and dead hosts were lost for ever.
#[test]
fn a_deleted_machine_stays_until_its_host_is_clean() {
    let asked = |more: &Value, heard: i64| {
        let mut whole = json!({"metadata": {"annotations": {names::UNREGISTERING: ""}}});
        json_patch::merge(&mut whole, more);
        PoolHost {
            heard: samples::now()
                .checked_sub(jiff::SignedDuration::from_secs(heard))
                .ok(),
            ..taken(&whole)
        }
    };
    let confirmed = json!({"metadata": {"annotations": {names::RELEASE_CONFIRMED: "ada: it was scrapped"}}});
    let cannot = json!({"status": {"failure": {"step": "reset", "lastLines": ["device is busy"]}}});
    let waits = "Waiting for host node-1 to be reset";
    let silent = "Waiting for host node-1 to be reset: it was not heard since 2026-08-21T11:45:01Z; the machine goes after 900 s of silence, or at once when the ByoHost is annotated with fleetui.dev/release-confirmed, once it is certain that nothing runs there";
    let cases = [
        (
            Some(taken(&json!({}))),
            Some(waits),
            vec!["ByoHostReleaseRequested"],
        ),
        (Some(asked(&json!({}), 5)), Some(waits), vec![]),
        (Some(asked(&json!({}), 899)), Some(silent), vec![]),
        (Some(asked(&json!({}), 900)), None, vec!["ByoHostReleaseForced"]),
        (Some(asked(&confirmed, 5)), None, vec!["ByoHostReleaseForced"]),
        (
            Some(asked(&cannot, 5)),
            Some("Host node-1 cannot be reset: reset: device is busy"),
            vec![],
        ),
    ];
    for (host, message, happened) in cases {
        let asks = host
            .as_ref()
            .is_some_and(|host| host.object.metadata.annotation(names::UNREGISTERING).is_none());
        let plan = plan(&observed(&deleting(&json!({})), host, vec![]));
        assert_eq!(
            plan.outcome.object.metadata.has_finalizer(MACHINE_FINALIZER),
            message.is_some(),
            "{message:?}"
        );
        if let Some(message) = message {
            assert_eq!(told(&plan), ("BYOHostReleasing".to_owned(), message.to_owned()));
        }
        assert_eq!(events(&plan), happened, "{message:?}");
        assert_eq!(plan.outcome.changes.len(), usize::from(asks), "it is asked once");
    }
}

/// That a host is not there any more does not make it clean.
#[test]
fn a_host_that_is_gone_is_not_told_of_as_free() {
    let served = || deleting(&json!({"status": {"hostinfo": {"osname": "linux"}}}));
    let kept = json!({"metadata": {"annotations": {names::RELEASED: "c/md-0"}}});
    let cases = [
        (
            served(),
            Some(host_free("node-1")),
            vec![
                "ByoHostReleaseSucceeded ByoHost node-1 is free again",
                "ByoHostReleaseSucceeded Released by ByoMachine m",
            ],
        ),
        (
            served(),
            Some(host("node-1", &kept, 5)),
            vec![
                "ByoHostReleaseSucceeded ByoHost node-1 is clean, and kept for inspection",
                "ByoHostReleaseSucceeded Released by ByoMachine m",
            ],
        ),
        (
            served(),
            None,
            vec!["ByoHostGone ByoHost node-1 is gone: it was not reset, and what ran there may run on"],
        ),
        // It only meant to take that one.
        (deleting(&json!({})), Some(host_free("node-1")), vec![]),
    ];
    for (machine, former, expected) in cases {
        let mut observed = observed(&machine, None, vec![]);
        observed.former = former;
        let plan = plan(&observed);
        assert!(!plan.outcome.object.metadata.has_finalizer(MACHINE_FINALIZER));
        let told: Vec<String> = plan
            .happenings
            .iter()
            .map(|happening| format!("{} {}", happening.reason, happening.message))
            .collect();
        assert_eq!(told, expected);
    }
}

/// Upstream knew no hosts that are kept.
#[test]
fn a_host_with_the_policy_retain_is_marked_when_it_is_asked_to_be_reset() {
    let retained = taken(&json!({
        "metadata": {"annotations": {names::SERVED: "c/md-0"}}, "spec": {"reclaimPolicy": "Retain"}
    }));
    let released = plan(&observed(&deleting(&json!({})), Some(retained), vec![]));
    let (_, patch) = host_patch(&released);
    assert_eq!(
        patch["metadata"]["annotations"],
        json!({names::UNREGISTERING: "", names::RELEASED: "c/md-0"})
    );
    let recycled = taken(&json!({"spec": {"reclaimPolicy": "Recycle"}}));
    let released = plan(&observed(&deleting(&json!({})), Some(recycled), vec![]));
    assert_eq!(
        host_patch(&released).1["metadata"]["annotations"],
        json!({names::UNREGISTERING: ""})
    );
}

#[test]
fn a_pause_reaches_the_agent_and_what_others_paused_stays_so() {
    let paused =
        json!({"metadata": {"annotations": {labels::PAUSED: ""}}, "status": {"hostRef": {"name": "node-1"}}});
    let by = |who: &str| taken(&json!({"metadata": {"annotations": {labels::PAUSED: who}}}));
    let mark = "ByoMachine/m";
    let cases = [
        (paused.clone(), taken(&json!({})), Some(json!(mark))),
        (paused, by(mark), None),
        (meaning("node-1"), by(mark), Some(Value::Null)),
        (meaning("node-1"), by("ada"), None),
    ];
    for (machine, host, expected) in cases {
        let plan = plan(&observed(&machine, Some(host), vec![]));
        let written = plan.outcome.changes.first().map(|change| match change {
            Change::Patch { patch, .. } => patch["metadata"]["annotations"][labels::PAUSED].clone(),
            other => panic!("{other:?}"),
        });
        assert_eq!(written, expected);
    }
}
