//! What the user may do, as the management cluster says when it is asked; remembered for a while.
//!
//! Kubernetes' SelfSubjectAccessReview: a question, which changes nothing. Where it cannot be answered the server decides when
//! the write comes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use fleetui_fleet::act::Write;
use serde_json::{Value, json};

use crate::catalogue::Served;
use crate::fault::Fault;
use crate::request::Requester;
use crate::supervisor::Handle;

/// A yes counts for so long.
const YES_COUNTS: Duration = Duration::from_mins(1);
/// A no is asked about sooner: somebody may have granted it.
const NO_COUNTS: Duration = Duration::from_secs(10);
/// So many answers are remembered at most.
const MOST: usize = 1024;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) verb: &'static str,
    pub(crate) group: CompactString,
    pub(crate) resource: CompactString,
    pub(crate) namespace: CompactString,
    /// Permissions may be for single names, so an answer counts for this one alone.
    pub(crate) name: CompactString,
}

impl Asked {
    /// Whether everything may be done with everything.
    pub(crate) fn everything() -> Self {
        Self {
            verb: "*",
            group: "*".into(),
            resource: "*".into(),
            namespace: CompactString::default(),
            name: CompactString::default(),
        }
    }

    /// Whether a write may be made.
    pub(crate) fn of(write: &Write, served: &Served) -> Self {
        Self {
            verb: write.verb.word(),
            group: served.kind.group.as_ref().into(),
            resource: served.plural.clone(),
            namespace: write.target.object.namespace.clone(),
            name: write.target.object.name.clone(),
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum May {
    /// Allowed.
    Yes,
    /// Not allowed: why, as far as the server says.
    No(String),
    /// It could not be found out.
    Unknown(String),
}

/// What was answered, and when; and how often the credentials had been renewed by then.
#[derive(Debug, Default)]
pub(crate) struct Permissions {
    known: Mutex<Answers>,
}

#[derive(Debug, Default)]
struct Answers {
    renewed: u64,
    told: HashMap<Asked, (May, Duration)>,
}

impl Permissions {
    /// The answer to a question: the one that is known, else the server's.
    pub(crate) async fn may(&self, handle: &Handle, asked: &Asked, now: Duration, limit: Duration) -> May {
        let renewed = handle.requester.renewed();
        if let Some(known) = self.known(asked, renewed, now) {
            return known;
        }
        let may = ask(&handle.requester, asked, limit).await;
        if !matches!(may, May::Unknown(_)) {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.told.len() >= MOST {
                known.told.clear();
            }
            known.told.insert(asked.clone(), (may.clone(), now));
        }
        may
    }

    fn known(&self, asked: &Asked, renewed: u64, now: Duration) -> Option<May> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // With other credentials it may be another user.
        if known.renewed != renewed {
            *known = Answers {
                renewed,
                told: HashMap::new(),
            };
        }
        let (may, then) = known.told.get(asked)?;
        let counts = match may {
            May::Yes => YES_COUNTS,
            May::No(_) | May::Unknown(_) => NO_COUNTS,
        };
        (now.saturating_sub(*then) < counts).then(|| may.clone())
    }

    /// Forgets one answer.
    pub(crate) fn drop_one(&self, asked: &Asked) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.told.remove(asked);
    }
}

/// Asks the server.
pub(crate) async fn ask(requester: &Requester, asked: &Asked, limit: Duration) -> May {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "verb": asked.verb, "group": asked.group.as_str(), "resource": asked.resource.as_str(),
            "namespace": asked.namespace.as_str(), "name": asked.name.as_str(),
        }},
    });
    match requester.review(&review, limit).await {
        Ok(text) => read(&text),
        Err(fault) => May::Unknown(fault.to_string()),
    }
}

fn read(text: &str) -> May {
    let answer: Value = match serde_json::from_str(text) {
        Ok(answer) => answer,
        Err(error) => return May::Unknown(Fault::Garbled(error.to_string()).to_string()),
    };
    let status = answer.get("status");
    let of = |field: &str| status.and_then(|status| status.get(field));
    let reason = of("reason")
        .and_then(Value::as_str)
        .filter(|reason| !reason.is_empty());
    match of("allowed").and_then(Value::as_bool) {
        Some(true) => May::Yes,
        // Where RBAC denies it says no reason: nothing allows it.
        Some(false) => May::No(reason.unwrap_or("no rule there allows it").to_owned()),
        None => May::Unknown("the server does not say".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_are_meant() {
        let cases = [
            (r#"{"status":{"allowed":true}}"#, May::Yes),
            (
                r#"{"status":{"allowed":false,"reason":"no rule"}}"#,
                May::No("no rule".to_owned()),
            ),
            (
                r#"{"status":{"allowed":false}}"#,
                May::No("no rule there allows it".to_owned()),
            ),
            ("{}", May::Unknown("the server does not say".to_owned())),
        ];
        for (text, may) in cases {
            assert_eq!(read(text), may, "{text}");
        }
        assert!(matches!(read("<html>"), May::Unknown(_)));
    }
}
