//! What the gate and the server say of an act that is asked about. Machines that are known only once the dry run was weighed are looked
//! at before anything is shown: what will hold their drains.

use fleetui_base::Shown;
use fleetui_fleet::act::plan;
use fleetui_fleet::act::{Act, DrainAhead, Judgement, Mode, Plan, Refusal};

use super::open::{never, not_together};
use super::state::{Item, Standing};
use crate::cell::update::{Around, explain};
use crate::effect::{Answer, Failure, Request};

impl Item {
    /// Takes what was answered, of one of several where they are done `together`; what is refused here and has to be written down.
    pub(super) fn answered(
        &mut self,
        answer: &Answer,
        together: bool,
        around: &mut Around<'_>,
    ) -> Option<(Act, Refusal)> {
        let judgement = match answer {
            Answer::Judged(judgement) => Judgement::clone(judgement),
            // The rest was judged before.
            Answer::Failed(failure) if self.weighed.is_some() => unseen(failure),
            Answer::Failed(failure) => {
                // The gate has written down that it refused.
                self.standing = Standing::Refused(explain(failure));
                return None;
            }
            // Nothing was asked that is answered so.
            Answer::Object(_)
            | Answer::Events(..)
            | Answer::Accepted(_)
            | Answer::Done(..)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Saved(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_) => {
                self.standing = Standing::Refused(Shown::ours("the answer was that to another question"));
                return None;
            }
        };
        let news = self.weigh(&judgement, around).and_then(|news| {
            let in_the_way = not_together(&self.plan).filter(|_| together);
            in_the_way.map_or(Ok(news), Err)
        });
        match news {
            Ok(news) => {
                self.standing = self.stands(judgement, news, around);
                None
            }
            Err(refusal) => {
                self.standing = Standing::Refused(Shown::line(&refusal.why));
                Some((self.plan.act.clone(), refusal))
            }
        }
    }

    /// Takes the plan as the fleet makes it now, with all that the server has said of it since it was asked; says what has changed.
    pub(super) fn goes_on(&mut self, anew: Plan, around: &mut Around<'_>) -> Option<String> {
        let confirm = std::mem::replace(&mut *self.plan, anew).confirm;
        let said = match (&self.weighed, &self.standing) {
            (Some(weighed), _) => Some(weighed.0.clone()),
            (None, Standing::Ready { judgement, .. }) => Some(judgement.clone()),
            (None, Standing::Checking(_) | Standing::Refused(_)) => None,
        };
        if let Some(Err(refusal)) = said.map(|said| self.weigh(&said, around)) {
            around.note(self.plan.act.clone(), refusal.clone());
            return Some(self.refuse(refusal.why, around));
        }
        (self.plan.confirm != confirm).then(|| "what it takes to confirm it has changed".to_owned())
    }

    fn stands(&mut self, judgement: Judgement, news: bool, around: &mut Around<'_>) -> Standing {
        match self.weighed.take() {
            Some(weighed) => {
                let (first, at, before) = *weighed;
                let drains = judgement.drains;
                Standing::Ready {
                    judgement: Judgement { drains, ..first },
                    at,
                    news: news || before,
                }
            }
            None if self.plan.drains_unseen(&judgement) => {
                let asked = Request::Act(self.plan.clone(), Mode::Drains);
                self.weighed = Some(Box::new((judgement, around.now, news)));
                Standing::Checking(around.effects.ask(asked))
            }
            None => Standing::Ready {
                judgement,
                at: around.now,
                news,
            },
        }
    }

    /// Adds what the judgement shows of the change; says whether that is something.
    ///
    /// # Errors
    /// What of it nobody may pass over.
    fn weigh(&mut self, judgement: &Judgement, around: &Around<'_>) -> Result<bool, Refusal> {
        let before = (self.plan.preview.clone(), self.plan.checks.len());
        let ground = plan::Around {
            store: around.fleet,
            now: around.now,
        };
        plan::weigh(&ground, &mut self.plan, judgement);
        let news = before != (self.plan.preview.clone(), self.plan.checks.len());
        never(&self.plan).map_or(Ok(news), Err)
    }
}

/// What is said of drains that could not be looked at: it stands in nobody's way.
pub(crate) fn unseen(failure: &Failure) -> Judgement {
    let ahead = DrainAhead {
        machine: "".into(),
        held: Vec::new(),
        unknown: Some(failure.message.to_string()),
    };
    Judgement {
        drains: vec![ahead],
        ..Judgement::default()
    }
}
