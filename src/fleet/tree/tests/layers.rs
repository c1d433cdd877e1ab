//! What each layer shows, and where.

use serde_json::json;

use super::super::layers::MACHINES;
use super::{assert_text, build, label};
use crate::fixtures::{condition, key, machine, session, set, store, upserts, with_layers};
use crate::health::Health;
use crate::session::Connection;
use crate::store::FleetStore;
use crate::tree::{Fold, Layer, Layers, Node, TreeOptions};

fn only(layers: &[Layer]) -> TreeOptions {
    TreeOptions {
        layers: layers.iter().copied().collect(),
        ..TreeOptions::default()
    }
}

/// The labels of all lines, with their depths.
fn lines(store: &FleetStore, options: &TreeOptions) -> Vec<(u8, String)> {
    build(store, options)
        .lines()
        .map(|line| (line.depth, label(&line)))
        .collect()
}

/// What lines there are with the layers and not without.
fn added(store: &FleetStore, options: &TreeOptions) -> Vec<(u8, String)> {
    let plain = TreeOptions {
        toggled: options.toggled.clone(),
        ..TreeOptions::default()
    };
    let before = lines(store, &plain);
    lines(store, options)
        .into_iter()
        .filter(|line| !before.contains(line))
        .collect()
}

#[test]
fn every_layer_at_once() {
    let store = store(&with_layers("prod"));
    assert_text(
        &build(&store, &only(&Layer::ALL)),
        "
▾mgmt-taipei                                   Good
└─▾Cluster prod                                Good  Available True  3/3  v1.31.2
  ├─ +ClusterClass quick                       Warning  VariablesReady False  no extension answers
  ├─ DevCluster prod                           Good  Ready True
  ├─ +ClusterResourceSet cni                   Good
  ├─▾KubeadmControlPlane prod-cp               Good  Available True  1/1  v1.31.2
  │ ├─ MachineHealthCheck prod-control-plane   Good  1/1
  │ ├─ DevMachineTemplate prod-template        Good
  │ └─▾Machine prod-cp-tn4rn                   Good  Ready True  v1.31.2
  │   ├─ ByoHost prod-node-3                   Good  Reserved
  │   └─ +Node prod-cp-tn4rn                   Good  Healthy True
  ├─▾Workers                                   Good  Available True  2/2
  │ └─▾MachineDeployment prod-md-0             Good  Available True  2/2  v1.31.2
  │   ├─ MachineHealthCheck prod-workers       Good  1/1
  │   └─▾MachineSet prod-md-0-79q9d            Good  MachinesReady True  2/2  v1.31.2
  │     ├─▾Machine prod-md-0-79q9d-b4x8z       Good  Ready True  v1.31.2
  │     │ └─ +Node prod-md-0-79q9d-b4x8z       Good  Healthy True
  │     └─▾Machine prod-md-0-79q9d-x7k2p       Good  Ready True  v1.31.2
  │       └─ +Node prod-md-0-79q9d-x7k2p       Good  Healthy True
  └─ MachineHealthCheck prod-site              Good  1/1
",
    );
}

#[test]
fn anchor_76_a_health_check_stands_below_what_it_looks_after() {
    let store = store(&with_layers("prod"));
    let expected = [(3, "prod-control-plane"), (4, "prod-workers"), (2, "prod-site")];
    let expected = expected.map(|(depth, name)| (depth, format!("MachineHealthCheck {name}")));
    assert_eq!(added(&store, &only(&[Layer::HealthChecks])), expected);
}

#[test]
fn a_health_check_of_a_topology_finds_the_deployment_by_its_name_in_it() {
    let mut objects = with_layers("prod");
    for object in &mut objects {
        let label = json!({ "topology.cluster.x-k8s.io/deployment-name": "blue" });
        if object["kind"] == "MachineHealthCheck" {
            set(object, "/spec/selector/matchLabels", label);
        } else if object["kind"] == "MachineDeployment" {
            let labels = &mut object["metadata"]["labels"];
            labels["topology.cluster.x-k8s.io/owned"] = json!("");
            labels["topology.cluster.x-k8s.io/deployment-name"] = json!("blue");
        }
    }
    let depths: Vec<u8> = added(&store(&objects), &only(&[Layer::HealthChecks]))
        .into_iter()
        .map(|(depth, _)| depth)
        .collect();
    assert_eq!(depths, [4, 4, 4]);
}

#[test]
fn anchor_77_each_cluster_shows_its_class_though_they_share_it() {
    let mut store = store(&with_layers("prod"));
    store.apply(upserts("mgmt-taipei", &with_layers("other")));
    let options = only(&[Layer::ClusterClass]);
    let classes = added(&store, &options);
    assert_eq!(
        classes,
        [
            (2, "+ClusterClass quick".to_owned()),
            (2, "+ClusterClass quick".to_owned())
        ]
    );
    let tree = build(&store, &options);
    for (index, line) in tree.lines().enumerate() {
        assert_eq!(
            tree.position(&line.node),
            Some(index),
            "each has a place of its own"
        );
    }
}

#[test]
fn anchor_88_a_class_that_is_not_ready_says_so_and_blames_no_cluster() {
    let store = store(&with_layers("prod"));
    let tree = build(&store, &only(&[Layer::ClusterClass]));
    let class = tree
        .lines()
        .find(|line| matches!(line.node, Node::Beside(..)))
        .unwrap();
    assert_eq!(class.verdict.health, Health::Warning);
    assert_eq!(class.verdict.line, "no extension answers");
    let cluster = tree.line(1).unwrap();
    assert_eq!(
        (cluster.verdict.health, cluster.below),
        (Health::Good, Some(Health::Good))
    );
}

#[test]
fn a_class_may_be_in_another_namespace_and_may_be_missing() {
    let mut objects = with_layers("prod");
    objects.retain(|object| object["kind"] != "ClusterClass");
    set(
        &mut objects[0],
        "/spec/topology/classRef/namespace",
        json!("classes"),
    );
    let mut store = store(&objects);
    let options = only(&[Layer::ClusterClass]);
    let of_class = |store: &FleetStore, before: &crate::tree::Tree| {
        let tree = before.again(store, &options, crate::fixtures::now());
        let line = tree
            .lines()
            .find(|line| matches!(line.node, Node::Beside(..)))
            .unwrap();
        (line.verdict.health, line.verdict.line, tree)
    };
    let (health, line, tree) = of_class(&store, &crate::tree::Tree::default());
    assert_eq!((health, line.as_str()), (Health::Warning, "does not exist"));
    let mut class = crate::fixtures::object(crate::fixtures::CORE, "ClusterClass", "quick");
    class["metadata"]["namespace"] = json!("classes");
    store.apply(upserts("mgmt-taipei", &[class]));
    let (health, line, _) = of_class(&store, &tree);
    assert_eq!((health, line.as_str()), (Health::Good, ""));
}

#[test]
fn anchor_96_a_template_stands_once_below_what_is_made_from_it() {
    let mut objects = with_layers("prod");
    let options = only(&[Layer::Templates]);
    // Control plane and deployment share one; it stands where it was found first.
    let shared = [(3, "DevMachineTemplate prod-template".to_owned())];
    assert_eq!(added(&store(&objects), &options), shared);
    let mut own = objects
        .iter()
        .find(|object| object["kind"] == "DevMachineTemplate")
        .unwrap()
        .clone();
    own["metadata"]["name"] = json!("workers");
    // A template needs no label: who names it is what counts.
    own["metadata"]["labels"] = json!({});
    objects.push(own);
    for object in objects
        .iter_mut()
        .filter(|object| object["kind"] == "MachineDeployment")
    {
        object["spec"]["template"]["spec"]["infrastructureRef"]["name"] = json!("workers");
    }
    let each = [
        (3, "DevMachineTemplate prod-template"),
        (4, "DevMachineTemplate workers"),
    ];
    let each = each.map(|(depth, label)| (depth, label.to_owned()));
    assert_eq!(added(&store(&objects), &options), each);
}

#[test]
fn hosts_and_nodes_stand_below_their_machines_which_are_unfolded_for_them() {
    let store = store(&with_layers("prod"));
    let mut options = only(&[Layer::Hosts, Layer::Nodes]);
    let expected = [
        (4, "ByoHost prod-node-3"),
        (4, "+Node prod-cp-tn4rn"),
        (5, "+Node prod-md-0-79q9d-b4x8z"),
        (5, "+Node prod-md-0-79q9d-x7k2p"),
    ];
    let expected = expected.map(|(depth, label)| (depth, label.to_owned()));
    assert_eq!(added(&store, &options), expected);
    let folded = Node::Object(key(&store, "Machine", "prod-cp-tn4rn"));
    options.toggled.insert(folded);
    assert_eq!(added(&store, &options), expected[2..]);
}

#[test]
fn what_is_only_read_for_a_layer_brings_no_cluster_back() {
    let objects = with_layers("gone");
    let left = |object: &&serde_json::Value| {
        let kind = object["kind"].as_str().unwrap();
        kind.ends_with("Template") || kind.ends_with("Binding")
    };
    let left: Vec<_> = objects.iter().filter(left).cloned().collect();
    assert_eq!(lines(&store(&left), &only(&Layer::ALL)).len(), 1);
}

#[test]
fn anchor_95_machines_alike_are_one_line_that_unfolds() {
    let mut objects = with_layers("prod");
    for name in ["a", "b"] {
        objects.push(machine("prod", ("MachineSet", "prod-md-0-79q9d"), name));
    }
    let broken = objects.last_mut().unwrap();
    broken["status"]["conditions"] = json!([condition("Ready", "False", "NotReady", "no host")]);
    let store = store(&objects);
    let mut options = TreeOptions {
        grouping: true,
        ..TreeOptions::default()
    };
    let below_deployment = |options: &TreeOptions| -> Vec<(u8, String)> {
        let all = lines(&store, options);
        let at = all
            .iter()
            .position(|(_, label)| label == "MachineDeployment prod-md-0")
            .unwrap();
        all[at + 1..].to_vec()
    };
    assert_eq!(
        below_deployment(&options),
        [(4, "Machines".to_owned()), (4, "Machine b".to_owned())]
    );
    let tree = build(&store, &options);
    let maker = key(&store, "MachineDeployment", "prod-md-0");
    let group = Node::Group(maker, MACHINES);
    let line = tree.line(tree.position(&group).unwrap()).unwrap();
    assert_eq!(line.fold, Fold::Closed);
    assert_eq!(line.verdict.line, "a, prod-md-0-79q9d-b4x8z, …");
    assert_eq!(line.replicas.unwrap().ready, Some(3));
    options.toggled.insert(group);
    let names: Vec<String> = below_deployment(&options)
        .into_iter()
        .map(|(depth, label)| format!("{depth} {label}"))
        .collect();
    assert_eq!(
        names,
        [
            "4 Machines",
            "5 Machine a",
            "5 Machine prod-md-0-79q9d-b4x8z",
            "5 Machine prod-md-0-79q9d-x7k2p",
            "4 Machine b",
        ]
    );
    // Who looks for one finds it, folded or not.
    options.toggled.clear();
    options.filter = crate::filter::Filter::parse("b4x8z").unwrap();
    let found = lines(&store, &options);
    assert_eq!(
        found.last(),
        Some(&(5, "Machine prod-md-0-79q9d-b4x8z".to_owned()))
    );
    // One alone is no group.
    options.filter = None;
    assert!(
        !lines(&store, &options).contains(&(3, "Machines".to_owned())),
        "the control plane has one machine"
    );
}

#[test]
fn layers_that_nothing_is_read_of_yet_show_what_there_is() {
    let mut store = store(&with_layers("prod"));
    store.apply(session("mgmt-taipei", Connection::Syncing { done: 1, total: 9 }));
    let lines = lines(&store, &only(&[Layer::ResourceSets, Layer::Templates]));
    assert!(lines.contains(&(2, "+ClusterResourceSet cni".to_owned())));
    assert_eq!(Layers::default().iter().count(), 0);
}
