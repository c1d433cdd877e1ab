//! How things are named: an object is found by management cluster, kind, namespace and name, never by a row's index.

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// The name under which this program knows a management cluster: the alias of the fleet file, else the context's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ManagementCluster(Arc<str>);

impl ManagementCluster {
    /// A management cluster called `name`.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// The name as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ManagementCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A kind without its version: `Machine` of `cluster.x-k8s.io`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GroupKind {
    /// The API group; empty for the core group.
    pub group: Arc<str>,
    /// The kind in its written form, `MachineDeployment`.
    pub kind: Arc<str>,
}

impl GroupKind {
    /// The kind `kind` of the API group `group`.
    pub fn new(group: &str, kind: &str) -> Self {
        Self {
            group: Arc::from(group),
            kind: Arc::from(kind),
        }
    }
}

impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() {
            f.write_str(&self.kind)
        } else {
            write!(f, "{}.{}", self.kind, self.group)
        }
    }
}

/// Namespace and name of an object inside one management cluster. The namespace of cluster-scoped objects is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectName {
    /// The namespace, or empty.
    pub namespace: CompactString,
    /// The name.
    pub name: CompactString,
}

impl ObjectName {
    /// The object `namespace/name`.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// Where an object of the fleet is found. Two lives of one name share a key; the uid tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The management cluster that holds it.
    pub management_cluster: ManagementCluster,
    /// Its group and kind.
    pub kind: GroupKind,
    /// Its namespace and name.
    pub object: ObjectName,
}

impl ObjectKey {
    /// The object `object` of `kind` in `management_cluster`.
    pub fn new(management_cluster: ManagementCluster, kind: GroupKind, object: ObjectName) -> Self {
        Self {
            management_cluster,
            kind,
            object,
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} in {}",
            self.kind.kind, self.object, self.management_cluster
        )
    }
}
