//! What a conversion does not bring back, and how it is put back later.
//!
//! It is a list of changes: at this place the object had this, and the conversion alone gives back that. A change is made
//! only where the conversion still gives back what it gave then; where somebody has edited the object in its other version
//! it gives something else, and the edit stands.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{ConvertError, Fields, path};

/// What is kept of one object.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Keep(Vec<Change>);

/// One place that a conversion does not bring back.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Change {
    at: Vec<Step>,
    /// What was there; nothing where there was nothing.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    had: Option<Value>,
    /// What the conversion alone gives back there.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    gets: Option<Value>,
    /// Instead of both: the order of the elements of the list that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Order>,
}

/// The order of a list's elements, by the field that tells them apart.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    by: String,
    names: Vec<String>,
}

/// `null` is a value, which is something else than no value.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// One step to a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Step {
    /// Into a field of an object.
    Field(String),
    /// Into the element of a list whose field `by` is `is`.
    Named { by: String, is: String },
    /// Into an element of a list of a certain length. Of lists whose elements have no names.
    Numbered { number: usize, of: usize },
}

/// Fields that tell the elements of a list apart, the first that does.
const NAMES: [&str; 8] = [
    "name",
    "class",
    "type",
    "path",
    "hostPath",
    "conditionType",
    "key",
    "from",
];

impl Keep {
    /// What is in the annotation. What cannot be read keeps nothing.
    pub(super) fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As it is written into the annotation.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Everything that has to be changed in what an object gets to be what it had.
    pub(super) fn between(gets: &Fields, had: &Fields) -> Self {
        let mut keep = Self::default();
        keep.compare_fields(gets, had, &mut Vec::new());
        keep
    }

    /// In the order of the alphabet, so that what is kept does not depend on how a client orders its fields: a write that
    /// changes nothing has to change nothing here either.
    fn compare_fields(&mut self, gets: &Fields, had: &Fields, at: &mut Vec<Step>) {
        let names: BTreeSet<&String> = gets.keys().chain(had.keys()).collect();
        for name in names {
            at.push(Step::Field(name.clone()));
            self.compare(gets.get(name), had.get(name), at);
            at.pop();
        }
    }

    fn compare(&mut self, gets: Option<&Value>, had: Option<&Value>, at: &mut Vec<Step>) {
        if gets == had {
            return;
        }
        match (gets, had) {
            (Some(Value::Object(gets)), Some(Value::Object(had))) => self.compare_fields(gets, had, at),
            (Some(Value::Array(gets)), Some(Value::Array(had)))
                if gets.len() == had.len() && self.compare_elements(gets, had, at) => {}
            (gets, had) => self.0.push(Change {
                at: at.clone(),
                had: had.map(ordered),
                gets: gets.map(ordered),
                order: None,
            }),
        }
    }

    /// Compares lists of the same length; whether that was possible.
    fn compare_elements(&mut self, gets: &[Value], had: &[Value], at: &mut Vec<Step>) -> bool {
        let names = NAMES
            .into_iter()
            .find_map(|by| Some((by, names(by, gets)?, names(by, had)?)));
        let Some((by, gets_names, had_names)) = names else {
            let of = had.len();
            for (number, (gets, had)) in gets.iter().zip(had).enumerate() {
                at.push(Step::Numbered { number, of });
                self.compare(Some(gets), Some(had), at);
                at.pop();
            }
            return true;
        };
        let mut pairs = Vec::with_capacity(had.len());
        for (name, had) in had_names.iter().zip(had) {
            match gets_names.iter().position(|gets| gets == name) {
                Some(index) => pairs.push((*name, gets.get(index), had)),
                None => return false,
            }
        }
        for (name, gets, had) in pairs {
            let (by, is) = (by.to_owned(), name.to_owned());
            at.push(Step::Named { by, is });
            self.compare(gets, Some(had), at);
            at.pop();
        }
        if gets_names != had_names {
            let names = had_names.into_iter().map(str::to_owned).collect();
            let by = by.to_owned();
            self.0.push(Change {
                at: at.clone(),
                order: Some(Order { by, names }),
                ..Change::default()
            });
        }
        true
    }

    /// Puts back what can be, as the header says.
    pub(super) fn put_back(self, object: &mut Fields) {
        if self.0.is_empty() {
            return;
        }
        let mut whole = Value::Object(std::mem::take(object));
        for mut change in self.0 {
            let at = std::mem::take(&mut change.at);
            put_back(&mut whole, &at, change);
        }
        if let Value::Object(fields) = whole {
            *object = fields;
        }
    }
}

fn ordered(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

/// What that field says in each element, where it tells them apart.
fn names<'v>(by: &str, elements: &'v [Value]) -> Option<Vec<&'v str>> {
    let name = |element: &'v Value| element.get(by).and_then(Value::as_str);
    let names: Vec<&str> = elements.iter().map(name).collect::<Option<_>>()?;
    let different: BTreeSet<&str> = names.iter().copied().collect();
    (different.len() == names.len()).then_some(names)
}

fn put_back(value: &mut Value, at: &[Step], change: Change) {
    match (at, value) {
        ([], Value::Array(elements)) if change.order.is_some() => {
            if let Some(order) = &change.order {
                elements.sort_by_key(|element| order.place(element));
            }
        }
        ([], value) => {
            if let Some(had) = change.had
                && change.gets.as_ref() == Some(value)
            {
                *value = had;
            }
        }
        ([Step::Field(name)], Value::Object(fields)) if change.order.is_none() => {
            if let (None, Some(had), Some(now)) = (&change.gets, &change.had, fields.get_mut(name)) {
                fill(now, had);
            } else if fields.get(name) == change.gets.as_ref() {
                match change.had {
                    Some(had) => drop(fields.insert(name.clone(), had)),
                    None => drop(fields.shift_remove(name)),
                }
            }
        }
        ([Step::Field(name), rest @ ..], Value::Object(fields)) => {
            if let Some(value) = fields.get_mut(name) {
                put_back(value, rest, change);
            }
        }
        ([Step::Named { by, is }, rest @ ..], Value::Array(elements)) => {
            let is_named = |element: &&mut Value| element.get(by).and_then(Value::as_str) == Some(is);
            if let Some(element) = elements.iter_mut().find(is_named) {
                put_back(element, rest, change);
            }
        }
        ([Step::Numbered { number, of }, rest @ ..], Value::Array(elements)) if elements.len() == *of => {
            if let Some(element) = elements.get_mut(*number) {
                put_back(element, rest, change);
            }
        }
        // Somebody has put something else there.
        ([_, ..], _) => {}
    }
}

/// Where all of an object was missing and some of it is there now, the rest of it is still missing.
fn fill(now: &mut Value, had: &Value) {
    if let (Value::Object(now), Value::Object(had)) = (now, had) {
        for (name, had) in had {
            match now.get_mut(name) {
                Some(now) => fill(now, had),
                None => drop(now.insert(name.clone(), had.clone())),
            }
        }
    }
}

impl Order {
    /// Where an element belongs; those that were not there then come last, in their own order.
    fn place(&self, element: &Value) -> usize {
        let name = element.get(&self.by).and_then(Value::as_str);
        let place = self.names.iter().position(|known| Some(known.as_str()) == name);
        place.unwrap_or(self.names.len())
    }
}

/// Takes an annotation out of an object.
pub(super) fn take_annotation(object: &mut Fields, name: &str) -> Option<String> {
    let text = path::take_of_metadata(object, "annotations", name)?;
    if object
        .get("metadata")
        .and_then(Value::as_object)
        .is_some_and(Fields::is_empty)
    {
        object.shift_remove("metadata");
    }
    Some(text)
}

/// Writes an annotation into an object.
///
/// # Errors
/// Its metadata is something else than metadata.
pub(super) fn annotate(object: &mut Fields, name: &str, text: String) -> Result<(), ConvertError> {
    if path::put_into_metadata(object, "annotations", name, text) {
        return Ok(());
    }
    Err(ConvertError::Value {
        at: "metadata.annotations".to_owned(),
        reason: "expected a map of texts, to keep there what the other version cannot say".to_owned(),
    })
}

/// A value as an error tells it: never long.
pub(super) fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
