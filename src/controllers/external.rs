//! Objects that core controllers know only by contract: infrastructure, bootstrap configurations, control planes.
//!
//! Must not know: any provider. Everything is read by the paths of the v1beta2 contract.

use std::sync::Arc;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, ContractReference, FailureDomain, Kind, OldCondition};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::preflight::Topology;
use serde_json::{Value, json};

use crate::cache::{Cache, Entry};
use crate::change::Change;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::ownership;

/// A referenced object, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) enum External {
    /// Nothing is referred to.
    None,
    /// The reference leads nowhere, or to a kind that no controller here watches.
    Missing { kind: String, watched: bool },
    /// It is there.
    Found(Arc<Entry>),
}

/// That an object is not there, as far as anybody here can know.
pub(crate) fn absent(kind: &str, watched: bool) -> String {
    if watched {
        return format!("{kind} does not exist");
    }
    format!("{kind} does not exist, or is of a provider whose controllers do not run here")
}

impl External {
    /// Follows a reference.
    pub(crate) fn find(cache: &Cache, reference: Option<&ContractReference>, namespace: &str) -> Self {
        let Some(reference) = reference else {
            return Self::None;
        };
        let id = ObjectId::referred(reference, namespace);
        let watched = id.is_some();
        match id.and_then(|id| cache.entry(&id)) {
            Some(entry) => Self::Found(entry),
            None => Self::Missing {
                kind: reference.kind.clone(),
                watched,
            },
        }
    }

    /// The object, where it is there.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Found(entry) => Some(entry),
            Self::None | Self::Missing { .. } => None,
        }
    }

    /// A value by its path, `/status/initialization/provisioned`.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        self.entry()?.object.data.pointer(path)
    }

    /// Whether the value at this path is `true`.
    pub(crate) fn is_true(&self, path: &str) -> bool {
        self.at(path) == Some(&Value::Bool(true))
    }

    /// The value at this path, where it is text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.at(path)?.as_str().filter(|text| !text.is_empty())
    }

    /// The value at this path, where it is a number.
    pub(crate) fn number(&self, path: &str) -> Option<i32> {
        self.at(path)?
            .as_i64()
            .and_then(|number| i32::try_from(number).ok())
    }

    /// The value at this path, where it reads as `T`.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self, path: &str) -> Option<T> {
        serde_json::from_value(self.at(path)?.clone()).ok()
    }

    /// The failure domains that it reports: a list by the v1beta2 contract, and by the v1beta1 contract a map, whose names are
    /// brought into their order.
    pub(crate) fn failure_domains(&self) -> Vec<FailureDomain> {
        match self.at("/status/failureDomains") {
            Some(Value::Object(domains)) => {
                let mut domains: Vec<FailureDomain> = domains
                    .iter()
                    .filter_map(|(name, domain)| {
                        let read = serde_json::from_value::<FailureDomain>(domain.clone());
                        let name = name.clone();
                        read.ok().map(|domain| FailureDomain { name, ..domain })
                    })
                    .collect();
                domains.sort_by(|one, other| one.name.cmp(&other.name));
                domains
            }
            Some(_) | None => self.read("/status/failureDomains").unwrap_or_default(),
        }
    }

    /// Its kind for people; `fallback` where nothing is referred to.
    pub(crate) fn kind<'a>(&'a self, fallback: &'a str) -> &'a str {
        match self {
            Self::None => fallback,
            Self::Missing { kind, .. } => kind,
            Self::Found(entry) => entry.id.kind.kind(),
        }
    }

    /// Makes `owner` an owner and sets the cluster's label; nothing where both are so.
    pub(crate) fn adopt<K: Kind>(
        &self,
        owner: &Object<K>,
        controller: bool,
        cluster_name: &str,
    ) -> Option<Change> {
        let entry = self.entry()?;
        let mut metadata = entry.object.metadata.clone();
        ownership::add(&mut metadata, ownership::reference(owner, controller));
        metadata.set_label(labels::CLUSTER_NAME, cluster_name);
        (metadata != entry.object.metadata).then(|| Change::Patch {
            id: entry.id.clone(),
            version: entry.object.metadata.resource_version.clone(),
            patch: json!({"metadata": {
                "ownerReferences": metadata.owner_references,
                "labels": {labels::CLUSTER_NAME: cluster_name},
            }}),
        })
    }

    /// Deletes it, unless that is under way already.
    pub(crate) fn delete(&self) -> Option<Change> {
        let entry = self.entry()?;
        (!entry.object.metadata.is_deleting()).then(|| Change::Delete {
            id: entry.id.clone(),
            uid: entry.object.metadata.uid.clone().unwrap_or_default(),
        })
    }

    /// The condition `of` under the name `target`. Without one the contract's yes-or-no at `fallback` answers.
    pub(crate) fn mirror(&self, mirror: &Mirror<'_>) -> Condition {
        let target = mirror.target;
        match self {
            Self::None => condition(
                target,
                ConditionStatus::Unknown,
                "NotYetReported",
                "No object is referenced",
            ),
            Self::Missing { kind, .. } if mirror.was_there => {
                let message = match mirror.stays {
                    Some(whole) => format!("{kind} has been deleted while the {whole} still exists"),
                    None => format!("{kind} has been deleted"),
                };
                condition(target, ConditionStatus::False, "ObjectDeleted", message)
            }
            Self::Missing { kind, watched } => {
                let message = absent(kind, *watched);
                condition(target, ConditionStatus::False, "ObjectDoesNotExist", message)
            }
            Self::Found(entry) => mirror.found(self, entry.id.kind),
        }
    }

    /// The condition `Ready` of the old model that it reports. Providers of the v1beta1 contract have it where those of the
    /// v1beta2 contract have the new one.
    pub(crate) fn old_ready(&self) -> Option<OldCondition> {
        let moved = self.listed("/status/deprecated/v1beta1/conditions", "Ready");
        let found = moved.or_else(|| self.listed("/status/conditions", "Ready").filter(|it| is_old(it)))?;
        serde_json::from_value(found.clone()).ok()
    }

    /// The condition of this type in a list of conditions.
    fn listed(&self, path: &str, kind: &str) -> Option<&Value> {
        let conditions = self.at(path)?.as_array()?;
        conditions
            .iter()
            .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))
    }

    /// The condition of this type that it reports; of two models the newer one.
    pub(crate) fn reported(&self, of: &str) -> Option<Condition> {
        let beside = self.listed("/status/v1beta2/conditions", of);
        let found = beside.or_else(|| self.listed("/status/conditions", of))?;
        let text = |key: &str| found.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(condition(
            of,
            ConditionStatus::parse(text("status")),
            text("reason"),
            text("message"),
        ))
    }
}

/// Whether a condition is of the old model: only there it has a severity, or holds without a reason.
fn is_old(condition: &Value) -> bool {
    let says = |key: &str| {
        condition
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    says("severity") || !says("reason")
}

/// How a condition of one object becomes a condition of another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mirror<'a> {
    /// The type that is written.
    pub(crate) target: &'a str,
    /// The type that is read.
    pub(crate) of: &'a str,
    /// Path of the contract's yes-or-no, `/status/initialization/provisioned`.
    pub(crate) fallback: &'a str,
    /// Reasons for yes and no of the fallback.
    pub(crate) reasons: [&'a str; 2],
    /// Whether the object has been there before.
    pub(crate) was_there: bool,
    /// What it belongs to, where that is not on its way out itself: `Machine`, `cluster`.
    pub(crate) stays: Option<&'a str>,
}

impl Mirror<'_> {
    fn found(&self, external: &External, kind: Watched) -> Condition {
        if let Some(reported) = external.reported(self.of) {
            // A condition of the old model that holds has no reason.
            let reason = match (reported.reason.as_str(), reported.status) {
                ("", ConditionStatus::True) => self.reasons[0],
                ("", ConditionStatus::False | ConditionStatus::Unknown) => "NoReasonReported",
                (told, _) => told,
            };
            return condition(self.target, reported.status, reason, reported.message.clone());
        }
        let [yes, no] = self.reasons;
        if external.is_true(self.fallback) {
            condition(self.target, ConditionStatus::True, yes, "")
        } else {
            let path = self.fallback.trim_start_matches('/').replace('/', ".");
            condition(
                self.target,
                ConditionStatus::False,
                no,
                format!("{} {path} is false", kind.kind()),
            )
        }
    }
}

/// The version that the topology of a cluster wishes, where it has one.
pub(crate) fn topology(cluster: &Object<Cluster>) -> Option<Topology<'_>> {
    let topology = cluster.spec.topology.as_ref()?;
    Some(Topology {
        version: &topology.version,
        step: cluster.metadata.annotation(labels::UPGRADE_STEP),
    })
}

/// What says that an object belongs to a deleting cluster.
pub(crate) fn is_cluster_deleting(cluster: Option<&Object<Cluster>>) -> bool {
    cluster.is_some_and(Object::is_deleting)
}

#[cfg(test)]
mod tests {
    use kube::core::DynamicObject;

    use super::*;
    use crate::cache::Triggers;

    fn found(status: &Value) -> External {
        let kind = Watched::ByoMachine;
        let object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind(),
            "metadata": {"name": "m", "namespace": "default", "uid": "uid-m"}, "status": status
        });
        let object: DynamicObject = serde_json::from_value(object).expect("an object");
        let (id, cache) = (
            ObjectId::new(kind, "default", "m"),
            Cache::new(Arc::new(Triggers::default())),
        );
        cache.put(id.clone(), object);
        External::Found(cache.entry(&id).expect("it was put"))
    }

    fn ready(more: &Value) -> Value {
        let mut ready = json!({"type": "Ready", "lastTransitionTime": "2026-08-21T11:00:00Z"});
        json_patch::merge(&mut ready, more);
        ready
    }

    /// v1beta1 clients saw that infrastructure is waited for, and not why.
    #[test]
    fn the_old_condition_is_found_where_either_contract_has_it() {
        let waits = ready(&json!({"status": "False", "severity": "Info", "reason": "BYOHostsUnavailable"}));
        let holds = ready(&json!({"status": "True"}));
        let new = ready(&json!({"status": "False", "reason": "NotReady", "message": ""}));
        let cases = [
            (
                json!({"conditions": [waits]}),
                Some(("False", Some("BYOHostsUnavailable"), Some("Info"))),
            ),
            (json!({"conditions": [holds]}), Some(("True", None, None))),
            (
                json!({"conditions": [new], "deprecated": {"v1beta1": {"conditions": [holds]}}}),
                Some(("True", None, None)),
            ),
            (json!({"conditions": [new]}), None),
            (json!({}), None),
        ];
        for (status, expected) in cases {
            let told = found(&status).old_ready();
            let told = told
                .as_ref()
                .map(|it| (it.status.as_str(), it.reason.as_deref(), it.severity.as_deref()));
            assert_eq!(told, expected, "{status}");
        }
    }

    #[test]
    fn of_two_models_the_newer_one_is_mirrored() {
        let mirror = Mirror {
            target: "InfrastructureReady",
            of: "Ready",
            fallback: "/status/ready",
            reasons: ["Ready", "NotReady"],
            was_there: false,
            stays: None,
        };
        let holds = ready(&json!({"status": "True"}));
        let broken = ready(&json!({"status": "False", "severity": "Info"}));
        let new = ready(&json!({"status": "True", "reason": "Ready", "message": ""}));
        let cases = [
            (
                json!({"conditions": [holds], "v1beta2": {"conditions": [new]}}),
                "Ready",
            ),
            (json!({"conditions": [holds]}), "Ready"),
            (json!({"conditions": [broken]}), "NoReasonReported"),
            (json!({"conditions": [new]}), "Ready"),
            (json!({}), "NotReady"),
        ];
        for (status, reason) in cases {
            assert_eq!(found(&status).mirror(&mirror).reason, reason, "{status}");
        }
    }
}
