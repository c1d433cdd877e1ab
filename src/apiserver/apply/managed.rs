//! `metadata.managedFields`: who owns which fields, as entries of a book and as JSON.

use std::cmp::Ordering;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::fields::{FieldSet, FieldsError};
use crate::object::timestamp;

/// How an owner writes. The order is that of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    /// It says what the object should be.
    Apply,
    /// It says what the object is.
    Update,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// Who owns fields. Who applies is the same in all versions; who updates is another one in each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    /// The manager's name.
    pub(crate) manager: CompactString,
    /// How it writes.
    pub(crate) operation: Operation,
    /// In which version; empty for who applies.
    pub(crate) api_version: CompactString,
    /// Through which subresource; empty for none.
    pub(crate) subresource: CompactString,
}

impl Owner {
    /// An owner.
    pub(crate) fn new(manager: &str, operation: Operation, api_version: &str, subresource: &str) -> Self {
        let api_version = match operation {
            Operation::Apply => CompactString::default(),
            Operation::Update => api_version.into(),
        };
        Self {
            manager: manager.into(),
            operation,
            api_version,
            subresource: subresource.into(),
        }
    }

    /// The owner as a conflict with it is told.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {:?}", self.subresource);
        }
        match self.operation {
            Operation::Apply => text,
            Operation::Update => format!("{text} using {}", self.api_version),
        }
    }
}

/// What one owner owns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry<'a> {
    /// Who.
    pub(crate) owner: Owner,
    /// The version in which the fields are told.
    pub(crate) api_version: CompactString,
    /// When it last changed something.
    pub(crate) time: Option<Timestamp>,
    /// The fields.
    pub(crate) fields: FieldSet,
    /// The fields as they were read; absent once they changed.
    written: Option<&'a Value>,
}

impl Entry<'_> {
    /// What `owner` owns from now on.
    pub(crate) fn new(owner: Owner, api_version: &str, fields: FieldSet) -> Self {
        Self {
            owner,
            api_version: api_version.into(),
            time: None,
            fields,
            written: None,
        }
    }

    /// Lets `change` work on the fields; it tells whether they changed.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut FieldSet) -> bool) {
        if change(&mut self.fields) {
            self.written = None;
        }
    }

    fn to_value(&self) -> Value {
        let mut entry = Map::new();
        let mut text = |field: &str, value: &str| {
            if !value.is_empty() {
                entry.insert(field.to_owned(), Value::String(value.to_owned()));
            }
        };
        text("manager", &self.owner.manager);
        text("operation", self.owner.operation.as_str());
        text("apiVersion", &self.api_version);
        text("time", &self.time.map(timestamp).unwrap_or_default());
        text("fieldsType", "FieldsV1");
        let fields = match self.written {
            Some(written) => written.clone(),
            None => self.fields.to_fields_v1(),
        };
        entry.insert("fieldsV1".to_owned(), fields);
        if !self.owner.subresource.is_empty() {
            let subresource = self.owner.subresource.to_string();
            entry.insert("subresource".to_owned(), Value::String(subresource));
        }
        Value::Object(entry)
    }

    /// Upstream's order in an object: appliers first, then by time.
    fn order(&self, other: &Self) -> Ordering {
        let seconds = |entry: &Self| entry.time.map_or(0, Timestamp::as_second);
        self.owner
            .operation
            .cmp(&other.owner.operation)
            .then_with(|| seconds(self).cmp(&seconds(other)))
            .then_with(|| self.owner.manager.cmp(&other.owner.manager))
            .then_with(|| self.api_version.cmp(&other.api_version))
            .then_with(|| self.owner.subresource.cmp(&other.owner.subresource))
    }
}

/// `managedFields` that are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ManagedFieldsError {
    /// They are no list of entries.
    #[error("managedFields is not a list of entries")]
    NoList,
    /// An entry has another operation.
    #[error("operation must be `Apply` or `Update`")]
    Operation,
    /// An entry has no version.
    #[error("apiVersion must not be empty")]
    NoVersion,
    /// An entry does not say in which form its fields are.
    #[error("missing fieldsType in managed fields entry {0}")]
    NoFieldsType(usize),
    /// An entry has its fields in another form.
    #[error("invalid fieldsType {0:?} in managed fields entry {1}")]
    FieldsType(String, usize),
    /// An entry's time is none.
    #[error("the time {0:?} of a managed fields entry cannot be read")]
    Time(String),
    /// An entry's fields are no set.
    #[error("error decoding set: {0}")]
    Fields(#[from] FieldsError),
}

/// The book of one object. What does not change in it is kept as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Managed<'a> {
    entries: Vec<Entry<'a>>,
}

impl<'a> Managed<'a> {
    /// Reads `metadata.managedFields`.
    pub(crate) fn read(value: &'a Value) -> Result<Self, ManagedFieldsError> {
        let list = match value {
            Value::Array(list) => list,
            Value::Null => return Ok(Self::default()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(ManagedFieldsError::NoList);
            }
        };
        let mut book = Self::default();
        for (place, entry) in list.iter().enumerate() {
            book.put(read_entry(entry, place)?);
        }
        Ok(book)
    }

    /// As `metadata.managedFields`; none where there is no entry.
    pub(crate) fn to_value(&self) -> Option<Value> {
        if self.entries.is_empty() {
            return None;
        }
        let mut entries: Vec<&Entry<'a>> = self.entries.iter().collect();
        entries.sort_by(|one, other| one.order(other));
        Some(entries.into_iter().map(Entry::to_value).collect())
    }

    /// Whether nobody owns anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries.
    pub(crate) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The entries, to be changed.
    pub(crate) fn entries_mut(&mut self) -> &mut [Entry<'a>] {
        &mut self.entries
    }

    /// The entry of an owner.
    pub(crate) fn of(&self, owner: &Owner) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.owner == *owner)
    }

    /// The entry of an owner, to be changed.
    pub(crate) fn of_mut(&mut self, owner: &Owner) -> Option<&mut Entry<'a>> {
        self.entries.iter_mut().find(|entry| entry.owner == *owner)
    }

    /// Takes the entry of an owner out.
    pub(crate) fn take(&mut self, owner: &Owner) -> Option<Entry<'a>> {
        let place = self.entries.iter().position(|entry| entry.owner == *owner)?;
        Some(self.entries.swap_remove(place))
    }

    /// Adds an entry, or replaces that of its owner.
    pub(crate) fn put(&mut self, entry: Entry<'a>) {
        match self.of_mut(&entry.owner) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Lets entries go that own nothing.
    pub(crate) fn drop_empty(&mut self) {
        self.entries.retain(|entry| !entry.fields.is_empty());
    }
}

fn read_entry(entry: &Value, place: usize) -> Result<Entry<'_>, ManagedFieldsError> {
    if !entry.is_object() {
        return Err(ManagedFieldsError::NoList);
    }
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
    let operation = match text("operation") {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return Err(ManagedFieldsError::Operation),
    };
    let api_version = text("apiVersion");
    if api_version.is_empty() {
        return Err(ManagedFieldsError::NoVersion);
    }
    match text("fieldsType") {
        "FieldsV1" => {}
        "" => return Err(ManagedFieldsError::NoFieldsType(place)),
        other => return Err(ManagedFieldsError::FieldsType(other.to_owned(), place)),
    }
    let time = match text("time") {
        "" => None,
        time => Some(
            time.parse()
                .map_err(|_| ManagedFieldsError::Time(time.to_owned()))?,
        ),
    };
    let written = entry.get("fieldsV1");
    let fields = written.map(FieldSet::from_fields_v1).transpose()?;
    Ok(Entry {
        owner: Owner::new(text("manager"), operation, api_version, text("subresource")),
        api_version: api_version.into(),
        time,
        fields: fields.unwrap_or_default(),
        written,
    })
}

/// Whether two `managedFields` say the same, whenever it was done. Their order follows from the times and does not count.
pub(crate) fn same_but_for_times(one: Option<&Value>, other: Option<&Value>) -> bool {
    let (one, other) = (list(one), list(other));
    one.len() == other.len()
        && one
            .iter()
            .all(|entry| other.iter().any(|known| same_entry(entry, known)))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn same_entry(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return one == other;
    };
    let told = |map: &Map<String, Value>| map.len() - usize::from(map.contains_key("time"));
    told(one) == told(other)
        && one
            .iter()
            .filter(|(field, _)| *field != "time")
            .all(|(field, value)| other.get(field) == Some(value))
}

/// Whether a client asks for the book to be emptied: a list of nothing, or of one empty entry.
pub(crate) fn is_reset(value: &Value) -> bool {
    match value.as_array().map(Vec::as_slice) {
        Some([]) => true,
        Some([one]) => one.as_object().is_some_and(Map::is_empty),
        Some([_, _, ..]) | None => false,
    }
}

#[cfg(test)]
mod tests;
