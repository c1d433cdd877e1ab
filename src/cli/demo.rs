//! `fleetui demo`: the console over embedded management clusters with a fleet to look at.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::act::who::{self, Book};
use super::console::Place;
use super::number::whole;
use super::{FleetArgs, LookArgs, RecordArgs, console};
use record::{Found, Record};
use state::State;
use world::World;

mod class;
mod deeds;
mod objects;
mod pools;
mod record;
mod requests;
mod state;
mod story;
pub(crate) mod teller;
pub(crate) mod world;

/// What `fleetui demo` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Seed of the demo's names and durations
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole::<u64>)]
    seed: u64,
    /// Keep the demo in this directory, and go on with it the next time; without it nothing is left behind
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How long simulated machines take, in percent: 100 is about twelve seconds from nothing to Ready, 0 is at once
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pace: u32,
}

impl Default for DemoArgs {
    fn default() -> Self {
        Self {
            seed: 1,
            data_dir: None,
            pace: 100,
        }
    }
}

/// Opens the console at once, which says how far the fleet is until all of it is there.
pub(crate) async fn run(
    args: DemoArgs,
    fleet: FleetArgs,
    look: LookArgs,
    record: RecordArgs,
) -> color_eyre::Result<ExitCode> {
    let RecordArgs {
        record: recording,
        replay,
    } = record;
    if let Some(path) = replay {
        fleetui_console::replay(path).await?;
        return Ok(ExitCode::SUCCESS);
    }
    fleet.over.refuse_without_kubeconfig()?;
    let record = args.data_dir.as_deref().map(Record::open).transpose()?;
    let found = record.as_ref().map_or(Found::New, |(_, found)| *found);
    let world = World::live(args.seed, args.data_dir.as_deref(), args.pace, found).await?;
    let clock = world.clock();
    let mut options = console::options(&fleet, &look, &clock)?;
    let (progress, preparing) = teller::progress();
    options.preparing = (found == Found::New).then(|| teller::said(0));
    let (places, time, pace) = (world.places(), world.time(), world.pace());
    let telling = progress.clone();
    let teller = tokio::spawn(async move {
        if found == Found::New {
            teller::tell(places, time, (pace, 100), &telling).await?;
        }
        record.map_or(Ok(()), |(record, _)| record.told())
    });
    let state = State::of(args.data_dir.as_deref());
    let book = state
        .as_ref()
        .map_or(Book::Memory, |state| Book::Demo(state.directory()));
    let settings = who::settings(&fleet, "console", book);
    let targets = world.targets(options.read_only);
    let own = Place {
        state_dir: state.as_ref().map(|state| state.directory().to_owned()),
        kubeconfig: None,
        preparing: Some(preparing),
    };
    let ended = console::open(options, (targets, settings), (clock, own), recording).await;
    if let Some(state) = state {
        state.leave();
    }
    // Until here: what went wrong with the story is said as long as the console is there.
    drop(progress);
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
