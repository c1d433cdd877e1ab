//! Every mistake of a text of YAML, where its reader stops at the first: what the mistake is about is taken out, and the rest is
//! read again. The lines stay where they are, so that each mistake is told with its own.
//!
//! Must not know: what stands in the text.

mod flow;

use std::ops::Range;

/// A mistake: line and column, from 1, and what is wrong.
pub(super) type Wrong = (u64, u64, String);

/// No text has more mistakes than a person reads of.
const MOST: usize = 50;

/// All mistakes of `text` that `read` finds, in the order of their lines.
pub(super) fn every(text: &str, read: impl Fn(&str) -> Vec<Wrong>) -> Vec<Wrong> {
    let mut text = Text::of(text);
    let mut all: Vec<Wrong> = Vec::new();
    while all.len() < MOST {
        let mut is_shorter = false;
        for wrong in read(&text.written()) {
            let (line, column, what) = &wrong;
            let is_known = all.contains(&wrong);
            let of_flow = flow::entry(&text.lines, (index(*line), index(*column)));
            if let Some(emptied) = text.emptied_flow((*line, *column), what) {
                is_shorter |= match flow::entry(&text.lines, emptied) {
                    Some(entry) => text.blank(&entry),
                    None => text.take_out(text.around(emptied.0), String::new()),
                };
            } else if let Some(whole) = text.emptied(*line, what) {
                is_shorter |= text.take_out(whole, String::new());
            } else if !is_known {
                is_shorter |= match of_flow {
                    Some(entry) if text.blank(&entry) => true,
                    Some(_) | None => {
                        let (block, rest) = text.at(*line, *column);
                        text.take_out(block, rest)
                    }
                };
                all.push(wrong);
            }
        }
        if !is_shorter {
            break;
        }
    }
    all.sort();
    all
}

/// A text of which some lines were taken out.
struct Text {
    /// As they were written.
    original: Vec<String>,
    /// As they are now.
    lines: Vec<String>,
    /// Of which something was taken.
    gaps: Vec<bool>,
    /// Where entries of flow collections begin that were taken: line and column, from 0.
    cuts: Vec<flow::Spot>,
}

impl Text {
    fn of(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        Self {
            original: lines.clone(),
            gaps: vec![false; lines.len()],
            cuts: Vec::new(),
            lines,
        }
    }

    fn written(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    fn original(&self, at: usize) -> &str {
        self.original.get(at).map_or("", String::as_str)
    }

    /// The lines from `first` on, of which those below stand further in than `depth`, or are the items of what stands there.
    fn block(&self, first: usize, depth: usize) -> Range<usize> {
        if first >= self.original.len() {
            return 0..0;
        }
        let is_item = |text: &str| text.get(depth..).is_some_and(|text| text.starts_with('-'));
        let has_items = !is_item(self.original(first));
        let is_below = |line: &&String| {
            line.trim().is_empty()
                || indentation(line) > depth
                || (has_items && indentation(line) == depth && is_item(line))
        };
        let more = self.original.iter().skip(first + 1).take_while(is_below);
        first..first + 1 + more.count()
    }

    /// What stands at a place: a name with its value, or an item; and what stays of its first line.
    fn at(&self, line: u64, column: u64) -> (Range<usize>, String) {
        let first = index(line);
        let text = self.original(first);
        let dash = indentation(text);
        let names = text.trim_start().strip_prefix("- ");
        let is_behind_dash = usize::try_from(column).is_ok_and(|column| column > dash + 1);
        // Of an item that has more names, one alone is taken out.
        if is_behind_dash && names.is_some_and(|names| !names.starts_with(['{', '['])) {
            return (self.block(first, dash + 2), format!("{}-", " ".repeat(dash)));
        }
        (self.block(first, dash), String::new())
    }

    /// The item, or the names with their values, that a line belongs to.
    fn around(&self, line: usize) -> Range<usize> {
        let text = self.original(line);
        let depth = indentation(text);
        if text.trim_start().starts_with('-') {
            return self.block(line, depth);
        }
        let above = (0..line).rev().find(|at| {
            let text = self.original(*at);
            !text.trim().is_empty() && indentation(text) < depth
        });
        above.map_or(line..line + 1, |above| {
            self.block(above, indentation(self.original(above)))
        })
    }

    /// What a mistake is about that comes of what was taken out: that something is missing there then, or that nothing is left, is
    /// no mistake of the person's.
    fn emptied(&self, line: u64, what: &str) -> Option<Range<usize>> {
        let line = index(line);
        let is_gap = |at: usize| self.gaps.get(at).copied().unwrap_or(false);
        let own = self.block(line, indentation(self.original(line)));
        let below = || own.clone().skip(1);
        let is_blank = |at: usize| self.lines.get(at).is_none_or(|line| line.trim().is_empty());
        let now = self.lines.get(line).map_or("", |line| line.trim());
        if now.ends_with([':', '-']) && below().any(is_gap) && below().all(is_blank) {
            return Some(own);
        }
        let around = self.around(line);
        let is_missing = what.contains("is missing here") && around.clone().any(is_gap);
        (is_gap(line) || is_missing).then_some(around)
    }

    /// The flow mapping in which something is missing because an entry of it was taken.
    fn emptied_flow(&self, (line, column): (u64, u64), what: &str) -> Option<flow::Spot> {
        let missing = what.contains("is missing here");
        let (from, to) = flow::collection(&self.lines, (index(line), index(column))).filter(|_| missing)?;
        let is_cut = self.cuts.iter().any(|cut| (from..=to).contains(cut));
        is_cut.then_some(from)
    }

    /// Takes an entry of a flow collection out, where blanks take its place: the columns behind it stay what they are. False
    /// where the rest could not be read any more although the whole could.
    fn blank(&mut self, entry: &[(usize, Range<usize>)]) -> bool {
        let lines = self.lines.clone();
        let could_be_read = is_yaml(&self.written());
        for (at, taken) in entry {
            if let Some(line) = self.lines.get_mut(*at) {
                let kept = |(column, character)| if taken.contains(&column) { ' ' } else { character };
                *line = line.chars().enumerate().map(kept).collect();
            }
        }
        if lines == self.lines || (could_be_read && !is_yaml(&self.written())) {
            self.lines = lines;
            return false;
        }
        self.cuts
            .extend(entry.first().map(|(at, taken)| (*at, taken.start)));
        true
    }

    /// Takes lines out, all but `rest` of the first. False where nothing was taken, or where the rest could not be read any more
    /// although the whole could.
    fn take_out(&mut self, block: Range<usize>, rest: String) -> bool {
        let (lines, gaps) = (self.lines.clone(), self.gaps.clone());
        let could_be_read = is_yaml(&self.written());
        let first = block.start;
        for at in block {
            if let (Some(line), Some(gap)) = (self.lines.get_mut(at), self.gaps.get_mut(at)) {
                line.clear();
                *gap = true;
            }
        }
        if let Some(line) = self.lines.get_mut(first) {
            *line = rest;
        }
        if lines == self.lines || (could_be_read && !is_yaml(&self.written())) {
            (self.lines, self.gaps) = (lines, gaps);
            return false;
        }
        true
    }
}

/// The index of a line that is numbered from 1.
fn index(line: u64) -> usize {
    usize::try_from(line.max(1) - 1).unwrap_or(usize::MAX)
}

/// How far in a line begins.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_yaml(text: &str) -> bool {
    serde_yaml::from_str::<serde_json::Value>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fleetui_api::yaml_mistake::YamlMistake;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct File {
        #[serde(default)]
        flag: bool,
        #[serde(default)]
        items: Vec<Item>,
        #[serde(default)]
        names: BTreeMap<String, BTreeMap<String, bool>>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Item {
        name: String,
        #[serde(default)]
        flag: bool,
    }

    fn lines(text: &str) -> Vec<u64> {
        let read = |text: &str| {
            let error = serde_yaml::from_str::<File>(text).err();
            let wrong = error.map(|error| YamlMistake::of(&error, false));
            wrong
                .map(|wrong| (wrong.line, wrong.column, wrong.what))
                .into_iter()
                .collect()
        };
        every(text, read).into_iter().map(|(line, ..)| line).collect()
    }

    #[test]
    fn every_mistake_is_found_on_its_line() {
        let cases: [(&str, &[u64]); 15] = [
            ("flag: true\n", &[]),
            ("flag: perhaps\nflg: true\nitems: []\nitem: 1\n", &[1, 2, 4]),
            ("flag: true\nflag: false\nzzz: 1\n", &[2, 3]),
            // An item keeps what is right in it, and is not told to lack what was wrong.
            (
                "items:\n- nme: a\n  flg: true\n  flag: no way\n- name: b\n  falg: true\n",
                &[2, 3, 4, 6],
            ),
            ("items:\n- flag: true\n- name: b\n  flag: perhaps\n", &[2, 4]),
            ("items:\n- {nme: a}\n- {name: b, flag: perhaps}\n", &[2, 3]),
            ("names:\n  a:\n    b: perhaps\n    c: true\n  d: 3\n", &[3, 5]),
            (
                "items:\n- nme: a\n  flag: true\n- flag: x\n  nam: b\n- flag: true\n",
                &[2, 4, 5, 6],
            ),
            // What cannot be taken apart is told as far as it is understood.
            ("flag: [\n", &[1]),
            ("items: [{nme: a,\n flag: x}]\nzzz: 1\n", &[1, 2, 3]),
            // Of a flow collection an entry alone is taken out, too; what is in quotes or behind a # parts nothing.
            ("items:\n- {nme: a, flg: true, flag: no way}\n", &[2, 2, 2]),
            (
                "items: [{nme: \"a, }\"}, {flag: x, name: 'it''s, [', z: 1}] # , {\n",
                &[1, 1, 1],
            ),
            ("items: [{name: a}, {flag: true}]\nflg: 1\n", &[1, 2]),
            ("{flag: perhaps, items: [], item: 1}\n", &[1, 1]),
            ("items: [{nme: a}, {flag: true}]\n", &[1, 1]),
        ];
        for (text, expected) in cases {
            assert_eq!(lines(text), expected, "{text}");
        }
    }
}
