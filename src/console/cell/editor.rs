//! What is typed into an editor, and what it comes to: by the fleet's own rules, then by the server's dry run.

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::plan::field;
use fleetui_fleet::act::{Inspection, Judgement, Mode, Plan};
use fleetui_fleet::edit::Refused;

use super::state::{Editor, Outlook, Phase};
use super::update::Around;
use crate::act::open::blocked;
use crate::effect::{EffectId, Request};

/// Asks for the object that is written, of this uid, as it stands on the server.
pub(super) fn read((target, uid): &(ObjectKey, CompactString), around: &mut Around<'_>) -> EffectId {
    around.effects.ask(Request::Inspect(target.clone(), uid.clone()))
}

impl Editor {
    /// The effect whose outcome it waits for.
    pub fn waits_for(&self) -> Option<EffectId> {
        match &self.phase {
            Phase::Loading { effect, .. } | Phase::Checking { effect, .. } => Some(*effect),
            Phase::Editing { .. } | Phase::Reviewing { .. } => None,
        }
    }

    /// Whether nothing has been typed or chosen yet: what stands in the cell is what stood there.
    pub(super) fn is_untouched(&self) -> bool {
        self.input.is_selected() && self.chosen.is_none()
    }

    /// What is typed has changed: what was being checked or reviewed is another change now.
    pub(super) fn typed(&mut self, around: &mut Around<'_>) {
        match &self.phase {
            // What is typed is judged when the object has been read.
            Phase::Loading { .. } => return,
            Phase::Checking { effect, .. } => around.effects.abandon(*effect),
            Phase::Editing { .. } | Phase::Reviewing { .. } => {}
        }
        self.meanwhile = None;
        self.in_reason = false;
        self.phase = self.editing(around);
    }

    /// Keeps the versions that what is typed may become.
    pub(super) fn fit(&mut self) {
        let typed = self.input.text().trim().trim_start_matches('v');
        let fits = |version: &str| version.trim_start_matches('v').starts_with(typed);
        self.fitting = self
            .candidates
            .iter()
            .filter(|candidate| self.is_untouched() || fits(&candidate.version))
            .cloned()
            .collect();
    }

    fn editing(&self, around: &Around<'_>) -> Phase {
        Phase::Editing {
            outlook: self.outlook(around),
        }
    }

    fn outlook(&self, around: &Around<'_>) -> Outlook {
        let typed = self.input.text().trim();
        if typed.is_empty() || self.is_untouched() {
            return Outlook::Open;
        }
        match self.by_rules(around, typed) {
            // A version is no mistake as long as it may become one.
            Outlook::Wrong(_) if self.may_become_more(typed) => Outlook::Open,
            outlook => outlook,
        }
    }

    /// What the fleet's own rules say of what is typed, taken as it stands.
    fn by_rules(&self, around: &Around<'_>, typed: &str) -> Outlook {
        match self.plan(around, typed) {
            Ok(plan) => match blocked(&plan) {
                Some(refusal) => Outlook::Wrong(Shown::line(&refusal.why)),
                None => Outlook::Change(Box::new(plan)),
            },
            Err(refused) if refused.unchanged => Outlook::Same(Shown::line(&refused.what)),
            Err(refused) => Outlook::Wrong(Shown::line(&refused.what)),
        }
    }

    /// What is typed as a plan, with what is known of the object's owners.
    fn plan(&self, around: &Around<'_>, typed: &str) -> Result<Plan, Refused> {
        let mut plan = field(around.fleet, &self.key, self.field, typed, around.now)?;
        plan.mind(self.owners.as_deref().unwrap_or_default());
        Ok(plan)
    }

    fn may_become_more(&self, typed: &str) -> bool {
        let bare = typed.trim_start_matches('v');
        let complete = |version: &str| version.trim_start_matches('v') == bare;
        !self.fitting.is_empty() && !self.fitting.iter().any(|fitting| complete(&fitting.version))
    }

    /// Asks for the gate's word and the server's. Who applies the field is warned of there, so an object that could not be read
    /// when the editor opened is read first.
    pub(super) fn check(&mut self, around: &mut Around<'_>) {
        if self.owners.is_none() {
            self.phase = Phase::Loading {
                effect: read(&self.written, around),
                submit: true,
            };
            return;
        }
        let typed = self.input.text().trim().to_owned();
        self.phase = match self.by_rules(around, &typed) {
            Outlook::Change(plan) => {
                let effect = around.effects.ask(Request::Act(plan.clone(), Mode::Preview));
                Phase::Checking { effect, plan }
            }
            outlook => Phase::Editing { outlook },
        };
    }

    pub(super) fn inspected(&mut self, inspection: &Inspection, around: &mut Around<'_>) {
        let Phase::Loading { submit, .. } = self.phase else {
            return;
        };
        if inspection.uid != self.written.1 {
            let problem = Shown::ours("the watch is behind: another object of this name exists by now");
            self.phase = refused(problem);
            return;
        }
        self.owners = Some(inspection.owners.clone());
        self.phase = self.editing(around);
        if submit {
            self.check(around);
        }
    }

    pub(super) fn judged(&mut self, judgement: &Judgement, around: &Around<'_>) {
        if let Phase::Checking { plan, .. } = &self.phase {
            self.phase = Phase::Reviewing {
                plan: plan.clone(),
                warnings: judgement
                    .warnings
                    .iter()
                    .map(|warning| Shown::line(warning))
                    .collect(),
                asked: around.now,
                confirmed: false,
            };
        }
    }

    pub(super) fn recheck(&mut self, around: &mut Around<'_>) {
        let (planned, waiting) = match &self.phase {
            // What the server has said of it stands until something else is typed.
            Phase::Loading { .. }
            | Phase::Editing {
                outlook: Outlook::Refused(_),
            } => return,
            // What the rules have said was of the fleet as it was. Whoever pressed the key was told, and is told again.
            Phase::Editing {
                outlook: Outlook::Wrong(_),
            } => {
                let typed = self.input.text().trim();
                let outlook = self.by_rules(around, typed);
                self.phase = Phase::Editing { outlook };
                return;
            }
            Phase::Editing { .. } => {
                self.phase = self.editing(around);
                return;
            }
            Phase::Checking { effect, plan } => (plan.clone(), Some(*effect)),
            Phase::Reviewing { plan, .. } => (plan.clone(), None),
        };
        let typed = self.input.text().trim().to_owned();
        let anew = self.plan(around, &typed);
        if let Ok(anew) = &anew
            && anew.writes == planned.writes
        {
            if let Phase::Reviewing { plan, confirmed, .. } = &mut self.phase {
                *confirmed &= anew.confirm == plan.confirm;
                **plan = anew.clone();
            }
            return;
        }
        if let Some(effect) = waiting {
            around.effects.abandon(effect);
        }
        let before = |plan: &Plan| plan.field().map(|(from, _)| from);
        if let Ok(anew) = &anew
            && let (Some(now), Some(then)) = (before(anew), before(&planned))
            && now != then
        {
            let what = format!("it changed meanwhile: {then} became {now}; checked again");
            self.meanwhile = Some(Shown::line(&what));
        }
        self.check(around);
    }
}

/// The editor once the server has refused what is typed.
pub(super) fn refused(what: Shown) -> Phase {
    Phase::Editing {
        outlook: Outlook::Refused(what),
    }
}
