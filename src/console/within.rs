//! Which part of the fleet a list is asked for with its name, in the order that k9s has, `:machines team-a /web @mgmt-tokyo`, or
//! in another one.
//!
//! Must not know: what the list is of.

use compact_str::CompactString;
use fleetui_base::ManagementCluster;
use fleetui_fleet::FleetStore;
use fleetui_fleet::filter::{Filter, pieces};

use crate::list::Ground;
use crate::near::{near, suggestion};

/// What was asked for with a list, whatever is shown elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Within {
    /// This management cluster alone.
    pub at: Option<ManagementCluster>,
    /// This namespace alone.
    pub namespace: Option<CompactString>,
}

impl Within {
    /// Reads `team-a /ready=false @mgmt-tokyo`: `@` and a management cluster in any place, a namespace in the first, and a filter.
    /// A first word that is no namespace of the fleet is of the filter.
    ///
    /// # Errors
    /// A management cluster that is not there, with those that may have been meant; two of them; what is no filter.
    pub fn read(text: &str, fleet: &FleetStore) -> Result<(Self, Option<Filter>), String> {
        let mut within = Self::default();
        let mut words: Vec<&str> = Vec::new();
        for word in pieces(text) {
            match word.strip_prefix('@') {
                Some(name) => within.take_place(name, fleet)?,
                None => words.push(word),
            }
        }
        let namespaces = fleet.namespaces();
        if let Some(first) = words.first().filter(|first| namespaces.contains(**first)) {
            within.namespace = Some(CompactString::from(*first));
            words.remove(0);
        }
        let text = words.join(" ");
        let filter = Filter::parse(text.strip_prefix('/').unwrap_or(&text));
        Ok((within, filter.map_err(|error| error.to_string())?))
    }

    fn take_place(&mut self, name: &str, fleet: &FleetStore) -> Result<(), String> {
        let known = ManagementCluster::new(name);
        if fleet.session(&known).is_none() {
            let sessions = fleet.sessions();
            let names: Vec<&str> = sessions
                .map(|session| session.management_cluster.as_str())
                .collect();
            let mut meant = near(name, names.iter().copied());
            if meant.is_empty() && !name.is_empty() {
                meant = names;
                meant.retain(|known| known.contains(name));
            }
            let hint = match suggestion(&meant) {
                none if none.is_empty() => "; :ctx shows which there are".to_owned(),
                hint => hint,
            };
            return Err(format!("there is no management cluster '{name}'{hint}"));
        }
        if let Some(other) = self.at.replace(known).filter(|other| other.as_str() != name) {
            return Err(format!(
                "@{other} and @{name} cannot both be meant: name one, or none for all"
            ));
        }
        Ok(())
    }

    /// The management cluster that is meant: the one that was asked for, else the one that is shown alone.
    pub fn only(&self, ground: Ground<'_>) -> Option<ManagementCluster> {
        self.at.clone().or_else(|| ground.only.cloned())
    }

    /// The namespace that is meant: the one that was asked for, else the one that is shown alone.
    pub fn only_namespace(&self, ground: Ground<'_>) -> Option<CompactString> {
        let shown = || ground.namespace.map(CompactString::from);
        self.namespace.clone().or_else(shown)
    }

    /// The line that opens a list with it, and with a filter where there is one.
    pub fn line(&self, list: &str, filter: Option<&Filter>) -> String {
        let namespace = self.namespace.as_ref();
        let parts = [
            namespace.map(|namespace| format!(" {namespace}")),
            self.at.as_ref().map(|at| format!(" @{at}")),
            filter.map(|filter| format!(" /{}", filter.text())),
        ];
        let parts: String = parts.into_iter().flatten().collect();
        format!("{list}{parts}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::app;

    #[test]
    fn the_place_stands_anywhere_the_namespace_first_and_the_rest_is_the_filter() {
        let app = app((80, 24));
        let read = |text: &str| {
            let (within, filter) = Within::read(text, app.fleet()).unwrap();
            (
                within.namespace.map(|it| it.to_string()).unwrap_or_default(),
                within.at.map(|it| it.to_string()).unwrap_or_default(),
                filter.map(|it| it.text().to_owned()).unwrap_or_default(),
            )
        };
        let cases = [
            ("", ("", "", "")),
            ("@mgmt-tokyo", ("", "mgmt-tokyo", "")),
            ("@mgmt-tokyo /web2", ("", "mgmt-tokyo", "web2")),
            ("/web2 @mgmt-tokyo", ("", "mgmt-tokyo", "web2")),
            (
                "default /ready=false -l a=b @mgmt-tokyo",
                ("default", "mgmt-tokyo", "ready=false -l a=b"),
            ),
            ("@mgmt-tokyo default web2", ("default", "mgmt-tokyo", "web2")),
            ("default", ("default", "", "")),
            // What is no namespace of the fleet is looked for.
            ("team-a", ("", "", "team-a")),
            ("/default", ("", "", "default")),
            ("web2 default", ("", "", "web2 default")),
            // What is quoted is a text.
            ("/\"@mgmt-tokyo\"", ("", "", "\"@mgmt-tokyo\"")),
        ];
        for (text, (namespace, at, filter)) in cases {
            let expected = (namespace.to_owned(), at.to_owned(), filter.to_owned());
            assert_eq!(read(text), expected, "{text}");
            // What is written down of it is read as the same.
            let (within, filter) = Within::read(text, app.fleet()).unwrap();
            let line = within.line("machines", filter.as_ref());
            let rest = line.strip_prefix("machines").unwrap();
            assert_eq!(Within::read(rest, app.fleet()), Ok((within, filter)), "{line}");
        }
    }

    #[test]
    fn a_place_that_is_not_there_is_told_with_the_nearest_name() {
        let app = app((80, 24));
        let error = |text: &str| Within::read(text, app.fleet()).unwrap_err();
        assert_eq!(
            error("/web2 @mgmt-tokio"),
            "there is no management cluster 'mgmt-tokio'; did you mean mgmt-tokyo?"
        );
        assert_eq!(
            error("@tokyo"),
            "there is no management cluster 'tokyo'; did you mean mgmt-tokyo?"
        );
        assert_eq!(
            error("@"),
            "there is no management cluster ''; :ctx shows which there are"
        );
        assert!(error("@mgmt-tokyo @mgmt-taipei").contains("name one, or none"));
        assert!(error("/age=x").contains("age"));
    }
}
