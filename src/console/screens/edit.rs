//! The screen on which an object is edited whole, as YAML: typed here or in the person's own editor, checked by the schema, by what
//! others have done since and by the server, shown as a difference, and only then written.

pub mod answers;
mod blame;
pub mod conflict;
mod review;
pub mod state;
pub mod update;
pub mod view;

pub use state::{Ground, Phase, State};
pub use update::Next;

#[cfg(test)]
mod tests;
