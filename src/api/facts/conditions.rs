//! Conditions, wherever an era keeps them. The metav1 ones are preferred; the old ones are read where there is nothing else.

use jiff::Timestamp;

use super::compact::CompactCondition;
use super::reader::Reader;
use super::words::word;
use crate::conditions::{Condition, ConditionStatus, Severity};
use crate::json::Json;

/// The longest message that is kept; a longer one can be read in the object itself.
const LONGEST_MESSAGE: usize = 4096;

/// The most conditions that are kept of one object.
const MOST_CONDITIONS: usize = 64;

/// Reads the conditions of an object.
///
/// The two models need not be told apart by version: a condition with a severity is an old one, whatever the object's
/// version says, as providers number their versions on their own.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<CompactCondition> {
    // v1beta1 of Cluster API 1.9 and later keeps the new model beside the old.
    let beside = list(reader, "status.v1beta2.conditions");
    let plain = if beside.is_empty() {
        list(reader, "status.conditions")
    } else {
        Vec::new()
    };
    let mut conditions = if beside.is_empty() { plain } else { beside };
    if conditions.iter().all(|condition| condition.kind == "Paused") {
        // Some kinds (MachinePool) report nothing else in the new model yet.
        let mut old = list(reader, "status.deprecated.v1beta1.conditions");
        if old.is_empty() && reader.at("status.v1beta2").is_some() {
            old = list(reader, "status.conditions");
        }
        old.retain(|old| conditions.iter().all(|condition| condition.kind != old.kind));
        conditions.append(&mut old);
    }
    conditions.shrink_to_fit();
    conditions
}

fn list(reader: &mut Reader<'_>, path: &str) -> Vec<CompactCondition> {
    let values = reader.list(path);
    // As long as it will be: the allocator would keep the room that a list has grown into and gives back.
    let mut conditions: Vec<CompactCondition> = Vec::with_capacity(values.len().min(MOST_CONDITIONS));
    let mut times = Times::default();
    for (index, value) in values.iter().enumerate().take(MOST_CONDITIONS) {
        let Some(condition) = condition(value, &mut times) else {
            reader.note(&format!("{path}[{index}]"), value);
            continue;
        };
        if conditions.iter().all(|known| known.kind != condition.kind) {
            conditions.push(condition.into());
        }
    }
    conditions
}

fn condition<'a>(value: &'a Json<'_>, times: &mut Times<'a>) -> Option<Condition> {
    let (mut kind, mut status, mut grade, mut reason, mut message, mut since) = ("", "", "", "", "", "");
    let mut observed_generation = None;
    // Conditions are most of what is read, so their fields are looked at once and not searched for one by one.
    for (key, value) in value.as_object()?.iter() {
        let place = match key {
            "type" => &mut kind,
            "status" => &mut status,
            "severity" => &mut grade,
            "reason" => &mut reason,
            "message" => &mut message,
            "lastTransitionTime" => &mut since,
            "observedGeneration" => {
                observed_generation = value.as_i64();
                continue;
            }
            _ => continue,
        };
        *place = value.as_str().unwrap_or_default();
    }
    if kind.is_empty() {
        return None;
    }
    let status = ConditionStatus::parse(status);
    Some(Condition {
        kind: word(kind),
        status,
        severity: if status == ConditionStatus::False {
            severity(grade)
        } else {
            None
        },
        reason: word(cut(reason, 1024)),
        message: cut(message, LONGEST_MESSAGE).to_owned(),
        since: times.read(since),
        observed_generation,
    })
}

/// The time that was read last: conditions of an object often changed together, and to read a time takes a while.
#[derive(Default)]
struct Times<'a> {
    last: Option<(&'a str, Option<Timestamp>)>,
}

impl<'a> Times<'a> {
    fn read(&mut self, text: &'a str) -> Option<Timestamp> {
        match self.last {
            Some((last, time)) if last == text => time,
            Some(_) | None => {
                let time = text.parse().ok();
                self.last = Some((text, time));
                time
            }
        }
    }
}

fn severity(text: &str) -> Option<Severity> {
    match text {
        "Error" => Some(Severity::Error),
        "Warning" => Some(Severity::Warning),
        "Info" => Some(Severity::Info),
        _ => None,
    }
}

/// The longest start of `text` that is not longer than `bytes`.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}
