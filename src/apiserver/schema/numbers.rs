//! Numbers: their limits, and when two of them are the same.

use serde_json::Value;

use super::structural::Values;

/// What is wrong with a number, each as the end of a sentence.
pub(crate) fn check(value: &Value, values: &Values) -> Vec<String> {
    let mut messages = Vec::new();
    let Some(number) = value.as_f64() else {
        return messages;
    };
    if let Some(bound) = values.maximum {
        if bound.exclusive && number >= bound.number {
            messages.push(format!("should be less than {}", bound.number));
        } else if number > bound.number {
            messages.push(format!("should be less than or equal to {}", bound.number));
        }
    }
    if let Some(bound) = values.minimum {
        if bound.exclusive && number <= bound.number {
            messages.push(format!("should be greater than {}", bound.number));
        } else if number < bound.number {
            messages.push(format!("should be greater than or equal to {}", bound.number));
        }
    }
    if let Some(factor) = values.multiple_of
        && !is_multiple(value, number, factor)
    {
        messages.push(format!("should be a multiple of {factor}"));
    }
    messages
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "the factor is taken as an integer only where it is one and small enough"
)]
fn is_multiple(value: &Value, number: f64, factor: f64) -> bool {
    let whole_factor = factor.trunc() == factor && factor.abs() < 9e15 && factor != 0.0;
    match value.as_i64() {
        Some(integer) if whole_factor => integer % (factor as i64) == 0,
        Some(_) | None => (number / factor).fract() == 0.0,
    }
}

/// Whether a number written with a fraction has none.
pub(crate) fn is_whole(value: &Value) -> bool {
    value
        .as_f64()
        .is_some_and(|number| number.fract() == 0.0 && number.abs() < 9.2e18)
}

/// Whether two values are the same, numbers by what they are worth.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || left
                    .as_f64()
                    .zip(right.as_f64())
                    .is_some_and(|(left, right)| (left - right).abs() < f64::EPSILON && (left.fract() == 0.0))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| right.get(name).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}
