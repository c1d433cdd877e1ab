//! The conditions of a certificate request: who may add which, and that a decision stays decided.
//!
//! Must not know: the store, who asks. It turns objects into objects.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::{map_of, metadata_text, timestamp};
use crate::registry::Resource;
use crate::status::{ApiError, Cause};

/// Conditions that say yes or no.
const DECISIONS: [&str; 2] = ["Approved", "Denied"];
/// The condition of a request that could not be signed.
pub(crate) const FAILED: &str = "Failed";

/// The conditions of a request.
pub(crate) fn all(object: &Value) -> Vec<Value> {
    object
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn kind(condition: &Value) -> &str {
    condition.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The condition of this kind.
pub(crate) fn find(object: &Value, wanted: &str) -> Option<Value> {
    all(object)
        .into_iter()
        .find(|condition| kind(condition) == wanted)
}

/// The issued certificate as it stands in the object; empty where there is none.
pub(crate) fn certificate(object: &Value) -> &str {
    object
        .pointer("/status/certificate")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// `old` with the decision of `new`. Nothing else changes.
pub(crate) fn approve(
    resource: &Resource,
    old: &Value,
    new: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let mut decided = old.clone();
    set_conditions(&mut decided, all(new), old, now);
    let mut causes = check(old, &decided);
    if find(old, FAILED) != find(&decided, FAILED) {
        causes.push(Cause::forbidden(
            "status.conditions",
            &format!("updates may not change a condition of type {FAILED:?}"),
        ));
    }
    refuse(resource, old, &causes)?;
    Ok(carry(old, new, decided))
}

/// `new`, with the decision of `old`: a signer brings a certificate, or tells that there will be none.
pub(crate) fn sign(
    resource: &Resource,
    old: &Value,
    mut new: Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let conditions = all(&new);
    if new.get("status").is_some_and(Value::is_object) {
        set_conditions(&mut new, conditions, old, now);
    }
    let mut causes = check(old, &new);
    for decision in DECISIONS {
        if find(old, decision).is_none() && find(&new, decision).is_some() {
            causes.push(Cause::forbidden(
                "status.conditions",
                &format!("updates may not add a condition of type {decision:?}"),
            ));
        }
    }
    let (before, after) = (certificate(old), certificate(&new));
    if before != after {
        let pem = |text: &str| {
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
            fleetui_pki::CertificateFacts::of_pem(&String::from_utf8(bytes).ok()?).ok()
        };
        if !before.is_empty() {
            causes.push(Cause::forbidden(
                "status.certificate",
                "updates may not modify existing certificate content",
            ));
        } else if pem(after).is_none() {
            causes.push(Cause::invalid(
                "status.certificate",
                "<certificate data>",
                "must contain at least one CERTIFICATE PEM block",
            ));
        }
    }
    refuse(resource, old, &causes)?;
    Ok(new)
}

/// The rest of what an update of the decision says: that it is made upon a certain state, and labels.
fn carry(old: &Value, new: &Value, mut decided: Value) -> Value {
    let metadata = new.get("metadata").or_else(|| old.get("metadata"));
    map_of(&mut decided).insert("metadata".to_owned(), metadata.cloned().unwrap_or(Value::Null));
    decided
}

fn set_conditions(object: &mut Value, conditions: Vec<Value>, old: &Value, now: Timestamp) {
    let now = json!(timestamp(now));
    let conditions: Vec<Value> = conditions
        .into_iter()
        .map(|mut condition| {
            let before = find(old, kind(&condition));
            let same = before
                .as_ref()
                .is_some_and(|before| before.get("status") == condition.get("status"));
            for field in ["lastUpdateTime", "lastTransitionTime"] {
                if condition.get(field).is_none_or(Value::is_null) {
                    let kept = before
                        .as_ref()
                        .filter(|_| same)
                        .and_then(|before| before.get(field).cloned());
                    map_of(&mut condition).insert(field.to_owned(), kept.unwrap_or_else(|| now.clone()));
                }
            }
            condition
        })
        .collect();
    let status = map_of(object).entry("status").or_insert_with(|| json!({}));
    let status = map_of(status);
    if conditions.is_empty() {
        status.shift_remove("conditions");
    } else {
        status.insert("conditions".to_owned(), conditions.into());
    }
}

/// What no part may do: say two things at once, or take back what was said.
fn check(old: &Value, new: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let conditions = all(new);
    for (index, condition) in conditions.iter().enumerate() {
        let field = format!("status.conditions[{index}]");
        let kind_of = kind(condition);
        let status = condition
            .get("status")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if kind_of.is_empty() {
            causes.push(Cause::required(&format!("{field}.type"), ""));
        }
        let decides = DECISIONS.contains(&kind_of) || kind_of == FAILED;
        let known: &[&str] = if decides {
            &["True"]
        } else {
            &["False", "True", "Unknown"]
        };
        if status.is_empty() {
            causes.push(Cause::required(&format!("{field}.status"), ""));
        } else if !known.contains(&status) {
            causes.push(Cause::not_supported(&format!("{field}.status"), status, known));
        }
        if conditions.iter().take(index).any(|other| kind(other) == kind_of) {
            causes.push(Cause {
                reason: "FieldValueDuplicate",
                message: format!("Duplicate value: {kind_of:?}"),
                field: format!("{field}.type"),
            });
        }
    }
    if DECISIONS.iter().all(|decision| find(new, decision).is_some()) {
        causes.push(Cause::invalid(
            "status.conditions",
            "\"Denied\"",
            "Approved and Denied conditions are mutually exclusive",
        ));
    }
    for kept in DECISIONS.into_iter().chain([FAILED]) {
        let Some(before) = find(old, kept) else {
            continue;
        };
        match find(new, kept) {
            None => causes.push(Cause::forbidden(
                "status.conditions",
                &format!("updates may not remove a condition of type {kept:?}"),
            )),
            Some(after) if after != before => causes.push(Cause::forbidden(
                "status.conditions",
                &format!("updates may not modify a condition of type {kept:?}"),
            )),
            Some(_) => {}
        }
    }
    causes
}

fn refuse(resource: &Resource, object: &Value, causes: &[Cause]) -> Result<(), ApiError> {
    if causes.is_empty() {
        Ok(())
    } else {
        let name = metadata_text(object, "name");
        Err(ApiError::invalid_object(resource, name, causes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn object(conditions: &[(&str, &str)]) -> Value {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(kind, status)| json!({"type": kind, "status": status, "lastUpdateTime": "t", "lastTransitionTime": "t"}))
            .collect();
        json!({"metadata": {"name": "a"}, "spec": {}, "status": {"conditions": conditions}})
    }

    #[test]
    fn a_decision_is_made_once() {
        let resource = Resource::default();
        let none: &[(&str, &str)] = &[];
        let yes: &[(&str, &str)] = &[("Approved", "True")];
        let no: &[(&str, &str)] = &[("Denied", "True")];
        let both: &[(&str, &str)] = &[("Approved", "True"), ("Denied", "True")];
        for (old, new, good) in [
            (none, yes, true),
            (none, no, true),
            (none, both, false),
            (yes, yes, true),
            (yes, none, false),
            (yes, no, false),
            (yes, both, false),
            (no, yes, false),
            (none, &[("Approved", "False")], false),
            (none, &[("Failed", "True")], false),
            (none, &[("", "True")], false),
            (none, &[("Approved", "True"), ("Approved", "True")], false),
            (none, &[("Mine", "Unknown")], true),
        ] {
            let decided = approve(&resource, &object(old), &object(new), now());
            assert_eq!(decided.is_ok(), good, "{old:?} -> {new:?}: {decided:?}");
        }
    }

    #[test]
    fn approving_changes_nothing_else() {
        let old = object(&[]);
        let mut new = object(&[("Approved", "True")]);
        new["spec"] = json!({"username": "root"});
        new["status"]["certificate"] = json!("mine");
        let decided = approve(&Resource::default(), &old, &new, now()).unwrap();
        assert_eq!(decided["spec"], json!({}));
        assert_eq!(decided["status"].get("certificate"), None);
    }

    #[test]
    fn a_signer_brings_a_certificate_and_decides_nothing() {
        let resource = Resource::default();
        let approved = object(&[("Approved", "True")]);
        let mut signed = approved.clone();
        signed["status"]["certificate"] = json!("AAAA");
        assert!(
            sign(&resource, &approved, signed.clone(), now()).is_err(),
            "no certificate"
        );
        assert!(
            sign(&resource, &signed, approved.clone(), now()).is_err(),
            "taken back"
        );
        assert!(
            sign(&resource, &object(&[]), approved, now()).is_err(),
            "approves"
        );
        let failed = object(&[("Failed", "True")]);
        assert!(sign(&resource, &object(&[]), failed, now()).is_ok());
    }

    #[test]
    fn times_are_the_servers_where_the_client_tells_none() {
        let new = json!({"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Approved", "status": "True"}]}});
        let decided = approve(&Resource::default(), &object(&[]), &new, now()).unwrap();
        let condition = find(&decided, "Approved").unwrap();
        assert_eq!(condition["lastUpdateTime"], "1970-01-01T00:00:00Z");
        assert_eq!(condition["lastTransitionTime"], "1970-01-01T00:00:00Z");
    }
}
