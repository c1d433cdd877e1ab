//! The fleet tree, the home screen.

pub mod columns;
mod content;
mod empty;
mod management;
mod marked;
pub mod name;
pub mod state;
pub mod update;
pub mod view;

pub use state::State;

#[cfg(test)]
mod tests;
