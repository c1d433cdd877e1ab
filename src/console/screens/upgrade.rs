//! The screen of a cluster's upgrade: which versions are possible, what stands in the way of one, which steps lead there, and how
//! far an upgrade is that is stored.

pub mod state;
pub mod view;

pub use state::{Ground, State};

#[cfg(test)]
mod tests;
