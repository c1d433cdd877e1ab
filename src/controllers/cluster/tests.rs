//! Tables of the Cluster's plan: what it takes from infrastructure and control plane, and the order of its deletion.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, MachineDeployment};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::observe::Observed;
use super::plan::plan;
use crate::cache::{Cache, Triggers};
use crate::change::{Change, Outcome};
use crate::connection::Reach;
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::samples;

fn external(kind: Watched, more: &Value) -> External {
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {"name": "c", "namespace": "default", "uid": "uid-x", "resourceVersion": "1"}
    });
    json_patch::merge(&mut object, more);
    let id = ObjectId::new(kind, "default", "c");
    let cache = Cache::new(Arc::new(Triggers::default()));
    let object: DynamicObject = serde_json::from_value(object).expect("an object");
    cache.put(id.clone(), object);
    External::Found(cache.entry(&id).expect("it was put"))
}

fn observed(cluster: &Value) -> Observed {
    Observed {
        cluster: samples::object::<Cluster>("c", cluster),
        infrastructure: External::None,
        control_plane: External::None,
        deployments: Vec::new(),
        pools: Vec::new(),
        lone_sets: Vec::new(),
        sets: Vec::new(),
        control_plane_machines: Vec::new(),
        workers: Vec::new(),
        reach: Reach {
            last_success: Some(samples::now()),
            failures: 0,
            first_probe: None,
            listed: true,
        },
        now: samples::now(),
        recheck: Duration::from_secs(15),
        grace: Duration::from_secs(50),
    }
}

fn refers() -> Value {
    json!({"spec": {
        "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": "c"},
        "controlPlaneRef": {"apiGroup": "controlplane.cluster.x-k8s.io", "kind": "KubeadmControlPlane", "name": "c"}
    }})
}

fn told(outcome: &Outcome<Cluster>, kind: &str) -> (String, String, String) {
    let condition = outcome.object.condition(kind).expect("it is told");
    (
        condition.status.as_str().to_owned(),
        condition.reason.to_string(),
        condition.message.clone(),
    )
}

#[test]
fn milestones_come_by_contract_and_stay() {
    let mut world = observed(&refers());
    let missing = |kind: &str| External::Missing {
        kind: kind.to_owned(),
        watched: true,
    };
    (world.infrastructure, world.control_plane) = (missing("DevCluster"), missing("KubeadmControlPlane"));
    let outcome = plan(&world);
    assert_eq!(outcome.object.status.phase.as_deref(), Some("Provisioning"));
    let is_missing = |status: &str, kind: &str| {
        let text = format!("{kind} does not exist");
        (status.to_owned(), "ObjectDoesNotExist".to_owned(), text)
    };
    assert_eq!(
        told(&outcome, "InfrastructureReady"),
        is_missing("False", "DevCluster")
    );
    assert_eq!(
        told(&outcome, "ControlPlaneAvailable"),
        is_missing("False", "KubeadmControlPlane")
    );
    assert_eq!(
        told(&outcome, "ControlPlaneInitialized"),
        is_missing("Unknown", "KubeadmControlPlane")
    );

    // Of a kind that nobody here watches it is not known.
    world.infrastructure = External::Missing {
        kind: "AWSCluster".to_owned(),
        watched: false,
    };
    let (_, _, message) = told(&plan(&world), "InfrastructureReady");
    assert!(
        message.ends_with("is of a provider whose controllers do not run here"),
        "{message}"
    );

    let endpoint = json!({
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
        "status": {"initialization": {"provisioned": true}}
    });
    world.infrastructure = external(Watched::DevCluster, &endpoint);
    let initialized = json!({"status": {"initialization": {"controlPlaneInitialized": true}}});
    world.control_plane = external(Watched::KubeadmControlPlane, &initialized);
    let outcome = plan(&world);
    assert_eq!(outcome.object.status.phase.as_deref(), Some("Provisioned"));
    assert_eq!(
        outcome
            .object
            .spec
            .control_plane_endpoint
            .as_ref()
            .map(|endpoint| endpoint.port),
        Some(6443)
    );
    let adopted = outcome
        .changes
        .iter()
        .filter(|change| matches!(change, Change::Patch { .. }))
        .count();
    assert_eq!(adopted, 2, "both get the cluster as owner");
    assert_eq!(told(&outcome, "ControlPlaneInitialized").0, "True");

    let mut later = observed(&refers());
    later.cluster = Arc::new(outcome.object);
    (later.infrastructure, later.control_plane) = (missing("DevCluster"), missing("KubeadmControlPlane"));
    let outcome = plan(&later);
    let initialization = outcome.object.status.initialization.clone().expect("milestones");
    assert_eq!(
        initialization.infrastructure_provisioned,
        Some(true),
        "what was reached once stays"
    );
    assert_eq!(initialization.control_plane_initialized, Some(true));
    assert_eq!(told(&outcome, "InfrastructureReady").1, "ObjectDeleted");
}

#[test]
fn availability_sums_up_its_parts() {
    let mut world = observed(&refers());
    world.infrastructure = external(
        Watched::DevCluster,
        &json!({"status": {"initialization": {"provisioned": true}}}),
    );
    let available = |status: &str, message: &str| json!({"status": {"conditions": [{"type": "Available", "status": status, "reason": "R", "message": message}]}});
    world.control_plane = external(Watched::KubeadmControlPlane, &available("True", ""));
    let deployment = samples::object::<MachineDeployment>(
        "md",
        &available("False", "1 available replicas, at least 3 required"),
    );
    world.deployments = vec![deployment];
    let (status, reason, message) = told(&plan(&world), "Available");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "NotAvailable"));
    assert_eq!(
        message,
        "* WorkersAvailable:\n  * MachineDeployment md: 1 available replicas, at least 3 required"
    );
    world.deployments.clear();
    assert_eq!(told(&plan(&world), "Available").0, "True");
    world.reach = Reach::default();
    let (status, _, message) = told(&plan(&world), "Available");
    assert_eq!(
        (status.as_str(), message.as_str()),
        (
            "False",
            "* RemoteConnectionProbe: Remote connection not established yet"
        )
    );
}

#[test]
fn counters_add_up_deployments_and_copy_the_control_planes() {
    let mut world = observed(&refers());
    let md = |name: &str, wished: i32, available: i32| {
        let status = json!({
            "replicas": wished, "readyReplicas": available, "availableReplicas": available, "upToDateReplicas": wished
        });
        samples::object::<MachineDeployment>(name, &json!({"spec": {"replicas": wished}, "status": status}))
    };
    world.deployments = vec![md("a", 3, 3), md("b", 2, 1)];
    let plane = json!({
        "spec": {"replicas": 3},
        "status": {"replicas": 3, "readyReplicas": 2, "availableReplicas": 2, "upToDateReplicas": 3}
    });
    world.control_plane = external(Watched::KubeadmControlPlane, &plane);
    let status = plan(&world).object.status;
    let workers = status.workers.expect("counters");
    assert_eq!(
        (
            workers.desired_replicas,
            workers.replicas,
            workers.available_replicas
        ),
        (Some(5), Some(5), Some(4))
    );
    let plane = status.control_plane.expect("counters");
    assert_eq!(
        (
            plane.desired_replicas,
            plane.ready_replicas,
            plane.up_to_date_replicas
        ),
        (Some(3), Some(2), Some(3))
    );
}

/// Where a deletion stands, and the kinds that it deletes.
fn stage(world: &Observed) -> (String, String, Vec<&'static str>) {
    let outcome = plan(world);
    let (_, reason, message) = told(&outcome, "Deleting");
    let deleted = outcome.changes.iter().filter_map(|change| match change {
        Change::Delete { id, .. } => Some(id.kind.kind()),
        _ => None,
    });
    (reason, message, deleted.collect())
}

#[test]
fn workers_go_before_the_control_plane_and_that_before_the_infrastructure() {
    let mut cluster = refers();
    json_patch::merge(
        &mut cluster,
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z", "finalizers": ["cluster.cluster.x-k8s.io"]}}),
    );
    let mut world = observed(&cluster);
    world.infrastructure = external(Watched::DevCluster, &json!({}));
    world.control_plane = external(Watched::KubeadmControlPlane, &json!({}));
    world.deployments = vec![samples::object("md", &json!({}))];
    world.workers = vec![samples::machine(
        "w",
        &[],
        &json!({"metadata": {"ownerReferences": [
            {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet", "name": "s", "uid": "s", "controller": true}
        ]}}),
    )];
    let expected = (
        "WaitingForWorkersDeletion".to_owned(),
        "* MachineDeployments: md\n* Worker Machines: w".to_owned(),
    );
    let (reason, message, deleted) = stage(&world);
    assert_eq!((reason, message), expected);
    assert_eq!(
        deleted,
        ["MachineDeployment"],
        "the set's machines are the set's to delete"
    );
    world.deployments.clear();
    world.workers.clear();
    let (reason, message, deleted) = stage(&world);
    assert_eq!(reason, "WaitingForControlPlaneDeletion");
    assert_eq!(message, "Waiting for KubeadmControlPlane to be deleted");
    assert_eq!(deleted, ["KubeadmControlPlane"]);
    world.control_plane = External::Missing {
        kind: "KubeadmControlPlane".to_owned(),
        watched: true,
    };
    assert_eq!(stage(&world).2, ["DevCluster"]);
    world.infrastructure = External::Missing {
        kind: "DevCluster".to_owned(),
        watched: true,
    };
    assert_eq!(stage(&world).0, "DeletionCompleted");
    assert_eq!(plan(&world).object.metadata.finalizers, Some(vec![]));
}

/// `False Info WaitingForInfrastructure`, or `True`.
fn old(observed: &Observed, kind: &str) -> String {
    let object = plan(observed).object;
    let Some(found) = object.old(kind) else {
        return "-".to_owned();
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match found.status.as_str() {
        "True" => "True".to_owned(),
        status => format!("{status} {} {}", text(&found.severity), text(&found.reason)),
    }
}

#[test]
fn v1beta1_clients_see_severities() {
    let mut world = observed(&json!({"spec": {
        "infrastructureRef": {"kind": "DevCluster"}, "controlPlaneRef": {"kind": "KubeadmControlPlane"}
    }}));
    world.infrastructure = external(Watched::DevCluster, &json!({}));
    world.control_plane = external(Watched::KubeadmControlPlane, &json!({}));
    assert_eq!(
        old(&world, "InfrastructureReady"),
        "False Info WaitingForInfrastructure"
    );
    assert_eq!(old(&world, "Ready"), "False Info WaitingForControlPlane");
    assert_eq!(
        old(&world, "ControlPlaneInitialized"),
        "False Info WaitingForControlPlaneProviderInitialized"
    );
    world.infrastructure = external(
        Watched::DevCluster,
        &json!({"status": {"initialization": {"provisioned": true}}}),
    );
    world.control_plane = external(
        Watched::KubeadmControlPlane,
        &json!({"status": {
            "initialization": {"controlPlaneInitialized": true},
            "deprecated": {"v1beta1": {"conditions": [
                {"type": "Ready", "status": "False", "severity": "Warning", "reason": "ScalingUp"}
            ]}}
        }}),
    );
    assert_eq!(old(&world, "InfrastructureReady"), "True");
    assert_eq!(old(&world, "ControlPlaneInitialized"), "True");
    assert_eq!(old(&world, "Ready"), "False Warning ScalingUp");
}

#[test]
fn a_topology_is_told_to_have_no_effect() {
    let world = observed(&json!({"spec": {"topology": {"classRef": {"name": "x"}, "version": "v1.31.0"}}}));
    let object = plan(&world).object;
    let told = object.condition("TopologyReconciled").expect("told");
    assert_eq!(told.status.as_str(), "False");
    assert!(
        told.message
            .starts_with("This controller does not reconcile topologies yet")
    );
    assert_eq!(
        old(&world, "TopologyReconciled"),
        "False Error TopologyReconcileFailed"
    );
    for (kind, status) in [
        ("InfrastructureReady", "False"),
        ("ControlPlaneAvailable", "False"),
        ("ControlPlaneInitialized", "Unknown"),
    ] {
        let told = object.condition(kind).expect("told");
        assert_eq!(told.status.as_str(), status, "{kind}");
        assert_eq!(told.reason, "ObjectDoesNotExist");
        assert_eq!(told.message, "Waiting for cluster topology to be reconciled");
    }
    assert_eq!(
        object
            .status
            .initialization
            .and_then(|reached| reached.infrastructure_provisioned),
        None,
        "its infrastructure is still to come"
    );
    let plain = plan(&observed(&json!({}))).object;
    assert!(plain.condition("TopologyReconciled").is_none());
    assert_eq!(
        plain
            .status
            .initialization
            .and_then(|reached| reached.infrastructure_provisioned),
        Some(true),
        "who has none waits for none"
    );
}

#[test]
fn failure_domains_are_read_by_both_contracts() {
    let told = |domains: &Value| {
        let mut world = observed(&refers());
        let reported =
            json!({"status": {"initialization": {"provisioned": true}, "failureDomains": domains}});
        world.infrastructure = external(Watched::DevCluster, &reported);
        let domains = plan(&world).object.status.failure_domains;
        serde_json::to_value(domains).expect("JSON")
    };
    let list = json!([
        {"name": "b", "controlPlane": true}, {"name": "a", "controlPlane": false, "attributes": {"rack": "1"}}
    ]);
    assert_eq!(told(&list), list, "the provider's own order");
    let map = json!({"b": {"controlPlane": true}, "a": {"controlPlane": false, "attributes": {"rack": "1"}}, "c": {}});
    let sorted = json!([
        {"name": "a", "controlPlane": false, "attributes": {"rack": "1"}}, {"name": "b", "controlPlane": true}, {"name": "c"}
    ]);
    assert_eq!(told(&map), sorted);
    assert_eq!(told(&Value::Null), json!([]));
}

/// What people are told when the plan has come true, `reason: message`.
fn events(world: &Observed) -> Vec<String> {
    let new = plan(world).object;
    let told = super::events::happenings(world, &new).into_iter();
    told.map(|told| told.text()).collect()
}

#[test]
fn phases_and_milestones_are_told_once() {
    let mut world = observed(&refers());
    world.infrastructure = External::Missing {
        kind: "DevCluster".to_owned(),
        watched: true,
    };
    assert_eq!(events(&world), ["Provisioning: Cluster c is Provisioning"]);
    world.cluster = Arc::new(plan(&world).object);
    assert_eq!(events(&world), [""; 0]);
    let stands = json!({
        "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
        "status": {"initialization": {"provisioned": true}}
    });
    world.infrastructure = external(Watched::DevCluster, &stands);
    assert_eq!(
        events(&world),
        [
            "InfrastructureReady: Cluster c InfrastructureProvisioned is now True",
            "Provisioned: Cluster c is Provisioned"
        ]
    );
    world.cluster = Arc::new(plan(&world).object);
    let initialized = json!({"status": {"initialization": {"controlPlaneInitialized": true}}});
    world.control_plane = external(Watched::KubeadmControlPlane, &initialized);
    assert_eq!(
        events(&world),
        ["ControlPlaneInitialized: Cluster c ControlPlaneInitialized is now True"]
    );
    world.cluster = Arc::new(plan(&world).object);
    assert_eq!(events(&world), [""; 0]);
    // Without infrastructure there is nothing to become ready.
    let bare = observed(&json!({}));
    assert!(
        !events(&bare)
            .iter()
            .any(|told| told.starts_with("Infrastructure")),
        "{:?}",
        events(&bare)
    );
}

#[test]
fn a_deletion_is_told_when_it_begins_and_when_it_is_over() {
    let deleted = json!({"metadata": {
        "deletionTimestamp": "2026-08-21T11:59:00Z", "finalizers": ["cluster.cluster.x-k8s.io"]
    }});
    let mut world = observed(&deleted);
    world.workers = vec![samples::machine("w", &[], &json!({}))];
    assert_eq!(events(&world), ["Deleting: Cluster c is Deleting"]);
    world.cluster = Arc::new(plan(&world).object);
    assert_eq!(events(&world), [""; 0]);
    world.workers.clear();
    assert_eq!(events(&world), ["Deleted: Cluster c has been deleted"]);
}

/// A gate that says `Negative` holds a cluster back while it is True.
#[test]
fn availability_gates_count_by_their_polarity() {
    let told = |polarity: &str, status: &str| {
        let mut cluster = refers();
        let more = json!({
            "spec": {"availabilityGates": [{"conditionType": "Draining", "polarity": polarity}]},
            "status": {"conditions": [{
                "type": "Draining", "status": status, "reason": "Asked", "message": "",
                "lastTransitionTime": "2026-08-21T11:00:00Z"
            }]}
        });
        json_patch::merge(&mut cluster, &more);
        let (_, _, message) = told(&plan(&observed(&cluster)), "Available");
        message.contains("* Draining")
    };
    for (polarity, status, holds_back) in [
        ("Positive", "True", false),
        ("Positive", "False", true),
        ("Negative", "True", true),
        ("Negative", "False", false),
        ("Negative", "Unknown", true),
    ] {
        assert_eq!(told(polarity, status), holds_back, "{polarity} {status}");
    }
}
