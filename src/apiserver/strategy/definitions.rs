//! What a CustomResourceDefinition must be.

use serde_json::Value;

use crate::object::metadata_text;
use crate::status::{ApiError, Cause};

/// Refuses a definition that cannot be served.
pub(super) fn check(definition: &Value, old: Option<&Value>) -> Result<(), ApiError> {
    let name = metadata_text(definition, "name");
    let text = |path: &str| {
        definition
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let mut causes = Vec::new();
    for field in ["group", "names/plural", "names/kind"] {
        if text(&format!("/spec/{field}")).is_empty() {
            let field = format!("spec.{}", field.replace('/', "."));
            causes.push(Cause::required(&field, ""));
        }
    }
    let expected = format!("{}.{}", text("/spec/names/plural"), text("/spec/group"));
    if name != expected {
        let message = format!("must be spec.names.plural+\".\"+spec.group ({expected:?})");
        causes.push(Cause::invalid("metadata.name", &format!("{name:?}"), &message));
    }
    let scope = text("/spec/scope");
    if !matches!(scope, "Namespaced" | "Cluster") {
        causes.push(Cause::not_supported(
            "spec.scope",
            scope,
            &["Cluster", "Namespaced"],
        ));
    }
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let storing = versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .count();
    if storing != 1 {
        let message = "must have exactly one version marked as storage version";
        causes.push(Cause::invalid(
            "spec.versions",
            &format!("{storing} of them"),
            message,
        ));
    }
    if let Some(old) = old {
        for field in ["group", "scope", "names/plural", "names/kind"] {
            let path = format!("/spec/{field}");
            if old.pointer(&path) != definition.pointer(&path) {
                let value = definition.pointer(&path).unwrap_or(&Value::Null).to_string();
                let field = format!("spec.{}", field.replace('/', "."));
                causes.push(Cause::invalid(&field, &value, "field is immutable"));
            }
        }
    }
    if causes.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            name,
            &causes,
        ))
    }
}
