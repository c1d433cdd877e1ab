//! Conditions of the v1beta1 model, with severities: how they are set, summed up, mirrored and aggregated.
//!
//! Must not know: which conditions a kind has; callers say what goes in and what comes out.

use fleetui_api::conditions::Severity;
use fleetui_api::v1beta2::OldCondition;
use fleetui_base::clock::whole_seconds;
use jiff::Timestamp;

/// The type of every summary.
pub const READY: &str = "Ready";

/// A condition that is True.
pub fn good(kind: &str) -> OldCondition {
    OldCondition {
        kind: kind.to_owned(),
        status: "True".to_owned(),
        ..OldCondition::default()
    }
}

/// A condition that is False, with how bad that is.
pub fn bad(kind: &str, reason: &str, severity: Severity, message: impl Into<String>) -> OldCondition {
    let severity = match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Info => "Info",
    };
    OldCondition {
        kind: kind.to_owned(),
        status: "False".to_owned(),
        severity: Some(severity.to_owned()),
        reason: some(reason),
        message: some(message),
        ..OldCondition::default()
    }
}

/// A condition that cannot be told.
pub fn unknown(kind: &str, reason: &str, message: impl Into<String>) -> OldCondition {
    OldCondition {
        kind: kind.to_owned(),
        status: "Unknown".to_owned(),
        reason: some(reason),
        message: some(message),
        ..OldCondition::default()
    }
}

/// Status and severity in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// False, and broken until somebody acts.
    Error,
    /// False, and worth a look.
    Warning,
    /// False, as something is under way.
    Info,
    /// It holds.
    True,
    /// It cannot be told.
    Unknown,
}

/// A condition in this state; one that holds has neither reason nor message.
pub fn in_state(kind: &str, state: State, reason: &str, message: impl Into<String>) -> OldCondition {
    match state {
        State::True => good(kind),
        State::Unknown => unknown(kind, reason, message),
        State::Error => bad(kind, reason, Severity::Error, message),
        State::Warning => bad(kind, reason, Severity::Warning, message),
        State::Info => bad(kind, reason, Severity::Info, message),
    }
}

/// The condition of this type.
pub fn find<'a>(conditions: &'a [OldCondition], kind: &str) -> Option<&'a OldCondition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

/// Whether the condition of this type is there and has this status.
pub fn has_status(conditions: &[OldCondition], kind: &str, status: &str) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == status)
}

/// Puts `new` in place. Its time moves with any change of it; `Ready` stands first, all others by type.
pub fn set(conditions: &mut Vec<OldCondition>, mut new: OldCondition, now: Timestamp) {
    new.last_transition_time = whole_seconds(now).to_string();
    match conditions.iter_mut().find(|condition| condition.kind == new.kind) {
        Some(old) => {
            let same = OldCondition {
                last_transition_time: old.last_transition_time.clone(),
                ..new.clone()
            };
            if *old != same {
                *old = new;
            }
        }
        None => conditions.push(new),
    }
    conditions.sort_by(|a, b| (a.kind != READY, &a.kind).cmp(&(b.kind != READY, &b.kind)));
}

/// Takes the condition of this type away.
pub fn remove(conditions: &mut Vec<OldCondition>, kind: &str) {
    conditions.retain(|condition| condition.kind != kind);
}

/// `Ready` from other conditions of the same object: the types that count, in the order in which they are told. With `steps`,
/// while only these types are there, the message counts them.
pub fn summarise(
    conditions: &[OldCondition],
    kinds: &[&str],
    steps: Option<&[&str]>,
) -> Option<OldCondition> {
    let told: Vec<&OldCondition> = kinds.iter().filter_map(|kind| find(conditions, kind)).collect();
    let mut summary = merge(READY, told.iter().map(|condition| (*condition, None)))?;
    if let Some(steps) = steps
        && summary.status != "True"
        && told
            .iter()
            .all(|condition| steps.contains(&condition.kind.as_str()))
    {
        summary.message = Some(completed(&told, steps.len()));
    }
    Some(summary)
}

/// One object's `Ready`.
#[derive(Debug, Clone, PartialEq)]
pub struct OldSource {
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// What it says; nothing where it does not.
    pub ready: Option<OldCondition>,
}

/// One condition from the `Ready` of many objects; nothing where none of them has one. The reason names the object.
pub fn aggregate(target: &str, sources: &[OldSource]) -> Option<OldCondition> {
    let told: Vec<(&OldCondition, Option<&OldSource>)> = sources
        .iter()
        .filter_map(|source| Some((source.ready.as_ref()?, Some(source))))
        .collect();
    let mut merged = merge(target, told.iter().copied())?;
    if merged.status != "True" {
        let conditions: Vec<&OldCondition> = told.iter().map(|(condition, _)| *condition).collect();
        merged.message = Some(completed(&conditions, sources.len()));
    }
    Some(merged)
}

/// Another object's `Ready` under the name `target`.
pub fn mirror(ready: &OldCondition, target: &str) -> OldCondition {
    OldCondition {
        kind: target.to_owned(),
        ..ready.clone()
    }
}

/// The worst condition decides: errors, warnings, information, then what is fine, then what cannot be told.
fn merge<'a>(
    target: &str,
    conditions: impl Iterator<Item = (&'a OldCondition, Option<&'a OldSource>)>,
) -> Option<OldCondition> {
    let (worst, source) = conditions.min_by_key(|(condition, _)| rank(condition))?;
    if worst.status == "True" {
        return Some(good(target));
    }
    let mut merged = mirror(worst, target);
    merged.last_transition_time = String::new();
    if let (Some(source), Some(reason)) = (source, &mut merged.reason)
        && !reason.contains('@')
    {
        *reason = format!("{reason} @ {}/{}", source.kind, source.name);
    }
    Some(merged)
}

fn rank(condition: &OldCondition) -> u8 {
    match (condition.status.as_str(), condition.severity.as_deref()) {
        ("False", Some("Error")) => 0,
        ("False", Some("Warning")) => 1,
        ("False", _) => 2,
        ("True", _) => 3,
        _ => 4,
    }
}

fn completed(conditions: &[&OldCondition], of: usize) -> String {
    let done = conditions.iter().filter(|condition| condition.status == "True");
    format!("{} of {of} completed", done.count())
}

fn some(text: impl Into<String>) -> Option<String> {
    let text = text.into();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
