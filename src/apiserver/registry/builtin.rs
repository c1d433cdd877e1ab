//! The table of built-in resources. Apart from Namespaces and CustomResourceDefinitions they are stored and never acted
//! upon: no Pod runs, no Deployment rolls out.

use super::{Resource, ScalePaths};

/// The verbs of nearly every resource.
pub(super) const ALL_VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// Whether objects live in namespaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Cluster,
    Namespaced,
}

/// What a row may have beside its names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Status,
    Scale,
    Generation,
    InAll,
}

use Part::{Generation, InAll, Scale, Status};
use Scope::{Cluster, Namespaced};

/// Group/version, kind, plural, short names, scope, parts.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    Scope,
    &'static [Part],
);

const TABLE: &[Row] = &[
    ("v1", "ConfigMap", "configmaps", &["cm"], Namespaced, &[]),
    ("v1", "Endpoints", "endpoints", &["ep"], Namespaced, &[]),
    ("v1", "Event", "events", &["ev"], Namespaced, &[]),
    ("v1", "LimitRange", "limitranges", &["limits"], Namespaced, &[]),
    ("v1", "Namespace", "namespaces", &["ns"], Cluster, &[Status]),
    ("v1", "Node", "nodes", &["no"], Cluster, &[Status]),
    (
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        &["pvc"],
        Namespaced,
        &[Status],
    ),
    (
        "v1",
        "PersistentVolume",
        "persistentvolumes",
        &["pv"],
        Cluster,
        &[Status],
    ),
    ("v1", "Pod", "pods", &["po"], Namespaced, &[Status, InAll]),
    ("v1", "PodTemplate", "podtemplates", &[], Namespaced, &[]),
    (
        "v1",
        "ReplicationController",
        "replicationcontrollers",
        &["rc"],
        Namespaced,
        &[Status, Scale, Generation, InAll],
    ),
    (
        "v1",
        "ResourceQuota",
        "resourcequotas",
        &["quota"],
        Namespaced,
        &[Status],
    ),
    ("v1", "Secret", "secrets", &[], Namespaced, &[]),
    (
        "v1",
        "ServiceAccount",
        "serviceaccounts",
        &["sa"],
        Namespaced,
        &[],
    ),
    (
        "v1",
        "Service",
        "services",
        &["svc"],
        Namespaced,
        &[Status, InAll],
    ),
    (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        &["crd", "crds"],
        Cluster,
        &[Status, Generation],
    ),
    (
        "apps/v1",
        "ControllerRevision",
        "controllerrevisions",
        &[],
        Namespaced,
        &[],
    ),
    (
        "apps/v1",
        "DaemonSet",
        "daemonsets",
        &["ds"],
        Namespaced,
        &[Status, Generation, InAll],
    ),
    (
        "apps/v1",
        "Deployment",
        "deployments",
        &["deploy"],
        Namespaced,
        &[Status, Scale, Generation, InAll],
    ),
    (
        "apps/v1",
        "ReplicaSet",
        "replicasets",
        &["rs"],
        Namespaced,
        &[Status, Scale, Generation, InAll],
    ),
    (
        "apps/v1",
        "StatefulSet",
        "statefulsets",
        &["sts"],
        Namespaced,
        &[Status, Scale, Generation, InAll],
    ),
    (
        "batch/v1",
        "CronJob",
        "cronjobs",
        &["cj"],
        Namespaced,
        &[Status, Generation, InAll],
    ),
    (
        "batch/v1",
        "Job",
        "jobs",
        &[],
        Namespaced,
        &[Status, Generation, InAll],
    ),
    ("coordination.k8s.io/v1", "Lease", "leases", &[], Namespaced, &[]),
    (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "endpointslices",
        &[],
        Namespaced,
        &[Generation],
    ),
    (
        "networking.k8s.io/v1",
        "IngressClass",
        "ingressclasses",
        &[],
        Cluster,
        &[Generation],
    ),
    (
        "networking.k8s.io/v1",
        "Ingress",
        "ingresses",
        &["ing"],
        Namespaced,
        &[Status, Generation],
    ),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "networkpolicies",
        &["netpol"],
        Namespaced,
        &[Generation],
    ),
    (
        "policy/v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        &["pdb"],
        Namespaced,
        &[Status, Generation],
    ),
    (
        "scheduling.k8s.io/v1",
        "PriorityClass",
        "priorityclasses",
        &["pc"],
        Cluster,
        &[Generation],
    ),
    ("storage.k8s.io/v1", "CSIDriver", "csidrivers", &[], Cluster, &[]),
    (
        "storage.k8s.io/v1",
        "StorageClass",
        "storageclasses",
        &["sc"],
        Cluster,
        &[],
    ),
    (
        "storage.k8s.io/v1",
        "VolumeAttachment",
        "volumeattachments",
        &[],
        Cluster,
        &[Status],
    ),
];

/// The rows of the table as resources.
pub(super) fn resources() -> impl Iterator<Item = Resource> {
    TABLE.iter().map(resource)
}

fn resource(row: &Row) -> Resource {
    let (api_version, kind, plural, short_names, scope, parts) = *row;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let verbs = ALL_VERBS
        .into_iter()
        .filter(|verb| kind != "Namespace" || *verb != "deletecollection")
        .collect();
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        short_names: short_names.iter().map(ToString::to_string).collect(),
        categories: categories(kind, parts),
        namespaced: scope == Namespaced,
        verbs,
        status_subresource: parts.contains(&Status),
        scale: parts.contains(&Scale).then(|| ScalePaths {
            spec_replicas: ".spec.replicas".to_owned(),
            status_replicas: ".status.replicas".to_owned(),
            label_selector: None,
        }),
        tracks_generation: parts.contains(&Generation),
        ..Resource::default()
    }
}

fn categories(kind: &str, parts: &[Part]) -> Vec<String> {
    let category = match kind {
        "CustomResourceDefinition" => "api-extensions",
        _ if parts.contains(&InAll) => "all",
        _ => return Vec::new(),
    };
    vec![category.to_owned()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_within_a_group() {
        let mut seen = BTreeSet::new();
        for resource in resources() {
            let mut names: BTreeSet<String> = resource.short_names.iter().cloned().collect();
            names.extend([resource.plural.clone(), resource.singular.clone()]);
            for name in names {
                assert!(seen.insert((resource.group.clone(), name.clone())), "{name}");
            }
        }
    }
}
