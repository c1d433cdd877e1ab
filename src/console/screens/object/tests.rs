//! The object screen: what it shows, how it reads, and that it follows its object.

use std::sync::Arc;

use fleetui_base::Shown;
use serde_json::json;

use crate::app::App;
use crate::document::Document;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request};
use crate::msg::Msg;
use crate::sample::{
    CORE, app, app_with, cluster, condition, gone, key, now, objects, options, plain, press, session,
    type_text, updates,
};
use crate::update::update;

fn asked(effects: &[Effect]) -> EffectId {
    effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Ask(_)))
        .map(|effect| effect.id)
        .unwrap()
}

fn document() -> Answer {
    let object = cluster("byoh-cluster", &[], None).remove(0);
    Answer::Object(Arc::new(Document::new(object)))
}

fn opened(keys: &str) -> (App, EffectId) {
    let mut app = app((100, 40));
    press(&mut app, "j");
    let effects = press(&mut app, keys);
    let id = asked(&effects);
    (app, id)
}

#[test]
fn conditions_path_facts_and_yaml_are_shown() {
    let (mut app, id) = opened("enter");
    assert!(plain(&app).contains("reading the object from the server"));
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: document(),
        }),
    );
    insta::assert_snapshot!("object-100x40", plain(&app));
    press(&mut app, "G");
    assert!(plain(&app).contains("workers:"), "{}", plain(&app));
    press(&mut app, "y");
    assert!(
        plain(&app).contains("apiVersion: cluster.x-k8s.io/v1beta2"),
        "{}",
        plain(&app)
    );
    press(&mut app, "d");
    assert!(plain(&app).contains("Conditions"));
    press(&mut app, "esc");
    assert!(plain(&app).contains("NAME"));
}

#[test]
fn a_failed_reading_is_told_and_read_again_on_request() {
    let (mut app, id) = opened("y");
    let failure = Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("clusters is forbidden"),
    };
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Failed(failure),
        }),
    );
    assert!(plain(&app).contains("could not be read: clusters is forbidden"));
    let effects = press(&mut app, "ctrl-r");
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id: asked(&effects),
            answer: document(),
        }),
    );
    assert!(plain(&app).contains("kind: Cluster"), "{}", plain(&app));
}

#[test]
fn leaving_stops_waiting() {
    let (mut app, id) = opened("enter");
    let effects = press(&mut app, "esc");
    let effects: Vec<Action> = effects.into_iter().map(|effect| effect.action).collect();
    // The object, and its events.
    assert_eq!(effects.len(), 2);
    assert_eq!(effects[0], Action::Abandon(id));
}

#[test]
fn an_object_that_changes_is_read_again_but_not_all_the_time() {
    let (mut app, id) = opened("enter");
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: document(),
        }),
    );
    let mut all = cluster("byoh-cluster", &[], None);
    all[0]["metadata"]["resourceVersion"] = json!("200");
    let effects = update(&mut app, Msg::Fleet(vec![objects("mgmt-taipei", &all)]));
    let asks = effects
        .iter()
        .any(|effect| matches!(effect.action, Action::Ask(_)));
    assert!(!asks, "it was read a moment ago");
    let effects = update(&mut app, Msg::Tick(now() + jiff::SignedDuration::from_secs(3)));
    asked(&effects);
    update(
        &mut app,
        Msg::Fleet(vec![gone(&key("mgmt-taipei", CORE, "Cluster", "byoh-cluster"))]),
    );
    let text = plain(&app);
    assert!(
        text.contains("gone; this is what was last known") && text.contains("Conditions"),
        "{text}"
    );
}

#[test]
fn an_object_of_a_management_cluster_that_is_not_here_is_not_called_gone() {
    let mut app = app((120, 40));
    let of = key("mgmt-elsewhere", CORE, "Cluster", "prod");
    app.open_object(of, crate::screens::object::Part::Description);
    let text = plain(&app);
    assert!(text.contains("mgmt-elsewhere is not connected here"), "{text}");
    assert!(!text.contains("gone;"), "{text}");
}

/// The effect that asked for the events.
fn asked_for_events(effects: &[Effect]) -> EffectId {
    let of_events = |effect: &&Effect| matches!(effect.action, Action::Ask(Request::Events { .. }));
    effects.iter().find(of_events).map(|effect| effect.id).unwrap()
}

fn event(reason: &str, message: &str) -> fleetui_fleet::timeline::Event {
    let event = fleetui_fleet::timeline::Event::read(&json!({
        "type": "Warning", "reason": reason, "message": message, "count": 3,
        "firstTimestamp": "2026-08-21T11:00:00Z", "lastTimestamp": "2026-08-21T11:50:00Z",
        "source": {"component": "byomachine-controller"}, "involvedObject": {"uid": "u"},
    }));
    event.unwrap()
}

#[test]
fn w_opens_it_where_it_says_why_and_the_cause_can_be_opened() {
    let mut app = app((100, 40));
    press(&mut app, "j w");
    let text = plain(&app);
    let why = text
        .lines()
        .position(|line| line.trim() == "Why")
        .expect("the section");
    assert_eq!(why, 2, "it stands at the top:\n{text}");
    assert!(
        text.contains("Machine byoh-cluster-md-0-x4b-x7k2p") && text.contains("the cause"),
        "{text}"
    );
    assert!(text.contains("waits for a free host that fits"), "{text}");
    insta::assert_snapshot!("object-why-100x40", text);
    // The second link is the deployment; the third its set, the fourth the machine.
    press(&mut app, "tab tab tab enter");
    assert!(
        plain(&app)
            .lines()
            .nth(1)
            .unwrap()
            .contains("Machine default/byoh-cluster-md-0-x4b-x7k2p"),
        "{}",
        plain(&app)
    );
    press(&mut app, "esc");
    assert!(
        plain(&app)
            .lines()
            .nth(1)
            .unwrap()
            .contains("Cluster default/byoh-cluster"),
        "{}",
        plain(&app)
    );
    // Without a choice there is nothing to open, which is said.
    press(&mut app, "esc j w enter");
    assert!(plain(&app).contains("nothing is chosen here"), "{}", plain(&app));
}

#[test]
fn anchor_79_events_and_what_was_seen_stand_in_the_timeline() {
    let mut app = app((110, 60));
    let effects = press(&mut app, "j d");
    let id = asked_for_events(&effects);
    let told = vec![event("HostMissing", "no host\u{1b}[2J has site=b")];
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Events(told.into(), false),
        }),
    );
    // A watch sees its control plane flip.
    let mut all = cluster("byoh-cluster", &[], None);
    all[2]["metadata"]["resourceVersion"] = json!("300");
    let mut flipped = condition("Available", "False", "etcd is gone");
    flipped["lastTransitionTime"] = json!("2026-08-21T11:59:00Z");
    all[2]["status"]["conditions"] = json!([flipped]);
    let effects = update(&mut app, Msg::Fleet(vec![objects("mgmt-taipei", &all[2..3])]));
    let kept = effects
        .iter()
        .any(|effect| matches!(&effect.action, Action::Remember(flips) if flips.len() == 1));
    assert!(kept, "what was seen is written down: {effects:?}");
    press(&mut app, "t");
    let text = plain(&app);
    assert!(text.contains("HostMissing x3  no host␛[2J has site=b"), "{text}");
    // The line goes on in the next one, and loses nothing.
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("seen"))
        .expect("the flip");
    let flip = lines[at..at + 2].join(" ");
    let flip = flip.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flip.contains("etcd is gone"), "{flip}");
    assert!(flip.contains("11:59:00Z"), "{flip}");
    assert!(
        flip.contains("60s") && flip.contains("seen") && flip.contains("KubeadmControlPlane byoh-cluster-cp"),
        "{flip}"
    );
    assert!(flip.contains("True → False"), "{flip}");
    assert!(!text.contains('\u{1b}'));
    // What earlier starts saw is there too, once it was read.
    let Some(Action::Remember(flips)) = effects.into_iter().map(|effect| effect.action).next() else {
        panic!("nothing to remember")
    };
    let mut earlier = flips[0].clone();
    earlier.at = now() - jiff::SignedDuration::from_hours(3);
    (earlier.what, earlier.text) = ("MachinesReady".into(), "seen earlier".into());
    update(&mut app, Msg::Remembered(vec![earlier]));
    let text = plain(&app).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("seen earlier"), "{text}");
}

#[test]
fn no_events_denied_events_and_events_that_are_read_do_not_look_alike() {
    let mut app = app((100, 60));
    let effects = press(&mut app, "j t");
    let id = asked_for_events(&effects);
    assert!(plain(&app).contains("reading the events"));
    let failure = Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("events is forbidden"),
    };
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Failed(failure),
        }),
    );
    assert!(
        plain(&app).contains("events could not be read: events is forbidden"),
        "{}",
        plain(&app)
    );
    let effects = press(&mut app, "ctrl-r");
    let id = asked_for_events(&effects);
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Events(Arc::default(), false),
        }),
    );
    assert!(
        plain(&app).contains("no events; servers forget them"),
        "{}",
        plain(&app)
    );
}

#[test]
fn text_is_found_in_the_yaml_and_walked_through() {
    let (mut app, id) = opened("y");
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: document(),
        }),
    );
    press(&mut app, "/");
    type_text(&mut app, "REPLICAS");
    assert!(plain(&app).contains("/REPLICAS 1 of"), "{}", plain(&app));
    press(&mut app, "enter");
    let footer = |app: &App| plain(app).lines().last().unwrap_or_default().to_owned();
    assert!(
        footer(&app).starts_with(" n next  N previous"),
        "{}",
        footer(&app)
    );
    press(&mut app, "n n");
    assert!(plain(&app).contains("/REPLICAS 3 of"), "{}", plain(&app));
    press(&mut app, "N");
    assert!(plain(&app).contains("/REPLICAS 2 of"), "{}", plain(&app));
    // Left without it, it is as it was.
    press(&mut app, "/");
    type_text(&mut app, "zzz");
    assert!(plain(&app).contains("nothing has 'zzz'"), "{}", plain(&app));
    press(&mut app, "esc");
    assert!(plain(&app).contains("/REPLICAS"), "{}", plain(&app));
    // Where nothing was found there is no next one.
    press(&mut app, "/");
    type_text(&mut app, "zzz");
    press(&mut app, "enter");
    assert!(!footer(&app).contains("next"), "{}", footer(&app));
}

#[test]
fn managed_fields_are_asked_for_when_they_are_wanted() {
    let (mut app, id) = opened("y");
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: document(),
        }),
    );
    let effects = press(&mut app, "m");
    let wanted = effects.iter().any(|effect| {
        matches!(
            &effect.action,
            Action::Ask(Request::Read {
                managed_fields: true,
                ..
            })
        )
    });
    assert!(wanted, "{effects:?}");
    let mut object = cluster("byoh-cluster", &[], None).remove(0);
    object["metadata"]["managedFields"] = json!([{"manager": "kubectl-edit"}]);
    let answer = Answer::Object(Arc::new(Document::with_managed_fields(object)));
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id: asked(&effects),
            answer,
        }),
    );
    let text = plain(&app);
    assert!(
        text.contains("kubectl-edit") && text.contains("YAML with managedFields"),
        "{text}"
    );
    let effects = press(&mut app, "m");
    assert!(effects.iter().any(|effect| matches!(
        &effect.action,
        Action::Ask(Request::Read {
            managed_fields: false,
            ..
        })
    )));
}

#[test]
fn both_models_of_conditions_are_shown_once_the_whole_object_is_there() {
    let (mut app, id) = opened("enter");
    let mut object = cluster("byoh-cluster", &[], None).remove(0);
    object["status"]["deprecated"] = json!({"v1beta1": {"conditions": [
        {"type": "Ready", "status": "False", "severity": "Warning", "reason": "ScalingUp", "message": "Scaling up from 1 to 3"},
    ]}});
    let answer = Answer::Object(Arc::new(Document::new(object)));
    update(&mut app, Msg::Outcome(Outcome { id, answer }));
    let text = plain(&app);
    assert!(
        text.contains("of the old model (v1beta1):") && text.contains("Scaling up from 1 to 3"),
        "{text}"
    );
}

#[test]
fn the_chosen_line_stays_chosen_when_the_fleet_changes() {
    let mut app = app_with(options((100, 60)), updates());
    press(&mut app, "j w tab tab");
    let chosen = |app: &App| {
        let text = plain(app);
        text.lines()
            .find(|line| line.starts_with('▌'))
            .map(str::to_owned)
            .expect("a cursor")
    };
    let before = chosen(&app);
    assert!(before.contains("MachineSet"), "{before}");
    let mut all = cluster(
        "byoh-cluster",
        &[("79q9d", "node-4"), ("k8v2s", "node-5")],
        Some("other words"),
    );
    for object in &mut all {
        object["metadata"]["resourceVersion"] = json!("400");
    }
    update(&mut app, Msg::Fleet(vec![objects("mgmt-taipei", &all)]));
    assert!(chosen(&app).contains("MachineSet"), "{}", chosen(&app));
}

#[test]
fn anchor_80_the_version_that_still_runs_is_told_beside_the_one_that_is_asked_for() {
    let mut objects_of = cluster("shop", &[("2hx7l", "node-9")], None);
    for object in &mut objects_of {
        if object["kind"] == "KubeadmControlPlane" {
            object["spec"]["version"] = json!("v1.32.4");
        }
    }
    let told = vec![
        session("lab", fleetui_fleet::session::Connection::Live),
        objects("lab", &objects_of),
    ];
    let mut app = app_with(options((120, 60)), told);
    press(&mut app, "j j j d");
    let text = plain(&app);
    assert!(text.contains("v1.32.4, still runs v1.31.2"), "{text}");
}

#[test]
fn a_machine_names_its_node_which_no_line_leads_to() {
    let mut app = app((100, 60));
    type_text(&mut app, ":machines /tn4rn @mgmt-tokyo");
    press(&mut app, "enter d");
    let screen = plain(&app);
    assert!(screen.contains("node  Node node-3"), "{screen}");
    // A Node is in another cluster: the links go by it and come round again.
    let mut kinds = Vec::new();
    for _ in 0..8 {
        press(&mut app, "tab");
        let Some(crate::screens::Screen::Object(object)) = app.stack.last() else {
            unreachable!("an object is open")
        };
        kinds.extend(object.link().map(|key| key.kind.kind.to_string()));
    }
    assert!(
        kinds.contains(&"KubeadmControlPlane".to_owned()) && !kinds.contains(&"Node".to_owned()),
        "{kinds:?}"
    );
}
