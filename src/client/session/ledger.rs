//! What a session knows: its watches and how each stands, the objects that it has told of, what waits to be told.
//! Decides; starts nothing and sends nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::GroupKind;
use fleetui_fleet::tree::Layers;
use fleetui_fleet::{Connection, Session, Update};
use jiff::Timestamp;

use super::watch::Watch;
use crate::act::hints::Hints;
use crate::catalogue::{Catalogue, Served};
use crate::fault::Fault;
use crate::inventory::Inventory;
use crate::known::{Known, key};
use crate::pending::Pending;
use crate::skew;
use crate::standing::{self, Patience, Standing};
use crate::watcher::{Event, Told, WatchId, What};

/// Where the session as a whole is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not connected until it is asked for.
    Idle,
    /// First contact, or a new attempt that was asked for.
    Connecting,
    /// Discovery failed.
    Unreached { fault: Fault, retry_at: Timestamp },
    /// The kinds are known; the watches say how things stand.
    Watching,
}

/// What has to be done after something was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    Nothing,
    /// Watches were added that have no task yet.
    Start,
    /// A kind that was served is not: the kinds have to be looked at again.
    Rediscover,
    /// The server is there again: what waits for its time to try again need not.
    Hurry,
}

/// Namespaces that are read in the place of the whole management cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Namespaces {
    pub(crate) names: Vec<String>,
    /// Always, or only where the whole may not be read.
    pub(crate) always: bool,
}

/// What one session knows.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) session: Session,
    pub(crate) phase: Phase,
    pub(crate) watches: BTreeMap<WatchId, Watch>,
    pub(crate) pending: Pending,
    namespaces: Namespaces,
    patience: Patience,
    heard_every: Duration,
    next_id: WatchId,
    /// Whether the session has something to tell about itself.
    changed: bool,
    told_heard: Option<Timestamp>,
    /// When the same standings mean something else.
    pub(crate) turn: Option<Timestamp>,
}

impl Ledger {
    pub(crate) fn new(
        session: Session,
        namespaces: Namespaces,
        patience: Patience,
        heard_every: Duration,
    ) -> Self {
        Self {
            session,
            phase: Phase::Idle,
            watches: BTreeMap::new(),
            pending: Pending::default(),
            namespaces,
            patience,
            heard_every,
            next_id: 0,
            changed: true,
            told_heard: None,
            turn: None,
        }
    }

    /// Takes in what a watcher told. What a stopped one still tells is dropped.
    pub(crate) fn fold(&mut self, told: Told, now: Timestamp) -> Follow {
        let Some(watch) = self.watches.get_mut(&told.watch) else {
            return Follow::Nothing;
        };
        let lacked_connection = watch.lacks_connection();
        match told.what {
            What::ListBegun => watch.known.begin_list(),
            What::Objects(events) => {
                self.session.heard = Some(now);
                self.events(told.watch, events, now);
            }
            What::Listed => {
                let gone = watch.known.end_list();
                watch.complete = true;
                watch.stands(now);
                self.session.heard = Some(now);
                let kind = watch.served.kind.clone();
                for (object, uid) in gone {
                    self.pending
                        .delete(key(&self.session.management_cluster, &kind, object), uid);
                }
                if lacked_connection {
                    return Follow::Hurry;
                }
            }
            What::Open => {
                watch.stands(now);
                self.session.heard = Some(now);
                if lacked_connection {
                    return Follow::Hurry;
                }
            }
            What::Broken { fault, retry_in } => {
                watch.break_down(fault, self.session.heard, now, standing::after(now, retry_in));
            }
            What::Denied(why) => {
                watch.task = None;
                watch.standing = Standing::Denied(why);
                self.session.heard = Some(now);
                return self.fall_back(told.watch, now);
            }
            What::NotServed(why) => {
                watch.task = None;
                watch.break_down(Fault::NotFound(why), None, now, now);
                self.session.heard = Some(now);
                return Follow::Rediscover;
            }
        }
        Follow::Nothing
    }

    /// A watcher ended without a last word: a fault of this program.
    pub(crate) fn lost(&mut self, watch: WatchId, now: Timestamp) {
        if let Some(watch) = self.watches.get_mut(&watch) {
            watch.task = None;
            watch.break_down(
                Fault::Garbled("reading this kind failed inside fleetui".to_owned()),
                None,
                now,
                now,
            );
        }
    }

    fn events(&mut self, id: WatchId, events: Vec<Event>, now: Timestamp) {
        let Some(watch) = self.watches.get_mut(&id) else {
            return;
        };
        if watch.complete {
            watch.current = now;
        }
        for event in events {
            match event {
                Event::Upsert(row) => {
                    watch.known.see(&row.facts.object, &row.facts.uid);
                    self.pending.upsert(*row);
                }
                Event::Delete(object, uid) => {
                    if watch.known.forget(&object, &uid) {
                        self.pending.delete(
                            key(&self.session.management_cluster, &watch.served.kind, object),
                            uid,
                        );
                    }
                }
            }
        }
    }

    /// Where the whole management cluster may not be read, the namespaces that were named are.
    fn fall_back(&mut self, id: WatchId, now: Timestamp) -> Follow {
        let applies = |watch: &Watch| watch.namespace.is_none() && watch.served.namespaced;
        if self.namespaces.names.is_empty() || !self.watches.get(&id).is_some_and(applies) {
            return Follow::Nothing;
        }
        let Some(denied) = self.watches.remove(&id) else {
            return Follow::Nothing;
        };
        self.add_parts(&denied.served, denied.known, now);
        Follow::Start
    }

    /// Adds a watch of a kind: of the whole, or of the namespaces that are read in its place from the start.
    fn begin(&mut self, served: Arc<Served>, known: Known, now: Timestamp) {
        if self.namespaces.always && served.namespaced {
            self.add_parts(&served, known, now);
        } else {
            self.add(served, None, known, now);
        }
    }

    /// Adds a watch for each namespace. What is known of others is gone.
    fn add_parts(&mut self, served: &Arc<Served>, mut known: Known, now: Timestamp) {
        for (object, uid) in known.take(&self.namespaces.names) {
            let key = key(&self.session.management_cluster, &served.kind, object);
            self.pending.delete(key, uid);
        }
        for namespace in self.namespaces.names.clone() {
            let known = known.split(&namespace);
            self.add(Arc::clone(served), Some(namespace), known, now);
        }
    }

    fn add(&mut self, served: Arc<Served>, namespace: Option<String>, known: Known, now: Timestamp) {
        self.watches
            .insert(self.next_id, Watch::new(served, namespace, known, now));
        self.next_id += 1;
    }

    /// Takes in the kinds: begins watches of new ones, ends those of kinds that are gone, moves those whose version changed.
    /// Watches without a task are to be started afterwards.
    pub(crate) fn learn(&mut self, catalogue: &Catalogue, layers: Layers, now: Timestamp) {
        self.phase = Phase::Watching;
        let gone: Vec<_> = self
            .watches
            .iter()
            .filter(|(_, watch)| {
                !catalogue
                    .watched(layers)
                    .any(|served| served.kind == watch.served.kind)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            let Some(mut watch) = self.watches.remove(&id) else {
                continue;
            };
            watch.stop();
            for (object, uid) in watch.known.take(&[]) {
                self.pending.delete(
                    key(&self.session.management_cluster, &watch.served.kind, object),
                    uid,
                );
            }
        }
        for served in catalogue.watched(layers) {
            let mut is_watched = false;
            for watch in self
                .watches
                .values_mut()
                .filter(|watch| watch.served.kind == served.kind)
            {
                is_watched = true;
                if watch.served != *served {
                    watch.stop();
                    watch.served = Arc::clone(served);
                }
            }
            if !is_watched {
                self.begin(Arc::clone(served), Known::default(), now);
            }
        }
    }

    /// Takes in what the server says about itself.
    pub(crate) fn take_stock(&mut self, inventory: Inventory) {
        let Inventory {
            server_version,
            latency,
            skew,
            providers,
            era,
            hints,
        } = inventory;
        let session = &mut self.session;
        // What could not be read this time is still as it was.
        let before = (
            session.server_version.clone(),
            session.providers.clone(),
            session.era,
            session.skew,
        );
        if let Some(measured) = skew {
            session.skew = skew::told(session.skew, measured);
        }
        session.server_version = server_version.or(session.server_version.take());
        session.latency = latency.or(session.latency);
        if !providers.is_empty() {
            session.providers = providers;
        }
        session.era = era.or(session.era);
        if let Some(Hints { forbidden, permitted }) = hints {
            self.changed |= session.forbidden != forbidden || session.permitted != permitted;
            session.forbidden = forbidden;
            session.permitted = permitted;
        }
        self.changed |= before
            != (
                session.server_version.clone(),
                session.providers.clone(),
                session.era,
                session.skew,
            );
    }

    /// Stops all watches and begins anew with the kinds; what is known stays known.
    pub(crate) fn start_over(&mut self, now: Timestamp) {
        let watches = std::mem::take(&mut self.watches);
        let mut known: BTreeMap<GroupKind, (Arc<Served>, Known)> = BTreeMap::new();
        for mut watch in watches.into_values() {
            watch.stop();
            let served = Arc::clone(&watch.served);
            let entry = known
                .entry(served.kind.clone())
                .or_insert_with(|| (served, Known::default()));
            entry.1.absorb(watch.known);
        }
        for (served, known) in known.into_values() {
            self.begin(served, known, now);
        }
        self.phase = Phase::Connecting;
    }

    /// Ends all watches and forgets what they brought, until a new connection is asked for.
    pub(crate) fn rest(&mut self) {
        for mut watch in std::mem::take(&mut self.watches).into_values() {
            watch.stop();
            for (object, uid) in watch.known.take(&[]) {
                let key = key(&self.session.management_cluster, &watch.served.kind, object);
                self.pending.delete(key, uid);
            }
        }
        self.phase = Phase::Idle;
    }

    /// Works out how the connection stands now.
    pub(crate) fn judge(&mut self, now: Timestamp) {
        let (connection, turn) = match &self.phase {
            Phase::Idle => (Connection::Idle, None),
            Phase::Connecting => (Connection::Connecting, None),
            Phase::Unreached { fault, .. } if fault.needs_login() => (
                Connection::AuthNeeded {
                    how: fault.to_string(),
                },
                None,
            ),
            Phase::Unreached {
                fault: Fault::Forbidden(why),
                ..
            } => (Connection::Denied { why: why.clone() }, None),
            Phase::Unreached { fault, retry_at } => (
                Connection::Offline {
                    why: fault.to_string(),
                    retry_at: *retry_at,
                },
                None,
            ),
            Phase::Watching => standing::connection(
                self.watches.values().map(|watch| &watch.standing),
                self.patience,
                now,
            ),
        };
        self.turn = turn;
        let denied = self.denied();
        let denied_in = self.denied_in(&denied);
        let namespaces = self.namespaces_in_use();
        let session = &mut self.session;
        let same = session.connection == connection
            && session.denied == denied
            && session.denied_in == denied_in
            && session.namespaces == namespaces;
        if !same {
            session.stands(connection, now);
            session.denied = denied;
            session.denied_in = denied_in;
            session.namespaces = namespaces;
            self.changed = true;
        }
    }

    /// Kinds that may not be read in a namespace, and may be in another one.
    fn denied_in(&self, denied: &[GroupKind]) -> Vec<(GroupKind, CompactString)> {
        let refused = |watch: &&Watch| matches!(watch.standing, Standing::Denied(_));
        let mut kinds: Vec<_> = self
            .watches
            .values()
            .filter(refused)
            .filter(|watch| !denied.contains(&watch.served.kind))
            .filter_map(|watch| Some((watch.served.kind.clone(), watch.namespace.as_deref()?.into())))
            .collect();
        kinds.sort();
        kinds
    }

    /// The namespaces that are read in the place of the whole.
    fn namespaces_in_use(&self) -> Vec<CompactString> {
        let in_use = |name: &&String| {
            let mut watches = self.watches.values();
            self.namespaces.always || watches.any(|watch| watch.namespace.as_ref() == Some(*name))
        };
        let names = self.namespaces.names.iter().filter(in_use);
        names.map(CompactString::from).collect()
    }

    /// Kinds of which nothing may be read.
    fn denied(&self) -> Vec<GroupKind> {
        let mut kinds: BTreeMap<&GroupKind, bool> = BTreeMap::new();
        for watch in self.watches.values() {
            let is_denied = matches!(watch.standing, Standing::Denied(_));
            *kinds.entry(&watch.served.kind).or_insert(true) &= is_denied;
        }
        kinds
            .into_iter()
            .filter(|(_, is_denied)| *is_denied)
            .map(|(kind, _)| kind.clone())
            .collect()
    }

    /// Whether there is something to tell now.
    pub(crate) fn has_news(&self, now: Timestamp, monotonic: Duration, pace: Duration) -> bool {
        let due = !self.pending.is_empty() && self.pending.wait(monotonic, pace).is_zero();
        due || self.changed || self.heard_is_due(now)
    }

    /// The next thing to tell. Objects go first, so that a session that says it is live has told them.
    pub(crate) fn next_update(&mut self, now: Timestamp, monotonic: Duration) -> Update {
        if !self.pending.is_empty() {
            return Update::Objects(self.pending.take(&self.session.management_cluster, monotonic));
        }
        self.changed = false;
        self.told_heard = self.session.heard.or(Some(now));
        Update::Session(Arc::new(self.session.clone()))
    }

    /// A session of which nothing changes still says now and then that it was heard.
    fn heard_is_due(&self, now: Timestamp) -> bool {
        match (self.session.heard, self.told_heard) {
            (Some(heard), Some(told)) => heard > told && now >= standing::after(told, self.heard_every),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}
