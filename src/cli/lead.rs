//! Works as long as it is this manager's turn: the loop that `serve` and `controllers` share.

use std::sync::Arc;

use fleetui_base::SharedClock;
use fleetui_controllers::{ControllerSettings, Election, ElectionTimes, WorkloadClusters};
use tokio_util::sync::CancellationToken;

use super::health::Health;

/// The namespace of the Lease where nothing else is said.
pub(crate) const NAMESPACE: &str = "fleetui-system";

/// The Lease that says who works.
pub(crate) const LEASE: &str = "fleetui-controllers";

/// A manager that may come to lead.
pub(crate) struct Candidate {
    /// The management cluster.
    pub(crate) client: kube::Client,
    /// Its workload clusters.
    pub(crate) workloads: Arc<dyn WorkloadClusters>,
    /// How the controllers work.
    pub(crate) settings: ControllerSettings,
    /// The time.
    pub(crate) clock: SharedClock,
    /// The namespace of the Lease.
    pub(crate) namespace: String,
    /// Under which name it stands there; no other manager has it.
    pub(crate) identity: String,
    /// What is told of it.
    pub(crate) health: Health,
}

impl Candidate {
    /// Leads whenever it can, until it is told to stop; then what is under way is ended and the Lease given away. `say` is
    /// told what becomes of it.
    pub(crate) async fn work(self, stop: CancellationToken, say: impl Fn(&str)) {
        let mut election = Election::new(
            self.client.clone(),
            (&self.namespace, LEASE),
            &self.identity,
            ElectionTimes::default(),
            self.clock.clone(),
        );
        while election.win(&stop).await {
            say("the controllers lead");
            let controllers = fleetui_controllers::start(
                self.client.clone(),
                Arc::clone(&self.workloads),
                self.settings.clone(),
                self.clock.clone(),
            );
            self.health.working(&controllers);
            election.lead(&stop).await;
            self.health.waiting();
            controllers.stop().await;
            if stop.is_cancelled() {
                election.resign().await;
                return;
            }
            say("the controllers no longer lead, and wait");
        }
    }
}
