//! The rows of lists: marks and order.

use fleetui_fleet::table::Column;

use super::{Entry, TREE_AND_TABLE, hinted, silent};
use crate::command::{Command, List, Place};

const TABLE: &[Place] = &[Place::Table];
/// Where something can be done to several rows at once.
const MARKED: &[Place] = &[Place::Tree, Place::Table, Place::Hosts];

const fn sort_in(places: &'static [Place], column: Column, name: &'static str) -> Entry {
    silent(
        Command::List(List::Sort(column)),
        name,
        places,
        "sort by this column; again, the other way round",
    )
}

const fn sort(column: Column, name: &'static str) -> Entry {
    sort_in(TABLE, column, name)
}

const fn sort_everywhere(column: Column, name: &'static str) -> Entry {
    sort_in(TREE_AND_TABLE, column, name)
}

pub(super) const ENTRIES: &[Entry] = &[
    // For all orders there is one hint.
    hinted(sort_everywhere(Column::Name, "sort-name"), "sort"),
    sort(Column::ManagementCluster, "sort-management-cluster"),
    sort_everywhere(Column::Namespace, "sort-namespace"),
    sort(Column::Kind, "sort-kind"),
    sort(Column::Cluster, "sort-cluster"),
    sort_everywhere(Column::Health, "sort-health"),
    sort_everywhere(Column::Condition, "sort-condition"),
    sort_everywhere(Column::Replicas, "sort-replicas"),
    sort(Column::UpToDate, "sort-up-to-date"),
    sort_everywhere(Column::Version, "sort-version"),
    sort_everywhere(Column::Phase, "sort-phase"),
    sort(Column::Node, "sort-node"),
    sort(Column::Owner, "sort-owner"),
    sort(Column::ProviderId, "sort-provider-id"),
    sort(Column::Class, "sort-class"),
    sort_everywhere(Column::Age, "sort-age"),
    sort_everywhere(Column::Message, "sort-message"),
    hinted(
        silent(
            Command::List(List::Mark),
            "mark",
            MARKED,
            "mark the row, or take its mark away",
        ),
        "mark",
    ),
    silent(
        Command::List(List::MarkRange),
        "mark-range",
        MARKED,
        "mark all from the row that was marked last to this one",
    ),
    silent(
        Command::List(List::ClearMarks),
        "clear-marks",
        MARKED,
        "take all marks away",
    ),
];
