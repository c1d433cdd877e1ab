//! The text of an object as YAML: which line is about which field, how it looks, and what may be typed next.
//!
//! Must not know: which screen shows it.

pub mod complete;
pub mod highlight;
pub mod position;
pub mod text;
pub mod view;

pub use complete::{Completion, complete};
pub use highlight::highlighted;
pub use position::Places;
pub use text::Text;
