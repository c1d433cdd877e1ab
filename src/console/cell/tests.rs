//! The editor in a cell, from the key to the write, and what can come between.

use fleetui_base::Shown;
use fleetui_fleet::act::{AuditId, FieldOwner, Inspection, Mode, Step};
use serde_json::{Value, json};

use super::{Outlook, Phase};
use crate::app::App;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request};
use crate::msg::Msg;
use crate::sample::{
    app, app_with, cluster, now, objects, options, plain, press, session, type_text, updates,
};
use crate::update::update;
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::Node;

const DEPLOYMENT: &str = "payments-md-0";

/// The console with the cursor on the deployment of the healthy cluster.
fn on_deployment(size: (u16, u16)) -> App {
    let mut app = app(size);
    go_to(&mut app, DEPLOYMENT);
    app
}

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

fn asked(effects: &[Effect]) -> (EffectId, &Request) {
    let found = effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(request) => Some((effect.id, request)),
        Action::Layers(_)
        | Action::Abandon(_)
        | Action::Copy(_)
        | Action::Redraw
        | Action::Stop
        | Action::Retake
        | Action::Lend(_)
        | Action::Keep(_)
        | Action::DraftsTold
        | Action::Remember(_)
        | Action::Bookmark(..)
        | Action::Save { .. }
        | Action::Demo
        | Action::Mouse(_)
        | Action::Note(_)
        | Action::ReadOnly(_)
        | Action::Activity(_)
        | Action::Draft(..)
        | Action::CreateDrafts(_)
        | Action::Template(_)
        | Action::Quit => None,
    });
    found.unwrap_or_else(|| panic!("nothing was asked: {effects:?}"))
}

fn answer(app: &mut App, id: EffectId, answer: Answer) -> Vec<Effect> {
    update(app, Msg::Outcome(Outcome { id, answer }))
}

fn object(uid: &str) -> Answer {
    Answer::Inspected(Box::new(Inspection {
        uid: uid.into(),
        resource_version: "100".into(),
        owners: Vec::new(),
    }))
}

/// The gate and the server have nothing against it.
fn judged() -> Answer {
    Answer::Judged(Box::default())
}

fn done() -> Answer {
    Answer::Done(AuditId("1".into()), Vec::new())
}

/// The value before and after of a plan that is to be judged.
fn checked(request: &Request) -> Option<(String, String)> {
    match request {
        Request::Act(plan, Mode::Preview) => plan.field(),
        _ => None,
    }
}

/// The same of one that is to be carried out.
fn carried_out(request: &Request) -> Option<(String, String)> {
    match request {
        Request::Act(plan, Mode::Perform(_)) => plan.field(),
        _ => None,
    }
}

fn values(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

/// The tries that are to be written down as refused.
fn noted(effects: &[Effect]) -> Vec<Step> {
    let tries = effects.iter().filter_map(|effect| match &effect.action {
        Action::Note(tried) => Some(tried.refusal.step),
        _ => None,
    });
    tries.collect()
}

/// Opens the REPLICAS cell and lets the object be read.
fn opened(app: &mut App) {
    let effects = press(app, "s");
    let (id, request) = asked(&effects);
    assert!(matches!(request, Request::Inspect(..)));
    answer(app, id, object("uid-MachineDeployment-payments-md-0"));
}

fn outlook(app: &App) -> Option<&Outlook> {
    match &app.cell.editor.as_ref()?.phase {
        Phase::Editing { outlook } => Some(outlook),
        Phase::Loading { .. } | Phase::Checking { .. } | Phase::Reviewing { .. } => None,
    }
}

fn failure(kind: FailureKind, message: &str) -> Answer {
    Answer::Failed(Failure {
        kind,
        message: Shown::line(message),
    })
}

#[test]
fn replicas_are_edited_checked_confirmed_and_applied() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    press(&mut app, "5");
    insta::assert_snapshot!("cell-editing", plain(&app));
    let effects = press(&mut app, "enter");
    let (id, request) = asked(&effects);
    assert_eq!(checked(request), Some(values("1", "5")));
    let Request::Act(plan, _) = request else {
        panic!("{request:?}")
    };
    assert_eq!(plan.writes[0].uid, "uid-MachineDeployment-payments-md-0");
    assert!(plain(&app).contains("asking the server (dry run)"));
    answer(&mut app, id, judged());
    insta::assert_snapshot!("cell-reviewing", plain(&app));
    let effects = press(&mut app, "enter");
    let (id, request) = asked(&effects);
    assert_eq!(carried_out(request), Some(values("1", "5")), "{request:?}");
    let Request::Act(_, Mode::Perform(confirmed)) = request else {
        panic!("{request:?}")
    };
    assert_eq!(
        confirmed.dry_run_seconds,
        Some(0),
        "the dry run was shown just now"
    );
    assert!(
        !app.cell.is_open(),
        "the keys go to the tree again while the server writes"
    );
    assert!(plain(&app).contains("applying"));
    answer(&mut app, id, done());
    assert!(
        plain(&app).contains("REPLICAS 1 → 5  ✔ applied"),
        "{}",
        plain(&app)
    );
    update(&mut app, Msg::Tick(now() + jiff::SignedDuration::from_secs(30)));
    assert!(!plain(&app).contains("✔ applied"));
}

#[test]
fn what_is_typed_is_judged_at_once() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    type_text(&mut app, "many");
    assert!(matches!(outlook(&app), Some(Outlook::Wrong(_))));
    let effects = press(&mut app, "enter");
    assert!(effects.is_empty(), "nothing wrong is sent: {effects:?}");
    press(&mut app, "esc");
    assert!(!app.cell.is_open());
}

#[test]
fn enter_before_the_object_is_read_is_remembered() {
    let mut app = on_deployment((120, 40));
    let effects = press(&mut app, "s");
    let (id, _) = asked(&effects);
    let effects = press(&mut app, "4 enter");
    assert!(effects.is_empty());
    assert!(plain(&app).contains("reading the object"));
    let effects = answer(&mut app, id, object("uid-MachineDeployment-payments-md-0"));
    assert_eq!(checked(asked(&effects).1), Some(values("1", "4")));
}

#[test]
fn leaving_stops_waiting_and_a_late_answer_is_dropped() {
    let mut app = on_deployment((120, 40));
    let effects = press(&mut app, "s");
    let (id, _) = asked(&effects);
    let effects = press(&mut app, "esc");
    assert_eq!(
        effects
            .iter()
            .map(|effect| effect.action.clone())
            .collect::<Vec<_>>(),
        [Action::Abandon(id)]
    );
    let before = plain(&app);
    assert!(answer(&mut app, id, object("uid-MachineDeployment-payments-md-0")).is_empty());
    assert_eq!(plain(&app), before);
}

#[test]
fn what_was_read_of_another_life_of_the_name_is_not_taken_for_this_one() {
    let mut app = on_deployment((120, 40));
    let effects = press(&mut app, "s");
    let (id, _) = asked(&effects);
    press(&mut app, "4 enter");
    let effects = answer(&mut app, id, object("an-earlier-life"));
    assert!(effects.is_empty(), "nothing is asked for it: {effects:?}");
    assert!(matches!(outlook(&app), Some(Outlook::Refused(_))));
    assert!(
        plain(&app).contains("another object of this name exists by now"),
        "{}",
        plain(&app)
    );
}

/// The healthy cluster with another number of wished workers, or another life.
fn changed(replicas: i64, uid: Option<&str>) -> fleetui_fleet::Update {
    let mut all = cluster("payments", &[("2hx7l", "node-9")], None);
    for object in &mut all {
        if object["kind"] == "MachineDeployment" {
            object["spec"]["replicas"] = json!(replicas);
            object["metadata"]["resourceVersion"] = json!("101");
            if let Some(uid) = uid {
                object["metadata"]["uid"] = json!(uid);
            }
        }
    }
    objects("mgmt-tokyo", &all)
}

#[test]
fn anchor_57_a_change_by_somebody_else_is_told_and_checked_again() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    let (id, _) = asked(&effects);
    answer(&mut app, id, judged());
    let effects = update(&mut app, Msg::Fleet(vec![changed(3, None)]));
    assert_eq!(checked(asked(&effects).1), Some(values("3", "5")));
    assert!(
        plain(&app).contains("it changed meanwhile: 1 became 3"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_topology_that_nobody_reconciles_is_not_scaled() {
    let mut all = cluster("payments", &[("2hx7l", "node-9")], None);
    for object in &mut all {
        object["metadata"]["resourceVersion"] = json!("101");
        if object["kind"] == "MachineDeployment" {
            object["metadata"]["labels"]["topology.cluster.x-k8s.io/owned"] = json!("");
            object["metadata"]["labels"]["topology.cluster.x-k8s.io/deployment-name"] = json!("md-0");
        } else if object["kind"] == "Cluster" {
            let workers = json!({"machineDeployments": [{"class": "w", "name": "md-0", "replicas": 1}]});
            object["spec"]["topology"] =
                json!({"classRef": {"name": "c"}, "version": "v1.33.4", "workers": workers});
            object["status"]["conditions"] = json!([{
                "type": "TopologyReconciled", "status": "False", "reason": "TopologyNotSupported",
                "message": "it has no effect", "lastTransitionTime": now().to_string(),
            }]);
        }
    }
    let mut app = on_deployment((120, 40));
    update(&mut app, Msg::Fleet(vec![objects("mgmt-tokyo", &all)]));
    let effects = press(&mut app, "s");
    let (id, _) = asked(&effects);
    answer(&mut app, id, object("uid-Cluster-payments"));
    type_text(&mut app, "5");
    assert!(press(&mut app, "enter").is_empty(), "nothing is sent");
    let told = "nobody reconciles the topology of Cluster payments: it has no effect";
    assert!(plain(&app).contains(told), "{}", plain(&app));
}

/// The deployment of the healthy cluster, scaled by an autoscaler or by nobody.
fn autoscaled(is_autoscaled: bool) -> fleetui_fleet::Update {
    let mut all = cluster("payments", &[("2hx7l", "node-9")], None);
    for object in &mut all {
        if object["kind"] == "MachineDeployment" && is_autoscaled {
            let size =
                |which: &str| format!("cluster.x-k8s.io/cluster-api-autoscaler-node-group-{which}-size");
            object["metadata"]["annotations"] = json!({size("min"): "1", size("max"): "9"});
        }
        object["metadata"]["resourceVersion"] = json!(if is_autoscaled { "101" } else { "102" });
    }
    objects("mgmt-tokyo", &all)
}

#[test]
fn what_the_rules_refuse_is_judged_again_as_the_fleet_changes_and_what_the_server_refused_is_not() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    type_text(&mut app, "5");
    assert!(matches!(outlook(&app), Some(Outlook::Change(_))));
    update(&mut app, Msg::Fleet(vec![autoscaled(true)]));
    assert!(
        matches!(outlook(&app), Some(Outlook::Wrong(_))),
        "{:?}",
        outlook(&app)
    );
    // Whoever presses the key all the same is told so for as long as it holds, and no longer.
    assert!(press(&mut app, "enter").is_empty());
    assert!(matches!(outlook(&app), Some(Outlook::Wrong(_))));
    update(&mut app, Msg::Fleet(vec![autoscaled(false)]));
    assert!(
        matches!(outlook(&app), Some(Outlook::Change(_))),
        "{:?}",
        outlook(&app)
    );

    let effects = press(&mut app, "enter");
    let (id, _) = asked(&effects);
    let refused = Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("the webhook says no"),
    };
    answer(&mut app, id, Answer::Failed(refused));
    assert!(matches!(outlook(&app), Some(Outlook::Refused(_))));
    update(&mut app, Msg::Fleet(vec![changed(1, None)]));
    assert!(matches!(outlook(&app), Some(Outlook::Refused(_))));
    assert!(plain(&app).contains("the webhook says no"), "{}", plain(&app));
    type_text(&mut app, "0");
    assert!(matches!(outlook(&app), Some(Outlook::Change(_))));
}

#[test]
fn another_object_of_the_same_name_is_never_written() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    let (id, _) = asked(&effects);
    answer(&mut app, id, judged());
    update(&mut app, Msg::Fleet(vec![changed(1, Some("another-life"))]));
    assert!(!app.cell.is_open());
    assert!(plain(&app).contains("nothing was written: MachineDeployment default/payments-md-0 in mgmt-tokyo is gone or was replaced"), "{}", plain(&app));
    let mut app = on_deployment((120, 40));
    let effects = press(&mut app, "s");
    let (id, _) = asked(&effects);
    answer(&mut app, id, object("another-life"));
    assert!(
        plain(&app).contains("another object of this name"),
        "{}",
        plain(&app)
    );
}

#[test]
fn refusals_and_failures_are_told_where_they_belong() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    answer(
        &mut app,
        asked(&effects).0,
        failure(FailureKind::Refused, "admission webhook denied it"),
    );
    assert!(
        plain(&app).contains("admission webhook denied it"),
        "{}",
        plain(&app)
    );
    assert!(app.cell.is_open(), "the draft is not lost");
    // The draft stands; entering it again checks it again.
    let effects = press(&mut app, "enter");
    let (id, _) = asked(&effects);
    answer(&mut app, id, judged());
    let effects = press(&mut app, "enter");
    answer(
        &mut app,
        asked(&effects).0,
        failure(FailureKind::Conflict, "the value is not 1"),
    );
    let text = plain(&app);
    assert!(
        text.contains("✖ not applied: it was changed by somebody else"),
        "{text}"
    );
}

#[test]
fn read_only_and_lost_connections_refuse_with_a_reason() {
    let mut read_only = options((120, 40));
    read_only.read_only = true;
    let mut app = app_with(read_only, updates());
    go_to(&mut app, DEPLOYMENT);
    assert_eq!(noted(&press(&mut app, "s")), [Step::ReadOnly]);
    assert!(plain(&app).contains("fleetui was started so"), "{}", plain(&app));
    let mut app = on_deployment((120, 40));
    let stale = Connection::Stale {
        since: now(),
        why: "cut".to_owned(),
        retry_at: None,
    };
    update(&mut app, Msg::Fleet(vec![session("mgmt-tokyo", stale)]));
    assert_eq!(noted(&press(&mut app, "s")), [Step::Connection]);
    assert!(plain(&app).contains("mgmt-tokyo is stale"), "{}", plain(&app));
    go_to(&mut app, "payments-md-0-x4b-2hx7l");
    let effects = press(&mut app, "s");
    assert_eq!((noted(&effects), effects.len()), (vec![Step::Connection], 1));
}

/// A cluster whose control plane has this version.
fn at_version(name: &str, version: &str) -> Vec<Value> {
    let mut objects = cluster(name, &[], None);
    for object in &mut objects {
        if object["kind"] == "KubeadmControlPlane" {
            object["spec"]["version"] = json!(version);
        }
    }
    objects
}

#[test]
fn versions_are_completed_from_those_that_are_allowed() {
    let newer = at_version("newer", "v1.31.9");
    let mut told = updates();
    told.push(objects("mgmt-tokyo", &newer));
    let mut app = app_with(options((120, 40)), told);
    go_to(&mut app, "payments-cp");
    let effects = press(&mut app, "u");
    let (id, _) = asked(&effects);
    answer(&mut app, id, object("uid-KubeadmControlPlane-payments-cp"));
    assert!(plain(&app).contains("v1.31.9"), "{}", plain(&app));
    let effects = press(&mut app, "tab enter");
    assert_eq!(
        checked(asked(&effects).1),
        Some(values("v1.31.2", "v1.31.9")),
        "{effects:?}"
    );
}

#[test]
fn what_is_typed_takes_the_place_of_the_value_and_says_what_it_comes_to() {
    let mut app = on_deployment((100, 30));
    opened(&mut app);
    for (keys, expected) in [
        ("+ 2", "REPLICAS 1 → 3  adds 2 machines"),
        ("ctrl-u 1", "REPLICAS 1 → 1  no change: 1 already"),
        ("ctrl-u 0", "REPLICAS 1 → 0  ▲ removes the only 1 machine"),
        (
            "ctrl-u 9 9 9 9 9 9 9 9 9 9 9",
            "too large: replicas are 2147483647 at most",
        ),
    ] {
        press(&mut app, keys);
        let text = plain(&app);
        assert!(text.contains(expected), "{keys}: {text}");
        assert!(text.contains("esc leave"), "{keys}: {text}");
    }
}

#[test]
fn far_too_many_are_asked_about_once_more() {
    let mut app = on_deployment((80, 24));
    opened(&mut app);
    let effects = press(&mut app, "4 1 0 0 0 0 0 enter");
    answer(&mut app, asked(&effects).0, judged());
    let text = plain(&app);
    assert!(
        text.contains("unusually many") && text.contains("enter yes, so many"),
        "{text}"
    );
    assert!(press(&mut app, "enter").is_empty(), "not yet");
    let text = plain(&app);
    assert!(text.contains("really?") && text.contains("enter apply"), "{text}");
    let effects = press(&mut app, "enter");
    assert_eq!(carried_out(asked(&effects).1), Some(values("1", "4100000")));
}

#[test]
fn what_is_typed_ahead_into_a_cell_that_did_not_open_goes_nowhere() {
    let mut app = app((80, 24));
    go_to(&mut app, "payments-md-0-x4b-2hx7l");
    let cursor = app.tree.cursor().cloned();
    let effects = press(&mut app, "s 2 5 enter enter");
    assert_eq!(
        (noted(&effects), effects.len()),
        (vec![Step::Preflight], 1),
        "{effects:?}"
    );
    assert_eq!(app.tree.cursor().cloned(), cursor);
    assert!(
        app.tree.options.only.is_none(),
        "2 did not choose a management cluster"
    );
    assert!(
        plain(&app).contains("edit MachineDeployment payments-md-0"),
        "{}",
        plain(&app)
    );
    // A second later a key is a key again.
    update(&mut app, Msg::Tick(now() + jiff::SignedDuration::from_secs(2)));
    press(&mut app, "2");
    assert!(app.tree.options.only.is_some());
}

#[test]
fn reasons_are_wrapped_and_the_keys_never_go() {
    let mut app = on_deployment((80, 24));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    let long = "admission webhook \"validation.machinedeployment.cluster.x-k8s.io\" denied the request: the quota of this namespace is used up, ask its owner";
    answer(&mut app, asked(&effects).0, failure(FailureKind::Refused, long));
    let text = plain(&app);
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains("is used up, ask its owner"), "{text}");
    assert!(text.contains("esc leave"), "{text}");
    insta::assert_snapshot!("cell-refused-80x24", text);
}

#[test]
fn where_only_older_versions_are_known_it_says_so() {
    let older = at_version("older", "v1.30.1");
    let mut told = updates();
    told.push(objects("mgmt-tokyo", &older));
    let mut app = app_with(options((120, 40)), told);
    go_to(&mut app, "payments-cp");
    let effects = press(&mut app, "u");
    answer(
        &mut app,
        asked(&effects).0,
        object("uid-KubeadmControlPlane-payments-cp"),
    );
    let text = plain(&app);
    assert!(
        text.contains("a version; no newer one is known in the fleet"),
        "{text}"
    );
}

#[test]
fn versions_that_are_not_allowed_are_marked_and_typing_narrows_them() {
    let mut told = updates();
    for (index, version) in ["v1.31.9", "v1.32.1", "v1.33.0"].iter().enumerate() {
        let other = at_version(&format!("other-{index}"), version);
        told.push(objects("mgmt-tokyo", &other));
    }
    let mut app = app_with(options((119, 40)), told);
    go_to(&mut app, "payments-cp");
    let effects = press(&mut app, "u");
    answer(
        &mut app,
        asked(&effects).0,
        object("uid-KubeadmControlPlane-payments-cp"),
    );
    let line = |app: &App| {
        let text = plain(app);
        text.lines()
            .find(|line| line.contains("VERSION v1.31.2"))
            .unwrap_or_default()
            .to_owned()
    };
    let typed = |app: &App| app.cell.editor.as_ref().unwrap().input.text().to_owned();
    assert!(
        line(&app).contains("v1.32.1  v1.31.9  ✖ v1.33.0"),
        "{}",
        line(&app)
    );
    press(&mut app, "1 . 3 1");
    assert!(
        line(&app).contains("v1.31.9") && !line(&app).contains("v1.32.1"),
        "{}",
        line(&app)
    );
    press(&mut app, "tab");
    assert!(line(&app).contains("v1.31.2 → v1.31.9"), "{}", line(&app));
    // Another version takes the place of the one that was completed; what no version begins with goes on from it.
    press(&mut app, "v 1 . 3 2");
    assert_eq!(typed(&app), "v1.32");
    press(&mut app, "tab 1");
    assert_eq!(typed(&app), "1");
    press(&mut app, "ctrl-u tab tab - r c");
    assert_eq!(typed(&app), "v1.31.9-rc");
    press(&mut app, "ctrl-u tab backspace");
    assert_eq!(typed(&app), "v1.32.");
    press(&mut app, "ctrl-u 1 . 3 1 . 2");
    assert!(
        line(&app).contains("no change: already v1.31.2"),
        "{}",
        line(&app)
    );
    press(&mut app, "ctrl-u 1 . 9");
    assert!(
        !line(&app).contains("v1.31.9") && !line(&app).contains("next"),
        "{}",
        line(&app)
    );
}

/// The object as it is read where a GitOps tool applies its replicas.
fn applied_by_argocd() -> Answer {
    let owner = FieldOwner {
        manager: "argocd-controller".to_owned(),
        gitops: true,
        pointers: vec!["/spec/replicas".to_owned()],
    };
    Answer::Inspected(Box::new(Inspection {
        uid: "uid-MachineDeployment-payments-md-0".into(),
        resource_version: "100".into(),
        owners: vec![owner],
    }))
}

#[test]
fn an_object_that_could_not_be_read_is_read_before_it_is_judged() {
    let mut app = on_deployment((120, 40));
    let effects = press(&mut app, "s");
    answer(
        &mut app,
        asked(&effects).0,
        failure(FailureKind::TimedOut, "no answer"),
    );
    let effects = press(&mut app, "5 enter");
    let (id, request) = asked(&effects);
    assert!(matches!(request, Request::Inspect(..)), "{request:?}");
    let effects = answer(&mut app, id, applied_by_argocd());
    let (id, request) = asked(&effects);
    assert_eq!(checked(request), Some(values("1", "5")));
    answer(&mut app, id, judged());
    let text = plain(&app);
    assert!(text.contains("argocd-controller applies spec.replicas"), "{text}");
}

#[test]
fn a_tool_that_applies_the_field_is_named_and_asked_about_once_more() {
    let mut app = on_deployment((120, 40));
    let effects = press(&mut app, "s");
    let (id, _) = asked(&effects);
    answer(&mut app, id, applied_by_argocd());
    let effects = press(&mut app, "5 enter");
    answer(&mut app, asked(&effects).0, judged());
    let text = plain(&app);
    assert!(text.contains("argocd-controller applies spec.replicas"), "{text}");
    assert!(text.contains("enter yes, all the same"), "{text}");
    assert!(press(&mut app, "enter").is_empty(), "not yet");
    let effects = press(&mut app, "enter");
    let Request::Act(_, Mode::Perform(confirmed)) = asked(&effects).1 else {
        panic!("{effects:?}")
    };
    assert!(confirmed.twice);
}

#[test]
fn what_the_server_warns_of_is_shown_before_the_key() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    let judgement = fleetui_fleet::act::Judgement {
        warnings: vec!["spec.x is\u{1b}[2J deprecated".to_owned()],
        ..fleetui_fleet::act::Judgement::default()
    };
    answer(&mut app, asked(&effects).0, Answer::Judged(Box::new(judgement)));
    let text = plain(&app);
    assert!(text.contains("deprecated") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn to_be_read_only_is_told_to_whoever_writes() {
    let mut app = on_deployment((120, 40));
    let told = |app: &mut App| {
        let effects = press(app, ": r e a d o n l y enter");
        let said = effects.iter().find_map(|effect| match &effect.action {
            Action::ReadOnly(why) => Some(why.clone()),
            _ => None,
        });
        said.unwrap_or_else(|| panic!("nothing was told: {effects:?}"))
    };
    assert!(told(&mut app).is_some_and(|why| why.contains("read-only")));
    assert_eq!(noted(&press(&mut app, "s")), [Step::ReadOnly]);
    assert_eq!(told(&mut app), None);
}

#[test]
fn a_reason_is_typed_beside_the_value_and_goes_with_it() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    answer(&mut app, asked(&effects).0, judged());
    press(&mut app, "tab");
    type_text(&mut app, "more load 3 v1");
    let text = plain(&app);
    assert!(
        text.contains("reason more load 3 v1") && text.contains("to the value"),
        "{text}"
    );
    let effects = press(&mut app, "enter");
    let request = asked(&effects).1;
    assert_eq!(carried_out(request), Some(values("1", "5")));
    let Request::Act(plan, _) = request else {
        panic!("{request:?}")
    };
    assert_eq!(plan.act.reason.as_deref(), Some("more load 3 v1"));
}

#[test]
fn another_value_is_typed_where_the_reason_is_left() {
    let mut app = on_deployment((120, 40));
    opened(&mut app);
    let effects = press(&mut app, "5 enter");
    answer(&mut app, asked(&effects).0, judged());
    press(&mut app, "tab");
    type_text(&mut app, "why");
    press(&mut app, "tab");
    let effects = press(&mut app, "backspace 4 enter");
    assert_eq!(checked(asked(&effects).1), Some(values("1", "4")));
}
