//! What answers do: of drafts and templates, of the dry run, of each object; and what time and the fleet bring.

use fleetui_base::Shown;
use fleetui_fleet::act::{Confirm, Judgement};
use fleetui_fleet::create::{Creation, CreationState, Flavour, ItemState, clean_up, of_class, progress};
use jiff::Timestamp;

use super::state::{Choice, Ground, Phase, Review, State};
use crate::draft::{CreateDraftName, CreateDrafting};
use crate::effect::{Action, Answer, Creating, Effects, Failure, Outcome, Request};
use crate::line_input::LineInput;
use crate::prose::Line;
use crate::theme::Role;

impl State {
    /// Sees to what has arrived, and to what the fleet says by now.
    pub fn follow(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        self.now = ground.now;
        for outcome in std::mem::take(&mut self.arrived) {
            self.take(outcome, ground, effects);
        }
        if matches!(self.phase, Phase::Form) {
            self.check(ground);
            self.suggest(ground);
        }
        self.tell(ground);
    }

    /// Time has passed: the draft is kept where it is another one; says whether it has to be drawn anew.
    pub fn tick(&mut self, ground: Ground<'_>, effects: &mut Effects) -> bool {
        let keep = self.unkept && matches!(self.phase, Phase::Form | Phase::Yaml);
        if keep {
            self.keep(ground.now, effects);
        }
        self.look_for_namespace(ground, effects);
        let watches = matches!(self.phase, Phase::Watching);
        if watches {
            self.tell(ground);
        }
        keep || watches
    }

    fn take(&mut self, outcome: Outcome, ground: Ground<'_>, effects: &mut Effects) {
        let id = Some(outcome.id);
        if id == self.drafts {
            self.drafts = None;
            if let Some(Creating::Drafts(drafts)) = creating(outcome.answer) {
                let drafts = drafts.into_iter().map(Box::new);
                self.choices.extend(drafts.map(Choice::Draft));
                self.drop_done(ground, effects);
            }
        } else if id == self.stored {
            self.stored = None;
            if let Some(Creating::Stored(stored)) = creating(outcome.answer) {
                let own = |it: &&Creation| it.cluster.management_cluster == self.management_cluster;
                let own = stored.iter().filter(own).cloned();
                let own: Vec<Choice> = own.map(|it| Choice::Interrupted(Box::new(it))).collect();
                if self.directory.is_none() {
                    self.choices.extend(own);
                }
                self.unfinished = stored;
                self.drop_done(ground, effects);
                self.settle(ground);
            }
        } else if id == self.keeping {
            self.keeping = None;
            if let Answer::Failed(failure) = outcome.answer {
                self.note = Some((true, failure.message));
            }
        } else if id == self.originals {
            self.originals = None;
            self.hear_of_originals(outcome.answer, ground);
        } else if id == self.namespace.asked {
            self.hear_of_namespace(&outcome.answer, ground);
        } else if id == self.told {
            self.told = None;
            self.hear(outcome.answer, effects);
        } else {
            self.of_phase_answered(outcome.answer, ground, effects);
        }
    }

    /// Holds the form against the objects of the cluster that it is to be like.
    fn hear_of_originals(&mut self, answer: Answer, ground: Ground<'_>) {
        let before = self.field().map(|field| field.answer.clone());
        let Some(form) = &mut self.form else { return };
        match answer {
            Answer::Failed(failure) => form.compare(&[], Some(failure.message.as_str())),
            answer => match creating(answer) {
                Some(Creating::Originals(objects, unread)) => {
                    form.compare(&objects, unread.as_ref().map(Shown::as_str));
                }
                Some(_) | None => return,
            },
        }
        if self.field().map(|field| &field.answer) != before.as_ref() {
            // The answer under the cursor is what the line shows.
            self.go_to(self.at, ground);
        }
        self.check(ground);
    }

    /// Takes the drafts away whose creations have come to their end, once both are known; the program may have died before it
    /// did so. Those whose creations were interrupted stay on the disk, and are offered again once these are taken back.
    fn drop_done(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        if self.drafts.is_none() && self.stored.is_none() {
            let unfinished = &self.unfinished;
            self.choices.retain(|choice| match choice {
                Choice::Draft(draft) if draft.is_done(ground.fleet, unfinished.iter()) => {
                    let drop = CreateDrafting::Drop(CreateDraftName::of(draft));
                    effects.push(Action::CreateDrafts(drop));
                    false
                }
                Choice::Draft(draft) => !draft.is_interrupted(unfinished.iter()),
                Choice::Flavour(_) | Choice::Interrupted(_) | Choice::Class(..) | Choice::Unread(..) => true,
            });
        }
        self.list_choices();
    }

    /// How the creation stands that is under way.
    fn hear(&mut self, answer: Answer, effects: &mut Effects) {
        if let Some(Creating::Stands(revision, creation)) = creating(answer) {
            self.revision = revision;
            if let (Some(told), Some(known)) = (creation, &mut self.creation)
                && told.id == known.id
            {
                **known = told;
            }
        }
        if matches!(self.phase, Phase::Creating(_) | Phase::CleaningUp(_))
            && let Some(creation) = &self.creation
        {
            let ask = Request::CreationTold(creation.cluster.clone(), self.revision);
            self.told = Some(effects.ask(ask));
        }
    }

    fn of_phase_answered(&mut self, answer: Answer, ground: Ground<'_>, effects: &mut Effects) {
        match (std::mem::replace(&mut self.phase, Phase::Form), answer) {
            (Phase::Checking(_, creation, plan), Answer::Judged(judgement)) => {
                self.phase = Phase::Reviewing(Box::new(Review {
                    creation: *creation,
                    plan: *plan,
                    judgement: *judgement,
                    at: ground.now,
                    takes_back: false,
                    typed: None,
                    above: 0,
                }));
            }
            (Phase::Checking(..), Answer::Failed(failure)) => {
                if self.form.is_none() {
                    self.phase = Phase::Interrupted;
                }
                self.blame_namespace(&failure, ground);
                let of_answers = match &mut self.form {
                    Some(form) => form.hear_refusal(failure.message.as_str()),
                    None => false,
                };
                self.note = Some((true, failure.message.clone()));
                if of_answers {
                    self.check(ground);
                    self.go_to_first_wrong(ground);
                } else if self.edited.is_some() {
                    self.blame_text(failure.message, ground);
                }
            }
            (Phase::Reading(_), Answer::Editable(class)) => match of_class(&class.object) {
                Ok(flavour) => self.take_flavour(flavour, ground),
                Err(why) => self.phase = Phase::Failed(Shown::line(&why)),
            },
            (Phase::Reading(_), Answer::Failed(failure)) => self.phase = Phase::Failed(failure.message),
            (Phase::Looking(..) | Phase::Creating(_) | Phase::CleaningUp(_), Answer::Failed(failure)) => {
                self.interrupted(failure, effects);
            }
            (phase, Answer::Creating(answer)) => self.of_creation(phase, *answer, ground, effects),
            (phase, _) => self.phase = phase,
        }
    }

    fn of_creation(&mut self, phase: Phase, answer: Creating, ground: Ground<'_>, effects: &mut Effects) {
        match (phase, answer) {
            (Phase::Reading(_), Creating::Template(flavour)) => self.take_flavour(flavour, ground),
            (Phase::Reading(_), Creating::Templates(directory, offered)) => {
                self.offer(directory, offered, ground);
            }
            (Phase::Looking(_, resumes), Creating::Stands(_, Some(creation))) => {
                self.looked(creation, resumes, ground, effects);
            }
            (Phase::Creating(_), Creating::Done(warnings)) => self.created(warnings, effects),
            (Phase::CleaningUp(_), Creating::Done(_)) => {
                self.stop_hearing(effects);
                let cluster = self
                    .creation
                    .as_ref()
                    .map(|creation| creation.cluster.to_string());
                self.phase = Phase::Done(format!(
                    "nothing is left of the creation of {}",
                    cluster.unwrap_or_default()
                ));
            }
            (Phase::Creating(_) | Phase::CleaningUp(_), Creating::Failed(creation, failure)) => {
                self.creation = Some(Box::new(creation));
                self.interrupted(failure, effects);
            }
            (phase, _) => self.phase = phase,
        }
    }

    /// Lets a template of a directory be chosen.
    fn offer(
        &mut self,
        directory: String,
        offered: Vec<(String, Result<Flavour, Shown>)>,
        ground: Ground<'_>,
    ) {
        let choices = offered.into_iter().map(|(name, read)| match read {
            Ok(flavour) => match self.asked_by(flavour.clone(), ground) {
                Ok(_) => Choice::Flavour(flavour),
                Err(why) => Choice::Unread(name, Shown::line(&why)),
            },
            Err(why) => Choice::Unread(name, why),
        });
        self.choices = choices.collect();
        self.directory = Some(directory);
        self.phase = Phase::Choosing;
        self.list_choices();
    }

    /// Asks what a template asks.
    fn take_flavour(&mut self, flavour: Flavour, ground: Ground<'_>) {
        match self.asked_by(flavour, ground) {
            Ok(form) => self.begin(form, ground),
            Err(why) => self.phase = Phase::Failed(Shown::line(&why)),
        }
    }

    /// All objects are there.
    fn created(&mut self, warnings: Vec<Shown>, effects: &mut Effects) {
        self.drop_draft(effects);
        if let Some(creation) = &mut self.creation {
            for item in &mut creation.items {
                if !matches!(item.state, ItemState::Created(_)) {
                    item.state = ItemState::Created("".into());
                }
            }
            creation.state = CreationState::Created;
        }
        self.note = warnings.into_iter().next().map(|warning| (true, warning));
        self.phase = Phase::Watching;
        self.stop_hearing(effects);
    }

    /// It goes no further; what is there of it, if anything.
    fn interrupted(&mut self, failure: Failure, effects: &mut Effects) {
        self.stop_hearing(effects);
        let is_nothing = self.creation.as_ref().is_none_or(|creation| {
            let is_open = creation.items.iter().any(|item| item.state == ItemState::Asked);
            creation.counts().0 == 0 && !is_open
        });
        self.note = Some((true, failure.message));
        self.phase = if is_nothing && self.form.is_some() {
            // The draft is one of nothing that was begun.
            self.creation = None;
            self.unkept = true;
            Phase::Form
        } else {
            Phase::Interrupted
        };
    }

    fn stop_hearing(&mut self, effects: &mut Effects) {
        if let Some(told) = self.told.take() {
            effects.abandon(told);
        }
    }

    /// It is known what is there of a creation.
    fn looked(&mut self, creation: Creation, resumes: bool, ground: Ground<'_>, effects: &mut Effects) {
        self.phase = Phase::Interrupted;
        self.creation = Some(Box::new(creation.clone()));
        if resumes {
            if creation.state == CreationState::CleaningUp {
                return self.say("it is being cleaned up; x goes on with that");
            }
            if creation.state == CreationState::Created {
                self.drop_draft(effects);
                self.phase = Phase::Watching;
                return;
            }
            return self.plan(creation, true, ground, effects);
        }
        match clean_up(&ground.around(), &creation) {
            Ok(plan) => {
                self.note = None;
                let typed = match &plan.confirm {
                    Confirm::Name(_) => Some(LineInput::new("")),
                    Confirm::Key | Confirm::Twice(_) => None,
                };
                self.phase = Phase::Reviewing(Box::new(Review {
                    creation,
                    plan,
                    judgement: Judgement::default(),
                    at: Timestamp::UNIX_EPOCH,
                    takes_back: true,
                    typed,
                    above: 0,
                }));
            }
            // Nothing of it is there: its record goes.
            Err(refusal) => {
                effects.ask(Request::ForgetCreation(Box::new(creation)));
                self.phase = Phase::Done(refusal.why);
            }
        }
    }

    /// Writes out what is told below: of a creation, its objects and how far the cluster is.
    pub(super) fn tell(&mut self, ground: Ground<'_>) {
        let mut lines = Vec::new();
        if let (Phase::Watching, Some(creation)) = (&self.phase, &self.creation) {
            let line = match progress(ground.fleet, &creation.cluster, ground.now) {
                Some(progress) if progress.available => Line::new().text(Role::Good, &progress.line()),
                Some(progress) => Line::new().text(Role::Progressing, &progress.line()),
                None => Line::ours(Role::Progressing, "the cluster is not seen yet"),
            };
            let width = usize::from(self.size.0.saturating_sub(2)).max(10);
            lines.extend(line.wrapped(width, LINES_OF_PROGRESS));
        }
        self.about = lines;
    }
}

/// What a cluster waits for is told in so many lines at most: the last words are often what to do.
const LINES_OF_PROGRESS: usize = 8;

/// What belongs to the creation of a cluster.
fn creating(answer: Answer) -> Option<Creating> {
    if let Answer::Creating(answer) = answer {
        return Some(*answer);
    }
    None
}
