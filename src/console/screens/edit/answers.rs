//! What answers do to the edited object.

use fleetui_api::hidden;
use fleetui_base::Shown;
use fleetui_fleet::act::{Judgement, Mode, Try, plan};
use fleetui_fleet::merge::{changed, diff};
use fleetui_fleet::object_edit::Editable;

use super::blame::{line_of, line_of_check};
use super::state::{Ground, Phase, Review, State, yaml_of};
use crate::act::judged::unseen;
use crate::act::open::blocked;
use crate::draft::{Draft, Drafting};
use crate::effect::{Action, Answer, Effects, Failure, FailureKind, Request};
use crate::line_input::LineInput;
use crate::yaml::text::{MOST_BYTES, MOST_LINES, Text, read};

/// Lines that are the same around those of a difference that are not.
const CONTEXT: usize = 3;
/// Where others come first so often in a row, the person decides when it is tried again.
const MOST_CONFLICTS: u8 = 3;

impl State {
    /// Goes on with what has arrived.
    pub fn follow(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        self.now = ground.now;
        for outcome in std::mem::take(&mut self.arrived) {
            if self.keeping == Some(outcome.id) {
                self.keeping = None;
                if let Answer::Failed(failure) = &outcome.answer {
                    self.kept_at = None;
                    self.tell(failure.message.as_str());
                }
                continue;
            }
            match outcome.answer {
                Answer::Editable(object) => self.there(*object, ground, effects),
                Answer::Draft(draft) => self.drafted(draft, ground, effects),
                Answer::Judged(judgement) => self.judged(*judgement, ground, effects),
                Answer::Done(..) => self.done(effects),
                // The change was judged before.
                Answer::Failed(failure) if self.is_weighed() => {
                    self.judged(unseen(&failure), ground, effects);
                }
                Answer::Failed(failure) => self.failed(failure, effects),
                Answer::Object(_)
                | Answer::Events(..)
                | Answer::Accepted(_)
                | Answer::Inspected(_)
                | Answer::Activity(_)
                | Answer::Creating(_)
                | Answer::Saved(_)
                | Answer::Upgrading(_)
                | Answer::Workload(_) => {}
            }
        }
    }

    fn there(&mut self, object: Editable, ground: Ground<'_>, effects: &mut Effects) {
        let phase = std::mem::replace(&mut self.phase, Phase::Editing);
        match phase {
            Phase::Loading { draft, .. } => {
                self.uid.clone_from(&object.uid);
                self.text = Text::new(&yaml_of(&object.object), self.room());
                self.base = Some(object);
                self.phase = Phase::Loading { object: None, draft };
                self.go_on(effects);
            }
            Phase::Rereading(_, mine) => self.bring_together(&mine, object, ground, effects),
            other => self.phase = other,
        }
    }

    fn drafted(&mut self, draft: Option<Box<Draft>>, ground: Ground<'_>, effects: &mut Effects) {
        let phase = std::mem::replace(&mut self.phase, Phase::Editing);
        match phase {
            Phase::Loading { object, .. } => {
                self.draft = draft;
                self.phase = Phase::Loading { object, draft: None };
                self.go_on(effects);
            }
            Phase::Outside(_) => {
                if let Some(draft) = draft {
                    self.put_text(&draft.text);
                    self.unkept = true;
                    self.check(ground, effects);
                } else {
                    self.keep_again();
                    self.tell("nothing was changed in the editor");
                }
            }
            other => self.phase = other,
        }
    }

    /// Once both the object and its draft have come, the draft is offered or the editing begins.
    fn go_on(&mut self, effects: &mut Effects) {
        if !matches!(
            self.phase,
            Phase::Loading {
                object: None,
                draft: None
            }
        ) {
            return;
        }
        match self.draft.take() {
            Some(draft) => self.phase = Phase::Offered(draft),
            None => self.begin(effects),
        }
    }

    /// Begins to edit, here or outside.
    fn begin(&mut self, effects: &mut Effects) {
        self.phase = Phase::Editing;
        self.text.resize(self.room());
        self.look();
        let large = self.text.whole().len() > MOST_BYTES || self.text.lines().len() > MOST_LINES;
        if !self.outside && large {
            self.phase = Phase::Failed(Shown::ours(
                "this object is too long to be edited here; your own editor takes it",
            ));
        } else if self.outside
            && let Some(draft) = self.made()
        {
            self.phase = Phase::Outside(self.drafting(Drafting::Outside(Box::new(draft)), effects));
        }
    }

    /// The editor had the draft: it is kept as it is here, or dropped where nothing is changed.
    fn keep_again(&mut self) {
        self.unkept = true;
        self.kept_at = Some(self.now);
    }

    /// Goes on from the draft: what it was made of comes with it, so that what others did since is seen.
    pub(super) fn take_draft(&mut self, effects: &mut Effects) {
        let phase = std::mem::replace(&mut self.phase, Phase::Editing);
        let (Phase::Offered(draft), Some(base)) = (phase, &mut self.base) else {
            return;
        };
        base.object = std::sync::Arc::new(draft.base);
        base.resource_version = draft.resource_version;
        self.kept_at = Some(draft.at);
        self.put_text(&draft.text);
        self.begin(effects);
    }

    pub(super) fn discard(&mut self, effects: &mut Effects) {
        self.drafting(Drafting::Drop, effects);
        self.begin(effects);
    }

    /// Whether it is only looked at what will hold drains.
    fn is_weighed(&self) -> bool {
        self.weighed.is_some() && matches!(self.phase, Phase::Checking(..))
    }

    fn judged(&mut self, judgement: Judgement, ground: Ground<'_>, effects: &mut Effects) {
        let phase = std::mem::replace(&mut self.phase, Phase::Editing);
        let first = self.weighed.take();
        let (Phase::Checking(_, mut plan), Some(base)) = (phase, &self.base) else {
            return;
        };
        let around = plan::Around {
            store: ground.fleet,
            now: ground.now,
        };
        plan::weigh(&around, &mut plan, &judgement);
        if let Some(refusal) = blocked(&plan) {
            let why = refusal.why.clone();
            let line = line_of_check(&plan, &why, &self.text);
            let act = plan.act;
            effects.push(Action::Note(Box::new(Try { act, refusal })));
            return self.refused(line, &why);
        }
        let judgement = match first {
            Some(first) => Judgement {
                drains: judgement.drains,
                ..*first
            },
            None if plan.drains_unseen(&judgement) => {
                let effect = effects.ask(Request::Act(plan.clone(), Mode::Drains));
                self.weighed = Some(Box::new(judgement));
                self.phase = Phase::Checking(effect, plan);
                return;
            }
            None => judgement,
        };
        let mine = read(&self.text.whole()).unwrap_or_default();
        let theirs = judgement
            .weighed
            .first()
            .and_then(|weighed| weighed.after.clone());
        let after = theirs.map(|after| Editable::new(after, Vec::new(), None).object);
        let made = after.as_ref().map_or_else(Vec::new, |after| {
            let mut typed = mine.clone();
            hidden::hide(&mut typed);
            changed(&typed, after, &|pattern: &str| base.list_kind(pattern))
        });
        let after = after.map_or_else(|| yaml_of(&mine), |after| yaml_of(&after));
        self.phase = Phase::Reviewing(Box::new(Review {
            diff: diff(&yaml_of(&base.object), &after, CONTEXT),
            plan: *plan,
            judgement,
            made,
            at: self.now,
            offset: 0,
            asked: false,
            reason: LineInput::new(""),
            in_reason: false,
        }));
    }

    fn done(&mut self, effects: &mut Effects) {
        let Phase::Applying(_, plan) = &self.phase else {
            return;
        };
        let fields = plan.writes.iter().map(|write| write.fields.len()).sum::<usize>();
        let word = if fields == 1 { "field" } else { "fields" };
        let said = format!("written: {fields} {word} of {}", self.key);
        self.phase = Phase::Done(said);
        self.unkept = false;
        self.kept_at = None;
        self.drafting(Drafting::Drop, effects);
    }

    fn failed(&mut self, failure: Failure, effects: &mut Effects) {
        let phase = std::mem::replace(&mut self.phase, Phase::Editing);
        let was_applying = matches!(phase, Phase::Applying(..));
        match phase {
            Phase::Loading { .. } => self.phase = Phase::Failed(failure.message),
            Phase::Outside(_) => {
                self.keep_again();
                self.tell(failure.message.as_str());
            }
            Phase::Rereading(..) => self.tell(failure.message.as_str()),
            Phase::Checking(_, plan) | Phase::Applying(_, plan) => match failure.kind {
                FailureKind::Conflict if self.conflicts < MOST_CONFLICTS => {
                    self.conflicts += 1;
                    if let Ok(mine) = read(&self.text.whole()) {
                        self.reread(mine, effects);
                    }
                }
                FailureKind::TimedOut if was_applying => {
                    let said = format!(
                        "{}; whether it was written is not known: check again",
                        failure.message
                    );
                    self.tell(&said);
                }
                FailureKind::Conflict
                | FailureKind::Gone
                | FailureKind::Refused
                | FailureKind::TimedOut
                | FailureKind::Unreachable => {
                    let said = failure.message.as_str().to_owned();
                    let fields = plan.writes.iter().flat_map(|write| &write.fields);
                    let changed: Vec<&str> = fields.map(|field| field.pointer.as_str()).collect();
                    match line_of(&said, &self.text, &changed) {
                        Some(line) => self.refused(line, &said),
                        None => self.tell(&said),
                    }
                }
            },
            other => self.phase = other,
        }
    }
}
