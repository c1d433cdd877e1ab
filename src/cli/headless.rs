//! What the screens show, without a screen: waits until the management clusters have told everything, prints it, and goes on
//! where that is asked for. Must not know: what is printed.

mod activity;
mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, IsTerminal as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::bail;
use fleetui_api::kinds::Role;
use fleetui_base::clock::SystemClock;
use fleetui_base::{ManagementCluster, ObjectKey, SharedClock};
use fleetui_client::{ClientSettings, FleetClient, LookedUp};
use fleetui_fleet::drain;
use fleetui_fleet::nodes::{self, NodeOptions, Nodes, Unread};
use fleetui_fleet::table::Path;
use fleetui_fleet::tree::Layers;
use fleetui_fleet::{FleetStore, Session, Update};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::console::{self, Targets};
use super::demo::world::World;
use super::number::whole;
use super::print::{Output, Page, Printer};
use super::{FleetArgs, status};

pub(crate) use activity::Activity;
use unread::{Known, absent, awaited, complaint, found};

/// What every command is told that prints a view of the fleet.
#[derive(Debug, Clone, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(crate) struct ViewArgs {
    /// How it is printed
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: Output,
    /// Stay, and print what changes
    #[arg(short, long)]
    pub(crate) watch: bool,
    /// End with status 4 where something is not as it should be
    #[arg(long, conflicts_with = "watch")]
    pub(crate) exit_code: bool,
    /// Leave the titles of the columns out
    #[arg(long)]
    pub(crate) no_headers: bool,
    /// Do not wait longer for what is still being read; the exit status is 2 then
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = whole::<u64>)]
    pub(crate) timeout: u64,
    /// Show the demo, with its clock standing still, instead of your management clusters
    #[arg(long)]
    pub(crate) demo: bool,
    /// Seed of the demo's names
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole::<u64>, requires = "demo")]
    pub(crate) seed: u64,
}

/// What a view is made from; what of it could not be read is told.
#[derive(Debug, Clone)]
pub(crate) enum Needs {
    /// Nothing but how the connections stand.
    Nothing,
    /// Objects that play these parts.
    Roles(&'static [Role]),
    /// Everything that is watched.
    Everything,
}

/// What of a fleet is read for a view.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// What the view is made from.
    pub(crate) needs: Needs,
    /// What is looked up in every object.
    pub(crate) paths: Vec<Path>,
    /// Layers of the tree that something more is read for.
    pub(crate) layers: Layers,
    /// The workload clusters whose nodes are read too.
    pub(crate) nodes: Option<NodeOptions>,
    /// Whether that is read too which only problems tell: what holds the drains of nodes, and which upgrades are stored.
    pub(crate) problems: bool,
    /// What the view tells of what is done: it is shown without any management cluster, too.
    pub(crate) activity: Option<Activity>,
}

impl Wanted {
    /// Everything that is watched.
    pub(crate) fn everything() -> Self {
        Self::from(Needs::Everything)
    }

    /// How the connections stand.
    pub(crate) fn connections() -> Self {
        Self::from(Needs::Nothing)
    }
}

impl From<Needs> for Wanted {
    fn from(needs: Needs) -> Self {
        Self {
            needs,
            paths: Vec::new(),
            layers: Layers::default(),
            nodes: None,
            problems: false,
            activity: None,
        }
    }
}

/// So many workload clusters are asked for their nodes at once.
const WORKLOADS_AT_ONCE: usize = 16;
/// While nodes are watched, they are read again so often.
const NODES_AGE: Duration = Duration::from_secs(15);
/// How connections stand is told after so long where they are watched: one that is slow keeps no other from being shown.
const AT_FIRST: Duration = Duration::from_secs(1);
/// After so long a person is told what is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Nothing more may come for so long before everything counts as told.
const QUIET: Duration = Duration::from_millis(150);
/// While a fleet is watched, what changes is gathered for so long.
const GATHER: Duration = Duration::from_millis(250);

/// Prints the page that `page` makes of the fleet, once everything is told.
pub(crate) async fn run(
    args: &ViewArgs,
    fleet: &FleetArgs,
    wanted: Wanted,
    mut page: impl FnMut(&FleetStore, Timestamp) -> Page,
) -> color_eyre::Result<ExitCode> {
    let needs = wanted.needs.clone();
    let mut view = View::begin(args, fleet, wanted).await?;
    let mut printer = Printer::new(io::stdout(), args.output, args.watch, !args.no_headers);
    let result = view.print(args, &needs, &mut page, &mut printer).await;
    view.end().await;
    match result {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        result => Ok(result?),
    }
}

/// A fleet that is read to be printed.
struct View {
    store: FleetStore,
    updates: mpsc::Receiver<Update>,
    client: FleetClient,
    clock: SharedClock,
    /// The workload clusters whose nodes are read.
    nodes: Option<NodeOptions>,
    /// The exit status for each workload cluster whose nodes could not be read.
    nodes_failed: BTreeMap<ObjectKey, u8>,
    /// Whether that is read too which only problems tell.
    problems: bool,
    /// Of which management clusters it was told that their stored upgrades cannot be read.
    walks_unread: BTreeSet<ManagementCluster>,
    /// What was done, where that is told.
    activity: Option<Activity>,
    /// The demo, where it is what is shown.
    world: Option<World>,
}

impl View {
    async fn begin(args: &ViewArgs, fleet: &FleetArgs, wanted: Wanted) -> color_eyre::Result<Self> {
        let usual = fleet.over.client_settings();
        let activity = wanted.activity;
        let (targets, clock, world) = if args.demo {
            fleet.over.refuse_without_kubeconfig()?;
            let world = World::frozen(args.seed).await?;
            (world.targets(fleet.readonly), world.clock(), Some(world))
        } else if activity.as_ref().is_some_and(|activity| activity.local) {
            (Vec::new(), SystemClock::shared(), None)
        } else {
            let fleet = fleet.clone();
            let named = !fleet.contexts.is_empty();
            let targets = tokio::task::spawn_blocking(move || console::targets(&fleet)).await??;
            let mut targets = match targets {
                Targets::Named(targets) => targets,
                Targets::NoKubeconfig(_) if activity.is_some() => Vec::new(),
                Targets::NoKubeconfig(looked_for) => bail!(
                    "there is no kubeconfig (looked for: {}); --demo shows a fleet without any",
                    looked_for.join(", ")
                ),
            };
            // To name one is to ask for it.
            for target in targets.iter_mut().filter(|_| named) {
                target.lazy = false;
            }
            (targets, SystemClock::shared(), None)
        };
        let mut settings = ClientSettings {
            columns: LookedUp::new(wanted.paths),
            ..usual
        };
        settings.workload.given = world.as_ref().map(World::workload_clients);
        let (client, updates) = FleetClient::start(targets, Arc::clone(&clock), settings);
        client.show_layers(wanted.layers);
        Ok(Self {
            store: FleetStore::default(),
            updates,
            client,
            clock,
            nodes: wanted.nodes,
            nodes_failed: BTreeMap::new(),
            problems: wanted.problems,
            walks_unread: BTreeSet::new(),
            activity,
            world,
        })
    }

    async fn end(self) {
        self.client.shut_down().await;
        if let Some(world) = self.world {
            world.end().await;
        }
    }

    async fn print<W: io::Write>(
        &mut self,
        args: &ViewArgs,
        needs: &Needs,
        page: &mut impl FnMut(&FleetStore, Timestamp) -> Page,
        printer: &mut Printer<W>,
    ) -> io::Result<ExitCode> {
        let reading = async {
            self.settle().await;
            self.read_nodes().await;
            self.read_for_problems().await;
            self.read_activity().await;
        };
        let at_first = args.watch && matches!(needs, Needs::Nothing);
        let limit = if at_first {
            AT_FIRST
        } else {
            Duration::from_secs(args.timeout)
        };
        let settled = timeout(limit, reading).await;
        let first = page(&self.store, self.clock.now());
        printer.print(&first)?;
        let late = settled.is_err() && !at_first;
        let mut told = BTreeSet::new();
        // Why something could not be read comes before what is said of the rest.
        let code = match self.complain(late, needs, &mut told) {
            0 if !first.missing.is_empty() => status::FAILED,
            code => code,
        };
        let is_text = args.output != Output::Json && args.output != Output::Yaml;
        for sentence in absent(&first, self.known(late, needs), is_text) {
            super::tell(&sentence);
        }
        if args.watch && code == status::FAILED && first.rows.is_empty() && !first.missing.is_empty() {
            return Ok(ExitCode::from(code));
        }
        if args.watch {
            self.watch(needs, &mut told, page, printer).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(ExitCode::from(if args.exit_code {
            found(&first, code)
        } else {
            code
        }))
    }

    /// Takes updates until every session has settled and nothing more comes.
    async fn settle(&mut self) {
        let mut tell_at = io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        loop {
            if tell_at.is_some_and(|at| Instant::now() >= at) {
                tell_at = None;
                super::tell(&awaited(&self.store));
            }
            match timeout(QUIET, self.updates.recv()).await {
                Ok(Some(first)) => self.take(first),
                Ok(None) => return,
                Err(_)
                    if self
                        .store
                        .sessions()
                        .all(|session| session.connection.is_settled()) =>
                {
                    return;
                }
                Err(_) => {}
            }
        }
    }

    /// Reads the nodes of the workload clusters that are meant.
    async fn read_nodes(&mut self) {
        let Some(options) = &self.nodes else { return };
        let client = self.client.clone();
        let reading = nodes::clusters(&self.store, options)
            .into_iter()
            .map(|(cluster, uid)| {
                let client = client.clone();
                async move {
                    let read = client.nodes(&cluster, &uid).await;
                    (cluster, uid, read)
                }
            });
        let mut reading = stream::iter(reading).buffer_unordered(WORKLOADS_AT_ONCE);
        while let Some((cluster, uid, read)) = reading.next().await {
            match &read {
                Ok(_) => self.nodes_failed.remove(&cluster),
                Err(failure) => self
                    .nodes_failed
                    .insert(cluster.clone(), status::of_read(failure)),
            };
            let read = read.map_err(|failure| failure.message);
            self.store.take_nodes(&cluster, &uid, read, self.clock.now());
        }
    }

    /// Reads what holds the drains that are under way, and which upgrades are stored.
    async fn read_for_problems(&mut self) {
        if !self.problems {
            return;
        }
        for (name, failure) in activity::read_walks(&self.client, &mut self.store).await {
            if self.walks_unread.insert(name.clone()) {
                super::tell(&format!(
                    "which upgrades are stored in {name} is not known: {failure}"
                ));
            }
        }
        let client = self.client.clone();
        let reading = drain::draining(&self.store).into_iter().map(|(machine, uid)| {
            let client = client.clone();
            async move {
                let read = client.drain(&machine, &uid).await;
                (machine, uid, read.map_err(|failure| failure.message))
            }
        });
        let mut reading = stream::iter(reading).buffer_unordered(WORKLOADS_AT_ONCE);
        while let Some((machine, uid, read)) = reading.next().await {
            self.store.take_drain(&machine, &uid, read);
        }
    }

    async fn read_activity(&mut self) {
        if let Some(activity) = &mut self.activity {
            activity.read(&self.client, &mut self.store).await;
        }
    }

    fn take(&mut self, first: Update) {
        self.store.apply(first);
        while let Ok(next) = self.updates.try_recv() {
            self.store.apply(next);
        }
    }

    /// Prints what changes until the person ends it.
    async fn watch<W: io::Write>(
        &mut self,
        needs: &Needs,
        told: &mut BTreeSet<String>,
        page: &mut impl FnMut(&FleetStore, Timestamp) -> Page,
        printer: &mut Printer<W>,
    ) -> io::Result<()> {
        let mut again = tokio::time::interval(NODES_AGE);
        again.reset();
        loop {
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => return interrupted,
                _ = again.tick(), if self.nodes.is_some() || self.problems || self.activity.is_some() => {
                    self.read_nodes().await;
                    self.read_for_problems().await;
                    self.read_activity().await;
                }
                first = self.updates.recv() => match first {
                    Some(first) => self.take(first),
                    None => return Ok(()),
                },
            }
            tokio::time::sleep(GATHER).await;
            while let Ok(next) = self.updates.try_recv() {
                self.store.apply(next);
            }
            printer.print(&page(&self.store, self.clock.now()))?;
            self.complain(false, needs, told);
        }
    }

    /// How much of what is meant was read.
    fn known(&self, late: bool, needs: &Needs) -> Known {
        let now = self.clock.now();
        let is_unread = |session: &Session| complaint(session, late, needs, now).is_some();
        let (all, unread) = self.store.sessions().fold((0, 0), |(all, unread), session| {
            (all + 1, unread + usize::from(is_unread(session)))
        });
        let failed = self
            .unread_nodes()
            .into_iter()
            .filter(|unread| unread.why.is_some());
        // Those that were read before are known, although not as they are now.
        let (never, before): (Vec<_>, Vec<_>) = failed.partition(|unread| unread.read_at.is_none());
        if !never.is_empty() && never.len() == self.clusters_of_nodes() {
            return Known::Nothing;
        }
        let more = self.activity.as_ref().is_some_and(Activity::is_unread) || never.len() + before.len() > 0;
        match unread {
            0 if !more => Known::All,
            // The audit log is always read.
            unread if unread < all || self.activity.is_some() => Known::Some,
            _ => Known::Nothing,
        }
    }

    /// How many workload clusters there are whose nodes are meant.
    fn clusters_of_nodes(&self) -> usize {
        let options = self.nodes.as_ref();
        options.map_or(0, |options| nodes::clusters(&self.store, options).len())
    }

    /// The workload clusters whose nodes are meant and could not be read.
    fn unread_nodes(&self) -> Vec<Unread> {
        let options = self.nodes.as_ref();
        options.map_or_else(Vec::new, |options| {
            Nodes::build(&self.store, options, self.clock.now()).unread
        })
    }

    /// Tells on stderr what could not be read and was not told before; gives the exit status for it.
    fn complain(&self, late: bool, needs: &Needs, told: &mut BTreeSet<String>) -> u8 {
        let now = self.clock.now();
        let mut code = 0;
        for session in self.store.sessions() {
            let Some((complaint, status)) = complaint(session, late, needs, now) else {
                continue;
            };
            code = status::worse(code, status);
            // How long something is already so is no news.
            let once = format!(
                "{} {:?}",
                session.management_cluster,
                std::mem::discriminant(&session.connection)
            );
            if told.insert(once) {
                super::tell(&complaint);
            }
        }
        let activity = self.activity.as_ref();
        let of_activity = activity.map_or(0, |activity| activity.complain(told));
        let of_nodes = self.complain_of_nodes(told);
        status::worse(status::worse(code, of_nodes), of_activity)
    }

    /// The same of workload clusters whose nodes cannot be read.
    fn complain_of_nodes(&self, told: &mut BTreeSet<String>) -> u8 {
        let mut code = 0;
        for unread in self.unread_nodes() {
            let Some(why) = &unread.why else { continue };
            let cluster = unread.cluster.key();
            let status = self.nodes_failed.get(&cluster).copied();
            code = status::worse(code, status.unwrap_or(status::FAILED));
            let (object, place) = (&cluster.object, &cluster.management_cluster);
            if told.insert(format!("nodes {cluster}")) {
                super::tell(&format!(
                    "the nodes of cluster {object} of {place} are not known: {why}"
                ));
            }
        }
        code
    }
}
