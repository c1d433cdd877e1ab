//! What the server makes of an edit, for who takes it back: what it adds to what was typed, and what it sets beside it.

use fleetui_base::ObjectKey;
use fleetui_rules::field_owner::touch;
use serde_json::Value;

use crate::act::FieldChange;
use crate::act::audit::harmless;
use crate::act::judge::Weighed;

/// Has the fields of an edit say what the server makes of them, and adds those that it changes besides.
pub(super) fn settle(target: &ObjectKey, fields: &mut Vec<FieldChange>, weighed: &Weighed) {
    let Some(after) = &weighed.after else { return };
    for field in fields.iter_mut().filter(|field| field.before != field.after) {
        let made = after.pointer(&field.pointer);
        let is_meant = match (&field.after, made) {
            // In a list another element may stand there by then.
            (Some(typed), Some(made)) => !is_in_list(&field.pointer) || holds(made, typed),
            (None, Some(_)) => !is_in_list(&field.pointer),
            (Some(_) | None, None) => false,
        };
        if is_meant && !harmless(target, field).hidden {
            field.after = made.cloned();
        }
    }
    let besides: Vec<FieldChange> = weighed
        .fields
        .iter()
        .filter(|made| !made.hidden && !is_in_list(&made.pointer))
        .filter(|made| !fields.iter().any(|field| touch(&field.pointer, &made.pointer)))
        .cloned()
        .collect();
    fields.extend(besides);
}

/// Whether a pointer leads through an element of a list.
fn is_in_list(pointer: &str) -> bool {
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    pointer.split('/').any(is_number)
}

/// Whether everything that was typed stands in what was made of it.
fn holds(made: &Value, typed: &Value) -> bool {
    match (made, typed) {
        (Value::Object(made), Value::Object(typed)) => typed
            .iter()
            .all(|(name, typed)| made.get(name).is_some_and(|made| holds(made, typed))),
        (Value::Array(made), Value::Array(typed)) => {
            made.len() == typed.len() && made.iter().zip(typed).all(|(made, typed)| holds(made, typed))
        }
        (made, typed) => made == typed,
    }
}
