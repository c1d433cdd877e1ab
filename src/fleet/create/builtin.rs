//! The templates that come with the program.

/// A template for one sort of machines.
#[derive(Debug)]
pub(super) struct BuiltIn {
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// What its machines are.
    pub(super) about: &'static str,
    /// The text.
    pub(super) template: &'static str,
    /// What the variables are for that no other template has.
    pub(super) meanings: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(super) static ALL: [BuiltIn; 2] = [
    BuiltIn {
        name: "byoh",
        about: "hosts of your own, from the pool of the namespace",
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
        about: "machines that are made up: nothing runs, everything else is as it would be",
        template: include_str!("simulated.yaml"),
        meanings: &[],
    },
];
