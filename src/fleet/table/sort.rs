//! The order of rows. Equal ones stay in the order of what they are, so that nothing moves that has not changed.

use std::cmp::Ordering;

use compact_str::CompactString;
use fleetui_api::facts::Replicas;
use fleetui_base::ManagementCluster;

use super::TableRow;
use super::columns::Column;

/// By which column, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// Whether the order is the other way round than one usually wants it.
    pub reversed: bool,
}

impl Sort {
    /// As one usually wants it: names from A, ages from the youngest, the worst first.
    pub fn by(column: Column) -> Self {
        Self {
            column,
            reversed: false,
        }
    }

    /// How two rows stand to each other by what they are compared by. What has nothing there stands last in either direction.
    pub(crate) fn compare(self, one: Option<&Key>, other: Option<&Key>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) if self.reversed => other.cmp(one),
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }

    /// What sorting by `column` means after this: the same column again turns the order round.
    #[must_use]
    pub fn then(before: Option<Self>, column: Column) -> Self {
        match before {
            Some(sort) if sort.column == column => Self {
                column,
                reversed: !sort.reversed,
            },
            Some(_) | None => Self::by(column),
        }
    }
}

/// What rows are compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A number, or a time.
    Number(i64),
    /// A text.
    Text(CompactString),
    /// The numbers of a version, and what stands behind them.
    Version(Vec<u64>, CompactString),
}

/// Sorts rows; `rank` gives the place of a management cluster among the others.
pub(super) fn sort(
    rows: &mut Vec<TableRow>,
    sort: Option<&Sort>,
    rank: impl Fn(&ManagementCluster) -> usize,
) {
    // Keys are made once for each row, and rows are moved once.
    let keys: Vec<Option<Key>> = rows
        .iter()
        .map(|row| sort.and_then(|sort| key(sort.column, row)))
        .collect();
    let ranks: Vec<usize> = rows.iter().map(|row| rank(&row.row.management_cluster)).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let by_key = |one: usize, other: usize| {
        let key = |at: usize| keys.get(at).and_then(Option::as_ref);
        sort.map_or(Ordering::Equal, |sort| sort.compare(key(one), key(other)))
    };
    let identity = |at: usize| {
        let row = rows.get(at)?;
        let facts = &row.row.facts;
        let place = (facts.object.namespace.as_str(), facts.object.name.as_str());
        Some((ranks.get(at), place, &facts.kind))
    };
    order.sort_unstable_by(|one, other| {
        by_key(*one, *other).then_with(|| identity(*one).cmp(&identity(*other)))
    });
    let mut taken: Vec<Option<TableRow>> = std::mem::take(rows).into_iter().map(Some).collect();
    rows.extend(
        order
            .into_iter()
            .filter_map(|at| taken.get_mut(at).and_then(Option::take)),
    );
}

/// What a row is compared by in this column; nothing where it has nothing there.
pub(crate) fn key(column: Column, row: &TableRow) -> Option<Key> {
    let text = || {
        let text = column.text(row);
        (!text.is_empty()).then(|| Key::Text(text.as_ref().into()))
    };
    match column {
        Column::Age => {
            let created = Column::created(row)?;
            Some(Key::Number(-created.as_second()))
        }
        // The worst first.
        Column::Health => Some(Key::Number(-(row.verdict.health as i64))),
        Column::Replicas => row.replicas.as_ref().and_then(Replicas::wished).map(Key::Number),
        Column::UpToDate => row.replicas.and_then(|it| it.up_to_date).map(Key::Number),
        Column::Version => row.version.as_deref().map(version),
        Column::Custom(_) => {
            let text = column.text(row);
            // Numbers in the order of numbers, where that is what they are.
            match text.parse() {
                Ok(number) => Some(Key::Number(number)),
                Err(_) => (!text.is_empty()).then(|| Key::Text(text.as_ref().into())),
            }
        }
        Column::Name
        | Column::ManagementCluster
        | Column::Namespace
        | Column::Kind
        | Column::Cluster
        | Column::Condition
        | Column::Phase
        | Column::Node
        | Column::Owner
        | Column::ProviderId
        | Column::Class
        | Column::Message => text(),
    }
}

/// Numbers in the order of numbers; a release stands behind what leads to it.
fn version(text: &str) -> Key {
    let bare = text.trim_start_matches('v');
    let (numbers, rest) = bare.split_at(bare.find(['-', '+']).unwrap_or(bare.len()));
    let mut numbers: Vec<u64> = numbers.split('.').map_while(|part| part.parse().ok()).collect();
    numbers.resize(numbers.len().max(3), 0);
    numbers.push(u64::from(!rest.starts_with('-')));
    Key::Version(numbers, rest.into())
}
