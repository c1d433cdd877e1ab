//! Which version of a kind the contract of Cluster API means, as the labels of its definition say it.
//!
//! References of v1beta2 name group and kind. Their version is that of the newest contract that the kind's
//! CustomResourceDefinition has a label of: `cluster.x-k8s.io/v1beta2: v1beta1_v1beta2` lists the versions that keep it.

use std::cmp::Reverse;

use crate::labels::CONTRACT_PREFIX;

/// The contracts, newest first.
const CONTRACTS: [&str; 2] = ["v1beta2", "v1beta1"];

/// The version that references mean, of a kind whose definition has these labels; none where it keeps no contract.
pub fn version(label: impl Fn(&str) -> Option<String>) -> Option<String> {
    newest(label).map(|(_, version)| version)
}

/// The newest contract that such a kind keeps, and the version that keeps it.
pub fn newest(label: impl Fn(&str) -> Option<String>) -> Option<(&'static str, String)> {
    CONTRACTS.into_iter().find_map(|contract| {
        let versions = label(&format!("{CONTRACT_PREFIX}{contract}"))?;
        let version = versions
            .split('_')
            .filter(|version| !version.is_empty())
            .max_by_key(|version| stability(version));
        version.map(|version| (contract, version.to_owned()))
    })
}

/// How Kubernetes orders versions: stable ones before betas before alphas, then by their numbers. Others come last, the
/// first of the alphabet first.
fn stability(version: &str) -> (u8, u64, u64, Reverse<&str>) {
    let read = || {
        let (major, rest) = number(version.strip_prefix('v')?)?;
        if rest.is_empty() {
            return Some((3, major, 0));
        }
        let (rank, minor) = match rest.strip_prefix("beta") {
            Some(minor) => (2, minor),
            None => (1, rest.strip_prefix("alpha")?),
        };
        match number(minor)? {
            (minor, "") => Some((rank, major, minor)),
            (_, _) => None,
        }
    };
    let (rank, major, minor) = read().unwrap_or_default();
    (rank, major, minor, Reverse(version))
}

fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_contract_and_its_highest_version_count() {
        for (v1beta2, v1beta1, expected) in [
            (None, None, None),
            (None, Some("v1beta1"), Some("v1beta1")),
            // The AWS provider counts its own versions.
            (None, Some("v1beta1_v1beta2"), Some("v1beta2")),
            (Some("v1beta2"), Some("v1beta1"), Some("v1beta2")),
            (Some("v1"), Some("v1beta1_v1beta2"), Some("v1")),
            (Some("v1alpha3_v1beta1_v1alpha10"), None, Some("v1beta1")),
            (Some("v2_v10_v9"), None, Some("v10")),
            (Some("other_v1alpha1"), None, Some("v1alpha1")),
            (Some("foo_bar"), None, Some("bar")),
            (Some(""), Some("v1beta1"), Some("v1beta1")),
            (Some("_"), None, None),
        ] {
            let labels = |name: &str| match name {
                "cluster.x-k8s.io/v1beta2" => v1beta2.map(str::to_owned),
                "cluster.x-k8s.io/v1beta1" => v1beta1.map(str::to_owned),
                _ => None,
            };
            assert_eq!(version(labels).as_deref(), expected, "{v1beta2:?} {v1beta1:?}");
        }
    }

    #[test]
    fn our_own_definitions_name_the_version_that_is_stored() {
        for definition in crate::crds::all() {
            let labels = &definition["metadata"]["labels"];
            let versions = definition["spec"]["versions"].as_array().expect("versions");
            let stored = versions.iter().find(|version| version["storage"] == true);
            if labels.get("cluster.x-k8s.io/v1beta2").is_some() {
                assert_eq!(
                    version(|name| labels.get(name)?.as_str().map(str::to_owned)).as_deref(),
                    stored.expect("one is")["name"].as_str(),
                    "{}",
                    definition["metadata"]["name"]
                );
            }
        }
    }
}
