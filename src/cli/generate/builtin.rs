//! The templates that come with the program, and what their variables are for.

use super::Meanings;

/// A template for one sort of machines.
pub(super) struct BuiltIn {
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// The text.
    pub(super) template: &'static str,
    meanings: &'static [(&'static str, &'static str)],
}

/// What variables of all templates are for.
const COMMON: [(&str, &str); 8] = [
    ("CLUSTER_NAME", "the name of the cluster"),
    ("NAMESPACE", "the namespace of its objects (--target-namespace)"),
    (
        "KUBERNETES_VERSION",
        "the Kubernetes version of all machines, v1.33.4 (--kubernetes-version)",
    ),
    (
        "CONTROL_PLANE_MACHINE_COUNT",
        "how many machines the control plane has (--control-plane-machine-count)",
    ),
    (
        "WORKER_MACHINE_COUNT",
        "how many workers there are (--worker-machine-count)",
    ),
    ("POD_CIDR", "the addresses of Pods, a YAML list"),
    ("SERVICE_CIDR", "the addresses of Services, a YAML list"),
    ("SERVICE_DOMAIN", "the domain of Services"),
];

static ALL: [BuiltIn; 2] = [
    BuiltIn {
        name: "byoh",
        template: include_str!("byoh.yaml"),
        meanings: &[
            (
                "CONTROL_PLANE_ENDPOINT_IP",
                "the address at which the control plane answers: in the hosts' network, no host's own, and given out by no DHCP server",
            ),
            (
                "BUNDLE_LOOKUP_BASE_REGISTRY",
                "the registry from which the hosts get the bundles of Kubernetes, registry.example/byoh; simulated hosts need none",
            ),
            (
                "KUBE_VIP_IMAGE",
                "the image that hands the address on between the control plane's hosts",
            ),
        ],
    },
    BuiltIn {
        name: "simulated",
        template: include_str!("simulated.yaml"),
        meanings: &[],
    },
];

/// The template of that name.
pub(super) fn find(name: &str) -> Option<&'static BuiltIn> {
    ALL.iter().find(|template| template.name == name)
}

/// Their names, for a sentence.
pub(super) fn names() -> String {
    ALL.each_ref().map(|template| template.name).join(" or ")
}

impl BuiltIn {
    /// What the variables are for.
    pub(super) fn meanings(&self) -> Meanings {
        COMMON.iter().chain(self.meanings).copied().collect()
    }
}
