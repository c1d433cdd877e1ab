//! Limits in time and number. A value, so that tests are quick and a slow line can be given more.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fleetui_connect::{ConnectSettings, PluginSettings};
use fleetui_fleet::act::Actor;
use fleetui_fleet::table::Path;

use crate::act::audit::AuditLog;
use crate::create::Creations;
use crate::workload::WorkloadSettings;

/// How sessions behave in time.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Becoming connected.
    pub connect: ConnectSettings,
    /// Credential plugins.
    pub plugins: PluginSettings,
    /// How long a person may take to log in.
    pub login_timeout: Duration,
    /// Until the answer to a single request begins, how long it may then be silent, and until a watch stands.
    pub request_timeout: Duration,
    /// The same for a page of a list.
    pub list_timeout: Duration,
    /// Until a command is answered, all its requests together.
    pub execute_timeout: Duration,
    /// Objects of one page of a list, at most.
    pub page_size: u32,
    /// For how long one watch is asked for; jittered by a fifth. Shorter finds a dead peer sooner.
    pub watch_timeout: Duration,
    /// How long a watch may be silent past that before its peer counts as dead.
    pub watch_grace: Duration,
    /// A watch that lives this long, or brings anything, stands.
    pub watch_settles: Duration,
    /// Under load, changes leave at most this often.
    pub flush_every: Duration,
    /// A broken watch is shown as stale when it has not come back for this long.
    pub stale_after: Duration,
    /// A management cluster of which nothing came back for this long is shown as offline.
    pub offline_after: Duration,
    /// How often kinds, permissions and versions are looked at again.
    pub rediscover_every: Duration,
    /// How often a session that is merely alive says so.
    pub heard_every: Duration,
    /// The first pause before trying again; doubled with each failure, jittered.
    pub retry_first: Duration,
    /// The longest pause.
    pub retry_longest: Duration,
    /// Between two looks at an upgrade that is walked.
    pub walk_every: Duration,
    /// How workload clusters are asked.
    pub workload: WorkloadSettings,
    /// Updates that may wait for the console.
    pub queue: usize,
    /// What is looked up in every object and kept with it, for columns of the person's own.
    pub columns: LookedUp,
    /// Where everything is written down that is done or refused. Without it nothing is written.
    pub audit: AuditLog,
    /// Where creations of clusters are written down while they are under way.
    pub creations: Creations,
    /// Who acts.
    pub actor: Actor,
}

/// The paths that are looked up in every object; the same for all sessions, and to be changed while they run.
#[derive(Debug, Clone, Default)]
pub struct LookedUp(Arc<RwLock<Arc<Vec<Path>>>>);

impl LookedUp {
    /// These paths.
    pub fn new(paths: Vec<Path>) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(paths))))
    }

    /// The paths as they are at the moment.
    pub fn paths(&self) -> Arc<Vec<Path>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks others up from now on.
    pub fn set(&self, paths: Vec<Path>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(paths);
    }
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect: ConnectSettings::default(),
            plugins: PluginSettings::default(),
            login_timeout: Duration::from_mins(15),
            request_timeout: Duration::from_secs(10),
            list_timeout: Duration::from_mins(1),
            execute_timeout: Duration::from_secs(20),
            page_size: 500,
            watch_timeout: Duration::from_mins(1),
            watch_grace: Duration::from_secs(5),
            watch_settles: Duration::from_millis(500),
            flush_every: Duration::from_millis(50),
            stale_after: Duration::from_secs(3),
            offline_after: Duration::from_mins(5),
            rediscover_every: Duration::from_mins(1),
            heard_every: Duration::from_secs(15),
            retry_first: Duration::from_millis(800),
            retry_longest: Duration::from_secs(30),
            walk_every: Duration::from_secs(3),
            workload: WorkloadSettings::default(),
            queue: 256,
            columns: LookedUp::default(),
            audit: AuditLog::default(),
            creations: Creations::default(),
            actor: Actor::default(),
        }
    }
}
