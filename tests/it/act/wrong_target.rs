//! Two management clusters that hold the same names: whatever happens between looking at a row, the key, the dry run and the
//! last key, what is sent is for the row that was shown when the key was pressed, in the life that it had then; or nothing is.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::json::Json;
use fleetui_base::clock::SystemClock;
use fleetui_base::{Clock as _, ManagementCluster, ObjectKey};
use fleetui_client::{ClientSettings, FailureKind};
use fleetui_console::chord::sequence;
use fleetui_console::{
    Action, Answer, App, AppOptions, Effect, EffectId, Msg, Outcome, Request, update, view,
};
use fleetui_fleet::act::plan::{Around, plan};
use fleetui_fleet::act::{Act, Deed, Inspection, Judgement, Mode, Plan};
use fleetui_fleet::{Batch, Change, Connection, Row, Session, Update};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

use super::stage::{deployment, key, live, object, perform};
use crate::embedded::Embedded;

/// Where the names are the same.
const PLACES: [&str; 2] = ["osaka", "taipei"];
/// What can be scaled in each.
const NAMES: [&str; 3] = ["md-0", "md-1", "md-2"];
/// Sequences that are tried.
const CASES: u32 = 300;
/// How often the console may ask for a dry run anew, as something has changed.
const AGAIN: usize = 8;

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// Keys that move, filter, sort, fold, narrow, mark, go back.
    Keys(&'static str),
    Resize(u16, u16),
    /// The connection goes, or comes back.
    Connection(usize, bool),
    /// A deployment is deleted and made again by the same name.
    Again(usize, usize),
    /// It is deleted.
    Gone(usize, usize),
    /// Somebody else scales it.
    Scaled(usize, usize, i64),
    /// Another one comes, above all others.
    Above(usize),
}

fn keys_of_a_person() -> impl Strategy<Value = Event> {
    let keys = prop::sample::select(vec![
        "j",
        "j j",
        "k",
        "g",
        "G",
        "h",
        "l",
        "*",
        "/ m d - 1 enter",
        "/ o s a k a enter",
        "/ t a i enter",
        "esc",
        "ctrl-u",
        "o n",
        "o a",
        "o r",
        "1",
        "2",
        "0",
        "space",
        "U",
        "[",
        "]",
        "-",
        "pgdown",
        "pgup",
        "i",
        "ctrl-r",
    ]);
    keys.prop_map(Event::Keys)
}

fn from_outside() -> impl Strategy<Value = Event> {
    let (place, name) = (0..PLACES.len(), 0..NAMES.len());
    prop_oneof![
        (120_u16..220, 30_u16..70).prop_map(|(columns, rows)| Event::Resize(columns, rows)),
        (place.clone(), any::<bool>()).prop_map(|(place, live)| Event::Connection(place, live)),
        (place.clone(), name.clone()).prop_map(|(place, name)| Event::Again(place, name)),
        (place.clone(), name.clone()).prop_map(|(place, name)| Event::Gone(place, name)),
        (place.clone(), name, 1_i64..6)
            .prop_map(|(place, name, replicas)| Event::Scaled(place, name, replicas)),
        place.prop_map(Event::Above),
    ]
}

/// One try: what happens before the key, before the dry run, and before the last key.
#[derive(Debug, Clone)]
struct Try {
    before: Vec<Event>,
    open: Vec<Event>,
    reviewed: Vec<Event>,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let few = |most| prop::collection::vec(from_outside(), 0..most);
    let moves = prop_oneof![3 => keys_of_a_person().boxed(), 1 => from_outside().boxed()];
    let one = (prop::collection::vec(moves, 0..8), few(3), few(3));
    let one = one.prop_map(|(before, open, reviewed)| Try {
        before,
        open,
        reviewed,
    });
    prop::collection::vec(one, 1..4)
}

/// The console, and the world as it has been told of it.
struct World {
    app: App,
    uids: BTreeMap<(usize, String), String>,
    lives: usize,
    /// Questions that wait for an answer.
    waiting: Vec<(EffectId, Request)>,
    /// Everything that went to the gate.
    sent: Vec<(Plan, Mode)>,
}

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

impl World {
    fn new() -> Self {
        let mut options = AppOptions::new(now()).unwrap();
        options.size = (160, 50);
        let mut world = Self {
            app: App::new(options).unwrap(),
            uids: BTreeMap::new(),
            lives: 0,
            waiting: Vec::new(),
            sent: Vec::new(),
        };
        for (place, called) in PLACES.iter().enumerate() {
            world.connection(place, true);
            let mut cluster = object("Cluster", "c", json!({}));
            cluster["metadata"]["uid"] = json!(format!("{called}-c"));
            world.tell(place, vec![cluster]);
            for name in NAMES {
                world.live(place, name, 2);
            }
        }
        world
    }

    fn message(&mut self, message: Msg) {
        let effects = update(&mut self.app, message);
        for Effect { id, action } in effects {
            match action {
                Action::Ask(request) => {
                    if let Request::Act(plan, mode) = &request {
                        self.sent.push(((**plan).clone(), mode.clone()));
                    }
                    self.waiting.push((id, request));
                }
                Action::Abandon(id) => self.waiting.retain(|(waiting, _)| *waiting != id),
                _ => {}
            }
        }
    }

    fn keys(&mut self, keys: &str) {
        for chord in sequence(keys).unwrap() {
            self.message(Msg::Key(chord));
        }
    }

    fn tell(&mut self, place: usize, objects: Vec<Value>) {
        let management_cluster = ManagementCluster::new(PLACES[place]);
        let row = |mut object: Value| {
            object["metadata"]["resourceVersion"] = json!("100");
            object["metadata"]["creationTimestamp"] = json!("2026-06-01T10:00:00Z");
            let text = object.to_string();
            Row::of(management_cluster.clone(), &Json::parse(&text).unwrap())
        };
        let changes = objects
            .into_iter()
            .map(|object| Change::Upsert(Arc::new(row(object))));
        let batch = Batch {
            management_cluster: management_cluster.clone(),
            changes: changes.collect(),
        };
        self.message(Msg::Fleet(vec![Update::Objects(batch)]));
    }

    /// A deployment begins a life, or has other replicas in the one that it has.
    fn live(&mut self, place: usize, name: &str, replicas: i64) {
        let known = (place, name.to_owned());
        if !self.uids.contains_key(&known) {
            self.lives += 1;
            self.uids.insert(known.clone(), format!("life-{}", self.lives));
        }
        let mut object = deployment(name, replicas);
        object["metadata"]["uid"] = json!(self.uids[&known]);
        self.tell(place, vec![object]);
    }

    fn gone(&mut self, place: usize, name: &str) {
        if let Some(uid) = self.uids.remove(&(place, name.to_owned())) {
            let change = Change::Delete(key(PLACES[place], "MachineDeployment", name), uid.as_str().into());
            let batch = Batch {
                management_cluster: ManagementCluster::new(PLACES[place]),
                changes: vec![change],
            };
            self.message(Msg::Fleet(vec![Update::Objects(batch)]));
        }
    }

    fn connection(&mut self, place: usize, live: bool) {
        let connection = if live {
            Connection::Live
        } else {
            Connection::Stale {
                since: now(),
                why: "cut".to_owned(),
                retry_at: None,
            }
        };
        let session = Session {
            connection,
            ..Session::idle(
                ManagementCluster::new(PLACES[place]),
                "https://example:6443",
                false,
            )
        };
        self.message(Msg::Fleet(vec![Update::Session(Arc::new(session))]));
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Keys(keys) => self.keys(keys),
            Event::Resize(columns, rows) => self.message(Msg::Resize(*columns, *rows)),
            Event::Connection(place, live) => self.connection(*place, *live),
            Event::Again(place, name) => {
                // A watch that was behind tells of the new life alone.
                self.uids.remove(&(*place, NAMES[*name].to_owned()));
                self.live(*place, NAMES[*name], 2);
            }
            Event::Gone(place, name) => self.gone(*place, NAMES[*name]),
            Event::Scaled(place, name, replicas) => self.live(*place, NAMES[*name], *replicas),
            Event::Above(place) => self.live(*place, "md", 2),
        }
    }

    /// Answers what the console has asked of servers, as they would.
    fn answer(&mut self) {
        for (id, request) in std::mem::take(&mut self.waiting) {
            let answer = match request {
                Request::Inspect(key, _) => Answer::Inspected(Box::new(Inspection {
                    uid: self.uid(&key).unwrap_or_default().into(),
                    ..Inspection::default()
                })),
                Request::Act(plan, Mode::Preview) => Answer::Judged(Box::new(Judgement {
                    digest: plan.digest(),
                    ..Judgement::default()
                })),
                _ => Answer::Accepted(Vec::new()),
            };
            self.message(Msg::Outcome(Outcome { id, answer }));
        }
    }

    fn uid(&self, key: &ObjectKey) -> Option<String> {
        let place = PLACES
            .iter()
            .position(|place| key.management_cluster.as_str() == *place)?;
        self.uids.get(&(place, key.object.name.to_string())).cloned()
    }

    fn lines(&self) -> Vec<String> {
        let (columns, rows) = self.app.size();
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        view(&self.app, &mut buffer);
        let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..rows).map(line).collect()
    }

    /// The deployment that the cursor stands on, as a person reads it off the frame: its name in the line, the management
    /// cluster in the nearest line above that begins one.
    fn shown(&self) -> Option<ObjectKey> {
        let lines = self.lines();
        let at = lines.iter().position(|line| line.starts_with('▌'))?;
        let name = lines[at].split_whitespace().find(|word| word.starts_with("md"))?;
        let place = lines[..at].iter().rev().find_map(|line| {
            PLACES
                .into_iter()
                .find(|place| line.split_whitespace().any(|word| word == *place))
        })?;
        Some(key(place, "MachineDeployment", name))
    }
}

/// What became of all tries together.
#[derive(Debug, Default)]
struct Tally {
    checked: Cell<usize>,
    carried_out: Cell<usize>,
    prevented: Cell<usize>,
    of_second: Cell<usize>,
}

fn add(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

fn act(world: &mut World, one: &Try, tally: &Tally) -> Result<(), TestCaseError> {
    for event in &one.before {
        world.happens(event);
    }
    world.waiting.clear();
    let before = world.sent.len();
    let shown = world.shown();
    let life = shown.as_ref().and_then(|key| world.uid(key));
    world.keys("s");
    let opened = world
        .waiting
        .iter()
        .any(|(_, request)| matches!(request, Request::Inspect(..)));
    for event in &one.open {
        world.happens(event);
    }
    if opened {
        world.answer();
        world.keys("7 enter");
    }
    for event in &one.reviewed {
        world.happens(event);
    }
    for _ in 0..AGAIN {
        if world.waiting.is_empty() {
            break;
        }
        world.answer();
    }
    if opened {
        let frame = world.lines().concat();
        if let Some(key) = shown.as_ref().filter(|_| frame.contains("dry run ok")) {
            let told = format!("{} {}", key.management_cluster, key.object);
            prop_assert!(frame.contains(&told), "{told} is not told: {frame}");
        }
        world.keys("enter");
    }
    let sent = world.sent[before..].to_vec();
    let carried_out = sent.iter().any(|(_, mode)| matches!(mode, Mode::Perform(_)));
    for (plan, _) in &sent {
        let (Some(shown), Some(life)) = (&shown, &life) else {
            return Err(TestCaseError::fail(format!(
                "no deployment was shown, and {plan:#?} was sent"
            )));
        };
        for write in &plan.writes {
            prop_assert_eq!(&write.target, shown);
            prop_assert_eq!(&write.uid, life);
        }
        prop_assert_eq!(&plan.act.subject, shown);
        prop_assert_eq!(&plan.act.uid, life);
    }
    // A life that ended before the last key is not carried out any more, whatever was checked before.
    let lives = shown.as_ref().and_then(|key| world.uid(key));
    prop_assert!(!carried_out || lives == life, "{lives:?} is not {life:?}");
    if !sent.is_empty() {
        add(&tally.checked);
    }
    if carried_out {
        add(&tally.carried_out);
        if shown.is_some_and(|key| key.management_cluster.as_str() == PLACES[1]) {
            add(&tally.of_second);
        }
    } else if opened {
        add(&tally.prevented);
    }
    // Whatever is still open is left.
    world.keys("esc");
    world.waiting.clear();
    Ok(())
}

#[test]
fn what_is_sent_is_for_what_was_shown() {
    let tally = Tally::default();
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&tries(), |tries| {
        let mut world = World::new();
        tries.iter().try_for_each(|one| act(&mut world, one, &tally))
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let least = CASES as usize / 50;
    for (count, what) in [
        (&tally.checked, "asked about"),
        (&tally.carried_out, "carried out"),
        (&tally.of_second, "carried out in the second one"),
        (&tally.prevented, "opened and not carried out"),
    ] {
        assert!(
            count.get() >= least,
            "{what} too seldom to show anything: {tally:?}"
        );
    }
}

/// Whatever is known here by then: the server is told which life is meant, and neither changes nor deletes the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_told_which_life_is_meant() {
    let server = Embedded::with_any_objects().await;
    server.create(&object("Cluster", "c", json!({}))).await;
    let first = server.create(&deployment("md-0", 2)).await;
    let (client, store) = live(server.target(PLACES[0]), ClientSettings::default()).await;
    let subject = key(PLACES[0], "MachineDeployment", "md-0");
    let around = Around {
        store: &store,
        now: SystemClock.now(),
    };
    let plans = [Deed::Scale("5".to_owned()), Deed::Delete].map(|deed| {
        let act = Act {
            subject: subject.clone(),
            uid: store.get(&subject).unwrap().facts.uid.clone(),
            deed,
            reason: None,
        };
        plan(&around, act).unwrap()
    });
    server.delete(&first).await;
    let second = server.create(&deployment("md-0", 2)).await;
    for plan in plans {
        let refused = client.act(plan.clone(), perform(&plan)).await.unwrap_err();
        assert_eq!(
            refused.kind,
            FailureKind::NotFound,
            "{:?}: {refused}",
            plan.act.deed
        );
    }
    assert_eq!(server.read(&first).await, second, "it is as it was made");
    client.shut_down().await;
    server.stop().await;
}
