//! That an earlier change is taken back: every field that it wrote becomes what it was, where it is still what was written.

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey};
use jiff::{SignedDuration, Unit};
use serde_json::{Value, json};

use super::{Around, blast, dotted, refused};
use crate::act::audit::{MOST, Outcome, Stage, Written};
use crate::act::judge::{Confirm, Preview, Refusal};
use crate::act::{Act, AuditId, Deed, Entry, FieldChange, HostDeed, Plan, Verb, Write};

/// Where annotations stand.
const ANNOTATIONS: &str = "/metadata/annotations/";

/// What is done to several objects at once follows one upon the other as soon as this.
const WITHIN: SignedDuration = SignedDuration::from_secs(2);

/// An act of the audit log, as far as its lines are there.
#[derive(Debug, Clone, Copy)]
struct Story<'a> {
    intent: &'a Entry,
    writes: &'a [Written],
    done: bool,
}

/// The latest change in `entries` (the newest first) that can be meant by taking one back: carried out, no undo itself, not undone,
/// and not the installation of Cluster API. What only read, a kubeconfig, is no change.
pub fn latest<'a>(entries: &'a [Entry], only: Option<&ManagementCluster>) -> Option<&'a AuditId> {
    changes(entries)
        .find(|entry| only.is_none_or(|only| entry.act.subject.management_cluster == *only))
        .map(|entry| &entry.id)
}

/// The change `id`, and the others that were made with it: the same deed, for the same reason, by the same hand, to other objects
/// right before it, of this management cluster where one is named. Each can be meant by taking one back.
pub fn made_with<'a>(
    entries: &'a [Entry],
    id: &AuditId,
    only: Option<&ManagementCluster>,
) -> Vec<&'a AuditId> {
    let mut all = changes(entries).skip_while(|entry| entry.id != *id);
    let Some(first) = all.next() else {
        return Vec::new();
    };
    let (mut found, mut before) = (vec![first], first.at);
    for entry in all {
        let is_near = before.duration_since(entry.at) <= WITHIN;
        let is_alike = entry.act.deed == first.act.deed
            && entry.act.reason == first.act.reason
            && (&entry.actor.user, &entry.actor.by) == (&first.actor.user, &first.actor.by)
            && found.iter().all(|other| other.act.subject != entry.act.subject);
        if !(is_near && is_alike) {
            break;
        }
        before = entry.at;
        if only.is_none_or(|only| entry.act.subject.management_cluster == *only) {
            found.push(entry);
        }
    }
    found.into_iter().map(|entry| &entry.id).collect()
}

/// The changes that can be meant by taking one back, the newest first.
fn changes(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let undone: Vec<&AuditId> = entries
        .iter()
        .filter_map(|entry| match &entry.act.deed {
            Deed::Undo(id) if is_done(entries, &entry.id) => Some(id),
            _ => None,
        })
        .collect();
    entries.iter().filter(move |entry| {
        matches!(entry.stage, Stage::Intent { .. })
            && !matches!(entry.act.deed, Deed::Undo(_) | Deed::Install | Deed::Kubeconfig)
            && !undone.contains(&&entry.id)
            && is_done(entries, &entry.id)
    })
}

fn is_done(entries: &[Entry], id: &AuditId) -> bool {
    entries
        .iter()
        .any(|entry| entry.id == *id && matches!(entry.stage, Stage::Outcome(Outcome::Done)))
}

fn story<'a>(entries: &'a [Entry], id: &AuditId) -> Option<Story<'a>> {
    entries.iter().find_map(|entry| match &entry.stage {
        Stage::Intent { writes, .. } if entry.id == *id => Some(Story {
            intent: entry,
            writes,
            done: is_done(entries, id),
        }),
        Stage::Intent { .. } | Stage::Outcome(_) | Stage::Refused(_) => None,
    })
}

/// Plans that the act `id` of `entries` (the newest first) is taken back.
///
/// # Errors
/// It was not carried out, it is undone already, its fields are not known, or a later change of ours is of the same fields.
pub fn undo(around: &Around<'_>, entries: &[Entry], id: &AuditId) -> Result<Plan, Refusal> {
    let was_refused = |entry: &Entry| entry.id == *id && matches!(entry.stage, Stage::Refused(_));
    if entries.iter().any(was_refused) {
        return refused("it was refused: nothing was written that could be taken back".to_owned());
    }
    let Some(story) = story(entries, id) else {
        return refused(format!("the audit log does not know {}", id.0));
    };
    if !story.done {
        return refused(
            "it was not carried out to its end, or that is not known: look at the object".to_owned(),
        );
    }
    let is_undo =
        |entry: &&Entry| matches!(&entry.act.deed, Deed::Undo(of) if of == id) && is_done(entries, &entry.id);
    if entries.iter().any(|entry| is_undo(&entry)) {
        return refused("it was taken back already".to_owned());
    }
    if matches!(story.intent.act.deed, Deed::Walk(_)) {
        return refused("a version cannot be taken back; the upgrade can be paused or given up".to_owned());
    }
    if story.intent.act.deed == Deed::Host(HostDeed::Reset) {
        return refused("a reset cannot be taken back: the agent of the host does it at once".to_owned());
    }
    let is_cut = story.writes.len() >= MOST || story.writes.iter().any(|it| it.fields.len() >= MOST);
    if is_cut {
        return refused("it wrote so much that the audit log has not all of it".to_owned());
    }
    let mut writes = Vec::new();
    for written in story.writes {
        later_change(entries, story.intent, written)?;
        if let Some(uid) = life(around, story.intent, written)? {
            writes.push(write(around, written, uid)?);
        }
    }
    if writes.is_empty() {
        return refused("it wrote nothing that can be taken back".to_owned());
    }
    let subject = &story.intent.act.subject;
    let fields = writes.iter().flat_map(|write| &write.fields);
    let happens = fields.filter(|field| field.before != field.after).map(|field| {
        let value = field.after.as_ref().map_or_else(|| "nothing".to_owned(), plain);
        format!("{} becomes {value} again", dotted(&field.pointer))
    });
    Ok(Plan {
        act: Act {
            subject: subject.clone(),
            uid: story.intent.act.uid.clone(),
            deed: Deed::Undo(id.clone()),
            reason: None,
        },
        preview: Preview {
            happens: happens.collect(),
            blast: around.store.get(subject).map(|row| blast(around.store, row)),
            ..Preview::default()
        },
        writes,
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: around.now,
    })
}

/// A later change of ours to one of the same fields has to be taken back first.
fn later_change(entries: &[Entry], intent: &Entry, written: &Written) -> Result<(), Refusal> {
    let later = entries.iter().take_while(|entry| entry.id != intent.id);
    for entry in later {
        let Stage::Intent { writes, .. } = &entry.stage else {
            continue;
        };
        let same = writes
            .iter()
            .filter(|other| other.uid == written.uid)
            .flat_map(|other| &other.fields);
        let same = same
            .into_iter()
            .any(|field| written.fields.iter().any(|own| own.pointer == field.pointer));
        let is_undone = entries.iter().any(|other| {
            matches!(&other.act.deed, Deed::Undo(of) if *of == entry.id) && is_done(entries, &other.id)
        });
        let is_undo = matches!(entry.act.deed, Deed::Undo(_));
        if same && !is_undone && !is_undo && is_done(entries, &entry.id) {
            return refused(format!(
                "the same field was changed again at {}: take that back first",
                entry.at
            ));
        }
    }
    Ok(())
}

/// The uid of the object that was written; nothing of one that was applied and stayed as it was.
fn life(around: &Around<'_>, intent: &Entry, written: &Written) -> Result<Option<CompactString>, Refusal> {
    let target = &written.target;
    match written.verb {
        Verb::Patch => return Ok(Some(written.uid.clone())),
        Verb::Delete => return refused("what was deleted cannot be had back".to_owned()),
        Verb::Create => return refused("what was created is not taken back: delete it".to_owned()),
        Verb::Apply | Verb::ApplyForced => {}
    }
    if !written.uid.is_empty() {
        return Ok(Some(written.uid.clone()).filter(|_| !written.fields.is_empty()));
    }
    // Earlier versions have not written the uid down: it is that of an object that is older.
    let then = around.store.time_of(&target.management_cluster, intent.at);
    let then = then.round(Unit::Second).unwrap_or(then) - SignedDuration::from_secs(1);
    let older = around
        .store
        .get(target)
        .filter(|row| row.facts.created.is_some_and(|created| created < then));
    match older {
        Some(_) if written.fields.is_empty() => Ok(None),
        Some(row) => Ok(Some(row.facts.uid.clone())),
        None => refused(format!(
            "{target} was created by it, or that is not known: delete it, or apply what was before"
        )),
    }
}

/// The write that takes one back.
fn write(around: &Around<'_>, written: &Written, uid: CompactString) -> Result<Write, Refusal> {
    let target = &written.target;
    if written.fields.is_empty() || written.fields.iter().any(|field| field.hidden) {
        return refused("its values are not in the audit log, as they are secret or long".to_owned());
    }
    if let Some(row) = around.store.get(target) {
        if row.facts.uid != uid {
            return refused(format!("{target} was deleted; another object has its name now"));
        }
        if row.facts.deleting_since.is_some() {
            return refused(format!("{target} is being deleted"));
        }
    }
    let mut operations = Vec::new();
    let mut fields = Vec::new();
    for field in &written.fields {
        operations.extend(back(around, target, field)?);
        fields.push(FieldChange {
            pointer: field.pointer.clone(),
            before: field.after.clone(),
            after: field.before.clone(),
            hidden: false,
        });
    }
    Ok(Write {
        target: target.clone(),
        uid,
        api_version: written.api_version.clone(),
        verb: Verb::Patch,
        body: Value::Array(operations),
        fields,
    })
}

/// A test of what was written, and what was before in its place. A field that only had to stay as it was has to be so again.
fn back(around: &Around<'_>, target: &ObjectKey, field: &FieldChange) -> Result<Vec<Value>, Refusal> {
    let pointer = field.pointer.as_str();
    let test = |value: &Value| json!({"op": "test", "path": pointer, "value": value});
    Ok(match (&field.before, &field.after) {
        (Some(before), Some(after)) if before == after => vec![test(after)],
        (Some(before), Some(after)) => vec![
            test(after),
            json!({"op": "replace", "path": pointer, "value": before}),
        ],
        (None, Some(after)) => vec![test(after), json!({"op": "remove", "path": pointer})],
        (Some(before), None) => {
            // That nothing stands there can only be said of the object as it is known. The gate looks, and refuses what does.
            let row = around.store.get(target).filter(|_| !is_element(pointer));
            let Some(row) = row else {
                return refused(format!(
                    "{} was removed, and what stands there now is not known: edit the object",
                    dotted(pointer)
                ));
            };
            let version = row.facts.resource_version.as_str();
            // The last annotation takes the place with it in which they stand.
            let name = pointer.strip_prefix(ANNOTATIONS).filter(|_| !row.facts.annotated);
            let put_back = match name {
                Some(name) => {
                    let name = name.replace("~1", "/").replace("~0", "~");
                    json!({"op": "add", "path": ANNOTATIONS.trim_end_matches('/'), "value": {name: before}})
                }
                None => json!({"op": "add", "path": pointer, "value": before}),
            };
            vec![
                json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}),
                put_back,
            ]
        }
        (None, None) => Vec::new(),
    })
}

/// Whether a pointer leads to an element of a list, in whose place another one stands once it is gone.
fn is_element(pointer: &str) -> bool {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    name == "-" || name.bytes().all(|byte| byte.is_ascii_digit())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
