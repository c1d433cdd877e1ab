//! The figures of acting: from a key to the preview of what it comes to, a plan over a large cluster, a line of the audit log,
//! and two readings of a large object brought together.

use std::sync::Arc;

use fleetui_base::clock::SystemClock;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_client::{AuditLog, ClientSettings, Command, FleetClient};
use fleetui_connect::{Environment, TargetRequest, resolve};
use fleetui_console::chord::sequence;
use fleetui_console::{Action, App, AppOptions, Effect, Fleet, Msg, Outcome, Request, update, view};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::audit::{Outcome as Ended, Stage};
use fleetui_fleet::act::plan::{Around, plan};
use fleetui_fleet::act::{Act, Actor, Confirmed, Deed, Entry, Plan};
use fleetui_fleet::merge::{ListKind, three_way};
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Map, Value, json};

use super::Result;
use super::management::Management;
use super::measure::{Samples, print_figure};

/// The terminal that is drawn on.
const SIZE: (u16, u16) = (160, 50);
/// Machines of the one cluster.
const MACHINES: usize = 500;
/// Objects beside them: a Cluster, what it stands on, a control plane, a deployment and three sets.
const OTHERS: usize = 7;
/// What is scaled.
const DEPLOYMENT: &str = "MachineDeployment";
/// How often a key is pressed.
const KEYS: usize = 500;
/// Lines of the audit log.
const LINES: usize = 300;
/// How long the object is that two people have changed, in bytes of JSON.
const OBJECT: usize = 200 * 1024;
/// Rows that the cursor may pass before it stands on the deployment.
const ROWS: usize = 20;

/// Measures all of it.
pub(crate) async fn measure() -> Result<()> {
    key_to_preview().await?;
    over_a_cluster()?;
    lines_of_the_log().await?;
    readings()
}

/// A console over a management cluster, both of which are there.
struct Console {
    app: App,
    client: FleetClient,
    now: Timestamp,
}

impl Console {
    async fn start(management: &Management) -> Result<Self> {
        let request = TargetRequest {
            contexts: management.contexts(),
            kubeconfig: Some(management.kubeconfig()),
            environment: Environment::default(),
            ..TargetRequest::default()
        };
        let clock = SystemClock::shared();
        let now = clock.now();
        let options = AppOptions {
            size: SIZE,
            ..AppOptions::new(now)?
        };
        let mut app = App::new(options)?;
        let targets = resolve(&request)?;
        let (client, mut updates) =
            FleetClient::start(targets, Arc::clone(&clock), ClientSettings::default());
        let is_there = |app: &App| {
            let mut sessions = app.fleet().sessions();
            app.fleet().len() >= MACHINES + OTHERS && sessions.all(|session| session.is_live())
        };
        while !is_there(&app) {
            let Some(told) = updates.recv().await else {
                return Err("the sessions ended".into());
            };
            update(&mut app, Msg::Fleet(vec![told]));
        }
        // Nothing more happens there; the sessions are not to wait for who reads them.
        tokio::spawn(async move { while updates.recv().await.is_some() {} });
        Ok(Self { app, client, now })
    }

    fn press(&mut self, keys: &str) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        for chord in sequence(keys)? {
            effects.extend(update(&mut self.app, Msg::Key(chord)));
        }
        Ok(effects)
    }

    /// Does what is asked for, and tells the console.
    async fn answer(&mut self, effects: Vec<Effect>) {
        for Effect { id, action } in effects {
            if let Action::Ask(request) = action {
                let answer = Fleet::execute(&self.client, request).await;
                update(&mut self.app, Msg::Outcome(Outcome { id, answer }));
            }
        }
    }

    /// Opens the editor of replicas on the first deployment.
    async fn open(&mut self) -> Result<()> {
        for _ in 0..ROWS {
            // What is typed behind an editor that did not open goes nowhere for a second.
            self.now += SignedDuration::from_secs(2);
            update(&mut self.app, Msg::Tick(self.now));
            let effects = self.press("s")?;
            let opens = |effect: &Effect| matches!(&effect.action, Action::Ask(Request::Inspect(key, _)) if key.kind.kind.as_ref() == DEPLOYMENT);
            if effects.iter().any(opens) {
                self.answer(effects).await;
                return Ok(());
            }
            // That of a control plane is left again.
            if !effects.is_empty() {
                self.press("esc")?;
            }
            self.now += SignedDuration::from_secs(2);
            update(&mut self.app, Msg::Tick(self.now));
            self.press("j")?;
        }
        Err("there is no deployment".into())
    }

    fn draw(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        view(&self.app, &mut buffer);
        buffer
    }
}

/// From the key that asks for the preview to the frame that shows it: the gate with its questions, a server that answers at
/// once, and drawing.
async fn key_to_preview() -> Result<()> {
    let management = Management::start(1, MACHINES, MACHINES).await?;
    let mut console = Console::start(&management).await?;
    let mut previews = Samples::new("key to preview, over a server that answers at once");
    let mut answers = Samples::new("of that the server and the line to it: one answer");
    for _ in 0..KEYS {
        console.open().await?;
        let effects = console.press("5 0 3")?;
        console.answer(effects).await;
        let shown = previews
            .time_async(async {
                let effects = console.press("enter")?;
                console.answer(effects).await;
                Result::Ok(console.draw())
            })
            .await?;
        let text: String = shown.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        if !text.contains("dry run ok") {
            return Err(format!("no preview is shown: {text}").into());
        }
        console.press("esc")?;
        let deployment = key("mgmt-0", DEPLOYMENT, "cluster-00000-md-0");
        let command = Command::Fetch {
            key: deployment,
            uid: "".into(),
            managed_fields: false,
        };
        answers.time_async(console.client.execute(command)).await?;
    }
    previews.print();
    answers.print();
    console.client.shut_down().await;
    Ok(())
}

fn key(management_cluster: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new(management_cluster),
        GroupKind::new(fleetui_api::kinds::CORE, kind),
        ObjectName::new("default", name),
    )
}

fn deletion(store: &FleetStore, now: Timestamp) -> Result<Plan> {
    let act = Act {
        subject: key("mgmt", "Cluster", "cluster-00000"),
        uid: "".into(),
        deed: Deed::Delete,
        reason: None,
    };
    Ok(plan(&Around { store, now }, act)?)
}

/// How far an act on a cluster of 500 machines reaches.
fn over_a_cluster() -> Result<()> {
    let mut store = FleetStore::default();
    for update in super::told(MACHINES, MACHINES, &ManagementCluster::new("mgmt")) {
        store.apply(update);
    }
    let now = super::objects::now();
    let mut plans = Samples::new("plan the deletion of a cluster of 500 machines");
    for _ in 0..200 {
        let plan = plans.time(|| deletion(&store, now))?;
        let machines = plan.preview.blast.map(|blast| blast.machines.len());
        if machines != Some(MACHINES) {
            return Err(format!("{machines:?} machines go").into());
        }
    }
    plans.print();
    Ok(())
}

/// What is on the disk before a write is sent, and what is written behind it.
async fn lines_of_the_log() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = AuditLog::at(directory.path().to_owned(), "audit");
    let mut store = FleetStore::default();
    for update in super::told(1, 1, &ManagementCluster::new("mgmt")) {
        store.apply(update);
    }
    let now = super::objects::now();
    let plan = deletion(&store, now)?;
    let mut intents = Samples::new("audit log: an intent, on the disk");
    let mut outcomes = Samples::new("audit log: an outcome");
    for _ in 0..LINES {
        let entry = |stage| Entry::new(log.next_id(now), now, Actor::default(), &plan.act, stage);
        let intent = entry(Stage::intent(&plan, &Confirmed::default()));
        intents.time_async(log.write(&intent)).await?;
        let outcome = entry(Stage::Outcome(Ended::Done));
        outcomes.time_async(log.write(&outcome)).await?;
    }
    intents.print();
    outcomes.print();
    Ok(())
}

/// A long object of which two people have changed each something else.
fn readings() -> Result<()> {
    let line = "a line of a file that is written to every machine of it";
    let files = OBJECT / (line.len() + 60);
    let file = |number: usize| {
        (
            format!("file-{number}"),
            json!({"content": line, "owner": "root", "mode": "0640"}),
        )
    };
    let base = json!({"spec": Value::Object((0..files).map(file).collect::<Map<_, _>>())});
    let changed = |place: &str| {
        let mut object = base.clone();
        if let Some(content) = object.pointer_mut(place) {
            *content = json!("something else");
        }
        object
    };
    let mine = changed("/spec/file-7/content");
    let theirs = changed("/spec/file-70/content");
    print_figure("the object", &format!("{} KiB", base.to_string().len() / 1024));
    let mut timed = Samples::new("bring two readings of it together");
    for _ in 0..200 {
        let both = timed.time(|| three_way(&base, &mine, &theirs, &|_: &str| ListKind::Atomic));
        if !both.open.is_empty() || both.value == mine || both.value == theirs {
            return Err("it was not brought together".into());
        }
    }
    timed.print();
    Ok(())
}
