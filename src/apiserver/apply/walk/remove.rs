//! Fields taken out of a value.

use serde_json::{Map, Value};

use crate::apply::element::PathElement;
use crate::apply::fields::FieldSet;
use crate::apply::typed::{Form, ListType, MapType, TypeRef};

/// The value without these fields; maps and lists that are left empty go, too.
pub(crate) fn remove(value: &Value, fields: &FieldSet, typed: TypeRef<'_>) -> Value {
    match (typed.form(Some(value)), value) {
        (Form::Scalar(_), _) => value.clone(),
        (Form::List(list), Value::Array(elements)) if !list.atomic() => from_list(elements, fields, list),
        (Form::Map(map), Value::Object(map_value)) if !map.atomic() => from_map(map_value, fields, map),
        (Form::List(_) | Form::Map(_), _) => Value::Null,
    }
}

fn from_list(elements: &[Value], fields: &FieldSet, list: ListType<'_>) -> Value {
    let kept: Vec<Value> = elements
        .iter()
        .filter_map(|element| {
            let node = list.step(element).ok().and_then(|step| fields.node(&step));
            match node {
                None => Some(element.clone()),
                Some(node) if node.member => None,
                Some(node) => Some(remove(element, &node.children, list.element())),
            }
        })
        .collect();
    if kept.is_empty() {
        Value::Null
    } else {
        Value::Array(kept)
    }
}

fn from_map(value: &Map<String, Value>, fields: &FieldSet, map: MapType<'_>) -> Value {
    let kept: Map<String, Value> = value
        .iter()
        .filter_map(|(name, value)| {
            let left = match fields.node(&PathElement::field(name)) {
                None => value.clone(),
                Some(node) if node.member => return None,
                Some(node) => remove(value, &node.children, map.field_found(name)),
            };
            Some((name.clone(), left))
        })
        .collect();
    if kept.is_empty() {
        Value::Null
    } else {
        Value::Object(kept)
    }
}
