//! Works as long as it is this manager's turn: the loop that `serve` and `controllers` share.

use std::sync::Arc;

use fleetui_base::SharedClock;
use fleetui_controllers::{
    ControllerSettings, ControllersHandle, Election, ElectionTimes, Led, Standing, TaskEnded,
    WorkloadClusters,
};
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
    /// How long a Lease is whose.
    pub(crate) times: ElectionTimes,
    /// What is told of it.
    pub(crate) health: Health,
}

/// How a time of leading ends.
enum Reign {
    /// The manager was told to stop, and everything has ended well.
    Told,
    /// The Lease is lost.
    Lost,
    /// A part of the controllers works no longer.
    Broken(TaskEnded),
}

impl Candidate {
    /// Leads whenever it can, until it is told to stop; then what is under way is ended and the Lease given away. `say` is
    /// told what becomes of it.
    ///
    /// Fails where a part of the controllers works no longer: another manager does better then.
    pub(crate) async fn work(self, stop: CancellationToken, say: impl Fn(&str)) -> color_eyre::Result<()> {
        let standing = Standing::default();
        let election = Election::new(
            self.client.clone(),
            (&self.namespace, LEASE),
            &self.identity,
            self.times,
            self.clock.clone(),
        );
        let mut election = election.knowing(&standing);
        let lease = format!("{}/{LEASE}", self.namespace);
        let held = |holder: &str| {
            say(&format!(
                "{holder} leads by the Lease {lease}; this manager follows when that one stops"
            ));
        };
        while election.win(&stop, held).await {
            say("the controllers lead");
            let mut controllers = fleetui_controllers::start(
                self.client.clone(),
                Arc::clone(&self.workloads),
                self.settings.clone(),
                self.clock.clone(),
                &standing,
            );
            self.health.working(&controllers);
            let reign = reign(&mut election, &mut controllers, &stop).await;
            // Another manager may begin at any moment now: whatever is under way is broken off.
            controllers.abort().await;
            match reign {
                Reign::Told => {
                    self.health.waiting();
                    election.resign().await;
                    return Ok(());
                }
                Reign::Lost => self.health.waiting(),
                Reign::Broken(ended) => {
                    self.health.broken(&ended.to_string());
                    election.resign().await;
                    return Err(ended.into());
                }
            }
            say("the controllers no longer lead, and wait");
        }
        Ok(())
    }
}

/// Leads. When it is told to stop, what is under way ends, and until then the Lease is kept.
async fn reign(
    election: &mut Election,
    controllers: &mut ControllersHandle,
    stop: &CancellationToken,
) -> Reign {
    tokio::select! {
        led = election.lead(stop) => if led == Led::Lost {
            return Reign::Lost;
        },
        ended = controllers.ended() => return Reign::Broken(ended),
    }
    let ended = CancellationToken::new();
    tokio::select! {
        () = controllers.finish() => Reign::Told,
        _ = election.lead(&ended) => Reign::Lost,
    }
}

#[cfg(test)]
mod tests;
