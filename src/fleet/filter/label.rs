//! Label selectors behind `-l`, as far as rows keep labels.

use fleetui_api::labels;

use super::FilterError;
use crate::row::Row;

/// One requirement of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    key: String,
    /// Absent: only whether the label is there.
    value: Option<String>,
    /// Whether it has to hold, or must not.
    wanted: bool,
}

/// Reads `key=value,other!=value,key,!key`.
pub(super) fn parse(selector: &str) -> Result<Vec<Label>, FilterError> {
    selector
        .split(',')
        .filter(|part| !part.is_empty())
        .map(requirement)
        .collect()
}

fn requirement(text: &str) -> Result<Label, FilterError> {
    let split = |sign: &str| {
        text.split_once(sign)
            .map(|(key, value)| (key.to_owned(), Some(value.to_owned())))
    };
    let (key, value, wanted) = if let Some((key, value)) = split("!=") {
        (key, value, false)
    } else if let Some((key, value)) = split("==").or_else(|| split("=")) {
        (key, value, true)
    } else if let Some(key) = text.strip_prefix('!') {
        (key.to_owned(), None, false)
    } else {
        (text.to_owned(), None, true)
    };
    if key.is_empty() {
        return Err(FilterError::new(
            "-l needs a label: -l key=value, -l key or -l '!key'",
        ));
    }
    if is_forgotten(&key) {
        return Err(FilterError::new(format!(
            "the label {key} is not kept in lists; use cluster=, kind= or a text instead"
        )));
    }
    Ok(Label { key, value, wanted })
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
        let holds = match (&self.value, found) {
            (Some(value), Some(found)) => found == value,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        holds == self.wanted
    }
}
