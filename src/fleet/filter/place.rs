//! Filters over management clusters, of which there is no row: a name, and what is told of them.

use fleetui_base::ManagementCluster;

use super::Filter;
use super::column::Column;
use super::term::{Term, contains, is_same};

impl Filter {
    /// Whether a management cluster matches, of which `text` is told. Terms about what only objects have never do; of which group
    /// it has to be is asked with `is_of_group`.
    pub fn matches_place(&self, name: &ManagementCluster, text: &str) -> bool {
        self.terms
            .iter()
            .all(|term| term.matches_place(name.as_str(), text))
    }
}

impl Term {
    fn matches_place(&self, name: &str, told: &str) -> bool {
        match self {
            Self::Text(text, absent) => (contains(name, text) || contains(told, text)) != *absent,
            Self::Same(Column::ManagementCluster | Column::Name, text, wanted) => {
                is_same(name, text) == *wanted
            }
            other => other.matches_text(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn management_clusters_are_found_by_their_name_and_by_what_is_told_of_them() {
        let name = ManagementCluster::new("mgmt-tokyo");
        let cases = [
            ("tokyo", true),
            ("offline refused", true),
            ("!offline", false),
            ("mgmt=mgmt-tokyo", true),
            ("mgmt!=mgmt-tokyo", false),
            ("-f mtky", true),
            ("kind=machine", false),
            ("age>1h", false),
        ];
        for (typed, expected) in cases {
            let filter = Filter::parse(typed).unwrap().unwrap();
            let found = filter.matches_place(&name, "offline: connection refused");
            assert_eq!(found, expected, "{typed}");
        }
    }
}
