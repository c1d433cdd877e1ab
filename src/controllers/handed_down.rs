//! Labels and annotations that go from a template to what was made of it, and go again when the template drops them.
//!
//! What was handed down is known by the field managers that the server writes down. They have the names of upstream's, so that
//! machines of another implementation are understood too. What anybody else has written stays.

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::labels;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry, ObjectMeta};
use serde_json::{Map, Value, json};

use crate::kinds::Watched;
use crate::merge_patch;
use crate::object::Metadata;

/// Who hands down, and the field manager of it.
const MANAGERS: [(Watched, &str); 3] = [
    (Watched::MachineDeployment, "capi-machinedeployment"),
    (Watched::MachineSet, "capi-machineset"),
    (Watched::KubeadmControlPlane, "capi-kubeadmcontrolplane"),
];

/// Upstream has second managers of this ending, for labels and annotations of bootstrap and infrastructure objects.
const METADATA: &str = "-metadata";

/// What is written under these managers once, or for other reasons, and never dropped.
const STAYS: [&str; 15] = [
    labels::CLUSTER_NAME,
    labels::CONTROL_PLANE,
    labels::CONTROL_PLANE_NAME,
    labels::DEPLOYMENT_NAME,
    labels::SET_NAME,
    labels::MACHINE_TEMPLATE_HASH,
    labels::CLONED_FROM_NAME,
    labels::CLONED_FROM_GROUP_KIND,
    labels::REVISION,
    labels::DESIRED_REPLICAS,
    labels::MAX_REPLICAS,
    labels::DISABLE_MACHINE_CREATE,
    labels::REMEDIATION_FOR,
    labels::CERTIFICATES_EXPIRY,
    labels::CLEANUP_HOOK,
];

/// The field manager under which a kind makes and changes what it hands its labels and annotations down to.
pub(crate) fn manager(kind: Watched) -> Option<&'static str> {
    let found = MANAGERS.iter().find(|(known, _)| *known == kind);
    found.map(|(_, manager)| *manager)
}

/// Whether this is no label or annotation that a template may drop.
pub(crate) fn stays(key: &str) -> bool {
    STAYS.contains(&key)
}

/// Of what the server tells of field managers: only the labels and annotations that were handed down and are nobody else's. For
/// most objects that is nothing, as all of them have the well-known ones alone.
pub(crate) fn cut_down(managed: &[ManagedFieldsEntry]) -> Option<Vec<ManagedFieldsEntry>> {
    let (ours, others): (Vec<_>, Vec<_>) = managed.iter().partition(|entry| hands_down(entry));
    if ours.is_empty() {
        return None;
    }
    let mut kept = Map::new();
    for field in ["f:labels", "f:annotations"] {
        let mut fields: BTreeSet<&String> = ours.iter().flat_map(|entry| keys(entry, field)).collect();
        fields.retain(|key| !stays(key.trim_start_matches("f:")));
        for other in others.iter().flat_map(|entry| keys(entry, field)) {
            fields.remove(other);
        }
        if !fields.is_empty() {
            let fields: Map<String, Value> = fields.into_iter().map(|key| (key.clone(), json!({}))).collect();
            kept.insert(field.to_owned(), Value::Object(fields));
        }
    }
    (!kept.is_empty()).then(|| {
        vec![ManagedFieldsEntry {
            fields_v1: Some(FieldsV1(json!({"f:metadata": kept}))),
            ..ManagedFieldsEntry::default()
        }]
    })
}

fn hands_down(entry: &ManagedFieldsEntry) -> bool {
    let manager = entry.manager.as_deref().unwrap_or_default();
    let manager = manager.strip_suffix(METADATA).unwrap_or(manager);
    MANAGERS.iter().any(|(_, known)| *known == manager)
}

/// The fields under one of metadata's, `f:team` and the like.
fn keys<'a>(entry: &'a ManagedFieldsEntry, field: &str) -> impl Iterator<Item = &'a String> {
    let fields = entry.fields_v1.as_ref();
    let found = fields.and_then(|fields| fields.0.get("f:metadata")?.get(field)?.as_object());
    found.into_iter().flat_map(|found| found.keys())
}

/// Puts labels and annotations on an object, and takes away what was handed down earlier and is not wished any more, unless
/// `keeps` says that it is there for another reason.
pub(crate) fn put_on(
    metadata: &mut ObjectMeta,
    wished: (&BTreeMap<String, String>, &BTreeMap<String, String>),
    keeps: impl Fn(&str) -> bool,
) {
    let managed = metadata.managed_fields.take();
    let earlier = |field: &'static str| {
        let entries = managed.iter().flatten();
        entries
            .flat_map(move |entry| keys(entry, field))
            .map(|key| key.trim_start_matches("f:"))
    };
    let fields = [
        (metadata.labels.get_or_insert_default(), wished.0, "f:labels"),
        (
            metadata.annotations.get_or_insert_default(),
            wished.1,
            "f:annotations",
        ),
    ];
    for (present, wished, field) in fields {
        for dropped in earlier(field).filter(|key| !wished.contains_key(*key) && !keeps(key)) {
            present.remove(dropped);
        }
        present.extend(wished.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    metadata.managed_fields = managed;
}

/// The patch of an untyped object's metadata that does the same; nothing where all is so.
pub(crate) fn patch(
    metadata: &ObjectMeta,
    wished: (&BTreeMap<String, String>, &BTreeMap<String, String>),
    keeps: impl Fn(&str) -> bool,
) -> Option<Value> {
    let mut new = metadata.clone();
    put_on(&mut new, wished, keeps);
    let both = |metadata: &ObjectMeta| json!({"labels": metadata.all_labels(), "annotations": metadata.all_annotations()});
    merge_patch::difference(&both(metadata), &both(&new)).map(|patch| json!({"metadata": patch}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn managed(entries: &Value) -> Vec<ManagedFieldsEntry> {
        serde_json::from_value(entries.clone()).expect("managed fields")
    }

    fn entry(manager: &str, labels: &[&str], annotations: &[&str]) -> Value {
        let fields = |keys: &[&str]| {
            let keys = keys.iter().map(|key| (format!("f:{key}"), json!({})));
            Value::Object(keys.collect())
        };
        json!({"manager": manager, "operation": "Update", "fieldsV1": {"f:metadata": {
            "f:labels": fields(labels), "f:annotations": fields(annotations)
        }, "f:spec": {"f:version": {}}}})
    }

    fn metadata(more: &Value) -> ObjectMeta {
        let mut metadata: ObjectMeta = serde_json::from_value(more.clone()).expect("metadata");
        metadata.managed_fields = cut_down(&metadata.managed_fields.unwrap_or_default());
        metadata
    }

    #[test]
    fn only_what_was_handed_down_and_is_nobody_elses_is_kept() {
        let set = entry(
            "capi-machineset",
            &["team", "shared", labels::SET_NAME],
            &["note"],
        );
        let upstream = entry("capi-machineset-metadata", &["tier"], &[]);
        let person = entry("kubectl", &["own", "shared"], &["mine"]);
        let cut = cut_down(&managed(&json!([set, person, upstream]))).expect("some");
        let fields = &cut[0].fields_v1.as_ref().expect("fields").0;
        assert_eq!(
            (cut.len(), fields),
            (
                1,
                &json!({"f:metadata": {"f:labels": {"f:team": {}, "f:tier": {}}, "f:annotations": {"f:note": {}}}})
            )
        );
        let usual = entry("capi-machineset", &[labels::CLUSTER_NAME, labels::SET_NAME], &[]);
        assert_eq!(cut_down(&managed(&json!([usual, person]))), None);
        assert_eq!(cut_down(&managed(&json!([person]))), None);
        assert_eq!(cut_down(&[]), None);
    }

    #[test]
    fn what_the_template_drops_goes_and_what_is_there_for_other_reasons_stays() {
        let metadata = metadata(&json!({
            "labels": {"team": "a", "tier": "gold", "own": "x", "clone": "y"}, "annotations": {"note": "n", "mine": "m"},
            "managedFields": [entry("capi-machineset", &["team", "tier", "clone"], &["note"]), entry("kubectl", &["own"], &["mine"])]
        }));
        let map = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let none = BTreeMap::new();
        let told = |labels: &BTreeMap<_, _>, annotations: &BTreeMap<_, _>| {
            patch(&metadata, (labels, annotations), |key| key == "clone")
        };
        assert_eq!(
            told(&map("team", "b"), &none),
            Some(json!({"metadata": {"labels": {"team": "b", "tier": null}, "annotations": {"note": null}}}))
        );
        let mut same = map("team", "a");
        same.extend(map("tier", "gold"));
        assert_eq!(told(&same, &map("note", "n")), None);
    }

    #[test]
    fn each_hands_down_under_upstreams_name() {
        let all: BTreeSet<_> = crate::kinds::ALL.into_iter().filter_map(manager).collect();
        let expected = [
            "capi-kubeadmcontrolplane",
            "capi-machinedeployment",
            "capi-machineset",
        ];
        assert_eq!(all, BTreeSet::from(expected));
        assert_eq!(manager(Watched::Machine), None);
    }
}
