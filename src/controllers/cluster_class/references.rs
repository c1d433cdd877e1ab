//! The templates that a ClusterClass names: of any provider, and so read by what they are called alone.

use std::collections::BTreeMap;
use std::fmt;

use fleetui_api::contracts;
use fleetui_api::v1beta2::{ClusterClass, ClusterClassSpec, VersionedReference};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::Patch;
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;

use crate::context::Context;
use crate::error::Error;
use crate::object::{Metadata, Object};
use crate::ownership;

/// A reference of another version than the contract means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outdated {
    pub(super) kind: String,
    pub(super) name: String,
    /// The version that it names.
    pub(super) current: String,
    /// The one that is meant.
    pub(super) latest: String,
}

impl fmt::Display for Outdated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            name,
            current,
            latest,
        } = self;
        write!(f, "{kind} {name}: current: {current}, latest: {latest}")
    }
}

/// The templates of a class, each once.
pub(super) fn all(spec: &ClusterClassSpec) -> Vec<&VersionedReference> {
    let machines = spec.control_plane.machine_infrastructure.as_ref();
    let mut found = vec![
        &spec.infrastructure.template_ref,
        &spec.control_plane.template_ref,
    ];
    found.extend(machines.map(|machines| &machines.template_ref));
    if let Some(workers) = &spec.workers {
        for class in &workers.machine_deployments {
            found.extend([&class.bootstrap.template_ref, &class.infrastructure.template_ref]);
        }
        for class in &workers.machine_pools {
            found.extend([&class.bootstrap.template_ref, &class.infrastructure.template_ref]);
        }
    }
    let mut each: Vec<&VersionedReference> = Vec::new();
    for reference in found {
        if !reference.name.is_empty() && !each.contains(&reference) {
            each.push(reference);
        }
    }
    each
}

/// Makes the class an owner of its templates, and finds the references that are outdated.
pub(super) async fn observe(context: &Context, class: &Object<ClusterClass>) -> Result<Vec<Outdated>, Error> {
    let mut latest: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut outdated = Vec::new();
    for reference in all(&class.spec) {
        let resource = resource(reference);
        let kind = (resource.group.clone(), resource.kind.clone());
        let latest = if let Some(known) = latest.get(&kind) {
            known.clone()
        } else {
            let found = version(context, &resource).await?;
            latest.insert(kind, found.clone());
            found
        };
        // The version of the reference may be served no longer, which is to be told and no reason to fail.
        own(context, class, &at(&resource, &latest), &reference.name).await?;
        if latest != resource.version {
            outdated.push(Outdated {
                kind: resource.kind,
                name: reference.name.clone(),
                current: resource.version,
                latest,
            });
        }
    }
    Ok(outdated)
}

/// How a client addresses the kind of a reference. Kinds of templates end so that their plural is known.
fn resource(reference: &VersionedReference) -> ApiResource {
    let (group, version) = reference
        .api_version
        .split_once('/')
        .unwrap_or(("", &reference.api_version));
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: reference.api_version.clone(),
        kind: reference.kind.clone(),
        plural: format!("{}s", reference.kind.to_lowercase()),
    }
}

/// The same kind in another version.
fn at(resource: &ApiResource, version: &str) -> ApiResource {
    ApiResource {
        version: version.to_owned(),
        api_version: format!("{}/{version}", resource.group),
        ..resource.clone()
    }
}

/// The version of a kind that the contract means, as the labels of its definition say.
async fn version(context: &Context, resource: &ApiResource) -> Result<String, Error> {
    let definitions: Api<CustomResourceDefinition> = Api::all(context.client.clone());
    let name = format!("{}.{}", resource.plural, resource.group);
    let what = format!("get CustomResourceDefinition {name}");
    let found = context.request(what, definitions.get_metadata_opt(&name)).await?;
    let metadata = found.map(|found| found.metadata).unwrap_or_default();
    contracts::version(|label| metadata.label(label).map(str::to_owned)).ok_or_else(|| {
        Error::Unclear(format!(
            "CustomResourceDefinition {name} names no version that keeps a contract of Cluster API"
        ))
    })
}

/// Makes the class an owner of a template, so that it goes with it.
async fn own(
    context: &Context,
    class: &Object<ClusterClass>,
    resource: &ApiResource,
    name: &str,
) -> Result<(), Error> {
    let templates: Api<DynamicObject> =
        Api::namespaced_with(context.client.clone(), class.namespace(), resource);
    let template = format!("{} {}/{name}", resource.kind, class.namespace());
    let found = context
        .request(format!("get {template}"), templates.get_metadata_opt(name))
        .await?;
    let Some(found) = found else {
        let class = class.name();
        return Err(Error::Unclear(format!(
            "{template} does not exist, which ClusterClass {class} refers to"
        )));
    };
    let mut metadata = found.metadata;
    if ownership::is_owned_by(&metadata, class.uid()) {
        return Ok(());
    }
    ownership::add(&mut metadata, ownership::reference(class, false));
    let patch = json!({"metadata": {
        "ownerReferences": metadata.owner_references, "resourceVersion": metadata.resource_version
    }});
    let (params, patch) = (context.patch_params(), Patch::Merge(patch));
    let owned = templates.patch_metadata(name, &params, &patch);
    context
        .request(format!("patch {template}"), owned)
        .await
        .map(drop)
}
