//! What can be chosen about the controllers. Every duration can be made short, so that tests are quick.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Settings of the controller runtime.
#[derive(Debug, Clone)]
pub struct ControllerSettings {
    /// How many objects of one kind are reconciled at the same time, at most; of some kinds Cluster API reconciles fewer.
    pub concurrency: usize,
    /// The longest that one request may take.
    pub request_timeout: Duration,
    /// The longest that a list of all objects of a kind may take.
    pub list_timeout: Duration,
    /// The first pause after an error; it doubles with every further one.
    pub backoff_start: Duration,
    /// The longest pause after errors.
    pub backoff_limit: Duration,
    /// How long what sums up many objects waits for more of them to change.
    pub summary_pause: Duration,
    /// How long to wait before looking again for something that no watch will announce.
    pub recheck: Duration,
    /// How long to wait before the pods of a node that is drained, and its volumes, are looked at again.
    pub drain_retry: Duration,
    /// How often a workload cluster's API is asked whether it is there.
    pub probe_interval: Duration,
    /// The longest that such a question may take.
    pub probe_timeout: Duration,
    /// How often it is looked whether PodDisruptionBudgets of simulated workload clusters have to be counted again.
    pub budget_interval: Duration,
    /// Without an answer for so long, the Cluster's `RemoteConnectionProbe` is False.
    pub remote_connection_grace: Duration,
    /// Without an answer for so long, what is known of nodes becomes Unknown.
    pub remote_conditions_grace: Duration,
    /// The name under which writes are recorded.
    pub field_manager: String,
    /// Seed of generated names. With one, the same steps give the same names; without, names are random.
    pub name_seed: Option<u64>,
    /// Whether objects are looked at again when time has passed.
    pub timers: Timers,
    /// Whether people are told by Events. What is told on the way depends on who comes first, also where the end does not.
    pub events: bool,
    /// The simulated provider.
    pub simulation: SimulationSettings,
    /// Hosts that one brings oneself.
    pub hosts: HostSettings,
}

/// How hosts are judged.
#[derive(Debug, Clone)]
pub struct HostSettings {
    /// A host whose agent was not heard for longer is disconnected, and no machine takes it.
    pub heartbeat_timeout: Duration,
    /// How long an agent that tells nothing but conditions may fail and try again before its host counts as failed.
    pub failure_patience: Duration,
    /// A machine that is deleted waits until its host is reset. Where the host was not heard for so long, the machine goes, and
    /// the host resets itself should it come back; without a value only an operator can let the machine go.
    pub release_grace: Option<Duration>,
    /// On how many hosts a machine is tried.
    pub attempts: usize,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            heartbeat_timeout: Duration::from_mins(2),
            failure_patience: Duration::from_mins(10),
            release_grace: Some(Duration::from_mins(15)),
            attempts: 3,
        }
    }
}

/// Whether time brings anything to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timers {
    /// Objects are looked at again when they asked for it.
    #[default]
    Running,
    /// They are not, as on a clock that stands still nothing becomes due. What clashed or failed is tried again all the same.
    Stopped,
}

impl Default for ControllerSettings {
    /// Cluster API's own values.
    fn default() -> Self {
        Self {
            concurrency: 100,
            request_timeout: Duration::from_secs(10),
            list_timeout: Duration::from_mins(1),
            backoff_start: Duration::from_millis(200),
            backoff_limit: Duration::from_mins(1),
            summary_pause: Duration::from_millis(100),
            recheck: Duration::from_secs(15),
            drain_retry: Duration::from_secs(20),
            probe_interval: Duration::from_secs(10),
            probe_timeout: Duration::from_secs(5),
            budget_interval: Duration::from_secs(1),
            remote_connection_grace: Duration::from_secs(50),
            remote_conditions_grace: Duration::from_mins(5),
            field_manager: "fleetui-controllers".to_owned(),
            name_seed: None,
            timers: Timers::default(),
            events: true,
            simulation: SimulationSettings::default(),
            hosts: HostSettings::default(),
        }
    }
}

/// How fast simulated machines are. What a DevMachine says of its own durations wins over these.
#[derive(Debug, Clone)]
pub struct SimulationSettings {
    /// From bootstrap data to a running virtual machine.
    pub vm_startup: Duration,
    /// From a running virtual machine to a Ready node.
    pub node_startup: Duration,
    /// From the deletion of a machine to the end of its virtual machine. Upstream's are gone at once.
    pub vm_shutdown: Duration,
    /// So much of a duration may come on top, `0.2` for a fifth. How much is decided by seed and name alone.
    pub jitter: f64,
    /// Where the network for pods of a simulated workload cluster comes from.
    pub network: Network,
    /// The seed of everything random in the simulation.
    pub seed: u64,
    /// Makes all durations longer or shorter while the simulation runs.
    pub pace: Pace,
}

/// Where the network for pods of a simulated workload cluster comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// The provider brings it: nodes turn Ready by themselves.
    #[default]
    Brought,
    /// Somebody has to apply one, as in a real cluster: nodes are not Ready before.
    Awaited,
}

/// How fast simulated time passes, in percent of the durations; shared, and changed while the simulation runs. Zero is at once.
#[derive(Debug, Clone)]
pub struct Pace(Arc<AtomicU32>);

impl Pace {
    /// Durations take so many percent of what they are.
    pub fn percent(percent: u32) -> Self {
        Self(Arc::new(AtomicU32::new(percent)))
    }

    /// Changes the pace, for what begins to wait from now on and for what is looked at again.
    pub fn set(&self, percent: u32) {
        self.0.store(percent, Ordering::SeqCst);
    }

    /// How long `duration` takes at this pace.
    pub(crate) fn stretch(&self, duration: Duration) -> Duration {
        duration.mul_f64(f64::from(self.0.load(Ordering::SeqCst)) / 100.0)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::percent(100)
    }
}

impl Default for SimulationSettings {
    /// The durations of upstream's in-memory template.
    fn default() -> Self {
        Self {
            vm_startup: Duration::from_secs(10),
            node_startup: Duration::from_secs(2),
            vm_shutdown: Duration::ZERO,
            jitter: 0.2,
            network: Network::default(),
            seed: 0,
            pace: Pace::default(),
        }
    }
}
