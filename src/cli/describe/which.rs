//! Which Clusters there are, for who names none.

use color_eyre::eyre::bail;
use fleetui_api::kinds::CORE;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};

use crate::cli::FleetArgs;
use crate::cli::management::{self, Management};

/// What is said where no Cluster is named: which there are, where that can be read.
pub(super) async fn nameless(demo: bool, fleet: &FleetArgs) -> String {
    const WHICH: &str = "name a Cluster, as in fleetui describe cluster NAME";
    if demo {
        return format!("{WHICH}; fleetui get clusters --demo lists them");
    }
    match tokio::time::timeout(fleet.over.request(), names(fleet)).await {
        Ok(Ok((place, names))) if names.is_empty() => format!("{WHICH}; there is none in {place}"),
        Ok(Ok((place, names))) => format!("{WHICH}; in {place} there are {}", names.join(", ")),
        Ok(Err(why)) => format!("{WHICH}; which there are is not known: {why:#}"),
        Err(_elapsed) => format!("{WHICH}; fleetui get clusters lists them"),
    }
}

/// The names of the Clusters that are meant, and where they are; with their namespaces, where all are meant.
async fn names(fleet: &FleetArgs) -> color_eyre::Result<(String, Vec<String>)> {
    let management = management::connect(fleet).await?;
    let place = if fleet.all_namespaces {
        management.name.clone()
    } else {
        format!("namespace {} of {}", management.namespace, management.name)
    };
    let name = |cluster: &DynamicObject| {
        let metadata = &cluster.metadata;
        let name = metadata.name.clone().unwrap_or_default();
        match metadata.namespace.as_ref().filter(|_| fleet.all_namespaces) {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name,
        }
    };
    let clusters = clusters(&management, fleet.all_namespaces).await?;
    Ok((place, clusters.iter().map(name).collect()))
}

/// The Clusters, in the version that is served there.
async fn clusters(management: &Management, all_namespaces: bool) -> color_eyre::Result<Vec<DynamicObject>> {
    for version in ["v1beta2", "v1beta1"] {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(CORE, version, "Cluster"));
        let api = if all_namespaces {
            Api::all_with(management.client.clone(), &resource)
        } else {
            management.namespaced(&resource, &management.namespace)
        };
        let listed = async {
            match api.list(&ListParams::default()).await {
                Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
                other => other.map(|list| Some(list.items)),
            }
        };
        if let Some(clusters) = management.answer(listed).await? {
            return Ok(clusters);
        }
    }
    bail!("Cluster API is not installed in {}", management.name)
}
