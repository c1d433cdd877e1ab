//! What an act is called, and how it ended, in a few words for a table or a sentence.

use super::audit::{Outcome, Stage};
use super::{CreateDeed, Deed, HostDeed, LabelChange, MachineDeed, Step, WalkDeed};

impl Deed {
    /// What is wanted: `scale to 5`, `delete`.
    pub fn told(&self) -> String {
        let word = match self {
            // One that was refused before a value was typed has none.
            Self::Scale(to) if to.is_empty() => "scale",
            Self::Upgrade(to) if to.is_empty() => "upgrade",
            Self::Scale(to) => return format!("scale to {to}"),
            Self::Upgrade(to) => return format!("upgrade to {to}"),
            Self::Undo(id) => return format!("undo {}", id.0),
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Delete => "delete",
            Self::Edit(_) => "edit",
            Self::Apply => "apply",
            Self::Install => "install Cluster API",
            Self::Kubeconfig => "kubeconfig",
            Self::Machine(deed) => deed.told(),
            Self::Host(deed) => return deed.told(),
            Self::Walk(deed) => match deed {
                WalkDeed::Begin(to) => return format!("upgrade cluster to {to}"),
                WalkDeed::Pause => "pause upgrade",
                WalkDeed::Resume => "resume upgrade",
                WalkDeed::Abandon => "abandon upgrade",
            },
            Self::Create(deed) => match deed {
                CreateDeed::Begin(flavour) => return format!("create cluster from {flavour}"),
                CreateDeed::Resume => "resume creation",
                CreateDeed::CleanUp => "clean up creation",
            },
        };
        word.to_owned()
    }
}

impl HostDeed {
    /// What is wanted of a host.
    pub fn told(&self) -> String {
        let word = match self {
            Self::Approve => "approve",
            Self::Label(changes) => {
                let changes: Vec<String> = changes
                    .iter()
                    .map(|(key, value)| match value {
                        Some(value) => format!("{key}={value}"),
                        None => format!("{key}-"),
                    })
                    .collect();
                return format!("label {}", changes.join(" "));
            }
            Self::Cordon(true) => "cordon",
            Self::Cordon(false) => "uncordon",
            Self::Maintain(true) => "begin maintenance",
            Self::Maintain(false) => "end maintenance",
            Self::Reserve(Some(cluster)) => return format!("reserve for {cluster}"),
            Self::Reserve(None) => "reserve no more",
            Self::Quarantine(true) => "quarantine",
            Self::Quarantine(false) => "clear quarantine",
            Self::Release => "release",
            Self::Reset => "reset",
        };
        word.to_owned()
    }

    /// How labels are typed, for who has typed none.
    pub const LABELS: &str = "labels are written KEY=VALUE, and KEY- takes one away";

    /// A label as it is typed: `key=value` sets it, `key-` takes it away. Anything else is none.
    pub fn label_of(word: &str) -> Option<LabelChange> {
        match word.split_once('=') {
            Some((key, value)) => Some((key.into(), Some(value.into()))),
            None => word.strip_suffix('-').map(|key| (key.into(), None)),
        }
    }

    /// Why changes of labels contradict each other, where they do: a key is set and taken away, or set to two values. Not yet safe
    /// to show.
    pub fn contradiction(changes: &[LabelChange]) -> Option<String> {
        let told = |(key, value): &LabelChange| match value {
            Some(value) => format!("{key}={value}"),
            None => format!("{key}-"),
        };
        changes.iter().enumerate().find_map(|(at, change)| {
            let mut earlier = changes.iter().take(at);
            let other = earlier.find(|other| other.0 == change.0 && other.1 != change.1)?;
            let (one, two) = (told(other), told(change));
            Some(format!(
                "{one} and {two} contradict each other: say what becomes of {} once",
                change.0
            ))
        })
    }

    /// Whether what is written says why, so that another reason makes another plan.
    pub fn tells_why(&self) -> bool {
        match self {
            Self::Maintain(on) | Self::Quarantine(on) => *on,
            Self::Release => true,
            Self::Approve | Self::Label(_) | Self::Cordon(_) | Self::Reserve(_) | Self::Reset => false,
        }
    }
}

impl MachineDeed {
    /// What is wanted of a machine.
    pub fn told(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Shrink => "shrink",
            Self::GoFirst(true) => "mark as first to go",
            Self::GoFirst(false) => "mark as first to go no more",
            Self::Remediate(true) => "remediate",
            Self::Remediate(false) => "remediate no more",
            Self::SkipRemediation(true) => "skip remediation",
            Self::SkipRemediation(false) => "skip remediation no more",
        }
    }
}

impl Stage {
    /// How an act stands that has this line, and `ended` where it has an outcome. Not yet safe to show.
    pub fn told(&self, ended: Option<&Outcome>) -> String {
        match (self, ended) {
            (Self::Refused(refusal), _) if refusal.step == Step::Unchanged => format!("unchanged: {refusal}"),
            (Self::Refused(refusal), _) => format!("refused: {refusal}"),
            (Self::Intent { .. }, None) => "cut off: not known".to_owned(),
            (Self::Outcome(outcome), _) | (Self::Intent { .. }, Some(outcome)) => match outcome {
                Outcome::Done => "done".to_owned(),
                Outcome::Failed(_, why) => format!("failed: {why}"),
                Outcome::Conflict(_, why) => format!("conflict: {why}"),
                Outcome::Unknown(_, why) => format!("not known: {why}"),
            },
        }
    }
}
