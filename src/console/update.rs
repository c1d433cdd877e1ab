//! `update` decides: a message and the state give the next state and the effects that are wanted.
//!
//! Must not know: tokio, the Kubernetes client, drawing, files, the environment, the clock.

mod acting;
mod commands;
mod contexts;
mod creating;
mod editing;
mod layers;
mod leaving;
pub(crate) mod lending;
mod panes;
mod places;
mod reading;
mod reload;
mod sliding;
mod typed;
mod upgrade;
mod workload;

use fleetui_base::Shown;
use fleetui_fleet::tree::Node;
use fleetui_fleet::{Session, Update};
use jiff::Timestamp;

use crate::app::App;
use crate::cell::update::Around;
use crate::chord::{Chord, Named};
use crate::command::Place;
use crate::effect::{Action, Answer, Effect, Effects, Outcome};
use crate::keymap::Match;
use crate::layout::Layout;
use crate::msg::Msg;
use crate::screens::{self, Screen, tree};

/// Takes a message, changes the state, and says what is to be done.
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(chord) => app.key(chord),
        Msg::Paste(text) => app.paste(&text),
        Msg::Mouse(mouse) => app.mouse(mouse),
        Msg::Resize(width, height) => app.resize(width, height),
        Msg::Fleet(updates) => {
            app.told(updates);
            app.catch_up();
        }
        Msg::Told(updates) => app.told(updates),
        Msg::GoOn => app.go_on(),
        Msg::Tick(now) => app.tick(now),
        Msg::Outcome(outcome) => app.outcome(&outcome),
        Msg::Preparing(what) => app.prepare(what),
        Msg::Remembered(flips) => app.remembered(flips),
        Msg::Reload(files) => app.reload(&files),
        Msg::Stop => {
            app.dirty = true;
            app.effects.push(Action::Stop);
        }
        Msg::Continued => {
            app.dirty = true;
            app.effects.push(Action::Retake);
        }
        Msg::Quit => {
            app.keep_drafts();
            app.effects.push(Action::Quit);
        }
        Msg::HungUp => {
            app.keep_drafts();
            let kept = app.keep();
            app.effects.push(Action::Keep(Box::new(kept)));
            app.effects.push(Action::Quit);
        }
    }
    app.keep_panes_on_cursor();
    app.look_at_workloads();
    app.begin_lending();
    app.effects.take()
}

impl App {
    fn key(&mut self, chord: Chord) {
        self.dirty = true;
        if self.waits_for_terminal(chord) {
            return;
        }
        // Whatever a keymap says, there is always this way out.
        if chord == Chord::ctrl('c') {
            self.keep_drafts();
            self.effects.push(Action::Quit);
            return;
        }
        let place = self.place();
        if place == Place::Tree && self.cell.swallows(chord, self.now) {
            return;
        }
        if !place.takes_text() && self.act.swallows(chord, self.now) {
            return;
        }
        self.keys.pending.push(chord);
        match self.keys.current.resolve(place, &self.keys.pending) {
            Match::Command(command) => {
                self.keys.pending.clear();
                self.run(command, place);
            }
            Match::Beginning => {}
            Match::Nothing => {
                let pressed = std::mem::take(&mut self.keys.pending);
                if place.takes_text() {
                    if pressed.len() == 1 {
                        self.type_chord(chord, place);
                    }
                } else if chord != Chord::named(Named::Esc) {
                    self.no_meaning(place, &pressed);
                }
            }
        }
    }

    fn prepare(&mut self, what: Option<String>) {
        self.dirty = true;
        self.preparing = what.map(|what| Shown::line(&what));
        if self.preparing.is_none() {
            return self.refresh();
        }
        // Screens tell how far it is.
        let (stack, ground, effects) = self.stack_and_ground();
        for screen in stack {
            screen.refresh(ground, effects);
        }
    }

    fn paste(&mut self, text: &str) {
        self.dirty = true;
        // Elsewhere pasted text is no sequence of commands.
        if self.place() == Place::Prompt {
            self.paste_prompt(text);
        } else if self.place() == Place::Cell {
            let (cell, mut around) = self.cell_and_around();
            cell.paste(text, &mut around);
        } else if self.place() == Place::Edit {
            self.paste_into_editor(text);
        } else if self.place() == Place::Create {
            self.paste_into_creation(text);
        } else if self.place() == Place::Dialog {
            self.act.paste(text);
        }
    }

    fn type_chord(&mut self, chord: Chord, place: Place) {
        if place == Place::Prompt {
            self.type_prompt(chord);
        } else if place == Place::Cell {
            let (cell, mut around) = self.cell_and_around();
            cell.type_chord(chord, &mut around);
            self.arrange();
        } else if place == Place::Edit {
            self.type_into_editor(chord);
        } else if place == Place::Create {
            self.type_into_creation(chord);
        } else if place == Place::Dialog {
            self.act.type_chord(chord);
        }
    }

    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.dirty = true;
        self.layout = Layout::of(width, height, self.tree.panes);
        self.tree.resize(self.layout.body.width, self.layout.body.height);
        self.arrange();
        let (stack, ground, _) = self.stack_and_ground();
        for screen in stack {
            screen.resize(ground);
        }
        self.follow();
    }

    fn told(&mut self, updates: Vec<Update>) {
        let mut changed = false;
        let mut story = Vec::new();
        for update in updates {
            let heard = self.only_heard(&update);
            for (well, what) in self.ended_walks(&update) {
                if well {
                    self.messages.say(self.now, &what);
                } else {
                    self.messages.fail(self.now, &what);
                }
            }
            let differs = self.fleet.apply_and_tell(update, self.now, &mut story);
            match heard {
                Some(true) => {
                    self.follow();
                    self.look_at_contexts();
                    self.dirty = true;
                }
                Some(false) => {}
                None => changed |= differs,
            }
        }
        if !story.is_empty() {
            self.effects.push(Action::Remember(story.clone()));
            self.remember(story);
        }
        self.behind |= changed;
    }

    /// Works a share of what was told into the tree; once that was the last, everything follows.
    fn go_on(&mut self) {
        if self.behind && self.tree.prepare(&self.fleet, self.now) {
            self.catch_up();
        }
    }

    /// Shows all that was told.
    fn catch_up(&mut self) {
        if self.behind {
            self.refresh();
            self.offer_return();
            self.tell_unfinished();
        }
    }

    /// Whether a session tells no more than that it was heard and how fast it answers, which nobody sees; and if so,
    /// whether the panes show it all the same.
    fn only_heard(&self, update: &Update) -> Option<bool> {
        let Update::Session(told) = update else {
            return None;
        };
        let known = self.fleet.session(&told.management_cluster)?;
        let mut same = Session::clone(told);
        (same.heard, same.latency) = (known.heard, known.latency);
        let shown = matches!(self.tree.cursor(), Some(Node::ManagementCluster(name)) if *name == told.management_cluster);
        (same == **known)
            .then_some((shown && self.layout.first_pane.is_some()) || self.place() == Place::Contexts)
    }

    /// Everything that is made from the fleet is made anew.
    pub(super) fn refresh(&mut self) {
        self.dirty = true;
        self.behind = false;
        let meant = self.held_object();
        self.dress();
        let (cell, mut around) = self.cell_and_around();
        cell.recheck(&mut around);
        let (act, mut around) = self.act_and_around();
        act.recheck(&mut around);
        let under = self.under();
        self.tree.rebuild(&self.fleet, &under, self.now);
        let only = self.tree.options.only.as_ref();
        self.header
            .refresh(&self.fleet, only, |name| self.tree.summary(name));
        let (stack, ground, effects) = self.stack_and_ground();
        for screen in stack {
            screen.refresh(ground, effects);
        }
        self.note_slide(meant);
        self.follow();
    }

    /// How many lines stand under which rows.
    pub(super) fn under(&self) -> Vec<tree::state::Under> {
        let dress = (&self.look.glyphs, &self.keys.current);
        let width = self.layout.body.width;
        let doings = (&self.cell, &self.act);
        let ground = (&self.fleet, self.now);
        let lines = |node: &Node| crate::act::lines::below(doings, node, ground, dress, width).len();
        let nodes = crate::act::lines::nodes(doings).into_iter();
        nodes
            .map(|node| {
                let lines = lines(&node);
                (node, lines)
            })
            .collect()
    }

    /// Lines under rows have come or gone.
    pub(super) fn arrange(&mut self) {
        let under = self.under();
        self.tree.arrange(&self.fleet, &under);
    }

    fn tick(&mut self, now: Timestamp) {
        self.now = now;
        self.dirty |= self.messages.expire(now);
        self.expire(now);
        if self.tree.is_old(now) && !self.tree.is_empty() {
            self.refresh();
        }
        let (stack, ground, effects) = self.stack_and_ground();
        let mut changed = false;
        for screen in stack {
            changed |= screen.tick(ground, effects);
        }
        self.dirty |= changed;
        if changed && self.stack.last().is_some_and(Screen::has_panes) {
            // The pane tells ages too.
            self.follow();
        }
        let mut face = Vec::with_capacity(self.face.len());
        self.tree.clock_face(&self.fleet, now, &mut face);
        for session in self.fleet.sessions() {
            let freshness = crate::connection::freshness(session, now).unwrap_or_default();
            face.extend_from_slice(freshness.as_str().as_bytes());
        }
        self.contexts_face(&mut face);
        if face != self.face {
            self.face = face;
            self.dirty = true;
            self.follow();
            self.look_at_contexts();
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        self.end_lending(outcome.id);
        if self.outcome_of_acts(outcome) {
            self.dirty = true;
            self.arrange();
            return;
        }
        if self.outcome_of_workloads(outcome) {
            return;
        }
        let (stack, ground, effects) = self.stack_and_ground();
        if let Some(screen) = stack
            .iter_mut()
            .find_map(|screen| screen.outcome(outcome).then_some(screen))
        {
            screen.refresh(ground, effects);
            self.dirty = true;
            self.leave_done_editors();
            self.do_what_waited();
            return;
        }
        // What nobody waits for is dropped; but what came of connecting is not kept from the person.
        let Some(done) = self.asked.remove(&outcome.id) else {
            return;
        };
        self.dirty = true;
        let said = match &outcome.answer {
            Answer::Failed(failure) => return self.messages.fail(self.now, failure.message.as_str()),
            Answer::Saved(path) => Some(format!("saved to {path}")),
            Answer::Object(_)
            | Answer::Events(..)
            | Answer::Accepted(_)
            | Answer::Judged(_)
            | Answer::Done(..)
            | Answer::Inspected(_)
            | Answer::Activity(_)
            | Answer::Editable(_)
            | Answer::Draft(_)
            | Answer::Creating(_)
            | Answer::Upgrading(_)
            | Answer::Workload(_) => done,
        };
        if let Some(said) = said {
            self.messages.say(self.now, &said);
        }
    }

    /// The screens over the tree, what they are made from, and what they may want done.
    pub(super) fn stack_and_ground(&mut self) -> (&mut Vec<Screen>, screens::Ground<'_>, &mut Effects) {
        let body = self.layout.wide_body;
        let ground = screens::Ground {
            fleet: &self.fleet,
            access: self.access,
            glyphs: &self.look.glyphs,
            keymap: &self.keys.current,
            only: self.tree.options.only.as_ref(),
            namespace: self.tree.options.namespace.as_deref(),
            preparing: self.preparing.as_ref(),
            story: &self.story,
            act: &self.act,
            actor: &self.actor,
            variables: &self.variables,
            now: self.now,
            size: (body.width, body.height),
            rows: (self.layout.body.width, self.layout.body.height),
        };
        (&mut self.stack, ground, &mut self.effects)
    }

    pub(super) fn act_and_around(&mut self) -> (&mut crate::act::State, Around<'_>) {
        let (_, act, around) = self.acting();
        (act, around)
    }

    pub(super) fn cell_and_around(&mut self) -> (&mut crate::cell::State, Around<'_>) {
        let (cell, _, around) = self.acting();
        (cell, around)
    }

    /// What acts, and what it acts with.
    fn acting(&mut self) -> (&mut crate::cell::State, &mut crate::act::State, Around<'_>) {
        let around = Around {
            fleet: &self.fleet,
            access: self.access,
            now: self.now,
            actor: &self.actor,
            effects: &mut self.effects,
            messages: &mut self.messages,
        };
        (&mut self.cell, &mut self.act, around)
    }

    /// Calls `act` with the tree and what it is built from; then the panes follow.
    pub(super) fn with_tree<T>(
        &mut self,
        act: impl FnOnce(&mut tree::State, tree::update::Ground<'_>) -> T,
    ) -> T {
        let under = self.under();
        let ground = tree::update::Ground {
            fleet: &self.fleet,
            under: &under,
            now: self.now,
        };
        let result = act(&mut self.tree, ground);
        self.follow();
        result
    }
}

#[cfg(test)]
mod tests;
