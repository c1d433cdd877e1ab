//! The fleet as the console sees it: sessions that tell, and commands that are executed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fleetui_base::{ManagementCluster, ObjectKey, ObjectName, SharedClock};
use fleetui_connect::{Broker, Target, Turn};
use fleetui_fleet::Update;
use fleetui_fleet::act::{Act, Actor, Entry, Mode, Plan, Refusal, Step, Try};
use fleetui_fleet::describe::{ClusterObjects, DescribeOptions};
use fleetui_fleet::object_edit::Editable;
use fleetui_fleet::table::Path;
use fleetui_fleet::tree::Layers;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::act::gate::{self, Ground, ReadOnly};
use crate::act::tasks::Tasks;
use crate::command::{Command, Failure, FailureKind, Outcome};
use crate::session::{Order, announced};
use crate::settings::ClientSettings;
use crate::supervisor::{Handle, Handles, Sessions, Supervisor};
use crate::walk::Walkers;
use crate::whole;
use crate::workload::Workloads;
use crate::{editable, execute};

/// Management clusters that may wait to be added.
const ADDITIONS: usize = 16;

/// All sessions of a fleet. Cheap to clone; when the last clone goes, every task ends.
#[derive(Clone)]
pub struct FleetClient {
    inner: Arc<Inner>,
}

struct Inner {
    handles: Handles,
    settings: Arc<ClientSettings>,
    additions: mpsc::Sender<Target>,
    layers: watch::Sender<Layers>,
    clock: SharedClock,
    read_only: ReadOnly,
    acts: Arc<Tasks>,
    /// Lines of the audit log of what was refused before anybody was asked: they have room of their own beside the acts.
    notes: Tasks,
    walkers: Walkers,
    /// Where what is learnt outside of sessions is told. It keeps nobody waiting for more.
    updates: mpsc::WeakSender<Update>,
    supervisor: std::sync::Mutex<Option<JoinHandle<()>>>,
    cancel: CancellationToken,
    _cancel_on_drop: DropGuard,
}

impl std::fmt::Debug for FleetClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FleetClient").finish_non_exhaustive()
    }
}

impl FleetClient {
    /// Starts a session for each target; must be called inside a tokio runtime. The first updates announce the sessions,
    /// in the order of `targets`. Whoever holds the receiver decides the pace: while it is not read, changes coalesce.
    pub fn start(
        targets: Vec<Target>,
        clock: SharedClock,
        settings: ClientSettings,
    ) -> (Self, mpsc::Receiver<Update>) {
        let settings = Arc::new(settings);
        // The announcements fit in whatever happens, so that they are never late.
        let (updates, receiver) = mpsc::channel(settings.queue.max(1) + targets.len());
        for target in &targets {
            announce(&updates, target);
        }
        let weak = updates.downgrade();
        let (additions, added) = mpsc::channel(ADDITIONS);
        let handles: Handles = Arc::new(RwLock::new(HashMap::new()));
        let (layers, shown) = watch::channel(Layers::default());
        let mut supervisor = Supervisor {
            broker: Broker::new(Arc::clone(&clock), settings.plugins.clone()),
            clock: Arc::clone(&clock),
            settings: Arc::clone(&settings),
            updates,
            handles: Arc::clone(&handles),
            additions: added,
            layers: shown,
            workloads: Arc::new(Workloads::new(settings.workload.clone(), Arc::clone(&clock))),
            sessions: Sessions::default(),
        };
        for target in targets {
            supervisor.start(target, Duration::ZERO);
        }
        let cancel = CancellationToken::new();
        let task = tokio::spawn(supervisor.run(cancel.clone()));
        let inner = Inner {
            handles,
            settings,
            additions,
            layers,
            clock,
            read_only: ReadOnly::default(),
            acts: Arc::default(),
            notes: Tasks::default(),
            walkers: Walkers::default(),
            updates: weak,
            supervisor: std::sync::Mutex::new(Some(task)),
            _cancel_on_drop: cancel.clone().drop_guard(),
            cancel,
        };
        (
            Self {
                inner: Arc::new(inner),
            },
            receiver,
        )
    }

    /// Does what the command says, within the limits of time. An act passes the gate.
    pub async fn execute(&self, command: Command) -> Outcome {
        let command = match command {
            Command::Act { plan, mode } => return self.act(*plan, mode).await,
            Command::Fetch { .. } | Command::Events { .. } | Command::Inspect { .. } => command,
        };
        let management_cluster = command.management_cluster();
        let Some(handle) = self.handle(management_cluster) else {
            return Err(not_connected(management_cluster));
        };
        execute::execute(&handle, command, &self.inner.settings).await
    }

    /// Passes a plan through the gate: to have it judged, or to have it carried out. What was begun is brought to its end
    /// also where the future is dropped.
    pub async fn act(&self, plan: Plan, mode: Mode) -> Outcome {
        let management_cluster = &plan.target().management_cluster;
        let ground = match self.ground(management_cluster) {
            Ok(ground) => ground,
            Err(failure) => {
                let refusal = Refusal::at(Step::Connection, failure.message.as_str());
                gate::note(&self.inner.settings, &self.inner.clock, &plan.act, refusal).await;
                return Err(failure);
            }
        };
        let act = plan.act.clone();
        let passing = async move { Box::pin(gate::pass(&ground, &plan, &mode)).await };
        self.to_its_end(&act, passing).await
    }

    /// Who acts, as the audit log has it.
    pub fn actor(&self) -> Actor {
        self.inner.settings.actor.clone()
    }

    /// Carries out an act to its end, also where nobody waits for it any more. Where too much is under way already, it is refused, and
    /// the audit log says so.
    pub(crate) async fn to_its_end(
        &self,
        act: &Act,
        passing: impl Future<Output = Outcome> + Send + 'static,
    ) -> Outcome {
        match self.inner.acts.run(passing).await {
            Ok(outcome) => outcome,
            Err(too_much) => {
                let refusal = Refusal::at(Step::Connection, too_much.to_string());
                gate::note(&self.inner.settings, &self.inner.clock, act, refusal).await;
                Err(Failure::new(
                    FailureKind::Refused(Step::Connection),
                    too_much.to_string(),
                ))
            }
        }
    }

    /// The clock of this program.
    pub(crate) fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// Limits, and where things are kept.
    pub(crate) fn settings(&self) -> &Arc<ClientSettings> {
        &self.inner.settings
    }

    /// What passes the gate stands on, for one management cluster.
    pub(crate) fn ground(&self, management_cluster: &ManagementCluster) -> Result<Ground, Failure> {
        let handle = self.handle(management_cluster);
        Ok(Ground {
            handle: handle.ok_or_else(|| not_connected(management_cluster))?,
            settings: Arc::clone(&self.inner.settings),
            clock: Arc::clone(&self.inner.clock),
            read_only: Arc::clone(&self.inner.read_only),
        })
    }

    /// The acts that are being carried out.
    pub(crate) fn acts(&self) -> Arc<Tasks> {
        Arc::clone(&self.inner.acts)
    }

    /// The walks whose steps are taken from here.
    pub(crate) fn walkers(&self) -> &Walkers {
        &self.inner.walkers
    }

    /// Where updates go, as long as a session lives.
    pub(crate) fn updates(&self) -> Option<mpsc::Sender<Update>> {
        self.inner.updates.upgrade()
    }

    /// Writes a try down that was refused before anybody was asked. Has to be called inside a tokio runtime.
    pub fn note(&self, tried: Try) {
        let (settings, clock) = (Arc::clone(&self.inner.settings), Arc::clone(&self.inner.clock));
        let ground = self.ground(&tried.act.subject.management_cluster).ok();
        let noting = async move {
            match ground {
                Some(ground) => gate::note_at(&ground, &tried.act, tried.refusal).await,
                None => gate::note(&settings, &clock, &tried.act, tried.refusal).await,
            }
        };
        if !self.inner.notes.begin(noting) {
            tracing::warn!("a try that was refused is not in the audit log: too much is being done at once");
        }
    }

    /// Refuses every write from now on, and why; or not any more.
    pub fn set_read_only(&self, why: Option<String>) {
        let mut read_only = self
            .inner
            .read_only
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *read_only = why;
    }

    /// The latest lines of the audit log, the newest first.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn activity(&self, most: usize) -> Result<Vec<Entry>, Failure> {
        let read = self.inner.settings.audit.read(most).await;
        read.map_err(|error| {
            let what = format!("the audit log cannot be read: {error}");
            Failure::new(FailureKind::Unexpected, what)
        })
    }

    /// Reads the whole objects of one cluster, as far as a description with these options shows them. Needs no session that
    /// is connected.
    ///
    /// # Errors
    /// There is no such Cluster, or what it is made of cannot be read. What is only referred to and cannot be read is absent.
    pub async fn read_cluster(
        &self,
        management_cluster: &ManagementCluster,
        cluster: &ObjectName,
        options: &DescribeOptions,
    ) -> Result<ClusterObjects, Failure> {
        match self.handle(management_cluster) {
            Some(handle) => Box::pin(whole::read(&handle, cluster, options, &self.inner.settings)).await,
            None => Err(not_connected(management_cluster)),
        }
    }

    /// Reads an object to be edited: with whose its fields are and what the server says of them.
    ///
    /// # Errors
    /// It cannot be read, or another life of its name is there.
    pub async fn read_editable(&self, key: &ObjectKey, uid: &str) -> Result<Editable, Failure> {
        let Some(handle) = self.handle(&key.management_cluster) else {
            return Err(not_connected(&key.management_cluster));
        };
        let settings = &self.inner.settings;
        let reading = Box::pin(editable::read(&handle, (key, uid), settings));
        let limit = settings.execute_timeout;
        match tokio::time::timeout(limit, reading).await {
            Ok(read) => read,
            Err(_elapsed) => Err(crate::fault::Fault::TimedOut(limit).into()),
        }
    }

    /// Says which layers are shown, so that what only they show is read; of others nothing is read any more and its rows go.
    pub fn show_layers(&self, layers: Layers) {
        let wanted = layers.that_read();
        self.inner.layers.send_if_modified(|shown| {
            let changed = *shown != wanted;
            *shown = wanted;
            changed
        });
    }

    /// Connects anew, with credentials asked for again; connects a lazy one. False where there is no such session.
    pub fn reconnect(&self, management_cluster: &ManagementCluster) -> bool {
        let handle = self.handle(management_cluster);
        if let Some(handle) = &handle {
            handle.order(Order::Reconnect);
        }
        handle.is_some()
    }

    /// Ends the connection of a session and forgets its rows; it stays, and is connected when that is asked for. False where
    /// there is no such session.
    pub fn rest(&self, management_cluster: &ManagementCluster) -> bool {
        let handle = self.handle(management_cluster);
        if let Some(handle) = &handle {
            handle.order(Order::Rest);
        }
        handle.is_some()
    }

    /// The turn of a person who logs in: comes once the credential plugin of a management cluster is not being run in the
    /// background. Nothing of it needs the terminal yet.
    ///
    /// # Errors
    /// Where there is no plugin.
    pub async fn login_turn(&self, management_cluster: &ManagementCluster) -> Result<Turn, Failure> {
        let turn = self.known(management_cluster)?.requester.turn().await;
        turn.map_err(|fault| Failure::new(FailureKind::AuthNeeded, fault.to_string()))
    }

    /// Lets the person log in: runs the credential plugin of a management cluster with the terminal, which has been given
    /// away for it. Every session that waits for a login tries again, as many may have the same.
    ///
    /// # Errors
    /// Where the plugin gave no credential.
    pub async fn log_in(&self, management_cluster: &ManagementCluster, turn: Turn) -> Result<(), Failure> {
        let handle = self.known(management_cluster)?;
        let limit = self.inner.settings.login_timeout;
        let outcome = handle.requester.log_in(turn, limit).await;
        outcome.map_err(|fault| Failure::new(FailureKind::AuthNeeded, fault.to_string()))?;
        let handles = self.inner.handles.read().unwrap_or_else(PoisonError::into_inner);
        for handle in handles.values() {
            handle.order(Order::TryLogin);
        }
        Ok(())
    }

    /// Looks these paths up in all objects from now on; those of this management cluster are read again. False where there is no
    /// such session.
    pub fn look_up(&self, management_cluster: &ManagementCluster, paths: Vec<Path>) -> bool {
        self.inner.settings.columns.set(paths);
        let handle = self.handle(management_cluster);
        if let Some(handle) = &handle {
            handle.order(Order::Relist);
        }
        handle.is_some()
    }

    /// Adds a management cluster; its session announces itself. False where there is one of that name already, or the program is ending.
    pub async fn connect(&self, target: Target) -> bool {
        if self.handle(&target.management_cluster).is_some() {
            return false;
        }
        self.inner.additions.send(target).await.is_ok()
    }

    /// Ends a session on purpose; `Update::Closed` follows. False where there is none.
    pub async fn disconnect(&self, management_cluster: &ManagementCluster) -> bool {
        let handle = self.handle(management_cluster);
        if let Some(handle) = &handle {
            handle.close().await;
        }
        handle.is_some()
    }

    /// The management clusters that have a session.
    pub fn management_clusters(&self) -> Vec<ManagementCluster> {
        let handles = self.inner.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.keys().cloned().collect()
    }

    /// Ends all sessions and waits for them; first for what is being carried out. Upgrades that are walked from here are paused.
    pub async fn shut_down(&self) {
        let limit = self.inner.settings.execute_timeout;
        self.inner.walkers.pause(limit).await;
        tokio::join!(self.inner.acts.finish(limit), self.inner.notes.finish(limit));
        self.inner.cancel.cancel();
        let supervisor = self
            .inner
            .supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(supervisor) = supervisor
            && let Err(error) = supervisor.await
        {
            tracing::error!(%error, "the sessions' supervisor ended by a fault of this program");
        }
    }

    fn known(&self, management_cluster: &ManagementCluster) -> Result<Handle, Failure> {
        self.handle(management_cluster).ok_or_else(|| {
            let message = format!("{management_cluster} has no session");
            Failure::new(FailureKind::Unreachable, message)
        })
    }

    fn handle(&self, management_cluster: &ManagementCluster) -> Option<Handle> {
        self.inner
            .handles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(management_cluster)
            .cloned()
    }
}

fn not_connected(management_cluster: &ManagementCluster) -> Failure {
    let message = format!("{management_cluster} is not connected");
    Failure::new(FailureKind::Unreachable, message)
}

fn announce(updates: &mpsc::Sender<Update>, target: &Target) {
    if let Err(error) = updates.try_send(Update::Session(Arc::new(announced(target)))) {
        tracing::error!(%error, "the queue is made to hold all announcements");
    }
}
