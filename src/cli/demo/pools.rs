//! The demo's host pools as data: which hosts there are, where they stand and what they are.

use std::time::Duration;

use fleetui_controllers::SimulatedHostSettings;

use super::story::{EDGE, MANAGEMENT_CLUSTERS, ML, days, hours};

/// Hosts of one sort, which were put up together.
#[derive(Debug, Clone)]
pub(crate) struct HostPool {
    /// The management cluster that has them.
    pub(crate) management_cluster: &'static str,
    /// Namespace of their ByoHosts.
    pub(crate) namespace: &'static str,
    /// They are called so, and a number from 1 on.
    pub(crate) prefix: &'static str,
    /// How many there are.
    pub(crate) count: u32,
    /// How long ago they were put up.
    pub(crate) age: Duration,
    /// Their failure domains.
    zones: &'static [&'static str],
    /// Labels of each.
    labels: &'static [(&'static str, &'static str)],
    system: &'static str,
    architecture: &'static str,
    cpu: &'static str,
    memory: &'static str,
    first_address: [u8; 4],
}

impl HostPool {
    /// What its simulated hosts are like; `usual` says how fast they are.
    pub(crate) fn settings(&self, usual: SimulatedHostSettings) -> SimulatedHostSettings {
        let text = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        SimulatedHostSettings {
            namespace: self.namespace.to_owned(),
            prefix: self.prefix.to_owned(),
            labels: self.labels.iter().copied().map(text).collect(),
            zones: self.zones.iter().map(|zone| (*zone).to_owned()).collect(),
            os_image: self.system.to_owned(),
            architecture: self.architecture.to_owned(),
            capacity: [("cpu", self.cpu), ("memory", self.memory)].map(text).into(),
            first_address: self.first_address,
            ..usual
        }
    }
}

/// All pools, oldest first.
pub(crate) fn pools() -> Vec<HostPool> {
    vec![
        HostPool {
            management_cluster: MANAGEMENT_CLUSTERS[0],
            namespace: EDGE,
            prefix: "khh-",
            count: 10,
            age: days(41),
            zones: &["khh-a", "khh-b"],
            labels: &[("site", "kaohsiung")],
            system: "Ubuntu 22.04.5 LTS",
            architecture: "amd64",
            cpu: "16",
            memory: "64Gi",
            first_address: [192, 0, 2, 11],
        },
        HostPool {
            management_cluster: MANAGEMENT_CLUSTERS[0],
            namespace: EDGE,
            prefix: "txg-",
            count: 4,
            age: days(20),
            zones: &["txg-a"],
            labels: &[("site", "taichung"), ("line", "packing")],
            system: "Ubuntu 24.04.2 LTS",
            architecture: "arm64",
            cpu: "8",
            memory: "32Gi",
            first_address: [198, 51, 100, 11],
        },
        HostPool {
            management_cluster: MANAGEMENT_CLUSTERS[1],
            namespace: ML,
            prefix: "nrt-",
            count: 2,
            age: days(12),
            zones: &["nrt-1"],
            labels: &[("site", "tokyo"), ("role", "control-plane")],
            system: "Ubuntu 22.04.5 LTS",
            architecture: "amd64",
            cpu: "8",
            memory: "32Gi",
            first_address: [203, 0, 113, 11],
        },
        HostPool {
            management_cluster: MANAGEMENT_CLUSTERS[1],
            namespace: ML,
            prefix: "nrt-gpu-",
            count: 5,
            age: days(3),
            zones: &["nrt-1", "nrt-2"],
            labels: &[("site", "tokyo"), ("accelerator", "h100")],
            system: "Ubuntu 22.04.5 LTS",
            architecture: "amd64",
            cpu: "128",
            memory: "1Ti",
            first_address: [203, 0, 113, 51],
        },
        HostPool {
            management_cluster: MANAGEMENT_CLUSTERS[0],
            namespace: EDGE,
            prefix: "txg-spare-",
            count: 1,
            age: hours(2),
            zones: &["txg-a"],
            labels: &[("site", "taichung"), ("line", "packing")],
            system: "Ubuntu 24.04.2 LTS",
            architecture: "arm64",
            cpu: "8",
            memory: "32Gi",
            first_address: [198, 51, 100, 51],
        },
    ]
}
