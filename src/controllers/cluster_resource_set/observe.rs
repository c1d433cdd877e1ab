//! What a ClusterResourceSet's plan is made from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{
    Cluster, ClusterResourceSet, ClusterResourceSetBinding, ResourceReference, ResourceSetBinding,
};
use fleetui_base::ObjectName;
use fleetui_rules::selector;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::apply::Applied;
use super::contents;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::{Metadata, Object};
use crate::{ownership, pausing};

/// The type that a Secret has to have, so that not just any Secret can be read through a set.
const SECRET_TYPE: &str = "addons.cluster.x-k8s.io/resource-set";

/// A set and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) set: Arc<Object<ClusterResourceSet>>,
    /// Clusters that it selects, by name.
    pub(super) targets: Vec<Target>,
    /// Bindings that name it, of clusters that are selected and of others.
    pub(super) bindings: Vec<Arc<Object<ClusterResourceSetBinding>>>,
    /// Its resources, in their order.
    pub(super) resources: Vec<(ResourceReference, Resource)>,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// A selected cluster.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) cluster: Arc<Object<Cluster>>,
    pub(super) binding: Option<Arc<Object<ClusterResourceSetBinding>>>,
    /// Whether its API answers.
    pub(super) live: bool,
    /// What was applied in this pass.
    pub(super) applied: Applied,
}

impl Target {
    pub(super) fn name(&self) -> ObjectName {
        ObjectName::new(self.cluster.namespace(), self.cluster.name())
    }

    /// What is written down of `set`.
    pub(super) fn entry(&self, set: &Object<ClusterResourceSet>) -> Option<&ResourceSetBinding> {
        let bindings = &self.binding.as_ref()?.spec.bindings;
        bindings
            .iter()
            .find(|entry| entry.cluster_resource_set_name == set.name())
    }
}

/// A ConfigMap or Secret of the set.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Resource {
    /// It is not there yet.
    Missing,
    /// It is a Secret of another type.
    WrongType,
    /// It is there.
    There {
        data: BTreeMap<String, Vec<u8>>,
        hash: String,
    },
}

/// Reads the set and everything around it; `None` where it is gone.
pub(super) async fn observe(context: &Context, id: &ObjectId) -> Result<Option<Observed>, Error> {
    let namespace = id.name.namespace.as_str();
    let cache = context.cache.as_ref();
    let Some(set) = cache.get::<ClusterResourceSet>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let names_it = |binding: &Arc<Object<ClusterResourceSetBinding>>| {
        let mut entries = binding.spec.bindings.iter();
        entries.any(|entry| entry.cluster_resource_set_name == set.name())
    };
    let wanted = &set.spec.cluster_selector;
    let targets: Vec<Target> = cache
        .in_namespace::<Cluster>(namespace)
        .into_iter()
        // An empty selector selects nothing here.
        .filter(|cluster| {
            !selector::is_empty(wanted)
                && selector::accepts(wanted, cluster.metadata.all_labels())
                && !cluster.is_deleting()
        })
        .map(|cluster| Target {
            binding: cache.get::<ClusterResourceSetBinding>(namespace, cluster.name()),
            live: context
                .connections
                .reach(&ObjectName::new(namespace, cluster.name()))
                .is_live(),
            applied: Applied::default(),
            cluster,
        })
        .collect();
    let mut resources = Vec::new();
    let reads = !set.is_deleting() && !pausing::holds(&pausing::paused(set.as_ref(), None));
    for reference in set.spec.resources.iter().filter(|_| reads) {
        let owns = !targets.is_empty();
        resources.push((reference.clone(), read(context, &set, reference, owns).await?));
    }
    Ok(Some(Observed {
        bindings: cache
            .in_namespace::<ClusterResourceSetBinding>(namespace)
            .into_iter()
            .filter(names_it)
            .collect(),
        targets,
        resources,
        now: context.now(),
        recheck: context.settings.recheck,
        set,
    }))
}

/// Reads a resource, and where the set `owns` it makes the set one of its owners. A set without a cluster to bring it to owns
/// nothing: what it names would be gone with the set.
async fn read(
    context: &Context,
    set: &Object<ClusterResourceSet>,
    reference: &ResourceReference,
    owns: bool,
) -> Result<Resource, Error> {
    let (namespace, name) = (set.namespace(), reference.name.as_str());
    let what = format!("get {} {namespace}/{name}", reference.kind);
    let data: BTreeMap<String, Vec<u8>> = if reference.kind == "Secret" {
        let api: Api<Secret> = Api::namespaced(context.client.clone(), namespace);
        let Some(secret) = context.request(what, api.get_opt(name)).await? else {
            return Ok(Resource::Missing);
        };
        if secret.type_.as_deref() != Some(SECRET_TYPE) {
            return Ok(Resource::WrongType);
        }
        if owns {
            own(context, set, &api, &secret.metadata).await?;
        }
        let data = secret.data.unwrap_or_default();
        data.into_iter().map(|(key, value)| (key, value.0)).collect()
    } else {
        let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), namespace);
        let Some(map) = context.request(what, api.get_opt(name)).await? else {
            return Ok(Resource::Missing);
        };
        if owns {
            own(context, set, &api, &map.metadata).await?;
        }
        let data = map.data.unwrap_or_default();
        data.into_iter()
            .map(|(key, value)| (key, value.into_bytes()))
            .collect()
    };
    Ok(Resource::There {
        hash: contents::hash(&data),
        data,
    })
}

/// Makes the set an owner; nothing where it is one.
async fn own<K>(
    context: &Context,
    set: &Object<ClusterResourceSet>,
    api: &Api<K>,
    metadata: &ObjectMeta,
) -> Result<(), Error>
where
    K: Clone + serde::de::DeserializeOwned + std::fmt::Debug,
{
    if ownership::is_owned_by(metadata, set.uid()) {
        return Ok(());
    }
    let mut owned = metadata.clone();
    ownership::add(&mut owned, ownership::reference(set, false));
    let patch = Patch::Merge(json!({"metadata": {
        "ownerReferences": owned.owner_references, "resourceVersion": metadata.resource_version
    }}));
    let params = PatchParams {
        field_manager: Some(context.settings.field_manager.clone()),
        ..PatchParams::default()
    };
    let name = metadata.name();
    let what = format!("patch owners of {}/{name}", metadata.namespace());
    context
        .request(what, api.patch_metadata(name, &params, &patch))
        .await
        .map(drop)
}
