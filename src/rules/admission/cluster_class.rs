//! ClusterClass: what its templates refer to, what clusters that use it need of it.

mod users;

use std::collections::BTreeSet;

use serde_json::Value;

use fleetui_api::kinds::CORE;

use super::cluster::class_of;
use super::field::{self, defined, list, text};
use super::labels::{check_metadata, subdomain_faults};
use super::machine::is_semantic;
use super::machine_health_check::check_checks;
use super::machine_template::render;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, replicas, taints};
use crate::version::Version;

/// The most names that a refusal lists.
const LISTED: usize = 3;

pub(super) fn validate(write: &Write, lookup: &dyn Lookup, verdict: &mut Verdict) {
    let object = write.object;
    match write.operation {
        Operation::Delete => return check_unused(object, lookup, verdict),
        Operation::Create | Operation::Update => {}
    }
    check_templates(object, verdict);
    check_workers(object, verdict);
    check_health_checks(object, verdict);
    check_names(object, verdict);
    check_versions(object, verdict);
    if let Some(old) = write.old {
        check_compatible(old, object, verdict);
        users::check(old, object, lookup, verdict);
    }
}

/// The names of the classes of `kind` (`machineDeployments`, `machinePools`) that a ClusterClass has.
pub(super) fn worker_classes<'a>(class: &'a Value, kind: &str) -> BTreeSet<&'a str> {
    list(class, &format!("/spec/workers/{kind}"))
        .iter()
        .map(|worker| text(worker, "/class"))
        .collect()
}

fn clusters_of(class: &Value, lookup: &dyn Lookup) -> Vec<Value> {
    let mut clusters = lookup.list(CORE, "Cluster", "");
    clusters.retain(|cluster| class_of(cluster) == (field::namespace(class), field::name(class)));
    clusters
}

fn check_unused(class: &Value, lookup: &dyn Lookup, verdict: &mut Verdict) {
    let clusters = clusters_of(class, lookup);
    if clusters.is_empty() {
        return;
    }
    let mut names: Vec<String> = clusters
        .iter()
        .take(LISTED)
        .map(|cluster| format!("{}/{}", field::namespace(cluster), field::name(cluster)))
        .collect();
    if clusters.len() > LISTED {
        names.push(format!("... ({} more)", clusters.len() - LISTED));
    }
    verdict.forbidden = Some(format!(
        "ClusterClass.cluster.x-k8s.io {:?} is forbidden: ClusterClass cannot be deleted because it is used by \
         Cluster(s): {}",
        field::name(class),
        names.join(", ")
    ));
}

/// The references to templates: pointer and path of each.
fn templates(class: &Value) -> Vec<(String, String)> {
    let mut found = vec![
        (
            "/spec/infrastructure/templateRef".to_owned(),
            "spec.infrastructure".to_owned(),
        ),
        (
            "/spec/controlPlane/templateRef".to_owned(),
            "spec.controlPlane".to_owned(),
        ),
    ];
    let machines = "/spec/controlPlane/machineInfrastructure/templateRef";
    if defined(class, machines).is_some() {
        found.push((
            machines.to_owned(),
            "spec.controlPlane.machineInfrastructure".to_owned(),
        ));
    }
    for kind in ["machineDeployments", "machinePools"] {
        for index in 0..list(class, &format!("/spec/workers/{kind}")).len() {
            for part in ["bootstrap", "infrastructure"] {
                found.push((
                    format!("/spec/workers/{kind}/{index}/{part}/templateRef"),
                    format!("spec.workers.{kind}[{index}].template.{part}"),
                ));
            }
        }
    }
    found
}

fn check_templates(class: &Value, verdict: &mut Verdict) {
    for (pointer, path) in templates(class) {
        let reference = class.pointer(&pointer).unwrap_or(&Value::Null);
        if text(reference, "/name").is_empty() {
            verdict.add(Violation::required(
                format!("{path}.ref.name"),
                "template name must be defined",
            ));
        }
        let kind = text(reference, "/kind");
        if kind.strip_suffix("Template").is_none_or(str::is_empty) {
            verdict.add(Violation::invalid_text(
                format!("{path}.ref.kind"),
                kind,
                "template kind must be of form \"<name>Template\"",
            ));
        }
        if text(reference, "/apiVersion").is_empty() {
            verdict.add(Violation::required(
                format!("{path}.ref.apiVersion"),
                "template apiVersion must be defined",
            ));
        }
    }
}

fn check_workers(class: &Value, verdict: &mut Verdict) {
    check_metadata(
        class.pointer("/spec/controlPlane/metadata"),
        "spec.controlPlane.metadata",
        &mut verdict.violations,
    );
    taints::check(
        list(class, "/spec/controlPlane/taints"),
        "spec.controlPlane.taints",
        false,
        &mut verdict.violations,
    );
    for (kind, one) in [
        ("machineDeployments", "MachineDeployment"),
        ("machinePools", "MachinePool"),
    ] {
        let mut names = BTreeSet::new();
        for (index, worker) in list(class, &format!("/spec/workers/{kind}")).iter().enumerate() {
            let name = text(worker, "/class");
            if !names.insert(name) {
                verdict.add(Violation::invalid_text(
                    format!("spec.workers.{kind}[{index}].class"),
                    name,
                    &format!(
                        "{one} class must be unique. {one} with class {name:?} is defined more than once"
                    ),
                ));
            }
            let path = format!("spec.workers.{kind}[{name}]");
            let found = &mut verdict.violations;
            check_metadata(
                worker.get("metadata"),
                &format!("{path}.template.metadata"),
                found,
            );
            taints::check(list(worker, "/taints"), &format!("{path}.taints"), true, found);
            replicas::check_bounds(
                worker.pointer("/rollout/strategy/rollingUpdate"),
                &format!("{path}.rollout.strategy"),
                found,
            );
        }
    }
}

fn check_health_checks(class: &Value, verdict: &mut Verdict) {
    if let Some(check) = defined(class, "/spec/controlPlane/healthCheck") {
        let path = "spec.controlPlane.healthCheck";
        check_checks(Some(check), path, &mut verdict.violations);
        if defined(class, "/spec/controlPlane/machineInfrastructure/templateRef").is_none() {
            verdict.add(Violation::forbidden(
                path,
                "can be only set if spec.controlPlane.machineInfrastructure is set",
            ));
        }
    }
    for worker in list(class, "/spec/workers/machineDeployments") {
        let path = format!(
            "spec.workers.machineDeployments[{}].healthCheck",
            text(worker, "/class")
        );
        check_checks(worker.get("healthCheck"), &path, &mut verdict.violations);
        replicas::check_number_or_percentage(
            worker.pointer("/healthCheck/remediation/maxInFlight"),
            &format!("{path}.remediation.maxInFlight"),
            &mut verdict.violations,
        );
    }
}

fn check_names(class: &Value, verdict: &mut Verdict) {
    let mut check = |owner: &Value, path: String, kind: &str, known: &[(&str, &str)]| {
        let template = text(owner, "/naming/template");
        if template.is_empty() {
            return;
        }
        let faults = match render(template, known) {
            Err(why) => vec![format!("invalid {kind} name template: {why}")],
            Ok(name) => subdomain_faults(&name),
        };
        for fault in faults {
            verdict.add(Violation::invalid_text(
                format!("{path}.naming.template"),
                template,
                &fault,
            ));
        }
    };
    let (cluster, random) = ((".cluster.name", "cluster"), (".random", "abcde"));
    for (part, kind) in [
        ("infrastructure", "InfraCluster"),
        ("controlPlane", "ControlPlane"),
    ] {
        let owner = class.pointer(&format!("/spec/{part}")).unwrap_or(&Value::Null);
        check(owner, format!("spec.{part}"), kind, &[cluster, random]);
    }
    for (workers, kind, field) in [
        (
            "machineDeployments",
            "MachineDeployment",
            ".machineDeployment.topologyName",
        ),
        ("machinePools", "MachinePool", ".machinePool.topologyName"),
    ] {
        for worker in list(class, &format!("/spec/workers/{workers}")) {
            let path = format!("spec.workers.{workers}[{}]", text(worker, "/class"));
            check(worker, path, kind, &[cluster, random, (field, "topology")]);
        }
    }
}

/// The versions of a class go up, without a minor version left out.
fn check_versions(class: &Value, verdict: &mut Verdict) {
    let mut before: Option<Version> = None;
    for (index, told) in list(class, "/spec/kubernetesVersions").iter().enumerate() {
        let told = told.as_str().unwrap_or_default();
        let mut refuse = |why: &str| {
            verdict.add(Violation::invalid_text(
                format!("spec.kubernetesVersion[{index}]"),
                told,
                why,
            ));
        };
        let Some(version) = is_semantic(told).then(|| told.parse::<Version>().ok()).flatten() else {
            refuse("version must be a valid semantic version");
            continue;
        };
        if let Some(before) = &before {
            if version <= *before {
                refuse(&format!("version must be greater than {before}"));
            }
            let minor = before.minor();
            if version.minor() != minor && version.minor() != minor + 1 {
                refuse(&format!(
                    "expecting a version with minor {minor} or {}, found version {}",
                    minor + 1,
                    version.to_string().trim_start_matches('v')
                ));
            }
        }
        before = Some(version);
    }
}

/// A class may change, or be changed for another, as long as the kinds of what was made from it stay.
pub(super) fn check_compatible(old: &Value, new: &Value, verdict: &mut Verdict) {
    for part in [
        "infrastructure",
        "controlPlane",
        "controlPlane/machineInfrastructure",
    ] {
        let pointer = format!("/spec/{part}/templateRef");
        let path = format!("spec.{}.templateRef", part.replace('/', "."));
        check_same_kind(old.pointer(&pointer), new.pointer(&pointer), &path, verdict);
    }
    for kind in ["machineDeployments", "machinePools"] {
        let workers = format!("/spec/workers/{kind}");
        for (index, worker) in list(new, &workers).iter().enumerate() {
            let before = list(old, &workers)
                .iter()
                .find(|before| text(before, "/class") == text(worker, "/class"));
            if let Some(before) = before {
                let pointer = "/infrastructure/templateRef";
                check_same_kind(
                    before.pointer(pointer),
                    worker.pointer(pointer),
                    &format!("spec.workers.{kind}[{index}].infrastructure.templateRef"),
                    verdict,
                );
            }
        }
    }
}

fn check_same_kind(old: Option<&Value>, new: Option<&Value>, path: &str, verdict: &mut Verdict) {
    let group = |reference: Option<&Value>| {
        let version = reference
            .map(|reference| text(reference, "/apiVersion"))
            .unwrap_or_default();
        version.split_once('/').map_or("", |(group, _)| group).to_owned()
    };
    let kind = |reference: Option<&Value>| {
        reference
            .map(|reference| text(reference, "/kind"))
            .unwrap_or_default()
            .to_owned()
    };
    let changes = [
        ("apiVersion", "group of apiVersion", group(old), group(new)),
        ("kind", "kind", kind(old), kind(new)),
    ];
    for (field, word, before, after) in changes {
        if before != after {
            verdict.add(Violation::forbidden(
                format!("{path}.{field}"),
                &format!(
                    "{word} cannot be changed from {before:?} to {after:?} to prevent incompatible changes in the Clusters"
                ),
            ));
        }
    }
}
