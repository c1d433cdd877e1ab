//! The clusters of a class, and what they need of it.

use serde_json::Value;

use super::super::field::{self, defined, list, text};
use super::super::violation::Violation;
use super::super::{Lookup, Verdict, topology};
use super::{clusters_of, worker_classes};

/// Refuses a change that takes away what a cluster uses.
pub(super) fn check(old: &Value, new: &Value, lookup: &dyn Lookup, verdict: &mut Verdict) {
    let clusters = clusters_of(old, lookup);
    let versions = list(new, "/spec/kubernetesVersions");
    for cluster in &clusters {
        let name = field::name(cluster);
        let version = text(cluster, "/spec/topology/version");
        if !versions.is_empty() && !versions.iter().any(|known| known == version) {
            verdict.add(Violation::forbidden(
                "spec.kubernetesVersions",
                &format!(
                    "Kubernetes Version {version} is used by Cluster {name:?} but not set in ClusterClass"
                ),
            ));
        }
        for (kind, one) in [
            ("machineDeployments", "MachineDeployment"),
            ("machinePools", "MachinePool"),
        ] {
            let (before, after) = (worker_classes(old, kind), worker_classes(new, kind));
            for worker in list(cluster, &format!("/spec/topology/workers/{kind}")) {
                let used = text(worker, "/class");
                if before.contains(used) && !after.contains(used) {
                    verdict.add(Violation::forbidden(
                        format!("spec.workers.{kind}"),
                        &format!(
                            "{one}Class {used:?} cannot be deleted because it is used by Cluster {name:?}"
                        ),
                    ));
                }
            }
        }
        topology::check_autoscaler(cluster, Some(new), verdict);
    }
    check_health_checks_stay(old, new, &clusters, verdict);
}

/// A health check that a cluster switched on without giving its own may not go from the class.
fn check_health_checks_stay(old: &Value, new: &Value, clusters: &[Value], verdict: &mut Verdict) {
    let relies = |check: Option<&Value>| {
        check.is_some_and(|check| {
            check.get("enabled") == Some(&Value::Bool(true))
                && defined(check, "/checks").is_none()
                && defined(check, "/remediation").is_none()
        })
    };
    let mut refuse = |path: String, names: Vec<&str>| {
        if !names.is_empty() {
            let why = format!(
                "healthCheck cannot be deleted because it is used by Cluster(s) {:?}",
                names.join(",")
            );
            verdict.add(Violation::forbidden(path, &why));
        }
    };
    let pointer = "/spec/controlPlane/healthCheck";
    if defined(old, pointer).is_some() && defined(new, pointer).is_none() {
        let names = clusters
            .iter()
            .filter(|cluster| relies(cluster.pointer("/spec/topology/controlPlane/healthCheck")))
            .map(field::name)
            .collect();
        refuse("spec.controlPlane.healthCheck".to_owned(), names);
    }
    for worker in list(new, "/spec/workers/machineDeployments") {
        let class = text(worker, "/class");
        let had = list(old, "/spec/workers/machineDeployments")
            .iter()
            .any(|before| text(before, "/class") == class && defined(before, "/healthCheck").is_some());
        if !had || defined(worker, "/healthCheck").is_some() {
            continue;
        }
        let names = clusters
            .iter()
            .filter(|cluster| {
                list(cluster, "/spec/topology/workers/machineDeployments")
                    .iter()
                    .any(|used| text(used, "/class") == class && relies(used.get("healthCheck")))
            })
            .map(field::name)
            .collect();
        refuse(
            format!("spec.workers.machineDeployments[{class}].healthCheck"),
            names,
        );
    }
}
