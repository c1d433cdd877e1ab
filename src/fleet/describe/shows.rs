//! `--show-conditions`: of which objects all conditions are shown.

use std::str::FromStr;

use thiserror::Error;

/// What is shown of the conditions of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shows {
    /// The one that its line has room for.
    #[default]
    Nothing,
    /// All.
    All,
    /// Those that are not as one hopes or have something to say, and the two that sum up.
    NonZero,
}

/// The value of the flag: `all`, kinds and `Kind/name`, divided by commas; a `+` behind one shows only what is not zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShowConditions(String);

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid --show-conditions value {0:?}: whitespace is not allowed")]
pub struct ShowConditionsError(String);

impl FromStr for ShowConditions {
    type Err = ShowConditionsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.split(',').any(|item| item.trim() != item) {
            return Err(ShowConditionsError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What is shown, and what stands before the sign that says so.
fn read(item: &str) -> (Shows, &str) {
    match item.strip_suffix('+') {
        Some(wanted) => (Shows::NonZero, wanted),
        None => (Shows::All, item),
    }
}

impl ShowConditions {
    /// What is shown of an object: what the first item that means it says. Case makes no difference.
    pub(super) fn of(&self, kind: &str, name: &str) -> Shows {
        let items = self.0.split(',').filter(|item| !item.is_empty());
        for item in items {
            let is_meant = |wanted: &str, found: &str| wanted.eq_ignore_ascii_case(found);
            let (shows, all) = read(item);
            if is_meant(all, "all") {
                return shows;
            }
            let found = match item.split('/').collect::<Vec<_>>().as_slice() {
                [wanted, named] => {
                    let (shows, named) = read(named);
                    (is_meant(wanted, kind) && is_meant(named, name)).then_some(shows)
                }
                // Whatever stands behind a second stroke, clusterctl takes the first part for a kind.
                [wanted, ..] => {
                    let (shows, wanted) = read(wanted);
                    is_meant(wanted, kind).then_some(shows)
                }
                [] => None,
            };
            if let Some(shows) = found {
                return shows;
            }
        }
        Shows::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_item_that_means_an_object_decides() {
        let of = |text: &str, kind: &str, name: &str| text.parse::<ShowConditions>().unwrap().of(kind, name);
        for (text, kind, name, expected) in [
            ("", "Machine", "a", Shows::Nothing),
            ("all", "Machine", "a", Shows::All),
            ("ALL+", "Machine", "a", Shows::NonZero),
            ("machine", "Machine", "a", Shows::All),
            ("Machine+", "Machine", "a", Shows::NonZero),
            ("Machine", "MachineSet", "a", Shows::Nothing),
            ("Machine/a", "Machine", "a", Shows::All),
            ("machine/A+", "Machine", "a", Shows::NonZero),
            ("Machine/b", "Machine", "a", Shows::Nothing),
            ("Machine/b,,Machine+,all", "Machine", "a", Shows::NonZero),
            ("Machine/a/b", "Machine", "c", Shows::All),
            ("Machine/a/b+", "Machine", "c", Shows::All),
        ] {
            assert_eq!(of(text, kind, name), expected, "{text} for {kind}/{name}");
        }
    }

    #[test]
    fn blanks_are_refused_in_the_words_of_clusterctl() {
        for text in ["Machine, Cluster", " all", "all ", "a,\tb"] {
            let refused = text.parse::<ShowConditions>().unwrap_err().to_string();
            assert_eq!(
                refused,
                format!("invalid --show-conditions value {text:?}: whitespace is not allowed")
            );
        }
        assert!("Kubeadm Control".parse::<ShowConditions>().is_ok());
    }
}
