//! How a deletion is wanted: the body's DeleteOptions, or the same as query parameters.

use serde::Deserialize;
use serde_json::Value;

use super::Deletion;
use crate::call::Call;
use crate::request::body;
use crate::request::query::Propagation;
use crate::status::{ApiError, Cause};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DeleteOptions {
    propagation_policy: Option<String>,
    orphan_dependents: Option<bool>,
    preconditions: Option<Preconditions>,
    dry_run: Option<Vec<String>>,
    /// How long what runs may take to end. Nothing runs here, so there is nothing to wait for, and only its form counts.
    #[serde(rename = "gracePeriodSeconds")]
    _grace_period_seconds: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

/// How a request wants its deletion; what the body says goes before what the query says.
pub(crate) fn options(call: &Call, bytes: &[u8]) -> Result<Deletion, ApiError> {
    let object = if bytes.iter().all(u8::is_ascii_whitespace) {
        None
    } else {
        Some(body::object(&call.headers, bytes)?)
    };
    read(call, object)
}

/// The same of options that were read already.
pub(crate) fn read(call: &Call, options: Option<Value>) -> Result<Deletion, ApiError> {
    let options: DeleteOptions = match options {
        None => DeleteOptions::default(),
        Some(object) => serde_json::from_value(object)
            .map_err(|error| ApiError::bad_request(format!("the DeleteOptions cannot be read: {error}")))?,
    };
    let policy = options.propagation_policy.as_deref().map(Propagation::parse);
    let policy = policy.transpose()?.or(call.query.propagation);
    let orphan = options.orphan_dependents.or(call.query.orphan_dependents);
    let dry_run = options.dry_run.unwrap_or_default();
    let mut causes = Vec::new();
    if let (Some(policy), Some(_)) = (policy, orphan) {
        let message = "orphanDependents and deletionPropagation cannot be both set";
        causes.push(Cause::invalid(
            "propagationPolicy",
            &format!("{:?}", policy.as_str()),
            message,
        ));
    }
    if let Some(other) = dry_run.iter().find(|value| *value != "All") {
        causes.push(Cause::not_supported("dryRun", other, &["All"]));
    }
    if !causes.is_empty() {
        return Err(ApiError::invalid(("meta.k8s.io", "DeleteOptions"), "", &causes));
    }
    let preconditions = options.preconditions.unwrap_or_default();
    Ok(Deletion {
        propagation: policy.or(orphan.map(Propagation::of_orphan_dependents)),
        uid: preconditions.uid,
        revision: preconditions.resource_version,
        dry_run: call.query.dry_run || !dry_run.is_empty(),
    })
}
