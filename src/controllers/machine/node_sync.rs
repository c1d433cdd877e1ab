//! What a Machine keeps on its Node: whose it is, labels, annotations and taints; and the bootstrap taint taken away.
//!
//! What was put there earlier and is not wished any more is known by annotations of the node itself, so that nothing of anybody
//! else is touched.

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::labels;
use fleetui_api::v1beta2::MachineTaint;
use k8s_openapi::api::core::v1::{Node, Taint};
use serde_json::json;

use super::node;
use super::observe::Observed;
use crate::change::Change;
use crate::merge_patch;
use crate::object::{Metadata, Object};
use crate::ownership;

/// Makes the node as the machine wishes it; nothing where it is.
pub(super) fn sync(observed: &Observed, node: &Node) -> Option<Change> {
    let present = node.metadata.all_annotations();
    let mut annotations = present.clone();
    let mut all_labels = node.metadata.all_labels().clone();
    let machine = observed.machine.as_ref();

    let from_machine = synced(machine.metadata.all_annotations(), is_synced_annotation);
    replace(
        &mut annotations,
        present.get(labels::node::ANNOTATIONS_FROM_MACHINE),
        &from_machine,
    );
    annotations.insert(
        labels::node::ANNOTATIONS_FROM_MACHINE.to_owned(),
        keys(&from_machine),
    );
    annotations.extend(identity(observed));

    let mut from_machine = synced(machine.metadata.all_labels(), is_synced_label);
    if observed.infrastructure.is_true("/status/interruptible") {
        from_machine.insert(labels::INTERRUPTIBLE.to_owned(), String::new());
    }
    replace(
        &mut all_labels,
        present.get(labels::node::LABELS_FROM_MACHINE),
        &from_machine,
    );
    annotations.insert(labels::node::LABELS_FROM_MACHINE.to_owned(), keys(&from_machine));

    let taints = taints(observed, node, &mut annotations);
    let half = |labels, annotations, taints| json!({"metadata": {"labels": labels, "annotations": annotations}, "spec": {"taints": taints}});
    let before = half(
        node.metadata.all_labels().clone(),
        present.clone(),
        node.spec
            .as_ref()
            .and_then(|spec| spec.taints.clone())
            .unwrap_or_default(),
    );
    let patch = merge_patch::difference(&before, &half(all_labels, annotations, taints))?;
    Some(node::write(machine, node, patch))
}

/// Whose the node is.
fn identity(observed: &Observed) -> BTreeMap<String, String> {
    let machine = observed.machine.as_ref();
    let mut identity = BTreeMap::from([
        (
            labels::node::CLUSTER_NAME.to_owned(),
            machine.spec.cluster_name.clone(),
        ),
        (
            labels::node::CLUSTER_NAMESPACE.to_owned(),
            machine.namespace().to_owned(),
        ),
        (labels::node::MACHINE.to_owned(), machine.name().to_owned()),
    ]);
    if let Some(owner) = ownership::controller(&machine.metadata) {
        identity.insert(labels::node::OWNER_KIND.to_owned(), owner.kind.clone());
        identity.insert(labels::node::OWNER_NAME.to_owned(), owner.name.clone());
    }
    identity
}

fn synced(all: &BTreeMap<String, String>, wanted: fn(&str) -> bool) -> BTreeMap<String, String> {
    all.iter()
        .filter(|(key, _)| wanted(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Takes away what came from the machine earlier, and puts in what comes from it now.
fn replace(all: &mut BTreeMap<String, String>, earlier: Option<&String>, now: &BTreeMap<String, String>) {
    for key in earlier.into_iter().flat_map(|keys| keys.split(',')) {
        if !key.is_empty() {
            all.remove(key);
        }
    }
    all.extend(now.clone());
}

fn keys(of: &BTreeMap<String, String>) -> String {
    let keys: Vec<&str> = of.keys().map(String::as_str).collect();
    keys.join(",")
}

/// The taints as they should be; which of them are kept is noted in `annotations`.
fn taints(observed: &Observed, node: &Node, annotations: &mut BTreeMap<String, String>) -> Vec<Taint> {
    let mut taints = node
        .spec
        .as_ref()
        .and_then(|spec| spec.taints.clone())
        .unwrap_or_default();
    taints.retain(|taint| {
        taint.key != labels::node::UNINITIALIZED_TAINT && taint.key != labels::node::OUTDATED_TAINT
    });
    if is_outdated(observed) {
        taints.push(Taint {
            key: labels::node::OUTDATED_TAINT.to_owned(),
            effect: "PreferNoSchedule".to_owned(),
            ..Taint::default()
        });
    }
    let id = |key: &str, effect: &str| format!("{key}:{effect}");
    let wished = &observed.machine.spec.taints;
    let noted = annotations.get(labels::node::TAINTS_FROM_MACHINE).cloned();
    let all: BTreeSet<String> = wished.iter().map(|taint| id(&taint.key, &taint.effect)).collect();
    let kept: BTreeSet<String> = wished
        .iter()
        .filter(|taint| taint.propagation == "Always")
        .map(|taint| id(&taint.key, &taint.effect))
        .collect();
    let earlier = noted.iter().flat_map(|noted| noted.split(','));
    let gone: BTreeSet<&str> = earlier.filter(|taint| !all.contains(*taint)).collect();
    taints.retain(|taint| !gone.contains(id(&taint.key, &taint.effect).as_str()));
    for taint in wished {
        // Those for the beginning are put there once.
        if taint.propagation == "Always" || noted.is_none() {
            put(&mut taints, taint);
        }
    }
    let kept: Vec<String> = kept.into_iter().collect();
    annotations.insert(labels::node::TAINTS_FROM_MACHINE.to_owned(), kept.join(","));
    taints
}

fn put(taints: &mut Vec<Taint>, wished: &MachineTaint) {
    let same = |taint: &&mut Taint| taint.key == wished.key && taint.effect == wished.effect;
    match taints.iter_mut().find(same) {
        Some(taint) if taint.value.as_deref().unwrap_or_default() == value(wished) => {}
        Some(taint) => taint.value.clone_from(&wished.value),
        None => taints.push(Taint {
            key: wished.key.clone(),
            value: wished.value.clone(),
            effect: wished.effect.clone(),
            ..Taint::default()
        }),
    }
}

fn value(taint: &MachineTaint) -> &str {
    taint.value.as_deref().unwrap_or_default()
}

/// Whether the machine belongs to an older revision than its deployment has.
fn is_outdated(observed: &Observed) -> bool {
    fn revision<K: fleetui_api::v1beta2::Kind>(object: &Object<K>) -> Option<i64> {
        object.metadata.annotation(labels::REVISION)?.parse().ok()
    }
    let set = observed.set.as_deref().and_then(revision);
    let deployment = observed.deployment.as_deref().and_then(revision);
    set.zip(deployment)
        .is_some_and(|(set, deployment)| set < deployment)
}

fn domain(key: &str) -> &str {
    key.split_once('/').map_or("", |(domain, _)| domain)
}

fn is_within(key: &str, reserved: &str) -> bool {
    domain(key) == reserved || domain(key).ends_with(&format!(".{reserved}"))
}

/// Labels of a Machine that its Node gets too: roles, and two reserved domains with their subdomains.
fn is_synced_label(key: &str) -> bool {
    key.starts_with("node-role.kubernetes.io")
        || is_within(key, "node-restriction.kubernetes.io")
        || is_within(key, "node.cluster.x-k8s.io")
}

/// Annotations of a Machine that its Node gets too.
fn is_synced_annotation(key: &str) -> bool {
    is_within(key, "node.cluster.x-k8s.io")
}
