//! The upgrade of a cluster for programs: its plan, what happens as it is walked, and how it stands in the end.

use fleetui_base::ObjectKey;
use fleetui_client::WalkTold;
use fleetui_fleet::preflight::{Aimed, Possible, Preflight, Step};
use fleetui_fleet::walk::{Holder, Known, Walk};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::act::document::{check, seconds};

/// What was found before an upgrade, and the one that is stored and has not ended, where there is one.
pub(super) fn plan(cluster: &ObjectKey, aimed: &Aimed, found: &Preflight, open: Option<&Known>) -> Value {
    let mut document = about("UpgradePlan", cluster);
    let version = |version: &fleetui_rules::version::Version| version.to_string();
    document["from"] = json!(found.from.as_ref().map(version));
    document["to"] = json!(aimed.to.as_ref().map(version));
    document["via"] = json!(aimed.via.iter().map(version).collect::<Vec<_>>());
    document["versions"] = found.versions.iter().map(possible).collect();
    document["checks"] = found.checks.iter().map(check).collect();
    // What is refused has none that could be told.
    let steps = found.steps.iter().filter(|_| aimed.to.is_some());
    document["steps"] = steps.map(step).collect();
    document["seconds"] = json!(found.seconds().map(seconds));
    document["stored"] = json!(open.map(stored));
    document
}

/// What happens to a walk.
pub(super) fn event(cluster: &ObjectKey, told: &WalkTold, now: Timestamp) -> Value {
    let mut document = about("UpgradeEvent", cluster);
    let walk = &told.walk;
    document["at"] = json!(now.to_string());
    document["what"] = json!(told.what);
    document["step"] = json!(walk.steps.get(walk.at).map(|step| json!({
        "kind": step.kind.kind.as_ref(),
        "name": step.target.name.as_str(),
        "from": step.from.as_str(),
        "to": step.to.as_str(),
        "state": step.state.word(),
    })));
    document["holder"] = json!(told.holder.as_ref().map(Holder::name));
    document["walkedHere"] = json!(told.ours);
    stands(&mut document, walk);
    document
}

/// How a walk stands when it is gone on with no further.
pub(super) fn ended(cluster: &ObjectKey, walk: &Walk) -> Value {
    let mut document = about("Upgrade", cluster);
    stands(&mut document, walk);
    document["walk"] = json!(walk);
    document
}

fn about(kind: &str, cluster: &ObjectKey) -> Value {
    json!({
        "kind": kind,
        "managementCluster": cluster.management_cluster.as_str(),
        "namespace": cluster.object.namespace.as_str(),
        "cluster": cluster.object.name.as_str(),
    })
}

fn stands(document: &mut Value, walk: &Walk) {
    let (done, all) = walk.progress();
    document["to"] = json!(walk.to.as_str());
    document["state"] = json!(walk.state.word());
    document["why"] = json!(walk.state.why());
    document["stepsDone"] = json!(done);
    document["steps"] = json!(all);
    document["secondsLeft"] = json!(walk.seconds_left(None).map(seconds));
}

fn possible(possible: &Possible) -> Value {
    json!({
        "version": possible.version.to_string(),
        "possible": possible.refused.is_none(),
        "refused": possible.refused,
        "seenIn": possible.seen_in,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "kind": step.target.kind.kind.as_ref(),
        "name": step.target.object.name.as_str(),
        "from": step.from,
        "to": step.to,
        "machines": step.machines,
        "replaces": step.replaces,
        "surge": step.surge,
        "seconds": step.seconds.map(seconds),
        "waitsFor": step.waits_for,
    })
}

fn stored(known: &Known) -> Value {
    json!({
        "walk": known.walk(),
        "unreadable": known.walk.as_ref().err(),
        "holder": known.holder.as_ref().map(Holder::name),
    })
}
