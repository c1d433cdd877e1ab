//! The versions of a custom resource: in which its objects are stored, what each looks like, how one becomes another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use fleetui_base::ObjectName;
use serde_json::Value;

use crate::schema::{Schema, WrittenSchema};

/// How many converted objects are kept for the next who asks.
const KEPT: usize = 256;

/// How one version becomes another, as the definition has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Only `apiVersion` changes.
    Rename,
    /// A webhook would say.
    Webhook,
}

/// What all versions of a custom resource share.
#[derive(Debug)]
pub(crate) struct Form {
    /// The version in which objects are stored from now on. Older ones may be stored in another.
    pub(crate) storage: String,
    /// How one version becomes another.
    pub(crate) strategy: Strategy,
    schemas: BTreeMap<String, Arc<Schema>>,
    /// The definition's labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// The revision since which the schemas are as they are: what is written later has all defaults.
    pub(crate) since: u64,
    /// Objects that were converted lately.
    pub(crate) recent: Recent,
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.storage == other.storage
            && self.strategy == other.strategy
            && self.schemas == other.schemas
            && self.labels == other.labels
    }
}

impl Form {
    /// Reads it from a definition that was written at a revision. What `before` knew of the same schemas stays known.
    pub(crate) fn read(definition: &Value, storage: &str, since: u64, before: Option<&Self>) -> Self {
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
        let schemas: BTreeMap<String, Arc<Schema>> = versions
            .into_iter()
            .flatten()
            .filter_map(|version| {
                let name = version.get("name")?.as_str()?;
                let written = WrittenSchema::new(version.pointer("/schema/openAPIV3Schema")?);
                let known = before
                    .and_then(|before| before.schemas.get(name))
                    .filter(|known| *known.written() == written);
                let schema = known.map_or_else(|| Arc::new(Schema::new(written)), Arc::clone);
                Some((name.to_owned(), schema))
            })
            .collect();
        let webhook = definition
            .pointer("/spec/conversion/strategy")
            .and_then(Value::as_str)
            == Some("Webhook");
        let since = before
            .filter(|before| before.schemas == schemas)
            .map_or(since, |before| before.since);
        Self {
            storage: storage.to_owned(),
            strategy: if webhook {
                Strategy::Webhook
            } else {
                Strategy::Rename
            },
            schemas,
            labels: labels(definition),
            since,
            recent: Recent::default(),
        }
    }

    /// The versions, served or not.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// The schema of a version.
    pub(crate) fn schema(&self, version: &str) -> Option<&Arc<Schema>> {
        self.schemas.get(version)
    }
}

fn labels(definition: &Value) -> BTreeMap<String, String> {
    let labels = definition.pointer("/metadata/labels").and_then(Value::as_object);
    let texts = labels
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    texts.collect()
}

/// Texts of objects that were told in another form than they are stored in: version, revision, revision that was told.
type Told<'a> = (&'a str, u64, u64);

/// The newest of such texts.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    version: String,
    revisions: (u64, u64),
    name: ObjectName,
    text: Bytes,
}

impl Recent {
    /// The text of an object, where it is kept.
    pub(crate) fn get(&self, (version, stored, told): Told<'_>, name: &ObjectName) -> Option<Bytes> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .iter()
            .rev()
            .find(|entry| {
                entry.revisions == (stored, told) && entry.version == version && entry.name == *name
            })
            .map(|entry| entry.text.clone())
    }

    /// Keeps a text; the oldest goes.
    pub(crate) fn put(&self, (version, stored, told): Told<'_>, name: &ObjectName, text: &Bytes) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= KEPT {
            entries.pop_front();
        }
        entries.push_back(Entry {
            version: version.to_owned(),
            revisions: (stored, told),
            name: name.clone(),
            text: text.clone(),
        });
    }
}
