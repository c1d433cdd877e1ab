//! What needs the terminal may have to wait before it can have it: for a run of the same credential plugin in the background, or for
//! a server. Meanwhile it is said what is waited for, and there is a way out; no other key is taken, as it could reach whoever gets
//! the terminal in the middle of a word.

use crate::app::App;
use crate::chord::{Chord, Named};
use crate::effect::{EffectId, Request};

/// What the terminal is given to once that is ready.
#[derive(Debug)]
pub(crate) struct Lending {
    id: EffectId,
    /// What is waited for.
    waits: String,
    /// What is said where nobody waits any more.
    given_up: String,
}

impl App {
    /// What was asked for in this round and needs the terminal is waited for from now on.
    pub(super) fn begin_lending(&mut self) {
        let Some((id, request)) = self.effects.lent() else {
            return;
        };
        let lending = match request {
            Request::Kubeconfig { cluster, .. } => {
                let name = &cluster.object.name;
                Lending {
                    id,
                    waits: format!("the kubeconfig of cluster {name} is being read"),
                    given_up: format!("no shell for cluster {name}: given up"),
                }
            }
            other => {
                let name = other.management_cluster();
                let session = self.fleet.session(name);
                let login = session.and_then(|session| session.login.as_ref());
                let plugin = login.map_or("its plugin", |login| login.way.as_str());
                Lending {
                    id,
                    waits: format!("{name}: {plugin} is still being run in the background"),
                    given_up: format!("not logged in to {name}: given up"),
                }
            }
        };
        self.lending = Some(lending);
        self.tell_lending();
    }

    /// Takes every key while something waits for the terminal; says whether it was one.
    pub(super) fn waits_for_terminal(&mut self, chord: Chord) -> bool {
        if self.lending.is_none() {
            return false;
        }
        if chord != Chord::named(Named::Esc) && chord != Chord::ctrl('c') {
            self.tell_lending();
            return true;
        }
        if let Some(Lending { id, given_up, .. }) = self.lending.take() {
            self.effects.abandon(id);
            self.asked.remove(&id);
            self.messages.refuse(self.now, &given_up);
        }
        true
    }

    /// It was answered; what was said of it goes.
    pub(super) fn end_lending(&mut self, id: EffectId) {
        if self.lending.take_if(|lending| lending.id == id).is_some() {
            self.dirty |= self.messages.clear();
        }
    }

    fn tell_lending(&mut self) {
        if let Some(lending) = &self.lending {
            let what = format!("{}; esc gives up", lending.waits);
            self.messages.offer(self.now, &what);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Action, Answer, Outcome};
    use crate::msg::Msg;
    use crate::sample::{app_with, options, plain, press, type_text, updates};
    use crate::update::update;

    #[test]
    fn anchor_16_who_waits_to_log_in_is_told_for_what_and_can_leave() {
        let mut app = app_with(options((120, 30)), updates());
        type_text(&mut app, ":login mgmt-taipei");
        let effects = press(&mut app, "enter");
        let lent = effects
            .iter()
            .find(|effect| matches!(effect.action, Action::Lend(_)));
        let id = lent.unwrap().id;
        let waits = "is still being run in the background; esc gives up";
        assert!(plain(&app).contains(waits), "{}", plain(&app));
        // No key of what is waited for does anything else.
        assert_eq!(press(&mut app, "?"), []);
        assert!(plain(&app).contains(waits));
        for key in ["esc", "ctrl-c"] {
            let effects = press(&mut app, key);
            let is_abandoned = effects.iter().any(|effect| effect.action == Action::Abandon(id));
            let is_left = effects.iter().any(|effect| effect.action == Action::Quit);
            assert_eq!((is_abandoned, is_left), (key == "esc", key == "ctrl-c"), "{key}");
        }
        assert!(plain(&app).contains("not logged in to mgmt-taipei: given up"));
    }

    #[test]
    fn what_is_answered_is_waited_for_no_more() {
        let mut app = app_with(options((120, 30)), updates());
        type_text(&mut app, ":login mgmt-taipei");
        let effects = press(&mut app, "enter");
        let answer = Answer::Accepted(Vec::new());
        update(
            &mut app,
            Msg::Outcome(Outcome {
                id: effects[0].id,
                answer,
            }),
        );
        assert!(plain(&app).contains("logged in to mgmt-taipei"));
        let effects = press(&mut app, "ctrl-c");
        assert_eq!(effects[0].action, Action::Quit);
    }
}
