//! What the server would make of one write, held against what is there: the object before and after, which fields differ, and which of
//! what it refers to is not there.
//!
//! Must not know: what comes of that.

use fleetui_api::hidden;
use fleetui_api::kinds::{Role, core};
use fleetui_base::GroupKind;
use fleetui_fleet::act::audit::harmless;
use fleetui_fleet::act::{Deed, Missing, Plan, Weighed, Write};
use fleetui_fleet::merge::{ListKind, changed};
use fleetui_fleet::object_edit::lean;
use serde_json::Value;

use super::gate::Ground;
use super::{inspect, send};
use crate::catalogue::GROUPS;
use crate::command::{Failure, FailureKind};
use crate::execute::text_at;
use crate::fault::Fault;
use crate::gather::reference;

mod since;

/// Where objects refer to others of their namespace that they cannot do without.
const REFERENCES: [&str; 8] = [
    "/spec/infrastructureRef",
    "/spec/controlPlaneRef",
    "/spec/bootstrap/configRef",
    "/spec/template/spec/infrastructureRef",
    "/spec/template/spec/bootstrap/configRef",
    "/spec/machineTemplate/infrastructureRef",
    "/spec/machineTemplate/spec/infrastructureRef",
    "/spec/infrastructureMachineTemplateRef",
];
/// Lists whose elements have names, so that they are told apart by those.
const BY_NAME: [&str; 3] = [
    "/spec/topology/workers/machineDeployments",
    "/spec/topology/workers/machinePools",
    "/spec/topology/variables",
];

/// Whether a plan alone does not tell what comes of it: what has a name of its own, as scaling has, says so itself.
pub(super) fn is_wanted(plan: &Plan) -> bool {
    matches!(plan.act.deed, Deed::Edit(_) | Deed::Apply | Deed::Undo(_))
}

/// Weighs one write, of whose dry run the server said `after`.
pub(super) async fn weighed(
    ground: &Ground,
    plan: &Plan,
    write: &Write,
    after: &str,
) -> Result<Weighed, Failure> {
    let read = |text: &str| -> Result<Value, Failure> {
        let object: Result<Value, serde_json::Error> = serde_json::from_str(text);
        object.map_err(|error| Fault::Garbled(error.to_string()).into())
    };
    let after = read(after)?;
    let before = send::text_there(ground, write).await?;
    let before = before.map(|text| read(&text)).transpose()?;
    if let (Deed::Undo(_), Some(before)) = (&plan.act.deed, &before) {
        let entries = ground.settings.audit.read(since::LINES).await;
        let entries = entries.map_err(|error| {
            let what = format!("the audit log cannot be read: {error}");
            Failure::new(FailureKind::Unexpected, what)
        })?;
        since::unchanged(write, (before, &after), &entries, ground.clock.now())?;
    }
    let missing = missing(ground, plan, (write, before.as_ref()), &after).await;
    let fields = match &before {
        // They are told as the audit log would: without what is secret.
        Some(before) => changed(&lean(before.clone()), &lean(after.clone()), &|pattern: &str| {
            if BY_NAME.contains(&pattern) {
                ListKind::Map(vec!["name".into()])
            } else {
                ListKind::Atomic
            }
        })
        .iter()
        .map(|field| harmless(&write.target, field))
        .collect(),
        None => Vec::new(),
    };
    let shown = |mut object: Value| {
        if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        hidden::hide(&mut object);
        object
    };
    let applied = before.as_ref().filter(|_| write.verb.applies());
    let owners = applied.map_or_else(Vec::new, |before| inspect::read(before).owners);
    Ok(Weighed {
        owners: owners.into_iter().filter(|owner| owner.gitops).collect(),
        before: before.map(shown),
        after: Some(shown(after)),
        fields,
        missing,
    })
}

/// Refuses what is taken back where somebody else has set a field of it since it was weighed.
pub(super) async fn stands(ground: &Ground, plan: &Plan) -> Result<(), Failure> {
    for write in &plan.writes {
        if let Some(text) = send::text_there(ground, write).await? {
            let before: Value =
                serde_json::from_str(&text).map_err(|error| Fault::Garbled(error.to_string()))?;
            since::unchanged(write, (&before, &Value::Null), &[], ground.clock.now())?;
        }
    }
    Ok(())
}

/// What it would refer to that is not there, and not made by the same plan. What cannot be read is not called missing.
async fn missing(
    ground: &Ground,
    plan: &Plan,
    (write, before): (&Write, Option<&Value>),
    after: &Value,
) -> Vec<Missing> {
    let differs = |pointer: &str| before.and_then(|before| before.pointer(pointer)) != after.pointer(pointer);
    let namespace = write.target.object.namespace.as_str();
    let referred = REFERENCES.iter().filter(|pointer| differs(pointer));
    let mut asked: Vec<(String, GroupKind, String, String)> = referred
        .filter_map(|pointer| {
            let (kind, name) = reference(after, pointer)?;
            Some(((*pointer).to_owned(), kind, namespace.to_owned(), name))
        })
        .collect();
    asked.extend(
        named(after, namespace)
            .into_iter()
            .filter(|(pointer, ..)| differs(pointer)),
    );
    let mut missing = Vec::new();
    for (pointer, kind, namespace, name) in asked {
        let is_made = plan.writes.iter().any(|other| {
            other.target.kind == kind
                && other.target.object.name == name
                && other.target.object.namespace == namespace
        });
        if !is_made && is_absent(ground, &kind, (&namespace, &name)).await {
            missing.push(Missing {
                pointer,
                what: format!("{} {name}", kind.kind),
            });
        }
    }
    missing
}

/// What is referred to by its name alone: the Cluster of an object, the class of a Cluster.
fn named(object: &Value, namespace: &str) -> Vec<(String, GroupKind, String, String)> {
    let mut named = Vec::new();
    let mut add = |pointer: &str, kind: &str, namespace: &str| {
        let name = text_at(object, pointer);
        if !name.is_empty() {
            named.push((
                pointer.to_owned(),
                core(kind),
                namespace.to_owned(),
                name.to_owned(),
            ));
        }
    };
    let group = text_at(object, "/apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    let role = Role::of(&GroupKind::new(group, text_at(object, "/kind")));
    if role == Role::Cluster {
        let of_class = [
            "/spec/topology/classRef/namespace",
            "/spec/topology/classNamespace",
        ];
        let elsewhere = of_class.iter().map(|pointer| text_at(object, pointer));
        let place = elsewhere
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or(namespace);
        add("/spec/topology/classRef/name", "ClusterClass", place);
        add("/spec/topology/class", "ClusterClass", place);
    } else if group.ends_with(fleetui_api::kinds::CORE) {
        add("/spec/clusterName", "Cluster", namespace);
    }
    named
}

/// Whether an object of Cluster API's kinds is known not to be there.
async fn is_absent(ground: &Ground, kind: &GroupKind, (namespace, name): (&str, &str)) -> bool {
    let catalogue = ground.handle.catalogue();
    let Some(served) = catalogue.find(kind, None) else {
        return GROUPS.contains(&kind.group.as_ref());
    };
    let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
    let path = format!("{}/{name}", served.path(namespace));
    let limit = ground.settings.request_timeout;
    matches!(
        ground.handle.requester.get(&path, limit).await,
        Err(Fault::NotFound(_))
    )
}
