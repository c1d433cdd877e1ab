//! From what objects say to the object at the bottom; and that rows and ways never differ.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::why;
use crate::fixtures::{
    cluster, condition, key, now, object, old_condition, row, session, set, store, upserts, whole_cluster,
    with,
};
use crate::health::verdict;
use crate::session::Connection;
use crate::store::FleetStore;
use crate::waits_for::WaitsFor;

/// Kind and name of each step, and what the last one says.
fn way(store: &FleetStore, kind: &str, name: &str) -> (Vec<String>, String, WaitsFor) {
    let why = why(store, &key(store, kind, name), now()).expect("the object");
    let steps = why.steps.iter();
    let steps = steps.map(|step| format!("{} {}", step.key.kind.kind, step.key.object.name));
    let line = why.root().map(|root| root.verdict.line.clone());
    (steps.collect(), line.unwrap_or_default(), why.waits_for)
}

/// Puts other conditions in the place of those of the object of that kind and name.
fn say(objects: &mut [Value], kind: &str, name: &str, conditions: &[Value]) {
    let found = objects
        .iter_mut()
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        .expect("the object");
    set(found, "/status/conditions", json!(conditions));
}

fn no(kind: &str, message: &str) -> Value {
    condition(kind, "False", "NotReady", message)
}

const WORKER: &str = "prod-md-0-79q9d-x7k2p";

/// A worker finds no host, and everything above it says so.
fn no_host() -> Vec<Value> {
    let mut objects = whole_cluster("prod");
    let none = "no free host matches site=b";
    say(
        &mut objects,
        "DevMachine",
        WORKER,
        &[condition("Ready", "False", "BYOHostsUnavailable", none)],
    );
    let of_machine = format!("* InfrastructureReady: {none}");
    say(
        &mut objects,
        "Machine",
        WORKER,
        &[no("Ready", &of_machine), no("InfrastructureReady", none)],
    );
    say(
        &mut objects,
        "MachineSet",
        "prod-md-0-79q9d",
        &[no("MachinesReady", &format!("* Machine {WORKER}: {none}"))],
    );
    let few = "1 available replicas, at least 2 required";
    say(
        &mut objects,
        "MachineDeployment",
        "prod-md-0",
        &[no("Available", few)],
    );
    let of_cluster = format!("* WorkersAvailable:\n  * MachineDeployment prod-md-0: {few}");
    let of_cluster = [no("Available", &of_cluster), no("WorkersAvailable", few)];
    say(&mut objects, "Cluster", "prod", &of_cluster);
    objects
}

#[test]
fn anchor_73_the_way_leads_from_the_cluster_to_what_is_at_the_bottom() {
    let store = store(&no_host());
    let (steps, line, waits_for) = way(&store, "Cluster", "prod");
    let expected = [
        "Cluster prod",
        "MachineDeployment prod-md-0",
        "MachineSet prod-md-0-79q9d",
        "Machine prod-md-0-79q9d-x7k2p",
        "DevMachine prod-md-0-79q9d-x7k2p",
    ];
    assert_eq!(steps, expected);
    assert_eq!(
        (line.as_str(), waits_for),
        ("no free host matches site=b", WaitsFor::HostPool)
    );
    // Who comes by a lower one comes to the same end.
    let (below, ..) = way(&store, "MachineSet", "prod-md-0-79q9d");
    assert_eq!(below, expected[2..]);
    // Rows say it too, by the name that people know.
    for (kind, name) in [("Cluster", "prod"), ("MachineDeployment", "prod-md-0")] {
        let row = store.get(&key(&store, kind, name)).expect("the row");
        let line = verdict(row, &store, now()).line;
        assert_eq!(
            line,
            format!("Machine {WORKER}: no free host matches site=b"),
            "{kind}"
        );
    }
    // What is well has no way to go.
    assert_eq!(way(&store, "KubeadmControlPlane", "prod-cp").0.len(), 1);
}

/// A cluster that was never up: its workers wait for the control plane, which nobody reaches yet.
fn never_up() -> Vec<Value> {
    let mut objects = whole_cluster("prod");
    for object in &mut objects {
        if object["kind"] == "Cluster" || object["kind"] == "KubeadmControlPlane" {
            set(
                object,
                "/status/initialization/controlPlaneInitialized",
                json!(false),
            );
            set(
                object,
                "/metadata/creationTimestamp",
                json!("2026-08-21T11:59:00Z"),
            );
        }
    }
    let (probe, none) = (
        "Remote connection not established yet",
        "Control plane not yet initialized",
    );
    let few = "0 available replicas, at least 2 required";
    let all = format!(
        "* RemoteConnectionProbe: {probe}\n* ControlPlaneAvailable: {none}\n* WorkersAvailable:\n  * MachineDeployment prod-md-0: {few}"
    );
    let of_cluster = [
        no("Available", &all),
        condition("RemoteConnectionProbe", "False", "ProbeFailed", probe),
        no("ControlPlaneAvailable", none),
        no("WorkersAvailable", few),
    ];
    say(&mut objects, "Cluster", "prod", &of_cluster);
    let blocked = "Scaling up from 0 to 2 replicas is blocked because:\n* KubeadmControlPlane default/prod-cp is provisioning (\"ControlPlaneIsStable\" preflight check failed)";
    let mut blocked = condition("ScalingUp", "True", "ScalingUp", blocked);
    blocked["lastTransitionTime"] = json!("2026-08-21T11:59:00Z");
    say(&mut objects, "MachineSet", "prod-md-0-79q9d", &[blocked]);
    objects
}

#[test]
fn a_cluster_that_was_never_up_waits_for_its_control_plane_and_for_no_upgrade() {
    let mut objects = never_up();
    // Nothing is known to be wrong with the control plane itself.
    let (steps, line, waits_for) = way(&store(&objects), "MachineSet", "prod-md-0-79q9d");
    assert_eq!((steps.len(), waits_for), (1, WaitsFor::ControlPlane), "{line}");
    // Its machine finds no host: that is what all of it waits for, and not that nobody reaches what is not there.
    let none = "no free host matches site=b";
    let bare = [no("Available", "Control plane not yet initialized")];
    say(&mut objects, "KubeadmControlPlane", "prod-cp", &bare);
    let of_machine = [
        no("Ready", &format!("* InfrastructureReady: {none}")),
        no("InfrastructureReady", none),
    ];
    say(&mut objects, "Machine", "prod-cp-tn4rn", &of_machine);
    let of_host = [condition("Ready", "False", "BYOHostsUnavailable", none)];
    say(&mut objects, "DevMachine", "prod-cp-tn4rn", &of_host);
    let store = store(&objects);
    for (kind, name) in [("Cluster", "prod"), ("MachineSet", "prod-md-0-79q9d")] {
        let (steps, _, waits_for) = way(&store, kind, name);
        assert_eq!(
            steps[1..],
            [
                "KubeadmControlPlane prod-cp",
                "Machine prod-cp-tn4rn",
                "DevMachine prod-cp-tn4rn"
            ],
            "{kind}"
        );
        assert_eq!(waits_for, WaitsFor::HostPool, "{kind}");
    }
}

#[test]
fn that_a_cluster_is_not_reached_before_it_was_up_is_no_fault() {
    let store_of = store(&never_up());
    let row = store_of.get(&key(&store_of, "Cluster", "prod")).expect("the row");
    let verdict = verdict(row, &store_of, now());
    assert!(!verdict.health.is_fault(), "{verdict:?}");
    assert!(!verdict.line.contains("Remote connection"), "{verdict:?}");
}

/// A host that runs the worker's infrastructure machine, and what it says.
fn host_of_the_worker(name: &str, conditions: &[Value]) -> Value {
    with(
        object("infrastructure.cluster.x-k8s.io/v1beta1", "ByoHost", name),
        &[
            (
                "/metadata/labels",
                json!({"cluster.x-k8s.io/cluster-name": "prod"}),
            ),
            (
                "/status/machineRef",
                json!({"kind": "ByoMachine", "namespace": "default", "name": WORKER}),
            ),
            ("/status/conditions", json!(conditions)),
        ],
    )
}

#[test]
fn the_way_goes_on_to_the_host_that_a_machine_runs_on() {
    let mut objects = no_host();
    let failed = "step 4 of 9: kubeadm join: exit status 1";
    let of_machine = [condition(
        "Ready",
        "False",
        "BYOHostReady",
        "its host is not ready",
    )];
    say(&mut objects, "DevMachine", WORKER, &of_machine);
    let severe = |kind: &str, reason: &str| old_condition(kind, "False", "Error", reason, failed);
    objects.push(host_of_the_worker(
        "node-7",
        &[severe("K8sNodeBootstrapSucceeded", "CloudInitExecutionFailed")],
    ));
    // Another host has nothing to do with it, however it is.
    let mut other = host_of_the_worker(
        "node-8",
        &[severe("K8sNodeBootstrapSucceeded", "CloudInitExecutionFailed")],
    );
    set(&mut other, "/status/machineRef/name", json!("somebody-else"));
    objects.push(other);
    let store_of = store(&objects);
    let (steps, line, _) = way(&store_of, "Cluster", "prod");
    let last = [
        "Machine prod-md-0-79q9d-x7k2p",
        "DevMachine prod-md-0-79q9d-x7k2p",
        "ByoHost node-7",
    ];
    assert_eq!(steps[3..], last);
    assert_eq!(line, failed);
    // Rows above name the machine, which is what people know.
    let row = store_of.get(&key(&store_of, "Cluster", "prod")).expect("the row");
    assert_eq!(
        verdict(row, &store_of, now()).line,
        format!("Machine {WORKER}: {failed}")
    );
    // All who suffer from it are one problem, and the host is its root.
    let problems = crate::problems::Problems::build(&store_of, now());
    let of_host = problems
        .list()
        .iter()
        .find(|problem| problem.line == failed && problem.victims.len() > 1);
    let of_host = of_host.expect("the problem");
    assert_eq!(
        of_host.root,
        crate::problems::Root::Object(key(&store_of, "ByoHost", "node-7"))
    );
    assert_eq!(of_host.path.len(), 5);
}

#[test]
fn a_machine_whose_host_is_silent_is_led_to_it_and_one_whose_host_is_well_is_not() {
    let lost = "the node was not heard for 2m";
    let with_host = |connected: &str| {
        let mut objects = whole_cluster("prod");
        say(
            &mut objects,
            "Machine",
            WORKER,
            &[no("Ready", lost), no("NodeHealthy", lost)],
        );
        let said = if connected == "True" {
            ""
        } else {
            "not heard for 90 s"
        };
        objects.push(host_of_the_worker(
            "node-7",
            &[
                old_condition("AgentConnected", connected, "", "HeartbeatTimeout", said),
                old_condition("K8sNodeBootstrapSucceeded", "True", "", "", ""),
            ],
        ));
        store(&objects)
    };
    let (steps, line, waits_for) = way(&with_host("False"), "Machine", WORKER);
    assert_eq!(steps[1..], ["ByoHost node-7"]);
    assert_eq!(line, "not heard for 90 s");
    assert_eq!(waits_for, WaitsFor::Person("the agent of the host is not heard"));
    let (steps, ..) = way(&with_host("True"), "Machine", WORKER);
    assert_eq!(steps.len(), 1, "{steps:?}");
}

#[test]
fn a_condition_is_followed_to_whom_it_speaks_of_and_to_nobody_else() {
    let mut objects = no_host();
    let topology = condition("TopologyReconciled", "False", "ReconcileFailed", "no template x");
    say(
        &mut objects,
        "Cluster",
        "prod",
        &[condition("Available", "True", "Available", ""), topology],
    );
    let store_of = store(&objects);
    let (steps, line, waits_for) = way(&store_of, "Cluster", "prod");
    assert_eq!((steps.len(), line.as_str()), (1, "no template x"));
    assert!(matches!(waits_for, WaitsFor::Person(_)), "{waits_for:?}");
    // Of its control plane, not of the worker that is in trouble too.
    let mut objects = no_host();
    say(
        &mut objects,
        "KubeadmControlPlane",
        "prod-cp",
        &[no("Available", "* etcd has no quorum")],
    );
    let of_cluster = [
        no("Available", "* ControlPlaneAvailable: etcd has no quorum"),
        no("ControlPlaneAvailable", "etcd has no quorum"),
    ];
    say(&mut objects, "Cluster", "prod", &of_cluster);
    let store_of = store(&objects);
    assert_eq!(
        way(&store_of, "Cluster", "prod").0,
        ["Cluster prod", "KubeadmControlPlane prod-cp"]
    );
}

#[test]
fn workers_that_wait_for_the_control_plane_lead_to_what_holds_that_up() {
    let mut objects = whole_cluster("prod");
    let waits = "Waiting for Cluster control plane to be initialized";
    for name in [WORKER, "prod-md-0-79q9d-b4x8z"] {
        say(
            &mut objects,
            "KubeadmConfig",
            name,
            &[no("Ready", &format!("* DataSecretAvailable: {waits}"))],
        );
        say(
            &mut objects,
            "Machine",
            name,
            &[no("Ready", &format!("* BootstrapConfigReady: {waits}"))],
        );
    }
    say(
        &mut objects,
        "DevMachine",
        "prod-cp-tn4rn",
        &[condition(
            "Ready",
            "False",
            "InstanceProvisionFailed",
            "quota exceeded",
        )],
    );
    say(
        &mut objects,
        "Machine",
        "prod-cp-tn4rn",
        &[no("Ready", "* InfrastructureReady: quota exceeded")],
    );
    say(
        &mut objects,
        "KubeadmControlPlane",
        "prod-cp",
        &[no("Available", "Control plane not yet initialized")],
    );
    let not_yet = [no(
        "Available",
        "* ControlPlaneAvailable: Control plane not yet initialized",
    )];
    say(&mut objects, "Cluster", "prod", &not_yet);
    for object in &mut objects {
        if object["kind"] == "Cluster" || object["kind"] == "KubeadmControlPlane" {
            set(
                object,
                "/status/initialization/controlPlaneInitialized",
                json!(false),
            );
        }
        if object["kind"] == "Machine" {
            set(object, "/status/nodeRef", Value::Null);
        }
    }
    let store = store(&objects);
    let (steps, line, _) = way(&store, "Machine", WORKER);
    let expected = [
        "Machine prod-md-0-79q9d-x7k2p",
        "KubeadmConfig prod-md-0-79q9d-x7k2p",
        "KubeadmControlPlane prod-cp",
        "Machine prod-cp-tn4rn",
        "DevMachine prod-cp-tn4rn",
    ];
    assert_eq!(steps, expected);
    assert_eq!(line, "quota exceeded");
    assert_eq!(way(&store, "Cluster", "prod").0.last(), steps.last());
}

#[test]
fn machines_out_of_reach_lead_to_their_clusters_connection() {
    let mut objects = whole_cluster("prod");
    let probe = "Last successful probe at 2026-08-21T11:00:00Z";
    let lost = [
        condition(
            "Ready",
            "Unknown",
            "ReadyUnknown",
            &format!("* NodeHealthy: {probe}"),
        ),
        condition("NodeHealthy", "Unknown", "ConnectionDown", probe),
        condition("Available", "False", "NotReady", ""),
    ];
    for name in [WORKER, "prod-cp-tn4rn"] {
        say(&mut objects, "Machine", name, &lost);
    }
    let of_cluster = [
        condition(
            "Available",
            "False",
            "NotAvailable",
            &format!("* RemoteConnectionProbe: {probe}"),
        ),
        condition("RemoteConnectionProbe", "False", "ProbeFailed", probe),
    ];
    say(&mut objects, "Cluster", "prod", &of_cluster);
    let store_of = store(&objects);
    assert_eq!(
        way(&store_of, "Machine", WORKER).0,
        [format!("Machine {WORKER}"), "Cluster prod".to_owned()]
    );
    assert_eq!(way(&store_of, "Cluster", "prod").2, WaitsFor::Connection);
    // One that is broken for itself is why nobody is reached.
    say(
        &mut objects,
        "DevMachine",
        "prod-cp-tn4rn",
        &[condition(
            "Ready",
            "False",
            "InstanceDeleted",
            "the instance is gone, an Error",
        )],
    );
    say(
        &mut objects,
        "Machine",
        "prod-cp-tn4rn",
        &[
            no("Ready", "* InfrastructureReady: the instance is gone"),
            no("InfrastructureReady", "gone"),
        ],
    );
    let store_of = store(&objects);
    assert_eq!(
        way(&store_of, "Machine", WORKER).0.last().map(String::as_str),
        Some("DevMachine prod-cp-tn4rn")
    );
}

#[test]
fn anchor_83_84_85_deletions_lead_to_who_holds_them_up() {
    let since = "2026-08-21T10:00:00Z";
    let deleted = |mut objects: Vec<Value>, of: &[(&str, &str)]| {
        for object in &mut objects {
            let of = of
                .iter()
                .any(|(kind, name)| object["kind"] == *kind && object["metadata"]["name"] == *name);
            if of {
                set(object, "/metadata/deletionTimestamp", json!(since));
                set(object, "/metadata/finalizers", json!(["held.example.com"]));
            }
        }
        objects
    };
    let all = [
        ("Cluster", "prod"),
        ("MachineDeployment", "prod-md-0"),
        ("MachineSet", "prod-md-0-79q9d"),
        ("Machine", WORKER),
    ];
    let mut objects = deleted(whole_cluster("prod"), &all);
    let pod = "Drain not completed yet:\n* Pod shop/cart: cannot evict pod as it would violate the pod's disruption budget";
    say(
        &mut objects,
        "Machine",
        WORKER,
        &[condition("Deleting", "True", "DrainingNode", pod)],
    );
    let draining = store(&objects);
    let (steps, line, waits_for) = way(&draining, "Cluster", "prod");
    assert_eq!(
        steps.last().map(String::as_str),
        Some("Machine prod-md-0-79q9d-x7k2p")
    );
    assert!(line.contains("Pod shop/cart: cannot evict pod"), "{line}");
    assert_eq!(waits_for, WaitsFor::Drain);
    // The deployment's row names the pod too.
    let row = draining
        .get(&key(&draining, "MachineDeployment", "prod-md-0"))
        .expect("the row");
    assert!(verdict(row, &draining, now()).line.contains("Pod shop/cart"));
    // Its infrastructure is left behind: that is who holds it up.
    let orphan = [&all[..], &[("DevMachine", WORKER)]].concat();
    let left = store(&deleted(whole_cluster("prod"), &orphan));
    let (steps, _, waits_for) = way(&left, "Cluster", "prod");
    assert_eq!(
        steps.last().map(String::as_str),
        Some("DevMachine prod-md-0-79q9d-x7k2p")
    );
    assert_eq!(waits_for, WaitsFor::Deletion("held.example.com".into()));
}

#[test]
fn what_is_referenced_and_not_there_is_named() {
    let mut objects = whole_cluster("prod");
    objects.retain(|object| object["kind"] != "DevMachine");
    say(
        &mut objects,
        "Machine",
        WORKER,
        &[no("Ready", "* InfrastructureReady: DevMachine does not exist")],
    );
    let store_of = store(&objects);
    let found = why(&store_of, &key(&store_of, "Machine", WORKER), now()).expect("the machine");
    let missing: Vec<String> = found.missing.iter().map(ToString::to_string).collect();
    assert_eq!(missing, [format!("DevMachine default/{WORKER} in mgmt-taipei")]);
    // What was not read yet is not missing.
    let mut late = FleetStore::default();
    late.apply(session("mgmt-taipei", Connection::Connecting));
    late.apply(upserts("mgmt-taipei", &objects));
    let found = why(&late, &key(&late, "Machine", WORKER), now()).expect("the machine");
    assert_eq!(found.missing, []);
}

#[test]
fn references_that_lead_in_circles_end() {
    let mut objects = whole_cluster("prod");
    let circle = json!({ "apiGroup": "cluster.x-k8s.io", "kind": "Machine", "name": WORKER });
    for object in &mut objects {
        if object["kind"] == "Machine" {
            set(object, "/spec/infrastructureRef", circle.clone());
            set(object, "/status/conditions", json!([no("Ready", "broken")]));
        }
        if object["kind"] == "Cluster" {
            let itself = json!({ "apiGroup": "cluster.x-k8s.io", "kind": "Cluster", "name": "prod" });
            set(object, "/spec/infrastructureRef", itself.clone());
            set(object, "/spec/controlPlaneRef", itself);
            set(object, "/status/conditions", json!([no("Available", "")]));
        }
    }
    let store = store(&objects);
    assert_eq!(way(&store, "Machine", WORKER).0.len(), 1);
    assert!(way(&store, "Cluster", "prod").0.len() < 4);
    // Another namespace's and another management cluster's objects are not referred to.
    assert!(why(&store, &row("other", &cluster("prod")).key(), now()).is_none());
}

/// Something that is done to one object of a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Blow {
    object: usize,
    what: usize,
    text: usize,
}

pub(crate) fn blows() -> impl Strategy<Value = Vec<Blow>> {
    let blow =
        (0..64_usize, 0..9_usize, 0..6_usize).prop_map(|(object, what, text)| Blow { object, what, text });
    prop::collection::vec(blow, 0..10)
}

/// The objects after all that was done to them.
pub(crate) fn struck(mut objects: Vec<Value>, blows: &[Blow]) -> Vec<Value> {
    let texts = [
        "no free host".to_owned(),
        "* NodeHealthy: the kubelet is gone".to_owned(),
        "* WorkersAvailable:\n  * MachineDeployment prod-md-0: 1 available replicas, at least 2 required"
            .to_owned(),
        "Waiting for Cluster control plane to be initialized".to_owned(),
        "1 available replicas, at least 2 required".to_owned(),
        "x".repeat(400),
    ];
    let all = objects.len();
    for blow in blows {
        let object = &mut objects[blow.object % all];
        let text = &texts[blow.text % texts.len()];
        let main = match object["kind"].as_str() {
            Some("Cluster" | "KubeadmControlPlane" | "MachineDeployment") => "Available",
            Some("MachineSet") => "MachinesReady",
            _ => "Ready",
        };
        match blow.what {
            0 => set(object, "/status/conditions", json!([no(main, text)])),
            1 => set(
                object,
                "/status/conditions",
                json!([condition(main, "Unknown", "ReadyUnknown", text)]),
            ),
            2 => set(
                object,
                "/status/conditions",
                json!([no(main, text), no("InfrastructureReady", text)]),
            ),
            3 => set(
                object,
                "/status/conditions",
                json!([
                    condition(main, "True", main, ""),
                    condition(
                        "ScalingUp",
                        "True",
                        "ScalingUp",
                        &format!("Scaling up is blocked because:\n* {text}")
                    )
                ]),
            ),
            4 => set(
                object,
                "/metadata/deletionTimestamp",
                json!("2026-08-21T10:00:00Z"),
            ),
            5 => set(object, "/spec/paused", json!(true)),
            6 => set(object, "/status/phase", json!("Failed")),
            7 => set(
                object,
                "/metadata/creationTimestamp",
                json!("2026-08-21T11:59:00Z"),
            ),
            _ => set(
                object,
                "/status/conditions",
                json!([
                    condition("NodeHealthy", "Unknown", "ConnectionDown", text),
                    condition("Ready", "Unknown", "ReadyUnknown", text),
                    no("RemoteConnectionProbe", text)
                ]),
            ),
        }
    }
    objects
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// What a row says is what the object at the bottom of it says; and that one has nothing below it.
    #[test]
    fn rows_say_what_is_at_the_bottom(blows in blows()) {
        let mut objects = whole_cluster("prod");
        objects.push(with(object("cluster.x-k8s.io/v1beta2", "MachineHealthCheck", "mhc"), &[("/spec/clusterName", json!("prod"))]));
        let store = store(&struck(objects, &blows));
        for row in store.rows(None) {
            let verdict = verdict(row, &store, now());
            let found = why(&store, &row.key(), now()).expect("a row of the store");
            let root = found.root().expect("a step");
            prop_assert_eq!(&found.steps[0].key, &row.key());
            if verdict.health.is_fault() {
                let said = root.verdict.line.trim_start_matches("paused; ");
                prop_assert!(verdict.line.contains(said), "{}: {:?} and {:?}", row.key(), verdict.line, said);
            }
            // The rest of the way is the way of whoever is on it.
            for (index, step) in found.steps.iter().enumerate() {
                let rest = why(&store, &step.key, now()).expect("a row of the store");
                prop_assert_eq!(&rest.steps[..], &found.steps[index..]);
            }
        }
    }
}
