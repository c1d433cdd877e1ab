//! The screens that tell what is wrong and why: the problems, and the object screen with its links and its search.

use fleetui_fleet::timeline::Flip;

use crate::app::App;
use crate::command::Reading;
use crate::prompt::{self, Purpose};
use crate::screens::object::{self, Part};
use crate::screens::{Screen, problems};

/// The most changes that are kept in memory; when there are so many, the older half goes.
const MOST_FLIPS: usize = 40_000;

impl App {
    /// Opens the problems; where they are open below, everything above them is left.
    pub(crate) fn open_problems(&mut self) {
        if let Some(at) = self
            .stack
            .iter()
            .position(|screen| matches!(screen, Screen::Problems(_)))
        {
            while self.stack.len() > at + 1 {
                self.close_screen();
            }
            return;
        }
        let (stack, ground, _) = self.stack_and_ground();
        let state = problems::State::open(ground.problems());
        stack.push(Screen::Problems(Box::new(state)));
    }

    /// Shows another part of the object whose screen is on top.
    pub(super) fn show_part(&mut self, part: Part) {
        let (stack, ground, _) = self.stack_and_ground();
        if let Some(Screen::Object(object)) = stack.last_mut() {
            object.show(part, ground.object());
        }
    }

    pub(super) fn run_reading(&mut self, command: Reading) {
        let now = self.now;
        let Some(Screen::Object(object)) = self.stack.last_mut() else {
            return;
        };
        match command {
            Reading::NextLink => object.choose(true),
            Reading::PreviousLink => object.choose(false),
            Reading::NextMatch => object.next_match(true),
            Reading::PreviousMatch => object.next_match(false),
            Reading::ManagedFields => {
                object.toggle_managed_fields(now, &mut self.effects);
                let part = object.part;
                // They are seen in the YAML alone.
                if part == Part::Timeline {
                    self.show_part(Part::Yaml);
                }
                self.refresh_top();
            }
            Reading::Search => {
                let before = object.searched().map(|search| search.text().to_owned());
                let text = before.clone().unwrap_or_default();
                self.prompt = Some(prompt::State::open(Purpose::Search { before }, &text));
            }
        }
        self.nothing_to_go_to(command);
    }

    /// A key that could not do what it is for says so.
    fn nothing_to_go_to(&mut self, command: Reading) {
        let Some(Screen::Object(object)) = self.stack.last() else {
            return;
        };
        let what = match command {
            Reading::NextLink | Reading::PreviousLink if object.link().is_none() => {
                "nothing here leads to another object"
            }
            Reading::NextMatch | Reading::PreviousMatch if object.searched().is_none() => {
                "nothing is being looked for"
            }
            Reading::NextLink
            | Reading::PreviousLink
            | Reading::NextMatch
            | Reading::PreviousMatch
            | Reading::Search
            | Reading::ManagedFields => return,
        };
        self.messages.refuse(self.now, what);
    }

    /// Looks for text in the object screen as it is typed.
    pub(super) fn search(&mut self, text: &str) {
        if let Some(Screen::Object(object)) = self.stack.last_mut() {
            object.search(text);
        }
    }

    /// Opens what the chosen line of the object screen leads to; says whether there is one.
    pub(super) fn open_link(&mut self) -> bool {
        let Some(Screen::Object(object)) = self.stack.last() else {
            return false;
        };
        match object.link().cloned() {
            Some(key) => self.open_object(key, Part::Description),
            None => self
                .messages
                .refuse(self.now, "nothing is chosen here that leads to another object"),
        }
        true
    }

    /// Opens the screen of an object, over what is shown.
    pub(crate) fn open_object(&mut self, key: fleetui_base::ObjectKey, part: Part) {
        let (stack, ground, effects) = self.stack_and_ground();
        let object = object::State::open(key, part, ground.object(), effects);
        stack.push(Screen::Object(Box::new(object)));
    }

    /// What the screen on top shows is written anew.
    pub(super) fn refresh_top(&mut self) {
        let (stack, ground, effects) = self.stack_and_ground();
        if let Some(screen) = stack.last_mut() {
            screen.refresh(ground, effects);
        }
    }

    /// What was seen to change, here or earlier.
    pub(super) fn remember(&mut self, flips: Vec<Flip>) {
        self.story.extend(flips);
        if self.story.len() > MOST_FLIPS {
            self.story.drain(..MOST_FLIPS / 2);
        }
    }

    /// What earlier starts saw comes before what was seen since.
    pub(super) fn remembered(&mut self, mut flips: Vec<Flip>) {
        let since = std::mem::take(&mut self.story);
        flips.extend(since);
        self.remember(flips);
        self.dirty = true;
        let (stack, ground, effects) = self.stack_and_ground();
        for screen in stack {
            screen.refresh(ground, effects);
        }
    }
}
