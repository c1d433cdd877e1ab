//! Simulated hosts: thousands of host agents in one process, which speak to the management cluster exactly as real ones do. They
//! register, send heartbeats, take the Secrets named on their host, install and bring up a node in time that can be set, and
//! reset their host when asked to.
//!
//! One watch and one queue of times serve them all; another watch for each workload cluster whose nodes wait for a network. Must not know: the provider's controllers, which they meet in ByoHosts alone.

mod agent;
mod engine;
mod facts;
mod networks;
mod rest;
mod work;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::SharedClock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cache::{Cache, Triggers};
use crate::context::Context;
use crate::kinds::Watched;
use crate::manager::{TaskEnded, watch};
use crate::settings::{ControllerSettings, SimulationSettings};
use crate::workloads::WorkloadClusters;

pub use rest::HostsProbe;

/// Annotation on a ByoHost: the step `install`, `bootstrap` or `reset` fails there as long as it is there; `<step>: <last words>`.
pub const FAIL_STEP_ANNOTATION: &str = "simulated.fleetui.dev/fail-step";

/// Annotation on a ByoHost: its agent says and does nothing as long as it is there, as if the host were off.
pub const SILENT_ANNOTATION: &str = "simulated.fleetui.dev/silent";

/// Annotation that ByoHosts of this sort have: nothing is fetched for them and nothing runs on them.
pub const SIMULATED_ANNOTATION: &str = fleetui_api::byoh::names::SIMULATED;

/// What simulated hosts are like.
#[derive(Debug, Clone)]
pub struct SimulatedHostSettings {
    /// Namespace of their ByoHosts.
    pub namespace: String,
    /// They are called so, and a number from 1 on: `node-1`.
    pub prefix: String,
    /// Labels of every host, beside architecture and family of the operating system.
    pub labels: BTreeMap<String, String>,
    /// Failure domains, which hosts are spread over; none where it is empty.
    pub zones: Vec<String>,
    /// Name and release of the operating system.
    pub os_image: String,
    /// Processor architecture.
    pub architecture: String,
    /// What each of them has: `cpu`, `memory`.
    pub capacity: BTreeMap<String, String>,
    /// The address of the first, behind which the others' follow as long as they are few; more are in 198.18.0.0/15.
    pub first_address: [u8; 4],
    /// Whether hosts bring Kubernetes along, so that their agents neither wait for scripts nor run any.
    pub skip_installation: bool,
    /// How often an agent says that it lives.
    pub heartbeat: Duration,
    /// How long Kubernetes takes to be installed.
    pub install: Duration,
    /// How long a node takes to come up.
    pub bootstrap: Duration,
    /// How long a host takes to be clean.
    pub reset: Duration,
    /// After so long without a word of a host its cluster takes the node for lost.
    pub node_grace: Duration,
    /// Seed, jitter and pace of these durations.
    pub simulation: SimulationSettings,
    /// How many requests are under way at the same time.
    pub concurrency: usize,
    /// Whether Events are written of what fails.
    pub events: bool,
}

impl Default for SimulatedHostSettings {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            prefix: "node-".to_owned(),
            labels: BTreeMap::new(),
            zones: Vec::new(),
            os_image: "Ubuntu 22.04.5 LTS".to_owned(),
            architecture: "amd64".to_owned(),
            capacity: [("cpu", "4"), ("memory", "16Gi")]
                .map(|(name, amount)| (name.to_owned(), amount.to_owned()))
                .into(),
            // A network set aside for documentation, in which the examples' endpoint lies.
            first_address: [192, 0, 2, 11],
            skip_installation: false,
            heartbeat: Duration::from_secs(30),
            install: Duration::from_secs(20),
            bootstrap: Duration::from_secs(10),
            reset: Duration::from_secs(5),
            node_grace: Duration::from_secs(50),
            simulation: SimulationSettings::default(),
            concurrency: 32,
            events: true,
        }
    }
}

/// Running simulated hosts. Dropping it stops them at once; their ByoHosts stay, and grow silent.
#[derive(Debug)]
pub struct SimulatedHosts {
    stop: CancellationToken,
    tasks: JoinSet<()>,
    probe: HostsProbe,
}

impl SimulatedHosts {
    /// Looks whether they are at rest.
    pub fn rest_probe(&self) -> HostsProbe {
        self.probe.clone()
    }

    /// Waits until one of their tasks ends. None does before it is told to: from then on their agents are silent.
    pub async fn ended(&mut self) -> TaskEnded {
        match self.tasks.join_next().await {
            Some(ended) => TaskEnded::new("a task of the simulated hosts", ended.as_ref().copied()),
            None => std::future::pending().await,
        }
    }

    /// Stops them: what is under way ends first.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                tracing::error!(%error, "a task of the simulated hosts panicked");
            }
        }
    }
}

/// Starts `count` hosts against the management cluster behind `client`. Those that are there already go on where they were.
pub fn simulate_hosts(
    client: kube::Client,
    workloads: Arc<dyn WorkloadClusters>,
    count: u32,
    settings: SimulatedHostSettings,
    clock: SharedClock,
) -> SimulatedHosts {
    let triggers = Arc::new(Triggers::default());
    // Agents are clients of their own, with their own name in what the server keeps of writers.
    let writer = ControllerSettings {
        field_manager: "fleetui-hostd".to_owned(),
        events: settings.events,
        ..ControllerSettings::default()
    };
    let cache = Cache::new(triggers.clone());
    let context = Arc::new(Context::new(client, workloads, writer, clock, cache));
    let stop = CancellationToken::new();
    let synced = Arc::new(watch::Synced::new(1));
    let mut tasks = JoinSet::new();
    tasks.spawn(watch::run(
        context.clone(),
        Watched::ByoHost,
        synced.clone(),
        stop.clone(),
    ));
    let (probe, questions) = HostsProbe::new(context.clone());
    let engine = engine::Engine::new(context, settings, count);
    tasks.spawn(engine.run(triggers, synced, questions, stop.clone()));
    SimulatedHosts { stop, tasks, probe }
}
