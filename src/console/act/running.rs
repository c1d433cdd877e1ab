//! What was sent off: how far it is, and for how long that is shown under its row.

use std::sync::Arc;

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::{Deed, MachineDeed, Plan, WalkDeed};
use fleetui_fleet::tree::Node;
use jiff::{SignedDuration, Timestamp};

use super::lines::deed_of;
use super::state::State;
use crate::cell::update::{Around, explain};
use crate::effect::{Answer, EffectId, Outcome, Request};

/// How long what was done stays under its row.
const DONE_SHOWN_FOR: SignedDuration = SignedDuration::from_secs(5);
/// How long what was not done stays under its row.
const FAILED_SHOWN_FOR: SignedDuration = SignedDuration::from_secs(20);
/// How long machines that are replaced are followed.
const FOLLOWED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Objects that are named of several that something was done to.
const FEW_NAMES: usize = 4;
/// The most acts that are kept to be shown; older ones have long been read.
const MOST: usize = 64;

/// An act that was sent off.
#[derive(Debug)]
pub struct Running {
    /// The row that it was done on.
    pub key: ObjectKey,
    /// What is done.
    pub plan: Box<Plan>,
    /// How far it is.
    pub status: Status,
}

/// How far an act is.
#[derive(Debug)]
pub enum Status {
    /// Under way.
    Applying(EffectId),
    /// Written, and machines follow; since when, and until when that is followed.
    Rolling(Timestamp, Timestamp),
    /// Done; shown until then.
    Done(Timestamp),
    /// Not done; shown until then.
    Failed(Shown, Timestamp),
}

/// Acts on several objects that were sent off together, so that what comes of them is told of all.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Those that have not ended.
    pub(super) waits: Vec<EffectId>,
    /// How many there are.
    of: usize,
    /// Those that were done.
    done: Vec<ObjectKey>,
    /// What the server has said of them.
    warnings: Vec<Shown>,
    /// The first that was not done, with why, and how many there were.
    failed: Option<(ObjectKey, Shown, usize)>,
}

impl Batch {
    fn take(&mut self, key: &ObjectKey, answer: &Answer) {
        match (answer, &mut self.failed) {
            (Answer::Failed(_), Some((.., count))) => *count += 1,
            (Answer::Failed(failure), None) => self.failed = Some((key.clone(), explain(failure), 1)),
            (Answer::Done(_, warnings), _) => {
                self.done.push(key.clone());
                let new = warnings.iter().filter(|it| !self.warnings.contains(it));
                let new: Vec<Shown> = new.cloned().collect();
                self.warnings.extend(new);
            }
            (_, _) => {}
        }
    }

    /// What has come of all of them so far; whether all that has ended was done.
    fn told(&self, deed: &str) -> (bool, String) {
        let few: Vec<String> = self
            .done
            .iter()
            .take(FEW_NAMES)
            .map(|key| key.object.to_string())
            .collect();
        let more = match self.done.len() - few.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = if few.is_empty() {
            String::new()
        } else {
            format!(": {}{more}", few.join(", "))
        };
        let done = format!("{deed} {} of {} objects{names}", self.done.len(), self.of);
        match &self.failed {
            Some((key, why, count)) => {
                let of = match count {
                    1 => key.to_string(),
                    more => format!("{key} and {} more", more - 1),
                };
                (false, format!("not done: {} ({of}); done: {done}", why.as_str()))
            }
            None if self.warnings.is_empty() => (true, format!("done: {done}")),
            None => {
                let warnings: Vec<&str> = self.warnings.iter().map(Shown::as_str).collect();
                (
                    true,
                    format!("done: {done}; the server says: {}", warnings.join("; ")),
                )
            }
        }
    }
}

impl State {
    /// Remembers what was sent off together, where that is several.
    pub(super) fn sent_together(&mut self, mut batch: Batch) {
        batch.of = batch.waits.len();
        if batch.of > 1 {
            self.batches.push(batch);
        }
    }

    /// What is told of one that was sent off with others; nothing where it was sent off alone.
    fn ended_among(&mut self, outcome: &Outcome, (deed, key): (&str, &ObjectKey)) -> Option<(bool, String)> {
        let at = self
            .batches
            .iter()
            .position(|batch| batch.waits.contains(&outcome.id))?;
        let batch = self.batches.get_mut(at)?;
        batch.waits.retain(|id| *id != outcome.id);
        batch.take(key, &outcome.answer);
        let told = batch.told(deed);
        if batch.waits.is_empty() {
            self.batches.swap_remove(at);
        }
        Some(told)
    }

    /// Keeps an act that was sent off.
    pub(super) fn run(&mut self, running: Running) {
        let over = |running: &Running| !matches!(running.status, Status::Applying(_));
        self.running
            .retain(|known| known.key != running.key || !over(known));
        if self.running.len() >= MOST {
            let oldest = self.running.iter().position(over).unwrap_or(0);
            self.running.remove(oldest);
        }
        self.running.push(running);
    }

    /// A change in a cell was written; what comes of it is followed like that of any other act.
    pub fn follow(&mut self, plan: Box<Plan>, now: Timestamp) {
        self.run(Running {
            key: plan.act.subject.clone(),
            status: after(&plan, now),
            plan,
        });
    }

    pub(super) fn ended(&mut self, outcome: &Outcome, around: &mut Around<'_>) -> bool {
        let waits = |running: &&Running| matches!(running.status, Status::Applying(id) if id == outcome.id);
        let Some(running) = self.running.iter().find(waits) else {
            return false;
        };
        let (deed, key) = (deed_of(&running.plan), running.key.clone());
        let what = format!("{deed} {key}");
        let among = self.ended_among(outcome, (&deed, &key));
        let say = |around: &mut Around<'_>, alone: String, is_done: bool| {
            let (is_done, said) = among.clone().unwrap_or((is_done, alone));
            if is_done {
                around.messages.say(around.now, &said);
            } else {
                around.messages.fail(around.now, &said);
            }
        };
        let waits =
            |running: &&mut Running| matches!(running.status, Status::Applying(id) if id == outcome.id);
        let Some(running) = self.running.iter_mut().find(waits) else {
            return false;
        };
        match &outcome.answer {
            Answer::Failed(failure) => {
                let why = explain(failure);
                let said = format!("not done: {} ({what})", why.as_str());
                say(around, said, false);
                running.status = Status::Failed(why, later(around.now, FAILED_SHOWN_FOR));
            }
            Answer::Done(_, warnings) => {
                let warnings: Vec<&str> = warnings.iter().map(Shown::as_str).collect();
                let said = if warnings.is_empty() {
                    format!("done: {what}")
                } else {
                    format!("done: {what}; the server says: {}", warnings.join("; "))
                };
                say(around, said, true);
                running.status = after(&running.plan, around.now);
                // What was begun or is to go on is walked from here.
                let deed = &running.plan.act.deed;
                if matches!(deed, Deed::Walk(WalkDeed::Begin(_) | WalkDeed::Resume)) {
                    let key = running.key.clone();
                    self.take_up(key, around);
                }
            }
            // Nothing was asked that is answered so.
            Answer::Object(_)
            | Answer::Events(..)
            | Answer::Accepted(_)
            | Answer::Judged(_)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Saved(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_) => running.status = Status::Done(around.now),
        }
        true
    }

    /// Takes the steps of an upgrade that is stored, from here.
    fn take_up(&mut self, key: ObjectKey, around: &mut Around<'_>) {
        if let Some(session) = around.fleet.session(&key.management_cluster) {
            let request = Request::Walk(key.clone(), Arc::clone(session));
            self.taking_up.push((around.effects.ask(request), key));
        }
    }

    /// The act that is shown under this node.
    pub fn running_on(&self, node: &Node) -> Option<&Running> {
        let mut running = self.running.iter().rev();
        running.find(|running| matches!(node, Node::Object(key) if *key == running.key))
    }

    /// Takes away what has been shown for long enough; says whether something went. `is_over` is whether the machines of a row
    /// are all as they are wished.
    pub fn expire(&mut self, now: Timestamp, is_over: impl Fn(&ObjectKey) -> bool) -> bool {
        let before = self.running.len();
        let mut changed = false;
        for running in &mut self.running {
            if let Status::Rolling(since, until) = running.status {
                // What was written is not seen in the row at once.
                let seen = now.duration_since(since) >= DONE_SHOWN_FOR;
                if until <= now || (seen && is_over(&running.key)) {
                    running.status = Status::Done(later(now, DONE_SHOWN_FOR));
                    changed = true;
                }
            }
        }
        self.running.retain(|running| match &running.status {
            Status::Applying(_) | Status::Rolling(..) => true,
            Status::Done(until) | Status::Failed(_, until) => *until > now,
        });
        changed || self.running.len() != before
    }
}

/// How an act stands once it is written.
fn after(plan: &Plan, now: Timestamp) -> Status {
    let rolls = match plan.act.deed {
        Deed::Scale(_) | Deed::Upgrade(_) | Deed::Restart | Deed::Undo(_) => true,
        Deed::Machine(deed) => match deed {
            MachineDeed::Replace | MachineDeed::Shrink => true,
            MachineDeed::GoFirst(_) | MachineDeed::Remediate(_) | MachineDeed::SkipRemediation(_) => false,
        },
        Deed::Host(_)
        | Deed::Pause
        | Deed::Resume
        | Deed::Delete
        | Deed::Edit(_)
        | Deed::Apply
        | Deed::Walk(_)
        | Deed::Install
        | Deed::Create(_)
        | Deed::Kubeconfig => false,
    };
    if rolls {
        Status::Rolling(now, later(now, FOLLOWED_FOR))
    } else {
        Status::Done(later(now, DONE_SHOWN_FOR))
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
