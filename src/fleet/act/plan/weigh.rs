//! What a change of objects brings about that was not asked for by a name of its own: an edit of the whole, a file that is applied,
//! something that is taken back. Each object before and after, as the server would have it, is asked for the fields that have
//! consequences, and each of those is told and judged as the act is that has a name for it.
//!
//! Must not know: how the objects were read, or who shows what comes of it.

mod changed;
mod cluster;
mod drains;
mod hosts;
mod made;
mod maintenance;
mod owner;

use compact_str::CompactString;
use fleetui_api::facts::Facts;
use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use serde_json::Value;

use self::changed::Changed;
use super::{Around, blast, dotted};
use crate::act::judge::{Check, Confirm, Found, Judgement, Missing, Weighed};
use crate::act::{Deed, Plan, Verb, Write};
use crate::object_edit::set_back;
use crate::store::FleetStore;
use crate::topology;

/// So many of the changed fields of an object are named in a sentence.
const MOST_NAMED: usize = 4;

/// Adds to a plan what the judgement of it shows beyond what was planned: what becomes of each object, which machines come and go, what
/// stands in the way of that. A plan whose act has a name of its own has said so already, but for what will hold its drains.
pub fn weigh(around: &Around<'_>, plan: &mut Plan, judgement: &Judgement) {
    plan.tell_drains(&judgement.drains);
    if judgement.weighed.len() != plan.writes.len() || plan.writes.is_empty() {
        return;
    }
    let several = plan.writes.len() > 1;
    let applies = plan.act.deed == Deed::Apply;
    let mut counts = Counts::default();
    if applies {
        plan.preview.happens.clear();
    }
    for (at, weighed) in judgement.weighed.iter().enumerate() {
        let Some(write) = plan.writes.get_mut(at) else {
            return;
        };
        let target = write.target.clone();
        if applies {
            write.fields.clone_from(&weighed.fields);
            write.uid = weighed.before.as_ref().map(uid).unwrap_or_default();
            plan.preview.happens.push(counts.told(&target, weighed));
        } else if matches!(plan.act.deed, Deed::Edit(_)) {
            made::settle(&target, &mut write.fields, weighed);
        }
        let prefix = if several {
            format!("{} {}: ", target.kind.kind, target.object.name)
        } else {
            String::new()
        };
        let alone = of_object(around, &target, weighed, plan);
        plan.take(alone, &prefix, several);
    }
    hosts::of_what_is_made(around, plan, judgement);
    if applies {
        plan.tell_apply(judgement, &counts);
    }
}

/// What one object adds to a plan, as a plan that writes nothing.
fn of_object(around: &Around<'_>, key: &ObjectKey, weighed: &Weighed, of: &Plan) -> Plan {
    let mut alone = Plan {
        act: of.act.clone(),
        writes: Vec::new(),
        preview: crate::act::Preview::default(),
        checks: missing(&weighed.missing),
        confirm: Confirm::Key,
        planned: around.now,
    };
    let Some(after) = &weighed.after else { return alone };
    let before = weighed.before.as_ref();
    let row = around.store.get(key);
    alone.preview.blast = row.map(|row| blast(around.store, row));
    let facts = (before.map(Facts::read), Facts::read(after));
    let changed = Changed {
        row,
        objects: (before, after),
        facts: (facts.0.as_ref(), &facts.1),
    };
    alone.standing(around.store, key, weighed);
    match facts.1.role {
        Role::Cluster => cluster::of(around, &changed, &mut alone),
        Role::ControlPlane | Role::MachineDeployment | Role::MachineSet | Role::MachinePool => {
            owner::of(around, &changed, &mut alone);
        }
        Role::Template | Role::ClusterClass => {
            changed::of_what_is_made_from(around.store, &changed, &mut alone);
        }
        Role::Host => maintenance::of(around, &changed, &mut alone),
        Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::Provider
        | Role::Other => changed.pause(around.store, &mut alone),
    }
    if !weighed.missing.is_empty() && before.is_some() {
        alone.ask_twice("it would refer to something that does not exist".to_owned());
    }
    alone
}

/// What it refers to that is not there.
fn missing(missing: &[Missing]) -> Vec<Check> {
    let told = missing.iter().map(|missing| Check {
        id: "references".into(),
        title: "What it refers to is there".to_owned(),
        found: Found::Warns(format!(
            "{} refers to {}, which does not exist: nothing is made of it before it does",
            dotted(&missing.pointer),
            missing.what
        )),
    });
    told.collect()
}

/// How many objects a file makes, changes and leaves.
#[derive(Debug, Default)]
struct Counts {
    created: usize,
    changed: usize,
    same: usize,
}

impl Counts {
    /// What becomes of one object.
    fn told(&mut self, target: &ObjectKey, weighed: &Weighed) -> String {
        let what = format!("{} {}", target.kind.kind, target.object);
        if weighed.before.is_none() {
            self.created += 1;
            return format!("creates {what}");
        }
        if weighed.fields.is_empty() {
            self.same += 1;
            return format!("leaves {what} as it is");
        }
        self.changed += 1;
        let fields = weighed.fields.iter().take(MOST_NAMED);
        let mut named: Vec<String> = fields.map(|field| dotted(&field.pointer)).collect();
        if weighed.fields.len() > MOST_NAMED {
            named.push(format!("and {} more", weighed.fields.len() - MOST_NAMED));
        }
        format!("changes {what}: {}", named.join(", "))
    }
}

impl Plan {
    /// It is asked once more: why. What was asked for already stays.
    fn ask_twice(&mut self, why: String) {
        if self.confirm == Confirm::Key {
            self.confirm = Confirm::Twice(why);
        }
    }

    /// Of an object that is there: what a topology and other tools make of what is applied to it, and whether anybody makes
    /// something of what it asks for.
    fn standing(&mut self, store: &FleetStore, key: &ObjectKey, weighed: &Weighed) {
        let Some(row) = store.get(key).filter(|_| !weighed.fields.is_empty()) else {
            return;
        };
        let write = Write {
            target: key.clone(),
            uid: row.facts.uid.clone(),
            api_version: row.facts.api_version.clone(),
            verb: Verb::Apply,
            body: Value::Null,
            fields: weighed.fields.clone(),
        };
        // What is taken back makes nothing worse, and what is edited has said whose it is.
        if !matches!(self.act.deed, Deed::Undo(_)) {
            self.checks.extend(topology::check(store, &write));
        }
        if self.act.deed == Deed::Apply {
            if let Some(sentence) = set_back(store, row) {
                self.ask_twice(sentence);
            }
            self.writes.push(write);
            self.mind(&weighed.owners);
            self.writes.clear();
        }
    }

    /// Takes what one of its objects adds.
    fn take(&mut self, alone: Plan, prefix: &str, several: bool) {
        let named = |what: String| format!("{prefix}{what}");
        self.preview
            .happens
            .extend(alone.preview.happens.into_iter().map(named));
        self.preview
            .warnings
            .extend(alone.preview.warnings.into_iter().map(named));
        self.checks.extend(alone.checks.into_iter().map(|mut check| {
            match &mut check.found {
                Found::Well(text)
                | Found::Warns(text)
                | Found::Unknown(text)
                | Found::Blocks { why: text, .. } => {
                    *text = format!("{prefix}{text}");
                }
            }
            check
        }));
        self.preview.seconds = self.preview.seconds.max(alone.preview.seconds);
        if let Confirm::Twice(why) = alone.confirm {
            self.ask_twice(named(why));
        }
        let Some(mut of) = alone.preview.blast else { return };
        match &mut self.preview.blast {
            None => self.preview.blast = Some(of),
            Some(blast) => {
                blast.machines.append(&mut of.machines);
                blast.drained += of.drained;
                if !several {
                    blast.replicas = of.replicas.or(blast.replicas);
                }
                if blast.cluster.is_none() {
                    blast.cluster = of.cluster;
                }
            }
        }
    }

    /// What a file comes to, and what the audit log says it was about: the first object of which anything becomes.
    fn tell_apply(&mut self, judgement: &Judgement, counts: &Counts) {
        if self.writes.len() > 1 {
            let Counts {
                created,
                changed,
                same,
            } = counts;
            let all = format!(
                "applies {} objects: {created} created, {changed} changed, {same} unchanged",
                self.writes.len()
            );
            self.preview.happens.insert(0, all);
        }
        let mut both = self.writes.iter().zip(&judgement.weighed);
        if let Some((write, weighed)) =
            both.find(|(_, weighed)| weighed.before.is_none() || !weighed.fields.is_empty())
        {
            self.act.uid = weighed.before.as_ref().map(uid).unwrap_or_default();
            self.act.subject = write.target.clone();
        }
    }

    /// What became of one of its writes, in a word.
    pub fn became(&self, judgement: &Judgement, at: usize) -> &'static str {
        let write = self.writes.get(at).filter(|write| write.verb.applies());
        match (write, judgement.weighed.get(at)) {
            (Some(_), Some(weighed)) if weighed.before.is_none() => "created",
            (Some(_), Some(weighed)) if weighed.fields.is_empty() => "unchanged",
            (Some(_), Some(_)) => "changed",
            (Some(_) | None, _) => "applied",
        }
    }
}

fn uid(object: &Value) -> CompactString {
    let uid = object.pointer("/metadata/uid").and_then(Value::as_str);
    uid.unwrap_or_default().into()
}

/// The value at a JSON pointer of an object that may not be there.
fn at<'a>(object: Option<&'a Value>, pointer: &str) -> Option<&'a Value> {
    object?.pointer(pointer).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests;
