//! Names of objects behind `fleetui get SORT`, as kubectl takes them.

use clap::Args;

/// Which objects are meant.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct NamesArgs {
    /// Only those of these names; where one is not there, the exit status is 1
    #[arg(value_name = "NAME", conflicts_with_all = ["filter", "selector", "faults"])]
    names: Vec<String>,
}

impl NamesArgs {
    /// Whether an object of that name is meant; all are where none is named.
    pub(super) fn mean(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|meant| meant == name)
    }

    /// What of the names is not there, each in a sentence as kubectl says it.
    pub(super) fn missing<'a>(&self, kind: &str, there: impl Iterator<Item = &'a str>) -> Vec<String> {
        let there: std::collections::HashSet<&str> = there.collect();
        let missing = self.names.iter().filter(|name| !there.contains(name.as_str()));
        missing.map(|name| not_found(kind, name)).collect()
    }
}

/// That there is no object of that name.
pub(super) fn not_found(kind: &str, name: &str) -> String {
    format!("{kind} {name:?} not found")
}

/// That there is none at all, or none that matches.
pub(super) fn none_found(what: &str, hidden: usize) -> String {
    match hidden {
        0 => format!("no {what} found"),
        hidden => format!("no {what} found that match; {hidden} do not"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_and_not_there_is_told_of_each() {
        let all = NamesArgs::default();
        assert!(all.mean("a") && all.missing("Cluster", ["b"].into_iter()).is_empty());
        let two = NamesArgs {
            names: ["a", "b"].map(str::to_owned).into(),
        };
        assert!(two.mean("a") && !two.mean("c"));
        let missing = two.missing("Cluster", ["a", "c"].into_iter());
        assert_eq!(missing, ["Cluster \"b\" not found"]);
    }
}
