//! Where things stand, for a size of the terminal. `update` scrolls by it and views paint by it.

use ratatui::layout::Rect;

/// The least size that shows something useful.
pub const LEAST: (u16, u16) = (60, 15);
/// From this width a detail pane stands beside the tree.
const ONE_PANE_FROM: u16 = 120;
/// From this width the detail pane has two halves.
const TWO_PANES_FROM: u16 = 160;

/// Where things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Everything.
    pub area: Rect,
    /// Whether that is too small to show anything but that it is.
    pub too_small: bool,
    /// The header line.
    pub header: Rect,
    /// Titles of columns, or the title of a screen.
    pub title: Rect,
    /// The lines of the tree, or of a screen that has the whole width when there is no pane.
    pub body: Rect,
    /// The detail pane beside the tree; its conditions where there are two.
    pub first_pane: Option<Rect>,
    /// Below it, what the object is related to; its first line is a rule.
    pub second_pane: Option<Rect>,
    /// The line about what the cursor is on; candidates while something is typed.
    pub about: Rect,
    /// Keys, the message of the moment, or the line that is typed.
    pub footer: Rect,
}

impl Layout {
    /// The layout for `width` x `height`; `panes` is whether the person wants them.
    pub fn of(width: u16, height: u16, panes: bool) -> Self {
        let area = Rect::new(0, 0, width, height);
        let too_small = width < LEAST.0 || height < LEAST.1;
        let row = |y: u16| Rect::new(0, y.min(height), width, 1).intersection(area);
        let below_title = Rect::new(0, 2, width, height.saturating_sub(4)).intersection(area);
        let pane = if panes { pane_width(width) } else { 0 };
        let tree_width = width - pane;
        let beside = Rect::new(tree_width, 1, pane, below_title.height + 1).intersection(area);
        let (first, second) = if width >= TWO_PANES_FROM {
            let above = beside.height - beside.height * 2 / 5;
            let below = Rect {
                y: beside.y + above,
                height: beside.height - above,
                ..beside
            };
            (
                Rect {
                    height: above,
                    ..beside
                },
                below,
            )
        } else {
            (beside, Rect::ZERO)
        };
        let shown = |pane: Rect| (!pane.is_empty()).then_some(pane);
        Self {
            area,
            too_small,
            header: row(0),
            title: Rect::new(0, 1, tree_width, 1).intersection(area),
            body: Rect {
                width: tree_width,
                ..below_title
            },
            first_pane: shown(first),
            second_pane: shown(second),
            about: row(height.saturating_sub(2)),
            footer: row(height.saturating_sub(1)),
        }
    }

    /// The whole width under the header: for screens that stand in the place of the tree.
    pub fn wide_title(&self) -> Rect {
        Rect {
            width: self.area.width,
            ..self.title
        }
    }

    /// The whole width of the lines.
    pub fn wide_body(&self) -> Rect {
        Rect {
            width: self.area.width,
            ..self.body
        }
    }
}

/// Width of what stands beside the tree.
fn pane_width(width: u16) -> u16 {
    match width {
        _ if width < ONE_PANE_FROM => 0,
        _ if width < TWO_PANES_FROM => (width / 3).clamp(40, 50),
        _ => (width * 3 / 10).clamp(44, 72),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_come_with_width_and_cover_the_screen_without_overlap() {
        for (width, panes) in [
            (80, 0),
            (119, 0),
            (120, 1),
            (159, 1),
            (160, 2),
            (200, 2),
            (400, 2),
        ] {
            let layout = Layout::of(width, 40, true);
            let shown = [layout.first_pane, layout.second_pane].into_iter().flatten();
            assert_eq!(shown.clone().count(), panes, "{width}");
            let cells: u32 = shown.map(Rect::area).sum();
            let beside = u32::from(width - layout.body.width) * u32::from(layout.body.height + 1);
            assert_eq!(cells, beside, "{width}");
            assert!(layout.body.width >= 78, "{width}: {}", layout.body.width);
        }
        assert_eq!(Layout::of(200, 40, false).body.width, 200);
    }

    #[test]
    fn no_size_breaks_the_layout() {
        for width in 0..70 {
            for height in 0..20 {
                let layout = Layout::of(width, height, true);
                for rect in [
                    layout.header,
                    layout.title,
                    layout.body,
                    layout.about,
                    layout.footer,
                ] {
                    assert!(
                        rect.is_empty() || (rect.right() <= width && rect.bottom() <= height),
                        "{width}x{height} {rect:?}"
                    );
                }
                assert_eq!(layout.too_small, width < 60 || height < 15);
            }
        }
    }
}
