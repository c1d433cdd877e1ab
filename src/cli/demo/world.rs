//! The demo's world: embedded management clusters with controllers, on a clock of their own.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fleetui_apiserver::server::{self, Serving};
use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::clock::{FrozenClock, ShiftedClock, Steerable, SystemClock};
use fleetui_base::{ObjectKey, ObjectName, SharedClock};
use fleetui_client::WorkloadClients;
use fleetui_connect::Target;
use fleetui_controllers::{
    ControllerSettings, ControllersHandle, HostsProbe, Pace, RestProbe, SimulatedHostSettings,
    SimulatedHosts, SimulationSettings, Standing, Timers,
};
use fleetui_pki::ServerCredentials;
use jiff::Timestamp;

use super::super::inventory;
use super::super::serve::definitions;
use super::super::workloads::{Address, EmbeddedWorkloads};
use super::pools::{HostPool, pools};
use super::record::Found;
use super::story::{self, MANAGEMENT_CLUSTERS, Plot};

/// When the frozen demo is looked at.
const FROZEN_AT: &str = "2026-06-01T12:00:00Z";

/// The resourceVersion of everything in the frozen demo: how its writes were interleaved is not to be seen.
const LEVEL: u64 = 1_000_000;

/// The pace at which no machine of the frozen demo comes up: whoever looks at one again after the clock was put forward finds
/// what everybody else finds.
const NEVER: u32 = 1_000_000_000;

/// Port that the frozen demo's clusters name; nothing listens there, as nothing of it leaves the process.
const FROZEN_PORT: u16 = 6443;

/// How often the demo's controllers ask a workload cluster whether it is there.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);

/// Without an answer for so long, the demo shows what is known of nodes as Unknown. Shorter than Cluster API's own five minutes.
const CONNECTION_GRACE: Duration = Duration::from_secs(6);

/// How long a machine of the live demo takes to go.
const VM_SHUTDOWN: Duration = Duration::from_secs(4);

/// One management cluster of the demo.
#[derive(Clone)]
pub(crate) struct Place {
    /// Its name in the console.
    pub(crate) name: &'static str,
    /// A client of it.
    pub(crate) client: kube::Client,
    /// Its workload clusters.
    pub(crate) workloads: Arc<EmbeddedWorkloads>,
    rest: RestProbe,
    server: Arc<ApiServer>,
    hosts: Arc<Mutex<Vec<SimulatedHosts>>>,
    /// What is told to hosts that are put up.
    usual_hosts: SimulatedHostSettings,
    clock: SharedClock,
}

impl Place {
    /// Whether its controllers and hosts are at rest, and so it is. What is due by now is done first.
    pub(crate) async fn at_rest(&self) -> kube::Result<bool> {
        let Some(before) = self.hosts_at_rest().await? else {
            return Ok(false);
        };
        // Hosts that did nothing around it left the controllers nothing to do.
        Ok(self.rest.at_rest().await? && self.hosts_at_rest().await? == Some(before))
    }

    /// How often its hosts have written so far, where all of them are at rest. What is due by now is done first.
    pub(crate) async fn hosts_at_rest(&self) -> kube::Result<Option<u64>> {
        let probes: Vec<HostsProbe> = self.hosts().iter().map(SimulatedHosts::rest_probe).collect();
        let mut written = 0;
        for probe in probes {
            match probe.at_rest().await? {
                Some(times) => written += times,
                None => return Ok(None),
            }
        }
        Ok(Some(written))
    }

    /// Puts up the hosts of a pool. Those that are there already go on where they were.
    pub(crate) fn put_up(&self, pool: &HostPool) {
        let hosts = fleetui_controllers::simulate_hosts(
            self.client.clone(),
            Arc::clone(&self.workloads) as _,
            pool.count,
            pool.settings(self.usual_hosts.clone()),
            Arc::clone(&self.clock),
        );
        self.hosts().push(hosts);
    }

    /// Lets its hosts finish what they are at, and stops them.
    async fn stop_hosts(&self) {
        let hosts = std::mem::take(&mut *self.hosts());
        for hosts in hosts {
            hosts.stop().await;
        }
    }

    fn hosts(&self) -> MutexGuard<'_, Vec<SimulatedHosts>> {
        // They are whole whoever panicked: hosts are only put in and taken out.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until its controllers have asked every workload cluster anew whether it is there.
    pub(crate) async fn ask_workloads(&self) {
        self.rest.ask_workloads().await;
    }
}

/// All of the demo, running.
pub(crate) struct World {
    places: Vec<Place>,
    controllers: Vec<ControllersHandle>,
    serving: Vec<Serving>,
    time: Arc<dyn Steerable>,
    clock: SharedClock,
    pace: Pace,
}

/// The workload clusters of management clusters, in this process.
struct InProcess(Vec<(&'static str, Arc<EmbeddedWorkloads>)>);

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

impl WorkloadClients for InProcess {
    fn client(&self, cluster: &ObjectKey) -> Option<kube::Client> {
        let mut places = self.0.iter();
        let (_, workloads) = places.find(|(name, _)| *name == cluster.management_cluster.as_str())?;
        workloads.client_of(&cluster.object)
    }
}

/// How long the machines of a world take.
struct Durations {
    vm_startup: Duration,
    node_startup: Duration,
    vm_shutdown: Duration,
}

impl Durations {
    /// What is usual; but machines take a while to go, so that one can see it.
    fn live(percent: u32) -> Self {
        let usual = SimulationSettings::default();
        let stretched = |duration: Duration| duration * percent / 100;
        Self {
            vm_startup: stretched(usual.vm_startup),
            node_startup: stretched(usual.node_startup),
            vm_shutdown: stretched(VM_SHUTDOWN),
        }
    }

    /// On a clock that stands still, what has begun to go is gone.
    fn frozen() -> Self {
        Self {
            vm_shutdown: Duration::ZERO,
            ..Self::live(100)
        }
    }
}

/// Whether a world has to come out the same each time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeatable {
    Yes,
    No,
}

/// Where a world comes from.
struct Ground<'a> {
    seed: u64,
    data_dir: Option<&'a Path>,
    listen: bool,
    repeatable: Repeatable,
    clock: SharedClock,
    pace: Pace,
    /// How long machines take once the story is told.
    durations: Durations,
}

impl World {
    /// A world on the real clock. A new one begins as long ago as the oldest cluster and catches up while the story is told;
    /// one that was kept is in the present already. Machines that are made later take `percent` of their usual time.
    pub(crate) async fn live(
        seed: u64,
        data_dir: Option<&Path>,
        percent: u32,
        found: Found,
    ) -> color_eyre::Result<Self> {
        let oldest = story::chapters()
            .first()
            .filter(|_| found == Found::New)
            .map_or(Duration::ZERO, |chapter| chapter.age);
        let clock = ShiftedClock::behind(oldest);
        let ground = Ground {
            seed,
            data_dir,
            listen: true,
            repeatable: Repeatable::No,
            clock: clock.clone(),
            pace: Pace::percent(if found == Found::New { 0 } else { 100 }),
            durations: Durations::live(percent),
        };
        let world = Self::raise(ground, clock).await?;
        if found == Found::Told {
            world.cut_again()?;
            for place in &world.places {
                let own = pools()
                    .into_iter()
                    .filter(|pool| pool.management_cluster == place.name);
                own.for_each(|pool| place.put_up(&pool));
            }
        }
        Ok(world)
    }

    /// Cuts the workload clusters that the story has cut: a restart of their servers has restored them.
    fn cut_again(&self) -> color_eyre::Result<()> {
        for chapter in story::chapters()
            .iter()
            .filter(|chapter| chapter.plot == Plot::Cut)
        {
            let cluster = ObjectName::new(chapter.shape.namespace, chapter.shape.name);
            for place in self
                .places
                .iter()
                .filter(|place| place.name == chapter.management_cluster)
            {
                place.workloads.set_reachable(&cluster, false)?;
            }
        }
        Ok(())
    }

    /// A world whose clock stands still, with the whole story told.
    pub(crate) async fn frozen(seed: u64) -> color_eyre::Result<Self> {
        let oldest = story::chapters()
            .first()
            .map_or(Duration::ZERO, |chapter| chapter.age);
        let now: Timestamp = FROZEN_AT.parse()?;
        let clock = FrozenClock::at(now.checked_sub(oldest)?);
        let ground = Ground {
            seed,
            data_dir: None,
            listen: false,
            repeatable: Repeatable::Yes,
            clock: clock.clone(),
            pace: Pace::percent(0),
            durations: Durations::frozen(),
        };
        let mut world = Self::raise(ground, clock).await?;
        let (progress, _) = super::teller::progress();
        super::teller::tell(world.places(), world.time(), (world.pace(), NEVER), &progress).await?;
        // On a clock that stands still they have nothing more to do, and what they wrote now would come in no fixed order.
        for controllers in world.controllers.drain(..) {
            controllers.stop().await;
        }
        for place in &world.places {
            place.stop_hosts().await;
            place.server.level(LEVEL).await?;
        }
        Ok(world)
    }

    async fn raise<C: Steerable>(ground: Ground<'_>, clock: Arc<C>) -> color_eyre::Result<Self> {
        let mut world = Self {
            places: Vec::new(),
            controllers: Vec::new(),
            serving: Vec::new(),
            time: clock,
            clock: Arc::clone(&ground.clock),
            pace: ground.pace.clone(),
        };
        for name in MANAGEMENT_CLUSTERS {
            world.add(name, &ground).await?;
        }
        Ok(world)
    }

    async fn add(&mut self, name: &'static str, ground: &Ground<'_>) -> color_eyre::Result<()> {
        let mut builder = ApiServer::builder()
            .clock(Arc::clone(&ground.clock))
            .cluster_api();
        if let Repeatable::Yes = ground.repeatable {
            builder = builder.named_uids(ground.seed);
        }
        let directory = ground.data_dir.map(|directory| directory.join(name));
        if let Some(directory) = &directory {
            builder = builder.data_dir(directory);
        }
        let server = Arc::new(builder.build().await?);
        let client = server.client(&LogicalCluster::root());
        definitions::install(&server.installer(&LogicalCluster::root())).await?;
        inventory::write(&client).await?;
        let credentials = tokio::task::spawn_blocking(move || match directory {
            // Certificates are for the real time, whatever the demo's clock says.
            Some(directory) => {
                let now = SystemClock::shared().now();
                ServerCredentials::open(&directory.join("pki"), &server::names(), now)
            }
            None => ServerCredentials::ephemeral(&server::names(), SystemClock::shared().now()),
        })
        .await??;
        let mut address = Address {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: FROZEN_PORT,
            authority_pem: credentials.authority.certificate_pem().to_owned(),
        };
        if ground.listen {
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let serving = server.serve(listen, &credentials).await?;
            address.port = serving.local_address().port();
            self.serving.push(serving);
        }
        let workloads = Arc::new(EmbeddedWorkloads::new(Arc::clone(&server), address));
        let controllers = fleetui_controllers::start(
            client.clone(),
            Arc::clone(&workloads) as _,
            settings(ground),
            Arc::clone(&ground.clock),
            &Standing::default(),
        );
        let rest = controllers.rest_probe();
        self.controllers.push(controllers);
        self.places.push(Place {
            name,
            client,
            workloads,
            rest,
            server,
            hosts: Arc::default(),
            usual_hosts: SimulatedHostSettings {
                simulation: simulation(ground),
                events: ground.repeatable == Repeatable::No,
                ..SimulatedHostSettings::default()
            },
            clock: Arc::clone(&ground.clock),
        });
        Ok(())
    }

    /// Its management clusters.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.places.clone()
    }

    /// Its clock, to read.
    pub(crate) fn clock(&self) -> SharedClock {
        Arc::clone(&self.clock)
    }

    /// Its clock, to put forward.
    pub(crate) fn time(&self) -> Arc<dyn Steerable> {
        Arc::clone(&self.time)
    }

    /// How fast its machines are.
    pub(crate) fn pace(&self) -> Pace {
        self.pace.clone()
    }

    /// Its management clusters as the console connects to them.
    pub(crate) fn targets(&self, read_only: bool) -> Vec<Target> {
        let target = |place: &Place| Target {
            read_only,
            ..Target::ready(place.name, place.client.clone())
        };
        self.places.iter().map(target).collect()
    }

    /// Clients of its workload clusters that need no address; that of a frozen world leads nowhere.
    pub(crate) fn workload_clients(&self) -> Arc<dyn WorkloadClients> {
        let places = self.places.iter();
        Arc::new(InProcess(
            places
                .map(|place| (place.name, Arc::clone(&place.workloads)))
                .collect(),
        ))
    }

    /// Ends it in order: who writes stops first, then requests are answered, then the stores are closed.
    pub(crate) async fn end(self) {
        for controllers in self.controllers {
            controllers.stop().await;
        }
        for place in &self.places {
            place.stop_hosts().await;
        }
        for serving in self.serving {
            serving.shutdown().await;
        }
        for place in self.places {
            place.server.shutdown().await;
        }
    }
}

fn settings(ground: &Ground<'_>) -> ControllerSettings {
    ControllerSettings {
        name_seed: Some(ground.seed),
        timers: match ground.repeatable {
            Repeatable::Yes => Timers::Stopped,
            Repeatable::No => Timers::Running,
        },
        events: ground.repeatable == Repeatable::No,
        probe_interval: PROBE_INTERVAL,
        remote_connection_grace: CONNECTION_GRACE,
        remote_conditions_grace: CONNECTION_GRACE,
        simulation: simulation(ground),
        ..ControllerSettings::default()
    }
}

fn simulation(ground: &Ground<'_>) -> SimulationSettings {
    SimulationSettings {
        seed: ground.seed,
        pace: ground.pace.clone(),
        vm_startup: ground.durations.vm_startup,
        node_startup: ground.durations.node_startup,
        vm_shutdown: ground.durations.vm_shutdown,
        ..SimulationSettings::default()
    }
}

#[cfg(test)]
mod tests;
