//! What a cluster is begun with: a flavour, a class, a draft, a creation that was interrupted.

use fleetui_fleet::create::{CreateDraft, Form};

use super::state::{Choice, Ground, Phase, State};
use crate::chord::{Chord, Key, Named};
use crate::command::Move;
use crate::draft::{CreateDraftName, CreateDrafting};
use crate::effect::{Action, Effects};
use crate::yaml::Text;

impl State {
    pub(super) fn type_into_choice(&mut self, chord: Chord, ground: Ground<'_>, effects: &mut Effects) {
        match chord.key {
            Key::Named(Named::Enter) => self.accept(ground, effects),
            Key::Named(Named::Down) | Key::Char('j') => self.go(Move::Down),
            Key::Named(Named::Up) | Key::Char('k') => self.go(Move::Up),
            Key::Char('x') => self.discard(ground, effects),
            Key::Named(_) | Key::Char(_) | Key::Function(_) => {}
        }
    }

    /// Begins with what is under the cursor.
    pub(super) fn take_choice(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let chosen = self.list.cursor().and_then(|at| self.choices.get(*at)).cloned();
        match chosen {
            Some(Choice::Flavour(mut flavour)) => {
                flavour.bring_classes(ground.fleet, &self.management_cluster);
                match Form::new(flavour, self.management_cluster.clone(), ground.variables) {
                    Ok(form) => self.begin(form, ground),
                    Err(error) => self.say(&error.to_string()),
                }
            }
            Some(Choice::Draft(draft)) => {
                self.take_draft(&draft, ground);
                self.ask_for_originals(ground, effects);
            }
            Some(Choice::Interrupted(creation)) => {
                self.management_cluster = creation.cluster.management_cluster.clone();
                self.creation = Some(creation);
                self.phase = Phase::Interrupted;
                self.tell(ground);
            }
            Some(Choice::Class(_, Some(why))) => self.say(&why),
            Some(Choice::Unread(_, why)) => self.note = Some((true, why)),
            Some(Choice::Class(key, None)) => self.read_class(key, effects),
            None => {}
        }
    }

    fn take_draft(&mut self, draft: &CreateDraft, ground: Ground<'_>) {
        match draft.form() {
            Ok(form) => {
                self.begin(form, ground);
                self.draft.clone_from(&draft.id);
                if self.form.is_some() {
                    self.edited.clone_from(&draft.edited);
                    self.check(ground);
                }
                if let Some(text) = draft.text.as_deref().filter(|_| self.form.is_some()) {
                    self.text = Text::new(text, self.room());
                    self.phase = Phase::Yaml;
                    self.turn_into_form(ground);
                    self.unkept = false;
                }
                self.kept_at = Some(draft.at);
            }
            Err(error) => self.say(&error.to_string()),
        }
    }

    /// Discards the draft under the cursor, once that is asked for twice: nothing brings it back.
    fn discard(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let at = self.list.cursor().copied();
        let chosen = at.and_then(|at| Some((at, self.choices.get(at)?.clone())));
        if let Some((at, Choice::Draft(draft))) = chosen {
            let name = CreateDraftName::of(&draft);
            if self.discards.as_ref() != Some(&name) {
                self.discards = Some(name);
                return self.say("x once more discards this draft; nothing brings it back");
            }
            self.discards = None;
            self.note = None;
            effects.push(Action::CreateDrafts(CreateDrafting::Drop(name)));
            self.choices.remove(at);
            self.list_choices();
            self.tell(ground);
        }
    }
}
