//! What opens the editor in a cell, and what happens in it.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::{Act, Actor, Confirm, Confirmed, Deed, Mode, Plan, Refusal, Step, Try};
use fleetui_fleet::edit::{Field, Refused, editable, version_candidates, written};
use jiff::{SignedDuration, Timestamp};

use super::editor::{read, refused};
use super::state::{Editor, Phase, State, Write, WriteStatus, title};
use crate::access::Access;
use crate::chord::Chord;
use crate::command::Input;
use crate::effect::{Action, Answer, Effects, Failure, FailureKind, Outcome, Request};
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
    /// Who acts, as what is written says it.
    pub actor: &'a Actor,
    /// Effects that are wanted.
    pub effects: &'a mut Effects,
    /// The message of the moment.
    pub messages: &'a mut messages::State,
}

impl Around<'_> {
    /// Says why something is not done, and has the try written down.
    pub(crate) fn refuse(&mut self, act: Act, refusal: Refusal) {
        self.messages.refuse(self.now, &refusal.why);
        self.effects.push(Action::Note(Box::new(Try { act, refusal })));
    }
}

impl State {
    /// Opens the editor on a cell, or says why it cannot be.
    pub fn open(&mut self, key: &ObjectKey, field: Field, around: &mut Around<'_>) {
        let found = around
            .access
            .check(around.fleet, &key.management_cluster)
            .and_then(|()| {
                let refused = |refused: Refused| Refusal::at(Step::Preflight, refused.what);
                let from = editable(around.fleet, key, field).map_err(refused)?;
                let written = written(around.fleet, key, field).map_err(refused)?;
                around.access.check_change(around.fleet, &written.0)?;
                Ok((from, written))
            });
        let (from, written) = match found {
            Ok(found) => found,
            Err(refusal) => {
                self.not_opened(around.now);
                return around.refuse(asked(around.fleet, key, field), refusal);
            }
        };
        let Some(row) = around.fleet.get(key) else { return };
        let candidates = match field {
            Field::Replicas => Vec::new(),
            Field::Version => version_candidates(around.fleet, key),
        };
        self.writes
            .retain(|write| write.key != *key || matches!(write.status, WriteStatus::Applying(_)));
        let effect = read(&written, around);
        self.editor = Some(Editor {
            key: key.clone(),
            field,
            uid: row.facts.uid.clone(),
            written,
            owners: None,
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
            reason: LineInput::new(""),
            in_reason: false,
        });
    }

    /// A command in the editor.
    pub fn command(&mut self, command: Input, around: &mut Around<'_>) {
        match command {
            Input::Accept => self.accept(around),
            Input::Cancel => self.close(around),
            Input::Next | Input::Previous if self.may_say_why() => {
                if let Some(editor) = &mut self.editor {
                    editor.in_reason = !editor.in_reason;
                }
            }
            Input::Next => self.choose(true, around),
            Input::Previous => self.choose(false, around),
        }
    }

    /// Whether a change is at hand that a person may give a reason for.
    fn may_say_why(&self) -> bool {
        let editor = self.editor.as_ref();
        editor.is_some_and(|editor| {
            // Elsewhere the key chooses among versions.
            editor.fitting.is_empty() || matches!(editor.phase, Phase::Reviewing { .. })
        })
    }

    /// A chord that types.
    pub fn type_chord(&mut self, chord: Chord, around: &mut Around<'_>) {
        // A version that was completed is whole: another one that is begun takes its place, as it did when the editor
        // opened; what cannot begin one (`-rc.1`, `+build`) goes on from it.
        let begins = |typed: char| typed.is_ascii_digit() || typed == 'v';
        let goes_on = chord.typed().is_some_and(|typed| !begins(typed));
        if let Some(editor) = &mut self.editor
            && editor.chosen.is_some()
            && !editor.in_reason
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
        if editor.in_reason {
            change(&mut editor.reason);
        } else if change(&mut editor.input) {
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
            // The key may have been on its way before what is shown changed: the first one says that it was seen.
            Phase::Reviewing { .. } if editor.meanwhile.take().is_some() => {}
            Phase::Reviewing { plan, confirmed, .. }
                if matches!(plan.confirm, Confirm::Twice(_)) && !*confirmed =>
            {
                *confirmed = true;
            }
            Phase::Reviewing { .. } => self.apply(around),
        }
    }

    fn apply(&mut self, around: &mut Around<'_>) {
        let Some(editor) = self.editor.take() else { return };
        let Phase::Reviewing {
            mut plan,
            asked,
            confirmed,
            ..
        } = editor.phase
        else {
            return;
        };
        plan.act.reason = editor.reason.said();
        // It is looked at again: the connection may have gone since the editor opened.
        let management_cluster = &plan.target().management_cluster;
        if let Err(refusal) = around.access.check(around.fleet, management_cluster) {
            return around.refuse(plan.act, refusal);
        }
        let confirmed = Confirmed {
            digest: plan.digest(),
            twice: confirmed,
            dry_run_seconds: u64::try_from(around.now.duration_since(asked).as_secs()).ok(),
            ..Confirmed::default()
        };
        let effect = around
            .effects
            .ask(Request::Act(plan.clone(), Mode::Perform(confirmed)));
        if self.writes.len() >= MOST_WRITES {
            self.writes.remove(0);
        }
        self.writes.push(Write {
            key: editor.key,
            field: editor.field,
            plan,
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
        let what = describe(write.field, &write.plan);
        match &outcome.answer {
            Answer::Done(..)
            | Answer::Accepted(_)
            | Answer::Object(_)
            | Answer::Events(..)
            | Answer::Saved(_)
            | Answer::Judged(_)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_) => {
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
            Answer::Inspected(inspection) => editor.inspected(inspection, around),
            Answer::Judged(judgement) => editor.judged(judgement, around),
            // Nothing was asked that is answered so.
            Answer::Object(_)
            | Answer::Accepted(_)
            | Answer::Events(..)
            | Answer::Saved(_)
            | Answer::Done(..)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_) => {}
            Answer::Failed(failure) => match failure.kind {
                FailureKind::Gone | FailureKind::Unreachable => {
                    let what = format!("{}: {}", editor.key, failure.message);
                    around.messages.fail(around.now, &what);
                    self.editor = None;
                }
                FailureKind::Conflict | FailureKind::Refused | FailureKind::TimedOut => {
                    editor.phase = refused(explain(failure));
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
fn describe(field: Field, plan: &Plan) -> String {
    let (from, to) = plan.field().unwrap_or_default();
    format!("{} {from} to {to} on {}", title(field), plan.target())
}

/// What was asked for by opening a cell, before a value is known.
fn asked(fleet: &FleetStore, key: &ObjectKey, field: Field) -> Act {
    let row = fleet.get(key);
    Act {
        subject: key.clone(),
        uid: row.map(|row| row.facts.uid.clone()).unwrap_or_default(),
        deed: match field {
            Field::Replicas => Deed::Scale(String::new()),
            Field::Version => Deed::Upgrade(String::new()),
        },
        reason: None,
    }
}

/// Why something was not done, with what a person has to know besides.
pub(crate) fn explain(failure: &Failure) -> Shown {
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
