//! `fleetui machine`: what can be done about machines whose owner makes them, one of them or several alike.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use fleetui_fleet::act::MachineDeed;

use super::arguments::ActArgs;
use super::fleet::Fleet;
use super::several::several;
use crate::cli::FleetArgs;

/// What `fleetui machine` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct MachineArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Delete machines; their owners make others in their place
    Replace(TheseArgs),
    /// Delete machines, and have their owners have one less each
    Shrink(TheseArgs),
    /// Mark machines as the first to go when their owner has fewer (annotation cluster.x-k8s.io/delete-machine)
    DeleteFirst(MarkArgs),
    /// Mark machines to be replaced whatever their health (annotation cluster.x-k8s.io/remediate-machine)
    Remediate(MarkArgs),
    /// Keep health checks from having machines replaced (annotation cluster.x-k8s.io/skip-remediation)
    SkipRemediation(MarkArgs),
}

/// Machines, and how something is done.
#[derive(Debug, Clone, Args)]
struct TheseArgs {
    /// The machines, by their names, or as KIND/NAME
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Debug, Clone, Args)]
struct MarkArgs {
    #[command(flatten)]
    these: TheseArgs,
    /// Take the mark away
    #[arg(long)]
    end: bool,
}

/// Does it.
pub(crate) async fn run(args: MachineArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let (word, deed, these) = match args.what {
        What::Replace(these) => ("replace", MachineDeed::Replace, these),
        What::Shrink(these) => ("shrink", MachineDeed::Shrink, these),
        What::DeleteFirst(args) => ("delete-first", MachineDeed::GoFirst(!args.end), args.these),
        What::Remediate(args) => ("remediate", MachineDeed::Remediate(!args.end), args.these),
        What::SkipRemediation(args) => (
            "skip-remediation",
            MachineDeed::SkipRemediation(!args.end),
            args.these,
        ),
    };
    let fleet = Fleet::begin(&fleet, &these.act, &format!("machine {word}")).await?;
    let acts = these.names.iter().map(|name| fleet.machine(name, deed));
    let done = match acts.collect() {
        Ok(acts) => several(&fleet, acts, &these.act).await,
        Err(report) => Err(report),
    };
    fleet.end().await;
    done
}
