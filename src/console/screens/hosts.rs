//! The hosts of every pool, and the machines that wait for one: `:hosts`.

mod about;
mod cells;
pub mod state;
pub mod view;

pub use state::State;

#[cfg(test)]
mod tests;
