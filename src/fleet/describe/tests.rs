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
    assert!(shown == expected, "found:\n{}\nexpected:\n{}", shown.join("\n"), expected.join("\n"));
}

fn plain() -> DescribeOptions {
    DescribeOptions::default()
}

#[test]
fn anchor_73_a_cluster_at_a_glance() {
    assert_tree(&whole(), &plain(), "
NAME                                              REPLICAS AVAILABLE READY UP TO DATE STATUS  REASON     SINCE  MESSAGE
Cluster default/c                                 3/3      3         3     3          True    Available  5h
├─DevCluster default/c                                                                True    Ready      5h
├─KubeadmControlPlane default/c-cp, v1.31.2       1/1      1         1     1          True    Available  5h
│ └─Machine default/c-cp-tn4rn, v1.31.2           1        1         1     1          True    Ready      5h
└─Workers
  └─MachineDeployment default/c-md-0, v1.31.2     2/2      2         2     2          True    Available  5h
    └─2 Machines...                                        2         2     2          True    Ready      5h     See c-md-0-79q9d-b4x8z, c-md-0-79q9d-x7k2p");
}
