//! What happens when the user's files change while the program runs: what they say now holds at once, and a file with a mistake
//! changes nothing but what is told.

use crate::access::Access;
use crate::app::App;
use crate::config::Config;
use crate::file_error::FileError;
use crate::glyphs::{ASCII, UNICODE};
use crate::settings::Settings;
use crate::user_file::{Said, UserFiles};

impl App {
    pub(super) fn reload(&mut self, files: &UserFiles) {
        self.dirty = true;
        let said = match files.read() {
            Ok(said) => said,
            Err(mistake) => return self.tell_mistakes(&[mistake]),
        };
        let Said {
            config,
            mut themes,
            mut keymaps,
            usable,
            mistakes,
        } = said;
        themes.keep(&self.look.themes);
        keymaps.keep(&self.keys.keymaps);
        self.look.set_themes(themes);
        // Chords of a binding that may be another one now are forgotten.
        self.keys.pending.clear();
        if let Ok(keymap) = keymaps.get(&self.keys.current.name) {
            self.keys.current = keymap.clone();
        }
        self.keys.keymaps = keymaps;
        let mut tightened = None;
        if usable {
            let before = self.basis.settings();
            self.take_columns(&config);
            self.basis.config = config;
            tightened = self.follow_settings(&before, &self.basis.settings());
        }
        // Help and panes are written from keys and signs.
        let area = self.layout.area;
        self.resize(area.width, area.height);
        if mistakes.is_empty() {
            let what = tightened.unwrap_or("configuration, themes and keymaps were read again");
            self.messages.say(self.now, what);
        } else {
            self.tell_mistakes(&mistakes);
        }
    }

    /// Takes over what is otherwise than before; what was changed by command in between stays. Gives what has to be said of it.
    fn follow_settings(&mut self, before: &Settings, after: &Settings) -> Option<&'static str> {
        if before.colours.value != after.colours.value {
            self.look.set_level(after.colours.value);
        }
        if before.ascii.value != after.ascii.value {
            self.look.glyphs = if after.ascii.value { ASCII } else { UNICODE };
        }
        // Both names are known, or the file would not be usable.
        if before.theme.value != after.theme.value {
            let _ = self.look.set_theme(&after.theme.value);
        }
        if before.keymap.value != after.keymap.value
            && let Ok(keymap) = self.keys.keymaps.get(&after.keymap.value)
        {
            self.keys.current = keymap.clone();
        }
        if before.mouse.value != after.mouse.value {
            self.take_mouse(after.mouse.value);
        }
        if before.detail_pane.value != after.detail_pane.value {
            self.tree.panes = after.detail_pane.value;
        }
        match (before.read_only.value, after.read_only.value) {
            (false, true) => {
                self.access = Access::ReadOnlyForGood;
                self.tell_access();
                let (cell, mut around) = self.cell_and_around();
                cell.close(&mut around);
                Some("the configuration was read again: nothing is written from now on")
            }
            (true, false) => {
                Some("the configuration was read again; only a new start lets anything be written")
            }
            (true, true) | (false, false) => None,
        }
    }

    /// Other columns for tables that are opened from now on.
    fn take_columns(&mut self, config: &Config) {
        if config.columns == self.basis.config.columns {
            return;
        }
        // The file is usable, so that all of them can be followed.
        let Ok(shapes) = config.shapes(&self.custom) else {
            return;
        };
        if let Some(shape) = shapes.values().next() {
            self.look_up(shape.custom.clone());
        }
        self.columns = shapes;
    }

    fn tell_mistakes(&mut self, mistakes: &[FileError]) {
        if let Some(first) = mistakes.first() {
            let more = match mistakes.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more: fleetui config check)"),
            };
            self.messages.fail(
                self.now,
                &format!("not used, what was before still holds: {first}{more}"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
