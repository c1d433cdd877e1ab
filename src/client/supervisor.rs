//! Owns the session tasks: starts them, notices their end, and starts one anew that a fault of this program has ended.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fleetui_base::{ManagementCluster, SharedClock};
use fleetui_connect::{Broker, Connector, Target};
use fleetui_fleet::Update;
use fleetui_fleet::tree::Layers;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::act::identity::Identity;
use crate::act::permission::Permissions;
use crate::catalogue::Catalogue;
use crate::request::Requester;
use crate::schema::Schemas;
use crate::session::{Order, SessionParts, SessionTask, SharedCatalogue, announced};
use crate::settings::ClientSettings;
use crate::workload::Workloads;

/// Orders that may wait for one session: more of the same would not change anything.
const ORDERS: usize = 4;
/// How often connections to workload clusters that nobody uses are closed.
const SWEEP: Duration = Duration::from_mins(1);
/// How long a session that ended by a fault stays away.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// What others need of a running session.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) target: Arc<Target>,
    pub(crate) requester: Arc<Requester>,
    pub(crate) permissions: Arc<Permissions>,
    /// Whom the server takes the user for.
    pub(crate) identity: Arc<Identity>,
    pub(crate) schemas: Arc<Schemas>,
    /// Connections to workload clusters, the same for all.
    pub(crate) workloads: Arc<Workloads>,
    catalogue: SharedCatalogue,
    orders: mpsc::Sender<Order>,
}

impl Handle {
    /// The kinds, as last learned.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the session for something. A full queue holds the same order already.
    pub(crate) fn order(&self, order: Order) {
        if let Err(error) = self.orders.try_send(order) {
            tracing::debug!(%error, "an order was not needed any more");
        }
    }

    /// Asks the session to end, behind what it was asked before.
    pub(crate) async fn close(&self) {
        if self.orders.send(Order::Close).await.is_err() {
            tracing::debug!("the session had ended already");
        }
    }
}

/// The sessions by name.
pub(crate) type Handles = Arc<RwLock<HashMap<ManagementCluster, Handle>>>;

/// Runs the sessions.
pub(crate) struct Supervisor {
    pub(crate) clock: SharedClock,
    pub(crate) settings: Arc<ClientSettings>,
    pub(crate) broker: Arc<Broker>,
    pub(crate) updates: mpsc::Sender<Update>,
    pub(crate) handles: Handles,
    pub(crate) additions: mpsc::Receiver<Target>,
    /// The layers that are shown, for every session that there is and will be.
    pub(crate) layers: watch::Receiver<Layers>,
    /// Connections to workload clusters.
    pub(crate) workloads: Arc<Workloads>,
    pub(crate) sessions: Sessions,
}

/// The running tasks, and whose they are.
#[derive(Default)]
pub(crate) struct Sessions {
    tasks: JoinSet<()>,
    names: HashMap<Id, ManagementCluster>,
}

impl Supervisor {
    /// Keeps the sessions until `cancel`, starts those that are added.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                Some(target) = self.additions.recv() => self.start(target, Duration::ZERO),
                () = tokio::time::sleep(SWEEP) => self.workloads.sweep(),
                Some(ended) = self.sessions.tasks.join_next_with_id() => {
                    if let Some(target) = self.ended(ended).await {
                        self.start(target, AFTER_A_FAULT);
                    }
                }
            }
        }
        self.sessions.tasks.shutdown().await;
    }

    /// Starts the session of `target`, unless there is one of that name.
    pub(crate) fn start(&mut self, target: Target, after: Duration) {
        // Each write of the map is one call, so a panic elsewhere leaves it whole.
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        if handles.contains_key(&target.management_cluster) {
            return;
        }
        let connector = Connector::new(
            &target,
            Arc::clone(&self.broker),
            Arc::clone(&self.clock),
            self.settings.connect.clone(),
        );
        let (orders, received) = mpsc::channel(ORDERS);
        let handle = Handle {
            target: Arc::new(target.clone()),
            requester: Arc::new(Requester::new(connector)),
            permissions: Arc::default(),
            identity: Arc::default(),
            schemas: Arc::default(),
            workloads: Arc::clone(&self.workloads),
            catalogue: SharedCatalogue::default(),
            orders,
        };
        let parts = SessionParts {
            requester: Arc::clone(&handle.requester),
            catalogue: Arc::clone(&handle.catalogue),
            clock: Arc::clone(&self.clock),
            settings: Arc::clone(&self.settings),
            updates: self.updates.clone(),
            orders: received,
            layers: self.layers.clone(),
            target,
        };
        let name = handle.target.management_cluster.clone();
        handles.insert(name.clone(), handle);
        let task = self.sessions.tasks.spawn(async move {
            tokio::time::sleep(after).await;
            SessionTask::new(parts).run().await;
        });
        self.sessions.names.insert(task.id(), name);
    }

    /// A session ended. The target to start anew, where that was not meant.
    async fn ended(&mut self, ended: Result<(Id, ()), JoinError>) -> Option<Target> {
        let (id, fault) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let name = self.sessions.names.remove(&id)?;
        let handle = self
            .handles
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&name)?;
        let fault = fault.filter(JoinError::is_panic)?;
        tracing::error!(management_cluster = %name, %fault, "a session ended by a fault of this program; it starts anew");
        let mut session = announced(&handle.target);
        session.connection = fleetui_fleet::Connection::Offline {
            why: "the session failed inside fleetui".to_owned(),
            retry_at: crate::standing::after(self.clock.now(), AFTER_A_FAULT),
        };
        // The new session does not know the old one's rows; they go first.
        for update in [Update::Closed(name), Update::Session(Arc::new(session))] {
            if tokio::time::timeout(AFTER_A_FAULT, self.updates.send(update))
                .await
                .is_err()
            {
                tracing::warn!("nobody took the end of a session");
            }
        }
        Some(Target::clone(&handle.target))
    }
}
