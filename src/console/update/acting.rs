//! What is done to the object under the cursor.

use crate::app::App;
use crate::command::{Doing, Object, entry};

impl App {
    pub(super) fn act(&mut self, doing: Doing) {
        self.lacks(doing.word());
    }

    pub(super) fn open_activity(&mut self) {
        self.lacks("activity");
    }

    /// Says of a command that this build does not do it yet.
    pub(super) fn not_yet(&mut self, command: Object) {
        let name = entry(crate::command::Command::Object(command)).map_or("this", |entry| entry.name);
        self.lacks(name);
    }

    fn lacks(&mut self, what: &str) {
        self.messages
            .refuse(self.now, &format!("{what} cannot be done from the console yet"));
    }
}
