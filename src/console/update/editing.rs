//! The editor of an object's YAML: how it is opened, what keys it gets, and how it is left.

use fleetui_base::ObjectKey;
use fleetui_fleet::act::Try;
use fleetui_fleet::object_edit;

use crate::app::App;
use crate::chord::Chord;
use crate::command::Input;
use crate::effect::{Action, Effects};
use crate::screens::edit::{self, Next};
use crate::screens::{Screen, edit::Ground};
use crate::subject::Subject;

impl App {
    /// Opens the editor on what the cursor is on; `outside` is whether the person's own editor is wanted.
    pub(super) fn edit_yaml(&mut self, outside: bool) {
        if self.tells_slide() {
            return;
        }
        match self.subject() {
            Some(Subject::Object(key)) => self.open_editor(key, outside),
            Some(Subject::ManagementCluster(_)) | None => {
                self.messages
                    .refuse(self.now, "there is no object on this line to be edited");
            }
        }
    }

    fn open_editor(&mut self, key: ObjectKey, outside: bool) {
        if let Err(refusal) = self.access.check_change(&self.fleet, &key) {
            self.messages.refuse(self.now, &refusal.why);
            let uid = self.fleet.get(&key).map(|row| row.facts.uid.clone());
            let act = object_edit::tried(&key, &uid.unwrap_or_default());
            self.effects.push(Action::Note(Box::new(Try { act, refusal })));
            return;
        }
        let (stack, ground, effects) = self.stack_and_ground();
        let state = edit::State::open(key, outside, ground.edit(), effects);
        stack.push(Screen::Edit(Box::new(state)));
    }

    /// Calls `act` with the editor, where it is on top.
    fn with_editor<T>(
        &mut self,
        act: impl FnOnce(&mut edit::State, Ground<'_>, &mut Effects) -> T,
    ) -> Option<T> {
        let (stack, ground, effects) = self.stack_and_ground();
        match stack.last_mut() {
            Some(Screen::Edit(state)) => Some(act(state, ground.edit(), effects)),
            Some(_) | None => None,
        }
    }

    pub(super) fn run_editor(&mut self, command: Input) {
        let next = self.with_editor(|editor, ground, effects| editor.command(command, ground, effects));
        if next == Some(Next::Leave) {
            self.leave_editor();
        }
    }

    pub(super) fn type_into_editor(&mut self, chord: Chord) {
        self.with_editor(|editor, ground, effects| editor.type_chord(chord, ground, effects));
    }

    pub(super) fn paste_into_editor(&mut self, text: &str) {
        self.with_editor(|editor, _, _| editor.paste(text));
    }

    fn leave_editor(&mut self) {
        let kept = self.with_editor(|editor, _, _| editor.is_changed() && editor.finished().is_none());
        self.close_screen();
        if kept == Some(true) {
            self.messages
                .say(self.now, "the draft is kept; editing it again offers it");
        }
    }

    /// An editor that is done is left, wherever it stands, and it is said what was done.
    pub(super) fn leave_done_editors(&mut self) {
        let done = self.stack.iter().position(|screen| screen.finished().is_some());
        let Some(done) = done else { return };
        let screen = self.stack.remove(done);
        if let Some(said) = screen.finished() {
            self.messages.say(self.now, said);
        }
    }

    /// The program ends: what was typed and is not kept yet is.
    pub(super) fn keep_drafts(&mut self) {
        for screen in &self.stack {
            if let Screen::Edit(editor) = screen {
                editor.close(&mut self.effects);
            } else if let Screen::Create(create) = screen {
                create.close(&mut self.effects);
            }
        }
    }
}
