//! Label selectors as objects carry them: whether they can be understood, what they select, and how they read as text.

use std::collections::BTreeSet;

use serde_json::Value;

use super::labels::{key_faults, value_faults};

/// One thing that labels have to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equals,
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// A selector that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector(Vec<Requirement>);

impl Selector {
    /// Understands `{matchLabels, matchExpressions}`, or says why it cannot be.
    pub(super) fn read(selector: &Value) -> Result<Self, String> {
        let mut requirements = Vec::new();
        let labels = selector.get("matchLabels").and_then(Value::as_object);
        for (key, value) in labels.into_iter().flatten() {
            let value = value.as_str().unwrap_or_default().to_owned();
            requirements.push(Requirement::new(key, Operator::Equals, [value].into())?);
        }
        let expressions = selector.get("matchExpressions").and_then(Value::as_array);
        for expression in expressions.into_iter().flatten() {
            let text = |field: &str| expression.get(field).and_then(Value::as_str).unwrap_or_default();
            let operator = match text("operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(format!("{other:?} is not a valid label selector operator")),
            };
            let values = expression
                .get("values")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect();
            requirements.push(Requirement::new(text("key"), operator, values)?);
        }
        requirements.sort_by(|left, right| left.key.cmp(&right.key));
        Ok(Self(requirements))
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether labels fulfil all of it.
    pub(super) fn matches(&self, labels: Option<&Value>) -> bool {
        let value_of = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        self.0.iter().all(|requirement| {
            let value = value_of(&requirement.key);
            let among = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator {
                Operator::Equals | Operator::In => among,
                Operator::NotIn => !among,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }

    /// As the API's queries write it, `a=b,c in (d,e)`.
    pub(super) fn text(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(Requirement::text).collect();
        parts.join(",")
    }
}

impl Requirement {
    fn new(key: &str, operator: Operator, values: BTreeSet<String>) -> Result<Self, String> {
        if let Some(fault) = key_faults(key).into_iter().next() {
            return Err(format!("key: Invalid value: {key:?}: {fault}"));
        }
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                return Err(
                    "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"
                        .to_owned(),
                );
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                return Err(
                    "values: Invalid value: values set must be empty for exists and does not exist"
                        .to_owned(),
                );
            }
            Operator::Equals | Operator::In | Operator::NotIn | Operator::Exists | Operator::DoesNotExist => {
            }
        }
        for value in &values {
            if let Some(fault) = value_faults(value).into_iter().next() {
                return Err(format!("values[0][{key}]: Invalid value: {value:?}: {fault}"));
            }
        }
        Ok(Self {
            key: key.to_owned(),
            operator,
            values,
        })
    }

    fn text(&self) -> String {
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        let (key, values) = (&self.key, values.join(","));
        match self.operator {
            Operator::Equals => format!("{key}={values}"),
            Operator::In => format!("{key} in ({values})"),
            Operator::NotIn => format!("{key} notin ({values})"),
            Operator::Exists => key.clone(),
            Operator::DoesNotExist => format!("!{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_are_understood_and_written() {
        let selector = Selector::read(&json!({
            "matchLabels": {"b": "1"},
            "matchExpressions": [
                {"key": "a", "operator": "In", "values": ["y", "x"]},
                {"key": "c", "operator": "DoesNotExist"}
            ]
        }))
        .unwrap();
        assert_eq!(selector.text(), "a in (x,y),b=1,!c");
        assert!(selector.matches(Some(&json!({"a": "x", "b": "1"}))));
        assert!(!selector.matches(Some(&json!({"a": "x", "b": "1", "c": ""}))));
        assert!(!selector.matches(None));
        assert!(Selector::read(&json!({})).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (selector, part) in [
            (
                json!({"matchExpressions": [{"key": "a", "operator": "Near"}]}),
                "not a valid label selector operator",
            ),
            (
                json!({"matchExpressions": [{"key": "a", "operator": "In"}]}),
                "can't be empty",
            ),
            (
                json!({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]}),
                "must be empty",
            ),
            (json!({"matchLabels": {"a b": "x"}}), "name part"),
            (json!({"matchLabels": {"a": "x y"}}), "a valid label must be"),
        ] {
            let fault = Selector::read(&selector).unwrap_err();
            assert!(fault.contains(part), "{fault}");
        }
    }
}
