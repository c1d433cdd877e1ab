//! `fleetui get kubeconfig`: the kubeconfig of a workload cluster, as its control plane keeps it in a Secret.

use std::io::Write as _;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use color_eyre::eyre::{bail, eyre};
use kube::api::{ApiResource, GroupVersionKind};
use serde_json::Value;

use crate::cli::{FleetArgs, management};

/// What `fleetui get kubeconfig` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct KubeconfigArgs {
    /// The Cluster
    name: String,
}

/// Prints it.
pub(crate) async fn run(args: KubeconfigArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let management = management::connect(&fleet).await?;
    let (name, namespace) = (format!("{}-kubeconfig", args.name), &management.namespace);
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Secret"));
    let api = management.namespaced(&resource, namespace);
    let Some(secret) = management.answer(api.get_opt(&name)).await? else {
        let kind = GroupVersionKind::gvk("cluster.x-k8s.io", "v1beta2", "Cluster");
        let clusters = management.namespaced(&ApiResource::from_gvk(&kind), namespace);
        let why = match management.answer(clusters.get_opt(&args.name)).await {
            Ok(Some(_)) => "its control plane has not made it yet".to_owned(),
            Ok(None) => format!(
                "there is no Cluster {} there; name its namespace with -n",
                args.name
            ),
            Err(error) => format!("{error:#}"),
        };
        bail!(
            "{name:?} not found in namespace {namespace:?} of {}: {why}",
            management.name
        );
    };
    let value = secret.data.pointer("/data/value").and_then(Value::as_str);
    let text = value.and_then(|value| STANDARD.decode(value).ok());
    let text =
        text.ok_or_else(|| eyre!("the Secret {namespace}/{name} holds no kubeconfig under the key value"))?;
    std::io::stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}
