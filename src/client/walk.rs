//! Upgrades of whole clusters, walked from here: the plan is kept in a ConfigMap of the management cluster, and only who holds
//! its Lease takes a step.
//!
//! What a step is, `fleet::walk` decides; here it is read, held and done. A line that drops leaves the Lease to run out: no
//! further step begins, and any console may resume.

mod lease;
mod runner;
mod store;

use fleetui_base::ObjectKey;
use fleetui_fleet::Session;
use fleetui_fleet::preflight::Gathered;
use fleetui_fleet::walk::Walk;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::command::Failure;
use crate::fleet_client::FleetClient;
use crate::gather::gather;

#[cfg(test)]
pub(crate) use lease::{Held, Lease};
pub(crate) use runner::Runner;
use store::stored;

/// A walk as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredWalk {
    /// The ConfigMap, for who writes it.
    pub config_map: Value,
    /// What it holds, or why that cannot be gone on with.
    pub walk: Result<Walk, String>,
    /// Who held its Lease when it was read, as that says itself. Whether that is still there, only waiting tells.
    pub holder: Option<String>,
}

/// How a walk stands, told whenever something is new.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkTold {
    /// The walk.
    pub walk: Walk,
    /// What is waited for, or was done.
    pub what: String,
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
        Box::pin(gather(
            &ground.handle,
            &cluster.object,
            (true, now),
            &ground.settings,
        ))
        .await
    }

    /// The upgrade of a cluster that is stored, and who held it last; nothing where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn stored_walk(&self, cluster: &ObjectKey) -> Result<Option<StoredWalk>, Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        stored(&ground, cluster).await
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
        Box::pin(Runner::new((self, &ground), cluster, session, tell).run(stop)).await
    }
}
