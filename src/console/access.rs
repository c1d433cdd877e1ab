//! The one gate for everything that writes.

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::{FleetStore, Session};

use crate::connection;

/// Whether anything may be written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes, where the management cluster allows it.
    ReadWrite,
    /// No, and it can be taken back by command.
    ReadOnly,
    /// No, by flag or configuration; only a new start changes that.
    ReadOnlyForGood,
}

impl Access {
    /// Whether nothing is written.
    pub fn is_read_only(self) -> bool {
        match self {
            Self::ReadWrite => false,
            Self::ReadOnly | Self::ReadOnlyForGood => true,
        }
    }

    /// Whether something may be written to `management_cluster` now; if not, why.
    pub fn check(self, fleet: &FleetStore, management_cluster: &ManagementCluster) -> Result<(), Shown> {
        let no = |text: String| Err(Shown::line(&text));
        match self {
            Self::ReadWrite => {}
            Self::ReadOnly => return no("read-only: nothing is written (:readonly takes it back)".to_owned()),
            Self::ReadOnlyForGood => {
                return no("read-only: fleetui was started so; nothing is written".to_owned());
            }
        }
        match fleet.session(management_cluster) {
            None => no(format!("{management_cluster} is not connected")),
            Some(session) => check_session(session),
        }
    }
}

fn check_session(session: &Session) -> Result<(), Shown> {
    let name = &session.management_cluster;
    if session.read_only {
        return Err(Shown::line(&format!(
            "{name} is read-only by configuration; nothing is written there"
        )));
    }
    if session.is_live() {
        return Ok(());
    }
    let word = connection::word(&session.connection);
    Err(Shown::line(&format!(
        "{name} is {word}: what is shown may be old, so nothing is written there"
    )))
}
