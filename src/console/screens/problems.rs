//! The screen of the problems: what is not as it should be, the worst first, each with what is at the bottom of it, who suffers
//! from it, and who has to act.

pub mod state;
pub mod view;

pub use state::{Ground, State};

#[cfg(test)]
mod tests;
