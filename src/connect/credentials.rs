//! Credentials that a plugin gives: run once for everybody who needs the same, kept until they expire, never at the terminal.
//!
//! The kube client would run a plugin three times in a row, with the terminal's input and without a limit in time. So it
//! never gets to see one: it is handed what the plugin gave.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleetui_base::SharedClock;
use fleetui_base::redact::Secret;
use jiff::Timestamp;
use tokio::sync::{OwnedMutexGuard, Semaphore};

mod plugin;

pub use plugin::Plugin;

/// What a plugin gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// A bearer token.
    pub token: Option<Secret<String>>,
    /// A client certificate and its key, both PEM.
    pub certificate: Option<(String, Secret<String>)>,
    /// When it ends, where the plugin says so.
    pub expires: Option<Timestamp>,
}

/// Why there is no credential. In each, `words` are the plugin's own, bounded and not yet safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The plugin is not installed.
    #[error("credential plugin {command} is not installed{}", hinted(.hint))]
    NotInstalled {
        /// The command.
        command: String,
        /// The kubeconfig's own hint.
        hint: String,
    },
    /// The plugin could not be started.
    #[error("credential plugin {command} cannot be run: {what}")]
    NotRun {
        /// The command.
        command: String,
        /// What the system says.
        what: String,
    },
    /// The plugin said no.
    #[error("credential plugin {command} failed ({status}){}", said(.words))]
    Failed {
        /// The command.
        command: String,
        /// Its exit status.
        status: String,
        /// What it said.
        words: String,
    },
    /// The plugin took too long and was ended.
    #[error("credential plugin {command} did not answer within {} s{}", .after.as_secs(), said(.words))]
    TimedOut {
        /// The command.
        command: String,
        /// How long it was given.
        after: Duration,
        /// What it had said until then.
        words: String,
    },
    /// What the plugin printed is no credential.
    #[error("credential plugin {command} printed no credential: {what}{}", said(.words))]
    Malformed {
        /// The command.
        command: String,
        /// What is wrong with it. Never the output itself.
        what: String,
        /// What it said besides.
        words: String,
    },
    /// The plugin wants to talk to a person (`interactiveMode: Always`).
    #[error("credential plugin {command} asks questions, and is run only when a person logs in")]
    Interactive {
        /// The command.
        command: String,
    },
    /// A way to log in that is not supported.
    #[error("{0}")]
    Unsupported(String),
    /// A token file cannot be read.
    #[error("token file {}: {what}", .file.display())]
    TokenFile {
        /// The file.
        file: PathBuf,
        /// What the system says.
        what: String,
    },
}

/// How plugins are run.
#[derive(Debug, Clone)]
pub struct PluginSettings {
    /// How long a plugin may take.
    pub timeout: Duration,
    /// How many plugins run at a time.
    pub at_once: usize,
    /// How long a plugin that failed is left alone; doubled with each failure.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// A credential that is refused before it is this old is not asked for again at once.
    pub youngest_refused: Duration,
}

impl Default for PluginSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            at_once: 16,
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_mins(5),
            youngest_refused: Duration::from_secs(30),
        }
    }
}

/// Runs plugins for all sessions of the process and keeps what they give.
pub struct Broker {
    clock: SharedClock,
    settings: PluginSettings,
    permits: Semaphore,
    slots: Mutex<HashMap<Plugin, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What is known of one plugin. Whoever holds its lock runs the plugin; the others wait and find the result.
#[derive(Default)]
struct Slot {
    kept: Option<Kept>,
    failures: u32,
    /// The last failure, and the moment until which the plugin is left alone.
    failure: Option<(CredentialError, Duration)>,
}

struct Kept {
    credential: Arc<Credential>,
    obtained: Duration,
    refresh_at: Option<Timestamp>,
}

impl Broker {
    /// A broker that has not run anything yet.
    pub fn new(clock: SharedClock, settings: PluginSettings) -> Arc<Self> {
        let permits = Semaphore::new(settings.at_once.max(1));
        Arc::new(Self {
            clock,
            settings,
            permits,
            slots: Mutex::default(),
        })
    }

    /// The plugin's credential: the kept one while it is good, else a new one. While a plugin that failed is left alone,
    /// its failure is the answer.
    pub async fn credential(&self, plugin: &Plugin) -> Result<Arc<Credential>, CredentialError> {
        let slot = self.slot(plugin);
        // Whoever holds this lock runs the plugin, bounded by its timeout; the others wait for the same answer.
        let mut slot = slot.lock().await;
        if let Some(kept) = slot.kept.as_ref().filter(|kept| kept.is_good(self.clock.now())) {
            return Ok(Arc::clone(&kept.credential));
        }
        if let Some((error, until)) = slot
            .failure
            .as_ref()
            .filter(|(_, until)| self.clock.monotonic() < *until)
        {
            tracing::debug!(%error, ?until, "credential plugin is left alone");
            return Err(error.clone());
        }
        if plugin.always_talks() {
            // One that has not ended serves to its end; there is no renewal without the person.
            return match slot.kept.as_ref().filter(|kept| kept.serves(self.clock.now())) {
                Some(kept) => Ok(Arc::clone(&kept.credential)),
                None => Err(CredentialError::Interactive {
                    command: plugin.command().to_owned(),
                }),
            };
        }
        let outcome = self.run(plugin).await;
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        match outcome {
            Ok(credential) => Ok(self.keep(&mut slot, credential)),
            Err(error) => {
                let pause = self
                    .settings
                    .first_pause
                    .saturating_mul(1 << slot.failures.min(16));
                let pause = pause.min(self.settings.longest_pause);
                slot.failures = slot.failures.saturating_add(1);
                // A renewal that fails early takes nothing away: the old credential serves until it ends.
                if let Some(kept) = slot.kept.as_mut().filter(|kept| kept.serves(now)) {
                    kept.refresh_at = now.checked_add(pause).ok();
                    return Ok(Arc::clone(&kept.credential));
                }
                slot.failure = Some((error.clone(), monotonic + pause));
                slot.kept = None;
                Err(error)
            }
        }
    }

    /// The turn of a person who logs in: comes once nobody else runs the plugin, which their own limit in time bounds. Others who
    /// need the same wait until it is over.
    pub async fn turn(self: &Arc<Self>, plugin: &Plugin) -> Turn {
        Turn {
            broker: Arc::clone(self),
            plugin: plugin.clone(),
            slot: self.slot(plugin).lock_owned().await,
        }
    }

    fn keep(&self, slot: &mut Slot, credential: Credential) -> Arc<Credential> {
        let credential = Arc::new(credential);
        let now = self.clock.now();
        *slot = Slot {
            kept: Some(Kept {
                credential: Arc::clone(&credential),
                obtained: self.clock.monotonic(),
                refresh_at: credential.expires.map(|expires| refresh_at(now, expires)),
            }),
            ..Slot::default()
        };
        credential
    }

    /// Says that a server refused this credential. A young one is kept: a plugin that gives what is refused would
    /// otherwise run without end.
    pub async fn refused(&self, plugin: &Plugin, credential: &Arc<Credential>) {
        let slot = self.slot(plugin);
        let mut slot = slot.lock().await;
        let now = self.clock.monotonic();
        let old_enough = slot.kept.as_ref().is_some_and(|kept| {
            Arc::ptr_eq(&kept.credential, credential)
                && now.saturating_sub(kept.obtained) >= self.settings.youngest_refused
        });
        if old_enough {
            slot.kept = None;
        }
    }

    /// Forgets what is kept of the plugin, failures too: the user asked for a new attempt.
    pub async fn forget(&self, plugin: &Plugin) {
        *self.slot(plugin).lock().await = Slot::default();
    }

    fn slot(&self, plugin: &Plugin) -> Arc<tokio::sync::Mutex<Slot>> {
        // The map is whole even if a thread panicked while it held the lock: it only ever inserts.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        match slots.get(plugin) {
            Some(slot) => Arc::clone(slot),
            None => Arc::clone(slots.entry(plugin.clone()).or_default()),
        }
    }

    async fn run(&self, plugin: &Plugin) -> Result<Credential, CredentialError> {
        // The semaphore is never closed; if it were, plugins would run without that bound.
        let _permit = self.permits.acquire().await.ok();
        plugin.run(self.settings.timeout).await
    }
}

/// The turn of a person who logs in with a plugin, which nobody else runs meanwhile.
pub struct Turn {
    broker: Arc<Broker>,
    plugin: Plugin,
    slot: OwnedMutexGuard<Slot>,
}

impl Turn {
    /// Runs the plugin at the terminal, which whoever calls this has given away, and keeps what it gives. What is kept stays
    /// where the person does not come through.
    ///
    /// # Errors
    /// Where the plugin gave no credential within `limit`.
    pub async fn log_in(mut self, limit: Duration) -> Result<(), CredentialError> {
        let credential = self.plugin.converse(limit).await?;
        self.broker.keep(&mut self.slot, credential);
        Ok(())
    }
}

impl Kept {
    /// Whether it need not be renewed yet.
    fn is_good(&self, now: Timestamp) -> bool {
        self.refresh_at.is_none_or(|refresh_at| now < refresh_at) && self.serves(now)
    }

    /// Whether it has not ended. One without an end is asked for again only when it was refused.
    fn serves(&self, now: Timestamp) -> bool {
        self.credential.expires.is_none_or(|expires| now < expires)
    }
}

/// A credential is renewed a minute before it ends; a short-lived one after four fifths of its life; and none at once.
fn refresh_at(now: Timestamp, expires: Timestamp) -> Timestamp {
    let life = expires.duration_since(now).max(jiff::SignedDuration::ZERO);
    let margin = (life / 5).min(jiff::SignedDuration::from_secs(60));
    let wait = (life - margin).max(jiff::SignedDuration::from_secs(5));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

fn said(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    }
}

fn hinted(hint: &str) -> String {
    if hint.is_empty() {
        String::new()
    } else {
        format!("; {hint}")
    }
}

#[cfg(test)]
mod tests;
