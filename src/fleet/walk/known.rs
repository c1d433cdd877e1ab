//! An upgrade of a cluster as it is known here: what is stored of it, who holds it, and whether it is walked from here.

use fleetui_base::ObjectKey;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{StepState, Walk, WalkState};
use crate::act::Actor;

/// The most characters of a user's or a machine's name.
const LONGEST_WORD: usize = 64;

/// An upgrade that is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The Cluster.
    pub cluster: ObjectKey,
    /// The ConfigMap, for who writes it.
    pub config_map: Value,
    /// What it holds, or why that cannot be gone on with. Not yet safe to show.
    pub walk: Result<Walk, String>,
    /// Who holds its Lease; nothing where nobody does.
    pub holder: Option<Holder>,
    /// What this program does with it, where it does something.
    pub here: Option<Here>,
}

/// Who holds the Lease of a walk, as that says itself. Whether that is still there, only waiting tells for sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who: the user, the program and its process. Not yet safe to show.
    pub identity: String,
    /// When it was renewed last, by the holder's clock.
    pub renewed: Option<Timestamp>,
    /// For so many seconds it counts from then.
    pub lasts_seconds: u64,
}

/// What this program does with a walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Here {
    /// It waits to take it over: for whom. Not yet safe to show.
    Waits(String),
    /// It takes its steps; what is waited for or was done last. Not yet safe to show.
    Walks(String),
    /// It does not go on, by no word of the walk itself: why. Not yet safe to show.
    Fails(String),
}

impl Holder {
    /// How a program says who it is as it takes the Lease: `ada@jump-1 (console 4711):9f`, of which the end keeps two of the same
    /// process apart. Nothing in it is more than a word, whatever the environment says.
    pub fn identity(actor: &Actor, process: u32, random: u64) -> String {
        let (user, by) = (word(&actor.user), word(&actor.by));
        let at = if actor.host.is_empty() { "" } else { "@" };
        let host = word(&actor.host);
        format!("{user}{at}{host} ({by} {process}):{random:08x}")
    }

    /// The same as people call it: what keeps two of the same process apart is for nobody's eyes. Not yet safe to show.
    pub fn name(&self) -> &str {
        match self.identity.rsplit_once(':') {
            // As it was written before, and as it is.
            Some((name, _)) if name.contains(':') || name.ends_with(')') => name,
            Some(_) | None => &self.identity,
        }
    }

    /// Whether it still counts at `now`, by the clocks as they are.
    pub fn counts(&self, now: Timestamp) -> bool {
        let lasts = SignedDuration::from_secs(i64::try_from(self.lasts_seconds).unwrap_or(i64::MAX));
        self.renewed
            .is_some_and(|renewed| now.duration_since(renewed) <= lasts)
    }
}

/// Text of the environment as one word of letters, digits and what stands in names.
fn word(text: &str) -> String {
    let kept = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let characters = text.chars().take(LONGEST_WORD);
    let word = characters.map(|character| if kept(character) { character } else { '_' });
    word.collect()
}

impl Known {
    /// The walk, where it can be read.
    pub fn walk(&self) -> Option<&Walk> {
        self.walk.as_ref().ok()
    }

    /// Whether something may still come of it.
    pub fn is_open(&self) -> bool {
        self.walk().is_none_or(|walk| !walk.state.has_ended())
    }

    /// Whether this program takes its steps, or is about to.
    pub fn is_walked_here(&self) -> bool {
        matches!(self.here, Some(Here::Waits(_) | Here::Walks(_)))
    }

    /// Whether somebody takes its steps at `now`, here or elsewhere.
    pub fn is_walked(&self, now: Timestamp) -> bool {
        let goes = self.walk().is_some_and(|walk| walk.state == WalkState::Going);
        goes && (self.is_walked_here() || self.holder.as_ref().is_some_and(|holder| holder.counts(now)))
    }

    /// The revision of the ConfigMap.
    pub fn resource_version(&self) -> &str {
        let version = self.config_map.pointer("/metadata/resourceVersion");
        version.and_then(Value::as_str).unwrap_or_default()
    }
}

impl Walk {
    /// Machines that were replaced by the steps that are done, and those of all steps.
    pub fn machines(&self) -> (i64, i64) {
        let of = |done: bool| {
            let steps = self.steps.iter();
            let meant = steps.filter(move |step| !done || matches!(step.state, StepState::Done(_)));
            meant.map(|step| step.machines).sum()
        };
        (of(true), of(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_says_who_it_is_and_on_which_machine() {
        let actor = |user: &str, host: &str| Actor {
            user: user.into(),
            host: host.into(),
            by: "console".into(),
            ..Actor::default()
        };
        let name = |actor: &Actor| {
            let holder = Holder {
                identity: Holder::identity(actor, 4711, 0x9f),
                renewed: None,
                lasts_seconds: 30,
            };
            holder.name().to_owned()
        };
        assert_eq!(
            Holder::identity(&actor("ada", "jump-1"), 4711, 0x9f),
            "ada@jump-1 (console 4711):0000009f"
        );
        assert_eq!(name(&actor("ada", "jump-1")), "ada@jump-1 (console 4711)");
        assert_eq!(
            name(&actor("a\u{1b}[31m:b", "j\n(x)")),
            "a__31m_b@j__x_ (console 4711)",
            "nothing steers a terminal, or looks like another part of it"
        );
        assert_eq!(
            name(&actor(&"a".repeat(1000), "")),
            format!("{} (console 4711)", "a".repeat(64))
        );
        // As earlier versions wrote it, and as others do.
        for (identity, name) in [
            ("ada@console:4711:9f", "ada@console:4711"),
            ("kubectl", "kubectl"),
        ] {
            let holder = Holder {
                identity: identity.to_owned(),
                renewed: None,
                lasts_seconds: 30,
            };
            assert_eq!(holder.name(), name);
        }
    }
}
