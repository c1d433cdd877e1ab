//! Which versions of Kubernetes workload clusters may have: those that a release of Cluster API supports, and those that kubeadm's
//! configuration can be written for.

use crate::version::Version;

/// The first minor version of Kubernetes 1 whose kubeadm reads a configuration that Cluster API still writes, v1beta3.
const FIRST_OF_KUBEADM: u64 = 22;
/// The releases of Cluster API 1 of which it is known what they support.
const KNOWN: core::ops::RangeInclusive<u64> = 9..=14;
/// So many minor versions before the newest are supported too.
const BEFORE_NEWEST: u64 = 5;

/// Why a workload cluster cannot have a version, or is better without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsupported {
    /// No kubeadm of that version can be configured.
    NoKubeadm(String),
    /// It is not what this release of Cluster API was made for.
    Untested(String),
}

/// Whether workload clusters of a release of Cluster API may have a version; `cluster_api` is nothing where the release is not known.
/// Source: the table of supported versions in Cluster API's book, and the versions of kubeadm's configuration that it writes.
///
/// # Errors
/// They may not, or are better without it, in a sentence.
pub fn check(version: &Version, cluster_api: Option<&Version>) -> Result<(), Unsupported> {
    let minors = cluster_api.and_then(|release| Some((release, minors(release)?)));
    let is_supported = minors.as_ref().is_none_or(|(_, (first, last))| {
        version.major() == 1 && version.minor() >= *first && version.minor() <= *last
    });
    if version.major() != 1 || version.minor() < FIRST_OF_KUBEADM {
        return Err(Unsupported::NoKubeadm(format!(
            "{version} cannot be: kubeadm can be configured from v1.{FIRST_OF_KUBEADM} on{}",
            match minors {
                Some((release, (first, last))) =>
                    format!("; Cluster API {release} supports v1.{first} to v1.{last}"),
                None => String::new(),
            }
        )));
    }
    match minors {
        Some((release, (first, last))) if !is_supported => Err(Unsupported::Untested(format!(
            "{version} is none of those that Cluster API {release} supports: v1.{first} to v1.{last}"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The first and the last minor version of Kubernetes 1 that a release supports. Patch releases have brought one more than there was
/// at first.
pub fn minors(release: &Version) -> Option<(u64, u64)> {
    let known = release.major() == 1 && KNOWN.contains(&release.minor());
    known.then(|| {
        let newest = release.minor() + 22;
        let more = u64::from(release.minor() < *KNOWN.end());
        (newest - BEFORE_NEWEST, newest + more)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_held_against_kubeadm_and_the_release_of_cluster_api() {
        let told = |version: &str, release: Option<&str>| {
            let release = release.map(|release| release.parse().unwrap());
            match check(&version.parse().unwrap(), release.as_ref()) {
                Ok(()) => "well".to_owned(),
                Err(Unsupported::NoKubeadm(why)) => format!("no: {why}"),
                Err(Unsupported::Untested(why)) => format!("hm: {why}"),
            }
        };
        let of_14 = "Cluster API v1.14.0 supports";
        let cases = [
            ("v1.31.0", Some("v1.14.0"), "well".to_owned()),
            ("v1.36.1", Some("v1.14.0"), "well".to_owned()),
            ("v1.36.1", Some("v1.13.2"), "well".to_owned()),
            (
                "v1.99.0",
                Some("v1.14.0"),
                format!("hm: v1.99.0 is none of those that {of_14}: v1.31 to v1.36"),
            ),
            (
                "v1.30.4",
                Some("v1.14.0"),
                format!("hm: v1.30.4 is none of those that {of_14}: v1.31 to v1.36"),
            ),
            (
                "v0.1.0",
                Some("v1.14.0"),
                format!(
                    "no: v0.1.0 cannot be: kubeadm can be configured from v1.22 on; {of_14} v1.31 to v1.36"
                ),
            ),
            (
                "v2.40.0",
                None,
                "no: v2.40.0 cannot be: kubeadm can be configured from v1.22 on".to_owned(),
            ),
            ("v1.99.0", None, "well".to_owned()),
            ("v1.99.0", Some("v1.40.0"), "well".to_owned()),
            ("v1.25.0", Some("v1.3.10"), "well".to_owned()),
        ];
        for (version, release, expected) in cases {
            assert_eq!(told(version, release), expected);
        }
    }
}
