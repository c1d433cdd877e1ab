//! What opens a dialog: the objects that are meant, what is to be done to each, and why not.

use std::collections::BTreeSet;

use compact_str::CompactString;
use fleetui_api::kinds::Role as Kind;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::plan::{self, mark};
use fleetui_fleet::act::{Act, Deed, Found, MachineDeed, Mode, Plan, Refusal, Step, Try};
use fleetui_fleet::row::Row;

use super::hosts::of_one;
use super::state::{Choice, Dialog, Item, Menu, Offer, Standing, State};
use crate::cell::update::Around;
use crate::command::Doing;
use crate::effect::{Action, Request};
use crate::line_input::LineInput;

/// At most so many objects are acted on at once; as many questions are under way.
pub const MOST_AT_ONCE: usize = 50;

/// What can be done about a machine, and how it is called in the menu.
const OF_A_MACHINE: [(Doing, &str); 5] = [
    (
        Doing::Replace,
        "replace it: it goes, and its owner makes another one",
    ),
    (Doing::Shrink, "shrink: it goes, and its owner has one less"),
    (Doing::GoFirst, "it is the first to go when its owner has fewer"),
    (Doing::Remediate, "remediate: it is replaced whatever its health"),
    (
        Doing::SkipRemediation,
        "skip remediation: health checks leave it alone",
    ),
];

/// The same where it is so already.
const OF_A_MACHINE_NO_MORE: [(Doing, &str); 3] = [
    (Doing::GoFirst, "it is no longer the first to go"),
    (
        Doing::Remediate,
        "it is no longer to be replaced whatever its health",
    ),
    (Doing::SkipRemediation, "health checks look at it again"),
];

/// What a machine has to carry for it to be so already.
fn mark_of(doing: Doing) -> Option<&'static str> {
    match doing {
        Doing::GoFirst => Some(plan::DELETE_MACHINE),
        Doing::Remediate => Some(plan::REMEDIATE_MACHINE),
        Doing::SkipRemediation => Some(plan::SKIP_REMEDIATION),
        Doing::PauseOrResume
        | Doing::Pause
        | Doing::Resume
        | Doing::Restart
        | Doing::Delete
        | Doing::Undo
        | Doing::Kubeconfig
        | Doing::Lend(_)
        | Doing::Machine
        | Doing::Replace
        | Doing::Shrink => None,
    }
}

/// What is done to an object; nothing where that is no deed of one object.
fn deed(doing: Doing, row: Option<&Row>) -> Option<Deed> {
    let paused = row.is_some_and(|row| row.facts.paused);
    let is_free = mark_of(doing).is_none_or(|key| row.is_none_or(|row| mark(row, key).is_none()));
    Some(match doing {
        Doing::PauseOrResume if paused => Deed::Resume,
        Doing::PauseOrResume | Doing::Pause => Deed::Pause,
        Doing::Resume => Deed::Resume,
        Doing::Restart => Deed::Restart,
        Doing::Delete => Deed::Delete,
        Doing::Replace => Deed::Machine(MachineDeed::Replace),
        Doing::Shrink => Deed::Machine(MachineDeed::Shrink),
        Doing::GoFirst => Deed::Machine(MachineDeed::GoFirst(is_free)),
        Doing::Remediate => Deed::Machine(MachineDeed::Remediate(is_free)),
        Doing::SkipRemediation => Deed::Machine(MachineDeed::SkipRemediation(is_free)),
        Doing::Undo | Doing::Kubeconfig | Doing::Lend(_) | Doing::Machine => return None,
    })
}

/// The act that is meant, on the object as it is now; `uid` where it was pointed at before.
pub(super) fn act(around: &Around<'_>, key: &ObjectKey, uid: Option<&CompactString>, deed: Deed) -> Act {
    let now = around.fleet.get(key).map(|row| row.facts.uid.clone());
    Act {
        subject: key.clone(),
        uid: uid.cloned().or(now).unwrap_or_default(),
        deed,
        reason: None,
    }
}

/// Plans an act, where anything may be written at all.
pub(super) fn planned(
    around: &Around<'_>,
    act: Act,
    now: jiff::Timestamp,
) -> Result<Plan, Box<(Act, Refusal)>> {
    let management_cluster = &act.subject.management_cluster;
    let ground = plan::Around {
        store: around.fleet,
        now,
    };
    let planned = around
        .access
        .check(around.fleet, management_cluster)
        .and_then(|()| plan::plan(&ground, act.clone()));
    // What nobody may pass over is told before anybody is asked.
    let planned = planned.and_then(|plan| never(&plan).map_or(Ok(plan), Err));
    planned.map_err(|refusal| Box::new((act, refusal)))
}

/// The same, where the user may do all of it as far as that is known: who may not is not offered it.
fn permitted(around: &Around<'_>, act: Act) -> Result<Plan, Box<(Act, Refusal)>> {
    let plan = planned(around, act, around.now)?;
    match around.access.check_plan(around.fleet, &plan) {
        Ok(()) => Ok(plan),
        Err(refusal) => Err(Box::new((plan.act, refusal))),
    }
}

/// What stands in the way of a plan that nobody may pass over.
pub(crate) fn never(plan: &Plan) -> Option<Refusal> {
    let why = plan.blocking().find_map(|check| match &check.found {
        Found::Blocks {
            why,
            overridable: false,
        } => Some(why.as_str()),
        Found::Blocks { .. } | Found::Well(_) | Found::Warns(_) | Found::Unknown(_) => None,
    });
    why.map(|why| Refusal::at(Step::Preflight, why))
}

/// What stands in the way of a plan where nothing can be passed over: a command may do that.
pub(crate) fn blocked(plan: &Plan) -> Option<Refusal> {
    let why = plan.blocking().find_map(|check| match &check.found {
        Found::Blocks { why, .. } => Some(why.as_str()),
        Found::Well(_) | Found::Warns(_) | Found::Unknown(_) => None,
    });
    why.map(|why| Refusal::at(Step::Preflight, why))
}

/// What stands in the way of a plan that a person may pass over, who does that for one object by its name and never for several
/// at once.
pub(super) fn not_together(plan: &Plan) -> Option<Refusal> {
    blocked(plan).map(|refusal| Refusal {
        why: format!("{}; done to it alone, this can be passed over", refusal.why),
        ..refusal
    })
}

/// Plans an act by itself, or `together` with those of others.
pub(super) fn planned_among(
    around: &Around<'_>,
    act: Act,
    together: bool,
) -> Result<Plan, Box<(Act, Refusal)>> {
    let plan = planned(around, act, around.now)?;
    match not_together(&plan).filter(|_| together) {
        Some(refusal) => Err(Box::new((plan.act, refusal))),
        None => Ok(plan),
    }
}

impl State {
    /// Opens the dialog on what is meant, or says why nothing of it can be done.
    pub fn open(&mut self, doing: Doing, (keys, hidden): (&[ObjectKey], usize), around: &mut Around<'_>) {
        if too_many(keys, around) {
            return;
        }
        let doing = alike(doing, keys, around);
        let acts = keys.iter().filter_map(|key| {
            let row = around.fleet.get(key).map(AsRef::as_ref);
            Some(act(around, key, None, deed(doing, row)?))
        });
        let acts: Vec<Act> = acts.collect();
        self.open_acts(acts, hidden, around);
    }

    pub(super) fn open_acts(&mut self, acts: Vec<Act>, hidden: usize, around: &mut Around<'_>) {
        let is_delete = acts.iter().any(|act| act.deed == Deed::Delete);
        let (mut plans, mut left_out) = (Vec::new(), Vec::new());
        let together = acts.len() > 1;
        for act in acts {
            match planned_among(around, act, together) {
                Ok(plan) => plans.push(plan),
                Err(refused) => {
                    let (act, refusal) = *refused;
                    left_out.push((act.subject.clone(), Shown::line(&refusal.why)));
                    around.note(act, refusal);
                }
            }
        }
        let mut going = BTreeSet::new();
        plans.retain(|plan: &Plan| {
            let taken = plan::takes_from(around.fleet, plan);
            let Some((of, why)) = taken.filter(|(of, _)| !going.insert(of.clone())) else {
                return true;
            };
            let why = format!("another machine of {of} is among them: {why}");
            left_out.push((plan.act.subject.clone(), Shown::line(&why)));
            around.note(plan.act.clone(), Refusal::at(Step::Preflight, why));
            false
        });
        if plans.is_empty() {
            if is_delete {
                self.refused = Some(around.now);
            }
            let what = match left_out.as_slice() {
                [] => "there is no object on this line that something can be done to".to_owned(),
                [(_, why)] => why.to_string(),
                [(key, why), rest @ ..] => {
                    let keys: Vec<ObjectKey> = left_out.iter().map(|(key, _)| key.clone()).collect();
                    let why = of_one(key, why.to_string(), &keys);
                    format!("none of {}: {why}", rest.len() + 1)
                }
            };
            return around.messages.refuse(around.now, &what);
        }
        self.show(plans, (left_out, hidden), around);
    }

    /// Opens the dialog on a plan that was made elsewhere, where anything may be written at all.
    pub fn open_plan(&mut self, plan: Plan, around: &mut Around<'_>) {
        let management_cluster = &plan.target().management_cluster;
        match around.access.check(around.fleet, management_cluster) {
            Ok(()) => self.show(vec![plan], (Vec::new(), 0), around),
            Err(refusal) => around.refuse(plan.act, refusal),
        }
    }

    /// Opens a dialog on plans.
    pub(super) fn show(
        &mut self,
        mut plans: Vec<Plan>,
        (left_out, hidden): (Vec<(ObjectKey, Shown)>, usize),
        around: &mut Around<'_>,
    ) {
        self.menu = None;
        let mut all: Vec<&mut Plan> = plans.iter_mut().collect();
        let ground = plan::Around {
            store: around.fleet,
            now: around.now,
        };
        plan::together(&ground, &mut all);
        let items = plans.into_iter().map(|plan| Item::asked(plan, around));
        self.dialog = Some(Box::new(Dialog {
            items: items.collect(),
            left_out,
            hidden,
            name: LineInput::new(""),
            reason: LineInput::new(""),
            in_reason: false,
            confirmed: false,
            submit: false,
            remark: None,
            meanwhile: None,
            above: 0,
        }));
    }

    /// Opens the menu of what can be done about a machine.
    pub fn open_menu(&mut self, key: &ObjectKey, around: &mut Around<'_>) {
        let Some(row) = around.fleet.get(key) else { return };
        let is_so = |doing: Doing| mark_of(doing).is_some_and(|key| mark(row, key).is_some());
        if row.facts.role == Kind::Host {
            return self.open_menu_of_hosts(std::slice::from_ref(key), 0, around);
        }
        let mut refusal = None;
        let choices = OF_A_MACHINE.iter().filter_map(|(doing, title)| {
            let no_more = OF_A_MACHINE_NO_MORE.iter().find(|(of, _)| of == doing);
            let title = no_more
                .filter(|_| is_so(*doing))
                .map_or(*title, |(_, title)| *title);
            let deed = deed(*doing, Some(row.as_ref()))?;
            let act = act(around, key, None, deed.clone());
            let outlook = match permitted(around, act) {
                Ok(plan) => Ok(Shown::line(&plan.preview.happens.join(", "))),
                Err(refused) => {
                    let why = Shown::line(&refused.1.why);
                    refusal.get_or_insert(refused.1);
                    Err(why)
                }
            };
            Some(Choice {
                offer: Offer::Deed(deed),
                title,
                outlook,
            })
        });
        let choices: Vec<Choice> = choices.collect();
        // A key that can do nothing at all says why and leaves it at that: nothing was chosen, so nothing was tried.
        if let Some(refusal) = refusal.filter(|_| choices.iter().all(|choice| choice.outlook.is_err())) {
            return around.messages.refuse(around.now, &refusal.why);
        }
        self.menu = Some(Menu {
            key: key.clone(),
            uid: row.facts.uid.clone(),
            others: Vec::new(),
            hidden: 0,
            choices,
            at: 0,
        });
    }

    /// Takes what is chosen in the menu.
    pub(super) fn choose(&mut self, around: &mut Around<'_>) {
        let Some(menu) = self.menu.take() else { return };
        let Some(choice) = menu.choices.get(menu.at) else {
            return;
        };
        match &choice.offer {
            Offer::Type(text) => match &choice.outlook {
                Ok(_) => self.typing = Some(*text),
                Err(why) => {
                    around.messages.refuse(around.now, &why.to_string());
                    self.menu = Some(menu);
                }
            },
            Offer::Lend(to) => self.lend(*to, (&menu.key, &menu.uid), around),
            Offer::Deed(deed) => {
                let first = std::iter::once((&menu.key, &menu.uid));
                let all = first.chain(menu.others.iter().map(|(key, uid)| (key, uid)));
                let acts = all.map(|(key, uid)| act(around, key, Some(uid), deed.clone()));
                let acts: Vec<Act> = acts.collect();
                self.open_acts(acts, menu.hidden, around);
                // What cannot be is told where it was chosen, so that something else can be chosen.
                if self.dialog.is_none() {
                    self.refused = None;
                    self.menu = Some(menu);
                }
            }
        }
    }
}

/// Whether that is more than can be acted on at once, which is said.
pub(super) fn too_many(keys: &[ObjectKey], around: &mut Around<'_>) -> bool {
    let is_so = keys.len() > MOST_AT_ONCE;
    if is_so {
        let what = format!(
            "{} objects are marked; at most {MOST_AT_ONCE} are acted on at once",
            keys.len()
        );
        around.messages.refuse(around.now, &what);
    }
    is_so
}

/// Of several objects all are paused, unless all of them are.
fn alike(doing: Doing, keys: &[ObjectKey], around: &Around<'_>) -> Doing {
    if doing != Doing::PauseOrResume {
        return doing;
    }
    let is_paused = |key: &ObjectKey| around.fleet.get(key).is_some_and(|row| row.facts.paused);
    if keys.iter().all(is_paused) {
        Doing::Resume
    } else {
        Doing::Pause
    }
}

impl Item {
    /// A plan of which the gate and the server are asked.
    pub(super) fn asked(plan: Plan, around: &mut Around<'_>) -> Self {
        let plan = Box::new(plan);
        let effect = around.effects.ask(Request::Act(plan.clone(), Mode::Preview));
        Self {
            plan,
            standing: Standing::Checking(effect),
            weighed: None,
        }
    }
}

impl Around<'_> {
    /// Has a try written down that was refused here.
    pub(super) fn note(&mut self, act: Act, refusal: Refusal) {
        self.effects.push(Action::Note(Box::new(Try { act, refusal })));
    }
}
