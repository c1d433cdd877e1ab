//! What lists and watches look like on the wire.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::End;
use crate::fault::Fault;
use crate::object::{Identified, Identity};

/// A page of a list. Its objects stay text until each is read by itself.
#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(default)]
    pub(super) metadata: ListMeta,
    #[serde(borrow, default, deserialize_with = "null_is_empty")]
    pub(super) items: Vec<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListMeta {
    pub(super) resource_version: CompactString,
    pub(super) r#continue: Option<CompactString>,
}

/// One line of a watch, understood.
pub(super) enum Line<'a> {
    /// An object was added or changed.
    Object(&'a RawValue),
    /// An object is gone.
    Deleted(Identity),
    /// Everything until this version was told.
    Bookmark(CompactString),
    /// Nothing that means anything here.
    Nothing,
    /// The last line.
    End(Result<End, Fault>),
}

/// Understands one line, or the end of all.
pub(super) fn read_line(line: std::io::Result<Option<&[u8]>>) -> Line<'_> {
    let line = match line {
        Ok(Some(line)) => line,
        Ok(None) => return Line::End(Ok(End::Closed)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Line::End(Ok(End::Closed)),
        Err(error) => return Line::End(Err(Fault::Unreachable(format!("the watch broke: {error}")))),
    };
    if line.iter().all(u8::is_ascii_whitespace) {
        return Line::Nothing;
    }
    let event: WatchEvent<'_> = match serde_json::from_slice(line) {
        Ok(event) => event,
        Err(error) => return Line::End(Err(Fault::Garbled(format!("an event of a watch: {error}")))),
    };
    let identity = || serde_json::from_str(event.object.get()).map(|Identified { metadata }| metadata);
    match event.r#type.as_ref() {
        "ADDED" | "MODIFIED" => Line::Object(event.object),
        "DELETED" => identity().map_or(Line::Nothing, Line::Deleted),
        "BOOKMARK" => identity().map_or(Line::Nothing, |identity| {
            Line::Bookmark(identity.resource_version)
        }),
        "ERROR" => Line::End(error_event(event.object)),
        other => {
            tracing::debug!(event = other, "an event of an unknown type");
            Line::Nothing
        }
    }
}

#[derive(Deserialize)]
struct WatchEvent<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

fn error_event(object: &RawValue) -> Result<End, Fault> {
    let status: kube::core::Status = serde_json::from_str(object.get())
        .map_err(|error| Fault::Garbled(format!("an error event of a watch: {error}")))?;
    match Fault::of_status(&status) {
        Fault::Expired(_) => Ok(End::Expired),
        fault => Err(fault),
    }
}

fn null_is_empty<'de: 'a, 'a, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<&'a RawValue>, D::Error> {
    Ok(Option::<Vec<&'a RawValue>>::deserialize(deserializer)?.unwrap_or_default())
}

/// Continue tokens and versions are opaque: whatever is in them, they stay one value of the query.
pub(crate) fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}
