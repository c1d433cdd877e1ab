//! From what a person wants to the writes that it is, held against the fleet. One kind of deed a file.
//!
//! Must not know: how a write is sent, confirmed or shown.

use std::sync::Arc;

use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::judge::{Blast, Refusal, Step};
use super::{Act, Confirm, Deed, FieldChange, FieldOwner, Plan, Verb, Write};
use crate::edit::Field;
use crate::row::Row;
use crate::store::FleetStore;
use crate::topology;

pub use apply::apply;
pub(crate) use coming::{SPARE_HOSTS, makers};
pub use field::field;
pub use fleetui_api::labels::{DELETE_MACHINE, REMEDIATE_MACHINE, SKIP_REMEDIATION};
pub use host::together;
pub(crate) use machine::quorum;
pub use machine::takes_from;
pub use pause::of_rollouts;
pub use undo::{latest, made_with, undo};
pub use weigh::weigh;

mod apply;
mod coming;
mod delete;
mod field;
mod host;
mod machine;
mod pause;
mod restart;
mod undo;
mod weigh;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The fleet.
    pub store: &'a FleetStore,
    /// Now, by our clock.
    pub now: Timestamp,
}

/// Plans an act on an object that is known. What is edited, applied, taken back or walked has functions of its own, with what
/// they need besides.
///
/// # Errors
/// Why that cannot be done here, and what can be in its place.
pub fn plan(around: &Around<'_>, act: Act) -> Result<Plan, Refusal> {
    let store = around.store;
    let key = &act.subject;
    let Some(row) = store.get(key) else {
        return refused(format!("{key} does not exist any more"));
    };
    if !act.uid.is_empty() && act.uid != row.facts.uid {
        return refused(format!("{key} was deleted; another object has its name now"));
    }
    let dying = [Some(row), store.cluster_of(row)]
        .into_iter()
        .flatten()
        .find(|row| row.facts.deleting_since.is_some());
    if let Some(dying) = dying
        && !matches!(act.deed, Deed::Delete | Deed::Resume)
    {
        return refused(format!("{} is being deleted", name(dying)));
    }
    if let Some(why) = crate::object_edit::refuses(&key.kind) {
        return refused(format!("{}: {why}", name(row)));
    }
    let mut plan = of_deed(around, row, act)?;
    for write in &plan.writes {
        let found = topology::check(store, write);
        // What is edited in its cell has been looked at.
        let new = found.filter(|found| !plan.checks.iter().any(|check| check.id == found.id));
        plan.checks.extend(new);
    }
    Ok(plan)
}

fn of_deed(around: &Around<'_>, row: &Arc<Row>, act: Act) -> Result<Plan, Refusal> {
    match &act.deed {
        Deed::Scale(typed) => of_field(around, &act, (Field::Replicas, typed)),
        Deed::Upgrade(typed) => of_field(around, &act, (Field::Version, typed)),
        Deed::Pause => pause::pause(around, row, act),
        Deed::Resume => pause::resume(around, row, act),
        Deed::Restart => restart::restart(around, row, act),
        Deed::Delete => delete::delete(around, row, act),
        Deed::Host(deed) => host::host(around, row, deed, act.clone()),
        Deed::Machine(deed) => machine::machine(around, row, *deed, act.clone()),
        Deed::Edit(_)
        | Deed::Apply
        | Deed::Undo(_)
        | Deed::Walk(_)
        | Deed::Create(_)
        | Deed::Install
        | Deed::Kubeconfig => refused("that is not planned from what is known of one object".to_owned()),
    }
}

fn of_field(around: &Around<'_>, act: &Act, (of, typed): (Field, &str)) -> Result<Plan, Refusal> {
    let planned = field(around.store, &act.subject, of, typed, around.now);
    let mut plan = planned.map_err(|refused| {
        let step = if refused.unchanged {
            Step::Unchanged
        } else {
            Step::Preflight
        };
        Refusal::at(step, refused.what)
    })?;
    plan.act.reason.clone_from(&act.reason);
    Ok(plan)
}

/// A refusal by what is known of the fleet.
pub(crate) fn refused<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal::at(Step::Preflight, why))
}

/// It is so already.
pub(crate) fn unchanged<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal::at(Step::Unchanged, why))
}

/// How an object is called in a sentence.
pub(crate) fn name(row: &Row) -> String {
    format!("{} {}", row.facts.kind.kind, row.facts.object.name)
}

/// What of a Cluster plays a part.
pub(crate) fn members<'a>(
    store: &'a FleetStore,
    cluster: &'a Row,
    role: Role,
) -> impl Iterator<Item = &'a Arc<Row>> {
    let object = &cluster.facts.object;
    store.cluster_members(&cluster.management_cluster, &object.namespace, &object.name, role)
}

/// The machines that an object owns, itself or by its sets; a machine is its own.
pub(crate) fn machines_of(store: &FleetStore, row: &Arc<Row>) -> Vec<Arc<Row>> {
    if row.facts.role == Role::Machine {
        return vec![Arc::clone(row)];
    }
    let sets = store.owned_by(row, Role::MachineSet);
    let below = sets.flat_map(|set| store.owned_by(set, Role::Machine));
    store.owned_by(row, Role::Machine).chain(below).cloned().collect()
}

/// The machines of an object, of a Cluster those of all its parts, that are replaced where all are: those that go already do not count.
pub(crate) fn replaced_of(store: &FleetStore, row: &Arc<Row>) -> Vec<Arc<Row>> {
    let machines = makers(store, row).into_iter();
    let all = machines.flat_map(|maker| machines_of(store, maker));
    all.filter(|machine| machine.facts.deleting_since.is_none())
        .collect()
}

/// A JSON patch of a row.
pub(crate) fn patch(row: &Row, operations: Vec<Value>, fields: Vec<FieldChange>) -> Write {
    Write {
        target: row.key(),
        uid: row.facts.uid.clone(),
        api_version: row.facts.api_version.clone(),
        verb: Verb::Patch,
        body: Value::Array(operations),
        fields,
    }
}

/// An annotation as a JSON pointer.
pub(crate) fn annotation(key: &str) -> String {
    format!("/metadata/annotations/{}", escaped(key))
}

/// A label as a JSON pointer.
pub(crate) fn label(key: &str) -> String {
    format!("/metadata/labels/{}", escaped(key))
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The value of one of the annotations by which things are asked for.
pub fn mark<'a>(row: &'a Row, key: &str) -> Option<&'a str> {
    let marks = &row.facts.particulars.as_ref()?.marks;
    marks
        .iter()
        .find(|(mark, _)| mark == key)
        .map(|(_, value)| value.as_str())
}

/// Sets one of the annotations by which things are asked for.
pub(crate) fn annotate(row: &Row, key: &str, value: &str) -> (Vec<Value>, FieldChange) {
    let pointer = annotation(key);
    let operations = if row.facts.annotated {
        // To set it is the same whatever it was.
        vec![json!({"op": "add", "path": pointer, "value": value})]
    } else {
        // Where there is no annotation at all, somebody may add one meanwhile, which must not be lost.
        let version = row.facts.resource_version.as_str();
        vec![
            json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}),
            json!({"op": "add", "path": "/metadata/annotations", "value": {key: value}}),
        ]
    };
    let change = FieldChange {
        pointer,
        before: mark(row, key).map(Value::from),
        after: Some(Value::from(value)),
        hidden: false,
    };
    (operations, change)
}

/// Takes one of them away; nothing where it is not there.
pub(crate) fn remove_annotation(row: &Row, key: &str) -> Option<(Vec<Value>, FieldChange)> {
    let before = Value::from(mark(row, key)?);
    let pointer = annotation(key);
    let operations = vec![
        json!({"op": "test", "path": pointer, "value": before}),
        json!({"op": "remove", "path": pointer}),
    ];
    let change = FieldChange {
        pointer,
        before: Some(before),
        after: None,
        hidden: false,
    };
    Some((operations, change))
}

/// How far an act on a row reaches, as far as that is the same for all: where it is, and of which cluster.
pub(crate) fn blast(store: &FleetStore, row: &Row) -> Blast {
    let session = store.session(&row.management_cluster);
    let cluster = store.cluster_of(row);
    Blast {
        management_cluster: row.management_cluster.clone(),
        server: session.map(|session| session.server.clone()).unwrap_or_default(),
        cluster: cluster.map(|cluster| cluster.facts.object.clone()),
        replicas: None,
        machines: Vec::new(),
        drained: 0,
        others: Vec::new(),
        budgets: Vec::new(),
    }
}

impl Blast {
    /// Machines that go besides, and the nodes that are drained for it.
    pub(crate) fn takes(&mut self, machines: &[Arc<Row>]) {
        for machine in machines {
            if !self.machines.contains(&machine.facts.object.name) {
                self.machines.push(machine.facts.object.name.clone());
                self.drained += usize::from(machine.facts.node.is_some());
            }
        }
    }
}

impl Plan {
    /// The object that it is about in the end: what is written first, else what was pointed at.
    pub fn target(&self) -> &ObjectKey {
        self.writes
            .first()
            .map_or(&self.act.subject, |write| &write.target)
    }

    /// The one field that changes, before and after as a person writes them, where it is one.
    pub fn field(&self) -> Option<(String, String)> {
        let [write] = self.writes.as_slice() else {
            return None;
        };
        // Fields that only have to stay as they are stand beside it.
        let mut changed = write.fields.iter().filter(|field| field.before != field.after);
        let field = changed.next()?;
        if changed.next().is_some() {
            return None;
        }
        let plain = |value: &Option<Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        Some((plain(&field.before), plain(&field.after)))
    }

    /// Warns of tools that will write again what is written here; where it is the very field, it is asked about once more.
    pub fn mind(&mut self, owners: &[FieldOwner]) {
        let (sentences, is_theirs) = told(owners, self);
        if is_theirs && self.confirm == Confirm::Key {
            let mut sentences = sentences.into_iter();
            self.confirm = Confirm::Twice(sentences.next().unwrap_or_default());
            self.preview.warnings.extend(sentences);
        } else {
            self.preview.warnings.extend(sentences);
        }
    }
}

/// What is to be said of the owners of an object that a plan writes, and whether a field that is written is one of theirs.
/// The sentences name managers as the server does, so they are not yet safe to show.
pub fn told(owners: &[FieldOwner], plan: &Plan) -> (Vec<String>, bool) {
    let deleted = plan.writes.iter().any(|write| write.verb == Verb::Delete);
    let written: Vec<&str> = plan
        .writes
        .iter()
        .flat_map(|write| &write.fields)
        .map(|field| field.pointer.as_str())
        .collect();
    let mut is_theirs = false;
    let gitops = owners.iter().filter(|owner| owner.gitops);
    let sentences = gitops.map(|owner| {
        let field = written.iter().find(|pointer| owner.owns(pointer));
        is_theirs |= field.is_some() || deleted;
        match field {
            _ if deleted => format!(
                "{} applies this object: it makes it again unless it is taken out of its repository",
                owner.manager
            ),
            Some(field) => format!(
                "{} applies {}: what is written here will be taken back",
                owner.manager,
                dotted(field)
            ),
            None => format!(
                "{} applies this object: what is changed here may be taken back",
                owner.manager
            ),
        }
    });
    let mut sentences: Vec<String> = sentences.collect();
    sentences.dedup();
    (sentences, is_theirs)
}

impl FieldOwner {
    /// Whether the field at `pointer` is its, or lies in what is its, or holds something that is its.
    pub fn owns(&self, pointer: &str) -> bool {
        let is_within = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.pointers
            .iter()
            .any(|own| is_within(own, pointer) || is_within(pointer, own))
    }
}

/// A JSON pointer as people write fields: `spec.replicas`.
pub fn dotted(pointer: &str) -> String {
    pointer
        .trim_start_matches('/')
        .replace('/', ".")
        .replace("~1", "/")
        .replace("~0", "~")
}

#[cfg(test)]
mod tests;
