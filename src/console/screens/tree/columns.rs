//! Which columns a width has room for. Columns stand still: which there are depends on the terminal's width alone; the names
//! get what they need, and that only ever grows, when a longer one comes into view.

use fleetui_fleet::table;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The tree with the names.
    Name,
    /// The namespace.
    Namespace,
    /// The condition that decides.
    Condition,
    /// Available of wished.
    Replicas,
    /// Kubernetes version.
    Version,
    /// Phase.
    Phase,
    /// Time since it was created.
    Age,
    /// Why.
    Message,
}

impl Column {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Namespace => "NAMESPACE",
            Self::Condition => "CONDITION",
            Self::Replicas => "REPLICAS",
            Self::Version => "VERSION",
            Self::Phase => "PHASE",
            Self::Age => "AGE",
            Self::Message => "MESSAGE",
        }
    }
}

impl Column {
    /// The column of tables that holds the same, by which lines are sorted.
    pub fn of_table(self) -> table::Column {
        match self {
            Self::Name => table::Column::Name,
            Self::Namespace => table::Column::Namespace,
            Self::Condition => table::Column::Condition,
            Self::Replicas => table::Column::Replicas,
            Self::Version => table::Column::Version,
            Self::Phase => table::Column::Phase,
            Self::Age => table::Column::Age,
            Self::Message => table::Column::Message,
        }
    }
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub column: Column,
    /// Its first cell.
    pub x: u16,
    /// Its width.
    pub width: u16,
}

/// The columns that are always there, with their least widths, the name and the message aside.
const ALWAYS: [(Column, u16); 3] = [
    (Column::Condition, 15),
    (Column::Replicas, 8),
    (Column::Version, 8),
];

/// The least width of the names.
const NAME: u16 = 26;
/// With this many cells for names it is seen whether there is room for other columns.
const USUAL_NAME: u16 = 32;
/// What comes with more room: the column, its width, and how much has to be left for the message then. Why something is as it
/// is matters more than how old it is, and that more than its phase, which the condition mostly tells.
const WITH_ROOM: [(Column, u16, u16); 3] = [
    (Column::Age, 5, 8),
    (Column::Phase, 12, 24),
    (Column::Namespace, 12, 56),
];
/// The message keeps at least this, whatever the names need: enough to see that there is one, which stands whole below the tree.
const LEAST_MESSAGE: u16 = 9;
/// What other columns grow to when the message has enough.
const ENOUGH_MESSAGE: u16 = 60;
/// And to these, so that `MachinesReady True` is not cut, when it has this.
const WHOLE_CONDITION: (u16, u16) = (18, 40);
const WIDE_CONDITION: u16 = 20;
const WIDE_VERSION: u16 = 12;

/// Cells by which a level of the tree is indented: narrow trees get short guides.
pub fn step(width: u16) -> u16 {
    if width < 110 { 2 } else { 4 }
}

/// The columns for `width` cells, where the longest name that was seen needs `name` cells.
pub fn columns(width: u16, name: u16) -> Vec<Placed> {
    // Names get a third of the line and a little, and two fifths where there is more.
    let share = if width < 110 { 36 } else { 40 };
    let most = NAME.max(u16::try_from(u32::from(width) * share / 100).unwrap_or(u16::MAX));
    let usual = USUAL_NAME.min(most);
    let mut wanted: Vec<(Column, u16)> = ALWAYS.to_vec();
    wanted.insert(0, (Column::Name, usual));
    wanted.push((Column::Message, 0));
    let mut room = width.saturating_sub(needed(&wanted));
    for (column, cells, rest) in WITH_ROOM {
        if room > cells + rest {
            let place = if column == Column::Namespace {
                1
            } else {
                wanted.len() - 1
            };
            wanted.insert(place, (column, cells));
            room -= cells + 1;
        }
    }
    order(&mut wanted);
    // What the usual name does not need is the message's, and the other way round.
    let both = room + usual;
    let name = name
        .clamp(NAME, most)
        .min(both.saturating_sub(LEAST_MESSAGE))
        .max(NAME);
    room = both.saturating_sub(name);
    for (column, to, left) in [
        (Column::Condition, WHOLE_CONDITION.0, WHOLE_CONDITION.1),
        (Column::Condition, WIDE_CONDITION, ENOUGH_MESSAGE),
        (Column::Version, WIDE_VERSION, ENOUGH_MESSAGE),
    ] {
        if let Some((_, cells)) = wanted.iter_mut().find(|(known, _)| *known == column) {
            let more = to.saturating_sub(*cells).min(room.saturating_sub(left));
            *cells += more;
            room -= more;
        }
    }
    let mut x = 0;
    let placed = wanted.into_iter().map(|(column, cells)| {
        let width = match column {
            Column::Name => name,
            Column::Message => room,
            Column::Namespace
            | Column::Condition
            | Column::Replicas
            | Column::Version
            | Column::Phase
            | Column::Age => cells,
        };
        let placed = Placed { column, x, width };
        x += width + 1;
        placed
    });
    placed.collect()
}

/// Phase stands before age, and the message last.
fn order(wanted: &mut [(Column, u16)]) {
    let rank = |column: Column| match column {
        Column::Name => 0,
        Column::Namespace => 1,
        Column::Condition => 2,
        Column::Replicas => 3,
        Column::Version => 4,
        Column::Phase => 5,
        Column::Age => 6,
        Column::Message => 7,
    };
    wanted.sort_by_key(|(column, _)| rank(*column));
}

/// Cells with one blank between columns.
fn needed(columns: &[(Column, u16)]) -> u16 {
    columns
        .iter()
        .map(|(_, width)| width + 1)
        .sum::<u16>()
        .saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(width: u16, name: u16) -> Vec<&'static str> {
        columns(width, name)
            .iter()
            .map(|placed| placed.column.title())
            .collect()
    }

    fn width_of(width: u16, name: u16, column: Column) -> u16 {
        let columns = columns(width, name);
        columns
            .iter()
            .find(|placed| placed.column == column)
            .map_or(0, |placed| placed.width)
    }

    #[test]
    fn anchor_89_columns_fit_and_use_all_room_whatever_the_names_need() {
        for width in 78..400 {
            for name in [0, 20, 30, 44, 200] {
                let columns = columns(width, name);
                let last = columns.last().unwrap();
                assert_eq!(last.x + last.width, width, "{width}: {columns:?}");
                for pair in columns.windows(2) {
                    assert_eq!(pair[0].x + pair[0].width + 1, pair[1].x, "{width}");
                }
                // Which columns there are does not depend on the names.
                assert_eq!(titles(width, name), titles(width, 0), "{width}");
                let name = width_of(width, name, Column::Name);
                assert!(name <= NAME.max(width * 2 / 5), "{width}: {name}");
            }
        }
    }

    #[test]
    fn there_is_always_a_message_and_a_wider_line_loses_no_column() {
        let always = ["NAME", "CONDITION", "REPLICAS", "VERSION", "AGE", "MESSAGE"];
        assert_eq!(titles(78, 40), always);
        assert_eq!(titles(98, 30), always);
        assert_eq!(
            titles(117, 30),
            [
                "NAME",
                "CONDITION",
                "REPLICAS",
                "VERSION",
                "PHASE",
                "AGE",
                "MESSAGE"
            ]
        );
        assert_eq!(titles(158, 30)[1], "NAMESPACE");
        for width in 78..400 {
            assert!(width_of(width, 200, Column::Message) >= LEAST_MESSAGE, "{width}");
            for title in titles(width, 30) {
                assert!(titles(width + 1, 30).contains(&title), "{width}: {title}");
            }
        }
    }

    #[test]
    fn beside_a_pane_the_message_has_forty_cells_and_the_condition_is_whole() {
        // Of every width at which the pane stands beside the tree, with names as long as they usually are.
        for width in 60..400 {
            let layout = crate::layout::Layout::of(width, 48, true);
            if layout
                .first_pane
                .is_some_and(|pane| pane.x > 0 && layout.rule.is_none())
            {
                let cells = layout.body.width - 2;
                assert!(width_of(cells, USUAL_NAME, Column::Message) >= 40, "{width}");
                let condition = usize::from(width_of(cells, USUAL_NAME, Column::Condition));
                assert!(condition >= "MachinesReady True".len(), "{width}");
            }
        }
        assert!(width_of(158, USUAL_NAME, Column::Message) >= 40);
    }

    #[test]
    fn short_names_leave_their_room_to_the_message() {
        assert_eq!(width_of(117, 20, Column::Name), 26);
        assert_eq!(width_of(117, 36, Column::Name), 36);
        assert_eq!(width_of(117, 90, Column::Name), 46);
        assert!(width_of(88, 20, Column::Message) >= 20);
    }
}
