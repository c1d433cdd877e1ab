//! Objects from a file: each by server-side apply, in an order in which each finds what it needs.

use std::collections::BTreeSet;

use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use serde_json::Value;

use super::{Around, refused};
use crate::act::judge::{Blast, Confirm, Preview, Refusal};
use crate::act::{Act, Deed, Plan, Verb, Write};

/// More objects than this are not applied at once.
const MOST: usize = 512;

/// Plans that `documents` are applied to a management cluster; what names no namespace goes to this one. Where it is `forced`, fields
/// that others have set are taken over.
///
/// # Errors
/// There is nothing to apply, too much, or something that is no object.
pub fn apply(
    around: &Around<'_>,
    documents: &[Value],
    (management_cluster, namespace): (&ManagementCluster, &str),
    forced: bool,
) -> Result<Plan, Refusal> {
    let mut writes = Vec::new();
    for document in documents {
        match document.get("items").and_then(Value::as_array) {
            Some(items) if text(document, "/kind").ends_with("List") => {
                for item in items {
                    writes.push(write(item, management_cluster, namespace, writes.len())?);
                }
            }
            Some(_) | None => writes.push(write(document, management_cluster, namespace, writes.len())?),
        }
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = writes.iter().find(|write| !seen.insert(write.target.clone())) {
        return refused(format!("{} stands there twice", twice.target));
    }
    if writes.len() > MOST {
        return refused(format!(
            "{} objects are too many at once: {MOST} at most",
            writes.len()
        ));
    }
    writes.sort_by_key(|write| rank(&write.target.kind));
    if forced {
        for write in &mut writes {
            write.verb = Verb::ApplyForced;
        }
    }
    let Some(first) = writes.first() else {
        return refused("there is no object in it".to_owned());
    };
    let there = writes
        .iter()
        .filter(|write| around.store.get(&write.target).is_some())
        .count();
    let session = around.store.session(management_cluster);
    Ok(Plan {
        act: Act {
            subject: first.target.clone(),
            uid: "".into(),
            deed: Deed::Apply,
            reason: None,
        },
        preview: Preview {
            happens: vec![match writes.len() {
                1 => format!("applies {}", first.target),
                count => format!("applies {count} objects, of which {there} are known to be there"),
            }],
            blast: Some(Blast {
                management_cluster: management_cluster.clone(),
                server: session.map(|session| session.server.clone()).unwrap_or_default(),
                cluster: None,
                replicas: None,
                machines: Vec::new(),
                drained: 0,
                others: Vec::new(),
                budgets: Vec::new(),
            }),
            ..Preview::default()
        },
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: around.now,
        writes,
    })
}

/// What others need comes first.
fn rank(kind: &GroupKind) -> u8 {
    match kind.kind.as_ref() {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "Secret" => 2,
        "ClusterClass" => 3,
        _ => 4,
    }
}

fn write(
    document: &Value,
    management_cluster: &ManagementCluster,
    namespace: &str,
    index: usize,
) -> Result<Write, Refusal> {
    let number = index + 1;
    let (api_version, kind) = (text(document, "/apiVersion"), text(document, "/kind"));
    let name = text(document, "/metadata/name");
    for (what, field) in [
        (api_version, "apiVersion"),
        (kind, "kind"),
        (name, "metadata.name"),
    ] {
        if what.is_empty() {
            return refused(format!("object {number} has no {field}, so it cannot be applied"));
        }
    }
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let own = text(document, "/metadata/namespace");
    let namespace = if own.is_empty() { namespace } else { own };
    let mut body = document.clone();
    // Of the server alone, and refused by it; a file that was read from one has it.
    if let Some(metadata) = body.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    Ok(Write {
        target: ObjectKey::new(
            management_cluster.clone(),
            GroupKind::new(group, kind),
            ObjectName::new(namespace, name),
        ),
        uid: "".into(),
        api_version: api_version.into(),
        verb: Verb::Apply,
        body,
        fields: Vec::new(),
    })
}

fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
