//! The reviewed list: where our definitions are not upstream's, and why. An entry that no difference needs fails the test.

/// How a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Only ours has it.
    Added,
    /// Only upstream has it.
    Missing,
    /// Both have it, and say different things.
    Changed,
}

/// A difference that is meant.
#[derive(Debug)]
pub(super) struct Difference {
    /// The folder of upstream's files.
    pub(super) folder: &'static str,
    /// Kinds with their versions, `DevMachine/v1beta2`; each of them needs the entry.
    pub(super) of: &'static [&'static str],
    /// The path of the field; all that start so where it ends with `*`.
    pub(super) path: &'static str,
    /// How it differs.
    pub(super) what: What,
    /// Why it has to.
    pub(super) reason: &'static str,
}

/// Definitions of upstream that we do not serve, and why.
pub(super) const LEFT_OUT: [(&str, &str); 1] = [(
    "metadata.clusterctl.cluster.x-k8s.io",
    "a file beside a provider's release, never an object of a cluster",
)];

const CONTRACT: &str = "the v1beta2 contract asks for it, which upstream does not fulfil yet";
const POOL: &str = "what choosing hosts needs, which upstream does not have; all of it may be missing";
const FORK: &str = "the fork has it, whose hosts are to be served as well";
const SAID_TWICE: &str = "upstream says the same enum twice under allOf; here it is said once";
const STRICTER: &str = "the bounds of Cluster API's own type, which the fork has too";

/// Every difference that is meant.
pub(super) const DIFFERENCES: [Difference; 46] = [
    Difference {
        folder: "v1beta2",
        of: &["IPAddress/v1alpha1", "IPAddressClaim/v1alpha1"],
        path: "version",
        what: What::Missing,
        reason: "no release that is still maintained has stored it",
    },
    Difference {
        folder: "byoh",
        of: &["ByoCluster/v1beta1", "ByoHost/v1beta1", "ByoMachine/v1beta1"],
        path: ".status.conditions[]*",
        what: What::Changed,
        reason: STRICTER,
    },
    Difference {
        folder: "byoh",
        of: &["ByoCluster/v1beta1"],
        path: ".spec.controlPlaneEndpoint*",
        what: What::Changed,
        reason: STRICTER,
    },
    Difference {
        folder: "byoh",
        of: &["ByoClusterTemplate/v1beta1"],
        path: ".spec.template.spec.controlPlaneEndpoint*",
        what: What::Changed,
        reason: STRICTER,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".spec.selector*",
        what: What::Changed,
        reason: "lists of a selector are atomic, as Kubernetes' own type says it now",
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachineTemplate/v1beta1"],
        path: ".spec.template.spec.selector*",
        what: What::Changed,
        reason: "lists of a selector are atomic, as Kubernetes' own type says it now",
    },
    Difference {
        folder: "byoh",
        of: &["ByoCluster/v1beta1", "ByoMachine/v1beta1"],
        path: ".status.initialization*",
        what: What::Added,
        reason: CONTRACT,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".status.addresses*",
        what: What::Added,
        reason: CONTRACT,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".status.failureDomain",
        what: What::Added,
        reason: CONTRACT,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachineTemplate/v1beta1"],
        path: ".status.*",
        what: What::Added,
        reason: "the autoscaler asks for it before it makes the first machine of a group",
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.desiredAgent*",
        what: What::Added,
        reason: FORK,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.uninstallationSecret*",
        what: What::Added,
        reason: FORK,
    },
    Difference {
        folder: "byoh",
        of: &["K8sInstallerConfig/v1beta1"],
        path: ".status.uninstallationSecret*",
        what: What::Added,
        reason: FORK,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".status.*",
        what: What::Added,
        reason: FORK,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.uninstallationScript",
        what: What::Added,
        reason: "upstream has it, which keeps the script on the host's own object",
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.approved",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.claimRef*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.maintenance*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.providerID",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.reclaimPolicy",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.taints*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoHost/v1beta1"],
        path: ".spec.unclaimable",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.approved",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.claimRef*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.maintenance*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.providerID",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.reclaimPolicy",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.taints*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".spec.unclaimable",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh-fork",
        of: &["ByoHost/v1beta1"],
        path: ".status.*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".spec.hostName",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachineTemplate/v1beta1"],
        path: ".spec.template.spec.hostName",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".spec.affinity*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachineTemplate/v1beta1"],
        path: ".spec.template.spec.affinity*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".spec.resources*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachineTemplate/v1beta1"],
        path: ".spec.template.spec.resources*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".spec.tolerations*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachineTemplate/v1beta1"],
        path: ".spec.template.spec.tolerations*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".status.hostRef*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &["ByoMachine/v1beta1"],
        path: ".status.attempts*",
        what: What::Added,
        reason: POOL,
    },
    Difference {
        folder: "byoh",
        of: &[
            "ByoCluster/v1beta1",
            "ByoMachine/v1beta1",
            "K8sInstallerConfig/v1beta1",
        ],
        path: ".status.v1beta2*",
        what: What::Added,
        reason: CONTRACT,
    },
    Difference {
        folder: "aws",
        of: &[
            "AWSCluster/v1beta1",
            "AWSClusterControllerIdentity/v1beta1",
            "AWSClusterRoleIdentity/v1beta1",
            "AWSClusterStaticIdentity/v1beta1",
            "AWSFargateProfile/v1beta1",
            "AWSMachine/v1beta1",
            "AWSMachinePool/v1beta1",
            "AWSMachineTemplate/v1beta1",
            "AWSManagedControlPlane/v1beta1",
            "AWSManagedMachinePool/v1beta1",
            "EKSConfig/v1beta1",
            "EKSConfigTemplate/v1beta1",
        ],
        path: "version",
        what: What::Missing,
        reason: "upstream does not serve it any more",
    },
    Difference {
        folder: "aws",
        of: &["AWSCluster/v1beta2", "AWSManagedControlPlane/v1beta2"],
        path: ".status.bastion.capacityReservationPreference",
        what: What::Changed,
        reason: SAID_TWICE,
    },
    Difference {
        folder: "aws",
        of: &["AWSMachinePool/v1beta2", "AWSManagedMachinePool/v1beta2"],
        path: ".spec.awsLaunchTemplate.capacityReservationPreference",
        what: What::Changed,
        reason: SAID_TWICE,
    },
    Difference {
        folder: "aws",
        of: &["AWSMachine/v1beta2"],
        path: ".spec.capacityReservationPreference",
        what: What::Changed,
        reason: SAID_TWICE,
    },
    Difference {
        folder: "aws",
        of: &["AWSMachineTemplate/v1beta2"],
        path: ".spec.template.spec.capacityReservationPreference",
        what: What::Changed,
        reason: SAID_TWICE,
    },
];
