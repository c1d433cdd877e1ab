//! Everything that can be done to a fleet: what is asked for, what it comes to, and what has to be said before it is done.
//!
//! `Act` (what a person wants) -> `Plan` (which writes that is, checked against the fleet) -> the gate in `client`.
//! Must not know: how a write is sent or shown.

pub mod access;
pub mod audit;
pub mod judge;
pub mod plan;
mod words;
pub mod write;

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use audit::{Actor, AuditId, Entry, Try};
pub use judge::{
    Blast, Check, Confirm, Confirmed, DrainAhead, FieldOwner, Found, Inspection, Judgement, Missing, Mode,
    Preview, Refusal, Step, Weighed,
};
pub use write::{FieldChange, Verb, Write};

/// What a person wants done, and to what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// The object that was pointed at; what is written may be another one.
    pub subject: ObjectKey,
    /// Its uid when it was pointed at; empty where the object does not exist yet.
    pub uid: CompactString,
    /// What.
    pub deed: Deed,
    /// Why, as the person says; goes into the audit log.
    pub reason: Option<String>,
}

/// Everything that can be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Deed {
    /// Another number of replicas: `5`, `+2`, `-1`.
    Scale(String),
    /// Another Kubernetes version of this one object.
    Upgrade(String),
    /// Nothing is reconciled any more.
    Pause,
    /// Everything is reconciled again.
    Resume,
    /// All machines are replaced by new ones alike.
    Restart,
    /// The object goes, and what it owns with it.
    Delete,
    /// Something about one machine.
    Machine(MachineDeed),
    /// Something about one host of a pool.
    Host(HostDeed),
    /// Fields of the object, edited as YAML.
    Edit(Vec<FieldChange>),
    /// Objects from a file, by server-side apply.
    Apply,
    /// An earlier act is taken back.
    Undo(AuditId),
    /// A step of the upgrade of a whole cluster, or what is done with that upgrade.
    Walk(WalkDeed),
    /// Cluster API's kinds are installed in a management cluster.
    Install,
    /// The objects of a new cluster, or what is done with a creation that was interrupted.
    Create(CreateDeed),
    /// Nothing is written: the kubeconfig of a workload cluster is read, which whoever has it can do anything with.
    Kubeconfig,
}

/// What can be done about one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MachineDeed {
    /// It goes, and its owner makes another one; the number stays.
    Replace,
    /// It goes, and its owner has one less: marked, then scaled down.
    Shrink,
    /// It is the first to go when its owner has fewer (annotation), or not any more.
    GoFirst(bool),
    /// Its owner replaces it whatever its health (annotation), or not any more.
    Remediate(bool),
    /// Health checks do not look at it (annotation), or do again.
    SkipRemediation(bool),
}

/// A label that gets a value, or with none is taken away.
pub type LabelChange = (CompactString, Option<CompactString>);

/// What can be done about a host of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostDeed {
    /// It waits for approval, and may be used from now on.
    Approve,
    /// Labels: each gets a value, or goes.
    Label(Vec<LabelChange>),
    /// It takes no further machine, or does again; one that runs on it stays.
    Cordon(bool),
    /// It is looked after, and its machine is drained first; or it is back.
    Maintain(bool),
    /// Only machines of this cluster take it; of any cluster again where none is named.
    Reserve(Option<CompactString>),
    /// It is held back until somebody clears it (`true`), or it is cleared and its failures are forgotten.
    Quarantine(bool),
    /// It is given back to the pool: its Machine is deleted; one that is kept for inspection takes machines again; one that cannot
    /// be reset is let go.
    Release,
    /// Its agent takes away what Kubernetes left on it.
    Reset,
}

/// What can be done with the upgrade of a whole cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalkDeed {
    /// It is planned, stored and begun.
    Begin(String),
    /// No further step is begun.
    Pause,
    /// It goes on, from here.
    Resume,
    /// It is given up where it is.
    Abandon,
}

/// What can be done with the creation of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateDeed {
    /// Its objects are created; what they were made from.
    Begin(String),
    /// Those that are not there yet are.
    Resume,
    /// Those that were made are deleted again.
    CleanUp,
}

/// An act worked out: the writes, what they bring about, and how they are confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What is wanted.
    pub act: Act,
    /// What is written, in this order; empty where nothing would change.
    pub writes: Vec<Write>,
    /// What it brings about.
    pub preview: Preview,
    /// What was looked at, and what was found.
    pub checks: Vec<Check>,
    /// What has to be done to confirm it.
    pub confirm: Confirm,
    /// When it was worked out.
    pub planned: Timestamp,
}

impl Plan {
    /// What makes it this plan and no other: what is written, and how.
    pub fn digest(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        for write in &self.writes {
            // Which life of a name is applied to is only found out as it is looked at.
            let uid = (!write.verb.applies()).then_some(&write.uid);
            (&write.target, uid, write.verb, write.body.to_string()).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The checks that stand in the way.
    pub fn blocking(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|check| matches!(check.found, Found::Blocks { .. }))
    }

    /// Whether something is deleted by it.
    pub fn deletes(&self) -> bool {
        self.writes.iter().any(|write| write.verb == Verb::Delete)
    }

    /// Whether it is weighty enough that several such are confirmed by their number, typed.
    pub fn is_weighty(&self) -> bool {
        self.act.deed == Deed::Delete || self.confirm.name().is_some()
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use serde_json::json;

    use super::*;

    fn plan() -> Plan {
        let target = ObjectKey::new(
            ManagementCluster::new("taipei"),
            GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
            ObjectName::new("default", "md-0"),
        );
        Plan {
            act: Act {
                subject: target.clone(),
                uid: "u".into(),
                deed: Deed::Scale("5".to_owned()),
                reason: None,
            },
            writes: vec![Write {
                target,
                uid: "u".into(),
                api_version: "cluster.x-k8s.io/v1beta2".into(),
                verb: Verb::Patch,
                body: json!([{"op": "replace", "path": "/spec/replicas", "value": 5}]),
                fields: Vec::new(),
            }],
            preview: Preview::default(),
            checks: Vec::new(),
            confirm: Confirm::Key,
            planned: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn another_write_makes_another_plan_and_another_time_does_not() {
        let digest = plan().digest();
        let changed = |change: &dyn Fn(&mut Plan)| {
            let mut plan = plan();
            change(&mut plan);
            plan.digest() != digest
        };
        let write = |change: &dyn Fn(&mut Write)| changed(&|plan| plan.writes.iter_mut().for_each(change));
        assert!(write(&|write| write.uid = "v".into()));
        assert!(write(&|write| write.target.object.name = "md-1".into()));
        assert!(write(&|write| write.verb = Verb::Delete));
        assert!(write(&|write| write.body = json!([])));
        assert!(changed(&|plan| plan.writes.clear()));
        assert!(!changed(&|plan| plan.planned = Timestamp::MAX));
        assert!(!changed(&|plan| plan.act.reason = Some("why".to_owned())));
    }

    #[test]
    fn an_entry_is_one_line_and_comes_back_as_it_was() {
        let plan = plan();
        let entry = Entry {
            format: 1,
            id: AuditId("1".into()),
            at: Timestamp::UNIX_EPOCH,
            actor: Actor {
                user: "ada".into(),
                ..Actor::default()
            },
            act: Act {
                reason: Some("two\nlines \u{1b}[2J".to_owned()),
                ..plan.act
            },
            stage: audit::Stage::Refused(Refusal {
                step: Step::ReadOnly,
                why: "no".to_owned(),
            }),
        };
        let line = serde_json::to_string(&entry).unwrap();
        assert!(!line.contains(['\n', '\u{1b}']), "{line}");
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }
}
