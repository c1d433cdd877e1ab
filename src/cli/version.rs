//! `fleetui version`: the versions of what is inside, and of the management cluster that is named.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::inventory::{self, BYOH, CLUSTER_API};
use super::management::{self, Management};
use super::print::{json_text, line, yaml};
use super::{FleetArgs, print};

/// What `fleetui version` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct VersionArgs {
    /// How it is printed
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    output: Output,
}

/// How versions are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Output {
    /// A line for each
    #[default]
    Text,
    /// The program's own version alone
    Short,
    /// One JSON object
    Json,
    /// One YAML document
    Yaml,
}

/// A management cluster's versions.
struct There {
    name: String,
    /// Its API server's.
    server: String,
    /// Its providers, by clusterctl's inventory: name, type, version.
    providers: Vec<[String; 3]>,
}

/// Prints the program's version and those of what it speaks and does; with --context or --kubeconfig also those of the
/// management cluster, which is not asked otherwise.
pub(crate) async fn run(args: VersionArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let asked = fleet.kubeconfig.is_some() || !fleet.contexts.is_empty();
    let there = if asked && args.output != Output::Short {
        Some(there(&fleet).await?)
    } else {
        None
    };
    match args.output {
        Output::Short => line(&own()),
        Output::Text => text(there.as_ref()),
        Output::Json => print::text(&json_text(&document(there.as_ref()))?)?,
        Output::Yaml => print::text(&yaml(&document(there.as_ref()))?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The program's own version, as versions are written in Kubernetes.
fn own() -> String {
    format!("v{}", env!("CARGO_PKG_VERSION"))
}

fn text(there: Option<&There>) {
    let mut lines = vec![
        ("fleetui".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        (
            "Cluster API".to_owned(),
            format!("{CLUSTER_API} (core and kubeadm controllers; v1beta2, and v1beta1 read)"),
        ),
        ("BYOH".to_owned(), format!("{BYOH} (controllers)")),
        (
            "Kubernetes".to_owned(),
            format!("{} (embedded API server)", fleetui_apiserver::VERSION),
        ),
    ];
    if let Some(there) = there {
        lines.push((there.name.clone(), there.server.clone()));
        let providers = there.providers.iter();
        lines.extend(
            providers.map(|[name, kind, version]| (format!("  {name}"), format!("{version} {kind}"))),
        );
    }
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, version) in lines {
        line(&format!("{name:width$}  {version}"));
    }
}

/// The same for programs: the fields of a version are those of `kubectl version` and `clusterctl version`.
fn document(there: Option<&There>) -> Value {
    let mut document = json!({
        "fleetui": version(&own()),
        "clusterAPI": version(CLUSTER_API),
        "byoh": version(BYOH),
        "embeddedServerVersion": version(fleetui_apiserver::VERSION),
    });
    let platform = format!(
        "{}/{}",
        std::env::consts::OS,
        architecture(std::env::consts::ARCH)
    );
    if let Some(own) = document.get_mut("fleetui").and_then(Value::as_object_mut) {
        own.insert("platform".to_owned(), json!(platform));
    }
    if let (Some(there), Some(document)) = (there, document.as_object_mut()) {
        let provider =
            |[name, kind, version]: &[String; 3]| json!({"name": name, "type": kind, "version": version});
        let providers: Vec<Value> = there.providers.iter().map(provider).collect();
        document.insert("managementCluster".to_owned(), json!(there.name));
        document.insert("serverVersion".to_owned(), version(&there.server));
        document.insert("providers".to_owned(), json!(providers));
    }
    document
}

/// `{"major": "1", "minor": "33", "gitVersion": "v1.33.0"}`.
fn version(text: &str) -> Value {
    let mut numbers = text.trim_start_matches('v').split('.');
    let mut next = || numbers.next().unwrap_or_default();
    json!({"major": next(), "minor": next(), "gitVersion": text})
}

/// As Go calls it, and with it kubectl.
fn architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The versions of a management cluster: its API server's, and those of its providers by clusterctl's inventory.
async fn there(fleet: &FleetArgs) -> color_eyre::Result<There> {
    let management = management::connect(fleet).await?;
    let version = management.answer(management.client.apiserver_version()).await?;
    Ok(There {
        name: management.name.clone(),
        server: version.git_version,
        providers: providers(&management).await?,
    })
}

async fn providers(management: &Management) -> color_eyre::Result<Vec<[String; 3]>> {
    let read = inventory::read(management).await?;
    let of = |provider: &kube::api::DynamicObject| {
        let text = |field: &str| {
            provider
                .data
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        [
            provider.metadata.name.clone().unwrap_or_default(),
            text("type"),
            text("version"),
        ]
    };
    Ok(read.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_the_fields_that_kubectl_and_clusterctl_give_them() {
        let there = There {
            name: "lab".to_owned(),
            server: "v1.33.1+k3s1".to_owned(),
            providers: vec![["infrastructure-byoh", "InfrastructureProvider", "v0.5.0"].map(str::to_owned)],
        };
        let document = document(Some(&there));
        let at = |pointer: &str| {
            document
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        assert_eq!(at("/fleetui/gitVersion"), own());
        assert!(!at("/fleetui/platform").is_empty());
        assert_eq!(
            (
                at("/serverVersion/major"),
                at("/serverVersion/minor"),
                at("/serverVersion/gitVersion")
            ),
            ("1", "33", "v1.33.1+k3s1")
        );
        assert_eq!(at("/providers/0/version"), "v0.5.0");
        assert_eq!(super::document(None).get("serverVersion"), None);
    }
}
