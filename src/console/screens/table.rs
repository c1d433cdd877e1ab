//! A flat table over the fleet: `:machines`, `:clusters`, `:md` …

mod empty;
pub mod state;
pub mod view;

pub use state::State;

#[cfg(test)]
mod tests;
