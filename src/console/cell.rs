//! The editor in a cell: REPLICAS or VERSION are changed where they stand, and a line under the row says what will
//! happen before it does.
//!
//! `Loading -> Editing -> Checking -> Reviewing`, and then a `Write` that is `Applying -> Done | Failed`. The plan
//! binds the uid of the object; another object of the same name is never written.

mod editor;
pub mod line;
pub mod state;
pub mod update;
pub mod view;

pub use state::{Editor, Outlook, Phase, State, Write, WriteStatus};

#[cfg(test)]
mod tests;
