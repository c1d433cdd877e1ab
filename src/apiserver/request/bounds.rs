//! How deep and how large an object may be, however it was written: nothing recursive ever meets one that is deeper, and
//! a short text cannot become one that fills the memory.

use serde_json::Value;

/// The most arrays and objects inside of each other. Readers of JSON stop at 128, and a list adds some around an object.
pub(crate) const DEEPEST: usize = 100;

/// The most that an object may weigh, in bytes of text and a few more for each value: as much as a body may be, and as
/// much again for what is around the text.
pub(crate) const HEAVIEST: usize = 8 * 1024 * 1024;

/// What a value weighs beside its text.
pub(crate) const VALUE: usize = 8;

/// What a value weighs with all that is in it; nothing where that is more than `most`, or where it is too deep.
pub(crate) fn weight(value: &Value, most: usize) -> Option<usize> {
    let mut total = 0_usize;
    let mut waiting = vec![(value, 0)];
    while let Some((value, depth)) = waiting.pop() {
        if depth > DEEPEST {
            return None;
        }
        total = total.saturating_add(VALUE);
        match value {
            Value::String(text) => total = total.saturating_add(text.len()),
            Value::Array(items) => waiting.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => {
                total = total.saturating_add(fields.keys().map(String::len).sum());
                waiting.extend(fields.values().map(|field| (field, depth + 1)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        if total > most {
            return None;
        }
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!(1), |inside, _| json!([inside]))
    }

    #[test]
    fn what_is_too_deep_or_too_heavy_has_no_weight() {
        assert_eq!(weight(&json!({"ab": "cde"}), HEAVIEST), Some(2 * VALUE + 5));
        assert!(weight(&nested(DEEPEST), HEAVIEST).is_some());
        assert_eq!(weight(&nested(DEEPEST + 1), HEAVIEST), None);
        assert_eq!(weight(&json!("x".repeat(100)), 100), None);
        assert_eq!(weight(&json!([1, 2, 3]), 3 * VALUE), None);
    }
}
