//! The rows of lists: marks and order.

use fleetui_fleet::table::Column;

use super::{Entry, hinted, silent};
use crate::command::{Command, List, Place};

const TABLE: &[Place] = &[Place::Table];

const fn sort(column: Column, name: &'static str) -> Entry {
    silent(
        Command::List(List::Sort(column)),
        name,
        TABLE,
        "sort by this column; again, the other way round",
    )
}

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        silent(
            Command::List(List::Mark),
            "mark",
            TABLE,
            "mark the row, or take its mark away",
        ),
        "mark",
    ),
    silent(
        Command::List(List::ClearMarks),
        "clear-marks",
        TABLE,
        "take all marks away",
    ),
    sort(Column::Name, "sort-name"),
    sort(Column::ManagementCluster, "sort-management-cluster"),
    sort(Column::Namespace, "sort-namespace"),
    sort(Column::Kind, "sort-kind"),
    sort(Column::Cluster, "sort-cluster"),
    sort(Column::Health, "sort-health"),
    sort(Column::Condition, "sort-condition"),
    sort(Column::Replicas, "sort-replicas"),
    sort(Column::UpToDate, "sort-up-to-date"),
    sort(Column::Version, "sort-version"),
    sort(Column::Phase, "sort-phase"),
    sort(Column::Node, "sort-node"),
    sort(Column::Owner, "sort-owner"),
    sort(Column::ProviderId, "sort-provider-id"),
    sort(Column::Class, "sort-class"),
    sort(Column::Age, "sort-age"),
    sort(Column::Message, "sort-message"),
];
