//! Which lines of a text are new, gone or the same.

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// It is in both.
    Same(String),
    /// It was there before.
    Gone(String),
    /// It is there now.
    New(String),
    /// So many lines that are in both are left out here.
    Between(usize),
}

/// Texts that differ in more than this are told as one gone and the other new: comparing them line by line would hold the screen.
const MOST_COMPARED: usize = 4_000_000;

/// The lines of `before` and `after`, with `context` of what is the same around what is not.
pub fn diff(before: &str, after: &str, context: usize) -> Vec<DiffLine> {
    let before: Vec<&str> = before.lines().collect();
    let after: Vec<&str> = after.lines().collect();
    let head = same(before.iter(), after.iter());
    let rest = before.len().min(after.len()) - head;
    let tail = same(before.iter().rev().take(rest), after.iter().rev().take(rest));
    let middle = |lines: &[&'_ str]| -> Vec<String> {
        let end = lines.len() - tail;
        lines
            .iter()
            .take(end)
            .skip(head)
            .map(|line| (*line).to_owned())
            .collect()
    };
    let owned = |line: &&str| DiffLine::Same((*line).to_owned());
    let mut lines: Vec<DiffLine> = before.iter().take(head).map(owned).collect();
    lines.extend(changed(&middle(&before), &middle(&after)));
    lines.extend(before.iter().skip(before.len() - tail).map(owned));
    shortened(lines, context)
}

fn same<'a>(one: impl Iterator<Item = &'a &'a str>, other: impl Iterator<Item = &'a &'a str>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// The longest lines in common stay, the others go or come.
fn changed(before: &[String], after: &[String]) -> Vec<DiffLine> {
    let gone = |line: &String| DiffLine::Gone(line.clone());
    let new = |line: &String| DiffLine::New(line.clone());
    if before.len().saturating_mul(after.len()) > MOST_COMPARED {
        return before.iter().map(gone).chain(after.iter().map(new)).collect();
    }
    let mut lines = Vec::new();
    let (mut at, mut to) = (0, 0);
    for (one, other) in super::patch::in_common(before, after) {
        lines.extend(before.iter().take(one).skip(at).map(gone));
        lines.extend(after.iter().take(other).skip(to).map(new));
        lines.extend(before.get(one).map(|line| DiffLine::Same(line.clone())));
        (at, to) = (one + 1, other + 1);
    }
    lines.extend(before.iter().skip(at).map(gone));
    lines.extend(after.iter().skip(to).map(new));
    lines
}

/// Leaves out what is far from every change.
fn shortened(lines: Vec<DiffLine>, context: usize) -> Vec<DiffLine> {
    let is_same = |line: &DiffLine| matches!(line, DiffLine::Same(_));
    let mut near = vec![false; lines.len()];
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| !is_same(line)) {
        let from = at.saturating_sub(context);
        near.iter_mut()
            .skip(from)
            .take(at - from + context + 1)
            .for_each(|near| *near = true);
    }
    let mut shown = Vec::new();
    for (line, near) in lines.into_iter().zip(near) {
        match (near, shown.last_mut()) {
            (true, _) => shown.push(line),
            (false, Some(DiffLine::Between(more))) => *more += 1,
            (false, _) => shown.push(DiffLine::Between(1)),
        }
    }
    shown
}
