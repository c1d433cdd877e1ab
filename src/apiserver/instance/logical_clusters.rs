//! Logical clusters come, go and are cut off while the server runs.

use super::{ApiServer, DELETE_BATCH, LogicalClusterError, refused};
use crate::hosted::record_key;
use crate::logical::LogicalCluster;
use crate::storage::memory::Range;
use crate::storage::{Batch, Change, CollectionKey, CommitError, Precondition};

/// What a logical cluster holds of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// How many objects.
    pub objects: usize,
    /// The revision at which one of them came, changed or went last; of this process's time.
    pub changed: u64,
}

impl ApiServer {
    /// The logical clusters, sorted by name.
    pub fn logical_clusters(&self) -> Vec<LogicalCluster> {
        self.shared.clusters.names()
    }

    /// Whether there is such a logical cluster.
    pub fn has_logical_cluster(&self, cluster: &LogicalCluster) -> bool {
        self.shared.clusters.get(cluster).is_some()
    }

    /// What a logical cluster holds of the resource `plural.group`. No object is read, so that thousands of clusters can be
    /// gone through often.
    pub fn extent(&self, cluster: &LogicalCluster, group: &str, plural: &str) -> Extent {
        let collection = CollectionKey::new(cluster, group, plural);
        let (objects, changed) = self.shared.store.read(|memory| memory.extent(&collection));
        Extent { objects, changed }
    }

    /// Makes a logical cluster with the namespaces that every cluster has.
    pub async fn create_logical_cluster(&self, cluster: &LogicalCluster) -> Result<(), LogicalClusterError> {
        let _changing = self.changing.lock().await;
        if self.shared.clusters.get(cluster).is_some() {
            return Err(LogicalClusterError::Exists(cluster.clone()));
        }
        let hosted = self.shared.clusters.add(cluster, &self.shared.store);
        let made = self.write_first_objects(&hosted, true).await;
        if made.is_err() {
            self.shared.clusters.remove(cluster);
        }
        made
    }

    /// Deletes a logical cluster and all of its objects, finalizers or not. Its watches are cut first.
    pub async fn delete_logical_cluster(&self, cluster: &LogicalCluster) -> Result<(), LogicalClusterError> {
        if cluster.is_root() {
            return Err(LogicalClusterError::Root);
        }
        let _changing = self.changing.lock().await;
        if self.shared.clusters.remove(cluster).is_none() {
            return Err(LogicalClusterError::Unknown(cluster.clone()));
        }
        loop {
            let mut batch = Batch::default();
            self.shared.store.read(|memory| {
                memory
                    .collections(cluster)
                    .iter()
                    .filter_map(|collection| memory.snapshot(collection, Range::default(), None).ok())
                    .flat_map(|snapshot| snapshot.objects)
                    .take(DELETE_BATCH)
                    .for_each(|stored| {
                        batch.add(
                            stored.key.clone(),
                            Precondition::At(stored.revision),
                            Change::Delete,
                        );
                    });
            });
            let last = batch.is_empty();
            if last && let Some(record) = self.shared.store.get(&record_key(cluster)) {
                batch.add(
                    record.key.clone(),
                    Precondition::At(record.revision),
                    Change::Delete,
                );
            }
            match self.shared.store.commit(batch).await {
                Ok(_) if last => return Ok(()),
                // A write that was under way when the cluster was cut: read again what is left.
                Ok(_) | Err(CommitError::Conflict { .. }) => {}
                Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
                    return Err(refused(cluster, &error));
                }
            }
        }
    }

    /// Cuts a logical cluster, or restores it. While it is cut, its requests fail with 503 and its watches are broken.
    /// A restart restores all of them.
    pub fn set_reachable(
        &self,
        cluster: &LogicalCluster,
        reachable: bool,
    ) -> Result<(), LogicalClusterError> {
        let hosted = self
            .shared
            .clusters
            .get(cluster)
            .ok_or_else(|| LogicalClusterError::Unknown(cluster.clone()))?;
        hosted.set_reachable(reachable);
        Ok(())
    }
}
