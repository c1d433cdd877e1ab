//! `fleetui generate rbac`: the roles that the controllers, `fleetui init` and the Lease need, as YAML with what each rule is for.

use std::fmt::Write as _;

use clap::Args;
use fleetui_controllers::Permission;
use serde_json::{Value, json};

use crate::cli::lead::NAMESPACE;
use crate::cli::rbac;
use crate::cli::status::WrongUsage;

/// The names of the roles.
const CONTROLLERS: &str = "fleetui-controllers";
const INIT: &str = "fleetui-init";
const LEADING: &str = "fleetui-leader-election";

const GROUP: &str = "rbac.authorization.k8s.io";

/// What `fleetui generate rbac` is told.
#[derive(Debug, Clone, Args)]
pub(super) struct RbacArgs {
    /// Bind the roles to this user too; may be given several times, as may the other two
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Bind the roles to this group too
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// Bind the roles to this ServiceAccount too
    #[arg(long, value_name = "NAMESPACE:NAME", value_parser = account)]
    service_account: Vec<Account>,
    /// The namespace of the Lease, as fleetui controllers is told it
    #[arg(long, value_name = "NAMESPACE", default_value = NAMESPACE)]
    leader_election_namespace: String,
}

#[derive(Debug, Clone)]
struct Account {
    namespace: String,
    name: String,
}

fn account(text: &str) -> Result<Account, WrongUsage> {
    match text.split_once(':') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => Ok(Account {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }),
        _ => Err(WrongUsage(
            "a ServiceAccount is named with its namespace, fleetui-system:fleetui".to_owned(),
        )),
    }
}

/// All of it.
pub(super) fn render(args: &RbacArgs) -> String {
    let namespace = args.leader_election_namespace.as_str();
    let mut text = String::from(
        "# What fleetui controllers and fleetui init need in a management cluster; apply it as its administrator.\n",
    );
    let subjects = subjects(args);
    if subjects.is_empty() {
        text.push_str(
            "# Nobody has these roles yet: name who is to, with --user, --group or --service-account, or bind them yourself:\n",
        );
        for role in [CONTROLLERS, INIT] {
            let _ = writeln!(
                text,
                "#   kubectl create clusterrolebinding {role} --clusterrole {role} --user NAME"
            );
        }
        let _ = writeln!(
            text,
            "#   kubectl create rolebinding {LEADING} -n {namespace} --role {LEADING} --user NAME"
        );
    }
    let whole = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    document(&mut text, &whole);
    role(
        &mut text,
        "ClusterRole",
        &json!({"name": CONTROLLERS}),
        &rbac::controllers(),
    );
    let place = json!({"name": LEADING, "namespace": namespace});
    role(&mut text, "Role", &place, &[rbac::leading()]);
    role(&mut text, "ClusterRole", &json!({"name": INIT}), &rbac::init());
    if !subjects.is_empty() {
        for (kind, role, metadata) in [
            ("ClusterRole", CONTROLLERS, json!({"name": CONTROLLERS})),
            ("Role", LEADING, place),
            ("ClusterRole", INIT, json!({"name": INIT})),
        ] {
            let binding = json!({
                "apiVersion": format!("{GROUP}/v1"), "kind": format!("{kind}Binding"), "metadata": metadata,
                "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
                "subjects": subjects,
            });
            document(&mut text, &binding);
        }
    }
    text
}

fn subjects(args: &RbacArgs) -> Vec<Value> {
    let named =
        |kind: &'static str| move |name: &String| json!({"apiGroup": GROUP, "kind": kind, "name": name});
    let accounts = args.service_account.iter().map(
        |account| json!({"kind": "ServiceAccount", "namespace": account.namespace, "name": account.name}),
    );
    let users = args.user.iter().map(named("User"));
    users
        .chain(args.group.iter().map(named("Group")))
        .chain(accounts)
        .collect()
}

/// Begins a document. Its fields stand on lines of their own, what is in them is JSON, which YAML takes as it is.
fn document(text: &mut String, object: &Value) {
    text.push_str("---\n");
    for (key, value) in object.as_object().into_iter().flatten() {
        let _ = match value {
            Value::String(plain) if !plain.is_empty() => writeln!(text, "{key}: {plain}"),
            other => writeln!(text, "{key}: {other}"),
        };
    }
}

/// Writes a role: rules that differ in the resource alone are one.
fn role(text: &mut String, kind: &str, metadata: &Value, permissions: &[Permission]) {
    let head = json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": metadata});
    document(text, &head);
    text.push_str("rules:\n");
    let mut rules: Vec<(&Permission, Vec<&str>)> = Vec::new();
    for permission in permissions {
        let alike = |(rule, _): &&mut (&Permission, Vec<&str>)| {
            (rule.group, &rule.verbs, rule.why) == (permission.group, &permission.verbs, permission.why)
        };
        match rules.iter_mut().find(alike) {
            Some((_, resources)) => resources.push(&permission.resource),
            None => rules.push((permission, vec![&permission.resource])),
        }
    }
    let mut why = "";
    for (rule, resources) in rules {
        if why != rule.why {
            why = rule.why;
            let _ = writeln!(text, "# {why}");
        }
        let (groups, resources, verbs) = (json!([rule.group]), json!(resources), json!(rule.verbs));
        let _ = writeln!(
            text,
            "- apiGroups: {groups}\n  resources: {resources}\n  verbs: {verbs}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> RbacArgs {
        RbacArgs {
            user: Vec::new(),
            group: Vec::new(),
            service_account: Vec::new(),
            leader_election_namespace: NAMESPACE.to_owned(),
        }
    }

    fn documents(text: &str) -> Vec<Value> {
        let documents = text.split("---\n").skip(1);
        documents
            .map(|document| serde_yaml::from_str(document).unwrap())
            .collect()
    }

    #[test]
    fn every_permission_stands_in_its_role_and_what_it_is_for_beside_it() {
        let text = render(&args());
        let documents = documents(&text);
        let names = documents
            .iter()
            .map(|it| it["metadata"]["name"].as_str().unwrap());
        assert_eq!(names.collect::<Vec<_>>(), [NAMESPACE, CONTROLLERS, LEADING, INIT]);
        for (document, permissions) in
            documents[1..]
                .iter()
                .zip([rbac::controllers(), vec![rbac::leading()], rbac::init()])
        {
            let rules = document["rules"].as_array().unwrap();
            for permission in permissions {
                let there = rules.iter().any(|rule| {
                    rule["apiGroups"] == json!([permission.group])
                        && rule["verbs"] == json!(permission.verbs)
                        && rule["resources"]
                            .as_array()
                            .unwrap()
                            .contains(&json!(permission.resource))
                });
                assert!(there, "{permission:?}");
                assert!(
                    text.contains(&format!("# {}\n", permission.why)),
                    "{permission:?}"
                );
            }
        }
        assert!(
            text.contains("kubectl create clusterrolebinding fleetui-controllers"),
            "{text}"
        );
    }

    #[test]
    fn who_is_named_has_all_of_the_roles_whatever_the_name_is() {
        let text = render(&RbacArgs {
            user: vec!["ann: \"#1\"".to_owned()],
            group: vec!["ops".to_owned()],
            service_account: vec![account("fleetui-system:fleetui").unwrap()],
            leader_election_namespace: "ours".to_owned(),
        });
        let documents = documents(&text);
        let bindings = &documents[4..];
        let of: Vec<_> = bindings
            .iter()
            .map(|it| (&it["kind"], &it["roleRef"]["name"]))
            .collect();
        let expected = [
            ("ClusterRoleBinding", CONTROLLERS),
            ("RoleBinding", LEADING),
            ("ClusterRoleBinding", INIT),
        ];
        assert_eq!(of.len(), expected.len());
        for ((kind, name), expected) in of.into_iter().zip(expected) {
            assert_eq!((kind, name), (&json!(expected.0), &json!(expected.1)));
        }
        for binding in bindings {
            let names: Vec<_> = binding["subjects"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| &it["name"])
                .collect();
            assert_eq!(names, [&json!("ann: \"#1\""), &json!("ops"), &json!("fleetui")]);
        }
        assert_eq!(bindings[1]["metadata"]["namespace"], "ours");
        assert!(!text.contains("Nobody has these roles"), "{text}");
        assert!(account("fleetui").is_err() && account(":a").is_err());
    }
}
