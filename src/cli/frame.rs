//! `fleetui frame`: one settled frame of the console as text.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use fleetui_base::SharedClock;
use fleetui_base::clock::SystemClock;
use fleetui_client::{ClientSettings, FleetClient, LookedUp};
use fleetui_connect::Target;
use fleetui_console::chord::{Chord, ChordError, sequence};
use fleetui_console::runtime::FrameError;
use fleetui_console::{AppOptions, Frame, FrameConfig};

use super::act::who::Book;
use super::demo::world::World;
use super::number::whole;
use super::{FleetArgs, LookArgs, RecordArgs, console, status};

/// What `fleetui frame` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct FrameArgs {
    /// Columns and rows
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = parse_size)]
    size: (u16, u16),
    /// Keys to press once everything has settled, as keymaps write them, separated by spaces: "j j enter"
    #[arg(long, value_name = "KEYS", default_value = "", value_parser = parse_keys)]
    keys: Keys,
    /// Show the demo, with its clock standing still, instead of your management clusters
    #[arg(long)]
    demo: bool,
    /// Seed of the demo's names
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole::<u64>, requires = "demo")]
    seed: u64,
    /// What to print: text, ansi (text with colours as escape sequences), svg (a picture)
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The same as --format ansi
    #[arg(long, conflicts_with = "format")]
    ansi: bool,
    /// Give up after so many seconds, with exit status 2
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = whole::<u64>)]
    timeout: u64,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Ansi,
    Svg,
}

/// Keys in their order.
#[derive(Debug, Clone)]
struct Keys(Vec<Chord>);

fn parse_keys(text: &str) -> Result<Keys, ChordError> {
    sequence(text).map(Keys)
}

/// Smallest and largest sizes that a terminal may claim to have.
const SIZES: std::ops::RangeInclusive<u16> = 1..=1000;

fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let side = |text: &str| text.parse().ok().filter(|cells| SIZES.contains(cells));
    text.split_once('x')
        .and_then(|(columns, rows)| Some((side(columns)?, side(rows)?)))
        .ok_or_else(|| {
            format!(
                "{text} is no size; one is written 120x40, and no side is longer than {}",
                SIZES.end()
            )
        })
}

/// Prints the frame.
pub(crate) async fn run(
    args: FrameArgs,
    mut fleet: FleetArgs,
    look: LookArgs,
    record: RecordArgs,
) -> color_eyre::Result<ExitCode> {
    if let Some(path) = &record.replay {
        let (frame, is_cut) = fleetui_console::replayed(path)?;
        if is_cut {
            super::tell(
                "the recording is cut off in the middle of a line; this is the last frame before that",
            );
        }
        return written(&args, &frame);
    }
    if args.demo {
        fleet.over.refuse_without_kubeconfig()?;
        let world = World::frozen(args.seed).await?;
        let clock = world.clock();
        let mut settings = super::act::who::settings(&fleet, "frame", Book::Memory);
        settings.workload.given = Some(world.workload_clients());
        let options = console::options(&fleet, &look, &clock)?;
        let targets = (world.targets(options.read_only), settings);
        let code = Box::pin(print(&args, options, targets, (clock, record.record))).await;
        world.end().await;
        return code;
    }
    let clock = SystemClock::shared();
    let mut options = console::options(&fleet, &look, &clock)?;
    // The configuration forbids as much as the command line does.
    fleet.readonly = options.read_only;
    let settings = super::act::who::settings(&fleet, "frame", Book::User);
    let targets = tokio::task::spawn_blocking(move || console::targets(&fleet)).await??;
    let targets = targets.for_console(&mut options);
    Box::pin(print(&args, options, (targets, settings), (clock, record.record))).await
}

async fn print(
    args: &FrameArgs,
    mut options: AppOptions,
    (targets, mut settings): (Vec<Target>, ClientSettings),
    (clock, record): (SharedClock, Option<PathBuf>),
) -> color_eyre::Result<ExitCode> {
    options.size = args.size;
    settings.columns = LookedUp::new(options.paths());
    let (client, updates) = FleetClient::start(targets, Arc::clone(&clock), settings);
    let limit = Duration::from_secs(args.timeout);
    let config = FrameConfig {
        options,
        clock,
        keys: args.keys.0.clone(),
        limit,
        record,
    };
    let frame = fleetui_console::frame(config, Arc::new(client.clone()), updates).await;
    client.shut_down().await;
    let frame = match frame {
        Ok(frame) => frame,
        Err(error @ FrameError::TimedOut { .. }) => {
            super::tell(&error.to_string());
            return Ok(ExitCode::from(status::TIMED_OUT));
        }
        Err(error @ (FrameError::App(_) | FrameError::Record(..))) => return Err(error.into()),
    };
    written(args, &frame)
}

fn written(args: &FrameArgs, frame: &Frame) -> color_eyre::Result<ExitCode> {
    let text = match args.format {
        Format::Text if args.ansi => frame.ansi(),
        Format::Text => frame.plain(),
        Format::Ansi => frame.ansi(),
        Format::Svg => frame.svg(),
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => {
            written?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_read_and_others_refused() {
        assert_eq!(parse_size("80x24"), Ok((80, 24)));
        for wrong in ["80", "80x", "x24", "0x24", "80x99999", "80 x 24", "-1x3"] {
            assert!(parse_size(wrong).unwrap_err().contains("120x40"), "{wrong}");
        }
    }
}
