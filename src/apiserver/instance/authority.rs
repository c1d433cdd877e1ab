//! Gives a logical cluster a certificate authority of its own.

use std::sync::Arc;

use fleetui_pki::KeyedCertificate;

use super::{ApiServer, LogicalClusterError, refused};
use crate::hosted::authority::OwnAuthority;
use crate::hosted::{Hosted, record_key};
use crate::logical::LogicalCluster;
use crate::storage::{Batch, Change, CommitError, Draft, Precondition, Stored};
use crate::upkeep;

/// Gives a logical cluster that is taken up again the authority in its record, where it has one.
pub(super) fn take_up(hosted: &Hosted, record: &Stored) {
    let authority = record
        .value()
        .ok()
        .and_then(|record| OwnAuthority::of_record(&record));
    match authority {
        Some(Ok(authority)) => hosted.set_authority(Arc::new(authority)),
        Some(Err(error)) => {
            let cluster = &hosted.name;
            tracing::warn!(%cluster, error, "the authority of a logical cluster cannot be used");
        }
        None => {}
    }
}

impl ApiServer {
    /// Gives a logical cluster its own authority: a client certificate that it has signed names its subject in that cluster
    /// and nowhere else, and the cluster's signers sign with it. It is kept with the cluster; a later one takes its place.
    ///
    /// Fails for the management cluster, which has the server's own, and where the authority cannot be used.
    pub async fn set_authority(
        &self,
        cluster: &LogicalCluster,
        authority: &KeyedCertificate,
    ) -> Result<(), LogicalClusterError> {
        if cluster.is_root() {
            return Err(LogicalClusterError::Authority {
                cluster: cluster.clone(),
                reason: "the management cluster has the server's own".to_owned(),
            });
        }
        let unknown = || LogicalClusterError::Unknown(cluster.clone());
        let store = &self.shared.store;
        let hosted = self.shared.clusters.get(cluster).ok_or_else(unknown)?;
        let _changing = hosted.changing_authority.lock().await;
        if hosted.authority().is_some_and(|known| known.is(authority)) {
            return Ok(());
        }
        let own = OwnAuthority::new(authority).map_err(|reason| LogicalClusterError::Authority {
            cluster: cluster.clone(),
            reason,
        })?;
        let stored = store.get(&record_key(cluster)).ok_or_else(unknown)?;
        let mut record = stored.value().map_err(|error| refused(cluster, &error))?;
        own.enter(&mut record);
        let draft = Draft::encode(&record).map_err(|error| refused(cluster, &error))?;
        let mut batch = Batch::default();
        batch.add(
            stored.key.clone(),
            Precondition::At(stored.revision),
            Change::Put(draft),
        );
        match store.commit(batch).await {
            Ok(_) => {
                hosted.set_authority(Arc::new(own));
                upkeep::look_at_requests(&self.shared, cluster);
                Ok(())
            }
            Err(CommitError::Conflict { .. }) => Err(refused(cluster, &"it changed meanwhile")),
            Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
                Err(refused(cluster, &error))
            }
        }
    }
}
