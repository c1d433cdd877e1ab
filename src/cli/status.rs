//! The exit status of commands: 0 well, 1 failed, and these.

/// It took too long; clap gives the same for a wrong usage.
pub(crate) const TIMED_OUT: u8 = 2;
/// It was refused: read-only, no permission, a check before the deed.
pub(crate) const REFUSED: u8 = 3;
/// Something is not as it should be, and `--exit-code` asks to be told so.
pub(crate) const FOUND: u8 = 4;

/// Why a command refuses to do what it was asked for; ends the program with `REFUSED`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);
