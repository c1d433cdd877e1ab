//! Label selectors.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A selector by equal labels; expressions are kept and not used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("x-kubernetes-map-type" = "atomic"))]
pub struct LabelSelector {
    /// Labels that have to be there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// Expressions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub match_expressions: Vec<LabelRequirement>,
}

impl LabelSelector {
    /// The selector as text, `a=b,c in (x,y)`, by its keys; nothing where it selects nothing.
    pub fn text(&self) -> Option<String> {
        let labels = self.match_labels.iter();
        let mut parts: Vec<(&str, String)> = labels
            .map(|(key, value)| (key.as_str(), format!("{key}={value}")))
            .collect();
        let expressions = self.match_expressions.iter();
        parts.extend(expressions.map(|requirement| (requirement.key.as_str(), requirement.text())));
        parts.sort_by_key(|(key, _)| *key);
        let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
        (!parts.is_empty()).then(|| parts.join(","))
    }

    /// Whether an object with `labels` is selected; an empty selector selects nothing.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.match_labels.is_empty()
            && self
                .match_labels
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
    }
}

/// One expression of a selector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct LabelRequirement {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// Values of the label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub values: Vec<String>,
}

impl LabelRequirement {
    fn text(&self) -> String {
        let mut values = self.values.clone();
        values.sort();
        let (key, values) = (&self.key, values.join(","));
        match self.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            // `Exists`; the server knows no other.
            _ => key.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn its_text_is_what_kubernetes_reads_and_none_is_no_text() {
        let text =
            |selector: serde_json::Value| serde_json::from_value::<LabelSelector>(selector).unwrap().text();
        let expressions = json!([
            {"key": "a", "operator": "In", "values": ["y", "x"]},
            {"key": "c", "operator": "DoesNotExist"}, {"key": "d", "operator": "Exists"},
            {"key": "e", "operator": "NotIn", "values": ["z"]},
        ]);
        let whole = json!({"matchLabels": {"b": "1"}, "matchExpressions": expressions});
        assert_eq!(text(whole).as_deref(), Some("a in (x,y),b=1,!c,d,e notin (z)"));
        assert_eq!(text(json!({})), None);
    }
}
