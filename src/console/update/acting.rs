//! What is done to the object under the cursor, or to those that are marked: dialogs, and what comes of them.

use fleetui_base::ObjectKey;
use fleetui_fleet::act::HostDeed;
use fleetui_fleet::edit::Field;
use fleetui_fleet::rollout::progress;
use fleetui_fleet::tree::Node;
use jiff::Timestamp;

use crate::act::lines::followed;
use crate::act::room::Extent;
use crate::app::App;
use crate::command::{Doing, Move};
use crate::effect::{Answer, Outcome};
use crate::screens::{Screen, activity};
use crate::subject::Subject;

impl App {
    pub(super) fn act(&mut self, doing: Doing) {
        // What is taken back is none of the row's.
        if doing != Doing::Undo && self.tells_slide() {
            return;
        }
        match doing {
            Doing::Undo => self.undo(),
            Doing::Kubeconfig => self.open_kubeconfig(),
            Doing::Lend(to) => self.lend_kubeconfig(to),
            Doing::Machine if matches!(self.stack.last(), Some(Screen::Hosts(_))) => {
                let (keys, hidden) = self.acted_on();
                let (act, mut around) = self.act_and_around();
                match keys.as_slice() {
                    // A machine that waits for a host stands here too.
                    [key] => act.open_menu(key, &mut around),
                    keys => act.open_menu_of_hosts(keys, hidden, &mut around),
                }
            }
            Doing::Machine => match self.subject() {
                Some(Subject::Object(key)) => {
                    let (act, mut around) = self.act_and_around();
                    act.open_menu(&key, &mut around);
                }
                Some(Subject::ManagementCluster(_)) | None => {
                    self.messages.refuse(self.now, "there is no machine on this line");
                }
            },
            Doing::PauseOrResume
            | Doing::Pause
            | Doing::Resume
            | Doing::Restart
            | Doing::Delete
            | Doing::Replace
            | Doing::Shrink
            | Doing::GoFirst
            | Doing::Remediate
            | Doing::SkipRemediation => {
                let (keys, hidden) = self.acted_on();
                let (act, mut around) = self.act_and_around();
                act.open(doing, (&keys, hidden), &mut around);
            }
        }
    }

    /// Does something about the hosts that are marked, or the one under the cursor.
    pub(super) fn act_on_hosts(&mut self, deed: &HostDeed) {
        if self.tells_slide() {
            return;
        }
        let (keys, hidden) = self.acted_on();
        let (act, mut around) = self.act_and_around();
        act.open_host(deed, (&keys, hidden), &mut around);
    }

    /// Scrolls the dialog, as far as it is longer than its panel.
    pub(crate) fn scroll_dialog(&mut self, command: Move) {
        let (glyphs, body) = (&self.look.glyphs, self.layout.wide_body);
        let extent = self
            .act
            .dialog
            .as_ref()
            .map(|dialog| Extent::of(dialog, glyphs, body));
        let (act, mut around) = self.act_and_around();
        act.go(command, extent.as_ref(), &mut around);
        self.dirty = true;
    }

    /// What is acted on: marked objects that are seen, else what is under the cursor; and how many are marked and hidden.
    pub(super) fn acted_on(&self) -> (Vec<ObjectKey>, usize) {
        match self.stack.last() {
            Some(Screen::Table(table)) => (table.acted_on(), table.hidden_marks()),
            Some(Screen::Hosts(hosts)) => (hosts.acted_on(), hosts.hidden_marks()),
            None => (self.tree.acted_on(), self.tree.hidden_marks()),
            Some(_) => match self.subject() {
                Some(Subject::Object(key)) => (vec![key], 0),
                Some(Subject::ManagementCluster(_)) | None => (Vec::new(), 0),
            },
        }
    }

    /// Opens the editor of a field, in its cell or in a panel over the screen.
    pub(super) fn edit(&mut self, field: Field) {
        if self.tells_slide() {
            return;
        }
        // A heading of the tree is about its cluster, and is not the cell of it.
        let key = match (self.stack.is_empty(), self.tree.cursor(), self.subject()) {
            (true, Some(Node::Object(key)), _) => Some(key.clone()),
            (false, _, Some(Subject::Object(key))) => Some(key),
            (true | false, _, _) => None,
        };
        let Some(key) = key else {
            self.cell.not_opened(self.now);
            return self
                .messages
                .refuse(self.now, "nothing can be edited on this line");
        };
        let (cell, mut around) = self.cell_and_around();
        cell.open(&key, field, &mut around);
        self.arrange();
    }

    /// Takes back the act under the cursor of the activity; elsewhere the latest of the management cluster that one is at.
    fn undo(&mut self) {
        if matches!(self.stack.last(), Some(Screen::Activity(activity)) if activity.walk().is_some()) {
            let what = "a version cannot be taken back; the upgrade can be paused or given up";
            return self.messages.refuse(self.now, what);
        }
        let id = match self.stack.last() {
            Some(Screen::Activity(activity)) => activity.cursor().map(|entry| entry.id.clone()),
            Some(_) | None => None,
        };
        let only = self.subject_management_cluster();
        let (act, mut around) = self.act_and_around();
        act.undo(only, id, &mut around);
    }

    pub(super) fn open_activity(&mut self) {
        let is_it = |screen: &Screen| matches!(screen, Screen::Activity(_));
        if let Some(at) = self.stack.iter().position(is_it) {
            while self.stack.len() > at + 1 {
                self.close_screen();
            }
            return;
        }
        let (stack, ground, effects) = self.stack_and_ground();
        let state = activity::State::open(ground.activity(), effects);
        stack.push(Screen::Activity(Box::new(state)));
    }

    /// An outcome that an editor, a dialog or something that was sent off waits for; says whether it was one.
    pub(super) fn outcome_of_acts(&mut self, outcome: &Outcome) -> bool {
        // A change in a cell is followed like any other, once it is written.
        let written = match outcome.answer {
            Answer::Done(..) => self.cell.applied(outcome.id).cloned(),
            Answer::Object(_)
            | Answer::Events(..)
            | Answer::Accepted(_)
            | Answer::Judged(_)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Saved(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_)
            | Answer::Failed(_) => None,
        };
        let (cell, mut around) = self.cell_and_around();
        if cell.outcome(outcome, &mut around) {
            if let Some(plan) = written {
                self.act.follow(Box::new(plan), self.now);
            }
            return true;
        }
        let (act, mut around) = self.act_and_around();
        act.outcome(outcome, &mut around)
    }

    /// Takes away what has been shown under rows for long enough.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let fleet = &self.fleet;
        let mut changed = self.cell.expire(now);
        let over: Vec<ObjectKey> = self
            .act
            .running
            .iter()
            .filter(|running| followed(running, fleet).is_none_or(|row| progress(fleet, row, now).is_none()))
            .map(|running| running.key.clone())
            .collect();
        changed |= self.act.expire(now, |key| over.contains(key));
        // What is told of those that go on may take another line by now.
        if changed || !self.act.running.is_empty() {
            self.dirty = true;
            self.arrange();
        }
    }
}
