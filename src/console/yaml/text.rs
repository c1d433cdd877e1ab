//! The text that is typed: the editor widget's own state, fed with chords, and what is known of its lines.

use fleetui_api::openapi::Schema;
use fleetui_api::yaml_mistake::YamlMistake;
use fleetui_base::Shown;
use serde_json::Value;
use tui_textarea::{CursorMove, Input, TextArea};

use super::{Completion, Places, complete};
use crate::chord::{Chord, Key, Named};
use crate::line_input::input_key;

/// So many lines are kept to be taken back.
const UNDO: usize = 200;
/// What is longer is not typed here.
pub const MOST_BYTES: usize = 1 << 20;
/// What has more lines is not typed here either.
pub const MOST_LINES: usize = 20_000;
/// Lines stay this far from the edge while the caret moves.
const MARGIN: usize = 2;

/// Something that is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 0.
    pub line: usize,
    /// What.
    pub what: Shown,
}

/// The text.
#[derive(Debug, Clone)]
pub struct Text {
    area: TextArea<'static>,
    /// Which line is about what.
    pub places: Places,
    /// What is wrong, from top to bottom.
    pub wrong: Vec<Wrong>,
    /// What is being completed.
    pub completion: Option<Completing>,
    /// The first line and column that are shown.
    pub offset: (usize, usize),
    size: (usize, usize),
}

/// A completion, and what of it stands in the text.
#[derive(Debug, Clone)]
pub struct Completing {
    /// What may stand there.
    pub found: Completion,
    /// Which of it does.
    pub chosen: usize,
    /// The line on which it begins.
    row: usize,
    /// What stands there now.
    standing: String,
}

impl Text {
    /// A text to begin with; the caret stands at its beginning.
    pub fn new(text: &str, size: (usize, usize)) -> Self {
        let mut area = TextArea::new(text.lines().map(str::to_owned).collect());
        area.set_max_histories(UNDO);
        area.set_tab_length(2);
        let mut made = Self {
            area,
            places: Places::default(),
            wrong: Vec::new(),
            completion: None,
            offset: (0, 0),
            size,
        };
        made.follow();
        made
    }

    /// Its lines.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// All of it.
    pub fn whole(&self) -> String {
        let mut whole = self.lines().join("\n");
        whole.push('\n');
        whole
    }

    /// Line and column of the caret, in characters.
    pub fn caret(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// What the line of the caret is about.
    pub fn pointer(&self) -> &str {
        self.places.pointer(self.caret().0)
    }

    /// Whether nothing but blanks stands in front of the caret.
    pub fn is_at_indent(&self) -> bool {
        let (row, column) = self.caret();
        let line = self.lines().get(row).map_or("", String::as_str);
        line.chars().take(column).all(|character| character == ' ')
    }

    /// What is wrong with a line.
    pub fn wrong_at(&self, line: usize) -> Option<&Wrong> {
        self.wrong.iter().find(|wrong| wrong.line == line)
    }

    /// Other columns and lines to be shown in.
    pub fn resize(&mut self, size: (usize, usize)) {
        self.size = size;
        self.scroll();
    }

    /// Types a chord; says whether the text is another one now.
    pub fn type_chord(&mut self, chord: Chord) -> bool {
        let page = self.size.1.saturating_sub(1).max(1);
        let (row, column) = self.caret();
        let changed = match chord.key {
            Key::Named(Named::PageDown) => self.jump(row + page, column),
            Key::Named(Named::PageUp) => self.jump(row.saturating_sub(page), column),
            Key::Named(Named::Enter) => self.break_line(),
            Key::Named(Named::Tab) => self.area.insert_str("  "),
            Key::Char(_) | Key::Named(_) | Key::Function(_) => match input_key(chord.key) {
                Some(key) => self.area.input(Input {
                    key,
                    ctrl: chord.ctrl,
                    alt: chord.alt,
                    shift: chord.shift,
                }),
                None => return false,
            },
        };
        self.completion = None;
        if changed {
            self.follow();
        }
        self.scroll();
        changed
    }

    /// Inserts pasted text.
    pub fn paste(&mut self, text: &str) {
        self.completion = None;
        let text = text.replace("\r\n", "\n").replace(['\r', '\t'], "  ");
        self.area.insert_str(text);
        self.follow();
        self.scroll();
    }

    /// Puts the caret at the end of a line.
    pub fn go_to(&mut self, line: usize) {
        let end = self.lines().get(line).map_or(0, |line| line.chars().count());
        self.jump(line, end);
        self.scroll();
    }

    /// Completes what stands at the caret, or takes the next of what may; says whether there is something.
    pub fn complete(&mut self, schema: &Schema, forward: bool) -> bool {
        let completing = if let Some(mut completing) = self.completion.take() {
            let count = completing.found.candidates.len();
            let step = if forward { 1 } else { count.saturating_sub(1) };
            completing.chosen = (completing.chosen + step) % count.max(1);
            completing
        } else {
            let (row, column) = self.caret();
            let Some(found) = complete(self.lines(), (row, column), schema) else {
                return false;
            };
            let line = self.lines().get(row).map_or("", String::as_str);
            Completing {
                standing: line.chars().take(column).skip(found.from).collect(),
                found,
                chosen: 0,
                row,
            }
        };
        self.put(completing);
        true
    }

    /// Puts the chosen candidate in the place of what stands there. One that is alone needs no choice.
    fn put(&mut self, mut completing: Completing) {
        let Some(chosen) = completing.found.candidates.get(completing.chosen).cloned() else {
            return;
        };
        self.jump(completing.row, completing.found.from);
        self.area.delete_str(completing.standing.chars().count());
        self.area.insert_str(&chosen);
        completing.standing = chosen;
        self.follow();
        self.scroll();
        self.completion = Some(completing).filter(|completing| completing.found.candidates.len() > 1);
    }

    fn jump(&mut self, row: usize, column: usize) -> bool {
        let last = self.lines().len().saturating_sub(1);
        let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        self.area
            .move_cursor(CursorMove::Jump(small(row.min(last)), small(column)));
        false
    }

    /// A new line begins as far to the right as this one; a step further behind a colon.
    fn break_line(&mut self) -> bool {
        let (row, column) = self.caret();
        let line = self.lines().get(row).cloned().unwrap_or_default();
        let before: String = line.chars().take(column).collect();
        let mut indent = before.len() - before.trim_start_matches(' ').len();
        if before.trim_end().ends_with(':') {
            indent += 2;
        }
        self.area.insert_str(format!("\n{}", " ".repeat(indent)))
    }
}

impl Text {
    /// Finds out anew which line is about what.
    fn follow(&mut self) {
        self.places = Places::of(self.lines().iter().map(String::as_str));
    }

    /// Keeps the caret in what is shown.
    fn scroll(&mut self) {
        let (row, column) = self.caret();
        let (width, height) = self.size;
        self.offset.0 = shown(self.offset.0, row, height);
        self.offset.1 = shown(self.offset.1, column, width);
    }
}

/// What a text says, or on which line, from 0, it cannot be read and why.
pub fn read(text: &str) -> Result<Value, (usize, Shown)> {
    serde_yaml::from_str(text).map_err(|error| {
        // Which line it is, is seen.
        let YamlMistake { line, what, .. } = YamlMistake::in_text(&error, text, false);
        (
            usize::try_from(line).unwrap_or(1).saturating_sub(1),
            Shown::line(&what),
        )
    })
}

/// The first of `size` that are shown, so that `at` is among them and not at their edge.
fn shown(first: usize, at: usize, size: usize) -> usize {
    let margin = MARGIN.min(size.saturating_sub(1) / 2);
    let most = at.saturating_sub(margin);
    let least = (at + margin + 1).saturating_sub(size);
    first.clamp(least.min(most), most)
}
