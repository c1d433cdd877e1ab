//! Applies objects to a workload cluster: once, or again whenever they change.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::ResourceReference;
use kube::api::{Patch, PatchParams};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::discovery::{ApiCapabilities, Scope};
use kube::{Api, core::ApiResource};
use serde_json::json;

use super::observe::{Observed, Resource, Target};
use super::{contents, plan};
use crate::context::Context;
use crate::error::Error;

/// What came of applying resources to one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// Whether each resource that was tried is applied now, by its place in the set.
    pub(super) resources: BTreeMap<usize, bool>,
    /// What went wrong first.
    pub(super) failure: Option<String>,
}

/// Applies what the cluster lacks.
pub(super) async fn apply(context: &Context, observed: &Observed, target: &Target) -> Applied {
    let mut applied = Applied::default();
    let client = match context.workload_client(&target.name()).await {
        Ok(client) => client,
        Err(error) => {
            applied.failure = Some(error.to_string());
            return applied;
        }
    };
    let mut server = Server {
        context,
        client,
        again: plan::applies_again(&observed.set),
        known: BTreeMap::new(),
    };
    for (index, (reference, resource)) in observed.resources.iter().enumerate() {
        let Resource::There { data, .. } = resource else {
            continue;
        };
        if !plan::needs_apply(observed, target, reference, resource) {
            continue;
        }
        let failure = match contents::objects(data) {
            Ok(objects) => server.apply_all(objects).await.err(),
            Err(why) => Some(why),
        };
        if let Some(why) = &failure {
            warn(observed, target, reference, why);
        }
        applied.resources.insert(index, failure.is_none());
        applied.failure = applied.failure.take().or(failure);
    }
    applied
}

fn warn(observed: &Observed, target: &Target, reference: &ResourceReference, why: &str) {
    tracing::warn!(
        set = observed.set.name(), cluster = %target.name(), kind = reference.kind, name = reference.name, why,
        "a resource was not applied and is tried again"
    );
}

/// A workload cluster that objects are applied to.
struct Server<'a> {
    context: &'a Context,
    client: kube::Client,
    again: bool,
    known: BTreeMap<(String, String), (ApiResource, ApiCapabilities)>,
}

impl Server<'_> {
    /// Applies all of them; what fails does not hold up the rest. Tells the first failure.
    async fn apply_all(&mut self, objects: Vec<DynamicObject>) -> Result<(), String> {
        let mut outcome = Ok(());
        for object in objects {
            if let Err(error) = self.apply(&object).await {
                outcome = outcome.and(Err(error.to_string()));
            }
        }
        outcome
    }

    async fn apply(&mut self, object: &DynamicObject) -> Result<(), Error> {
        let types = object.types.clone().unwrap_or_default();
        let (resource, capabilities) = self.find(&types.api_version, &types.kind).await?;
        let name = object.metadata.name.clone().unwrap_or_default();
        let namespace = object.metadata.namespace.as_deref().unwrap_or("default");
        let api: Api<DynamicObject> = if capabilities.scope == Scope::Namespaced {
            Api::namespaced_with(self.client.clone(), namespace, &resource)
        } else {
            Api::all_with(self.client.clone(), &resource)
        };
        let context = self.context;
        let what = format!("create {} {name}", types.kind);
        let made = context.request(what, api.create(&context.post(), object)).await;
        match made {
            Ok(_) => return Ok(()),
            Err(error) if error.is_already_there() => {}
            Err(error) => return Err(error),
        }
        if !self.again {
            return Ok(());
        }
        let params = PatchParams {
            field_manager: Some(context.settings.field_manager.clone()),
            ..PatchParams::default()
        };
        let patch = Patch::Merge(json!(object));
        let what = format!("patch {} {name}", types.kind);
        context
            .request(what, api.patch(&name, &params, &patch))
            .await
            .map(drop)
    }

    async fn find(&mut self, api_version: &str, kind: &str) -> Result<(ApiResource, ApiCapabilities), Error> {
        let key = (api_version.to_owned(), kind.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let wanted = GroupVersionKind::gvk(group, version, kind);
        let found = self
            .context
            .request(
                format!("find {kind} in {api_version}"),
                kube::discovery::pinned_kind(&self.client, &wanted),
            )
            .await?;
        self.known.insert(key, found.clone());
        Ok(found)
    }
}
