//! Bodies in Kubernetes' protobuf: four bytes, then a `runtime.Unknown` that names the type and holds the message.
//!
//! Go clients send built-in kinds so and do not fall back. A body becomes the JSON that Go would write for it, by the table
//! of types; fields that the table does not know are skipped, as protobuf wants it. Answers are JSON, but for the one
//! `Status` that says so to a client that takes protobuf alone.
//!
//! Must not know: requests, resources, storage.

mod message;
mod status;
mod wire;

pub(crate) use status::encode as status;
pub(crate) use wire::put_bytes;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::types::{self, Message};
use message::Budget;
use wire::{Reader, Wire};

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// What every message starts with.
const MAGIC: &[u8] = b"k8s\0";

/// Why a body could not be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// It does not start with the four bytes.
    #[error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")]
    Prefix,
    /// It ends in the middle.
    #[error("proto: unexpected end of the message")]
    Truncated,
    /// A number, a length or a tag that cannot be.
    #[error("proto: illegal tag, length or number")]
    Malformed,
    /// A field that is written in another way than its type.
    #[error("proto: wrong wireType for field {0}")]
    WireType(&'static str),
    /// A text that is none.
    #[error("proto: field {0} contains invalid UTF-8")]
    Utf8(&'static str),
    /// JSON inside that is none.
    #[error("couldn't read the JSON in field {0}: {1}")]
    Json(&'static str, String),
    /// Messages in messages without end.
    #[error("proto: exceeded max depth")]
    Depth,
    /// More values than an object of this length has.
    #[error("proto: too many values")]
    Size,
    /// The content is not a message but something else.
    #[error("unsupported content type or encoding inside the protobuf envelope: {0:?}")]
    Content(String),
    /// No such kind in the table.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    Kind {
        /// What the envelope names.
        api_version: String,
        /// What the envelope names.
        kind: String,
    },
}

/// Reads a body; one that does not name its type is taken for `default` (apiVersion and kind).
pub(crate) fn object(body: &[u8], default: Option<(&str, &str)>) -> Result<Value, DecodeError> {
    let mut budget = Budget::default();
    enveloped(body, default, 0, &mut budget)
}

/// What the envelope says.
#[derive(Default)]
struct Envelope<'a> {
    api_version: &'a str,
    kind: &'a str,
    raw: &'a [u8],
}

fn enveloped(
    body: &[u8],
    default: Option<(&str, &str)>,
    depth: usize,
    budget: &mut Budget,
) -> Result<Value, DecodeError> {
    let mut envelope = envelope(body)?;
    if envelope.kind.is_empty()
        && let Some((api_version, kind)) = default
    {
        (envelope.api_version, envelope.kind) = (api_version, kind);
    }
    let Envelope {
        api_version,
        kind,
        raw,
    } = envelope;
    let message = type_of(api_version, kind).ok_or_else(|| DecodeError::Kind {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
    })?;
    let mut object = Map::new();
    object.insert("kind".to_owned(), Value::from(kind));
    object.insert("apiVersion".to_owned(), Value::from(api_version));
    object.extend(message::fields(raw, message, depth + 1, budget)?);
    Ok(Value::Object(object))
}

/// The type that an envelope names. Every group has the options of `meta.k8s.io` as its own.
fn type_of(api_version: &str, kind: &str) -> Option<&'static Message> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match kind {
        "DeleteOptions" | "Status" => types::of("meta.k8s.io", "v1", kind),
        _ => types::of(group, version, kind),
    }
}

fn envelope(body: &[u8]) -> Result<Envelope<'_>, DecodeError> {
    let mut reader = Reader::new(body.strip_prefix(MAGIC).ok_or(DecodeError::Prefix)?);
    let mut envelope = Envelope::default();
    while let Some((number, wire)) = reader.next()? {
        match (number, wire) {
            (1, Wire::Bytes(bytes)) => {
                let mut inner = Reader::new(bytes);
                while let Some((number, wire)) = inner.next()? {
                    match number {
                        1 => envelope.api_version = wire.text("typeMeta.apiVersion")?,
                        2 => envelope.kind = wire.text("typeMeta.kind")?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => envelope.raw = bytes,
            (1 | 2, _) => return Err(DecodeError::WireType("Unknown")),
            (3 | 4, wire) => {
                let text = wire.text("contentType")?;
                if !matches!(text, "" | MEDIA_TYPE) {
                    return Err(DecodeError::Content(text.to_owned()));
                }
            }
            _ => {}
        }
    }
    Ok(envelope)
}

#[cfg(test)]
mod tests;
