//! The session of one management cluster: one task that owns its discovery, its watches and its place in the queue.
//!
//! It never ends by itself: whatever a server does, the session says how things stand and tries again.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use fleetui_base::SharedClock;
use fleetui_connect::Target;
use fleetui_connect::login::Way;
use fleetui_fleet::tree::Layers;
use fleetui_fleet::{Connection, Login, Session, Update};
use tokio::sync::mpsc::error::SendError;
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::watch as state;
use tokio::task::{JoinError, JoinSet};

use crate::catalogue::Catalogue;
use crate::discovery;
use crate::fault::Fault;
use crate::inventory::{self, Inventory};
use crate::request::Requester;
use crate::retry::{Retry, jittered};
use crate::settings::ClientSettings;
use crate::standing::{self, Patience};
use crate::watcher::{Told, WatchId, Watcher};

mod ledger;
mod watch;

use ledger::{Follow, Ledger, Namespaces, Phase};

/// Messages of watchers that may wait; a watcher with more waits itself.
const TOLD_QUEUE: usize = 64;
/// Messages that are taken in before things are judged anew.
const TOLD_AT_ONCE: usize = 64;
/// How often it is asked what the user will not be allowed to do; it is only a hint, and may be many questions.
const HINTS_EVERY: Duration = Duration::from_mins(10);
/// How long a session that is closed waits for a place to say so.
const LAST_WORD: Duration = Duration::from_secs(5);

/// What a session can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Connect, or connect anew with fresh credentials.
    Reconnect,
    /// Connect anew with the credentials that a person has just logged in for, where that is what lacks.
    TryLogin,
    /// Read all objects again, as more is looked up in them.
    Relist,
    /// End the connection and forget the rows, until it is asked for again.
    Rest,
    /// End, and say so.
    Close,
}

/// The kinds of a management cluster, as its session last learned them.
pub(crate) type SharedCatalogue = Arc<RwLock<Arc<Catalogue>>>;

/// Everything that a session is made of.
pub(crate) struct SessionParts {
    pub(crate) target: Target,
    pub(crate) requester: Arc<Requester>,
    pub(crate) catalogue: SharedCatalogue,
    pub(crate) clock: SharedClock,
    pub(crate) settings: Arc<ClientSettings>,
    pub(crate) updates: mpsc::Sender<Update>,
    pub(crate) orders: mpsc::Receiver<Order>,
    /// The layers that are shown. It is a state and no order, so that a session which begins later has it too.
    pub(crate) layers: state::Receiver<Layers>,
}

/// What a task of the session brought.
enum Done {
    Watcher(WatchId),
    Discovered(Result<Catalogue, Fault>),
    Inventory(Inventory),
}

type Place = Pin<Box<dyn Future<Output = Result<OwnedPermit<Update>, SendError<()>>> + Send>>;

/// The running session.
pub(crate) struct SessionTask {
    parts: SessionParts,
    ledger: Ledger,
    tasks: JoinSet<Done>,
    watchers: HashMap<tokio::task::Id, WatchId>,
    told_sender: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
    retry: Retry,
    /// Monotonic time at which the kinds are looked at; `None` while that is under way, or before the session is asked to connect.
    discover_at: Option<Duration>,
    is_discovering: bool,
    /// Monotonic time at which it was last asked what the user will not be allowed to do.
    hinted: Option<Duration>,
    /// Waits for a place in the queue. Kept over the turns of the loop, so that the session keeps its place in the line.
    place: Option<Place>,
}

/// How a target's session looks before anything has happened.
pub(crate) fn announced(target: &Target) -> Session {
    let mut session = Session::idle(
        target.management_cluster.clone(),
        &target.server,
        target.read_only,
    );
    if !target.lazy {
        session.connection = Connection::Connecting;
    }
    session.group = target.group.as_deref().map(Into::into);
    session.theme = target.theme.as_deref().map(Into::into);
    let warnings = target.warnings.iter();
    session.warnings = warnings.map(|warning| warning.to_string().into()).collect();
    if target.only_namespaces {
        session.namespaces = target.namespaces.iter().map(Into::into).collect();
    }
    session.login = target.login().map(|login| Login {
        way: login.way.to_string().into(),
        by_plugin: matches!(login.way, Way::Plugin(_)),
        acting_as: login.acting_as.map(Into::into),
    });
    session
}

impl SessionTask {
    pub(crate) fn new(parts: SessionParts) -> Self {
        let (told_sender, told) = mpsc::channel(TOLD_QUEUE);
        let settings = &parts.settings;
        let patience = Patience {
            stale_after: settings.stale_after,
            offline_after: settings.offline_after,
        };
        let namespaces = Namespaces {
            names: parts.target.namespaces.clone(),
            always: parts.target.only_namespaces,
        };
        let mut ledger = Ledger::new(
            announced(&parts.target),
            namespaces,
            patience,
            settings.heard_every,
        );
        let retry = Retry::new(settings, &parts.target.management_cluster.as_str());
        let discover_at = (!parts.target.lazy).then_some(Duration::ZERO);
        if discover_at.is_some() {
            ledger.phase = Phase::Connecting;
        }
        Self {
            parts,
            ledger,
            tasks: JoinSet::new(),
            watchers: HashMap::new(),
            told_sender,
            told,
            retry,
            discover_at,
            is_discovering: false,
            hinted: None,
            place: None,
        }
    }

    /// Runs until it is told to close, or nobody listens any more. Dropping the future ends all its tasks.
    pub(crate) async fn run(mut self) {
        loop {
            if self.discover_at.is_some_and(|at| at <= self.monotonic()) {
                self.discover_at = None;
                self.discover(false);
            }
            self.ledger.judge(self.now());
            self.queue_up();
            let wake = self.next_wake();
            tokio::select! {
                order = self.parts.orders.recv() => match order {
                    Some(Order::Reconnect) => self.reconnect(true),
                    Some(Order::TryLogin) => self.try_login(),
                    Some(Order::Relist) => self.relist(),
                    Some(Order::Rest) => self.rest(),
                    Some(Order::Close) => return self.close().await,
                    None => return,
                },
                Ok(()) = self.parts.layers.changed() => self.learn(),
                Some(told) = self.told.recv() => self.take_in(told),
                Some(done) = self.tasks.join_next_with_id() => self.task_done(done),
                place = take_place(&mut self.place) => match place {
                    Ok(permit) => self.speak(permit),
                    Err(_nobody_listens) => return,
                },
                () = sleep(wake) => {}
            }
        }
    }

    fn now(&self) -> jiff::Timestamp {
        self.parts.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.parts.clock.monotonic()
    }

    /// Asks for a place in the queue as soon as there is something to tell.
    fn queue_up(&mut self) {
        let pace = self.parts.settings.flush_every;
        if self.place.is_none() && self.ledger.has_news(self.now(), self.monotonic(), pace) {
            self.place = Some(Box::pin(self.parts.updates.clone().reserve_owned()));
        }
    }

    fn speak(&mut self, permit: OwnedPermit<Update>) {
        self.place = None;
        let (now, monotonic) = (self.now(), self.monotonic());
        // While it waited for its place, more may have come: all of it goes along.
        permit.send(self.ledger.next_update(now, monotonic));
    }

    /// How long nothing has to be done by itself.
    fn next_wake(&self) -> Option<Duration> {
        let (now, monotonic) = (self.now(), self.monotonic());
        let flush = (self.place.is_none() && !self.ledger.pending.is_empty()).then(|| {
            self.ledger
                .pending
                .wait(monotonic, self.parts.settings.flush_every)
        });
        let turn = self
            .ledger
            .turn
            .map(|turn| Duration::try_from(turn.duration_since(now)).unwrap_or(Duration::ZERO));
        let discover = self.discover_at.map(|at| at.saturating_sub(monotonic));
        [flush, turn, discover].into_iter().flatten().min()
    }

    fn take_in(&mut self, first: Told) {
        let mut next = Some(first);
        for _ in 0..TOLD_AT_ONCE {
            let Some(told) = next else { break };
            match self.ledger.fold(told, self.parts.clock.now()) {
                Follow::Nothing => {}
                Follow::Start => self.start_watchers(),
                Follow::Rediscover => self.rediscover_soon(),
            }
            next = self.told.try_recv().ok();
        }
    }

    fn task_done(&mut self, done: Result<(tokio::task::Id, Done), JoinError>) {
        match done {
            Ok((task, Done::Watcher(watch))) => {
                self.watchers.remove(&task);
                tracing::debug!(watch, "a watcher has ended");
            }
            Ok((_, Done::Discovered(outcome))) => self.discovered(outcome),
            Ok((_, Done::Inventory(inventory))) => self.ledger.take_stock(inventory),
            Err(error) => {
                let watch = self.watchers.remove(&error.id());
                if error.is_cancelled() {
                    return;
                }
                tracing::error!(%error, "a task of a session ended by a fault of this program");
                match watch {
                    Some(watch) => {
                        self.ledger.lost(watch, self.now());
                        self.rediscover_soon();
                    }
                    None if self.is_discovering => {
                        self.discovered(Err(Fault::Garbled("discovery failed inside fleetui".to_owned())));
                    }
                    None => {}
                }
            }
        }
    }

    fn discovered(&mut self, outcome: Result<Catalogue, Fault>) {
        self.is_discovering = false;
        // It was asked to rest meanwhile.
        if self.ledger.phase == Phase::Idle {
            return;
        }
        match outcome {
            Ok(catalogue) => {
                self.retry.reset();
                self.take_inventory(&catalogue);
                let name = self.parts.target.management_cluster.as_str();
                let every = self.parts.settings.rediscover_every;
                self.discover_at = Some(self.monotonic() + jittered(every, &name));
                // A session that panicked while it wrote would have left a whole catalogue: it is one assignment.
                let mut shared = self
                    .parts
                    .catalogue
                    .write()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                *shared = Arc::new(catalogue);
                drop(shared);
                self.ledger.phase = Phase::Watching;
                self.learn();
            }
            Err(fault) => {
                let pause = self.retry.pause().max(fault.wait());
                self.discover_at = Some(self.monotonic() + pause);
                match self.ledger.phase {
                    // The watches say how things stand.
                    Phase::Watching => tracing::debug!(%fault, "the kinds cannot be looked at again"),
                    Phase::Idle | Phase::Connecting | Phase::Unreached { .. } => {
                        let retry_at = standing::after(self.now(), pause);
                        self.ledger.phase = Phase::Unreached { fault, retry_at };
                    }
                }
            }
        }
    }

    /// Watches the kinds that are wanted now, and no others.
    fn learn(&mut self) {
        // What is shown before there is a catalogue is looked at when there is one.
        if self.ledger.phase != Phase::Watching {
            return;
        }
        let shared = self.parts.catalogue.read();
        let catalogue = Arc::clone(&shared.unwrap_or_else(std::sync::PoisonError::into_inner));
        let layers = *self.parts.layers.borrow_and_update();
        self.ledger.learn(&catalogue, layers, self.now());
        self.start_watchers();
    }

    fn discover(&mut self, renew: bool) {
        self.is_discovering = true;
        let requester = Arc::clone(&self.parts.requester);
        let settings = Arc::clone(&self.parts.settings);
        self.tasks.spawn(async move {
            if renew {
                requester.renew().await;
            }
            Done::Discovered(discovery::discover(&requester, &settings).await)
        });
    }

    fn take_inventory(&mut self, catalogue: &Catalogue) {
        let requester = Arc::clone(&self.parts.requester);
        let settings = Arc::clone(&self.parts.settings);
        let clock = Arc::clone(&self.parts.clock);
        let catalogue = catalogue.clone();
        let era = self.ledger.session.era;
        let now = self.monotonic();
        let hint = self
            .hinted
            .is_none_or(|then| now.saturating_sub(then) >= HINTS_EVERY);
        if hint {
            self.hinted = Some(now);
        }
        let namespaces = hint.then(|| self.parts.target.namespaces.clone());
        self.tasks.spawn(async move {
            let known = (era, namespaces.as_deref());
            Done::Inventory(inventory::take(&requester, &catalogue, known, &settings, &clock).await)
        });
    }

    /// A kind vanished under its watch: the server is starting, or its CRD was deleted.
    fn rediscover_soon(&mut self) {
        if !self.is_discovering {
            let soon = self.monotonic() + self.retry.pause();
            self.discover_at = Some(self.discover_at.map_or(soon, |at| at.min(soon)));
        }
    }

    /// Starts a watcher for each watch that has none.
    fn start_watchers(&mut self) {
        for (id, watch) in self
            .ledger
            .watches
            .iter_mut()
            .filter(|(_, watch)| watch.task.is_none())
        {
            let watcher = Watcher {
                id: *id,
                management_cluster: self.parts.target.management_cluster.clone(),
                served: Arc::clone(&watch.served),
                namespace: watch.namespace.clone(),
                requester: Arc::clone(&self.parts.requester),
                settings: Arc::clone(&self.parts.settings),
                session: self.told_sender.clone(),
            };
            let task = self
                .tasks
                .spawn(async move { Done::Watcher(watcher.run().await) });
            self.watchers.insert(task.id(), *id);
            watch.task = Some(task);
        }
    }

    fn reconnect(&mut self, renew: bool) {
        self.tasks.abort_all();
        self.ledger.start_over(self.now());
        self.retry.reset();
        self.discover_at = None;
        self.hinted = None;
        self.discover(renew);
    }

    /// Somebody has logged in. Who does not wait for that goes on as before.
    fn try_login(&mut self) {
        if matches!(self.ledger.session.connection, Connection::AuthNeeded { .. }) {
            self.reconnect(false);
        }
    }

    /// Who is not connected reads everything anyhow when it is.
    fn relist(&mut self) {
        if self.ledger.session.connection != Connection::Idle {
            self.reconnect(false);
        }
    }

    fn rest(&mut self) {
        self.tasks.abort_all();
        self.ledger.rest();
        self.retry.reset();
        self.discover_at = None;
        self.is_discovering = false;
    }

    async fn close(mut self) {
        self.tasks.abort_all();
        let closed = Update::Closed(self.parts.target.management_cluster.clone());
        if tokio::time::timeout(LAST_WORD, self.parts.updates.send(closed))
            .await
            .is_err()
        {
            tracing::warn!("nobody took the end of a session");
        }
    }
}

/// The place in the queue, once it is there. Pending for ever while none was asked for.
async fn take_place(place: &mut Option<Place>) -> Result<OwnedPermit<Update>, SendError<()>> {
    match place {
        Some(waiting) => waiting.await,
        None => std::future::pending().await,
    }
}

async fn sleep(wake: Option<Duration>) {
    match wake {
        Some(wake) => tokio::time::sleep(wake).await,
        None => std::future::pending().await,
    }
}
