//! `fleetui generate cluster`: the objects of a new cluster as YAML, from a template with variables, as clusterctl does it.

mod pool;
mod rbac;

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_fleet::create::{Flavour, Sort, Variables, built_in, built_ins, documents, own_networks};
use fleetui_rules::template::Template;
use fleetui_rules::version::Version;
use kube::api::{ApiResource, GroupVersionKind};
use serde_json::Value;

use super::inventory::{BYOH, CLUSTER_API};
use super::number::{of_control_plane, whole};
use super::status::WrongUsage;
use super::{FleetArgs, management, values};
use pool::Pool;

/// The most bytes of a template.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What `fleetui generate` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// The objects of a new cluster, as YAML for kubectl apply
    Cluster(Box<ClusterArgs>),
    /// Any YAML with ${VARIABLES}, with values in their places
    Yaml(YamlArgs),
    /// The roles that fleetui controllers, fleetui init and the Lease of the controllers need in a management cluster
    Rbac(rbac::RbacArgs),
}

/// What `fleetui generate cluster` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClusterArgs {
    /// The name of the cluster
    name: String,
    /// What the machines are: byoh (hosts of your own) or simulated; with a version behind a colon where it has to be that one
    #[arg(short, long, value_name = "PROVIDER[:VERSION]", add = ArgValueCandidates::new(values::flavours))]
    infrastructure: Option<String>,
    /// A variant of the template; there is none beside the plain one yet
    #[arg(short, long, value_name = "NAME")]
    flavor: Option<String>,
    /// A template of your own instead: a file, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["infrastructure", "flavor", "from_config_map"])]
    from: Option<String>,
    /// A template of your own instead: in this ConfigMap of the management cluster
    #[arg(long, value_name = "NAME", conflicts_with_all = ["infrastructure", "flavor"])]
    from_config_map: Option<String>,
    /// The namespace of the ConfigMap [default: the context's]
    #[arg(long, value_name = "NAMESPACE", requires = "from_config_map")]
    from_config_map_namespace: Option<String>,
    /// The entry of the ConfigMap
    #[arg(
        long,
        value_name = "KEY",
        default_value = "template",
        requires = "from_config_map"
    )]
    from_config_map_key: String,
    /// The namespace that the objects are for [default: --namespace, else that of the context, else default]
    #[arg(long, value_name = "NAMESPACE")]
    target_namespace: Option<String>,
    /// The Kubernetes version of all machines, such as v1.33.4 [default: the variable KUBERNETES_VERSION]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<String>,
    /// How many machines the control plane has [default: the variable CONTROL_PLANE_MACHINE_COUNT, else 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    control_plane_machine_count: Option<u16>,
    /// How many workers there are [default: the variable WORKER_MACHINE_COUNT, else 0]
    #[arg(long, value_name = "COUNT", value_parser = whole::<u16>)]
    worker_machine_count: Option<u16>,
    /// List the template's variables instead
    #[arg(long)]
    list_variables: bool,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    write_to: Option<PathBuf>,
}

/// What `fleetui generate yaml` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct YamlArgs {
    /// A file, or - for standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    from: String,
    /// List the variables instead
    #[arg(long)]
    list_variables: bool,
}

/// Writes what was asked for.
pub(crate) async fn run(args: GenerateArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    match args.what {
        What::Cluster(args) => cluster(*args, fleet).await,
        What::Yaml(args) => yaml(&args),
        What::Rbac(args) => say(&rbac::render(&args)),
    }
}

fn yaml(args: &YamlArgs) -> color_eyre::Result<ExitCode> {
    let template = parse(&read(&args.from)?, &args.from)?;
    let variables = Variables::of_environment(std::env::vars());
    let text = if args.list_variables {
        variables.list(&template)
    } else {
        variables.render(&template, None).map_err(|said| eyre!(said))?
    };
    say(&text)
}

async fn cluster(args: ClusterArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    check_name(&args.name)?;
    let (text, flavour) = if let Some(file) = &args.from {
        (read(file)?, None)
    } else if let Some(map) = &args.from_config_map {
        (config_map(map, &args, &fleet).await?, None)
    } else {
        let flavour = flavour(&args)?;
        check_derived_names(&args.name)?;
        (flavour.text.clone(), Some(flavour))
    };
    let template = parse(&text, args.from.as_deref().unwrap_or("the template"))?;
    let mut variables = Variables::of_environment(std::env::vars());
    tell_variables(&args, &fleet, &mut variables)?;
    let of_hosts = flavour.as_ref().is_some_and(|flavour| flavour.sort == Sort::Byoh);
    let pool = if of_hosts {
        let namespace = variables.value("NAMESPACE").unwrap_or_default();
        Some(Pool::read(&namespace, &fleet).await)
    } else {
        None
    };
    if pool.as_ref().is_some_and(Pool::is_simulated) {
        // Nothing is ever fetched from there.
        variables.suppose(pool::REGISTRY, "simulated");
    }
    if args.list_variables {
        return say(&variables.list(&template));
    }
    let rendered = variables
        .render(&template, flavour.as_ref())
        .map_err(|said| eyre!(said))?;
    if flavour.is_some() {
        check_control_plane(&variables.value("CONTROL_PLANE_MACHINE_COUNT").unwrap_or_default())?;
    }
    if let (Some(pool), Some(endpoint)) = (&pool, variables.value("CONTROL_PLANE_ENDPOINT_IP")) {
        pool.check(
            &args.name,
            (
                &endpoint,
                &own_networks(&documents(&rendered).unwrap_or_default()),
            ),
            variables.value("KUBERNETES_VERSION").as_deref(),
        )?;
    }
    match &args.write_to {
        None => say(&rendered),
        Some(file) => {
            std::fs::write(file, rendered)
                .wrap_err_with(|| format!("{} cannot be written", file.display()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The names of the templates that come with the program, for a sentence.
fn names() -> String {
    let names: Vec<String> = built_ins().into_iter().map(|flavour| flavour.name).collect();
    names.join(" or ")
}

fn flavour(args: &ClusterArgs) -> Result<Flavour, WrongUsage> {
    let Some(provider) = &args.infrastructure else {
        return Err(WrongUsage(format!(
            "name what the machines are with --infrastructure ({}), or a template with --from",
            names()
        )));
    };
    // As clusterctl takes it: a provider, and perhaps which version of it.
    let (name, version) = match provider.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (provider.as_str(), None),
    };
    let found = built_in(name);
    let found = found.ok_or_else(|| {
        WrongUsage(format!(
            "there is no template for {name:?} here, only for {}; name a file of your own with --from",
            names()
        ))
    })?;
    let own = version_of(found.sort);
    if let Some(other) = version.filter(|version| *version != own) {
        return Err(WrongUsage(format!(
            "{name} is here in version {own} alone, and not in {other:?}; write -i {name}, or name a template of your own with --from"
        )));
    }
    match args.flavor.as_deref() {
        None | Some("") => Ok(found),
        Some(flavor) => Err(WrongUsage(format!(
            "{name} has no flavor {flavor:?} here, only the plain one; name a file of your own with --from"
        ))),
    }
}

/// The version of the provider whose kinds a template has.
fn version_of(sort: Sort) -> &'static str {
    match sort {
        Sort::Byoh => BYOH,
        Sort::Simulated | Sort::Template | Sort::Class => CLUSTER_API,
    }
}

/// These templates keep etcd on the control plane's machines, and the server would not take an even number of them.
fn check_control_plane(count: &str) -> Result<(), WrongUsage> {
    of_control_plane(count).map(drop).map_err(WrongUsage)
}

/// The most that a label holds.
const LONGEST_LABEL: usize = 63;
/// What stands behind a cluster's name in that of its workers.
const LONGEST_ENDING: &str = "-md-0";

/// The name goes into labels and host names.
fn check_name(name: &str) -> Result<(), WrongUsage> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let good = !name.is_empty()
        && name.len() <= LONGEST_LABEL
        && name.bytes().all(|byte| plain(byte) || byte == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-');
    if good {
        return Ok(());
    }
    Err(WrongUsage(format!(
        "{name:?} cannot be the name of a cluster: at most 63 lower case letters, digits and dashes, beginning with a letter"
    )))
}

/// The names of MachineDeployments go into labels, too, and those of the templates that come with the program are longer than the
/// cluster's. A server would refuse them when half of the cluster is there.
fn check_derived_names(name: &str) -> Result<(), WrongUsage> {
    let longest = format!("{name}{LONGEST_ENDING}");
    if longest.len() <= LONGEST_LABEL {
        return Ok(());
    }
    Err(WrongUsage(format!(
        "{name:?} is too long for this template, whose workers are called {longest:?}: {} letters at most",
        LONGEST_LABEL - LONGEST_ENDING.len()
    )))
}

/// What the flags say, and what follows from it.
fn tell_variables(
    args: &ClusterArgs,
    fleet: &FleetArgs,
    variables: &mut Variables,
) -> color_eyre::Result<()> {
    let count = |count: Option<u16>| count.map(|count| count.to_string());
    let namespace = args
        .target_namespace
        .clone()
        .or_else(|| fleet.namespace.clone())
        .or_else(|| variables.value("NAMESPACE"))
        .or_else(|| management::namespace_of(fleet))
        .unwrap_or_else(|| "default".to_owned());
    variables.set("CLUSTER_NAME", Some(args.name.clone()));
    variables.set("NAMESPACE", Some(namespace));
    variables.set("KUBERNETES_VERSION", args.kubernetes_version.clone());
    variables.set(
        "CONTROL_PLANE_MACHINE_COUNT",
        count(args.control_plane_machine_count),
    );
    variables.set("WORKER_MACHINE_COUNT", count(args.worker_machine_count));
    variables.suppose("CONTROL_PLANE_MACHINE_COUNT", "1");
    variables.suppose("WORKER_MACHINE_COUNT", "0");
    if let Some(said) = variables.value("KUBERNETES_VERSION") {
        let version = format!("v{}", said.trim_start_matches('v'));
        let number = version.parse::<Version>().map_err(|_| {
            WrongUsage(format!(
                "the Kubernetes version {said:?} is no whole version, such as v1.33.4"
            ))
        })?;
        variables.set("KUBERNETES_MINOR", Some(number.minor().to_string()));
        variables.set("KUBERNETES_VERSION", Some(version));
    }
    Ok(())
}

fn parse(text: &str, from: &str) -> color_eyre::Result<Template> {
    Template::parse(text).map_err(|error| eyre!("{from}: {error}"))
}

fn read(from: &str) -> color_eyre::Result<String> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let what = format!("templates are not fetched; save {from} and name the file");
        return Err(WrongUsage(what).into());
    }
    let mut text = String::new();
    let read = if from == "-" {
        std::io::stdin().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(from).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.wrap_err_with(|| format!("{from} cannot be read"))?;
    Ok(text)
}

async fn config_map(name: &str, args: &ClusterArgs, fleet: &FleetArgs) -> color_eyre::Result<String> {
    let management = management::connect(fleet).await?;
    let namespace = args
        .from_config_map_namespace
        .as_deref()
        .unwrap_or(&management.namespace);
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ConfigMap"));
    let map = management
        .answer(management.namespaced(&resource, namespace).get(name))
        .await?;
    let entry = map
        .data
        .pointer("/data")
        .and_then(|data| data.get(&args.from_config_map_key));
    let text = entry.and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| {
        eyre!(
            "the ConfigMap {namespace}/{name} has no entry {:?}; name another with --from-config-map-key",
            args.from_config_map_key
        )
    })
}

fn say(text: &str) -> color_eyre::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_may_be_named_with_the_version_that_it_has() {
        use clap::Parser as _;
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: ClusterArgs,
        }
        let found = |provider: &str| {
            let line = Line::try_parse_from(["generate", "a", "-i", provider]).unwrap();
            flavour(&line.args).map(|flavour| flavour.name)
        };
        assert_eq!(found("byoh").unwrap(), "byoh");
        assert_eq!(found(&format!("byoh:{BYOH}")).unwrap(), "byoh");
        assert_eq!(found(&format!("simulated:{CLUSTER_API}")).unwrap(), "simulated");
        let other = found("byoh:v0.4.0").unwrap_err().to_string();
        assert!(
            other.contains("in version v0.5.0 alone") && other.contains("v0.4.0"),
            "{other}"
        );
        assert!(
            found("docker:v1.14.0")
                .unwrap_err()
                .to_string()
                .contains("only for byoh or simulated")
        );
    }

    #[test]
    fn a_name_leaves_room_for_that_of_the_workers() {
        let name = |length: usize| "a".repeat(length);
        assert!(check_derived_names(&name(58)).is_ok());
        let error = check_derived_names(&name(59)).expect_err("too long");
        assert!(error.to_string().ends_with("58 letters at most"), "{error}");
        assert!(check_name(&name(63)).is_ok(), "of a template of one's own");
    }
}
