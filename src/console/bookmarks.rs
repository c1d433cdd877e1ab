//! Places that a person has given names, to go back to them at any time.
//!
//! Must not know: files.

use std::collections::BTreeMap;

use crate::app::App;
use crate::command::line::parse;
use crate::effect::Action;
use crate::kept::Kept;
use crate::near::{near, suggestion};

/// Bookmarks by name.
pub type Bookmarks = BTreeMap<String, Kept>;

/// The longest name.
const LONGEST_NAME: usize = 64;

impl App {
    /// Gives the place where the person is a name; one of that name before is forgotten.
    pub(crate) fn bookmark(&mut self, name: String) {
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let what = format!("a bookmark's name has at most {LONGEST_NAME} characters");
            return self.messages.refuse(self.now, &what);
        }
        let kept = self.keep();
        self.messages
            .say(self.now, &format!("bookmark {name}; :go {name} comes back here"));
        self.bookmarks.insert(name.clone(), kept.clone());
        self.effects.push(Action::Bookmark(name, Some(Box::new(kept))));
    }

    /// Forgets a bookmark.
    pub(crate) fn forget_bookmark(&mut self, name: String) {
        if self.bookmarks.remove(&name).is_none() {
            return self.no_bookmark(&name);
        }
        self.messages
            .say(self.now, &format!("bookmark {name} is forgotten"));
        self.effects.push(Action::Bookmark(name, None));
    }

    /// Goes where a bookmark is.
    pub(crate) fn go_to_bookmark(&mut self, name: &str) {
        let Some(kept) = self.bookmarks.get(name).cloned() else {
            // Those of the configuration are lines for the command line.
            let told = self.basis.config.bookmarks.get(name);
            return match told.map(|told| parse(&told.value)) {
                Some(Ok(typed)) => self.execute(typed),
                Some(Err(why)) => self.messages.refuse(self.now, &why),
                None => self.no_bookmark(name),
            };
        };
        self.leave();
        self.restore(kept);
        self.messages.say(self.now, &format!("bookmark {name}"));
    }

    /// Names of all bookmarks.
    pub(crate) fn bookmark_names(&self) -> Vec<String> {
        let told = self.basis.config.bookmarks.keys();
        let told = told.filter(|name| !self.bookmarks.contains_key(*name));
        self.bookmarks.keys().chain(told).cloned().collect()
    }

    fn no_bookmark(&mut self, name: &str) {
        let known = self.bookmark_names();
        let hint = suggestion(&near(name, known.iter().map(String::as_str)));
        let what = if known.is_empty() {
            "there is no bookmark yet; :bookmark NAME makes one of this place".to_owned()
        } else {
            format!("there is no bookmark '{name}'{hint}")
        };
        self.messages.refuse(self.now, &what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{app, plain, press, type_text};

    fn typed(app: &mut App, line: &str) -> String {
        type_text(app, &format!(":{line}"));
        press(app, "enter");
        plain(app)
    }

    #[test]
    fn one_comes_back_to_a_place_by_its_name() {
        let mut app = app((120, 40));
        typed(&mut app, "machines @mgmt-tokyo /phase=running");
        let shown = plain(&app);
        let effects = {
            type_text(&mut app, ":bookmark mine");
            press(&mut app, "enter")
        };
        let kept = effects.into_iter().find_map(|effect| match effect.action {
            Action::Bookmark(name, Some(kept)) if name == "mine" => Some(*kept),
            _ => None,
        });
        // As it comes back from its file.
        let text = serde_json::to_string(&kept.unwrap()).unwrap();
        typed(&mut app, "fleet");
        app.bookmarks = [("mine".to_owned(), serde_json::from_str(&text).unwrap())].into();
        typed(&mut app, "go mine");
        let body = |screen: &str| {
            screen
                .lines()
                .skip(1)
                .take(20)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(body(&plain(&app)), body(&shown));
        assert!(typed(&mut app, "go mime").contains("did you mean mine?"));
        assert!(typed(&mut app, "unbookmark mine").contains("is forgotten"));
        assert!(typed(&mut app, "go mine").contains("there is no bookmark yet"));
    }
}
