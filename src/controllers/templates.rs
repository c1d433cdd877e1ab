//! Objects that machines are cloned from: bootstrap and infrastructure templates.

use std::collections::BTreeMap;

use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, ContractReference, TemplateMetadata};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::cache::Cache;
use crate::change::Change;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::ownership;

/// A template that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    pub(crate) id: ObjectId,
    /// What its clones become.
    pub(crate) clone_kind: Watched,
    metadata: TemplateMetadata,
    spec: Value,
    object: DynamicObject,
}

/// What a clone is given beside what the template says.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) owner: OwnerReference,
}

impl Template {
    /// The template that somebody in `namespace` refers to, if it is there and of a kind that can be cloned.
    pub(crate) fn find(cache: &Cache, reference: &ContractReference, namespace: &str) -> Option<Self> {
        let id = ObjectId::referred(reference, namespace)?;
        let clone_kind = id.kind.clone_kind()?;
        let object = cache.entry(&id)?.object.clone();
        let part = |path: &str| object.data.pointer(path).cloned();
        Some(Self {
            clone_kind,
            metadata: part("/spec/template/metadata")
                .and_then(|metadata| serde_json::from_value(metadata).ok())
                .unwrap_or_default(),
            spec: part("/spec/template/spec").unwrap_or_else(|| json!({})),
            id,
            object,
        })
    }

    /// Creates a clone.
    pub(crate) fn instantiate(&self, given: Given) -> Option<Change> {
        let mut all_labels = self.metadata.labels.clone();
        all_labels.extend(given.labels);
        let mut annotations = self.metadata.annotations.clone();
        annotations.extend(given.annotations);
        annotations.insert(labels::CLONED_FROM_NAME.to_owned(), self.id.name.name.to_string());
        annotations.insert(
            labels::CLONED_FROM_GROUP_KIND.to_owned(),
            group_kind(self.id.kind),
        );
        let metadata = json!({
            "name": given.name,
            "namespace": self.id.name.namespace,
            "labels": all_labels,
            "annotations": annotations,
            "ownerReferences": [given.owner],
        });
        let mut spec = self.spec.clone();
        if self.clone_kind == Watched::KubeadmConfig {
            leave_out_empty(&mut spec);
        }
        Change::create(self.clone_kind, &metadata, &spec)
    }

    /// Whether an object of its clones' kind was made of it, and did not get this label or annotation by that.
    pub(crate) fn made_without(&self, clone: &ObjectMeta, key: &str) -> bool {
        clone.annotation(labels::CLONED_FROM_NAME) == Some(&*self.id.name.name)
            && !self.metadata.labels.contains_key(key)
            && !self.metadata.annotations.contains_key(key)
    }

    /// An annotation of the template itself.
    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.object.metadata.annotation(key)
    }

    /// A reference to the clone of this name.
    pub(crate) fn clone_reference(&self, name: &str) -> ContractReference {
        ContractReference {
            api_group: self.clone_kind.group().to_owned(),
            kind: self.clone_kind.kind().to_owned(),
            name: name.to_owned(),
        }
    }

    /// Makes the cluster an owner of the template, so that it goes with it; nothing where it is one.
    pub(crate) fn adopt(&self, cluster: &Object<Cluster>) -> Option<Change> {
        if ownership::is_owned_by(&self.object.metadata, cluster.uid()) {
            return None;
        }
        let mut metadata = self.object.metadata.clone();
        ownership::add(&mut metadata, ownership::reference(cluster, false));
        Some(Change::Patch {
            id: self.id.clone(),
            version: self.object.metadata.resource_version.clone(),
            patch: json!({"metadata": {"ownerReferences": metadata.owner_references}}),
        })
    }
}

/// That templates of these kinds are not there, as a sentence.
pub(crate) fn missing(kinds: &[&str]) -> Option<String> {
    match kinds {
        [] => None,
        [one] => Some(format!("{one} does not exist")),
        [..] => Some(format!("{} do not exist", kinds.join(" and "))),
    }
}

/// Takes away fields whose structs say nothing. Templates of v1beta1 may have them; since v1beta2 each of them has to say something.
fn leave_out_empty(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.values_mut().for_each(leave_out_empty);
        fields.retain(|_, field| field.as_object().is_none_or(|inner| !inner.is_empty()));
    }
}

/// `DevMachineTemplate.infrastructure.cluster.x-k8s.io`, as the cloned-from annotation has it.
pub(crate) fn group_kind(kind: Watched) -> String {
    format!("{}.{}", kind.kind(), kind.group())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cache::Triggers;

    /// What a clone of a template with this spec is created with.
    fn cloned(kind: Watched, spec: &Value) -> DynamicObject {
        let object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind(),
            "metadata": {"name": "t", "namespace": "default", "uid": "uid-t"},
            "spec": {"template": {"spec": spec}}
        });
        let cache = Cache::new(Arc::new(Triggers::default()));
        let id = ObjectId::new(kind, "default", "t");
        cache.put(id, serde_json::from_value(object).expect("an object"));
        let reference = ContractReference {
            api_group: kind.group().to_owned(),
            kind: kind.kind().to_owned(),
            name: "t".to_owned(),
        };
        let template = Template::find(&cache, &reference, "default").expect("it is there");
        let given = Given {
            name: "clone".to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            owner: OwnerReference::default(),
        };
        match template.instantiate(given) {
            Some(Change::Create { object, .. }) => *object,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_template_leaves_empty_is_left_out_of_its_clones() {
        let nothing = cloned(Watched::KubeadmConfigTemplate, &json!({}));
        assert_eq!(nothing.data.get("spec"), None);
        let little = cloned(
            Watched::KubeadmConfigTemplate,
            &json!({"joinConfiguration": {"nodeRegistration": {}}, "format": "cloud-config"}),
        );
        assert_eq!(little.data["spec"], json!({"format": "cloud-config"}));
        // There an empty struct is a choice.
        let chosen = json!({"backend": {"inMemory": {}}});
        assert_eq!(cloned(Watched::DevMachineTemplate, &chosen).data["spec"], chosen);
    }
}
