//! What a cluster can be made from: the templates of the program, and others that somebody has written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::builtin;
use super::class::VariableRule;
use super::meanings;

/// A template, and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flavour {
    /// How it is called: its name, or that of its file. Not yet safe to show where it is a file's.
    pub name: String,
    /// What it is.
    pub sort: Sort,
    /// The text of the template.
    pub text: String,
    /// What is known of the values of its variables, by their names.
    #[serde(default)]
    pub rules: BTreeMap<String, VariableRule>,
}

/// What a flavour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// Hosts of one's own.
    Byoh,
    /// Machines that are made up.
    Simulated,
    /// A template that somebody has written.
    Template,
    /// A Cluster of a ClusterClass.
    Class,
}

impl Flavour {
    /// A template that somebody has written.
    pub fn template(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            sort: Sort::Template,
            text: text.to_owned(),
            rules: BTreeMap::new(),
        }
    }

    /// What its machines are, in a few words.
    pub fn about(&self) -> &'static str {
        match (self.sort, builtin::ALL.iter().find(|it| it.name == self.name)) {
            (Sort::Byoh | Sort::Simulated, Some(built_in)) => built_in.about,
            (Sort::Class, _) => "a ClusterClass",
            (Sort::Byoh | Sort::Simulated | Sort::Template, _) => "a template with ${VARIABLES}",
        }
    }

    /// What a variable of it is for, where that is known.
    pub fn meaning(&self, variable: &str) -> Option<&str> {
        if let Some(rule) = self.rules.get(variable) {
            return Some(rule.meaning.as_str()).filter(|meaning| !meaning.is_empty());
        }
        let own = builtin::ALL.iter().find(|it| it.name == self.name);
        let own = own.filter(|_| matches!(self.sort, Sort::Byoh | Sort::Simulated));
        let mut meanings = own.into_iter().flat_map(|built_in| built_in.meanings);
        let found = meanings.find(|(name, _)| *name == variable);
        found
            .map(|(_, meaning)| *meaning)
            .or_else(|| meanings::meaning(variable))
    }
}

/// The flavours that come with the program.
pub fn built_ins() -> Vec<Flavour> {
    builtin::ALL
        .iter()
        .map(|built_in| Flavour {
            name: built_in.name.to_owned(),
            sort: if built_in.name == "byoh" {
                Sort::Byoh
            } else {
                Sort::Simulated
            },
            text: built_in.template.to_owned(),
            rules: BTreeMap::new(),
        })
        .collect()
}

/// The one of that name.
pub fn built_in(name: &str) -> Option<Flavour> {
    built_ins().into_iter().find(|flavour| flavour.name == name)
}

#[cfg(test)]
mod tests {
    use fleetui_rules::template::Template;

    use super::super::variables::KUBERNETES_MINOR;
    use super::*;

    #[test]
    fn every_variable_of_a_built_in_template_has_a_meaning() {
        assert_eq!(built_ins().len(), 2);
        for flavour in built_ins() {
            let variables = Template::parse(&flavour.text).unwrap().variables().into_keys();
            for name in variables.filter(|name| name != KUBERNETES_MINOR) {
                assert!(flavour.meaning(&name).is_some(), "{name}");
            }
        }
    }
}
