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
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
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
    pub(super) fields: Fields,
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
        fields: Fields::NONE,
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

/// The fields of an object beside `apiVersion`, `kind` and `metadata`.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// Their schemas by name.
    pub(super) schemas: fn(&mut SchemaGenerator) -> Map<String, Value>,
    /// The same object, read into its types and written again.
    #[cfg(test)]
    pub(super) round_trip: fn(Value) -> serde_json::Result<Value>,
}

impl Fields {
    const NONE: Self = Self {
        schemas: |_| Map::new(),
        #[cfg(test)]
        round_trip: Ok,
    };
}

/// What stands in an object.
trait Part: JsonSchema + Serialize + DeserializeOwned {}

impl<T: JsonSchema + Serialize + DeserializeOwned> Part for T {}

/// An object with a spec and a status.
const fn object<S: Part, T: Part>() -> Fields {
    Fields {
        schemas: |generator| {
            let mut schemas = (spec_only::<S>().schemas)(generator);
            schemas.insert("status".to_owned(), structural::of::<T>(generator).into());
            schemas
        },
        #[cfg(test)]
        round_trip: |mut object| {
            let status: T = serde_json::from_value(object["status"].take())?;
            object["spec"] = (spec_only::<S>().round_trip)(object.clone())?["spec"].take();
            object["status"] = serde_json::to_value(status)?;
            Ok(object)
        },
    }
}

/// An object with a spec alone.
const fn spec_only<S: Part>() -> Fields {
    Fields {
        schemas: |generator| Map::from_iter([("spec".to_owned(), structural::of::<S>(generator).into())]),
        #[cfg(test)]
        round_trip: |mut object| {
            let spec: S = serde_json::from_value(object["spec"].take())?;
            object["spec"] = serde_json::to_value(spec)?;
            Ok(object)
        },
    }
}

/// An object whose fields stand at its top.
const fn at_the_top<T: Part>() -> Fields {
    Fields {
        schemas: |generator| match structural::of::<T>(generator).remove("properties") {
            Some(Value::Object(schemas)) => schemas,
            _ => Map::new(),
        },
        #[cfg(test)]
        round_trip: |object| serde_json::to_value(serde_json::from_value::<T>(object)?),
    }
}

/// A status that upstream declares and never fills.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Nothing {}
