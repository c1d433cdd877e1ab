//! A mistake in a text of YAML as a person can use it: line, column, what is wrong and what belongs there; never the text
//! itself, which may be secret, and never what the library that reads it calls its own parts.

use std::fmt;

use fleetui_base::near::{near, or_all, suggestion};

/// Where and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlMistake {
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
    /// The column, from 1; 0 where it is not known.
    pub column: u64,
    /// What is wrong there, and what belongs there.
    pub what: String,
}

impl YamlMistake {
    /// Reads the error. `secret` says whether values of the text may not be repeated.
    pub fn of(error: &serde_yaml::Error, secret: bool) -> Self {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let bare = error.without_snippet().to_string();
        let what = plain(without_place(bare.lines().next().unwrap_or_default()));
        Self {
            line,
            column,
            what: if secret { without_strings(&what) } else { what },
        }
    }

    /// The same with the text at hand, in which it is looked for where the mistake begins: the reader tells where it could not go on.
    pub fn in_text(error: &serde_yaml::Error, text: &str, secret: bool) -> Self {
        let mut mistake = Self::of(error, secret);
        let told = error.without_snippet().to_string();
        let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        if told.contains("found a tab") {
            let before = usize::try_from(mistake.line).unwrap_or(1).saturating_sub(1);
            let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
            let tab = text.lines().enumerate().skip(before).find_map(|(at, line)| {
                let column = line.get(..indent(line))?.find('\t')?;
                Some((at, column))
            });
            (mistake.line, mistake.column) = tab.map_or((mistake.line, mistake.column), from_one);
        } else if IN_BRACKETS.iter().any(|words| told.contains(words))
            && let Some((bracket, at)) = open_bracket(text, mistake.line)
        {
            let line = mistake.line;
            mistake.what = format!("this {bracket} is not closed, or a comma is missing before line {line}");
            (mistake.line, mistake.column) = from_one(at);
        }
        // Where the text ends is on its last line.
        mistake.line = mistake.line.min(lines.max(1));
        mistake
    }

    /// The name that is not known where it stands, and those that are, where that is the mistake.
    pub fn unknown_field(error: &serde_yaml::Error) -> Option<(String, Vec<String>)> {
        let bare = error.without_snippet().to_string();
        unknown_field(without_place(bare.lines().next()?))
    }
}

/// What the reader says where it cannot go on between brackets.
const IN_BRACKETS: [&str; 3] = [
    "parsing a flow mapping",
    "parsing a flow sequence",
    "illegal placement of ':'",
];

fn from_one((line, column): (usize, usize)) -> (u64, u64) {
    let number = |at: usize| u64::try_from(at).map_or(0, |at| at + 1);
    (number(line), number(column))
}

/// The bracket that was opened last before a line, from 1, and is not closed there: with its line and column, from 0. Quoted texts
/// and comments have none.
fn open_bracket(text: &str, before: u64) -> Option<(char, (usize, usize))> {
    let before = usize::try_from(before).ok()?.checked_sub(1)?;
    let mut open = Vec::new();
    let mut quote = None;
    for (at, line) in text.lines().enumerate().take(before) {
        let mut last = ' ';
        for (column, character) in line.chars().enumerate() {
            match (quote, character) {
                (Some('"'), _) if last == '\\' => {}
                (Some(begun), _) => quote = Some(begun).filter(|begun| *begun != character),
                (None, '#') if last == ' ' => break,
                // Elsewhere it is a letter like others.
                (None, '"' | '\'') if " [{,:".contains(last) => quote = Some(character),
                (None, '[' | '{') if !open.is_empty() || " :-".contains(last) => {
                    open.push((character, (at, column)));
                }
                (None, ']' | '}') => {
                    open.pop();
                }
                (None, _) => {}
            }
            last = character;
        }
    }
    open.pop()
}

fn unknown_field(what: &str) -> Option<(String, Vec<String>)> {
    let (name, expected) = what.strip_prefix("unknown field `")?.split_once('`')?;
    let expected = expected
        .split_once("expected ")
        .map_or("", |(_, expected)| expected);
    let expected = expected.trim_start_matches("one of ").split(", ");
    let known = expected.map(|name| name.trim_matches('`').to_owned());
    Some((name.to_owned(), known.collect()))
}

impl fmt::Display for YamlMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, what } = self;
        match line {
            0 => f.write_str(what),
            line => write!(f, "line {line}, column {column}: {what}"),
        }
    }
}

/// What is longer is no place.
const LONGEST_PLACE: usize = 40;

/// The reader's words without the place that it tells a second time: at the beginning it is `line 3 column 5: …`, at the end
/// ` at line 3, column 5`.
fn without_place(what: &str) -> &str {
    let is_place = |text: &str| text.contains("line ") && text.contains("column ");
    let mut what = what.trim().trim_start_matches("error:").trim();
    if let Some((place, rest)) = what.split_once(": ")
        && is_place(place)
        && place.len() < LONGEST_PLACE
    {
        what = rest;
    }
    if let Some((rest, place)) = what.rsplit_once(" at ")
        && is_place(place)
    {
        what = rest;
    }
    what.trim_end_matches([',', ' '])
}

/// What the reader calls by its own names, in words for people.
fn plain(what: &str) -> String {
    let twice = ["duplicate mapping key: ", "duplicate mapping key"]
        .into_iter()
        .find_map(|start| what.strip_prefix(start));
    if let Some(key) = twice {
        let key = key
            .split_once(", set DuplicateKeyPolicy")
            .map_or(key, |(key, _)| key);
        let key = key.trim_matches(['`', ' ']);
        let key = if key.is_empty() { "a name" } else { key };
        return format!("{key} is there twice; leave one of them out");
    }
    if let Some(name) = what
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return format!("{name} is missing here");
    }
    if let Some((name, expected)) = what
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.split_once("`, expected "))
    {
        let expected = expected.trim_start_matches("one of ").replace('`', "");
        return format!(
            "{name:?} cannot stand here; it is one of {}",
            expected.replace(" or ", ", ")
        );
    }
    if let Some((name, known)) = unknown_field(what) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = suggestion(&near(&name, known.iter().copied()));
        return format!("there is no {name} here{}", or_all(&hint, "there are", &known));
    }
    if what.starts_with("budget breached") || what.contains("replay") {
        return "this is too large or too deep to be read".to_owned();
    }
    if let Some(character) = what.strip_prefix("unexpected character: `") {
        let character = character.strip_suffix('\'').unwrap_or(character);
        return format!("a text that begins with {character} has to stand in quotes");
    }
    for (begins, told) in PARSER {
        if what.starts_with(begins) {
            return told.to_owned();
        }
    }
    match what {
        "expected mapping start" => "names with their values belong here (name: value)",
        "expected sequence start" => "a list belongs here ([a, b], or a line - a for each)",
        "expected string scalar" => "one text belongs here",
        "invalid boolean" | "invalid boolean (strict mode expects true/false)" => {
            "true or false belongs here"
        }
        "alias references unknown anchor" => "a text that begins with * has to stand in quotes",
        "cannot deserialize null into string; use Option<String>" => "a text belongs here, and there is none",
        "mapping values are not allowed in this context" => {
            "no name with a value can stand here: perhaps the line is indented too far, or a text with a colon needs quotes"
        }
        "unexpected end of input" => "the text ends in the middle",
        other => other,
    }
    .to_owned()
}

/// What the parser says of a text that is no YAML, by how it begins.
const PARSER: [(&str, &str); 13] = [
    (
        "while scanning a plain scalar, found a tab",
        "a tab stands here; indent with blanks alone",
    ),
    ("unclosed bracket", "this bracket is not closed"),
    (
        "misplaced bracket",
        "this bracket closes nothing; perhaps the text needs quotes",
    ),
    (
        "mismatched bracket",
        "this bracket is closed by one of the other sort",
    ),
    ("unclosed quote", "the quote that begins here does not end"),
    (
        "invalid trailing content",
        "behind the end of a quoted text nothing more can stand",
    ),
    (
        "simple key expected",
        "a : with a blank behind it is missing here (name: value)",
    ),
    (
        "while parsing a block mapping",
        "a name with its value belongs here (name: value); perhaps the line is indented wrongly",
    ),
    (
        "while parsing a block collection",
        "an item belongs here (- a); perhaps the line is indented wrongly",
    ),
    (
        "while parsing a flow mapping",
        "a comma or a closing } is missing here",
    ),
    (
        "while parsing a flow sequence",
        "a comma or a closing ] is missing here",
    ),
    (
        "while scanning for the next token",
        "nothing begins with this character; put it in quotes, and indent with blanks alone",
    ),
    (
        "while scanning a simple key",
        "a : is missing behind this name, or its text needs quotes",
    ),
];

/// serde quotes the string that it found; in a kubeconfig that may be a token.
fn without_strings(message: &str) -> String {
    let Some((before, rest)) = message.split_once("string \"") else {
        return message.to_owned();
    };
    let after = rest.rsplit_once('"').map_or("", |(_, after)| after);
    format!("{before}string \"***\"{after}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct File {
        name: String,
        #[serde(default)]
        list: Vec<String>,
        #[serde(default)]
        flag: bool,
        #[serde(default)]
        when: Option<When>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum When {
        Eager,
        Lazy,
    }

    fn error(text: &str) -> serde_yaml::Error {
        serde_yaml::from_str::<File>(text).unwrap_err()
    }

    #[test]
    fn mistakes_are_told_in_words_for_people_and_with_their_place() {
        let cases = [
            (
                "name: a\nname: b\n",
                "line 2, column 1: name is there twice; leave one of them out",
            ),
            ("list: []\n", "name is missing here"),
            ("- a\n", "names with their values belong here (name: value)"),
            (
                "name: a\nlist: x\n",
                "line 2, column 7: a list belongs here ([a, b], or a line - a for each)",
            ),
            ("name: {a: 1}\n", "one text belongs here"),
            (
                "name: a\nflag: perhaps\n",
                "line 2, column 7: true or false belongs here",
            ),
            ("name: *x\n", "has to stand in quotes"),
            ("name: a\n list: x\n", "perhaps the line is indented too far"),
            (
                "name: a\nwhen: never\n",
                "\"never\" cannot stand here; it is one of eager, lazy",
            ),
            ("name: \"a\n", "the quote that begins here does not end"),
            ("name: @a\n", "a text that begins with @ has to stand in quotes"),
            (
                "name: a\nlist\nflag: true\n",
                "line 2, column 1: a : with a blank",
            ),
            ("name: ]\n", "closes nothing"),
            (
                "name: a\n- b\n",
                "line 2, column 3: a name with its value belongs here (name: value)",
            ),
            ("nme: a\n", "there is no nme here; did you mean name?"),
            (
                "colour: a\n",
                "there is no colour here; there are name, list, flag, when",
            ),
        ];
        for (text, expected) in cases {
            let told = YamlMistake::of(&error(text), false).to_string();
            assert!(told.contains(expected), "{text}{told}\nexpected {expected}");
            for word in [
                "DuplicateKeyPolicy",
                "Option",
                "mapping start",
                "sequence",
                "scalar",
            ] {
                assert!(!told.contains(word), "{told}");
            }
        }
    }

    #[test]
    fn with_the_text_the_place_is_where_the_mistake_begins() {
        let told = |text: &str| {
            let error = serde_yaml::from_str::<serde_json::Value>(text).unwrap_err();
            YamlMistake::in_text(&error, text, false).to_string()
        };
        let cases = [
            (
                "bad: [\na: 1\nb: 2\n",
                "line 1, column 6: this [ is not closed, or a comma is missing before line 3",
            ),
            (
                "a: \"[\" # {\nb: it's [x]\nbad: {\nc: 1\nd:\n  e: 1\n",
                "line 3, column 6: this { is not closed",
            ),
            (
                "a: {b: [1, 2], c: [\nd: e\nf: g\n",
                "line 1, column 19: this [ is not closed",
            ),
            ("a: [b: c, d\ne: f\n", "line 1, column 4: this [ is not closed"),
            ("a: [1, 2\n", "line 1, column 4: this bracket is not closed"),
            ("a: {b: 1 c: 2}\nd: 1\n", "line 1, column "),
            ("a: 1\n\tb: 2\n", "line 2, column 1: a tab stands here"),
            ("a:\n  b: 1\n c: 2\n", "line 3, column 2: a name with its value"),
        ];
        for (text, expected) in cases {
            assert!(
                told(text).contains(expected),
                "{text}{}\nexpected {expected}",
                told(text)
            );
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_told_with_those_that_are() {
        let unknown = YamlMistake::unknown_field(&error("nme: a\n"));
        let known = ["name", "list", "flag", "when"].map(str::to_owned);
        assert_eq!(unknown, Some(("nme".to_owned(), known.to_vec())));
        assert_eq!(YamlMistake::unknown_field(&error("- a\n")), None);
    }

    #[test]
    fn what_may_be_secret_is_not_repeated() {
        let message = "invalid type: string \"s3cret\", expected a map";
        assert_eq!(
            without_strings(message),
            "invalid type: string \"***\", expected a map"
        );
    }
}
