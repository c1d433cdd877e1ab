//! What paints cells. Widgets take `Shown`, the only text that is safe for a terminal, and styles; they know nothing
//! of fleets, roles or keys.

pub mod paint;

pub use paint::{fill, input, put, put_right, skip, skip_rows};
