//! The screens. Screens never use screens.

pub mod help;
pub mod object;
pub mod tree;

/// A screen that stands over the tree.
#[derive(Debug)]
pub enum Screen {
    /// One object.
    Object(Box<object::State>),
    /// The keys.
    Help(help::State),
}
