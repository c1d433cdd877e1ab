//! What the screens show, without a screen: waits until the management clusters have told everything, prints it, and goes on
//! where that is asked for. Must not know: what is printed.

mod activity;

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::bail;
use fleetui_api::kinds::Role;
use fleetui_base::SharedClock;
use fleetui_base::clock::SystemClock;
use fleetui_client::{ClientSettings, FleetClient, LookedUp};
use fleetui_console::connection;
use fleetui_fleet::drain;
use fleetui_fleet::nodes::{self, NodeOptions, Nodes};
use fleetui_fleet::session::Connection;
use fleetui_fleet::table::Path;
use fleetui_fleet::tree::Layers;
use fleetui_fleet::{FleetStore, Session, Update};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::console::{self, Targets};
use super::demo::world::World;
use super::print::{Output, Page, Printer};
use super::{FleetArgs, status};

pub(crate) use activity::Activity;

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
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) timeout: u64,
    /// Show the demo, with its clock standing still, instead of your management clusters
    #[arg(long)]
    pub(crate) demo: bool,
    /// Seed of the demo's names
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "demo")]
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
    /// Whether it is read what holds the drains of nodes.
    pub(crate) drains: bool,
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
            drains: false,
            activity: None,
        }
    }
}

/// So many workload clusters are asked for their nodes at once.
const WORKLOADS_AT_ONCE: usize = 16;
/// While nodes are watched, they are read again so often.
const NODES_AGE: Duration = Duration::from_secs(15);
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
    /// Whether it is read what holds the drains of nodes.
    drains: bool,
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
            drains: wanted.drains,
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
            self.read_drains().await;
            self.read_activity().await;
        };
        let settled = timeout(Duration::from_secs(args.timeout), reading).await;
        let first = page(&self.store, self.clock.now());
        printer.print(&first)?;
        if first.rows.is_empty() && args.output != Output::Json && args.output != Output::Yaml {
            super::tell(&first.empty);
        }
        let mut told = BTreeSet::new();
        let code = self.complain(settled.is_err(), needs, &mut told);
        if args.watch {
            self.watch(needs, &mut told, page, printer).await?;
            return Ok(ExitCode::SUCCESS);
        }
        let found = args.exit_code && first.faults;
        Ok(ExitCode::from(match code {
            0 if found => status::FOUND,
            code => code,
        }))
    }

    /// Takes updates until every session has settled and nothing more comes.
    async fn settle(&mut self) {
        loop {
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
                    (cluster, uid, read.map_err(|failure| failure.message))
                }
            });
        let mut reading = stream::iter(reading).buffer_unordered(WORKLOADS_AT_ONCE);
        while let Some((cluster, uid, read)) = reading.next().await {
            self.store.take_nodes(&cluster, &uid, read, self.clock.now());
        }
    }

    /// Reads what holds the drains that are under way.
    async fn read_drains(&mut self) {
        if !self.drains {
            return;
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
                _ = again.tick(), if self.nodes.is_some() || self.drains || self.activity.is_some() => {
                    self.read_nodes().await;
                    self.read_drains().await;
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

    /// Tells on stderr what could not be read and was not told before; gives the exit status for it.
    fn complain(&self, late: bool, needs: &Needs, told: &mut BTreeSet<String>) -> u8 {
        let now = self.clock.now();
        let mut code = 0;
        for session in self.store.sessions() {
            let Some((complaint, status)) = complaint(session, late, needs, now) else {
                continue;
            };
            // Of several the one that says most about what is missing: too late, failed, refused.
            code = match (code, status) {
                (status::TIMED_OUT, _) | (_, status::TIMED_OUT) => status::TIMED_OUT,
                (status::FAILED, _) | (_, status::FAILED) => status::FAILED,
                (_, status) => status,
            };
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
        code.max(self.complain_of_nodes(told)).max(of_activity)
    }

    /// The same of workload clusters whose nodes cannot be read.
    fn complain_of_nodes(&self, told: &mut BTreeSet<String>) -> u8 {
        let Some(options) = &self.nodes else { return 0 };
        let unread = Nodes::build(&self.store, options, self.clock.now()).unread;
        let mut code = 0;
        for unread in unread {
            let Some(why) = &unread.why else { continue };
            code = status::FAILED;
            let cluster = unread.cluster.key();
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

/// What of a management cluster is missing, and the exit status for that.
fn complaint(session: &Session, late: bool, needs: &Needs, now: Timestamp) -> Option<(String, u8)> {
    let name = &session.management_cluster;
    let plain = connection::complaint(session, now);
    if matches!(needs, Needs::Nothing) && session.connection.is_settled() {
        return None;
    }
    match &session.connection {
        Connection::Connecting | Connection::Syncing { .. } => {
            late.then(|| (format!("{plain}; not everything is shown"), status::TIMED_OUT))
        }
        Connection::Idle => Some((
            format!(
                "{name} is not connected, as its entry in fleet.yaml is lazy; --context {name} asks for it"
            ),
            0,
        )),
        Connection::Stale { .. } | Connection::AuthNeeded { .. } | Connection::Offline { .. } => {
            Some((plain, status::FAILED))
        }
        Connection::Denied { .. } => Some((plain, status::REFUSED)),
        Connection::Live => {
            let needed = |kind: &&fleetui_base::GroupKind| match needs {
                Needs::Nothing => false,
                Needs::Roles(roles) => roles.contains(&Role::of(kind)),
                Needs::Everything => true,
            };
            let denied: Vec<String> = session
                .denied
                .iter()
                .filter(needed)
                .map(ToString::to_string)
                .collect();
            let what = format!("{name} does not allow to read {}", denied.join(", "));
            (!denied.is_empty()).then_some((what, status::REFUSED))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(connection: Connection) -> Session {
        let mut session = Session::idle(fleetui_base::ManagementCluster::new("lab"), "", false);
        session.connection = connection;
        session
    }

    #[test]
    fn what_is_missing_is_told_with_its_status() {
        let now = Timestamp::UNIX_EPOCH;
        let why = || "because".to_owned();
        let machines = Needs::Roles(&[Role::Machine]);
        let offline = || Connection::Offline {
            why: why(),
            retry_at: now,
        };
        let cases = [
            (Connection::Connecting, true, Some(status::TIMED_OUT)),
            (Connection::Connecting, false, None),
            (Connection::Idle, false, Some(0)),
            (Connection::Live, false, None),
            (offline(), false, Some(status::FAILED)),
            (Connection::Denied { why: why() }, false, Some(status::REFUSED)),
        ];
        for (connection, late, expected) in cases {
            let said = complaint(&session(connection.clone()), late, &machines, now);
            assert_eq!(said.map(|(_, status)| status), expected, "{connection:?}");
        }
        // To be offline is what contexts tell of.
        assert!(complaint(&session(offline()), false, &Needs::Nothing, now).is_none());
        let mut denied = session(Connection::Live);
        denied.denied.push(fleetui_api::kinds::core("Machine"));
        assert!(complaint(&denied, false, &machines, now).is_some());
        assert!(complaint(&denied, false, &Needs::Roles(&[Role::Cluster]), now).is_none());
    }
}
