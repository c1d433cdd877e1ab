//! Whether anything may be written at all, as the console is told and as it knows of the connections.

pub use fleetui_fleet::act::access::Access;
