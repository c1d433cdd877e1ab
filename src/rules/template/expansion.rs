//! What stands behind a variable's name in the braces, and what it makes of the value.

use super::Piece;
use super::glob;

/// What is done to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expansion {
    /// `${v}`.
    Plain,
    /// `${v:-x}`, `${v:=x}`, `${v=x}`: where the value is empty.
    Default(Vec<Piece>),
    /// `${#v}`: its length.
    Length,
    /// `${v^}`, `${v,}`: the first letter, or with two all of them.
    Case {
        /// To capitals.
        upper: bool,
        /// Not only the first.
        all: bool,
    },
    /// `${v:position}`, `${v:position:length}`.
    Part(Vec<Piece>, Option<Vec<Piece>>),
    /// `${v#pattern}`, `${v%pattern}`, with two for as much as fits.
    Trim {
        /// From the beginning, else from the end.
        front: bool,
        /// As much as fits.
        longest: bool,
        /// What goes.
        pattern: Vec<Piece>,
    },
    /// `${v/old/new}` and its kin.
    Replace {
        /// Which ones.
        which: Which,
        /// What goes.
        old: Vec<Piece>,
        /// What comes.
        new: Vec<Piece>,
    },
}

/// Which occurrences are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// `/`.
    First,
    /// `//`.
    All,
    /// `/#`.
    Prefix,
    /// `/%`.
    Suffix,
}

impl Expansion {
    /// The templates inside of it.
    pub(super) fn parts(&self) -> Vec<&[Piece]> {
        match self {
            Self::Plain | Self::Length | Self::Case { .. } => Vec::new(),
            Self::Default(pieces) | Self::Trim { pattern: pieces, .. } => vec![pieces],
            Self::Part(position, length) => {
                let mut parts = vec![position.as_slice()];
                parts.extend(length.as_deref());
                parts
            }
            Self::Replace { old, new, .. } => vec![old, new],
        }
    }

    /// The text that comes of a value; `write` writes the templates inside.
    pub(super) fn apply(&self, value: &str, write: &dyn Fn(&[Piece]) -> String) -> String {
        match self {
            Self::Default(pieces) if value.is_empty() => write(pieces),
            Self::Plain | Self::Default(_) => value.to_owned(),
            Self::Length => value.chars().count().to_string(),
            Self::Case { upper, all } => change_case(value, *upper, *all),
            Self::Part(position, length) => {
                part(value, &write(position), length.as_deref().map(write).as_deref())
            }
            Self::Trim {
                front,
                longest,
                pattern,
            } => trim(value, &write(pattern), *front, *longest),
            Self::Replace { which, old, new } => replace(value, *which, &write(old), &write(new)),
        }
    }
}

fn change_case(value: &str, upper: bool, all: bool) -> String {
    let change = |text: &str| {
        if upper {
            text.to_uppercase()
        } else {
            text.to_lowercase()
        }
    };
    if all {
        return change(value);
    }
    let length = value.chars().next().map_or(0, char::len_utf8);
    let (first, rest) = value.split_at(length);
    change(first) + rest
}

/// A part by its position and length. A position that is no number, or none of the value's, leaves nothing.
fn part(value: &str, position: &str, length: Option<&str>) -> String {
    let whole = value.chars().count();
    let Ok(position) = position.trim().parse::<usize>() else {
        return value.to_owned();
    };
    let length = length.map_or(whole, |length| length.trim().parse().unwrap_or(whole));
    value.chars().skip(position).take(length).collect()
}

fn trim(value: &str, pattern: &str, front: bool, longest: bool) -> String {
    let borders = value.char_indices().map(|(at, _)| at).chain([value.len()]);
    let mut borders: Vec<usize> = borders.collect();
    // The shortest part that could go comes first.
    if front == longest {
        borders.reverse();
    }
    let found = borders.into_iter().find_map(|border| {
        let (head, tail) = value.split_at(border);
        let (goes, stays) = if front { (head, tail) } else { (tail, head) };
        glob::matches(pattern, goes).then_some(stays)
    });
    found.unwrap_or(value).to_owned()
}

fn replace(value: &str, which: Which, old: &str, new: &str) -> String {
    match which {
        Which::First => value.replacen(old, new, 1),
        Which::All => value.replace(old, new),
        Which::Prefix => value
            .strip_prefix(old)
            .map_or_else(|| value.to_owned(), |rest| format!("{new}{rest}")),
        Which::Suffix => value
            .strip_suffix(old)
            .map_or_else(|| value.to_owned(), |rest| format!("{rest}{new}")),
    }
}
