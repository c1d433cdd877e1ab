//! What a preflight looks at beside the rows: whole objects, as they were read once.

use std::collections::BTreeMap;

use compact_str::CompactString;
use fleetui_base::ObjectName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The whole objects of one cluster, without secrets, in the newest version of Cluster API's own kinds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Gathered {
    /// The Cluster, its control plane, MachineDeployments, MachineSets, MachinePools with what
    /// stands behind them, Machines, and the templates of machines.
    pub objects: Vec<Value>,
    /// Its MachineHealthChecks.
    pub health_checks: Vec<Value>,
    /// The ClusterClass of its topology.
    pub class: Option<Value>,
    /// Why that could not be read, where it is not that there is none.
    #[serde(default)]
    pub no_class: Option<String>,
    /// The hosts of its namespace, where its machines take hosts.
    pub hosts: Vec<Value>,
    /// The disruption budgets of the workload cluster.
    pub budgets: Vec<Budget>,
    /// Why those could not be read.
    pub no_budgets: Option<String>,
    /// The versions of the kubelets of the workload cluster by node, where pools have nodes that are no Machines.
    #[serde(default)]
    pub kubelets: BTreeMap<CompactString, CompactString>,
    /// When all this was read.
    pub read_at: Timestamp,
}

/// A PodDisruptionBudget of a workload cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Where it is.
    pub name: ObjectName,
    /// Pods that may be evicted at the moment.
    pub allowed: i64,
    /// Pods that it is about.
    pub expected: i64,
    /// The nodes that they run on, as far as that was read.
    pub pods_on: Vec<CompactString>,
}

impl Budget {
    /// Whether it lets no pod go.
    pub fn holds(&self) -> bool {
        self.allowed <= 0 && self.expected > 0
    }
}
