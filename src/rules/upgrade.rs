//! Rules of upgrades that are about versions and numbers alone: which way leads to a version, which patch releases a control
//! plane must not get, and how many machines a rollout has at once.
//!
//! Must not know: objects of a fleet, and who asks.

pub mod path;
pub mod registry;
pub mod regression;
pub mod surge;
