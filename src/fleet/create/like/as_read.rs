//! A template's object as a server would give it back: with what webhooks fill in, and in the version in which another was read. So
//! neither a default nor a difference of versions is taken for something that somebody has written.

use fleetui_api::convert::{NEW_VERSION, claims, convert};
use fleetui_rules::admission;
use serde_json::Value;

use super::text;
use crate::create::check::{All, defaulted};

/// The object `made` of a template as it would be read beside `read`; `all` are the template's objects. What cannot be converted
/// stays as it is.
pub(super) fn as_read(made: &Value, read: &Value, all: &[Value]) -> Value {
    let kind = text(made, "/kind");
    let Some((group, version)) = text(made, "/apiVersion").split_once('/') else {
        return made.clone();
    };
    let to = |object: Value, version: &str| {
        let converted = convert(group, kind, object.clone(), version, &|_, _| None);
        converted.unwrap_or(object)
    };
    let is_converted = claims(group, kind);
    let stored = if is_converted { NEW_VERSION } else { version };
    let mut object = to(made.clone(), stored);
    if admission::judges(group, stored, kind)
        && let Ok(filled) = defaulted((group, kind), &object, &All(all))
    {
        object = filled;
    }
    match text(read, "/apiVersion").split_once('/') {
        Some((other, wanted)) if is_converted && other == group => to(object, wanted),
        Some(_) | None => object,
    }
}
