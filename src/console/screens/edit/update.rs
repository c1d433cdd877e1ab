//! What keys and answers do to the edited object.

use fleetui_base::Shown;
use fleetui_fleet::act::{Confirm, Confirmed, Mode, Try};
use fleetui_fleet::merge::Side;
use fleetui_fleet::object_edit::{self, Editable};
use serde_json::Value;

use super::conflict::Conflict;
use super::review::PAGE;
use super::state::{Ground, Phase, State, yaml_of};
use crate::chord::{Chord, Key, Named};
use crate::command::{Input, Move};
use crate::effect::{Action, Effects, Request};
use crate::list::Pressed;
use crate::yaml::text::{Wrong, read};

/// Longer texts are looked through once a second, and not at every key.
const LOOKED_THROUGH_BYTES: usize = 16 * 1024;

/// What becomes of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It stays.
    Stay,
    /// It is left.
    Leave,
}

impl State {
    /// A command of the place.
    pub fn command(&mut self, command: Input, ground: Ground<'_>, effects: &mut Effects) -> Next {
        self.now = ground.now;
        match command {
            Input::Accept => self.accept(ground, effects),
            Input::Cancel => return self.cancel(effects),
            Input::Next => self.step(true),
            Input::Previous => self.step(false),
        }
        Next::Stay
    }

    /// A chord that is no command.
    pub fn type_chord(&mut self, chord: Chord, ground: Ground<'_>, effects: &mut Effects) {
        self.now = ground.now;
        match &mut self.phase {
            Phase::Editing => {
                if self.text.type_chord(chord) {
                    self.typed();
                }
            }
            Phase::Offered(_) if chord == Chord::char('x') => self.discard(effects),
            Phase::Reviewing(_) | Phase::Offered(_) if chord == Chord::named(Named::Enter) => {
                self.accept(ground, effects);
            }
            Phase::Reviewing(review) => review.type_chord(chord),
            Phase::Conflict(conflict) => match chord.key {
                Key::Char('m') => conflict.decide(Side::Mine),
                Key::Char('t') => conflict.decide(Side::Theirs),
                Key::Char('e') => self.edit_merged(),
                Key::Named(Named::Down) => conflict.step(true),
                Key::Named(Named::Up) => conflict.step(false),
                Key::Named(Named::Enter) => self.accept(ground, effects),
                Key::Named(_) | Key::Char(_) | Key::Function(_) => {}
            },
            Phase::Loading { .. }
            | Phase::Offered(_)
            | Phase::Outside(_)
            | Phase::Rereading(..)
            | Phase::Checking(..)
            | Phase::Applying(..)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    /// The wheel of the mouse; keys are text here, or commands of the place.
    pub fn go(&mut self, command: Move) {
        let (named, by) = match command {
            Move::Down => (Named::Down, 1),
            Move::Up => (Named::Up, -1),
            Move::PageDown | Move::HalfDown => (Named::PageDown, PAGE),
            Move::PageUp | Move::HalfUp => (Named::PageUp, -PAGE),
            Move::Top | Move::Bottom => return,
        };
        match &mut self.phase {
            Phase::Editing => {
                self.text.type_chord(Chord::named(named));
            }
            Phase::Reviewing(review) => review.scroll(by),
            Phase::Conflict(conflict) => conflict.step(by > 0),
            Phase::Loading { .. }
            | Phase::Offered(_)
            | Phase::Outside(_)
            | Phase::Rereading(..)
            | Phase::Checking(..)
            | Phase::Applying(..)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    /// The mouse was pressed over this row of the body, from 0: the caret goes to the line that stands there.
    pub fn press(&mut self, row: u16) -> Pressed {
        let line = self.text.offset.0 + usize::from(row);
        let is_text = usize::from(row) < self.room().1 && line < self.text.lines().len();
        if !matches!(self.phase, Phase::Editing) || !is_text {
            return Pressed::Nothing;
        }
        self.text.go_to(line);
        Pressed::Chosen
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        match &mut self.phase {
            Phase::Editing => {
                self.text.paste(text);
                self.typed();
            }
            Phase::Reviewing(review) if review.in_reason => review.reason.paste(text),
            Phase::Loading { .. }
            | Phase::Offered(_)
            | Phase::Outside(_)
            | Phase::Rereading(..)
            | Phase::Checking(..)
            | Phase::Reviewing(_)
            | Phase::Conflict(_)
            | Phase::Applying(..)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    fn typed(&mut self) {
        self.unkept = true;
        self.note = None;
        self.text.resize(self.room());
        if self.text.whole().len() <= LOOKED_THROUGH_BYTES {
            self.look();
        }
    }

    /// Looks what is wrong with the text; gives what it says, where it says something.
    pub(super) fn look(&mut self) -> Option<Value> {
        let Some(base) = &self.base else { return None };
        match read(&self.text.whole()) {
            Ok(mine) => {
                let mistakes = base.check(&mine).into_iter();
                let mut wrong: Vec<Wrong> = mistakes
                    .map(|mistake| Wrong {
                        line: self.text.places.line_of(&mistake.pointer),
                        what: Shown::line(&mistake.what),
                    })
                    .collect();
                wrong.sort_by_key(|wrong| wrong.line);
                self.text.wrong = wrong;
                Some(mine)
            }
            Err((line, what)) => {
                self.text.wrong = vec![Wrong { line, what }];
                None
            }
        }
    }

    fn accept(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        match &mut self.phase {
            Phase::Offered(_) => self.take_draft(effects),
            Phase::Editing => self.check(ground, effects),
            Phase::Reviewing(review) => match &review.plan.confirm {
                Confirm::Twice(_) if !review.asked => review.asked = true,
                Confirm::Key | Confirm::Twice(_) | Confirm::Name(_) => self.apply(ground, effects),
            },
            Phase::Conflict(conflict) => {
                if conflict.open() == 0 {
                    self.edit_merged();
                    self.check(ground, effects);
                } else {
                    self.tell("say of each whose it is to be: m mine, t theirs, e edits them");
                }
            }
            Phase::Loading { .. }
            | Phase::Outside(_)
            | Phase::Rereading(..)
            | Phase::Checking(..)
            | Phase::Applying(..)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    fn cancel(&mut self, effects: &mut Effects) -> Next {
        match &self.phase {
            Phase::Rereading(effect, _) | Phase::Checking(effect, _) => effects.abandon(*effect),
            Phase::Reviewing(_) => {}
            Phase::Conflict(_) => {
                self.tell("the object is as it was; what is there by now was not brought in");
            }
            Phase::Editing if self.text.completion.take().is_some() => return Next::Stay,
            Phase::Loading { .. }
            | Phase::Offered(_)
            | Phase::Editing
            | Phase::Outside(_)
            | Phase::Applying(..)
            | Phase::Done(_)
            | Phase::Failed(_) => return Next::Leave,
        }
        self.phase = Phase::Editing;
        Next::Stay
    }

    fn step(&mut self, forward: bool) {
        match &mut self.phase {
            Phase::Editing => {
                let schema = self.base.as_ref().and_then(|base| base.schema.clone());
                let found = schema.is_some_and(|schema| self.text.complete(&schema, forward));
                if found {
                    self.typed();
                } else if self.text.is_at_indent() {
                    self.text.type_chord(Chord::named(Named::Tab));
                    self.typed();
                } else {
                    self.tell("nothing is known that completes this");
                }
            }
            Phase::Conflict(conflict) => conflict.step(forward),
            Phase::Reviewing(review) => review.in_reason = !review.in_reason,
            Phase::Loading { .. }
            | Phase::Offered(_)
            | Phase::Outside(_)
            | Phase::Rereading(..)
            | Phase::Checking(..)
            | Phase::Applying(..)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    /// Checks the text: here first, then against what is there by now, which is read for it.
    pub(super) fn check(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let read = self.look();
        let Some(mine) = read.filter(|_| self.text.wrong.is_empty()) else {
            if let Some(first) = self.text.wrong.first() {
                let said = match self.text.wrong.len() {
                    1 => format!("line {}: {}", first.line + 1, first.what),
                    more => format!("{more} mistakes; line {}: {}", first.line + 1, first.what),
                };
                let line = first.line;
                self.text.go_to(line);
                self.tell(&said);
            }
            return;
        };
        if self.base.as_ref().is_some_and(|base| *base.object == mine) {
            self.keep(ground.now, effects);
            return self.tell("nothing is changed");
        }
        if !self.may(ground, effects) {
            return;
        }
        self.keep(ground.now, effects);
        self.conflicts = 0;
        self.reread(mine, effects);
    }

    pub(super) fn reread(&mut self, mine: Value, effects: &mut Effects) {
        self.phase = Phase::Rereading(self.ask(effects), Box::new(mine));
    }

    /// Brings together what was made here and what is there by now.
    pub(super) fn bring_together(
        &mut self,
        mine: &Value,
        theirs: Editable,
        ground: Ground<'_>,
        effects: &mut Effects,
    ) {
        let Some(base) = &self.base else { return };
        if theirs.uid != base.uid {
            self.phase = Phase::Editing;
            return self
                .tell("another object has this name by now; nothing was written, and the draft is kept");
        }
        let merged = base.merge(mine, &theirs);
        if !merged.open.is_empty() {
            let said = format!(
                "somebody else has changed the same: {} to decide",
                merged.open.len()
            );
            self.tell(&said);
            self.phase = Phase::Conflict(Box::new(Conflict::new(theirs, merged)));
            return;
        }
        if *base.object != *theirs.object {
            self.note = Some((
                false,
                Shown::ours("somebody else has changed it meanwhile: that was brought in"),
            ));
        }
        self.base = Some(theirs);
        if merged.value != *mine {
            self.put_text(&yaml_of(&merged.value));
        }
        self.phase = Phase::Editing;
        self.keep(ground.now, effects);
        self.plan(&merged.value, ground, effects);
    }

    fn plan(&mut self, mine: &Value, ground: Ground<'_>, effects: &mut Effects) {
        let Some(base) = &self.base else { return };
        match object_edit::plan(ground.fleet, &self.key, (base, mine), ground.now) {
            Ok(plan) if plan.writes.is_empty() => {
                self.tell("nothing is left to be written: it is so already");
            }
            Ok(plan) => {
                let plan = Box::new(plan);
                let effect = effects.ask(Request::Act(plan.clone(), Mode::Preview));
                self.weighed = None;
                self.phase = Phase::Checking(effect, plan);
            }
            Err(mistake) => {
                let line = self.text.places.line_of(&mistake.pointer);
                self.refused(line, &mistake.what);
            }
        }
    }

    pub(super) fn apply(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        if !self.may(ground, effects) {
            return;
        }
        let Phase::Reviewing(review) = &self.phase else {
            return;
        };
        let seconds = ground.now.duration_since(review.at).as_secs();
        let confirmed = Confirmed {
            digest: review.plan.digest(),
            typed: None,
            twice: review.asked,
            anyway: false,
            dry_run_seconds: u64::try_from(seconds).ok(),
        };
        let mut plan = Box::new(review.plan.clone());
        plan.act.reason = review.reason.said();
        let effect = effects.ask(Request::Act(plan.clone(), Mode::Perform(confirmed)));
        self.phase = Phase::Applying(effect, plan);
    }

    fn edit_merged(&mut self) {
        let Phase::Conflict(conflict) = &self.phase else {
            return;
        };
        let (value, theirs) = (conflict.value(), conflict.theirs.clone());
        let pointer = conflict
            .current()
            .map(|overlap| overlap.pointer.clone())
            .unwrap_or_default();
        self.base = Some(theirs);
        self.phase = Phase::Editing;
        self.put_text(&yaml_of(&value));
        let line = self.text.places.line_of(&pointer);
        self.text.go_to(line);
        self.unkept = true;
        self.note = None;
    }

    /// Whether it may be written there now; where not, that is said and the try is written down.
    fn may(&mut self, ground: Ground<'_>, effects: &mut Effects) -> bool {
        let Err(refusal) = ground.access.check(ground.fleet, &self.key.management_cluster) else {
            return true;
        };
        self.tell(&refusal.why);
        let act = object_edit::tried(&self.key, &self.uid);
        effects.push(Action::Note(Box::new(Try { act, refusal })));
        false
    }

    pub(super) fn tell(&mut self, what: &str) {
        self.note = Some((true, Shown::line(what)));
        self.text.resize(self.room());
    }

    pub(super) fn refused(&mut self, line: usize, what: &str) {
        self.phase = Phase::Editing;
        self.text.wrong = vec![Wrong {
            line,
            what: Shown::line(what),
        }];
        self.text.go_to(line);
        self.tell(what);
    }
}
