//! Cluster API's kinds between their versions, both ways, so that nothing is lost.
//!
//! One table per kind (`tables`) says where a value stands in the old version and in the new one, and how it is written in
//! each; both directions follow from it. Whatever the table does not name stands at the same place in both. What comes out
//! is converted back and compared with what went in: where something is missing, it is kept in an annotation (`kept`), and
//! put back on the way back unless somebody has changed that place since. So a row that is forgotten costs an annotation and
//! never data.
//!
//! Must not know: definitions, stores, requests, or how the versions of other kinds are found.

use serde_json::{Map, Value};

use crate::labels;
use kept::Keep;
use rule::{Context, Side};
use tables::Table;

mod codec;
mod duration;
mod empty;
mod kept;
mod path;
mod rule;
mod tables;

#[cfg(test)]
mod tests;

/// The fields of an object.
type Fields = Map<String, Value>;

/// The version in which objects are stored, which all others are converted to and from.
pub const NEW_VERSION: &str = "v1beta2";

/// Annotation of upstream: what an object has in v1beta2 (spec and status, as JSON) that its old version cannot express.
pub const NEW_DATA: &str = "cluster.x-k8s.io/conversion-data";

/// Annotation of our own: what an object had in v1beta1 that v1beta2 cannot express, as a list of changes.
pub const V1BETA1_DATA: &str = "conversion.fleetui.dev/v1beta1-data";

/// The same of v1alpha1.
const V1ALPHA1_DATA: &str = "conversion.fleetui.dev/v1alpha1-data";

/// Tells the version of a kind, by group and kind. References of v1beta2 name none; those of v1beta1 have to.
pub type Versions<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// Why an object was not converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// No table has the kind.
    #[error("kind {kind} of group {group} is not converted here")]
    Kind {
        /// Its group.
        group: String,
        /// The kind.
        kind: String,
    },
    /// The object does not say of which version it is, or says another group.
    #[error("apiVersion: expected a version of group {group}, found {found}")]
    ApiVersion {
        /// The group that was asked for.
        group: String,
        /// What was found.
        found: String,
    },
    /// The kind has no such version.
    #[error("kind {kind} has no version {version}")]
    Version {
        /// The kind.
        kind: String,
        /// The version.
        version: String,
    },
    /// A value that the other version writes differently is not what the version of the object says.
    #[error("{at}: {reason}")]
    Value {
        /// Where, `spec.nodeDrainTimeout`.
        at: String,
        /// What is wrong there.
        reason: String,
    },
}

/// Whether [`convert`] knows the kind. Of others, only the `apiVersion` would be changed, which is for the caller to decide.
pub fn claims(group: &str, kind: &str) -> bool {
    tables::of(group, kind).next().is_some()
}

/// The object in another version of its kind. Of the same version it is given back as it is, with its annotations.
///
/// Objects may be partial: what is not there is not converted. A value of a wrong type is refused where the versions write
/// it differently, and carried as it is where they do not. `versions` answers for the kinds that references name; what it
/// does not know has the version that the contract v1beta1 is usually written in.
///
/// # Errors
/// The kind or a version is not known, or a value cannot be read.
pub fn convert(
    group: &str,
    kind: &str,
    object: Value,
    to_version: &str,
    versions: Versions<'_>,
) -> Result<Value, ConvertError> {
    let from = version_of(group, &object)?;
    if from == to_version {
        return Ok(object);
    }
    let Value::Object(mut fields) = object else {
        return Ok(object);
    };
    if from != NEW_VERSION {
        let table = table(group, kind, &from)?;
        fields = step(table, fields, Side::New, versions)?;
    }
    if to_version != NEW_VERSION {
        let table = table(group, kind, to_version)?;
        fields = step(table, fields, Side::Old, versions)?;
    }
    Ok(Value::Object(fields))
}

fn version_of(group: &str, object: &Value) -> Result<String, ConvertError> {
    let text = object
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match text.split_once('/') {
        Some((of, version)) if of == group && !version.is_empty() => Ok(version.to_owned()),
        _ => Err(ConvertError::ApiVersion {
            group: group.to_owned(),
            found: if text.is_empty() { "none" } else { text }.to_owned(),
        }),
    }
}

fn table(group: &str, kind: &str, old: &str) -> Result<&'static Table, ConvertError> {
    let mut tables = tables::of(group, kind).peekable();
    if tables.peek().is_none() {
        let (group, kind) = (group.to_owned(), kind.to_owned());
        return Err(ConvertError::Kind { group, kind });
    }
    let found = tables.find(|table| table.old == old);
    found.ok_or_else(|| ConvertError::Version {
        kind: kind.to_owned(),
        version: old.to_owned(),
    })
}

/// Between the old version of a table and the new one.
fn step(
    table: &'static Table,
    mut object: Fields,
    to: Side,
    versions: Versions<'_>,
) -> Result<Fields, ConvertError> {
    let (ours, theirs) = match to {
        Side::New => (table.old_data, NEW_DATA),
        Side::Old => (NEW_DATA, table.old_data),
    };
    // Data of the side that is left can only be of an earlier conversion.
    kept::take_annotation(&mut object, ours);
    let kept = kept::take_annotation(&mut object, theirs);
    let context = context(table, &mut object, to, versions);
    let source = body(&object);
    table.apply(&mut object, &context)?;
    if let Some(text) = kept {
        let keep = match to {
            Side::Old => Keep::parse(&text),
            Side::New => whole(table, &text, &context),
        };
        keep.put_back(&mut object);
    }
    let mut back = body(&object);
    table.apply(&mut back, &context.reversed())?;
    if back != source {
        let text = match to {
            Side::New => Keep::between(&back, &source).text(),
            Side::Old => Value::Object(source).to_string(),
        };
        kept::annotate(&mut object, ours, text)?;
    }
    let version = match to {
        Side::New => NEW_VERSION,
        Side::Old => table.old,
    };
    object.insert(
        "apiVersion".to_owned(),
        Value::String(format!("{}/{version}", table.group)),
    );
    Ok(object)
}

/// What upstream's annotation keeps: everything that a conversion there and back again does not bring back. What cannot be
/// read keeps nothing.
fn whole(table: &'static Table, text: &str, context: &Context<'_>) -> Keep {
    let Ok(Value::Object(had)) = serde_json::from_str(text) else {
        return Keep::default();
    };
    let had = body(&had);
    let mut gets = had.clone();
    let there = table.apply(&mut gets, &context.reversed());
    if there.and_then(|()| table.apply(&mut gets, context)).is_err() {
        return Keep::default();
    }
    Keep::between(&gets, &had)
}

/// The fields that are converted.
fn body(object: &Fields) -> Fields {
    object
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn context<'a>(table: &'static Table, object: &mut Fields, to: Side, versions: Versions<'a>) -> Context<'a> {
    let namespace = path::text(object, "metadata.namespace");
    let cluster_name = table
        .names_cluster_by_label
        .then(|| cluster_name_by_label(object, to))
        .flatten();
    Context {
        to,
        namespace,
        cluster_name,
        versions,
    }
}

/// Says that the old version's label is there only because of a conversion. As upstream has it.
const LABEL_WAS_SET: &str = "conversion.cluster.x-k8s.io/cluster-name-label-set";

/// What the label said before it was set to what the spec says, where it said something else.
const LABEL_WAS: &str = "conversion.fleetui.dev/cluster-name-label";

/// The name of the cluster where the old version says it only by a label: on the way there the label is set, and on the way
/// back it is made what it was before.
fn cluster_name_by_label(object: &mut Fields, to: Side) -> Option<String> {
    let label = path::metadata(object, "labels")
        .and_then(|labels| labels.get(labels::CLUSTER_NAME))
        .and_then(Value::as_str)
        .map(str::to_owned);
    match to {
        Side::New => {
            if kept::take_annotation(object, LABEL_WAS_SET).as_deref() == Some("false") {
                path::take_of_metadata(object, "labels", labels::CLUSTER_NAME);
            }
            if let Some(before) = kept::take_annotation(object, LABEL_WAS) {
                path::put_into_metadata(object, "labels", labels::CLUSTER_NAME, before);
            }
            label
        }
        Side::Old => {
            let name = path::text(object, "spec.clusterName").filter(|name| !name.is_empty());
            let (Some(name), true) = (&name, name != label) else {
                return label;
            };
            let (annotation, text) = match label {
                Some(label) => (LABEL_WAS, label),
                None => (LABEL_WAS_SET, "false".to_owned()),
            };
            let set = path::put_into_metadata(object, "labels", labels::CLUSTER_NAME, name.clone())
                && path::put_into_metadata(object, "annotations", annotation, text);
            set.then(|| name.clone())
        }
    }
}
