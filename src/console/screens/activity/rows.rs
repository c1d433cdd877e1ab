//! The rows of the activity: upgrades that are stored, acts that were sent off, and acts as the audit log has them.

use std::collections::HashMap;

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::audit::{Outcome as Ended, Stage};
use fleetui_fleet::act::{AuditId, Deed, Entry};
use fleetui_fleet::filter::{Filter, Told};
use fleetui_fleet::walk::Known;
use jiff::{SignedDuration, Timestamp};

use super::state::Ground;
use crate::act::lines::status;
use crate::act::{Running, Status};
use crate::age::age;
use crate::theme::Role;
use crate::walking;

/// An act that has no outcome is under way for no longer than this; then it was cut off.
const LONGEST_ACT: SignedDuration = SignedDuration::from_mins(1);

/// What a row is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::screens) enum Row {
    /// An upgrade that is stored beside this Cluster.
    Walk(ObjectKey),
    /// What was sent off on this object.
    Running(ObjectKey),
    /// An act of the audit log.
    Act(AuditId),
}

/// What a row says, by columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) at: Shown,
    pub(super) who: Shown,
    pub(super) what: Shown,
    pub(super) object: Shown,
    pub(super) management_cluster: Shown,
    pub(super) outcome: Shown,
    pub(super) role: Role,
    pub(super) reason: Shown,
}

/// A row before it is known whether it is shown.
struct Candidate<'a> {
    row: Row,
    of: &'a ObjectKey,
    at: Timestamp,
    cells: Cells,
}

/// What keeps rows from being shown.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    pub(super) filter: Option<Filter>,
    pub(super) faults_only: bool,
}

/// The rows that are shown, with what they say, and how many are not: what is under way first, then the newest.
pub(super) fn rows(entries: &[Entry], sieve: &Sieve, ground: Ground<'_>) -> (Vec<Row>, Vec<Cells>, usize) {
    let ended = outcomes(entries);
    let walks = || ground.fleet.walks().map(AsRef::as_ref);
    let open = walks()
        .filter(|known| known.is_open())
        .map(|known| of_walk(known, ground));
    let running = ground
        .act
        .running
        .iter()
        .rev()
        .filter(|running| !is_told(running, entries, &ended))
        .map(|running| of_running(running, ground));
    let mut past: Vec<Candidate<'_>> = acts(entries)
        .map(|entry| of_act(entry, ended.get(&entry.id).copied(), ground))
        .chain(
            walks()
                .filter(|known| !known.is_open())
                .map(|known| of_walk(known, ground)),
        )
        .collect();
    past.sort_by_key(|candidate| std::cmp::Reverse(candidate.at));
    let (mut rows, mut cells, mut hidden) = (Vec::new(), Vec::new(), 0);
    for candidate in open.chain(running).chain(past) {
        if ground
            .only
            .is_some_and(|only| candidate.of.management_cluster != *only)
        {
            continue;
        }
        if candidate.passes(sieve, ground) {
            rows.push(candidate.row);
            cells.push(candidate.cells);
        } else {
            hidden += 1;
        }
    }
    (rows, cells, hidden)
}

/// Whether the log tells how an act ended that was sent off, and nothing follows of it that is still to be told.
fn is_told(running: &Running, entries: &[Entry], ended: &HashMap<&AuditId, &Ended>) -> bool {
    if !matches!(running.status, Status::Done(_) | Status::Failed(..)) {
        return false;
    }
    let act = &running.plan.act;
    acts(entries)
        .take_while(|entry| entry.at >= running.plan.planned)
        .any(|entry| {
            let is_over = matches!(entry.stage, Stage::Refused(_)) || ended.contains_key(&entry.id);
            let same = entry.act.subject == act.subject && entry.act.deed.told() == act.deed.told();
            same && is_over
        })
}

/// One line of each act: that of its intent, or of its refusal.
pub(super) fn acts(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let entries = entries.iter();
    entries.filter(|entry| !matches!(entry.stage, Stage::Outcome(_)))
}

/// How acts have ended.
pub(super) fn outcomes(entries: &[Entry]) -> HashMap<&AuditId, &Ended> {
    let ended = entries.iter().filter_map(|entry| match &entry.stage {
        Stage::Outcome(outcome) => Some((&entry.id, outcome)),
        Stage::Intent { .. } | Stage::Refused(_) => None,
    });
    ended.collect()
}

impl Candidate<'_> {
    fn passes(&self, sieve: &Sieve, ground: Ground<'_>) -> bool {
        if sieve.faults_only && !matches!(self.cells.role, Role::Failed | Role::Warning | Role::Unknown) {
            return false;
        }
        sieve.filter.as_ref().is_none_or(|filter| {
            let cells = &self.cells;
            let text = format!(
                "{} {} {} {} {} {}",
                cells.who, cells.what, cells.object, cells.outcome, cells.reason, cells.management_cluster
            );
            let told = Told {
                of: self.of,
                text: &text,
                at: self.at,
            };
            let session = ground.fleet.session(&self.of.management_cluster);
            let group = session.and_then(|session| session.group.as_deref());
            filter.is_of_group(group) && filter.matches_told(&told, ground.now)
        })
    }
}

fn object(key: &ObjectKey) -> Shown {
    Shown::line(&format!("{} {}", key.kind.kind, key.object.name))
}

fn of_walk<'a>(known: &'a Known, ground: Ground<'_>) -> Candidate<'a> {
    let (outcome, role) = walking::standing(known, ground.walking());
    let signs = [
        (Role::Progressing, ground.glyphs.progressing),
        (Role::Paused, ground.glyphs.paused),
        (Role::Failed, ground.glyphs.failed),
        (Role::Good, ground.glyphs.done),
    ];
    let sign = signs.iter().find(|(of, _)| *of == role);
    let sign = sign.map_or(ground.glyphs.warning, |(_, sign)| *sign);
    let walk = known.walk();
    let at = match walk {
        Some(walk) if walk.state.has_ended() => walk.changed,
        Some(walk) => walk.begun,
        None => ground.now,
    };
    let to = walk.map_or_else(|| "upgrade".to_owned(), |walk| format!("upgrade to {}", walk.to));
    Candidate {
        row: Row::Walk(known.cluster.clone()),
        of: &known.cluster,
        at,
        cells: Cells {
            at: Shown::line(&age(at, ground.now)),
            who: Shown::line(&walk.map_or_else(String::new, |walk| walk.by.told())),
            what: Shown::line(&to),
            object: object(&known.cluster),
            management_cluster: Shown::line(known.cluster.management_cluster.as_str()),
            outcome: Shown::line(&format!("{sign} {outcome}")),
            role,
            reason: Shown::line(walk.and_then(|walk| walk.reason.as_deref()).unwrap_or_default()),
        },
    }
}

fn of_running<'a>(running: &'a Running, ground: Ground<'_>) -> Candidate<'a> {
    let how = status(running, (ground.fleet, ground.now), ground.glyphs);
    let key = &running.key;
    let act = &running.plan.act;
    Candidate {
        row: Row::Running(key.clone()),
        of: key,
        at: running.plan.planned,
        cells: Cells {
            at: Shown::line(&age(running.plan.planned, ground.now)),
            who: Shown::line(&ground.actor.told()),
            what: Shown::line(&what(&act.deed)),
            object: object(key),
            management_cluster: Shown::line(key.management_cluster.as_str()),
            outcome: Shown::line(&how.plain()),
            role: how.spans.first().map_or(Role::Text, |span| span.role),
            reason: Shown::line(act.reason.as_deref().unwrap_or_default()),
        },
    }
}

fn of_act<'a>(entry: &'a Entry, ended: Option<&Ended>, ground: Ground<'_>) -> Candidate<'a> {
    let subject = &entry.act.subject;
    let (outcome, role) = standing(entry, ended, ground.now);
    Candidate {
        row: Row::Act(entry.id.clone()),
        of: subject,
        at: entry.at,
        cells: Cells {
            at: Shown::line(&age(entry.at, ground.now)),
            who: Shown::line(&entry.actor.told()),
            what: Shown::line(&what(&entry.act.deed)),
            object: object(subject),
            management_cluster: Shown::line(subject.management_cluster.as_str()),
            outcome: Shown::line(&outcome),
            role,
            reason: Shown::line(entry.act.reason.as_deref().unwrap_or_default()),
        },
    }
}

/// What was wanted; of what was taken back, the id is for the lines below.
fn what(deed: &Deed) -> String {
    if matches!(deed, Deed::Undo(_)) {
        "undo".to_owned()
    } else {
        deed.told()
    }
}

/// How an act stands; one that has begun a moment ago was not cut off.
pub(super) fn standing(entry: &Entry, ended: Option<&Ended>, now: Timestamp) -> (String, Role) {
    let young = now.duration_since(entry.at) < LONGEST_ACT;
    match (&entry.stage, ended) {
        (Stage::Intent { .. }, None) if young => ("under way".to_owned(), Role::Progressing),
        (stage, ended) => {
            let role = match (stage, ended) {
                (Stage::Refused(_), _) => Role::Warning,
                (Stage::Intent { .. }, Some(Ended::Done)) => Role::Good,
                (Stage::Intent { .. }, Some(_)) => Role::Failed,
                (Stage::Intent { .. } | Stage::Outcome(_), _) => Role::Unknown,
            };
            (stage.told(ended), role)
        }
    }
}
