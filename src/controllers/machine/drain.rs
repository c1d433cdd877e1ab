//! Draining a node: what its pods come to, and what is told while some of them are still there.
//!
//! Must not know: who lists pods and evicts them.

pub(crate) mod pods;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::counting::listed;

/// At most so many pods are named in one line.
const NAMES: usize = 3;
/// At most so many different refusals are told.
const REFUSALS: usize = 5;
/// How the API server refuses an eviction, and how it is told.
const BUDGET: (&str, &str) = (
    "Cannot evict pod as it would violate the pod's disruption budget.",
    "cannot evict pod as it would violate the pod's disruption budget.",
);

/// What speaks for a long drain, by what the message of a drain says of it.
pub(crate) const DELAYS: [(&str, &str); 4] = [
    (BUDGET.1, "PodDisruptionBudgets"),
    (
        "deletionTimestamp set, but still not removed from the Node",
        "Pods not terminating",
    ),
    ("failed to evict Pod", "Pod eviction errors"),
    ("waiting for completion", "Pods not completed yet"),
];

/// What is left on a node after its pods were asked to go: names as `namespace/name`, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Drained {
    /// On their way.
    pub(super) terminating: Vec<String>,
    /// Not evicted, by what was answered.
    pub(super) refused: BTreeMap<String, Vec<String>>,
    /// To be evicted once those before them are gone.
    pub(super) later: Vec<String>,
    /// Waited for until they have done their work.
    pub(super) awaited: Vec<String>,
    /// Waited for once those before them are gone.
    pub(super) awaited_later: Vec<String>,
}

impl Drained {
    /// Whether nothing is left that has to go.
    pub(super) fn is_complete(&self) -> bool {
        *self == Self::default()
    }

    /// What is told of a drain that goes on since `started`.
    pub(super) fn message(&self, started: &str) -> String {
        let mut text = begun(started);
        if !self.terminating.is_empty() {
            let pods = bullet(&self.terminating);
            let _ = write!(
                text,
                "\n{pods}: deletionTimestamp set, but still not removed from the Node"
            );
        }
        for (answer, pods) in self.refused.iter().take(REFUSALS) {
            let _ = write!(text, "\n{}: {}", bullet(pods), refusal(answer));
        }
        match self.refused.values().skip(REFUSALS).map(Vec::len).sum() {
            0 => {}
            1 => text.push_str("\n* 1 Pod with other issues"),
            more => {
                let _ = write!(text, "\n* {more} Pods with other issues");
            }
        }
        if !self.awaited.is_empty() {
            let _ = write!(text, "\n{}: waiting for completion", bullet(&self.awaited));
        }
        if !self.later.is_empty() {
            let pods = listed(&self.later, NAMES);
            let _ = write!(
                text,
                "\nAfter above Pods have been removed from the Node, the following Pods will be evicted: {pods}"
            );
        }
        if !self.awaited_later.is_empty() {
            let pods = listed(&self.awaited_later, NAMES);
            let _ = write!(
                text,
                "\nAfter above Pods have been removed from the Node, waiting for the following Pods to complete without eviction: \
                 {pods}"
            );
        }
        text
    }
}

/// What is told of a drain of which nothing more is known yet.
pub(super) fn begun(started: &str) -> String {
    format!("Drain not completed yet (started at {started}):")
}

/// What speaks for a long drain, as far as its message says.
pub(crate) fn delays(message: &str) -> impl Iterator<Item = &'static str> {
    DELAYS
        .into_iter()
        .filter(move |(sign, _)| message.contains(sign))
        .map(|(_, delay)| delay)
}

fn refusal(answer: &str) -> String {
    let answer = answer.replace(BUDGET.0, BUDGET.1);
    if answer.starts_with(BUDGET.1) {
        answer
    } else {
        format!("failed to evict Pod, {answer}")
    }
}

fn bullet(pods: &[String]) -> String {
    let plural = if pods.len() == 1 { "" } else { "s" };
    format!("* Pod{plural} {}", listed(pods, NAMES))
}

#[cfg(test)]
mod tests;
