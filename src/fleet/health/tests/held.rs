//! What does not go on by itself is no "on its way", however young it is.

use fleetui_api::byoh::names::{HOST_READY, reason};
use serde_json::{Value, json};

use super::{Health, conditions, judge, young};
use crate::fixtures::{condition, machine, now, object, old_condition, set, store, whole_cluster, with};
use crate::problems::Problems;

const NONE: &str = "0/6 hosts can be taken: 5 with a machine, 1 quarantined";
const WORKER: &str = "prod-md-0-79q9d-x7k2p";

/// The infrastructure of a young machine says so, in the words of the provider's own condition.
fn byo_machine(reason: &str, message: &str) -> Value {
    let summary = format!("* {HOST_READY}: {message}");
    let asks = object("infrastructure.cluster.x-k8s.io/v1beta1", "ByoMachine", WORKER);
    young(conditions(
        asks,
        &[
            condition("Ready", "False", "NotReady", &summary),
            condition(HOST_READY, "False", reason, message),
        ],
    ))
}

/// A cluster in the first minutes of its life, whose one worker waits for something.
fn coming_up(reason: &str, message: &str) -> Vec<Value> {
    let mut objects: Vec<Value> = whole_cluster("prod").into_iter().map(young).collect();
    for object in &mut objects {
        let of = |object: &Value, name: &str| object["metadata"]["name"] == name;
        if object["kind"] == "Machine" && of(object, WORKER) {
            let reference =
                json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachine", "name": WORKER});
            let said = format!("* InfrastructureReady: {message}");
            let conditions = [
                condition("Ready", "False", "NotReady", &said),
                condition("InfrastructureReady", "False", "NotReady", message),
            ];
            set(object, "/spec/infrastructureRef", reference);
            set(object, "/status/nodeRef", Value::Null);
            set(object, "/status/phase", json!("Provisioning"));
            set(object, "/status/conditions", json!(conditions));
        }
        if object["kind"] == "MachineDeployment" {
            let few = condition(
                "Available",
                "False",
                "NotAvailable",
                "1 available replicas, at least 2 required",
            );
            let grows = condition("ScalingUp", "True", "ScalingUp", "");
            set(object, "/status/conditions", json!([few, grows]));
        }
        if object["kind"] == "Cluster" {
            let said = "* WorkersAvailable:\n  * MachineDeployment prod-md-0: 1 available replicas, at least 2 required";
            let few = condition("Available", "False", "NotAvailable", said);
            let workers = condition(
                "WorkersAvailable",
                "False",
                "NotAvailable",
                "1 available replicas, at least 2 required",
            );
            let grows = condition("ScalingUp", "True", "ScalingUp", "");
            set(object, "/status/conditions", json!([few, workers, grows]));
        }
    }
    objects.push(byo_machine(reason, message));
    objects
}

fn health_of(objects: &[Value], kind: &str, name: &str) -> Health {
    let mut objects = objects.to_vec();
    let at = objects
        .iter()
        .position(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        .expect("the object");
    objects.swap(0, at);
    judge(&objects).0
}

#[test]
fn a_machine_without_a_free_host_is_a_problem_at_once_and_so_is_what_is_made_of_it() {
    let objects = coming_up(reason::HOSTS_UNAVAILABLE, NONE);
    for (kind, name) in [
        ("ByoMachine", WORKER),
        ("Machine", WORKER),
        ("MachineDeployment", "prod-md-0"),
        ("Cluster", "prod"),
    ] {
        assert_eq!(health_of(&objects, kind, name), Health::Warning, "{kind}");
    }
    let problems = Problems::build(&store(&objects), now());
    assert_eq!(problems.list().len(), 1, "{:#?}", problems.list());
    assert_eq!(problems.list()[0].line, NONE);
}

#[test]
fn a_machine_on_a_silent_host_is_one_at_once_too() {
    let objects = coming_up(reason::HEARTBEAT_TIMEOUT, "Host node-3 was not heard for 121 s");
    assert_eq!(health_of(&objects, "Machine", WORKER), Health::Warning);
    assert_eq!(health_of(&objects, "Cluster", "prod"), Health::Warning);
}

#[test]
fn what_goes_on_by_itself_is_on_its_way_and_counted() {
    let objects = coming_up(reason::INSTALLING, "Host node-3 installs Kubernetes");
    for (kind, name) in [
        ("Machine", WORKER),
        ("MachineDeployment", "prod-md-0"),
        ("Cluster", "prod"),
    ] {
        assert_eq!(health_of(&objects, kind, name), Health::Progressing, "{kind}");
    }
    let problems = Problems::build(&store(&objects), now());
    assert_eq!(problems.list(), [], "nothing is wrong");
    let coming = problems.on_their_way();
    assert!(coming.objects >= 3, "{coming:?}");
    assert!(coming.oldest.is_some_and(|oldest| oldest < now()), "{coming:?}");
}

#[test]
fn a_cluster_of_the_old_model_is_not_on_its_way_while_a_machine_of_it_waits_for_a_person() {
    let held = with(
        young(machine("prod", ("MachineSet", "set"), WORKER)),
        &[
            (
                "/spec/infrastructureRef",
                json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachine", "name": WORKER}),
            ),
            ("/status/nodeRef", Value::Null),
            (
                "/status/conditions",
                json!([condition("Ready", "False", "NotReady", NONE)]),
            ),
        ],
    );
    let scaling = old_condition("Ready", "False", "Info", "ScalingUp", "Scaling up");
    let cluster = young(conditions(crate::fixtures::cluster("prod"), &[scaling]));
    let asks = byo_machine(reason::HOSTS_UNAVAILABLE, NONE);
    assert_eq!(judge(&[cluster.clone(), held, asks]).0, Health::Warning);
    assert_eq!(judge(&[cluster]).0, Health::Progressing);
}

#[test]
fn a_cluster_of_which_nothing_is_left_is_broken() {
    let few = condition(
        "Available",
        "False",
        "NotAvailable",
        "* WorkersAvailable: 0 available replicas",
    );
    let broken = with(
        conditions(crate::fixtures::cluster("prod"), &[few]),
        &[
            (
                "/status/controlPlane",
                json!({"desiredReplicas": 1, "availableReplicas": 0}),
            ),
            (
                "/status/workers",
                json!({"desiredReplicas": 2, "availableReplicas": 0}),
            ),
        ],
    );
    assert_eq!(judge(std::slice::from_ref(&broken)).0, Health::Failed);
    let some = with(broken, &[("/status/workers/availableReplicas", json!(1))]);
    assert_eq!(judge(&[some]).0, Health::Warning);
}

#[test]
fn what_waits_for_a_time_to_pass_has_not_failed() {
    use crate::health::cause::{Weight, weight};
    for waiting in ["WaitingForStartupTimeout", "WaitingForBootstrapFailedRetry"] {
        assert_eq!(weight(waiting), Weight::Passing, "{waiting}");
    }
    assert_eq!(weight("NodeStartupTimeout"), Weight::Failed);
}
