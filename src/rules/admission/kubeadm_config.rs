//! KubeadmConfig, and the part of control planes that is one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::field::{defined, integer, list, text};
use super::labels::check_metadata;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write};

/// Ignition is behind a feature gate that is off, as upstream ships it.
const IGNITION: &str = "can be set only if the KubeadmBootstrapFormatIgnition feature gate is enabled";

pub(super) fn validate(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation != Operation::Delete {
        check(write.object.get("spec"), "spec", false, verdict);
    }
}

pub(super) fn validate_template(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    check(
        write.object.pointer("/spec/template/spec"),
        "spec.template.spec",
        false,
        verdict,
    );
    check_metadata(
        write.object.pointer("/spec/template/metadata"),
        "spec.template.metadata",
        &mut verdict.violations,
    );
}

/// Judges a kubeadm config at `path`; one of a control plane has to fit both for init and for join.
pub(super) fn check(config: Option<&Value>, path: &str, of_control_plane: bool, verdict: &mut Verdict) {
    let Some(config) = config else {
        return;
    };
    check_files(config, path, verdict);
    check_users(config, path, verdict);
    if text(config, "/format") == "ignition" {
        verdict.add(Violation::forbidden(format!("{path}.format"), IGNITION));
    }
    if defined(config, "/ignition").is_some() {
        verdict.add(Violation::forbidden(format!("{path}.ignition"), IGNITION));
    }
    check_disks(config, path, verdict);
    let user = config.pointer("/joinConfiguration/discovery/file/kubeConfig/user");
    if let Some(user) = user
        && defined(user, "/authProvider").is_some()
        && defined(user, "/exec").is_some()
    {
        verdict.add(Violation::invalid(
            format!("{path}.joinConfiguration.discovery.file.kubeconfig.user"),
            user,
            "only one of authProvider or exec must be defined",
        ));
    }
    if of_control_plane {
        check_timeouts(config, path, verdict);
    }
}

fn check_files(config: &Value, path: &str, verdict: &mut Verdict) {
    let mut paths = BTreeSet::new();
    for (index, file) in list(config, "/files").iter().enumerate() {
        let at = format!("{path}.files[{index}]");
        let elsewhere = defined(file, "/contentFrom");
        if elsewhere.is_some() && !text(file, "/content").is_empty() {
            verdict.add(Violation::invalid(
                &at,
                &without_content(file),
                "only one of content or contentFrom may be specified for a single file",
            ));
        }
        if let Some(source) = elsewhere {
            check_secret(source, &format!("{at}.contentFrom.secret"), verdict);
        }
        if !paths.insert(text(file, "/path")) {
            verdict.add(Violation::invalid(
                format!("{at}.path"),
                &without_content(file),
                "path property must be unique among all files",
            ));
        }
    }
}

/// A file as it is shown in a refusal: what is in it may be secret.
fn without_content(file: &Value) -> Value {
    json!({"path": text(file, "/path")})
}

fn check_users(config: &Value, path: &str, verdict: &mut Verdict) {
    for (index, user) in list(config, "/users").iter().enumerate() {
        let at = format!("{path}.users[{index}]");
        let elsewhere = defined(user, "/passwdFrom");
        if elsewhere.is_some() && !text(user, "/passwd").is_empty() {
            verdict.add(Violation::invalid(
                &at,
                &json!({"name": text(user, "/name")}),
                "only one of passwd or passwdFrom may be specified for a single user",
            ));
        }
        if let Some(source) = elsewhere {
            check_secret(source, &format!("{at}.passwdFrom.secret"), verdict);
        }
    }
}

fn check_secret(source: &Value, path: &str, verdict: &mut Verdict) {
    for part in ["name", "key"] {
        if text(source, &format!("/secret/{part}")).is_empty() {
            verdict.add(Violation::required(
                format!("{path}.{part}"),
                &format!("secret file source must specify non-empty secret {part}"),
            ));
        }
    }
}

fn check_disks(config: &Value, path: &str, verdict: &mut Verdict) {
    for (index, partition) in list(config, "/diskSetup/partitions").iter().enumerate() {
        let shares = list(partition, "/diskLayout")
            .iter()
            .filter_map(|layout| integer(layout, "/percentage"));
        let sum: i64 = shares.fold(0, i64::saturating_add);
        if sum > 100 {
            verdict.add(Violation::invalid(
                format!("{path}.diskSetup.partitions[{index}].diskLayout"),
                &json!(sum),
                "the sum of all partition percentages must not be greater than 100",
            ));
        }
    }
}

fn check_timeouts(config: &Value, path: &str, verdict: &mut Verdict) {
    const FIELD: &str = "controlPlaneComponentHealthCheckSeconds";
    let told = |part: &str| {
        integer(config, &format!("/{part}/timeouts/{FIELD}"))
            .map_or_else(|| "unset".to_owned(), |seconds| seconds.to_string())
    };
    let (init, join) = (told("initConfiguration"), told("joinConfiguration"));
    if init == join {
        return;
    }
    let why = format!(
        "{FIELD} must be set to the same value both in initConfiguration.timeouts ({init}) and in \
         joinConfiguration.timeouts ({join})"
    );
    for (part, value) in [("initConfiguration", &init), ("joinConfiguration", &join)] {
        verdict.add(Violation::invalid_text(
            format!("{path}.{part}.timeouts.{FIELD}"),
            value,
            &why,
        ));
    }
}
