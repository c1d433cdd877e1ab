//! What is asked before something is done to objects: a panel that names the object, where it is and how far it reaches, what
//! the gate and the server say of it, and what confirms it; and what was sent off.
//!
//! `Menu -> Dialog: Checking -> Ready | Refused`, and then a `Running` that is `Applying -> Done | Failed`. Objects are bound by
//! their uid when the key is pressed: whatever is filtered, sorted or made anew meanwhile, nothing else is written.

pub mod hosts;
pub(crate) mod judged;
pub mod kubeconfig;
pub mod lines;
pub mod open;
pub mod remark;
pub mod room;
pub mod running;
pub mod state;
mod undoing;
pub mod update;
pub mod view;

pub use running::{Running, Status};
pub use state::{Asks, Dialog, Item, Menu, Standing, State};

#[cfg(test)]
mod tests;
