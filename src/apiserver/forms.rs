//! How objects are served where that is not how they are kept: the Events of both groups are one store, and APIServices are
//! made of what is served.
//!
//! Whatever reads objects for a client lets them through [`served`], whatever writes them through [`kept`].

mod api_services;
mod events;

use std::sync::Arc;

use serde_json::Value;

use crate::call::Place;
use crate::registry::{Kept, Resource};
use crate::status::ApiError;
use crate::storage::{Draft, Stored};

/// The group under which the objects of a resource are kept.
pub(crate) fn kept_group(resource: &Resource) -> &str {
    match resource.kept {
        Kept::AsServed | Kept::Nowhere => &resource.group,
        Kept::AsCoreEvents => "",
    }
}

/// A stored object as the resource serves it.
pub(crate) fn served(resource: &Resource, stored: Arc<Stored>) -> Result<Arc<Stored>, ApiError> {
    match resource.kept {
        Kept::AsServed | Kept::Nowhere => Ok(stored),
        Kept::AsCoreEvents => {
            let object = events::from_core(stored.value()?);
            let served = Draft::encode(&object)?.stamp(stored.key.clone(), stored.revision);
            Ok(Arc::new(served))
        }
    }
}

/// An object of the resource as it is kept.
pub(crate) fn kept(resource: &Resource, object: &Value) -> Result<Draft, ApiError> {
    match resource.kept {
        Kept::AsServed | Kept::Nowhere => Ok(Draft::encode(object)?),
        Kept::AsCoreEvents => Ok(Draft::encode(&events::to_core(object.clone()))?),
    }
}

/// Objects that are kept nowhere, by name, and the revision of the last change of what they are made of.
pub(crate) type Made = (u64, Vec<Arc<Stored>>);

/// The objects of a resource that are kept nowhere; none where they are kept.
pub(crate) fn made(place: &Place) -> Option<Result<Made, ApiError>> {
    match place.resource.kept {
        Kept::AsServed | Kept::AsCoreEvents => None,
        Kept::Nowhere => Some(api_services::all(place)),
    }
}
