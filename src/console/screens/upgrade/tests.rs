//! The upgrade of a cluster on the screen: what is asked, what is told, and what grows old.

use std::sync::Arc;

use fleetui_api::kinds::Role;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::{AuditId, Deed, Mode, Plan, WalkDeed};
use fleetui_fleet::preflight::Gathered;
use fleetui_fleet::walk::{Here, Holder, Known, StepState, WalkState, read};
use fleetui_fleet::{Batch, Change, Row, Update, Walks};
use jiff::SignedDuration;

use crate::app::App;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request, Upgrading};
use crate::msg::Msg;
use crate::sample::{self, app, now, plain, press, type_text};
use crate::update::update;

/// The upgrade of the first cluster, opened; and what was asked for it.
fn open(size: (u16, u16)) -> (App, EffectId, ObjectKey) {
    let mut app = app(size);
    type_text(&mut app, ":clusters");
    press(&mut app, "enter");
    let effects = press(&mut app, "P");
    let (id, key) = asked(&effects).expect("the objects are asked for");
    (app, id, key)
}

fn asked(effects: &[Effect]) -> Option<(EffectId, ObjectKey)> {
    effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Gather(key)) => Some((effect.id, key.clone())),
        _ => None,
    })
}

fn answer(app: &mut App, id: EffectId, answer: Answer) {
    update(app, Msg::Outcome(Outcome { id, answer }));
}

/// The Cluster alone, as if nothing else of it could be read.
fn gathered(key: &ObjectKey) -> Upgrading {
    let object = serde_json::json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"namespace": key.object.namespace, "name": key.object.name, "uid": "u"},
        "spec": {"paused": true, "topology": {"classRef": {"name": "quick"}, "version": "v1.31.2"}},
    });
    Upgrading {
        gathered: Gathered {
            objects: vec![object],
            no_budgets: Some("there is no kubeconfig".to_owned()),
            read_at: now(),
            ..Gathered::default()
        },
        unread: None,
    }
}

#[test]
fn cluster_and_management_cluster_are_named_at_any_size() {
    for size in [(60, 15), (80, 24), (120, 40), (200, 50)] {
        let (mut app, id, key) = open(size);
        answer(&mut app, id, Answer::Upgrading(Box::new(gathered(&key))));
        let screen = plain(&app);
        let title = screen
            .lines()
            .find(|line| line.contains("VERDICT"))
            .expect("a title");
        let whose = format!("{} in {}", key.object.name, key.management_cluster);
        assert!(title.contains(&whose), "{size:?}: {title}");
    }
}

#[test]
fn an_upgrade_is_read_first_and_then_told() {
    for size in [(80, 24), (120, 40)] {
        let (mut app, id, key) = open(size);
        assert!(
            plain(&app).contains("reading the objects of the cluster"),
            "{}",
            plain(&app)
        );
        answer(&mut app, id, Answer::Upgrading(Box::new(gathered(&key))));
        let screen = plain(&app);
        for words in ["VERSION", "VERDICT", "holds", "Nothing is paused"] {
            assert!(screen.contains(words), "{words}: {screen}");
        }
        press(&mut app, "esc");
        assert!(!plain(&app).contains("VERDICT"), "{}", plain(&app));
    }
}

#[test]
fn what_cannot_be_read_is_said_and_asked_for_again() {
    let (mut app, id, _) = open((80, 24));
    let failure = Failure {
        kind: FailureKind::Unreachable,
        message: Shown::ours("the line is down"),
    };
    answer(&mut app, id, Answer::Failed(failure));
    assert!(plain(&app).contains("the line is down"), "{}", plain(&app));
    let soon = update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(5)));
    assert_eq!(asked(&soon), None, "not at every moment");
    let later = update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(11)));
    assert!(asked(&later).is_some());
}

#[test]
fn what_belongs_to_no_cluster_has_no_upgrade() {
    let mut app = app((80, 24));
    type_text(&mut app, ":contexts");
    press(&mut app, "enter");
    assert_eq!(asked(&press(&mut app, "P")), None);
}

/// The upgrade of `payments`, to a version that another cluster of the fleet has; as it is read.
fn over_payments(size: (u16, u16)) -> (App, ObjectKey) {
    let mut app = app(size);
    let mut other = sample::cluster("other", &[], None);
    for object in &mut other {
        if let Some(version) = object.pointer_mut("/spec/version") {
            *version = "v1.32.4".into();
        }
    }
    update(&mut app, Msg::Fleet(vec![sample::objects("mgmt-tokyo", &other)]));
    type_text(&mut app, ":clusters @mgmt-tokyo /name=payments");
    press(&mut app, "enter");
    let effects = press(&mut app, "P");
    let (id, key) = asked(&effects).expect("the objects are asked for");
    let read = Upgrading {
        gathered: Gathered {
            objects: sample::cluster("payments", &[("2hx7l", "node-9")], None),
            read_at: now(),
            ..Gathered::default()
        },
        unread: None,
    };
    answer(&mut app, id, Answer::Upgrading(Box::new(read)));
    (app, key)
}

fn acts(effects: &[Effect]) -> Vec<(EffectId, Plan, bool)> {
    let acts = effects.iter().filter_map(|effect| match &effect.action {
        Action::Ask(Request::Act(plan, mode)) => {
            Some((effect.id, Plan::clone(plan), matches!(mode, Mode::Perform(_))))
        }
        _ => None,
    });
    acts.collect()
}

/// The walk that a plan writes, as it is stored and known then.
fn stored(plan: &Plan, key: &ObjectKey, holder: Option<&str>) -> Known {
    let mut config_map = plan.writes[0].body.clone();
    config_map["metadata"]["uid"] = "cm".into();
    config_map["metadata"]["resourceVersion"] = "7".into();
    Known {
        cluster: key.clone(),
        walk: read(&config_map),
        config_map,
        holder: holder.map(|identity| Holder {
            identity: identity.to_owned(),
            renewed: Some(now()),
            lasts_seconds: 30,
        }),
        here: None,
    }
}

fn tell(app: &mut App, known: &Known) -> Vec<Effect> {
    let walks = Walks {
        management_cluster: known.cluster.management_cluster.clone(),
        of: Some(known.cluster.object.clone()),
        walks: vec![std::sync::Arc::new(known.clone())],
    };
    update(app, Msg::Fleet(vec![Update::Walks(walks)]))
}

/// Begins the upgrade by keys, up to the write; gives its plan and what was asked behind it.
fn begun(app: &mut App) -> (Plan, Vec<Effect>) {
    let effects = press(app, "enter");
    let [(id, plan, false)] = &acts(&effects)[..] else {
        panic!("{}", plain(app))
    };
    answer(app, *id, Answer::Judged(Box::default()));
    let dialog = plain(app);
    for words in ["upgrade cluster to v1.32.4", "mgmt-tokyo", "replaces 1 machine"] {
        assert!(dialog.contains(words), "{words}: {dialog}");
    }
    // A version is not taken back, so the key is asked for twice; what is typed is the reason.
    type_text(app, "patch day");
    assert!(acts(&press(app, "enter")).is_empty(), "{}", plain(app));
    let effects = press(app, "enter");
    let [(id, written, true)] = &acts(&effects)[..] else {
        panic!("{}", plain(app))
    };
    assert_ne!(written.digest(), plan.digest(), "the reason is stored with it");
    let id = *id;
    let written = written.clone();
    let done = Answer::Done(AuditId("1".into()), Vec::new());
    (written, update(app, Msg::Outcome(Outcome { id, answer: done })))
}

/// The same upgrade, stopped by a machine, which nobody walks any more.
fn stopped(known: &Known) -> Known {
    let mut stopped = known.clone();
    stopped.here = None;
    let why = "Machine payments-cp-9: no quota".to_owned();
    stopped
        .walk
        .as_mut()
        .unwrap()
        .stand(WalkState::Stopped(why), now());
    stopped
}

#[test]
fn a_step_counts_as_done_once_its_machines_are_whoever_notes_it() {
    let (mut app, key) = over_payments((120, 40));
    let (plan, _) = begun(&mut app);
    let mut known = stored(&plan, &key, Some("ines@jump-1 (console 4711):9f"));
    let walk = known.walk.as_mut().unwrap();
    walk.note(StepState::Rolling(now()), now());
    tell(&mut app, &known);
    // Its rollout has ended, and nobody has noted it yet: whoever walked may be gone.
    let step = known.walk().unwrap().step().unwrap().key(&key.management_cluster);
    let mut moved = app.fleet().get(&step).unwrap().as_ref().clone();
    moved.facts.version = Some("v1.32.4".into());
    let mut batch = Batch {
        management_cluster: key.management_cluster.clone(),
        changes: vec![Change::Upsert(Arc::new(moved))],
    };
    update(&mut app, Msg::Fleet(vec![Update::Objects(batch.clone())]));
    assert!(
        plain(&app).contains("step 1 of 2 · 0 of 2 machines replaced"),
        "its machine is still the old one: {}",
        plain(&app)
    );
    let of_control_plane =
        |row: &&Arc<Row>| row.facts.role == Role::Machine && row.facts.object.name.starts_with("payments-cp");
    let mut machine = app
        .fleet()
        .rows(None)
        .find(of_control_plane)
        .unwrap()
        .as_ref()
        .clone();
    machine.facts.version = Some("v1.32.4".into());
    batch.changes = vec![Change::Upsert(Arc::new(machine))];
    update(&mut app, Msg::Fleet(vec![Update::Objects(batch)]));
    assert!(
        plain(&app).contains("step 1 of 2 · 1 of 2 machines replaced"),
        "{}",
        plain(&app)
    );
}

#[test]
fn an_upgrade_is_begun_by_keys_and_walked_once_it_is_stored() {
    let (mut app, key) = over_payments((120, 40));
    let (plan, effects) = begun(&mut app);
    let walked = effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Walk(key, session)) => Some((effect.id, key.clone(), session.is_live())),
        _ => None,
    });
    let (id, of, live) = walked.expect("it is walked from here");
    assert_eq!((&of, live), (&key, true));
    let mut known = stored(&plan, &key, Some("ines@jump-1 (console 4711):9f"));
    let walk = known.walk.as_mut().unwrap();
    assert_eq!(walk.reason.as_deref(), Some("patch day"));
    walk.note(StepState::Rolling(now()), now());
    known.here = Some(Here::Walks(
        "KubeadmControlPlane payments-cp: 0 of 1 machines run v1.32.4".to_owned(),
    ));
    tell(&mut app, &known);
    let screen = plain(&app);
    for words in [
        "UPGRADE to v1.32.4 going",
        "step 1 of 2 · 0 of 2 machines replaced",
        "now: KubeadmControlPlane payments-cp: 0 of 1 machines run v1.32.4",
        "walked from this console",
        "patch day",
        "◔ 1 KubeadmControlPlane payments-cp: v1.31.2 → v1.32.4, 1 machine  rolls out",
        "○ 2 MachineDeployment payments-md-0: v1.31.2 → v1.32.4, 1 machine  waits",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    insta::assert_snapshot!("walked-120x40", screen);
    // Who leaves the program is told what becomes of it.
    while !plain(&app).contains("again ends the program") {
        press(&mut app, "q");
    }
    assert!(plain(&app).contains("is paused then"), "{}", plain(&app));
    // It stops on red while the person is elsewhere.
    tell(&mut app, &stopped(&known));
    let screen = plain(&app);
    assert!(
        screen.contains("has stopped: Machine payments-cp-9: no quota"),
        "{screen}"
    );
    // That it could not be taken up at all is said as well.
    let failure = Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("too much"),
    };
    answer(&mut app, id, Answer::Failed(failure));
    assert!(plain(&app).contains("is not walked: too much"), "{}", plain(&app));
}

/// What is typed is done once the cluster is read, and is not typed twice.
#[test]
fn a_version_that_is_typed_on_a_row_leads_to_its_preview_at_once() {
    let typed = |later: &str| {
        let (mut app, _) = over_payments((120, 40));
        press(&mut app, "esc");
        type_text(&mut app, ":upgrade v1.32.4");
        let effects = press(&mut app, "enter");
        let (id, key) = asked(&effects).expect("the objects are asked for");
        let read = Upgrading {
            gathered: Gathered {
                objects: sample::cluster("payments", &[("2hx7l", "node-9")], None),
                read_at: now(),
                ..Gathered::default()
            },
            unread: None,
        };
        press(&mut app, later);
        let answer = Answer::Upgrading(Box::new(read));
        let effects = update(&mut app, Msg::Outcome(Outcome { id, answer }));
        assert_eq!(key.object.name, "payments");
        (app, effects)
    };
    let (app, effects) = typed("down");
    let [(_, plan, false)] = &acts(&effects)[..] else {
        panic!("{}", plain(&app))
    };
    assert_eq!(plan.act.deed, Deed::Walk(WalkDeed::Begin("v1.32.4".to_owned())));
    assert!(!plain(&app).contains("are read first"), "{}", plain(&app));
    // Whoever is at something else by then is not taken away from it.
    let (mut app, effects) = typed(":");
    assert!(acts(&effects).is_empty(), "{}", plain(&app));
    let effects = press(&mut app, "esc");
    assert!(acts(&effects).is_empty(), "{}", plain(&app));
    assert!(
        plain(&app).contains("read by now: type it again"),
        "{}",
        plain(&app)
    );
    // What cannot be read begins nothing, now or later.
    let (mut app, _) = over_payments((120, 40));
    press(&mut app, "esc");
    type_text(&mut app, ":upgrade v1.32.4");
    let effects = press(&mut app, "enter");
    let (id, _) = asked(&effects).expect("the objects are asked for");
    let failure = Failure {
        kind: FailureKind::Unreachable,
        message: Shown::ours("the line is down"),
    };
    answer(&mut app, id, Answer::Failed(failure));
    assert!(plain(&app).contains("the line is down"), "{}", plain(&app));
}

/// A cell that changes what an upgrade walks says so, whoever began that and whether it goes or not.
#[test]
fn who_scales_what_a_stored_upgrade_walks_is_told() {
    let (mut app, key) = over_payments((120, 40));
    let (plan, _) = begun(&mut app);
    let mut known = stored(&plan, &key, None);
    let by = WalkState::Paused("by ada".to_owned());
    known.walk.as_mut().unwrap().stand(by, now());
    tell(&mut app, &known);
    press(&mut app, "esc");
    type_text(&mut app, ":md @mgmt-tokyo /name=payments-md-0");
    press(&mut app, "enter");
    let effects = press(&mut app, "s");
    let inspecting = effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Inspect(..)) => Some(effect.id),
        _ => None,
    });
    let object = fleetui_fleet::act::Inspection {
        uid: "uid-MachineDeployment-payments-md-0".into(),
        resource_version: "100".into(),
        owners: Vec::new(),
    };
    let inspected = Answer::Inspected(Box::new(object));
    answer(&mut app, inspecting.expect("the object is read"), inspected);
    type_text(&mut app, "+1");
    let screen = plain(&app);
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("an upgrade of Cluster payments to v1.32.4 (paused) is stored"),
        "{screen}"
    );
}

#[test]
fn who_walks_elsewhere_is_named_and_paused_and_who_is_gone_is_followed() {
    let (mut app, key) = over_payments((80, 24));
    let (plan, _) = begun(&mut app);
    let elsewhere = stored(&plan, &key, Some("ada@jump-1 (console 4711):9f"));
    tell(&mut app, &elsewhere);
    let screen = plain(&app);
    assert!(screen.contains("walked by ada@jump-1 (console 4711)"), "{screen}");
    let effects = press(&mut app, "p");
    let [(_, pause, false)] = &acts(&effects)[..] else {
        panic!("{}", plain(&app))
    };
    assert_eq!(
        pause.act.deed,
        Deed::Walk(WalkDeed::Pause),
        "it is not the Cluster that is paused"
    );
    assert!(
        plain(&app).contains("pause upgrade Cluster default/payments"),
        "{}",
        plain(&app)
    );
    // It comes a step further while the person reads: what is asked is asked of that, and not done for a key that was pressed
    // before. What the server says then is told beside it.
    press(&mut app, "enter");
    let mut further = elsewhere.clone();
    further.config_map["metadata"]["resourceVersion"] = "8".into();
    let effects = tell(&mut app, &further);
    let [(id, _, false)] = &acts(&effects)[..] else {
        panic!("{}", plain(&app))
    };
    let asking = "it changed meanwhile; checked again  asking the server";
    assert!(plain(&app).contains(asking), "{}", plain(&app));
    let answer_of = Answer::Judged(Box::default());
    let effects = update(
        &mut app,
        Msg::Outcome(Outcome {
            id: *id,
            answer: answer_of,
        }),
    );
    assert!(acts(&effects).is_empty(), "{effects:?}");
    let screen = plain(&app);
    assert!(
        screen.contains("it changed meanwhile; checked again  "),
        "{screen}"
    );
    assert!(screen.contains("dry run ok"), "{screen}");
    press(&mut app, "esc");
    // Another console begins none as long as this one is stored.
    assert!(acts(&press(&mut app, "enter")).is_empty());
    assert!(plain(&app).contains("is going already"), "{}", plain(&app));
    // Its Lease runs out: nobody walks it, and the same key goes on with it.
    update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(45)));
    let screen = plain(&app);
    assert!(
        screen.contains("nobody walks it; ada@jump-1 (console 4711) held it last, 45s ago"),
        "{screen}"
    );
    let effects = press(&mut app, "p");
    let [(id, resume, false)] = &acts(&effects)[..] else {
        panic!("{}", plain(&app))
    };
    assert_eq!(resume.act.deed, Deed::Walk(WalkDeed::Resume));
    answer(&mut app, *id, Answer::Judged(Box::default()));
    let effects = press(&mut app, "enter");
    let [(id, _, true)] = &acts(&effects)[..] else {
        panic!("{}", plain(&app))
    };
    let answer = Answer::Done(AuditId("2".into()), Vec::new());
    let effects = update(&mut app, Msg::Outcome(Outcome { id: *id, answer }));
    let walks = effects
        .iter()
        .any(|effect| matches!(&effect.action, Action::Ask(Request::Walk(of, _)) if *of == key));
    assert!(walks, "{effects:?}");
    // Given up, another one may be begun.
    let effects = press(&mut app, "ctrl-d");
    assert_eq!(acts(&effects)[0].1.act.deed, Deed::Walk(WalkDeed::Abandon));
}

#[test]
fn read_only_refuses_every_deed_and_writes_the_try_down() {
    let (mut app, key) = over_payments((120, 40));
    let (plan, _) = begun(&mut app);
    tell(&mut app, &stored(&plan, &key, None));
    type_text(&mut app, ":readonly");
    press(&mut app, "enter");
    let tried = |effects: &[Effect]| {
        let noted = effects.iter().find_map(|effect| match &effect.action {
            Action::Note(tried) => Some(tried.act.deed.clone()),
            _ => None,
        });
        assert!(acts(effects).is_empty());
        noted.expect("the try is written down")
    };
    assert_eq!(tried(&press(&mut app, "p")), Deed::Walk(WalkDeed::Resume));
    assert!(
        plain(&app).contains("read-only: nothing is written"),
        "{}",
        plain(&app)
    );
    assert_eq!(tried(&press(&mut app, "ctrl-d")), Deed::Walk(WalkDeed::Abandon));
    assert!(matches!(
        tried(&press(&mut app, "enter")),
        Deed::Walk(WalkDeed::Begin(_))
    ));
    assert!(plain(&app).contains("read-only"), "{}", plain(&app));
}

/// Types a command, and gives what it asked for.
fn typed(app: &mut App, text: &str) -> Vec<Effect> {
    type_text(app, text);
    press(app, "enter")
}

/// What is asked for a dry run.
fn deed_of(effects: &[Effect]) -> Option<Deed> {
    match &acts(effects)[..] {
        [(_, plan, false)] => Some(plan.act.deed.clone()),
        _ => None,
    }
}

#[test]
fn an_upgrade_is_begun_by_a_word_to_the_version_that_is_named() {
    let (mut app, _) = over_payments((120, 40));
    press(&mut app, ": u p g r a d e space");
    let screen = plain(&app);
    for words in ["v1.32.4", "pause", "resume", "abandon"] {
        assert!(screen.contains(words), "{words} is offered: {screen}");
    }
    press(&mut app, "esc");
    let effects = typed(&mut app, ":upgrade v1.32.4");
    let begins = Deed::Walk(WalkDeed::Begin("v1.32.4".to_owned()));
    assert_eq!(deed_of(&effects), Some(begins), "{}", plain(&app));
    assert!(
        plain(&app).contains("upgrade cluster to v1.32.4"),
        "it asks first: {}",
        plain(&app)
    );
    press(&mut app, "esc");
    let effects = typed(&mut app, ":upgrade tomorrow");
    assert_eq!(deed_of(&effects), None);
    assert!(plain(&app).contains("neither a version"), "{}", plain(&app));
}

#[test]
fn words_do_with_an_upgrade_what_the_keys_do_and_read_it_before() {
    let (mut app, key) = over_payments((120, 40));
    let (plan, _) = begun(&mut app);
    let known = stored(&plan, &key, Some("ada@jump-1 (console 4711):9f"));
    tell(&mut app, &known);
    for (word, deed) in [
        ("pause", WalkDeed::Pause),
        ("resume", WalkDeed::Resume),
        ("abandon", WalkDeed::Abandon),
    ] {
        let effects = typed(&mut app, &format!(":upgrade {word}"));
        assert_eq!(
            deed_of(&effects),
            Some(Deed::Walk(deed)),
            "{word}: {}",
            plain(&app)
        );
        press(&mut app, "esc");
    }
    // The same from the list, where the cluster is under the cursor and its upgrade is known.
    press(&mut app, "esc");
    let effects = typed(&mut app, ":upgrade pause");
    assert_eq!(
        deed_of(&effects),
        Some(Deed::Walk(WalkDeed::Pause)),
        "{}",
        plain(&app)
    );
    // Where nothing was read yet, nothing is done: it is read.
    let (mut app, _, _) = open((120, 40));
    press(&mut app, "esc");
    let effects = typed(&mut app, ":upgrade pause");
    assert_eq!(deed_of(&effects), None);
    assert!(asked(&effects).is_some(), "{effects:?}");
    assert!(plain(&app).contains("are read first"), "{}", plain(&app));
}

#[test]
fn a_console_that_may_not_write_begins_no_upgrade_by_a_word() {
    let (mut app, _) = over_payments((120, 40));
    typed(&mut app, ":readonly");
    for word in ["v1.32.4", "pause"] {
        let effects = typed(&mut app, &format!(":upgrade {word}"));
        assert!(acts(&effects).is_empty(), "{word}: {effects:?}");
        let noted = effects
            .iter()
            .any(|effect| matches!(effect.action, Action::Note(_)));
        assert!(noted, "the try is written down: {effects:?}");
    }
}
