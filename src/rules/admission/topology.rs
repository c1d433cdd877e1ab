//! The managed topology of a Cluster: its class, its versions, and what is said of its workers.

mod versions;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use fleetui_api::kinds::CORE;
use fleetui_api::labels::{AUTOSCALER_MAX_SIZE, AUTOSCALER_MIN_SIZE};

use super::cluster::class_of;
use super::field::{self, annotation, defined, integer, list, text, with_leading_v};
use super::labels::check_metadata;
use super::machine::is_semantic;
use super::machine_health_check::check_checks;
use super::violation::Violation;
use super::{Lookup, Verdict, Write, cluster_class, replicas, taints};

const CONCURRENCY: &str = "topology.cluster.x-k8s.io/upgrade-concurrency";
const ANY_CLASS: &str = "unsafe.topology.cluster.x-k8s.io/disable-update-class-name-check";
const ANY_VERSION: &str = "unsafe.topology.cluster.x-k8s.io/disable-update-version-check";

pub(super) fn default(_: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    with_leading_v(object, "/spec/topology/version");
    if class_of(object).1.is_empty() {
        return Err(vec![Violation::required(
            "spec.topology.classRef.name",
            "cannot be empty",
        )]);
    }
    Ok(())
}

pub(super) fn validate(write: &Write, lookup: &dyn Lookup, verdict: &mut Verdict) {
    let object = write.object;
    let (namespace, class_name) = class_of(object);
    if class_name.is_empty() {
        return verdict.add(Violation::required(
            "spec.topology.class",
            "classRef.name cannot be empty",
        ));
    }
    check_version(object, verdict);
    check_parts(object, verdict);
    check_concurrency(object, verdict);
    let class = lookup.get(CORE, "ClusterClass", namespace, class_name);
    let said = match &class {
        None => Some(
            "but this ClusterClass does not exist. Cluster topology has not been fully validated. \
             The ClusterClass must be created to reconcile the Cluster",
        ),
        Some(class) if !is_reconciled(class) => Some(
            "but this ClusterClass hasn't been successfully reconciled. Cluster topology has not been fully validated. \
             Please take a look at the ClusterClass status",
        ),
        Some(_) => None,
    };
    if let Some(said) = said {
        verdict.warnings.push(format!(
            "Cluster refers to ClusterClass {namespace}/{class_name}, {said}"
        ));
    }
    if let Some(class) = &class {
        check_against_class(object, class, verdict);
    }
    check_autoscaler(object, class.as_ref(), verdict);
    if let Some(old) = write.old {
        check_update(old, object, class.as_ref(), lookup, verdict);
    }
}

fn check_version(object: &Value, verdict: &mut Verdict) {
    let version = text(object, "/spec/topology/version");
    if !version.starts_with('v') {
        verdict.add(Violation::invalid_text(
            "spec.topology.version",
            version,
            "must start with v",
        ));
    }
    if !is_semantic(version) {
        verdict.add(Violation::invalid_text(
            "spec.topology.version",
            version,
            "version must be a valid semantic version",
        ));
    }
}

/// The groups of workers of a topology: the list's name and its items.
fn workers(object: &Value) -> [(&'static str, &[Value]); 2] {
    ["machineDeployments", "machinePools"]
        .map(|kind| (kind, list(object, &format!("/spec/topology/workers/{kind}"))))
}

fn check_parts(object: &Value, verdict: &mut Verdict) {
    let found = &mut verdict.violations;
    let control_plane = "spec.topology.controlPlane";
    check_metadata(
        object.pointer("/spec/topology/controlPlane/metadata"),
        &format!("{control_plane}.metadata"),
        found,
    );
    taints::check(
        list(object, "/spec/topology/controlPlane/taints"),
        &format!("{control_plane}.taints"),
        false,
        found,
    );
    for (kind, items) in workers(object) {
        for item in items {
            let path = format!("spec.topology.workers.{kind}[{}]", text(item, "/name"));
            check_metadata(item.get("metadata"), &format!("{path}.metadata"), found);
            taints::check(list(item, "/taints"), &format!("{path}.taints"), true, found);
            replicas::check_bounds(
                item.pointer("/rollout/strategy/rollingUpdate"),
                &format!("{path}.rollout.strategy"),
                found,
            );
        }
    }
}

fn check_concurrency(object: &Value, verdict: &mut Verdict) {
    let Some(concurrency) = annotation(object, CONCURRENCY) else {
        return;
    };
    let why = match concurrency.parse::<i64>() {
        Err(_) => "could not parse the value of the annotation",
        Ok(number) if number < 1 => "value cannot be less than 1",
        Ok(_) => return,
    };
    verdict.add(Violation::invalid_text(
        format!("metadata.annotations.{CONCURRENCY}"),
        concurrency,
        why,
    ));
}

/// The ClusterClass of a Cluster with a topology, if it is there and its reconciler has understood its variables.
pub fn reconciled_class(cluster: &Value, lookup: &dyn Lookup) -> Option<Value> {
    let (namespace, name) = class_of(cluster);
    let class = (!name.is_empty()).then(|| lookup.get(CORE, "ClusterClass", namespace, name))??;
    is_reconciled(&class).then_some(class)
}

fn is_reconciled(class: &Value) -> bool {
    let seen = integer(class, "/metadata/generation") == integer(class, "/status/observedGeneration");
    let variables = list(class, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == "VariablesReady");
    seen && variables.is_some_and(|condition| text(condition, "/status") != "False")
}

fn check_against_class(object: &Value, class: &Value, verdict: &mut Verdict) {
    let version = text(object, "/spec/topology/version");
    let versions = list(class, "/spec/kubernetesVersions");
    if !versions.is_empty() && !versions.iter().any(|known| known == version) {
        verdict.add(Violation::invalid_text(
            "spec.topology.version",
            version,
            "version must match one of the versions defined in the ClusterClass",
        ));
    }
    for ((kind, items), one) in workers(object)
        .into_iter()
        .zip(["MachineDeployment", "MachinePool"])
    {
        let classes = cluster_class::worker_classes(class, kind);
        let mut names = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("spec.topology.workers.{kind}[{index}]");
            let (of, name) = (text(item, "/class"), text(item, "/name"));
            if !classes.contains(of) {
                verdict.add(Violation::invalid_text(
                    format!("{path}.class"),
                    of,
                    &format!(
                        "{one}Class with name {of:?} does not exist in ClusterClass {:?}",
                        field::name(class)
                    ),
                ));
            }
            if name.is_empty() {
                verdict.add(Violation::required(
                    format!("{path}.name"),
                    "name must not be empty",
                ));
            } else if !names.insert(name) {
                verdict.add(Violation::invalid_text(
                    format!("{path}.name"),
                    name,
                    &format!("name must be unique. {one} with name {name:?} is defined more than once"),
                ));
            }
        }
    }
    check_health_checks(object, class, verdict);
}

fn check_health_checks(object: &Value, class: &Value, verdict: &mut Verdict) {
    let path = "spec.topology.controlPlane.healthCheck";
    let own = object.pointer("/spec/topology/controlPlane/healthCheck");
    let says = |check: Option<&Value>| {
        check.is_some_and(|check| {
            defined(check, "/checks").is_some() || defined(check, "/remediation").is_some()
        })
    };
    let enabled = |check: Option<&Value>| {
        check
            .and_then(|check| check.get("enabled"))
            .and_then(Value::as_bool)
            == Some(true)
    };
    if says(own) {
        if defined(class, "/spec/controlPlane/machineInfrastructure/templateRef").is_none() {
            verdict.add(Violation::forbidden(
                path,
                "can be only set if spec.controlPlane.machineInfrastructure is set in ClusterClass",
            ));
        }
        check_checks(own, path, &mut verdict.violations);
    }
    let missing = "cannot be set to true as healthCheck definition is not available in the Cluster topology or the \
                   ClusterClass";
    if enabled(own) && !says(own) && defined(class, "/spec/controlPlane/healthCheck").is_none() {
        verdict.add(Violation::forbidden(format!("{path}.enabled"), missing));
    }
    let deployments = list(object, "/spec/topology/workers/machineDeployments");
    for deployment in deployments {
        let path = format!(
            "spec.topology.workers.machineDeployments[{}].healthCheck",
            text(deployment, "/name")
        );
        let own = deployment.get("healthCheck");
        if says(own) {
            check_checks(own, &path, &mut verdict.violations);
        }
        let in_class = list(class, "/spec/workers/machineDeployments")
            .iter()
            .find(|of| text(of, "/class") == text(deployment, "/class"))
            .is_some_and(|of| defined(of, "/healthCheck").is_some());
        if enabled(own) && !says(own) && !in_class {
            verdict.add(Violation::forbidden(format!("{path}.enabled"), missing));
        }
    }
}

/// Replicas of workers may not be said where an autoscaler says them.
pub(super) fn check_autoscaler(object: &Value, class: Option<&Value>, verdict: &mut Verdict) {
    let scaled = |of: &Value| {
        of.pointer("/metadata/annotations").is_some_and(|annotations| {
            annotations.get(AUTOSCALER_MIN_SIZE).is_some() || annotations.get(AUTOSCALER_MAX_SIZE).is_some()
        })
    };
    let (name, namespace) = (field::name(object), field::namespace(object));
    for deployment in list(object, "/spec/topology/workers/machineDeployments") {
        let Some(replicas) = integer(deployment, "/replicas") else {
            continue;
        };
        let of = text(deployment, "/class");
        let by_class = class.is_some_and(|class| {
            list(class, "/spec/workers/machineDeployments")
                .iter()
                .any(|known| text(known, "/class") == of && scaled(known))
        });
        let whose = match (scaled(deployment), by_class) {
            (true, _) => "the same MachineDeploymentTopology has autoscaler annotations".to_owned(),
            (false, true) => {
                format!(
                    "the source class {of:?} of this MachineDeploymentTopology has autoscaler annotations"
                )
            }
            (false, false) => continue,
        };
        verdict.add(Violation::invalid(
            format!(
                "spec.topology.workers.machineDeployments[{}].replicas",
                text(deployment, "/name")
            ),
            &json!(replicas),
            &format!("cannot be set for cluster {name:?} in namespace {namespace:?} if {whose}"),
        ));
    }
}

fn check_update(
    old: &Value,
    object: &Value,
    class: Option<&Value>,
    lookup: &dyn Lookup,
    verdict: &mut Verdict,
) {
    let (namespace, name) = class_of(object);
    let Some(class) = class else {
        return verdict.add(Violation::internal(
            "spec.topology.class",
            &format!("ClusterClass {namespace}/{name} not found"),
        ));
    };
    if defined(old, "/spec/topology").is_none() || class_of(old).1.is_empty() {
        if annotation(object, ANY_CLASS).is_none() {
            verdict.add(Violation::forbidden(
                "spec.topology.class",
                "classRef cannot be set on an existing Cluster",
            ));
        }
        return;
    }
    if annotation(object, ANY_VERSION).is_some() {
        verdict.warnings.push(format!(
            "Skipping version validation for Cluster because annotation {ANY_VERSION:?} is set."
        ));
    } else {
        let by_extension = !text(class, "/spec/upgrade/external/generateUpgradePlanExtension").is_empty();
        let one_at_a_time = list(class, "/spec/kubernetesVersions").is_empty() && !by_extension;
        versions::check(old, object, one_at_a_time, lookup, verdict);
    }
    let before = class_of(old);
    if before != (namespace, name) {
        match lookup.get(CORE, "ClusterClass", before.0, before.1) {
            Some(before) => cluster_class::check_compatible(&before, class, verdict),
            None => verdict.add(Violation::forbidden(
                "spec.topology.class",
                &format!(
                    "valid ClusterClass with name \"{}/{}\" could not be retrieved, change to class \
                     \"{namespace}/{name}\" cannot be validated",
                    before.0, before.1
                ),
            )),
        }
    }
}
