//! An object that is edited whole: what of it is there to be edited, what of it may be changed, and what the changes come to.
//!
//! Must not know: how it is read, typed or written.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::hidden;
use fleetui_api::kinds::{METAL3, Role, TINKERBELL};
use fleetui_api::openapi::{ListKind, Mistake, Schema};
use fleetui_base::{GroupKind, ObjectKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::act::plan::blast;
use crate::act::{Act, Confirm, Deed, FieldChange, FieldOwner, Plan, Preview, Verb, Write};
use crate::merge::{self, Merged};
use crate::row::Row;
use crate::store::FleetStore;

/// What a server writes of an object and nobody edits.
const NOT_EDITED: [&str; 5] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
];

/// What of an object's metadata may be changed.
const OF_METADATA: [&str; 3] = ["labels", "annotations", "finalizers"];

/// So many of the changed fields are named in a sentence.
const MOST_NAMED: usize = 4;

/// An object as it is there to be edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Editable {
    /// Its uid.
    pub uid: CompactString,
    /// Its apiVersion.
    pub api_version: CompactString,
    /// The resourceVersion that was read.
    pub resource_version: CompactString,
    /// The object without status and what the server alone writes; secrets are hidden.
    pub object: Arc<Value>,
    /// Who applies fields of it.
    pub owners: Vec<FieldOwner>,
    /// What is known of its fields; absent where the server does not say.
    pub schema: Option<Arc<Schema>>,
}

impl Editable {
    /// What there is to edit of an object that was read whole.
    pub fn new(mut object: Value, owners: Vec<FieldOwner>, schema: Option<Arc<Schema>>) -> Self {
        let text = |pointer: &str| -> CompactString {
            let text = object.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().into()
        };
        let (uid, api_version) = (text("/metadata/uid"), text("/apiVersion"));
        let resource_version = text("/metadata/resourceVersion");
        object = lean(object);
        hidden::hide(&mut object);
        // As kubectl prints it.
        object.sort_all_objects();
        Self {
            uid,
            api_version,
            resource_version,
            object: Arc::new(object),
            owners,
            schema,
        }
    }

    /// How the elements of a list of it belong together.
    pub fn list_kind(&self, pointer: &str) -> ListKind {
        match pointer {
            "/metadata/finalizers" => ListKind::Set,
            "/metadata/ownerReferences" => ListKind::Map(vec!["uid".into()]),
            _ => match &self.schema {
                Some(schema) => schema.list_kind(pointer),
                None => ListKind::Atomic,
            },
        }
    }

    /// What of an object that was made of this one cannot be: fields that are not there to be changed, and what the schema says.
    pub fn check(&self, mine: &Value) -> Vec<Mistake> {
        let Some(fields) = mine.as_object() else {
            return vec![mistake("", "this is no object")];
        };
        let mut mistakes = Vec::new();
        let differs = |pointer: &str| self.object.pointer(pointer) != mine.pointer(pointer);
        for pointer in ["/apiVersion", "/kind"] {
            if differs(pointer) {
                mistakes.push(mistake(
                    pointer,
                    "this cannot be changed: it would be another object",
                ));
            }
        }
        if fields.contains_key("status") {
            mistakes.push(mistake(
                "/status",
                "the status is what controllers say, and is not edited",
            ));
        }
        let metadata = |object: &Value| -> Vec<String> {
            let metadata = object.get("metadata").and_then(Value::as_object);
            metadata.map_or_else(Vec::new, |metadata| metadata.keys().cloned().collect())
        };
        let mut names = metadata(&self.object);
        names.extend(metadata(mine));
        names.sort_unstable();
        names.dedup();
        for name in names.iter().filter(|name| !OF_METADATA.contains(&name.as_str())) {
            let pointer = format!("/metadata/{name}");
            if differs(&pointer) {
                mistakes.push(mistake(&pointer, "this cannot be changed here"));
            }
        }
        if let Some(schema) = &self.schema {
            let known: Vec<String> = mistakes.iter().map(|mistake| mistake.pointer.clone()).collect();
            let more = schema.check(mine).into_iter();
            mistakes.extend(more.filter(|mistake| !known.contains(&mistake.pointer)));
        }
        mistakes
    }

    /// Brings together what was made of this one here and what is there by now.
    pub fn merge(&self, mine: &Value, theirs: &Self) -> Merged {
        merge::three_way(&self.object, mine, &theirs.object, &|pointer: &str| {
            theirs.list_kind(pointer)
        })
    }
}

/// An object without its status and what a server alone writes of it.
pub fn lean(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        for field in NOT_EDITED {
            metadata.remove(field);
        }
    }
    object
}

fn mistake(pointer: &str, what: &str) -> Mistake {
    Mistake {
        pointer: pointer.to_owned(),
        what: what.to_owned(),
    }
}

/// Why objects of this kind are not edited here, where they are not.
pub fn refuses(kind: &GroupKind) -> Option<&'static str> {
    if is_inventory(kind) {
        return Some(
            "another provider's inventory of hosts is only read here: act on it with that provider's own tools",
        );
    }
    (kind.group.is_empty() && &*kind.kind == "Secret")
        .then_some("a Secret is not edited here: what is in it never enters this program's screen")
}

/// Whether objects of this kind are hosts of an inventory that is only read.
fn is_inventory(kind: &GroupKind) -> bool {
    matches!(kind.group.as_ref(), METAL3 | TINKERBELL) && Role::of(kind) == Role::Host
}

/// An edit as it is written down that came to nothing.
pub fn tried(key: &ObjectKey, uid: &str) -> Act {
    Act {
        subject: key.clone(),
        uid: uid.into(),
        deed: Deed::Edit(Vec::new()),
        reason: None,
    }
}

/// Plans to make `mine` of the object at `key`, which was read as `base`. Nothing is written where nothing changes.
///
/// # Errors
/// Where a hidden value would have to be written that is not known.
pub fn plan(
    store: &FleetStore,
    key: &ObjectKey,
    (base, mine): (&Editable, &Value),
    now: Timestamp,
) -> Result<Plan, Mistake> {
    let patch = merge::patch(
        &base.object,
        mine,
        &|pointer: &str| base.list_kind(pointer),
        &base.resource_version,
    );
    let patch = patch.map_err(|moved| mistake(&moved.pointer, &moved.to_string()))?;
    let row = store.get(key);
    let mut plan = Plan {
        act: Act {
            subject: key.clone(),
            uid: base.uid.clone(),
            deed: Deed::Edit(patch.fields.clone()),
            reason: None,
        },
        preview: Preview {
            happens: told(&patch.fields).into_iter().collect(),
            warnings: Vec::new(),
            blast: row.map(|row| blast(store, row)),
            seconds: None,
        },
        checks: Vec::new(),
        confirm: doubt(store, row.map(AsRef::as_ref), &patch.fields).map_or(Confirm::Key, Confirm::Twice),
        planned: now,
        writes: Vec::new(),
    };
    if !patch.operations.is_empty() {
        plan.writes.push(Write {
            target: key.clone(),
            uid: base.uid.clone(),
            api_version: base.api_version.clone(),
            verb: Verb::Patch,
            body: patch.operations.into(),
            fields: patch.fields,
        });
        plan.mind(&base.owners);
    }
    Ok(plan)
}

/// Which fields change.
fn told(fields: &[FieldChange]) -> Option<String> {
    let mut names: Vec<String> = fields
        .iter()
        .take(MOST_NAMED)
        .map(|field| crate::act::plan::dotted(&field.pointer))
        .collect();
    if fields.len() > MOST_NAMED {
        names.push(format!("and {} more", fields.len() - MOST_NAMED));
    }
    let word = if fields.len() == 1 {
        "field changes"
    } else {
        "fields change"
    };
    (!fields.is_empty()).then(|| format!("{} {word}: {}", fields.len(), names.join(", ")))
}

/// Why it is asked once more.
fn doubt(store: &FleetStore, row: Option<&Row>, fields: &[FieldChange]) -> Option<String> {
    if let Some(sentence) = row.and_then(|row| set_back(store, row)) {
        return Some(sentence);
    }
    let finalizers = |field: &FieldChange| field.pointer.starts_with("/metadata/finalizers");
    fields.iter().any(finalizers).then(|| {
        "finalizers hold an object until what belongs to it is cleaned up; without them that may stay for ever"
            .to_owned()
    })
}

/// What is said of an object that a topology manages.
pub fn set_back(store: &FleetStore, row: &Row) -> Option<String> {
    row.facts.topology.as_ref()?;
    let cluster = store.cluster_of(row).map_or_else(
        || "its Cluster".to_owned(),
        |cluster| format!("Cluster {}", cluster.facts.object.name),
    );
    Some(format!(
        "a topology manages this {} and sets back what it wrote: edit {cluster}",
        row.facts.kind.kind
    ))
}

#[cfg(test)]
mod tests;
