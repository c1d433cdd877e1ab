//! What keys do.

use fleetui_base::ObjectKey;
use fleetui_fleet::act::{Act, Confirm, Confirmed, CreateDeed, Deed, Mode, Try};
use fleetui_fleet::create::{Creation, plan_creation};

use super::state::{Ground, Phase, Review, State};
use crate::chord::{Chord, Key, Named};
use crate::command::{Create, Input, Move};
use crate::effect::{Action, Effects, Request};
use crate::list::Pressed;

/// A page of what is shown before it is written.
const PAGE: isize = 10;

/// What becomes of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It stays.
    Stay,
    /// It is left.
    Leave,
}

impl State {
    /// A command of a line of text.
    pub fn command(&mut self, command: Input, ground: Ground<'_>, effects: &mut Effects) -> Next {
        self.now = ground.now;
        match command {
            Input::Accept => self.accept(ground, effects),
            Input::Cancel => return self.cancel(ground, effects),
            Input::Next => self.next(true, ground),
            Input::Previous => self.next(false, ground),
        }
        Next::Stay
    }

    /// A command of this screen.
    pub fn create(&mut self, command: Create, ground: Ground<'_>) {
        self.now = ground.now;
        match (command, &self.phase) {
            (Create::Yaml, Phase::Form) => self.turn_into_yaml(ground),
            (Create::Yaml, Phase::Yaml) => {
                self.turn_into_form(ground);
            }
            (Create::Choose, Phase::Form) => self.choose(true, ground),
            (Create::ChooseBack, Phase::Form) => self.choose(false, ground),
            (Create::Yaml | Create::Choose | Create::ChooseBack, _) => {}
        }
    }

    fn next(&mut self, forward: bool, ground: Ground<'_>) {
        if matches!(self.phase, Phase::Form) {
            self.step(forward, ground);
        } else if matches!(self.phase, Phase::Choosing) {
            self.go(if forward { Move::Down } else { Move::Up });
        } else if matches!(self.phase, Phase::Yaml) && forward {
            self.text.type_chord(Chord::named(Named::Tab));
            self.look_at_text();
        }
    }

    /// A chord that is no command.
    pub fn type_chord(&mut self, chord: Chord, ground: Ground<'_>, effects: &mut Effects) {
        self.now = ground.now;
        match &mut self.phase {
            Phase::Choosing => self.type_into_choice(chord, ground, effects),
            Phase::Form => match chord.key {
                Key::Named(Named::Enter | Named::Down) => self.step(true, ground),
                Key::Named(Named::Up) => self.step(false, ground),
                Key::Named(Named::PageDown) => self.leaf(true, ground),
                Key::Named(Named::PageUp) => self.leaf(false, ground),
                Key::Named(_) | Key::Char(_) | Key::Function(_) => self.type_answer(chord, ground),
            },
            Phase::Yaml => {
                if self.text.type_chord(chord) {
                    self.note = None;
                    self.look_at_text();
                }
            }
            Phase::Reviewing(review) => match chord.key {
                Key::Named(Named::Enter) => self.accept(ground, effects),
                Key::Named(Named::Down) => review.scroll(1),
                Key::Named(Named::Up) => review.scroll(-1),
                Key::Named(Named::PageDown) => review.scroll(PAGE),
                Key::Named(Named::PageUp) => review.scroll(-PAGE),
                Key::Named(_) | Key::Char(_) | Key::Function(_) => {
                    if let Some(typed) = &mut review.typed
                        && typed.type_chord(chord)
                    {
                        self.note = None;
                    }
                }
            },
            Phase::Interrupted => match chord.key {
                Key::Named(Named::Enter) => self.look(true, effects),
                Key::Char('x') => self.look(false, effects),
                Key::Named(_) | Key::Char(_) | Key::Function(_) => {}
            },
            Phase::Watching if chord == Chord::named(Named::Enter) => self.leave_done(),
            Phase::Reading(_)
            | Phase::Checking(..)
            | Phase::Creating(_)
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    /// The wheel of the mouse; keys are text here, or commands of the place.
    pub fn go(&mut self, command: Move) {
        match &mut self.phase {
            Phase::Choosing => {
                // What was said is of the choice that is left.
                self.note = None;
                self.discards = None;
                self.list.go(command);
            }
            Phase::Reviewing(review) => match command {
                Move::Down => review.scroll(1),
                Move::Up => review.scroll(-1),
                Move::PageDown | Move::HalfDown => review.scroll(PAGE),
                Move::PageUp | Move::HalfUp => review.scroll(-PAGE),
                Move::Top | Move::Bottom => {}
            },
            Phase::Reading(_)
            | Phase::Form
            | Phase::Yaml
            | Phase::Checking(..)
            | Phase::Creating(_)
            | Phase::Interrupted
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    /// The mouse was pressed over this row of the body, from 0.
    pub fn press(&mut self, row: u16) -> Pressed {
        match self.phase {
            Phase::Choosing => self.list.press(row),
            Phase::Reading(_)
            | Phase::Form
            | Phase::Yaml
            | Phase::Checking(..)
            | Phase::Reviewing(_)
            | Phase::Creating(_)
            | Phase::Interrupted
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => Pressed::Nothing,
        }
    }

    pub(super) fn accept(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        match &self.phase {
            Phase::Choosing => self.take_choice(ground, effects),
            Phase::Form => self.review(ground, effects),
            Phase::Yaml => {
                if self.turn_into_form(ground) {
                    self.review(ground, effects);
                }
            }
            Phase::Reviewing(_) => self.confirm(ground, effects),
            Phase::Interrupted => self.look(true, effects),
            Phase::Watching => self.leave_done(),
            Phase::Reading(_)
            | Phase::Checking(..)
            | Phase::Creating(_)
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Done(_)
            | Phase::Failed(_) => {}
        }
    }

    fn cancel(&mut self, ground: Ground<'_>, effects: &mut Effects) -> Next {
        if matches!(self.phase, Phase::Checking(..) | Phase::Reviewing(_)) {
            // What was said is of the review.
            self.note = None;
        }
        match &self.phase {
            Phase::Yaml => {
                self.leave_text(ground);
                return Next::Stay;
            }
            Phase::Checking(effect, ..) => effects.abandon(*effect),
            Phase::Reviewing(review) if review.takes_back || self.form.is_none() => {
                self.phase = Phase::Interrupted;
                return Next::Stay;
            }
            Phase::Reviewing(_) => {}
            Phase::Choosing
            | Phase::Reading(_)
            | Phase::Form
            | Phase::Creating(_)
            | Phase::Interrupted
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => return Next::Leave,
        }
        self.phase = if self.form.is_some() {
            Phase::Form
        } else {
            Phase::Interrupted
        };
        Next::Stay
    }

    /// Has the server check what would be created.
    fn review(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        self.check(ground);
        if self.go_to_first_wrong(ground) {
            return;
        }
        let (Some(objects), Some(form)) = (self.objects(), &self.form) else {
            return;
        };
        let server = ground
            .fleet
            .session(&form.management_cluster)
            .map(|session| session.server.clone());
        // No two are begun in the same moment by one person.
        let id = format!("{:x}-{}", ground.now.as_nanosecond(), form.name());
        let creation = Creation::new(form, objects, (&id, &server.unwrap_or_default()), ground.now);
        self.keep(ground.now, effects);
        self.plan(creation, false, ground, effects);
    }

    /// Goes to the first answer that stands in the way, and says how many do; whether any does.
    pub(super) fn go_to_first_wrong(&mut self, ground: Ground<'_>) -> bool {
        let Some((at, _)) = self.first_wrong() else {
            return false;
        };
        if let Some(at) = at {
            self.go_to(at + 1, ground);
        }
        // What it is stands at each question, and what is of none below them.
        self.say(&match self.wrong().count() {
            1 => "it cannot be reviewed yet: one answer is missing or wrong".to_owned(),
            count => format!("it cannot be reviewed yet: {count} answers are missing or wrong"),
        });
        true
    }

    /// Plans what is not there yet of a creation, and has it checked.
    pub(super) fn plan(
        &mut self,
        creation: Creation,
        resumes: bool,
        ground: Ground<'_>,
        effects: &mut Effects,
    ) {
        let deed = if resumes {
            CreateDeed::Resume
        } else {
            CreateDeed::Begin(creation.flavour.clone())
        };
        if !self.may(&creation.cluster, deed, ground, effects) {
            return;
        }
        match plan_creation(&ground.around(), &creation, resumes) {
            Ok(mut plan) => {
                let warnings = self.remarks.iter().map(|remark| remark.what.clone());
                plan.preview.warnings.extend(warnings.filter(|_| !resumes));
                if self.originals.is_some()
                    && let Some(like) = self.form.as_ref().and_then(|form| form.like.as_ref())
                {
                    let what = format!(
                        "what of {} is not taken over is not known yet",
                        like.cluster.object
                    );
                    plan.preview.warnings.push(what);
                }
                let plan = Box::new(plan);
                let effect = effects.ask(Request::Act(plan.clone(), Mode::Preview));
                // What was said is of what is left.
                self.note = None;
                self.phase = Phase::Checking(effect, Box::new(creation), plan);
            }
            Err(refusal) => self.say(&refusal.why),
        }
    }

    /// Finds out what is there of a creation: to go on with it, or to take it back.
    fn look(&mut self, resumes: bool, effects: &mut Effects) {
        if let Some(creation) = &self.creation {
            let effect = effects.ask(Request::LookAtCreation(creation.clone()));
            self.phase = Phase::Looking(effect, resumes);
        }
    }

    fn confirm(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let Phase::Reviewing(review) = &self.phase else {
            return;
        };
        let typed = review.typed.as_ref().map(|typed| typed.text().to_owned());
        if let Confirm::Name(name) = &review.plan.confirm
            && typed.as_deref() != Some(name.as_str())
        {
            let what = format!("type {name} to go on");
            return self.say(&what);
        }
        let (cluster, deed) = (review.creation.cluster.clone(), review.plan.act.deed.clone());
        let Deed::Create(deed) = deed else { return };
        if !self.may(&cluster, deed, ground, effects) {
            return;
        }
        let Phase::Reviewing(review) = &self.phase else {
            return;
        };
        let seconds = ground.now.duration_since(review.at).as_secs();
        let confirmed = Confirmed {
            digest: review.plan.digest(),
            typed,
            twice: true,
            anyway: false,
            dry_run_seconds: u64::try_from(seconds).ok(),
        };
        let (creation, plan) = (Box::new(review.creation.clone()), Box::new(review.plan.clone()));
        let takes_back = review.takes_back;
        self.creation = Some(creation.clone());
        self.note = None;
        if self.form.is_some() && !takes_back {
            // Whatever ends the program, the draft says what was begun from it.
            self.keep(ground.now, effects);
        }
        if takes_back {
            let effect = effects.ask(Request::CleanUpCreation(creation, plan, confirmed));
            self.phase = Phase::CleaningUp(effect);
        } else {
            let effect = effects.ask(Request::Create(creation, plan, confirmed));
            self.phase = Phase::Creating(effect);
        }
        self.told = Some(effects.ask(Request::CreationTold(cluster, self.revision)));
        self.tell(ground);
    }

    /// Whether it may be written there now; where not, that is said and the try is written down.
    fn may(
        &mut self,
        cluster: &ObjectKey,
        deed: CreateDeed,
        ground: Ground<'_>,
        effects: &mut Effects,
    ) -> bool {
        let Err(refusal) = ground.access.check(ground.fleet, &cluster.management_cluster) else {
            return true;
        };
        self.say(&refusal.why);
        let act = Act {
            subject: cluster.clone(),
            uid: "".into(),
            deed: Deed::Create(deed),
            reason: None,
        };
        effects.push(Action::Note(Box::new(Try { act, refusal })));
        false
    }

    fn leave_done(&mut self) {
        if let Some(creation) = &self.creation {
            self.phase = Phase::Done(format!("{} was created", creation.cluster));
        }
    }
}

impl Review {
    fn scroll(&mut self, by: isize) {
        let last = self.plan.writes.len();
        self.above = self.above.saturating_add_signed(by).min(last);
    }
}
