//! The screen of the activity: what it says of acts and tries, and what can be done from it.

use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_fleet::act::audit::{Outcome as Ended, Stage, Written};
use fleetui_fleet::act::{
    Act, Actor, AuditId, Confirmed, Deed, Entry, FieldChange, Mode, Refusal, Step, Verb,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::app::App;
use crate::command::Place;
use crate::effect::{Action, Answer, Outcome, Request};
use crate::msg::Msg;
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
        known_as: None,
        by: "console".into(),
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
