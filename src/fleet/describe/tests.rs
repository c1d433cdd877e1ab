//! Trees that are derived by hand from the rules of clusterctl 1.14; what its own binary prints of such objects was compared once.

use fleetui_api::kinds::{BOOTSTRAP, CONTROL_PLANE, INFRASTRUCTURE};
use fleetui_base::GroupKind;
use serde_json::{Value, json};

use super::*;
use crate::fixtures::{
    self, bootstrap, cluster, condition, deployment, infrastructure_cluster, infrastructure_machine, machine,
    machine_set, now, old_condition, set, with,
};

const WORKER_SET: &str = "c-md-0-79q9d";

/// One control plane machine and two workers, all well: `whole_cluster` of the fixtures, as describe reads it.
fn whole() -> ClusterObjects {
    let names = ["c-cp-tn4rn", "c-md-0-79q9d-b4x8z", "c-md-0-79q9d-x7k2p"];
    let mut objects = ClusterObjects {
        cluster: cluster("c"),
        machines: vec![
            machine("c", ("KubeadmControlPlane", "c-cp"), "c-cp-tn4rn"),
            machine("c", ("MachineSet", WORKER_SET), "c-md-0-79q9d-b4x8z"),
            machine("c", ("MachineSet", WORKER_SET), "c-md-0-79q9d-x7k2p"),
        ],
        machine_deployments: vec![deployment("c", "c-md-0", 2)],
        machine_sets: vec![machine_set("c", "c-md-0", WORKER_SET, 2)],
        ..ClusterObjects::default()
    };
    refer(&mut objects, infrastructure_cluster("c"));
    refer(&mut objects, fixtures::control_plane("c", 1));
    for name in names {
        refer(&mut objects, infrastructure_machine("c", name));
        refer(&mut objects, bootstrap("c", name));
    }
    objects.contracts.insert(
        GroupKind::new(CONTROL_PLANE, "KubeadmControlPlane"),
        Contract {
            name: "v1beta2".to_owned(),
            version: "v1beta2".to_owned(),
        },
    );
    objects
}

fn refer(objects: &mut ClusterObjects, object: Value) {
    let group = object["apiVersion"].as_str().unwrap().split_once('/').unwrap().0;
    let kind = GroupKind::new(group, object["kind"].as_str().unwrap());
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    objects.referred.insert((kind, name), object);
}

fn referred<'a>(objects: &'a mut ClusterObjects, group: &str, kind: &str, name: &str) -> &'a mut Value {
    let key = (GroupKind::new(group, kind), name.to_owned());
    objects.referred.get_mut(&key).unwrap()
}

/// Changes a condition of an object.
fn say(object: &mut Value, kind: &str, status: &str, reason: &str, message: &str) {
    let conditions = object["status"]["conditions"].as_array_mut().unwrap();
    conditions.retain(|condition| condition["type"] != kind);
    conditions.insert(0, condition(kind, status, reason, message));
}

/// The table without the blanks at the ends of its lines.
fn shown(objects: &ClusterObjects, options: &DescribeOptions) -> Vec<String> {
    let table = describe(objects, options).table(now(), false);
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[track_caller]
fn assert_tree(objects: &ClusterObjects, options: &DescribeOptions, expected: &str) {
    let shown = shown(objects, options);
    let expected: Vec<&str> = expected.trim_start_matches('\n').lines().collect();
    assert!(
        shown == expected,
        "found:\n{}\nexpected:\n{}",
        shown.join("\n"),
        expected.join("\n")
    );
}

fn plain() -> DescribeOptions {
    DescribeOptions::default()
}

fn worker(name: &str) -> Value {
    machine("c", ("MachineSet", WORKER_SET), name)
}

#[test]
fn anchor_73_a_cluster_at_a_glance() {
    assert_tree(&whole(), &plain(), "
NAME                                           REPLICAS AVAILABLE READY UP TO DATE STATUS REASON     SINCE MESSAGE
Cluster default/c                              3/3      3         3     3          True   Available  5h
├─DevCluster default/c                                                             True   Ready      5h
├─KubeadmControlPlane default/c-cp, v1.31.2    1/1      1         1     1          True   Available  5h
│ └─Machine default/c-cp-tn4rn, v1.31.2        1        1         1     1          True   Ready      5h
└─Workers
  └─MachineDeployment default/c-md-0, v1.31.2  2/2      2         2     2          True   Available  5h
    └─2 Machines...                                     2         2     2          True   Ready      5h    See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p");
}

#[test]
fn without_grouping_each_machine_has_a_line() {
    let options = DescribeOptions {
        grouping: false,
        ..plain()
    };
    assert_tree(&whole(), &options, "
NAME                                               REPLICAS AVAILABLE READY UP TO DATE STATUS REASON     SINCE MESSAGE
Cluster default/c                                  3/3      3         3     3          True   Available  5h
├─DevCluster default/c                                                                 True   Ready      5h
├─KubeadmControlPlane default/c-cp, v1.31.2        1/1      1         1     1          True   Available  5h
│ └─Machine default/c-cp-tn4rn, v1.31.2            1        1         1     1          True   Ready      5h
└─Workers
  └─MachineDeployment default/c-md-0, v1.31.2      2/2      2         2     2          True   Available  5h
    ├─Machine default/c-md-0-79q9d-b4x8z, v1.31.2  1        1         1     1          True   Ready      5h
    └─Machine default/c-md-0-79q9d-x7k2p, v1.31.2  1        1         1     1          True   Ready      5h");
}

#[test]
fn with_echo_infrastructure_and_bootstrap_are_shown_though_they_are_ready() {
    let mut objects = whole();
    objects.machines.truncate(1);
    objects.cluster["status"]["workers"] = json!({});
    let options = DescribeOptions {
        echo: true,
        ..plain()
    };
    // No worker machine is left: the deployment is not shown, which is how clusterctl does it.
    assert_tree(&objects, &options, "
NAME                                         REPLICAS AVAILABLE READY UP TO DATE STATUS REASON     SINCE MESSAGE
Cluster default/c                            1/1      1         1     1          True   Available  5h
├─DevCluster default/c                                                           True   Ready      5h
└─KubeadmControlPlane default/c-cp, v1.31.2  1/1      1         1     1          True   Available  5h
  └─Machine default/c-cp-tn4rn, v1.31.2      1        1         1     1          True   Ready      5h
    ├─DevMachine default/c-cp-tn4rn                                              True   Ready      5h
    └─KubeadmConfig default/c-cp-tn4rn                                           True   Ready      5h");
}

#[test]
fn an_echo_is_what_is_ready_or_says_what_its_machine_says() {
    let mut objects = whole();
    let name = "c-cp-tn4rn";
    say(
        &mut objects.machines[0],
        "Ready",
        "False",
        "NotReady",
        "* InfrastructureReady: DevMachine is on fire",
    );
    say(
        referred(&mut objects, INFRASTRUCTURE, "DevMachine", name),
        "Ready",
        "False",
        "OnFire",
        "it burns",
    );
    say(
        referred(&mut objects, BOOTSTRAP, "KubeadmConfig", name),
        "Ready",
        "False",
        "NotReady",
        "an echo",
    );
    objects.machines.truncate(1);
    let lines = shown(&objects, &plain());
    let control_plane: Vec<&str> = lines[4..].iter().map(String::as_str).collect();
    assert_eq!(
        control_plane,
        [
            "  └─Machine default/c-cp-tn4rn, v1.31.2      1        1         0     1          False  NotReady   5h    * InfrastructureReady: DevMachine is on fire",
            "    └─DevMachine default/c-cp-tn4rn                                              False  OnFire     5h    it burns",
        ]
    );
    // Neither having the condition is saying the same.
    let mut silent = objects.clone();
    for object in silent.machines.iter_mut().chain(silent.referred.values_mut()) {
        object["status"]["conditions"] = json!([]);
    }
    assert_eq!(
        shown(&silent, &plain()).len(),
        5,
        "{:#?}",
        shown(&silent, &plain())
    );
}

#[test]
fn with_machine_sets_machines_are_grouped_below_them() {
    let mut objects = whole();
    objects
        .machine_sets
        .push(machine_set("c", "c-md-0", "c-md-0-old", 1));
    objects
        .machines
        .push(machine("c", ("MachineSet", "c-md-0-old"), "c-md-0-old-1"));
    let options = DescribeOptions {
        machine_sets: true,
        ..plain()
    };
    let lines = shown(&objects, &options);
    assert_eq!(
        lines[5..],
        [
            "└─Workers",
            "  └─MachineDeployment default/c-md-0, v1.31.2   2/2      2         2     2          True   Available  5h",
            "    ├─MachineSet default/c-md-0-79q9d, v1.31.2  2/2      2         2     2",
            "    │ └─2 Machines...                                    2         2     2          True   Ready      5h    See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p",
            "    └─MachineSet default/c-md-0-old, v1.31.2    1/1      1         1     1",
            "      └─Machine default/c-md-0-old-1, v1.31.2   1        1         1     1          True   Ready      5h",
        ]
    );
    // Without them, the machines of all sets of a deployment are siblings.
    let lines = shown(&objects, &plain());
    assert!(
        lines[7].ends_with("See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p, ..."),
        "{}",
        lines[7]
    );
    assert!(lines[7].starts_with("    └─3 Machines..."), "{}", lines[7]);
}

#[test]
fn templates_stand_first_below_what_names_them() {
    let mut objects = whole();
    set(
        referred(&mut objects, CONTROL_PLANE, "KubeadmControlPlane", "c-cp"),
        "/spec/machineTemplate",
        json!({ "spec": { "infrastructureRef": {
            "apiGroup": INFRASTRUCTURE, "kind": "DevMachineTemplate", "name": "c-cp",
        } } }),
    );
    set(
        &mut objects.machine_deployments[0],
        "/spec/template/spec/infrastructureRef",
        json!({ "apiGroup": INFRASTRUCTURE, "kind": "DevMachineTemplate", "name": "c-md-0" }),
    );
    let options = DescribeOptions {
        templates: true,
        ..plain()
    };
    assert_tree(&objects, &options, "
NAME                                           REPLICAS AVAILABLE READY UP TO DATE STATUS REASON     SINCE MESSAGE
Cluster default/c                              3/3      3         3     3          True   Available  5h
├─DevCluster default/c                                                             True   Ready      5h
├─KubeadmControlPlane default/c-cp, v1.31.2    1/1      1         1     1          True   Available  5h
│ ├─Templates
│ │ └─DevMachineTemplate default/c-cp
│ └─Machine default/c-cp-tn4rn, v1.31.2        1        1         1     1          True   Ready      5h
└─Workers
  └─MachineDeployment default/c-md-0, v1.31.2  2/2      2         2     2          True   Available  5h
    ├─Templates
    │ ├─DevMachineTemplate default/c-md-0
    │ └─KubeadmConfigTemplate default/c-md-0
    └─2 Machines...                                     2         2     2          True   Ready      5h    See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p");
    assert_eq!(
        objects
            .templates()
            .iter()
            .map(|kind| kind.kind.to_string())
            .collect::<Vec<_>>(),
        ["KubeadmConfigTemplate", "DevMachineTemplate"]
    );
}

#[test]
fn resource_sets_are_those_of_the_binding() {
    let mut objects = whole();
    objects.machines.clear();
    objects.resource_set_binding = Some(json!({ "spec": { "clusterName": "c", "bindings": [
        { "clusterResourceSetName": "storage" }, { "clusterResourceSetName": "cni" },
    ] } }));
    let options = DescribeOptions {
        resource_sets: true,
        ..plain()
    };
    assert_tree(&objects, &options, "
NAME                                         REPLICAS AVAILABLE READY UP TO DATE STATUS REASON     SINCE MESSAGE
Cluster default/c                            3/3      3         3     3          True   Available  5h
├─ClusterResourceSets
│ ├─ClusterResourceSet default/cni
│ └─ClusterResourceSet default/storage
├─DevCluster default/c                                                           True   Ready      5h
└─KubeadmControlPlane default/c-cp, v1.31.2  1/1      1         1     1          True   Available  5h");
    assert!(
        !shown(&objects, &plain())
            .iter()
            .any(|line| line.contains("ResourceSet"))
    );
}

#[test]
fn conditions_stand_below_their_object_and_blank_its_own() {
    let mut objects = whole();
    say(
        &mut objects.machines[0],
        "NodeHealthy",
        "Unknown",
        "ConnectionDown",
        "* Node.Ready: cannot be reached\n* Node.MemoryPressure: neither",
    );
    objects.machines.truncate(1);
    let options = |list: &str| DescribeOptions {
        show_conditions: list.parse().unwrap(),
        ..plain()
    };
    assert_tree(&objects, &options("machine/c-cp-tn4rn+"), "
NAME                                         REPLICAS AVAILABLE READY UP TO DATE STATUS   REASON          SINCE MESSAGE
Cluster default/c                            3/3      3         3     3          True     Available       5h
├─DevCluster default/c                                                           True     Ready           5h
└─KubeadmControlPlane default/c-cp, v1.31.2  1/1      1         1     1          True     Available       5h
  └─Machine default/c-cp-tn4rn, v1.31.2      1        1         1     1
                ├─NodeHealthy                                                    Unknown  ConnectionDown  5h    * Node.Ready: cannot be reached
                │                                                                                               * Node.MemoryPressure: neither
                ├─Available                                                      True     Available       5h
                └─Ready                                                          True     Ready           5h");
    let lines = shown(&objects, &options("KubeadmControlPlane,Machine"));
    let names: Vec<&str> = lines[3..]
        .iter()
        .map(|line| line.split("  ").next().unwrap())
        .collect();
    assert_eq!(
        lines[3].trim_end(),
        "└─KubeadmControlPlane default/c-cp, v1.31.2  1/1      1         1     1"
    );
    assert_eq!(names[0], "└─KubeadmControlPlane default/c-cp, v1.31.2");
    // The pipe leads past the conditions to the machine.
    assert!(lines[4].starts_with("  │           ├─Available "), "{}", lines[4]);
    assert!(
        lines[6].starts_with("  │           └─RollingOut "),
        "{}",
        lines[6]
    );
    assert!(
        lines[7].starts_with("  └─Machine default/c-cp-tn4rn, v1.31.2 "),
        "{}",
        lines[7]
    );
    assert_eq!(
        lines.len(),
        8 + 11,
        "all conditions of the machine, and one more line of a message: {lines:#?}"
    );
    // The first item that means the object decides.
    assert_eq!(
        shown(&objects, &options("Machine+,all")).len() + 7,
        shown(&objects, &options("Machine,all")).len()
    );
}

#[test]
fn long_messages_go_on_below_with_the_branches_of_the_tree() {
    let mut objects = whole();
    let words = "word ".repeat(25);
    say(
        &mut objects.cluster,
        "Available",
        "False",
        "NotAvailable",
        &format!("* WorkersAvailable: {words}"),
    );
    say(
        referred(&mut objects, CONTROL_PLANE, "KubeadmControlPlane", "c-cp"),
        "Available",
        "False",
        "NotAvailable",
        "one\ntwo",
    );
    say(
        &mut objects.machines[1],
        "Ready",
        "False",
        "NotReady",
        "three\n  four",
    );
    say(
        &mut objects.machines[2],
        "Ready",
        "False",
        "NotReady",
        "five\nsix",
    );
    say(&mut objects.machines[2], "Available", "False", "NotAvailable", "");
    let lines = shown(&objects, &plain());
    let message = lines[0].find("MESSAGE").unwrap();
    let parts = |line: &str| {
        let cut: String = line.chars().take(20).collect();
        let text: String = line.chars().skip(message).collect();
        (cut.trim_end().to_owned(), text)
    };
    let found: Vec<(String, String)> = lines.iter().skip(1).map(|line| parts(line)).collect();
    let expected = [
        (
            "Cluster default/c",
            "* WorkersAvailable: word word word word word word word word word word word word word word word word",
        ),
        ("│", "  word word word word word word word word word"),
        ("├─DevCluster default", ""),
        ("├─KubeadmControlPlan", "one"),
        ("│ │", "two"),
        ("│ └─Machine default/", ""),
        ("└─Workers", ""),
        ("  └─MachineDeploymen", ""),
        ("    ├─Machine defaul", "three"),
        ("    │", "  four"),
        ("    └─Machine defaul", "five"),
        // It is the last of all: nothing stands before its further lines.
        ("", "six"),
    ];
    assert_eq!(
        found,
        expected.map(|(cut, text)| (cut.to_owned(), text.to_owned()))
    );
}

#[test]
fn siblings_are_alike_by_status_and_reason_of_three_conditions() {
    let mut objects = whole();
    for name in ["e", "d", "b", "a"] {
        objects.machines.push(worker(name));
    }
    // In the order of the list: two as the fixtures make them, then e, d, b, a.
    say(&mut objects.machines[3], "Ready", "False", "NotReady", "");
    say(
        &mut objects.machines[4],
        "Ready",
        "False",
        "NotReady",
        "another message is no difference",
    );
    say(&mut objects.machines[5], "UpToDate", "False", "NotUpToDate", "");
    objects.machines[4]["status"]["conditions"][0]["lastTransitionTime"] = json!("2026-08-21T06:00:00Z");
    let lines = shown(&objects, &plain());
    assert_eq!(
        lines[7..],
        [
            "    ├─2 Machines...                                     2         0     2          False  NotReady   6h    See d, e",
            "    ├─3 Machines...                                     3         3     3          True   Ready      5h    See a, c-md-0-79q9d-b4x8z, ...",
            "    └─Machine default/b, v1.31.2               1        1         1     0          True   Ready      5h",
        ]
    );
}

#[test]
fn what_is_deleted_and_what_has_no_version_is_called_as_clusterctl_calls_it() {
    let mut objects = whole();
    objects.machines.truncate(1);
    objects.machines[0]["metadata"]["deletionTimestamp"] = json!("2026-08-21T11:00:00Z");
    objects.machines[0]["spec"]
        .as_object_mut()
        .unwrap()
        .remove("version");
    set(
        &mut objects.cluster,
        "/spec/topology",
        json!({ "classRef": { "name": "quick" }, "version": "v1.31.2" }),
    );
    let lines = shown(&objects, &plain());
    assert!(
        lines[1].starts_with("Cluster default/c, v1.31.2 "),
        "{}",
        lines[1]
    );
    assert!(
        lines[4].starts_with("  └─!! DELETED !! Machine default/c-cp-tn4rn,   1 "),
        "{}",
        lines[4]
    );
}

#[test]
fn counters_that_are_not_reported_are_blank_and_not_zero() {
    let mut objects = whole();
    objects.cluster["status"] = json!({ "controlPlane": { "desiredReplicas": 3 } });
    let control_plane = referred(&mut objects, CONTROL_PLANE, "KubeadmControlPlane", "c-cp");
    control_plane["status"] = json!({ "readyReplicas": 1, "updatedReplicas": 7 });
    objects.machine_deployments[0]["status"] = json!({});
    let cells = |line: &str| -> Vec<String> {
        line.chars()
            .skip(47)
            .collect::<String>()
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let lines = shown(&objects, &plain());
    assert_eq!(cells(&lines[1]), ["0/3"]);
    assert_eq!(
        cells(&lines[3]),
        ["1"],
        "a control plane has to say both: {}",
        lines[3]
    );
    assert_eq!(cells(&lines[6]), ["0/2"], "{}", lines[6]);
    // What keeps the older contract counts otherwise.
    for contract in objects.contracts.values_mut() {
        "v1beta1".clone_into(&mut contract.name);
    }
    assert_eq!(cells(&shown(&objects, &plain())[3]), ["1", "7"]);
}

#[test]
fn machines_that_nobody_has_are_below_the_workers_and_without_workers_nowhere() {
    let mut objects = whole();
    objects
        .machines
        .push(machine("c", ("MachineSet", "gone"), "orphan"));
    objects
        .referred
        .retain(|(kind, _), _| kind.group.as_ref() != CONTROL_PLANE);
    assert_tree(&objects, &plain(), "
NAME                                           REPLICAS AVAILABLE READY UP TO DATE STATUS REASON     SINCE MESSAGE
Cluster default/c                              3/3      3         3     3          True   Available  5h
├─DevCluster default/c                                                             True   Ready      5h
└─Workers
  ├─MachineDeployment default/c-md-0, v1.31.2  2/2      2         2     2          True   Available  5h
  │ └─2 Machines...                                     2         2     2          True   Ready      5h    See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p
  └─Other
    ├─Machine default/c-cp-tn4rn, v1.31.2      1        1         1     1          True   Ready      5h
    └─Machine default/orphan, v1.31.2          1        1         1     1          True   Ready      5h");
    objects.machines.truncate(1);
    assert_eq!(shown(&objects, &plain()).len(), 3, "the quirk of clusterctl");
}

#[test]
fn pools_show_what_they_stand_on_and_their_machines() {
    let mut objects = whole();
    objects.machines.truncate(1);
    objects.machine_pools.push(with(
        fixtures::object(fixtures::CORE, "MachinePool", "mp-0"),
        &[
            ("/spec/template/spec/version", json!("v1.31.2")),
            (
                "/spec/template/spec/infrastructureRef",
                json!({ "apiGroup": INFRASTRUCTURE, "kind": "DevMachinePool", "name": "mp-0" }),
            ),
            (
                "/spec/template/spec/bootstrap/configRef",
                json!({ "apiGroup": BOOTSTRAP, "kind": "KubeadmConfig", "name": "mp-0" }),
            ),
        ],
    ));
    for name in ["mp-1", "mp-2"] {
        objects.machines.push(machine("c", ("MachinePool", "mp-0"), name));
    }
    let pool = fixtures::object(fixtures::INFRASTRUCTURE, "DevMachinePool", "mp-0");
    refer(
        &mut objects,
        with(
            pool,
            &[(
                "/status/conditions",
                json!([condition("Ready", "False", "Growing", "1 of 2")]),
            )],
        ),
    );
    refer(&mut objects, bootstrap("c", "mp-0"));
    let lines = shown(&objects, &plain());
    assert_eq!(
        lines[5..],
        [
            "└─Workers",
            // Machines of pools are workers too, so that the deployment is shown though it has none.
            "  ├─MachineDeployment default/c-md-0, v1.31.2  2/2      2         2     2          True   Available  5h",
            "  └─MachinePool default/mp-0, v1.31.2",
            "    ├─2 Machines...                                     2         2     2          True   Ready      5h    See mp-1, mp-2",
            "    └─DevMachinePool default/mp-0                                                  False  Growing    5h    1 of 2",
        ]
    );
}

#[test]
fn foreign_conditions_are_read_from_where_they_are_and_as_they_are() {
    let mut objects = whole();
    let mut with_status = |status: Value| {
        referred(&mut objects, INFRASTRUCTURE, "DevCluster", "c")["status"] = status;
        shown(&objects, &plain())[2].chars().skip(83).collect::<String>()
    };
    let old = old_condition("Ready", "True", "", "", "");
    assert_eq!(
        with_status(json!({ "conditions": [old] })),
        "True   NoReasonReported  5h"
    );
    let newer = json!({ "conditions": [old], "v1beta2": { "conditions": [condition("Ready", "False", "Newer", "m")] } });
    assert_eq!(with_status(newer), "False  Newer      5h    m");
    assert_eq!(
        with_status(json!({ "conditions": [{ "type": "Ready", "status": "True" }] })),
        "True   NoReasonReported  292y"
    );
    // One that is no condition makes the others unreadable.
    assert_eq!(
        with_status(json!({ "conditions": [old, { "type": "X", "status": "Maybe" }] })),
        ""
    );
    assert_eq!(with_status(json!({ "conditions": 7 })), "");
}

/// Conditions of the older model, as the newer version of an object keeps them.
fn say_old(object: &mut Value, conditions: &[Value]) {
    set(
        object,
        "/status/deprecated",
        json!({ "v1beta1": { "conditions": conditions } }),
    );
}

#[test]
fn the_older_view_has_severities_and_one_condition_that_decides() {
    let mut objects = whole();
    let long = "x".repeat(120);
    say_old(
        &mut objects.cluster,
        &[old_condition("Ready", "False", "Warning", "ScalingUp", &long)],
    );
    say_old(
        &mut objects.machines[0],
        &[
            old_condition("Ready", "True", "", "", ""),
            old_condition("NodeHealthy", "True", "", "", ""),
            old_condition("BootstrapReady", "False", "Info", "Waiting", "for data"),
        ],
    );
    for index in [1, 2] {
        say_old(
            &mut objects.machines[index],
            &[old_condition("Ready", "False", "Error", "Broken", "it is")],
        );
    }
    let options = DescribeOptions {
        view: View::V1Beta1,
        show_conditions: "Machine/c-cp-tn4rn".parse().unwrap(),
        ..plain()
    };
    assert_tree(&objects, &options, &format!("
NAME                                          READY SEVERITY REASON    SINCE MESSAGE
Cluster default/c                             False Warning  ScalingUp 5h    {} ...
├─DevCluster default/c                        True           Ready     5h
├─KubeadmControlPlane default/c-cp, v1.31.2
│ └─Machine default/c-cp-tn4rn, v1.31.2       True                     5h
│               ├─BootstrapReady              False Info     Waiting   5h    for data
│               └─NodeHealthy                 True                     5h
└─Workers
  └─MachineDeployment default/c-md-0, v1.31.2
    └─2 Machines...                           False Error    Broken    5h    See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p", "x".repeat(100)));
}

#[test]
fn colours_are_those_of_clusterctl() {
    let mut objects = whole();
    objects.machines.truncate(1);
    objects
        .referred
        .retain(|(kind, _), _| kind.group.as_ref() == CONTROL_PLANE);
    objects.machines[0]["metadata"]["deletionTimestamp"] = json!("2026-08-21T11:00:00Z");
    let options = DescribeOptions {
        show_conditions: "KubeadmControlPlane".parse().unwrap(),
        ..plain()
    };
    say(
        referred(&mut objects, CONTROL_PLANE, "KubeadmControlPlane", "c-cp"),
        "RollingOut",
        "True",
        "RollingOut",
        "",
    );
    say(&mut objects.machines[0], "Ready", "Unknown", "ReadyUnknown", "");
    let table = describe(&objects, &options).table(now(), true);
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[1].starts_with("\u{1b}[90m\u{1b}[0mCluster \u{1b}[1mdefault/c\u{1b}[22m "),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains("\u{1b}[32mTrue\u{1b}[0m"), "{}", lines[1]);
    let rolling = lines.iter().find(|line| line.contains("RollingOut")).unwrap();
    assert!(
        rolling.starts_with("\u{1b}[90m  │           ├─\u{1b}[0m\u{1b}[36mRollingOut\u{1b}[0m"),
        "{rolling}"
    );
    assert!(
        rolling.contains("\u{1b}[31mTrue\u{1b}[0m"),
        "True is what nobody hopes for: {rolling}"
    );
    let machine = lines.last().unwrap();
    assert!(
        machine.contains("\u{1b}[31m!! DELETED !!\u{1b}[0m Machine \u{1b}[1mdefault/"),
        "{machine}"
    );
    assert!(machine.contains("\u{1b}[33mUnknown\u{1b}[0m"), "{machine}");
    // Without colours it is the same text.
    let mut bare = table.clone();
    for code in ["90", "0", "1", "22", "31", "32", "33", "36"] {
        bare = bare.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(bare, describe(&objects, &options).table(now(), false));
}

#[test]
fn nothing_of_an_object_reaches_the_terminal_as_it_is() {
    let hostile = "\u{1b}]52;c;aGk=\u{7}\u{202e}x\u{9b}2J";
    let mut objects = whole();
    say(
        &mut objects.cluster,
        "Available",
        "False",
        hostile,
        &format!("{hostile}\n{hostile}"),
    );
    objects.machines[0]["metadata"]["name"] = json!(hostile);
    objects.machines[0]["spec"]["version"] = json!(hostile);
    let options = |view| DescribeOptions {
        show_conditions: "all".parse().unwrap(),
        view,
        ..plain()
    };
    for view in [View::V1Beta2, View::V1Beta1] {
        let table = describe(&objects, &options(view)).table(now(), false);
        let raw = table
            .chars()
            .find(|c| *c != '\n' && (c.is_control() || *c == '\u{202e}'));
        assert_eq!(raw, None, "{table}");
    }
}

#[test]
fn objects_of_the_older_version_are_read_as_the_newer_ones() {
    let old = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine",
        "metadata": { "namespace": "default", "name": "m", "uid": "1" },
        "spec": { "clusterName": "c", "version": "v1.25.1",
            "infrastructureRef": { "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "DevMachine", "name": "m", "namespace": "default" },
            "bootstrap": { "configRef": { "apiVersion": "bootstrap.cluster.x-k8s.io/v1beta1", "kind": "KubeadmConfig", "name": "m", "namespace": "default" } } },
        "status": { "conditions": [old_condition("Ready", "True", "", "", "")],
            "v1beta2": { "conditions": [condition("Ready", "True", "Ready", "")] } },
    });
    let objects = ClusterObjects {
        machines: vec![newest(old)],
        ..ClusterObjects::default()
    };
    assert_eq!(objects.machines[0]["apiVersion"], "cluster.x-k8s.io/v1beta2");
    assert_eq!(objects.machines[0]["status"]["conditions"][0]["reason"], "Ready");
    assert!(
        objects.machines[0]
            .pointer("/status/deprecated/v1beta1/conditions/0")
            .is_some()
    );
    let references: Vec<String> = objects
        .references()
        .iter()
        .map(|(kind, name)| format!("{kind} {name}"))
        .collect();
    assert_eq!(
        references,
        [
            "KubeadmConfig.bootstrap.cluster.x-k8s.io m",
            "DevMachine.infrastructure.cluster.x-k8s.io m"
        ]
    );
}

#[test]
fn one_object_that_is_infrastructure_and_control_plane_stands_once() {
    let mut objects = whole();
    objects.machines.clear();
    let reference = json!({ "apiGroup": CONTROL_PLANE, "kind": "KubeadmControlPlane", "name": "c-cp" });
    objects.cluster["spec"]["infrastructureRef"] = reference;
    assert_eq!(shown(&objects, &plain()).len(), 3);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_machine_is_shown_once(
        states in proptest::collection::vec((0..3_usize, 0..4_usize), 1..30),
        grouping in proptest::bool::ANY,
        machine_sets in proptest::bool::ANY,
    ) {
        let mut objects = whole();
        objects.machines.truncate(2);
        for (index, (owner, state)) in states.iter().enumerate() {
            let owner = [("MachineSet", WORKER_SET), ("KubeadmControlPlane", "c-cp"), ("MachineSet", "gone")][*owner];
            let mut machine = machine("c", owner, &format!("m-{index:02}"));
            let (status, reason) = [("True", "Ready"), ("False", "NotReady"), ("False", "Other"), ("Unknown", "ReadyUnknown")][*state];
            say(&mut machine, "Ready", status, reason, "");
            objects.machines.push(machine);
        }
        let options = DescribeOptions { machine_sets, grouping, ..plain() };
        let described = describe(&objects, &options);
        let mut names = Vec::new();
        let mut open = vec![&described.cluster];
        while let Some(item) = open.pop() {
            names.extend(item.members.iter().cloned());
            if item.kind == "Machine" {
                names.push(item.name.clone());
            }
            open.extend(&item.children);
        }
        names.sort();
        let mut expected: Vec<String> = objects.machines.iter().map(|machine| machine["metadata"]["name"].as_str().unwrap().to_owned()).collect();
        expected.sort();
        proptest::prop_assert_eq!(names, expected);
    }
}
