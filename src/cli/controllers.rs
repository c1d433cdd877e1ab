//! `fleetui controllers`: Cluster API's controllers beside a management cluster that is there already, one of several
//! candidates at a time.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::bail;
use fleetui_base::clock::SystemClock;
use fleetui_controllers::{ControllerSettings, ElectionTimes};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, PostParams};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::health::{self, Health, Telling};
use super::lead::{Candidate, NAMESPACE};
use super::log;
use super::management::{self, Management};
use super::rbac;
use super::remote::RemoteWorkloads;
use super::requirements;
use super::serve::Signals;
use super::{FleetArgs, tell};

/// What has to be known beforehand.
const NOTES: &str = "\
Permissions: fleetui generate rbac prints the roles that the user of the kubeconfig needs.\n\n\
Etcd: members of a stacked etcd are spoken with through forwarded ports of their Pods, which the kubeconfig of the workload cluster \
has to allow. Where they do not answer, no control plane machine goes.\n\n\
Keys: new authorities are ECDSA P-256, made in a thousandth of a second, where Cluster API makes RSA-2048; \
encryptionAlgorithm (RSA-2048, RSA-3072, RSA-4096, ECDSA-P384) in clusterConfiguration makes others.";

/// What `fleetui controllers` is told.
#[derive(Debug, Clone, Args)]
#[command(after_help = NOTES)]
pub(crate) struct ControllersArgs {
    /// The namespace of the Lease by which one of several managers works; made where it is missing
    #[arg(long, value_name = "NAMESPACE", default_value = NAMESPACE)]
    leader_election_namespace: String,
    /// Where to tell health and metrics over plain HTTP: /healthz, /readyz, /metrics [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    health_address: Option<SocketAddr>,
    /// How many objects of one kind are reconciled at the same time, at most
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: u16,
    /// Work although another manager seems to have the kinds; the name of the management cluster has to be typed
    #[arg(long, value_name = "NAME")]
    force: Option<String>,
}

/// Works until a signal comes.
pub(crate) async fn run(args: ControllersArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    log::start()?;
    let management = prepared(&args, &fleet).await.map_err(rbac::advised)?;
    let health = Health::default();
    let mut telling = Telling::default();
    if let Some(wished) = args.health_address {
        let address;
        (address, telling) = health::serve(wished, health.clone()).await?;
        tell(&format!("health and metrics at http://{address}"));
    }
    let stop = CancellationToken::new();
    let candidate = candidate(&management, args, health);
    tell(&format!(
        "waiting to lead in {} as {}",
        management.name, candidate.identity
    ));
    let working = candidate.work(stop.clone(), tell);
    tokio::pin!(working);
    tokio::select! {
        ended = &mut working => ended?,
        ended = telling.ended() => return Err(ended),
        signal = signals.next() => {
            tell(&format!("{signal}, ending"));
            stop.cancel();
            tokio::select! {
                ended = &mut working => ended?,
                signal = signals.next() => bail!("{signal} while ending"),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The management cluster, where all is there that the controllers need.
async fn prepared(args: &ControllersArgs, fleet: &FleetArgs) -> color_eyre::Result<Management> {
    let management = management::connect_to_manage(fleet, args.force.as_deref()).await?;
    requirements::check(&management, &args.leader_election_namespace).await?;
    make_namespace(&management, &args.leader_election_namespace).await?;
    Ok(management)
}

fn candidate(management: &Management, args: ControllersArgs, health: Health) -> Candidate {
    let client = management.client.clone();
    Candidate {
        client: client.clone(),
        workloads: Arc::new(RemoteWorkloads::new(client, SystemClock::shared())),
        settings: ControllerSettings {
            concurrency: usize::from(args.concurrency),
            ..ControllerSettings::default()
        },
        clock: SystemClock::shared(),
        namespace: args.leader_election_namespace,
        identity: identity(),
        times: ElectionTimes::default(),
        health,
    }
}

/// A name that no other process has, and that says which one it is.
fn identity() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() { "unknown" } else { host };
    format!("{host}_{}_{}", std::process::id(), uuid::Uuid::new_v4().simple())
}

async fn make_namespace(management: &Management, name: &str) -> color_eyre::Result<()> {
    let api: Api<Namespace> = Api::all(management.client.clone());
    if management.answer(api.get_opt(name)).await?.is_some() {
        return Ok(());
    }
    let namespace = serde_json::from_value(json!({"metadata": {"name": name}}))?;
    let params = PostParams::default();
    management.answer(api.create(&params, &namespace)).await.map(drop)
}
