//! What is found out about a plan before it is carried out, and how it is confirmed or refused.

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::FieldChange;
use crate::drain::HeldPod;

/// What a plan brings about, in sentences for the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What will happen.
    pub happens: Vec<String>,
    /// What the person may not expect.
    pub warnings: Vec<String>,
    /// How far it reaches.
    pub blast: Option<Blast>,
    /// How many seconds it takes, from the fleet's own pace: the likely time and the long one.
    pub seconds: Option<(u64, u64)>,
}

/// How far an act reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blast {
    /// The management cluster.
    pub management_cluster: ManagementCluster,
    /// Its server, as two management clusters may be called alike by two people.
    pub server: CompactString,
    /// The workload cluster.
    pub cluster: Option<ObjectName>,
    /// Replicas before and after.
    pub replicas: Option<(i64, i64)>,
    /// Machines that go.
    pub machines: Vec<CompactString>,
    /// How many of those have nodes that are drained.
    pub drained: usize,
    /// Objects of other kinds that go with it, by kind.
    pub others: Vec<(CompactString, usize)>,
    /// Disruption budgets that hold a drain, `namespace/name`.
    pub budgets: Vec<CompactString>,
}

/// Something that was looked at before an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name in the table of checks, `skew`, `spare-hosts`.
    pub id: CompactString,
    /// What was looked at, for the person.
    pub title: String,
    /// What was found.
    pub found: Found,
}

impl Check {
    /// `Versions go up: from v1.31.2 to v1.32.0`; the title alone where what was found says no more.
    pub fn sentence(&self) -> String {
        let found = self.found.text();
        if found.is_empty() || found.eq_ignore_ascii_case(&self.title) {
            self.title.clone()
        } else {
            format!("{}: {found}", self.title)
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// All is well; what was seen.
    Well(String),
    /// It will work, but not as one may expect.
    Warns(String),
    /// It must not be done.
    Blocks {
        /// Why.
        why: String,
        /// Whether a person may go on all the same. Never where a server refuses it anyway.
        overridable: bool,
    },
    /// It could not be looked at.
    Unknown(String),
}

impl Found {
    /// What was seen, in its words.
    pub fn text(&self) -> &str {
        match self {
            Self::Well(text) | Self::Warns(text) | Self::Unknown(text) | Self::Blocks { why: text, .. } => {
                text
            }
        }
    }
}

/// What confirms a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirm {
    /// One key, once the dry run was shown.
    Key,
    /// The key twice, as the change is unusual: why.
    Twice(String),
    /// The name of the object, typed.
    Name(CompactString),
}

/// How a plan was confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The plan that was shown.
    pub digest: u64,
    /// What was typed, where a name is asked for.
    pub typed: Option<String>,
    /// Whether the key was pressed twice, or `--yes` was said.
    pub twice: bool,
    /// Whether checks that may be passed over are.
    pub anyway: bool,
    /// Seconds since the dry run that was shown, where there was one.
    pub dry_run_seconds: Option<u64>,
}

impl Refusal {
    /// A refusal at a step of the gate.
    pub fn at(step: Step, why: impl Into<String>) -> Self {
        Self {
            step,
            why: why.into(),
        }
    }
}

impl Confirm {
    /// The name that is typed, where one is.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Key | Self::Twice(_) => None,
        }
    }

    /// Whether it is met.
    pub fn is_met(&self, confirmed: &Confirmed) -> bool {
        match self {
            Self::Key => true,
            Self::Twice(_) => confirmed.twice,
            Self::Name(name) => confirmed.typed.as_deref() == Some(name.as_str()),
        }
    }
}

/// How far a plan goes through the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Up to the dry run.
    Preview,
    /// What will hold the drains of the machines that it takes, and nothing else: where they are known only once the dry run was
    /// weighed.
    Drains,
    /// To the end.
    Perform(Confirmed),
}

/// Whose an object's fields are. Raw, as the server says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The object's uid.
    pub uid: CompactString,
    /// Its resourceVersion.
    pub resource_version: CompactString,
    /// Who applies fields of it.
    pub owners: Vec<FieldOwner>,
}

/// Somebody who applies fields of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOwner {
    /// The field manager.
    pub manager: String,
    /// Whether it is a tool that writes what stands in a repository, and will again.
    pub gitops: bool,
    /// Its fields as JSON pointers, leaves alone; bounded.
    pub pointers: Vec<String>,
}

/// What the gate and the server say of a plan before it is carried out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The plan.
    pub digest: u64,
    /// What the server warns of. Not yet safe to show.
    pub warnings: Vec<String>,
    /// Who applies the fields that are written, where that is a tool that will come back. Not yet safe to show.
    pub owners: Vec<String>,
    /// What the server would make of each of the writes, in their order, where the plan alone does not tell: of what was edited, of
    /// what is applied or taken back. Else empty.
    #[serde(default)]
    pub weighed: Vec<Weighed>,
    /// What will hold the drains of the machines that go, as far as that was looked at.
    #[serde(default)]
    pub drains: Vec<DrainAhead>,
}

/// What will hold the drain of a machine that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainAhead {
    /// The machine.
    pub machine: CompactString,
    /// The pods that will hold it, by namespace and name. Not yet safe to show.
    pub held: Vec<HeldPod>,
    /// Why that is not known, where it is not. Not yet safe to show.
    pub unknown: Option<String>,
}

/// What the server would make of one write, by its dry run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// The object as it is; absent where it is not there. Its secrets are hidden.
    pub before: Option<Value>,
    /// The object as it would be, in the same form; absent where the server cannot say so yet.
    pub after: Option<Value>,
    /// The fields that differ, without the values of secrets; none of an object that is new.
    pub fields: Vec<FieldChange>,
    /// What it would refer to, and did not before, that is not there. Not yet safe to show.
    pub missing: Vec<Missing>,
    /// Tools that will apply the object again, of what is applied here.
    #[serde(default)]
    pub owners: Vec<FieldOwner>,
}

/// A reference to something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The field that refers to it, as a JSON pointer.
    pub pointer: String,
    /// What it would be: kind and name.
    pub what: String,
}

/// Where the gate has refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// There is no connection, or what is known is old.
    Connection,
    /// Nothing may be written.
    ReadOnly,
    /// The user may not.
    Permission,
    /// A check stands in the way, or the act makes no sense here.
    Preflight,
    /// It is so already: there is nothing to write.
    Unchanged,
    /// The server would not take it.
    DryRun,
    /// It was not confirmed.
    Confirmation,
    /// The audit log cannot be written.
    Audit,
}

/// A refusal: nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// Where.
    pub step: Step,
    /// Why, in a sentence for the person, with the server's own words where it said something.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_says_nothing_twice() {
        let check = |found: &str| Check {
            id: "paused".into(),
            title: "Nothing is paused".to_owned(),
            found: Found::Well(found.to_owned()),
        };
        assert_eq!(check("nothing is paused").sentence(), "Nothing is paused");
        assert_eq!(check("").sentence(), "Nothing is paused");
        assert_eq!(
            check("Cluster c is").sentence(),
            "Nothing is paused: Cluster c is"
        );
    }

    #[test]
    fn a_plan_is_confirmed_by_what_it_asks_for() {
        let plain = Confirmed::default();
        let twice = Confirmed {
            twice: true,
            ..Confirmed::default()
        };
        let typed = |name: &str| Confirmed {
            typed: Some(name.to_owned()),
            twice: true,
            ..Confirmed::default()
        };
        let doubt = || Confirm::Twice("unusually many".to_owned());
        let name = || Confirm::Name("prod".into());
        let cases = [
            (Confirm::Key, plain.clone(), true),
            (doubt(), plain.clone(), false),
            (doubt(), twice.clone(), true),
            (name(), plain, false),
            (name(), twice, false),
            (name(), typed("pro"), false),
            (name(), typed("prod "), false),
            (name(), typed("prod"), true),
        ];
        for (confirm, confirmed, met) in cases {
            assert_eq!(confirm.is_met(&confirmed), met, "{confirm:?} by {confirmed:?}");
        }
    }
}
