//! A walk as the management cluster keeps it: one ConfigMap beside its Cluster, which goes with it; and the plans that write it.

use compact_str::CompactString;
use fleetui_api::labels;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{FORMAT, Walk, WalkState};
use crate::act::{
    Act, Actor, Blast, Check, Confirm, Deed, FieldChange, Found, Plan, Preview, Refusal, Step, Verb,
    WalkDeed, Write,
};
use crate::edit;
use crate::preflight::{Aimed, Gathered, Preflight, preflight};
use crate::row::Row;
use crate::store::FleetStore;

/// The label by which all walks are found.
pub const LABEL: &str = "fleetui.dev/upgrade";
/// Where in the ConfigMap the walk is.
const PLAN: &str = "plan.json";
const POINTER: &str = "/data/plan.json";
/// The same in the patch of `record`.
const POINTER_IN_PATCH: &str = "/1/value/plan.json";

/// Where the walk of a Cluster is kept; its Lease has the same name.
pub fn name(cluster: &ObjectName) -> ObjectName {
    ObjectName::new(&cluster.namespace, &format!("fleetui-upgrade-{}", cluster.name))
}

fn key(management_cluster: &ManagementCluster, cluster: &ObjectName) -> ObjectKey {
    let kind = GroupKind::new("", "ConfigMap");
    ObjectKey::new(management_cluster.clone(), kind, name(cluster))
}

/// The ConfigMap of a walk.
pub fn object(walk: &Walk) -> Value {
    let name = name(&walk.cluster);
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "namespace": name.namespace,
            "name": name.name,
            "labels": {labels::CLUSTER_NAME: walk.cluster.name, LABEL: ""},
            "ownerReferences": [{
                "apiVersion": walk.cluster_api_version, "kind": "Cluster",
                "name": walk.cluster.name, "uid": walk.cluster_uid,
            }],
        },
        "data": {PLAN: text(walk)},
    })
}

fn text(walk: &Walk) -> String {
    // Nothing in a walk can fail to be written; an empty text would be refused when it is read.
    serde_json::to_string(walk).unwrap_or_default()
}

/// Reads the walk of a ConfigMap.
///
/// # Errors
/// Why it is none that this program can go on with.
pub fn read(config_map: &Value) -> Result<Walk, String> {
    let name = config_map.pointer("/metadata/name").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let text = config_map.pointer(POINTER).and_then(Value::as_str);
    let text = text.ok_or_else(|| format!("ConfigMap {name} holds no plan of an upgrade"))?;
    let unreadable = |error: serde_json::Error| {
        format!("the plan of the upgrade in ConfigMap {name} cannot be read: {error}")
    };
    let value: Value = serde_json::from_str(text).map_err(unreadable)?;
    let format = value.get("format").and_then(Value::as_u64);
    if format != Some(u64::from(FORMAT)) {
        return Err(format!(
            "the plan of the upgrade in ConfigMap {name} was written by another version of fleetui"
        ));
    }
    serde_json::from_value(value).map_err(unreadable)
}

/// The write that keeps `walk` in the place of what `config_map` holds, and fails where somebody else has written it since.
pub fn record(management_cluster: &ManagementCluster, walk: &Walk, config_map: &Value) -> Write {
    let at = |pointer: &str| config_map.pointer(pointer).cloned().unwrap_or_default();
    let after = Value::from(text(walk));
    Write {
        target: key(management_cluster, &walk.cluster),
        uid: at("/metadata/uid").as_str().unwrap_or_default().into(),
        api_version: "v1".into(),
        verb: Verb::Patch,
        body: json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": at("/metadata/resourceVersion")},
            {"op": "add", "path": "/data", "value": {PLAN: after}},
        ]),
        fields: vec![FieldChange {
            pointer: POINTER.to_owned(),
            before: None,
            after: None,
            hidden: true,
        }],
    }
}

/// What a walk that is to be begun rests on.
pub struct Begun<'a> {
    /// The fleet.
    pub store: &'a FleetStore,
    /// The Cluster.
    pub cluster: &'a ObjectKey,
    /// What was read for the preflight.
    pub gathered: &'a Gathered,
    /// The ConfigMap of an earlier walk, where there is one.
    pub there: Option<&'a Value>,
    /// Who begins it.
    pub by: Actor,
}

/// Plans the upgrade of a whole cluster. `anyway` passes over what may be passed over.
///
/// # Errors
/// Something stands in the way, an earlier one has not ended, or there is nothing to do.
pub fn plan_upgrade(begun: Begun<'_>, aimed: &Aimed, anyway: bool, now: Timestamp) -> Result<Plan, Refusal> {
    let refuse = |why: String| Err(Refusal::at(Step::Preflight, why));
    // Of one that is under way the preflight would only tell that it is.
    if let Some(cluster) = begun.store.get(begun.cluster)
        && let Some(why) = is_open(begun.there, &cluster.facts.uid)
    {
        return refuse(why);
    }
    let (Some(cluster), Some(to)) = (begun.store.get(begun.cluster), &aimed.to) else {
        return refuse(format!("{} does not exist any more", begun.cluster));
    };
    let found = preflight(begun.store, begun.cluster, begun.gathered, aimed, now);
    if let Some(why) = what_blocks(&found, anyway) {
        return refuse(why);
    }
    if found.steps.is_empty() {
        return refuse(format!("all of {} asks for {to} already", cluster.facts.object));
    }
    let mut walk = Walk::planned(&found, cluster, to, (begun.by, None), now);
    walk.anyway = anyway && found.blocking(false).next().is_some();
    plan_begin(begun.store, cluster, (&found, &walk), begun.there, now)
}

/// What stands in the way of an upgrade, check by check; nothing where nothing does. `anyway` passes over what may be passed
/// over.
pub fn what_blocks(found: &Preflight, anyway: bool) -> Option<String> {
    let told = |check: &Check| format!("{} (the check \"{}\" fails)", said(&check.found), check.title);
    let blocking: Vec<String> = found.blocking(anyway).map(told).collect();
    (!blocking.is_empty()).then(|| blocking.join("; "))
}

/// What a check has found, in its words.
fn said(found: &Found) -> &str {
    match found {
        Found::Well(text) | Found::Warns(text) | Found::Unknown(text) | Found::Blocks { why: text, .. } => {
            text
        }
    }
}

/// Where in the body of a write the walk is: in the ConfigMap itself, or in the operation that puts it into one.
fn plan_in(body: &Value) -> &'static str {
    if body.is_array() {
        POINTER_IN_PATCH
    } else {
        POINTER
    }
}

/// Gives a plan the reason of the person who confirms it; a walk that is begun keeps it, for the acts of its steps. Says whether
/// another text is written by that than was planned.
pub fn give_reason(plan: &mut Plan, reason: Option<&str>) -> bool {
    plan.act.reason = reason.map(str::to_owned);
    if !matches!(plan.act.deed, Deed::Walk(WalkDeed::Begin(_))) || reason.is_none() {
        return false;
    }
    let mut changed = false;
    for write in &mut plan.writes {
        let pointer = plan_in(&write.body);
        let kept = write.body.pointer_mut(pointer);
        let walk = kept
            .as_ref()
            .and_then(|kept| serde_json::from_str::<Walk>(kept.as_str()?).ok());
        if let (Some(kept), Some(mut walk)) = (kept, walk) {
            walk.reason = reason.map(str::to_owned);
            *kept = Value::from(text(&walk));
            changed = true;
        }
    }
    changed
}

/// What whoever walks will write after a plan that begins or resumes a walk: the objects of the steps that are left, and what the
/// walk is kept and held by. Of each only what it is and what is done to it is told, no body; empty for other plans.
pub fn later(plan: &Plan) -> Vec<Write> {
    let Deed::Walk(WalkDeed::Begin(_) | WalkDeed::Resume) = plan.act.deed else {
        return Vec::new();
    };
    let kept = plan.writes.iter().find_map(|write| {
        let text = write.body.pointer(plan_in(&write.body))?;
        serde_json::from_str::<Walk>(text.as_str()?).ok()
    });
    let Some(walk) = kept else {
        return Vec::new();
    };
    let management_cluster = &plan.act.subject.management_cluster;
    let write = |target: ObjectKey, api_version: &str| Write {
        target,
        uid: CompactString::default(),
        api_version: api_version.into(),
        verb: Verb::Patch,
        body: Value::Null,
        fields: Vec::new(),
    };
    let lease = ObjectKey::new(
        management_cluster.clone(),
        GroupKind::new("coordination.k8s.io", "Lease"),
        name(&walk.cluster),
    );
    let books = [
        write(key(management_cluster, &walk.cluster), "v1"),
        write(lease, "coordination.k8s.io/v1"),
    ];
    let steps = walk.steps.iter().skip(walk.at);
    books
        .into_iter()
        .chain(steps.map(|step| write(step.key(management_cluster), "")))
        .collect()
}

/// The plan that begins a walk: the ConfigMap is written. `there` is the one of an earlier walk, where there is one.
///
/// # Errors
/// An earlier one has not ended.
pub fn plan_begin(
    store: &FleetStore,
    cluster: &Row,
    (preflight, walk): (&Preflight, &Walk),
    there: Option<&Value>,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    if let Some(why) = is_open(there, &walk.cluster_uid) {
        return Err(Refusal::at(Step::Preflight, why));
    }
    let write = match there {
        Some(there) => record(&cluster.management_cluster, walk, there),
        None => Write {
            target: key(&cluster.management_cluster, &walk.cluster),
            uid: CompactString::default(),
            api_version: "v1".into(),
            verb: Verb::Create,
            body: object(walk),
            fields: Vec::new(),
        },
    };
    Ok(Plan {
        act: Act {
            subject: cluster.key(),
            uid: cluster.facts.uid.clone(),
            deed: Deed::Walk(WalkDeed::Begin(walk.to.to_string())),
            reason: walk.reason.clone(),
        },
        writes: vec![write],
        preview: Preview {
            happens: happens(preflight),
            warnings: Vec::new(),
            blast: Some(blast(store, cluster, preflight)),
            seconds: preflight.seconds(),
        },
        checks: preflight.checks.clone(),
        confirm: Confirm::Twice(edit::whole(&walk.cluster, preflight.replaced())),
        planned: now,
    })
}

/// That an upgrade of this Cluster is stored which has not ended, where one is.
fn is_open(there: Option<&Value>, uid: &str) -> Option<String> {
    let walk = there.map(read)?.ok()?;
    (!walk.state.has_ended() && walk.cluster_uid == uid).then(|| {
        let to_do = match walk.state {
            WalkState::Going => "it can be paused or abandoned, from here too",
            _ => "resume or abandon it",
        };
        let word = walk.state.word();
        format!(
            "an upgrade of {} to {} is {word} already: {to_do}",
            walk.cluster, walk.to
        )
    })
}

fn happens(preflight: &Preflight) -> Vec<String> {
    let steps = preflight.steps.iter();
    steps
        .map(|step| {
            let machines = match step.replaced() {
                1 => "1 machine".to_owned(),
                count => format!("{count} machines"),
            };
            format!(
                "{} {}: {} -> {}, replaces {machines}",
                step.target.kind.kind, step.target.object.name, step.from, step.to
            )
        })
        .collect()
}

fn blast(store: &FleetStore, cluster: &Row, preflight: &Preflight) -> Blast {
    let steps = preflight.steps.iter();
    let machines: Vec<CompactString> = steps.flat_map(|step| &step.replaces).cloned().collect();
    Blast {
        drained: machines.len(),
        machines,
        ..place(store, &cluster.key())
    }
}

/// Where something happens to a Cluster, that touches no machine by itself.
fn place(store: &FleetStore, cluster: &ObjectKey) -> Blast {
    let session = store.session(&cluster.management_cluster);
    Blast {
        management_cluster: cluster.management_cluster.clone(),
        server: session.map(|session| session.server.clone()).unwrap_or_default(),
        cluster: Some(cluster.object.clone()),
        replicas: None,
        machines: Vec::new(),
        drained: 0,
        others: Vec::new(),
        budgets: Vec::new(),
    }
}

/// The plan that halts, resumes or gives up the walk that `config_map` holds, and the walk as it is then.
///
/// # Errors
/// It stands so already, or has ended.
pub fn plan_deed(
    store: &FleetStore,
    (cluster, deed): (&ObjectKey, WalkDeed),
    config_map: &Value,
    checks: Vec<Check>,
    who: &str,
    now: Timestamp,
) -> Result<(Plan, Walk), Refusal> {
    let mut walk = read(config_map).map_err(|why| Refusal::at(Step::Preflight, why))?;
    let left = walk.steps.len().saturating_sub(walk.at);
    let (state, happens) = stands(&walk.state, &deed, who, left).map_err(|why| {
        let why = format!("the upgrade of {} {why}", walk.cluster);
        Refusal::at(Step::Preflight, why)
    })?;
    walk.stand(state, now);
    let plan = Plan {
        act: Act {
            subject: cluster.clone(),
            uid: walk.cluster_uid.clone(),
            deed: Deed::Walk(deed),
            reason: None,
        },
        writes: vec![record(&cluster.management_cluster, &walk, config_map)],
        preview: Preview {
            happens: vec![format!(
                "the upgrade of {} to {}: {happens}",
                walk.cluster, walk.to
            )],
            blast: Some(place(store, cluster)),
            seconds: walk.seconds_left(None),
            ..Preview::default()
        },
        checks,
        confirm: Confirm::Key,
        planned: now,
    };
    Ok((plan, walk))
}

/// How many steps are left, in words.
fn steps_left(left: usize) -> String {
    match left {
        1 => "1 step is left".to_owned(),
        left => format!("{left} steps are left"),
    }
}

/// How a walk stands after a deed, and what that brings about; or why it cannot be done.
fn stands(
    state: &WalkState,
    deed: &WalkDeed,
    who: &str,
    left: usize,
) -> Result<(WalkState, String), &'static str> {
    match (deed, state) {
        (_, WalkState::Done) => Err("is done"),
        (_, WalkState::Abandoned) => Err("was abandoned"),
        (WalkDeed::Begin(_), _) => Err("is planned and stored already: resume or abandon it"),
        (WalkDeed::Pause, WalkState::Paused(_)) => Err("is paused already"),
        (WalkDeed::Pause, WalkState::Stopped(_)) => Err("has stopped already"),
        (WalkDeed::Pause, WalkState::Going) => Ok((
            WalkState::Paused(format!("by {who}")),
            "no further step begins; what rolls out goes on by itself".to_owned(),
        )),
        (WalkDeed::Resume, _) => Ok((WalkState::Going, steps_left(left))),
        (WalkDeed::Abandon, _) => Ok((
            WalkState::Abandoned,
            format!("{} undone; what rolls out goes on by itself", steps_left(left)),
        )),
    }
}
