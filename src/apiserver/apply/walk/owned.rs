//! The fields that a configuration names, and which its applier therefore owns.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::apply::element::PathElement;
use crate::apply::fields::{FieldSet, Node};
use crate::apply::typed::{Form, ListType, MapType, TypeRef};

/// The fields of a value: leaves, elements of lists, and what stands in maps without being declared.
pub(crate) fn fields_of(value: &Value, typed: TypeRef<'_>) -> FieldSet {
    below(value, typed).children
}

/// What is at a value: whether it is a leaf itself, and what is below.
struct Found {
    leaf: bool,
    children: FieldSet,
}

impl Found {
    fn leaf() -> Self {
        Self {
            leaf: true,
            children: FieldSet::default(),
        }
    }

    fn inner(children: FieldSet) -> Self {
        Self {
            leaf: false,
            children,
        }
    }
}

fn below(value: &Value, typed: TypeRef<'_>) -> Found {
    match (typed.form(Some(value)), value) {
        (Form::Scalar(_), _) => Found::leaf(),
        (Form::List(list), _) if list.atomic() => Found::leaf(),
        (Form::Map(map), _) if map.atomic() => Found::leaf(),
        (Form::List(list), Value::Array(elements)) => Found::inner(of_list(elements, list)),
        (Form::Map(map), Value::Object(_)) => Found::inner(of_map(value, map)),
        (Form::List(_) | Form::Map(_), _) => Found::inner(FieldSet::default()),
    }
}

fn of_list(elements: &[Value], list: ListType<'_>) -> FieldSet {
    let steps = super::steps(list, elements);
    let mut times: BTreeMap<&PathElement, usize> = BTreeMap::new();
    for (step, _) in &steps {
        *times.entry(step).or_default() += 1;
    }
    FieldSet::from_nodes(steps.iter().map(|(step, element)| Node {
        element: step.clone(),
        member: true,
        // Elements of the same key are owned together, without what is in them.
        children: if times.get(step) == Some(&1) {
            below(element, list.element()).children
        } else {
            FieldSet::default()
        },
    }))
}

fn of_map(value: &Value, map: MapType<'_>) -> FieldSet {
    let fields = value.as_object().into_iter().flatten();
    FieldSet::from_nodes(fields.map(|(name, value)| {
        let found = below(value, map.field_found(name));
        let hollow = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        Node {
            element: PathElement::field(name),
            member: found.leaf || hollow || !map.declares(name),
            children: found.children,
        }
    }))
}
