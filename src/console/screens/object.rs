//! The screen of one object: why it is as it is, conditions, what it has to do with, its timeline, events, facts, and the whole
//! object as YAML.

pub mod page;
pub mod search;
pub mod sections;
pub mod state;
pub mod view;

pub use page::{Page, Section};
pub use state::{Ground, Part, State};

#[cfg(test)]
mod tests;
