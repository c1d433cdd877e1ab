//! The commands about one object: scale, delete.

use std::process::ExitCode;

use clap::Args;
use fleetui_fleet::act::plan::{Around, plan};
use fleetui_fleet::act::{Act, Deed, Plan, Refusal, Try};

use super::arguments::{ActArgs, ObjectArgs};
use super::fleet::{Fleet, read_only};
use super::{pass, refuse};
use crate::cli::FleetArgs;

/// What `fleetui scale` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScaleArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// How many, or a step such as +2 or -1
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    replicas: String,
    #[command(flatten)]
    act: ActArgs,
}

/// What a command is told that needs no more than the object.
#[derive(Debug, Clone, Args)]
pub(crate) struct OneArgs {
    #[command(flatten)]
    object: ObjectArgs,
    #[command(flatten)]
    pub(super) act: ActArgs,
}

impl OneArgs {
    /// What is to be done to the object.
    pub(super) fn of(&self, deed: Deed) -> (&ObjectArgs, Deed) {
        (&self.object, deed)
    }
}

/// Sets the number of replicas, where it is kept.
pub(crate) async fn scale(args: ScaleArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    run(
        (&args.object, Deed::Scale(args.replicas)),
        &args.act,
        &fleet,
        "scale",
    )
    .await
}

/// Deletes an object.
pub(crate) async fn delete(args: OneArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    run(args.of(Deed::Delete), &args.act, &fleet, "delete").await
}

/// What makes a plan of an act on an object that is known.
pub(super) type Planner = fn(&Around<'_>, Act) -> Result<Plan, Refusal>;

/// Does something to one object.
pub(super) async fn run(
    meant: (&ObjectArgs, Deed),
    args: &ActArgs,
    fleet: &FleetArgs,
    by: &str,
) -> color_eyre::Result<ExitCode> {
    planned(meant, args, (fleet, by), plan).await
}

/// The same, as that planner makes of it.
pub(super) async fn planned(
    (object, deed): (&ObjectArgs, Deed),
    args: &ActArgs,
    (fleet, by): (&FleetArgs, &str),
    planner: Planner,
) -> color_eyre::Result<ExitCode> {
    // What means nothing is told before anybody is asked.
    object.parts()?;
    let fleet = Fleet::begin(fleet, args, by).await?;
    let done = async {
        let mut act = fleet.act(object, deed)?;
        act.reason.clone_from(&args.reason);
        begun(&fleet, act, args, planner).await
    };
    let done = done.await;
    fleet.end().await;
    done
}

/// Plans an act on an object that is known, and passes it through the gate.
pub(super) async fn begun(
    fleet: &Fleet,
    act: Act,
    args: &ActArgs,
    planner: Planner,
) -> color_eyre::Result<ExitCode> {
    if let Err(refusal) = fleet.writable() {
        return Err(refuse(fleet, read_only(refusal, act)));
    }
    match planner(&fleet.around(), act.clone()) {
        Ok(plan) => Box::pin(pass(fleet, plan, args)).await,
        Err(refusal) => Err(refuse(fleet, Try { act, refusal })),
    }
}
