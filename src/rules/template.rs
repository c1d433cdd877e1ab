//! Templates of clusters and their `${VARIABLES}`, in the dialect that clusterctl reads: bash's parameter expansion inside of
//! braces, nothing else.
//!
//! `$NAME` without braces stays as it is, so that scripts in templates keep their own variables; `$${NAME}` writes `${NAME}`.
//!
//! Source: clusterctl's simple YAML processor, which is `drone/envsubst` after a step that takes blanks inside of braces away.

mod expansion;
mod glob;
mod parse;

use std::collections::BTreeMap;

use thiserror::Error;

use expansion::Expansion;

/// A template, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// As it stands.
    Text(String),
    /// A variable, and what is done to its value.
    Variable(String, Expansion),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct TemplateError {
    /// The line of the mistake, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// Variables without a value and without a default.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("value for variables [{}] is not set", .0.join(", "))]
pub struct Missing(pub Vec<String>);

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::parse(text).map(Self)
    }

    /// The variables by name, each with the first default that the template has for it.
    pub fn variables(&self) -> BTreeMap<String, Option<String>> {
        let mut found = BTreeMap::new();
        collect(&self.0, &mut found);
        found
    }

    /// The text with values in place of variables. Where `value` has none, the template's own default counts.
    ///
    /// Fails with the names of all variables that have neither.
    pub fn render(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, Missing> {
        let variables = self.variables();
        let missing: Vec<String> = variables
            .iter()
            .filter(|(name, default)| default.is_none() && value(name).is_none())
            .map(|(name, _)| name.clone())
            .collect();
        if !missing.is_empty() {
            return Err(Missing(missing));
        }
        let known = |name: &str| value(name).unwrap_or_default();
        Ok(write(&self.0, &known))
    }
}

fn collect(pieces: &[Piece], found: &mut BTreeMap<String, Option<String>>) {
    for piece in pieces {
        let Piece::Variable(name, expansion) = piece else {
            continue;
        };
        let default = match expansion {
            Expansion::Default(pieces) => Some(as_written(pieces)),
            _ => None,
        };
        let known = found.entry(name.clone()).or_insert(None);
        if known.is_none() {
            *known = default;
        }
        for part in expansion.parts() {
            collect(part, found);
        }
    }
}

/// A default as the template has it, with the variables in it by name.
fn as_written(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Variable(name, _) => format!("${{{name}}}"),
    };
    pieces.iter().map(text).collect()
}

fn write(pieces: &[Piece], value: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable(name, expansion) => {
                out.push_str(&expansion.apply(&value(name), &|pieces| write(pieces, value)));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
