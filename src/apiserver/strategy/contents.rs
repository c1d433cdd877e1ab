//! What Secrets and ConfigMaps may hold: names of entries, their size together, and what the types of Secrets demand.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::object::metadata;
use crate::registry::Resource;
use crate::status::Cause;

/// The most bytes that the entries of one object have together, as upstream.
const LARGEST: usize = 1024 * 1024;

/// The longest name of an entry.
const LONGEST_NAME: usize = 253;

/// Checks a Secret or a ConfigMap; other kinds hold nothing of this sort.
pub(super) fn check(resource: &Resource, object: &Value) -> Vec<Cause> {
    if resource.is("", "secrets") {
        secret(object)
    } else if resource.is("", "configmaps") {
        config_map(object)
    } else {
        Vec::new()
    }
}

fn entries<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a str)> {
    let entries = object.get(field).and_then(Value::as_object);
    let text = |(name, value): (&'a String, &'a Value)| (name, value.as_str().unwrap_or_default());
    entries.into_iter().flatten().map(text)
}

/// How many bytes a text of base64 stands for.
fn decoded(text: &str) -> usize {
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    (text.len() / 4 * 3).saturating_sub(padding)
}

fn config_map(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut size = 0;
    for (name, text) in entries(object, "data") {
        causes.extend(check_name("data", name));
        if object
            .pointer("/binaryData")
            .is_some_and(|binary| binary.get(name).is_some())
        {
            let message = "duplicate of key present in binaryData";
            causes.push(Cause::invalid(
                &format!("data[{name}]"),
                &format!("{name:?}"),
                message,
            ));
        }
        size += text.len();
    }
    for (name, text) in entries(object, "binaryData") {
        causes.extend(check_name("binaryData", name));
        size += decoded(text);
    }
    causes.extend(check_size("", size));
    causes
}

fn secret(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut size = 0;
    for (name, text) in entries(object, "data") {
        causes.extend(check_name("data", name));
        size += decoded(text);
    }
    causes.extend(check_size("data", size));
    let empty = Map::new();
    let data = object.get("data").and_then(Value::as_object).unwrap_or(&empty);
    let required = |name: &str| Cause::required(&format!("data[{name}]"), "");
    match object.get("type").and_then(Value::as_str).unwrap_or_default() {
        "kubernetes.io/tls" => {
            let names = ["tls.crt", "tls.key"];
            causes.extend(
                names
                    .into_iter()
                    .filter(|name| !data.contains_key(*name))
                    .map(required),
            );
        }
        "kubernetes.io/ssh-auth" if !data.contains_key("ssh-privatekey") => {
            causes.push(required("ssh-privatekey"));
        }
        "kubernetes.io/basic-auth" if !data.contains_key("username") && !data.contains_key("password") => {
            causes.extend([required("username"), required("password")]);
        }
        "kubernetes.io/dockercfg" => causes.extend(check_json(data, ".dockercfg")),
        "kubernetes.io/dockerconfigjson" => causes.extend(check_json(data, ".dockerconfigjson")),
        "kubernetes.io/service-account-token" => {
            let name = "kubernetes.io/service-account.name";
            let account = metadata(object, "annotations").and_then(|annotations| annotations.get(name));
            if account.and_then(Value::as_str).is_none_or(str::is_empty) {
                causes.push(Cause::required(&format!("metadata.annotations[{name}]"), ""));
            }
        }
        _ => {}
    }
    causes
}

/// An entry that has to be there and to be JSON.
fn check_json(data: &Map<String, Value>, name: &str) -> Option<Cause> {
    let field = format!("data[{name}]");
    let Some(text) = data.get(name).and_then(Value::as_str) else {
        return Some(Cause::required(&field, ""));
    };
    let bytes = STANDARD.decode(text).unwrap_or_default();
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok();
    (!is_json).then(|| Cause::invalid(&field, "\"<secret contents redacted>\"", "invalid JSON"))
}

fn check_name(field: &str, name: &str) -> Option<Cause> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let field = format!("{field}[{name}]");
    let quoted = format!("{name:?}");
    if name.len() > LONGEST_NAME {
        let message = format!("must be no more than {LONGEST_NAME} characters");
        return Some(Cause::invalid(&field, &quoted, &message));
    }
    if name.is_empty() || !name.bytes().all(plain) {
        let message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        return Some(Cause::invalid(&field, &quoted, message));
    }
    let dots = name == "." || name.starts_with("..");
    dots.then(|| Cause::invalid(&field, &quoted, "must not be '.' and must not start with '..'"))
}

fn check_size(field: &str, size: usize) -> Option<Cause> {
    (size > LARGEST).then(|| Cause {
        reason: "FieldValueTooLong",
        message: format!("Too long: may not be more than {LARGEST} bytes"),
        field: if field.is_empty() {
            "[]".to_owned()
        } else {
            field.to_owned()
        },
    })
}
