//! The management clusters: how the connection to each stands, what it is, how one is known there, what is denied and what is
//! unsafe. In groups, where the fleet file has some.

pub mod state;
pub mod view;

pub use state::State;

#[cfg(test)]
mod tests;
