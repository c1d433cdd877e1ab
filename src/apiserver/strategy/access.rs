//! The rules of roles, bindings, certificate requests and the Secrets of ServiceAccounts.

use serde_json::{Value, json};

use crate::authz::GROUP;
use crate::certificates::{self, checks};
use crate::object::map_of;
use crate::registry::Resource;
use crate::status::Cause;

/// The type of a Secret that holds an account's token.
pub(crate) const TOKEN_SECRET: &str = "kubernetes.io/service-account-token";
/// The annotation that says whose token it is.
pub(crate) const ACCOUNT: &str = "kubernetes.io/service-account.name";
/// The annotation that says which account of that name.
pub(crate) const ACCOUNT_UID: &str = "kubernetes.io/service-account.uid";

/// Whether objects of this resource may have any name that fits into a path.
pub(super) fn has_free_names(resource: &Resource) -> bool {
    resource.group == GROUP
}

/// Whether a name fits into a path.
pub(super) fn fits_into_path(name: &str) -> bool {
    !matches!(name, "." | "..") && !name.contains(['/', '%'])
}

/// Writes down what is meant where it is left out.
pub(super) fn complete(resource: &Resource, object: &mut Value) {
    if resource.group != GROUP {
        return;
    }
    let missing =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).is_none_or(str::is_empty);
    match resource.plural.as_str() {
        "roles" | "clusterroles" => {
            let role = map_of(object);
            if role.get("rules").is_none() {
                role.insert("rules".to_owned(), Value::Null);
            }
        }
        "rolebindings" | "clusterrolebindings" => {
            let binding = map_of(object);
            if let Some(role) = binding.get_mut("roleRef").filter(|role| role.is_object())
                && missing(role, "apiGroup")
            {
                map_of(role).insert("apiGroup".to_owned(), json!(GROUP));
            }
            let subjects = binding.get_mut("subjects").and_then(Value::as_array_mut);
            for subject in subjects.into_iter().flatten() {
                let user = matches!(
                    subject.get("kind").and_then(Value::as_str),
                    Some("User" | "Group")
                );
                if user && missing(subject, "apiGroup") {
                    map_of(subject).insert("apiGroup".to_owned(), json!(GROUP));
                }
            }
        }
        _ => {}
    }
}

/// What is wrong with an object, beside its metadata. A request is only looked at when it is made, as it stays so.
pub(super) fn validate(resource: &Resource, object: &Value, new: bool) -> Vec<Cause> {
    if resource.group == GROUP {
        return match resource.plural.as_str() {
            "roles" | "clusterroles" => check_rules(resource, object),
            _ => check_binding(resource, object),
        };
    }
    if new && certificates::is_request(resource) {
        return checks::check(object);
    }
    Vec::new()
}

/// What may not change.
pub(super) fn immutable(resource: &Resource, old: &Value, new: &Value) -> Option<Cause> {
    let binding = resource.group == GROUP && resource.plural.ends_with("bindings");
    (binding && old.get("roleRef") != new.get("roleRef")).then(|| {
        let role = new.get("roleRef").unwrap_or(&Value::Null).to_string();
        Cause::invalid("roleRef", &role, "cannot change roleRef")
    })
}

fn list<'a>(value: &'a Value, field: &str) -> Option<&'a Vec<Value>> {
    value.get(field).and_then(Value::as_array)
}

fn filled(value: &Value, field: &str) -> bool {
    list(value, field).is_some_and(|list| !list.is_empty())
}

fn check_rules(resource: &Resource, role: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    match role.get("rules") {
        None | Some(Value::Null | Value::Array(_)) => {}
        Some(other) => causes.push(Cause::invalid("rules", &other.to_string(), "must be a list")),
    }
    for (index, rule) in list(role, "rules").into_iter().flatten().enumerate() {
        let field = format!("rules[{index}]");
        for name in [
            "verbs",
            "apiGroups",
            "resources",
            "resourceNames",
            "nonResourceURLs",
        ] {
            let texts = match rule.get(name) {
                None | Some(Value::Null) => true,
                Some(Value::Array(list)) => list.iter().all(Value::is_string),
                Some(_) => false,
            };
            if !texts {
                let message = "must be a list of strings";
                causes.push(Cause::invalid(&format!("{field}.{name}"), "", message));
            }
        }
        if !filled(rule, "verbs") {
            causes.push(Cause::required(
                &format!("{field}.verbs"),
                "verbs must contain at least one value",
            ));
        }
        if filled(rule, "nonResourceURLs") {
            if resource.namespaced {
                causes.push(Cause::invalid(
                    &format!("{field}.nonResourceURLs"),
                    &rule.get("nonResourceURLs").unwrap_or(&Value::Null).to_string(),
                    "namespaced rules cannot apply to non-resource URLs",
                ));
            }
            let mixed = ["apiGroups", "resources", "resourceNames"]
                .into_iter()
                .any(|name| filled(rule, name));
            if mixed {
                causes.push(Cause::invalid(
                    &format!("{field}.nonResourceURLs"),
                    &rule.get("nonResourceURLs").unwrap_or(&Value::Null).to_string(),
                    "rules cannot apply to both regular resources and non-resource URLs",
                ));
            }
            continue;
        }
        for (name, message) in [
            ("apiGroups", "resource rules must supply at least one api group"),
            ("resources", "resource rules must supply at least one resource"),
        ] {
            if !filled(rule, name) {
                causes.push(Cause::required(&format!("{field}.{name}"), message));
            }
        }
    }
    causes
}

fn check_binding(resource: &Resource, binding: &Value) -> Vec<Cause> {
    let text = |value: &Value, field: &str| {
        value
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut causes = Vec::new();
    let role = binding.get("roleRef").unwrap_or(&Value::Null);
    if text(role, "apiGroup") != GROUP {
        causes.push(Cause::not_supported(
            "roleRef.apiGroup",
            &text(role, "apiGroup"),
            &[GROUP],
        ));
    }
    let kinds: &[&str] = if resource.namespaced {
        &["ClusterRole", "Role"]
    } else {
        &["ClusterRole"]
    };
    if !kinds.contains(&text(role, "kind").as_str()) {
        causes.push(Cause::not_supported("roleRef.kind", &text(role, "kind"), kinds));
    }
    let name = text(role, "name");
    if name.is_empty() {
        causes.push(Cause::required("roleRef.name", ""));
    } else if !fits_into_path(&name) {
        let message = "may not be '.' or '..', and may not contain '/' or '%'";
        causes.push(Cause::invalid("roleRef.name", &format!("{name:?}"), message));
    }
    for (index, subject) in list(binding, "subjects").into_iter().flatten().enumerate() {
        let field = format!("subjects[{index}]");
        if text(subject, "name").is_empty() {
            causes.push(Cause::required(&format!("{field}.name"), ""));
        }
        let group = text(subject, "apiGroup");
        match text(subject, "kind").as_str() {
            "ServiceAccount" => {
                if !group.is_empty() {
                    causes.push(Cause::not_supported(&format!("{field}.apiGroup"), &group, &[""]));
                }
                if !resource.namespaced && text(subject, "namespace").is_empty() {
                    causes.push(Cause::required(&format!("{field}.namespace"), ""));
                }
            }
            "User" | "Group" => {
                if group != GROUP {
                    causes.push(Cause::not_supported(
                        &format!("{field}.apiGroup"),
                        &group,
                        &[GROUP],
                    ));
                }
            }
            other => causes.push(Cause::not_supported(
                &format!("{field}.kind"),
                other,
                &["ServiceAccount", "User", "Group"],
            )),
        }
    }
    causes
}
