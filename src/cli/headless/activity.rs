//! What is read for a view of what is done: the audit log of this machine, and the upgrades that management clusters store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use fleetui_base::ManagementCluster;
use fleetui_client::{AuditLog, Failure, FailureKind, FleetClient};
use fleetui_fleet::act::Entry;
use fleetui_fleet::{FleetStore, Update};
use futures::{StreamExt as _, stream};

use crate::cli::{status, tell};

/// So many management clusters are asked at once for the upgrades that are stored in them.
const AT_ONCE: usize = 16;

/// What was done from here and stands in the audit log, and which upgrades of clusters are stored.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    log: AuditLog,
    /// How many lines of it are read.
    limit: usize,
    /// Whether no management cluster is asked.
    pub(super) local: bool,
    /// The lines that were read last, the newest first.
    entries: Arc<Mutex<Vec<Entry>>>,
    /// Management clusters whose stored upgrades cannot be read, and why.
    unread: BTreeMap<ManagementCluster, Failure>,
}

/// Reads which upgrades are stored in what is connected; says where they cannot be read, and why.
pub(super) async fn read_walks(
    client: &FleetClient,
    store: &mut FleetStore,
) -> BTreeMap<ManagementCluster, Failure> {
    let live = store.sessions().filter(|session| session.is_live());
    let names: Vec<ManagementCluster> = live.map(|session| session.management_cluster.clone()).collect();
    let reading = names.into_iter().map(|name| async move {
        let read = client.stored_walks(&name).await;
        (name, read)
    });
    let mut reading = stream::iter(reading).buffer_unordered(AT_ONCE);
    let mut unread = BTreeMap::new();
    while let Some((name, read)) = reading.next().await {
        match read {
            Ok(walks) => {
                store.apply(Update::Walks(walks));
            }
            Err(failure) => {
                unread.insert(name, failure);
            }
        }
    }
    unread
}

impl Activity {
    /// So many lines of `log`; of a `local` one no management cluster is asked. Lines are put into `entries`, the newest first.
    pub(crate) fn new((log, limit): (AuditLog, usize), local: bool, entries: Arc<Mutex<Vec<Entry>>>) -> Self {
        Self {
            log,
            limit,
            local,
            entries,
            unread: BTreeMap::new(),
        }
    }

    /// Reads the log, and the upgrades that are stored in what is connected.
    pub(super) async fn read(&mut self, client: &FleetClient, store: &mut FleetStore) {
        match self.log.read(self.limit).await {
            Ok(entries) => *self.entries.lock().unwrap_or_else(PoisonError::into_inner) = entries,
            // What was read before is told on; that it can be read was found out first.
            Err(error) => tracing::warn!(%error, "the audit log cannot be read any more"),
        }
        self.unread = read_walks(client, store).await;
    }

    /// Whether upgrades could not be read somewhere.
    pub(super) fn is_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Tells on stderr where upgrades cannot be read and that was not told before; gives the exit status for it.
    pub(super) fn complain(&self, told: &mut BTreeSet<String>) -> u8 {
        let mut code = 0;
        for (name, failure) in &self.unread {
            code = code.max(if failure.kind == FailureKind::Denied {
                status::REFUSED
            } else {
                status::FAILED
            });
            if told.insert(format!("walks {name}")) {
                tell(&format!(
                    "which upgrades are stored in {name} is not known: {failure}"
                ));
            }
        }
        code
    }
}
