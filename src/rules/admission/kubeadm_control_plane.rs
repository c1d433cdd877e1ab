//! KubeadmControlPlane: how many, which versions after which, and what may be changed at all.

mod changes;

use fleetui_api::kinds::CLUSTERCTL;
use serde_json::{Value, json};

use super::field::{annotation, defined, integer, list, name, set, set_missing, text};
use super::labels::check_metadata;
use super::machine::is_semantic;
use super::machine_template::check_naming;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, kubeadm_config, taints};
use crate::upgrade::registry;
use crate::version::Version;

const CLUSTER_CONFIGURATION: &str = "/spec/kubeadmConfigSpec/clusterConfiguration";
/// Days that a certificate authority is good for where nothing else is said.
const AUTHORITY_DAYS: i64 = 3650;
const SKIP_COREDNS: &str = "controlplane.cluster.x-k8s.io/skip-coredns";

#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature of all defaults in the table of rules"
)]
pub(super) fn default(_: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    set_missing(object, &["spec"], "replicas", json!(1));
    let version = text(object, "/spec/version");
    if !version.starts_with('v') {
        let version = format!("v{version}");
        set(object, &["spec"], "version", json!(version));
    }
    let strategy = &["spec", "rollout", "strategy"];
    set(object, strategy, "type", json!("RollingUpdate"));
    set_missing(
        object,
        &["spec", "rollout", "strategy", "rollingUpdate"],
        "maxSurge",
        json!(1),
    );
    Ok(())
}

pub(super) fn validate(write: &Write, lookup: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    check_replicas(object, verdict);
    check_machine_template(object, verdict);
    check_version(object, verdict);
    let spec = object.get("spec").unwrap_or(&Value::Null);
    check_shared(spec, integer(object, "/spec/replicas"), "spec", verdict);
    if let Some(old) = write.old {
        changes::check(old, object, verdict);
        check_step(old, object, verdict);
        check_registry(old, object, lookup, verdict);
        check_etcd_stays(old, object, verdict);
        check_dns_step(old, object, verdict);
    }
    kubeadm_config::check(
        object.pointer("/spec/kubeadmConfigSpec"),
        "spec.kubeadmConfigSpec",
        true,
        verdict,
    );
}

/// Judges a number of replicas that comes through the scale subresource; answers with the refusal.
pub(super) fn check_scale(object: &Value, replicas: i64) -> Result<(), String> {
    if replicas <= 0 {
        Err("replicas should be greater than zero".to_owned())
    } else if replicas % 2 == 0 && !external_etcd(object) {
        Err("replicas cannot be an even number when etcd is stacked".to_owned())
    } else {
        Ok(())
    }
}

fn external_etcd(object: &Value) -> bool {
    defined(object, &format!("{CLUSTER_CONFIGURATION}/etcd/external")).is_some()
}

fn check_replicas(object: &Value, verdict: &mut Verdict) {
    const PATH: &str = "spec.replicas";
    let Some(replicas) = integer(object, "/spec/replicas") else {
        return verdict.add(Violation::required(PATH, "is required"));
    };
    if replicas <= 0 {
        verdict.add(Violation::forbidden(PATH, "cannot be less than or equal to 0"));
    }
    if replicas % 2 == 0 && !external_etcd(object) {
        verdict.add(Violation::forbidden(
            PATH,
            "cannot be an even number when etcd is stacked",
        ));
    }
}

fn check_machine_template(object: &Value, verdict: &mut Verdict) {
    for part in ["apiGroup", "kind", "name"] {
        let value = text(
            object,
            &format!("/spec/machineTemplate/spec/infrastructureRef/{part}"),
        );
        if value.is_empty() {
            verdict.add(Violation::invalid_text(
                format!("spec.machineTemplate.infrastructure.{part}"),
                "",
                "cannot be empty",
            ));
        }
    }
}

fn check_version(object: &Value, verdict: &mut Verdict) {
    let version = text(object, "/spec/version");
    if !version.starts_with('v') {
        verdict.add(Violation::invalid_text(
            "spec.version",
            version,
            "must start with v",
        ));
    }
    if !is_semantic(version) {
        verdict.add(Violation::invalid_text(
            "spec.version",
            version,
            "must be a valid semantic version",
        ));
    }
}

/// Judges what control planes share with their templates; `path` is the spec's.
pub(super) fn check_shared(spec: &Value, replicas: Option<i64>, path: &str, verdict: &mut Verdict) {
    taints::check(
        list(spec, "/machineTemplate/spec/taints"),
        &format!("{path}.machineTemplate.spec.taints"),
        false,
        &mut verdict.violations,
    );
    check_metadata(
        spec.pointer("/machineTemplate/metadata"),
        &format!("{path}.machineTemplate.metadata"),
        &mut verdict.violations,
    );
    if defined(spec, "/rollout/strategy").is_some() {
        check_strategy(spec, replicas, path, verdict);
        check_certificate_days(spec, path, verdict);
    }
    check_naming(
        &json!({"spec": spec}),
        "spec.machineNaming",
        ("kubeadmControlPlane", "kubeadmcontrolplane"),
        verdict,
    );
    check_cluster_configuration(spec, path, verdict);
}

fn check_strategy(spec: &Value, replicas: Option<i64>, path: &str, verdict: &mut Verdict) {
    let at = format!("{path}.rollout.strategy");
    if text(spec, "/rollout/strategy/type") != "RollingUpdate" {
        verdict.add(Violation::required(
            format!("{at}.type"),
            "only RollingUpdate is supported",
        ));
    }
    let surge = match spec.pointer("/rollout/strategy/rollingUpdate/maxSurge") {
        None | Some(Value::Null) => return,
        // A percentage counts as zero: upstream reads it as a number.
        Some(value) => value
            .as_i64()
            .or_else(|| value.as_str()?.parse().ok())
            .unwrap_or(0),
    };
    if surge == 0 && replicas.is_some_and(|replicas| replicas < 3) {
        verdict.add(Violation::required(
            format!("{at}.rollingUpdate"),
            "when KubeadmControlPlane is configured to scale-in, replica count needs to be at least 3",
        ));
    }
    if !(0..=1).contains(&surge) {
        verdict.add(Violation::required(
            format!("{at}.rollingUpdate.maxSurge"),
            "value must be 1 or 0",
        ));
    }
}

fn check_certificate_days(spec: &Value, path: &str, verdict: &mut Verdict) {
    const CONFIGURATION: &str = "/kubeadmConfigSpec/clusterConfiguration";
    let days = |field: &str| integer(spec, &format!("{CONFIGURATION}/{field}")).filter(|days| *days != 0);
    let Some(valid) = days("certificateValidityPeriodDays") else {
        return;
    };
    let authority = days("caCertificateValidityPeriodDays");
    if valid > authority.unwrap_or(AUTHORITY_DAYS) {
        let whose = if authority.is_some() {
            ""
        } else {
            "the default value of "
        };
        verdict.add(Violation::invalid(
            format!("{path}.kubeadmConfigSpec.clusterConfiguration.certificateValidityPeriodDays"),
            &json!(valid),
            &format!(
                "must be less than or equal to {whose}caCertificateValidityPeriodDays ({})",
                authority.unwrap_or(AUTHORITY_DAYS)
            ),
        ));
    }
    let before = integer(spec, "/rollout/before/certificatesExpiryDays").filter(|days| *days != 0);
    if let Some(before) = before.filter(|before| *before >= valid) {
        verdict.add(Violation::invalid(
            format!("{path}.rollout.before.certificatesExpiryDays"),
            &json!(before),
            &format!("must be less than certificateValidityPeriodDays ({valid})"),
        ));
    }
}

fn check_cluster_configuration(spec: &Value, path: &str, verdict: &mut Verdict) {
    let Some(configuration) = spec.pointer("/kubeadmConfigSpec/clusterConfiguration") else {
        return;
    };
    let at = format!("{path}.kubeadmConfigSpec.clusterConfiguration");
    let dns = text(configuration, "/dns/imageTag");
    if !is_image_tag(dns) {
        verdict.add(Violation::forbidden(
            format!("{at}.dns.imageTag"),
            &format!("tag {dns} is invalid"),
        ));
    }
    if !dns.is_empty() && image_version(dns).is_none() {
        verdict.add(Violation::invalid_text(
            "dns.imageTag",
            dns,
            "failed to parse CoreDNS version: it is not a version",
        ));
    }
    let local = defined(configuration, "/etcd/local");
    let etcd = text(configuration, "/etcd/local/imageTag");
    if local.is_some() && !is_image_tag(etcd) {
        verdict.add(Violation::forbidden(
            format!("{at}.etcd.local.imageTag"),
            &format!("tag {etcd} is invalid"),
        ));
    }
    if local.is_some() && defined(configuration, "/etcd/external").is_some() {
        verdict.add(Violation::forbidden(
            format!("{at}.etcd.local"),
            "cannot have both external and local etcd",
        ));
    }
}

fn check_etcd_stays(old: &Value, object: &Value, verdict: &mut Verdict) {
    if external_etcd(old) != external_etcd(object) {
        verdict.add(Violation::forbidden(
            "spec.kubeadmConfigSpec.clusterConfiguration.etcd.external",
            "cannot change between external and local etcd",
        ));
    }
}

/// One minor version at a time. Going down is not judged, as upstream does not.
fn check_step(old: &Value, object: &Value, verdict: &mut Verdict) {
    let (before, after) = (text(old, "/spec/version"), text(object, "/spec/version"));
    if let (Ok(from), Ok(to)) = (before.parse::<Version>(), after.parse::<Version>())
        && !from.may_upgrade_to(&to)
    {
        verdict.add(Violation::forbidden(
            "spec.version",
            &format!("cannot update Kubernetes version from {before} to {after}"),
        ));
    }
}

/// Releases with the old registry are refused by the providers that looked at it; which one is installed, the inventory says.
fn check_registry(old: &Value, object: &Value, lookup: &dyn Lookup, verdict: &mut Verdict) {
    let version = |object: &Value| text(object, "/spec/version").parse::<Version>();
    let (Ok(from), Ok(to)) = (version(old), version(object)) else {
        return;
    };
    let repository = text(object, &format!("{CLUSTER_CONFIGURATION}/imageRepository"));
    if registry::refuses(&from, &to, repository)
        && provider(lookup).is_some_and(|it| registry::is_looked_at_by(&it))
    {
        verdict.add(Violation::forbidden("spec.version", registry::REFUSED));
    }
}

/// The version of kubeadm's control plane provider, where clusterctl's inventory has it.
fn provider(lookup: &dyn Lookup) -> Option<Version> {
    let providers = lookup.list(CLUSTERCTL, "Provider", "");
    let kubeadm = providers.iter().find(|it| name(it) == registry::PROVIDER)?;
    text(kubeadm, "/version").parse().ok()
}

/// CoreDNS goes up only, because its configuration is migrated that way.
fn check_dns_step(old: &Value, object: &Value, verdict: &mut Verdict) {
    let path = format!("{CLUSTER_CONFIGURATION}/dns/imageTag");
    let versions = (
        image_version(text(old, &path)),
        image_version(text(object, &path)),
    );
    let (Some(from), Some(to)) = versions else {
        return;
    };
    if to < from && annotation(object, SKIP_COREDNS).is_none() {
        let version = |(major, minor, patch): (u64, u64, u64)| format!("{major}.{minor}.{patch}");
        verdict.add(Violation::forbidden(
            "spec.kubeadmConfigSpec.clusterConfiguration.dns.imageTag",
            &format!(
                "cannot migrate CoreDNS up to '{}' from '{}': cannot migrate up to {} from {}",
                version(to),
                version(from),
                version(to),
                version(from)
            ),
        ));
    }
}

/// Whether this may be the tag of an image; an empty one is none.
fn is_image_tag(tag: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    tag.is_empty() || (tag.len() <= 128 && tag.bytes().all(inner) && !tag.starts_with(['.', '-']))
}

/// Major, minor and patch of an image's tag, `v1.11.1` or `1.11.1_build`.
fn image_version(tag: &str) -> Option<(u64, u64, u64)> {
    let bare = tag.strip_prefix('v').unwrap_or(tag);
    let core = bare.split(['-', '+', '_']).next()?;
    let mut numbers = core.split('.').map(str::parse::<u64>);
    let major = numbers.next()?.ok()?;
    let mut next = || numbers.next().map_or(Some(0), Result::ok);
    Some((major, next()?, next()?))
}
