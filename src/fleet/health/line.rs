//! Messages of conditions, which may be nested lists, as one line: the deepest thing that is said first.

use std::borrow::Cow;

use fleetui_api::facts::CompactCondition;

/// The longest line that is made; nobody reads further in a table.
const LONGEST_LINE: usize = 300;

/// What a condition says, in one line.
pub(crate) fn of(condition: &CompactCondition) -> String {
    one_line(condition.message(), &condition.reason)
}

/// The first and deepest thing that `message` says, else the reason, without what carries no meaning.
pub(super) fn one_line(message: &str, reason: &str) -> String {
    let said = first_said(message);
    if said.is_empty() {
        plain_reason(reason).to_owned()
    } else {
        cut(said)
    }
}

/// The type of the condition that the first bullet of a summary comes from.
pub(super) fn first_type(message: &str) -> Option<&str> {
    let bullet = message.lines().find_map(|line| line.trim().strip_prefix("* "))?;
    let (kind, _) = bullet.split_once(':')?;
    (!kind.is_empty() && !says_more_than_type(kind)).then_some(kind)
}

/// The message of a summary without the bullet of a condition; whole where nothing else is in it.
pub(super) fn without<'m>(message: &'m str, kind: &str) -> Cow<'m, str> {
    let bullet = format!("* {kind}:");
    let mut is_of_it = false;
    let others = message.lines().filter(|line| {
        if line.starts_with("* ") {
            is_of_it = line.starts_with(&bullet);
        }
        !is_of_it
    });
    let others: Vec<&str> = others.collect();
    let is_rest = others.iter().any(|line| !line.trim().is_empty());
    if is_rest && others.len() < message.lines().count() {
        return others.join("\n").into();
    }
    message.into()
}

/// Text as one line, its line breaks as spaces.
pub(super) fn flat(text: &str) -> String {
    cut(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A reason that only repeats its condition's status says nothing.
pub(super) fn plain_reason(reason: &str) -> &str {
    match reason {
        "NotReady" | "NotAvailable" | "ReadyUnknown" | "AvailableUnknown" | "Ready" | "Available" => "",
        // Aggregates of the old model write where they have it from behind it.
        _ => reason.split_once(" @ ").map_or(reason, |(reason, _)| reason),
    }
}

/// Follows the first bullet of a nested list down to where something is said:
///
/// ```text
/// * WorkersAvailable:
///   * MachineDeployment md-0: 2 available replicas, at least 3 required
/// ```
fn first_said(message: &str) -> String {
    let mut lines = message.lines().filter(|line| !line.trim().is_empty()).peekable();
    let mut headings: Vec<&str> = Vec::new();
    while let Some(line) = lines.next() {
        let text = line.trim().trim_start_matches("* ").trim();
        let ends_open = text.ends_with(':') && lines.peek().is_some_and(|next| indent(next) >= indent(line));
        if ends_open {
            headings.push(text.trim_end_matches(':'));
            continue;
        }
        let mut said = without_type(text).to_owned();
        // Lines that hang below belong to the same sentence, as long as no new bullet begins.
        while let Some(next) = lines.next_if(|next| !next.trim_start().starts_with("* ")) {
            said.push(' ');
            said.push_str(next.trim());
        }
        let last = headings.last().filter(|heading| says_more_than_type(heading));
        return match last {
            Some(heading) => format!("{heading}: {}", flat_inline(&said)),
            None => flat_inline(&said),
        };
    }
    headings
        .last()
        .map(|heading| (*heading).to_owned())
        .unwrap_or_default()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A bullet of a summary begins with the type of the condition that it comes from. Where a sentence follows, that is enough.
fn without_type(text: &str) -> &str {
    match text.split_once(": ") {
        Some((kind, rest)) if !says_more_than_type(kind) && rest.contains(' ') => {
            without_type(rest.trim_start_matches("* "))
        }
        _ => text,
    }
}

/// Whether a heading is more than a condition's type, which is one word in capitals and small letters.
fn says_more_than_type(heading: &str) -> bool {
    !heading.starts_with(|first: char| first.is_ascii_uppercase())
        || !heading.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn flat_inline(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(mut line: String) -> String {
    if line.len() > LONGEST_LINE {
        let end = (0..=LONGEST_LINE).rev().find(|end| line.is_char_boundary(*end));
        line.truncate(end.unwrap_or(0));
        line.push('…');
    }
    line
}
