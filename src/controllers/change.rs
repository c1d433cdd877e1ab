//! What a plan asks for: writes as data, so that plans can be tested without a server.

use std::time::Duration;

use fleetui_api::v1beta2::Kind;
use fleetui_base::ObjectName;
use k8s_openapi::api::core::v1::Secret;
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};

use crate::etcd::EtcdAct;
use crate::events::Happening;
use crate::kinds::{ObjectId, Watched};
use crate::merge_patch;
use crate::object::Object;

/// One write beside that of the reconciled object itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Creates an object; one of that name being there already is fine.
    Create {
        id: ObjectId,
        object: Box<DynamicObject>,
    },
    /// Deletes this life of an object; its being gone is fine.
    Delete { id: ObjectId, uid: String },
    /// Merges into metadata and spec of an object that is still at this version.
    Patch {
        id: ObjectId,
        version: Option<String>,
        patch: Value,
    },
    /// Merges into the status of an object that is still at this version.
    PatchStatus {
        id: ObjectId,
        version: Option<String>,
        patch: Value,
    },
    /// Creates a Secret; one of that name being there already is fine.
    CreateSecret(Box<Secret>),
    /// Merges into a Secret that is still at this version; its being gone is fine.
    PatchSecret {
        name: ObjectName,
        version: Option<String>,
        patch: Value,
    },
    /// Writes into a workload cluster.
    Workload {
        cluster: ObjectName,
        write: WorkloadWrite,
    },
    /// Changes who is in, or leads, the etcd of a workload cluster.
    Etcd { cluster: ObjectName, act: EtcdAct },
}

/// A write into a workload cluster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WorkloadWrite {
    /// Creates an object; one of that name being there already is fine.
    Create {
        resource: ApiResource,
        object: Box<DynamicObject>,
    },
    /// Merges into an object, or into its status; its being gone is fine.
    Patch {
        target: WorkloadTarget,
        status: bool,
        patch: Value,
    },
    /// Deletes an object; its being gone is fine.
    Delete(WorkloadTarget),
}

/// An object in a workload cluster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WorkloadTarget {
    pub(crate) resource: ApiResource,
    /// Absent for cluster-scoped ones.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

/// What a plan comes to.
#[derive(Debug, Clone)]
pub(crate) struct Outcome<K: Kind> {
    /// The reconciled object as it should be.
    pub(crate) object: Object<K>,
    /// Writes to other objects, in this order.
    pub(crate) changes: Vec<Change>,
    /// What people are told when all of it is done.
    pub(crate) told: Vec<Happening>,
    /// When to look again although nothing may have happened.
    pub(crate) requeue: Option<Duration>,
}

impl<K: Kind> Outcome<K> {
    /// Nothing to do.
    pub(crate) fn unchanged(object: &Object<K>) -> Self {
        Self {
            object: object.clone(),
            changes: Vec::new(),
            told: Vec::new(),
            requeue: None,
        }
    }

    /// Looks again after `pause`, or sooner where that is wished already.
    pub(crate) fn look_again(&mut self, pause: Duration) {
        self.requeue = Some(self.requeue.map_or(pause, |known| known.min(pause)));
    }
}

impl Change {
    /// Creates `object` with `metadata` and `spec`. A spec that says nothing is left out, as some kinds allow it only so.
    pub(crate) fn create(kind: Watched, metadata: &Value, spec: &Value) -> Option<Self> {
        let mut body = json!({
            "apiVersion": kind.api_version(),
            "kind": kind.kind(),
            "metadata": metadata,
        });
        if spec.as_object().is_none_or(|fields| !fields.is_empty()) {
            body["spec"] = spec.clone();
        }
        let object: DynamicObject = serde_json::from_value(body).ok()?;
        let name = object.metadata.name.clone()?;
        let namespace = object.metadata.namespace.clone().unwrap_or_default();
        Some(Self::Create {
            id: ObjectId::new(kind, &namespace, &name),
            object: Box::new(object),
        })
    }

    /// Deletes `object`, unless that is under way already.
    pub(crate) fn delete<K: Kind>(object: &Object<K>) -> Option<Self> {
        (!object.is_deleting()).then_some(())?;
        Some(Self::Delete {
            id: object.id()?,
            uid: object.uid().to_owned(),
        })
    }

    /// What makes `new` of `old`: nothing, a patch, a patch of the status, or both.
    pub(crate) fn update<K: Kind>(old: &Object<K>, new: &Object<K>) -> Vec<Self> {
        let (Some(id), version) = (old.id(), old.metadata.resource_version.clone()) else {
            return Vec::new();
        };
        let main = main_patch(old, new).map(|patch| Self::Patch {
            id: id.clone(),
            version: version.clone(),
            patch,
        });
        // Both in one go would meet their own conflict; the status follows in the next pass.
        let status = status_patch(old, new).filter(|_| main.is_none());
        let status = status.map(|patch| Self::PatchStatus { id, version, patch });
        main.into_iter().chain(status).collect()
    }
}

/// The merge patch for metadata and spec.
pub(crate) fn main_patch<K: Kind>(old: &Object<K>, new: &Object<K>) -> Option<Value> {
    if old.metadata == new.metadata && old.spec == new.spec {
        return None;
    }
    let half = |object: &Object<K>| -> Option<Value> {
        Some(json!({
            "metadata": {
                "labels": object.metadata.labels.clone().unwrap_or_default(),
                "annotations": object.metadata.annotations.clone().unwrap_or_default(),
                "finalizers": object.metadata.finalizers.clone().unwrap_or_default(),
                "ownerReferences": object.metadata.owner_references.clone().unwrap_or_default(),
            },
            "spec": serde_json::to_value(&object.spec).ok()?,
        }))
    };
    merge_patch::difference(&half(old)?, &half(new)?)
}

/// The merge patch for the status.
pub(crate) fn status_patch<K: Kind>(old: &Object<K>, new: &Object<K>) -> Option<Value> {
    status_patch_at(old, new, old.metadata.generation)
}

/// The merge patch for the status, after a patch of our own has brought the object to this generation: that is what was
/// observed then, and saying so needs no write of its own.
pub(crate) fn status_patch_at<K: Kind>(
    old: &Object<K>,
    new: &Object<K>,
    generation: Option<i64>,
) -> Option<Value> {
    if old.status == new.status
        && generation.is_none_or(|generation| Some(generation) == old.metadata.generation)
    {
        return None;
    }
    let status = |object: &Object<K>| serde_json::to_value(&object.status).ok();
    let mut wished = status(new)?;
    if let Some(generation) = generation {
        observe(&mut wished, old.metadata.generation, generation);
        for path in ["/conditions", "/v1beta2/conditions"] {
            let conditions = wished.pointer_mut(path).and_then(Value::as_array_mut);
            for condition in conditions.into_iter().flatten() {
                observe(condition, old.metadata.generation, generation);
            }
        }
    }
    merge_patch::difference(&status(old)?, &wished).map(|status| json!({ "status": status }))
}

/// Lets what was observed at one generation be observed at another.
fn observe(what: &mut Value, old: Option<i64>, new: i64) {
    if let Some(observed) = what.get_mut("observedGeneration")
        && observed.as_i64() == old
    {
        *observed = json!(new);
    }
}

#[cfg(test)]
mod tests {
    use fleetui_api::v1beta2::Machine;

    use super::*;
    use crate::samples::object;

    #[test]
    fn what_our_own_patch_made_of_the_generation_is_observed_with_it() {
        let told = |generation: i64| {
            json!({"status": {"observedGeneration": generation, "conditions": [
                {"type": "Ready", "status": "True", "reason": "Ready", "lastTransitionTime": "2026-08-21T11:00:00Z",
                 "observedGeneration": generation}
            ]}})
        };
        let (old, new) = (object::<Machine>("m", &told(0)), object::<Machine>("m", &told(1)));
        let observed = |patch: &Value| {
            let condition = patch.pointer("/status/conditions/0/observedGeneration");
            (patch["status"]["observedGeneration"].clone(), condition.cloned())
        };
        let same = status_patch(&old, &new).expect("a patch");
        assert_eq!(observed(&same), (json!(1), Some(json!(1))));
        let later = status_patch_at(&old, &new, Some(2)).expect("a patch");
        assert_eq!(observed(&later), (json!(2), Some(json!(2))));
        // What stands at another generation is somebody else's, or older.
        assert_eq!(status_patch_at(&old, &old, Some(2)), None);
    }
}
