//! What reads requests, opened to fuzzing: a function for each way in, which takes bytes of any kind, goes the way that a
//! request goes, and holds what comes of it to what must always be so.
//!
//! The targets of `tests/fuzz` call these functions, and so do the property tests of this room, with inputs of their own
//! making. Compiled for tests and under the feature `fuzzing` alone.
//!
//! Must not know: how inputs are found.

mod encode;
pub(crate) mod jsonpath;
mod kinds;
pub(crate) mod patches;
pub(crate) mod protobuf;
pub(crate) mod schemas;
mod selectors;
mod yaml;

use serde_json::Value;

use crate::request::strict;

/// Patches of the three kinds, and applied configurations: a byte for which it is, one for the kind of object, the object and
/// the patch with a NUL between them.
///
/// # Panics
///
/// Where a patch that was made leaves what it may not.
pub fn patches(data: &[u8]) {
    patches::run(data);
}

/// Query strings, selectors, paths, continue tokens and `Accept` headers, all of the same text.
///
/// # Panics
///
/// Where a selector selects other objects when it is said twice.
pub fn selectors(data: &[u8]) {
    selectors::run(data);
}

/// Bodies in protobuf: a byte for the kind, and its message; or a whole body, which begins as such bodies do.
///
/// # Panics
///
/// Where what was read is not the same once it is written and read again.
pub fn protobuf(data: &[u8]) {
    protobuf::run(data);
}

/// Bodies in YAML and JSON.
///
/// # Panics
///
/// Where what was read is too large or too deep, or not the same once it is written and read again.
pub fn yaml(data: &[u8]) {
    yaml::run(data);
}

/// A path and a document with a NUL between them.
///
/// # Panics
///
/// Where a path finds more than it may.
pub fn jsonpath(data: &[u8]) {
    jsonpath::run(data);
}

/// An `openAPIV3Schema`, an object, and perhaps the object that it replaces, with NULs between them.
///
/// # Panics
///
/// Where what is done to an object for its schema is not done at once.
pub fn schemas(data: &[u8]) {
    schemas::run(data);
}

/// Inputs from which the search may start, by the name of the function that takes them; none for other names.
pub fn seeds(of: &str) -> Vec<Vec<u8>> {
    match of {
        "patches" => patches::seeds(),
        "selectors" => selectors::seeds(),
        "protobuf" => protobuf::seeds(),
        "yaml" => yaml::seeds(),
        "jsonpath" => jsonpath::seeds(),
        "schemas" => schemas::seeds(),
        _ => Vec::new(),
    }
}

/// The texts of an input, with a NUL between them; those that are not there are empty.
fn texts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// One of several, as a byte chooses.
fn pick<T>(from: &[T], choice: u8) -> Option<&T> {
    from.get(usize::from(choice).checked_rem(from.len())?)
}

/// A JSON object, as bodies may hold it.
fn object(text: &[u8]) -> Option<Value> {
    let read = strict::json(text).ok()?.object;
    read.is_object().then_some(read)
}

/// Both are the same; else it is told where they differ, which in whole objects would not be found.
fn assert_same(one: &Value, other: &Value, what: &str) {
    assert!(one == other, "{what}, but: {:?}", json_patch::diff(one, other));
}

#[cfg(test)]
mod tests;
