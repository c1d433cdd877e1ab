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
    /// The folder of upstream's file.
    pub(super) folder: &'static str,
    /// Kind and version, `DevMachine/v1beta2`.
    pub(super) of: &'static str,
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

/// Every difference that is meant.
pub(super) const DIFFERENCES: [Difference; 2] = [
    Difference {
        folder: "v1beta2",
        of: "IPAddress/v1alpha1",
        path: "version",
        what: What::Missing,
        reason: "it was never stored by a release that is still maintained",
    },
    Difference {
        folder: "v1beta2",
        of: "IPAddressClaim/v1alpha1",
        path: "version",
        what: What::Missing,
        reason: "it was never stored by a release that is still maintained",
    },
];
