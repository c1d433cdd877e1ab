//! The line at the bottom: a command behind `:`, or a filter behind `/` that works as it is typed.

pub mod view;

use fleetui_base::Shown;
use fleetui_fleet::filter::Filter;

use crate::line_input::LineInput;

/// What the line is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// A command, with what it may be completed to.
    Command,
    /// A filter; what it was before, to go back to.
    Filter {
        /// The filter when the line was opened.
        before: Option<Filter>,
    },
    /// Looking for text on a screen; what was looked for before, to go back to.
    Search {
        /// The text when the line was opened.
        before: Option<String>,
    },
}

/// The line while it is open.
#[derive(Debug)]
pub struct State {
    /// What it is for.
    pub purpose: Purpose,
    /// What is typed.
    pub input: LineInput,
    /// Whole lines that it may become.
    pub candidates: Vec<String>,
    /// The candidate that was taken last.
    pub chosen: Option<usize>,
    /// What is wrong with what is typed.
    pub problem: Option<Shown>,
    /// What is typed means something else than it may be meant to.
    pub hint: Option<&'static str>,
}

impl State {
    /// A line that begins with `text`, which gives way to what is typed.
    pub fn open(purpose: Purpose, text: &str) -> Self {
        Self {
            purpose,
            input: LineInput::selected(text),
            candidates: Vec::new(),
            chosen: None,
            problem: None,
            hint: None,
        }
    }

    /// Takes the next candidate, or the one before; says whether there is one.
    pub fn choose(&mut self, forward: bool) -> bool {
        let count = self.candidates.len();
        if count == 0 {
            return false;
        }
        let index = match self.chosen {
            None if forward => 0,
            None => count - 1,
            Some(index) if forward => (index + 1) % count,
            Some(index) => (index + count - 1) % count,
        };
        if let Some(candidate) = self.candidates.get(index) {
            self.input.set(candidate);
            self.chosen = Some(index);
        }
        true
    }

    /// The sign before the line.
    pub fn sign(&self) -> &'static str {
        match self.purpose {
            Purpose::Command => ":",
            Purpose::Filter { .. } | Purpose::Search { .. } => "/",
        }
    }
}
