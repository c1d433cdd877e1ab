//! Where objects of a kind are: from what the session has learned, else by asking for the one group and version.

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::ObjectKey;

use crate::catalogue::Served;
use crate::command::{Failure, FailureKind};
use crate::discovery;
use crate::fault::Fault;
use crate::supervisor::Handle;

/// The kind of an object in a version, or in the one in which it is read where that is empty.
pub(super) async fn served(
    handle: &Handle,
    (target, api_version): (&ObjectKey, &str),
    limit: Duration,
) -> Result<Arc<Served>, Failure> {
    let (kind, cluster) = (&target.kind, &target.management_cluster);
    let wanted = Some(api_version).filter(|version| !version.is_empty());
    if let Some(served) = handle.catalogue().find(kind, wanted) {
        return Ok(Arc::clone(served));
    }
    if wanted.is_none() {
        let message = format!("{cluster} does not serve {kind}");
        return Err(Failure::new(FailureKind::NotFound, message));
    }
    let base = if kind.group.is_empty() { "/api" } else { "/apis" };
    let path = format!("{base}/{api_version}");
    let list = match handle.requester.get(&path, limit).await {
        Ok(text) => discovery::of_group_version(api_version, &text)?,
        Err(Fault::NotFound(_)) => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    let found = list.into_iter().find(|served| served.kind == *kind);
    found.map(Arc::new).ok_or_else(|| {
        let message = format!("{cluster} does not serve {kind} in {api_version}");
        Failure::new(FailureKind::NotFound, message)
    })
}
