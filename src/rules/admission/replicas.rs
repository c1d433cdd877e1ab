//! Replicas of whoever says none, and numbers or percentages.

use std::num::{IntErrorKind, ParseIntError};

use serde_json::{Value, json};

use fleetui_api::labels::{AUTOSCALER_MAX_SIZE, AUTOSCALER_MIN_SIZE};

use super::field::{annotation, integer, set_missing};
use super::violation::Violation;

/// Fills in `spec.replicas`: within the autoscaler's bounds where annotations give them, else one. Replicas that are within
/// the bounds already stay as they are.
pub(super) fn default(object: &mut Value, old: Option<&Value>) -> Result<(), Vec<Violation>> {
    if integer(object, "/spec/replicas").is_some() {
        return Ok(());
    }
    let bounds = (
        annotation(object, AUTOSCALER_MIN_SIZE),
        annotation(object, AUTOSCALER_MAX_SIZE),
    );
    let replicas = match bounds {
        (Some(least), Some(most)) => {
            let least = bound(AUTOSCALER_MIN_SIZE, least)?;
            let most = bound(AUTOSCALER_MAX_SIZE, most)?;
            match old.and_then(|old| integer(old, "/spec/replicas")) {
                Some(replicas) if replicas < least => least,
                Some(replicas) => replicas.min(most),
                None => least,
            }
        }
        (_, _) => 1,
    };
    set_missing(object, &["spec"], "replicas", json!(replicas));
    Ok(())
}

fn bound(key: &str, text: &str) -> Result<i64, Vec<Violation>> {
    text.parse::<i32>().map(i64::from).map_err(|_| {
        let why = format!("could not parse the value of the {key:?} annotation as a number of replicas");
        vec![Violation::invalid_text(
            format!("metadata.annotations.{key}"),
            text,
            &why,
        )]
    })
}

/// Judges a number of replicas or a percentage of them.
pub(super) fn check_number_or_percentage(value: Option<&Value>, path: &str, found: &mut Vec<Violation>) {
    let Some(Value::String(text)) = value else {
        return;
    };
    let why = match text.strip_suffix('%') {
        None => "invalid type: string is not a percentage".to_owned(),
        Some(number) => match number.parse::<i64>() {
            Ok(_) => return,
            Err(error) => format!("invalid value {text:?}: {}", in_words_of_go(number, &error)),
        },
    };
    found.push(Violation::invalid_text(
        path,
        text,
        &format!("must be either an int or a percentage: invalid value for IntOrString: {why}"),
    ));
}

/// Why `strconv.Atoi` does not take a text, as it says it.
fn in_words_of_go(text: &str, error: &ParseIntError) -> String {
    let why = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    format!("strconv.Atoi: parsing {text:?}: {why}")
}

/// Judges the bounds of a rolling update at `path`.
pub(super) fn check_bounds(bounds: Option<&Value>, path: &str, found: &mut Vec<Violation>) {
    let of = |field: &str| bounds.and_then(|bounds| bounds.get(field));
    let (unavailable, surge) = (of("maxUnavailable"), of("maxSurge"));
    check_number_or_percentage(
        unavailable,
        &format!("{path}.rollingUpdate.maxUnavailable"),
        found,
    );
    check_number_or_percentage(surge, &format!("{path}.rollingUpdate.maxSurge"), found);
    let zero = |value: Option<&Value>| value.and_then(Value::as_i64) == Some(0);
    if zero(unavailable) && zero(surge) {
        found.push(Violation::invalid_text(
            format!("{path}.rollingUpdate"),
            "0",
            "maxUnavailable and maxSurge cannot both be 0",
        ));
    }
}
