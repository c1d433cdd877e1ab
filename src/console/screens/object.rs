//! The screen of one object: conditions, path, references, facts, and the whole object as YAML.

pub mod state;
pub mod view;

pub use state::{Part, State};

#[cfg(test)]
mod tests;
