//! The built-in resources, from a table of their names and parts.
//!
//! Most of them are **stored and never run**. This server is a management cluster for Cluster API and no cluster of
//! machines: it keeps the objects, answers reads, watches and patches of them as Kubernetes does, and does nothing about
//! them. In particular:
//!
//! - no Pod starts: it is `Pending` until somebody writes its status; exec, logs and port-forward are not offered, and an
//!   eviction deletes it as soon as the status of its PodDisruptionBudget allows that;
//! - no Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job or CronJob makes anything; what the
//!   client left out is filled in as upstream does, but nothing that somebody would have to give out;
//! - no Service gets an address and no Ingress or NetworkPolicy leads or stops any traffic; Endpoints and EndpointSlices
//!   are what clients write, but for those of the Service `default/kubernetes`, which lead to this server;
//! - no volume is made or bound, no quota, limit, priority, flow schema or autoscaler counts;
//! - webhook configurations and admission policies are never called or evaluated.
//!
//! What is more than stored: Namespaces (emptied before they go; they have the ServiceAccount `default`, and the ConfigMap
//! `kube-root-ca.crt` once the server listens), CustomResourceDefinitions, the identity and deletion of every object,
//! Events (one store for both of their groups; gone after an hour), Secrets and ConfigMaps (immutability, the form of
//! their data), APIServices (made of what is served, only read), and the resources of who may what.

use super::{Kept, Resource, ScalePaths};

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

/// The verbs of what is only read.
const READ_VERBS: [&str; 3] = ["get", "list", "watch"];

/// A resource a line.
const TABLE: &str = include_str!("builtin.txt");

/// The rows of the table as resources.
pub(crate) fn resources() -> impl Iterator<Item = Resource> {
    TABLE.lines().filter_map(resource)
}

fn resource(line: &str) -> Option<Resource> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [api_version, kind, plural, short_names, scope, parts @ ..] = words.as_slice() else {
        return None;
    };
    if line.starts_with('#') {
        return None;
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let has = |part: &str| parts.contains(&part);
    let verbs = ALL_VERBS
        .into_iter()
        .filter(|verb| *kind != "Namespace" || *verb != "deletecollection")
        .filter(|verb| !has("read") || READ_VERBS.contains(verb))
        .collect();
    Some(Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: (*kind).to_owned(),
        list_kind: format!("{kind}List"),
        plural: (*plural).to_owned(),
        singular: kind.to_lowercase(),
        short_names: short_names
            .split(',')
            .filter(|name| *name != "-")
            .map(str::to_owned)
            .collect(),
        categories: categories(group, has("all")),
        namespaced: *scope == "namespaced",
        verbs,
        status_subresource: has("status"),
        scale: has("scale").then(|| ScalePaths {
            spec_replicas: ".spec.replicas".to_owned(),
            status_replicas: ".status.replicas".to_owned(),
            label_selector: None,
        }),
        tracks_generation: has("generation"),
        kept: match (*kind, group) {
            ("Event", "events.k8s.io") => Kept::AsCoreEvents,
            ("APIService", _) => Kept::Nowhere,
            _ => Kept::AsServed,
        },
        ..Resource::default()
    })
}

fn categories(group: &str, in_all: bool) -> Vec<String> {
    let category = match group {
        "apiextensions.k8s.io" | "admissionregistration.k8s.io" | "apiregistration.k8s.io" => {
            "api-extensions"
        }
        _ if in_all => "all",
        _ => return Vec::new(),
    };
    vec![category.to_owned()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_is_a_resource() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), resources().count());
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(matches!(words[4], "cluster" | "namespaced"), "{line}");
            for part in &words[5..] {
                let parts = ["status", "scale", "generation", "all", "read"];
                assert!(parts.contains(part), "{line}");
            }
        }
    }

    #[test]
    fn every_kind_has_a_type() {
        for resource in resources() {
            assert!(resource.message().is_some(), "{}", resource.qualified());
            let has_status = resource
                .message()
                .is_some_and(|message| message.field("status").is_some());
            assert!(
                has_status || !resource.status_subresource,
                "{}",
                resource.qualified()
            );
        }
    }

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
