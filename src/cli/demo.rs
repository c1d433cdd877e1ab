//! `fleetui demo`: the console over embedded management clusters with a fleet to look at.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{FleetArgs, LookArgs, console};
use record::{Found, Record};
use world::World;

mod objects;
mod record;
mod story;
pub(crate) mod teller;
pub(crate) mod world;

/// What `fleetui demo` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Seed of the demo's names and durations
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Keep the demo in this directory, and go on with it the next time; without it nothing is left behind
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How long simulated machines take, in percent: 100 is about twelve seconds from nothing to Ready, 0 is at once
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pace: u32,
}

/// Opens the console at once; the fleet appears while one looks.
pub(crate) async fn run(args: DemoArgs, fleet: FleetArgs, look: LookArgs) -> color_eyre::Result<ExitCode> {
    let record = args.data_dir.as_deref().map(Record::open).transpose()?;
    let found = record.as_ref().map_or(Found::New, |(_, found)| *found);
    let world = World::live(args.seed, args.data_dir.as_deref(), args.pace, found).await?;
    let clock = world.clock();
    let options = console::options(&fleet, &look, &clock)?;
    let (places, time, pace) = (world.places(), world.time(), world.pace());
    let teller = tokio::spawn(async move {
        if found == Found::New {
            teller::tell(places, time, pace).await?;
        }
        record.map_or(Ok(()), |(record, _)| record.told())
    });
    let ended = console::open(options, world.targets(fleet.readonly), clock).await;
    teller.abort();
    let told = teller.await;
    world.end().await;
    ended?;
    match told {
        // The person left before the story was told to its end.
        Err(error) if error.is_cancelled() => Ok(ExitCode::SUCCESS),
        told => {
            told??;
            Ok(ExitCode::SUCCESS)
        }
    }
}
