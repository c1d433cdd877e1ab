//! How far a cluster is that was created: until it is Available, and what it waits for.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use jiff::Timestamp;

use crate::act::plan::members;
use crate::health::{brief, main_condition};
use crate::store::FleetStore;
use crate::waits_for::WaitsFor;
use crate::why::why;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Whether it is Available.
    pub available: bool,
    /// Its phase, as it says itself. Not yet safe to show.
    pub phase: String,
    /// Whether its control plane has been initialised.
    pub initialized: bool,
    /// Machines that have a node, and all that are wished.
    pub machines: (i64, i64),
    /// What it waits for; empty where it is available. Not yet safe to show.
    pub waits_for: String,
}

/// How far the cluster at `key` is; nothing where it is not seen yet.
pub fn progress(store: &FleetStore, key: &ObjectKey, now: Timestamp) -> Option<Progress> {
    let row = store.get(key)?;
    let facts = &row.facts;
    let available = main_condition(facts).is_some_and(|condition| condition.status == ConditionStatus::True);
    let wished = [Role::ControlPlane, Role::MachineDeployment, Role::MachinePool]
        .into_iter()
        .flat_map(|role| members(store, row, role))
        .filter_map(|row| row.facts.replicas.as_ref()?.wished());
    let with_node = members(store, row, Role::Machine).filter(|machine| machine.facts.node.is_some());
    let control_plane = members(store, row, Role::ControlPlane).next();
    Some(Progress {
        available,
        phase: facts.phase.as_deref().unwrap_or_default().to_owned(),
        initialized: control_plane.and_then(|row| row.facts.initialized) == Some(true),
        machines: (i64::try_from(with_node.count()).unwrap_or(i64::MAX), wished.sum()),
        waits_for: if available {
            String::new()
        } else {
            waits_for(store, key, now)
        },
    })
}

/// The deepest object that is not as it should be, what it says, and who has to act.
fn waits_for(store: &FleetStore, key: &ObjectKey, now: Timestamp) -> String {
    let Some(why) = why(store, key, now) else {
        return String::new();
    };
    let root = why.root();
    let what = root.map(|step| format!("{} {}", step.key.kind.kind, step.key.object.name));
    let (what, line) = (
        what.unwrap_or_default(),
        root.map_or("", |step| brief(&step.verdict.line)),
    );
    let said = if line.is_empty() {
        what.clone()
    } else {
        format!("{what}: {line}")
    };
    match why.waits_for {
        WaitsFor::Nobody | WaitsFor::Unknown => said,
        // What a person is to do says what it is that holds.
        who @ WaitsFor::Person(what_to_do) if what_to_do.contains(line) => {
            format!("{what} waits for {}", who.sentence())
        }
        who => format!("{said} (waits for {})", who.sentence()),
    }
}

impl Progress {
    /// In one line. Not yet safe to show.
    pub fn line(&self) -> String {
        let (there, wished) = self.machines;
        let machines = format!("{there} of {wished} machines have a node");
        if self.available {
            return format!("Available; {machines}");
        }
        let phase = if self.phase.is_empty() {
            "Pending"
        } else {
            &self.phase
        };
        let control_plane = if self.initialized {
            "control plane initialized"
        } else {
            "control plane not initialized yet"
        };
        format!("{phase}; {control_plane}; {machines}; {}", self.waits_for)
            .trim_end_matches("; ")
            .to_owned()
    }
}
