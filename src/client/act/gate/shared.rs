//! What a new cluster shares with others: objects of its template that are not called after it, such as the ConfigMaps that a
//! ClusterResourceSet brings into every cluster. Where one is there already it stays as it is, and the cluster has it too.

use fleetui_fleet::act::{CreateDeed, Deed, Plan, Verb, Write};
use serde_json::Value;

use super::super::send;
use super::Ground;
use crate::command::{Failure, FailureKind};

/// The object that is there in the place of one that a new cluster shares with others; nothing where that is not what failed.
pub(super) async fn there(ground: &Ground, plan: &Plan, write: &Write, failure: &Failure) -> Option<Value> {
    let exists = failure.kind == FailureKind::Conflict && failure.message.contains("already exists");
    if !exists || !is_shared(plan, write) {
        return None;
    }
    send::there(ground, write).await.ok().flatten()
}

/// Whether an object is made with a cluster and not for it alone.
fn is_shared(plan: &Plan, write: &Write) -> bool {
    let begins = matches!(
        plan.act.deed,
        Deed::Create(CreateDeed::Begin(_) | CreateDeed::Resume)
    );
    let (cluster, name) = (&plan.act.subject.object.name, &write.target.object.name);
    let rest = name.strip_prefix(cluster.as_str());
    let is_own = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    begins && write.verb == Verb::Create && &*write.target.kind.kind != "Cluster" && !is_own
}

/// What is told of one that is there.
pub(super) fn told(write: &Write, there: &Value) -> String {
    let target = &write.target;
    if fields(&write.body).all(|(name, value)| has(there.get(name), value)) {
        format!("{target} is there already, and is taken as it is")
    } else {
        format!("{target} is there already, and other than the template has it: it stays as it is")
    }
}

/// What an object is, without its metadata and its status.
fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let all = object.as_object().into_iter().flatten();
    all.filter(|(name, _)| {
        !matches!(
            name.as_str(),
            "apiVersion" | "kind" | "metadata" | "status" | "stringData"
        )
    })
}

/// Whether a value has all that is asked for; a server adds its defaults.
fn has(there: Option<&Value>, asked: &Value) -> bool {
    match (there, asked) {
        (Some(Value::Object(there)), Value::Object(asked)) => {
            asked.iter().all(|(name, value)| has(there.get(name), value))
        }
        (Some(Value::Array(there)), Value::Array(asked)) => {
            let mut pairs = there.iter().zip(asked);
            there.len() == asked.len() && pairs.all(|(there, asked)| has(Some(there), asked))
        }
        (there, asked) => there == Some(asked) || (there.is_none() && asked.is_null()),
    }
}
