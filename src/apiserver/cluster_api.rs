//! What makes the server a management cluster of Cluster API: writes of its kinds are decided as its webhooks decide them.
//!
//! This is the only place in the room that knows Cluster API, and the server does not need it: whoever embeds the server for
//! other kinds leaves it out.

mod admission;

use std::sync::Arc;

use crate::Builder;
use admission::Webhooks;

impl Builder {
    /// Makes this a management cluster of Cluster API.
    #[must_use]
    pub fn cluster_api(self) -> Self {
        self.admission(Arc::new(Webhooks))
    }
}
