//! Takes back what was done before: looks for the change, and opens the dialog on it, or on all that was done together.

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::act::{Act, AuditId, Deed, Entry, plan};

use super::open::MOST_AT_ONCE;
use super::state::{State, Undoing};
use crate::cell::update::Around;
use crate::effect::Action;

/// So many lines of the audit log are looked through for a change that is to be taken back.
const LINES: usize = 500;

impl State {
    /// Looks for the change that is to be taken back: that one, or the latest of a management cluster.
    pub fn undo(&mut self, only: Option<ManagementCluster>, id: Option<AuditId>, around: &mut Around<'_>) {
        let effect = around.effects.push(Action::Activity(LINES));
        self.undoing = Some(Undoing { effect, only, id });
    }

    pub(super) fn undo_found(&mut self, undoing: Undoing, entries: &[Entry], around: &mut Around<'_>) {
        let id = undoing.id.as_ref();
        let Some(id) = id.or_else(|| plan::latest(entries, undoing.only.as_ref())) else {
            let whose = undoing.only.map(|only| format!(" in {only}")).unwrap_or_default();
            let what = format!("nothing was changed from here{whose} that could be taken back");
            return around.messages.refuse(around.now, &what);
        };
        // What was done to several at once is taken back at once, where none of them is named.
        if undoing.id.is_none() {
            let all = plan::made_with(entries, id, undoing.only.as_ref());
            if all.len() > 1 {
                return self.undo_several(&all, entries, around);
            }
        }
        let ground = plan::Around {
            store: around.fleet,
            now: around.now,
        };
        match plan::undo(&ground, entries, id) {
            Ok(plan) => self.open_plan(plan, around),
            Err(refusal) => match act_of_undo(entries, id) {
                Some(act) => around.refuse(act, refusal),
                None => around.messages.refuse(around.now, &refusal.why),
            },
        }
    }

    fn undo_several(&mut self, ids: &[&AuditId], entries: &[Entry], around: &mut Around<'_>) {
        let (mut plans, mut left_out) = (Vec::new(), Vec::new());
        for id in ids.iter().take(MOST_AT_ONCE) {
            let ground = plan::Around {
                store: around.fleet,
                now: around.now,
            };
            let planned = plan::undo(&ground, entries, id).and_then(|plan| {
                let management_cluster = &plan.target().management_cluster;
                around.access.check(around.fleet, management_cluster)?;
                Ok(plan)
            });
            match planned {
                Ok(plan) => plans.push(plan),
                Err(refusal) => {
                    if let Some(act) = act_of_undo(entries, id) {
                        left_out.push((act.subject.clone(), Shown::line(&refusal.why)));
                        around.note(act, refusal);
                    }
                }
            }
        }
        match left_out.first() {
            Some((_, why)) if plans.is_empty() => {
                let what = format!("none of {}: {why}", left_out.len());
                around.messages.refuse(around.now, &what);
            }
            _ => self.show(plans, (left_out, 0), around),
        }
    }
}

/// The act of taking a change back.
fn act_of_undo(entries: &[Entry], id: &AuditId) -> Option<Act> {
    let entry = entries.iter().find(|entry| entry.id == *id)?;
    Some(Act {
        deed: Deed::Undo(id.clone()),
        // The reason of the change is none of taking it back.
        reason: None,
        ..entry.act.clone()
    })
}
