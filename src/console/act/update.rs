//! What happens in a dialog: what is typed, what the gate and the server say, and that it is carried out.

use fleetui_base::Shown;
use fleetui_fleet::act::plan;
use fleetui_fleet::act::{Act, Confirmed, Deed, Mode, Plan, Refusal, Step, WalkDeed};
use fleetui_fleet::walk::{give_reason, plan_deed};

use super::open::{not_together, planned};
use super::room::Extent;
use super::running::{Batch, Running, Status};
use super::state::{Asks, Dialog, Item, Standing, State};
use crate::cell::update::Around;
use crate::chord::Chord;
use crate::command::{Input, Move};
use crate::effect::{Answer, EffectId, Outcome, Request};

impl State {
    /// A command in the dialog or in the menu.
    pub fn command(&mut self, command: Input, around: &mut Around<'_>) {
        match (command, self.menu.is_some()) {
            (Input::Accept, true) => self.choose(around),
            (Input::Accept, false) => self.accept(around),
            (Input::Cancel, _) => self.close(around),
            (Input::Next, true) => self.step(true),
            (Input::Previous, true) => self.step(false),
            (Input::Next | Input::Previous, false) => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.in_reason = dialog.asks_for_text() && !dialog.in_reason;
                }
            }
        }
    }

    /// Scrolls what a dialog says; where all of it is seen, and in the menu, arrows lead to the next and to the one before.
    pub fn go(&mut self, command: Move, extent: Option<&Extent>, around: &mut Around<'_>) {
        let scrolls = extent.filter(|extent| !extent.fits());
        let (Some(dialog), Some(extent)) = (&mut self.dialog, scrolls) else {
            return match command {
                Move::Down => self.command(Input::Next, around),
                Move::Up => self.command(Input::Previous, around),
                Move::PageDown | Move::PageUp | Move::HalfDown | Move::HalfUp | Move::Top | Move::Bottom => {}
            };
        };
        let (page, most) = (extent.seen().max(1), extent.most_above());
        let above = dialog.above.min(most);
        dialog.above = match command {
            Move::Down => above + 1,
            Move::Up => above.saturating_sub(1),
            Move::PageDown => above + page,
            Move::PageUp => above.saturating_sub(page),
            Move::HalfDown => above + page.div_ceil(2),
            Move::HalfUp => above.saturating_sub(page.div_ceil(2)),
            Move::Top => 0,
            Move::Bottom => most,
        }
        .min(most);
    }

    fn step(&mut self, forward: bool) {
        if let Some(menu) = &mut self.menu {
            let count = menu.choices.len().max(1);
            menu.at = (menu.at + if forward { 1 } else { count - 1 }) % count;
        }
    }

    /// A chord that types.
    pub fn type_chord(&mut self, chord: Chord) {
        if let Some(dialog) = &mut self.dialog
            && dialog.input().type_chord(chord)
        {
            dialog.remark = None;
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        if let Some(dialog) = &mut self.dialog {
            dialog.input().paste(text.trim());
            dialog.remark = None;
        }
    }

    /// Leaves it, and stops waiting for what it has asked.
    pub fn close(&mut self, around: &mut Around<'_>) {
        self.menu = None;
        if let Some(dialog) = self.dialog.take() {
            for effect in dialog.waits_for() {
                around.effects.abandon(effect);
            }
        }
    }

    fn accept(&mut self, around: &mut Around<'_>) {
        let Some(dialog) = &mut self.dialog else { return };
        if dialog.meant().next().is_none() {
            self.dialog = None;
            return;
        }
        let asks = dialog.asks();
        if dialog.is_checking() {
            // What asks for more than a key is read first.
            dialog.submit = asks == Asks::Key;
            return;
        }
        match asks {
            Asks::Twice(_) if !dialog.confirmed => {
                dialog.confirmed = true;
                return;
            }
            Asks::Name(name) if dialog.name.text() != name => return dialog.not_typed(&name, around),
            Asks::Number(count) if dialog.name.text() != count.to_string() => {
                return dialog.not_typed(&count.to_string(), around);
            }
            Asks::Key | Asks::Twice(_) | Asks::Name(_) | Asks::Number(_) => {}
        }
        self.carry_out(around);
    }

    fn carry_out(&mut self, around: &mut Around<'_>) {
        let Some(dialog) = self.dialog.take() else { return };
        let Dialog { items, reason, .. } = *dialog;
        let reason = reason.said();
        let mut batch = Batch::default();
        for item in items {
            let blocked = item.is_blocked();
            let Item {
                mut plan, standing, ..
            } = item;
            let Standing::Ready { at, .. } = standing else {
                continue;
            };
            let mut same = true;
            if let Some(anew) = with_reason(&plan, reason.as_deref(), around) {
                (*plan, same) = (anew, false);
            }
            same &= !give_reason(&mut plan, reason.as_deref());
            // It is looked at again: the connection may have gone since the dialog opened.
            let management_cluster = &plan.target().management_cluster;
            if let Err(refusal) = around.access.check(around.fleet, management_cluster) {
                around.refuse(plan.act, refusal);
                continue;
            }
            let confirmed = Confirmed {
                digest: plan.digest(),
                typed: plan.confirm.name().map(str::to_owned),
                twice: true,
                anyway: blocked,
                // What was checked without the reason in it is checked again.
                dry_run_seconds: u64::try_from(around.now.duration_since(at).as_secs())
                    .ok()
                    .filter(|_| same),
            };
            let effect = around
                .effects
                .ask(Request::Act(plan.clone(), Mode::Perform(confirmed)));
            batch.waits.push(effect);
            self.run(Running {
                key: plan.act.subject.clone(),
                plan,
                status: Status::Applying(effect),
            });
        }
        self.sent_together(batch);
    }

    /// An outcome; says whether it was one that is waited for here.
    pub fn outcome(&mut self, outcome: &Outcome, around: &mut Around<'_>) -> bool {
        if let Some(undoing) = self.undoing.take_if(|undoing| undoing.effect == outcome.id) {
            match &outcome.answer {
                Answer::Activity(entries) => self.undo_found(undoing, entries, around),
                Answer::Failed(failure) => around.messages.fail(around.now, failure.message.as_str()),
                Answer::Object(_)
                | Answer::Events(..)
                | Answer::Accepted(_)
                | Answer::Judged(_)
                | Answer::Done(..)
                | Answer::Inspected(_)
                | Answer::Editable(_)
                | Answer::Draft(_)
                | Answer::Creating(_)
                | Answer::Saved(_)
                | Answer::Upgrading(_)
                | Answer::Workload(_) => {}
            }
            return true;
        }
        self.taken_up(outcome, around) || self.judged(outcome, around) || self.ended(outcome, around)
    }

    /// Whether an upgrade is walked from here by now.
    fn taken_up(&mut self, outcome: &Outcome, around: &mut Around<'_>) -> bool {
        let at = self.taking_up.iter().position(|(id, _)| *id == outcome.id);
        let Some(at) = at else { return false };
        let (_, key) = self.taking_up.swap_remove(at);
        if let Answer::Failed(failure) = &outcome.answer {
            let what = format!("the upgrade of {key} is not walked: {}", failure.message);
            around.messages.fail(around.now, &what);
        }
        true
    }

    fn judged(&mut self, outcome: &Outcome, around: &mut Around<'_>) -> bool {
        let Some(dialog) = &mut self.dialog else {
            return false;
        };
        let together = dialog.is_of_several();
        let waits = |item: &&mut Item| matches!(item.standing, Standing::Checking(id) if id == outcome.id);
        let Some(item) = dialog.items.iter_mut().find(waits) else {
            return false;
        };
        let refused = item.answered(&outcome.answer, together, around);
        dialog.hold_together(around);
        if let Some((act, refusal)) = refused {
            around.note(act, refusal);
        }
        if dialog.submit && !dialog.is_checking() {
            dialog.submit = false;
            if dialog.says_nothing_new() {
                self.carry_out(around);
            }
        }
        true
    }

    /// The fleet has changed: what is planned must still hold.
    pub fn recheck(&mut self, around: &mut Around<'_>) {
        if let Some(menu) = &self.menu
            && around
                .fleet
                .get(&menu.key)
                .is_none_or(|row| row.facts.uid != menu.uid)
        {
            let what = format!("nothing was done: {} is gone or was replaced", menu.key);
            around.messages.fail(around.now, &what);
            self.menu = None;
        }
        let Some(dialog) = &mut self.dialog else { return };
        let mut changed = None;
        let together = dialog.is_of_several();
        for item in &mut dialog.items {
            let found = item.recheck(around);
            let in_the_way = not_together(&item.plan).filter(|_| together && !item.is_refused());
            let found = match in_the_way {
                Some(refusal) => {
                    around.note(item.plan.act.clone(), refusal.clone());
                    Some(item.refuse(refusal.why, around))
                }
                None => found,
            };
            if let Some(what) = found {
                dialog.confirmed = false;
                changed = Some(what);
            }
        }
        if let Some(what) = changed {
            if dialog.meant().next().is_none() {
                let what = format!("nothing was done: {what}");
                around.messages.fail(around.now, &what);
                return self.close(around);
            }
            // What was accepted ahead was something else.
            (dialog.submit, dialog.remark) = (false, None);
            dialog.meanwhile = Some(Shown::line(&what));
        }
        dialog.hold_together(around);
    }
}

/// The plan of a deed whose writes say why, where a reason was typed that makes another plan of it.
fn with_reason(plan: &Plan, reason: Option<&str>, around: &Around<'_>) -> Option<Plan> {
    let tells_why = matches!(&plan.act.deed, Deed::Host(deed) if deed.tells_why());
    let act = Act {
        reason: Some(reason.filter(|_| tells_why)?.to_owned()),
        ..plan.act.clone()
    };
    let anew = planned(around, act, plan.planned).ok()?;
    (anew.writes != plan.writes && anew.confirm == plan.confirm).then_some(anew)
}

/// Whether machines go by a plan that did not by the one before: what holds their drains is not known yet.
fn takes_others(anew: &Plan, before: &Plan) -> bool {
    let known = before.preview.blast.as_ref();
    let is_known = |machine| known.is_some_and(|blast| blast.machines.contains(machine));
    let blast = anew.preview.blast.as_ref();
    blast.is_some_and(|blast| !blast.machines.iter().all(is_known))
}

impl Dialog {
    /// Holds what is still meant against what there is for all of it.
    fn hold_together(&mut self, around: &Around<'_>) {
        let ground = plan::Around {
            store: around.fleet,
            now: around.now,
        };
        let meant = self.items.iter_mut().filter(|item| !item.is_refused());
        let mut plans: Vec<&mut Plan> = meant.map(|item| &mut *item.plan).collect();
        plan::together(&ground, &mut plans);
    }

    fn not_typed(&mut self, wanted: &str, around: &mut Around<'_>) {
        let what = if self.name.text().is_empty() {
            format!("type {wanted} to go on")
        } else {
            format!("that is not {wanted}: nothing was done")
        };
        self.in_reason = false;
        // A wrong name is a try; that nothing was typed yet is none.
        if !self.name.text().is_empty() {
            let acts: Vec<Act> = self.meant().map(|item| item.plan.act.clone()).collect();
            for act in acts {
                around.note(act, Refusal::at(Step::Confirmation, what.as_str()));
            }
        }
        self.remark = Some(Shown::line(&what));
    }

    /// Whether the server has nothing to say that a person has to read first.
    fn says_nothing_new(&self) -> bool {
        self.asks() == Asks::Key
            && self.items.iter().all(|item| match &item.standing {
                Standing::Ready { judgement, news, .. } => judgement.warnings.is_empty() && !news,
                Standing::Checking(_) | Standing::Refused(_) => false,
            })
    }
}

impl Item {
    /// Holds the plan against the fleet as it is now; says what has changed.
    fn recheck(&mut self, around: &mut Around<'_>) -> Option<String> {
        if self.is_refused() {
            return None;
        }
        let act = self.plan.act.clone();
        let same = around
            .fleet
            .get(&act.subject)
            .is_some_and(|row| row.facts.uid == act.uid);
        if !same {
            return Some(self.refuse(format!("{} is gone or was replaced", act.subject), around));
        }
        // What is taken back is held to what was written by the server, value by value.
        if matches!(act.deed, Deed::Undo(_)) {
            return None;
        }
        if let Deed::Walk(deed) = &act.deed {
            return self.recheck_walk(deed.clone(), around);
        }
        // As it was planned then, so that what only tells the time is no change.
        match planned(around, act, self.plan.planned) {
            Ok(anew) if anew.writes == self.plan.writes && !takes_others(&anew, &self.plan) => {
                self.goes_on(anew, around)
            }
            Ok(anew) => {
                self.abandon(around);
                *self = Self::asked(anew, around);
                Some("it changed meanwhile; checked again".to_owned())
            }
            Err(refused) => {
                let (act, refusal) = *refused;
                around.note(act, refusal.clone());
                Some(self.refuse(refusal.why, around))
            }
        }
    }

    /// What is done with a stored upgrade is planned on how that stands now; one that is begun, its first step looks at again.
    fn recheck_walk(&mut self, deed: WalkDeed, around: &mut Around<'_>) -> Option<String> {
        if matches!(deed, WalkDeed::Begin(_)) {
            return None;
        }
        let known = around.fleet.walk(&self.plan.act.subject)?;
        let write = self.plan.writes.first()?;
        if write.is_planned_on(known.resource_version()) {
            return None;
        }
        let about = (&self.plan.act.subject, deed);
        let (who, now) = (around.actor.user.clone(), self.plan.planned);
        match plan_deed(around.fleet, about, &known.config_map, Vec::new(), &who, now) {
            Ok((anew, _)) => {
                self.abandon(around);
                *self = Self::asked(anew, around);
                Some("it changed meanwhile; checked again".to_owned())
            }
            Err(refusal) => {
                around.note(self.plan.act.clone(), refusal.clone());
                Some(self.refuse(refusal.why, around))
            }
        }
    }

    pub(super) fn refuse(&mut self, why: String, around: &mut Around<'_>) -> String {
        self.abandon(around);
        self.standing = Standing::Refused(Shown::line(&why));
        why
    }

    fn abandon(&self, around: &mut Around<'_>) {
        if let Standing::Checking(effect) = self.standing {
            let effect: EffectId = effect;
            around.effects.abandon(effect);
        }
    }
}
