//! What a cluster can be made from: the templates of the program, and others that somebody has written.

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::kinds::Role;
use fleetui_base::ManagementCluster;
use serde::{Deserialize, Serialize};

use super::builtin;
use super::form::Form;
use super::meanings;
use super::sets::WorkerSet;
use super::variable_rule::VariableRule;
use super::variables::Variables;
use crate::store::FleetStore;

/// The file of a directory's plain template.
pub const PLAIN: &str = "cluster-template.yaml";

/// Which flavor of its directory a file is, `eks` of `cluster-template-eks.yaml`; nothing where it is none.
pub fn flavor_of_file(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("cluster-template-")?.strip_suffix(".yaml")?;
    (!rest.is_empty()).then_some(rest)
}

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
    /// Templates of ClusterClasses that came with it, by their names: each is created with the cluster where it is not there yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, String>,
    /// The sets of workers of a ClusterClass, one for each of its classes of workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerSet>,
    /// Whether it is a class whose clusters take hosts of one's own.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub takes_hosts: bool,
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
            classes: BTreeMap::new(),
            workers: Vec::new(),
            takes_hosts: false,
        }
    }

    /// The names of the ClusterClasses that its clusters are of; none where it is no template, or names them by a variable.
    pub fn names_of_classes(&self) -> Vec<String> {
        let nowhere = ManagementCluster::new("");
        let form = Form::new(self.clone(), nowhere, &Variables::default());
        form.map(|form| form.classes()).unwrap_or_default()
    }

    /// Has the classes created that came with it, as clusterctl does: those that are not there in that management cluster.
    pub fn bring_classes(&mut self, store: &FleetStore, management_cluster: &ManagementCluster) {
        let rows = store.rows(Some(management_cluster));
        let there: BTreeSet<&str> = rows
            .filter(|row| row.facts.role == Role::ClusterClass)
            .map(|row| row.facts.object.name.as_str())
            .collect();
        for (name, text) in std::mem::take(&mut self.classes) {
            if !there.contains(name.as_str()) {
                self.text = format!("{}\n---\n{text}", self.text.trim_end());
            }
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
            classes: BTreeMap::new(),
            workers: Vec::new(),
            takes_hosts: false,
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
    use crate::fixtures::{mgmt, object, store};

    #[test]
    fn classes_that_came_with_a_template_are_made_where_they_are_not_there() {
        for (line, named) in [
            ("class: quick", &["quick"][..]),
            ("classRef: {name: quick, namespace: a}", &["quick"]),
            ("version: v1.33.4", &[]),
        ] {
            let text = format!(
                "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {{name: \"${{CLUSTER_NAME}}\"}}\nspec:\n  topology:\n    {line}\n"
            );
            let mut flavour = Flavour::template("t.yaml", &text);
            assert_eq!(flavour.names_of_classes(), named, "{line}");
            let class = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: ClusterClass\nmetadata: {name: quick}\n";
            flavour.classes.insert("quick".to_owned(), class.to_owned());
            let there = store(&[object(crate::fixtures::CORE, "ClusterClass", "quick")]);
            let mut other = flavour.clone();
            other.bring_classes(&there, &mgmt("mgmt-taipei"));
            assert_eq!(other.text, text, "it is there");
            other = flavour.clone();
            other.bring_classes(&there, &mgmt("mgmt-tokyo"));
            assert!(other.text.ends_with(&format!("\n---\n{class}")), "{}", other.text);
            assert!(other.classes.is_empty());
        }
    }

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
