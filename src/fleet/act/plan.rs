//! From what a person wants to the writes that it is, held against the fleet. One kind of deed a file.
//!
//! Must not know: how a write is sent, confirmed or shown.

use fleetui_base::ObjectKey;
use serde_json::Value;

use super::judge::Blast;
use super::{Confirm, FieldOwner, Plan, Verb};
use crate::row::Row;
use crate::store::FleetStore;

pub use field::field;

mod field;

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
