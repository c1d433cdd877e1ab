//! `fleetui version`: the versions of what is inside.

use std::io::Write as _;

/// Prints the program's version and those of the interfaces that it speaks.
pub(crate) fn run() -> color_eyre::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "fleetui      {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "Cluster API  v1beta2 (reads v1beta1 too)")?;
    Ok(())
}
