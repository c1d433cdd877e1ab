//! Where objects of a kind are: from what the session has learned, else by asking for the one group and version.

use std::sync::Arc;
use std::time::Duration;

use fleetui_fleet::act::Write;

use crate::catalogue::Served;
use crate::command::{Failure, FailureKind};
use crate::discovery;
use crate::fault::Fault;
use crate::supervisor::Handle;

/// The kind that a write is for, in the version in which it is written.
pub(super) async fn served(handle: &Handle, write: &Write, limit: Duration) -> Result<Arc<Served>, Failure> {
    let (kind, cluster) = (&write.target.kind, &write.target.management_cluster);
    if let Some(served) = handle.catalogue().find(kind, Some(&write.api_version)) {
        return Ok(Arc::clone(served));
    }
    let base = if kind.group.is_empty() { "/api" } else { "/apis" };
    let path = format!("{base}/{}", write.api_version);
    let list = match handle.requester.get(&path, limit).await {
        Ok(text) => discovery::of_group_version(&write.api_version, &text)?,
        Err(Fault::NotFound(_)) => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    let found = list.into_iter().find(|served| served.kind == *kind);
    found.map(Arc::new).ok_or_else(|| {
        let message = format!("{cluster} does not serve {kind} in {}", write.api_version);
        Failure::new(FailureKind::NotFound, message)
    })
}
