//! That nothing could come of a template, whatever is answered.

use std::collections::BTreeSet;

use fleetui_api::kinds::Role;

use super::flavour::Sort;
use super::form::Form;
use super::render::{STAND_IN, is_cluster};
use crate::store::FleetStore;
use crate::topology;

impl Form {
    /// Whether a Cluster is in its template. Of a text that is read only with its answers, that is left open.
    ///
    /// # Errors
    /// What is in it instead, and what can be done.
    pub fn has_cluster(&self) -> Result<(), String> {
        let objects = self.outline();
        let mut kinds: Vec<&str> = Vec::new();
        for kind in objects.iter().filter_map(|object| object.get("kind")?.as_str()) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if kinds.is_empty() || objects.iter().any(is_cluster) {
            return Ok(());
        }
        Err(format!(
            "there is no Cluster in {}, only {}: apply it by itself, and create the cluster from what has one",
            self.flavour.name,
            kinds.join(", ")
        ))
    }

    /// Whether anything comes of a topology in its management cluster: somebody reconciles them, and the class that a template
    /// names is there or is made with the Cluster. Which class that is may still be to be answered.
    ///
    /// # Errors
    /// Why not, and what can be done.
    pub(super) fn topology_comes_to_something(&self, store: &FleetStore) -> Result<(), String> {
        let there = &self.management_cluster;
        topology::runs(store, there)?;
        if self.flavour.sort != Sort::Template {
            return Ok(());
        }
        let objects = self.outline();
        let rows = store.rows(Some(there));
        let rows = rows.filter(|row| row.facts.role == Role::ClusterClass);
        let mut known: BTreeSet<&str> = rows.map(|row| row.facts.object.name.as_str()).collect();
        known.extend(objects.iter().filter_map(|object| {
            let is_class = object.get("kind")?.as_str()? == "ClusterClass";
            object.pointer("/metadata/name")?.as_str().filter(|_| is_class)
        }));
        let is_missing = |class: &&String| class.as_str() != STAND_IN && !known.contains(class.as_str());
        match self.classes().iter().find(is_missing) {
            None => Ok(()),
            Some(class) => Err(format!(
                "ClusterClass {class} is neither made with it nor in {there}: apply the class first, or name a directory that has clusterclass-{class}.yaml beside the template"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::create::{Flavour, Variables};
    use crate::fixtures::{CORE, condition, mgmt, object, store, with};

    fn form(text: &str) -> Form {
        let flavour = Flavour::template("t.yaml", text);
        Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap()
    }

    fn told(text: &str, store: &FleetStore) -> Result<(), String> {
        form(text).topology_comes_to_something(store)
    }

    fn class(name: &str) -> serde_json::Value {
        let read = json!([condition("VariablesReady", "True", "VariablesReady", "")]);
        with(
            object(CORE, "ClusterClass", name),
            &[("/status/conditions", read)],
        )
    }

    const CLUSTER: &str = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\"}\nspec: {topology: {classRef: {name: CLASS}}}\n";
    const CLASS: &str =
        "---\napiVersion: cluster.x-k8s.io/v1beta2\nkind: ClusterClass\nmetadata: {name: quick}\n";

    #[test]
    fn a_class_has_to_be_there_or_to_be_made_with_its_cluster() {
        let quick = CLUSTER.replace("CLASS", "quick");
        let there = store(&[class("quick")]);
        assert_eq!(told(&quick, &there), Ok(()));
        let elsewhere = store(&[class("other")]);
        assert_eq!(
            told(&quick, &elsewhere).unwrap_err(),
            "ClusterClass quick is neither made with it nor in mgmt-taipei: apply the class first, or name a directory that has clusterclass-quick.yaml beside the template"
        );
        assert_eq!(told(&format!("{quick}{CLASS}"), &elsewhere), Ok(()));
        // Which class it is, is still to be answered.
        assert_eq!(
            told(&CLUSTER.replace("CLASS", "\"${CLASS_NAME}\""), &elsewhere),
            Ok(())
        );
        let nobody = store(&[object(CORE, "Cluster", "plain")]);
        assert!(told(&quick, &nobody).unwrap_err().contains("topologies"));
    }

    #[test]
    fn a_template_without_a_cluster_is_told_by_what_is_in_it() {
        let has_cluster = |text: &str| form(text).has_cluster();
        assert_eq!(
            has_cluster(&format!("{CLASS}{CLASS}")).unwrap_err(),
            "there is no Cluster in t.yaml, only ClusterClass: apply it by itself, and create the cluster from what has one"
        );
        assert_eq!(has_cluster("${ALL_OF_IT}"), Ok(()));
        assert_eq!(has_cluster(&format!("{CLASS}---\n{CLUSTER}")), Ok(()));
    }
}
