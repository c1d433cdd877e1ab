//! Old patch releases of Kubernetes have kubeadm pull its images from a registry that is gone; control planes are not taken to
//! them.
//!
//! The webhook of the kubeadm control plane had this from Cluster API v1.2 to v1.10.

use crate::version::Version;

/// What the webhook says.
pub const REFUSED: &str = "cannot upgrade to a Kubernetes/kubeadm version which is using the old default registry. \
    Please use a newer Kubernetes patch release which is using the new default registry (>= v1.22.17, >= v1.23.15, >= v1.24.9)";

/// The provider whose webhook it is, by its name in clusterctl's inventory.
pub const PROVIDER: &str = "control-plane-kubeadm";

/// The last patch release of each minor version of Kubernetes 1 that has the old registry; older ones are not looked at.
const LAST: [(u64, u64); 3] = [(22, 16), (23, 14), (24, 8)];

/// Whether kubeadm of this version pulls from the old registry where nobody names another, by major, minor and patch alone.
pub fn is_old(version: &Version) -> bool {
    version.major() == 1
        && LAST
            .iter()
            .any(|(minor, last)| version.minor() == *minor && version.patch() <= *last)
}

/// Whether the step is refused: to a version with the old registry, where the control plane names no registry of its own.
pub fn refuses(from: &Version, to: &Version, image_repository: &str) -> bool {
    image_repository.is_empty() && from != to && is_old(to)
}

/// Whether the control plane provider of this version looks at it.
pub fn is_looked_at_by(provider: &Version) -> bool {
    provider.major() == 1 && (2..=10).contains(&provider.minor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_registry_rule_is_upstreams() {
        let cases = [
            ("v1.23.14", "v1.24.8", "", true),
            ("v1.23.14", "v1.24.9", "", false),
            ("v1.24.8", "v1.25.0", "", false),
            ("v1.24.8", "v1.24.8", "", false),
            ("v1.21.9", "v1.22.0", "", true),
            ("v1.21.9", "v1.22.16", "", true),
            ("v1.21.9", "v1.22.17", "", false),
            ("v1.22.3", "v1.23.14", "", true),
            ("v1.22.3", "v1.23.15", "", false),
            // What is before 1.22 is not looked at.
            ("v1.20.1", "v1.21.2", "", false),
            ("v1.23.14", "v1.24.8", "registry.example.com/k8s", false),
            // Only major, minor and patch count.
            ("v1.23.14", "v1.24.8-vendor.1", "", true),
            ("v1.23.14", "v1.24.9-rc.1", "", false),
        ];
        for (from, to, repository, refused) in cases {
            let version = |text: &str| text.parse::<Version>().unwrap();
            assert_eq!(
                refuses(&version(from), &version(to), repository),
                refused,
                "{from} to {to} from {repository:?}"
            );
        }
    }

    #[test]
    fn only_providers_from_v1_2_to_v1_10_look_at_it() {
        let looks = |text: &str| is_looked_at_by(&text.parse().unwrap());
        assert!(looks("v1.2.0") && looks("v1.10.10"));
        assert!(!looks("v1.1.5") && !looks("v1.11.0") && !looks("v1.14.2") && !looks("v0.4.8"));
    }
}
