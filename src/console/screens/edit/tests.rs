//! The editor of YAML, from the key to the write, and what can come between.

use std::sync::Arc;

use fleetui_api::openapi::Schema;
use fleetui_base::Shown;
use fleetui_fleet::act::{AuditId, DrainAhead, Judgement, Mode, Plan, Step, Weighed};
use fleetui_fleet::drain::{HeldBy, HeldPod};
use fleetui_fleet::merge::{ListKind, changed};
use fleetui_fleet::object_edit::Editable;
use fleetui_fleet::tree::Node;
use serde_json::{Value, json};

use super::Phase;
use super::state::State;
use crate::app::App;
use crate::command::Place;
use crate::draft::{Draft, Drafting};
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request};
use crate::msg::{Mouse, Msg};
use crate::sample::{app, app_with, now, objects, options, plain, press, type_text, updates};
use crate::screens::Screen;
use crate::update::update;

const DEPLOYMENT: &str = "payments-md-0";

/// What a server says of a MachineDeployment, as far as these tests need it.
fn schema() -> Arc<Schema> {
    let text = |doc: &str| json!({"type": "string", "description": doc});
    let document = json!({"components": {"schemas": {"deployment": {
        "type": "object",
        "x-kubernetes-group-version-kind": [{"group": "cluster.x-k8s.io", "version": "v1beta2", "kind": "MachineDeployment"}],
        "properties": {
            "apiVersion": text("Which version of the API it is written in."),
            "kind": text("What it is."),
            "metadata": {"type": "object"},
            "spec": {"type": "object", "required": ["clusterName"], "properties": {
                "clusterName": text("The cluster that it belongs to."),
                "paused": {"type": "boolean", "description": "Whether nothing is reconciled."},
                "replicas": {"type": "integer", "description": "How many machines there are to be. Where nothing is said, there is one, or as many as the autoscaler wants."},
                "deletion": {"type": "object", "properties": {"order": {"type": "string", "enum": ["Newest", "Oldest", "Random"]}}},
                "template": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "files": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }},
        },
    }}}});
    Arc::new(Schema::of(&document, ("cluster.x-k8s.io", "v1beta2", "MachineDeployment")).unwrap())
}

fn object() -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
        "metadata": {
            "namespace": "default", "name": DEPLOYMENT, "uid": format!("uid-MachineDeployment-{DEPLOYMENT}"),
            "resourceVersion": "100", "labels": {"team": "a"},
        },
        "spec": {
            "clusterName": "payments", "replicas": 1,
            "files": [{"path": "/etc/key", "content": "SENSITIVE"}],
            "template": {"spec": {"version": "v1.31.2"}},
        },
        "status": {"phase": "Running"},
    })
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[name] = value;
    object
}

fn editable(object: Value) -> Answer {
    Answer::Editable(Box::new(Editable::new(object, Vec::new(), Some(schema()))))
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

/// What was asked of management clusters, and what is to become of drafts.
fn asked(effects: Vec<Effect>) -> Vec<(EffectId, Request)> {
    let asked = effects.into_iter().filter_map(|effect| match effect.action {
        Action::Ask(request) => Some((effect.id, request)),
        _ => None,
    });
    asked.collect()
}

fn drafting(effects: &[Effect]) -> Vec<(EffectId, Drafting)> {
    let found = effects.iter().filter_map(|effect| match &effect.action {
        Action::Draft(_, _, what) => Some((effect.id, what.clone())),
        _ => None,
    });
    found.collect()
}

fn answer(app: &mut App, id: EffectId, answer: Answer) -> Vec<Effect> {
    update(app, Msg::Outcome(Outcome { id, answer }))
}

fn one(effects: Vec<Effect>) -> (EffectId, Request) {
    let mut asked = asked(effects);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}

fn planned(request: Request) -> (Plan, Mode) {
    match request {
        Request::Act(plan, mode) => (*plan, mode),
        other => panic!("{other:?}"),
    }
}

/// The editor on the deployment, with what is there and this draft of it.
fn opened_with(size: (u16, u16), object: Value, draft: Option<Draft>) -> App {
    let mut app = app(size);
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "e");
    let (reads, _) = drafting(&effects)[0].clone();
    let (id, request) = one(effects);
    assert!(matches!(request, Request::Editable { .. }), "{request:?}");
    answer(&mut app, id, editable(object));
    answer(&mut app, reads, Answer::Draft(draft.map(Box::new)));
    app
}

fn opened(size: (u16, u16)) -> App {
    opened_with(size, object(), None)
}

fn editor(app: &App) -> &State {
    match app.stack.last() {
        Some(Screen::Edit(editor)) => editor,
        other => panic!("{other:?}"),
    }
}

/// Goes to the line that begins so, and to its end.
fn to_line(app: &mut App, begins: &str) {
    let find = |app: &App| {
        let text = &editor(app).text;
        let line = text
            .lines()
            .iter()
            .position(|line| line.trim_start_matches([' ', '-']).starts_with(begins));
        (
            text.caret().0,
            line.unwrap_or_else(|| panic!("no {begins} in {:?}", text.lines())),
        )
    };
    loop {
        let (at, wanted) = find(app);
        if at == wanted {
            break;
        }
        press(app, if at < wanted { "down" } else { "up" });
    }
    press(app, "end");
}

/// Types other replicas and has them checked; gives the effect of the plan that the server is asked about.
fn checked(app: &mut App, replicas: &str, theirs: Value) -> (EffectId, Plan) {
    to_line(app, "replicas:");
    press(app, "backspace");
    type_text(app, replicas);
    let (id, request) = one(press(app, "ctrl-s"));
    assert!(matches!(request, Request::Editable { .. }), "{request:?}");
    let (id, request) = one(answer(app, id, editable(theirs)));
    let (plan, mode) = planned(request);
    assert_eq!(mode, Mode::Preview);
    (id, plan)
}

fn judged() -> Answer {
    Answer::Judged(Box::new(Judgement {
        warnings: vec!["spec.replicas is many".to_owned()],
        ..Judgement::default()
    }))
}

fn failure(kind: FailureKind, message: &str) -> Answer {
    Answer::Failed(Failure {
        kind,
        message: Shown::line(message),
    })
}

#[test]
fn a_text_is_edited_checked_shown_and_written() {
    let mut app = opened((80, 24));
    assert_eq!(app.place(), Place::Edit);
    to_line(&mut app, "replicas:");
    insta::assert_snapshot!("edit-80x24", plain(&app));
    let (id, plan) = checked(&mut app, "5", object());
    assert!(
        plain(&app).contains("asking the server (dry run)"),
        "{}",
        plain(&app)
    );
    assert_eq!(
        plan.writes[0].body,
        json!([{"op": "test", "path": "/spec/replicas", "value": 1}, {"op": "replace", "path": "/spec/replicas", "value": 5}])
    );
    assert!(
        asked(answer(&mut app, id, judged())).is_empty(),
        "nothing is written by itself"
    );
    insta::assert_snapshot!("edit-review-80x24", plain(&app));
    let (id, request) = one(press(&mut app, "enter"));
    let (written, mode) = planned(request);
    assert_eq!(written, plan);
    let Mode::Perform(confirmed) = mode else {
        panic!("{mode:?}")
    };
    assert_eq!(confirmed.digest, plan.digest());
    let effects = answer(&mut app, id, Answer::Done(AuditId("1".into()), Vec::new()));
    assert!(
        drafting(&effects).iter().any(|(_, what)| *what == Drafting::Drop),
        "{effects:?}"
    );
    assert_eq!(app.place(), Place::Tree);
    assert!(
        plain(&app).contains("written: 1 field of MachineDeployment"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_reason_is_typed_before_it_is_written_and_goes_with_it() {
    let mut app = opened((80, 24));
    let (id, _) = checked(&mut app, "5", object());
    answer(&mut app, id, judged());
    type_text(&mut app, "lost");
    press(&mut app, "tab");
    type_text(&mut app, "more load");
    assert!(plain(&app).contains("reason more load"), "{}", plain(&app));
    let (_, request) = one(press(&mut app, "enter"));
    let (plan, _) = planned(request);
    assert_eq!(plan.act.reason.as_deref(), Some("more load"));
}

#[test]
fn a_long_refusal_is_told_whole_on_a_small_screen() {
    let mut app = opened((80, 24));
    let (id, _) = checked(&mut app, "5", object());
    let words: Vec<String> = (1..=60).map(|word| format!("word{word}")).collect();
    answer(&mut app, id, failure(FailureKind::Refused, &words.join(" ")));
    let text = plain(&app);
    assert!(text.contains("word1 ") && text.contains("word60"), "{text}");
    assert!(text.contains("replicas: 5"), "the caret is still seen:\n{text}");
}

/// What the server would make of the object.
fn weighed(before: Value, after: Value) -> Answer {
    let fields = changed(&before, &after, &|_: &str| ListKind::Atomic);
    Answer::Judged(Box::new(Judgement {
        weighed: vec![Weighed {
            before: Some(before),
            after: Some(after),
            fields,
            owners: Vec::new(),
            missing: Vec::new(),
        }],
        ..Judgement::default()
    }))
}

#[test]
fn what_will_hold_the_drains_of_machines_that_the_dry_run_names_is_looked_at_before_it_is_shown() {
    let after = with(object(), "/spec/template/spec/failureDomain", json!("b"));
    let looked_at = |answered: Answer| {
        let mut app = opened((100, 40));
        let (id, _) = checked(&mut app, "5", object());
        let (id, request) = one(answer(&mut app, id, weighed(object(), after.clone())));
        let (plan, mode) = planned(request);
        assert_eq!(mode, Mode::Drains);
        assert_eq!(plan.preview.blast.unwrap().drained, 1);
        assert!(plain(&app).contains("asking the server"), "{}", plain(&app));
        assert!(
            asked(answer(&mut app, id, answered)).is_empty(),
            "it is asked once"
        );
        plain(&app)
    };
    let held = HeldPod {
        pod: fleetui_base::ObjectName::new("shop", "web-1"),
        by: HeldBy::Budgets(vec!["a".into(), "b".into()]),
    };
    let drains = Answer::Judged(Box::new(Judgement {
        drains: vec![DrainAhead {
            machine: "payments-md-0-x4b-2hx7l".into(),
            held: vec![held],
            unknown: None,
        }],
        ..Judgement::default()
    }));
    let text = looked_at(drains);
    for expected in [
        "+       failureDomain: b",
        "will wait: pod shop/web-1 is not evicted",
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    // What cannot be looked at stands in nobody's way.
    let text = looked_at(failure(FailureKind::Unreachable, "it went away"));
    for expected in ["+       failureDomain: b", "it went away"] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    // Nothing is asked of what takes no machine.
    let mut app = opened((100, 40));
    let (id, _) = checked(&mut app, "5", object());
    let after = with(object(), "/spec/replicas", json!(5));
    assert!(asked(answer(&mut app, id, weighed(object(), after))).is_empty());
}

#[test]
fn what_the_server_makes_of_it_is_shown_and_not_what_was_typed() {
    let mut app = opened((100, 40));
    let (id, _) = checked(&mut app, "5", object());
    let mut after = with(object(), "/spec/replicas", json!(5));
    after = with(after, "/spec/clusterName", json!("kept"));
    after = with(after, "/metadata/annotations", json!({"by": "the server"}));
    after = with(after, "/metadata/managedFields", json!([{"manager": "fleetui"}]));
    answer(&mut app, id, weighed(object(), after));
    let text = plain(&app);
    for expected in [
        "+   clusterName: kept",
        "-   clusterName: payments",
        "+   replicas: 5",
        r#"the server makes "kept" of "payments" at spec.clusterName"#,
        r#"the server sets metadata.annotations to {"by":"the server"}"#,
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    for unwanted in ["managedFields", "SENSITIVE", "status", "hidden"] {
        assert!(!text.contains(unwanted), "{unwanted}:\n{text}");
    }
    insta::assert_snapshot!("edit-server-100x40", text);
}

#[test]
fn what_an_edit_does_to_machines_is_said_before_it_is_written() {
    let mut app = opened((100, 30));
    let (id, _) = checked(&mut app, "5", object());
    let reference =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "other"});
    let after = with(
        with(object(), "/spec/replicas", json!(5)),
        "/spec/template/spec/infrastructureRef",
        reference,
    );
    let (id, _) = one(answer(&mut app, id, weighed(object(), after)));
    answer(&mut app, id, Answer::Judged(Box::default()));
    let text = plain(&app);
    for expected in [
        "adds 4 machines",
        "as it is made from something else",
        "machines: payments-md-0",
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    // It is asked once more.
    assert!(asked(press(&mut app, "enter")).is_empty());
    assert!(plain(&app).contains("really?"), "{}", plain(&app));
    assert_eq!(asked(press(&mut app, "enter")).len(), 1);
}

#[test]
fn what_the_act_of_that_name_would_refuse_is_refused_on_its_line_and_written_down() {
    let mut app = opened((100, 30));
    let (id, _) = checked(&mut app, "5", object());
    let after = with(object(), "/spec/template/spec/version", json!("v1.99.0"));
    let effects = answer(&mut app, id, weighed(object(), after));
    let noted: Vec<_> = effects
        .iter()
        .filter_map(|effect| match &effect.action {
            Action::Note(tried) => Some(tried.refusal.clone()),
            _ => None,
        })
        .collect();
    let text = plain(&app);
    assert!(
        noted.len() == 1
            && noted[0].step == Step::Preflight
            && noted[0]
                .why
                .contains("workers may not be newer than their control plane"),
        "{noted:?}"
    );
    assert!(
        text.contains("workers may not be newer than their control plane"),
        "{text}"
    );
    assert!(matches!(editor(&app).phase, Phase::Editing));
    assert_eq!(editor(&app).text.wrong.len(), 1);
}

#[test]
fn what_nobody_reconciles_is_not_edited() {
    let mut app = app((100, 30));
    let topology = json!({"classRef": {"name": "c"}, "version": "v1.33.4", "controlPlane": {"replicas": 1}});
    let mut all = crate::sample::cluster("payments", &[("2hx7l", "node-9")], None);
    for object in all.iter_mut().filter(|object| object["kind"] == "Cluster") {
        object["metadata"]["resourceVersion"] = json!("101");
        object["spec"]["topology"] = topology.clone();
        object["status"]["conditions"] = json!([{
            "type": "TopologyReconciled", "status": "False", "reason": "TopologyNotSupported",
            "message": "it has no effect", "lastTransitionTime": now().to_string(),
        }]);
    }
    update(&mut app, Msg::Fleet(vec![objects("mgmt-tokyo", &all)]));
    go_to(&mut app, "payments");
    let there = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"namespace": "default", "name": "payments", "uid": "uid-Cluster-payments", "resourceVersion": "101"},
        "spec": {"topology": topology},
    });
    let is = |object: &Value| Answer::Editable(Box::new(Editable::new(object.clone(), Vec::new(), None)));
    let effects = press(&mut app, "e");
    let (reads, _) = drafting(&effects)[0].clone();
    let (id, _) = one(effects);
    answer(&mut app, id, is(&there));
    answer(&mut app, reads, Answer::Draft(None));
    to_line(&mut app, "replicas:");
    press(&mut app, "backspace");
    type_text(&mut app, "3");
    let (id, _) = one(press(&mut app, "ctrl-s"));
    let (id, _) = one(answer(&mut app, id, is(&there)));
    let after = with(there.clone(), "/spec/topology/controlPlane/replicas", json!(3));
    answer(&mut app, id, weighed(there, after));
    let text = plain(&app);
    assert!(
        text.contains("nobody reconciles the topology of Cluster payments"),
        "{text}"
    );
    assert!(matches!(editor(&app).phase, Phase::Editing));
}

#[test]
fn it_is_told_what_a_field_is_for_on_wide_terminals_too() {
    let mut app = opened((120, 40));
    to_line(&mut app, "replicas:");
    insta::assert_snapshot!("edit-120x40", plain(&app));
    let mut small = opened((40, 10));
    press(&mut small, "down");
    assert!(plain(&small).contains("too small"), "{}", plain(&small));
}

#[test]
fn errors_stand_on_their_lines() {
    let mut app = opened((120, 40));
    let line = |app: &App, begins: &str| {
        let shown = plain(app);
        let found = shown
            .lines()
            .find(|line| line.contains(begins))
            .map(str::to_owned);
        found.unwrap_or_else(|| panic!("{shown}"))
    };
    to_line(&mut app, "replicas:");
    press(&mut app, "backspace");
    type_text(&mut app, "many");
    assert!(line(&app, "replicas: many").contains("✖"), "{}", plain(&app));
    assert!(
        line(&app, "replicas: many").contains("has to be an integer and is a string"),
        "{}",
        plain(&app)
    );
    // It is said again when it is to be checked, and nobody is asked.
    assert!(asked(press(&mut app, "ctrl-s")).is_empty());
    assert!(
        plain(&app).contains("line 14: has to be an integer"),
        "{}",
        plain(&app)
    );
    press(&mut app, "backspace backspace backspace backspace 3");
    to_line(&mut app, "name:");
    type_text(&mut app, "x");
    assert!(
        line(&app, "name: payments-md-0x").contains("this cannot be changed here"),
        "{}",
        plain(&app)
    );
    press(&mut app, "backspace");
    to_line(&mut app, "clusterName:");
    press(&mut app, "enter");
    type_text(&mut app, "replica: 3");
    assert!(
        line(&app, "replica: 3").contains("there is no field replica here"),
        "{}",
        plain(&app)
    );
    press(&mut app, "ctrl-j");
    type_text(&mut app, "  x: [");
    assert!(!editor(&app).text.wrong.is_empty(), "{}", plain(&app));
    assert!(asked(press(&mut app, "ctrl-s")).is_empty());
}

#[test]
fn what_the_server_refuses_stands_on_its_line() {
    let mut app = opened((120, 40));
    let (id, _) = checked(&mut app, "7", object());
    let refusal = "MachineDeployment \"payments-md-0\" is invalid: spec.replicas: Invalid value: 7: too many";
    answer(&mut app, id, failure(FailureKind::Refused, refusal));
    let wrong = editor(&app).text.wrong.clone();
    assert_eq!(wrong.len(), 1);
    assert!(
        editor(&app).text.lines()[wrong[0].line].contains("replicas: 7"),
        "{wrong:?}"
    );
    assert!(matches!(editor(&app).phase, Phase::Editing));
}

#[test]
fn completion_and_help_come_from_the_schema() {
    let mut app = opened((120, 40));
    to_line(&mut app, "clusterName:");
    press(&mut app, "enter");
    type_text(&mut app, "p");
    press(&mut app, "tab");
    let has = |app: &App, line: &str| editor(app).text.lines().iter().any(|known| known == line);
    assert!(has(&app, "  paused: "), "{}", plain(&app));
    type_text(&mut app, "t");
    press(&mut app, "tab");
    assert!(
        editor(&app)
            .text
            .lines()
            .iter()
            .any(|line| line == "  paused: true"),
        "{}",
        plain(&app)
    );
    assert!(
        plain(&app).contains("Whether nothing is reconciled."),
        "{}",
        plain(&app)
    );
    press(&mut app, "enter");
    type_text(&mut app, "d");
    press(&mut app, "tab tab");
    assert!(has(&app, "    order: "), "{}", plain(&app));
    press(&mut app, "tab");
    assert!(plain(&app).contains("order: Newest"), "{}", plain(&app));
    press(&mut app, "tab");
    assert!(plain(&app).contains("order: Oldest"), "{}", plain(&app));
    press(&mut app, "shift-tab");
    assert!(plain(&app).contains("order: Newest"), "{}", plain(&app));
    assert!(
        editor(&app).text.wrong.is_empty(),
        "{:?}",
        editor(&app).text.wrong
    );
}

#[test]
fn where_nothing_completes_a_word_it_stays_as_it_is() {
    let mut app = opened((120, 40));
    to_line(&mut app, "clusterName:");
    press(&mut app, "enter");
    type_text(&mut app, "zz");
    let text = editor(&app).text.whole();
    assert!(text.contains("\n  zz\n"), "{text}");
    press(&mut app, "tab");
    assert_eq!(editor(&app).text.whole(), text);
    assert!(
        plain(&app).contains("nothing is known that completes this"),
        "{}",
        plain(&app)
    );
}

#[test]
fn anchor_54_one_object_is_opened_and_no_other() {
    let mut app = app((120, 40));
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "e");
    let (id, request) = one(effects);
    let Request::Editable { key, uid } = request else {
        panic!("{request:?}")
    };
    assert_eq!(
        (key.object.name.as_str(), uid.as_str()),
        (DEPLOYMENT, "uid-MachineDeployment-payments-md-0")
    );
    assert_eq!(app.stack.len(), 1);
    // An answer about another life of the name is a failure, and nothing of it is shown.
    answer(
        &mut app,
        id,
        failure(FailureKind::Gone, "another object has this name now"),
    );
    assert!(
        plain(&app).contains("another object has this name now"),
        "{}",
        plain(&app)
    );
    press(&mut app, "esc");
    assert_eq!(app.place(), Place::Tree);
}

#[test]
fn changes_of_others_that_are_elsewhere_are_brought_in() {
    let mut app = opened((120, 40));
    let theirs = with(
        with(object(), "/metadata/labels/team", json!("b")),
        "/metadata/resourceVersion",
        json!("101"),
    );
    let (id, plan) = checked(&mut app, "5", theirs);
    assert_eq!(plan.writes[0].fields.len(), 1, "{plan:?}");
    answer(&mut app, id, judged());
    let shown = plain(&app);
    assert!(
        shown.contains("somebody else has changed it meanwhile"),
        "{shown}"
    );
    assert!(!shown.contains("team: a"), "{shown}");
    press(&mut app, "esc");
    assert!(plain(&app).contains("team: b"), "{}", plain(&app));
}

#[test]
fn anchor_58_a_conflict_names_the_fields_and_merges_the_rest() {
    let mut app = opened((120, 40));
    to_line(&mut app, "version:");
    press(&mut app, "backspace");
    type_text(&mut app, "3");
    to_line(&mut app, "replicas:");
    press(&mut app, "backspace");
    type_text(&mut app, "5");
    let (id, _) = one(press(&mut app, "ctrl-s"));
    let theirs = with(
        with(object(), "/spec/replicas", json!(4)),
        "/metadata/labels/team",
        json!("b"),
    );
    let effects = answer(&mut app, id, editable(theirs.clone()));
    assert!(
        asked(effects).is_empty(),
        "what both changed is decided by the person alone"
    );
    insta::assert_snapshot!("edit-conflict-120x40", plain(&app));
    let (shown, version) = (plain(&app), "v1.31.3");
    assert!(
        shown.contains("spec.replicas") && !shown.contains("spec.template"),
        "{shown}"
    );
    assert!(
        asked(press(&mut app, "enter")).is_empty(),
        "it is not decided yet"
    );
    press(&mut app, "m");
    let (id, _) = one(press(&mut app, "enter"));
    let (id, request) = one(answer(&mut app, id, editable(theirs)));
    let (plan, _) = planned(request);
    let fields: Vec<&str> = plan.writes[0]
        .fields
        .iter()
        .map(|field| field.pointer.as_str())
        .collect();
    assert_eq!(fields, ["/spec/replicas", "/spec/template/spec/version"]);
    assert!(
        plan.writes[0]
            .body
            .to_string()
            .contains(r#"{"op":"test","path":"/spec/replicas","value":4}"#)
    );
    answer(&mut app, id, judged());
    assert!(
        plain(&app).contains(version) && !plain(&app).contains("team: a"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_write_that_comes_too_late_is_shown_again_and_not_made() {
    let mut app = opened((120, 40));
    let (id, _) = checked(&mut app, "5", object());
    answer(&mut app, id, judged());
    let (id, _) = one(press(&mut app, "enter"));
    let effects = answer(
        &mut app,
        id,
        failure(FailureKind::Conflict, "spec.replicas is 4 by now"),
    );
    let (id, request) = one(effects);
    assert!(matches!(request, Request::Editable { .. }), "{request:?}");
    answer(&mut app, id, editable(with(object(), "/spec/replicas", json!(4))));
    assert!(
        matches!(editor(&app).phase, Phase::Conflict(_)),
        "{:?}",
        editor(&app).phase
    );
    press(&mut app, "t");
    // Theirs is what is there: nothing is left to be written.
    let effects = press(&mut app, "enter");
    assert!(asked(effects).is_empty());
    assert!(plain(&app).contains("nothing is changed"), "{}", plain(&app));
}

#[test]
fn anchor_59_a_draft_outlives_a_conflict_and_a_crash() {
    let kept = |effects: &[Effect]| -> Draft {
        let found = drafting(effects).into_iter().find_map(|(_, what)| match what {
            Drafting::Keep(draft) => Some(*draft),
            Drafting::Read | Drafting::Drop | Drafting::Outside(_) => None,
        });
        found.unwrap_or_else(|| panic!("{effects:?}"))
    };
    let mut app = opened((120, 40));
    to_line(&mut app, "replicas:");
    press(&mut app, "backspace");
    type_text(&mut app, "5");
    assert_eq!(app.next_tick_seconds(), 1);
    let draft = kept(&update(&mut app, Msg::Tick(now())));
    assert!(
        draft.text.contains("replicas: 5") && !draft.text.contains("SENSITIVE"),
        "{}",
        draft.text
    );
    assert!(
        drafting(&update(&mut app, Msg::Tick(now()))).is_empty(),
        "it is kept already"
    );
    let effects = press(&mut app, "ctrl-s");
    assert_eq!(kept(&effects).text, draft.text);
    let (id, _) = one(effects);
    answer(&mut app, id, editable(with(object(), "/spec/replicas", json!(4))));
    assert!(matches!(editor(&app).phase, Phase::Conflict(_)));
    let dropped = |effects: &[Effect]| drafting(effects).iter().any(|(_, what)| *what == Drafting::Drop);
    assert!(!dropped(&press(&mut app, "esc")) && !dropped(&press(&mut app, "esc")));
    // The next program offers it, and sees what others did since.
    let theirs = with(object(), "/metadata/labels/team", json!("b"));
    let mut next = opened_with((120, 40), theirs.clone(), Some(draft.clone()));
    assert!(
        plain(&next).contains("a draft of 12:00 UTC is there"),
        "{}",
        plain(&next)
    );
    press(&mut next, "enter");
    assert!(plain(&next).contains("replicas: 5"), "{}", plain(&next));
    let (id, _) = one(press(&mut next, "ctrl-s"));
    let (_, request) = one(answer(&mut next, id, editable(theirs)));
    assert_eq!(planned(request).0.writes[0].fields[0].pointer, "/spec/replicas");
    // Or it is discarded.
    let mut other = opened_with((120, 40), object(), Some(draft));
    assert!(dropped(&press(&mut other, "x")));
    assert!(plain(&other).contains("replicas: 1"), "{}", plain(&other));
}

#[test]
fn what_was_typed_is_kept_when_the_program_ends() {
    for end in [Msg::Quit, Msg::HungUp, Msg::Key(crate::chord::Chord::ctrl('c'))] {
        let mut app = opened((80, 24));
        to_line(&mut app, "replicas:");
        type_text(&mut app, "0");
        let effects = update(&mut app, end);
        assert!(
            drafting(&effects)
                .iter()
                .any(|(_, what)| matches!(what, Drafting::Keep(_))),
            "{effects:?}"
        );
    }
}

#[test]
fn hidden_values_are_never_written_back() {
    let mut app = opened((120, 40));
    assert!(!plain(&app).contains("SENSITIVE"), "{}", plain(&app));
    let (id, plan) = checked(&mut app, "5", object());
    assert!(!plan.writes[0].body.to_string().contains("***"), "{plan:?}");
    answer(&mut app, id, judged());
    press(&mut app, "esc");
    // One that is typed anew is written, and told to nobody.
    to_line(&mut app, "content:");
    for _ in 0.."'*** (9 bytes)'".len() {
        press(&mut app, "backspace");
    }
    type_text(&mut app, "NEWSECRET");
    let effects = update(&mut app, Msg::Tick(now()));
    assert!(!format!("{effects:?}").contains("NEWSECRET"), "{effects:?}");
    let (id, _) = one(press(&mut app, "ctrl-s"));
    let (id, request) = one(answer(&mut app, id, editable(object())));
    let (plan, _) = planned(request);
    assert!(plan.writes[0].body.to_string().contains("NEWSECRET"));
    assert!(
        !serde_json::to_string(&plan.writes[0].fields)
            .unwrap()
            .contains("NEWSECRET"),
        "{plan:?}"
    );
    assert!(
        !serde_json::to_string(&plan.act).unwrap().contains("NEWSECRET"),
        "{plan:?}"
    );
    answer(&mut app, id, judged());
    assert!(
        plain(&app).contains("spec.files.0.content (hidden)"),
        "{}",
        plain(&app)
    );
}

#[test]
fn what_is_typed_into_the_editor_is_not_recorded() {
    let app = opened((80, 24));
    let line = |message: &Msg| crate::recording::line(&app, message);
    let star = Msg::Key(crate::chord::Chord::char('*'));
    assert_eq!(line(&Msg::Key(crate::chord::Chord::char('s'))), line(&star));
    assert_eq!(
        line(&Msg::Paste("s3cret".to_owned())),
        line(&Msg::Paste("*".to_owned()))
    );
    let moved = Msg::Key(crate::chord::sequence("down").unwrap()[0]);
    assert!(line(&moved).contains("Down"));
}

#[test]
fn the_editor_of_the_environment_gets_the_draft_and_what_it_made_is_checked() {
    let mut app = app((120, 40));
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "E");
    let (reads, _) = drafting(&effects)[0].clone();
    let (id, _) = one(effects);
    answer(&mut app, reads, Answer::Draft(None));
    let effects = answer(&mut app, id, editable(object()));
    let Some((outside, Drafting::Outside(draft))) = drafting(&effects).pop() else {
        panic!("{effects:?}")
    };
    assert!(draft.text.contains("replicas: 1"), "{}", draft.text);
    let made = Draft {
        text: draft.text.replace("replicas: 1", "replicas: 6"),
        ..Draft::clone(&draft)
    };
    let (id, _) = one(answer(&mut app, outside, Answer::Draft(Some(Box::new(made)))));
    let (_, request) = one(answer(&mut app, id, editable(object())));
    assert_eq!(planned(request).0.writes[0].fields[0].after, Some(json!(6)));
}

#[test]
fn anchor_20_an_editor_that_fails_changes_nothing() {
    let mut app = app((120, 40));
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "E");
    let (reads, _) = drafting(&effects)[0].clone();
    let (id, _) = one(effects);
    answer(&mut app, reads, Answer::Draft(None));
    let effects = answer(&mut app, id, editable(object()));
    let (outside, _) = drafting(&effects).pop().unwrap();
    let effects = answer(
        &mut app,
        outside,
        failure(FailureKind::Refused, "vi ended with exit status: 1"),
    );
    assert!(asked(effects).is_empty());
    assert!(
        plain(&app).contains("vi ended with exit status: 1"),
        "{}",
        plain(&app)
    );
    assert!(matches!(editor(&app).phase, Phase::Editing));
}

#[test]
fn nothing_is_asked_where_nothing_may_be_written() {
    let mut read_only = options((120, 40));
    read_only.read_only = true;
    let mut app = app_with(read_only, updates());
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "e");
    let noted = effects
        .iter()
        .any(|effect| matches!(effect.action, Action::Note(_)));
    assert!(noted, "{effects:?}");
    assert!(asked(effects).is_empty());
    assert_eq!(app.place(), Place::Tree);
    assert!(plain(&app).contains("read-only"), "{}", plain(&app));
    // Nor is it where that was said while it was typed.
    let mut app = opened((120, 40));
    to_line(&mut app, "replicas:");
    type_text(&mut app, "0");
    app.access = crate::access::Access::ReadOnly;
    let effects = press(&mut app, "ctrl-s");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect.action, Action::Note(_))),
        "{effects:?}"
    );
    assert!(asked(effects).is_empty());
    assert!(
        plain(&app).contains("read-only: nothing is written"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_topology_is_said_to_set_it_back_and_it_is_asked_once_more() {
    let mut object = object();
    object["metadata"]["labels"]["topology.cluster.x-k8s.io/owned"] = json!("");
    object["metadata"]["labels"]["topology.cluster.x-k8s.io/deployment-name"] = json!("md-0");
    object["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"] = json!("payments");
    object["metadata"]["ownerReferences"] = json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "name": "payments", "uid": "uid-Cluster-payments"}]);
    let mut told = updates();
    told.push(objects("mgmt-tokyo", std::slice::from_ref(&object)));
    let mut app = app_with(options((120, 40)), told);
    go_to(&mut app, DEPLOYMENT);
    let effects = press(&mut app, "e");
    let (reads, _) = drafting(&effects)[0].clone();
    let (id, _) = one(effects);
    answer(&mut app, id, editable(object.clone()));
    answer(&mut app, reads, Answer::Draft(None));
    assert!(plain(&app).contains("edit Cluster payments"), "{}", plain(&app));
    let (id, _) = checked(&mut app, "5", object);
    answer(&mut app, id, judged());
    assert!(asked(press(&mut app, "enter")).is_empty());
    assert!(plain(&app).contains("really?"), "{}", plain(&app));
    let (_, request) = one(press(&mut app, "enter"));
    let (_, mode) = planned(request);
    assert!(matches!(mode, Mode::Perform(confirmed) if confirmed.twice));
}

#[test]
fn a_press_of_the_mouse_puts_the_caret_on_a_line_and_opens_nothing() {
    let mut app = opened((120, 40));
    // Two rows are the header and the title.
    for mouse in [Mouse::Press(10, 6), Mouse::DoublePress(10, 7)] {
        update(&mut app, Msg::Mouse(mouse));
        assert_eq!((app.place(), app.stack.len()), (Place::Edit, 1));
    }
    assert_eq!(editor(&app).text.pointer(), "/metadata/name");
    update(&mut app, Msg::Mouse(Mouse::Press(10, 39)));
    update(&mut app, Msg::Mouse(Mouse::WheelUp));
    assert_eq!(editor(&app).text.caret().0, 2);
}

#[test]
fn what_is_too_long_is_left_to_the_persons_own_editor() {
    let mut object = object();
    let many: Vec<Value> = (0..20_000).map(Value::from).collect();
    object["spec"]["template"] = json!({"many": many});
    let app = opened_with((120, 40), object, None);
    assert!(
        plain(&app).contains("too long to be edited here"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_long_text_is_typed_without_waiting() {
    let mut object = object();
    let many: serde_json::Map<String, Value> = (0..2_500)
        .map(|index| (format!("key-{index:05}"), json!({"a": index})))
        .collect();
    object["spec"]["template"] = Value::Object(many);
    let mut app = opened_with((120, 40), object, None);
    to_line(&mut app, "replicas:");
    let keys = 20;
    let clock = fleetui_base::clock::SystemClock::shared();
    let began = clock.monotonic();
    for _ in 0..keys {
        type_text(&mut app, "1");
    }
    let took = clock.monotonic().saturating_sub(began) / keys;
    println!(
        "a key in a text of {} lines: {took:?}",
        editor(&app).text.lines().len()
    );
    // Built without optimisation and on a machine that others use; what is held here is that it is no matter of seconds.
    assert!(took.as_millis() < 500, "{took:?}");
}
