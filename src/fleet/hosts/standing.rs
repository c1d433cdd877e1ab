//! In which group a host is, for who counts them.

use fleetui_rules::hosts::{Hold, Stage, State};

/// In which of a few groups a host is; each is in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// It can be taken at once.
    Free,
    /// A machine has it and nothing has begun, or it is kept for one cluster.
    Reserved,
    /// A machine runs on it, or is being brought up on it.
    Attached,
    /// Its agent was not heard for too long, whatever it is at.
    Stale,
    /// It is held back because machines failed on it.
    Quarantined,
    /// It takes no machine for another reason: being reset, cordoned, looked after, not approved.
    Unavailable,
    /// Its management cluster tells nothing new of it, so that it is not known what it is at.
    NotLive,
}

impl Standing {
    /// All groups, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Free,
        Self::Reserved,
        Self::Attached,
        Self::Stale,
        Self::Quarantined,
        Self::Unavailable,
        Self::NotLive,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Reserved => "reserved",
            Self::Attached => "in-use",
            Self::Stale => "stale",
            Self::Quarantined => "quarantined",
            Self::Unavailable => "unavailable",
            Self::NotLive => "not-live",
        }
    }

    /// The group of a host in this state, which may be kept for one cluster.
    pub(super) fn of(state: State, kept_for: Option<&str>) -> Self {
        if state.quarantined {
            return Self::Quarantined;
        }
        if state.disconnected.is_some() {
            return Self::Stale;
        }
        match state.stage.hold() {
            Some(Hold::Reserved) => Self::Reserved,
            Some(Hold::InUse) => Self::Attached,
            None if state.stage == Stage::Free && state.is_free() => {
                // For all other clusters it is as if it were taken.
                kept_for.map_or(Self::Free, |_| Self::Reserved)
            }
            None => Self::Unavailable,
        }
    }
}
