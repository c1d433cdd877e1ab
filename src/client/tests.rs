//! The room as a whole against scripted servers: what a server does wrong, and what the console is told.

mod commands;
mod creating;
mod editing;
mod embedded;
mod gate;
mod isolation;
mod lifecycle;
mod over_tls;
mod scripted;
mod undoing;
mod walk;
mod watching;
mod weighing;
mod whole;
mod workload;

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::{Clock, ManagementCluster, ObjectKey, ObjectName, SharedClock};
use fleetui_connect::Target;
use fleetui_fleet::{Connection, FleetStore, Session, Update};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::{ClientSettings, FleetClient};

/// The time of tokio's timers, which stand still and jump in these tests.
struct TimerClock(tokio::time::Instant);

impl TimerClock {
    fn shared() -> SharedClock {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

impl Clock for TimerClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH.checked_add(self.0.elapsed()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A fleet, and everything that it has told folded into a store.
struct Fleet {
    client: FleetClient,
    updates: mpsc::Receiver<Update>,
    store: FleetStore,
    batches: Vec<usize>,
    begun: tokio::time::Instant,
}

impl Fleet {
    fn start(targets: Vec<Target>) -> Self {
        Self::with(targets, ClientSettings::default())
    }

    fn with(targets: Vec<Target>, settings: ClientSettings) -> Self {
        Self::by(TimerClock::shared(), targets, settings)
    }

    /// The same by another clock.
    fn by(clock: SharedClock, targets: Vec<Target>, settings: ClientSettings) -> Self {
        let (client, updates) = FleetClient::start(targets, clock, settings);
        let begun = tokio::time::Instant::now();
        Self {
            client,
            updates,
            store: FleetStore::default(),
            batches: Vec::new(),
            begun,
        }
    }

    /// Reads updates until `what` holds, and says how long after the start that was.
    async fn until(&mut self, what: &str, mut holds: impl FnMut(&FleetStore) -> bool) -> Duration {
        let waiting = async {
            while !holds(&self.store) {
                let update = self.updates.recv().await.expect("the sessions go on");
                self.fold(update);
            }
        };
        if tokio::time::timeout(Duration::from_hours(1), waiting)
            .await
            .is_err()
        {
            let sessions: Vec<_> = self.store.sessions().collect();
            panic!("never: {what}; {} rows, {sessions:#?}", self.store.len());
        }
        self.begun.elapsed()
    }

    /// Reads all updates of the next while.
    async fn during(&mut self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while let Ok(update) = tokio::time::timeout_at(end, self.updates.recv()).await {
            self.fold(update.expect("the sessions go on"));
        }
    }

    fn fold(&mut self, update: Update) {
        if let Update::Objects(batch) = &update {
            self.batches.push(batch.changes.len());
        }
        self.store.apply(update);
    }

    async fn until_live(&mut self, name: &str) -> Duration {
        self.until(&format!("{name} is live"), |store| {
            session(store, name).is_some_and(|session| session.is_live())
        })
        .await
    }

    async fn until_connection(&mut self, name: &str, holds: fn(&Connection) -> bool) -> Connection {
        self.until("a connection", |store| {
            session(store, name).is_some_and(|session| holds(&session.connection))
        })
        .await;
        self.connection(name)
    }

    fn connection(&self, name: &str) -> Connection {
        session(&self.store, name).unwrap().connection.clone()
    }
}

fn session<'a>(store: &'a FleetStore, name: &str) -> Option<&'a Arc<Session>> {
    store.session(&ManagementCluster::new(name))
}

/// Names of the Machines of a management cluster, sorted.
fn machines(store: &FleetStore, name: &str) -> Vec<String> {
    let only = ManagementCluster::new(name);
    let rows = store
        .rows(Some(&only))
        .filter(|row| row.facts.kind == fleetui_api::kinds::core("Machine"));
    let mut names: Vec<_> = rows.map(|row| row.facts.object.name.to_string()).collect();
    names.sort();
    names
}

fn machine_key(management_cluster: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new(management_cluster),
        fleetui_api::kinds::core("Machine"),
        ObjectName::new("default", name),
    )
}
