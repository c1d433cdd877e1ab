//! The lines of a description: cells of painted text, the branches of the tree in front.

use fleetui_base::human_duration;
use jiff::Timestamp;

use super::condition::Condition;
use super::item::{Counters, DELETED, Form, Item, plural};
use super::wrap::wrap;
use super::{Shows, View};

/// How a piece of text is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    None,
    Grey,
    Red,
    Green,
    Yellow,
    White,
    Cyan,
    Bold,
    BoldWhite,
}

/// Text in one paint. An empty one is painted too, as clusterctl does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) paint: Paint,
    pub(super) text: String,
}

/// A cell of the table.
pub(super) type Cell = Vec<Span>;

const FIRST: &str = "├─";
const LAST: &str = "└─";
const PIPE: &str = "│ ";
const INDENT: &str = "  ";
/// What stands between a tree and the conditions in it.
const FILLER: &str = "          ";

/// The longest message of the older view, in bytes.
const LONGEST_OLD_MESSAGE: usize = 100;

/// What clusterctl shows as the age of what has no time: the longest that its language can tell.
const NO_TIME: &str = "292y";

/// The lines of an item and of all below it.
pub(super) fn rows(item: &Item, view: View, now: Timestamp) -> Vec<Vec<Cell>> {
    let mut walk = Walk {
        view,
        now,
        rows: Vec::new(),
    };
    walk.item(item, "", &[], true);
    walk.rows
}

struct Walk {
    view: View,
    now: Timestamp,
    rows: Vec<Vec<Cell>>,
}

impl Walk {
    /// `last` says of each ancestor, and of the item, whether it is the last of its siblings; `ends` whether no line follows.
    fn item(&mut self, item: &Item, prefix: &str, last: &[bool], ends: bool) {
        match self.view {
            View::V1Beta2 => self.object(item, prefix, last, ends && item.children.is_empty()),
            View::V1Beta1 => self.old_object(item, prefix),
        }
        let count = item.children.len();
        for (index, child) in item.children.iter().enumerate() {
            let is_last = index + 1 == count;
            let mut places = last.to_vec();
            places.push(is_last);
            self.item(child, &child_prefix(prefix, is_last), &places, ends && is_last);
        }
    }

    fn object(&mut self, item: &Item, prefix: &str, last: &[bool], ends: bool) {
        let counters = item.replicas.unwrap_or_default();
        let mut cells = vec![name_cell(prefix, item), plain(replicas(item, &counters))];
        for count in [counters.available, counters.ready, counters.up_to_date] {
            cells.push(plain(count.map_or_else(String::new, |count| count.to_string())));
        }
        let shown = item.summary.as_ref().filter(|_| item.shows == Shows::Nothing);
        let mut message = shown.map_or_else(|| vec![String::new()], |condition| wrap(&condition.message));
        cells.extend(shown.map_or_else(no_condition, |condition| self.condition(condition)));
        let rest = message.split_off(1);
        match members(item) {
            Some(members) => cells.push(members),
            None => cells.push(plain(message.pop().unwrap_or_default())),
        }
        self.rows.push(cells);
        let indentation = if ends { String::new() } else { places(item, last) };
        self.continued(&indentation, rest);
        self.conditions(item, prefix);
    }

    /// Status, reason and age.
    fn condition(&self, condition: &Condition) -> [Cell; 3] {
        [
            painted(colour(condition), &condition.status),
            plain(condition.reason.clone()),
            plain(self.age(condition)),
        ]
    }

    /// Further lines of a message.
    fn continued(&mut self, indentation: &str, lines: Vec<String>) {
        for line in lines {
            let mut cells = vec![painted(Paint::Grey, indentation)];
            cells.resize_with(8, || plain(String::new()));
            cells.push(plain(line));
            self.rows.push(cells);
        }
    }

    fn conditions(&mut self, item: &Item, prefix: &str) {
        let is_shown = |condition: &&Condition| match item.shows {
            Shows::Nothing => false,
            Shows::All => true,
            Shows::NonZero => {
                matches!(condition.kind.as_str(), "Available" | "Ready") || !condition.is_zero()
            }
        };
        let shown: Vec<&Condition> = item.conditions.iter().filter(is_shown).collect();
        for (index, condition) in shown.iter().enumerate() {
            let prefix = condition_prefix(item, prefix, index + 1 == shown.len());
            let mut message = wrap(&condition.message);
            let rest = message.split_off(1);
            let mut cells = vec![condition_name(&prefix, condition)];
            cells.resize_with(5, || plain(String::new()));
            cells.extend(self.condition(condition));
            cells.push(plain(message.pop().unwrap_or_default()));
            self.rows.push(cells);
            self.continued(&below_condition(&prefix), rest);
        }
    }

    fn old_object(&mut self, item: &Item, prefix: &str) {
        let ready = item.conditions.iter().find(|condition| condition.kind == "Ready");
        let mut cells = vec![name_cell(prefix, item)];
        cells.extend(self.old_condition(ready));
        if let (Some(members), Some(message)) = (members(item), cells.last_mut()) {
            *message = members;
        }
        self.rows.push(cells);
        if item.shows == Shows::Nothing {
            return;
        }
        let mut others: Vec<&Condition> = item
            .conditions
            .iter()
            .filter(|condition| condition.kind != "Ready")
            .collect();
        others.sort_by(|a, b| a.kind.cmp(&b.kind));
        for (index, condition) in others.iter().enumerate() {
            let prefix = condition_prefix(item, prefix, index + 1 == others.len());
            let mut cells = vec![condition_name(&prefix, condition)];
            cells.extend(self.old_condition(Some(condition)));
            self.rows.push(cells);
        }
    }

    /// Status, severity, reason, age and message.
    fn old_condition(&self, condition: Option<&Condition>) -> [Cell; 5] {
        let Some(condition) = condition else {
            return [
                painted(Paint::Grey, ""),
                painted(Paint::Grey, ""),
                painted(Paint::Grey, ""),
                plain(String::new()),
                plain(String::new()),
            ];
        };
        let paint = old_colour(condition);
        [
            painted(paint, &condition.status),
            painted(paint, &condition.severity),
            painted(paint, &condition.reason),
            plain(self.age(condition)),
            plain(shortened(&condition.message)),
        ]
    }

    fn age(&self, condition: &Condition) -> String {
        condition.since.map_or_else(
            || NO_TIME.to_owned(),
            |since| human_duration::age(since, self.now),
        )
    }
}

fn plain(text: String) -> Cell {
    vec![Span {
        paint: Paint::None,
        text,
    }]
}

fn painted(paint: Paint, text: &str) -> Cell {
    vec![Span {
        paint,
        text: text.to_owned(),
    }]
}

fn no_condition() -> [Cell; 3] {
    std::array::from_fn(|_| plain(String::new()))
}

/// Groups count their members in their name.
fn replicas(item: &Item, counters: &Counters) -> String {
    match item.form {
        Form::Object => counters.replicas(&item.kind),
        Form::Heading | Form::Group => String::new(),
    }
}

fn name_cell(prefix: &str, item: &Item) -> Cell {
    let mut cell = painted(Paint::Grey, prefix);
    let mut push = |paint: Paint, text: String| cell.push(Span { paint, text });
    match item.form {
        Form::Group => push(
            Paint::BoldWhite,
            format!("{} {}...", item.members.len(), plural(&item.kind)),
        ),
        Form::Heading => push(Paint::None, item.called()),
        Form::Object => {
            if item.deleting {
                push(Paint::Red, DELETED.to_owned());
                push(Paint::None, " ".to_owned());
            }
            push(Paint::None, format!("{} ", item.kind));
            push(Paint::Bold, item.object());
            if let Some(version) = &item.version {
                push(Paint::None, format!(", {version}"));
            }
        }
    }
    cell
}

/// The first two members of a group.
fn members(item: &Item) -> Option<Cell> {
    if item.form != Form::Group {
        return None;
    }
    let shown: Vec<&str> = item.members.iter().take(2).map(String::as_str).collect();
    let more = if item.members.len() > 2 { ", ..." } else { "" };
    Some(painted(Paint::Grey, &format!("See {}{more}", shown.join(", "))))
}

fn condition_name(prefix: &str, condition: &Condition) -> Cell {
    let mut cell = painted(Paint::Grey, prefix);
    cell.push(Span {
        paint: Paint::Cyan,
        text: condition.kind.clone(),
    });
    cell
}

/// Good is green, whatever it means for True or False.
fn colour(condition: &Condition) -> Paint {
    match (condition.status.as_str(), condition.is_positive()) {
        ("True", true) | ("False", false) => Paint::Green,
        ("True", false) | ("False", true) => Paint::Red,
        ("Unknown", _) => Paint::Yellow,
        _ => Paint::Grey,
    }
}

fn old_colour(condition: &Condition) -> Paint {
    match (condition.status.as_str(), condition.severity.as_str()) {
        ("True", _) => Paint::Green,
        ("False" | "Unknown", "Error") => Paint::Red,
        ("False" | "Unknown", "Warning") => Paint::Yellow,
        ("False" | "Unknown", _) => Paint::White,
        _ => Paint::Grey,
    }
}

/// What stands before a child, below what stands before its parent.
fn child_prefix(prefix: &str, is_last: bool) -> String {
    let above = prefix.replace(FIRST, PIPE).replace(LAST, INDENT);
    above + if is_last { LAST } else { FIRST }
}

/// Conditions stand further in, beside the line that leads to the children.
fn condition_prefix(item: &Item, prefix: &str, is_last: bool) -> String {
    let pipe = if item.children.is_empty() { INDENT } else { PIPE };
    child_prefix(&format!("{prefix}{pipe}{FILLER}"), is_last)
}

fn below_condition(prefix: &str) -> String {
    match (prefix.strip_suffix(FIRST), prefix.strip_suffix(LAST)) {
        (Some(above), _) => format!("{above}{PIPE}"),
        (None, Some(above)) => above.to_owned(),
        (None, None) => String::new(),
    }
}

/// What stands before the further lines of an item's message.
fn places(item: &Item, last: &[bool]) -> String {
    let above = last.iter().map(|is_last| if *is_last { INDENT } else { PIPE });
    let below = (!item.children.is_empty()).then_some(PIPE);
    above.chain(below).collect()
}

/// A message of the older view.
fn shortened(message: &str) -> String {
    if message.len() <= LONGEST_OLD_MESSAGE {
        return message.to_owned();
    }
    let end = message.floor_char_boundary(LONGEST_OLD_MESSAGE);
    format!("{} ...", message.get(..end).unwrap_or_default())
}
