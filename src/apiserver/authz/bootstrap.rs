//! The roles and bindings that a cluster has from the start, by upstream's names. Each is made once where it is missing;
//! what is changed later stays changed.
//!
//! Must not know: the store.

mod table;

use serde_json::{Map, Value, json};

use super::{GROUP, aggregation};
use crate::authn::{AUTHENTICATED, UNAUTHENTICATED};
use table::{ROLES, Role};

/// Marks what is here as the server's own, as upstream does.
const LABEL: (&str, &str) = ("kubernetes.io/bootstrapping", "rbac-defaults");
/// Tells upstream's tools that the server looks after the object.
const ANNOTATION: &str = "rbac.authorization.kubernetes.io/autoupdate";
/// Label of a role whose rules belong to the role named behind it.
const AGGREGATE_TO: &str = "rbac.authorization.k8s.io/aggregate-to-";

/// Bindings of roles to groups.
const BINDINGS: [(&str, &[&str]); 5] = [
    ("cluster-admin", &[fleetui_pki::directory::ADMINISTRATORS]),
    ("system:basic-user", &[AUTHENTICATED]),
    ("system:discovery", &[AUTHENTICATED]),
    ("system:monitoring", &["system:monitoring"]),
    ("system:public-info-viewer", &[AUTHENTICATED, UNAUTHENTICATED]),
];

/// What a simulated workload cluster has; the other roles would be most of what it holds.
const ESSENTIAL: [&str; 4] = [
    "cluster-admin",
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
];

/// The objects of the start: the plural of each, and the object. With `whole` all of them, else the essential ones.
pub(crate) fn objects(whole: bool) -> Vec<(&'static str, Value)> {
    let wanted = |name: &str| whole || ESSENTIAL.contains(&name);
    let mut roles: Vec<Value> = ROLES
        .iter()
        .filter(|role| wanted(role.name))
        .map(cluster_role)
        .collect();
    // An aggregate may be part of another one; as many rounds as that goes deep.
    for _ in 0..3 {
        let all = roles.clone();
        for role in &mut roles {
            if let Some(rules) = aggregation::rules(role, &all) {
                role["rules"] = rules.into();
            }
        }
    }
    let bindings = BINDINGS
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, groups)| ("clusterrolebindings", binding(name, groups)));
    roles
        .into_iter()
        .map(|role| ("clusterroles", role))
        .chain(bindings)
        .collect()
}

fn metadata(name: &str) -> Value {
    json!({"name": name, "labels": {LABEL.0: LABEL.1}, "annotations": {ANNOTATION: "true"}})
}

fn cluster_role(role: &Role) -> Value {
    let mut object = json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": "ClusterRole",
        "metadata": metadata(role.name),
    });
    for target in role.part_of {
        object["metadata"]["labels"][format!("{AGGREGATE_TO}{target}")] = json!("true");
    }
    if role.aggregates {
        let label = Map::from_iter([(format!("{AGGREGATE_TO}{}", role.name), json!("true"))]);
        object["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": label}]});
    }
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let resources = role.resources.iter().map(|(group, resources, verbs)| {
        json!({"apiGroups": [group], "resources": words(resources), "verbs": words(verbs)})
    });
    let named = role.named.iter().map(|(group, resources, names, verbs)| {
        json!({"apiGroups": [group], "resources": words(resources), "resourceNames": words(names), "verbs": words(verbs)})
    });
    let paths = role
        .paths
        .iter()
        .map(|(paths, verbs)| json!({"nonResourceURLs": words(paths), "verbs": words(verbs)}));
    let rules: Vec<Value> = resources.chain(named).chain(paths).collect();
    object["rules"] = rules.into();
    object
}

fn binding(role: &str, groups: &[&str]) -> Value {
    let subjects: Vec<Value> = groups
        .iter()
        .map(|group| json!({"apiGroup": GROUP, "kind": "Group", "name": group}))
        .collect();
    json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": "ClusterRoleBinding",
        "metadata": metadata(role),
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Value {
        let all = objects(true);
        let found = all
            .into_iter()
            .find(|(plural, object)| *plural == "clusterroles" && object["metadata"]["name"] == name);
        found.unwrap().1
    }

    #[test]
    fn an_aggregate_holds_what_its_parts_hold() {
        let rules = |name: &str| role(name)["rules"].as_array().unwrap().clone();
        for (part, whole) in [
            ("system:aggregate-to-view", "view"),
            ("view", "edit"),
            ("edit", "admin"),
            ("system:aggregate-to-admin", "admin"),
        ] {
            let whole = rules(whole);
            assert!(!rules(part).is_empty());
            assert!(rules(part).iter().all(|rule| whole.contains(rule)), "{part}");
        }
        let view = serde_json::to_string(&rules("view")).unwrap();
        assert!(!view.contains("secrets"), "who views sees no Secrets");
    }

    #[test]
    fn every_binding_binds_a_role_that_is_there() {
        for whole in [true, false] {
            let all = objects(whole);
            let names: Vec<&str> = all
                .iter()
                .filter(|(plural, _)| *plural == "clusterroles")
                .map(|(_, object)| object["metadata"]["name"].as_str().unwrap())
                .collect();
            let bindings: Vec<&Value> = all
                .iter()
                .filter(|(plural, _)| *plural == "clusterrolebindings")
                .map(|(_, object)| object)
                .collect();
            assert!(!bindings.is_empty());
            for binding in bindings {
                assert!(names.contains(&binding["roleRef"]["name"].as_str().unwrap()));
            }
        }
        assert!(objects(false).len() < objects(true).len());
    }
}
