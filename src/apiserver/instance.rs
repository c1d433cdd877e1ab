//! The server as a value: opened over a data directory or memory, asked for a router or for clients, and shut down.

mod authority;
mod errors;
mod logical_clusters;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use fleetui_base::SharedClock;
use fleetui_base::clock::SystemClock;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::admission::Admission;
use crate::audit::{AuditLog, Rotation};
use crate::authn::Identity;
use crate::authn::keys::Keys;
use crate::authz::{self, bootstrap};
use crate::call::{Place, Shared};
use crate::client::{self, Asker};
use crate::convert::Converter;
use crate::furnishing;
use crate::gc;
use crate::handlers::create::rules;
use crate::handlers::record;
use crate::hosted::{Hosted, HostedClusters, record_key, records};
use crate::identity::Identities;
use crate::logical::LogicalCluster;
use crate::object::metadata_text;
use crate::router::router;
use crate::status::ApiError;
use crate::storage::memory::Range;
use crate::storage::{
    Batch, Change, CommitError, Draft, HistoryLimits, NoFaults, Precondition, SharedFaults, Store,
    StoreOptions,
};
use crate::strategy::Part;
use crate::upkeep;
use crate::visit::RequestIds;

pub use errors::{BuildError, LevelError, LogicalClusterError, SelfCheckError};
pub use logical_clusters::Extent;

/// Namespaces that every logical cluster has from the start.
const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// How long the end of the server's tasks is waited for.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// How many objects of a logical cluster that goes are deleted in one batch.
const DELETE_BATCH: usize = 500;

/// How a server is made.
pub struct Builder {
    directory: Option<PathBuf>,
    clock: SharedClock,
    history: HistoryLimits,
    admission: Option<Arc<dyn Admission>>,
    identities: Identities,
    faults: SharedFaults,
    converter: Option<Arc<dyn Converter>>,
    protected: HashSet<String>,
}

impl Builder {
    /// Keeps objects in this directory, which is made where it is missing. Without it they live in memory alone.
    #[must_use]
    pub fn data_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Takes the time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps this much of the past.
    #[must_use]
    pub fn history(mut self, history: HistoryLimits) -> Self {
        self.history = history;
        self
    }

    /// Lets this one decide about writes of custom resources.
    #[must_use]
    pub fn admission(mut self, admission: Arc<dyn Admission>) -> Self {
        self.admission = Some(admission);
        self
    }

    #[cfg(test)]
    pub(crate) fn faults(mut self, faults: SharedFaults) -> Self {
        self.faults = faults;
        self
    }

    /// Lets this one convert custom resources between their versions.
    #[must_use]
    pub fn converter(mut self, converter: Arc<dyn Converter>) -> Self {
        self.converter = Some(converter);
        self
    }

    /// Keeps the spec of these CustomResourceDefinitions of the management cluster for whoever embeds the server: only
    /// clients of [`ApiServer::installer`] change it. Others are told so, and their writes go through without it.
    #[must_use]
    pub fn protected_definitions(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.protected.extend(names);
        self
    }

    /// Lets uids follow from this seed and from names, so that a world that is made the same way has the same ones again.
    #[must_use]
    pub fn named_uids(mut self, seed: u64) -> Self {
        self.identities = Identities::named(seed);
        self
    }

    /// Opens the store and the audit log beside it, takes up the logical clusters that it holds, and starts garbage
    /// collection. A server in memory has no audit log.
    ///
    /// Fails where the data directory cannot be used, above all when another process has it open.
    pub async fn build(self) -> Result<ApiServer, BuildError> {
        let clusters = Arc::new(HostedClusters::default());
        let garbage = Arc::new(gc::Queue::default());
        let upkeep = Arc::new(upkeep::Queue::default());
        let observer = {
            let (clusters, garbage) = (Arc::clone(&clusters), Arc::clone(&garbage));
            let upkeep = Arc::clone(&upkeep);
            Box::new(move |event: &Arc<crate::storage::Event>| {
                clusters.observe(event);
                garbage.observe(event);
                upkeep.observe(event);
            })
        };
        let directory = self.directory.clone();
        let options = StoreOptions {
            directory: self.directory,
            limits: self.history,
            clock: Arc::clone(&self.clock),
            observer,
            faults: self.faults,
        };
        let store = tokio::task::spawn_blocking(move || Store::open(options))
            .await
            .map_err(|_| BuildError::Cancelled)??;
        let audit = open_audit(directory, &self.clock).await?;
        let shared = Arc::new(Shared {
            store,
            clock: self.clock,
            clusters,
            garbage,
            upkeep,
            keys: Keys::ephemeral()?,
            audit,
            requests: RequestIds::new(),
            identities: self.identities,
            admission: self.admission,
            converter: self.converter,
            protected: self.protected,
            stopping: CancellationToken::new(),
        });
        let mut server = ApiServer {
            shared,
            tasks: Mutex::new(Vec::new()),
            changing: tokio::sync::Mutex::new(()),
        };
        server.take_up().await?;
        server.tasks = Mutex::new(vec![
            tokio::spawn(gc::run(Arc::clone(&server.shared))),
            tokio::spawn(upkeep::run(Arc::clone(&server.shared))),
        ]);
        Ok(server)
    }
}

/// An embedded Kubernetes API server. Dropping it stops its tasks; [`ApiServer::shutdown`] waits for them.
pub struct ApiServer {
    shared: Arc<Shared>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Held while a logical cluster comes or goes, so that two who make or delete the same one come one after the other.
    changing: tokio::sync::Mutex<()>,
}

impl ApiServer {
    /// A server in memory, on the machine's clock, until the builder is told otherwise.
    pub fn builder() -> Builder {
        Builder {
            directory: None,
            clock: SystemClock::shared(),
            history: HistoryLimits::default(),
            admission: None,
            identities: Identities::default(),
            faults: Arc::new(NoFaults),
            converter: None,
            protected: HashSet::new(),
        }
    }

    /// The API as a value, for a listener or a test.
    pub fn router(&self) -> Router {
        router(Arc::clone(&self.shared))
    }

    /// A client of one logical cluster, in this process and without a socket. It never tries again by itself.
    ///
    /// Must be called inside a tokio runtime.
    pub fn client(&self, cluster: &LogicalCluster) -> kube::Client {
        client::in_process(self.router(), cluster, Asker::Server)
    }

    /// A client like [`ApiServer::client`], which is let do what `identity` may and no more.
    pub fn client_as(&self, cluster: &LogicalCluster, identity: Identity) -> kube::Client {
        client::in_process(self.router(), cluster, Asker::Identity(Arc::new(identity)))
    }

    /// A client like [`ApiServer::client`], which may also change the definitions that are protected.
    pub fn installer(&self, cluster: &LogicalCluster) -> kube::Client {
        client::in_process(self.router(), cluster, Asker::Embedder)
    }

    /// Cancelled when the server ends; cancelling it ends watches and tasks.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.shared.stopping.clone()
    }

    /// The revision of the newest write.
    pub fn revision(&self) -> u64 {
        self.shared.store.revision()
    }

    /// Gives all objects the same resourceVersion, `revision`, as if each had just been written: for a world that has to come
    /// out the same each time, however its writes were interleaved.
    ///
    /// Fails where the store does, where an object changes meanwhile, and where the store is past that revision.
    pub async fn level(&self, revision: u64) -> Result<(), LevelError> {
        if self.revision() >= revision {
            return Err(LevelError::Past(self.revision()));
        }
        let mut batch = Batch::default();
        batch.not_before(revision);
        self.shared.store.read(|memory| {
            for stored in memory.all() {
                batch.add(
                    stored.key.clone(),
                    Precondition::At(stored.revision),
                    Change::Touch,
                );
            }
        });
        let committed = self.shared.store.commit(batch).await;
        committed
            .map(drop)
            .map_err(|error| LevelError::Store(error.to_string()))
    }

    /// Ends watches and tasks, writes what is queued, and closes the store.
    pub async fn shutdown(&self) {
        self.shared.stopping.cancel();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        if tokio::time::timeout(SHUTDOWN, futures::future::join_all(tasks))
            .await
            .is_err()
        {
            tracing::warn!("the server's own tasks did not end in time");
        }
        // In tests, every server that ends is looked at: what it told is what it leaves on the disk.
        #[cfg(test)]
        self.assert_consistent().await;
        self.shared.store.close().await;
        if let Some(audit) = &self.shared.audit {
            audit.close().await;
        }
    }

    /// Holds the objects in memory, and what is derived from them, against what is on the disk. Answers with what
    /// differs, if anything does, and with nothing where the store is closed. Writes wait meanwhile.
    pub async fn self_check(&self) -> Result<Option<String>, SelfCheckError> {
        self.shared.store.check().await.map_err(|_| SelfCheckError)
    }

    #[cfg(test)]
    async fn assert_consistent(&self) {
        if let Ok(difference) = self.self_check().await {
            assert_eq!(difference, None, "the store is not consistent");
        }
    }

    /// What requests and tasks share.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes up the management cluster and the logical clusters that the store remembers.
    async fn take_up(&self) -> Result<(), LogicalClusterError> {
        let root = self
            .shared
            .clusters
            .add(&LogicalCluster::root(), &self.shared.store);
        self.write_first_objects(&root, false).await?;
        let records = self
            .shared
            .store
            .read(|memory| memory.snapshot(&records(), Range::default(), None));
        for record in records.into_iter().flat_map(|snapshot| snapshot.objects) {
            let cluster = LogicalCluster::stored(&record.key.object.name);
            authority::take_up(&self.shared.clusters.add(&cluster, &self.shared.store), &record);
        }
        Ok(())
    }

    /// Writes the namespaces, roles and bindings that are missing, and the record of a new logical cluster, in one batch.
    async fn write_first_objects(
        &self,
        hosted: &Arc<Hosted>,
        with_record: bool,
    ) -> Result<(), LogicalClusterError> {
        let cluster = &hosted.name;
        let batch = self
            .first_objects(hosted, with_record)
            .map_err(|error| refused(cluster, &error))?;
        if batch.is_empty() {
            return Ok(());
        }
        match self.shared.store.commit(batch).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict { .. }) => Err(LogicalClusterError::Exists(cluster.clone())),
            Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
                Err(refused(cluster, &error))
            }
        }
    }

    fn first_objects(&self, hosted: &Arc<Hosted>, with_record: bool) -> Result<Batch, ApiError> {
        let mut batch = Batch::default();
        if with_record {
            let record = json!({"kind": "LogicalCluster", "metadata": {"name": hosted.name.as_str()}});
            batch.add(
                record_key(&hosted.name),
                Precondition::Absent,
                Change::Put(Draft::encode(&record)?),
            );
        }
        let served = hosted.served();
        let namespaces = served
            .find("", "v1", "namespaces")
            .ok_or_else(|| ApiError::internal("namespaces are not served"))?;
        let place = Place::new(&self.shared, hosted, namespaces);
        for name in NAMESPACES {
            let key = place.key("", name);
            if self.shared.store.get(&key).is_some() {
                continue;
            }
            let mut namespace: Value =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            let book = record::open(&place, Part::Main, None, &mut namespace);
            rules(&place, |rules| rules.prepare_create(&mut namespace, ""))?;
            record::enter(book, &mut namespace);
            batch.add(key, Precondition::Absent, Change::Put(Draft::encode(&namespace)?));
        }
        furnishing::of_cluster(&self.shared, hosted, &NAMESPACES, &mut batch)?;
        for (plural, mut object) in bootstrap::objects(hosted.name.is_root()) {
            let resource = served
                .find(authz::GROUP, "v1", plural)
                .ok_or_else(|| ApiError::internal(format!("{plural} are not served")))?;
            let place = Place::new(&self.shared, hosted, resource);
            let key = place.key("", metadata_text(&object, "name"));
            if self.shared.store.get(&key).is_none() {
                rules(&place, |rules| rules.prepare_create(&mut object, ""))?;
                batch.add(key, Precondition::Absent, Change::Put(Draft::encode(&object)?));
            }
        }
        Ok(batch)
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        // Tasks that wait are woken; the writer ends when the last handle of its queue goes.
        self.shared.stopping.cancel();
    }
}

/// Opens the audit log of a data directory.
async fn open_audit(directory: Option<PathBuf>, clock: &SharedClock) -> Result<Option<AuditLog>, BuildError> {
    let Some(directory) = directory else {
        return Ok(None);
    };
    let (path, clock) = (directory.clone(), Arc::clone(clock));
    tokio::task::spawn_blocking(move || AuditLog::open(&path, Rotation::default(), clock))
        .await
        .map_err(|_| BuildError::Cancelled)?
        .map(Some)
        .map_err(|source| BuildError::Audit { directory, source })
}

fn refused(cluster: &LogicalCluster, error: &dyn std::fmt::Display) -> LogicalClusterError {
    LogicalClusterError::Store {
        cluster: cluster.clone(),
        reason: error.to_string(),
    }
}
