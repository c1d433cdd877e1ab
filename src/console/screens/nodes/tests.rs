//! The nodes: what is asked for while they are looked at, and what is told of them.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::workload::WorkloadNode;
use serde_json::json;

use crate::app::App;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request, Workload};
use crate::msg::Msg;
use crate::sample::{app_with, eras, now, options, plain, press, type_text};
use crate::update::update;

fn app(size: (u16, u16)) -> App {
    app_with(options(size), eras::fleet())
}

/// The clusters that are asked for their nodes by these effects.
fn asked(effects: &[Effect]) -> Vec<(EffectId, ObjectKey)> {
    let asks = effects.iter().filter_map(|effect| match &effect.action {
        Action::Ask(Request::Nodes(key, _)) => Some((effect.id, key.clone())),
        _ => None,
    });
    asks.collect()
}

fn node(name: &str, ready: bool, message: &str) -> WorkloadNode {
    let object = json!({
        "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-08-21T09:00:00Z",
            "labels": {"node-role.kubernetes.io/control-plane": ""}},
        "spec": {"providerID": format!("byoh://{name}/x"), "unschedulable": name == "node-5"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "192.0.2.4"}], "nodeInfo": {"kubeletVersion": "v1.31.2"},
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" },
                "message": message, "lastTransitionTime": "2026-08-21T11:00:00Z"}],
        },
    });
    WorkloadNode::read(&object.to_string()).unwrap()
}

const NO_NETWORK: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                          message:Network plugin returns error: cni plugin not initialized";

/// Opens the nodes and has every cluster answer: the one of today with nodes, the others not.
fn open(size: (u16, u16)) -> App {
    let mut app = app(size);
    type_text(&mut app, ":nodes");
    answer_all(&mut app);
    app
}

fn answer_all(app: &mut App) {
    let mut effects = press(app, "enter");
    loop {
        let asks = asked(&effects);
        if asks.is_empty() {
            return;
        }
        effects = Vec::new();
        for (id, key) in asks {
            let answer = if key.object.name == "byoh-cluster" {
                let nodes = vec![
                    node("node-3", true, ""),
                    node("node-4", false, NO_NETWORK),
                    node("node-5", true, ""),
                ];
                Answer::Workload(Box::new(Workload::Nodes(nodes)))
            } else {
                Answer::Failed(Failure {
                    kind: FailureKind::Unreachable,
                    message: Shown::ours("it cannot be reached: connection refused"),
                })
            };
            effects.extend(update(app, Msg::Outcome(Outcome { id, answer })));
        }
    }
}

#[test]
fn nodes_are_asked_for_while_they_are_looked_at_and_a_missing_cni_is_named() {
    let app = open((120, 40));
    let screen = plain(&app);
    assert!(
        screen.contains("NotReady") && screen.contains("no CNI is installed"),
        "{screen}"
    );
    insta::assert_snapshot!("nodes-120x40", screen);
    insta::assert_snapshot!("nodes-80x24", plain(&open((80, 24))));
}

#[test]
fn until_a_key_is_pressed_the_cursor_stays_on_the_first_row_while_clusters_answer() {
    let mut app = app((120, 40));
    type_text(&mut app, ":nodes");
    answer_all(&mut app);
    // Clusters that did not answer have come in above the nodes that were there first.
    let screen = plain(&app);
    let rows: Vec<&str> = screen.lines().skip(2).collect();
    assert!(rows[0].starts_with('▌') && !rows[0].contains("node-"), "{screen}");
    assert!(screen.contains("node-5"), "{screen}");
}

#[test]
fn what_is_counted_and_which_rows_are_seen_do_not_run_into_each_other() {
    let mut app = app((80, 15));
    type_text(&mut app, ":nodes");
    let asks = asked(&press(&mut app, "enter"));
    // One does not answer, one has many nodes, and the others are still being read.
    for (index, (id, _)) in asks.into_iter().take(2).enumerate() {
        let answer = if index == 0 {
            Answer::Failed(Failure {
                kind: FailureKind::Unreachable,
                message: Shown::ours("it cannot be reached: connection refused"),
            })
        } else {
            let nodes = (0..30).map(|index| node(&format!("n-{index:02}"), index % 9 > 0, ""));
            Answer::Workload(Box::new(Workload::Nodes(nodes.collect())))
        };
        update(&mut app, Msg::Outcome(Outcome { id, answer }));
    }
    let screen = plain(&app);
    let rule = screen.lines().find(|line| line.starts_with("──")).unwrap();
    assert!(rule.ends_with("── 1-7 of 35 ──"), "{screen}");
    assert!(
        rule.contains("4 not read, 26 ready, 4 not ready, 5 being read, 1 silent "),
        "{screen}"
    );
    assert!(title_of(&screen).contains("MANAGEMENT"), "{screen}");
    // Where only one is shown its name tells nothing.
    let screen = plain(&open((80, 24)));
    assert!(title_of(&screen).contains("MANAGEMENT"), "{screen}");
    let mut app = self::app((80, 24));
    type_text(&mut app, ":nodes @mgmt-2026");
    answer_all(&mut app);
    assert!(!title_of(&plain(&app)).contains("MANAGEMENT"), "{}", plain(&app));
}

fn title_of(screen: &str) -> &str {
    screen.lines().nth(1).unwrap_or_default()
}

#[test]
fn who_leaves_waits_for_nothing_and_who_stays_is_told_again() {
    let mut app = app((120, 40));
    type_text(&mut app, ":nodes");
    let effects = press(&mut app, "enter");
    let first = asked(&effects);
    assert!(!first.is_empty());
    assert!(plain(&app).contains("reading the nodes of"), "{}", plain(&app));
    let effects = press(&mut app, "esc");
    let abandoned = effects
        .iter()
        .filter(|effect| matches!(effect.action, Action::Abandon(_)))
        .count();
    assert_eq!(abandoned, first.len());

    let mut app = open((120, 40));
    let later = now() + jiff::SignedDuration::from_secs(16);
    assert!(!asked(&update(&mut app, Msg::Tick(later))).is_empty());
}

#[test]
fn a_node_stands_for_its_machine_and_the_nodes_of_one_cluster_are_those_alone() {
    let mut app = open((120, 40));
    // The first rows are the clusters that do not answer, the last ones the management clusters that are not read.
    press(&mut app, "G k k k k");
    let screen = plain(&app);
    assert!(screen.contains("node-5"), "{screen}");
    press(&mut app, "enter");
    assert!(plain(&app).contains("Machine"), "{}", plain(&app));
    press(&mut app, "esc");
    press(&mut app, "n");
    let screen = plain(&app);
    assert!(
        screen.contains("NODES 3") && !screen.contains("do not answer"),
        "{screen}"
    );
}

#[test]
fn the_layer_of_the_tree_shows_them() {
    let mut app = app((160, 60));
    type_text(&mut app, ":layers nodes");
    answer_all(&mut app);
    let screen = plain(&app);
    assert!(screen.contains("no CNI is installed"), "{screen}");
}

#[test]
fn the_nodes_of_a_machine_have_the_cursor_on_its_own() {
    let mut app = open((120, 40));
    press(&mut app, "G k k k k");
    let machine = app.subject().unwrap();
    press(&mut app, "n");
    assert_eq!(app.subject(), Some(machine), "{}", plain(&app));
    press(&mut app, "g");
    let first = app.subject();
    press(&mut app, "G");
    assert_ne!(app.subject(), first, "it is not the first one by chance");
}

/// Of a management cluster that is not read nobody knows which nodes there are; the counts would tell of too few.
#[test]
fn management_clusters_that_are_not_read_have_a_line_of_their_own() {
    let mut app = open((120, 40));
    let screen = plain(&app);
    for (name, why) in [
        ("mgmt-away", "connection refused"),
        ("mgmt-cloud", "login needed"),
    ] {
        let line = screen
            .lines()
            .find(|line| line.contains("(not read)") && line.contains(name));
        assert!(line.is_some_and(|line| line.contains(why)), "{name}: {screen}");
    }
    assert!(screen.contains(" not read, "), "{screen}");
    press(&mut app, "G");
    assert!(
        plain(&app).contains(", of whose nodes nothing is known"),
        "{}",
        plain(&app)
    );
}
