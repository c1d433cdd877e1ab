//! The state of the connection to one management cluster, as the console shows it.

use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::{GroupKind, ManagementCluster};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Round trip of the last request that was measured.
    pub latency: Option<Duration>,
    /// Where the management cluster is: the server's URL, without credentials.
    pub server: CompactString,
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
            latency: None,
            server: server.into(),
        }
    }

    /// Whether what is shown of it is current.
    pub fn is_live(&self) -> bool {
        self.connection == Connection::Live
    }
}
