//! `fleetui upgrade`: another Kubernetes version, of one object.

use std::process::ExitCode;

use clap::Args;
use fleetui_fleet::act::Deed;

use super::arguments::{ActArgs, ObjectArgs};
use super::one;
use crate::cli::FleetArgs;

/// What `fleetui upgrade` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct UpgradeArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// The version
    #[arg(long, value_name = "VERSION")]
    to: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Upgrades one object: a Cluster with a topology, a control plane, a MachineDeployment or a MachinePool.
pub(crate) async fn run(args: UpgradeArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    one::run(
        (&args.object, Deed::Upgrade(args.to)),
        &args.act,
        &fleet,
        "upgrade",
    )
    .await
}
