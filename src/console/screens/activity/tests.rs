//! The screen of the activity: what it says of acts and tries, and what can be done from it.

use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName, Shown};
use fleetui_fleet::act::audit::{Outcome as Ended, Stage, Written};
use fleetui_fleet::act::{
    Act, Actor, AuditId, Confirm, Confirmed, Deed, Entry, FieldChange, Mode, Plan, Preview, Refusal, Step,
    Verb,
};
use fleetui_fleet::walk::{Holder, Known, StepState, Walk, WalkState, WalkStep};
use fleetui_fleet::{Update, Walks};
use jiff::SignedDuration;
use serde_json::json;

use crate::app::App;
use crate::command::Place;
use crate::effect::{Action, Answer, Failure, FailureKind, Outcome, Request};
use crate::msg::{Mouse, Msg};
use crate::sample::{app, now, plain, press, type_text};
use crate::update::update;

fn subject(kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new("mgmt-tokyo"),
        GroupKind::new("cluster.x-k8s.io", kind),
        ObjectName::new("default", name),
    )
}

fn entry(id: &str, minutes: i64, (kind, name): (&str, &str), deed: Deed, stage: Stage) -> Entry {
    let act = Act {
        subject: subject(kind, name),
        uid: format!("uid-{kind}-{name}").into(),
        deed,
        reason: (id == "4").then(|| "the peak is over".to_owned()),
    };
    let actor = Actor {
        user: "ines".into(),
        ssh: Some("10.0.0.7".into()),
        by: "console".into(),
        ..Actor::default()
    };
    let at = now() - SignedDuration::from_mins(minutes);
    Entry::new(AuditId(id.into()), at, actor, &act, stage)
}

fn intent(name: &str, from: i64, to: i64) -> Stage {
    Stage::Intent {
        writes: vec![Written {
            target: subject("MachineDeployment", name),
            uid: format!("uid-MachineDeployment-{name}").into(),
            api_version: "cluster.x-k8s.io/v1beta2".into(),
            verb: Verb::Patch,
            fields: vec![FieldChange {
                pointer: "/spec/replicas".to_owned(),
                before: Some(json!(from)),
                after: Some(json!(to)),
                hidden: false,
            }],
        }],
        confirmed: Confirmed::default(),
    }
}

const DEPLOYMENT: (&str, &str) = ("MachineDeployment", "payments-md-0");

/// Of the newest: under way, refused, done, cut off.
fn entries() -> Vec<Entry> {
    vec![
        entry(
            "6",
            0,
            ("Machine", "payments-cp-tn4rn"),
            Deed::Delete,
            intent("payments-md-0", 1, 1),
        ),
        entry(
            "5",
            2,
            ("Cluster", "payments"),
            Deed::Delete,
            Stage::Refused(Refusal::at(Step::ReadOnly, "read-only: nothing is written")),
        ),
        entry(
            "4",
            3,
            DEPLOYMENT,
            Deed::Scale("1".to_owned()),
            Stage::Outcome(Ended::Done),
        ),
        entry(
            "4",
            3,
            DEPLOYMENT,
            Deed::Scale("1".to_owned()),
            intent("payments-md-0", 3, 1),
        ),
        entry(
            "3",
            90,
            DEPLOYMENT,
            Deed::Scale("3".to_owned()),
            intent("payments-md-0", 2, 3),
        ),
    ]
}

fn opened(size: (u16, u16), entries: Vec<Entry>) -> App {
    let mut app = app(size);
    let effects = press(&mut app, "A");
    let asked = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Activity(_)))
        .expect("the log is read");
    let id = asked.id;
    let answer = Answer::Activity(entries.into());
    update(&mut app, Msg::Outcome(Outcome { id, answer }));
    app
}

#[test]
fn activity_tells_what_was_done_refused_and_cut_off() {
    for (size, name) in [
        ((80, 24), "activity-80x24"),
        ((120, 40), "activity-120x40"),
        ((200, 50), "activity-200x50"),
    ] {
        let mut app = opened(size, entries());
        press(&mut app, "j j");
        let text = plain(&app);
        for said in ["under way", "refused: read-only", "done", "cut off: not known"] {
            assert!(text.contains(said), "{said}:\n{text}");
        }
        assert!(text.contains("spec.replicas 3 → 1"), "{text}");
        assert!(text.contains("the peak is over"), "{text}");
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn the_management_cluster_is_named_at_any_width() {
    for size in [(80, 24), (100, 30), (120, 40)] {
        let text = plain(&opened(size, entries()));
        let row = text
            .lines()
            .find(|line| line.contains("scale to 1"))
            .expect("a row");
        assert!(
            row.contains("mgmt-tokyo") && row.contains("done"),
            "{size:?}: {row}"
        );
    }
}

#[test]
fn a_log_that_cannot_be_read_is_told() {
    let mut app = app((100, 30));
    let effects = press(&mut app, "A");
    let asked = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Activity(_)));
    let answer = Answer::Failed(Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("the audit log cannot be read: it is a directory"),
    });
    let id = asked.unwrap().id;
    update(&mut app, Msg::Outcome(Outcome { id, answer }));
    assert!(plain(&app).contains("it is a directory"), "{}", plain(&app));
}

#[test]
fn an_act_that_the_log_knows_ended_stands_once() {
    let done = |id: &str| {
        [Stage::Outcome(Ended::Done), intent("payments-md-0", 1, 1)]
            .map(|stage| entry(id, 0, DEPLOYMENT, Deed::Pause, stage))
            .to_vec()
    };
    for (log, rows) in [(Vec::new(), 1), (done("7"), 1)] {
        let mut app = app((120, 40));
        let plan = Plan {
            act: entry("7", 0, DEPLOYMENT, Deed::Pause, intent("payments-md-0", 1, 1)).act,
            writes: Vec::new(),
            preview: Preview::default(),
            checks: Vec::new(),
            confirm: Confirm::Key,
            planned: now(),
        };
        app.act.follow(Box::new(plan), now());
        let effects = press(&mut app, "A");
        let asked = effects
            .iter()
            .find(|effect| matches!(effect.action, Action::Activity(_)));
        let id = asked.unwrap().id;
        let is_told = !log.is_empty();
        let answer = Answer::Activity(log.into());
        update(&mut app, Msg::Outcome(Outcome { id, answer }));
        let text = plain(&app);
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("pause  ")).collect();
        assert_eq!(lines.len(), rows, "{text}");
        assert_eq!(lines[0].contains("ines"), is_told, "the one of the log: {text}");
    }
}

#[test]
fn an_empty_log_and_one_that_is_being_read_do_not_look_alike() {
    let mut app = app((100, 30));
    press(&mut app, "A");
    assert!(plain(&app).contains("reading the audit log"), "{}", plain(&app));
    let app = opened((100, 30), Vec::new());
    assert!(
        plain(&app).contains("nothing was done or tried from here yet"),
        "{}",
        plain(&app)
    );
}

#[test]
fn the_act_under_the_cursor_is_taken_back_and_its_object_opened() {
    let mut app = opened((120, 40), entries());
    press(&mut app, "j j");
    let effects = press(&mut app, "z");
    let id = effects[0].id;
    let answer = Answer::Activity(entries().into());
    let effects = update(&mut app, Msg::Outcome(Outcome { id, answer }));
    let undone = effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Act(plan, Mode::Preview)) => Some(plan.act.deed.clone()),
        _ => None,
    });
    assert_eq!(undone, Some(Deed::Undo(AuditId("4".into()))), "{}", plain(&app));
    press(&mut app, "esc enter");
    assert_eq!(app.place(), Place::Object);
    press(&mut app, "esc");
    assert_eq!(app.place(), Place::Activity);
    // The word does the same as the key.
    press(&mut app, "esc");
    type_text(&mut app, ":activity");
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Activity);
}

/// An upgrade of a cluster that stands so.
fn walk(name: &str, state: WalkState) -> Known {
    let step = |kind: &str, name: &str, state: StepState| WalkStep {
        kind: subject(kind, name).kind,
        target: ObjectName::new("default", name),
        uid: format!("uid-{kind}-{name}").into(),
        from: "v1.31.2".into(),
        to: "v1.32.4".into(),
        machines: 2,
        seconds: Some((300, 600)),
        state,
    };
    let walk = Walk {
        format: 1,
        id: "1".into(),
        cluster: ObjectName::new("default", name),
        cluster_uid: "u".into(),
        cluster_api_version: "cluster.x-k8s.io/v1beta2".into(),
        to: "v1.32.4".into(),
        steps: vec![
            step("KubeadmControlPlane", "payments-cp", StepState::Done(now())),
            step("MachineDeployment", "payments-md-0", StepState::Rolling(now())),
        ],
        at: 1,
        state,
        anyway: false,
        by: Actor {
            user: "ada".into(),
            ..Actor::default()
        },
        reason: Some("patch day".to_owned()),
        begun: now() - SignedDuration::from_mins(20),
        changed: now() - SignedDuration::from_mins(10),
    };
    Known {
        cluster: subject("Cluster", name),
        config_map: json!({}),
        walk: Ok(walk),
        holder: None,
        here: None,
    }
}

fn tell_walks(app: &mut App, walks: Vec<Known>) {
    let walks = Walks {
        management_cluster: ManagementCluster::new("mgmt-tokyo"),
        of: None,
        walks: walks.into_iter().map(std::sync::Arc::new).collect(),
    };
    update(app, Msg::Fleet(vec![Update::Walks(walks)]));
}

#[test]
fn upgrades_that_are_stored_stand_first_whoever_began_them() {
    let mut app = app((120, 40));
    let effects = press(&mut app, "A");
    let looked: Vec<_> = effects
        .iter()
        .filter_map(|effect| match &effect.action {
            Action::Ask(Request::LookAtWalks(name)) => Some((effect.id, name.to_string())),
            _ => None,
        })
        .collect();
    let names: Vec<&str> = looked.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        ["mgmt-taipei", "mgmt-tokyo"],
        "that which is stale is not asked"
    );
    for (size, name) in [((80, 24), "walks-80x24"), ((120, 40), "walks-120x40")] {
        let mut app = opened(size, entries());
        let mut held = walk("payments", WalkState::Going);
        held.holder = Some(Holder {
            identity: "ada@jump-1 (console 4711):9f".to_owned(),
            renewed: Some(now()),
            lasts_seconds: 30,
        });
        tell_walks(
            &mut app,
            vec![
                held,
                walk("stopped", WalkState::Stopped("Machine m: no quota".to_owned())),
                walk("ended", WalkState::Done),
            ],
        );
        press(&mut app, "g");
        let screen = plain(&app);
        if size.0 > 80 {
            for words in ["◔ step 2 of 2: Machine", "✖ stopped at step 2 of 2"] {
                assert!(screen.contains(words), "{words}: {screen}");
            }
        }
        for words in [
            "upgrade to v1.32.4",
            "2 of 4 machines replaced · about 5 min left",
            "walked by ada@jump-1 (console 4711)",
        ] {
            assert!(screen.contains(words), "{words}: {screen}");
        }
        // What has ended stands among the past.
        let line = |words: &str| screen.lines().position(|line| line.contains(words));
        assert!(line("Cluster ended") > line("Cluster payments"), "{screen}");
        insta::assert_snapshot!(name, screen);
        press(&mut app, "enter");
        assert_eq!(app.place(), Place::Upgrade);
    }
    // One that may not list them is told so.
    let (id, _) = looked.into_iter().next().unwrap();
    let message = Shown::ours("configmaps is forbidden");
    let answer = Answer::Failed(Failure {
        kind: FailureKind::Refused,
        message,
    });
    update(&mut app, Msg::Outcome(Outcome { id, answer }));
    let screen = plain(&app);
    assert!(
        screen.contains("stored in mgmt-taipei cannot be listed: configmaps is forbidden"),
        "{screen}"
    );
}

#[test]
fn rows_are_filtered_and_only_what_was_not_done_is_shown() {
    let mut app = opened((120, 40), entries());
    tell_walks(&mut app, vec![walk("payments", WalkState::Done)]);
    type_text(&mut app, "/kind=md age<1h");
    press(&mut app, "enter");
    let screen = plain(&app);
    assert!(
        screen.contains("scale to 1") && !screen.contains("scale to 3"),
        "{screen}"
    );
    assert!(!screen.contains("Cluster payments"), "{screen}");
    assert!(
        screen.contains("/kind=md age<1h") && screen.contains("4 hidden"),
        "{screen}"
    );
    press(&mut app, "esc");
    assert!(plain(&app).contains("scale to 3"), "{}", plain(&app));
    press(&mut app, "ctrl-z");
    let screen = plain(&app);
    assert!(
        screen.contains("cut off") && screen.contains("refused"),
        "{screen}"
    );
    assert!(!screen.contains("scale to 1"), "{screen}");
    press(&mut app, "esc");
    // Of one management cluster alone, where nothing was done.
    press(&mut app, "1");
    assert!(!plain(&app).contains("scale to"), "{}", plain(&app));
    press(&mut app, "0");
    type_text(&mut app, "/nobody");
    press(&mut app, "enter");
    assert!(
        plain(&app).contains("all of it is filtered out"),
        "{}",
        plain(&app)
    );
    press(&mut app, "esc esc");
    assert_eq!(app.place(), Place::Tree, "and then out");
}

#[test]
fn the_mouse_chooses_a_row_and_the_wheel_scrolls() {
    let many: Vec<Entry> = (0..60)
        .map(|at| {
            let deed = Deed::Scale(at.to_string());
            entry(
                &format!("id{at}"),
                at,
                DEPLOYMENT,
                deed,
                intent("payments-md-0", 1, at),
            )
        })
        .collect();
    let options = crate::app::AppOptions {
        mouse: true,
        ..crate::sample::options((120, 40))
    };
    let mut app = crate::sample::app_with(options, crate::sample::updates());
    let effects = press(&mut app, "A");
    let asked = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Activity(_)));
    let id = asked.unwrap().id;
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Activity(many.into()),
        }),
    );
    plain(&app);
    app.drawn();
    let cursor = |app: &App| match app.stack.last() {
        Some(crate::screens::Screen::Activity(activity)) => activity.cursor().unwrap().id.0.to_string(),
        _ => panic!(),
    };
    // The first row stands below header and titles.
    update(&mut app, Msg::Mouse(Mouse::Press(10, 5)));
    assert_eq!(cursor(&app), "id3");
    update(&mut app, Msg::Mouse(Mouse::WheelDown));
    assert_eq!(cursor(&app), "id6");
    for _ in 0..30 {
        update(&mut app, Msg::Mouse(Mouse::WheelDown));
    }
    assert_eq!(cursor(&app), "id59");
    assert!(plain(&app).contains("of 60"), "{}", plain(&app));
    update(&mut app, Msg::Mouse(Mouse::DoublePress(10, 5)));
    assert_eq!(app.place(), Place::Object);
}

#[test]
fn an_upgrade_is_not_taken_back() {
    let mut app = opened((120, 40), entries());
    tell_walks(&mut app, vec![walk("payments", WalkState::Going)]);
    press(&mut app, "g");
    let effects = press(&mut app, "z");
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect.action, Action::Activity(_)))
    );
    assert!(plain(&app).contains("cannot be taken back"), "{}", plain(&app));
}
