//! Who initialises a cluster: the machine named in the ConfigMap `<cluster>-lock`, and no other.
//!
//! The server decides: only one of several can create the ConfigMap. A holder that is gone does not hold it any more.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::{Cluster, Machine};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, PostParams, Preconditions};
use serde_json::{Value, json};

use crate::certificates;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::ownership;

/// Where the ConfigMap names the holder.
const INFORMATION: &str = "lock-information";

/// Who may initialise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lock {
    /// The machine that asked.
    Mine,
    /// Another one.
    HeldBy(String),
}

/// Takes the lock for `machine`, or tells who has it.
pub(super) async fn acquire(
    context: &Context,
    cluster: &Object<Cluster>,
    machine: &Object<Machine>,
) -> Result<Lock, Error> {
    let (api, name) = address(context, cluster);
    let what = |verb: &str| format!("{verb} ConfigMap {}/{name}", cluster.namespace());
    if let Some(held) = context.request(what("get"), api.get_opt(&name)).await? {
        let holder = holder(&held);
        if holder == machine.name() {
            return Ok(Lock::Mine);
        }
        if is_there(context, cluster.namespace(), &holder).await? {
            return Ok(Lock::HeldBy(holder));
        }
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: held.metadata.uid,
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let deleted = context.request(what("delete"), api.delete(&name, &params)).await;
        gone_is_fine(deleted.map(drop))?;
    }
    let lock = ConfigMap {
        metadata: certificates::metadata(name.clone(), cluster, ownership::reference(cluster, false)),
        data: Some(BTreeMap::from([(
            INFORMATION.to_owned(),
            json!({"machineName": machine.name()}).to_string(),
        )])),
        ..ConfigMap::default()
    };
    let params = PostParams {
        field_manager: Some(context.settings.field_manager.clone()),
        ..PostParams::default()
    };
    match context.request(what("create"), api.create(&params, &lock)).await {
        Ok(_) => Ok(Lock::Mine),
        Err(error) if error.is_conflict() => Ok(Lock::HeldBy("another Machine".to_owned())),
        Err(error) => Err(error),
    }
}

/// Gives the lock back once the cluster is initialised.
pub(super) async fn release(context: &Context, cluster: &Object<Cluster>) -> Result<(), Error> {
    let (api, name) = address(context, cluster);
    let what = |verb: &str| format!("{verb} ConfigMap {}/{name}", cluster.namespace());
    let held = context.request(what("get"), api.get_metadata_opt(&name)).await?;
    if held.is_some() {
        let deleted = context
            .request(what("delete"), api.delete(&name, &DeleteParams::default()))
            .await;
        gone_is_fine(deleted.map(drop))?;
    }
    Ok(())
}

fn address(context: &Context, cluster: &Object<Cluster>) -> (Api<ConfigMap>, String) {
    let api = Api::namespaced(context.client.clone(), cluster.namespace());
    (api, format!("{}-lock", cluster.name()))
}

fn gone_is_fine(answer: Result<(), Error>) -> Result<(), Error> {
    match answer {
        Err(error) if !error.is_not_found() && !error.is_conflict() => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The holder's name; empty where the ConfigMap does not say.
fn holder(lock: &ConfigMap) -> String {
    let information = lock.data.as_ref().and_then(|data| data.get(INFORMATION));
    let parsed: Option<Value> = information.and_then(|text| serde_json::from_str(text).ok());
    parsed
        .and_then(|parsed| Some(parsed.get("machineName")?.as_str()?.to_owned()))
        .unwrap_or_default()
}

async fn is_there(context: &Context, namespace: &str, machine: &str) -> Result<bool, Error> {
    if machine.is_empty() {
        return Ok(false);
    }
    if context.cache.get::<Machine>(namespace, machine).is_some() {
        return Ok(true);
    }
    let id = ObjectId::new(Watched::Machine, namespace, machine);
    context.exists(&id).await
}
