//! ClusterRoles that hold the rules of others: which others, and what their rules come to.
//!
//! Must not know: the store. It turns roles into rules.

use serde_json::{Value, json};

use crate::object::{metadata, metadata_text};

/// Whether a role's rules are those of others.
pub(crate) fn aggregates(role: &Value) -> bool {
    role.get("aggregationRule").is_some_and(|rule| !rule.is_null())
}

/// The rules of `role`, put together from those of `all` that it selects, in the order of their names; absent where the
/// role has rules of its own.
pub(crate) fn rules(role: &Value, all: &[Value]) -> Option<Vec<Value>> {
    if !aggregates(role) {
        return None;
    }
    let selectors = role
        .pointer("/aggregationRule/clusterRoleSelectors")
        .and_then(Value::as_array)?;
    let mut others: Vec<&Value> = all
        .iter()
        .filter(|other| metadata_text(other, "name") != metadata_text(role, "name"))
        .filter(|other| selectors.iter().any(|selector| selects(selector, other)))
        .collect();
    others.sort_by_key(|other| metadata_text(other, "name").to_owned());
    let mut rules: Vec<Value> = Vec::new();
    for rule in others
        .iter()
        .filter_map(|other| other.get("rules").and_then(Value::as_array))
        .flatten()
    {
        if !rules.contains(rule) {
            rules.push(rule.clone());
        }
    }
    Some(rules)
}

/// Whether a label selector of an object selects a role.
fn selects(selector: &Value, role: &Value) -> bool {
    let label = |key: &str| {
        metadata(role, "labels")
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
    };
    let exact = selector
        .get("matchLabels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .all(|(key, value)| label(key) == value.as_str());
    let expressions = selector
        .get("matchExpressions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .all(|expression| {
            let text = |field: &str| expression.get(field).and_then(Value::as_str).unwrap_or_default();
            let found = label(text("key"));
            let among = found.is_some_and(|found| {
                expression
                    .get("values")
                    .and_then(Value::as_array)
                    .is_some_and(|values| values.contains(&json!(found)))
            });
            match text("operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        });
    exact && expressions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str, label: &str, verb: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {"to": label}}, "rules": [{"verbs": [verb]}]})
    }

    #[test]
    fn rules_come_from_whom_the_selectors_select() {
        let all = [
            role("c", "view", "watch"),
            role("a", "view", "get"),
            role("b", "edit", "update"),
            role("d", "view", "get"),
        ];
        let cases = [
            (json!([{"matchLabels": {"to": "view"}}]), "get watch"),
            (
                json!([{"matchLabels": {"to": "view"}}, {"matchLabels": {"to": "edit"}}]),
                "get update watch",
            ),
            (
                json!([{"matchExpressions": [{"key": "to", "operator": "In", "values": ["edit"]}]}]),
                "update",
            ),
            (
                json!([{"matchExpressions": [{"key": "to", "operator": "NotIn", "values": ["edit"]}]}]),
                "get watch",
            ),
            (
                json!([{"matchExpressions": [{"key": "to", "operator": "Exists"}]}]),
                "get update watch",
            ),
            (
                json!([{"matchExpressions": [{"key": "to", "operator": "DoesNotExist"}]}]),
                "",
            ),
            (
                json!([{"matchLabels": {"to": "view"}, "matchExpressions": [{"key": "to", "operator": "What"}]}]),
                "",
            ),
            (json!([]), ""),
        ];
        for (selectors, expected) in cases {
            let role =
                json!({"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": selectors}});
            let verbs: Vec<String> = rules(&role, &all)
                .unwrap()
                .iter()
                .map(|rule| rule["verbs"][0].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(verbs.join(" "), expected, "{selectors}");
        }
    }

    #[test]
    fn a_role_with_rules_of_its_own_keeps_them() {
        assert_eq!(rules(&role("a", "b", "get"), &[]), None);
    }

    #[test]
    fn a_role_does_not_take_from_itself() {
        let mut own = role("a", "view", "get");
        own["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {"to": "view"}}]});
        assert_eq!(rules(&own, &[own.clone()]), Some(Vec::new()));
    }
}
