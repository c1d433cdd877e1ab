//! Label selectors behind `-l`, as far as rows keep labels.

use fleetui_api::labels;

use super::FilterError;
use crate::row::Row;

/// One requirement of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    key: String,
    /// One of these; absent: only whether the label is there.
    values: Option<Vec<String>>,
    /// Whether it has to hold, or must not.
    wanted: bool,
}

/// Reads `key=value,other!=value,key,!key,site in (a,b),site notin (c)`, as kubectl does.
pub(super) fn parse(selector: &str) -> Result<Vec<Label>, FilterError> {
    let mut depth = 0_usize;
    let at_comma = |character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    };
    selector
        .split(at_comma)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(requirement)
        .collect()
}

/// Whether a set in a selector is begun and not ended, or the word behind it begins one.
pub(super) fn goes_on(selector: &str, next: &str) -> bool {
    let opened = selector.matches('(').count() > selector.matches(')').count();
    let operator = |word: &str| {
        ["in", "notin"]
            .iter()
            .any(|name| word == *name || starts_set(word, name))
    };
    let last = selector.rsplit([' ', ',']).next().unwrap_or_default();
    opened || operator(next) || (["in", "notin"].contains(&last) && next.starts_with('('))
}

fn starts_set(word: &str, operator: &str) -> bool {
    word.strip_prefix(operator)
        .is_some_and(|rest| rest.starts_with('('))
}

fn requirement(text: &str) -> Result<Label, FilterError> {
    let (key, values, wanted) = if let Some((left, set)) = text.split_once('(') {
        set_of(text, left, set)?
    } else if let Some((key, value)) = text.split_once("!=") {
        (key, Some(vec![one(value)?]), false)
    } else if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        (key, Some(vec![one(value)?]), true)
    } else if let Some(key) = text.strip_prefix('!') {
        (key, None, false)
    } else {
        (text, None, true)
    };
    let key = key.trim();
    if key.is_empty() {
        return Err(FilterError::new(
            "-l needs a label: -l key=value, -l key or -l '!key'",
        ));
    }
    if key.contains([' ', ')']) {
        return Err(FilterError::new(format!(
            "{key:?} is no label's key; a set is written: -l 'key in (a,b)'"
        )));
    }
    if is_forgotten(key) {
        return Err(FilterError::new(format!(
            "the label {key} is not kept in lists; use cluster=, kind= or a text instead"
        )));
    }
    Ok(Label {
        key: key.to_owned(),
        values,
        wanted,
    })
}

/// `key in (a,b)`: what stands before the parenthesis, and what behind it.
fn set_of<'a>(
    text: &str,
    left: &'a str,
    set: &str,
) -> Result<(&'a str, Option<Vec<String>>, bool), FilterError> {
    let wrong = || FilterError::new(format!("{text:?} is no set; it is written: -l 'key in (a,b)'"));
    let inside = set.trim_end().strip_suffix(')').ok_or_else(wrong)?;
    let (key, operator) = left.trim_end().rsplit_once(' ').ok_or_else(wrong)?;
    let wanted = match operator {
        "in" => true,
        "notin" => false,
        _ => return Err(wrong()),
    };
    let values: Result<Vec<String>, FilterError> = inside.split(',').map(one).collect();
    Ok((key, Some(values?), wanted))
}

/// A label's value.
fn one(value: &str) -> Result<String, FilterError> {
    let value = value.trim();
    if value.contains(['=', '!', '(', ')', ' ']) {
        return Err(FilterError::new(format!(
            "{value:?} cannot be a label's value; labels are separated by commas: -l a=b,c=d"
        )));
    }
    Ok(value.to_owned())
}

/// Labels that Cluster API writes for itself are not kept; two of them are answered from other fields.
fn is_forgotten(key: &str) -> bool {
    let own = key.starts_with("cluster.x-k8s.io/")
        || key.starts_with("topology.cluster.x-k8s.io/")
        || key == labels::MACHINE_TEMPLATE_HASH;
    own && key != labels::CLUSTER_NAME && key != labels::CONTROL_PLANE
}

impl Label {
    pub(super) fn matches(&self, row: &Row) -> bool {
        let facts = &row.facts;
        let found = match self.key.as_str() {
            labels::CLUSTER_NAME => facts.cluster.as_deref(),
            labels::CONTROL_PLANE => facts.control_plane.then_some(""),
            key => facts
                .labels
                .iter()
                .find(|(own, _)| own == key)
                .map(|(_, value)| value.as_str()),
        };
        let holds = match (&self.values, found) {
            (Some(values), Some(found)) => values.iter().any(|value| value == found),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        holds == self.wanted
    }
}
