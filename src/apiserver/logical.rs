//! Names of logical clusters: one server holds many Kubernetes APIs side by side, each with its own objects.
//!
//! `root` is the management cluster itself and lives at `/`; every other one lives under `/clusters/<name>/`.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// The name of the management cluster's own logical cluster.
const ROOT: &str = "root";

/// The name of a logical cluster: a DNS label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogicalCluster(Arc<str>);

/// A name that no logical cluster may have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the logical cluster name {0:?} is not a DNS label of at most 63 characters")]
pub struct InvalidLogicalCluster(pub String);

impl LogicalCluster {
    /// The management cluster.
    pub fn root() -> Self {
        Self(Arc::from(ROOT))
    }

    /// The logical cluster called `name`; fails where it is not a DNS label.
    pub fn new(name: &str) -> Result<Self, InvalidLogicalCluster> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let valid = !name.is_empty()
            && name.len() <= 63
            && name.bytes().all(|byte| inner(byte) || byte == b'-')
            && name.bytes().next().is_some_and(inner)
            && name.bytes().next_back().is_some_and(inner);
        if valid {
            Ok(Self(Arc::from(name)))
        } else {
            Err(InvalidLogicalCluster(name.to_owned()))
        }
    }

    /// A name that the store itself wrote, or one for the store's own records (which have the empty name).
    pub(crate) fn stored(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the management cluster.
    pub fn is_root(&self) -> bool {
        &*self.0 == ROOT
    }

    /// What stands before the path of every request to it: nothing for the management cluster.
    pub fn path_prefix(&self) -> String {
        if self.is_root() {
            String::new()
        } else {
            format!("/clusters/{}", self.0)
        }
    }
}

impl fmt::Display for LogicalCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for name in ["a", "team-a", "9", "root"] {
            assert_eq!(LogicalCluster::new(name).unwrap().as_str(), name);
        }
        for name in ["", "-a", "a-", "A", "a.b", "a/b", &"x".repeat(64)] {
            assert!(LogicalCluster::new(name).is_err(), "{name:?}");
        }
        assert_eq!(LogicalCluster::root().path_prefix(), "");
        assert_eq!(LogicalCluster::new("w1").unwrap().path_prefix(), "/clusters/w1");
    }
}
