//! Cluster API's controllers, against any management cluster: each observes, plans (pure), applies, and tells what it saw.
//!
//! Must not know: where the management cluster runs, how it stores, and the screen. Controllers meet their server only through
//! a `kube::Client`, and workload clusters only through [`WorkloadClusters`].

mod apply;
mod belonging;
mod cache;
mod certificates;
mod change;
mod cluster;
mod cluster_class;
mod cluster_resource_set;
mod connection;
mod context;
mod counting;
mod defaults;
mod error;
mod etcd;
mod events;
mod external;
mod handed_down;
mod kinds;
mod kubeadm_config;
mod kubeadm_control_plane;
mod machine;
mod machine_deployment;
mod machine_health_check;
mod machine_pool;
mod machine_set;
mod manager;
mod merge_patch;
mod object;
mod old_conditions;
mod orphans;
mod ownership;
mod pausing;
mod permissions;
mod providers;
mod received;
mod requests;
mod settings;
mod templates;
mod workloads;

#[cfg(test)]
mod fleet_tests;
#[cfg(test)]
mod logged;
#[cfg(test)]
mod samples;

pub use error::why;
pub use kinds::watched;
pub use manager::{
    ControllersHandle, Election, ElectionTimes, Led, Metrics, Readiness, RestProbe, Standing, TaskEnded,
    start,
};
pub use permissions::{Permission, permissions};
pub use providers::simulated::{
    ETCD_ALARM_ANNOTATION, ETCD_LEARNER_ANNOTATION, ETCD_SILENT_ANNOTATION, FAIL_ANNOTATION,
    NETWORK_ANNOTATION,
};
pub use providers::simulated_hosts::{
    FAIL_STEP_ANNOTATION, HostsProbe, SILENT_ANNOTATION, SIMULATED_ANNOTATION, SimulatedHostSettings,
    SimulatedHosts, simulate_hosts,
};
pub use settings::{ControllerSettings, HostSettings, Network, Pace, SimulationSettings, Timers};
pub use workloads::{
    DialEtcd, DialledEtcd, EtcdAccess, EtcdStream, WorkloadAccess, WorkloadClusters, WorkloadEndpoint,
    WorkloadError,
};
