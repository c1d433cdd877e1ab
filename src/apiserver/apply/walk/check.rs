//! Whether a value is what its type says, as far as server-side apply cares: types, known fields, keys of elements.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::apply::element::PathElement;
use crate::apply::typed::{Form, ListType, MapType, Scalar, TypeRef};
use crate::apply::values::{printed, printed_as_source, type_name};

/// What is wrong, each with its path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flaws(Vec<(String, String)>);

impl Flaws {
    fn one(message: String) -> Self {
        Self(vec![(String::new(), message)])
    }

    fn below(mut self, step: &PathElement) -> Self {
        for (path, _) in &mut self.0 {
            path.insert_str(0, &step.to_string());
        }
        self
    }

    /// Whether nothing is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Flaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |(path, message): &(String, String)| {
            if path.is_empty() {
                message.clone()
            } else {
                format!("{path}: {message}")
            }
        };
        match self.0.as_slice() {
            [one] => f.write_str(&text(one)),
            many => {
                f.write_str("errors:")?;
                many.iter().try_for_each(|flaw| write!(f, "\n  {}", text(flaw)))
            }
        }
    }
}

/// What is wrong with a value of this type. Two elements of a list with the same keys are.
pub(crate) fn check(value: &Value, typed: TypeRef<'_>) -> Flaws {
    match typed.form(Some(value)) {
        Form::Scalar(scalar) => check_scalar(value, scalar),
        Form::List(list) => match value {
            Value::Null => Flaws::default(),
            Value::Array(elements) => check_list(elements, list),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Flaws::one(format!("expected list, got &{{{}}}", printed(value)))
            }
        },
        Form::Map(map) => match value {
            Value::Null => Flaws::default(),
            Value::Object(_) => check_map(value, map),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Flaws::one(format!("expected map, got &{{{}}}", printed(value)))
            }
        },
    }
}

fn check_scalar(value: &Value, scalar: Scalar) -> Flaws {
    let wrong = match (scalar, value) {
        (_, Value::Null)
        | (Scalar::Numeric, Value::Number(_))
        | (Scalar::String, Value::String(_))
        | (Scalar::Boolean, Value::Bool(_))
        | (Scalar::Untyped, Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            return Flaws::default();
        }
        (Scalar::Numeric, _) => format!("expected numeric (int or float), got {}", type_name(value)),
        (Scalar::String, _) => format!(
            "expected string, got &value.valueUnstructured{{Value:{}}}",
            printed_as_source(value)
        ),
        (Scalar::Boolean, _) => format!("expected boolean, got &{{{}}}", printed(value)),
        (Scalar::Untyped, _) => format!("expected any scalar, got &{{{}}}", printed(value)),
    };
    Flaws::one(wrong)
}

fn check_list(elements: &[Value], list: ListType<'_>) -> Flaws {
    let mut flaws = Flaws::default();
    let mut seen = BTreeSet::new();
    for (place, element) in elements.iter().enumerate() {
        let step = if list.atomic() {
            PathElement::Index(i64::try_from(place).unwrap_or(i64::MAX))
        } else {
            match list.step(element) {
                Ok(step) => step,
                Err(why) => {
                    flaws.0.push((String::new(), format!("element {place}: {why}")));
                    return flaws;
                }
            }
        };
        if !list.atomic() && !seen.insert(step.clone()) {
            let duplicate = format!("duplicate entries for key {step}");
            flaws.0.push((String::new(), duplicate));
        }
        flaws.0.extend(check(element, list.element()).below(&step).0);
    }
    flaws
}

fn check_map(value: &Value, map: MapType<'_>) -> Flaws {
    let mut flaws = Flaws::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(typed) = map.field(name) else {
            // The first one ends the map, as upstream has it.
            let unknown = "field not declared in schema".to_owned();
            flaws.0.push((format!(".{name}"), unknown));
            return flaws;
        };
        let below = check(value, typed);
        if !below.is_empty() {
            flaws.0.extend(below.below(&PathElement::field(name)).0);
        }
    }
    flaws
}
