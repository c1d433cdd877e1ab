//! The simulated provider: upstream's DevCluster and DevMachine with the in-memory backend. Machines take time, and their nodes
//! appear in a simulated workload cluster.

mod addons;
pub(crate) mod budgets;
pub(crate) mod cni;
pub(crate) mod dev_cluster;
pub(crate) mod dev_machine;
pub(crate) mod dev_machine_pool;
pub(crate) mod durations;
pub(crate) mod kubeadm;
pub(crate) mod workload_objects;

/// Annotation on a DevMachine, or on the template that it is cloned from: `<reason>: <message>`. Provisioning stops there and
/// tells both, until the annotation is taken away. For demonstrations of stuck machines.
pub const FAIL_ANNOTATION: &str = "simulated.fleetui.dev/fail";

/// Annotation on a DevCluster: `awaited` where nodes are not Ready before somebody applies a network, `brought` where they turn
/// Ready by themselves. Without it the settings say so.
pub const NETWORK_ANNOTATION: &str = "simulated.fleetui.dev/network";

/// Annotation on the pod of a simulated etcd member, `NOSPACE` or `CORRUPT`: the alarm that etcd reports of it.
pub const ETCD_ALARM_ANNOTATION: &str = "simulated.fleetui.dev/etcd-alarm";

/// Annotation on the pod of a simulated etcd member: it answers nobody. Where less than a quorum answers, etcd tells nothing.
pub const ETCD_SILENT_ANNOTATION: &str = "simulated.fleetui.dev/etcd-silent";

/// Annotation on the pod of a simulated etcd member: it does not vote yet.
pub const ETCD_LEARNER_ANNOTATION: &str = "simulated.fleetui.dev/etcd-learner";

/// Annotation on the pod of a simulated etcd member: since when it leads, RFC3339. The latest counts; without one the oldest leads.
pub(crate) const ETCD_LEADER_ANNOTATION: &str = "simulated.fleetui.dev/etcd-leader-since";

/// Annotation on the pod of a simulated etcd member: it was taken out, RFC3339 when.
pub(crate) const ETCD_REMOVED_ANNOTATION: &str = "simulated.fleetui.dev/etcd-removed-at";

/// Annotation that a simulated control plane machine writes on the pod of its API server: until when the certificate of that
/// server is valid, RFC3339. There is no such server that could be asked for it.
pub(crate) const SERVING_UNTIL_ANNOTATION: &str = "simulated.fleetui.dev/serving-certificate-until";

/// Annotation that the provider writes on a DevMachine: when its virtual machine began to start, RFC3339.
const STARTED_ANNOTATION: &str = "simulated.fleetui.dev/started-at";

/// Finalizer on every DevCluster.
const CLUSTER_FINALIZER: &str = "devcluster.infrastructure.cluster.x-k8s.io";

/// Finalizer on every DevMachine.
const MACHINE_FINALIZER: &str = "devmachine.infrastructure.cluster.x-k8s.io";

/// What the nodes of simulated virtual machines say of their operating system.
const OS_IMAGE: &str = "Simulated Linux";

/// Their processor architecture.
const ARCHITECTURE: &str = "amd64";
