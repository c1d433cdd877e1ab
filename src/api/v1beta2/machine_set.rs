//! MachineSet.

use serde::{Deserialize, Serialize};

use super::{DeletionSpec, Kind, LabelSelector, MachineTemplate, VersionCount, conditioned, metav1};
use crate::conditions::Condition;

/// The kind MachineSet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineSet;

impl Kind for MachineSet {
    const GROUP: &'static str = crate::kinds::CORE;
    const KIND: &'static str = "MachineSet";
    const PLURAL: &'static str = "machinesets";
    type Spec = MachineSetSpec;
    type Status = MachineSetStatus;
}

/// What is wished of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MachineSetSpec {
    /// Name of its Cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster_name: String,
    /// Wished machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Labels of its machines.
    pub selector: LabelSelector,
    /// What its machines are made from.
    pub template: MachineTemplate,
    /// How its machines are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_naming: Option<serde_json::Value>,
    /// How it shrinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<DeletionSpec>,
}

/// What is observed of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MachineSetStatus {
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The generation that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The selector as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Machines that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Machines that are Ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Machines that are Available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_replicas: Option<i32>,
    /// Machines that are as wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to_date_replicas: Option<i32>,
    /// Machines by version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionCount>,
}

conditioned!(MachineSetStatus);
