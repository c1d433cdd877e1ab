//! Infrastructure providers, each in its own folder.
//!
//! Must not know: the core controllers; both meet in the objects alone.

pub(crate) mod byoh;
pub(crate) mod simulated;
pub(crate) mod simulated_hosts;
