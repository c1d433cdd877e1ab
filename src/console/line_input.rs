//! One line of text that is being typed: the editor widget's state, fed with chords.

use fleetui_base::Shown;
use tui_textarea::{CursorMove, Input, Key as InputKey, TextArea};

use crate::chord::{Chord, Key, Named};

/// A line that is being typed.
#[derive(Debug, Clone)]
pub struct LineInput {
    area: TextArea<'static>,
    /// Whether all of it was there before anything was typed: the first character takes its place.
    selected: bool,
}

impl LineInput {
    /// A line that begins with `text`, the caret behind it.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.move_cursor(CursorMove::End);
        Self {
            area,
            selected: false,
        }
    }

    /// A line of which all is selected: the first character that is typed takes the place of it; keys that move the caret or
    /// delete go on from it.
    pub fn selected(text: &str) -> Self {
        Self {
            selected: !text.is_empty(),
            ..Self::new(text)
        }
    }

    /// Whether what is there is still what was there at first, and would be replaced.
    pub fn is_selected(&self) -> bool {
        self.selected
    }

    /// Lets what is there stay whatever is typed next.
    pub fn keep(&mut self) {
        self.selected = false;
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Puts `text` in the place of what was typed.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }

    /// Types a chord; says whether the text is another one now.
    pub fn type_chord(&mut self, chord: Chord) -> bool {
        // What the widget binds to ctrl-m breaks the line; here there is only one.
        if chord == Chord::ctrl('m') {
            return false;
        }
        // There is no other line to go to.
        if matches!(chord.key, Key::Named(Named::Up | Named::Down)) {
            return false;
        }
        let Some(key) = input_key(chord.key) else {
            return false;
        };
        let before = self.text().to_owned();
        if std::mem::take(&mut self.selected) && chord.typed().is_some() {
            self.set("");
        }
        // The widget takes it for undo; every shell empties the line by it.
        if chord == Chord::ctrl('u') {
            self.set("");
            return !before.is_empty();
        }
        self.area.input(Input {
            key,
            ctrl: chord.ctrl,
            alt: chord.alt,
            shift: chord.shift,
        });
        self.text() != before
    }

    /// Inserts pasted text as one line.
    pub fn paste(&mut self, text: &str) {
        if std::mem::take(&mut self.selected) {
            self.set("");
        }
        self.area.insert_str(one_line(text));
    }

    /// What was typed, without blanks around it; nothing where that is empty.
    pub fn said(&self) -> Option<String> {
        let text = self.text().trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// What stands before the caret, under it, and behind it.
    pub fn parts(&self) -> (Shown, Shown, Shown) {
        let column = self.area.cursor().1;
        let text = self.text();
        let at = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
        let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        let mut characters = rest.chars();
        let under = characters.next().map_or_else(|| " ".to_owned(), String::from);
        (
            Shown::line(before),
            Shown::line(&under),
            Shown::line(characters.as_str()),
        )
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n', '\t'], " ")
}

/// The key as the widget of texts calls it; none for keys that type nothing and move no caret by themselves.
pub(crate) fn input_key(key: Key) -> Option<InputKey> {
    match key {
        Key::Char(character) => Some(InputKey::Char(character)),
        Key::Function(_) => None,
        Key::Named(named) => match named {
            Named::Backspace => Some(InputKey::Backspace),
            Named::Delete => Some(InputKey::Delete),
            Named::Left => Some(InputKey::Left),
            Named::Right => Some(InputKey::Right),
            Named::Up => Some(InputKey::Up),
            Named::Down => Some(InputKey::Down),
            Named::Home => Some(InputKey::Home),
            Named::End => Some(InputKey::End),
            Named::Enter | Named::Esc | Named::Tab | Named::Insert | Named::PageUp | Named::PageDown => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chord::sequence;

    #[test]
    fn a_line_is_typed_and_stays_one_line() {
        let mut line = LineInput::new("v1.31");
        for chord in sequence(". 2 left backspace").unwrap() {
            line.type_chord(chord);
        }
        assert_eq!(line.text(), "v1.312");
        let (before, under, after) = line.parts();
        assert_eq!(
            (before.as_str(), under.as_str(), after.as_str()),
            ("v1.31", "2", "")
        );
        line.type_chord(Chord::ctrl('m'));
        assert_eq!(line.text(), "v1.312");
        line.paste("a\nb\u{1b}");
        let (before, _, _) = line.parts();
        assert_eq!(before.as_str(), "v1.31a b␛");
    }

    #[test]
    fn what_was_there_gives_way_to_what_is_typed() {
        let typed = |keys: &str| {
            let mut line = LineInput::selected("4");
            for chord in sequence(keys).unwrap() {
                line.type_chord(chord);
            }
            line.text().to_owned()
        };
        let cases = [
            ("5", "5"),
            ("+ 2", "+2"),
            ("left 1", "14"),
            ("end 5", "45"),
            ("home 1", "14"),
            ("backspace", ""),
            ("backspace 1 2", "12"),
            ("5 ctrl-u", ""),
            ("ctrl-u 7", "7"),
        ];
        for (keys, expected) in cases {
            assert_eq!(typed(keys), expected, "{keys}");
        }
        let mut line = LineInput::selected("4");
        line.paste("12");
        assert_eq!((line.text(), line.is_selected()), ("12", false));
        let mut line = LineInput::new("phase=running age<2h");
        assert!(line.type_chord(Chord::ctrl('w')));
        assert!(line.type_chord(Chord::ctrl('w')), "{:?}", line.text());
        assert!(line.text().starts_with("phase=running"), "{:?}", line.text());
        assert!(!LineInput::selected("").is_selected());
    }
}
