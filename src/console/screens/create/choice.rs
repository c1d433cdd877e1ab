//! What a cluster is begun with: a flavour, a class, a draft, a creation that was interrupted.

use fleetui_fleet::create::{CreateDraft, Flavour, Form};

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
            Key::Named(Named::PageDown) => self.go(Move::PageDown),
            Key::Named(Named::PageUp) => self.go(Move::PageUp),
            Key::Named(Named::Home) | Key::Char('g') => self.go(Move::Top),
            Key::Named(Named::End) | Key::Char('G') => self.go(Move::Bottom),
            Key::Char('x') => self.discard(ground, effects),
            Key::Named(_) | Key::Char(_) | Key::Function(_) => {}
        }
    }

    /// Begins with what is under the cursor.
    pub(super) fn take_choice(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let chosen = self.list.cursor().and_then(|at| self.choices.get(*at)).cloned();
        match chosen {
            Some(Choice::Flavour(flavour)) => match self.asked_by(flavour, ground) {
                Ok(form) => self.begin(form, ground),
                Err(why) => self.say(&why),
            },
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

    /// The questions of a template.
    ///
    /// # Errors
    /// It cannot be read, or nothing would come of it.
    pub(super) fn asked_by(&self, mut flavour: Flavour, ground: Ground<'_>) -> Result<Form, String> {
        flavour.bring_classes(ground.fleet, &self.management_cluster);
        let form = Form::new(flavour, self.management_cluster.clone(), ground.variables);
        let form = form.map_err(|error| error.to_string())?;
        form.has_cluster()?;
        Ok(form)
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
