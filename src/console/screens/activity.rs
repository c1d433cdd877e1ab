//! Activity: what is under way and which upgrades of clusters are stored, and below it what was done and tried from here, the newest
//! first, as the audit log has it.

mod about;
mod rows;
pub mod state;
pub mod view;

pub use state::{Ground, State};

#[cfg(test)]
mod tests;
