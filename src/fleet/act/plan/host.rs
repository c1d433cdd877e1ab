//! What can be done about one host of a pool: each written where the provider's controllers look for it, with what its state allows.

mod leave;
mod maintenance;
mod marks;
mod several;
mod writes;

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::byoh::names;
use fleetui_api::facts::HostFacts;
use fleetui_api::kinds::{Role, core};
use fleetui_rules::hosts::{Stage, State};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Around, blast, name, patch, refused, unchanged};
use crate::act::judge::{Check, Confirm, Found, Preview, Refusal};
use crate::act::{Act, FieldChange, HostDeed, Plan};
use crate::hosts::{HostRow, NO_REASON, machine_on, room_for};
use crate::paused;
use crate::row::Row;
pub use several::together;
use writes::Change;

/// Plans a deed about a host.
pub(super) fn host(around: &Around<'_>, row: &Arc<Row>, deed: &HostDeed, act: Act) -> Result<Plan, Refusal> {
    let of = Of::row(around, row)?;
    match deed {
        HostDeed::Approve => approve(&of, act),
        HostDeed::Label(changes) => marks::label(&of, changes, act),
        HostDeed::Cordon(true) => cordon(&of, act),
        HostDeed::Cordon(false) => uncordon(&of, act),
        HostDeed::Maintain(true) => maintenance::begin(&of, act),
        HostDeed::Maintain(false) => maintenance::end(&of, act),
        HostDeed::Reserve(Some(cluster)) => reserve(&of, cluster, act),
        HostDeed::Reserve(None) => reserve_no_more(&of, act),
        HostDeed::Quarantine(true) => marks::quarantine(&of, act),
        HostDeed::Quarantine(false) => marks::clear(&of, act),
        HostDeed::Release => leave::release(&of, act),
        HostDeed::Reset => leave::reset(&of, act),
    }
}

/// A host, and what is known around it.
struct Of<'a> {
    around: &'a Around<'a>,
    row: &'a Arc<Row>,
    host: HostRow,
    kept: &'a HostFacts,
    /// The Machine that runs on it, where it is known.
    machine: Option<&'a Arc<Row>>,
    /// By the server's clock.
    now: Timestamp,
}

impl<'a> Of<'a> {
    fn row(around: &'a Around<'a>, row: &'a Arc<Row>) -> Result<Self, Refusal> {
        if row.facts.role != Role::Host {
            return refused(format!("{} is no host of a pool", name(row)));
        }
        let now = around.store.time_of(&row.management_cluster, around.now);
        let kept = row.facts.particulars.as_ref().and_then(|it| it.host.as_deref());
        let (Some(host), Some(kept)) = (HostRow::of(row, now), kept) else {
            return refused(format!("{} cannot be read", name(row)));
        };
        Ok(Self {
            machine: machine_on(around.store, &host),
            around,
            row,
            host,
            kept,
            now,
        })
    }

    fn name(&self) -> String {
        name(self.row)
    }

    fn state(&self) -> State {
        self.host.state
    }

    /// Who has it: `Machine md-0-abc of cluster prod`.
    fn taker(&self) -> Option<String> {
        let taken = self.host.taken_by.as_ref()?;
        let who = match self.machine {
            Some(machine) => name(machine),
            None => format!("ByoMachine {}", taken.name),
        };
        Some(match &taken.cluster {
            Some(cluster) => format!("{who} of cluster {cluster}"),
            None => who,
        })
    }

    /// What becomes of who has it, where nothing is done about that: `and` what else holds then.
    fn stays(&self, taker: &str, and: &str) -> String {
        match self.machine {
            Some(machine) if machine.facts.deleting_since.is_some() => {
                format!("{taker} is being deleted, and no other one comes")
            }
            _ => format!("{taker} stays on it: {and}"),
        }
    }

    /// A value of an annotation that is kept.
    fn annotation(&self, key: &str) -> Option<&'a str> {
        self.kept.annotations.get(key).map(String::as_str)
    }

    /// What still keeps machines off it once the overlay that `ended` takes out of its state has gone.
    fn still(&self, ended: impl FnOnce(&mut State)) -> Option<String> {
        let mut state = self.state();
        ended(&mut state);
        let keeps = [
            (state.stage == Stage::PendingApproval, "it waits for approval"),
            (state.cordoned, "it is cordoned"),
            (state.maintenance, "it is in maintenance"),
            (state.quarantined, "it is quarantined"),
            (state.paused, "it is paused"),
            (state.disconnected.is_some(), "its agent is not heard"),
            (state.stage == Stage::Released, "it is kept for inspection"),
            (
                state.stage == Stage::Unclean,
                "something of an earlier machine is on it",
            ),
            (
                state.stage == Stage::Registering,
                "its agent has not told yet what it is",
            ),
        ];
        let keeps: Vec<&str> = keeps
            .into_iter()
            .filter_map(|(is_so, what)| is_so.then_some(what))
            .collect();
        (!keeps.is_empty()).then(|| format!("it still takes no machine: {}", keeps.join(", ")))
    }

    /// What comes of it that `ended` goes out of its state: that it takes machines again, or that this `is_over` and what still keeps
    /// them off it.
    fn again(&self, is_over: &str, ended: impl FnOnce(&mut State)) -> Preview {
        let still = self.still(ended);
        let happens = match &still {
            Some(_) => is_over,
            None => "it takes machines again",
        };
        Preview {
            happens: vec![happens.to_owned()],
            warnings: still.into_iter().collect(),
            ..Preview::default()
        }
    }

    /// Why something is done, as it is written down on the host.
    fn why(act: &Act) -> &str {
        act.reason.as_deref().unwrap_or(NO_REASON)
    }

    /// A plan that writes this host alone.
    fn plan(&self, act: Act, change: Change, preview: Preview) -> Plan {
        let (operations, changes) = change;
        Plan {
            act,
            writes: vec![patch(self.row, operations, changes)],
            preview: Preview {
                blast: Some(blast(self.around.store, self.row)),
                ..preview
            },
            checks: Vec::new(),
            confirm: Confirm::Key,
            planned: self.around.now,
        }
    }

    /// What becomes of the machine that is drained, and whether another host can be taken in its place.
    fn drained(&self, machine: &Row, preview: &mut Preview) {
        let taker = self.taker().unwrap_or_else(|| name(machine));
        if machine.facts.deleting_since.is_some() {
            preview.happens.push(format!("{taker} is being deleted already"));
            return;
        }
        preview.happens.push(format!(
            "{taker} is deleted: its node is drained, and the host is reset"
        ));
        let owner = machine
            .facts
            .owner
            .as_ref()
            .filter(|owner| Role::of(&owner.kind) != Role::Cluster);
        let Some(owner) = owner else {
            preview
                .warnings
                .push("nothing makes another machine in its place".to_owned());
            return;
        };
        let maker = format!("{} {}", owner.kind.kind, owner.name);
        match room_for(self.around.store, machine, self.around.now) {
            Some(room) if room.candidates.is_empty() => preview.warnings.push(format!(
                "{maker} makes another one, which finds no host: {}",
                room.summary()
            )),
            Some(room) => preview.happens.push(promised(&maker, room.candidates.len())),
            None => preview.happens.push(made_again(&maker)),
        }
        if let Some(paused) = paused::who(self.around.store, machine) {
            preview.warnings.push(format!(
                "{} is paused: nothing is drained before it is resumed",
                name(paused)
            ));
        }
    }

    /// Whether the control plane can spare the machine, where it is one of it.
    fn spared(&self, machine: &Row, or: &str) -> Vec<Check> {
        let owner = machine.facts.owner.as_ref();
        if owner.is_none_or(|owner| Role::of(&owner.kind) != Role::ControlPlane) {
            return Vec::new();
        }
        let found = match super::machine::quorum(self.around.store, machine) {
            Ok(()) => Found::Well("the control plane can spare it".to_owned()),
            Err(refusal) => Found::Blocks {
                why: format!("{}{or}", refusal.why),
                overridable: true,
            },
        };
        vec![Check {
            id: "quorum".into(),
            title: "whether the control plane can spare its machine".to_owned(),
            found,
        }]
    }
}

/// That another machine is made in place of one that goes.
fn made_again(maker: &str) -> String {
    format!("{maker} makes another one in its place")
}

/// The same, with the hosts that it can take.
fn promised(maker: &str, free: usize) -> String {
    let hosts = match free {
        1 => "1 free host".to_owned(),
        more => format!("{more} free hosts"),
    };
    format!("{}: {hosts} can be taken", made_again(maker))
}

fn approve(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    if of.kept.spec.approved == Some(true) {
        return unchanged(format!(
            "{} is approved already: it is {}",
            of.name(),
            of.host.words()
        ));
    }
    if of.kept.spec.approved != Some(false) {
        return unchanged(format!(
            "{} does not wait for approval: it is {}",
            of.name(),
            of.host.words()
        ));
    }
    let change = writes::spec(of, "approved", Some(json!(false)), Some(json!(true)));
    let mut preview = Preview {
        happens: vec!["its pool may use it from now on".to_owned()],
        ..Preview::default()
    };
    preview.warnings.extend(of.still(|state| {
        if state.stage == Stage::PendingApproval {
            state.stage = Stage::Free;
        }
    }));
    Ok(of.plan(act, change, preview))
}

fn cordon(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    if of.state().cordoned {
        return unchanged(format!("{} is cordoned already", of.name()));
    }
    let before = of.kept.spec.unclaimable.map(Value::from);
    let change = writes::spec(of, "unclaimable", before, Some(json!(true)));
    let happens = match of.taker() {
        Some(taker) => of.stays(&taker, "it takes no further machine"),
        None => "it takes no machine until it is uncordoned".to_owned(),
    };
    let preview = Preview {
        happens: vec![happens],
        ..Preview::default()
    };
    Ok(of.plan(act, change, preview))
}

fn uncordon(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    if !of.state().cordoned {
        return unchanged(format!("{} is not cordoned", of.name()));
    }
    let change = writes::spec(of, "unclaimable", Some(json!(true)), None);
    let preview = of.again("it is no longer cordoned", |state| state.cordoned = false);
    Ok(of.plan(act, change, preview))
}

/// The taints of a host, and the place of the one that reserves it.
fn reservation<'a>(of: &Of<'a>) -> (Vec<Value>, Option<(usize, &'a str)>) {
    let taints = &of.kept.spec.taints;
    let at = taints.iter().position(|taint| taint.key == names::RESERVED_FOR);
    let whose = at.and_then(|at| Some((at, taints.get(at)?.value.as_deref().unwrap_or_default())));
    (taints.iter().map(|taint| json!(taint)).collect(), whose)
}

/// The list of taints, from what it is to what it becomes.
fn taints(of: &Of<'_>, before: Vec<Value>, after: Vec<Value>) -> Change {
    let list = |list: Vec<Value>| (!list.is_empty()).then_some(Value::Array(list));
    writes::guarded_spec(of, "taints", list(before), list(after))
}

fn reserve(of: &Of<'_>, cluster: &CompactString, act: Act) -> Result<Plan, Refusal> {
    let wrong = fleetui_rules::admission::why_no_label(names::RESERVED_FOR, Some(cluster));
    if cluster.is_empty() || wrong.is_some() {
        return refused(format!("{cluster} is no name of a cluster"));
    }
    let (before, whose) = reservation(of);
    if let Some((_, whose)) = whose {
        let said = format!("{} is reserved for cluster {whose}", of.name());
        return if whose == cluster {
            unchanged(format!("{said} already"))
        } else {
            refused(format!("{said}: take that back first"))
        };
    }
    let mut after = before.clone();
    after.push(json!({"key": names::RESERVED_FOR, "value": cluster, "effect": "NoBind"}));
    let mut preview = Preview {
        happens: vec![format!(
            "only machines of cluster {cluster} take it, and they take it before others"
        )],
        ..Preview::default()
    };
    let facts = &of.row.facts;
    let known = of.around.store.find(
        &of.row.management_cluster,
        &core("Cluster"),
        &facts.object.namespace,
        cluster,
    );
    let taken = of.host.taken_by.as_ref();
    if taken.is_some_and(|taken| taken.cluster.as_deref() != Some(cluster)) {
        preview.warnings.extend(
            of.taker()
                .map(|taker| format!("{taker} stays on it until it goes")),
        );
    }
    preview.warnings.extend(of.still(|_| ()));
    let mut plan = of.plan(act, taints(of, before, after), preview);
    if known.is_none() {
        plan.confirm = Confirm::Twice(format!(
            "there is no Cluster {cluster} in namespace {}, and no other machine takes the host",
            facts.object.namespace
        ));
    }
    Ok(plan)
}

fn reserve_no_more(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    let (before, Some((at, _))) = reservation(of) else {
        return unchanged(format!("{} is not reserved for a cluster", of.name()));
    };
    let mut after = before.clone();
    after.remove(at);
    let still = of.still(|_| ());
    let happens = match still {
        Some(_) => "it is no longer kept for one cluster",
        None => "machines of every cluster of its namespace take it",
    };
    let preview = Preview {
        happens: vec![happens.to_owned()],
        warnings: still.into_iter().collect(),
        ..Preview::default()
    };
    Ok(of.plan(act, taints(of, before, after), preview))
}

/// A field before and after.
fn changed(pointer: String, before: Option<Value>, after: Option<Value>) -> FieldChange {
    FieldChange {
        pointer,
        before,
        after,
        hidden: false,
    }
}

#[cfg(test)]
mod tests;
