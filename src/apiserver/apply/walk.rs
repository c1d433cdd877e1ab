//! Walks over typed values: what is wrong in one, what fields it has, how two differ, one merged into another, fields
//! taken out, and sets of fields that follow a changed schema.

mod check;
mod compare;
mod merge;
mod owned;
mod reconcile;
mod remove;

pub(crate) use check::check;
pub(crate) use compare::{Comparison, compare};
pub(crate) use merge::merge;
pub(crate) use owned::fields_of;
pub(crate) use reconcile::{name_fields, reconcile};
pub(crate) use remove::remove;

use serde_json::{Map, Value};

use super::typed::ListType;
use crate::apply::element::PathElement;

/// The elements of a list with the steps to them, in their order; elements that have none are left out.
fn steps<'a>(list: ListType<'_>, elements: &'a [Value]) -> Vec<(PathElement, &'a Value)> {
    elements
        .iter()
        .filter_map(|element| Some((list.step(element).ok()?, element)))
        .collect()
}

/// The map that a value is; nothing and null have none.
fn map_in(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

/// The list that a value is; nothing and null have none.
fn list_in(value: Option<&Value>) -> Option<&Vec<Value>> {
    value.and_then(Value::as_array)
}

#[cfg(test)]
mod tests;
