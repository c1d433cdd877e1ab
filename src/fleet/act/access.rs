//! Whether anything may be written at all: said at the start, by command, or by what is known of the connection.

use fleetui_base::{ManagementCluster, ObjectKey};

use super::Plan;
use super::judge::{Refusal, Step};
use super::write::Verb;
use crate::session::{Permitted, Session};
use crate::store::FleetStore;

/// Whether anything may be written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes, where the management cluster allows it.
    ReadWrite,
    /// No, and it can be taken back by command.
    ReadOnly,
    /// No, by flag or configuration; only a new start changes that.
    ReadOnlyForGood,
}

impl Access {
    /// Whether nothing is written.
    pub fn is_read_only(self) -> bool {
        self.why_not().is_some()
    }

    /// Why nothing is written anywhere, where that is so.
    pub fn why_not(self) -> Option<&'static str> {
        match self {
            Self::ReadWrite => None,
            Self::ReadOnly => Some("read-only: nothing is written (:readonly takes it back)"),
            Self::ReadOnlyForGood => Some("read-only: fleetui was started so; nothing is written"),
        }
    }

    /// Whether something may be written to `management_cluster` now.
    ///
    /// # Errors
    /// Why not. What it says of the connection is not yet safe to show.
    pub fn check(self, fleet: &FleetStore, management_cluster: &ManagementCluster) -> Result<(), Refusal> {
        if let Some(why) = self.why_not() {
            return Err(Refusal::at(Step::ReadOnly, why));
        }
        match fleet.session(management_cluster) {
            None => Err(Refusal::at(
                Step::Connection,
                format!("{management_cluster} is not connected"),
            )),
            Some(session) => check_session(session),
        }
    }

    /// Whether this object may be changed now, as far as that was asked: the gate asks again before anything is written.
    ///
    /// # Errors
    /// Why not. What it says of the connection is not yet safe to show.
    pub fn check_change(self, fleet: &FleetStore, key: &ObjectKey) -> Result<(), Refusal> {
        self.check(fleet, &key.management_cluster)?;
        may(fleet, key, Verb::Patch)
    }

    /// Whether everything that a plan writes may be written, as far as that was asked: the gate asks again before anything is.
    ///
    /// # Errors
    /// Why not. What it says of the connection is not yet safe to show.
    pub fn check_plan(self, fleet: &FleetStore, plan: &Plan) -> Result<(), Refusal> {
        for write in &plan.writes {
            self.check(fleet, &write.target.management_cluster)?;
            may(fleet, &write.target, write.verb)?;
        }
        Ok(())
    }
}

/// Whether the user may do this to objects of this kind, as far as the server was asked.
fn may(fleet: &FleetStore, key: &ObjectKey, verb: Verb) -> Result<(), Refusal> {
    let session = fleet.session(&key.management_cluster);
    let mut forbidden = session.iter().flat_map(|session| &session.forbidden);
    if forbidden.any(|(kind, denied)| *kind == key.kind && denied.word() == verb.word()) {
        let (kind, name, verb) = (&key.kind.kind, &key.management_cluster, verb.word());
        let why = format!("you may not {verb} a {kind} in {name}, as its server said");
        return Err(Refusal::at(Step::Permission, why));
    }
    Ok(())
}

fn check_session(session: &Session) -> Result<(), Refusal> {
    let name = &session.management_cluster;
    if session.read_only {
        let why = format!("{name} is read-only by configuration; nothing is written there");
        return Err(Refusal::at(Step::ReadOnly, why));
    }
    if session.is_live() {
        return match session.permitted {
            Permitted::Nothing => {
                let why = format!("you may not change anything in {name}, as its server said");
                Err(Refusal::at(Step::Permission, why))
            }
            Permitted::Unknown | Permitted::Some | Permitted::Everything => Ok(()),
        };
    }
    let word = session.connection.word();
    let why = format!("{name} is {word}: what is shown may be old, so nothing is written there");
    Err(Refusal::at(Step::Connection, why))
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ObjectName};

    use super::*;
    use crate::batch::Update;
    use crate::session::Connection;

    #[test]
    fn a_plan_is_held_to_all_that_it_writes() {
        let name = ManagementCluster::new("taipei");
        let mut session = Session::idle(name.clone(), "https://a", false);
        session.connection = Connection::Live;
        session.forbidden = vec![(GroupKind::new("cluster.x-k8s.io", "Machine"), Verb::Delete)];
        let mut store = FleetStore::default();
        store.apply(Update::Session(std::sync::Arc::new(session)));
        let plan = |verbs: &[Verb]| {
            let target = ObjectKey::new(
                name.clone(),
                GroupKind::new("cluster.x-k8s.io", "Machine"),
                ObjectName::new("default", "a"),
            );
            let write = |verb: &Verb| crate::act::Write {
                target: target.clone(),
                uid: "u".into(),
                api_version: "cluster.x-k8s.io/v1beta2".into(),
                verb: *verb,
                body: serde_json::Value::Null,
                fields: Vec::new(),
            };
            Plan {
                act: crate::act::Act {
                    subject: target.clone(),
                    uid: "u".into(),
                    deed: crate::act::Deed::Delete,
                    reason: None,
                },
                writes: verbs.iter().map(write).collect(),
                preview: crate::act::Preview::default(),
                checks: Vec::new(),
                confirm: crate::act::Confirm::Key,
                planned: jiff::Timestamp::UNIX_EPOCH,
            }
        };
        let check = |verbs: &[Verb]| Access::ReadWrite.check_plan(&store, &plan(verbs));
        assert_eq!(check(&[Verb::Patch, Verb::Apply]), Ok(()));
        let refused = check(&[Verb::Patch, Verb::Delete]).unwrap_err();
        assert_eq!(
            refused.why,
            "you may not delete a Machine in taipei, as its server said"
        );
    }

    #[test]
    fn what_the_user_may_not_is_told_before_anything_is_typed() {
        let name = ManagementCluster::new("taipei");
        let kind = |kind: &str| GroupKind::new("cluster.x-k8s.io", kind);
        let key = |of: &str| ObjectKey::new(name.clone(), kind(of), ObjectName::new("default", "a"));
        let refused = |permitted: Permitted, of: &str| {
            let mut session = Session::idle(name.clone(), "https://a", false);
            session.connection = Connection::Live;
            session.permitted = permitted;
            session.forbidden = vec![(kind("Machine"), Verb::Patch), (kind("Cluster"), Verb::Delete)];
            let mut store = FleetStore::default();
            store.apply(Update::Session(std::sync::Arc::new(session)));
            let refused = Access::ReadWrite.check_change(&store, &key(of)).err();
            refused.map(|refused| (refused.step, refused.why.clone()))
        };
        let (step, why) = refused(Permitted::Some, "Machine").unwrap();
        assert_eq!(step, Step::Permission);
        assert!(why.contains("you may not patch a Machine in taipei"), "{why}");
        assert_eq!(refused(Permitted::Some, "Cluster"), None, "that may be patched");
        assert_eq!(refused(Permitted::Unknown, "Cluster"), None);
        let (step, why) = refused(Permitted::Nothing, "Cluster").unwrap();
        assert_eq!(step, Step::Permission);
        assert!(why.contains("you may not change anything in taipei"), "{why}");
    }

    #[test]
    fn what_forbids_to_write_is_told_by_its_step() {
        let name = ManagementCluster::new("taipei");
        let with = |read_only: bool, connection: Connection| {
            let mut session = Session::idle(name.clone(), "https://a", read_only);
            session.connection = connection;
            let mut store = FleetStore::default();
            store.apply(Update::Session(std::sync::Arc::new(session)));
            store
        };
        let live = || with(false, Connection::Live);
        let cases = [
            (Access::ReadWrite, live(), None),
            (Access::ReadOnly, live(), Some(Step::ReadOnly)),
            (Access::ReadOnlyForGood, live(), Some(Step::ReadOnly)),
            (
                Access::ReadWrite,
                with(true, Connection::Live),
                Some(Step::ReadOnly),
            ),
            (
                Access::ReadWrite,
                with(false, Connection::Idle),
                Some(Step::Connection),
            ),
            (Access::ReadWrite, FleetStore::default(), Some(Step::Connection)),
        ];
        for (access, store, step) in cases {
            let refused = access.check(&store, &name).err();
            assert_eq!(refused.map(|refused| refused.step), step, "{access:?}");
        }
    }
}
