//! Who owns which field of an object: server-side apply, and the `managedFields` that every write keeps.
//!
//! Follows the rules of Kubernetes' structured merge: paths and sets of fields (`element`, `fields`), what a field is by its
//! schema (`typed`), walks over typed values (`walk`), and the book of managers with what a write does to it (`managed`,
//! `owners`, `tracker`, `scale`).
//!
//! Must not know: requests, the store, other rules of kinds. It turns objects into objects.

pub(crate) mod element;
pub(crate) mod fields;
pub(crate) mod managed;
mod owners;
pub(crate) mod scale;
pub(crate) mod tracker;
pub(crate) mod typed;
mod values;
mod walk;

pub(crate) use owners::Versions;
pub(crate) use tracker::Tracker;
pub use typed::FieldTypes;

#[cfg(test)]
mod property_tests;
