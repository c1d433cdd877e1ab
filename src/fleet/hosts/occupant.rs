//! Which machine runs on a host.

use fleetui_api::byoh::names;

use crate::row::Row;

/// The name of the infrastructure object that has a host: its status names it, its claim does before that, and where neither
/// does, a label.
pub(crate) fn occupant(host: &Row) -> Option<&str> {
    let host = host.facts.particulars.as_ref()?.host.as_ref()?;
    let references = [host.status.machine_ref.as_ref(), host.spec.claim_ref.as_ref()];
    let mut named = references
        .into_iter()
        .flatten()
        .filter_map(|reference| reference.name.as_deref());
    let labelled = || Some(host.labels.get(names::MACHINE_LABEL)?.split_once('.')?.1);
    named.find(|name| !name.is_empty()).or_else(labelled)
}
