//! What a CustomResourceDefinition must be.
//!
//! Source: `apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go`.

mod names;
mod versions;

use serde_json::{Value, json};

use crate::object::{map_of, metadata, metadata_text};
use crate::registry::custom;
use crate::schema::causes::{Path, shown};
use crate::status::{ApiError, Cause};

/// The port of a webhook that names none.
const WEBHOOK_PORT: u16 = 443;

/// The annotation without which nobody defines resources in Kubernetes' own groups.
const APPROVAL: &str = "api-approved.kubernetes.io";

/// What the server fills in.
pub(crate) fn complete(definition: &mut Value) {
    let Some(spec) = definition.get_mut("spec").filter(|spec| spec.is_object()) else {
        return;
    };
    if let Some(names) = spec.get_mut("names") {
        *names = custom::with_defaults(names.take());
    }
    let conversion = map_of(spec)
        .entry("conversion")
        .or_insert_with(|| json!({"strategy": "None"}));
    if let Some(Value::Object(service)) = conversion.pointer_mut("/webhook/clientConfig/service") {
        service.entry("port").or_insert_with(|| json!(WEBHOOK_PORT));
    }
}

/// Refuses a definition that cannot be served.
pub(super) fn check(definition: &Value, old: Option<&Value>) -> Result<(), ApiError> {
    let unchanged = |path: &str| old.is_some_and(|old| old.pointer(path) == definition.pointer(path));
    let mut causes = Vec::new();
    if !unchanged("/spec") {
        name(definition, &mut causes);
        names::check(definition, &mut causes);
        approval(definition, &mut causes);
        versions::check(definition, old, &mut causes);
        conversion(definition, &mut causes);
    }
    if let Some(old) = old {
        immutable(definition, old, &mut causes);
    }
    if !(unchanged("/spec/versions") && unchanged("/status/storedVersions")) {
        stored_versions(definition, &mut causes);
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        metadata_text(definition, "name"),
        &causes,
    ))
}

/// The text at a place; empty where there is none.
fn text<'a>(definition: &'a Value, path: &str) -> &'a str {
    definition
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The texts of a list.
fn texts<'a>(definition: &'a Value, path: &str) -> Vec<&'a str> {
    definition
        .pointer(path)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The versions of a definition.
fn versions(definition: &Value) -> &[Value] {
    definition
        .pointer("/spec/versions")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn name(definition: &Value, causes: &mut Vec<Cause>) {
    let name = metadata_text(definition, "name");
    let expected = format!(
        "{}.{}",
        text(definition, "/spec/names/plural"),
        text(definition, "/spec/group")
    );
    if name != expected {
        causes.push(Cause::invalid(
            "metadata.name",
            &shown(&json!(name)),
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    match text(definition, "/spec/scope") {
        "Namespaced" | "Cluster" => {}
        "" => causes.push(Cause::required("spec.scope", "")),
        other => causes.push(Cause::not_supported(
            "spec.scope",
            other,
            &["Cluster", "Namespaced"],
        )),
    }
    if definition.pointer("/spec/preserveUnknownFields") == Some(&Value::Bool(true)) {
        causes.push(Cause::invalid(
            "spec.preserveUnknownFields",
            "true",
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
        ));
    }
}

/// Kubernetes' own groups are not for everybody.
fn approval(definition: &Value, causes: &mut Vec<Cause>) {
    let group = text(definition, "/spec/group");
    let protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|own| group == *own || group.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')));
    let approved = metadata(definition, "annotations")
        .and_then(|annotations| annotations.get(APPROVAL))
        .and_then(Value::as_str)
        .is_some_and(|value| value.starts_with("https://") || value.starts_with("unapproved"));
    if protected && !approved {
        causes.push(Cause::required(
            &format!("metadata.annotations[{APPROVAL}]"),
            &format!(
                "protected groups must have approval annotation {APPROVAL:?}, see https://github.com/kubernetes/enhancements/pull/1111"
            ),
        ));
    }
}

fn immutable(definition: &Value, old: &Value, causes: &mut Vec<Cause>) {
    let established = custom::condition(old, "Established") == Some("True");
    let always = ["group", "names/plural"];
    let once_established = ["scope", "names/kind"];
    let fields = always
        .iter()
        .chain(once_established.iter().filter(|_| established));
    for field in fields {
        let path = format!("/spec/{field}");
        if old.pointer(&path) != definition.pointer(&path) {
            let value = shown(definition.pointer(&path).unwrap_or(&Value::Null));
            let field = format!("spec.{}", field.replace('/', "."));
            causes.push(Cause::invalid(&field, &value, "field is immutable"));
        }
    }
}

fn conversion(definition: &Value, causes: &mut Vec<Cause>) {
    let Some(conversion) = definition.pointer("/spec/conversion") else {
        return;
    };
    let root = Path::Root;
    let path = root.field("spec.conversion");
    let webhook = conversion.get("webhook").filter(|webhook| !webhook.is_null());
    match conversion
        .get("strategy")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "" => causes.push(Cause::required(&path.field("strategy").to_string(), "")),
        "None" => {
            if webhook.is_some() {
                causes.push(Cause::forbidden(
                    &path.field("webhookClientConfig").to_string(),
                    "should not be set when strategy is not set to Webhook",
                ));
            }
        }
        "Webhook" => {
            let config = webhook.and_then(|webhook| webhook.get("clientConfig"));
            let has = |field: &str| {
                config.is_some_and(|config| config.get(field).is_some_and(|value| !value.is_null()))
            };
            let place = path.field("webhookClientConfig").to_string();
            if config.is_none() {
                causes.push(Cause::required(
                    &place,
                    "required when strategy is set to Webhook",
                ));
            } else if has("url") == has("service") {
                causes.push(Cause::required(
                    &place,
                    "exactly one of url or service is required",
                ));
            }
            review_versions(webhook, &path.field("conversionReviewVersions"), causes);
        }
        other => causes.push(Cause::not_supported(
            &path.field("strategy").to_string(),
            other,
            &["None", "Webhook"],
        )),
    }
}

fn review_versions(webhook: Option<&Value>, path: &Path<'_>, causes: &mut Vec<Cause>) {
    let versions = webhook.map(|webhook| texts(webhook, "/conversionReviewVersions"));
    match versions.unwrap_or_default().as_slice() {
        [] => causes.push(Cause::required(&path.to_string(), "")),
        versions
            if versions
                .iter()
                .any(|version| matches!(*version, "v1" | "v1beta1")) => {}
        versions => causes.push(Cause::invalid_value(
            path,
            &json!(versions),
            "must include at least one of v1, v1beta1",
        )),
    }
}

/// Versions in which objects may still be stored must be there. What is not in the status yet, the server adds.
fn stored_versions(definition: &Value, causes: &mut Vec<Cause>) {
    let root = Path::Root;
    let path = root.field("status.storedVersions");
    let known: Vec<&str> = versions(definition)
        .iter()
        .filter_map(|version| version.get("name")?.as_str())
        .collect();
    for (index, stored) in texts(definition, "/status/storedVersions").iter().enumerate() {
        if !known.contains(stored) {
            let message = format!(
                "missing from spec.versions; {stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {stored} and removes {stored} from status.storedVersions"
            );
            causes.push(Cause::invalid_value(&path.index(index), &json!(stored), &message));
        }
    }
}
