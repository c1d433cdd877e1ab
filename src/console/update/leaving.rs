//! The way out: from a screen to the one below, from a part of the fleet to the whole, and from there, asked for twice, out of the
//! program. To connect a large fleet again is dear.

use jiff::SignedDuration;

use crate::app::App;
use crate::command::{Command, Program};
use crate::effect::Action;

/// How long the key has the meaning that was said.
const ASKED_FOR: SignedDuration = SignedDuration::from_secs(6);

impl App {
    /// One step out.
    pub(super) fn leave_home(&mut self) {
        if self.close_screen() || self.widen() {
            return;
        }
        let again = self.leaving.is_some_and(|until| self.now < until);
        // Where nothing is connected, or nothing can be said, there is nothing to ask.
        let nothing_to_lose = self.fleet.sessions().next().is_none() || self.layout.too_small;
        if again || nothing_to_lose {
            self.effects.push(Action::Quit);
            return;
        }
        self.leaving = self.now.checked_add(ASKED_FOR).ok();
        let keys = self
            .keys
            .current
            .keys(self.place(), Command::Program(Program::Leave));
        let key = keys.first().map_or(":quit", String::as_str);
        let paused = match self.walks_from_here() {
            0 => String::new(),
            1 => "; the upgrade that is walked from here is paused then".to_owned(),
            count => format!("; {count} upgrades that are walked from here are paused then"),
        };
        self.messages
            .refuse(self.now, &format!("{key} again ends the program{paused}"));
    }

    /// Shows the whole fleet again, where only a part is shown; says whether it was.
    fn widen(&mut self) -> bool {
        let options = &mut self.tree.options;
        let narrow = options.only.take().is_some()
            | options.filter.take().is_some()
            | std::mem::take(&mut options.faults_only);
        if narrow {
            self.refresh();
            self.messages.say(self.now, "the whole fleet is shown");
        }
        narrow
    }
}
