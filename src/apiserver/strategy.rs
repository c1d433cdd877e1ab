//! What the server itself writes into objects, and what it refuses: the rules of create and update, of all kinds and of
//! the few built-in kinds that have their own.
//!
//! Must not know: HTTP, the store. It turns objects into objects.

mod access;
mod contents;
mod defaults;
mod definitions;
mod events;
mod names;
mod workloads;

pub(crate) use access::{ACCOUNT, ACCOUNT_UID, TOKEN_SECRET};
pub(crate) use definitions::complete as complete_definition;
pub(crate) use names::generate;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::certificates::is_request;
use crate::identity::Identities;
use crate::object::{
    deleting, finalizers, generation, map_of, metadata, metadata_mut, metadata_text, set_field, set_metadata,
    timestamp,
};
use crate::registry::{Resource, Served, custom};
use crate::status::{ApiError, Cause};
use names::finalizer_warnings;

/// Namespaces that cannot be deleted.
pub(crate) const KEPT_NAMESPACES: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Fields of `metadata` that no client sets.
const SERVER_FIELDS: [&str; 8] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
];

/// Which part of an object a write is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All but the status, where status is a part of its own.
    Main,
    /// The replicas, as the scale subresource writes them.
    Scale,
    /// The status.
    Status,
    /// `spec.finalizers` of a Namespace.
    Finalize,
}

/// What the rules need to know beside the objects.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The resource.
    pub(crate) resource: &'a Resource,
    /// What else is served in the logical cluster.
    pub(crate) served: &'a Served,
    /// The time.
    pub(crate) now: Timestamp,
    /// The logical cluster, and where uids come from.
    pub(crate) identities: (&'a str, &'a Identities),
}

impl Rules<'_> {
    /// Makes a client's object into the one that is stored; its name is set already.
    pub(crate) fn prepare_create(&self, object: &mut Value, namespace: &str) -> Result<(), ApiError> {
        let resource = self.resource;
        for field in SERVER_FIELDS {
            set_metadata(object, field, None);
        }
        set_metadata(object, "namespace", resource.namespaced.then(|| json!(namespace)));
        let (cluster, identities) = self.identities;
        let uid = identities.next(|| {
            let name = metadata_text(object, "name");
            format!("{cluster}/{}/{namespace}/{name}", resource.qualified())
        });
        set_metadata(object, "uid", Some(json!(uid.to_string())));
        set_metadata(object, "creationTimestamp", Some(json!(timestamp(self.now))));
        if resource.tracks_generation {
            set_metadata(object, "generation", Some(json!(1)));
        }
        // A Node is registered by its kubelet with its status in one write, so upstream keeps it.
        if resource.status_subresource && !resource.is("", "nodes") {
            set_field(object, "status", first_status(resource));
        }
        self.hold_to_schema(object);
        self.complete(object, None)?;
        self.validate(object, None)
    }

    /// Makes a client's object into the one that replaces `old`. What the client may not set in this part is `old`'s.
    pub(crate) fn prepare_update(&self, old: &Value, mut new: Value, part: Part) -> Result<Value, ApiError> {
        let resource = self.resource;
        let name = metadata_text(old, "name").to_owned();
        let uid = metadata_text(&new, "uid");
        if !uid.is_empty() && uid != metadata_text(old, "uid") {
            let why = format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                metadata_text(old, "uid")
            );
            return Err(ApiError::conflict(resource, &name, &why));
        }
        match part {
            Part::Main | Part::Scale => {
                if resource.status_subresource {
                    set_field(&mut new, "status", old.get("status").cloned());
                }
                if resource.is("", "namespaces") || is_request(resource) {
                    carry(old, &mut new, "spec");
                }
            }
            Part::Status => {
                let status = map_of(&mut new).shift_remove("status");
                let mut told = std::mem::replace(&mut new, with_status(old, status));
                if !resource.custom
                    && let Some(metadata) = map_of(&mut told).shift_remove("metadata")
                {
                    set_field(&mut new, "metadata", Some(metadata));
                }
            }
            Part::Finalize => {
                let wanted = new.pointer("/spec/finalizers").cloned();
                new = old.clone();
                let left = wanted.filter(|left| left.as_array().is_none_or(|left| !left.is_empty()));
                let spec = left.map_or_else(|| json!({}), |left| json!({"finalizers": left}));
                set_field(&mut new, "spec", Some(spec));
            }
        }
        keep_server_fields(old, &mut new);
        self.hold_to_schema(&mut new);
        self.check_finalizers(old, &new)?;
        self.complete(&mut new, Some(old))?;
        if new != *old {
            self.check_immutable(old, &new)?;
            self.validate(&new, Some(old))?;
        }
        self.count_generation(old, &mut new);
        Ok(new)
    }

    fn check_finalizers(&self, old: &Value, new: &Value) -> Result<(), ApiError> {
        let before = finalizers(old);
        let added: Vec<String> = finalizers(new)
            .into_iter()
            .filter(|finalizer| !before.contains(finalizer))
            .collect();
        if !deleting(old) || added.is_empty() {
            return Ok(());
        }
        let message = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            added
                .iter()
                .map(|name| format!("{name:?}"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        let cause = Cause::forbidden("metadata.finalizers", &message);
        Err(ApiError::invalid_object(
            self.resource,
            metadata_text(old, "name"),
            &[cause],
        ))
    }

    /// What the server itself writes into objects of some kinds.
    fn complete(&self, object: &mut Value, old: Option<&Value>) -> Result<(), ApiError> {
        let resource = self.resource;
        complete_as_read(resource, object);
        if old.is_none() && !resource.custom {
            defaults::complete_new(resource, object);
        }
        if resource.is("", "namespaces") && old.is_none() {
            set_field(object, "spec", Some(json!({"finalizers": ["kubernetes"]})));
            set_field(object, "status", Some(json!({"phase": "Active"})));
        } else if resource.is(custom::GROUP, custom::PLURAL) {
            if old.is_none() {
                let mut all = finalizers(object);
                if !all.iter().any(|finalizer| finalizer == custom::CLEANUP) {
                    all.push(custom::CLEANUP.to_owned());
                }
                crate::object::set_finalizers(object, &all);
            }
            definitions::check(object, old)?;
            custom::establish(object, self.served, self.now);
        }
        Ok(())
    }

    fn check_immutable(&self, old: &Value, new: &Value) -> Result<(), ApiError> {
        let resource = self.resource;
        let name = metadata_text(old, "name");
        let mut causes = Vec::new();
        let secret = resource.is("", "secrets");
        if secret && old.get("type") != new.get("type") {
            let value = new.get("type").unwrap_or(&Value::Null).to_string();
            causes.push(Cause::invalid("type", &value, "field is immutable"));
        }
        let frozen = old.get("immutable") == Some(&Value::Bool(true));
        if frozen && (secret || resource.is("", "configmaps")) {
            let message = "field is immutable when `immutable` is set";
            causes.extend(
                ["data", "binaryData", "immutable"]
                    .into_iter()
                    .filter(|field| old.get(*field) != new.get(*field))
                    .map(|field| Cause::forbidden(field, message)),
            );
        }
        causes.extend(access::immutable(resource, old, new));
        if causes.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid_object(resource, name, &causes))
        }
    }

    /// Leaves of an object what its schema knows, and fills in what the schema has for what is missing.
    fn hold_to_schema(&self, object: &mut Value) {
        if let Some(schema) = self.resource.structural() {
            schema.prune(object);
            schema.fill(object);
        }
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Result<(), ApiError> {
        let mut causes: Vec<Cause> = names::check(self.resource, object).into_iter().collect();
        causes.extend(names::check_metadata(self.resource, object));
        if let Some(schema) = self.resource.structural() {
            causes.extend(schema.validate(object, old));
        }
        if !self.resource.custom {
            causes.extend(contents::check(self.resource, object));
            causes.extend(workloads::check(self.resource, object, old));
            causes.extend(events::check(self.resource, object, old));
            causes.extend(access::validate(self.resource, object, old.is_none()));
        }
        if causes.is_empty() {
            Ok(())
        } else {
            let name = metadata_text(object, "name");
            Err(ApiError::invalid_object(self.resource, name, &causes))
        }
    }

    fn count_generation(&self, old: &Value, new: &mut Value) {
        if !self.resource.tracks_generation {
            return;
        }
        if self.counted(old) != self.counted(new) {
            set_metadata(new, "generation", Some(json!(generation(old) + 1)));
        }
    }

    /// The fields whose change makes a new generation.
    fn counted<'o>(&self, object: &'o Value) -> BTreeMap<&'o str, &'o Value> {
        let is_counted = |field: &str| {
            let status_apart = self.resource.status_subresource && field == "status";
            !status_apart && !matches!(field, "metadata" | "apiVersion" | "kind")
        };
        let fields = object.as_object().into_iter().flatten();
        fields
            .map(|(field, value)| (field.as_str(), value))
            .filter(|(field, _)| is_counted(field))
            .collect()
    }

    /// What whoever writes this object should be told although it is taken.
    pub(crate) fn warnings(&self, old: Option<&Value>, object: &Value) -> Vec<String> {
        let resource = self.resource;
        if resource.custom {
            finalizer_warnings(old, object)
        } else if resource.group == "admissionregistration.k8s.io" {
            vec![format!(
                "{} are kept and never called: this server decides by its own rules alone",
                resource.plural
            )]
        } else {
            Vec::new()
        }
    }

    /// Marks an object as being deleted. One that is so already stays as it is.
    pub(crate) fn mark_deleted(&self, object: &mut Value) {
        if !deleting(object) {
            set_metadata(object, "deletionTimestamp", Some(json!(timestamp(self.now))));
            set_metadata(object, "deletionGracePeriodSeconds", Some(json!(0)));
            if self.resource.tracks_generation {
                let next = generation(object) + 1;
                set_metadata(object, "generation", Some(json!(next)));
            }
        }
        if self.resource.is("", "namespaces") {
            object["status"] = json!({"phase": "Terminating"});
        } else if self.resource.is(custom::GROUP, custom::PLURAL) {
            let terminating = (
                "True",
                "InstanceDeletionPending",
                "deletion of instances is pending".to_owned(),
            );
            let status = map_of(object).entry("status").or_insert_with(|| json!({}));
            custom::set_condition(status, "Terminating", &terminating, self.now);
        }
    }

    /// Whether nothing holds a deletion of this object back.
    pub(crate) fn may_go(&self, object: &Value) -> bool {
        let held = self.resource.is("", "namespaces")
            && object
                .pointer("/spec/finalizers")
                .and_then(Value::as_array)
                .is_some_and(|finalizers| !finalizers.is_empty());
        finalizers(object).is_empty() && !held
    }
}

/// The status of a new object whose kind has one from the start.
fn first_status(resource: &Resource) -> Option<Value> {
    let waits = ["pods", "persistentvolumes", "persistentvolumeclaims"];
    let pending = resource.group.is_empty() && waits.contains(&resource.plural.as_str());
    pending.then(|| json!({"phase": "Pending"}))
}

/// `object` with another status, in the place where it had one.
fn with_status(object: &Value, mut status: Option<Value>) -> Value {
    let fields = object.as_object().into_iter().flatten();
    let mut copy: Map<String, Value> = fields
        .filter_map(|(field, value)| {
            let value = match field.as_str() {
                "status" => status.take()?,
                _ => value.clone(),
            };
            Some((field.clone(), value))
        })
        .collect();
    copy.extend(status.map(|status| ("status".to_owned(), status)));
    Value::Object(copy)
}

fn keep_server_fields(old: &Value, new: &mut Value) {
    for field in ["apiVersion", "kind"] {
        carry(old, new, field);
    }
    let old_metadata = old.get("metadata");
    for field in SERVER_FIELDS
        .into_iter()
        .chain(["name", "namespace", "generateName"])
    {
        let value = old_metadata.and_then(|metadata| metadata.get(field)).cloned();
        set_metadata(new, field, value);
    }
    drop_empty(new);
}

/// Empty and absent are the same to clients; stored alike, a write that only differs so changes nothing.
fn drop_empty(new: &mut Value) {
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let empty = match metadata(new, field) {
            Some(Value::Null) => true,
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => false,
        };
        if empty {
            set_metadata(new, field, None);
        }
    }
}

/// What follows from an object by itself, as upstream fills it in when it reads one: who wrote the object owns it.
pub(crate) fn complete_as_read(resource: &Resource, object: &mut Value) {
    drop_empty(object);
    if resource.is("", "secrets") {
        complete_secret(object);
    } else if resource.is("", "namespaces") {
        complete_namespace(object);
    } else if resource.is(custom::GROUP, custom::PLURAL) {
        definitions::complete(object);
    }
    access::complete(resource, object);
    if !resource.custom {
        defaults::complete(resource, object);
    }
}

fn carry(old: &Value, new: &mut Value, field: &str) {
    set_field(new, field, old.get(field).cloned());
}

fn complete_secret(object: &mut Value) {
    let secret = map_of(object);
    if let Some(Value::Object(plain)) = secret.shift_remove("stringData") {
        let data = secret.entry("data").or_insert_with(|| json!({}));
        if let Some(data) = data.as_object_mut() {
            for (name, value) in plain {
                let text = value.as_str().unwrap_or_default();
                data.insert(name, Value::String(STANDARD.encode(text)));
            }
        }
    }
    let missing = secret
        .get("type")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty);
    if missing {
        secret.insert("type".to_owned(), json!("Opaque"));
    }
}

fn complete_namespace(object: &mut Value) {
    let name = metadata_text(object, "name").to_owned();
    let labels = metadata_mut(object).entry("labels").or_insert_with(|| json!({}));
    if !labels.is_object() {
        *labels = json!({});
    }
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".to_owned(), Value::String(name));
    }
}

#[cfg(test)]
mod tests;
