//! An act for programs: the words of the command line and of Cluster API, with none of the names that things have in here. All acts
//! are told in this shape, and `get activity` tells of each the same under `act`:
//!
//! - `act`: `deed`, a word of [`deed`]; `value`, what it was given (replicas, a version, a cluster, labels; null where nothing was);
//!   the object as `managementCluster`, `kind`, `namespace`, `name`; its `uid`; the `reason`.
//! - `writes`: each object with its `uid` and `apiVersion`, the `verb` (`patch`, `create`, `apply`, `apply-forced`, `delete`), and
//!   `fields` with `pointer`, `before`, `after` and `hidden`.
//! - `preview`: sentences (`happens`, `warnings`), `seconds`, and `reach`: the cluster, its replicas, machines that go, and so on.
//! - `checks`: `id`, `title`, `verdict` (`well`, `warns`, `stops`, `unknown`), `why`, and whether it is `overridable`.
//! - `judgement`: what the server says of it: `warnings`, `owners`, of what it weighed `fields`, `missing` and `owners`, and `drains`.

use fleetui_base::ObjectKey;
use fleetui_fleet::act::audit::Written;
use fleetui_fleet::act::{
    Act, Blast, Check, CreateDeed, Deed, DrainAhead, Found, HostDeed, Judgement, MachineDeed, Preview, Verb,
    WalkDeed, Weighed,
};
use fleetui_fleet::drain::HeldPod;
use serde_json::{Map, Value, json};

/// What is wanted, of what, and why.
pub(crate) fn act(act: &Act) -> Value {
    let (deed, value) = deed(&act.deed);
    let mut told = json!({"deed": deed, "value": value});
    name(&mut told, &act.subject);
    told["uid"] = json!(act.uid.as_str());
    told["reason"] = json!(act.reason);
    told
}

/// Where an object is found, among the other fields of a document.
fn name(document: &mut Value, key: &ObjectKey) {
    document["managementCluster"] = json!(key.management_cluster.as_str());
    document["kind"] = json!(key.kind.kind.as_ref());
    document["namespace"] = json!(key.object.namespace.as_str());
    document["name"] = json!(key.object.name.as_str());
}

/// A deed in the word of its command, and what it was given.
fn deed(deed: &Deed) -> (&'static str, Value) {
    let nothing = Value::Null;
    match deed {
        Deed::Scale(to) => ("scale", json!(to)),
        Deed::Upgrade(to) => ("upgrade", json!(to)),
        Deed::Pause => ("pause", nothing),
        Deed::Resume => ("resume", nothing),
        Deed::Restart => ("restart", nothing),
        Deed::Delete => ("delete", nothing),
        Deed::Edit(_) => ("edit", nothing),
        Deed::Apply => ("apply", nothing),
        Deed::Undo(id) => ("undo", json!(id)),
        Deed::Install => ("install", nothing),
        Deed::Kubeconfig => ("kubeconfig", nothing),
        Deed::Machine(deed) => of_machine(*deed),
        Deed::Host(deed) => of_host(deed),
        Deed::Walk(deed) => match deed {
            WalkDeed::Begin(to) => ("upgrade-cluster", json!(to)),
            WalkDeed::Pause => ("pause-upgrade", nothing),
            WalkDeed::Resume => ("resume-upgrade", nothing),
            WalkDeed::Abandon => ("abandon-upgrade", nothing),
        },
        Deed::Create(deed) => match deed {
            CreateDeed::Begin(from) => ("create-cluster", json!(from)),
            CreateDeed::Resume => ("resume-creation", nothing),
            CreateDeed::CleanUp => ("clean-up-creation", nothing),
        },
    }
}

/// A mark that is set is `true`, one that is taken away `false`.
fn of_machine(deed: MachineDeed) -> (&'static str, Value) {
    match deed {
        MachineDeed::Replace => ("replace", Value::Null),
        MachineDeed::Shrink => ("shrink", Value::Null),
        MachineDeed::GoFirst(on) => ("delete-first", json!(on)),
        MachineDeed::Remediate(on) => ("remediate", json!(on)),
        MachineDeed::SkipRemediation(on) => ("skip-remediation", json!(on)),
    }
}

fn of_host(deed: &HostDeed) -> (&'static str, Value) {
    let nothing = Value::Null;
    match deed {
        HostDeed::Approve => ("approve", nothing),
        HostDeed::Label(changes) => {
            let changes = changes.iter();
            let labels: Map<String, Value> = changes
                .map(|(key, value)| (key.to_string(), json!(value)))
                .collect();
            ("label", labels.into())
        }
        HostDeed::Cordon(true) => ("cordon", nothing),
        HostDeed::Cordon(false) => ("uncordon", nothing),
        HostDeed::Maintain(on) => ("maintenance", json!(on)),
        HostDeed::Reserve(Some(cluster)) => ("reserve", json!(cluster)),
        HostDeed::Reserve(None) => ("unreserve", nothing),
        HostDeed::Quarantine(true) => ("quarantine", nothing),
        HostDeed::Quarantine(false) => ("clear", nothing),
        HostDeed::Release => ("release", nothing),
        HostDeed::Reset => ("reset", nothing),
    }
}

/// A write, without what may not be told.
pub(super) fn write(write: &Written) -> Value {
    let verb = match write.verb {
        Verb::Patch => "patch",
        Verb::Create => "create",
        Verb::Apply => "apply",
        Verb::ApplyForced => "apply-forced",
        Verb::Delete => "delete",
    };
    let mut told = json!({"verb": verb});
    name(&mut told, &write.target);
    told["uid"] = json!(write.uid.as_str());
    told["apiVersion"] = json!(write.api_version.as_str());
    told["fields"] = json!(write.fields);
    told
}

/// What it brings about.
pub(super) fn preview(preview: &Preview) -> Value {
    json!({
        "happens": preview.happens,
        "warnings": preview.warnings,
        "reach": preview.blast.as_ref().map(reach),
        "seconds": preview.seconds.map(seconds),
    })
}

fn reach(blast: &Blast) -> Value {
    let cluster = blast.cluster.as_ref();
    let others = blast.others.iter();
    json!({
        "managementCluster": blast.management_cluster.as_str(),
        "server": blast.server.as_str(),
        "namespace": cluster.map(|cluster| cluster.namespace.as_str()),
        "cluster": cluster.map(|cluster| cluster.name.as_str()),
        "replicas": blast.replicas.map(|(before, after)| json!({"before": before, "after": after})),
        "machines": blast.machines,
        "drained": blast.drained,
        "others": others.map(|(kind, count)| json!({"kind": kind, "count": count})).collect::<Vec<_>>(),
        "budgets": blast.budgets,
    })
}

/// A likely time and a long one.
pub(super) fn seconds((likely, long): (u64, u64)) -> Value {
    json!({"likely": likely, "long": long})
}

/// Something that was looked at, and what was found.
pub(super) fn check(check: &Check) -> Value {
    let (verdict, overridable) = match &check.found {
        Found::Well(_) => ("well", None),
        Found::Warns(_) => ("warns", None),
        Found::Blocks { overridable, .. } => ("stops", Some(*overridable)),
        Found::Unknown(_) => ("unknown", None),
    };
    json!({
        "id": check.id.as_str(),
        "title": check.title,
        "verdict": verdict,
        "why": check.found.text(),
        "overridable": overridable,
    })
}

/// What the server says: of the objects before and after only what differs.
pub(super) fn judgement(judgement: &Judgement) -> Value {
    let weighed = |weighed: &Weighed| json!({"fields": weighed.fields, "missing": weighed.missing, "owners": weighed.owners});
    let drain = |drain: &DrainAhead| {
        let held: Vec<String> = drain.held.iter().map(HeldPod::sentence).collect();
        json!({"machine": drain.machine.as_str(), "held": held, "unknown": drain.unknown})
    };
    json!({
        "warnings": judgement.warnings,
        "owners": judgement.owners,
        "weighed": judgement.weighed.iter().map(weighed).collect::<Vec<_>>(),
        "drains": judgement.drains.iter().map(drain).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};

    use super::*;

    #[test]
    fn a_deed_is_told_in_the_word_of_its_command() {
        let labels = vec![("site".into(), Some("a".into())), ("rack".into(), None)];
        for (deed, expected) in [
            (Deed::Scale("+2".to_owned()), json!(["scale", "+2"])),
            (Deed::Host(HostDeed::Cordon(true)), json!(["cordon", null])),
            (Deed::Host(HostDeed::Cordon(false)), json!(["uncordon", null])),
            (
                Deed::Host(HostDeed::Maintain(false)),
                json!(["maintenance", false]),
            ),
            (
                Deed::Host(HostDeed::Label(labels)),
                json!(["label", {"site": "a", "rack": null}]),
            ),
            (
                Deed::Host(HostDeed::Reserve(Some("edge".into()))),
                json!(["reserve", "edge"]),
            ),
            (
                Deed::Machine(MachineDeed::GoFirst(true)),
                json!(["delete-first", true]),
            ),
            (
                Deed::Walk(WalkDeed::Begin("v1.33.4".to_owned())),
                json!(["upgrade-cluster", "v1.33.4"]),
            ),
            (
                Deed::Create(CreateDeed::CleanUp),
                json!(["clean-up-creation", null]),
            ),
        ] {
            let subject = ObjectKey::new(
                ManagementCluster::new("taipei"),
                GroupKind::new("g", "ByoHost"),
                ObjectName::new("edge", "node-1"),
            );
            let told = act(&Act {
                subject,
                uid: "u".into(),
                deed,
                reason: Some("why".to_owned()),
            });
            assert_eq!(json!([told["deed"], told["value"]]), expected);
            let whole = ["managementCluster", "kind", "namespace", "name", "uid", "reason"];
            let whole = whole.map(|field| told[field].as_str().unwrap());
            assert_eq!(whole, ["taipei", "ByoHost", "edge", "node-1", "u", "why"]);
        }
    }
}
