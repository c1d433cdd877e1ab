//! Tables of what sets and machines say, and what their owners are judged by it.

use serde_json::{Value, json};

use crate::fixtures::{
    cluster, condition, control_plane, deployment, key, machine, machine_set, now, old_condition, set, store,
    whole_cluster, with,
};
use crate::health::{Health, verdict};

const LATELY: &str = "2026-08-21T11:59:00Z";

fn judged(objects: &[Value], kind: &str, name: &str) -> (Health, String) {
    let store = store(objects);
    let row = store.get(&key(&store, kind, name)).expect("the row");
    let verdict = verdict(row, &store, now());
    (verdict.health, verdict.line)
}

/// A condition that has just become so.
fn fresh(kind: &str, status: &str, message: &str) -> Value {
    let mut condition = condition(kind, status, &format!("Not{kind}"), message);
    condition["lastTransitionTime"] = json!(LATELY);
    condition
}

fn push(object: &mut Value, condition: Value) {
    object["status"]["conditions"]
        .as_array_mut()
        .expect("a list")
        .push(condition);
}

/// A deployment that wishes three and has one, and whose set says why no more come.
fn held_up(message: &str, since: &str) -> Vec<Value> {
    let mut blocked = condition("ScalingUp", "True", "ScalingUp", message);
    blocked["lastTransitionTime"] = json!(since);
    let mut set_of = machine_set("prod", "md", "md-1", 3);
    push(&mut set_of, blocked);
    let deployment = with(
        deployment("prod", "md", 3),
        &[
            ("/status/replicas", json!(1)),
            ("/status/availableReplicas", json!(1)),
            ("/status/phase", json!("ScalingUp")),
            (
                "/status/conditions/0",
                fresh("Available", "False", "1 available replicas, at least 3 required"),
            ),
        ],
    );
    vec![cluster("prod"), control_plane("prod", 3), deployment, set_of]
}

const SKEW: &str = "Scaling up from 1 to 3 replicas is blocked because:\n* MachineSet version (v1.30.4) and ControlPlane \
                    version (v1.31.2) do not conform (\"KubeadmVersionSkew\" preflight check failed)";

#[test]
fn anchor_82_what_holds_up_a_set_is_said_by_its_deployment_and_its_cluster() {
    let line = "Scaling up from 1 to 3 replicas is blocked because: MachineSet version (v1.30.4) and ControlPlane version \
                (v1.31.2) do not conform (\"KubeadmVersionSkew\" preflight check failed)";
    let objects = held_up(SKEW, LATELY);
    for name in ["md", "md-1"] {
        let kind = if name == "md" {
            "MachineDeployment"
        } else {
            "MachineSet"
        };
        assert_eq!(judged(&objects, kind, name), (Health::Warning, line.to_owned()));
    }
    let (health, said) = judged(&objects, "Cluster", "prod");
    assert_eq!(health, Health::Warning);
    assert!(
        said.starts_with("MachineDeployment md: Scaling up from 1 to 3"),
        "{said}"
    );
}

#[test]
fn anchor_86_waiting_for_the_control_planes_rollout_is_progress_until_it_lasts() {
    let waits = "Scaling up from 1 to 3 replicas is blocked because:\n* KubeadmControlPlane default/prod-cp is upgrading \
                 (\"ControlPlaneIsStable\" preflight check failed)";
    let (health, said) = judged(&held_up(waits, LATELY), "MachineDeployment", "md");
    assert_eq!(health, Health::Progressing);
    assert!(said.contains("is upgrading"), "{said}");
    let (health, _) = judged(&held_up(waits, "2026-08-21T11:00:00Z"), "MachineDeployment", "md");
    assert_eq!(health, Health::Warning);
    let both = format!("{waits}\n* DevMachineTemplate md does not exist");
    assert_eq!(
        judged(&held_up(&both, LATELY), "MachineDeployment", "md").0,
        Health::Warning
    );
}

#[test]
fn the_old_model_has_another_word_for_it() {
    let mut objects = held_up(SKEW, LATELY);
    objects[3]["status"]["conditions"] = json!([old_condition(
        "MachinesCreated",
        "False",
        "Error",
        "PreflightCheckFailed",
        "control plane prod-cp is upgrading"
    )]);
    assert_eq!(
        judged(&objects, "MachineDeployment", "md"),
        (Health::Warning, "control plane prod-cp is upgrading".to_owned())
    );
}

/// Makes a machine one that is being provisioned, as it was made a minute ago.
fn arriving(machine: &mut Value) {
    set(machine, "/metadata/creationTimestamp", json!(LATELY));
    set(machine, "/status/nodeRef", Value::Null);
    set(machine, "/status/phase", json!("Provisioning"));
    for index in 0..2 {
        let kind = machine["status"]["conditions"][index]["type"]
            .as_str()
            .expect("a type")
            .to_owned();
        set(
            machine,
            &format!("/status/conditions/{index}"),
            fresh(&kind, "False", "* InfrastructureReady: waiting for the machine"),
        );
    }
}

/// A cluster whose workers were scaled up a minute ago: the machines are made, and not one counter tells that they are new.
fn growing(arrivals: &[&str]) -> Vec<Value> {
    let mut objects = whole_cluster("prod");
    for object in &mut objects {
        let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
        match object["kind"].as_str().expect("a kind") {
            "Machine" if arrivals.iter().any(|arrival| name.ends_with(arrival)) => arriving(object),
            "MachineDeployment" | "Cluster" => {
                let few = "1 available replicas, at least 2 required";
                set(object, "/status/conditions/0", fresh("Available", "False", few));
            }
            _ => {}
        }
    }
    objects
}

#[test]
fn who_has_machines_on_their_way_is_on_its_way() {
    let objects = growing(&["x7k2p"]);
    for (kind, name) in [("MachineDeployment", "prod-md-0"), ("Cluster", "prod")] {
        assert_eq!(judged(&objects, kind, name).0, Health::Progressing, "{kind}");
        assert_eq!(
            judged(&growing(&[]), kind, name).0,
            Health::Warning,
            "{kind}: nothing comes"
        );
    }
    // One that is lost is not made up for by one that comes.
    let mut lost = growing(&["x7k2p"]);
    for object in &mut lost {
        if object["metadata"]["name"] == "prod-md-0-79q9d-b4x8z" && object["kind"] == "Machine" {
            for index in 0..2 {
                let kind = object["status"]["conditions"][index]["type"]
                    .as_str()
                    .expect("a type")
                    .to_owned();
                let broken = condition(
                    &kind,
                    "False",
                    "NodeNotHealthy",
                    "* NodeHealthy: kubelet stopped posting",
                );
                set(object, &format!("/status/conditions/{index}"), broken);
            }
        }
    }
    let (health, line) = judged(&lost, "MachineDeployment", "prod-md-0");
    assert_eq!(health, Health::Warning);
    assert_eq!(
        line, "Machine prod-md-0-79q9d-b4x8z: kubelet stopped posting",
        "that there are too few is what the counters say"
    );
}

/// A control plane that grows, and the cluster that says what it says.
fn joining(kind: &str, newcomer: bool) -> Vec<Value> {
    let unwell = fresh(
        kind,
        "False",
        "* Machine prod-cp-new: EtcdMemberHealthy: waiting for etcd",
    );
    let mut grown = control_plane("prod", 3);
    let place = usize::from(kind != "Available");
    set(&mut grown, &format!("/status/conditions/{place}"), unwell.clone());
    push(
        &mut grown,
        fresh("ScalingUp", "True", "Scaling up from 1 to 3 replicas"),
    );
    let mut cluster = cluster("prod");
    if kind == "Available" {
        set(&mut cluster, "/status/conditions/0", unwell.clone());
        set(
            &mut cluster,
            "/status/conditions/3",
            fresh("ControlPlaneAvailable", "False", "etcd"),
        );
    }
    let mut new = machine("prod", ("KubeadmControlPlane", "prod-cp"), "prod-cp-new");
    if newcomer {
        arriving(&mut new);
    }
    let old = machine("prod", ("KubeadmControlPlane", "prod-cp"), "prod-cp-old");
    vec![cluster, grown, old, new]
}

#[test]
fn a_control_plane_that_grows_is_on_its_way() {
    for kind in ["EtcdClusterHealthy", "ControlPlaneComponentsHealthy", "Available"] {
        let control_plane = judged(&joining(kind, true), "KubeadmControlPlane", "prod-cp").0;
        assert_eq!(control_plane, Health::Progressing, "{kind}");
        let cluster = judged(&joining(kind, true), "Cluster", "prod").0;
        assert!(cluster <= Health::Progressing, "{kind}: {cluster:?}");
    }
    // Where nothing joins, it is what it looks like.
    let alone = judged(&joining("Available", false), "KubeadmControlPlane", "prod-cp").0;
    assert_eq!(alone, Health::Failed);
    assert_eq!(
        judged(&joining("Available", false), "Cluster", "prod").0,
        Health::Failed
    );
}

#[test]
fn a_control_plane_that_waits_for_its_own_machine_is_not_blocked() {
    let waits =
        "Scaling up from 2 to 3 replicas is blocked because:\n* Machine prod-cp-new reports WaitingForNode";
    let objects = |newcomer: bool| {
        let mut objects = joining("EtcdClusterHealthy", newcomer);
        for (index, message) in [
            (0, format!("* KubeadmControlPlane prod-cp:\n  * {waits}")),
            (1, waits.to_owned()),
        ] {
            let conditions = objects[index]["status"]["conditions"]
                .as_array_mut()
                .expect("a list");
            conditions.retain(|condition| condition["type"] != "ScalingUp");
            conditions.push(fresh("ScalingUp", "True", &message));
        }
        objects
    };
    for (kind, name) in [("KubeadmControlPlane", "prod-cp"), ("Cluster", "prod")] {
        assert_eq!(
            judged(&objects(true), kind, name).0,
            Health::Progressing,
            "{kind}"
        );
        assert_eq!(
            judged(&objects(false), kind, name).0,
            Health::Warning,
            "{kind}: nothing comes"
        );
    }
}

#[test]
fn what_cannot_be_read_needs_a_look_and_says_so() {
    let mut objects = whole_cluster("prod");
    for object in &mut objects {
        let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
        match object["kind"].as_str().expect("a kind") {
            "Machine" if name.ends_with("x7k2p") => set(object, "/spec", json!("notamap")),
            "MachineSet" => set(object, "/spec/replicas", json!("x")),
            "Cluster" => set(object, "/spec/paused", json!("\u{1b}[2J")),
            _ => {}
        }
    }
    let cases = [
        (
            "Machine",
            "prod-md-0-79q9d-x7k2p",
            "unreadable: spec is \"notamap\", not an object",
        ),
        (
            "MachineDeployment",
            "prod-md-0",
            "MachineSet prod-md-0-79q9d: unreadable: spec.replicas is \"x\"",
        ),
    ];
    for (kind, name, line) in cases {
        assert_eq!(
            judged(&objects, kind, name),
            (Health::Warning, line.to_owned()),
            "{kind}"
        );
    }
    let (health, line) = judged(&objects, "Cluster", "prod");
    assert_eq!(health, Health::Warning);
    assert!(
        line.starts_with("unreadable: spec.paused is \"\\u{1b}[2J\"; MachineDeployment"),
        "{line}"
    );
}
