//! `fleetui version`: the versions of what is inside, and of the management cluster that is named.

use std::io::Write as _;

use fleetui_base::Shown;

use super::FleetArgs;
use super::inventory::{self, BYOH, CLUSTER_API};
use super::management;

/// Prints the program's version and those of what it speaks and does; with --context or --kubeconfig also those of the
/// management cluster, which is not asked otherwise.
pub(crate) async fn run(fleet: FleetArgs) -> color_eyre::Result<()> {
    let mut lines = vec![
        ("fleetui", env!("CARGO_PKG_VERSION").to_owned()),
        (
            "Cluster API",
            format!("{CLUSTER_API} (core and kubeadm controllers; v1beta2, and v1beta1 read)"),
        ),
        ("BYOH", format!("{BYOH} (controllers)")),
        (
            "Kubernetes",
            format!("{} (embedded API server)", fleetui_apiserver::VERSION),
        ),
    ];
    let asked = fleet.kubeconfig.is_some() || !fleet.contexts.is_empty();
    let there = if asked { there(&fleet).await? } else { Vec::new() };
    lines.extend(
        there
            .iter()
            .map(|(name, version)| (name.as_str(), version.clone())),
    );
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    for (name, version) in lines {
        writeln!(
            out,
            "{:width$}  {}",
            Shown::line(name).as_str(),
            Shown::line(&version)
        )?;
    }
    Ok(())
}

/// The versions of a management cluster: its API server's, and those of its providers by clusterctl's inventory.
async fn there(fleet: &FleetArgs) -> color_eyre::Result<Vec<(String, String)>> {
    let management = management::connect(fleet).await?;
    let version = management.answer(management.client.apiserver_version()).await?;
    let mut lines = vec![(management.name.clone(), version.git_version)];
    for provider in inventory::read(&management).await? {
        let text = |field: &str| {
            provider
                .data
                .get(field)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
        };
        let name = provider.metadata.name.clone().unwrap_or_default();
        lines.push((
            format!("  {name}"),
            format!("{} {}", text("version"), text("type")),
        ));
    }
    Ok(lines)
}
