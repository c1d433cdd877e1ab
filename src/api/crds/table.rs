//! The kinds, one row each: names, versions, subresources and printer columns, byte for byte those of upstream.
//! Schemas come from the types.

mod aws;
mod byoh;
mod clusters;
mod development;
mod extras;
mod kubeadm;
mod machines;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use super::columns::{AGE, PrinterColumn};
use crate::structural;

/// One kind that is served.
pub(super) struct Definition {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) description: &'static str,
    pub(super) short_names: &'static [&'static str],
    pub(super) categories: &'static [&'static str],
    pub(super) scope: Scope,
    /// The provider's label, as clusterctl names providers; none for clusterctl's own inventory.
    pub(super) provider: Option<&'static str>,
    /// Contracts that it fulfils, and the version that does.
    pub(super) contracts: &'static [(&'static str, &'static str)],
    /// All are served; the last one is stored, and the others are deprecated.
    pub(super) versions: &'static [Version],
}

impl Definition {
    /// A kind with nothing of its own: the rows name what they have.
    const PLAIN: Self = Self {
        group: "",
        kind: "",
        plural: "",
        description: "",
        short_names: &[],
        categories: &["cluster-api"],
        scope: Scope::Namespaced,
        provider: None,
        contracts: &[("v1beta1", "v1beta1"), ("v1beta2", "v1beta2")],
        versions: &[],
    };
}

/// Where objects of a kind live.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// In namespaces.
    Namespaced,
    /// Beside them.
    Cluster,
}

/// One version of a kind.
pub(super) struct Version {
    pub(super) name: &'static str,
    /// The fields beside `apiVersion`, `kind` and `metadata`.
    pub(super) schema: fn(&mut SchemaGenerator) -> Map<String, Value>,
    /// Those that have to be there.
    pub(super) required: &'static [&'static str],
    pub(super) status: bool,
    pub(super) scale: Scale,
    pub(super) columns: &'static [PrinterColumn],
}

impl Version {
    /// A version with nothing of its own: the rows name what they have.
    const PLAIN: Self = Self {
        name: "",
        schema: |_| Map::new(),
        required: &[],
        status: false,
        scale: Scale::None,
        columns: &[AGE],
    };
}

/// The scale subresource of a kind. The paths of the replicas are the same for all.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    /// There is none.
    None,
    /// It tells no selector.
    WithoutSelector,
    /// It tells the selector of `.status.selector`.
    WithSelector,
}

/// Every kind that is served.
pub(super) fn kinds() -> impl Iterator<Item = &'static Definition> {
    [
        clusters::KINDS.as_slice(),
        &machines::KINDS,
        &kubeadm::KINDS,
        &extras::KINDS,
        &development::KINDS,
        &byoh::KINDS,
        &aws::KINDS,
    ]
    .into_iter()
    .flatten()
}

/// An object with a spec and a status.
fn object<S: JsonSchema, T: JsonSchema>(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut fields = spec_only::<S>(generator);
    fields.insert("status".to_owned(), structural::of::<T>(generator).into());
    fields
}

/// An object with a spec alone.
fn spec_only<S: JsonSchema>(generator: &mut SchemaGenerator) -> Map<String, Value> {
    Map::from_iter([("spec".to_owned(), structural::of::<S>(generator).into())])
}

/// An object whose fields stand at its top.
fn fields<T: JsonSchema>(generator: &mut SchemaGenerator) -> Map<String, Value> {
    match structural::of::<T>(generator).remove("properties") {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// A status that upstream declares and never fills.
#[derive(JsonSchema)]
struct Nothing {}
