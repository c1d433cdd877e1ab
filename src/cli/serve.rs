//! `fleetui serve`: one embedded management cluster over the Kubernetes API, until a signal ends it.

pub(crate) mod definitions;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::{Report, WrapErr as _, bail, eyre};
use fleetui_apiserver::server::{self, ServeError, Serving};
use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::SharedClock;
use fleetui_base::clock::SystemClock;
use fleetui_controllers::{
    ControllerSettings, ElectionTimes, Network, Pace, SimulatedHostSettings, SimulatedHosts,
    SimulationSettings, WorkloadClusters,
};
use fleetui_pki::directory::{ADMINISTRATOR, READER};
use fleetui_pki::private_file::{read_private, write_private};
use fleetui_pki::{Credential, Kubeconfig, ServerCredentials};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::health::{self, Health, Telling};
use super::inventory;
use super::lead::{self, Candidate};
use super::log;
use super::workloads::{Address, EmbeddedWorkloads};

/// The context that the kubeconfig names.
const CONTEXT: &str = "fleetui";

/// What `fleetui serve` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Keep objects, keys and certificates in this directory, made where it is missing; without it all is in memory
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Loopback address to listen on; port 0 takes that of the last time, or any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Where to write the administrator's kubeconfig, and beside it, with .readonly behind the name, one that only reads
    /// [default: kubeconfig in the data directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) write_kubeconfig: Option<PathBuf>,
    /// Serve the API alone: nothing is reconciled
    #[arg(long)]
    pub(crate) no_controllers: bool,
    /// So many simulated hosts for bring-your-own clusters, named node-1 and so on, in the namespace default
    #[arg(long, value_name = "COUNT", default_value_t = 0, conflicts_with = "no_controllers",
          value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub(crate) simulated_hosts: u32,
    /// How long simulated hosts and machines take, in percent: 100 is about half a minute from a free host to a node, 0 is at once
    #[arg(long, value_name = "PERCENT", default_value_t = 100, conflicts_with = "no_controllers",
          value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) pace: u32,
    /// Where to tell the controllers' health and metrics over plain HTTP: /healthz, /readyz, /metrics [default: nowhere]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "no_controllers")]
    pub(crate) health_address: Option<SocketAddr>,
}

/// Serves until a signal comes.
pub(crate) async fn run(args: ServeArgs) -> color_eyre::Result<()> {
    // Before anything is opened: a signal that comes now must find the end that closes it.
    let mut signals = Signals::listen()?;
    log::start()?;
    let kubeconfig = kubeconfig_path(&args)?;
    let clock = SystemClock::shared();
    let server = Arc::new(open(args.data_dir.as_deref(), clock.clone()).await?);
    let credentials = credentials(args.data_dir.as_deref(), &clock).await?;
    definitions::install(&server.installer(&LogicalCluster::root())).await?;
    inventory::write(&server.client(&LogicalCluster::root())).await?;
    let serving = listen(&server, &args, &credentials).await?;
    write_kubeconfigs(&kubeconfig, &serving, &credentials)?;
    let health = Health::default();
    let mut telling = Telling::default();
    if let Some(wished) = args.health_address {
        let address;
        (address, telling) = health::serve(wished, health.clone()).await?;
        say(&format!("fleetui: health and metrics at http://{address}"));
    }
    let mut controllers = (!args.no_controllers)
        .then(|| start_controllers(&server, &serving, &credentials, (clock, health, &args)));
    say(&format!(
        "fleetui: serving {}; use it with: export KUBECONFIG={}",
        serving.url(),
        kubeconfig.display()
    ));
    let why = tokio::select! {
        signal = signals.next() => {
            say(&format!("fleetui: {signal}, ending"));
            Ok(())
        }
        ended = ended(controllers.as_mut()) => Err(ended),
        ended = telling.ended() => Err(ended),
    };
    if let Err(error) = &why {
        say(&format!("fleetui: {error}, ending"));
    }
    tokio::select! {
        () = end(controllers, serving, &server) => why,
        signal = signals.next() => bail!("{signal} while ending; what was acknowledged is stored"),
    }
}

/// Listens where the arguments say. Where they leave the port open, the port of the last time is taken again if it is
/// free: kubeconfig files that were written then, in Secrets too, stay good.
async fn listen(
    server: &ApiServer,
    args: &ServeArgs,
    credentials: &ServerCredentials,
) -> color_eyre::Result<Serving> {
    let Some(directory) = args.data_dir.as_ref().filter(|_| args.listen.port() == 0) else {
        return Ok(server.serve(args.listen, credentials).await?);
    };
    let file = directory.join("port");
    let last = read_private(&file)?.and_then(|text| text.trim().parse::<u16>().ok());
    if let Some(port) = last {
        match server
            .serve(SocketAddr::new(args.listen.ip(), port), credentials)
            .await
        {
            Ok(serving) => return Ok(serving),
            Err(ServeError::Listen { address, .. }) => {
                say(&format!(
                    "fleetui: {address} is taken; kubeconfig files of the last time name it and do not work now"
                ));
            }
            Err(error @ (ServeError::NotLoopback(_) | ServeError::Tls(_) | ServeError::Keys(_))) => {
                return Err(error.into());
            }
        }
    }
    let serving = server.serve(args.listen, credentials).await?;
    write_private(&file, serving.local_address().port().to_string().as_bytes())?;
    Ok(serving)
}

/// Starts the controllers beside the server. Simulated workload clusters are its logical clusters.
fn start_controllers(
    server: &Arc<ApiServer>,
    serving: &Serving,
    credentials: &ServerCredentials,
    (clock, health, args): (SharedClock, Health, &ServeArgs),
) -> Controllers {
    let pace = Pace::percent(args.pace);
    let address = serving.local_address();
    let address = Address {
        host: address.ip().to_string(),
        port: address.port(),
        authority_pem: credentials.authority.certificate_pem().to_owned(),
    };
    let workloads: Arc<dyn WorkloadClusters> = Arc::new(EmbeddedWorkloads::new(Arc::clone(server), address));
    let client = server.client(&LogicalCluster::root());
    let hosts = (args.simulated_hosts > 0).then(|| {
        let settings = simulated_hosts(pace.clone());
        let (client, workloads) = (client.clone(), workloads.clone());
        fleetui_controllers::simulate_hosts(client, workloads, args.simulated_hosts, settings, clock.clone())
    });
    let candidate = Candidate {
        client,
        workloads,
        settings: ControllerSettings {
            simulation: SimulationSettings {
                pace,
                ..SimulationSettings::default()
            },
            ..ControllerSettings::default()
        },
        clock,
        namespace: lead::NAMESPACE.to_owned(),
        // Nobody else serves this store, so that the Lease of an earlier run is this one's.
        identity: "fleetui-serve".to_owned(),
        times: ElectionTimes::default(),
        health,
    };
    let stop = CancellationToken::new();
    let mut working = JoinSet::new();
    working.spawn(candidate.work(stop.clone(), |said| tracing::info!(said)));
    Controllers { stop, working, hosts }
}

/// Simulated hosts, whose clusters need a network applied to them as real ones do.
fn simulated_hosts(pace: Pace) -> SimulatedHostSettings {
    SimulatedHostSettings {
        simulation: SimulationSettings {
            network: Network::Awaited,
            pace,
            ..SimulationSettings::default()
        },
        ..SimulatedHostSettings::default()
    }
}

/// The controllers beside the server.
struct Controllers {
    stop: CancellationToken,
    /// The one task that has them; it is there until they end.
    working: JoinSet<color_eyre::Result<()>>,
    hosts: Option<SimulatedHosts>,
}

impl Controllers {
    /// Waits until a part of them works no longer.
    async fn ended(&mut self) -> Report {
        let hosts = async {
            match &mut self.hosts {
                Some(hosts) => hosts.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = self.working.join_next() => match ended {
                Some(Ok(Err(error))) => error,
                Some(Err(error)) => eyre!("the controllers ended badly: {error}"),
                Some(Ok(Ok(()))) | None => eyre!("the controllers have ended"),
            },
            ended = hosts => ended.into(),
        }
    }

    /// Lets them finish what they are at.
    async fn stop(mut self) {
        self.stop.cancel();
        if let Some(hosts) = self.hosts {
            hosts.stop().await;
        }
        while let Some(ended) = self.working.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "the controllers ended badly"),
                Err(error) => tracing::error!(%error, "the controllers ended badly"),
            }
        }
    }
}

/// Waits until a part of the controllers works no longer; without controllers for ever.
async fn ended(controllers: Option<&mut Controllers>) -> Report {
    match controllers {
        Some(controllers) => controllers.ended().await,
        None => std::future::pending().await,
    }
}

/// The order of the end: who writes stops first, then requests are answered, then the store is closed.
async fn end(controllers: Option<Controllers>, serving: Serving, server: &ApiServer) {
    if let Some(controllers) = controllers {
        controllers.stop().await;
    }
    serving.shutdown().await;
    server.shutdown().await;
}

fn kubeconfig_path(args: &ServeArgs) -> color_eyre::Result<PathBuf> {
    match (&args.write_kubeconfig, &args.data_dir) {
        (Some(path), _) => unless_foreign(path.clone()),
        (None, Some(directory)) => Ok(directory.join("kubeconfig")),
        (None, None) => {
            bail!("where should the kubeconfig go? Name a file with --write-kubeconfig, or a --data-dir")
        }
    }
}

/// A kubeconfig that somebody else wrote holds what cannot be had again, and is not written over.
fn unless_foreign(path: PathBuf) -> color_eyre::Result<PathBuf> {
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(path),
        Err(error) => return Err(error).wrap_err_with(|| format!("{} cannot be read", path.display())),
    };
    let ours = text.trim().is_empty()
        || Kubeconfig::from_yaml(&text)
            .is_ok_and(|file| file.contexts.iter().all(|context| context.name == CONTEXT));
    if ours {
        return Ok(path);
    }
    bail!(
        "{} is there already and has more than what fleetui serve writes; it would be lost. Name another file, and use \
         both with KUBECONFIG={}:OTHER",
        path.display(),
        path.display()
    )
}

async fn open(data_dir: Option<&Path>, clock: SharedClock) -> color_eyre::Result<ApiServer> {
    let mut builder = ApiServer::builder().clock(clock).cluster_api();
    if let Some(directory) = data_dir {
        builder = builder.data_dir(directory);
    }
    Ok(builder.build().await?)
}

/// The server's certificates, read or made off the runtime's threads, as both take their time.
async fn credentials(data_dir: Option<&Path>, clock: &SharedClock) -> color_eyre::Result<ServerCredentials> {
    let directory = data_dir.map(|directory| directory.join("pki"));
    let now = clock.now();
    let made = tokio::task::spawn_blocking(move || match directory {
        Some(directory) => ServerCredentials::open(&directory, &server::names(), now),
        None => ServerCredentials::ephemeral(&server::names(), now),
    });
    Ok(made.await??)
}

/// Writes the kubeconfig of one who only reads, then the administrator's: who sees that one finds both.
fn write_kubeconfigs(
    path: &Path,
    serving: &Serving,
    credentials: &ServerCredentials,
) -> color_eyre::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".readonly");
    let users = [
        (Path::new(&beside), READER, &credentials.reader),
        (path, ADMINISTRATOR, &credentials.administrator),
    ];
    for (path, user, certificate) in users {
        let mut file = Kubeconfig::new(
            CONTEXT,
            &serving.url(),
            credentials.authority.certificate_pem(),
            Credential::Certificate(certificate),
        );
        for (named, context) in file.users.iter_mut().zip(&mut file.contexts) {
            user.clone_into(&mut named.name);
            user.clone_into(&mut context.context.user);
        }
        write_private(path, file.to_yaml()?.reveal().as_bytes())
            .wrap_err("the kubeconfig was not written")?;
    }
    Ok(())
}

/// A line for the person who started the server. Nobody may be listening any more, which is no reason to end.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The signals that end the server.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> color_eyre::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The name of the next one.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}
