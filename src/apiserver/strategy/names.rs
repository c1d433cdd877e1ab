//! Names, and the form of `metadata`.

use rand::Rng;
use serde_json::{Map, Value};

use crate::object::{finalizers, metadata, metadata_text};
use crate::registry::{Resource, custom};
use crate::selector::labels;
use crate::status::Cause;

/// Characters of generated names: no vowels, so that no words come about, and nothing that looks like something else.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// How many characters follow a `generateName`.
const SUFFIX: usize = 5;

/// The longest prefix that leaves room for the suffix in 63 characters.
const LONGEST_PREFIX: usize = 63 - SUFFIX;

/// The most bytes that an object's annotations may have together, as upstream.
const LARGEST_ANNOTATIONS: usize = 256 * 1024;

/// A name made from a `generateName`.
pub(crate) fn generate(prefix: &str) -> String {
    let mut random = rand::rng();
    let mut name: String = prefix.chars().take(LONGEST_PREFIX).collect();
    for _ in 0..SUFFIX {
        let index = random.random_range(0..ALPHABET.len());
        name.push(ALPHABET.get(index).copied().map_or('x', char::from));
    }
    name
}

/// Checks the name of an object.
pub(super) fn check(resource: &Resource, object: &Value) -> Option<Cause> {
    let name = metadata_text(object, "name");
    if name.is_empty() {
        return Some(Cause::required(
            "metadata.name",
            "name or generateName is required",
        ));
    }
    if super::access::has_free_names(resource) {
        let message = "may not be '.' or '..', and may not contain '/' or '%'";
        let quoted = format!("{name:?}");
        return (!super::access::fits_into_path(name))
            .then(|| Cause::invalid("metadata.name", &quoted, message));
    }
    let label = resource.is("", "namespaces");
    let quoted = format!("{name:?}");
    let lettered = name.starts_with(|first: char| first.is_ascii_lowercase());
    if resource.is("", "services") && !(labels::is_dns_label(name) && lettered && name.len() <= 63) {
        return Some(Cause::invalid(
            "metadata.name",
            &quoted,
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        ));
    }
    // The names of its Jobs are longer by eleven characters.
    if resource.is("batch", "cronjobs") && name.len() > 52 {
        return Some(Cause::invalid(
            "metadata.name",
            &quoted,
            "must be no more than 52 characters",
        ));
    }
    if label && !(labels::is_dns_label(name) && name.len() <= 63) {
        return Some(Cause::invalid(
            "metadata.name",
            &quoted,
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ));
    }
    if !is_subdomain(name) {
        return Some(Cause::invalid(
            "metadata.name",
            &quoted,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ));
    }
    None
}

/// Checks that labels, annotations, owner references and finalizers have the form that every client expects.
pub(super) fn check_metadata(resource: &Resource, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    for field in ["labels", "annotations"] {
        match metadata(object, field) {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) if map.values().all(Value::is_string) => {
                causes.extend(check_map(field, map));
            }
            Some(other) => causes.push(type_invalid(field, other, "must be a map of strings")),
        }
    }
    match metadata(object, "finalizers") {
        None | Some(Value::Null) => {}
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            let names = list.iter().filter_map(Value::as_str).enumerate();
            causes.extend(names.flat_map(|(index, name)| finalizer(resource, index, name)));
        }
        Some(other) => causes.push(type_invalid("finalizers", other, "must be a list of strings")),
    }
    match metadata(object, "ownerReferences") {
        None | Some(Value::Null) => {}
        Some(Value::Array(owners)) => {
            let mut controllers = 0;
            for (index, owner) in owners.iter().enumerate() {
                let path = format!("metadata.ownerReferences[{index}]");
                for field in ["apiVersion", "kind", "name", "uid"] {
                    if owner.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
                        causes.push(Cause::required(&format!("{path}.{field}"), "must not be empty"));
                    }
                }
                controllers += usize::from(owner.get("controller") == Some(&Value::Bool(true)));
            }
            if controllers > 1 {
                let message = "Only one reference can have Controller set to true";
                causes.push(Cause::invalid("metadata.ownerReferences", "", message));
            }
        }
        Some(other) => causes.push(type_invalid("ownerReferences", other, "must be a list")),
    }
    causes
}

/// Finalizers that need no domain before their name.
const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// Whether a finalizer could be anybody's: it says no domain, and is none that everybody knows.
fn is_unqualified(finalizer: &str) -> bool {
    !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer)
}

fn finalizer(resource: &Resource, index: usize, name: &str) -> Vec<Cause> {
    let invalid = |field: &str, why: &str| Cause::invalid(field, &format!("{name:?}"), why);
    let flaws = labels::name_flaws(name).into_iter();
    let mut causes: Vec<Cause> = flaws.map(|why| invalid("metadata.finalizers", why)).collect();
    // Of custom resources this is only a warning.
    if !resource.custom && !resource.is(custom::GROUP, custom::PLURAL) && is_unqualified(name) {
        causes.push(invalid(
            &format!("metadata.finalizers[{index}]"),
            "name is neither a standard finalizer name nor is it fully qualified",
        ));
    }
    causes
}

/// What whoever writes a custom resource is told about the finalizers that it gets by that.
pub(super) fn finalizer_warnings(old: Option<&Value>, object: &Value) -> Vec<String> {
    let before = old.map(finalizers).unwrap_or_default();
    let added = finalizers(object)
        .into_iter()
        .filter(|name| !before.contains(name));
    let unqualified = added.filter(|name| is_unqualified(name));
    unqualified
        .map(|name| {
            let missing = if name.contains('.') { " including a path (/)" } else { "" };
            format!(
                "metadata.finalizers: {name:?}: prefer a domain-qualified finalizer name{missing} to avoid accidental conflicts with other finalizer writers"
            )
        })
        .collect()
}

/// Names of labels and annotations, values of labels, and the size of all annotations together.
fn check_map(field: &str, map: &Map<String, Value>) -> Vec<Cause> {
    let path = format!("metadata.{field}");
    let mut causes = Vec::new();
    for (name, value) in map {
        let quoted = |text: &str| format!("{text:?}");
        let text = value.as_str().unwrap_or_default();
        if field == "annotations" {
            // Their names may have capitals in the prefix, as upstream reads them.
            let flaws = labels::name_flaws(&name.to_lowercase());
            causes.extend(
                flaws
                    .into_iter()
                    .map(|why| Cause::invalid(&path, &quoted(name), why)),
            );
        } else {
            let of_name = labels::name_flaws(name);
            causes.extend(
                of_name
                    .into_iter()
                    .map(|why| Cause::invalid(&path, &quoted(name), why)),
            );
            let of_value = labels::value_flaws(text);
            causes.extend(
                of_value
                    .into_iter()
                    .map(|why| Cause::invalid(&path, &quoted(text), why)),
            );
        }
    }
    let size: usize = map
        .iter()
        .map(|(name, value)| name.len() + value.as_str().map_or(0, str::len))
        .sum();
    if field == "annotations" && size > LARGEST_ANNOTATIONS {
        causes.push(Cause {
            reason: "FieldValueTooLong",
            message: format!("Too long: may not be more than {LARGEST_ANNOTATIONS} bytes"),
            field: path,
        });
    }
    causes
}

fn type_invalid(field: &str, value: &Value, message: &str) -> Cause {
    Cause::invalid(&format!("metadata.{field}"), &value.to_string(), message)
}

/// Whether a text is a DNS subdomain.
pub(super) fn is_subdomain(text: &str) -> bool {
    labels::is_subdomain(text) && text.len() <= 253
}
