//! Upgrades of whole clusters, walked from here: the plan is kept in a ConfigMap of the management cluster, and only who holds
//! its Lease takes a step.
//!
//! What a step is, `fleet::walk` decides; here it is read, held and done. A line that drops leaves the Lease to run out: no
//! further step begins, and any console may resume.

mod lease;
mod runner;
mod store;
mod walkers;

use std::sync::Arc;

use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::preflight::Gathered;
use fleetui_fleet::walk::{Here, Holder, Known, Walk};
use fleetui_fleet::{Session, Update, Walks};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::command::Failure;
use crate::fleet_client::FleetClient;
use crate::gather::{Looks, gather};

#[cfg(test)]
pub(crate) use lease::{Held, Lease};
pub(crate) use runner::Runner;
pub(crate) use walkers::Walkers;

/// How a walk stands, told whenever something is new.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkTold {
    /// The walk.
    pub walk: Walk,
    /// What is waited for, or was done.
    pub what: String,
    /// The ConfigMap that holds it.
    pub config_map: Value,
    /// Who holds it now.
    pub holder: Option<Holder>,
    /// Whether that is we.
    pub ours: bool,
}

impl FleetClient {
    /// Reads what a preflight looks at: the whole objects of one cluster, and the budgets of its workload cluster. Needs no
    /// session that is connected.
    ///
    /// # Errors
    /// There is no such Cluster, or what makes its machines cannot be read. What is only looked at beside is left out.
    pub async fn gather(&self, cluster: &ObjectKey) -> Result<Gathered, Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        let now = ground.clock.now();
        let looks = (Looks::Whole, now);
        Box::pin(gather(&ground.handle, &cluster.object, looks, &ground.settings)).await
    }

    /// The upgrade of a cluster that is stored, and who holds it; nothing where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn stored_walk(&self, cluster: &ObjectKey) -> Result<Option<Known>, Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        let found = store::stored(&ground, cluster).await?;
        Ok(found.map(|found| self.walkers().complete(found)))
    }

    /// Looks at the upgrade of a cluster that is stored; what is found is told as an update.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn look_at_walk(&self, cluster: &ObjectKey) -> Result<(), Failure> {
        let found = self.stored_walk(cluster).await?;
        self.tell(Walks {
            management_cluster: cluster.management_cluster.clone(),
            of: Some(cluster.object.clone()),
            walks: found.into_iter().map(Arc::new).collect(),
        })
        .await;
        Ok(())
    }

    /// All upgrades that are stored in a management cluster, whoever began them.
    ///
    /// # Errors
    /// They cannot be listed.
    pub async fn stored_walks(&self, management_cluster: &ManagementCluster) -> Result<Walks, Failure> {
        let ground = self.ground(management_cluster)?;
        let found = Box::pin(store::list(&ground)).await?;
        let found = found.into_iter();
        Ok(Walks {
            management_cluster: management_cluster.clone(),
            of: None,
            walks: found
                .map(|found| Arc::new(self.walkers().complete(found)))
                .collect(),
        })
    }

    /// Looks at all upgrades that are stored in a management cluster; they are told as an update.
    ///
    /// # Errors
    /// They cannot be listed.
    pub async fn look_at_walks(&self, management_cluster: &ManagementCluster) -> Result<(), Failure> {
        let found = self.stored_walks(management_cluster).await?;
        self.tell(found).await;
        Ok(())
    }

    /// Walks the upgrade of a cluster that is stored, until it ends, halts, or `stop` is cancelled, which pauses it. `session`
    /// is what is known of the management cluster: its providers, its clock.
    ///
    /// # Errors
    /// Somebody else walks it, none is stored, or it may not be written. A line that drops is waited for.
    pub async fn walk(
        &self,
        cluster: &ObjectKey,
        session: &Session,
        stop: &CancellationToken,
        tell: impl FnMut(WalkTold),
    ) -> Result<Walk, Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        Box::pin(Runner::new((&self.acts(), &ground), cluster, session, tell).run(stop)).await
    }

    /// Begins to walk the upgrade of a cluster that is stored, and goes on with that until it ends, halts, or the client is shut
    /// down, which pauses it. How far it is, is told by updates. Has to be called inside a tokio runtime.
    ///
    /// # Errors
    /// There is no such session, or too many are walked from here.
    pub async fn take_up_walk(&self, cluster: &ObjectKey, session: &Session) -> Result<(), Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        let updates = self.updates();
        self.walkers()
            .begin(cluster, session, (ground, self.acts()), updates)?;
        self.look_at_walk(cluster).await
    }

    async fn tell(&self, walks: Walks) {
        walkers::send(self.updates().as_ref(), Update::Walks(walks)).await;
    }
}

impl WalkTold {
    /// What is known by it.
    fn known(&self, cluster: &ObjectKey) -> Known {
        Known {
            cluster: cluster.clone(),
            config_map: self.config_map.clone(),
            walk: Ok(self.walk.clone()),
            holder: self.holder.clone(),
            here: Some(if self.ours {
                Here::Walks(self.what.clone())
            } else {
                Here::Waits(self.what.clone())
            }),
        }
    }
}
