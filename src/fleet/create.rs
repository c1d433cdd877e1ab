//! Creating a cluster: which questions there are, what is wrong with an answer, the objects that come of the answers, in which
//! order they are created, and what is known of a creation that is under way or was interrupted.
//!
//! `Flavour` (a template) -> `Form` (its variables as questions) -> objects -> `Creation` (the ordered objects, and what became
//! of each). Must not know: how anything is typed, read, written or kept.

mod builtin;
mod check;
mod class;
mod clean_up;
mod creation;
mod draft;
mod flavour;
mod form;
mod from_cluster;
mod input;
mod known;
mod like;
mod lists;
mod meanings;
mod order;
mod places;
mod pools;
mod progress;
mod references;
mod render;
mod server_says;
mod sets;
mod summary;
mod taken;
mod takes;
mod vain;
mod value;
mod variable_rule;
mod variables;
mod wanted;
mod yaml;

pub use crate::topology::runs as topology_runs;
pub use check::{Grade, Remark};
pub use class::of_class;
pub use clean_up::{clean_up, goes_first};
pub use creation::{CREATION, Creation, CreationState, Item, ItemState, plan_creation};
pub use draft::CreateDraft;
pub use flavour::{Flavour, PLAIN, Sort, built_in, built_ins, flavor_of_file};
pub use form::{Field, Form};
pub use from_cluster::{NoDraft, form_of_cluster};
pub use input::Input;
pub use known::{proposed_version, suggested_endpoints, suggested_networks, suggested_versions};
pub use like::Like;
pub use order::ordered;
pub use progress::{Progress, progress};
pub use references::{Wanted, not_created};
pub use render::documents;
pub use sets::{MadeBy, WorkerSet};
pub use variable_rule::{Machines, Part, VariableRule};
pub use variables::Variables;
pub use wanted::own_networks;
pub use yaml::{Edited, read_back, written};

#[cfg(test)]
mod tests;
