//! MachineDrainRule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, LabelSelector, NoStatus};

/// The kind MachineDrainRule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineDrainRule;

impl Kind for MachineDrainRule {
    const GROUP: &'static str = crate::kinds::CORE;
    const KIND: &'static str = "MachineDrainRule";
    const PLURAL: &'static str = "machinedrainrules";
    type Spec = MachineDrainRuleSpec;
    type Status = NoStatus;
}

/// Which pods of which machines are drained how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct MachineDrainRuleSpec {
    /// How pods are drained.
    pub drain: Drain,
    /// Machines that it is for; all where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    #[schemars(extend("x-kubernetes-validations" = [
        {"message": "entries in machines must be unique", "rule": "self.all(x, self.exists_one(y, x == y))"},
    ]))]
    pub machines: Vec<MachineSelector>,
    /// Pods that it is for; all where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    #[schemars(extend("x-kubernetes-validations" = [
        {"message": "entries in pods must be unique", "rule": "self.all(x, self.exists_one(y, x == y))"},
    ]))]
    pub pods: Vec<PodSelector>,
}

/// How pods are drained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct Drain {
    /// `Drain`, `Skip` or `WaitCompleted`.
    #[schemars(extend("enum" = ["Drain", "Skip", "WaitCompleted"]))]
    pub behavior: String,
    /// When it happens; lower ones first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
}

/// Machines by their labels and their cluster's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct MachineSelector {
    /// Labels of the clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_selector: Option<LabelSelector>,
    /// Labels of the machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// Pods by their labels and their namespace's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct PodSelector {
    /// Labels of the namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// Labels of the pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}
