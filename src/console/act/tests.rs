//! Dialogs, from the key to the write, and what can come between.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::audit::{Outcome as Ended, Stage};
use fleetui_fleet::act::{
    Act, Actor, AuditId, Deed, DrainAhead, Entry, Judgement, Mode, Plan, Step, Verb, Weighed,
};
use fleetui_fleet::drain::{HeldBy, HeldPod};
use fleetui_fleet::paused::Paused;
use fleetui_fleet::rollout::{Held, Progress, Stalled};
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::Node;
use serde_json::{Value, json};

use super::{Asks, Status};
use crate::app::App;
use crate::command::Place;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request};
use crate::glyphs::UNICODE;
use crate::msg::Msg;
use crate::sample::{
    app, app_with, cluster, gone, now, objects, options, plain, press, session, type_text, updates,
};
use crate::update::update;

const DEPLOYMENT: &str = "payments-md-0";

fn go_to(app: &mut App, name: &str) {
    press(app, "g");
    for _ in 0..60 {
        if matches!(app.tree.cursor(), Some(Node::Object(key)) if key.object.name == name) {
            return;
        }
        press(app, "j");
    }
    panic!("{name} is not in the tree:\n{}", plain(app));
}

fn on(name: &str, size: (u16, u16)) -> App {
    let mut app = app(size);
    go_to(&mut app, name);
    app
}

/// The plans that are sent to the gate.
fn sent(effects: &[Effect]) -> Vec<(EffectId, &Plan, &Mode)> {
    let sent = effects.iter().filter_map(|effect| match &effect.action {
        Action::Ask(Request::Act(plan, mode)) => Some((effect.id, plan.as_ref(), mode)),
        _ => None,
    });
    sent.collect()
}

/// Those that are to be carried out.
fn performed(effects: &[Effect]) -> Vec<(ObjectKey, Deed)> {
    let sent = sent(effects).into_iter();
    sent.filter(|(_, _, mode)| matches!(mode, Mode::Perform(_)))
        .map(|(_, plan, _)| (plan.target().clone(), plan.act.deed.clone()))
        .collect()
}

fn noted(effects: &[Effect]) -> Vec<Step> {
    let tries = effects.iter().filter_map(|effect| match &effect.action {
        Action::Note(tried) => Some(tried.refusal.step),
        _ => None,
    });
    tries.collect()
}

fn answer(app: &mut App, id: EffectId, answer: Answer) -> Vec<Effect> {
    update(app, Msg::Outcome(Outcome { id, answer }))
}

/// Presses a key, and lets the gate have nothing against what it begins.
fn judged(app: &mut App, key: &str, judgement: &Judgement) {
    let effects = press(app, key);
    let ids: Vec<EffectId> = sent(&effects).into_iter().map(|(id, ..)| id).collect();
    assert!(!ids.is_empty(), "nothing was asked:\n{}", plain(app));
    for id in ids {
        answer(app, id, Answer::Judged(Box::new(judgement.clone())));
    }
}

fn asks(app: &App) -> Asks {
    app.act.dialog.as_ref().expect("a dialog").asks()
}

#[test]
fn anchor_48_60_what_is_deleted_is_asked_by_name() {
    let mut app = on(DEPLOYMENT, (120, 40));
    judged(&mut app, "ctrl-d", &Judgement::default());
    assert_eq!(app.place(), Place::Dialog);
    insta::assert_snapshot!("dialog-delete-120x40", plain(&app));
    // What is typed is text here, whatever the keys do elsewhere.
    let effects = type_text(&mut app, "payments-md-0");
    assert_eq!(performed(&effects), []);
    press(&mut app, "tab");
    type_text(&mut app, "no longer used");
    let effects = press(&mut app, "enter");
    let sent = sent(&effects);
    let [(id, plan, Mode::Perform(confirmed))] = sent.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(plan.act.deed, Deed::Delete);
    assert_eq!(plan.target().object.name, DEPLOYMENT);
    assert_eq!(plan.act.reason.as_deref(), Some("no longer used"));
    assert_eq!(confirmed.typed.as_deref(), Some(DEPLOYMENT));
    assert_eq!(confirmed.digest, plan.digest());
    let id = *id;
    assert!(plain(&app).contains("writing"), "{}", plain(&app));
    answer(&mut app, id, Answer::Done(AuditId("1".into()), Vec::new()));
    assert!(plain(&app).contains("done: delete"), "{}", plain(&app));
    assert_eq!(app.place(), Place::Tree);
}

#[test]
fn anchor_49_a_wrong_name_deletes_nothing() {
    let mut app = on(DEPLOYMENT, (120, 40));
    judged(&mut app, "ctrl-d", &Judgement::default());
    // Nothing typed, a part of it, another blank: each is no name.
    for (typed, tries) in [("", 0), ("payments", 1), ("-md-0 ", 1)] {
        type_text(&mut app, typed);
        let effects = press(&mut app, "enter");
        assert_eq!(performed(&effects), [], "{typed}");
        assert_eq!(noted(&effects).len(), tries, "{typed}");
    }
    assert!(plain(&app).contains("nothing was done"), "{}", plain(&app));
    let effects = press(&mut app, "backspace enter");
    assert_eq!(performed(&effects).len(), 1, "now it is the name");
}

#[test]
fn the_dialog_names_cluster_and_server_in_every_size() {
    for (size, name) in [
        ((80, 24), "dialog-delete-80x24"),
        ((200, 50), "dialog-delete-200x50"),
        ((60, 15), "dialog-delete-60x15"),
    ] {
        let mut app = on(DEPLOYMENT, size);
        judged(&mut app, "ctrl-d", &Judgement::default());
        let text = plain(&app);
        assert!(text.contains("in mgmt-tokyo (https://"), "{text}");
        assert!(text.contains("MachineDeployment default/payments-md-0"), "{text}");
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn a_pause_takes_one_key_and_what_the_server_says_is_read_first() {
    let mut app = on(DEPLOYMENT, (120, 40));
    // Accepted before the server has said yes: it goes on when it has.
    let effects = press(&mut app, "p");
    let id = sent(&effects)[0].0;
    assert_eq!(performed(&press(&mut app, "enter")), []);
    let effects = answer(&mut app, id, Answer::Judged(Box::default()));
    assert_eq!(performed(&effects)[0].1, Deed::Pause);
    // But not over a warning.
    let mut app = on(DEPLOYMENT, (120, 40));
    let effects = press(&mut app, "p");
    let id = sent(&effects)[0].0;
    press(&mut app, "enter");
    let judgement = Judgement {
        warnings: vec!["spec.paused is deprecated".to_owned()],
        ..Judgement::default()
    };
    let effects = answer(&mut app, id, Answer::Judged(Box::new(judgement)));
    assert_eq!(performed(&effects), []);
    assert!(
        plain(&app).contains("spec.paused is deprecated"),
        "{}",
        plain(&app)
    );
    assert_eq!(performed(&press(&mut app, "enter")).len(), 1);
}

#[test]
fn what_a_gitops_tool_applies_takes_the_key_twice() {
    let mut app = on(DEPLOYMENT, (120, 40));
    let judgement = Judgement {
        owners: vec!["argocd-controller applies this object".to_owned()],
        ..Judgement::default()
    };
    judged(&mut app, "p", &judgement);
    assert!(matches!(asks(&app), Asks::Twice(_)));
    assert_eq!(performed(&press(&mut app, "enter")), []);
    assert!(plain(&app).contains("really?"), "{}", plain(&app));
    assert_eq!(performed(&press(&mut app, "enter")).len(), 1);
}

#[test]
fn a_row_that_went_closes_its_dialog() {
    let mut app = on(DEPLOYMENT, (120, 40));
    let effects = press(&mut app, "ctrl-d");
    let (_, plan, _) = sent(&effects)[0];
    let key = plan.target().clone();
    let effects = update(&mut app, Msg::Fleet(vec![gone(&key)]));
    assert_eq!(app.place(), Place::Tree);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect.action, Action::Abandon(_))),
        "{effects:?}"
    );
    assert!(plain(&app).contains("is gone or was replaced"), "{}", plain(&app));
}

#[test]
fn anchor_09_another_life_of_the_name_is_never_deleted() {
    let mut app = on(DEPLOYMENT, (120, 40));
    judged(&mut app, "ctrl-d", &Judgement::default());
    type_text(&mut app, DEPLOYMENT);
    let mut again = cluster("payments", &[("2hx7l", "node-9")], None);
    for object in &mut again {
        object["metadata"]["uid"] = json!(format!("another-{}", object["metadata"]["uid"]));
        object["metadata"]["resourceVersion"] = json!("900");
    }
    update(&mut app, Msg::Fleet(vec![objects("mgmt-tokyo", &again)]));
    assert_eq!(app.place(), Place::Tree);
    let effects = press(&mut app, "enter");
    assert_eq!(performed(&effects), []);
}

#[test]
fn several_marked_objects_are_listed_and_deleted_by_their_number() {
    let mut app = app((120, 40));
    type_text(&mut app, ":machines");
    press(&mut app, "enter");
    press(&mut app, "j space space");
    let effects = press(&mut app, "ctrl-d");
    let ids: Vec<EffectId> = sent(&effects).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids.len(), 2, "each is an act of its own");
    for id in ids {
        answer(&mut app, id, Answer::Judged(Box::default()));
    }
    assert_eq!(asks(&app), Asks::Number(2));
    insta::assert_snapshot!("dialog-several-120x40", plain(&app));
    type_text(&mut app, "3");
    assert_eq!(performed(&press(&mut app, "enter")), []);
    press(&mut app, "backspace");
    type_text(&mut app, "2");
    let effects = press(&mut app, "enter");
    assert_eq!(performed(&effects).len(), 2);
}

/// Each is judged as if the others stayed, so that two would pass where one of them may go.
#[test]
fn of_a_control_plane_one_machine_goes_at_a_time() {
    let mut updates = updates();
    let second = crate::sample::machine(
        "byoh-cluster",
        ("KubeadmControlPlane", "byoh-cluster-cp"),
        "zz9zz",
        Ok("node-7"),
    );
    updates.push(crate::sample::objects("mgmt-taipei", &[second]));
    let mut app = app_with(options((120, 40)), updates);
    type_text(&mut app, ":machines");
    press(&mut app, "enter");
    press(&mut app, "space space");
    let text = plain(&app);
    assert!(text.contains("byoh-cluster-cp-zz9zz"), "{text}");
    let effects = press(&mut app, "ctrl-d");
    assert_eq!(sent(&effects).len(), 1, "{}", plain(&app));
    assert_eq!(noted(&effects), [Step::Preflight]);
    let text = plain(&app);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("of a control plane one goes at a time"), "{text}");
}

#[test]
fn read_only_begins_nothing_and_notes_the_try() {
    let mut read_only = options((120, 40));
    read_only.read_only = true;
    let mut app = app_with(read_only, updates());
    go_to(&mut app, DEPLOYMENT);
    for key in ["p", "r", "ctrl-d"] {
        let effects = press(&mut app, key);
        assert_eq!(sent(&effects), [], "{key}");
        assert_eq!(noted(&effects), [Step::ReadOnly], "{key}");
        assert_eq!(app.place(), Place::Tree);
    }
    // The name that was typed ahead does nothing else.
    assert_eq!(type_text(&mut app, "payments"), []);
    assert_eq!(app.place(), Place::Tree);
}

#[test]
fn what_is_not_connected_is_refused_by_its_own_reason() {
    let mut updates = updates();
    updates.push(session(
        "mgmt-tokyo",
        Connection::Offline {
            why: "no route".to_owned(),
            retry_at: now(),
        },
    ));
    let mut app = app_with(options((120, 40)), updates);
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "ctrl-d");
    assert_eq!(noted(&effects), [Step::Connection]);
    assert!(plain(&app).contains("offline"), "{}", plain(&app));
}

#[test]
fn a_failure_stays_under_its_row() {
    let mut app = on(DEPLOYMENT, (120, 40));
    judged(&mut app, "p", &Judgement::default());
    let effects = press(&mut app, "enter");
    let id = sent(&effects)[0].0;
    let failure = Failure {
        kind: FailureKind::Conflict,
        message: Shown::line("test failed"),
    };
    answer(&mut app, id, Answer::Failed(failure));
    assert!(matches!(app.act.running[0].status, Status::Failed(..)));
    let text = plain(&app);
    assert!(
        text.contains("not done: it was changed by somebody else"),
        "{text}"
    );
}

/// The two lines of a change of the deployment that was carried out.
fn scaled(app: &App) -> Vec<Entry> {
    let Some(Node::Object(key)) = app.tree.cursor() else {
        panic!("no object")
    };
    let row = app.fleet.get(key).expect("a row");
    let plan =
        fleetui_fleet::act::plan::field(&app.fleet, key, fleetui_fleet::edit::Field::Replicas, "4", now())
            .expect("a plan");
    let act = Act {
        uid: row.facts.uid.clone(),
        ..plan.act.clone()
    };
    let entry = |stage: Stage| Entry::new(AuditId("7".into()), now(), Actor::default(), &act, stage);
    vec![
        entry(Stage::Outcome(Ended::Done)),
        entry(Stage::intent(&plan, &fleetui_fleet::act::Confirmed::default())),
    ]
}

#[test]
fn undo_takes_back_the_last_change() {
    let mut app = on(DEPLOYMENT, (120, 40));
    let effects = press(&mut app, "z");
    let [
        Effect {
            id,
            action: Action::Activity(_),
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    let entries = scaled(&app);
    let effects = answer(&mut app, *id, Answer::Activity(entries.into()));
    let sent = sent(&effects);
    let [(id, plan, Mode::Preview)] = sent.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(plan.act.deed, Deed::Undo(AuditId("7".into())));
    let id = *id;
    answer(&mut app, id, Answer::Judged(Box::default()));
    let text = plain(&app);
    assert!(
        text.contains("take back the change of MachineDeployment"),
        "{text}"
    );
    assert!(text.contains("spec.replicas becomes 1 again"), "{text}");
    assert_eq!(performed(&press(&mut app, "enter")).len(), 1);
    // Where there is nothing, that is said.
    let effects = press(&mut app, "z");
    let id = effects[0].id;
    answer(&mut app, id, Answer::Activity(Vec::new().into()));
    assert!(
        plain(&app).contains("nothing was changed from here"),
        "{}",
        plain(&app)
    );
}

/// Of what was done to several objects together that is left out which cannot be taken back, and said.
#[test]
fn undo_of_what_was_done_together_leaves_out_what_cannot_be() {
    let mut app = on(DEPLOYMENT, (120, 40));
    let effects = press(&mut app, "z");
    let id = effects[0].id;
    let mut entries = scaled(&app);
    let mut other = entries.clone();
    for entry in &mut other {
        entry.id = AuditId("6".into());
        entry.act.subject.object.name = "another".into();
    }
    // It wrote the same field before, which the later one has to give back first.
    entries.extend(other);
    let effects = answer(&mut app, id, Answer::Activity(entries.into()));
    let sent = sent(&effects);
    let deeds: Vec<&Deed> = sent.iter().map(|(_, plan, _)| &plan.act.deed).collect();
    assert_eq!(deeds, [&Deed::Undo(AuditId("7".into()))]);
    let text = plain(&app);
    assert!(
        text.contains("left out: MachineDeployment") && text.contains("another"),
        "{text}"
    );
}

#[test]
fn what_is_taken_back_says_what_that_does_to_machines_and_is_read_first() {
    let undone = |to: &Value, pointer: &str| {
        let mut app = on(DEPLOYMENT, (120, 40));
        let effects = press(&mut app, "z");
        let entries = scaled(&app);
        let effects = answer(&mut app, effects[0].id, Answer::Activity(entries.into()));
        let (id, plan, _) = sent(&effects)[0];
        // Accepted before the server has said what comes of it.
        press(&mut app, "enter");
        let mut object = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
            "metadata": {"namespace": "default", "name": DEPLOYMENT, "uid": plan.act.uid.as_str(),
                "labels": {"cluster.x-k8s.io/cluster-name": "payments"}},
            "spec": {"clusterName": "payments", "replicas": 4, "template": {"spec": {"version": "v1.31.2"}}},
        });
        let before = object.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a field");
        object.pointer_mut(parent).expect("its parent")[name] = to.clone();
        let judgement = Judgement {
            weighed: vec![Weighed {
                before: Some(before),
                after: Some(object),
                ..Weighed::default()
            }],
            ..Judgement::default()
        };
        let effects = answer(&mut app, id, Answer::Judged(Box::new(judgement)));
        (app, effects)
    };
    let (mut app, effects) = undone(&json!(1), "/spec/replicas");
    assert_eq!(performed(&effects), [], "it is read first");
    let text = plain(&app);
    assert!(text.contains("removes 3 machines"), "{text}");
    assert!(text.contains("replicas 4"), "{text}");
    assert_eq!(performed(&press(&mut app, "enter")).len(), 1);
    // What the act that has a name for it would refuse is refused, and stands in the audit log.
    let (mut app, effects) = undone(&json!("v1.99.0"), "/spec/template/spec/version");
    assert_eq!(noted(&effects), [Step::Preflight]);
    assert!(
        plain(&app).contains("workers may not be newer"),
        "{}",
        plain(&app)
    );
    assert_eq!(performed(&press(&mut app, "enter")), []);
    // Machines that only the dry run names are looked at: what will hold their drains.
    for (answered, expected) in [
        (Answer::Judged(Box::new(held())), "pod shop/web-1 is not evicted"),
        (failed(FailureKind::Unreachable, "it went away"), "it went away"),
    ] {
        let (mut app, effects) = undone(&json!("b"), "/spec/template/spec/failureDomain");
        let [(id, plan, Mode::Drains)] = sent(&effects)[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(plan.preview.blast.as_ref().expect("a reach").drained, 1);
        assert!(app.act.dialog.as_ref().expect("a dialog").is_checking());
        assert_eq!(
            sent(&answer(&mut app, id, answered)),
            [],
            "it is asked once, and read first"
        );
        let text = plain(&app);
        assert!(
            text.contains(expected) && text.contains("replaces its machine"),
            "{text}"
        );
        press(&mut app, "enter");
        assert_eq!(performed(&press(&mut app, "enter")).len(), 1);
    }
}

fn failed(kind: FailureKind, message: &str) -> Answer {
    Answer::Failed(Failure {
        kind,
        message: Shown::line(message),
    })
}

/// A pod that will hold the drain of a machine.
fn held() -> Judgement {
    let pod = HeldPod {
        pod: fleetui_base::ObjectName::new("shop", "web-1"),
        by: HeldBy::Budgets(vec!["a".into(), "b".into()]),
    };
    Judgement {
        drains: vec![DrainAhead {
            machine: "payments-md-0-x4b-2hx7l".into(),
            held: vec![pod],
            unknown: None,
        }],
        ..Judgement::default()
    }
}

#[test]
fn what_will_hold_the_drain_of_a_machine_stays_said_while_the_fleet_goes_on() {
    let mut app = on("payments-md-0-x4b-2hx7l", (120, 40));
    judged(&mut app, "ctrl-d", &held());
    assert!(
        plain(&app).contains("pod shop/web-1 is not evicted"),
        "{}",
        plain(&app)
    );
    update(&mut app, Msg::Fleet(updates()));
    assert!(app.act.dialog.is_some());
    assert!(
        plain(&app).contains("pod shop/web-1 is not evicted"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_machine_has_a_menu_of_what_can_be_done() {
    let mut app = on("payments-md-0-x4b-2hx7l", (120, 40));
    press(&mut app, "a");
    assert_eq!(app.place(), Place::Dialog);
    insta::assert_snapshot!("menu-120x40", plain(&app));
    // The first of it replaces the machine, and asks once more.
    judged(&mut app, "enter", &Judgement::default());
    assert!(matches!(asks(&app), Asks::Twice(_)));
    press(&mut app, "enter");
    let effects = press(&mut app, "enter");
    let performed = performed(&effects);
    assert!(
        matches!(
            performed.as_slice(),
            [(_, Deed::Machine(fleetui_fleet::act::MachineDeed::Replace))]
        ),
        "{performed:?}"
    );
    // What is no machine has none, which is said.
    let mut app = on(DEPLOYMENT, (120, 40));
    press(&mut app, "a");
    assert_eq!(app.place(), Place::Tree);
    assert!(plain(&app).contains("is no Machine"), "{}", plain(&app));
}

#[test]
fn of_a_menu_what_the_user_may_not_do_is_not_offered() {
    let mut all = updates();
    for update in &mut all {
        if let fleetui_fleet::Update::Session(session) = update {
            let session = std::sync::Arc::make_mut(session);
            session.forbidden = vec![(fleetui_api::kinds::core("Machine"), Verb::Patch)];
        }
    }
    let mut app = app_with(options((120, 40)), all);
    go_to(&mut app, "payments-md-0-x4b-2hx7l");
    let effects = press(&mut app, "a");
    assert_eq!(noted(&effects), [], "nothing was chosen");
    let choices = &app.act.menu.as_ref().expect("a menu").choices;
    let refused = choices.iter().filter_map(|choice| choice.outlook.as_ref().err());
    let refused: Vec<&str> = refused.map(Shown::as_str).collect();
    let why = "you may not patch a Machine in mgmt-tokyo, as its server said";
    assert_eq!(refused, [why; 4], "only to replace it takes no patch");
    // The reason stands under what is chosen.
    press(&mut app, "tab tab");
    assert!(plain(&app).contains(why), "{}", plain(&app));
}

#[test]
fn a_field_is_edited_over_any_screen_and_never_that_of_the_trees_cursor() {
    let mut app = app((120, 40));
    type_text(&mut app, ":md /payments");
    press(&mut app, "enter");
    let effects = press(&mut app, "s");
    assert_eq!(app.place(), Place::Cell);
    let asked = effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Inspect(key, _)) => Some(key.object.name.clone()),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some(DEPLOYMENT));
    assert!(
        plain(&app).contains("REPLICAS of MachineDeployment default/payments-md-0 in mgmt-tokyo"),
        "{}",
        plain(&app)
    );
    press(&mut app, "esc");
    assert_eq!(app.place(), Place::Table);
}

/// A cluster whose deletion takes so many machines that what is said of it is longer than a small screen.
fn long() -> App {
    let names: Vec<String> = (0..14).map(|at| format!("w{at:04}")).collect();
    let workers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "node-1")).collect();
    let mut app = app_with(options((80, 24)), updates());
    update(
        &mut app,
        Msg::Fleet(vec![objects("mgmt-tokyo", &cluster("many", &workers, None))]),
    );
    go_to(&mut app, "many-md-0");
    for name in &names {
        go_to(&mut app, &format!("many-md-0-x4b-{name}"));
        press(&mut app, "space");
    }
    press(&mut app, "ctrl-d");
    assert_eq!(app.act.dialog.as_ref().unwrap().items.len(), 14);
    app
}

#[test]
fn a_dialog_that_is_longer_than_the_screen_scrolls_and_says_so() {
    let mut app = long();
    let extent = |app: &App| {
        let dialog = app.act.dialog.as_ref().unwrap();
        super::room::Extent::of(dialog, &app.look.glyphs, app.layout.wide_body)
    };
    let all: Vec<String> = extent(&app).text.iter().map(crate::prose::Line::plain).collect();
    let mut seen = std::collections::BTreeSet::new();
    let look = |app: &App, seen: &mut std::collections::BTreeSet<String>| {
        let screen = plain(app);
        for line in &all {
            if screen.contains(line.trim()) {
                seen.insert(line.clone());
            }
        }
        screen
    };
    let screen = look(&app, &mut seen);
    assert!(
        screen.contains(&format!("lines 1-{} of {}", extent(&app).seen(), all.len())),
        "{screen}"
    );
    assert!(screen.contains("pgdown pgup scroll"), "{screen}");
    assert!(seen.len() < all.len(), "it is long: {screen}");
    for _ in 0..all.len() {
        press(&mut app, "down");
        look(&app, &mut seen);
    }
    let missing: Vec<&String> = all.iter().filter(|line| !seen.contains(*line)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // It stops at the end, and a page back is a page back.
    let last = extent(&app).most_above();
    assert_eq!(app.act.dialog.as_ref().unwrap().above, last);
    press(&mut app, "pgup");
    assert_eq!(
        app.act.dialog.as_ref().unwrap().above,
        last.saturating_sub(extent(&app).seen())
    );
    press(&mut app, "pgup pgup pgup pgup");
    assert_eq!(app.act.dialog.as_ref().unwrap().above, 0);
    // The wheel scrolls it too, and not what is behind it.
    let before = app.tree.cursor().cloned();
    update(&mut app, Msg::Mouse(crate::msg::Mouse::WheelDown));
    assert_eq!(app.act.dialog.as_ref().unwrap().above, 3);
    assert_eq!(app.tree.cursor(), before.as_ref());
    // What is typed is typed, and where all is seen arrows lead to the next line.
    type_text(&mut app, "14");
    assert_eq!(app.act.dialog.as_ref().unwrap().name.text(), "14");
    update(&mut app, Msg::Resize(120, 60));
    press(&mut app, "down");
    assert!(app.act.dialog.as_ref().unwrap().in_reason, "{}", plain(&app));
}

#[test]
fn of_a_menu_what_is_chosen_is_seen_on_the_smallest_screen() {
    let mut app = app((60, 15));
    go_to(&mut app, "payments-md-0-x4b-2hx7l");
    press(&mut app, "a");
    let titles: Vec<&str> = app
        .act
        .menu
        .as_ref()
        .unwrap()
        .choices
        .iter()
        .map(|choice| choice.title)
        .collect();
    for title in titles {
        let begin: String = title.chars().take(20).collect();
        assert!(plain(&app).contains(&begin), "{title}:\n{}", plain(&app));
        press(&mut app, "down");
    }
}

#[test]
fn what_is_paused_is_told_so_and_not_that_it_stalls() {
    let mut progress = Progress {
        arrived: 1,
        up_to_date: 1,
        wished: 3,
        surplus: 0,
        since: None,
        left_seconds: None,
        stalled: None,
        waits: None,
        paused: None,
    };
    let told = |progress: &Progress| super::lines::rolling(progress, now(), &UNICODE).plain();
    let key = ObjectKey::new(
        fleetui_base::ManagementCluster::new("mgmt"),
        fleetui_api::kinds::core("Cluster"),
        fleetui_base::ObjectName::new("default", "payments"),
    );
    progress.paused = Some(Paused {
        by: key.clone(),
        through: "spec.paused",
        scales: false,
    });
    assert_eq!(
        told(&progress),
        "◔ 1/3 up to date · Cluster payments is paused by spec.paused: nothing moves until it is resumed"
    );
    progress.paused = None;
    progress.up_to_date = 2;
    assert_eq!(told(&progress), "◔ 2/3 up to date, 1 available");
    progress.up_to_date = 1;
    progress.stalled = Some(Stalled {
        since: now(),
        held: Held {
            by: Some(key),
            why: "no host is free".to_owned(),
        },
    });
    let stalled = told(&progress);
    assert!(
        stalled.ends_with(", held by Cluster payments: no host is free"),
        "{stalled}"
    );
}
