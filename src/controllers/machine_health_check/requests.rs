//! Repairs by somebody else: an object made from a template for each unhealthy machine, and taken away once it is healthy.
//!
//! The kinds of these objects are known to nobody here; the server is asked how they are addressed.

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::labels;
use fleetui_api::v1beta2::{Machine, MachineHealthCheck, VersionedReference};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Preconditions};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::Error;
use crate::object::{Metadata, Object};
use crate::ownership;

/// How unhealthy machines are repaired.
#[derive(Debug, Clone)]
pub(super) enum Remedy {
    /// Their owners replace them.
    Owner,
    /// Somebody else repairs them.
    Other(Box<Other>),
}

/// The template of the repairs, and those that are asked for.
#[derive(Debug, Clone)]
pub(super) struct Other {
    /// The template's kind and name.
    pub(super) reference: VersionedReference,
    /// The template, and how its clones are addressed; nothing where one of both is not there.
    pub(super) template: Option<(DynamicObject, ApiResource)>,
    /// Uids of the repairs that are asked for, by machine; absent in those on their way out.
    pub(super) asked: BTreeMap<String, Option<String>>,
}

/// What has to be asked for, or is not needed any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    Create {
        machine: String,
        resource: ApiResource,
        object: Box<DynamicObject>,
    },
    Delete {
        namespace: String,
        machine: String,
        resource: ApiResource,
        uid: String,
    },
}

/// Reads the template and the repairs that are asked for.
pub(super) async fn observe(context: &Context, check: &Object<MachineHealthCheck>) -> Result<Remedy, Error> {
    let remediation = check.spec.remediation.as_ref();
    let Some(reference) = remediation.and_then(|remediation| remediation.template_ref.as_ref()) else {
        return Ok(Remedy::Owner);
    };
    let mut other = Other {
        reference: reference.clone(),
        template: None,
        asked: BTreeMap::new(),
    };
    let clone = reference.kind.strip_suffix("Template").unwrap_or(&reference.kind);
    let (Some(template), Some(clone)) = (
        resource(context, &reference.api_version, &reference.kind).await?,
        resource(context, &reference.api_version, clone).await?,
    ) else {
        return Ok(Remedy::Other(Box::new(other)));
    };
    let namespace = check.namespace();
    let api: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), namespace, &clone);
    let listed = context
        .request(
            format!("list {} in {namespace}", clone.kind),
            api.list(&ListParams::default()),
        )
        .await?;
    other.asked = listed
        .items
        .into_iter()
        .map(|object| {
            let uid = object
                .metadata
                .uid
                .clone()
                .filter(|_| !object.metadata.is_deleting());
            (object.metadata.name().to_owned(), uid)
        })
        .collect();
    let api: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), namespace, &template);
    let what = format!("get {} {namespace}/{}", reference.kind, reference.name);
    let found = context.request(what, api.get_opt(&reference.name)).await?;
    other.template = found.map(|template| (template, clone));
    Ok(Remedy::Other(Box::new(other)))
}

/// How a kind is addressed, as the server says; nothing where it does not serve it.
async fn resource(context: &Context, api_version: &str, kind: &str) -> Result<Option<ApiResource>, Error> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let wanted = GroupVersionKind::gvk(group, version, kind);
    let found = context
        .request(
            format!("find {kind} in {api_version}"),
            kube::discovery::pinned_kind(&context.client, &wanted),
        )
        .await;
    match found {
        Ok((resource, _)) => Ok(Some(resource)),
        Err(error) if error.is_not_found() || error.is_discovery() => Ok(None),
        Err(error) => Err(error),
    }
}

impl Other {
    /// What asks for the repair of a machine; nothing where that cannot be made from the template.
    pub(super) fn request(&self, machine: &Object<Machine>) -> Option<Request> {
        let (template, resource) = self.template.as_ref()?;
        let part = |path: &str| template.data.pointer(path).cloned();
        let metadata =
            |field: &str| part(&format!("/spec/template/metadata/{field}")).filter(Value::is_object);
        let mut all_labels = metadata("labels").unwrap_or_else(|| json!({}));
        json_patch::merge(
            &mut all_labels,
            &json!({labels::CLUSTER_NAME: machine.spec.cluster_name}),
        );
        let mut annotations = metadata("annotations").unwrap_or_else(|| json!({}));
        let group = self
            .reference
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        json_patch::merge(
            &mut annotations,
            &json!({
                labels::CLONED_FROM_NAME: self.reference.name,
                labels::CLONED_FROM_GROUP_KIND: format!("{}.{group}", self.reference.kind),
            }),
        );
        let object = json!({
            "apiVersion": resource.api_version, "kind": resource.kind,
            "metadata": {
                "name": machine.name(), "namespace": machine.namespace(), "labels": all_labels, "annotations": annotations,
                "ownerReferences": [ownership::reference(machine, false)],
            },
            "spec": part("/spec/template/spec").unwrap_or_else(|| json!({})),
        });
        Some(Request::Create {
            machine: machine.name().to_owned(),
            resource: resource.clone(),
            object: Box::new(serde_json::from_value(object).ok()?),
        })
    }

    /// What takes the repair of a machine back; nothing where none is asked for.
    pub(super) fn withdrawal(&self, machine: &Object<Machine>) -> Option<Request> {
        let (_, resource) = self.template.as_ref()?;
        Some(Request::Delete {
            namespace: machine.namespace().to_owned(),
            machine: machine.name().to_owned(),
            resource: resource.clone(),
            uid: self.asked.get(machine.name())?.clone()?,
        })
    }
}

/// Makes and deletes repairs; tells the machines for which that failed.
pub(super) async fn carry_out(context: &Context, requests: &[Request]) -> BTreeSet<String> {
    let mut failed = BTreeSet::new();
    for request in requests {
        let (machine, done) = match request {
            Request::Create {
                machine,
                resource,
                object,
            } => {
                let namespace = object.metadata.namespace();
                let api: Api<DynamicObject> =
                    Api::namespaced_with(context.client.clone(), namespace, resource);
                let what = format!("create {} {namespace}/{machine}", resource.kind);
                let made = context.request(what, api.create(&context.post(), object)).await;
                (machine, made.map(drop))
            }
            Request::Delete {
                namespace,
                machine,
                resource,
                uid,
            } => {
                let api: Api<DynamicObject> =
                    Api::namespaced_with(context.client.clone(), namespace, resource);
                let params = DeleteParams {
                    preconditions: Some(Preconditions {
                        uid: Some(uid.clone()),
                        resource_version: None,
                    }),
                    ..DeleteParams::default()
                };
                let what = format!("delete {} {namespace}/{machine}", resource.kind);
                (
                    machine,
                    context
                        .request(what, api.delete(machine, &params))
                        .await
                        .map(drop),
                )
            }
        };
        match done {
            Ok(()) => {}
            Err(error) if error.is_conflict() || error.is_not_found() => {}
            Err(error) => {
                tracing::warn!(machine, %error, "a repair could not be asked for");
                failed.insert(machine.clone());
            }
        }
    }
    failed
}
