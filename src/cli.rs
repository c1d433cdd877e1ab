//! The composition root: arguments in, rooms put together, an exit status out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use fleetui_base::Shown;

mod backup;
mod console;
mod controllers;
mod demo;
mod frame;
mod generate;
mod get;
mod health;
mod init;
mod inventory;
mod lead;
mod log;
mod management;
mod remote;
mod requirements;
mod rivals;
mod serve;
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
}

/// Which management clusters are meant, and what may be done there.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FleetArgs {
    /// Kubeconfig file; otherwise those of KUBECONFIG, otherwise ~/.kube/config
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Context of a management cluster; may be given several times
    #[arg(long = "context", value_name = "NAME", global = true)]
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
}

/// How it looks.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LookArgs {
    /// Theme: dark, light, ansi16, high-contrast, colour-blind, mono, or one of your own
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) theme: Option<String>,
    /// Keymap: default, k9s, vim, or one of your own
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) keymap: Option<String>,
    /// Draw with ASCII characters alone
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
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
    /// Print the kubeconfig of a workload cluster
    Get(get::GetArgs),
    /// Say the version of everything involved
    Version,
}

/// Parses the command line, runs, and gives the exit status: 0 well, 1 failed, 2 wrong usage or timed out.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(report) => {
            tell(&format!("{report:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Tells the user something on stderr, such as why the program ends. Names in it may come from a file or a server, so they are made safe for the terminal.
fn tell(what: &str) {
    let lines: Vec<_> = Shown::lines(what).iter().map(ToString::to_string).collect();
    // When even stderr is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "fleetui: {}", lines.join("\n"));
}

fn run(cli: Cli) -> color_eyre::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(async {
        match cli.command {
            None => console::run(cli.fleet, cli.look).await,
            Some(Command::Demo(args)) => demo::run(args, cli.fleet, cli.look).await,
            Some(Command::Serve(args)) => serve::run(args).await.map(|()| ExitCode::SUCCESS),
            Some(Command::Backup(args)) => backup::backup(args, cli.fleet).await,
            Some(Command::Restore(args)) => backup::restore(args).await,
            Some(Command::Frame(args)) => frame::run(args, cli.fleet, cli.look).await,
            Some(Command::Controllers(args)) => controllers::run(args, cli.fleet).await,
            Some(Command::Init(args)) => init::run(args, cli.fleet).await,
            Some(Command::Generate(args)) => generate::run(args, cli.fleet).await,
            Some(Command::Get(args)) => get::run(args, cli.fleet).await,
            Some(Command::Version) => version::run(cli.fleet).await.map(|()| ExitCode::SUCCESS),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}
