//! The console over management clusters that the user names, and what every way to open it shares.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use color_eyre::eyre::Report;
use directories::ProjectDirs;
use fleetui_base::SharedClock;
use fleetui_base::clock::SystemClock;
use fleetui_client::{ClientSettings, FleetClient, LookedUp};
use fleetui_connect::{Environment, Target, TargetRequest};
use fleetui_console::runtime::environment::surroundings;
use fleetui_console::settings::{Basis, Choices};
use fleetui_console::user_file::{Said, UserFiles};
use fleetui_console::{AppOptions, ConsoleConfig, Ending};
use tokio::sync::watch;

use super::act::create::variables;
use super::act::who::{self, Book};
use super::config;
use super::demo::DemoArgs;
use super::{FleetArgs, LookArgs, RecordArgs};

/// Where the user's own files are: `~/.config/fleetui`, or what `XDG_CONFIG_HOME` says.
pub(crate) fn config_dir() -> Option<PathBuf> {
    ProjectDirs::from("", "", "fleetui").map(|directories| directories.config_dir().to_path_buf())
}

/// Where the program keeps what is its own: `~/.local/state/fleetui`, or what `XDG_STATE_HOME` says.
pub(crate) fn state_dir() -> Option<PathBuf> {
    let directories = ProjectDirs::from("", "", "fleetui")?;
    // Not every system has a place for state of its own.
    let state = directories
        .state_dir()
        .unwrap_or_else(|| directories.data_local_dir());
    Some(state.to_path_buf())
}

/// The management clusters that are meant.
pub(crate) enum Targets {
    /// Those that the arguments, the fleet file or the kubeconfig name.
    Named(Vec<Target>),
    /// None, as there is no kubeconfig; the files that were looked for.
    NoKubeconfig(Vec<String>),
}

impl Targets {
    /// Tells the console where there is no kubeconfig; gives the management clusters.
    pub(crate) fn for_console(self, options: &mut AppOptions) -> Vec<Target> {
        match self {
            Self::Named(targets) => targets,
            Self::NoKubeconfig(looked_for) => {
                options.no_kubeconfig = Some(looked_for);
                Vec::new()
            }
        }
    }
}

/// Finds the management clusters that are meant.
pub(crate) fn targets(args: &FleetArgs) -> color_eyre::Result<Targets> {
    let request = TargetRequest {
        contexts: args.contexts.clone(),
        kubeconfig: args.kubeconfig.clone(),
        fleet_file: config_dir().map(|directory| directory.join("fleet.yaml")),
        one: false,
        read_only: args.readonly,
        overrides: args.over.overrides(),
        environment: Environment::of_process(),
    };
    match fleetui_connect::resolve(&request) {
        Ok(mut targets) => {
            if let Some(namespace) = &args.namespace {
                for target in &mut targets {
                    // Those that the fleet file gives are enough where it is one of them.
                    if !(target.only_namespaces && target.namespaces.contains(namespace)) {
                        target.namespaces = vec![namespace.clone()];
                    }
                }
            }
            Ok(Targets::Named(targets))
        }
        Err(error) => match error.looked_for().filter(|_| args.contexts.is_empty()) {
            Some(looked_for) => Ok(Targets::NoKubeconfig(
                looked_for.iter().map(|path| path.display().to_string()).collect(),
            )),
            None => Err(error.into()),
        },
    }
}

/// What was chosen on the command line.
pub(crate) fn choices(fleet: &FleetArgs, look: &LookArgs) -> Choices {
    Choices {
        theme: look.theme.clone(),
        keymap: look.keymap.clone(),
        colours: look.colours,
        ascii: look.ascii,
        mouse: look.mouse,
        low_bandwidth: look.low_bandwidth,
        read_only: fleet.readonly,
    }
}

/// The user's own files and what they say. A configuration with a mistake is told: it may be the one that forbids to write.
pub(crate) fn own_files(directory: &Path) -> color_eyre::Result<(UserFiles, Said)> {
    let (files, mut said) = config::read(directory)?;
    if !said.usable && !said.mistakes.is_empty() {
        return Err(said.mistakes.swap_remove(0).into());
    }
    Ok((files, said))
}

/// Whether the user's own configuration says that nothing may be written.
pub(crate) fn forbids() -> color_eyre::Result<bool> {
    let Some(directory) = config_dir() else {
        return Ok(false);
    };
    let (_, said) = own_files(&directory)?;
    let basis = Basis {
        config: said.config,
        ..Basis::default()
    };
    Ok(basis.settings().read_only.value)
}

/// How the console begins, from the user's files, the environment and the arguments. A configuration with a mistake is told
/// before the terminal is taken.
pub(crate) fn options(
    fleet: &FleetArgs,
    look: &LookArgs,
    clock: &SharedClock,
) -> color_eyre::Result<AppOptions> {
    let mut options = AppOptions::new(clock.now())?;
    let mut basis = Basis {
        choices: choices(fleet, look),
        surroundings: surroundings(),
        ..Basis::default()
    };
    if let Some(directory) = config_dir() {
        let (files, said) = own_files(&directory)?;
        options.files = files;
        options.themes = said.themes;
        options.keymaps = said.keymaps;
        basis.config = said.config;
    }
    options.decide(basis);
    // What is not there is told before the terminal is taken.
    options.themes.get(&options.theme).map_err(Report::msg)?;
    options.keymaps.get(&options.keymap).map_err(Report::msg)?;
    options.namespace = fleet.namespace.clone().filter(|_| !fleet.all_namespaces);
    Ok(options)
}

/// Opens the console and stays until it is left; or plays a recording of one.
pub(crate) async fn run(
    mut fleet: FleetArgs,
    look: LookArgs,
    (record, file): (RecordArgs, Option<PathBuf>),
) -> color_eyre::Result<ExitCode> {
    if let Some(path) = record.replay {
        fleetui_console::replay(path).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let clock = SystemClock::shared();
    let mut options = options(&fleet, &look, &clock)?;
    // The configuration forbids as much as the command line does.
    fleet.readonly = options.read_only;
    let args = fleet.clone();
    let targets = tokio::task::spawn_blocking(move || targets(&args)).await??;
    let targets = targets.for_console(&mut options);
    options.variables = variables(file.as_deref())?;
    let settings = who::settings(&fleet, "console", Book::User);
    let place = Place {
        state_dir: state_dir(),
        kubeconfig: fleet.kubeconfig.clone(),
        preparing: None,
    };
    match open(options, (targets, settings), (clock, place), record.record).await? {
        Ending::Left => Ok(ExitCode::SUCCESS),
        Ending::Demo => super::demo::run(DemoArgs::default(), fleet, look, RecordArgs::default()).await,
    }
}

/// Where a console keeps what is its own, and what is said while its fleet is set up.
pub(crate) struct Place {
    /// The directory of the state.
    pub(crate) state_dir: Option<PathBuf>,
    /// The kubeconfig that was named on the command line.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// What is said in the place of a fleet that is set up: that of the demo.
    pub(crate) preparing: Option<watch::Receiver<Option<String>>>,
}

/// Opens the console over `targets`, within the limits of time of `settings`. While they are being set up, that is said in their place.
pub(crate) async fn open(
    mut options: AppOptions,
    (targets, mut settings): (Vec<Target>, ClientSettings),
    (clock, place): (SharedClock, Place),
    record: Option<PathBuf>,
) -> color_eyre::Result<Ending> {
    let Place {
        state_dir,
        kubeconfig,
        preparing,
    } = place;
    if let Some(directory) = state_dir.clone() {
        // What was killed has lent kubeconfigs that nobody has to have any more.
        tokio::task::spawn_blocking(move || fleetui_client::sweep_lent(Some(&directory))).await?;
    }
    settings.columns = LookedUp::new(options.paths());
    options.actor = settings.actor.clone();
    let (client, updates) = FleetClient::start(targets, Arc::clone(&clock), settings);
    let config = ConsoleConfig {
        options,
        clock,
        // Only the demo has to be set up.
        keeps_timeline: preparing.is_none(),
        preparing,
        state_dir,
        kubeconfig,
        directory: config_dir(),
        record,
    };
    let ended = fleetui_console::run(config, Arc::new(client.clone()), updates).await;
    client.shut_down().await;
    Ok(ended?)
}
