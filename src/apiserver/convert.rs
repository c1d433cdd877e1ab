//! Versions of custom resources: an object is stored in one, and told and taken in any that is served.
//!
//! How one version becomes another, whoever embeds the server says. Kinds that it does not claim are converted as their
//! definition says: `None` renames `apiVersion` and nothing else; webhooks are not called by this server, and it says so.
//!
//! What is read is as upstream reads it: filled with the defaults that its schema gained since it was written, then
//! converted. An object that was written since the definition last changed, in the version that is asked for, is passed on
//! as the bytes that it is.
//!
//! Must not know: which kinds there are.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::call::Place;
use crate::forms;
use crate::object::{metadata, set_field, set_metadata};
use crate::registry::custom::Strategy;
use crate::status::ApiError;
use crate::storage::{Draft, Stored};

/// What a conversion cannot change, as it says which object it is.
const IDENTITY: [&str; 12] = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "finalizers",
    "ownerReferences",
    "managedFields",
];

/// Turns objects of some kinds from one version into another, without losing anything.
pub trait Converter: Send + Sync {
    /// Whether it converts this kind. One that it does is never converted in another way.
    fn claims(&self, group: &str, kind: &str) -> bool;

    /// The object in another version, `v1beta1`. It comes with the `apiVersion` that it has. Fails with a sentence for the
    /// client.
    fn convert(
        &self,
        group: &str,
        kind: &str,
        object: Value,
        to_version: &str,
        definitions: &dyn Definitions,
    ) -> Result<Value, String>;
}

/// The definitions of custom resources, for a converter that has to name the version of a kind that an object refers to.
pub trait Definitions {
    /// A label of the definition of a kind.
    fn label(&self, group: &str, kind: &str, name: &str) -> Option<String>;
}

impl Definitions for Place {
    fn label(&self, group: &str, kind: &str, name: &str) -> Option<String> {
        let storing = self.hosted.served().storing(group, kind)?;
        storing.form.as_ref()?.labels.get(name).cloned()
    }
}

impl Place {
    /// A stored object, in the version of this place.
    pub(crate) fn read(&self, stored: &Stored) -> Result<Value, ApiError> {
        let mut object = stored.value()?;
        let Some(form) = &self.resource.form else {
            return Ok(object);
        };
        if stored.revision < form.since
            && let Some(schema) = form.schema(version_of(&object))
        {
            schema.fill(&mut object);
        }
        self.in_version(object, &self.resource.version)
    }

    /// The text of a stored object, in the version of this place.
    pub(crate) fn text(&self, stored: &Stored) -> Result<Bytes, ApiError> {
        if self.tells_as_stored(stored) {
            return Ok(stored.bytes.clone());
        }
        self.other_text(stored, stored.revision)
    }

    /// The same under another revision: how a watch tells that an object left its selection.
    pub(crate) fn text_at(&self, stored: &Stored, revision: u64) -> Result<Bytes, ApiError> {
        if self.tells_as_stored(stored) {
            return Ok(stored.restamped(revision));
        }
        self.other_text(stored, revision)
    }

    /// An object of this place in the version in which it is stored.
    pub(crate) fn to_storage(&self, object: Value) -> Result<Value, ApiError> {
        match &self.resource.form {
            Some(form) => self.in_version(object, &form.storage),
            None => Ok(object),
        }
    }

    /// An object of this place as it is written into the store.
    pub(crate) fn draft(&self, object: &Value) -> Result<Draft, ApiError> {
        if self.converts() {
            let mut stored = self.to_storage(object.clone())?;
            // Upstream does so whenever it reads; done now, what is stored can be passed on as it is.
            if let Some(form) = &self.resource.form
                && let Some(schema) = form.schema(&form.storage)
            {
                schema.fill(&mut stored);
            }
            forms::kept(&self.resource, &stored)
        } else {
            forms::kept(&self.resource, object)
        }
    }

    /// Makes an object that is in the version in which it is stored into one of this place.
    pub(crate) fn told(&self, object: Value) -> Result<Value, ApiError> {
        self.in_version(object, &self.resource.version)
    }

    /// Whether objects are told here in another version than they are stored in.
    pub(crate) fn converts(&self) -> bool {
        self.resource
            .form
            .as_ref()
            .is_some_and(|form| form.storage != self.resource.version)
    }

    /// Whether writing this object again would store it in another version than it is stored in.
    pub(crate) fn is_outdated(&self, stored: &Stored) -> bool {
        self.resource
            .form
            .as_ref()
            .is_some_and(|form| !is_of(&stored.bytes, &self.resource.group, &form.storage))
    }

    fn tells_as_stored(&self, stored: &Stored) -> bool {
        let resource = &self.resource;
        resource.form.as_ref().is_none_or(|form| {
            is_of(&stored.bytes, &resource.group, &resource.version)
                && (stored.revision >= form.since
                    || !form
                        .schema(&resource.version)
                        .is_some_and(|schema| schema.has_defaults()))
        })
    }

    /// Many watches tell of the same object: what was made for one is kept for the next.
    fn other_text(&self, stored: &Stored, revision: u64) -> Result<Bytes, ApiError> {
        let recent = self.resource.form.as_ref().map(|form| &form.recent);
        let name = &stored.key.object;
        let told = (self.resource.version.as_str(), stored.revision, revision);
        if let Some(text) = recent.and_then(|recent| recent.get(told, name)) {
            return Ok(text);
        }
        let mut object = self.read(stored)?;
        set_metadata(&mut object, "resourceVersion", Some(json!(revision.to_string())));
        let text = Bytes::from(serde_json::to_vec(&object)?);
        if let Some(recent) = recent {
            recent.put(told, name, &text);
        }
        Ok(text)
    }

    /// An object in another version; one that is in it already stays as it is.
    pub(crate) fn in_version(&self, mut object: Value, version: &str) -> Result<Value, ApiError> {
        let resource = &self.resource;
        let Some(form) = resource.form.as_ref().filter(|_| version_of(&object) != version) else {
            return Ok(object);
        };
        let (group, kind) = (resource.group.as_str(), resource.kind.as_str());
        let converter = self
            .shared
            .converter
            .as_ref()
            .filter(|converter| converter.claims(group, kind));
        let mut told = match (converter, form.strategy) {
            (Some(converter), _) => {
                let identity: Vec<(&str, Option<Value>)> = IDENTITY
                    .iter()
                    .map(|field| (*field, metadata(&object, field).cloned()))
                    .collect();
                let failed = |why: String| {
                    ApiError::internal(format!("conversion of {kind}.{group} to {version} failed: {why}"))
                };
                let mut other = converter
                    .convert(group, kind, object, version, self)
                    .map_err(failed)?;
                for (field, value) in identity {
                    set_metadata(&mut other, field, value);
                }
                other
            }
            (None, Strategy::Rename) => std::mem::take(&mut object),
            (None, Strategy::Webhook) => {
                return Err(ApiError::internal(format!(
                    "conversion webhooks are not called by this server: this {kind}.{group} is kept as {}, and cannot be told as {version}",
                    version_of(&object)
                )));
            }
        };
        set_field(&mut told, "apiVersion", Some(json!(format!("{group}/{version}"))));
        set_field(&mut told, "kind", Some(json!(kind)));
        if let Some(schema) = form.schema(version) {
            schema.prune(&mut told);
        }
        Ok(told)
    }
}

/// The version that an object says it is in.
fn version_of(object: &Value) -> &str {
    let text = object
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    text.rsplit('/').next().unwrap_or_default()
}

/// Whether a stored text is of this version; objects are stored with their `apiVersion` first.
fn is_of(text: &[u8], group: &str, version: &str) -> bool {
    text.strip_prefix(b"{\"apiVersion\":\"")
        .and_then(|text| text.strip_prefix(group.as_bytes()))
        .and_then(|text| text.strip_prefix(b"/"))
        .and_then(|text| text.strip_prefix(version.as_bytes()))
        .is_some_and(|text| text.starts_with(b"\""))
}
