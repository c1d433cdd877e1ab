//! `fleetui describe cluster`: what clusterctl prints of a cluster, as a table, JSON or YAML, once or again and again.

mod structured;
mod which;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;
use fleetui_base::clock::SystemClock;
use fleetui_base::{GroupKind, ManagementCluster, ObjectName, SharedClock};
use fleetui_client::{ClientSettings, Failure, FailureKind, FleetClient};
use fleetui_connect::Target;
use fleetui_fleet::describe::{DescribeOptions, Described, ShowConditions, View, describe};
use fleetui_fleet::{Change, Update};
use tokio::sync::mpsc;

use super::demo::world::World;
use super::number::whole;
use super::status::WrongUsage;
use super::{FleetArgs, management, tell, values};

/// What `fleetui describe` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct DescribeArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// A workload cluster at a glance: are there problems, and where
    Cluster(Box<ClusterArgs>),
}

/// What `fleetui describe cluster` is told. Names and defaults are those of clusterctl 1.14, and of the releases before it.
#[derive(Debug, Clone, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
struct ClusterArgs {
    /// The Cluster; without it, those that there are are named
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// All conditions of these: kinds or Kind/name, divided by commas, or all; a + behind one leaves out those that are as
    /// they should be and have nothing to say
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    show_conditions: ShowConditions,
    /// MachineSets between deployments and machines
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_possible_values = true, value_name = "true|false", hide_default_value = true)]
    show_machinesets: bool,
    /// ClusterResourceSets
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_possible_values = true, value_name = "true|false", hide_default_value = true)]
    show_resourcesets: bool,
    /// Templates of infrastructure and bootstrap configurations
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_possible_values = true, value_name = "true|false", hide_default_value = true)]
    show_templates: bool,
    /// Infrastructure and bootstrap configurations even where they are ready or say what their machine says
    #[arg(long, visible_alias = "disable-no-echo", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_possible_values = true, value_name = "true|false", hide_default_value = true)]
    echo: bool,
    /// Machines in the same state as one line
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, hide_possible_values = true, value_name = "true|false")]
    grouping: bool,
    /// Every machine on a line of its own; what older releases call --grouping=false
    #[arg(long)]
    disable_grouping: bool,
    /// The conditions of v1beta2; false shows those of v1beta1 [default: true, unless the objects have only the old ones]
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, value_name = "true|false")]
    v1beta2: Option<bool>,
    /// Colours, even where the output is no terminal; `NO_COLOR` in the environment wins
    #[arg(short, long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, value_name = "true|false")]
    color: Option<bool>,
    /// Context of the management cluster, as clusterctl calls it; the same as --context
    #[arg(long, value_name = "NAME", add = ArgValueCandidates::new(values::kubeconfig_contexts))]
    kubeconfig_context: Option<String>,
    /// How it is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Output,
    /// Print it again whenever something of it changes, until it is interrupted
    #[arg(short, long)]
    watch: bool,
    /// Describe a cluster of the demo, with its clock standing still
    #[arg(long, conflicts_with_all = ["contexts", "kubeconfig_context", "kubeconfig", "watch"])]
    demo: bool,
    /// Seed of the demo's names
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole::<u64>, requires = "demo")]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// The tree, as clusterctl prints it
    Table,
    /// One JSON object
    Json,
    /// One YAML document
    Yaml,
}

/// Changes that come together are printed once.
const SETTLES: Duration = Duration::from_millis(300);

/// How long a management cluster that cannot be read is left alone.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// Describes what was asked for.
pub(crate) async fn run(args: DescribeArgs, mut fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let What::Cluster(args) = args.what;
    fleet.contexts = one_context(fleet.contexts, args.kubeconfig_context.as_deref())?;
    let Some(name) = args.name.clone() else {
        return Err(WrongUsage(which::nameless(args.demo, &fleet).await).into());
    };
    if args.demo {
        return of_demo((&args, &name), &fleet).await;
    }
    let (mut target, namespace) = management::target_and_namespace(&fleet)?;
    // Only who watches has use for a session.
    target.lazy = !args.watch;
    let clock = SystemClock::shared();
    let cluster = ObjectName::new(&namespace, &name);
    let job = Job::start(args, (target, cluster), clock, fleet.over.client_settings());
    job.done().await
}

/// The context that is meant by either way to name it; both may be written, where they mean the same.
fn one_context(
    mut contexts: Vec<String>,
    kubeconfig_context: Option<&str>,
) -> Result<Vec<String>, WrongUsage> {
    let Some(named) = kubeconfig_context else {
        return Ok(contexts);
    };
    if let Some(other) = contexts.iter().find(|other| *other != named) {
        let why =
            format!("--context {other} and --kubeconfig-context {named} are not the same; one is meant");
        return Err(WrongUsage(why));
    }
    contexts.clear();
    contexts.push(named.to_owned());
    Ok(contexts)
}

async fn of_demo((args, name): (&ClusterArgs, &str), fleet: &FleetArgs) -> color_eyre::Result<ExitCode> {
    let world = World::frozen(args.seed).await?;
    let namespace = fleet.namespace.as_deref().unwrap_or("default").to_owned();
    let mut code = ExitCode::FAILURE;
    let mut targets = world.targets(true).into_iter().peekable();
    while let Some(mut target) = targets.next() {
        target.lazy = true;
        let job = Job::start(
            Box::new(args.clone()),
            (target, ObjectName::new(&namespace, name)),
            world.clock(),
            ClientSettings::default(),
        );
        match job.once().await {
            Ok(()) => {
                code = ExitCode::SUCCESS;
                break;
            }
            // It may be in another of the demo's management clusters.
            Err(failure) if targets.peek().is_none() => tell(&format!("{failure:#}")),
            Err(_) => {}
        }
    }
    world.end().await;
    Ok(code)
}

/// Where it was looked for is said of what is not there, as it may be in another place.
fn located(failure: Failure, management_cluster: &ManagementCluster, cluster: &ObjectName) -> Failure {
    if failure.kind != FailureKind::NotFound {
        return management::located(failure, management_cluster);
    }
    let namespace = &cluster.namespace;
    let message = format!(
        "{}; looked for in namespace {namespace} of {management_cluster} (-n and --context choose others; fleetui get clusters lists them)",
        failure.message
    );
    Failure { message, ..failure }
}

/// One cluster that is described.
struct Job {
    args: Box<ClusterArgs>,
    options: DescribeOptions,
    client: FleetClient,
    updates: mpsc::Receiver<Update>,
    management_cluster: ManagementCluster,
    cluster: ObjectName,
    clock: SharedClock,
    /// Kinds that may not be read, as they were told.
    told: Vec<GroupKind>,
}

impl Job {
    fn start(
        args: Box<ClusterArgs>,
        (target, cluster): (Target, ObjectName),
        clock: SharedClock,
        settings: ClientSettings,
    ) -> Self {
        let management_cluster = target.management_cluster.clone();
        let (client, updates) = FleetClient::start(vec![target], clock.clone(), settings);
        Self {
            options: options(&args),
            cluster,
            args,
            client,
            updates,
            management_cluster,
            clock,
            told: Vec::new(),
        }
    }

    async fn done(mut self) -> color_eyre::Result<ExitCode> {
        if self.args.watch {
            self.again_and_again().await
        } else {
            self.once().await.map(|()| ExitCode::SUCCESS)
        }
    }

    async fn once(mut self) -> color_eyre::Result<()> {
        let described = self.read().await;
        self.client.shut_down().await;
        self.print(&described?)?;
        Ok(())
    }

    async fn read(&mut self) -> Result<Described, Failure> {
        let mut options = self.options.clone();
        let reading = self
            .client
            .read_cluster(&self.management_cluster, &self.cluster, &options);
        let objects = reading
            .await
            .map_err(|failure| located(failure, &self.management_cluster, &self.cluster))?;
        if !objects.denied.is_empty() && self.told != objects.denied {
            let kinds: Vec<String> = objects.denied.iter().map(ToString::to_string).collect();
            tell(&format!(
                "{} does not allow to read {}: what of it belongs to the cluster is left out",
                self.management_cluster,
                kinds.join(", ")
            ));
            self.told.clone_from(&objects.denied);
        }
        let says = |pointer: &str| objects.cluster.pointer(pointer).is_some();
        let is_old = says("/status/deprecated/v1beta1/conditions") && !says("/status/conditions");
        if self.args.v1beta2.is_none() && is_old {
            options.view = View::V1Beta1;
        }
        Ok(describe(&objects, &options))
    }

    /// Prints what there is, then whatever is different from what was printed last. Ages alone are no difference.
    async fn again_and_again(&mut self) -> color_eyre::Result<ExitCode> {
        let mut printed: Option<Described> = None;
        loop {
            match self.read().await {
                Ok(described) => {
                    if printed.as_ref() != Some(&described)
                        && !self.print_another(&described, printed.is_some())?
                    {
                        return Ok(ExitCode::SUCCESS);
                    }
                    printed = Some(described);
                }
                // What was never there is a mistake; what is gone has ended.
                Err(failure) if failure.kind == FailureKind::NotFound => {
                    let Some(_) = printed else {
                        return Err(failure.into());
                    };
                    tell(&failure.to_string());
                    return Ok(ExitCode::SUCCESS);
                }
                Err(failure) if printed.is_none() => return Err(failure.into()),
                Err(failure) => {
                    tell(&failure.to_string());
                    tokio::time::sleep(AFTER_A_FAULT).await;
                }
            }
            if !self.something_changes().await {
                return Ok(ExitCode::FAILURE);
            }
        }
    }

    /// Waits until something of the cluster changes, and a moment longer. False where nothing can be heard any more.
    async fn something_changes(&mut self) -> bool {
        loop {
            match self.updates.recv().await {
                Some(update) if self.concerns(&update) => break,
                Some(_) => {}
                None => return false,
            }
        }
        tokio::time::sleep(SETTLES).await;
        while self.updates.try_recv().is_ok() {}
        true
    }

    fn concerns(&self, update: &Update) -> bool {
        let Update::Objects(batch) = update else {
            return false;
        };
        batch.changes.iter().any(|change| match change {
            Change::Upsert(row) => {
                let facts = &row.facts;
                facts.object.namespace == self.cluster.namespace
                    && facts
                        .cluster
                        .as_ref()
                        .is_none_or(|cluster| *cluster == self.cluster.name)
            }
            // It is not told whose it was.
            Change::Delete(key, _) => key.object.namespace == self.cluster.namespace,
        })
    }

    /// Prints one more. False where nobody reads any more.
    fn print_another(&self, described: &Described, is_another: bool) -> color_eyre::Result<bool> {
        if is_another && self.args.output == Output::Table {
            let now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            return Ok(written(&format!("\n{now}\n"))? && self.print(described)?);
        }
        self.print(described)
    }

    fn print(&self, described: &Described) -> color_eyre::Result<bool> {
        let now = self.clock.now();
        let text = match self.args.output {
            Output::Table => described.table(now, self.has_colour()),
            Output::Json => structured::json(&self.management_cluster, now, described)?,
            Output::Yaml => structured::yaml(&self.management_cluster, now, described)?,
        };
        written(&text)
    }

    fn has_colour(&self) -> bool {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        coloured(
            self.args.color,
            &variable("NO_COLOR"),
            &variable("TERM"),
            std::io::stdout().is_terminal(),
        )
    }
}

/// `NO_COLOR` wins over the flag, and the flag over what the terminal is.
fn coloured(flag: Option<bool>, no_color: &str, term: &str, is_terminal: bool) -> bool {
    no_color.is_empty() && flag.unwrap_or(is_terminal && term != "dumb")
}

/// Writes to stdout. False where whoever reads has seen enough.
fn written(text: &str) -> color_eyre::Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true)?),
    }
}

fn options(args: &ClusterArgs) -> DescribeOptions {
    DescribeOptions {
        show_conditions: args.show_conditions.clone(),
        machine_sets: args.show_machinesets,
        resource_sets: args.show_resourcesets,
        templates: args.show_templates,
        echo: args.echo,
        grouping: args.grouping && !args.disable_grouping,
        view: if args.v1beta2 == Some(false) {
            View::V1Beta1
        } else {
            View::V1Beta2
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: DescribeArgs,
        #[command(flatten)]
        fleet: FleetArgs,
    }

    fn parse(line: &str) -> Result<ClusterArgs, String> {
        let words = std::iter::once("describe").chain(line.split(' '));
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        let What::Cluster(args) = line.args.what;
        Ok(*args)
    }

    #[test]
    fn switches_are_written_as_clusterctl_reads_them() {
        let of = |line: &str| options(&parse(line).unwrap());
        let plain = DescribeOptions::default();
        assert_eq!(of("cluster a"), plain);
        assert_eq!(of("cluster a --grouping"), plain);
        let ungrouped = DescribeOptions {
            grouping: false,
            ..plain.clone()
        };
        assert_eq!(of("cluster a --grouping=false"), ungrouped);
        assert_eq!(of("cluster a --disable-grouping"), ungrouped);
        let echo = DescribeOptions {
            echo: true,
            ..plain.clone()
        };
        for line in ["--echo", "--echo=true", "--disable-no-echo"] {
            assert_eq!(of(&format!("cluster a {line}")), echo, "{line}");
        }
        let old = DescribeOptions {
            view: View::V1Beta1,
            ..plain.clone()
        };
        assert_eq!(of("cluster a --v1beta2=false"), old);
        assert_eq!(of("cluster a --v1beta2"), plain);
        let all = of("cluster --show-machinesets --show-resourcesets --show-templates a");
        assert!(all.machine_sets && all.resource_sets && all.templates);
        assert!(parse("cluster a -c").unwrap().color == Some(true));
        assert!(parse("cluster a -c=false").unwrap().color == Some(false));
    }

    #[test]
    fn wrong_usage_is_refused_with_words() {
        assert!(
            parse("cluster").is_ok_and(|args| args.name.is_none()),
            "which there are is told"
        );
        let contexts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let refused = one_context(contexts(&["b"]), Some("c")).unwrap_err().to_string();
        assert!(
            refused.contains("--context b and --kubeconfig-context c"),
            "{refused}"
        );
        assert_eq!(one_context(contexts(&["b"]), Some("b")).unwrap(), ["b"]);
        assert_eq!(one_context(contexts(&[]), Some("b")).unwrap(), ["b"]);
        assert_eq!(one_context(contexts(&["a", "b"]), None).unwrap(), ["a", "b"]);
        let words = [
            "describe",
            "cluster",
            "a",
            "--show-conditions",
            "Machine, Cluster",
        ];
        let refused = Line::try_parse_from(words).unwrap_err().to_string();
        assert!(refused.contains("whitespace is not allowed"), "{refused}");
    }

    #[test]
    fn no_color_wins_over_the_flag_and_the_flag_over_the_terminal() {
        for (flag, no_color, term, is_terminal, expected) in [
            (None, "", "xterm", true, true),
            (None, "", "xterm", false, false),
            (None, "", "dumb", true, false),
            (None, "1", "xterm", true, false),
            (Some(true), "", "dumb", false, true),
            (Some(true), "1", "xterm", true, false),
            (Some(false), "", "xterm", true, false),
        ] {
            let found = coloured(flag, no_color, term, is_terminal);
            assert_eq!(found, expected, "{flag:?} {no_color:?} {term} {is_terminal}");
        }
    }
}
