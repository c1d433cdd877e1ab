//! An object as the store holds it: its JSON text, and the few facts that are asked for without parsing it.
//!
//! The text is written with `metadata.resourceVersion` first in `metadata`, at a place that is remembered, so that the
//! writer can stamp a revision, and a watch can restamp one, by copying bytes. Nothing of it is kept parsed but what the
//! store itself asks for: memory is bounded by texts.

use bytes::Bytes;
use compact_str::CompactString;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::Key;
use super::checksum::checksum;

const STAMP_HEAD: &str = "\"resourceVersion\":\"";
const STAMP_TAIL: &str = "\",";

/// An owner reference, as far as garbage collection cares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Owner {
    /// The owner's uid.
    #[serde(default)]
    pub(crate) uid: CompactString,
    /// Whether a foreground deletion of the owner waits for this object.
    #[serde(default)]
    pub(crate) block_owner_deletion: bool,
}

/// What is known of an object without parsing it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meta {
    /// Its uid.
    #[serde(default)]
    pub(crate) uid: CompactString,
    /// Its labels.
    #[serde(default, deserialize_with = "labels")]
    pub(crate) labels: Box<[(CompactString, CompactString)]>,
    /// Its owners.
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) owner_references: Box<[Owner]>,
    /// Its finalizers.
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) finalizers: Box<[CompactString]>,
    /// When its deletion was asked for.
    #[serde(default)]
    pub(crate) deletion_timestamp: Option<CompactString>,
}

impl Meta {
    /// The value of a label.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels
            .iter()
            .find(|(label, _)| label == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the object carries this finalizer.
    pub(crate) fn has_finalizer(&self, name: &str) -> bool {
        self.finalizers.iter().any(|finalizer| finalizer == name)
    }

    /// Whether its deletion was asked for.
    pub(crate) fn deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

fn labels<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Box<[(CompactString, CompactString)]>, D::Error> {
    let map: Option<std::collections::BTreeMap<CompactString, CompactString>> =
        Deserialize::deserialize(deserializer)?;
    Ok(map.unwrap_or_default().into_iter().collect())
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// An object that cannot be stored.
#[derive(Debug, Error)]
pub(crate) enum DraftError {
    /// There is no `metadata` with a name in it.
    #[error("the object has no metadata")]
    NoMetadata,
    /// A part of it is not what every object has there.
    #[error("the object cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// An object ready to be written; only its revision is missing.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    bytes: Vec<u8>,
    revision_at: usize,
    meta: Meta,
}

impl Draft {
    /// Encodes `object`; a resourceVersion in it is left out.
    pub(crate) fn encode(object: &Value) -> Result<Self, DraftError> {
        let fields = object.as_object().ok_or(DraftError::NoMetadata)?;
        let whole_metadata = fields.get("metadata").ok_or(DraftError::NoMetadata)?;
        let metadata = whole_metadata.as_object().ok_or(DraftError::NoMetadata)?;
        let mut bytes = Vec::with_capacity(1024);
        bytes.push(b'{');
        for field in ["apiVersion", "kind"] {
            if let Some(value) = fields.get(field) {
                push_field(&mut bytes, field, value)?;
                bytes.push(b',');
            }
        }
        bytes.extend_from_slice(b"\"metadata\":{");
        let revision_at = bytes.len();
        for (field, value) in metadata.iter().filter(|(field, _)| *field != "resourceVersion") {
            if bytes.len() > revision_at {
                bytes.push(b',');
            }
            push_field(&mut bytes, field, value)?;
        }
        if bytes.len() == revision_at {
            return Err(DraftError::NoMetadata);
        }
        bytes.push(b'}');
        for (field, value) in fields {
            if !matches!(field.as_str(), "apiVersion" | "kind" | "metadata") {
                bytes.push(b',');
                push_field(&mut bytes, field, value)?;
            }
        }
        bytes.push(b'}');
        Ok(Self {
            bytes,
            revision_at,
            meta: Meta::deserialize(whole_metadata)?,
        })
    }

    /// The object with its revision.
    pub(crate) fn stamp(self, key: Key, revision: u64) -> Stored {
        let stamp = format!("{STAMP_HEAD}{revision}{STAMP_TAIL}");
        let (head, tail) = self.bytes.split_at(self.revision_at);
        Stored {
            key,
            bytes: [head, stamp.as_bytes(), tail].concat().into(),
            revision,
            revision_at: self.revision_at,
            meta: self.meta,
        }
    }
}

fn push_field(bytes: &mut Vec<u8>, field: &str, value: &Value) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *bytes, field)?;
    bytes.push(b':');
    serde_json::to_writer(bytes, value)
}

/// One state of one object.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Where it is.
    pub(crate) key: Key,
    /// Its JSON text, resourceVersion included.
    pub(crate) bytes: Bytes,
    /// The revision that made it so.
    pub(crate) revision: u64,
    revision_at: usize,
    /// What is known without parsing.
    pub(crate) meta: Meta,
}

impl Stored {
    /// The object, parsed.
    pub(crate) fn value(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.bytes)
    }

    /// The text with another revision in it: how a watch tells that an object left its selection.
    pub(crate) fn restamped(&self, revision: u64) -> Bytes {
        let (head, tail) = self.around_stamp();
        let stamp = format!("{STAMP_HEAD}{revision}{STAMP_TAIL}");
        [head, stamp.as_bytes(), tail].concat().into()
    }

    /// The same state under another revision: what is told of an object when it is deleted.
    pub(super) fn at(&self, revision: u64) -> Self {
        Self {
            key: self.key.clone(),
            bytes: self.restamped(revision),
            revision,
            revision_at: self.revision_at,
            meta: self.meta.clone(),
        }
    }

    /// Whether writing `draft` would change nothing.
    pub(crate) fn is(&self, draft: &Draft) -> bool {
        let (head, tail) = self.around_stamp();
        self.revision_at == draft.revision_at
            && draft.bytes.len() == head.len() + tail.len()
            && draft.bytes.starts_with(head)
            && draft.bytes.ends_with(tail)
    }

    fn around_stamp(&self) -> (&[u8], &[u8]) {
        let digits = self.revision.checked_ilog10().unwrap_or(0) as usize + 1;
        let end = self.revision_at + STAMP_HEAD.len() + digits + STAMP_TAIL.len();
        let bytes: &[u8] = &self.bytes;
        (
            bytes.get(..self.revision_at).unwrap_or_default(),
            bytes.get(end..).unwrap_or_default(),
        )
    }

    /// The checksum that its record carries under `key`.
    pub(super) fn checksum(&self, key: &[u8]) -> u32 {
        let head = self.record_head();
        checksum(&[key, &head, &self.bytes])
    }

    /// What the database holds under `key`: checksum, revision, place of the stamp, text. Answers with the checksum, too.
    pub(crate) fn to_record(&self, key: &[u8]) -> (Vec<u8>, u32) {
        let head = self.record_head();
        let checksum = checksum(&[key, &head, &self.bytes]);
        let record = [&checksum.to_be_bytes()[..], &head, &self.bytes].concat();
        (record, checksum)
    }

    fn record_head(&self) -> [u8; 12] {
        let place = u32::try_from(self.revision_at).unwrap_or(u32::MAX);
        let mut head = [0; 12];
        let (revision, rest) = head.split_at_mut(8);
        revision.copy_from_slice(&self.revision.to_be_bytes());
        rest.copy_from_slice(&place.to_be_bytes());
        head
    }

    /// Reads what [`Stored::to_record`] wrote under `key_bytes`, which `key` was read from. Answers with the checksum, too.
    pub(crate) fn from_record(key: Key, key_bytes: &[u8], record: &[u8]) -> Result<(Self, u32), String> {
        let (sum, content) = record.split_first_chunk::<4>().ok_or("is too short")?;
        let sum = u32::from_be_bytes(*sum);
        if checksum(&[key_bytes, content]) != sum {
            return Err("does not have its checksum".to_owned());
        }
        let (revision, rest) = content.split_first_chunk::<8>().ok_or("is too short")?;
        let (place, text) = rest.split_first_chunk::<4>().ok_or("is too short")?;
        let (revision, place) = (u64::from_be_bytes(*revision), u32::from_be_bytes(*place));
        let stored = Self::from_text(key, Bytes::copy_from_slice(text), revision, place)?;
        Ok((stored, sum))
    }

    /// An object whose text is already stamped with `revision` at `place`.
    pub(super) fn from_text(key: Key, text: Bytes, revision: u64, place: u32) -> Result<Self, String> {
        let read: OnlyMeta =
            serde_json::from_slice(&text).map_err(|error| format!("cannot be read: {error}"))?;
        let stored = Self {
            key,
            bytes: text,
            revision,
            revision_at: place as usize,
            meta: read.metadata,
        };
        let stamp = format!("{STAMP_HEAD}{revision}{STAMP_TAIL}");
        let stamped = stored.bytes.get(stored.revision_at..);
        if stamped.is_some_and(|rest| rest.starts_with(stamp.as_bytes())) {
            Ok(stored)
        } else {
            Err("does not say its own revision".to_owned())
        }
    }

    /// Where in the text the stamp is.
    pub(super) fn stamp_place(&self) -> usize {
        self.revision_at
    }
}

#[derive(Deserialize)]
struct OnlyMeta {
    metadata: Meta,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::logical::LogicalCluster;
    use crate::storage::CollectionKey;

    fn key() -> Key {
        let collection: Arc<CollectionKey> = CollectionKey::new(&LogicalCluster::root(), "", "configmaps");
        Key::new(&collection, "default", "one")
    }

    #[test]
    fn a_draft_gets_its_revision_and_can_get_another() {
        let object = json!({
            "data": {"a": "b"},
            "metadata": {"name": "one", "resourceVersion": "7", "labels": {"x": "y"}},
            "kind": "ConfigMap",
            "apiVersion": "v1",
        });
        let draft = Draft::encode(&object).unwrap();
        let stored = draft.clone().stamp(key(), 1234);
        assert_eq!(
            std::str::from_utf8(&stored.bytes).unwrap(),
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"resourceVersion":"1234","name":"one","labels":{"x":"y"}},"data":{"a":"b"}}"#
        );
        assert!(stored.is(&draft));
        let restamped: Value = serde_json::from_slice(&stored.restamped(99)).unwrap();
        assert_eq!(restamped["metadata"]["resourceVersion"], "99");
        assert_eq!(stored.meta.label("x"), Some("y"));
        let mut other = object;
        other["data"]["a"] = json!("c");
        assert!(!stored.is(&Draft::encode(&other).unwrap()));
        let key_bytes = key().to_bytes();
        let (record, checksum) = stored.to_record(&key_bytes);
        let (back, read) = Stored::from_record(key(), &key_bytes, &record).unwrap();
        assert_eq!(
            (back.revision, &back.bytes, &back.meta),
            (1234, &stored.bytes, &stored.meta)
        );
        assert_eq!((read, stored.checksum(&key_bytes)), (checksum, checksum));
        for bit in 0..record.len() * 8 {
            let mut damaged = record.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(
                Stored::from_record(key(), &key_bytes, &damaged).is_err(),
                "bit {bit}"
            );
        }
        assert!(Stored::from_record(key(), b"another", &record).is_err());
    }

    #[test]
    fn an_object_without_metadata_is_refused() {
        for object in [
            json!({}),
            json!({"metadata": {}}),
            json!({"metadata": {"resourceVersion": "1"}}),
            json!([]),
        ] {
            assert!(Draft::encode(&object).is_err(), "{object}");
        }
    }
}
