//! Which resources the server serves: the built-in ones, and those of established CustomResourceDefinitions.
//!
//! Each logical cluster has a registry of its own, because each has its own CustomResourceDefinitions.

pub(crate) mod access;
pub(crate) mod builtin;
pub(crate) mod custom;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;

use crate::apply::FieldTypes;
use crate::schema::{Schema, WrittenSchema};
use crate::types::{self, Message};

/// One served resource in one version.
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts of a resource, as discovery and the rules ask for them"
)]
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: String,
    /// Version, `v1beta2`.
    pub version: String,
    /// Kind, `MachineDeployment`.
    pub kind: String,
    /// Kind of a list, `MachineDeploymentList`.
    pub list_kind: String,
    /// Name in paths, `machinedeployments`.
    pub plural: String,
    /// Singular name, `machinedeployment`.
    pub singular: String,
    /// Short names, `md`.
    pub short_names: Vec<String>,
    /// Categories, `cluster-api`.
    pub categories: Vec<String>,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// Verbs of the main resource, as discovery lists them.
    pub verbs: Vec<&'static str>,
    /// Whether `status` is a subresource.
    pub status_subresource: bool,
    /// The scale subresource, where there is one.
    pub scale: Option<ScalePaths>,
    /// Columns after NAME of the Table form.
    pub columns: Vec<Column>,
    /// Whether a CustomResourceDefinition made it.
    pub custom: bool,
    /// Whether `metadata.generation` counts changes of the wished state.
    pub tracks_generation: bool,
    /// How its objects are kept.
    pub kept: Kept,
    /// The `openAPIV3Schema` of its CustomResourceDefinition.
    pub schema: Option<WrittenSchema>,
    /// What its fields are to server-side apply.
    pub field_types: FieldTypes,
    /// Fields that objects can be selected by, beside those of every object: `spec.colour`.
    pub selectable: Vec<String>,
    /// What clients are told of a version that goes away.
    pub deprecation: Option<String>,
    /// The versions of a custom resource.
    pub(crate) form: Option<Arc<custom::Form>>,
}

impl Resource {
    /// `apiVersion` of its objects: `v1`, `cluster.x-k8s.io/v1beta2`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The type of its objects, where they are of a built-in kind.
    pub(crate) fn message(&self) -> Option<&'static Message> {
        if self.custom {
            return None;
        }
        types::of(&self.group, &self.version, &self.kind)
    }

    /// The schema of a custom resource, read.
    pub(crate) fn structural(&self) -> Option<&Arc<Schema>> {
        self.form.as_ref()?.schema(&self.version)
    }

    /// Whether this is `plural` of `group`.
    pub fn is(&self, group: &str, plural: &str) -> bool {
        self.group == group && self.plural == plural
    }

    /// Its name in messages: `machines.cluster.x-k8s.io`, `secrets`.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

/// How objects are kept, seen from the form in which they are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kept {
    /// In that form.
    #[default]
    AsServed,
    /// As Events of the core group.
    AsCoreEvents,
    /// Nowhere: they are made when they are asked for.
    Nowhere,
}

/// Where the scale subresource finds its numbers: JSON paths with a leading dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalePaths {
    /// Path of the wished replicas.
    pub spec_replicas: String,
    /// Path of the observed replicas.
    pub status_replicas: String,
    /// Path of the label selector in string form.
    pub label_selector: Option<String>,
}

/// One printer column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Heading, as the CRD writes it.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// Format, often empty.
    pub format: String,
    /// Sentence for `explain`.
    pub description: String,
    /// Zero is always shown, others with `-o wide`.
    pub priority: i32,
    /// Kubernetes JSONPath, without braces.
    pub json_path: String,
}

/// What one logical cluster serves at a moment: the built-in resources and the custom ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Served {
    /// Every resource; shared with whoever serves the same ones.
    resources: Arc<Resources>,
    /// The revision of the newest definition, or end of one, that changed what is served.
    pub(crate) revision: u64,
    /// What each CustomResourceDefinition makes, by group and plural.
    made: BTreeMap<(String, String), custom::Made>,
}

/// Resources, ordered by group, version and plural.
#[derive(Debug, Clone, Default)]
struct Resources {
    by_place: BTreeMap<(String, String, String), Arc<Resource>>,
    /// What is told of them at the door; made when it is asked for first.
    door: OnceLock<Bytes>,
}

impl Resources {
    fn insert(&mut self, resource: Arc<Resource>) {
        let place = (
            resource.group.clone(),
            resource.version.clone(),
            resource.plural.clone(),
        );
        self.by_place.insert(place, resource);
        self.door.take();
    }

    fn retain(&mut self, keep: impl Fn(&Resource) -> bool) {
        self.by_place.retain(|_, resource| keep(resource));
        self.door.take();
    }
}

impl Served {
    /// The built-in resources alone.
    pub(crate) fn builtin() -> Self {
        static BUILT_IN: LazyLock<Served> = LazyLock::new(|| {
            let mut served = Served::default();
            for resource in builtin::resources().chain(access::resources()) {
                served.insert(resource);
            }
            served
        });
        BUILT_IN.clone()
    }

    /// Adds or replaces a resource.
    pub(crate) fn insert(&mut self, resource: Resource) {
        Arc::make_mut(&mut self.resources).insert(Arc::new(resource));
    }

    /// What a CustomResourceDefinition makes.
    pub(crate) fn made(&self, group: &str, plural: &str) -> custom::Made {
        let place = (group.to_owned(), plural.to_owned());
        self.made.get(&place).cloned().unwrap_or_default()
    }

    /// Replaces what a CustomResourceDefinition makes.
    pub(crate) fn set_made(&mut self, group: &str, plural: &str, made: custom::Made) {
        let resources = Arc::make_mut(&mut self.resources);
        resources.retain(|resource| !(resource.custom && resource.is(group, plural)));
        for resource in &made.served {
            resources.insert(Arc::clone(resource));
        }
        let place = (group.to_owned(), plural.to_owned());
        if made.storing.is_some() {
            self.made.insert(place, made);
        } else {
            self.made.remove(&place);
        }
    }

    /// The resource at a place in the paths.
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        let place = (group.to_owned(), version.to_owned(), plural.to_owned());
        self.resources.by_place.get(&place).map(Arc::clone)
    }

    /// The resource of a collection, in the version in which its objects are stored.
    pub(crate) fn of_collection(&self, group: &str, plural: &str) -> Option<Arc<Resource>> {
        let place = (group.to_owned(), plural.to_owned());
        if let Some(storing) = self.made.get(&place).and_then(|made| made.storing.as_ref()) {
            return Some(Arc::clone(storing));
        }
        self.resources
            .by_place
            .values()
            .find(|resource| resource.is(group, plural))
            .map(Arc::clone)
    }

    /// The resource of a custom kind, in the version in which its objects are stored.
    pub(crate) fn storing(&self, group: &str, kind: &str) -> Option<Arc<Resource>> {
        self.made
            .values()
            .filter_map(|made| made.storing.as_ref())
            .find(|storing| storing.group == group && storing.kind == kind)
            .map(Arc::clone)
    }

    /// Every resource, ordered by group, version and plural.
    pub(crate) fn all(&self) -> Vec<Arc<Resource>> {
        self.resources.by_place.values().map(Arc::clone).collect()
    }

    /// What is told of them at the door, as `tell` puts it: it is asked for again and again, and made once.
    pub(crate) fn at_the_door(&self, tell: impl FnOnce(&[Arc<Resource>]) -> String) -> Bytes {
        let door = &self.resources.door;
        door.get_or_init(|| tell(&self.all()).into()).clone()
    }
}
