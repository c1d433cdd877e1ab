//! The same facts from every era; nothing that an object says can make reading fail.

use serde_json::{Value, json};

use super::{Facts, Replicas};
use crate::conditions::{ConditionStatus, Severity};
use crate::kinds::Role;

pub(crate) mod mutations;
pub(crate) mod templates;

const TIME: &str = "2026-08-21T07:00:00Z";

fn object(api_version: &str, kind: &str, name: &str, spec: &Value, status: &Value) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": { "namespace": "default", "name": name, "uid": "u-1", "resourceVersion": "7", "creationTimestamp": TIME },
        "spec": spec, "status": status,
    })
}

fn new_condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({ "type": kind, "status": status, "reason": reason, "message": "", "lastTransitionTime": TIME, "observedGeneration": 1 })
}

fn old_condition(kind: &str, status: &str) -> Value {
    json!({ "type": kind, "status": status, "lastTransitionTime": TIME })
}

fn counters(desired: i64, current: i64, ready: i64, available: i64, up_to_date: i64) -> Replicas {
    Replicas {
        desired: Some(desired),
        current: Some(current),
        ready: Some(ready),
        available: Some(available),
        up_to_date: Some(up_to_date),
    }
}

/// A Machine as Cluster API 1.3, 1.10 and 1.14 write it.
fn machines() -> [(&'static str, Value); 3] {
    let old_spec = json!({
        "clusterName": "prod", "version": "v1.31.2", "providerID": "dev:////m-1",
        "bootstrap": { "configRef": { "apiVersion": "bootstrap.cluster.x-k8s.io/v1beta1", "kind": "KubeadmConfig", "name": "m-1", "namespace": "default", "uid": "b" } },
        "infrastructureRef": { "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DevMachine", "name": "m-1", "namespace": "default" },
    });
    let new_spec = json!({
        "clusterName": "prod", "version": "v1.31.2", "providerID": "dev:////m-1",
        "bootstrap": { "configRef": { "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": "m-1" } },
        "infrastructureRef": { "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": "m-1" },
    });
    let old_status = json!({
        "phase": "Running", "nodeRef": { "kind": "Node", "name": "node-1", "uid": "n" },
        "bootstrapReady": true, "infrastructureReady": true,
        "conditions": [old_condition("Ready", "True"), old_condition("NodeHealthy", "True")],
    });
    let mut both_status = old_status.clone();
    both_status["v1beta2"] = json!({ "conditions": [new_condition("Available", "True", "Available"), new_condition("Ready", "True", "Ready")] });
    let new_status = json!({
        "phase": "Running", "nodeRef": { "name": "node-1" },
        "initialization": { "bootstrapDataSecretCreated": true, "infrastructureProvisioned": true },
        "conditions": [new_condition("Available", "True", "Available"), new_condition("Ready", "True", "Ready")],
        "deprecated": { "v1beta1": { "conditions": [old_condition("Ready", "True")] } },
    });
    [
        (
            "1.3",
            object(
                "cluster.x-k8s.io/v1beta1",
                "Machine",
                "m-1",
                &old_spec,
                &old_status,
            ),
        ),
        (
            "1.10",
            object(
                "cluster.x-k8s.io/v1beta1",
                "Machine",
                "m-1",
                &old_spec,
                &both_status,
            ),
        ),
        (
            "1.14",
            object(
                "cluster.x-k8s.io/v1beta2",
                "Machine",
                "m-1",
                &new_spec,
                &new_status,
            ),
        ),
    ]
}

#[test]
fn a_machine_is_the_same_in_every_era() {
    for (era, machine) in machines() {
        let facts = Facts::read(&machine);
        assert_eq!(facts.role, Role::Machine, "{era}");
        assert_eq!(facts.cluster.as_deref(), Some("prod"), "{era}");
        assert_eq!(facts.version.as_deref(), Some("v1.31.2"), "{era}");
        assert_eq!(facts.node.as_deref(), Some("node-1"), "{era}");
        assert_eq!(facts.phase.as_deref(), Some("Running"), "{era}");
        assert_eq!(facts.provider_id.as_deref(), Some("dev:////m-1"), "{era}");
        assert_eq!(facts.initialized, Some(true), "{era}");
        let infrastructure = facts.infrastructure.as_ref().expect(era);
        assert_eq!(
            infrastructure.kind.to_string(),
            "DevMachine.infrastructure.cluster.x-k8s.io",
            "{era}"
        );
        assert_eq!(infrastructure.name, "m-1", "{era}");
        let bootstrap = facts.bootstrap.as_ref().expect(era);
        assert_eq!(
            bootstrap.kind.to_string(),
            "KubeadmConfig.bootstrap.cluster.x-k8s.io",
            "{era}"
        );
        assert!(facts.quiet, "{era}");
        assert_eq!(*facts.broken, [""; 0], "{era}");
    }
}

#[test]
fn metav1_conditions_are_preferred_wherever_an_era_keeps_them() {
    let kinds = machines().map(|(_, machine)| {
        let facts = Facts::read(&machine);
        let model = facts
            .conditions
            .iter()
            .all(|condition| condition.observed_generation.is_some());
        (
            facts
                .conditions
                .iter()
                .map(|condition| condition.kind.to_string())
                .collect::<Vec<_>>(),
            model,
        )
    });
    let names = |names: [&str; 2]| names.map(ToOwned::to_owned).to_vec();
    assert_eq!(
        kinds,
        [
            (names(["Ready", "NodeHealthy"]), false),
            (names(["Available", "Ready"]), true),
            (names(["Available", "Ready"]), true),
        ]
    );
}

#[test]
fn counters_of_every_era() {
    let own = json!({ "observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 2, "availableReplicas": 2, "unavailableReplicas": 1 });
    let mut beside = own.clone();
    beside["v1beta2"] = json!({ "readyReplicas": 1, "availableReplicas": 1, "upToDateReplicas": 2 });
    let new = json!({ "replicas": 3, "readyReplicas": 1, "availableReplicas": 1, "upToDateReplicas": 2,
        "deprecated": { "v1beta1": { "readyReplicas": 3, "updatedReplicas": 3, "availableReplicas": 3 } } });
    let kubeadm = json!({ "observedGeneration": 1, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2, "unavailableReplicas": 1 });
    let zeros = json!({ "observedGeneration": 1, "unavailableReplicas": 3 });
    let managed =
        json!({ "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "unavailableReplicas": 1 });
    let core = "cluster.x-k8s.io/v1beta1";
    let cases = [
        (core, "MachineDeployment", &own, counters(3, 3, 2, 2, 3)),
        (core, "MachineDeployment", &beside, counters(3, 3, 1, 1, 2)),
        (
            "cluster.x-k8s.io/v1beta2",
            "MachineDeployment",
            &new,
            counters(3, 3, 1, 1, 2),
        ),
        (
            "controlplane.cluster.x-k8s.io/v1beta1",
            "KubeadmControlPlane",
            &kubeadm,
            counters(3, 3, 2, 2, 1),
        ),
        // v1beta1 leaves zeros out.
        (core, "MachineDeployment", &zeros, counters(3, 0, 0, 0, 0)),
        // The contract of v1beta1, as another provider's control plane follows it.
        (
            "controlplane.cluster.x-k8s.io/v1alpha4",
            "OtherControlPlane",
            &managed,
            counters(3, 3, 3, 2, 3),
        ),
    ];
    for (api_version, kind, status, expected) in cases {
        let facts = Facts::read(&object(api_version, kind, "x", &json!({ "replicas": 3 }), status));
        assert_eq!(facts.replicas.as_deref(), Some(&expected), "{kind} {api_version}");
    }
}

#[test]
fn a_counter_that_is_not_reported_is_not_zero() {
    let unreported = object(
        "cluster.x-k8s.io/v1beta2",
        "MachineDeployment",
        "x",
        &json!({ "replicas": 3 }),
        &json!({}),
    );
    let replicas = Facts::read(&unreported).replicas.expect("counters");
    assert_eq!(
        *replicas,
        Replicas {
            desired: Some(3),
            ..Replicas::default()
        }
    );
    let without = object(
        "controlplane.cluster.x-k8s.io/v1beta2",
        "AWSManagedControlPlane",
        "x",
        &json!({}),
        &json!({ "ready": true }),
    );
    assert_eq!(Facts::read(&without).replicas, None);
}

#[test]
fn a_cluster_in_every_era() {
    let old_spec = json!({
        "topology": { "class": "quickstart", "version": "v1.30.4", "controlPlane": { "replicas": 3 },
            "workers": { "machineDeployments": [{ "class": "w", "name": "md-0", "replicas": 2 }, { "class": "w", "name": "md-1" }] } },
        "controlPlaneRef": { "apiVersion": "controlplane.cluster.x-k8s.io/v1beta1", "kind": "KubeadmControlPlane", "name": "prod-abc" },
        "infrastructureRef": { "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "ByoCluster", "name": "prod-def" },
    });
    let mut new_spec = old_spec.clone();
    new_spec["topology"]["class"] = Value::Null;
    new_spec["topology"]["classRef"] = json!({ "name": "quickstart" });
    let old_status = json!({ "phase": "Provisioned", "infrastructureReady": true, "controlPlaneReady": true, "conditions": [old_condition("Ready", "True")] });
    let mut both_status = old_status.clone();
    let five = json!({ "desiredReplicas": 3, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "upToDateReplicas": 3 });
    both_status["v1beta2"] = json!({ "controlPlane": five, "workers": five, "conditions": [new_condition("Available", "True", "Available")] });
    let new_status = json!({
        "phase": "Provisioned", "initialization": { "infrastructureProvisioned": true, "controlPlaneInitialized": true },
        "controlPlane": five, "workers": five, "conditions": [new_condition("Available", "True", "Available")],
    });
    let cases = [
        ("cluster.x-k8s.io/v1beta1", &old_spec, old_status, None),
        (
            "cluster.x-k8s.io/v1beta1",
            &old_spec,
            both_status,
            Some(counters(6, 6, 6, 6, 6)),
        ),
        (
            "cluster.x-k8s.io/v1beta2",
            &new_spec,
            new_status,
            Some(counters(6, 6, 6, 6, 6)),
        ),
    ];
    for (api_version, spec, status, replicas) in cases {
        let facts = Facts::read(&object(api_version, "Cluster", "prod", spec, &status));
        assert_eq!(facts.cluster.as_deref(), Some("prod"));
        assert_eq!(facts.topology.as_deref(), Some("quickstart"));
        assert_eq!(facts.version.as_deref(), Some("v1.30.4"));
        assert_eq!(facts.initialized, Some(true));
        assert_eq!(facts.replicas.as_deref(), replicas.as_ref());
        assert_eq!(
            facts
                .control_plane_reference
                .as_ref()
                .map(|reference| reference.name.as_str()),
            Some("prod-abc")
        );
        let particulars = facts.particulars.expect("particulars");
        let plan = particulars.topology.expect("a topology");
        assert_eq!(plan.control_plane_replicas, Some(3));
        let workers: Vec<_> = plan
            .workers
            .iter()
            .map(|it| (it.name.as_str(), it.index, it.replicas))
            .collect();
        assert_eq!(workers, [("md-0", 0, Some(2)), ("md-1", 1, None)]);
    }
}

#[test]
fn other_providers_are_read_by_shape_and_not_by_version() {
    // CAPA's v1beta2 is its own: it still writes old conditions and `status.ready`.
    let cluster = object(
        "infrastructure.cluster.x-k8s.io/v1beta2",
        "AWSCluster",
        "prod",
        &json!({}),
        &json!({ "ready": false, "conditions": [
            { "type": "Ready", "status": "False", "severity": "Error", "reason": "VpcReconciliationFailed", "message": "limit", "lastTransitionTime": TIME },
        ]}),
    );
    let facts = Facts::read(&cluster);
    assert_eq!(facts.role, Role::InfrastructureCluster);
    assert_eq!(facts.initialized, Some(false));
    let ready = facts.conditions.first().expect("Ready").expand();
    assert_eq!(
        (ready.status, ready.severity),
        (ConditionStatus::False, Some(Severity::Error))
    );
    assert_eq!(
        (ready.reason.as_str(), ready.message.as_str()),
        ("VpcReconciliationFailed", "limit")
    );
    assert_eq!(ready.since.map(|since| since.to_string()).as_deref(), Some(TIME));

    let machine = object(
        "infrastructure.cluster.x-k8s.io/v1beta2",
        "AWSMachine",
        "m",
        &json!({ "providerID": "aws:///eu-1a/i-1" }),
        &json!({ "instanceState": "running", "ready": true }),
    );
    let facts = Facts::read(&machine);
    assert_eq!(
        (facts.phase.as_deref(), facts.initialized),
        (Some("running"), Some(true))
    );
}

#[test]
fn a_machine_pool_shows_old_conditions_while_it_has_no_new_ones() {
    let pool = object(
        "cluster.x-k8s.io/v1beta2",
        "MachinePool",
        "mp",
        &json!({ "clusterName": "prod", "replicas": 2 }),
        &json!({ "conditions": [new_condition("Paused", "False", "NotPaused")],
            "deprecated": { "v1beta1": { "conditions": [old_condition("Ready", "True"), old_condition("Paused", "True")] } } }),
    );
    let facts = Facts::read(&pool);
    let kinds: Vec<&str> = facts
        .conditions
        .iter()
        .map(|condition| condition.kind.as_str())
        .collect();
    assert_eq!(kinds, ["Paused", "Ready"]);
    assert!(facts.quiet);
}

#[test]
fn what_metadata_says() {
    let mut machine = machines()[2].1.clone();
    machine["metadata"]["labels"] = json!({
        "cluster.x-k8s.io/cluster-name": "other", "cluster.x-k8s.io/control-plane": "", "machine-template-hash": "1",
        "topology.cluster.x-k8s.io/owned": "", "topology.cluster.x-k8s.io/deployment-name": "md-0", "site": "b",
    });
    machine["metadata"]["annotations"] = json!({
        "cluster.x-k8s.io/paused": "",
        "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "1",
        "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "5",
    });
    machine["metadata"]["ownerReferences"] = json!([
        { "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "name": "prod", "uid": "c" },
        { "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet", "name": "set", "uid": "s", "controller": true },
    ]);
    machine["metadata"]["deletionTimestamp"] = json!(TIME);
    machine["metadata"]["finalizers"] = json!(["machine.cluster.x-k8s.io"]);
    machine["metadata"]["generation"] = json!(2);
    machine["status"]["observedGeneration"] = json!(1);
    let facts = Facts::read(&machine);
    assert_eq!(
        facts.cluster.as_deref(),
        Some("prod"),
        "the spec counts before the label"
    );
    assert!(facts.control_plane && facts.paused && facts.behind);
    assert_eq!(facts.autoscaler, Some((1, 5)));
    assert_eq!(facts.topology.as_deref(), Some("md-0"));
    assert_eq!(*facts.labels, [("site".into(), "b".into())]);
    assert_eq!(
        facts
            .owner
            .as_ref()
            .map(|owner| (owner.kind.kind.as_ref(), owner.name.as_str())),
        Some(("MachineSet", "set"))
    );
    assert_eq!(
        facts.deleting_since.map(|since| since.to_string()).as_deref(),
        Some(TIME)
    );
    assert_eq!(*facts.finalizers, ["machine.cluster.x-k8s.io"]);
}

#[test]
fn the_oldest_running_version_and_where_etcd_is() {
    let external =
        json!({ "clusterConfiguration": { "etcd": { "external": { "endpoints": ["https://e"] } } } });
    let status = json!({ "versions": [{ "version": "v1.31.2", "replicas": 1 }, { "version": "v1.9.4", "replicas": 2 }], "version": "v1.31.2" });
    let cases = [
        (json!({ "kubeadmConfigSpec": {} }), status, true, Some("v1.9.4")),
        (
            json!({ "kubeadmConfigSpec": external }),
            json!({ "version": "v1.28.0" }),
            false,
            Some("v1.28.0"),
        ),
    ];
    for (spec, status, stacked, version) in cases {
        let facts = Facts::read(&object(
            "controlplane.cluster.x-k8s.io/v1beta2",
            "KubeadmControlPlane",
            "cp",
            &spec,
            &status,
        ));
        let particulars = facts.particulars.expect("particulars");
        assert_eq!(particulars.stacked_etcd, stacked);
        assert_eq!(particulars.running_version.as_deref(), version);
    }
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_kept() {
    let mut machine = machines()[2].1.clone();
    machine["spec"]["version"] = json!(1.31);
    machine["spec"]["infrastructureRef"] = json!("m-1");
    machine["status"]["conditions"][0] = json!("Available");
    machine["status"]["nodeRef"] = json!([]);
    machine["metadata"]["creationTimestamp"] = json!("yesterday");
    let facts = Facts::read(&machine);
    assert_eq!(
        *facts.broken,
        [
            "metadata.creationTimestamp is \"yesterday\"",
            "status.conditions[0] is \"Available\"",
            "spec.infrastructureRef is \"m-1\"",
            "spec.version is a number",
            "status.nodeRef is a list, not an object",
        ]
    );
    assert_eq!(facts.object.name, "m-1");
    assert_eq!(facts.phase.as_deref(), Some("Running"));
    assert_eq!(facts.conditions.len(), 1);
    assert_eq!(
        (facts.version, facts.infrastructure, facts.node),
        (None, None, None)
    );
}

#[test]
fn no_object_at_all_is_read_as_an_empty_one() {
    for nothing in [Value::Null, json!([]), json!("Machine"), json!({})] {
        let facts = Facts::read(&nothing);
        assert_eq!((facts.role, facts.object.name.as_str()), (Role::Other, ""));
    }
}

#[test]
fn conditions_of_one_shape_are_kept_once() {
    let condition = |time: &str| {
        let status = json!({ "conditions": [{ "type": "Ready", "status": "True", "reason": "Ready", "lastTransitionTime": time }] });
        Facts::read(&object(
            "cluster.x-k8s.io/v1beta2",
            "Machine",
            "m",
            &json!({}),
            &status,
        ))
        .conditions
        .remove(0)
    };
    let (one, other) = (condition(TIME), condition("2026-08-21T08:00:00Z"));
    assert!(std::ptr::eq(&raw const *one, &raw const *other));
    assert_ne!(one.since(), other.since());
}

/// A hundred thousand machines have a dozen of them each.
#[test]
fn a_condition_is_small() {
    assert!(size_of::<super::CompactCondition>() <= 24);
}
