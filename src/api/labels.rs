//! Labels, annotations and finalizers that Cluster API gives a meaning. All are byte for byte those of upstream.

/// On everything that belongs to a cluster: the Cluster's name.
pub const CLUSTER_NAME: &str = "cluster.x-k8s.io/cluster-name";
/// On control plane machines and what belongs to them; its presence counts, its value is empty.
pub const CONTROL_PLANE: &str = "cluster.x-k8s.io/control-plane";
/// On control plane machines: the control plane's name.
pub const CONTROL_PLANE_NAME: &str = "cluster.x-k8s.io/control-plane-name";
/// On Machines and MachineSets: the MachineDeployment's name.
pub const DEPLOYMENT_NAME: &str = "cluster.x-k8s.io/deployment-name";
/// On Machines: the MachineSet's name.
pub const SET_NAME: &str = "cluster.x-k8s.io/set-name";
/// On Machines: the MachinePool's name.
pub const POOL_NAME: &str = "cluster.x-k8s.io/pool-name";
/// On MachineSets and their Machines: the hash of what triggers a rollout, and a random suffix.
pub const MACHINE_TEMPLATE_HASH: &str = "machine-template-hash";
/// On what the topology controller made.
pub const TOPOLOGY_OWNED: &str = "topology.cluster.x-k8s.io/owned";
/// On MachineDeployments of a topology: their name in it.
pub const TOPOLOGY_DEPLOYMENT_NAME: &str = "topology.cluster.x-k8s.io/deployment-name";
/// On provider CRDs and components: the provider's label, `infrastructure-docker`.
pub const PROVIDER: &str = "cluster.x-k8s.io/provider";
/// Prefix of the contract labels on CRDs: `cluster.x-k8s.io/v1beta2: v1beta1_v1beta2`.
pub const CONTRACT_PREFIX: &str = "cluster.x-k8s.io/";

/// Annotation (any value): the object is paused.
pub const PAUSED: &str = "cluster.x-k8s.io/paused";
/// Annotation: this machine is to be deleted first when its set shrinks.
pub const DELETE_MACHINE: &str = "cluster.x-k8s.io/delete-machine";
/// Annotation `"true"` on a MachineSet: it may not create machines.
pub const DISABLE_MACHINE_CREATE: &str = "cluster.x-k8s.io/disable-machine-create";
/// Annotation: name of the template that an object was cloned from.
pub const CLONED_FROM_NAME: &str = "cluster.x-k8s.io/cloned-from-name";
/// Annotation: kind and group of the template that an object was cloned from, `DevMachineTemplate.infrastructure.cluster.x-k8s.io`.
pub const CLONED_FROM_GROUP_KIND: &str = "cluster.x-k8s.io/cloned-from-groupkind";
/// Annotation: the lower bound that the cluster autoscaler may scale to.
pub const AUTOSCALER_MIN_SIZE: &str = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size";
/// Annotation: the upper bound that the cluster autoscaler may scale to.
pub const AUTOSCALER_MAX_SIZE: &str = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size";
/// Annotation on MachineSets and MachineDeployments: the revision. The group is `clusters`, as upstream has it.
pub const REVISION: &str = "machinedeployment.clusters.x-k8s.io/revision";
/// Annotation on MachineSets: the deployment's replicas when it was last scaled.
pub const DESIRED_REPLICAS: &str = "machinedeployment.clusters.x-k8s.io/desired-replicas";
/// Annotation on MachineSets: the deployment's replicas and surge when it was last scaled.
pub const MAX_REPLICAS: &str = "machinedeployment.clusters.x-k8s.io/max-replicas";
/// Prefix of annotations that hold a machine's deletion before its node is drained.
pub const PRE_DRAIN_HOOK_PREFIX: &str = "pre-drain.delete.hook.machine.cluster.x-k8s.io/";
/// Prefix of annotations that hold a machine's deletion before its infrastructure is deleted.
pub const PRE_TERMINATE_HOOK_PREFIX: &str = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/";
/// Annotation: the hook before termination with which a KubeadmControlPlane holds each of its machines, until it has taken the
/// machine's member out of etcd.
pub const CLEANUP_HOOK: &str = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup";
/// Annotation: the machine's node is not drained.
pub const EXCLUDE_NODE_DRAINING: &str = "machine.cluster.x-k8s.io/exclude-node-draining";

/// Annotation: the volumes of the machine's node are not waited for.
pub const EXCLUDE_VOLUME_DETACH: &str = "machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach";
/// Annotation: the machine is not looked at by health checks.
pub const SKIP_REMEDIATION: &str = "cluster.x-k8s.io/skip-remediation";
/// Annotation: the machine is to be replaced, whatever its health.
pub const REMEDIATE_MACHINE: &str = "cluster.x-k8s.io/remediate-machine";
/// Annotation: the infrastructure of a cluster is seen to by somebody else; any value but `false`.
pub const MANAGED_BY: &str = "cluster.x-k8s.io/managed-by";
/// Annotation on a MachinePool, unless its value is `false`: somebody else decides on its replicas.
pub const REPLICAS_MANAGED_BY: &str = "cluster.x-k8s.io/replicas-managed-by";
/// Annotation on a control plane machine: which one it took the place of, and how often that has been tried.
pub const REMEDIATION_FOR: &str = "controlplane.cluster.x-k8s.io/remediation-for";
/// Annotation on a Cluster of a topology: the version that an upgrade over several minor versions is at.
pub const UPGRADE_STEP: &str = "topology.internal.cluster.x-k8s.io/upgrade-step";
/// Annotation on MachineSets, MachineDeployments and bootstrap templates: names of preflight checks to skip, or `All`.
pub const SKIP_PREFLIGHT_CHECKS: &str = "machineset.cluster.x-k8s.io/skip-preflight-checks";
/// Annotation on a Machine, or on its bootstrap configuration: when its certificates expire, RFC3339.
pub const CERTIFICATES_EXPIRY: &str = "machine.cluster.x-k8s.io/certificates-expiry";
/// Label on Nodes whose machine can be taken away at any time.
pub const INTERRUPTIBLE: &str = "cluster.x-k8s.io/interruptible";
/// Label on Pods of a workload cluster: `skip` or `wait-completed` when their node is drained.
pub const POD_DRAIN: &str = "cluster.x-k8s.io/drain";

/// Annotations that the Machine controller writes on a Node.
pub mod node {
    /// The Cluster's name.
    pub const CLUSTER_NAME: &str = "cluster.x-k8s.io/cluster-name";
    /// The Cluster's namespace.
    pub const CLUSTER_NAMESPACE: &str = "cluster.x-k8s.io/cluster-namespace";
    /// The Machine's name.
    pub const MACHINE: &str = "cluster.x-k8s.io/machine";
    /// Kind of the Machine's controlling owner.
    pub const OWNER_KIND: &str = "cluster.x-k8s.io/owner-kind";
    /// Name of the Machine's controlling owner.
    pub const OWNER_NAME: &str = "cluster.x-k8s.io/owner-name";
    /// Keys of the labels that came from the Machine, comma separated.
    pub const LABELS_FROM_MACHINE: &str = "cluster.x-k8s.io/labels-from-machine";
    /// Keys of the annotations that came from the Machine, comma separated.
    pub const ANNOTATIONS_FROM_MACHINE: &str = "cluster.x-k8s.io/annotations-from-machine";
    /// The taints that are kept as the Machine has them, `key:effect`, comma separated.
    pub const TAINTS_FROM_MACHINE: &str = "cluster.x-k8s.io/taints-from-machine";
    /// Taint of nodes whose machine is about to be replaced.
    pub const OUTDATED_TAINT: &str = "node.cluster.x-k8s.io/outdated-revision";
    /// Taint that a cluster puts on a Node of which it hears nothing.
    pub const UNREACHABLE_TAINT: &str = "node.kubernetes.io/unreachable";
    /// Taint that bootstrap puts on a Node and the Machine controller takes away.
    pub const UNINITIALIZED_TAINT: &str = "node.cluster.x-k8s.io/uninitialized";
}

/// Finalizers of the core and kubeadm controllers.
pub mod finalizer {
    /// On Clusters.
    pub const CLUSTER: &str = "cluster.cluster.x-k8s.io";
    /// On Machines.
    pub const MACHINE: &str = "machine.cluster.x-k8s.io";
    /// On MachineDeployments.
    pub const MACHINE_DEPLOYMENT: &str = "cluster.x-k8s.io/machinedeployment";
    /// On MachinePools.
    pub const MACHINE_POOL: &str = "machinepool.cluster.x-k8s.io";
    /// On ClusterResourceSets.
    pub const ADDONS: &str = "addons.cluster.x-k8s.io";
    /// On MachineSets.
    pub const MACHINE_SET: &str = "cluster.x-k8s.io/machineset";
    /// On KubeadmControlPlanes.
    pub const KUBEADM_CONTROL_PLANE: &str = "kubeadm.controlplane.cluster.x-k8s.io";
}
