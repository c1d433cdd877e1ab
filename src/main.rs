//! The `fleetui` binary: parses the arguments and hands over to `cli`.
fn main() {}
