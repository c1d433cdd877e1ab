//! All that one may do in a namespace.

use serde_json::{Value, json};

use super::text;
use crate::authz::rule::Rule;
use crate::authz::rules_of;
use crate::call::Call;
use crate::status::ApiError;

/// The rules that apply to the one who asks.
pub(super) fn review(call: &Call, review: &Value) -> Result<Value, ApiError> {
    let namespace = text(review, "/spec/namespace");
    if namespace.is_empty() {
        return Err(ApiError::bad_request("no namespace on request"));
    }
    let (rules, unknown) = rules_of(&call.place.hosted, &call.identity, namespace);
    let (resources, paths): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|rule| rule.paths.is_empty());
    let resources: Vec<Value> = resources
        .into_iter()
        .map(|rule| {
            let mut shown = json!({
                "verbs": rule.verbs,
                "apiGroups": rule.api_groups,
                "resources": rule.resources,
            });
            if !rule.resource_names.is_empty() {
                shown["resourceNames"] = json!(rule.resource_names);
            }
            shown
        })
        .collect();
    let paths: Vec<Value> = paths
        .into_iter()
        .map(|rule| json!({"verbs": rule.verbs, "nonResourceURLs": rule.paths}))
        .collect();
    let mut status = json!({
        "resourceRules": resources,
        "nonResourceRules": paths,
        "incomplete": !unknown.is_empty(),
    });
    if !unknown.is_empty() {
        status["evaluationError"] = json!(unknown);
    }
    Ok(status)
}
