//! Kubernetes versions: `v1.31.2` with its leading `v`, their order, and how far apart they may be.

use std::fmt;
use std::str::FromStr;

/// A Kubernetes version. Parsing accepts a missing `v`; writing always has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(semver::Version);

/// The text is not a Kubernetes version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Kubernetes version such as v1.31.2")]
pub struct ParseVersionError(String);

impl Version {
    /// `v1.31.2` by its parts.
    pub fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// The major number.
    pub fn major(&self) -> u64 {
        self.0.major
    }

    /// The minor number.
    pub fn minor(&self) -> u64 {
        self.0.minor
    }

    /// The patch number.
    pub fn patch(&self) -> u64 {
        self.0.patch
    }

    /// Whether both say the same release, build data and vendor suffixes (`-eks-49d8fe8`) aside.
    pub fn same_release(&self, other: &Self) -> bool {
        (self.major(), self.minor(), self.patch()) == (other.major(), other.minor(), other.patch())
    }

    /// Whether a control plane may be taken from `self` to `to` in one step: one minor version at most. Going down is not
    /// judged here.
    pub fn may_upgrade_to(&self, to: &Self) -> bool {
        let steps = to.minor().saturating_sub(self.minor());
        to.major() < self.major() || (to.major() == self.major() && steps < 2)
    }

    /// Whether nodes of version `self` may run under a control plane of version `control_plane`: never newer, and at most
    /// three minor versions older.
    pub fn may_run_under(&self, control_plane: &Self) -> bool {
        self.major() == control_plane.major()
            && self.minor() <= control_plane.minor()
            && control_plane.minor().saturating_sub(self.minor()) <= 3
    }

    /// Whether kubeadm of version `self` may join a control plane of version `control_plane`: the same minor version.
    pub fn may_join(&self, control_plane: &Self) -> bool {
        (self.major(), self.minor()) == (control_plane.major(), control_plane.minor())
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        semver::Version::parse(bare)
            .map(Self)
            .map_err(|_| ParseVersionError(text.to_owned()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect(text)
    }

    #[test]
    fn versions_are_read_with_and_without_v_and_written_with_it() {
        assert_eq!(version("1.31.2").to_string(), "v1.31.2");
        assert_eq!(version("v1.31.2"), version("1.31.2"));
        assert_eq!(version("v1.30.4-eks-49d8fe8").minor(), 30);
        for wrong in ["", "v", "latest", "1.31", "v1.31.x"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_are_ordered_by_number_and_not_by_text() {
        assert!(version("v1.9.0") < version("v1.31.0"));
        assert!(version("v1.31.0-rc.1") < version("v1.31.0"));
        assert!(version("v1.30.4-eks-1").same_release(&version("v1.30.4")));
    }

    #[test]
    fn the_largest_numbers_are_compared_like_others() {
        let (last, before) = (Version::new(1, u64::MAX, 0), Version::new(1, u64::MAX - 3, 0));
        assert!(last.may_upgrade_to(&last) && last.may_run_under(&last));
        assert!(!before.may_upgrade_to(&last) && before.may_run_under(&last));
        assert!(!Version::new(1, u64::MAX - 4, 0).may_run_under(&last));
    }

    #[test]
    fn one_minor_version_at_a_time() {
        let cases = [
            ("v1.30.0", "v1.31.5", true),
            ("v1.30.0", "v1.32.0", false),
            ("v1.30.0", "v1.30.9", true),
            ("v1.30.0", "v2.0.0", false),
        ];
        for (from, to, allowed) in cases {
            assert_eq!(
                version(from).may_upgrade_to(&version(to)),
                allowed,
                "{from} to {to}"
            );
        }
    }

    #[test]
    fn nodes_lag_three_minor_versions_at_most_and_join_only_their_own() {
        let cases = [
            ("v1.31.0", "v1.31.4", true, true),
            ("v1.28.0", "v1.31.0", true, false),
            ("v1.27.0", "v1.31.0", false, false),
            ("v1.32.0", "v1.31.0", false, false),
        ];
        for (node, control_plane, runs, joins) in cases {
            let (node, control_plane) = (version(node), version(control_plane));
            assert_eq!(
                node.may_run_under(&control_plane),
                runs,
                "{node} under {control_plane}"
            );
            assert_eq!(
                node.may_join(&control_plane),
                joins,
                "{node} joins {control_plane}"
            );
        }
    }
}
