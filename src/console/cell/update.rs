//! What opens the editor in a cell, and what happens in it.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::edit::{Change, Field, editable, version_candidates};
use jiff::{SignedDuration, Timestamp};

use super::editor::wrong;
use super::state::{Editor, Phase, State, Write, WriteStatus, title};
use crate::access::Access;
use crate::chord::Chord;
use crate::command::Input;
use crate::effect::{Answer, Effects, Failure, FailureKind, Outcome, Request};
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
        let writable = around.access.check(around.fleet, &key.management_cluster);
        let from = match writable {
            Ok(()) => editable(around.fleet, key, field).map_err(|refused| refused.to_string()),
            Err(why) => Err(why.to_string()),
        };
        let from = match from {
            Ok(from) => from,
            Err(why) => {
                self.not_opened(around.now);
                return around.messages.refuse(around.now, &why);
            }
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
            managed_fields: false,
        });
        self.editor = Some(Editor {
            key: key.clone(),
            field,
            uid: row.facts.uid.clone(),
            input: LineInput::selected(&from),
            from,
            fitting: candidates.clone(),
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
        // A version that was completed is whole: another one that is begun takes its place, as it did when the editor
        // opened; what cannot begin one (`-rc.1`, `+build`) goes on from it.
        let begins = |typed: char| typed.is_ascii_digit() || typed == 'v';
        let goes_on = chord.typed().is_some_and(|typed| !begins(typed));
        if let Some(editor) = &mut self.editor
            && editor.chosen.is_some()
            && goes_on
        {
            editor.input.keep();
        }
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
            editor.fit();
            editor.typed(around);
        }
    }

    fn choose(&mut self, forward: bool, around: &mut Around<'_>) {
        let Some(editor) = &mut self.editor else { return };
        let count = editor.fitting.len();
        if count == 0 {
            return;
        }
        let index = match editor.chosen {
            None if forward => 0,
            None => count - 1,
            Some(index) if forward => (index + 1) % count,
            Some(index) => (index + count - 1) % count,
        };
        if let Some(candidate) = editor.fitting.get(index) {
            editor.input = LineInput::selected(&candidate.version);
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
            Phase::Reviewing {
                forecast, confirmed, ..
            } if forecast.doubt.is_some() && !*confirmed => *confirmed = true,
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
            Answer::Accepted(_) | Answer::Object(_) | Answer::Events(..) | Answer::Saved(_) => {
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
            Answer::Accepted(warnings) => editor.accepted(warnings, around),
            // Nothing was asked that is answered so.
            Answer::Events(..) | Answer::Saved(_) => {}
            Answer::Failed(failure) => match failure.kind {
                FailureKind::Gone | FailureKind::Unreachable => {
                    let what = format!("{}: {}", editor.key, failure.message);
                    around.messages.fail(around.now, &what);
                    self.editor = None;
                }
                FailureKind::Conflict | FailureKind::Refused | FailureKind::TimedOut => {
                    editor.phase = wrong(explain(failure));
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
