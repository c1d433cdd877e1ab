//! Filters over what is told of objects, such as acts: it has no row of its own, but an object, a text and a time.

use fleetui_base::ObjectKey;
use jiff::Timestamp;

use super::Filter;
use super::column::Column;
use super::term::{Term, contains, in_order, is_aged, is_same};

/// Something that is told of an object.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The object.
    pub of: &'a ObjectKey,
    /// Everything that is told of it.
    pub text: &'a str,
    /// When that was.
    pub at: Timestamp,
}

impl Filter {
    /// Whether what is told of an object matches. Terms about what only objects themselves have never do.
    pub fn matches_told(&self, told: &Told<'_>, now: Timestamp) -> bool {
        self.terms.iter().all(|term| term.matches_told(told, now))
    }
}

impl Term {
    fn matches_told(&self, told: &Told<'_>, now: Timestamp) -> bool {
        let of = told.of;
        let shared = [
            of.object.name.as_str(),
            of.object.namespace.as_str(),
            of.management_cluster.as_str(),
            told.text,
        ];
        match self {
            Self::Text(text, absent) => shared.iter().any(|searched| contains(searched, text)) != *absent,
            Self::Fuzzy(letters) => in_order(&of.object.name, letters),
            Self::Same(column, text, wanted) => {
                let value = match column {
                    Column::Kind => of.kind.kind.as_ref(),
                    Column::ManagementCluster => of.management_cluster.as_str(),
                    Column::Name => of.object.name.as_str(),
                    Column::Namespace => of.object.namespace.as_str(),
                    Column::Cluster if of.kind.kind.as_ref() == "Cluster" => of.object.name.as_str(),
                    _ => return false,
                };
                is_same(value, text) == *wanted
            }
            Self::Age(comparison, age) => is_aged(told.at, *comparison, *age, now),
            // Of which group it has to be is asked apart.
            Self::Group(..) => true,
            Self::Ready(..) | Self::Paused(_) | Self::Health(..) | Self::Version(..) | Self::Label(_) => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn what_is_told_is_found_by_its_object_its_words_and_its_age() {
        let of = ObjectKey::new(
            ManagementCluster::new("mgmt-tokyo"),
            GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
            ObjectName::new("prod", "payments-md-0"),
        );
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let told = Told {
            of: &of,
            text: "ines scale to 5 done the peak is over",
            at: now - SignedDuration::from_mins(30),
        };
        let cases = [
            ("payments", true),
            ("PEAK ines", true),
            ("tokyo management=mgmt-tokyo", true),
            ("!peak", false),
            ("kind=md", true),
            ("kind=machine", false),
            ("mgmt=mgmt-tokyo ns=prod", true),
            ("mgmt!=mgmt-tokyo", false),
            ("-f pmd0", true),
            ("age<1h", true),
            ("age>1h", false),
            ("ready=false", false),
            ("cluster=payments", false),
        ];
        for (typed, expected) in cases {
            let filter = Filter::parse(typed).unwrap().unwrap();
            assert_eq!(filter.matches_told(&told, now), expected, "{typed}");
        }
    }
}
