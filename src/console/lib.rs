//! The screen: state, messages, effects, keymap, theme, widgets and the loop.
//!
//! One way through: a terminal key becomes a chord, the keymap makes it a command, `update` changes the state and asks
//! for effects, the runtime does them and their outcomes come back as messages; `view` paints the state.
//! Only `runtime` is asynchronous, and only it knows the terminal.

pub mod access;
pub mod act;
pub mod age;
pub mod app;
pub mod bookmarks;
pub mod cell;
pub mod chord;
pub mod columns;
pub mod command;
pub mod config;
pub mod connection;
pub mod detail;
pub mod document;
pub mod draft;
pub mod effect;
pub mod file_error;
pub mod footer;
pub mod glyphs;
pub mod grid;
pub mod header;
pub mod history;
pub mod kept;
pub mod keymap;
pub mod layout;
pub mod line_input;
pub mod list;
pub mod look;
pub mod looks;
pub mod marks;
pub mod messages;
pub mod mouse;
pub mod msg;
pub mod near;
pub mod not_read;
pub mod prompt;
pub mod prose;
pub mod recording;
pub mod remarks;
pub mod runtime;
pub mod screens;
pub mod settings;
pub mod subject;
pub mod theme;
pub mod unfinished;
pub mod update;
pub mod user_file;
pub mod verdict;
pub mod view;
pub mod walking;
pub mod widgets;
pub mod within;
pub mod workloads;
pub mod yaml;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod sample;

pub use app::{App, AppError, AppOptions};
pub use effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request};
pub use msg::Msg;
pub use runtime::{
    ConsoleConfig, ConsoleError, Ending, Fleet, Frame, FrameConfig, Painter, ReplayError, frame, replay,
    replayed, run,
};
pub use update::update;
pub use view::view;
