//! What makes the server a management cluster of Cluster API: writes of its kinds are decided as its webhooks decide them, its
//! objects are told in each of their versions, and its definitions are the server's own.
//!
//! This is the only place in the room that knows Cluster API, and the server does not need it: whoever embeds the server for
//! other kinds leaves it out.

mod admission;
mod conversion;
mod variables;

use std::sync::Arc;

use crate::Builder;
use admission::Webhooks;
use conversion::Conversions;

impl Builder {
    /// Makes this a management cluster of Cluster API.
    #[must_use]
    pub fn cluster_api(self) -> Self {
        self.admission(Arc::new(Webhooks))
            .converter(Arc::new(Conversions))
            .protected_definitions(fleetui_api::crds::names())
    }
}
