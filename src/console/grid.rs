//! Columns on the screen: which of them a width has room for, and how wide each is. Which there are depends on the width alone;
//! they only ever grow, when a longer text comes into view.
//!
//! Must not know: what stands in them.

use fleetui_base::Shown;
use ratatui::layout::Rect;

/// What a column needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Its title.
    pub title: Shown,
    /// The fewest cells that say something.
    pub least: u16,
    /// The cells that it usually needs. Columns that matter less come only where there is room for those.
    pub usual: u16,
    /// More cells than this are of no use.
    pub most: u16,
    /// Of two columns the one with the lower rank stays where there is room for one.
    pub rank: u8,
}

/// Columns up to this rank have their place even where they are narrow.
pub const LAST_THAT_MATTERS: u8 = 4;

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its place among the columns that were asked for.
    pub index: usize,
    /// Its first cell.
    pub x: u16,
    /// Its width.
    pub width: u16,
}

impl Placed {
    /// The cell of its title, which may take the blank behind it for a sign.
    pub fn title(self, row: Rect, before: u16) -> Rect {
        let wider = Self {
            width: self.width + 1,
            ..self
        };
        wider.cell(row, before)
    }

    /// Its cell in a row whose columns begin behind `before` cells.
    pub fn cell(self, row: Rect, before: u16) -> Rect {
        Rect {
            x: row.x + before + self.x,
            width: self.width,
            height: 1,
            ..row
        }
        .intersection(row)
    }
}

/// The columns for `room` cells; `needs` are the cells that the longest text needs that was seen in each. The last column gets
/// what is left.
pub fn place(wishes: &[Wish], needs: &[u16], room: u16) -> Vec<Placed> {
    let mut by_rank: Vec<usize> = (0..wishes.len()).collect();
    by_rank.sort_by_key(|at| wishes.get(*at).map(|wish| wish.rank));
    let mut kept: Vec<(usize, u16)> = Vec::new();
    let (mut used, mut usual) = (0_u16, 0_u16);
    for at in by_rank {
        let Some(wish) = wishes.get(at) else { continue };
        let gap = u16::from(!kept.is_empty());
        let cost = wish.least.saturating_add(gap);
        let spent = if wish.rank <= LAST_THAT_MATTERS {
            used
        } else {
            usual
        };
        // One column is always there, and none comes back that gave way to one that matters more.
        if !kept.is_empty() && spent.saturating_add(cost) > room {
            break;
        }
        kept.push((at, wish.least));
        used = used.saturating_add(cost);
        usual = usual
            .saturating_add(wish.usual.max(wish.least))
            .saturating_add(gap);
    }
    let mut left = room.saturating_sub(used);
    // What is usual of one column matters more than the longest text of another one.
    for limit in [|wish: &Wish| wish.usual.min(wish.most), |wish: &Wish| wish.most] {
        for (at, width) in &mut kept {
            let most = wishes.get(*at).map_or(0, limit);
            let need = needs.get(*at).copied().unwrap_or(0).min(most);
            let more = need.saturating_sub(*width).min(left);
            *width += more;
            left -= more;
        }
    }
    kept.sort_unstable();
    let last = kept.len().saturating_sub(1);
    let mut x = 0;
    let placed = kept.into_iter().enumerate().map(|(at, (index, width))| {
        let width = if at == last { width + left } else { width };
        let placed = Placed { index, x, width };
        x += width + 1;
        placed
    });
    placed.collect()
}

/// Lines of cells as text for a file, each column as wide as its widest cell.
pub fn text(lines: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(Shown::line(cell).width());
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut written = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let cell = Shown::line(cell);
            written.push_str(cell.as_str());
            written.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes() -> Vec<Wish> {
        [
            ("NAME", 20, 40, 0),
            ("VERSION", 8, 12, 2),
            ("AGE", 5, 5, 3),
            ("NODE", 10, 20, 5),
            ("MESSAGE", 14, 14, 1),
        ]
        .map(|(title, least, most, rank)| Wish {
            title: Shown::ours(title),
            least,
            usual: least + 10,
            most,
            rank,
        })
        .into()
    }

    fn indexes(room: u16) -> Vec<usize> {
        place(&wishes(), &[], room)
            .iter()
            .map(|placed| placed.index)
            .collect()
    }

    #[test]
    fn columns_fit_and_use_all_room() {
        for room in 20..120 {
            for need in [0, 25, 90] {
                let placed = place(&wishes(), &[need, need, need, need], room);
                let last = placed.last().unwrap();
                assert_eq!(last.x + last.width, room, "{room}: {placed:?}");
                for pair in placed.windows(2) {
                    assert_eq!(pair[0].x + pair[0].width + 1, pair[1].x, "{room}");
                }
            }
        }
    }

    #[test]
    fn what_matters_less_goes_first_and_more_room_loses_nothing() {
        assert_eq!(indexes(20), [0]);
        assert_eq!(indexes(40), [0, 4]);
        assert_eq!(indexes(44), [0, 1, 4]);
        assert_eq!(indexes(60), [0, 1, 2, 4]);
        // The node has room beside the least of the others, and not beside what they usually need.
        assert_eq!(indexes(100), [0, 1, 2, 4]);
        assert_eq!(indexes(101), [0, 1, 2, 3, 4]);
        for room in 20..120 {
            assert!(
                indexes(room)
                    .iter()
                    .all(|index| indexes(room + 1).contains(index)),
                "{room}"
            );
        }
    }

    #[test]
    fn a_column_grows_to_what_it_needs_and_no_further() {
        let width = |need, room| place(&wishes(), &[need], room)[0].width;
        assert_eq!(width(10, 100), 20);
        assert_eq!(width(33, 100), 33);
        assert_eq!(width(90, 100), 40);
        assert_eq!(width(90, 52), 22);
        // Before one grows beyond what is usual, the others have what is usual.
        let placed = place(&wishes(), &[40, 12, 5, 20], 101);
        let widths: Vec<u16> = placed.iter().map(|placed| placed.width).collect();
        assert_eq!(widths, [40, 12, 5, 20, 20]);
        let placed = place(&wishes(), &[40, 12, 5, 20], 90);
        assert_eq!((placed[0].width, placed[1].width), (40, 12));
    }
}
