//! Patch releases of Kubernetes whose kubeadm needs a newer control plane provider than others of their minor version:
//! with an older one, the first new control plane machine never becomes healthy.

use crate::version::Version;

/// Releases from which kubeadm leaves the access of the API server to kubelets to its caller.
const NEEDS: [(u64, u64); 4] = [(33, 12), (34, 8), (35, 5), (36, 1)];

/// The first provider releases that see to it, one for each minor version that is maintained.
const SEES_TO_IT: [(u64, u64); 3] = [(11, 11), (12, 8), (13, 2)];

/// The provider's version that is needed to take a control plane to `version`, where that of `provider` is too old.
pub fn needed(version: &Version, provider: &Version) -> Option<Version> {
    let release = (version.minor(), version.patch());
    let minor = NEEDS.iter().find(|(minor, _)| *minor == release.0);
    // Minor versions that come later have it from their beginning.
    let affected = version.major() == 1 && minor.map_or(release.0 > 36, |(_, patch)| release.1 >= *patch);
    if !affected || provider.major() > 1 || provider.minor() > 13 {
        return None;
    }
    let fixed = SEES_TO_IT.iter().find(|(minor, _)| *minor == provider.minor());
    let (minor, patch) = fixed.copied().unwrap_or((11, 11));
    let needed = Version::new(1, minor, patch);
    (*provider < needed).then_some(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_patch_releases_of_kubernetes_need_a_new_provider() {
        let cases = [
            ("v1.35.5", "v1.12.7", Some("v1.12.8")),
            ("v1.35.5", "v1.12.8", None),
            ("v1.35.4", "v1.12.7", None),
            ("v1.36.1", "v1.13.1", Some("v1.13.2")),
            ("v1.36.0", "v1.13.1", None),
            ("v1.33.12", "v1.11.10", Some("v1.11.11")),
            ("v1.34.9", "v1.10.4", Some("v1.11.11")),
            ("v1.37.0", "v1.13.0", Some("v1.13.2")),
            ("v1.36.1", "v1.14.0", None),
            ("v1.32.9", "v1.9.0", None),
        ];
        for (version, provider, expected) in cases {
            let found = needed(&version.parse().unwrap(), &provider.parse().unwrap());
            let found = found.map(|it| it.to_string());
            assert_eq!(found.as_deref(), expected, "{version} with {provider}");
        }
    }
}
