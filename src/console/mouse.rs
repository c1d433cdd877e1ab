//! The mouse, where the person wants it here: the wheel scrolls, a press puts the cursor on what was seen there.
//!
//! What was seen is remembered when it is drawn, as objects: whatever the fleet does between a frame and a press, the press means
//! what the person looked at, or nothing.

use fleetui_fleet::tree::Node;

use crate::app::App;
use crate::command::Move;
use crate::effect::Action;
use crate::msg::Mouse;
use crate::screens::tree::state::Drawn;

/// Rows that a notch of the wheel scrolls.
const NOTCH: usize = 3;

/// What is known of the mouse.
#[derive(Debug, Default)]
pub struct State {
    /// Whether it is taken from the terminal.
    on: bool,
    /// The rows of the tree as they were drawn last; nothing where something else was drawn.
    rows: Vec<Option<Node>>,
}

impl State {
    /// Whether the mouse is taken from the terminal.
    pub fn is_on(&self) -> bool {
        self.on
    }
}

impl App {
    /// Takes the mouse, or leaves it to the terminal.
    pub(crate) fn take_mouse(&mut self, on: bool) {
        if self.mouse.on != on {
            self.mouse.on = on;
            self.effects.push(Action::Mouse(on));
        }
    }

    /// Remembers what stands in which row, now that it is drawn.
    pub(crate) fn remember_rows(&mut self) {
        self.mouse.rows.clear();
        if self.mouse.on && self.stack.is_empty() && self.prompt.is_none() && !self.layout.too_small {
            let rows = self.tree.on_screen();
            self.mouse.rows.extend(
                rows.map(|(drawn, line, _)| matches!(drawn, Drawn::Line(_)).then(|| line.node.clone())),
            );
        }
    }

    pub(crate) fn mouse(&mut self, mouse: Mouse) {
        match mouse {
            Mouse::WheelDown => self.scroll(Move::Down),
            Mouse::WheelUp => self.scroll(Move::Up),
            Mouse::Press(column, row) => self.press(column, row),
        }
    }

    fn scroll(&mut self, command: Move) {
        // What is being typed stays where it is.
        if self.prompt.is_some() || self.cell.is_open() {
            return;
        }
        self.dirty = true;
        for _ in 0..NOTCH {
            match self.stack.last_mut() {
                Some(screen) => screen.go(command),
                None => self.tree.go(command),
            }
        }
        self.follow();
    }

    fn press(&mut self, column: u16, row: u16) {
        let body = self.layout.body;
        let inside = column < body.right() && row >= body.top() && row < body.bottom();
        // While something is typed, a press elsewhere must not move what it is about.
        if !inside || self.cell.is_open() || self.prompt.is_some() || !self.stack.is_empty() {
            return;
        }
        let Some(Some(node)) = self.mouse.rows.get(usize::from(row - body.top())).cloned() else {
            return;
        };
        self.dirty = true;
        if self.tree.put_on_node(&node) {
            self.messages.clear();
            self.follow();
        } else {
            self.messages
                .refuse(self.now, "what was there has gone meanwhile");
        }
    }
}

#[cfg(test)]
mod tests;
