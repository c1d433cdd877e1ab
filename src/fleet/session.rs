//! The state of the connection to one management cluster, as the console shows it.

use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::{GroupKind, ManagementCluster};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::act::Verb;

/// How the connection to a management cluster stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// Known, and not connected until it is asked for.
    Idle,
    /// First contact is under way.
    Connecting,
    /// Lists are being read.
    Syncing {
        /// Kinds that are complete.
        done: usize,
        /// Kinds in all.
        total: usize,
    },
    /// Every allowed kind is complete and its watch is open.
    Live,
    /// It was live; at least one watch is broken and rows are of then.
    Stale {
        /// The last moment that rows were known to be current.
        since: Timestamp,
        /// What is in the way.
        why: String,
        /// When it is tried again, where that is known.
        retry_at: Option<Timestamp>,
    },
    /// The credentials are not accepted, or could not be had.
    AuthNeeded {
        /// What the server or the credential plugin said, and what to do.
        how: String,
    },
    /// Not one kind may be read.
    Denied {
        /// What the server said.
        why: String,
    },
    /// Never reached, or not since long; tried again.
    Offline {
        /// What is in the way.
        why: String,
        /// When it is tried again.
        retry_at: Timestamp,
    },
}

impl Connection {
    /// The state in a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "not connected",
            Self::Connecting => "connecting",
            Self::Syncing { .. } => "loading",
            Self::Live => "live",
            Self::Stale { .. } => "stale",
            Self::AuthNeeded { .. } => "login needed",
            Self::Denied { .. } => "denied",
            Self::Offline { .. } => "offline",
        }
    }

    /// Whether what is known by it is current, or on its way to be.
    pub fn is_current(&self) -> bool {
        match self {
            Self::Live | Self::Syncing { .. } | Self::Connecting => true,
            Self::Idle
            | Self::Stale { .. }
            | Self::AuthNeeded { .. }
            | Self::Denied { .. }
            | Self::Offline { .. } => false,
        }
    }

    /// Whether everything was read, or it is said why not; what is under way is not settled.
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Connecting | Self::Syncing { .. } => false,
            Self::Idle
            | Self::Live
            | Self::Stale { .. }
            | Self::AuthNeeded { .. }
            | Self::Denied { .. }
            | Self::Offline { .. } => true,
        }
    }
}

/// Which of Cluster API's shapes the objects of a management cluster have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiEra {
    /// v1beta1 alone, conditions with severities (Cluster API up to 1.8).
    V1Beta1,
    /// v1beta1 with the new conditions under `status.v1beta2` (1.9 and 1.10).
    V1Beta1WithV1Beta2Status,
    /// v1beta2 (from 1.11).
    V1Beta2,
}

/// What the user may change at a management cluster, as far as it was asked. A hint: the server decides with each write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Permitted {
    /// It was not asked yet, or could not be found out.
    #[default]
    Unknown,
    /// All of what fleetui changes.
    Everything,
    /// Some of it; the rest is in [`Session::forbidden`] as far as it is known.
    Some,
    /// Nothing.
    Nothing,
}

/// One management cluster's session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The management cluster.
    pub management_cluster: ManagementCluster,
    /// How the connection stands.
    pub connection: Connection,
    /// Whether nothing may be written there, by flag or configuration.
    pub read_only: bool,
    /// Which API the objects have, once it is known.
    pub era: Option<ApiEra>,
    /// Version of the Kubernetes API server, `v1.33.1`.
    pub server_version: Option<CompactString>,
    /// Providers and their versions, `cluster-api v1.14.0`, where the inventory can be read.
    pub providers: Vec<(CompactString, CompactString)>,
    /// Kinds that may not be read.
    pub denied: Vec<GroupKind>,
    /// The last moment that the server was heard.
    pub heard: Option<Timestamp>,
    /// The last moment at which all that is known of it was current, once there was one.
    #[serde(default)]
    pub current_until: Option<Timestamp>,
    /// Since when it is not connected as it should be: from the first failure on, however often it is tried again since.
    #[serde(default)]
    pub away_since: Option<Timestamp>,
    /// Round trip of the last request that was measured.
    pub latency: Option<Duration>,
    /// Where the management cluster is: the server's URL, without credentials.
    pub server: CompactString,
    /// The group that the user's fleet file puts it in.
    pub group: Option<CompactString>,
    /// The theme that the user's fleet file gives it.
    pub theme: Option<CompactString>,
    /// What is unsafe in how it is reached, in words.
    pub warnings: Vec<CompactString>,
    /// The namespaces that are read in the place of the whole; none where the whole is.
    pub namespaces: Vec<CompactString>,
    /// Kinds that may not be read in single namespaces, while they may be in others.
    pub denied_in: Vec<(GroupKind, CompactString)>,
    /// How far the server's clock is ahead of ours; behind where it is negative. Only where that is enough to be told.
    pub skew: Option<SignedDuration>,
    /// How it is logged in to, as far as that is known.
    pub login: Option<Login>,
    /// What the user will not be allowed to do with objects of which kinds, as far as that was asked. A hint for what is offered.
    #[serde(default)]
    pub forbidden: Vec<(GroupKind, Verb)>,
    /// How much of what fleetui changes the user may change, by the same questions.
    #[serde(default)]
    pub permitted: Permitted,
}

/// The clock of a management cluster against ours: what is written in its objects is of the one, ages are shown by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// What it shows.
    pub(crate) now: Timestamp,
    /// How far it is ahead of ours.
    pub(crate) ahead: SignedDuration,
}

impl Clock {
    /// The clock of a session's server at `now` of ours; ours, where nothing else is known.
    pub(crate) fn of(session: Option<&Session>, now: Timestamp) -> Self {
        let ahead = session.and_then(|session| session.skew).unwrap_or_default();
        Self {
            now: now.checked_add(ahead).unwrap_or(now),
            ahead,
        }
    }

    /// What our clock showed when it showed `then`.
    pub(crate) fn ours(self, then: Timestamp) -> Timestamp {
        then.checked_sub(self.ahead).unwrap_or(then)
    }
}

/// How a management cluster is logged in to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// In words: `client certificate`, `plugin tsh`.
    pub way: CompactString,
    /// Whether there is a program that a person can log in with.
    pub by_plugin: bool,
    /// The user in whose name everything is asked, where that is another one.
    pub acting_as: Option<CompactString>,
}

impl Session {
    /// A session that has not begun.
    pub fn idle(management_cluster: ManagementCluster, server: &str, read_only: bool) -> Self {
        Self {
            management_cluster,
            connection: Connection::Idle,
            read_only,
            era: None,
            server_version: None,
            providers: Vec::new(),
            denied: Vec::new(),
            heard: None,
            current_until: None,
            away_since: None,
            latency: None,
            server: server.into(),
            group: None,
            theme: None,
            warnings: Vec::new(),
            namespaces: Vec::new(),
            denied_in: Vec::new(),
            skew: None,
            login: None,
            forbidden: Vec::new(),
            permitted: Permitted::Unknown,
        }
    }

    /// Whether nothing is written there: by the configuration, or as the server permits nothing that fleetui changes.
    pub fn takes_no_writes(&self) -> bool {
        self.read_only || self.permitted == Permitted::Nothing
    }

    /// What the server's clock shows at `now` of ours. What is written in objects is of that clock, so ages are told by it.
    pub fn server_time(&self, now: Timestamp) -> Timestamp {
        let Some(skew) = self.skew else { return now };
        now.checked_add(skew).unwrap_or(now)
    }

    /// The last moment at which what is known of it was current, as far as there was one.
    pub fn known_until(&self) -> Option<Timestamp> {
        match &self.connection {
            Connection::Stale { since, .. } => Some(*since),
            Connection::Live => self.heard,
            // To be heard is not to be known: a refusal tells nothing of what is there.
            Connection::Idle
            | Connection::Connecting
            | Connection::Syncing { .. }
            | Connection::AuthNeeded { .. }
            | Connection::Denied { .. }
            | Connection::Offline { .. } => self.current_until,
        }
    }

    /// Takes in how the connection stands from `now` on, and what follows from that for what is known of it.
    pub fn stands(&mut self, connection: Connection, now: Timestamp) {
        match &connection {
            Connection::Live => {
                self.current_until = self.heard;
                self.away_since = None;
            }
            Connection::Idle => self.away_since = None,
            // Nothing is lost and nothing is won before it is live.
            Connection::Connecting | Connection::Syncing { .. } => {}
            Connection::Stale { since, .. } => {
                self.current_until = Some(*since);
                self.away_since.get_or_insert(*since);
            }
            Connection::AuthNeeded { .. } | Connection::Denied { .. } | Connection::Offline { .. } => {
                // It was live until then, and nothing is known of it since.
                if self.is_live() {
                    self.current_until = self.heard;
                }
                self.away_since.get_or_insert(now);
            }
        }
        self.connection = connection;
    }

    /// What may not be read there, the kind that everybody knows first: `may not list Clusters and 22 other kinds`.
    pub fn refused(&self) -> Option<String> {
        let known = [
            Role::Cluster,
            Role::Machine,
            Role::ControlPlane,
            Role::MachineDeployment,
        ];
        let place = |kind: &&GroupKind| {
            let role = Role::of(kind);
            known
                .iter()
                .position(|known| *known == role)
                .unwrap_or(known.len())
        };
        let first = &self.denied.iter().min_by_key(place)?.kind;
        Some(match self.denied.len() - 1 {
            0 => format!("may not list {first}s"),
            1 => format!("may not list {first}s and 1 other kind"),
            others => format!("may not list {first}s and {others} other kinds"),
        })
    }

    /// Whether what is shown of it is current.
    pub fn is_live(&self) -> bool {
        self.connection == Connection::Live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    #[test]
    fn what_is_refused_is_told_by_the_kind_that_everybody_knows() {
        let mut session = Session::idle(ManagementCluster::new("lab"), "", false);
        assert_eq!(session.refused(), None);
        session.denied = vec![GroupKind::new("bootstrap.cluster.x-k8s.io", "EKSConfig")];
        assert_eq!(session.refused().as_deref(), Some("may not list EKSConfigs"));
        session.denied.push(GroupKind::new("cluster.x-k8s.io", "Machine"));
        session.denied.push(GroupKind::new("cluster.x-k8s.io", "Cluster"));
        assert_eq!(
            session.refused().as_deref(),
            Some("may not list Clusters and 2 other kinds")
        );
    }

    #[test]
    fn what_is_away_has_been_so_since_the_first_failure_however_often_it_is_tried() {
        let mut session = Session::idle(ManagementCluster::new("lab"), "", false);
        let denied = || Connection::Denied { why: "no".to_owned() };
        session.stands(Connection::Connecting, at(0));
        session.stands(denied(), at(10));
        session.heard = Some(at(10));
        session.stands(Connection::Connecting, at(60));
        session.stands(Connection::Syncing { done: 0, total: 3 }, at(61));
        session.stands(denied(), at(62));
        assert_eq!(session.away_since, Some(at(10)));
        // It was heard, and nothing was ever known of it.
        assert_eq!(session.known_until(), None);
        session.heard = Some(at(100));
        session.stands(Connection::Live, at(100));
        assert_eq!((session.away_since, session.known_until()), (None, Some(at(100))));
        let stale = Connection::Stale {
            since: at(120),
            why: "reset".to_owned(),
            retry_at: None,
        };
        session.stands(stale, at(130));
        let offline = Connection::Offline {
            why: "refused".to_owned(),
            retry_at: at(500),
        };
        session.stands(offline, at(400));
        assert_eq!(
            (session.away_since, session.known_until()),
            (Some(at(120)), Some(at(120)))
        );
    }
}
