//! The creation of a cluster by keys: from the choice to the cluster that comes up, and what can come between.

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::act::{AuditId, Mode};
use fleetui_fleet::create::{CreateDraft, Creation, CreationState, Flavour, ItemState, Variables};
use fleetui_fleet::object_edit::Editable;
use serde_json::json;

use super::state::{Phase, State};
use crate::app::App;
use crate::command::Place;
use crate::draft::{CreateDraftName, CreateDrafting};
use crate::effect::{Action, Answer, Creating, Effect, EffectId, Failure, FailureKind, Outcome, Request};
use crate::msg::Msg;
use crate::sample::{app, app_with, now, objects, options, plain, press, type_text, updates};
use crate::screens::Screen;
use crate::update::update;

fn line(app: &mut App, line: &str) -> Vec<Effect> {
    type_text(app, &format!(":{line}"));
    press(app, "enter")
}

fn state(app: &App) -> &State {
    match app.stack.last() {
        Some(Screen::Create(state)) => state,
        other => panic!("{other:?}"),
    }
}

fn asked(effects: &[Effect]) -> Vec<(EffectId, Request)> {
    let asked = effects.iter().filter_map(|effect| match &effect.action {
        Action::Ask(request) => Some((effect.id, request.clone())),
        _ => None,
    });
    asked.collect()
}

fn answer(app: &mut App, id: EffectId, answer: Answer) -> Vec<Effect> {
    update(app, Msg::Outcome(Outcome { id, answer }))
}

fn creating(app: &mut App, id: EffectId, of: Creating) -> Vec<Effect> {
    answer(app, id, Answer::Creating(Box::new(of)))
}

fn failure(message: &'static str) -> Failure {
    Failure {
        kind: FailureKind::Unreachable,
        message: Shown::ours(message),
    }
}

/// The form of simulated machines with a name.
fn form(size: (u16, u16)) -> App {
    let mut app = app(size);
    line(&mut app, "create simulated");
    type_text(&mut app, "edge");
    app
}

/// The answer to a question as it stands in the form.
fn said(app: &App, variable: &str) -> String {
    state(app)
        .form
        .as_ref()
        .unwrap()
        .field(variable)
        .unwrap()
        .answer
        .clone()
}

/// Reviews the form; gives what is created by its review.
fn reviewed(app: &mut App) -> Creation {
    let effects = press(app, "ctrl-s");
    let (id, request) = asked(&effects).remove(0);
    assert!(matches!(request, Request::Act(_, Mode::Preview)), "{request:?}");
    answer(app, id, Answer::Judged(Box::default()));
    match &state(app).phase {
        Phase::Reviewing(review) => review.creation.clone(),
        other => panic!("{other:?}"),
    }
}

/// Confirms the review; gives the effects of the creation and of watching it.
fn confirmed(app: &mut App) -> (EffectId, EffectId) {
    let effects = press(app, "enter");
    let mut asked = asked(&effects).into_iter();
    let (create, request) = asked.next().unwrap();
    assert!(matches!(request, Request::Create(..)), "{request:?}");
    let (told, request) = asked.next().unwrap();
    assert!(matches!(request, Request::CreationTold(..)), "{request:?}");
    (create, told)
}

#[test]
fn flavours_are_chosen_and_asked_about() {
    for size in [(80, 24), (120, 40)] {
        let mut app = app(size);
        line(&mut app, "create");
        assert_eq!(app.place(), Place::Create);
        insta::assert_snapshot!(format!("choice-{}x{}", size.0, size.1), plain(&app));
    }
    let mut app = app((120, 40));
    line(&mut app, "create");
    press(&mut app, "j enter");
    assert_eq!(state(&app).form.as_ref().unwrap().flavour.name, "simulated");
    press(&mut app, "esc");
    assert!(app.stack.is_empty());
    press(&mut app, "N");
    assert_eq!(app.place(), Place::Create, "a key of the tree");
}

#[test]
fn what_is_cut_in_the_row_of_a_choice_is_told_whole_below() {
    let mut app = app((80, 24));
    let (_, stored) = opened(&mut app);
    let mut first = form((120, 40));
    let mut creation = reviewed(&mut first);
    let name = "a-cluster-with-a-very-long-name-for-a-test-of-what-is-cut-off";
    creation.cluster.object.name = name.into();
    creation.cluster.management_cluster = state(&app).management_cluster.clone();
    creating(&mut app, stored, Creating::Stored(vec![creation]));
    press(&mut app, "j j");
    let screen = plain(&app);
    let below = screen.split("────────").last().unwrap();
    let below: Vec<&str> = below.split_whitespace().collect();
    assert!(
        below.join(" ").contains(&format!(
            "{name} in {}: 0 of 7 objects",
            state(&app).management_cluster
        )),
        "{screen}"
    );
}

#[test]
fn what_is_missing_is_said_whole_in_its_row_however_long_the_question_is() {
    let mut app = app((80, 24));
    line(&mut app, "create byoh");
    let screen = plain(&app);
    let row = screen
        .lines()
        .find(|row| row.contains("BUNDLE_LOOKUP_BASE_REGISTRY "))
        .unwrap_or_else(|| panic!("{screen}"));
    assert!(row.contains("is required"), "{screen}");
}

#[test]
fn a_review_tells_what_the_cluster_comes_to_and_that_there_are_more_objects() {
    let mut app = form((80, 24));
    reviewed(&mut app);
    insta::assert_snapshot!("review-summary-80x24", plain(&app));
    let mut app = form((80, 16));
    reviewed(&mut app);
    let screen = plain(&app);
    assert!(screen.contains("more below: down"), "{screen}");
    press(&mut app, "down down down down");
    let screen = plain(&app);
    assert!(
        screen.contains("MachineDeployment default/edge-md-0") && !screen.contains("more below"),
        "{screen}"
    );
}

#[test]
fn the_form_has_its_questions_at_every_size() {
    for size in [(80, 24), (120, 40), (200, 60), (59, 14)] {
        let mut app = form(size);
        insta::assert_snapshot!(format!("form-{}x{}", size.0, size.1), plain(&app));
        press(&mut app, "down down");
        type_text(&mut app, "2");
        if size == (80, 24) {
            insta::assert_snapshot!("form-wrong-80x24", plain(&app));
        }
    }
}

#[test]
fn what_holds_where_nothing_is_said_stays_in_sight_under_the_cursor() {
    let mut app = form((120, 40));
    let of = |app: &App, label: &str| {
        let screen = plain(app);
        let row = screen.lines().find(|row| row.contains(label)).unwrap();
        row.trim_start_matches('▌')
            .trim()
            .trim_start_matches(label)
            .trim()
            .to_owned()
    };
    while state(&app)
        .field()
        .is_none_or(|field| field.variable != "SERVICE_DOMAIN")
    {
        press(&mut app, "down");
    }
    assert_eq!(of(&app, "service domain"), "cluster.local");
    type_text(&mut app, "corp.example");
    assert_eq!(of(&app, "service domain"), "corp.example");
}

#[test]
fn what_is_wrong_stands_at_its_question_at_once_and_keeps_from_the_review() {
    let mut app = form((120, 40));
    press(&mut app, "down down");
    type_text(&mut app, "2");
    let screen = plain(&app);
    assert!(screen.contains("take 1, 3 or 5"), "{screen}");
    press(&mut app, "tab tab");
    let effects = press(&mut app, "ctrl-s");
    assert!(asked(&effects).is_empty(), "{effects:?}");
    assert_eq!(
        state(&app).field().unwrap().variable,
        "CONTROL_PLANE_MACHINE_COUNT",
        "the cursor goes there"
    );
    // What is possible is one key away, and what was typed gives way to it.
    press(&mut app, "ctrl-n");
    assert_eq!(said(&app, "CONTROL_PLANE_MACHINE_COUNT"), "1");
    press(&mut app, "ctrl-n ctrl-n ctrl-p");
    assert_eq!(said(&app, "CONTROL_PLANE_MACHINE_COUNT"), "3");
    assert_eq!(state(&app).wrong().count(), 0, "{:?}", state(&app).remarks);
    assert_eq!(asked(&press(&mut app, "ctrl-s")).len(), 1);
}

#[test]
fn the_management_cluster_is_one_of_those_that_may_be_written_to() {
    let mut app = form((120, 40));
    press(&mut app, "up up");
    assert!(state(&app).field().is_none());
    let known = state(&app).suggestions.clone();
    assert!(known.len() > 1, "{known:?}");
    let before = state(&app).form.as_ref().unwrap().management_cluster.clone();
    press(&mut app, "ctrl-n");
    let after = state(&app).form.as_ref().unwrap().management_cluster.clone();
    assert_ne!(before, after);
    assert!(known.contains(&after.to_string()));
    type_text(&mut app, "x");
    assert!(plain(&app).contains("is chosen, not typed"), "{}", plain(&app));
}

#[test]
fn yaml_and_form_say_the_same() {
    let mut app = form((120, 40));
    press(&mut app, "ctrl-y");
    assert!(
        matches!(state(&app).phase, Phase::Yaml),
        "{:?}",
        state(&app).phase
    );
    insta::assert_snapshot!("yaml-120x40", plain(&app));
    let text = state(&app).text.whole();
    let changed = text
        .replace("replicas: 1", "replicas: 3")
        .replace("\n  name: edge\n", "\n  name: edge\n  labels:\n    tier: far\n");
    assert_ne!(changed, text);
    put(&mut app, &changed);
    press(&mut app, "ctrl-y");
    assert!(matches!(state(&app).phase, Phase::Form), "{:?}", state(&app).note);
    assert_eq!(said(&app, "CONTROL_PLANE_MACHINE_COUNT"), "3");
    assert!(
        plain(&app).contains("the YAML says more than the answers"),
        "{}",
        plain(&app)
    );
    let creation = reviewed(&mut app);
    let labelled = creation
        .items
        .iter()
        .filter(|item| item.body["metadata"]["labels"]["tier"] == "far");
    assert!(labelled.count() >= 1, "what no answer says is created too");
}

#[test]
fn where_the_yaml_says_something_else_the_form_and_the_review_say_so() {
    let mut app = form((120, 40));
    press(&mut app, "down");
    type_text(&mut app, "v1.33.4");
    press(&mut app, "ctrl-y");
    let text = state(&app).text.whole();
    let other =
        |version: &str| text.replacen("      version: v1.33.4", &format!("      version: {version}"), 1);
    assert_ne!(other("v1.32.1"), text);
    put(&mut app, &other("v1.32.1"));
    press(&mut app, "ctrl-y");
    insta::assert_snapshot!("form-beside-yaml-120x40", plain(&app));
    let creation = reviewed(&mut app);
    assert!(
        creation
            .items
            .iter()
            .any(|item| item.body.to_string().contains("v1.32.1"))
    );
    let screen = plain(&app);
    assert!(
        screen.contains("the YAML says v1.32.1 for MachineDeployment edge-md-0"),
        "{screen}"
    );
    // Workers that are newer than their control plane are none.
    press(&mut app, "esc ctrl-y");
    put(&mut app, &other("v1.34.0"));
    let effects = press(&mut app, "ctrl-s");
    assert!(asked(&effects).is_empty(), "{effects:?}");
    let screen = plain(&app);
    assert!(screen.contains("is newer than its control plane"), "{screen}");
}

/// What only the server finds in a text stands where it stands there; what is none of it, in the form.
#[test]
fn what_the_server_refuses_of_a_text_stands_on_its_line() {
    let mut app = form((120, 40));
    press(&mut app, "down");
    type_text(&mut app, "v1.33.4");
    press(&mut app, "ctrl-y");
    let text = state(&app).text.whole();
    let other = text.replacen("      version: v1.33.4", "      version: v1.32.1", 1);
    assert_ne!(other, text);
    put(&mut app, &other);
    let refused = |app: &mut App, message: &'static str| {
        let effects = press(app, "ctrl-s");
        let (id, _) = asked(&effects).remove(0);
        answer(app, id, Answer::Failed(failure(message)));
    };
    refused(&mut app, "Cluster default/edge exists already");
    assert!(matches!(state(&app).phase, Phase::Form), "{}", plain(&app));
    refused(
        &mut app,
        "MachineDeployment.cluster.x-k8s.io \"edge-md-0\" is invalid: spec.template.spec.version: Invalid value",
    );
    assert!(matches!(state(&app).phase, Phase::Yaml), "{}", plain(&app));
    let wrong = &state(&app).text.wrong;
    let lines = state(&app).text.lines();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(lines[wrong[0].line].trim(), "version: v1.32.1", "{}", plain(&app));
    assert!(
        plain(&app).contains("is invalid: spec.template.spec.version"),
        "{}",
        plain(&app)
    );
}

/// Puts a text in the place of what stands in the editor.
fn put(app: &mut App, text: &str) {
    match app.stack.last_mut() {
        Some(Screen::Create(state)) => {
            let room = state.room();
            state.text = crate::yaml::Text::new(text, room);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn text_that_is_none_is_told_on_its_line_and_is_not_left() {
    let mut app = form((120, 40));
    press(&mut app, "ctrl-y");
    put(&mut app, "apiVersion: v1\nkind: [\n");
    press(&mut app, "ctrl-y");
    assert!(matches!(state(&app).phase, Phase::Yaml));
    assert_eq!(state(&app).text.wrong.len(), 1, "{:?}", state(&app).text.wrong);
    assert!(asked(&press(&mut app, "ctrl-s")).is_empty());
}

#[test]
fn a_text_that_is_none_is_dropped_once_that_is_asked_for_twice() {
    let mut app = form((80, 24));
    press(&mut app, "ctrl-y");
    type_text(&mut app, "kind: [");
    press(&mut app, "esc");
    insta::assert_snapshot!("yaml-broken-80x24", plain(&app));
    // What is typed between takes it back.
    type_text(&mut app, "x");
    press(&mut app, "esc");
    assert!(state(&app).drops_text && matches!(state(&app).phase, Phase::Yaml));
    press(&mut app, "esc");
    assert!(matches!(state(&app).phase, Phase::Form), "{}", plain(&app));
    assert!(plain(&app).contains("is dropped"), "{}", plain(&app));
    assert_eq!(kept(&mut app).text, None);
    // The answers hold, and what was said of the text ends with it.
    reviewed(&mut app);
    assert!(!plain(&app).contains("is dropped"), "{}", plain(&app));
    press(&mut app, "esc ctrl-y");
    // What is typed can be taken back, as the footer says.
    let before = state(&app).text.whole();
    type_text(&mut app, "x");
    press(&mut app, "ctrl-u");
    assert_eq!(state(&app).text.whole(), before);
    press(&mut app, "ctrl-r");
    assert_ne!(state(&app).text.whole(), before);
    assert!(
        plain(&app).contains("ctrl-u undo   ctrl-r redo"),
        "{}",
        plain(&app)
    );
}

#[test]
fn what_is_typed_as_yaml_is_kept_as_it_is_whatever_ends_the_program() {
    for typed in ["# a line\n", "kind: [\n"] {
        let mut app = form((120, 40));
        press(&mut app, "ctrl-y");
        let whole = format!("{typed}{}", state(&app).text.whole());
        type_text(&mut app, typed.trim_end());
        press(&mut app, "enter");
        assert_eq!(state(&app).text.whole(), whole);
        let draft = kept(&mut app);
        assert_eq!(draft.text.as_deref(), Some(whole.as_str()));
        type_text(&mut app, "#");
        let effects = press(&mut app, "ctrl-c");
        let last = drafting(&effects)
            .into_iter()
            .find_map(|drafting| match drafting {
                CreateDrafting::Keep(draft) => draft.text,
                _ => None,
            });
        assert_ne!(last, draft.text, "what was typed last");
        assert_eq!(effects.last().map(|effect| &effect.action), Some(&Action::Quit));
        // It is offered again, where it cannot be read as the text that it is.
        let mut app = self::app((120, 40));
        let (drafts, stored) = opened(&mut app);
        creating(&mut app, stored, Creating::Stored(Vec::new()));
        creating(&mut app, drafts, Creating::Drafts(vec![draft]));
        press(&mut app, "j j enter");
        let is_text = matches!(state(&app).phase, Phase::Yaml);
        assert_eq!(is_text, typed.starts_with("kind"), "{}", plain(&app));
        if is_text {
            assert_eq!(state(&app).text.whole(), whole);
        }
    }
}

#[test]
fn a_cluster_is_created_and_watched_until_it_is_there() {
    let mut app = form((120, 40));
    let creation = reviewed(&mut app);
    assert_eq!(creation.items.len(), 7);
    insta::assert_snapshot!("review-120x40", plain(&app));
    let (create, told) = confirmed(&mut app);
    let mut partly = creation.clone();
    partly.items[0].state = ItemState::Created("u".into());
    partly.items[1].state = ItemState::Asked;
    let effects = creating(&mut app, told, Creating::Stands(2, Some(partly)));
    assert!(
        matches!(asked(&effects)[0].1, Request::CreationTold(_, 2)),
        "it is watched on"
    );
    insta::assert_snapshot!("creating-120x40", plain(&app));
    let effects = creating(&mut app, create, Creating::Done(Vec::new()));
    let dropped = effects
        .iter()
        .any(|effect| matches!(effect.action, Action::CreateDrafts(CreateDrafting::Drop(..))));
    assert!(dropped, "{effects:?}");
    assert!(
        plain(&app).contains("7 of 7 objects are there"),
        "{}",
        plain(&app)
    );
    assert!(
        plain(&app).contains("the cluster is not seen yet"),
        "{}",
        plain(&app)
    );
    press(&mut app, "enter");
    assert!(app.stack.is_empty());
    assert!(plain(&app).contains("edge in"), "{}", plain(&app));
}

#[test]
fn what_was_interrupted_is_gone_on_with_or_taken_back() {
    let mut app = form((120, 40));
    let mut creation = reviewed(&mut app);
    let (create, _) = confirmed(&mut app);
    for item in creation.items.iter_mut().take(6) {
        item.state = ItemState::Created("u".into());
    }
    creation.items[6].state = ItemState::Asked;
    creation.state = CreationState::Stopped("no route".to_owned());
    creating(
        &mut app,
        create,
        Creating::Failed(creation.clone(), failure("no route to the server")),
    );
    insta::assert_snapshot!("interrupted-120x40", plain(&app));
    // Going on looks first, and has the rest checked.
    let effects = press(&mut app, "enter");
    let (look, request) = asked(&effects).remove(0);
    assert!(matches!(request, Request::LookAtCreation(_)), "{request:?}");
    creation.items[6].state = ItemState::Waiting;
    let effects = creating(&mut app, look, Creating::Stands(0, Some(creation.clone())));
    match &asked(&effects)[0].1 {
        Request::Act(plan, Mode::Preview) => assert_eq!(plan.writes.len(), 1),
        other => panic!("{other:?}"),
    }
    press(&mut app, "esc");
    // Taking back asks for the name, as the Cluster is there.
    let mut app = form((120, 40));
    reviewed(&mut app);
    let (create, _) = confirmed(&mut app);
    creating(
        &mut app,
        create,
        Creating::Failed(creation.clone(), failure("no route to the server")),
    );
    let effects = press(&mut app, "x");
    let (look, _) = asked(&effects).remove(0);
    creating(&mut app, look, Creating::Stands(0, Some(creation)));
    assert!(
        asked(&press(&mut app, "enter")).is_empty(),
        "nothing goes without the name"
    );
    type_text(&mut app, "edge");
    let effects = press(&mut app, "enter");
    let (clean, request) = asked(&effects).remove(0);
    assert!(matches!(request, Request::CleanUpCreation(..)), "{request:?}");
    creating(&mut app, clean, Creating::Done(Vec::new()));
    assert!(app.stack.is_empty());
    assert!(
        plain(&app).contains("nothing is left of the creation"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_creation_of_which_nothing_was_made_leads_back_to_the_form() {
    let mut app = form((120, 40));
    let creation = reviewed(&mut app);
    let (create, _) = confirmed(&mut app);
    creating(
        &mut app,
        create,
        Creating::Failed(creation, failure("you may not create them")),
    );
    assert!(matches!(state(&app).phase, Phase::Form));
    assert!(plain(&app).contains("you may not create them"), "{}", plain(&app));
    // A dry run that fails does so too.
    let effects = press(&mut app, "ctrl-s");
    let (id, _) = asked(&effects).remove(0);
    answer(&mut app, id, Answer::Failed(failure("spec.version: no")));
    assert!(plain(&app).contains("spec.version: no"), "{}", plain(&app));
}

#[test]
fn drafts_are_kept_and_offered_and_discarded() {
    let mut app = form((120, 40));
    assert!(app.stack.last().unwrap().is_restless());
    let effects = update(&mut app, Msg::Tick(now()));
    let kept = effects.iter().find_map(|effect| match &effect.action {
        Action::CreateDrafts(CreateDrafting::Keep(draft)) => Some(CreateDraft::clone(draft)),
        _ => None,
    });
    let kept = kept.expect("the draft is kept by the next tick");
    assert!(
        kept.answers
            .contains(&("CLUSTER_NAME".to_owned(), "edge".to_owned()))
    );
    // Whatever ends the program, what was typed last is kept.
    type_text(&mut app, "x");
    let effects = update(&mut app, Msg::HungUp);
    let last = effects.iter().find_map(|effect| match &effect.action {
        Action::CreateDrafts(CreateDrafting::Keep(draft)) => Some(draft.answers.clone()),
        _ => None,
    });
    assert!(
        last.unwrap()
            .contains(&("CLUSTER_NAME".to_owned(), "edgex".to_owned()))
    );
    let mut app = self::app((120, 40));
    let effects = line(&mut app, "create");
    let read = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::CreateDrafts(CreateDrafting::Read)));
    creating(&mut app, read.unwrap().id, Creating::Drafts(vec![kept]));
    insta::assert_snapshot!("choice-with-draft-120x40", plain(&app));
    press(&mut app, "j j enter");
    assert_eq!(said(&app, "CLUSTER_NAME"), "edge");
}

#[test]
fn a_draft_is_discarded_once_that_is_asked_for_twice() {
    let mut app = form((80, 24));
    let draft = kept(&mut app);
    let mut app = self::app((80, 24));
    let (drafts, _) = opened(&mut app);
    creating(&mut app, drafts, Creating::Drafts(vec![draft]));
    press(&mut app, "j j");
    let drops = |effects: &[Effect]| {
        let drafting = drafting(effects).into_iter();
        drafting
            .filter(|what| matches!(what, CreateDrafting::Drop(_)))
            .count()
    };
    assert_eq!(drops(&press(&mut app, "x")), 0);
    assert!(
        plain(&app).contains("x once more discards this draft"),
        "{}",
        plain(&app)
    );
    // Whatever is done between takes it back.
    press(&mut app, "k j");
    assert!(!plain(&app).contains("x once more"), "{}", plain(&app));
    assert_eq!(drops(&press(&mut app, "x")), 0);
    assert_eq!(drops(&press(&mut app, "x")), 1);
    assert!(!plain(&app).contains("draft"), "{}", plain(&app));
}

#[test]
fn rows_of_a_form_that_are_not_seen_are_counted_and_leafed_to() {
    let mut app = form((80, 16));
    let all = state(&app).questions();
    let screen = plain(&app);
    assert!(screen.contains(&format!(" 1-7 of {all} ")), "{screen}");
    press(&mut app, "up up pgdown");
    assert_eq!(state(&app).at, 7);
    press(&mut app, "pgdown");
    assert_eq!(state(&app).at, all - 1, "no farther than to the last");
    let screen = plain(&app);
    assert!(screen.contains(&format!("-{all} of {all} ")), "{screen}");
    press(&mut app, "pgup pgup");
    assert_eq!(state(&app).at, 0);
    assert!(!plain(&form((80, 40))).contains(&format!(" of {all} ")));
}

#[test]
fn the_templates_of_a_directory_are_offered() {
    let mut app = app((80, 24));
    let effects = line(&mut app, "create /tmp/aws");
    let read = effects
        .iter()
        .find(|effect| matches!(&effect.action, Action::Template(typed) if typed == "/tmp/aws"));
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\", labels: {a: \"${AWS_REGION}\"}}\n";
    let class = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: ClusterClass\nmetadata: {name: \"${CLASS}\"}\n";
    let template = |name: &str| (name.to_owned(), Ok(Flavour::template(name, text)));
    let unread = "cluster-template-odd.yaml cannot be read: Permission denied";
    let offered = vec![
        template("cluster-template.yaml"),
        template("cluster-template-eks-managedmachinepool.yaml"),
        (
            "cluster-template-eks-clusterclass.yaml".to_owned(),
            Ok(Flavour::template("cluster-template-eks-clusterclass.yaml", class)),
        ),
        ("cluster-template-odd.yaml".to_owned(), Err(Shown::line(unread))),
    ];
    creating(
        &mut app,
        read.unwrap().id,
        Creating::Templates("/tmp/aws".to_owned(), offered),
    );
    insta::assert_snapshot!("choice-of-a-directory-80x24", plain(&app));
    press(&mut app, "G enter");
    let screen = plain(&app);
    assert_eq!(screen.matches("Permission denied").count(), 1, "{screen}");
    press(&mut app, "k enter");
    let screen = plain(&app);
    assert!(
        screen.contains("there is no Cluster in cluster-template-eks-clusterclass.yaml"),
        "{screen}"
    );
    press(&mut app, "g j enter");
    let flavour = &state(&app).form.as_ref().unwrap().flavour;
    assert_eq!(flavour.name, "cluster-template-eks-managedmachinepool.yaml");
}

#[test]
fn the_cursor_goes_to_the_first_question_that_stands_in_the_way() {
    let mut app = form((80, 24));
    ask(&mut app, "SERVICE_DOMAIN", "clus_ter");
    ask(&mut app, "KUBERNETES_VERSION", "v0.1.0");
    press(&mut app, "down down");
    press(&mut app, "ctrl-s");
    assert_eq!(state(&app).field().unwrap().variable, "KUBERNETES_VERSION");
    let screen = plain(&app);
    assert!(screen.contains("2 answers are missing or wrong"), "{screen}");
}

#[test]
fn what_is_possible_for_a_namespace_comes_back_to_the_default() {
    // Nothing is seen in it.
    let session = crate::sample::session("bare", fleetui_fleet::session::Connection::Live);
    let team = serde_json::json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "far", "namespace": "team", "uid": "far"}, "spec": {},
    });
    let updates = vec![session, crate::sample::objects("bare", &[team])];
    let mut app = crate::sample::app_with(crate::sample::options((80, 24)), updates);
    line(&mut app, "create simulated");
    press(&mut app, "up");
    let all = state(&app).suggestions.clone();
    assert_eq!(all, ["default", "team"]);
    for _ in &all {
        press(&mut app, "ctrl-n");
    }
    assert_eq!(said(&app, "NAMESPACE"), "default");
}

#[test]
fn templates_are_read_from_files_but_none_with_secrets() {
    let read = |text: &str| {
        let mut app = app((120, 40));
        let effects = line(&mut app, "create /tmp/mine.yaml");
        let effect = effects
            .iter()
            .find(|effect| matches!(&effect.action, Action::Template(file) if file == "/tmp/mine.yaml"));
        let id = effect.unwrap().id;
        creating(
            &mut app,
            id,
            Creating::Template(Flavour::template("mine.yaml", text)),
        );
        app
    };
    let app = read(
        "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  labels: {region: \"${AWS_REGION}\"}\n",
    );
    insta::assert_snapshot!("template-120x40", plain(&app));
    let cluster =
        "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\"}\n";
    let app = read(&format!(
        "{cluster}---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: ${{CLUSTER_NAME}}\n"
    ));
    assert!(
        plain(&app).contains("fleetui create cluster creates it"),
        "{}",
        plain(&app)
    );
    let app = read("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${CLUSTER_NAME}\n");
    let screen = plain(&app);
    assert!(
        screen.contains("there is no Cluster in mine.yaml, only ConfigMap"),
        "{screen}"
    );
    assert!(state(&app).form.is_none(), "nothing is asked in vain");
    let app = read("a: ${B");
    assert!(plain(&app).contains("missing closing brace"), "{}", plain(&app));
}

#[test]
fn a_cluster_that_is_there_is_a_draft() {
    let mut app = app((120, 40));
    line(&mut app, "create from cluster payments");
    let form = state(&app).form.as_ref().unwrap();
    assert_eq!(form.name(), "", "no two have the same");
    assert!(form.version().is_some());
    assert!(
        plain(&app).contains("create a cluster like default/payments"),
        "{}",
        plain(&app)
    );
    let mut app = self::app((120, 40));
    line(&mut app, "create from nowhere");
    assert!(
        plain(&app).contains("there is no Cluster nowhere"),
        "{}",
        plain(&app)
    );
}

/// Two management clusters have a cluster of this name, and one of them has it in another namespace too.
#[test]
fn of_clusters_that_are_called_alike_one_is_named_whole() {
    let cluster = |namespace: &str, name: &str| {
        serde_json::json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
            "metadata": {"name": name, "namespace": namespace, "uid": format!("{namespace}-{name}")},
            "spec": {"infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": name}},
        })
    };
    let opened = || {
        let live = fleetui_fleet::session::Connection::Live;
        let updates = vec![
            crate::sample::session("a", live.clone()),
            crate::sample::objects(
                "a",
                &[
                    cluster("default", "edge"),
                    cluster("team", "edge"),
                    cluster("team", "one"),
                ],
            ),
            crate::sample::session("b", live),
            crate::sample::objects("b", &[cluster("default", "edge")]),
        ];
        crate::sample::app_with(crate::sample::options((120, 40)), updates)
    };
    let typed = ["one", "team/edge", "a/default/edge", "b/default/edge"];
    for name in typed {
        let mut app = opened();
        line(&mut app, &format!("create from {name}"));
        let like = state(&app).form.as_ref().unwrap().like.as_ref().unwrap();
        let key = &like.cluster;
        let whole = format!("{}/{}", key.management_cluster, key.object);
        assert!(whole.ends_with(name), "{whole}");
    }
    let mut app = opened();
    line(&mut app, "create from edge");
    let screen = plain(&app);
    assert!(
        screen.contains("there are 3 Clusters edge: a/default/edge, a/team/edge, b/default/edge"),
        "{screen}"
    );
    press(&mut app, ":");
    crate::sample::type_text(&mut app, "create from ");
    let mut offered = app.prompt.as_ref().unwrap().candidates.clone();
    offered.sort();
    let expected = typed.map(|name| format!("create from {name}"));
    assert!(expected.iter().all(|name| offered.contains(name)), "{offered:?}");
}

#[test]
fn nothing_is_created_where_nothing_may_be_written() {
    let mut read_only = options((120, 40));
    read_only.read_only = true;
    let mut app = app_with(read_only, updates());
    line(&mut app, "create simulated");
    assert!(app.stack.is_empty());
    assert!(
        plain(&app).contains("no management cluster that may be written to"),
        "{}",
        plain(&app)
    );
    // Or not any more, once it was asked about.
    let mut app = form((120, 40));
    reviewed(&mut app);
    app.access = crate::access::Access::ReadOnly;
    let effects = press(&mut app, "enter");
    assert!(asked(&effects).is_empty(), "{effects:?}");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect.action, Action::Note(_))),
        "the try is written down"
    );
}

/// A late answer changes nothing.
#[test]
fn answers_to_what_was_left_are_dropped() {
    let mut app = form((120, 40));
    let effects = press(&mut app, "ctrl-s");
    let (id, _) = asked(&effects).remove(0);
    let effects = press(&mut app, "esc");
    assert!(
        effects.iter().any(|effect| effect.action == Action::Abandon(id)),
        "{effects:?}"
    );
    answer(&mut app, id, Answer::Done(AuditId("1".into()), Vec::new()));
    assert!(matches!(state(&app).phase, Phase::Form));
    let management_cluster: ManagementCluster = state(&app).form.as_ref().unwrap().management_cluster.clone();
    assert!(!management_cluster.as_str().is_empty());
}

/// Effects upon drafts of creations.
fn drafting(effects: &[Effect]) -> Vec<CreateDrafting> {
    let drafting = effects.iter().filter_map(|effect| match &effect.action {
        Action::CreateDrafts(what) => Some(what.clone()),
        _ => None,
    });
    drafting.collect()
}

/// The draft that is kept by the next tick.
fn kept(app: &mut App) -> CreateDraft {
    let kept = drafting(&update(app, Msg::Tick(now())));
    match kept.into_iter().next() {
        Some(CreateDrafting::Keep(draft)) => *draft,
        other => panic!("{other:?}"),
    }
}

/// The questions about drafts and about what was interrupted, of a screen that is opened.
fn opened(app: &mut App) -> (EffectId, EffectId) {
    let effects = line(app, "create");
    let read = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::CreateDrafts(CreateDrafting::Read)));
    let (stored, request) = asked(&effects).remove(0);
    assert!(matches!(request, Request::Creations(_)), "{request:?}");
    (read.unwrap().id, stored)
}

#[test]
fn no_draft_takes_the_place_of_another_whatever_they_are_called() {
    let mut app = form((120, 40));
    let first = kept(&mut app);
    type_text(&mut app, "-2");
    let renamed = kept(&mut app);
    assert_eq!(
        CreateDraftName::of(&first),
        CreateDraftName::of(&renamed),
        "another answer is no other draft"
    );
    press(&mut app, "esc");
    let later = now() + jiff::SignedDuration::from_secs(1);
    update(&mut app, Msg::Tick(later));
    line(&mut app, "create simulated");
    type_text(&mut app, "edge");
    let second = kept(&mut app);
    assert_ne!(CreateDraftName::of(&first), CreateDraftName::of(&second));
    // What is gone on with stays what it was.
    press(&mut app, "esc");
    let (read, _) = opened(&mut app);
    creating(
        &mut app,
        read,
        Creating::Drafts(vec![second.clone(), first.clone()]),
    );
    press(&mut app, "j j j enter");
    type_text(&mut app, "-3");
    assert_eq!(CreateDraftName::of(&kept(&mut app)), CreateDraftName::of(&first));
}

/// The network of Pods that holds, whether somebody has said it or not.
fn pods(app: &App) -> String {
    let form = state(app).form.as_ref().unwrap();
    form.field("POD_CIDR").unwrap().value().to_owned()
}

#[test]
fn what_an_interrupted_creation_took_is_nobodys_default_wherever_it_was_begun() {
    let mut first = form((120, 40));
    let mut creation = reviewed(&mut first);
    let taken = pods(&first);
    creation.cluster.management_cluster = ManagementCluster::new("another");
    let mut app = app((120, 40));
    let effects = line(&mut app, "create simulated");
    type_text(&mut app, "other");
    assert_eq!(pods(&app), taken, "nobody has told yet");
    let (stored, request) = asked(&effects).remove(0);
    assert!(matches!(request, Request::Creations(_)), "{request:?}");
    creating(&mut app, stored, Creating::Stored(vec![creation.clone()]));
    assert_ne!(pods(&app), taken);
    press(&mut app, "down down down down");
    assert_eq!(state(&app).field().unwrap().variable, "POD_CIDR");
    type_text(&mut app, &taken);
    let screen = plain(&app);
    assert!(
        screen.contains("default/edge in another, whose creation is not"),
        "{screen}"
    );
    // It is offered where it can be gone on with.
    press(&mut app, "esc");
    let (_, stored) = opened(&mut app);
    creating(&mut app, stored, Creating::Stored(vec![creation]));
    assert!(
        !state(&app)
            .choices
            .iter()
            .any(|choice| matches!(choice, super::state::Choice::Interrupted(_)))
    );
}

#[test]
fn what_is_created_leaves_no_draft_behind_whoever_resumed_it() {
    let mut app = form((120, 40));
    let draft = kept(&mut app);
    let creation = reviewed(&mut app);
    let effects = press(&mut app, "enter");
    let begun = drafting(&effects);
    assert!(
        matches!(begun.as_slice(), [CreateDrafting::Keep(kept)] if kept.creation.as_deref() == Some(creation.id.as_str())),
        "{begun:?}"
    );
    let (create, _) = asked(&effects).remove(0);
    let gone = [
        CreateDrafting::Drop(CreateDraftName::of(&draft)),
        CreateDrafting::Created(creation.cluster.clone(), "simulated".to_owned()),
    ];
    let effects = creating(&mut app, create, Creating::Done(Vec::new()));
    assert_eq!(drafting(&effects), gone);
    // One that another run began: it knows no form.
    let mut app = self::app((120, 40));
    let (_, stored) = opened(&mut app);
    creating(&mut app, stored, Creating::Stored(vec![creation.clone()]));
    press(&mut app, "j j enter");
    let (look, _) = asked(&press(&mut app, "enter")).remove(0);
    let whole = Creation {
        state: CreationState::Created,
        ..creation.clone()
    };
    let effects = creating(&mut app, look, Creating::Stands(0, Some(whole)));
    assert_eq!(drafting(&effects), gone[1..]);
}

#[test]
fn a_draft_is_not_offered_once_what_was_begun_from_it_is_there() {
    let mut app = app((120, 40));
    let cluster = app
        .fleet()
        .rows(None)
        .find(|row| row.facts.role == fleetui_api::kinds::Role::Cluster)
        .map(|row| row.key())
        .unwrap();
    let mut form = form((120, 40));
    let begun = CreateDraft {
        creation: Some("1-edge".to_owned()),
        management_cluster: cluster.management_cluster.clone(),
        answers: vec![
            ("NAMESPACE".to_owned(), cluster.object.namespace.to_string()),
            ("CLUSTER_NAME".to_owned(), cluster.object.name.to_string()),
        ],
        ..kept(&mut form)
    };
    let (read, stored) = opened(&mut app);
    let effects = creating(&mut app, read, Creating::Drafts(vec![begun.clone()]));
    assert_eq!(drafting(&effects), [], "it is not known yet what was interrupted");
    let effects = creating(&mut app, stored, Creating::Stored(Vec::new()));
    assert_eq!(
        drafting(&effects),
        [CreateDrafting::Drop(CreateDraftName::of(&begun))]
    );
    assert!(!plain(&app).contains("draft  "), "{}", plain(&app));
}

#[test]
fn a_namespace_that_is_not_there_is_told_at_its_question() {
    let mut app = form((120, 40));
    press(&mut app, "up");
    assert_eq!(state(&app).field().unwrap().variable, "NAMESPACE");
    type_text(&mut app, "nope");
    let effects = update(&mut app, Msg::Tick(now()));
    let (id, request) = asked(&effects).remove(0);
    assert!(
        matches!(&request, Request::Namespace(_, name) if name == "nope"),
        "{request:?}"
    );
    assert!(
        asked(&update(&mut app, Msg::Tick(now()))).is_empty(),
        "it is asked once"
    );
    creating(&mut app, id, Creating::Namespace(false));
    let screen = plain(&app);
    let question = screen.lines().find(|line| line.contains("namespace ")).unwrap();
    assert!(
        question.contains('✖') && question.contains("there is no namespace nope"),
        "{screen}"
    );
    assert!(
        asked(&press(&mut app, "ctrl-s")).is_empty(),
        "it stands in the way"
    );
    // Another one is another question, and one that is there is none.
    type_text(&mut app, "s");
    assert!(!plain(&app).contains("there is no namespace"), "{}", plain(&app));
    let (id, _) = asked(&update(&mut app, Msg::Tick(now()))).remove(0);
    creating(&mut app, id, Creating::Namespace(true));
    assert!(!plain(&app).contains("there is no namespace"), "{}", plain(&app));
}

#[test]
fn a_namespace_that_the_server_misses_is_told_at_its_question_too() {
    let mut app = form((120, 40));
    press(&mut app, "up");
    type_text(&mut app, "nope");
    press(&mut app, "down down");
    let (id, _) = asked(&press(&mut app, "ctrl-s")).remove(0);
    answer(
        &mut app,
        id,
        Answer::Failed(failure("namespaces \"nope\" not found")),
    );
    assert_eq!(
        state(&app).field().unwrap().variable,
        "NAMESPACE",
        "the cursor goes there"
    );
    assert!(
        state(&app)
            .wrong()
            .any(|remark| remark.variable.as_deref() == Some("NAMESPACE")),
        "{:?}",
        state(&app).remarks
    );
}

#[test]
fn what_is_possible_for_a_network_is_one_key_away() {
    let mut app = form((120, 40));
    let pods = |state: &State| state.field().is_some_and(|field| field.variable == "POD_CIDR");
    while !pods(state(&app)) {
        press(&mut app, "tab");
    }
    let known = state(&app).suggestions.clone();
    assert!(known.len() > 1, "{known:?}");
    press(&mut app, "ctrl-n");
    assert_eq!(said(&app, "POD_CIDR"), known[0]);
    press(&mut app, "ctrl-n");
    assert_eq!(
        said(&app, "POD_CIDR"),
        known[1],
        "its own answer does not change what is free"
    );
}

const WITH_TOPOLOGY: &str = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\nspec:\n  topology:\n    classRef: {name: quick}\n    version: v1.33.4\n";

/// What clusterctl's users have in their environment and in a file is an answer, as it is to the command.
#[test]
fn variables_that_are_known_before_are_answers() {
    let mut known =
        Variables::of_environment([("AWS_REGION".to_owned(), "eu-west-1".to_owned())].into_iter());
    known
        .add_file("AWS_REGION: us-east-1\nAWS_SSH_KEY_NAME: ops\n")
        .unwrap();
    let mut options = options((80, 24));
    options.variables = known;
    let mut app = app_with(options, updates());
    let effects = line(&mut app, "create /tmp/mine.yaml");
    let read = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Template(_)));
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\", labels: {r: \"${AWS_REGION}\", k: \"${AWS_SSH_KEY_NAME}\"}}\n";
    let flavour = Flavour::template("mine.yaml", text);
    creating(&mut app, read.unwrap().id, Creating::Template(flavour));
    let form = state(&app).form.as_ref().unwrap();
    let value = |variable: &str| form.field(variable).unwrap().value().to_owned();
    assert_eq!(value("AWS_REGION"), "eu-west-1", "the environment wins");
    assert_eq!(value("AWS_SSH_KEY_NAME"), "ops");
}

/// The form of a template that was read.
fn template(size: (u16, u16), text: &str) -> App {
    let mut app = app(size);
    let effects = line(&mut app, "create /tmp/mine.yaml");
    let read = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Template(_)));
    let flavour = Flavour::template("mine.yaml", text);
    creating(&mut app, read.unwrap().id, Creating::Template(flavour));
    app
}

#[test]
fn a_template_with_a_topology_is_refused_where_a_class_is() {
    let mut app = template((80, 24), WITH_TOPOLOGY);
    assert!(
        plain(&app).contains("no Cluster and no ClusterClass of mgmt-taipei"),
        "{}",
        plain(&app)
    );
    type_text(&mut app, "edge");
    assert!(asked(&press(&mut app, "ctrl-s")).is_empty());
    assert!(matches!(state(&app).phase, Phase::Form));
    let why = fleetui_fleet::create::topology_runs(
        app.fleet(),
        &state(&app).form.as_ref().unwrap().management_cluster,
    );
    assert!(
        state(&app)
            .wrong()
            .any(|remark| remark.what == *why.as_ref().unwrap_err())
    );
    // Nor is a topology brought in by the text.
    let mut app = form((120, 40));
    press(&mut app, "ctrl-y");
    let text = state(&app).text.whole();
    let changed = text.replace(
        "  controlPlaneRef:\n",
        "  topology:\n    classRef:\n      name: quick\n    version: v1.33.4\n  controlPlaneRef:\n",
    );
    assert_ne!(changed, text);
    put(&mut app, &changed);
    assert!(asked(&press(&mut app, "ctrl-s")).is_empty(), "{}", plain(&app));
    assert!(
        plain(&app).contains("no Cluster and no ClusterClass of mgmt-taipei"),
        "{}",
        plain(&app)
    );
    // And a class by its name is refused with the same words, or is not there.
    let mut app = self::app((120, 40));
    line(&mut app, "create class/nowhere");
    assert!(app.stack.is_empty());
    assert!(
        plain(&app).contains("there is no ClusterClass nowhere in"),
        "{}",
        plain(&app)
    );
}

#[test]
fn why_a_template_cannot_be_read_is_told_whole() {
    let mut app = app((80, 24));
    let effects = line(&mut app, "create /tmp/templates");
    let read = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Template(_)));
    let why = "/tmp/templates has no cluster-template.yaml; it has a.yaml, b.yaml: name a file, or a flavor with --flavor";
    let message = Shown::line(why);
    let kind = FailureKind::Refused;
    answer(
        &mut app,
        read.unwrap().id,
        Answer::Failed(Failure { kind, message }),
    );
    let screen = plain(&app);
    let words: Vec<&str> = screen.split_whitespace().collect();
    assert!(words.join(" ").contains(why), "{screen}");
}

#[test]
fn what_fits_is_not_cut() {
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  annotations:\n    a: \"${AWS_MANAGED_CONTROL_PLANE_ROLE_ADDITIONAL_POLICY}\"\n    b: \"${IMAGE:=registry.example.com/a/rather/long/repository/of/images:v1.33.4-with-more}\"\n    c: \"${NUMBER}\"\nspec:\n  paused: true\n";
    let mut app = template((200, 50), text);
    type_text(&mut app, "edge");
    let screen = plain(&app);
    for whole in [
        "AWS_MANAGED_CONTROL_PLANE_ROLE_ADDITIONAL_POLICY ",
        "✖ is required",
        "registry.example.com/a/rather/long/repository/of/images:v1.33.4-with-more",
    ] {
        assert!(screen.contains(whole), "{whole}: {screen}");
    }
    assert!(!screen.contains('…'), "{screen}");
    insta::assert_snapshot!("template-200x50", screen);
}

#[test]
fn what_is_not_taken_over_from_a_cluster_is_told_in_form_review_and_draft() {
    let opened_like = |size: (u16, u16)| {
        let mut app = app(size);
        let effects = line(&mut app, "create from payments");
        let mut asked = asked(&effects).into_iter();
        let (id, request) = asked
            .find(|(_, request)| matches!(request, Request::Originals(..)))
            .unwrap();
        (app, id, request)
    };
    let (mut app, id, request) = opened_like((120, 40));
    let Request::Originals(_, keys) = request else {
        panic!("{request:?}")
    };
    assert!(
        keys.iter().any(|key| &*key.kind.kind == "KubeadmControlPlane"),
        "{keys:?}"
    );
    let cluster = json!({"kind": "Cluster", "metadata": {"name": "payments", "labels": {"env": "prod"}}});
    let infrastructure = json!({"kind": "ByoCluster", "metadata": {"name": "payments"}, "spec": {"bundleLookupBaseRegistry": "registry.example/byoh"}});
    let original = || Creating::Originals(vec![cluster.clone(), infrastructure.clone()], None);
    creating(&mut app, id, original());
    let told = "not taken over from default/payments: labels env=prod";
    assert!(plain(&app).contains(told), "{}", plain(&app));
    insta::assert_snapshot!("form-like-120x40", plain(&app));
    type_text(&mut app, "edge");
    ask(&mut app, "CONTROL_PLANE_ENDPOINT_IP", "192.0.2.77");
    assert_eq!(
        said(&app, "BUNDLE_LOOKUP_BASE_REGISTRY"),
        "registry.example/byoh",
        "as it has it"
    );
    assert!(plain(&app).contains(told), "{}", plain(&app));
    let draft = kept(&mut app);
    reviewed(&mut app);
    assert!(plain(&app).contains(told), "{}", plain(&app));
    // The draft says it too, and is held against the cluster as it is by then.
    let mut again = self::app((120, 40));
    let (read, stored) = opened(&mut again);
    creating(&mut again, stored, Creating::Stored(Vec::new()));
    creating(&mut again, read, Creating::Drafts(vec![draft]));
    assert!(
        plain(&again).contains("edge, 2026-08-21 12:00 UTC, like default/payments in mgmt-"),
        "{}",
        plain(&again)
    );
    let effects = press(&mut again, "j j enter");
    assert!(plain(&again).contains(told), "{}", plain(&again));
    let (id, _) = asked(&effects)
        .into_iter()
        .find(|(_, request)| matches!(request, Request::Originals(..)))
        .unwrap();
    creating(&mut again, id, Creating::Originals(Vec::new(), None));
    assert!(!plain(&again).contains("not taken over"), "{}", plain(&again));
    // Nor is it passed over while they are being read.
    let (mut app, ..) = opened_like((120, 40));
    type_text(&mut app, "edge");
    ask(&mut app, "CONTROL_PLANE_ENDPOINT_IP", "192.0.2.77");
    ask(&mut app, "BUNDLE_LOOKUP_BASE_REGISTRY", "registry.example/byoh");
    reviewed(&mut app);
    let waits = "what of default/payments is not taken over is not known yet";
    assert!(plain(&app).contains(waits), "{}", plain(&app));
    // Who cannot read them does not believe that there is nothing.
    let unread = "no right to read it";
    let partly = Creating::Originals(Vec::new(), Some(Shown::ours(unread)));
    for heard in [
        Answer::Creating(Box::new(partly)),
        Answer::Failed(failure(unread)),
    ] {
        let (mut app, id, _) = opened_like((80, 24));
        answer(&mut app, id, heard);
        let screen = plain(&app);
        let words: Vec<&str> = screen.split_whitespace().collect();
        let expected = format!("what of default/payments is not taken over is not all known: {unread}");
        assert!(words.join(" ").contains(&expected), "{screen}");
    }
}

/// The form of a class with two sets of workers, whose topology is reconciled.
fn of_class(size: (u16, u16)) -> App {
    let mut updates = updates();
    updates.push(objects("mgmt-taipei", &of_topology()));
    let mut app = app_with(options(size), updates);
    let effects = line(&mut app, "create class/quick");
    let mut asked = asked(&effects).into_iter();
    let (id, _) = asked
        .find(|(_, request)| matches!(request, Request::Editable { .. }))
        .unwrap();
    let class = Editable::new(class(), Vec::new(), None);
    answer(&mut app, id, Answer::Editable(Box::new(class)));
    app
}

fn class() -> serde_json::Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass",
        "metadata": {"name": "quick", "namespace": "default", "uid": "uid-class"},
        "spec": {
            "workers": {"machineDeployments": [{"class": "default-worker"}, {"class": "gpu"}]},
            "variables": [
                {"name": "region", "required": true, "schema": {"openAPIV3Schema": {"type": "string", "enum": ["eu", "us"], "description": "Where it is."}}},
                {"name": "etcdSize", "schema": {"openAPIV3Schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 4}}},
                {"name": "proxy", "schema": {"openAPIV3Schema": {"type": "object", "required": ["host"], "properties": {
                    "host": {"type": "string", "pattern": "^[a-z.]+$"}, "zones": {"type": "array", "items": {"type": "string"}}}}}},
            ],
        },
    })
}

/// A class, and a cluster of it whose topology is reconciled.
fn of_topology() -> Vec<serde_json::Value> {
    let mut cluster = crate::sample::cluster("classy", &[], None).remove(0);
    cluster["spec"]["topology"] = json!({"classRef": {"name": "quick"}, "version": "v1.31.2"});
    let reconciled = crate::sample::condition("TopologyReconciled", "True", "");
    cluster["status"]["conditions"]
        .as_array_mut()
        .unwrap()
        .push(reconciled);
    vec![class(), cluster]
}

#[test]
fn a_class_asks_by_its_own_names_and_says_what_its_variables_take() {
    let mut app = of_class((120, 40));
    assert!(
        plain(&app).contains("create a cluster from class/quick"),
        "{}",
        plain(&app)
    );
    type_text(&mut app, "edge");
    for (variable, expected) in [
        ("VARIABLE_REGION", "takes: string, one of eu, us, required"),
        ("VARIABLE_ETCD_SIZE", "takes: integer, 1 to 9"),
        (
            "VARIABLE_PROXY",
            "takes: object {host: string, matches ^[a-z.]+$, required; zones: list of string}",
        ),
        ("WORKER_MACHINE_COUNT", "md-0 (default-worker), md-1 (gpu)"),
    ] {
        ask(&mut app, variable, "");
        assert!(plain(&app).contains(expected), "{variable}: {}", plain(&app));
    }
    ask(&mut app, "VARIABLE_PROXY", "");
    insta::assert_snapshot!("class-120x40", plain(&app));
    assert!(!plain(&app).contains("null"), "{}", plain(&app));
}

/// What only the server can judge is told at the question too, until the answer is another one.
#[test]
fn what_the_server_refuses_of_a_classs_variable_stands_at_its_question() {
    let mut app = of_class((120, 40));
    type_text(&mut app, "edge");
    ask(&mut app, "VARIABLE_REGION", "eu");
    ask(&mut app, "VARIABLE_ETCD_SIZE", "3");
    let effects = press(&mut app, "ctrl-s");
    let [(id, Request::Act(..))] = asked(&effects)[..] else {
        panic!("{effects:?}\n{}", plain(&app));
    };
    let message = "admission webhook denied the request: Cluster \"edge\" is invalid: spec.topology.variables[etcdSize].value: Invalid value: 3: must be even";
    let failure = Failure {
        kind: FailureKind::Refused,
        message: Shown::line(message),
    };
    answer(&mut app, id, Answer::Failed(failure));
    let told = |app: &App| {
        let remark = state(app).remark("VARIABLE_ETCD_SIZE");
        remark.is_some_and(|remark| remark.what == "the server refuses it: Invalid value: 3: must be even")
    };
    assert!(told(&app), "{}", plain(&app));
    assert!(plain(&app).contains("▌ etcdSize"), "{}", plain(&app));
    assert!(
        asked(&press(&mut app, "ctrl-s")).is_empty(),
        "it is not asked again"
    );
    press(&mut app, "ctrl-u");
    type_text(&mut app, "4");
    assert!(!told(&app), "{}", plain(&app));
    assert!(!asked(&press(&mut app, "ctrl-s")).is_empty(), "{}", plain(&app));
}

#[test]
fn the_draft_of_a_class_comes_back_with_its_answers() {
    let mut app = of_class((120, 40));
    type_text(&mut app, "edge");
    ask(&mut app, "WORKER_MACHINE_COUNT", "md-0=2,md-1=1");
    ask(&mut app, "VARIABLE_REGION", "eu");
    ask(&mut app, "VARIABLE_PROXY", "{host: a.example}");
    press(&mut app, "ctrl-y");
    let before = state(&app).text.whole();
    press(&mut app, "ctrl-y");
    let (mut again, text) = reopened(&mut app);
    assert_eq!(text, before);
    assert!(
        text.contains("replicas: 1") && text.contains("host: a.example"),
        "{text}"
    );
    for (variable, answer) in [
        ("CLUSTER_NAME", "edge"),
        ("WORKER_MACHINE_COUNT", "md-0=2,md-1=1"),
        ("VARIABLE_REGION", "eu"),
        ("VARIABLE_PROXY", "{host: a.example}"),
    ] {
        assert_eq!(said(&again, variable), answer);
    }
    // Its questions and their rules are there as well, also where the class is read no more.
    ask(&mut again, "VARIABLE_ETCD_SIZE", "10");
    assert!(
        plain(&again).contains("takes: integer, 1 to 9"),
        "{}",
        plain(&again)
    );
    assert_eq!(
        state(&again).remark("VARIABLE_ETCD_SIZE").unwrap().what,
        "10 is more than 9"
    );
}

/// Goes to a question and answers it.
fn ask(app: &mut App, variable: &str, answer: &str) {
    while state(app).field().is_none_or(|field| field.variable != variable) {
        press(app, "tab");
    }
    type_text(app, answer);
}

/// What the draft that is kept gives back after a new start, and the same as the YAML of its objects.
fn reopened(app: &mut App) -> (App, String) {
    let draft = kept(app);
    // What is not on the disk is not there again.
    let draft: CreateDraft = serde_json::from_str(&serde_json::to_string(&draft).unwrap()).unwrap();
    let mut again = self::app((120, 40));
    let (read, stored) = opened(&mut again);
    creating(&mut again, stored, Creating::Stored(Vec::new()));
    creating(&mut again, read, Creating::Drafts(vec![draft]));
    while !matches!(
        state(&again)
            .list
            .cursor()
            .and_then(|at| state(&again).choices.get(*at)),
        Some(super::state::Choice::Draft(_))
    ) {
        press(&mut again, "j");
    }
    press(&mut again, "enter");
    press(&mut again, "ctrl-y");
    let text = state(&again).text.whole();
    press(&mut again, "ctrl-y");
    (again, text)
}

#[test]
fn a_draft_has_the_answers_that_were_given_after_its_text_was_edited() {
    let mut app = form((120, 40));
    ask(&mut app, "CONTROL_PLANE_MACHINE_COUNT", "2");
    press(&mut app, "ctrl-y");
    let text = state(&app).text.whole();
    let changed = text.replacen(
        "\n  name: edge\n",
        "\n  name: edge\n  annotations:\n    tier: far\n",
        1,
    );
    assert_ne!(changed, text);
    put(&mut app, &changed);
    press(&mut app, "ctrl-y");
    ask(&mut app, "CONTROL_PLANE_MACHINE_COUNT", "3");
    ask(&mut app, "WORKER_MACHINE_COUNT", "4");
    press(&mut app, "ctrl-y");
    let before = state(&app).text.whole();
    press(&mut app, "ctrl-y");
    let (mut again, text) = reopened(&mut app);
    assert_eq!(said(&again, "CONTROL_PLANE_MACHINE_COUNT"), "3");
    assert_eq!(said(&again, "WORKER_MACHINE_COUNT"), "4");
    assert!(text.contains("tier: far"), "{text}");
    assert_eq!(text, before);
    // An answer that makes no objects takes nothing of the text away.
    ask(&mut again, "CLUSTER_NAME", "Edge!");
    let draft = kept(&mut again);
    assert!(draft.edited.is_some(), "{draft:?}");
    // What is typed into the text is newer than the answers.
    ask(&mut again, "CLUSTER_NAME", "edge");
    press(&mut again, "ctrl-y");
    put(
        &mut again,
        &text
            .replace("replicas: 3", "replicas: 5")
            .replace("tier: far", "tier: near"),
    );
    type_text(&mut again, "#\n");
    let (last, text) = reopened(&mut again);
    assert_eq!(said(&last, "CONTROL_PLANE_MACHINE_COUNT"), "5");
    assert!(text.contains("tier: near"), "{text}");
}

#[test]
fn a_draft_is_not_offered_beside_the_interrupted_creation_that_was_begun_from_it() {
    let mut app = form((120, 40));
    let creation = reviewed(&mut app);
    let begun = match drafting(&press(&mut app, "enter")).remove(0) {
        CreateDrafting::Keep(draft) => *draft,
        other => panic!("{other:?}"),
    };
    let other = CreateDraft {
        id: "another".to_owned(),
        creation: Some("another".to_owned()),
        ..begun.clone()
    };
    for is_first in [true, false] {
        let mut app = self::app((120, 40));
        let (read, stored) = opened(&mut app);
        let drafts = Creating::Drafts(vec![begun.clone(), other.clone()]);
        let answers = [(read, drafts), (stored, Creating::Stored(vec![creation.clone()]))];
        let mut answers = Vec::from(answers);
        if !is_first {
            answers.reverse();
        }
        for (id, answer) in answers {
            let effects = creating(&mut app, id, answer);
            assert_eq!(
                drafting(&effects),
                [],
                "it is there again once that is taken back"
            );
        }
        let screen = plain(&app);
        assert_eq!(screen.matches("  draft  ").count(), 1, "{screen}");
        assert_eq!(screen.matches("  interrupted  ").count(), 1, "{screen}");
    }
}

#[test]
fn what_keeps_from_the_review_is_said_once_and_where_it_is() {
    let mut app = form((120, 40));
    ask(&mut app, "CONTROL_PLANE_MACHINE_COUNT", "2");
    let what = state(&app).wrong().next().unwrap().what.clone();
    let screen = |app: &App| plain(app).split_whitespace().collect::<Vec<&str>>().join(" ");
    let times = |app: &App| screen(app).matches(&what).count();
    assert_eq!(times(&app), 1, "{}", plain(&app));
    press(&mut app, "ctrl-s");
    assert_eq!(times(&app), 1, "{}", plain(&app));
    let whole = "it cannot be reviewed yet: one answer is missing or wrong";
    assert!(screen(&app).contains(whole), "{}", plain(&app));
    // What has room in its row stands there alone.
    let mut app = self::app((80, 24));
    line(&mut app, "create simulated");
    assert_eq!(plain(&app).matches("is required").count(), 1, "{}", plain(&app));
    // What has none stands whole below, and there alone.
    let mut app = form((80, 24));
    ask(&mut app, "CONTROL_PLANE_MACHINE_COUNT", "2");
    assert_eq!(times(&app), 1, "{}", plain(&app));
    for key in ["tab", "up"] {
        press(&mut app, "ctrl-s");
        press(&mut app, key);
        assert_eq!(times(&app), 0, "{}", plain(&app));
    }
}

#[test]
fn the_command_line_opens_where_nothing_is_typed() {
    let mut app = app((120, 40));
    line(&mut app, "create");
    line(&mut app, "problems");
    assert_eq!(app.place(), Place::Problems, "{}", plain(&app));
    let mut app = self::app((120, 40));
    let effects = line(&mut app, "create /tmp/templates");
    let read = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Template(_)));
    answer(&mut app, read.unwrap().id, Answer::Failed(failure("it is none")));
    assert!(matches!(state(&app).phase, Phase::Failed(_)));
    type_text(&mut app, ":");
    assert_eq!(app.place(), Place::Prompt, "{}", plain(&app));
    press(&mut app, "esc");
    assert_eq!(app.place(), Place::Create);
    // It is a character where text is.
    let mut app = form((120, 40));
    type_text(&mut app, ":");
    assert_eq!(
        (app.place(), said(&app, "CLUSTER_NAME").as_str()),
        (Place::Create, "edge:")
    );
    press(&mut app, "backspace");
    reviewed(&mut app);
    type_text(&mut app, ":");
    assert_eq!(
        app.place(),
        Place::Create,
        "what is about to be written is answered first"
    );
}
