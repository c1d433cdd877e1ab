//! `fleetui get`: what the screens of the console show, for scripts and pipes; and the kubeconfig of a workload cluster.

mod activity;
mod contexts;
mod headroom;
mod hosts;
pub(crate) mod kubeconfig;
mod names;
mod nodes;
mod problems;
mod table;
mod tree;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use fleetui_fleet::table::Flat;

pub(crate) use table::namespace;

use super::headless::{self, ViewArgs, Wanted};
use super::{FleetArgs, LookArgs};

/// What `fleetui get` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct GetArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// The kubeconfig of a workload cluster, printed, merged, or lent to a command; whoever has it administers the cluster
    Kubeconfig(kubeconfig::KubeconfigArgs),
    /// The fleet tree, from management clusters to machines
    #[command(visible_alias = "fleet")]
    Tree(tree::TreeArgs),
    /// Clusters
    #[command(aliases = ["cluster", "cl"])]
    Clusters(table::TableArgs),
    /// Control planes of every provider
    #[command(name = "controlplanes", aliases = ["controlplane", "cp", "kcp"])]
    ControlPlanes(table::TableArgs),
    /// MachineDeployments
    #[command(visible_alias = "md", aliases = ["deployment", "machinedeployments", "machinedeployment"])]
    Deployments(table::TableArgs),
    /// MachineSets
    #[command(name = "machinesets", visible_alias = "ms", aliases = ["machineset"])]
    Sets(table::TableArgs),
    /// MachinePools
    #[command(name = "machinepools", visible_alias = "mp", aliases = ["machinepool", "pools"])]
    Pools(table::TableArgs),
    /// Machines
    #[command(aliases = ["machine", "ma"])]
    Machines(table::TableArgs),
    /// What is not as it should be, grouped by the object at the bottom of it, the worst first
    #[command(aliases = ["problem", "why"])]
    Problems(ViewArgs),
    /// The hosts of every pool: free, reserved, in use, stale, quarantined
    #[command(aliases = ["host", "byohosts", "byohost"])]
    Hosts(hosts::HostsArgs),
    /// The nodes of workload clusters, of all or of the one that is named, as their own APIs tell of them
    #[command(aliases = ["node", "no"])]
    Nodes(nodes::NodesArgs),
    /// How many further machines of each MachineDeployment and control plane would find a host now, and what keeps the others off
    #[command(aliases = ["room"])]
    Headroom(headroom::HeadroomArgs),
    /// Which upgrades of clusters are stored, and what was done and tried from here, the newest first, as the audit log has it
    ///
    /// The audit log is audit.jsonl in the directory of the state. One that has grown to 8 MiB becomes audit.1.jsonl, and so on: nine
    /// older ones are kept, and what is older still is gone. One that cannot be read ends with status 1.
    #[command(aliases = ["activities", "audit"])]
    Activity(activity::ActivityArgs),
    /// The management clusters: how the connection stands, and what is known of them
    #[command(visible_alias = "ctx", aliases = ["context"])]
    Contexts(ViewArgs),
}

/// Prints what was asked for.
pub(crate) async fn run(args: GetArgs, fleet: FleetArgs, look: LookArgs) -> color_eyre::Result<ExitCode> {
    let (flat, args) = match args.what {
        What::Kubeconfig(args) => return kubeconfig::run(args, fleet).await,
        What::Tree(args) => return tree::run(args, fleet, look.ascii).await,
        What::Hosts(args) => return hosts::run(args, fleet).await,
        What::Nodes(args) => return nodes::run(args, fleet).await,
        What::Headroom(args) => return headroom::run(args, fleet).await,
        What::Contexts(args) => {
            return headless::run(&args, &fleet, Wanted::connections(), contexts::page).await;
        }
        What::Activity(args) => return activity::run(args, fleet).await,
        What::Problems(args) => return problems::run(&args, &fleet).await,
        What::Clusters(args) => (Flat::Clusters, args),
        What::ControlPlanes(args) => (Flat::ControlPlanes, args),
        What::Deployments(args) => (Flat::Deployments, args),
        What::Sets(args) => (Flat::Sets, args),
        What::Pools(args) => (Flat::Pools, args),
        What::Machines(args) => (Flat::Machines, args),
    };
    table::run(flat, args, fleet).await
}
