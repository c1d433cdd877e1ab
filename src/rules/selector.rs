//! Which labels a selector accepts, as Kubernetes has it.
//!
//! Must not know: objects; it is given their labels.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::{LabelRequirement, LabelSelector};

/// Whether `labels` fulfil all of `selector`. An empty selector accepts everything; an operator that is not known accepts nothing.
pub fn accepts(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let equal = selector
        .match_labels
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector
            .match_expressions
            .iter()
            .all(|requirement| fulfils(requirement, labels))
}

/// Whether `labels` fulfil a selector that may be missing; a missing one accepts everything.
pub fn accepts_or_missing(selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>) -> bool {
    selector.is_none_or(|selector| accepts(selector, labels))
}

/// Whether nothing is asked for.
pub fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.is_empty() && selector.match_expressions.is_empty()
}

fn fulfils(requirement: &LabelRequirement, labels: &BTreeMap<String, String>) -> bool {
    let value = labels.get(&requirement.key);
    let among = value.is_some_and(|value| requirement.values.contains(value));
    match requirement.operator.as_str() {
        "In" => among,
        "NotIn" => !among,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn labels_and_every_operator_count() {
        let own = labels(&[("app", "db"), ("tier", "back")]);
        let cases = [
            ("In", "app", &["db", "web"][..], true),
            ("In", "app", &["web"], false),
            ("In", "zone", &["a"], false),
            ("NotIn", "app", &["web"], true),
            ("NotIn", "zone", &["a"], true),
            ("NotIn", "app", &["db"], false),
            ("Exists", "tier", &[], true),
            ("Exists", "zone", &[], false),
            ("DoesNotExist", "zone", &[], true),
            ("DoesNotExist", "tier", &[], false),
            ("Near", "tier", &[], false),
        ];
        for (operator, key, values, expected) in cases {
            let selector = LabelSelector {
                match_labels: labels(&[("app", "db")]),
                match_expressions: vec![LabelRequirement {
                    key: key.to_owned(),
                    operator: operator.to_owned(),
                    values: values.iter().map(|value| (*value).to_owned()).collect(),
                }],
            };
            assert_eq!(accepts(&selector, &own), expected, "{key} {operator} {values:?}");
        }
        let other = LabelSelector {
            match_labels: labels(&[("app", "web")]),
            ..LabelSelector::default()
        };
        assert!(!accepts(&other, &own));
    }

    #[test]
    fn empty_and_missing_accept_everything() {
        let empty = LabelSelector::default();
        assert!(is_empty(&empty) && accepts(&empty, &labels(&[])));
        assert!(accepts_or_missing(None, &labels(&[("a", "b")])));
    }
}
