//! FieldsV1: a set as JSON. A step is a key, what is below it its value, and `.` says that the path itself is a member.

use serde_json::{Map, Value};
use thiserror::Error;

use super::{FieldSet, Node};
use crate::apply::element::{ElementError, PathElement};

/// Says that the path to here is in the set, too.
const SELF: &str = ".";

/// JSON that is no set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum FieldsError {
    /// A key is no step.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// There is something else where a map should be.
    #[error("expected a map of fields, found {0}")]
    NoMap(String),
}

impl FieldSet {
    /// The set as FieldsV1.
    pub(crate) fn to_fields_v1(&self) -> Value {
        Value::Object(self.to_map(false))
    }

    fn to_map(&self, with_self: bool) -> Map<String, Value> {
        let mut map = Map::with_capacity(self.nodes.len() + usize::from(with_self));
        if with_self && !self.nodes.is_empty() {
            map.insert(SELF.to_owned(), Value::Object(Map::new()));
        }
        for node in &self.nodes {
            let below = node.children.to_map(node.member);
            map.insert(node.element.written(), Value::Object(below));
        }
        map
    }

    /// Reads FieldsV1. Steps of a kind that is not known are left out.
    pub(crate) fn from_fields_v1(value: &Value) -> Result<Self, FieldsError> {
        Ok(read(value)?.0)
    }
}

/// The set below a step, and whether the step itself is a member.
fn read(value: &Value) -> Result<(FieldSet, bool), FieldsError> {
    let map = match value {
        Value::Object(map) => map,
        Value::Null => return Ok((FieldSet::default(), true)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(FieldsError::NoMap(value.to_string()));
        }
    };
    let mut nodes = Vec::with_capacity(map.len());
    let mut member = false;
    for (key, below) in map {
        if key == SELF {
            member = true;
            continue;
        }
        let Some(element) = PathElement::read(key)? else {
            continue;
        };
        let (children, is_member) = read(below)?;
        nodes.push(Node {
            element,
            member: is_member,
            children,
        });
    }
    let set = FieldSet::from_nodes(nodes);
    member |= set.is_empty();
    Ok((set, member))
}
