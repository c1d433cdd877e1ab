//! The order in which Kubernetes lists versions: `v2 v1 v1beta2 v1beta1 v1alpha1`, then whatever is no such version.

use std::cmp::{Ordering, Reverse};

/// Orders version names, the preferred one first. Source: `CompareKubeAwareVersionStrings` of apimachinery.
pub fn kube_order(left: &str, right: &str) -> Ordering {
    match (parse(left), parse(right)) {
        (Some(left), Some(right)) => Reverse(left).cmp(&Reverse(right)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// How stable a version is; a stable one counts most.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Alpha,
    Beta,
    Stable,
}

/// Stability, major number, and the number behind `alpha` or `beta`.
fn parse(version: &str) -> Option<(Stability, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(rest.len());
    let (major, suffix) = rest.split_at_checked(digits)?;
    let major = number(major)?;
    if suffix.is_empty() {
        return Some((Stability::Stable, major, 0));
    }
    let (stability, minor) = match suffix.strip_prefix("beta") {
        Some(minor) => (Stability::Beta, minor),
        None => (Stability::Alpha, suffix.strip_prefix("alpha")?),
    };
    Some((stability, major, number(minor)?))
}

/// A number without leading zeros.
fn number(text: &str) -> Option<u64> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_come_first_and_nonsense_last() {
        let mut versions = [
            "foo1",
            "v1alpha1",
            "v11beta2",
            "v3beta1",
            "v10",
            "v2",
            "v1",
            "v12alpha1",
            "v10beta3",
            "v01",
            "foo10",
            "v1beta0",
        ];
        versions.sort_by(|left, right| kube_order(left, right));
        assert_eq!(
            versions,
            [
                "v10",
                "v2",
                "v1",
                "v11beta2",
                "v10beta3",
                "v3beta1",
                "v12alpha1",
                "v1alpha1",
                "foo1",
                "foo10",
                "v01",
                "v1beta0"
            ]
        );
    }
}
