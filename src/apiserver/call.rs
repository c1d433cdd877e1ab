//! One request on its way: the server's state, the resource that it is about, and what it asks for.

use std::collections::HashSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::SharedClock;
use http::HeaderMap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::admission::Admission;
use crate::audit::AuditLog;
use crate::authn::Identity;
use crate::authn::keys::Keys;
use crate::convert::Converter;
use crate::forms;
use crate::gc;
use crate::hosted::{Hosted, HostedClusters};
use crate::identity::Identities;
use crate::registry::Resource;
use crate::request::{Accept, Query, ResourcePath};
use crate::status::ApiError;
use crate::storage::{CollectionKey, Key, Store, Stored};
use crate::upkeep;
use crate::visit::RequestIds;
use crate::warnings::Warnings;

/// What every request and every task of the server shares.
pub(crate) struct Shared {
    /// The objects.
    pub(crate) store: Store,
    /// Tells the time.
    pub(crate) clock: SharedClock,
    /// The logical clusters.
    pub(crate) clusters: Arc<HostedClusters>,
    /// What garbage collection has to look at.
    pub(crate) garbage: Arc<gc::Queue>,
    /// What has to be looked at around who may.
    pub(crate) upkeep: Arc<upkeep::Queue>,
    /// What identities are proved with.
    pub(crate) keys: Keys,
    /// Tells what was asked, where there is a directory for it.
    pub(crate) audit: Option<AuditLog>,
    /// Names requests.
    pub(crate) requests: RequestIds,
    /// Where uids come from.
    pub(crate) identities: Identities,
    /// Decides about writes of custom resources, where whoever embeds the server does.
    pub(crate) admission: Option<Arc<dyn Admission>>,
    /// Converts custom resources, where whoever embeds the server does.
    pub(crate) converter: Option<Arc<dyn Converter>>,
    /// Names of the definitions whose spec is the embedder's own.
    pub(crate) protected: HashSet<String>,
    /// Cancelled when the server ends.
    pub(crate) stopping: CancellationToken,
}

/// A resource of a logical cluster: what reading and writing objects needs to know of where they are.
#[derive(Clone)]
pub(crate) struct Place {
    /// The server.
    pub(crate) shared: Arc<Shared>,
    /// The logical cluster.
    pub(crate) hosted: Arc<Hosted>,
    /// The resource.
    pub(crate) resource: Arc<Resource>,
    /// Its key in the store.
    pub(crate) collection: Arc<CollectionKey>,
    /// Whether the embedder itself asks.
    pub(crate) trusted: bool,
    /// What the client is to be told beside the answer.
    pub(crate) warnings: Warnings,
    /// Who writes.
    pub(crate) writer: Writer,
}

/// Who writes, as `managedFields` tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A manager: what it changes is recorded as its update.
    Named(CompactString),
    /// The write has its `managedFields` already.
    Recorded,
}

/// The manager of what the server writes by itself: owners and finalizers that garbage collection takes away.
const SERVER: CompactString = CompactString::const_new("fleetui-apiserver");

impl Place {
    /// The resource `resource` of `hosted`.
    pub(crate) fn new(shared: &Arc<Shared>, hosted: &Arc<Hosted>, resource: Arc<Resource>) -> Self {
        Self {
            shared: Arc::clone(shared),
            hosted: Arc::clone(hosted),
            collection: CollectionKey::new(&hosted.name, forms::kept_group(&resource), &resource.plural),
            resource,
            trusted: false,
            warnings: Warnings::default(),
            writer: Writer::Named(SERVER),
        }
    }

    /// The same place for writes that come with their `managedFields`.
    pub(crate) fn recorded(&self) -> Self {
        Self {
            writer: Writer::Recorded,
            ..self.clone()
        }
    }

    /// The name of who writes; empty where it is not told, or recorded already.
    pub(crate) fn manager(&self) -> &str {
        match &self.writer {
            Writer::Named(name) => name,
            Writer::Recorded => "",
        }
    }

    /// The key of one of its objects.
    pub(crate) fn key(&self, namespace: &str, name: &str) -> Key {
        Key::new(&self.collection, namespace, name)
    }

    /// One of its objects, as it is served.
    pub(crate) fn get(&self, key: &Key) -> Result<Arc<Stored>, ApiError> {
        let missing = || ApiError::not_found(&self.resource, &key.object.name);
        if let Some(made) = forms::made(self) {
            let (_, made) = made?;
            return made.into_iter().find(|made| made.key == *key).ok_or_else(missing);
        }
        forms::served(&self.resource, self.shared.store.get(key).ok_or_else(missing)?)
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

/// A request about a resource.
pub(crate) struct Call {
    /// Where.
    pub(crate) place: Place,
    /// What of it.
    pub(crate) path: ResourcePath,
    /// How.
    pub(crate) query: Query,
    /// In which form to answer.
    pub(crate) accept: Accept,
    /// The request's headers.
    pub(crate) headers: HeaderMap,
    /// As whom it is carried out.
    pub(crate) identity: Arc<Identity>,
}

impl Call {
    /// The namespace in the path, or empty.
    pub(crate) fn namespace(&self) -> &str {
        self.path.namespace.as_deref().unwrap_or_default()
    }

    /// The key of the object in the path.
    pub(crate) fn key(&self) -> Key {
        let name = self.path.name.as_deref().unwrap_or_default();
        self.place.key(self.namespace(), name)
    }
}
