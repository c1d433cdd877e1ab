//! The composition root: arguments in, rooms put together, an exit status out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, FromArgMatches as _, Parser, Subcommand};
use clap_complete::ArgValueCandidates;
use fleetui_base::Shown;
use fleetui_console::theme::ColourLevel;

mod act;
mod applies;
mod backup;
mod completions;
mod config;
mod console;
mod controllers;
mod demo;
mod describe;
mod frame;
mod generate;
mod get;
mod headless;
mod health;
mod init;
mod inventory;
mod lead;
mod log;
mod management;
mod number;
mod over;
mod print;
mod rbac;
mod remote;
mod requirements;
mod rivals;
mod serve;
mod status;
mod values;
mod version;
mod workloads;

/// A terminal console for fleets of Cluster API clusters.
///
/// Without a command it opens the console over the management clusters that are named: by --context, else by
/// fleet.yaml, else the current context. Without any kubeconfig, `fleetui demo` shows it on management clusters of its own.
#[derive(Debug, Parser)]
#[command(name = "fleetui", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    look: LookArgs,
    #[command(flatten)]
    record: RecordArgs,
    /// A YAML file with values of variables for the clusters that the console creates, as clusterctl's configuration has them; the
    /// environment wins over it
    #[arg(long, value_name = "FILE")]
    variables: Option<PathBuf>,
}

/// Which management clusters are meant, and what may be done there.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FleetArgs {
    /// Kubeconfig file; otherwise those of KUBECONFIG, otherwise ~/.kube/config
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Context of a management cluster; may be given several times
    #[arg(long = "context", value_name = "NAME", global = true, add = ArgValueCandidates::new(values::contexts))]
    pub(crate) contexts: Vec<String>,
    /// Show only this namespace
    #[arg(
        short,
        long,
        value_name = "NAMESPACE",
        global = true,
        conflicts_with = "all_namespaces"
    )]
    pub(crate) namespace: Option<String>,
    /// Show all namespaces, whatever the context says
    #[arg(short = 'A', long, global = true)]
    pub(crate) all_namespaces: bool,
    /// Refuse every change
    #[arg(long, global = true)]
    pub(crate) readonly: bool,
    #[command(flatten)]
    pub(crate) over: over::OverArgs,
}

/// How it looks.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LookArgs {
    /// Theme: dark, light, ansi16, high-contrast, colour-blind, mono, or one of your own
    #[arg(long, value_name = "NAME", global = true, add = ArgValueCandidates::new(values::themes))]
    pub(crate) theme: Option<String>,
    /// Keymap: default, k9s, vim, or one of your own
    #[arg(long, value_name = "NAME", global = true, add = ArgValueCandidates::new(values::keymaps))]
    pub(crate) keymap: Option<String>,
    /// Draw with ASCII characters alone
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// How many colours to use, whatever the terminal says: none, 8, 16, 256, truecolor
    #[arg(
        long,
        value_name = "LEVEL",
        global = true,
        value_parser = parse_colours,
        add = ArgValueCandidates::new(values::colours)
    )]
    pub(crate) colours: Option<ColourLevel>,
    /// Take the mouse for the console: the wheel scrolls, a press goes to a row; :mouse gives it back
    #[arg(long, global = true)]
    pub(crate) mouse: bool,
    /// Draw less often, for thin lines: twice a second instead of ten times
    #[arg(long, global = true)]
    pub(crate) low_bandwidth: bool,
}

fn parse_colours(text: &str) -> Result<ColourLevel, String> {
    ColourLevel::named(text).ok_or_else(|| format!("there are {}", ColourLevel::NAMES.join(", ")))
}

/// What is kept of what is seen.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RecordArgs {
    /// Record everything that the console takes and shows in FILE, without secrets; a file that is there is not written over
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Play a recording instead of connecting to anything: space halts it, q leaves it, other keys go on at once
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) replay: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The console over two embedded management clusters with a dozen clusters; gone without trace at the end
    Demo(demo::DemoArgs),
    /// Serve an embedded management cluster over the Kubernetes API
    Serve(serve::ServeArgs),
    /// Save what an embedded management cluster holds, while it serves or when it does not
    Backup(backup::BackupArgs),
    /// Make the data directory of an embedded management cluster from a backup
    Restore(backup::RestoreArgs),
    /// Print one settled frame of the console and end
    Frame(frame::FrameArgs),
    /// Run Cluster API's controllers beside a management cluster that has its kinds
    Controllers(controllers::ControllersArgs),
    /// Install Cluster API's kinds, and the inventory of providers, in a management cluster that has none
    Init(init::InitArgs),
    /// Write the objects of a new cluster as YAML, from a template with variables
    Generate(generate::GenerateArgs),
    /// Print what the screens show as a table, JSON or YAML, or the kubeconfig of a workload cluster
    Get(get::GetArgs),
    /// Open a shell with the kubeconfig of a workload cluster, in a file that is gone afterwards
    Shell(get::kubeconfig::ShellArgs),
    /// Say where the files of the configuration are, whether they can be followed, and what holds in the end
    Config(config::ConfigArgs),
    /// Print the completions of a shell, for it to read
    Completions(completions::CompletionsArgs),
    /// Set the number of replicas of a control plane, a MachineDeployment, a MachineSet or a MachinePool
    Scale(act::one::ScaleArgs),
    /// Upgrade a cluster step by step, or one object; say what is possible and what stands in the way; pause, resume
    Upgrade(act::upgrade::UpgradeArgs),
    /// Have nothing of an object reconciled any more; or begin no further step of a cluster's upgrade
    ///
    /// Of an object it is Cluster API's own pause: its controllers leave it alone until it is resumed. A Cluster whose upgrade is
    /// walked (fleetui upgrade) has two things that can be paused: then --upgrade or --reconciliation has to say which is meant.
    Pause(act::pause::PauseArgs),
    /// Have it reconciled again; or go on with a cluster's upgrade that is stored, from here
    ///
    /// A cluster's upgrade that was paused, has stopped, or whose walker is gone, is gone on with in the foreground, from whatever
    /// console it was begun. Where the Cluster itself is paused as well, --upgrade or --reconciliation has to say which is meant.
    Resume(act::pause::PauseArgs),
    /// Replace machines by new ones alike; pause rollouts, resume them, or tell how far they are
    Rollout(act::rollout::RolloutArgs),
    /// Act on machines: replace, shrink, delete first, remediate, skip remediation
    Machine(act::machine::MachineArgs),
    /// Act on hosts of a pool: approve, label, cordon, maintain, reserve, quarantine, release, reset
    Host(act::host::HostArgs),
    /// Delete an object, and what it owns with it
    Delete(act::one::OneArgs),
    /// Create a cluster from a template
    Create(act::create::CreateArgs),
    /// Apply objects from files, by server-side apply
    Apply(act::apply::ApplyArgs),
    /// Take an earlier change back, where nobody else changed the field since
    Undo(act::undo::UndoArgs),
    /// Describe a workload cluster as a tree, as clusterctl does
    Describe(describe::DescribeArgs),
    /// Say the version of everything involved
    Version(version::VersionArgs),
}

/// Parses the command line, runs, and gives the exit status: 0 well, 1 failed, 2 wrong usage or timed out, 3 refused,
/// 4 something is not as it should be, where that was asked.
pub(crate) fn main() -> ExitCode {
    completions::answer();
    let parsed = Cli::from_arg_matches(&applies::command().get_matches());
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => error.with_cmd(&applies::command()).exit(),
    };
    if let Some(mistake) = cli.fleet.over.mistake() {
        // As any other wrong usage; it cannot be left to the parser, which sees global arguments only where they were written.
        applies::command()
            .error(ErrorKind::MissingRequiredArgument, mistake)
            .exit();
    }
    match run(cli) {
        Ok(code) => code,
        Err(report) => {
            tell(&format!("{report:#}"));
            ExitCode::from(status::of(&report))
        }
    }
}

/// Tells the user something on stderr, such as why the program ends. Names in it may come from a file or a server, so they are made safe for the terminal.
pub(crate) fn tell(what: &str) {
    let lines: Vec<_> = Shown::lines(what).iter().map(ToString::to_string).collect();
    // When even stderr is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "fleetui: {}", lines.join("\n"));
}

impl Command {
    /// Whether it writes into management clusters of the user's own, or lends what opens a cluster.
    fn writes(&self) -> bool {
        match self {
            Self::Controllers(_)
            | Self::Init(_)
            | Self::Shell(_)
            | Self::Scale(_)
            | Self::Upgrade(_)
            | Self::Pause(_)
            | Self::Resume(_)
            | Self::Rollout(_)
            | Self::Machine(_)
            | Self::Host(_)
            | Self::Delete(_)
            | Self::Create(_)
            | Self::Apply(_)
            | Self::Undo(_) => true,
            // The console and its frames look themselves, and the others write nothing there.
            Self::Demo(_)
            | Self::Serve(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Frame(_)
            | Self::Generate(_)
            | Self::Get(_)
            | Self::Describe(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Version(_) => false,
        }
    }
}

fn run(mut cli: Cli) -> color_eyre::Result<ExitCode> {
    match &cli.command {
        // The configuration forbids as much as the command line does.
        Some(command) if command.writes() => cli.fleet.readonly |= console::forbids()?,
        // What only tells does not end over a mistake there; it lends nothing then.
        Some(Command::Get(_)) => cli.fleet.readonly |= console::forbids().unwrap_or(true),
        Some(_) | None => {}
    }
    if cli.command.is_some() && cli.variables.is_some() {
        let what = "--variables is of the console; create cluster takes its own behind it".to_owned();
        return Err(status::WrongUsage(what).into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(async {
        match cli.command {
            None => console::run(cli.fleet, cli.look, (cli.record, cli.variables)).await,
            Some(Command::Demo(args)) => demo::run(args, cli.fleet, cli.look, cli.record).await,
            Some(Command::Serve(args)) => serve::run(args).await.map(|()| ExitCode::SUCCESS),
            Some(Command::Backup(args)) => backup::backup(args, cli.fleet).await,
            Some(Command::Restore(args)) => backup::restore(args).await,
            Some(Command::Frame(args)) => Box::pin(frame::run(args, cli.fleet, cli.look, cli.record)).await,
            Some(Command::Controllers(args)) => controllers::run(args, cli.fleet).await,
            Some(Command::Init(args)) => init::run(args, cli.fleet).await,
            Some(Command::Generate(args)) => generate::run(args, cli.fleet).await,
            Some(Command::Get(args)) => get::run(args, cli.fleet, cli.look).await,
            Some(Command::Shell(args)) => Box::pin(get::kubeconfig::shell(args, cli.fleet)).await,
            Some(Command::Scale(args)) => Box::pin(act::one::scale(args, cli.fleet)).await,
            Some(Command::Upgrade(args)) => Box::pin(act::upgrade::run(args, cli.fleet)).await,
            Some(Command::Pause(args)) => Box::pin(act::pause::pause(args, cli.fleet)).await,
            Some(Command::Resume(args)) => Box::pin(act::pause::resume(args, cli.fleet)).await,
            Some(Command::Rollout(args)) => Box::pin(act::rollout::run(args, cli.fleet)).await,
            Some(Command::Machine(args)) => Box::pin(act::machine::run(args, cli.fleet)).await,
            Some(Command::Host(args)) => Box::pin(act::host::run(args, cli.fleet)).await,
            Some(Command::Delete(args)) => Box::pin(act::one::delete(args, cli.fleet)).await,
            Some(Command::Create(args)) => Box::pin(act::create::run(args, cli.fleet)).await,
            Some(Command::Apply(args)) => Box::pin(act::apply::run(args, cli.fleet)).await,
            Some(Command::Undo(args)) => Box::pin(act::undo::run(args, cli.fleet)).await,
            Some(Command::Describe(args)) => describe::run(args, cli.fleet).await,
            Some(Command::Config(args)) => config::run(&args, &cli.fleet, &cli.look),
            Some(Command::Completions(args)) => completions::run(&args),
            Some(Command::Version(args)) => version::run(args, cli.fleet).await,
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}
