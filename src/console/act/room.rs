//! How much room a dialog has, and how much of what it says is seen at once.

use ratatui::layout::Rect;

use super::lines;
use super::state::Dialog;
use crate::glyphs::Glyphs;
use crate::prose::Line;

/// A panel has at least so many rows, where the screen has.
const LEAST_ROWS: u16 = 8;
/// Rows of the body that are left above it, so that the object is still seen.
const LEFT_ABOVE: u16 = 3;

/// What a dialog says, and where.
pub struct Extent {
    /// All lines, as they are broken there.
    pub text: Vec<Line>,
    /// The panel.
    pub panel: Rect,
    /// Rows of the lines that are typed into.
    pub fields: u16,
    /// Rows for the text.
    pub rows: usize,
}

impl Extent {
    /// Of a dialog over this body.
    pub fn of(dialog: &Dialog, glyphs: &Glyphs, body: Rect) -> Self {
        let width = usize::from(body.width.saturating_sub(2));
        let text = lines::text(dialog, glyphs, width);
        let fields = if dialog.asks_for_text() { 2 } else { 1 };
        // The title, the line about what it asks for, and the fields are always seen.
        let panel = panel(body, text.len(), 2 + fields);
        Self {
            rows: usize::from(panel.height.saturating_sub(2 + fields)),
            text,
            panel,
            fields,
        }
    }

    /// Whether all of the text is seen at once.
    pub fn fits(&self) -> bool {
        self.text.len() <= self.rows
    }

    /// Lines of the text that are seen at once; one row tells where one is.
    pub fn seen(&self) -> usize {
        if self.fits() {
            self.text.len()
        } else {
            self.rows.saturating_sub(1)
        }
    }

    /// The most lines that may be above what is seen.
    pub fn most_above(&self) -> usize {
        self.text.len() - self.seen()
    }
}

/// The lower part of the body, high enough for what is said, as far as there is room.
pub(super) fn panel(body: Rect, text: usize, more: u16) -> Rect {
    let wanted = u16::try_from(text).unwrap_or(u16::MAX).saturating_add(more);
    let most = body
        .height
        .saturating_sub(LEFT_ABOVE)
        .max(LEAST_ROWS)
        .min(body.height);
    let height = wanted.max(LEAST_ROWS).min(most);
    Rect {
        y: body.bottom() - height,
        height,
        ..body
    }
}
