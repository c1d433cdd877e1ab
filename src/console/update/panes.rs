//! The detail pane and the lines about the cursor: whatever moves that, they are about what it is on.

use fleetui_fleet::tree::Node;

use crate::app::App;
use crate::detail::Ground;
use crate::subject::Subject;

/// The most rows of the tree that a long reason gets.
const MOST_LENT: u16 = 2;

impl App {
    /// The panes follow the cursor, and so do the lines about it.
    pub(crate) fn follow(&mut self) {
        self.lend();
        let inner = |pane: Option<ratatui::layout::Rect>| pane.map_or(0, |pane| pane.width.saturating_sub(3));
        let widths = (inner(self.layout.first_pane), inner(self.layout.second_pane));
        let ground = Ground {
            fleet: &self.fleet,
            access: self.access,
            glyphs: &self.look.glyphs,
            now: self.now,
        };
        let on = self.followed();
        self.detail.follow(on.as_ref(), ground, widths);
    }

    /// What the panes are about: what the cursor of the table on top is on, else that of the tree.
    fn followed(&self) -> Option<Node> {
        match self.stack.last() {
            Some(screen) if screen.has_panes() => screen.subject().map(|subject| match subject {
                Subject::Object(key) => Node::Object(key),
                Subject::ManagementCluster(name) => Node::ManagementCluster(name),
            }),
            Some(_) | None => self.tree.cursor().cloned(),
        }
    }

    /// Whatever has moved the cursor, or opened a table or left it: the panes are about what is under the cursor now.
    pub(super) fn keep_panes_on_cursor(&mut self) {
        if self.layout.first_pane.is_some() && !self.detail.is_on(self.followed().as_ref()) {
            self.follow();
        }
    }

    /// Where no pane tells the reason whole, the lines below get as many rows of the tree as they need, but not many.
    fn lend(&mut self) {
        let about = self.layout.about;
        let rows = if about.height < 2 {
            0
        } else {
            let most = about.height + MOST_LENT;
            let lines = crate::view::about_lines(self, most).len();
            u16::try_from(lines).unwrap_or(most).saturating_sub(about.height)
        };
        self.tree.lend(rows);
    }
}
