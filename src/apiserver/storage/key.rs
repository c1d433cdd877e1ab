//! Keys of the store: (logical cluster, group, plural, namespace, name).

use std::fmt;
use std::sync::Arc;

use fleetui_base::ObjectName;

use crate::logical::LogicalCluster;

/// One resource of one logical cluster. Versions of a resource share it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CollectionKey {
    /// The logical cluster.
    pub(crate) cluster: LogicalCluster,
    /// The API group; empty for the core group.
    pub(crate) group: Arc<str>,
    /// The resource's name in paths.
    pub(crate) plural: Arc<str>,
}

impl CollectionKey {
    /// The resource `plural.group` of `cluster`.
    pub(crate) fn new(cluster: &LogicalCluster, group: &str, plural: &str) -> Arc<Self> {
        Arc::new(Self {
            cluster: cluster.clone(),
            group: Arc::from(group),
            plural: Arc::from(plural),
        })
    }

    /// Whether this is the resource `plural.group`, in whichever cluster.
    pub(crate) fn is(&self, group: &str, plural: &str) -> bool {
        &*self.group == group && &*self.plural == plural
    }
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Where it is listed.
    pub(crate) collection: Arc<CollectionKey>,
    /// Its namespace (empty for cluster-scoped objects) and name.
    pub(crate) object: ObjectName,
}

impl Key {
    /// The object `namespace/name` of `collection`.
    pub(crate) fn new(collection: &Arc<CollectionKey>, namespace: &str, name: &str) -> Self {
        Self {
            collection: Arc::clone(collection),
            object: ObjectName::new(namespace, name),
        }
    }

    /// The form in which the database holds it. No part can hold a NUL, so the order is that of the parts.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let collection = &self.collection;
        let parts = [
            collection.cluster.as_str(),
            &collection.group,
            &collection.plural,
            &self.object.namespace,
            &self.object.name,
        ];
        parts.join("\0").into_bytes()
    }

    /// Reads what [`Key::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut parts = text.split('\0');
        let collection = CollectionKey::new(
            &LogicalCluster::stored(parts.next()?),
            parts.next()?,
            parts.next()?,
        );
        let key = Self::new(&collection, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} in {}",
            self.collection.plural, self.object, self.collection.cluster
        )
    }
}
