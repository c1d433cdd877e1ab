//! What opens the editor in a cell, and what happens in it.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::edit::{Change, Field, editable, plan, version_candidates};
use jiff::{SignedDuration, Timestamp};

use super::state::{Editor, Phase, State, Write, WriteStatus, title};
use crate::access::Access;
use crate::chord::Chord;
use crate::command::Input;
use crate::document::Document;
use crate::effect::{Answer, EffectId, Effects, Failure, FailureKind, Outcome, Request};
use crate::line_input::LineInput;
use crate::messages;

/// How long what was written stays under its row.
const DONE_SHOWN_FOR: SignedDuration = SignedDuration::from_secs(5);
/// How long what was not written stays under its row.
const FAILED_SHOWN_FOR: SignedDuration = SignedDuration::from_secs(20);
/// The most writes that are kept to be shown; older ones have long been read.
const MOST_WRITES: usize = 32;

/// What the editor needs of the app.
pub struct Around<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// The gate.
    pub access: Access,
    /// Now.
    pub now: Timestamp,
    /// Effects that are wanted.
    pub effects: &'a mut Effects,
    /// The message of the moment.
    pub messages: &'a mut messages::State,
}

impl State {
    /// Opens the editor on a cell, or says why it cannot be.
    pub fn open(&mut self, key: &ObjectKey, field: Field, around: &mut Around<'_>) {
        if let Err(why) = around.access.check(around.fleet, &key.management_cluster) {
            return around.messages.refuse(around.now, why.as_str());
        }
        let from = match editable(around.fleet, key, field) {
            Ok(from) => from,
            Err(refused) => return around.messages.refuse(around.now, &refused.to_string()),
        };
        let Some(row) = around.fleet.get(key) else { return };
        let candidates = match field {
            Field::Replicas => Vec::new(),
            Field::Version => version_candidates(around.fleet, key),
        };
        self.writes
            .retain(|write| write.key != *key || matches!(write.status, WriteStatus::Applying(_)));
        let effect = around.effects.ask(Request::Read {
            key: key.clone(),
            uid: row.facts.uid.clone(),
        });
        self.editor = Some(Editor {
            key: key.clone(),
            field,
            uid: row.facts.uid.clone(),
            input: LineInput::new(&from),
            from,
            candidates,
            chosen: None,
            phase: Phase::Loading {
                effect,
                submit: false,
            },
            meanwhile: None,
        });
    }

    /// A command in the editor.
    pub fn command(&mut self, command: Input, around: &mut Around<'_>) {
        match command {
            Input::Accept => self.accept(around),
            Input::Cancel => self.close(around),
            Input::Next => self.choose(true, around),
            Input::Previous => self.choose(false, around),
        }
    }

    /// A chord that types.
    pub fn type_chord(&mut self, chord: Chord, around: &mut Around<'_>) {
        self.edit(around, |input| input.type_chord(chord));
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, around: &mut Around<'_>) {
        self.edit(around, |input| {
            input.paste(text.trim());
            true
        });
    }

    fn edit(&mut self, around: &mut Around<'_>, change: impl FnOnce(&mut LineInput) -> bool) {
        let Some(editor) = &mut self.editor else { return };
        if change(&mut editor.input) {
            editor.chosen = None;
            editor.typed(around);
        }
    }

    fn choose(&mut self, forward: bool, around: &mut Around<'_>) {
        let Some(editor) = &mut self.editor else { return };
        let count = editor.candidates.len();
        if count == 0 {
            return;
        }
        let index = match editor.chosen {
            None if forward => 0,
            None => count - 1,
            Some(index) if forward => (index + 1) % count,
            Some(index) => (index + count - 1) % count,
        };
        if let Some(candidate) = editor.candidates.get(index) {
            editor.input.set(candidate);
            editor.chosen = Some(index);
            editor.typed(around);
        }
    }

    /// Leaves the editor, and stops waiting for what it has asked.
    pub fn close(&mut self, around: &mut Around<'_>) {
        if let Some(editor) = self.editor.take()
            && let Some(effect) = editor.waits_for()
        {
            around.effects.abandon(effect);
        }
    }

    fn accept(&mut self, around: &mut Around<'_>) {
        let Some(editor) = &mut self.editor else { return };
        match &mut editor.phase {
            Phase::Loading { submit, .. } => *submit = true,
            Phase::Editing { .. } => editor.check(around),
            Phase::Checking { .. } => {}
            Phase::Reviewing { .. } => self.apply(around),
        }
    }

    fn apply(&mut self, around: &mut Around<'_>) {
        let Some(editor) = self.editor.take() else { return };
        let Phase::Reviewing { change, .. } = editor.phase else {
            return;
        };
        // The gate is asked again: the connection may have gone since the editor opened.
        if let Err(why) = around
            .access
            .check(around.fleet, &change.target.management_cluster)
        {
            return around.messages.refuse(around.now, why.as_str());
        }
        let effect = around.effects.ask(Request::Apply(change.clone()));
        if self.writes.len() >= MOST_WRITES {
            self.writes.remove(0);
        }
        self.writes.push(Write {
            key: editor.key,
            change: *change,
            status: WriteStatus::Applying(effect),
        });
    }

    /// An outcome; says whether it was one that the editor waits for.
    pub fn outcome(&mut self, outcome: &Outcome, around: &mut Around<'_>) -> bool {
        if self.editor.as_ref().and_then(Editor::waits_for) == Some(outcome.id) {
            self.editor_outcome(&outcome.answer, around);
            return true;
        }
        let waits =
            |write: &&mut Write| matches!(write.status, WriteStatus::Applying(id) if id == outcome.id);
        let Some(write) = self.writes.iter_mut().find(waits) else {
            return false;
        };
        let what = describe(&write.change);
        match &outcome.answer {
            Answer::Accepted(_) | Answer::Object(_) => {
                write.status = WriteStatus::Done(later(around.now, DONE_SHOWN_FOR));
                around.messages.say(around.now, &format!("applied: {what}"));
            }
            Answer::Failed(failure) => {
                let why = explain(failure);
                around
                    .messages
                    .fail(around.now, &format!("not applied: {} ({what})", why.as_str()));
                write.status = WriteStatus::Failed(why, later(around.now, FAILED_SHOWN_FOR));
            }
        }
        true
    }

    fn editor_outcome(&mut self, answer: &Answer, around: &mut Around<'_>) {
        let Some(editor) = &mut self.editor else { return };
        match answer {
            Answer::Object(document) => editor.loaded(document, around),
            Answer::Accepted(warnings) => editor.accepted(warnings),
            Answer::Failed(failure) => match failure.kind {
                FailureKind::Gone | FailureKind::Unreachable => {
                    let what = format!("{}: {}", editor.key, failure.message);
                    around.messages.fail(around.now, &what);
                    self.editor = None;
                }
                FailureKind::Conflict | FailureKind::Refused | FailureKind::TimedOut => {
                    editor.phase = Phase::Editing {
                        problem: Some(explain(failure)),
                    };
                }
            },
        }
    }

    /// The fleet has changed: what is planned must still hold.
    pub fn recheck(&mut self, around: &mut Around<'_>) {
        let Some(editor) = &mut self.editor else { return };
        let same = around
            .fleet
            .get(&editor.key)
            .is_some_and(|row| row.facts.uid == editor.uid);
        if !same {
            let what = format!("nothing was written: {} is gone or was replaced", editor.key);
            around.messages.fail(around.now, &what);
            return self.close(around);
        }
        editor.recheck(around);
    }

    /// Takes away what has been shown for long enough; says whether something went.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let before = self.writes.len();
        self.writes.retain(|write| match &write.status {
            WriteStatus::Applying(_) => true,
            WriteStatus::Done(until) | WriteStatus::Failed(_, until) => *until > now,
        });
        self.writes.len() != before
    }
}

impl Editor {
    /// The effect whose outcome it waits for.
    pub fn waits_for(&self) -> Option<EffectId> {
        match &self.phase {
            Phase::Loading { effect, .. } | Phase::Checking { effect, .. } => Some(*effect),
            Phase::Editing { .. } | Phase::Reviewing { .. } => None,
        }
    }

    /// What is typed has changed: what was being checked or reviewed is another change now.
    fn typed(&mut self, around: &mut Around<'_>) {
        match &self.phase {
            // What is typed is judged when the object has been read.
            Phase::Loading { .. } => return,
            Phase::Checking { effect, .. } => around.effects.abandon(*effect),
            Phase::Editing { .. } | Phase::Reviewing { .. } => {}
        }
        self.meanwhile = None;
        self.phase = Phase::Editing {
            problem: self.problem(around),
        };
    }

    fn problem(&self, around: &Around<'_>) -> Option<Shown> {
        let typed = self.input.text().trim();
        if typed.is_empty() || typed == self.from {
            return None;
        }
        plan(around.fleet, &self.key, self.field, typed)
            .err()
            .map(|refused| Shown::line(&refused.to_string()))
    }

    fn check(&mut self, around: &mut Around<'_>) {
        let typed = self.input.text().trim().to_owned();
        self.phase = match plan(around.fleet, &self.key, self.field, &typed) {
            Ok(change) => {
                let change = Box::new(change);
                let effect = around.effects.ask(Request::DryRun(change.clone()));
                Phase::Checking { effect, change }
            }
            Err(refused) => Phase::Editing {
                problem: Some(Shown::line(&refused.to_string())),
            },
        };
    }

    fn loaded(&mut self, document: &Document, around: &mut Around<'_>) {
        let Phase::Loading { submit, .. } = self.phase else {
            return;
        };
        if document.uid != self.uid {
            let problem = Shown::ours("the watch is behind: another object of this name exists by now");
            self.phase = Phase::Editing {
                problem: Some(problem),
            };
            return;
        }
        self.phase = Phase::Editing {
            problem: self.problem(around),
        };
        if submit {
            self.check(around);
        }
    }

    fn accepted(&mut self, warnings: &[Shown]) {
        if let Phase::Checking { change, .. } = &self.phase {
            self.phase = Phase::Reviewing {
                change: change.clone(),
                warnings: warnings.to_vec(),
            };
        }
    }

    fn recheck(&mut self, around: &mut Around<'_>) {
        let (planned, waiting) = match &self.phase {
            Phase::Loading { .. } => return,
            Phase::Editing { .. } => {
                self.phase = Phase::Editing {
                    problem: self.problem(around),
                };
                return;
            }
            Phase::Checking { effect, change } => (change.clone(), Some(*effect)),
            Phase::Reviewing { change, .. } => (change.clone(), None),
        };
        let typed = self.input.text().trim().to_owned();
        let anew = plan(around.fleet, &self.key, self.field, &typed);
        if anew.as_ref().is_ok_and(|change| *change == *planned) {
            return;
        }
        if let Some(effect) = waiting {
            around.effects.abandon(effect);
        }
        if let Ok(change) = &anew
            && change.from != planned.from
        {
            let what = format!(
                "it changed meanwhile: {} became {}; checked again",
                planned.from, change.from
            );
            self.meanwhile = Some(Shown::line(&what));
        }
        self.check(around);
    }
}

/// `REPLICAS 3 -> 5 on MachineDeployment default/md-0 in mgmt-taipei`.
fn describe(change: &Change) -> String {
    format!(
        "{} {} to {} on {}",
        title(change.field),
        change.from,
        change.to,
        change.target
    )
}

fn explain(failure: &Failure) -> Shown {
    match failure.kind {
        FailureKind::TimedOut => Shown::line(&format!(
            "{}; whether it was done is not known, look at the row",
            failure.message
        )),
        FailureKind::Conflict => {
            Shown::line(&format!("it was changed by somebody else: {}", failure.message))
        }
        FailureKind::Gone | FailureKind::Refused | FailureKind::Unreachable => failure.message.clone(),
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
