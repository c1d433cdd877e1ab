//! The mouse, where the person wants it here: the wheel scrolls, a press puts the cursor on what was seen there, a double press
//! opens it.
//!
//! What was seen is remembered when it is drawn, as objects: whatever the fleet does between a frame and a press, the press means
//! what the person looked at, or nothing.

use fleetui_fleet::tree::Node;

use crate::app::App;
use crate::command::{Command, Move, Object};
use crate::effect::Action;
use crate::list::{Pressed, Seen};
use crate::msg::Mouse;
use crate::screens::tree::state::Drawn;

/// Rows that a notch of the wheel scrolls.
const NOTCH: usize = 3;

/// What is known of the mouse.
#[derive(Debug, Default)]
pub struct State {
    /// Whether it is taken from the terminal.
    on: bool,
    /// The rows of the tree as they were drawn last. Screens over it remember their own.
    rows: Seen<Node>,
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
        if !self.mouse.on || self.prompt.is_some() || self.layout.too_small {
            return self.mouse.rows.remember([]);
        }
        if let Some(screen) = self.stack.last_mut() {
            return screen.remember();
        }
        let rows = self.tree.on_screen();
        let rows = rows.map(|(drawn, line, _)| matches!(drawn, Drawn::Line(_)).then(|| line.node.clone()));
        self.mouse.rows.remember(rows);
    }

    pub(crate) fn mouse(&mut self, mouse: Mouse) {
        match mouse {
            Mouse::WheelDown => self.scroll(Move::Down),
            Mouse::WheelUp => self.scroll(Move::Up),
            Mouse::Press(column, row) => {
                self.press(column, row);
            }
            Mouse::DoublePress(column, row) => {
                // In a text there is nothing to open.
                if self.press(column, row) && !self.place().takes_text() {
                    self.run(Command::Object(Object::Open), self.place());
                }
            }
        }
    }

    fn scroll(&mut self, command: Move) {
        // What is being typed stays where it is.
        if self.prompt.is_some() || self.cell.is_open() {
            return;
        }
        self.dirty = true;
        if self.act.is_open() {
            for _ in 0..NOTCH {
                self.scroll_dialog(command);
            }
            return;
        }
        for _ in 0..NOTCH {
            match self.stack.last_mut() {
                Some(screen) => screen.go(command),
                None => self.tree.go(command),
            }
        }
        self.follow_cursor();
    }

    /// What is told of the row under the cursor follows it.
    fn follow_cursor(&mut self) {
        if self.stack.is_empty() {
            return self.follow();
        }
        let (stack, ground, _) = self.stack_and_ground();
        if let Some(screen) = stack.last_mut() {
            screen.follow(ground);
        }
    }

    /// Puts the cursor on what was seen there; says whether it is on it.
    fn press(&mut self, column: u16, row: u16) -> bool {
        let body = match self.stack.last() {
            Some(screen) if !screen.has_panes() => self.layout.wide_body,
            Some(_) | None => self.layout.body,
        };
        let inside =
            column >= body.left() && column < body.right() && row >= body.top() && row < body.bottom();
        // While something is typed, a press elsewhere must not move what it is about.
        if !inside || self.cell.is_open() || self.act.is_open() || self.prompt.is_some() {
            return false;
        }
        let row = row - body.top();
        let pressed = match self.stack.last_mut() {
            Some(screen) => screen.press(row),
            None => match self.mouse.rows.at(row) {
                Some(node) if self.tree.put_on_node(&node) => Pressed::Chosen,
                Some(_) => Pressed::Gone,
                None => Pressed::Nothing,
            },
        };
        self.dirty |= pressed != Pressed::Nothing;
        match pressed {
            Pressed::Chosen => {
                self.messages.clear();
                self.follow_cursor();
            }
            Pressed::Gone => self
                .messages
                .refuse(self.now, "what was there has gone meanwhile"),
            Pressed::Nothing => {}
        }
        pressed == Pressed::Chosen
    }
}

#[cfg(test)]
mod tests;
