//! A Cluster that was never up: nobody reaches what is not there yet, so that it is not reached is no cause of anything.

use std::borrow::Cow;

use fleetui_api::facts::CompactCondition;
use fleetui_api::kinds::Role;

use super::line;
use crate::row::Row;

/// The condition that says whether the workload cluster is reached.
const PROBE: &str = "RemoteConnectionProbe";

/// Whether a condition of a row only follows from that its cluster was never up.
pub(super) fn only_follows(row: &Row, condition: &CompactCondition) -> bool {
    was_never_up(row) && condition.kind == PROBE
}

/// What a summary says, without what only follows as long as something else is left.
pub(super) fn said<'c>(row: &Row, summary: &'c CompactCondition) -> Cow<'c, str> {
    if was_never_up(row) {
        line::without(summary.message(), PROBE)
    } else {
        summary.message().into()
    }
}

fn was_never_up(row: &Row) -> bool {
    row.facts.role == Role::Cluster && row.facts.initialized != Some(true)
}
