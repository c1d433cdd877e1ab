//! What an act is called, and how it ended, in a few words for a table or a sentence.

use super::audit::{Outcome, Stage};
use super::{CreateDeed, Deed, MachineDeed, WalkDeed};

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
            Self::Kubeconfig => "kubeconfig",
            Self::Machine(deed) => deed.told(),
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

impl MachineDeed {
    /// What is wanted of a machine.
    pub fn told(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Shrink => "shrink",
            Self::GoFirst(true) => "delete first",
            Self::GoFirst(false) => "delete first no more",
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
