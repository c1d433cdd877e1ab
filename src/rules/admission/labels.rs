//! What may be a label's key and value, and a DNS name, with Kubernetes' own words for what may not.

use serde_json::Value;

use super::violation::Violation;

const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
    with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
    alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
/// The most bytes that the annotations of an object may have together.
const ANNOTATIONS: usize = 256 * 1024;

/// Why a label cannot be, in words for people who type one; one that is taken away has no value.
pub fn why_no_label(key: &str, value: Option<&str>) -> Option<String> {
    if !key_faults(key).is_empty() {
        let prefix = key.split_once('/').map(|(prefix, _)| prefix);
        return Some(match prefix {
            Some(prefix) if !subdomain_faults(prefix).is_empty() => {
                format!("{key} is no label: {prefix:?} before the / is no domain")
            }
            Some(_) | None => format!("{key:?} is no label: {PLAIN}"),
        });
    }
    let value = value.filter(|value| !value_faults(value).is_empty())?;
    Some(format!("{value:?} is no label's value: {PLAIN}"))
}

/// What the parts of a label are, in a few words.
const PLAIN: &str = "letters, digits, between them - _ .; at most 63";

/// What is wrong with a label's value.
pub(super) fn value_faults(value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    too_long(value, 63, &mut faults);
    if !value.is_empty() && !framed(value, |byte| byte.is_ascii_alphanumeric(), b"-_.") {
        faults.push(VALUE.to_owned());
    }
    faults
}

/// What is wrong with the key of a label, an annotation or a taint.
pub(super) fn key_faults(key: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let name = match key.split_once('/') {
        None => key,
        Some((prefix, name)) => {
            if name.contains('/') {
                return vec![format!(
                    "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                    NAME_PART.trim_start_matches("name part ")
                )];
            }
            if prefix.is_empty() {
                faults.push("prefix part must be non-empty".to_owned());
            } else {
                faults.extend(
                    subdomain_faults(prefix)
                        .into_iter()
                        .map(|fault| format!("prefix part {fault}")),
                );
            }
            name
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else {
        if name.len() > 63 {
            faults.push("name part must be no more than 63 bytes".to_owned());
        }
        if !framed(name, |byte| byte.is_ascii_alphanumeric(), b"-_.") {
            faults.push(NAME_PART.to_owned());
        }
    }
    faults
}

/// What is wrong with a DNS name.
pub(super) fn subdomain_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    too_long(name, 253, &mut faults);
    if name.is_empty() || !name.split('.').all(|part| framed(part, lower, b"-")) {
        faults.push(SUBDOMAIN.to_owned());
    }
    faults
}

/// What is wrong with one part of a DNS name.
pub(super) fn label_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    too_long(name, 63, &mut faults);
    if !framed(name, lower, b"-") {
        faults.push(LABEL.to_owned());
    }
    faults
}

/// What is wrong with the name of a Service.
pub(super) fn service_name_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    too_long(name, 63, &mut faults);
    if !framed(name, lower, b"-") || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        faults.push(LABEL_1035.to_owned());
    }
    faults
}

/// Judges the labels and annotations that a template gives to what is made from it.
pub(super) fn check_metadata(metadata: Option<&Value>, path: &str, found: &mut Vec<Violation>) {
    let entries = |field: &str| {
        metadata
            .and_then(|metadata| metadata.get(field))
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    let labels = format!("{path}.labels");
    for (key, value) in entries("labels") {
        let value = value.as_str().unwrap_or_default();
        for fault in key_faults(key) {
            found.push(Violation::invalid_text(&labels, key, &fault));
        }
        for fault in value_faults(value) {
            found.push(Violation::invalid_text(&labels, value, &fault));
        }
    }
    let annotations = format!("{path}.annotations");
    let mut size = 0;
    for (key, value) in entries("annotations") {
        size += key.len() + value.as_str().unwrap_or_default().len();
        for fault in key_faults(&key.to_lowercase()) {
            found.push(Violation::invalid_text(&annotations, key, &fault));
        }
    }
    if size > ANNOTATIONS {
        found.push(Violation::invalid(
            &annotations,
            &Value::from(size),
            &format!("may not be more than {ANNOTATIONS} bytes"),
        ));
    }
}

fn too_long(text: &str, most: usize, faults: &mut Vec<String>) {
    if text.len() > most {
        faults.push(format!("must be no more than {most} bytes"));
    }
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether a text begins and ends with an outer byte and has only those and `inner` ones between.
fn framed(text: &str, outer: fn(u8) -> bool, inner: &[u8]) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| outer(*byte))
        && bytes.last().is_some_and(|byte| outer(*byte))
        && bytes.iter().all(|byte| outer(*byte) || inner.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_is_typed_is_refused_in_few_words() {
        for (key, value, expected) in [
            (
                "bad!",
                Some("x"),
                "\"bad!\" is no label: letters, digits, between",
            ),
            (
                "site",
                Some("a b"),
                "\"a b\" is no label's value: letters, digits",
            ),
            (
                "UP.com/a",
                None,
                "UP.com/a is no label: \"UP.com\" before the / is no domain",
            ),
        ] {
            let why = why_no_label(key, value).unwrap();
            assert!(why.starts_with(expected), "{why}");
            assert!(why.len() < 79 && !why.contains("regex"), "{why}");
        }
        assert_eq!(why_no_label("example.com/site", Some("a.b")), None);
    }

    #[test]
    fn keys_values_and_names() {
        for good in ["a", "A.b_c-d", "", "0"] {
            assert_eq!(value_faults(good), Vec::<String>::new(), "{good:?}");
        }
        for bad in ["-a", "a/b", "ä", &"x".repeat(64)] {
            assert_eq!(value_faults(bad).len(), 1, "{bad:?}");
        }
        for good in ["a", "example.com/A", "a.b/c_d"] {
            assert_eq!(key_faults(good), Vec::<String>::new(), "{good:?}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "UP.com/a", "-"] {
            assert!(!key_faults(bad).is_empty(), "{bad:?}");
        }
        assert!(service_name_faults("1a").len() == 1 && service_name_faults("a1").is_empty());
        assert!(label_faults("a.b").len() == 1 && subdomain_faults("a.b").is_empty());
    }
}
