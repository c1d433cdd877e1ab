//! Tables of the Machine's plan: what it takes over, what it tells of its node, and the order of its deletion.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Machine, MachineDeployment, MachineSet};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Node;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::leaving::Leaving;
use super::observe::Observed;
use super::plan::plan;
use crate::cache::{Cache, Triggers};
use crate::change::{Change, Outcome, WorkloadWrite};
use crate::connection::Reach;
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::samples;

mod deletion;
mod events;
mod old_status;

fn live() -> Reach {
    Reach {
        last_success: Some(samples::now()),
        failures: 0,
        first_probe: None,
        listed: true,
    }
}

/// Not answering for so many seconds.
fn silent(seconds: i64) -> Reach {
    Reach {
        last_success: samples::now()
            .checked_sub(SignedDuration::from_secs(seconds))
            .ok(),
        failures: 3,
        first_probe: None,
        listed: true,
    }
}

fn external(kind: Watched, more: &Value) -> External {
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {"name": "m", "namespace": "default", "uid": "uid-x", "resourceVersion": "1"}
    });
    json_patch::merge(&mut object, more);
    let id = ObjectId::new(kind, "default", "m");
    let cache = Cache::new(Arc::new(Triggers::default()));
    let object: DynamicObject = serde_json::from_value(object).expect("an object");
    cache.put(id.clone(), object);
    External::Found(cache.entry(&id).expect("it was put"))
}

fn observed(machine: &Value) -> Observed {
    Observed {
        machine: samples::object::<Machine>("m", machine),
        cluster: Some(samples::cluster()),
        set: None,
        deployment: None,
        bootstrap: External::Missing {
            kind: "KubeadmConfig".to_owned(),
            watched: true,
        },
        infrastructure: External::Missing {
            kind: "DevMachine".to_owned(),
            watched: true,
        },
        reach: live(),
        node: None,
        control_plane_stays: true,
        now: samples::now(),
        leaving: Leaving::default(),
        recheck: Duration::from_secs(15),
        drain_retry: Duration::from_secs(20),
        grace: Duration::from_mins(5),
    }
}

fn node(conditions: &[(&str, &str, &str)]) -> Arc<Node> {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status, message)| json!({"type": kind, "status": status, "reason": "Because", "message": message}))
        .collect();
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"},
        "spec": {"providerID": "in-memory://m", "taints": [
            {"key": "node.cluster.x-k8s.io/uninitialized", "effect": "NoSchedule"},
            {"key": "mine", "effect": "NoSchedule"}
        ]},
        "status": {"conditions": conditions}
    });
    Arc::new(serde_json::from_value(node).expect("a Node"))
}

fn healthy_node() -> Arc<Node> {
    node(&[
        ("Ready", "True", ""),
        ("MemoryPressure", "False", ""),
        ("DiskPressure", "False", ""),
        ("PIDPressure", "False", ""),
    ])
}

/// Status, reason and message of a condition.
fn told(outcome: &Outcome<Machine>, kind: &str) -> (String, String, String) {
    let condition = outcome.object.condition(kind).expect("it is told");
    (
        condition.status.as_str().to_owned(),
        condition.reason.to_string(),
        condition.message.clone(),
    )
}

#[test]
fn bootstrap_and_infrastructure_are_taken_over_and_read_by_contract() {
    let mut world = observed(
        &json!({"spec": {"clusterName": "c", "bootstrap": {"configRef": {"kind": "KubeadmConfig"}}}}),
    );
    world.bootstrap = external(
        Watched::KubeadmConfig,
        &json!({"status": {"initialization": {"dataSecretCreated": true}, "dataSecretName": "m"}}),
    );
    world.infrastructure = external(
        Watched::DevMachine,
        &json!({
            "spec": {"providerID": "in-memory://m"},
            "status": {"initialization": {"provisioned": true}, "addresses": [{"type": "InternalIP", "address": "192.0.2.9"}]}
        }),
    );
    world.node = Some(healthy_node());
    let outcome = plan(&world);
    let object = &outcome.object;
    assert_eq!(object.spec.bootstrap.data_secret_name.as_deref(), Some("m"));
    assert_eq!(object.spec.provider_id.as_deref(), Some("in-memory://m"));
    assert_eq!(object.status.addresses[0].address, "192.0.2.9");
    assert_eq!(object.status.phase.as_deref(), Some("Running"));
    assert_eq!(
        object.status.last_updated.as_deref(),
        Some("2026-08-21T12:00:00Z")
    );
    assert!(
        object.is_true("Ready") && object.is_true("Available"),
        "{:?}",
        object.status.conditions
    );
    let adopted: Vec<Watched> = outcome
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Patch { id, patch, .. } => {
                assert_eq!(patch["metadata"]["ownerReferences"][0]["kind"], "Machine");
                assert_eq!(patch["metadata"]["ownerReferences"][0]["controller"], true);
                Some(id.kind)
            }
            _ => None,
        })
        .collect();
    assert_eq!(adopted, [Watched::KubeadmConfig, Watched::DevMachine]);
    let claim = outcome.changes.iter().find_map(|change| match change {
        Change::Workload {
            write: WorkloadWrite::Patch { patch, .. },
            ..
        } => Some(patch),
        _ => None,
    });
    let claim = claim.expect("the node is claimed");
    assert_eq!(claim["metadata"]["annotations"]["cluster.x-k8s.io/machine"], "m");
    assert_eq!(
        claim["spec"]["taints"],
        json!([{"key": "mine", "effect": "NoSchedule"}])
    );
}

#[test]
fn a_missing_node_is_explained_step_by_step() {
    let waits_for = |world: &Observed| {
        let (status, reason, message) = told(&plan(world), "NodeHealthy");
        assert_eq!(
            (status.as_str(), reason.as_str()),
            ("Unknown", "InspectionFailed"),
            "{message}"
        );
        message
    };
    let mut world = observed(&json!({"spec": {"clusterName": "c"}}));
    world.cluster = Some(samples::object("c", &json!({})));
    assert_eq!(
        waits_for(&world),
        "Waiting for Cluster status.initialization.infrastructureProvisioned to be true"
    );
    let half = json!({"status": {"initialization": {"infrastructureProvisioned": true}}});
    world.cluster = Some(samples::object("c", &half));
    assert_eq!(
        waits_for(&world),
        "Waiting for Cluster control plane to be initialized"
    );
    world.cluster = Some(samples::cluster());
    world.reach = Reach::default();
    assert_eq!(waits_for(&world), "Remote connection not established yet");
    world.reach = live();
    assert_eq!(
        waits_for(&world),
        "Waiting for DevMachine to report spec.providerID"
    );
    world.machine = samples::object(
        "m",
        &json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}}),
    );
    assert_eq!(
        waits_for(&world),
        "Waiting for a Node with spec.providerID in-memory://m to exist"
    );
    let joined = json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}, "status": {"nodeRef": {"name": "n"}}});
    world.machine = samples::object("m", &joined);
    let (status, reason, _) = told(&plan(&world), "NodeHealthy");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "NodeDeleted"));
}

#[test]
fn a_silent_workload_cluster_leaves_the_last_word_until_the_grace_is_over() {
    let before = json!({
        "spec": {"clusterName": "c", "providerID": "in-memory://m"},
        "status": {"nodeRef": {"name": "n"}, "conditions": [
            {"type": "NodeReady", "status": "True", "reason": "NodeReady", "message": ""},
            {"type": "NodeHealthy", "status": "True", "reason": "NodeHealthy", "message": ""}
        ]}
    });
    let mut world = observed(&before);
    world.reach = silent(60);
    assert_eq!(told(&plan(&world), "NodeReady").0, "True", "within the grace");
    world.reach = silent(301);
    for kind in ["NodeReady", "NodeHealthy"] {
        let (status, reason, message) = told(&plan(&world), kind);
        assert_eq!((status.as_str(), reason.as_str()), ("Unknown", "ConnectionDown"));
        assert_eq!(message, "Last successful probe at 2026-08-21T11:54:59Z");
    }
    assert!(
        plan(&world).changes.is_empty(),
        "nothing is written to a cluster that does not answer"
    );
}

#[test]
fn an_unhealthy_node_is_told_in_bullets() {
    let mut world = observed(&json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}}));
    world.node = Some(node(&[
        ("Ready", "False", "container runtime is down"),
        ("MemoryPressure", "True", "no memory left"),
        ("DiskPressure", "Unknown", "stopped posting"),
        ("PIDPressure", "False", ""),
    ]));
    let outcome = plan(&world);
    let (status, reason, message) = told(&outcome, "NodeHealthy");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "NodeNotHealthy"));
    assert_eq!(
        message,
        "* Node.Ready: container runtime is down\n* Node.MemoryPressure: no memory left\n* Node.DiskPressure: stopped posting"
    );
    assert_eq!(told(&outcome, "NodeReady").1, "NodeNotReady");
}

#[test]
fn availability_waits_for_the_seconds_that_the_machine_asks_for() {
    let ready_since = |time: &str| {
        json!({
            "spec": {"clusterName": "c", "providerID": "in-memory://m", "minReadySeconds": 60, "bootstrap": {"dataSecretName": "x"}},
            "status": {"conditions": [
                {"type": "Ready", "status": "True", "reason": "Ready", "message": "", "lastTransitionTime": time}
            ]}
        })
    };
    let plan_at = |time: &str| {
        let mut world = observed(&ready_since(time));
        world.bootstrap = External::None;
        world.infrastructure = external(
            Watched::DevMachine,
            &json!({"status": {"initialization": {"provisioned": true}}}),
        );
        world.node = Some(healthy_node());
        plan(&world)
    };
    let waiting = plan_at("2026-08-21T11:59:20Z");
    assert_eq!(told(&waiting, "Available").1, "WaitingForMinReadySeconds");
    assert!(
        waiting.requeue <= Some(Duration::from_secs(20)),
        "{:?}",
        waiting.requeue
    );
    assert_eq!(told(&plan_at("2026-08-21T11:59:00Z"), "Available").0, "True");
}

#[test]
fn the_expiry_of_certificates_is_the_machines_word_or_its_bootstraps() {
    let annotated =
        |at: &str| json!({"metadata": {"annotations": {"machine.cluster.x-k8s.io/certificates-expiry": at}}});
    let mut machine = json!({
        "metadata": {"labels": {"cluster.x-k8s.io/control-plane": ""}},
        "spec": {"clusterName": "c", "providerID": "in-memory://m"}, "status": {"nodeRef": {"name": "n"}}
    });
    let mut world = observed(&machine);
    world.bootstrap = external(Watched::KubeadmConfig, &annotated("2027-08-21T12:00:00Z"));
    let expiry = |world: &Observed| plan(world).object.status.certificates_expiry_date;
    assert_eq!(expiry(&world).as_deref(), Some("2027-08-21T12:00:00Z"));
    json_patch::merge(&mut machine, &annotated("2026-12-01T00:00:00Z"));
    world.machine = samples::object("m", &machine);
    assert_eq!(expiry(&world).as_deref(), Some("2026-12-01T00:00:00Z"));
    json_patch::merge(&mut machine, &annotated("soon"));
    world.machine = samples::object("m", &machine);
    assert_eq!(expiry(&world), None);
    json_patch::merge(&mut machine, &json!({"metadata": {"labels": null}}));
    world.machine = samples::object("m", &machine);
    assert_eq!(expiry(&world), None, "workers have none");
}

#[test]
fn a_worker_is_compared_with_its_deployment() {
    let mut world = observed(&json!({"spec": {"clusterName": "c"}}));
    let template = |version: &str| json!({"spec": {"template": {"spec": {"version": version}}}});
    world.set = Some(samples::object::<MachineSet>("set", &template("v1.30.0")));
    world.deployment = Some(samples::object::<MachineDeployment>("md", &template("v1.31.0")));
    let (status, _, message) = told(&plan(&world), "UpToDate");
    assert_eq!(
        (status.as_str(), message.as_str()),
        ("False", "* Version v1.30.0, v1.31.0 required")
    );
    world.deployment = None;
    assert_eq!(
        plan(&world).object.condition("UpToDate"),
        None,
        "a stand-alone machine is compared with nothing"
    );
}

#[test]
fn a_second_pass_changes_nothing() {
    let mut world = observed(&json!({"spec": {"clusterName": "c", "providerID": "in-memory://m"}}));
    world.node = Some(healthy_node());
    let first = plan(&world).object;
    let mut next = world.clone();
    next.machine = Arc::new(first);
    next.now = Timestamp::from_second(world.now.as_second() + 60).expect("a time");
    next.reach.last_success = Some(next.now);
    let second: Object<Machine> = plan(&next).object;
    assert_eq!(second, *next.machine);
}

#[test]
fn the_failure_domain_is_read_by_both_contracts() {
    let machine = json!({"spec": {"clusterName": "c"}});
    let told = |more: &Value| {
        let mut infrastructure = json!({
            "spec": {"providerID": "in-memory://m"}, "status": {"initialization": {"provisioned": true}}
        });
        json_patch::merge(&mut infrastructure, more);
        let mut world = observed(&machine);
        world.infrastructure = external(Watched::DevMachine, &infrastructure);
        plan(&world).object.status.failure_domain
    };
    let (old, new) = (
        json!({"spec": {"failureDomain": "old"}}),
        json!({"spec": {"failureDomain": "old"}, "status": {"failureDomain": "new"}}),
    );
    assert_eq!(told(&json!({})), None);
    assert_eq!(told(&old).as_deref(), Some("old"));
    assert_eq!(told(&new).as_deref(), Some("new"));
}

/// Of each kind of loss: what is told of it, and whether the machine is Ready without it.
#[test]
fn what_is_referred_to_and_missing_is_told_by_what_was_there_before() {
    let reached = json!({"bootstrapDataSecretCreated": true, "infrastructureProvisioned": true});
    let gone = "2026-08-21T11:59:00Z";
    let cases = [
        (
            json!({}),
            None,
            "ObjectDoesNotExist KubeadmConfig does not exist",
            "ObjectDoesNotExist DevMachine does not exist",
        ),
        (
            reached.clone(),
            None,
            "ObjectDoesNotExist KubeadmConfig does not exist",
            "ObjectDeleted DevMachine has been deleted while the Machine still exists",
        ),
        (
            json!({}),
            Some(gone),
            "ObjectDoesNotExist KubeadmConfig does not exist",
            "ObjectDoesNotExist DevMachine does not exist",
        ),
        (
            reached,
            Some(gone),
            "ObjectDeleted KubeadmConfig has been deleted",
            "ObjectDeleted DevMachine has been deleted",
        ),
    ];
    for (reached, gone, bootstrap, infrastructure) in cases {
        let world = observed(&json!({
            "metadata": {"deletionTimestamp": gone, "finalizers": ["machine.cluster.x-k8s.io"]},
            "spec": {"bootstrap": {"configRef": {"kind": "KubeadmConfig"}}},
            "status": {"initialization": reached, "nodeRef": null}
        }));
        let outcome = plan(&world);
        for (kind, expected) in [
            ("BootstrapConfigReady", bootstrap),
            ("InfrastructureReady", infrastructure),
        ] {
            let (status, reason, message) = told(&outcome, kind);
            assert_eq!(
                (status.as_str(), format!("{reason} {message}").as_str()),
                ("False", expected)
            );
        }
        assert_eq!(told(&outcome, "Ready").0, "False");
    }
}

#[test]
fn what_all_components_wait_for_is_told_once() {
    let kinds = [
        "APIServerPodHealthy",
        "ControllerManagerPodHealthy",
        "SchedulerPodHealthy",
        "EtcdPodHealthy",
    ];
    let gates: Vec<Value> = kinds.iter().map(|kind| json!({"conditionType": kind})).collect();
    let ready = |scheduler: &str| {
        let texts = ["waits", "waits", scheduler, "waits"];
        let conditions: Vec<Value> = std::iter::zip(kinds, texts)
            .map(
                |(kind, text)| json!({"type": kind, "status": "Unknown", "reason": "Waits", "message": text}),
            )
            .collect();
        let world =
            observed(&json!({"spec": {"readinessGates": gates}, "status": {"conditions": conditions}}));
        told(&plan(&world), "Ready").2
    };
    let alike = ready("waits");
    assert!(alike.contains("* Control plane components: waits"), "{alike}");
    assert!(!alike.contains("PodHealthy"), "{alike}");
    let different = ready("is ill");
    assert!(
        different.contains("* APIServerPodHealthy: waits")
            && different.contains("* SchedulerPodHealthy: is ill"),
        "{different}"
    );
}
