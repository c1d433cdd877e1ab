//! Where things stand, for a size of the terminal. `update` scrolls by it and views paint by it.

use ratatui::layout::Rect;

/// The least size that shows something useful.
pub const LEAST: (u16, u16) = (60, 15);
/// From this width a detail pane follows the cursor of the tree and of tables: below, as they keep all of their columns.
const PANE_FROM: u16 = 120;
/// As long as the height has room for it.
const PANE_BELOW_FROM_HEIGHT: u16 = 30;
/// It stands beside the tree as soon as it leaves the tree what its columns need, and the message 40 cells of that.
const LEAST_BESIDE: u16 = 132;
/// The widths of a pane beside the tree.
const PANE_WIDTHS: (u16, u16) = (44, 64);
const PANE_BESIDE_FROM: u16 = LEAST_BESIDE + PANE_WIDTHS.0;
/// From this height a second line tells why the object under the cursor is as it is.
const TWO_LINES_FROM_HEIGHT: u16 = 20;

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
    /// The lines of the tree, or the rows of a table.
    pub body: Rect,
    /// All between title and footer, for another screen that stands in the place of the tree.
    pub wide_body: Rect,
    /// A rule between the tree or table and the pane below it.
    pub rule: Option<Rect>,
    /// The detail pane about the object itself. Its first column is a border.
    pub first_pane: Option<Rect>,
    /// The one about what the object is related to: right of the first where both are below the tree, else below it, and then
    /// its first line is a rule.
    pub second_pane: Option<Rect>,
    /// The lines about what the cursor is on; candidates while something is typed.
    pub about: Rect,
    /// Keys, the message of the moment, or the line that is typed.
    pub footer: Rect,
}

impl Layout {
    /// What is missing for the detail pane on a screen of `width` x `height`; nothing where there is room for it.
    pub fn lacks_for_panes(width: u16, height: u16) -> Option<String> {
        if Self::of(width, height, true).first_pane.is_some() {
            return None;
        }
        Some(if width < PANE_FROM {
            format!("it needs {PANE_FROM} columns, and there are {width}")
        } else {
            format!("it needs {PANE_BELOW_FROM_HEIGHT} rows, and there are {height}")
        })
    }

    /// The layout for `width` x `height`; `panes` is whether there is something for them and the person wants them.
    pub fn of(width: u16, height: u16, panes: bool) -> Self {
        let area = Rect::new(0, 0, width, height);
        let too_small = width < LEAST.0 || height < LEAST.1;
        let beside = panes && !too_small && width >= PANE_BESIDE_FROM;
        let below = panes && !too_small && width >= PANE_FROM && height >= PANE_BELOW_FROM_HEIGHT && !beside;
        let row = |y: u16| Rect::new(0, y.min(height), width, 1).intersection(area);
        // A pane tells the reason whole.
        let two_lines = height >= TWO_LINES_FROM_HEIGHT && !beside && !below;
        let about_height = if two_lines { 2 } else { 1 };
        let wide_body = Rect::new(0, 2, width, height.saturating_sub(3)).intersection(area);
        let layout = Self {
            area,
            too_small,
            header: row(0),
            title: row(1),
            body: Rect {
                height: wide_body.height.saturating_sub(about_height),
                ..wide_body
            },
            wide_body,
            rule: None,
            first_pane: None,
            second_pane: None,
            about: Rect::new(0, height.saturating_sub(1 + about_height), width, about_height)
                .intersection(area),
            footer: row(height.saturating_sub(1)),
        };
        if beside {
            layout.with_panes_beside()
        } else if below {
            layout.with_panes_below()
        } else {
            layout
        }
    }

    fn with_panes_beside(mut self) -> Self {
        let width = self.area.width;
        // What it tells is wrapped; what the tree tells is cut.
        let pane = (width * 22 / 100)
            .min(width.saturating_sub(LEAST_BESIDE))
            .clamp(PANE_WIDTHS.0, PANE_WIDTHS.1);
        self.body.width = width - pane;
        self.title.width = width - pane;
        let beside = Rect {
            x: width - pane,
            y: self.title.y,
            width: pane,
            height: self.body.height + 1,
        };
        let above = beside.height - beside.height * 2 / 5;
        self.first_pane = Some(Rect {
            height: above,
            ..beside
        });
        self.second_pane = Some(Rect {
            y: beside.y + above,
            height: beside.height - above,
            ..beside
        });
        self
    }

    fn with_panes_below(mut self) -> Self {
        let height = (self.body.height / 3).clamp(8, 14);
        self.body.height -= height;
        let rule = Rect {
            y: self.body.bottom(),
            height: 1,
            ..self.body
        };
        let left = Rect {
            y: rule.bottom(),
            height: height - 1,
            width: self.area.width / 2,
            ..rule
        };
        let right = Rect {
            x: left.right(),
            width: self.area.width - left.width,
            ..left
        };
        self.rule = Some(rule);
        self.first_pane = Some(left);
        self.second_pane = Some(right);
        self
    }

    /// The whole width under the header: for screens that stand in the place of the tree.
    pub fn wide_title(&self) -> Rect {
        Rect {
            width: self.area.width,
            ..self.title
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_come_with_room_and_cover_the_screen_without_overlap() {
        for (width, height, panes) in [
            (80, 40, 0),
            (119, 40, 0),
            (120, 29, 0),
            (120, 40, 2),
            (139, 40, 2),
            (159, 29, 0),
            (159, 40, 2),
            (160, 24, 0),
            (160, 40, 2),
            (175, 40, 2),
            (176, 24, 2),
            (176, 40, 2),
            (400, 40, 2),
        ] {
            let layout = Layout::of(width, height, true);
            let shown = [layout.first_pane, layout.second_pane, layout.rule]
                .into_iter()
                .flatten();
            let panes_shown = layout.first_pane.iter().chain(&layout.second_pane).count();
            assert_eq!(panes_shown, panes, "{width}");
            // Together they are all between the header and the footer.
            let always = [layout.body, layout.title, layout.about];
            let cells: u32 = shown.chain(always).map(Rect::area).sum();
            let between = u32::from(width) * u32::from(layout.wide_body.height + 1);
            assert_eq!(cells, between, "{width}");
            assert!(layout.body.width >= 78, "{width}: {}", layout.body.width);
        }
        assert_eq!(Layout::of(200, 40, false).body.width, 200);
    }

    #[test]
    fn a_wider_terminal_never_has_fewer_columns_of_the_tree() {
        // The pane that comes at 120 takes lines; the one at 176 leaves what the columns need.
        for width in 60..400 {
            let layout = Layout::of(width, 40, true);
            assert!(
                layout.body.width >= width.min(LEAST_BESIDE),
                "{width}: {}",
                layout.body.width
            );
        }
    }

    #[test]
    fn anchor_70_no_size_breaks_the_layout() {
        for width in 0..180 {
            for height in 0..45 {
                let layout = Layout::of(width, height, true);
                let panes = [layout.first_pane, layout.second_pane, layout.rule]
                    .into_iter()
                    .flatten();
                let always = [
                    layout.header,
                    layout.title,
                    layout.body,
                    layout.about,
                    layout.footer,
                ];
                for rect in panes.chain(always) {
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
