//! The nodes of workload clusters: `:nodes`.

mod about;
pub mod state;
pub mod view;

pub use state::State;

#[cfg(test)]
mod tests;
