//! Conditions of both models: metav1 (v1beta2) and Cluster API's older one with severities (v1beta1).

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The reason by which the controllers of this program say in `TopologyReconciled` that nobody reconciles topologies.
pub const TOPOLOGY_NOT_SUPPORTED: &str = "TopologyNotSupported";

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be told; also whatever else an object says here.
    Unknown,
}

impl ConditionStatus {
    /// The status as it is written in objects.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }

    /// Reads a status; anything but `True` and `False` is `Unknown`.
    pub fn parse(text: &str) -> Self {
        match text {
            "True" => Self::True,
            "False" => Self::False,
            _ => Self::Unknown,
        }
    }
}

/// How bad a False condition of the old model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Expected while something is under way.
    Info,
    /// Worth a look.
    Warning,
    /// Broken until somebody acts.
    Error,
}

/// One condition, of either model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Its type, `Available`.
    pub kind: CompactString,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Its severity; only in the old model, and only when it is False.
    pub severity: Option<Severity>,
    /// A word for why; empty where the object gives none.
    pub reason: CompactString,
    /// Sentences for people; may have several lines.
    pub message: String,
    /// Since when the status is so; absent where the object does not say or says it wrongly.
    pub since: Option<Timestamp>,
    /// The generation that the writer had seen; only in the metav1 model.
    pub observed_generation: Option<i64>,
}

/// Types for which True means that something is going on (or wrong): `Paused`, `Deleting` and their like.
pub const NEGATIVE_POLARITY: [&str; 7] = [
    "Paused",
    "Deleting",
    "RollingOut",
    "ScalingUp",
    "ScalingDown",
    "Updating",
    "Remediating",
];

impl Condition {
    /// Whether True is the quiet state of this condition's type.
    pub fn positive(&self) -> bool {
        !NEGATIVE_POLARITY.contains(&self.kind.as_str())
    }

    /// Whether the condition says what one hopes for, by its polarity.
    pub fn good(&self) -> bool {
        self.status
            == if self.positive() {
                ConditionStatus::True
            } else {
                ConditionStatus::False
            }
    }
}

/// The order in which Cluster API writes its v1beta2 conditions; other types follow, then `Paused` and `Deleting`.
pub const ORDER: [&str; 36] = [
    "Available",
    "Ready",
    "UpToDate",
    "RemoteConnectionProbe",
    "BootstrapConfigReady",
    "InfrastructureReady",
    "ControlPlaneInitialized",
    "ControlPlaneAvailable",
    "WorkersAvailable",
    "CertificatesAvailable",
    "Initialized",
    "EtcdClusterHealthy",
    "ControlPlaneComponentsHealthy",
    "NodeHealthy",
    "NodeReady",
    "NodeKubeadmLabelsAndTaintsSet",
    "EtcdPodHealthy",
    "EtcdMemberHealthy",
    "APIServerPodHealthy",
    "ControllerManagerPodHealthy",
    "SchedulerPodHealthy",
    "HealthCheckSucceeded",
    "OwnerRemediated",
    "TopologyReconciled",
    "Updating",
    "RollingOut",
    "Remediating",
    "ScalingDown",
    "ScalingUp",
    "MachinesReady",
    "ControlPlaneMachinesReady",
    "WorkerMachinesReady",
    "MachinesUpToDate",
    "ControlPlaneMachinesUpToDate",
    "WorkerMachinesUpToDate",
    "~gates",
];

/// Where a condition type stands in the written order: a number, and the name for types that share it.
pub fn order_key(kind: &str) -> (usize, &str) {
    match kind {
        "Paused" => (ORDER.len(), ""),
        "Deleting" => (ORDER.len() + 1, ""),
        _ => match ORDER.iter().position(|known| *known == kind) {
            Some(position) => (position, ""),
            None => (ORDER.len() - 1, kind),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_stand_before_paused_and_deleting() {
        let mut kinds = [
            "Deleting",
            "MyGate",
            "Paused",
            "Available",
            "AGate",
            "WorkerMachinesUpToDate",
        ];
        kinds.sort_by(|a, b| order_key(a).cmp(&order_key(b)));
        assert_eq!(
            kinds,
            [
                "Available",
                "WorkerMachinesUpToDate",
                "AGate",
                "MyGate",
                "Paused",
                "Deleting"
            ]
        );
    }
}
