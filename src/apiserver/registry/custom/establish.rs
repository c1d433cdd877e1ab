//! What the server answers in a definition's status: which of its names are accepted, whether it is served, in which
//! versions its objects were ever stored.
//!
//! Source: `apiextensions-apiserver/pkg/controller/{status,establish,nonstructuralschema}`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{storage_version, text, texts};
use crate::registry::Served;
use crate::schema::causes::Path;
use crate::schema::check::not_structural;

/// Names of a definition that are one each, with the reason that is given where one is taken.
const NAMES: [(&str, &str); 2] = [("plural", "PluralConflict"), ("singular", "SingularConflict")];

/// Kinds of a definition, likewise.
const KINDS: [(&str, &str); 2] = [("kind", "KindConflict"), ("listKind", "ListKindConflict")];

/// Writes the server's part of the status. Names that another definition or a built-in resource of the group has are not
/// accepted, and the definition is then not established; one that is established stays so.
pub(crate) fn establish(definition: &mut Value, served: &Served, now: Timestamp) {
    let Some(names) = definition.pointer("/spec/names").cloned() else {
        return;
    };
    let names = with_defaults(names);
    let group = definition.pointer("/spec/group").and_then(Value::as_str);
    let group = group.unwrap_or_default().to_owned();
    let stored = stored_versions(definition);
    let loose = loose_schema(definition);
    let Some(definition) = definition.as_object_mut() else {
        return;
    };
    let status = definition.entry("status").or_insert_with(|| json!({}));
    if !status.is_object() {
        *status = json!({});
    }
    let accepted = Accepted::of(&names, &group, status.get("acceptedNames"), served);
    let good = accepted.conflict.is_none();
    let names_condition = match accepted.conflict {
        None => ("True", "NoConflicts", "no conflicts found".to_owned()),
        Some((reason, name)) => ("False", reason, format!("{name:?} is already in use")),
    };
    set_condition(status, "NamesAccepted", &names_condition, now);
    if is_true(status, "Established") {
        // What is served stays served: a later conflict of names does not take objects away.
    } else if good {
        let message = "the initial names have been accepted".to_owned();
        set_condition(
            status,
            "Established",
            &("True", "InitialNamesAccepted", message),
            now,
        );
    } else {
        let message = "not all names are accepted".to_owned();
        set_condition(status, "Established", &("False", "NotAccepted", message), now);
    }
    match loose {
        Some(message) => set_condition(
            status,
            "NonStructuralSchema",
            &("True", "Violations", message),
            now,
        ),
        None => remove_condition(status, "NonStructuralSchema"),
    }
    status["acceptedNames"] = accepted.names;
    status["storedVersions"] = json!(stored);
}

/// The versions in which objects may be stored: those of before, and the one in which they are stored now.
fn stored_versions(definition: &Value) -> Vec<String> {
    let mut stored = texts(definition.pointer("/status/storedVersions"));
    if let Some(version) = storage_version(definition).and_then(|version| text(version, "name"))
        && !stored.contains(&version)
    {
        stored.push(version);
    }
    stored
}

/// What is not structural in the schemas. Only definitions from before schemas were checked have such.
fn loose_schema(definition: &Value) -> Option<String> {
    let versions = definition.pointer("/spec/versions")?.as_array()?;
    let root = Path::Root;
    let parent = root.field("spec").plain();
    versions.iter().enumerate().find_map(|(index, version)| {
        let raw = version.pointer("/schema/openAPIV3Schema")?;
        let place = format!("{parent}.versions[{index}].schema.openAPIV3Schema");
        not_structural(raw, &root.field(&place))
    })
}

/// Which names a definition has.
struct Accepted {
    names: Value,
    /// The first that is taken, with the reason.
    conflict: Option<(&'static str, String)>,
}

impl Accepted {
    fn of(wanted: &Value, group: &str, before: Option<&Value>, served: &Served) -> Self {
        let plural = text(wanted, "plural").unwrap_or_default();
        let others: Vec<_> = served
            .all()
            .into_iter()
            .filter(|other| other.group == group && other.plural != plural)
            .collect();
        let taken = |name: &str| {
            others.iter().any(|other| {
                other.singular == name
                    || other.plural == name
                    || other.short_names.iter().any(|short| short == name)
            })
        };
        let taken_kind = |name: &str| {
            others
                .iter()
                .any(|other| other.kind == name || other.list_kind == name)
        };
        let mut names = Map::new();
        let mut conflict = None;
        let had = |field: &str| before.and_then(|before| text(before, field)).unwrap_or_default();
        let singles = NAMES.iter().map(|name| (name, &taken as &dyn Fn(&str) -> bool));
        let kinds = KINDS
            .iter()
            .map(|name| (name, &taken_kind as &dyn Fn(&str) -> bool));
        for ((field, reason), taken) in singles.chain(kinds) {
            let Some(name) = text(wanted, field) else {
                continue;
            };
            let accepted = if had(field) != name && taken(&name) {
                conflict.get_or_insert((*reason, name));
                had(field)
            } else {
                name
            };
            names.insert((*field).to_owned(), json!(accepted));
        }
        let short = texts(wanted.get("shortNames"));
        let had_short = texts(before.and_then(|before| before.get("shortNames")));
        let clash = short
            .iter()
            .find(|name| !had_short.contains(name) && taken(name))
            .cloned();
        let short = match clash {
            None => short,
            Some(name) => {
                conflict.get_or_insert(("ShortNamesConflict", name));
                had_short
            }
        };
        for (field, list) in [
            ("shortNames", short),
            ("categories", texts(wanted.get("categories"))),
        ] {
            if !list.is_empty() {
                names.insert(field.to_owned(), json!(list));
            }
        }
        Self {
            names: Value::Object(names),
            conflict,
        }
    }
}

/// Names as the server completes them: singular and list kind follow from the kind.
pub(crate) fn with_defaults(mut names: Value) -> Value {
    let Some(kind) = text(&names, "kind") else {
        return names;
    };
    if let Some(fields) = names.as_object_mut() {
        for (field, default) in [
            ("singular", kind.to_lowercase()),
            ("listKind", format!("{kind}List")),
        ] {
            let missing = fields
                .get(field)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty);
            if missing {
                fields.insert(field.to_owned(), Value::String(default));
            }
        }
    }
    names
}

fn is_true(status: &Value, kind: &str) -> bool {
    status
        .get("conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|condition| {
            condition.get("type").and_then(Value::as_str) == Some(kind)
                && condition.get("status").and_then(Value::as_str) == Some("True")
        })
}

fn remove_condition(status: &mut Value, kind: &str) {
    if let Some(conditions) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        conditions.retain(|condition| condition.get("type").and_then(Value::as_str) != Some(kind));
    }
}

/// Sets a condition; its time moves only with its status.
pub(crate) fn set_condition(status: &mut Value, kind: &str, state: &(&str, &str, String), now: Timestamp) {
    let (value, reason, message) = state;
    let Some(status) = status.as_object_mut() else {
        return;
    };
    let conditions = status.entry("conditions").or_insert_with(|| json!([]));
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Some(conditions) = conditions.as_array_mut() else {
        return;
    };
    let fresh = json!({
        "type": kind,
        "status": value,
        "reason": reason,
        "message": message,
        "lastTransitionTime": crate::object::timestamp(now),
    });
    let place = conditions
        .iter_mut()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind));
    match place {
        None => conditions.push(fresh),
        Some(old) => {
            let same = old.get("status").and_then(Value::as_str) == Some(value);
            let since = old.get("lastTransitionTime").cloned();
            *old = fresh;
            if let (true, Some(since)) = (same, since) {
                old["lastTransitionTime"] = since;
            }
        }
    }
}
