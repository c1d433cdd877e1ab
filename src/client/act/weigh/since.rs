//! Whether what is taken back is still as it was left: a field that has its value may have been changed and changed back by somebody
//! else. The managedFields of the object say who has set it last, and when; where they do not, the value decides.

use std::collections::BTreeSet;

use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::plan::dotted;
use fleetui_fleet::act::{AuditId, Entry, Write};
use fleetui_rules::field_owner::{MOST_FIELDS, Owner, owners};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::send::FIELD_MANAGER;
use crate::command::{Failure, FailureKind};

/// So many lines of the audit log are looked at.
pub(super) const LINES: usize = 5000;
/// Clocks round to seconds, and an answer takes its time.
const ROUNDED: SignedDuration = SignedDuration::from_secs(5);
/// Names under which servers gather entries of managers that are not told any more.
const NOBODY: [&str; 2] = ["ancient-changes", "before-first-apply"];

/// Refuses a write that takes something back where somebody else has set its fields since: `before` is the object as it is,
/// `after` as the dry run has it, which tells the time of the server.
pub(super) fn unchanged(
    write: &Write,
    (before, after): (&Value, &Value),
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), Failure> {
    stands_again(write, before)?;
    let known = owners(before);
    if known.iter().any(|owner| owner.pointers.len() >= MOST_FIELDS) {
        return Ok(());
    }
    let mut fields = Vec::new();
    for field in &write.fields {
        // What was written, which is taken back.
        differing(
            &field.pointer,
            (field.before.as_ref(), field.after.as_ref()),
            &mut fields,
        );
    }
    for pointer in &fields {
        let mut own: Vec<&Owner> = known
            .iter()
            .filter(|owner| owner.subresource != "status" && owner.owns(pointer))
            .collect();
        if own.iter().any(|owner| NOBODY.contains(&owner.manager.as_str())) {
            continue;
        }
        let is_ours = |owner: &&Owner| owner.manager == FIELD_MANAGER;
        if own.is_empty() || own.iter().any(is_ours) {
            continue;
        }
        let manager = own.remove(0).manager.clone();
        return refused(format!(
            "{}: {} was set by the field manager {manager:?} since, though to the same value; nothing was changed",
            write.target,
            dotted(pointer)
        ));
    }
    if fields.is_empty() {
        return Ok(());
    }
    match (age(before, after), latest(write, entries)) {
        (Some(age), Some(latest)) if age + ROUNDED < now.duration_since(latest) => refused(format!(
            "{}: fleetui wrote to it from elsewhere {} s ago, so it is not known whether this is as it was left; nothing was changed",
            write.target,
            age.as_secs()
        )),
        _ => Ok(()),
    }
}

fn refused(why: String) -> Result<(), Failure> {
    Err(Failure::new(FailureKind::Conflict, why))
}

/// The fields below `pointer` that differ between what was written and what it was before, as far as they stand there now.
fn differing(pointer: &str, (written, was): (Option<&Value>, Option<&Value>), found: &mut Vec<String>) {
    match (written, was) {
        (Some(Value::Object(written)), Some(Value::Object(was))) => {
            for (name, value) in written {
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                differing(&pointer, (Some(value), was.get(name)), found);
            }
        }
        (Some(written), was) if Some(written) != was => found.push(pointer.to_owned()),
        (Some(_) | None, _) => {}
    }
}

/// How long ago something was written to the object under our name, by the clock of its server.
fn age(before: &Value, after: &Value) -> Option<SignedDuration> {
    let (written, now) = (time(before)?, time(after)?);
    // A server that tells no new time does not tell what time it is.
    (now > written).then(|| now.duration_since(written))
}

/// When something was written to an object under our name last.
fn time(object: &Value) -> Option<Timestamp> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let ours = entries.iter().filter(|entry| {
        let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
        text("manager") == FIELD_MANAGER && text("subresource") != "status"
    });
    ours.filter_map(|entry| entry.get("time")?.as_str()?.parse().ok())
        .max()
}

/// When something was written to the object from here last, as the audit log has it.
fn latest(write: &Write, entries: &[Entry]) -> Option<Timestamp> {
    let is_it = |entry: &&Entry| match &entry.stage {
        Stage::Intent { writes, .. } => writes.iter().any(|written| {
            written.uid == write.uid || (written.uid.is_empty() && written.target == write.target)
        }),
        Stage::Outcome(_) | Stage::Refused(_) => false,
    };
    let acts: BTreeSet<&AuditId> = entries.iter().filter(is_it).map(|entry| &entry.id).collect();
    let of_them = entries.iter().filter(|entry| acts.contains(&entry.id));
    of_them.map(|entry| entry.at).max()
}

/// What was removed is put back only where nothing stands by now: the patch itself cannot say so.
fn stands_again(write: &Write, before: &Value) -> Result<(), Failure> {
    let mut put_back = write
        .fields
        .iter()
        .filter(|field| field.before.is_none() && field.after.is_some());
    let set = put_back.find(|field| {
        let found = before.pointer(&field.pointer);
        found.is_some_and(|found| !found.is_null())
    });
    match set {
        Some(field) => refused(format!(
            "{}: {} was set again by now; nothing was changed",
            write.target,
            dotted(&field.pointer)
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
    use fleetui_fleet::act::audit::Outcome;
    use fleetui_fleet::act::{Act, Actor, Deed, FieldChange, Verb};
    use serde_json::json;

    use super::*;

    fn write() -> Write {
        Write {
            target: ObjectKey::new(
                ManagementCluster::new("taipei"),
                GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
                ObjectName::new("default", "md"),
            ),
            uid: "u".into(),
            api_version: "cluster.x-k8s.io/v1beta2".into(),
            verb: Verb::Patch,
            body: json!([]),
            fields: vec![FieldChange {
                pointer: "/spec/replicas".to_owned(),
                before: Some(json!(4)),
                after: Some(json!(3)),
                hidden: false,
            }],
        }
    }

    fn object(managers: &[(&str, &str)]) -> Value {
        let entries: Vec<Value> = managers
            .iter()
            .map(|(manager, time)| {
                json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": {"f:spec": {"f:replicas": {}}}})
            })
            .collect();
        json!({"metadata": {"managedFields": entries}, "spec": {"replicas": 4}})
    }

    /// The log of a write that was done at a time.
    fn log(at: &str) -> Vec<Entry> {
        let write = write();
        let act = Act {
            subject: write.target.clone(),
            uid: "u".into(),
            deed: Deed::Scale("4".into()),
            reason: None,
        };
        let intent = Stage::Intent {
            writes: vec![fleetui_fleet::act::audit::Written {
                target: write.target.clone(),
                uid: "u".into(),
                api_version: write.api_version.clone(),
                verb: Verb::Patch,
                fields: write.fields.clone(),
            }],
            confirmed: fleetui_fleet::act::Confirmed::default(),
        };
        [Stage::Outcome(Outcome::Done), intent]
            .into_iter()
            .map(|stage| {
                let id = AuditId("1".into());
                Entry::new(id, at.parse().unwrap(), Actor::default(), &act, stage)
            })
            .collect()
    }

    #[test]
    fn who_set_a_field_last_and_when_decides_before_its_value() {
        let after = object(&[("fleetui", "2026-11-28T01:10:00Z")]);
        // Our clock is an hour behind that of the server.
        let now = "2026-11-28T00:10:00Z".parse().unwrap();
        let log = log("2026-11-28T00:00:01Z");
        let why = |managers: &[(&str, &str)]| {
            let judged = unchanged(&write(), (&object(managers), &after), &log, now);
            judged.map_err(|failure| failure.message).err()
        };
        let left = ("fleetui", "2026-11-28T01:00:00Z");
        assert_eq!(why(&[left]), None);
        assert_eq!(why(&[]), None, "where nothing is said, the value decides");
        assert_eq!(why(&[("ancient-changes", "2026-11-28T01:05:00Z")]), None);
        assert_eq!(
            why(&[left, ("argocd", "2026-11-28T01:05:00Z")]),
            None,
            "it agrees"
        );
        let other = why(&[("kubectl-edit", "2026-11-28T01:05:00Z")]).unwrap();
        assert!(
            other.contains("spec.replicas was set by the field manager \"kubectl-edit\""),
            "{other}"
        );
        let elsewhere = why(&[("fleetui", "2026-11-28T01:05:00Z")]).unwrap();
        assert!(elsewhere.contains("from elsewhere 300 s ago"), "{elsewhere}");
    }
}
