//! One line of the audit log.
//!
//! An act has an `intent` before the first write and an `outcome` behind the last one, with the same id; a try that was
//! refused has one line. An intent without an outcome was cut off: what became of it is not known.

use compact_str::CompactString;
use fleetui_api::secret_fields::{holds_untold, is_untold_at};
use fleetui_base::ObjectKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::judge::{Confirmed, Refusal};
use super::{Act, Deed, FieldChange, Plan, Verb};

/// The version of the format.
pub const FORMAT: u8 = 1;
/// Longer values are not written down, in bytes of JSON; nor is more of a sentence.
const LONGEST_VALUE: usize = 2048;
/// At most so many fields and writes of one act are written down.
pub(super) const MOST: usize = 64;

/// Identity of an act in the log: later ones sort behind earlier ones of the same program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuditId(pub CompactString);

/// Who acts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The user of this machine.
    pub user: CompactString,
    /// The machine that the program runs on; empty where it does not say.
    #[serde(default)]
    pub host: CompactString,
    /// Where the line comes from, as `SSH_CONNECTION` says.
    pub ssh: Option<CompactString>,
    /// Who the management cluster takes it for, where it says so.
    pub known_as: Option<CompactString>,
    /// `console` or the command.
    pub by: CompactString,
}

impl Actor {
    /// Who it was, for a table or a sentence: the user, and who the management cluster takes it for where that is another name.
    pub fn told(&self) -> String {
        match &self.known_as {
            Some(known_as) if *known_as != self.user => format!("{} as {known_as}", self.user),
            Some(_) | None => self.user.to_string(),
        }
    }
}

/// A try that is written down: before it is known who acts and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// What was wanted.
    pub act: Act,
    /// Why not.
    pub refusal: Refusal,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of the format.
    pub format: u8,
    /// The act.
    pub id: AuditId,
    /// When, by the clock of this machine.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was wanted, and why.
    pub act: Act,
    /// What of it.
    pub stage: Stage,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It is about to be written.
    Intent {
        /// To what, and which fields.
        writes: Vec<Written>,
        /// How it was confirmed.
        confirmed: Confirmed,
    },
    /// It has ended.
    Outcome(Outcome),
    /// It was refused.
    Refused(Refusal),
}

/// A write as the log tells it: never the whole object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The object.
    pub target: ObjectKey,
    /// Its uid.
    pub uid: CompactString,
    /// Its apiVersion, for who takes it back.
    pub api_version: CompactString,
    /// How.
    pub verb: Verb,
    /// Its fields before and after.
    pub fields: Vec<FieldChange>,
}

/// How an act ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All of it was written.
    Done,
    /// So many of the writes were done, the next one failed: why.
    Failed(usize, String),
    /// The object is not as it was when this was planned; nothing of the write was done.
    Conflict(usize, String),
    /// No answer in time: whether the write was done is not known.
    Unknown(usize, String),
}

impl Entry {
    /// A line about an act.
    pub fn new(id: AuditId, at: Timestamp, actor: Actor, act: &Act, stage: Stage) -> Self {
        Self {
            format: FORMAT,
            id,
            at,
            actor,
            act: told(act),
            stage,
        }
    }
}

impl Stage {
    /// That a plan is about to be carried out, and how it was confirmed.
    pub fn intent(plan: &Plan, confirmed: &Confirmed) -> Self {
        let writes = plan.writes.iter().take(MOST).map(|write| Written {
            target: write.target.clone(),
            uid: write.uid.clone(),
            api_version: write.api_version.clone(),
            verb: write.verb,
            fields: write
                .fields
                .iter()
                .take(MOST)
                .map(|field| harmless(&write.target, field))
                .collect(),
        });
        Self::Intent {
            writes: writes.collect(),
            confirmed: confirmed.clone(),
        }
    }
}

/// An act as it is written down: the fields of an edit stand with the writes, where secrets are left out of them.
fn told(act: &Act) -> Act {
    let mut act = act.clone();
    if let Deed::Edit(fields) = &mut act.deed {
        fields.clear();
    }
    act.reason = act.reason.map(|reason| short(&reason));
    act
}

/// A sentence as it is written down.
fn short(text: &str) -> String {
    if text.len() <= LONGEST_VALUE {
        return text.to_owned();
    }
    let end = (0..=LONGEST_VALUE).rev().find(|at| text.is_char_boundary(*at));
    format!("{}…", text.get(..end.unwrap_or(0)).unwrap_or_default())
}

/// A field of an object as it may be told and written down: without what is secret or long, and without commands.
pub fn harmless(target: &ObjectKey, field: &FieldChange) -> FieldChange {
    let kind = target.kind.kind.as_ref();
    let hidden = field.hidden
        || is_untold_at(kind, &field.pointer)
        || [&field.before, &field.after].into_iter().flatten().any(|value| {
            value.to_string().len() > LONGEST_VALUE || holds_untold(kind, &field.pointer, value)
        });
    let keep = |value: &Option<Value>| value.clone().filter(|_| !hidden);
    FieldChange {
        pointer: field.pointer.clone(),
        before: keep(&field.before),
        after: keep(&field.after),
        hidden,
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use serde_json::json;

    use super::*;
    use crate::act::{Confirm, Preview, Write};

    fn change(pointer: &str, before: Value, after: Value) -> FieldChange {
        FieldChange {
            pointer: pointer.to_owned(),
            before: Some(before),
            after: Some(after),
            hidden: false,
        }
    }

    #[test]
    fn who_acts_is_told_with_whom_the_server_sees() {
        let told = |known_as: Option<&str>| {
            let actor = Actor {
                user: "root".into(),
                known_as: known_as.map(Into::into),
                ..Actor::default()
            };
            actor.told()
        };
        assert_eq!(told(Some("jane")), "root as jane");
        assert_eq!(
            (told(None), told(Some("root"))),
            ("root".to_owned(), "root".to_owned())
        );
    }

    #[test]
    fn what_is_secret_or_long_is_not_in_a_line() {
        let target = ObjectKey::new(
            ManagementCluster::new("taipei"),
            GroupKind::new("bootstrap.cluster.x-k8s.io", "KubeadmConfig"),
            ObjectName::new("default", "c"),
        );
        let fields = vec![
            change("/spec/version", json!("v1"), json!("v2")),
            change("/spec/users/0/passwd", json!("SENSITIVE"), json!("SENSITIVE")),
            change(
                "/spec/files",
                json!([]),
                json!([{"path": "/a", "content": "SENSITIVE"}]),
            ),
            change(
                "/spec/preKubeadmCommands",
                json!(["curl -H 'Authorization: SENSITIVE'"]),
                json!([]),
            ),
            change("/spec/long", json!("SENSITIVE".repeat(1000)), json!("short")),
        ];
        let plan = Plan {
            act: Act {
                subject: target.clone(),
                uid: "u".into(),
                deed: Deed::Edit(fields.clone()),
                reason: Some("é".repeat(5000)),
            },
            writes: vec![Write {
                target,
                uid: "u".into(),
                api_version: "bootstrap.cluster.x-k8s.io/v1beta2".into(),
                verb: Verb::Patch,
                body: json!([{"op": "replace", "path": "/spec/users/0/passwd", "value": "SENSITIVE"}]),
                fields,
            }],
            preview: Preview::default(),
            checks: Vec::new(),
            confirm: Confirm::Key,
            planned: Timestamp::UNIX_EPOCH,
        };
        let stage = Stage::intent(&plan, &Confirmed::default());
        let id = AuditId("1".into());
        let entry = Entry::new(id, Timestamp::UNIX_EPOCH, Actor::default(), &plan.act, stage);
        let line = serde_json::to_string(&entry).unwrap();
        assert!(!line.contains("SENSITIVE"), "{line}");
        assert!(line.len() < 10_000, "{}", line.len());
        let Stage::Intent { writes, .. } = &entry.stage else {
            panic!("{entry:?}")
        };
        let hidden: Vec<bool> = writes[0].fields.iter().map(|field| field.hidden).collect();
        assert_eq!(hidden, [false, true, true, true, true]);
        assert_eq!(writes[0].fields[0].after, Some(json!("v2")));
        assert_eq!(entry.act.deed, Deed::Edit(Vec::new()));
    }
}
