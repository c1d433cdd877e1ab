//! Trees as text.

use std::fmt::Write as _;

use proptest::prelude::ProptestConfig;
use serde_json::{Value, json};

use super::{Fold, Layer, Layers, Line, Node, Tree, TreeOptions};
use crate::batch::Update;
use crate::filter::Filter;
use crate::fixtures::{
    condition, deployment, infrastructure_machine, key, machine, machine_set, mgmt, now, object, session,
    set, store, upserts, whole_cluster, with,
};
use crate::health::Health;
use crate::session::Connection;
use crate::store::FleetStore;

mod again;
mod groups;
mod layers;
mod order;

/// The tree as the console draws it, one line each, with what each line says.
fn text(tree: &Tree) -> String {
    let mut text = String::new();
    for line in tree.lines() {
        let line = &line;
        let label = format!("{}{}", guides(line), label(line));
        let verdict = &line.verdict;
        let condition = verdict
            .condition
            .as_ref()
            .map(|(kind, status)| format!("{kind} {status}"));
        let replicas = line.replicas.map(|replicas| {
            let number = |number: Option<i64>| number.map_or("?".to_owned(), |number| number.to_string());
            format!("{}/{}", number(replicas.available), number(replicas.desired))
        });
        let below = line
            .below
            .filter(|below| *below > Health::Good)
            .map(|below| format!("below {}", below.as_str()));
        let cells = [
            Some(verdict.health.as_str().to_owned()),
            condition,
            replicas,
            line.version.as_ref().map(ToString::to_string),
            below,
            Some(verdict.line.clone()),
        ];
        let cells: Vec<String> = cells
            .into_iter()
            .flatten()
            .filter(|cell| !cell.is_empty())
            .collect();
        writeln!(text, "{label:<46} {}", cells.join("  ")).expect("a string");
    }
    text
}

fn guides(line: &Line) -> String {
    let mut guides = String::new();
    for depth in 1..line.depth {
        guides.push_str(if line.last & (1 << depth) == 0 {
            "│ "
        } else {
            "  "
        });
    }
    if line.depth > 0 {
        guides.push_str(if line.last & (1 << line.depth) == 0 {
            "├─"
        } else {
            "└─"
        });
    }
    guides.push_str(match line.fold {
        Fold::Leaf => " ",
        Fold::Open => "▾",
        Fold::Closed => "▸",
    });
    guides
}

fn label(line: &Line) -> String {
    match &line.node {
        Node::Fleet(group) => format!("[{}]", group.as_deref().unwrap_or_default()),
        Node::ManagementCluster(name) => name.to_string(),
        Node::Object(key) => format!("{} {}", key.kind.kind, key.object.name),
        Node::Group(_, name) => (*name).to_owned(),
        Node::Beside(_, key) => format!("+{} {}", key.kind.kind, key.object.name),
        Node::Missing(_, key) => format!("?{} {}", key.kind.kind, key.object.name),
    }
}

fn build(store: &FleetStore, options: &TreeOptions) -> Tree {
    Tree::build(store, options, now())
}

fn assert_text(tree: &Tree, expected: &str) {
    let text = text(tree);
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&text), trimmed(expected.trim_matches('\n')), "\n{text}");
}

/// A cluster in which one worker's infrastructure finds no host.
fn in_trouble() -> Vec<Value> {
    let mut objects = whole_cluster("prod");
    for object in &mut objects {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        match (kind.as_str(), name.as_str()) {
            ("Cluster", _) => {
                set(
                    object,
                    "/status/conditions/0",
                    condition(
                        "Available",
                        "False",
                        "NotAvailable",
                        "* WorkersAvailable:\n  * MachineDeployment prod-md-0: 1 available replicas, at least 2 required",
                    ),
                );
                set(
                    object,
                    "/status/conditions/4",
                    condition(
                        "WorkersAvailable",
                        "False",
                        "NotAvailable",
                        "* MachineDeployment prod-md-0: 1 available replicas, at least 2 required",
                    ),
                );
                set(object, "/status/workers/availableReplicas", json!(1));
            }
            ("MachineDeployment", _) => {
                set(
                    object,
                    "/status/conditions/0",
                    condition(
                        "Available",
                        "False",
                        "NotAvailable",
                        "1 available replicas, at least 2 required",
                    ),
                );
                set(object, "/status/availableReplicas", json!(1));
                set(object, "/status/phase", json!("ScalingUp"));
            }
            ("Machine", "prod-md-0-79q9d-x7k2p") => {
                set(object, "/status/phase", json!("Pending"));
                set(object, "/status/nodeRef", Value::Null);
                set(
                    object,
                    "/status/conditions",
                    json!([
                        condition("Available", "False", "NotReady", ""),
                        condition(
                            "Ready",
                            "False",
                            "NotReady",
                            "* InfrastructureReady: no free host matches site=b"
                        ),
                        condition(
                            "InfrastructureReady",
                            "False",
                            "NotReady",
                            "no free host matches site=b"
                        ),
                    ]),
                );
            }
            ("DevMachine", "prod-md-0-79q9d-x7k2p") => {
                set(
                    object,
                    "/status",
                    json!({ "conditions": [
                        condition("Ready", "False", "HostsUnavailable", "no free host matches site=b (3 free: site=a)"),
                    ]}),
                );
            }
            _ => {}
        }
    }
    objects
}

#[test]
fn a_healthy_cluster_in_the_order_of_clusterctl() {
    let tree = build(&store(&whole_cluster("prod")), &TreeOptions::default());
    assert_text(
        &tree,
        "
▾mgmt-taipei                                   Good
└─▾Cluster prod                                Good  Available True  3/3  v1.31.2
  ├─ DevCluster prod                           Good  Ready True
  ├─▾KubeadmControlPlane prod-cp               Good  Available True  1/1  v1.31.2
  │ └─ Machine prod-cp-tn4rn                   Good  Ready True  v1.31.2
  └─▾Workers                                   Good  Available True  2/2
    └─▾MachineDeployment prod-md-0             Good  Available True  2/2  v1.31.2
      ├─ Machine prod-md-0-79q9d-b4x8z         Good  Ready True  v1.31.2
      └─ Machine prod-md-0-79q9d-x7k2p         Good  Ready True  v1.31.2
",
    );
}

#[test]
fn anchor_73_trouble_is_shown_on_every_level_with_its_reason() {
    let store = store(&in_trouble());
    let toggled = [Node::Object(key(&store, "Machine", "prod-md-0-79q9d-x7k2p"))].into();
    let tree = build(
        &store,
        &TreeOptions {
            toggled,
            ..TreeOptions::default()
        },
    );
    assert_text(&tree, "
▾mgmt-taipei                                   Good  below Warning
└─▾Cluster prod                                Warning  Available False  2/3  v1.31.2  below Warning  Machine prod-md-0-79q9d-x7k2p: no free host matches site=b (3 free: site=a)
  ├─ DevCluster prod                           Good  Ready True
  ├─▾KubeadmControlPlane prod-cp               Good  Available True  1/1  v1.31.2
  │ └─ Machine prod-cp-tn4rn                   Good  Ready True  v1.31.2
  └─▾Workers                                   Warning  Available False  1/2  below Warning
    └─▾MachineDeployment prod-md-0             Warning  Available False  1/2  v1.31.2  below Warning  Machine prod-md-0-79q9d-x7k2p: no free host matches site=b (3 free: site=a)
      ├─ Machine prod-md-0-79q9d-b4x8z         Good  Ready True  v1.31.2
      └─▾Machine prod-md-0-79q9d-x7k2p         Warning  Ready False  v1.31.2  below Warning  no free host matches site=b (3 free: site=a)
        └─ DevMachine prod-md-0-79q9d-x7k2p    Warning  Ready False  no free host matches site=b (3 free: site=a)
");
}

#[test]
fn layers_show_sets_and_what_only_echoes() {
    let store = store(&whole_cluster("prod"));
    let toggled = [Node::Object(key(&store, "Machine", "prod-cp-tn4rn"))].into();
    let options = TreeOptions {
        toggled,
        layers: Layers::default().with(Layer::MachineSets),
        echo: true,
        ..TreeOptions::default()
    };
    assert_text(
        &build(&store, &options),
        "
▾mgmt-taipei                                   Good
└─▾Cluster prod                                Good  Available True  3/3  v1.31.2
  ├─ DevCluster prod                           Good  Ready True
  ├─▾KubeadmControlPlane prod-cp               Good  Available True  1/1  v1.31.2
  │ └─▾Machine prod-cp-tn4rn                   Good  Ready True  v1.31.2
  │   ├─ DevMachine prod-cp-tn4rn              Good  Ready True
  │   └─ KubeadmConfig prod-cp-tn4rn           Good  Ready True
  └─▾Workers                                   Good  Available True  2/2
    └─▾MachineDeployment prod-md-0             Good  Available True  2/2  v1.31.2
      └─▾MachineSet prod-md-0-79q9d            Good  MachinesReady True  2/2  v1.31.2
        ├─▸Machine prod-md-0-79q9d-b4x8z       Good  Ready True  v1.31.2
        └─▸Machine prod-md-0-79q9d-x7k2p       Good  Ready True  v1.31.2
",
    );
}

#[test]
fn management_clusters_stand_in_the_order_of_their_sessions_even_without_rows() {
    let mut store = FleetStore::default();
    store.apply(session("mgmt-tokyo", Connection::Connecting));
    store.apply(session(
        "mgmt-lab",
        Connection::AuthNeeded {
            how: "the token has expired".to_owned(),
        },
    ));
    store.apply(session("mgmt-taipei", Connection::Live));
    store.apply(upserts(
        "mgmt-taipei",
        &[
            with(object("cluster.x-k8s.io/v1beta2", "Cluster", "b"), &[]),
            with(object("cluster.x-k8s.io/v1beta2", "Cluster", "a"), &[]),
        ],
    ));
    store.apply(session("mgmt-lab", Connection::Syncing { done: 2, total: 9 }));
    assert_text(
        &build(&store, &TreeOptions::default()),
        "
 mgmt-tokyo                                    Progressing  connecting
 mgmt-lab                                      Progressing  reading 2 of 9 kinds
▾mgmt-taipei                                   Good  below Unknown
├─ Cluster a                                   Unknown  nothing was reported yet
└─ Cluster b                                   Unknown  nothing was reported yet
",
    );
}

/// A live session with something else about it.
fn told(name: &str, change: impl FnOnce(&mut crate::session::Session)) -> Update {
    match session(name, Connection::Live) {
        Update::Session(mut session) => {
            change(std::sync::Arc::make_mut(&mut session));
            Update::Session(session)
        }
        other => other,
    }
}

#[test]
fn a_group_is_shown_alone() {
    let mut store = store(&whole_cluster("prod"));
    store.apply(told("mgmt-tokyo", |session| session.group = Some("Asia".into())));
    store.apply(upserts("mgmt-tokyo", &whole_cluster("far")));
    let filter = Filter::parse("group=asia kind=cl").expect("a filter");
    let options = TreeOptions {
        filter,
        ..TreeOptions::default()
    };
    let tree = build(&store, &options);
    let shown: Vec<_> = tree.lines().map(|line| label(&line)).collect();
    assert_eq!(shown, ["[Asia]", "mgmt-tokyo", "Cluster far"], "{}", text(&tree));
    assert!(tree.hidden > 0, "what is not shown is counted");
}

#[test]
fn ages_are_told_by_the_clock_of_their_server() {
    let mut store = store(&whole_cluster("prod"));
    let filter = |text: &str| TreeOptions {
        filter: Filter::parse(text).expect("a filter"),
        ..TreeOptions::default()
    };
    let lines = |store: &FleetStore, text: &str| build(store, &filter(text)).len();
    let day = "age>20h kind=cl";
    assert_eq!(lines(&store, day), 0);
    store.apply(told("mgmt-taipei", |session| {
        session.skew = Some(jiff::SignedDuration::from_hours(21));
    }));
    assert_eq!(lines(&store, day), 2);
}

#[test]
fn clusters_are_sorted_by_namespace_and_name() {
    let cluster = |namespace: &str, name: &str| {
        with(
            object("cluster.x-k8s.io/v1beta2", "Cluster", name),
            &[("/metadata/namespace", json!(namespace))],
        )
    };
    let store = store(&[
        cluster("team-b", "a"),
        cluster("team-a", "z"),
        cluster("team-a", "c"),
        cluster("default", "q"),
    ]);
    let names = |options: &TreeOptions| {
        let tree = build(&store, options);
        let rows = tree.lines().filter_map(|line| line.row);
        rows.map(|row| row.facts.object.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&TreeOptions::default()),
        ["default/q", "team-a/c", "team-a/z", "team-b/a"]
    );
    let namespace = Some("team-a".into());
    assert_eq!(
        names(&TreeOptions {
            namespace,
            ..TreeOptions::default()
        }),
        ["team-a/c", "team-a/z"]
    );
    let only = Some(mgmt("mgmt-tokyo"));
    assert_eq!(
        names(&TreeOptions {
            only,
            ..TreeOptions::default()
        }),
        Vec::<String>::new()
    );
}

#[test]
fn what_hangs_nowhere_is_still_shown() {
    let objects = [
        // A Cluster that may not be read, with a machine whose set is gone and a set whose deployment is gone.
        machine("lost", ("MachineSet", "gone"), "gone-1"),
        machine_set("lost", "gone-md", "lost-set", 1),
        machine("lost", ("MachineSet", "lost-set"), "lost-set-1"),
        // Infrastructure whose machine is gone.
        infrastructure_machine("lost", "gone-2"),
    ];
    assert_text(
        &build(&store(&objects), &TreeOptions::default()),
        "
▾mgmt-taipei                                   Good  below Warning
└─▾?Cluster lost                               Warning  1/1  does not exist
  ├─▾Workers                                   Good  1/1
  │ └─▾MachineSet lost-set                     Good  MachinesReady True  1/1  v1.31.2
  │   └─ Machine lost-set-1                    Good  Ready True  v1.31.2
  └─▾Other                                     Good
    ├─ Machine gone-1                          Good  Ready True  v1.31.2
    └─ DevMachine gone-2                       Good  Ready True
",
    );
}

#[test]
fn what_names_no_cluster_is_shown_with_why() {
    let mut lost = machine("prod", ("MachineSet", "gone"), "lost");
    lost["spec"] = serde_json::json!("notamap");
    lost["metadata"]["labels"] = serde_json::json!({});
    let store = store(&[lost]);
    let tree = build(&store, &TreeOptions::default());
    assert_text(
        &tree,
        "
▾mgmt-taipei                                   Good  below Warning
└─▾No cluster                                  Good  below Warning
  └─ Machine lost                              Warning  Ready True  unreadable: spec is \"notamap\", not an object
",
    );
    let summary = tree.summary(&crate::fixtures::mgmt("mgmt-taipei"));
    assert_eq!(
        (summary.machines.all, summary.machines.warning, summary.unreadable),
        (1, 1, 1)
    );
}

#[test]
fn counters_of_headings_are_those_of_what_stands_below() {
    let mut objects = whole_cluster("prod");
    for object in &mut objects {
        if object["kind"] == "MachineDeployment" {
            // Its Cluster is paused and has not looked since.
            object["spec"]["replicas"] = serde_json::json!(4);
        }
    }
    let tree = build(&store(&objects), &TreeOptions::default());
    let wished = |wanted: &str| {
        let mut lines = tree.lines();
        let line = lines
            .find(|line| label(line).ends_with(wanted))
            .expect("the line");
        line.replicas.and_then(|replicas| replicas.desired)
    };
    assert_eq!(
        (wished("prod-md-0"), wished("Workers"), wished("Cluster prod")),
        (Some(4), Some(4), Some(5))
    );
}

#[test]
fn references_to_nothing_are_missing_once_everything_was_read() {
    let mut objects = whole_cluster("prod");
    objects.retain(|object| object["kind"] != "DevCluster" && object["kind"] != "KubeadmControlPlane");
    let mut store = store(&objects);
    assert_text(
        &build(&store, &TreeOptions::default()),
        "
▾mgmt-taipei                                   Good  below Warning
└─▾Cluster prod                                Good  Available True  3/3  below Warning
  ├─ ?DevCluster prod                          Warning  does not exist
  ├─▾?KubeadmControlPlane prod-cp              Warning  does not exist
  │ └─ Machine prod-cp-tn4rn                   Good  Ready True  v1.31.2
  └─▾Workers                                   Good  Available True  2/2
    └─▾MachineDeployment prod-md-0             Good  Available True  2/2  v1.31.2
      ├─ Machine prod-md-0-79q9d-b4x8z         Good  Ready True  v1.31.2
      └─ Machine prod-md-0-79q9d-x7k2p         Good  Ready True  v1.31.2
",
    );
    store.apply(session("mgmt-taipei", Connection::Syncing { done: 1, total: 9 }));
    let missing = build(&store, &TreeOptions::default())
        .lines()
        .filter(|line| matches!(line.node, Node::Missing(..)))
        .count();
    assert_eq!(missing, 1, "only what has something below it");
}

#[test]
fn what_is_said_of_what_is_missing_does_not_depend_on_others_of_its_kind() {
    let said = |objects: &[serde_json::Value]| -> Vec<(String, Health, String)> {
        let missing = build(&store(objects), &TreeOptions::default());
        let lines = missing.lines().filter_map(|line| match line.node {
            Node::Missing(owner, key) if owner.object.name == "prod" => {
                Some((key.kind.kind.to_string(), line.verdict.health, line.verdict.line))
            }
            Node::Missing(..)
            | Node::Fleet(_)
            | Node::ManagementCluster(_)
            | Node::Object(_)
            | Node::Group(..)
            | Node::Beside(..) => None,
        });
        lines.collect()
    };
    let mut objects = whole_cluster("prod");
    objects.retain(|object| object["kind"] != "KubeadmControlPlane" && object["kind"] != "DevCluster");
    let alone = said(&objects);
    let is = |kind: &str| (kind.to_owned(), Health::Warning, "does not exist".to_owned());
    assert_eq!(alone, [is("DevCluster"), is("KubeadmControlPlane")]);
    objects.extend(whole_cluster("other"));
    assert_eq!(said(&objects), alone);
    // Of what is never read nothing better can be said.
    set(
        &mut objects[0],
        "/spec/infrastructureRef",
        json!({"apiGroup": "example.org", "kind": "Rack", "name": "r1"}),
    );
    let rack = said(&objects).remove(0);
    assert_eq!(rack.0, "Rack");
    assert_eq!(rack.2, "does not exist, or its kind is not watched");
}

#[test]
fn a_folded_line_tells_of_the_worst_below_it() {
    let store = store(&in_trouble());
    let cluster = Node::Object(key(&store, "Cluster", "prod"));
    let tree = build(
        &store,
        &TreeOptions {
            toggled: [cluster.clone()].into(),
            ..TreeOptions::default()
        },
    );
    let line = tree
        .line(tree.position(&cluster).expect("the cluster"))
        .expect("a line");
    assert_eq!((line.fold, line.below), (Fold::Closed, Some(Health::Warning)));
    assert_eq!(tree.len(), 2);
}

#[test]
fn anchor_98_a_cluster_that_is_being_made_has_no_faults_below_it() {
    let mut objects = whole_cluster("prod");
    objects.truncate(2);
    set(
        &mut objects[0],
        "/metadata/creationTimestamp",
        json!("2026-08-21T11:58:00Z"),
    );
    set(&mut objects[0], "/status/initialization", json!({}));
    let message = "* WorkersAvailable: 0 of 2";
    set(
        &mut objects[0],
        "/status/conditions/0",
        condition("Available", "False", "NotAvailable", message),
    );
    set(
        &mut objects[0],
        "/status/conditions/4",
        condition("WorkersAvailable", "False", "NotAvailable", "0 of 2"),
    );
    objects.push(deployment("prod", "md", 0));
    let tree = build(&store(&objects), &TreeOptions::default());
    assert_text(
        &tree,
        "
▾mgmt-taipei                                   Good  below Warning
└─▾Cluster prod                                Progressing  Available False  1/1  below Warning  0 of 2
  ├─ DevCluster prod                           Good  Ready True
  ├─ ?KubeadmControlPlane prod-cp              Warning  does not exist
  └─▾Workers                                   Progressing  Available False  0/0
    └─ MachineDeployment md                    Good  Available True  0/0  v1.31.2
",
    );
    assert_eq!(
        tree.line(0).expect("a line").below,
        Some(Health::Warning),
        "the control plane is missing"
    );
}

#[test]
fn what_a_filter_finds_alone_is_folded_and_can_be_unfolded() {
    let store = store(&[whole_cluster("prod"), whole_cluster("far")].concat());
    let mut options = TreeOptions {
        filter: Filter::parse("kind=Cluster name=prod").expect("a filter"),
        // What was folded without the filter has nothing to do with it.
        toggled: [Node::Object(key(&store, "Cluster", "prod"))].into(),
        ..TreeOptions::default()
    };
    let folded = build(&store, &options);
    assert_text(
        &folded,
        "
▾mgmt-taipei                                   Good
└─▸Cluster prod                                Good  Available True  3/3  v1.31.2
",
    );
    let cluster = Node::Object(key(&store, "Cluster", "prod"));
    options.toggled_in_filter = [cluster.clone()].into();
    let open = build(&store, &options);
    assert_text(
        &open,
        "
▾mgmt-taipei                                   Good
└─▾Cluster prod                                Good  Available True  3/3  v1.31.2
  ├─ DevCluster prod                           Good  Ready True
  ├─▾KubeadmControlPlane prod-cp               Good  Available True  1/1  v1.31.2
  │ └─ Machine prod-cp-tn4rn                   Good  Ready True  v1.31.2
  └─▾Workers                                   Good  Available True  2/2
    └─▾MachineDeployment prod-md-0             Good  Available True  2/2  v1.31.2
      ├─ Machine prod-md-0-79q9d-b4x8z         Good  Ready True  v1.31.2
      └─ Machine prod-md-0-79q9d-x7k2p         Good  Ready True  v1.31.2
",
    );
    // What is seen is not counted as hidden.
    let shown = |tree: &Tree| tree.lines().filter(|line| line.row.is_some()).count();
    assert_eq!(folded.hidden - open.hidden, shown(&open) - shown(&folded));
    // What stands below it is folded as a person wishes, and so is what stands above a match.
    options
        .toggled_in_filter
        .insert(Node::Object(key(&store, "MachineDeployment", "prod-md-0")));
    assert_eq!(build(&store, &options).len(), open.len() - 2);
    options.filter = Filter::parse("x7k2p kind=Machine").expect("a filter");
    options.toggled_in_filter.clear();
    let whole = build(&store, &options).len();
    options.toggled_in_filter = [cluster].into();
    assert_eq!((whole, build(&store, &options).len()), (9, 6));
}

#[test]
fn a_filter_keeps_what_matches_and_its_ancestors() {
    let mut store = store(&in_trouble());
    store.apply(upserts("mgmt-taipei", &whole_cluster("other")));
    let filter = |text: &str| TreeOptions {
        filter: Filter::parse(text).expect(text),
        ..TreeOptions::default()
    };
    let tree = build(&store, &filter("x7k2p ready=false kind=Machine"));
    assert_text(&tree, "
▾mgmt-taipei                                   Good  below Warning
└─▾Cluster prod                                Warning  Available False  2/3  v1.31.2  below Warning  Machine prod-md-0-79q9d-x7k2p: no free host matches site=b (3 free: site=a)
  └─▾Workers                                   Warning  Available False  1/2  below Warning
    └─▾MachineDeployment prod-md-0             Warning  Available False  1/2  v1.31.2  below Warning  Machine prod-md-0-79q9d-x7k2p: no free host matches site=b (3 free: site=a)
      └─▸Machine prod-md-0-79q9d-x7k2p         Warning  Ready False  v1.31.2  below Warning  no free host matches site=b (3 free: site=a)
");
    assert_eq!(tree.hidden, 5 + 7, "what layers leave out does not count");
    assert_eq!(build(&store, &filter("kind=nothing")).len(), 0);
    assert_eq!(build(&store, &filter("mgmt-taipei")).len(), 1);
}

#[test]
fn faults_only_leaves_out_what_is_well() {
    let mut store = store(&in_trouble());
    store.apply(upserts("mgmt-taipei", &whole_cluster("other")));
    store.apply(session("mgmt-tokyo", Connection::Live));
    let tree = build(
        &store,
        &TreeOptions {
            faults_only: true,
            ..TreeOptions::default()
        },
    );
    assert_text(&tree, "
▾mgmt-taipei                                   Good  below Warning
└─▾Cluster prod                                Warning  Available False  2/3  v1.31.2  below Warning  Machine prod-md-0-79q9d-x7k2p: no free host matches site=b (3 free: site=a)
  └─▾Workers                                   Warning  Available False  1/2  below Warning
    └─▾MachineDeployment prod-md-0             Warning  Available False  1/2  v1.31.2  below Warning  Machine prod-md-0-79q9d-x7k2p: no free host matches site=b (3 free: site=a)
      └─▾Machine prod-md-0-79q9d-x7k2p         Warning  Ready False  v1.31.2  below Warning  no free host matches site=b (3 free: site=a)
        └─ DevMachine prod-md-0-79q9d-x7k2p    Warning  Ready False  no free host matches site=b (3 free: site=a)
");
}

#[test]
fn folds_and_positions() {
    let store = store(&whole_cluster("prod"));
    let all = build(&store, &TreeOptions::default());
    for (index, line) in all.lines().enumerate() {
        assert_eq!(all.position(&line.node), Some(index));
        match all.parent(index) {
            Some(parent) => assert_eq!(all.line(parent).expect("a line").depth + 1, line.depth),
            None => assert_eq!(line.depth, 0),
        }
    }
    let management_cluster = Node::ManagementCluster(mgmt("mgmt-taipei"));
    let toggled = [management_cluster].into();
    let folded = build(
        &store,
        &TreeOptions {
            toggled,
            ..TreeOptions::default()
        },
    );
    assert_eq!(
        folded.lines().map(|line| line.fold).collect::<Vec<_>>(),
        [Fold::Closed]
    );
    assert_eq!(folded.hidden, 0, "folded is not hidden");
}

#[test]
fn every_object_of_a_cluster_is_in_the_tree_once() {
    let mut store = store(&in_trouble());
    store.apply(upserts("mgmt-taipei", &whole_cluster("other")));
    let expand = |store: &FleetStore| {
        let machines = store
            .rows(None)
            .filter(|row| row.facts.kind.kind.as_ref() == "Machine");
        machines.map(|row| Node::Object(row.key())).collect()
    };
    let options = TreeOptions {
        toggled: expand(&store),
        layers: Layers::default().with(Layer::MachineSets),
        echo: true,
        ..TreeOptions::default()
    };
    let tree = build(&store, &options);
    let mut keys: Vec<String> = tree
        .lines()
        .filter_map(|line| Some(line.row?.key().to_string()))
        .collect();
    let mut expected: Vec<String> = store.rows(None).map(|row| row.key().to_string()).collect();
    keys.sort();
    expected.sort();
    assert_eq!(keys, expected);
    store.apply(Update::Closed(mgmt("mgmt-taipei")));
    assert_eq!(build(&store, &options).len(), 0);
}

/// Objects that refer to each other at random, some of them gone.
fn tangled() -> impl proptest::strategy::Strategy<Value = Vec<Value>> {
    use proptest::prelude::*;
    let mut objects = whole_cluster("a");
    objects.extend(whole_cluster("b"));
    let count = objects.len();
    let places = prop::sample::select(vec![
        "/metadata/ownerReferences/0",
        "/spec/infrastructureRef",
        "/spec/controlPlaneRef",
        "/spec/bootstrap/configRef",
        "/spec/clusterName",
    ]);
    let changes = prop::collection::vec((0..count, places, 0..count), 0..20);
    (changes, prop::collection::vec(prop::bool::weighted(0.85), count)).prop_map(move |(changes, kept)| {
        let mut tangled = objects.clone();
        for (from, place, to) in changes {
            let to = &objects[to];
            let name = &to["metadata"]["name"];
            let version = to["apiVersion"].as_str().expect("a version");
            let group = version.split('/').next().expect("a group");
            let reference = json!({ "apiVersion": version, "apiGroup": group, "kind": to["kind"], "name": name, "controller": true });
            match place {
                "/metadata/ownerReferences/0" => tangled[from]["metadata"]["ownerReferences"] = json!([reference]),
                "/spec/clusterName" => set(&mut tangled[from], place, json!(if name == "a" { "a" } else { "b" })),
                _ => set(&mut tangled[from], place, reference),
            }
        }
        let kept = tangled.into_iter().zip(kept).filter(|(_, kept)| *kept);
        kept.map(|(object, _)| object).collect()
    })
}

proptest::proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_refers_to_whatever_a_line_stands_once_and_no_machine_is_lost(objects in tangled()) {
        let store = store(&objects);
        let machines = || store.rows(None).filter(|row| row.facts.kind.kind.as_ref() == "Machine").map(|row| Node::Object(row.key()));
        for (all, echo, grouping) in [(false, false, false), (false, false, true), (true, true, false), (true, true, true)] {
            let groups = store.rows(None).map(|row| Node::Group(row.key(), super::layers::MACHINES));
            let toggled = machines().chain(groups).collect();
            let layers = Layer::ALL.into_iter().filter(|_| all).collect();
            let tree = build(&store, &TreeOptions { toggled, layers, echo, grouping, ..TreeOptions::default() });
            let lines: Vec<Line> = tree.lines().collect();
            let nodes: std::collections::HashSet<&Node> = lines.iter().map(|line| &line.node).collect();
            proptest::prop_assert_eq!(nodes.len(), lines.len());
            for machine in machines() {
                proptest::prop_assert!(nodes.contains(&machine), "{:?} is not in the tree", machine);
            }
            for (index, line) in lines.iter().enumerate().skip(1) {
                proptest::prop_assert!(line.depth <= lines[index - 1].depth + 1);
            }
        }
    }
}
