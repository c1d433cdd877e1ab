//! A typed object: Kubernetes metadata around one of our kinds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fleetui_api::conditions::Condition;
use fleetui_api::v1beta2::{Conditioned, Kind};
use fleetui_rules::condition_merge;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::DynamicObject;
use serde::Deserialize as _;

use crate::kinds::{ObjectId, Watched};

static NO_LABELS: LazyLock<BTreeMap<String, String>> = LazyLock::new(BTreeMap::new);

/// An object of kind `K`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<K: Kind> {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: K::Spec,
    pub(crate) status: K::Status,
}

impl<K: Kind> Object<K> {
    /// Reads an untyped object. What cannot be read as `K` is `None`.
    pub(crate) fn parse(object: &DynamicObject) -> Result<Self, serde_json::Error> {
        let part = |name: &str| object.data.get(name).filter(|part| !part.is_null());
        Ok(Self {
            metadata: object.metadata.clone(),
            spec: part("spec")
                .map(K::Spec::deserialize)
                .transpose()?
                .unwrap_or_default(),
            status: part("status")
                .map(K::Status::deserialize)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        self.metadata.name()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.metadata.namespace()
    }

    pub(crate) fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Its kind and name; every `Kind` in use is watched.
    pub(crate) fn id(&self) -> Option<ObjectId> {
        Watched::of::<K>().map(|kind| ObjectId::new(kind, self.namespace(), self.name()))
    }

    pub(crate) fn is_deleting(&self) -> bool {
        self.metadata.is_deleting()
    }

    pub(crate) fn condition(&self, kind: &str) -> Option<&Condition> {
        condition_merge::find(self.status.conditions(), kind)
    }

    pub(crate) fn is_true(&self, kind: &str) -> bool {
        condition_merge::is_true(self.status.conditions(), kind)
    }

    pub(crate) fn is_false(&self, kind: &str) -> bool {
        condition_merge::is_false(self.status.conditions(), kind)
    }

    /// Puts `condition` in place; its time moves only when its status does.
    pub(crate) fn set_condition(&mut self, condition: Condition, now: Timestamp) {
        let generation = self.metadata.generation;
        condition_merge::set(self.status.conditions_mut(), condition, generation, now);
    }
}

/// What controllers ask of metadata, without its many layers of `Option`.
pub(crate) trait Metadata {
    fn name(&self) -> &str;
    fn namespace(&self) -> &str;
    fn label(&self, key: &str) -> Option<&str>;
    fn annotation(&self, key: &str) -> Option<&str>;
    fn all_labels(&self) -> &BTreeMap<String, String>;
    fn all_annotations(&self) -> &BTreeMap<String, String>;
    fn created(&self) -> Option<Timestamp>;
    fn is_deleting(&self) -> bool;
    fn has_finalizer(&self, finalizer: &str) -> bool;
    fn add_finalizer(&mut self, finalizer: &str);
    fn remove_finalizer(&mut self, finalizer: &str);
    fn set_label(&mut self, key: &str, value: &str);
    fn set_annotation(&mut self, key: &str, value: &str);
}

impl Metadata for ObjectMeta {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.all_labels().get(key).map(String::as_str)
    }

    fn annotation(&self, key: &str) -> Option<&str> {
        self.all_annotations().get(key).map(String::as_str)
    }

    fn all_labels(&self) -> &BTreeMap<String, String> {
        self.labels.as_ref().unwrap_or(&NO_LABELS)
    }

    fn all_annotations(&self) -> &BTreeMap<String, String> {
        self.annotations.as_ref().unwrap_or(&NO_LABELS)
    }

    fn created(&self) -> Option<Timestamp> {
        self.creation_timestamp.as_ref().map(|time| time.0)
    }

    fn is_deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    fn has_finalizer(&self, finalizer: &str) -> bool {
        self.finalizers.iter().flatten().any(|own| own == finalizer)
    }

    fn add_finalizer(&mut self, finalizer: &str) {
        if !self.has_finalizer(finalizer) {
            self.finalizers.get_or_insert_default().push(finalizer.to_owned());
        }
    }

    fn remove_finalizer(&mut self, finalizer: &str) {
        if let Some(finalizers) = &mut self.finalizers {
            finalizers.retain(|own| own != finalizer);
        }
    }

    fn set_label(&mut self, key: &str, value: &str) {
        self.labels
            .get_or_insert_default()
            .insert(key.to_owned(), value.to_owned());
    }

    fn set_annotation(&mut self, key: &str, value: &str) {
        self.annotations
            .get_or_insert_default()
            .insert(key.to_owned(), value.to_owned());
    }
}
