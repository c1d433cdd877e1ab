//! The screen on which a cluster is created: what it is made from, its questions with what is wrong with each answer, the same as
//! YAML, the review with the server's dry run, what becomes of each object, and how far the cluster is.
//!
//! Must not know: files, requests, other screens.

pub mod answers;
mod choice;
pub mod form;
pub mod keys;
mod namespace;
mod refusal;
pub mod state;
mod suggest;
#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

pub use state::{Ground, Phase, State};
pub use update::Next;
