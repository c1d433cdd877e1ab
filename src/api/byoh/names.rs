//! Labels, annotations, finalizers, condition types and reasons of the provider for hosts that one brings oneself. Upstream's and
//! its fork's are byte for byte theirs, so that their agents and ours can be driven alike; ours begin with `fleetui.dev/`.

/// Label on a taken host: `<namespace>.<byomachine>`.
pub const MACHINE_LABEL: &str = "byoh.infrastructure.cluster.x-k8s.io/byomachine-name";
/// Label on a host: its processor architecture.
pub const ARCHITECTURE_LABEL: &str = "byoh.infrastructure.cluster.x-k8s.io/architecture";
/// Label on a host: `debian` or `rhel`.
pub const OS_FAMILY_LABEL: &str = "byoh.infrastructure.cluster.x-k8s.io/os-family";
/// Label on a host: the failure domain that it stands in.
pub const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// Annotation on a host (any value): its agent resets it and gives it back.
pub const UNREGISTERING: &str = "byoh.infrastructure.cluster.x-k8s.io/unregistering";
/// Annotation on a taken host: address of the control plane, which a reset takes off its network interface.
pub const ENDPOINT_IP: &str = "byoh.infrastructure.cluster.x-k8s.io/endpointip";
/// Annotation on a taken host and on its installer configuration: the version of Kubernetes without build data.
pub const K8S_VERSION: &str = "byoh.infrastructure.cluster.x-k8s.io/k8sversion";
/// Annotation on a taken host: registry of the bundles.
pub const BUNDLE_REGISTRY: &str = "byoh.infrastructure.cluster.x-k8s.io/bundle-registry";

/// Annotation on a host: the set of machines that it served last, `<cluster>/<owner>`; a reset leaves it.
pub const SERVED: &str = "fleetui.dev/served";
/// Annotation that an operator puts on a host: its quarantine ends, and its failures are forgotten.
pub const CLEAR_QUARANTINE: &str = "fleetui.dev/clear-quarantine";
/// Annotation that an operator puts on a host: it is quarantined as if machines had failed on it, until the annotation is taken away
/// or [`CLEAR_QUARANTINE`] is set. The value says why.
pub const HELD_BACK: &str = "fleetui.dev/held-back";
/// Taint (`NoBind`) on a host: only machines of the cluster that is its value take it, and they take it first.
pub const RESERVED_FOR: &str = "fleetui.dev/reserved-for";
/// Annotation that an operator puts on a host that cannot be reset: its machine is let go all the same. The value says who and why.
pub const RELEASE_CONFIRMED: &str = "fleetui.dev/release-confirmed";

/// Annotation (ours) of hosts that are made up: nothing is ever installed on them.
pub const SIMULATED: &str = "simulated.fleetui.dev/host";
/// Annotation on a host that is kept for inspection after its machine has gone, with the set of machines that it served. Whoever
/// has looked at it takes the annotation away, and the host takes machines again.
pub const RELEASED: &str = "fleetui.dev/released";
/// Annotation that an operator puts on a host that is in use: it may be deleted all the same. The value says who and why.
pub const RETIRE_CONFIRMED: &str = "fleetui.dev/retire-confirmed";

/// Finalizer on ByoClusters.
pub const CLUSTER_FINALIZER: &str = "byocluster.infrastructure.cluster.x-k8s.io";
/// Finalizer on ByoMachines.
pub const MACHINE_FINALIZER: &str = "byomachine.infrastructure.cluster.x-k8s.io";
/// Finalizer on K8sInstallerConfigs.
pub const INSTALLER_FINALIZER: &str = "k8sinstallerconfig.infrastructure.cluster.x-k8s.io";

/// Condition of a host: its node has been brought up.
pub const BOOTSTRAP_SUCCEEDED: &str = "K8sNodeBootstrapSucceeded";
/// Condition of a host: what Kubernetes needs is installed.
pub const INSTALLATION_SUCCEEDED: &str = "K8sComponentsInstallationSucceeded";
/// Condition of a host: its agent is heard.
pub const AGENT_CONNECTED: &str = "AgentConnected";
/// Condition of a host: it takes machines again after it failed.
pub const NOT_QUARANTINED: &str = "NotQuarantined";
/// Condition of a ByoMachine: its host runs its node.
pub const HOST_READY: &str = "BYOHostReady";

/// Reasons of the conditions.
pub mod reason {
    /// The host is free.
    pub const WAITING_FOR_MACHINE_REF: &str = "WaitingForMachineRefToBeAssigned";
    /// The host has no bootstrap data yet.
    pub const BOOTSTRAP_DATA_UNAVAILABLE: &str = "BootstrapDataSecretUnavailable";
    /// What bootstrap data asks for went wrong.
    pub const CLOUD_INIT_FAILED: &str = "CloudInitExecutionFailed";
    /// What earlier nodes left could not be taken away.
    pub const CLEAN_DIRECTORIES_FAILED: &str = "CleanK8sDirectoriesFailed";
    /// The host was reset.
    pub const NODE_ABSENT: &str = "K8sNodeAbsent";
    /// The host has no installation scripts yet.
    pub const INSTALLATION_SECRET_UNAVAILABLE: &str = "K8sInstallationSecretUnavailable";
    /// The installation goes on.
    pub const INSTALLING: &str = "K8sComponentsInstalling";
    /// The installation went wrong.
    pub const INSTALLATION_FAILED: &str = "K8sComponentsInstallationFailed";
    /// The agent was not heard for too long.
    pub const HEARTBEAT_TIMEOUT: &str = "HeartbeatTimeout";
    /// A machine could not be brought up on the host.
    pub const QUARANTINED: &str = "Quarantined";
    /// The machine waits for the cluster's infrastructure.
    pub const WAITING_FOR_CLUSTER: &str = "WaitingForClusterInfrastructure";
    /// The machine waits for its bootstrap data.
    pub const WAITING_FOR_BOOTSTRAP_DATA: &str = "WaitingForBootstrapDataSecret";
    /// No host can be taken.
    pub const HOSTS_UNAVAILABLE: &str = "BYOHostsUnavailable";
    /// The machine waits for installation scripts.
    pub const INSTALLATION_SECRET_NOT_AVAILABLE: &str = "InstallationSecretNotAvailable";
    /// The machine, or its cluster, is paused.
    pub const PAUSED: &str = "ClusterOrResourcePaused";
    /// The host brings the node up.
    pub const WAITING_FOR_NODE: &str = "WaitingForNode";
    /// The node has another identity than its machine.
    pub const PROVIDER_ID_MISMATCH: &str = "ProviderIDMismatch";
    /// The host of a running machine is not there any more.
    pub const HOST_GONE: &str = "BYOHostGone";
    /// The host failed and is given back.
    pub const HOST_FAILED: &str = "BYOHostFailed";
    /// The host is being reset.
    pub const RELEASING: &str = "BYOHostReleasing";
}
