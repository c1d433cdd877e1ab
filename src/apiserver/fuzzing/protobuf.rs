//! Bodies in protobuf.

use serde_json::Value;

use super::{assert_same, encode, pick};
use crate::protobuf::{DecodeError, object, status};
use crate::request::bounds::weight;
use crate::typed;
use crate::types::{self, Message};

/// What every body starts with.
const MAGIC: &[u8] = b"k8s\0";

pub(super) fn run(data: &[u8]) -> Option<()> {
    if data.starts_with(MAGIC) {
        read(data, None);
        return Some(());
    }
    let (choice, raw) = data.split_first()?;
    let message = pick(&kinds(), *choice).copied()?;
    read(&encode::envelope(raw), Some(message));
    Some(())
}

/// The types that are kinds.
fn kinds() -> Vec<&'static Message> {
    types::all().iter().filter(|message| message.is_kind()).collect()
}

/// Reads a body, and what it is written as again.
pub(crate) fn read(body: &[u8], default: Option<&'static Message>) {
    let named = default.map(|message| (api_version(message), message.name));
    let named = named
        .as_ref()
        .map(|(api_version, kind)| (api_version.as_str(), *kind));
    let Ok(read) = object(body, named) else {
        return;
    };
    assert!(weight(&read, usize::MAX).is_some(), "no deeper than other bodies");
    let text = read.to_string();
    let stored = serde_json::from_str::<Value>(&text).ok();
    assert_same(&stored.unwrap_or_default(), &read, "what was read can be stored");
    let Some(message) = message_of(&read) else {
        return;
    };
    let written = encode::object(&read, message);
    // With the zeros that it got, it may be too large to be sent again.
    let again = match object(&written, None) {
        Err(DecodeError::Size) => return,
        again => again.unwrap_or_default(),
    };
    assert_same(&again, &read, "written and read again, it is the same");
    if message.name == "Status" {
        // Answers are of the core group.
        let mut answer = read.clone();
        answer["apiVersion"] = Value::from("v1");
        let again = object(&status(&answer), None);
        assert_same(&again.unwrap_or_default(), &answer, "an answer is read again");
    }
    let mut once = read;
    if typed::round_trip(&mut once, message).is_ok() {
        let mut twice = once.clone();
        assert_eq!(typed::round_trip(&mut twice, message), Ok(Vec::new()));
        assert_same(&twice, &once, "what was held to its type stays so");
    }
}

/// The type that an object names.
fn message_of(object: &Value) -> Option<&'static Message> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let (api_version, kind) = (text("apiVersion")?, text("kind")?);
    if matches!(kind, "DeleteOptions" | "Status") {
        return types::of("meta.k8s.io", "v1", kind);
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    types::of(group, version, kind)
}

fn api_version(message: &Message) -> String {
    match message.group_version {
        None | Some(("", "")) => "v1".to_owned(),
        Some(("", version)) => version.to_owned(),
        Some((group, version)) => format!("{group}/{version}"),
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    // Bodies of Go clients, and an object of each kind with a value in each field, which may hold others a few times.
    let lines = include_str!("../protobuf/bodies.txt").lines().step_by(2);
    let mut seeds: Vec<Vec<u8>> = lines.filter_map(bytes).collect();
    for message in kinds() {
        let mut full = encode::full(message, 4);
        full["apiVersion"] = Value::from(api_version(message));
        full["kind"] = Value::from(message.name);
        seeds.push(encode::object(&full, message));
    }
    seeds
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let byte = |at| u8::from_str_radix(hexadecimal.get(at..at + 2)?, 16).ok();
    (0..hexadecimal.len()).step_by(2).map(byte).collect()
}
