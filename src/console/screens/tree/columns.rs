//! Which columns a width has room for. Columns stand still: their widths depend on the terminal's width alone, never
//! on what is in them.

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

/// The columns that are always there, with their least widths.
const ALWAYS: [(Column, u16); 6] = [
    (Column::Name, 25),
    (Column::Condition, 15),
    (Column::Replicas, 8),
    (Column::Version, 8),
    (Column::Phase, 12),
    (Column::Age, 5),
];

/// The least widths of what comes with more room.
const NAMESPACE: u16 = 12;
const MESSAGE: u16 = 20;
/// What the columns grow to before the message gets the rest.
const WIDE_NAME: u16 = 44;
const WIDE_CONDITION: u16 = 20;
const WIDE_VERSION: u16 = 12;

/// The columns for `width` cells. Why something is as it is matters more than its namespace, which can stand behind the name.
pub fn columns(width: u16) -> Vec<Placed> {
    let mut wanted: Vec<(Column, u16)> = ALWAYS.to_vec();
    let mut room = width.saturating_sub(needed(&wanted));
    grow(Column::Name, 30, &mut room, &mut wanted);
    grow(Column::Version, 9, &mut room, &mut wanted);
    if room > MESSAGE {
        wanted.push((Column::Message, MESSAGE));
        room -= MESSAGE + 1;
        if room > NAMESPACE {
            wanted.insert(1, (Column::Namespace, NAMESPACE));
            room -= NAMESPACE + 1;
        }
        grow(Column::Message, 40, &mut room, &mut wanted);
        grow(Column::Name, WIDE_NAME.min(30 + room / 2), &mut room, &mut wanted);
        grow(Column::Condition, WIDE_CONDITION, &mut room, &mut wanted);
        grow(Column::Version, WIDE_VERSION, &mut room, &mut wanted);
        grow(Column::Message, width, &mut room, &mut wanted);
    } else {
        grow(Column::Name, width, &mut room, &mut wanted);
    }
    let mut x = 0;
    wanted
        .into_iter()
        .map(|(column, width)| {
            let placed = Placed { column, x, width };
            x += width + 1;
            placed
        })
        .collect()
}

/// Widens a column up to `to` cells, as far as there is room.
fn grow(column: Column, to: u16, room: &mut u16, wanted: &mut [(Column, u16)]) {
    if let Some((_, cells)) = wanted.iter_mut().find(|(known, _)| *known == column) {
        let more = to.saturating_sub(*cells).min(*room);
        *cells += more;
        *room -= more;
    }
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

    #[test]
    fn columns_fit_come_with_room_and_use_it_all() {
        for width in 78..400 {
            let columns = columns(width);
            let last = columns.last().unwrap();
            assert_eq!(last.x + last.width, width, "{width}: {columns:?}");
            for pair in columns.windows(2) {
                assert_eq!(pair[0].x + pair[0].width + 1, pair[1].x, "{width}");
            }
        }
        let titles = |width: u16| {
            columns(width)
                .iter()
                .map(|placed| placed.column.title())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            titles(80),
            ["NAME", "CONDITION", "REPLICAS", "VERSION", "PHASE", "AGE"]
        );
        assert_eq!(
            (titles(110)[1], titles(110).last()),
            ("CONDITION", Some(&"MESSAGE"))
        );
        assert_eq!(
            (titles(140)[1], titles(140).last()),
            ("NAMESPACE", Some(&"MESSAGE"))
        );
    }
}
