//! Machine, and what every spec of machines has.

use serde_json::{Value, json};

use fleetui_api::labels::CONTROL_PLANE;

use super::field::{
    annotation, defined, has_label, label_with_cluster, list, set_missing, text, with_leading_v,
};
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, taints};

/// Seconds that the deletion of a node may take, where nothing else is said.
pub const NODE_DELETION_TIMEOUT_SECONDS: i32 = 10;
const POOL_NAME: &str = fleetui_api::labels::POOL_NAME;
const SKIP_PREFLIGHT_CHECKS: &str = "machineset.cluster.x-k8s.io/skip-preflight-checks";
const PREFLIGHT_CHECKS: [&str; 5] = [
    "All",
    "ControlPlaneIsStable",
    "ControlPlaneVersionSkew",
    "KubeadmVersionSkew",
    "KubernetesVersionSkew",
];

#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature of all defaults in the table of rules"
)]
pub(super) fn default(_: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    label_with_cluster(object);
    with_leading_v(object, "/spec/version");
    default_node_deletion(object, &["spec", "deletion"]);
    Ok(())
}

/// Fills in how long the deletion of a node may take.
pub(super) fn default_node_deletion(object: &mut Value, path: &[&str]) {
    set_missing(
        object,
        path,
        "nodeDeletionTimeoutSeconds",
        json!(NODE_DELETION_TIMEOUT_SECONDS),
    );
}

pub(super) fn validate(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    if !has_label(object, POOL_NAME) {
        check_bootstrap(object, "spec", verdict);
    }
    check_cluster_name(write, verdict);
    check_version(object, "spec.version", verdict);
    let workers = !has_label(object, CONTROL_PLANE);
    taints::check(
        list(object, "/spec/taints"),
        "spec.taints",
        workers,
        &mut verdict.violations,
    );
}

/// A spec of machines, whose path is `path`, must say how they are made into nodes.
pub(super) fn check_bootstrap(object: &Value, path: &str, verdict: &mut Verdict) {
    let pointer = format!("/{}/bootstrap", path.replace('.', "/"));
    let bootstrap = object.pointer(&pointer).unwrap_or(&Value::Null);
    let said = defined(bootstrap, "/configRef").is_some()
        || bootstrap
            .get("dataSecretName")
            .is_some_and(|secret| !secret.is_null());
    if !said {
        verdict.add(Violation::required(
            format!("{path}.bootstrap"),
            &format!("expected either {path}.bootstrap.dataSecretName or {path}.bootstrap.configRef to be populated"),
        ));
    }
}

/// The cluster of an object never changes.
pub(super) fn check_cluster_name(write: &Write, verdict: &mut Verdict) {
    let changed = write
        .old
        .is_some_and(|old| text(old, "/spec/clusterName") != text(write.object, "/spec/clusterName"));
    if changed {
        verdict.add(Violation::forbidden("spec.clusterName", "field is immutable"));
    }
}

/// The version at `path`, where there is one, must be a version.
pub(super) fn check_version(object: &Value, path: &str, verdict: &mut Verdict) {
    let version = text(object, &format!("/{}", path.replace('.', "/")));
    if version.is_empty() {
        return;
    }
    if !version.starts_with('v') {
        verdict.add(Violation::invalid_text(path, version, "must start with v"));
    }
    if !is_semantic(version) {
        verdict.add(Violation::invalid_text(
            path,
            version,
            "must be a valid semantic version",
        ));
    }
}

/// Whether this is a semantic version, with or without the leading `v`.
pub(super) fn is_semantic(version: &str) -> bool {
    semver::Version::parse(version.strip_prefix('v').unwrap_or(version)).is_ok()
}

/// The checks that an annotation skips must be checks.
pub(super) fn check_skipped_preflight_checks(object: &Value, verdict: &mut Verdict) {
    let Some(skipped) = annotation(object, SKIP_PREFLIGHT_CHECKS).filter(|skipped| !skipped.is_empty())
    else {
        return;
    };
    let unknown: Vec<&str> = skipped
        .split(',')
        .map(str::trim)
        .filter(|check| !PREFLIGHT_CHECKS.contains(check))
        .collect();
    if !unknown.is_empty() {
        verdict.add(Violation::invalid(
            format!("metadata.annotations.{SKIP_PREFLIGHT_CHECKS}"),
            &json!(unknown),
            &format!(
                "skipped preflight check(s) must be among: [{}]",
                PREFLIGHT_CHECKS.join(" ")
            ),
        ));
    }
}
