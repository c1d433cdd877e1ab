//! Rules in tables, and through the server: what is stored decides, at once.

use axum::Router;
use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::rule::Rule;
use super::{Asked, AskedResource};
use crate::ApiServer;
use crate::api_tests::{post, raw_as, server};
use crate::authn::Identity;

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const REVIEW: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn rule(rule: &Value) -> Rule {
    serde_json::from_value(rule.clone()).unwrap()
}

fn asked<'a>(verb: &'a str, group: &'a str, resource: &'a str, name: &'a str) -> Asked<'a> {
    Asked::Resource(AskedResource::new(verb, group, resource, name))
}

#[test]
fn rules_allow_what_upstreams_allow() {
    // Verbs, groups, resources and names of a rule; what is asked; whether it is allowed.
    let cases = [
        ("get|", "pods|", ("get", "", "pods", "a"), true),
        ("get|", "pods|", ("list", "", "pods", ""), false),
        ("get|", "pods|", ("get", "apps", "pods", "a"), false),
        ("get|", "pods|", ("get", "", "pods/log", "a"), false),
        ("get|", "pods/log|", ("get", "", "pods/log", "a"), true),
        ("get|", "pods/log|", ("get", "", "pods", "a"), false),
        ("*|*", "*|", ("approve", "x.io", "things/part", "a"), true),
        (
            "update|apps",
            "*/scale|",
            ("update", "apps", "deployments/scale", "a"),
            true,
        ),
        (
            "update|apps",
            "*/scale|",
            ("update", "apps", "deployments", "a"),
            false,
        ),
        (
            "update|apps",
            "*/scale|",
            ("update", "apps", "deployments/status", "a"),
            false,
        ),
        ("get|", "pods|a", ("get", "", "pods", "a"), true),
        ("get|", "pods|a", ("get", "", "pods", "b"), false),
        ("list|", "pods|a", ("list", "", "pods", ""), false),
    ];
    for (does, with, (verb, group, resource, name), expected) in cases {
        let (verbs, groups) = does.split_once('|').unwrap();
        let (resources, names) = with.split_once('|').unwrap();
        let names: Vec<&str> = names.split_whitespace().collect();
        let given = json!({"verbs": [verbs], "apiGroups": [groups], "resources": [resources], "resourceNames": names});
        let found = rule(&given).allows(&asked(verb, group, resource, name));
        assert_eq!(found, expected, "{given} {verb} {resource}");
    }
    for given in [
        json!({"verbs": ["get"], "nonResourceURLs": ["*"]}),
        json!({"verbs": null, "apiGroups": null, "resources": null}),
    ] {
        assert!(!rule(&given).allows(&asked("get", "", "pods", "a")), "{given}");
    }
}

#[test]
fn paths_end_in_a_star_or_are_whole() {
    for (given, path, expected) in [
        ("*", "/anything", true),
        ("/api", "/api", true),
        ("/api", "/api/v1", false),
        ("/api/*", "/api/v1", true),
        ("/api/*", "/api", false),
        ("/healthz*", "/healthz/x", true),
        ("/*/x", "/a/x", false),
    ] {
        let asked = Asked::Path { verb: "get", path };
        assert_eq!(
            Rule::path("get", given).allows(&asked),
            expected,
            "{given} {path}"
        );
        assert!(!Rule::path("post", given).allows(&asked));
    }
}

#[test]
fn a_rule_is_held_against_those_that_are_owned() {
    let owned = [
        rule(
            &json!({"verbs": ["get", "list"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments"]}),
        ),
        rule(&json!({"verbs": ["update"], "apiGroups": ["apps"], "resources": ["*/scale"]})),
        rule(
            &json!({"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a", "b"]}),
        ),
        rule(&json!({"verbs": ["get"], "nonResourceURLs": ["/api/*"]})),
    ];
    let cases = [
        (
            json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}),
            0,
        ),
        (
            json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["x"]}),
            0,
        ),
        (
            json!({"verbs": ["get", "watch"], "apiGroups": [""], "resources": ["pods"]}),
            1,
        ),
        (
            json!({"verbs": ["*"], "apiGroups": [""], "resources": ["pods"]}),
            1,
        ),
        (
            json!({"verbs": ["get"], "apiGroups": ["*"], "resources": ["pods"]}),
            1,
        ),
        (
            json!({"verbs": ["get"], "apiGroups": [""], "resources": ["*"]}),
            1,
        ),
        (
            json!({"verbs": ["update"], "apiGroups": ["apps"], "resources": ["deployments/scale", "deployments"]}),
            1,
        ),
        (
            json!({"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"]}),
            1,
        ),
        (
            json!({"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}),
            0,
        ),
        (
            json!({"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a", "c"]}),
            1,
        ),
        (
            json!({"verbs": ["get"], "nonResourceURLs": ["/api/v1", "/api/v1/*"]}),
            0,
        ),
        (
            json!({"verbs": ["get"], "nonResourceURLs": ["/api", "/apis/*", "*"]}),
            3,
        ),
        // Two owned rules together hold what none holds alone.
        (
            json!({"verbs": ["get", "update"], "apiGroups": ["apps"], "resources": ["deployments/scale"]}),
            1,
        ),
    ];
    for (given, beyond) in cases {
        let found = rule(&given).beyond(&owned).unwrap();
        assert_eq!(found.len(), beyond, "{given}: {found:?}");
    }
    let everything = Rule::everything();
    assert!(everything[0].beyond(&everything).unwrap().is_empty());
    let many: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let huge = rule(&json!({"verbs": many, "apiGroups": many, "resources": many}));
    assert_eq!(huge.beyond(&everything), None, "too much to look at");
}

#[test]
fn rules_are_told_as_upstream_tells_them() {
    let rule = rule(&json!({"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}));
    assert_eq!(
        rule.to_string(),
        r#"{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}"#
    );
}

fn ada() -> Identity {
    Identity::new("ada", &["team"])
}

async fn with_role(server: &ApiServer, rules: Value) -> Router {
    let router = server.router();
    let role = json!({"metadata": {"name": "r"}, "rules": rules});
    let (code, answer) = post(&router, &format!("{RBAC}/clusterroles"), &role).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    router
}

async fn bind(router: &Router, namespace: Option<&str>, subject: Value) {
    let binding = json!({
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [subject],
    });
    let path = match namespace {
        Some(namespace) => format!("{RBAC}/namespaces/{namespace}/rolebindings"),
        None => format!("{RBAC}/clusterrolebindings"),
    };
    let (code, answer) = post(router, &path, &binding).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
}

async fn get(router: &Router, identity: &Identity, path: &str) -> (StatusCode, Value) {
    raw_as(router, identity, ("GET", path), &Value::Null).await
}

#[tokio::test]
async fn a_binding_is_obeyed_at_once_and_so_is_its_end() {
    let server = server().await;
    let rules = json!([{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps"]}]);
    let router = with_role(&server, rules).await;
    let path = "/api/v1/namespaces/default/configmaps";
    let (code, refused) = get(&router, &ada(), path).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    assert_eq!(
        refused["message"],
        r#"configmaps is forbidden: User "ada" cannot list resource "configmaps" in API group "" in the namespace "default""#
    );
    assert_eq!(refused["details"], json!({"kind": "configmaps"}));
    assert_eq!(refused["reason"], "Forbidden");

    bind(&router, Some("default"), json!({"kind": "User", "name": "ada"})).await;
    assert_eq!(get(&router, &ada(), path).await.0, StatusCode::OK);
    let (code, refused) = get(&router, &ada(), "/api/v1/configmaps").await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    assert_eq!(
        refused["message"],
        r#"configmaps is forbidden: User "ada" cannot list resource "configmaps" in API group "" at the cluster scope"#
    );
    let elsewhere = "/api/v1/namespaces/kube-system/configmaps";
    assert_eq!(get(&router, &ada(), elsewhere).await.0, StatusCode::FORBIDDEN);
    let bob = Identity::new("bob", &["ada"]);
    assert_eq!(
        get(&router, &bob, path).await.0,
        StatusCode::FORBIDDEN,
        "a group is no user"
    );

    // The role goes, and with it what it let do; the refusal tells why.
    let role = format!("{RBAC}/clusterroles/r");
    let (code, _) = raw_as(
        &router,
        &Identity::administrator(),
        ("DELETE", &role),
        &Value::Null,
    )
    .await;
    assert_eq!(code, StatusCode::OK);
    let (code, refused) = get(&router, &ada(), path).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.ends_with(r#": RBAC: clusterrole.rbac.authorization.k8s.io "r" not found"#),
        "{message}"
    );
}

#[tokio::test]
async fn a_binding_that_changes_its_subjects_leaves_nothing_behind() {
    let server = server().await;
    let rules = json!([{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}]);
    let router = with_role(&server, rules).await;
    bind(&router, None, json!({"kind": "Group", "name": "team"})).await;
    let path = "/api/v1/configmaps";
    assert_eq!(get(&router, &ada(), path).await.0, StatusCode::OK);
    let account = Identity::new("system:serviceaccount:default:bot", &[]);
    assert_eq!(get(&router, &account, path).await.0, StatusCode::FORBIDDEN);
    let change = json!({"subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": "default"}]});
    let (code, answer) =
        crate::api_tests::merge(&router, &format!("{RBAC}/clusterrolebindings/b"), &change).await;
    assert_eq!(code, StatusCode::OK, "{answer}");
    assert_eq!(get(&router, &ada(), path).await.0, StatusCode::FORBIDDEN);
    assert_eq!(get(&router, &account, path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn everybody_known_discovers_and_asks_about_themselves() {
    let server = server().await;
    let router = server.router();
    for path in [
        "/api",
        "/apis",
        "/api/v1",
        "/apis/apps/v1",
        "/openapi/v3",
        "/version",
        "/healthz",
    ] {
        assert_eq!(get(&router, &ada(), path).await.0, StatusCode::OK, "{path}");
    }
    let (code, refused) = get(&router, &ada(), "/metrics").await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    assert_eq!(
        refused["message"],
        r#"forbidden: User "ada" cannot get path "/metrics""#
    );
    // What is not served is not told apart from what may not be seen.
    let (code, _) = get(&router, &ada(), "/apis/nothing.io/v1/things").await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    let anonymous = Identity::anonymous();
    assert_eq!(get(&router, &anonymous, "/version").await.0, StatusCode::OK);
    assert_eq!(get(&router, &anonymous, "/api").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn readers_read_everything_but_secrets() {
    let (server, router) = crate::api_tests::with_things().await;
    let reader = Identity::new("fleetui-reader", &[fleetui_pki::directory::READERS]);
    for path in [
        "/api/v1/configmaps",
        "/api/v1/nodes",
        "/apis/ex.io/v1/things",
        "/apis/ex.io/v1/namespaces/default/things",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    ] {
        assert_eq!(get(&router, &reader, path).await.0, StatusCode::OK, "{path}");
    }
    for (method, path) in [
        ("GET", "/api/v1/secrets"),
        ("GET", "/api/v1/namespaces/default/secrets/a"),
        ("POST", "/api/v1/namespaces/default/configmaps"),
        ("DELETE", "/apis/ex.io/v1/namespaces/default/things"),
        ("PATCH", "/apis/ex.io/v1/namespaces/default/things/a"),
        ("POST", "/api/v1/namespaces/default/serviceaccounts/default/token"),
    ] {
        let (code, _) = raw_as(&router, &reader, (method, path), &json!({})).await;
        assert_eq!(code, StatusCode::FORBIDDEN, "{method} {path}");
    }
    drop(server);
}

#[tokio::test]
async fn nobody_gives_away_what_they_do_not_have() {
    let server = server().await;
    let all = ["create", "update", "patch", "get"];
    let rules = json!([
        {"verbs": all, "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings", "clusterroles"]},
        {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps"]},
        {"verbs": ["bind"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "resourceNames": ["view"]},
    ]);
    let router = with_role(&server, rules).await;
    bind(&router, None, json!({"kind": "User", "name": "ada"})).await;
    let create = async |path: &str, body: Value| raw_as(&router, &ada(), ("POST", path), &body).await;
    let path = format!("{RBAC}/namespaces/default/roles");
    let reads = |resource: &str| json!([{"verbs": ["get"], "apiGroups": [""], "resources": [resource]}]);
    let role = |name: &str, rules: Value| json!({"metadata": {"name": name}, "rules": rules});

    let (code, answer) = create(&path, role("own", reads("configmaps"))).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    let (code, answer) = create(&path, role("more", reads("secrets"))).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    assert_eq!(
        answer["message"],
        "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"ada\" (groups=[\"team\", \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}"
    );
    // Neither by changing a role, nor by a role that will hold others.
    let more = json!({"rules": reads("secrets")});
    let own = format!("{path}/own");
    let (code, _) = raw_as(&router, &ada(), ("PATCH", &own), &more).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    let labels = json!({"metadata": {"labels": {"a": "b"}}});
    let (code, answer) = raw_as(&router, &ada(), ("PATCH", &own), &labels).await;
    assert_eq!(code, StatusCode::OK, "labels give nothing away: {answer}");
    let aggregate = json!({"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}});
    let (code, _) = create(&format!("{RBAC}/clusterroles"), aggregate).await;
    assert_eq!(code, StatusCode::FORBIDDEN);

    let bindings = format!("{RBAC}/namespaces/default/rolebindings");
    let binding = |name: &str, kind: &str, role: &str| json!({"metadata": {"name": name}, "roleRef": {"kind": kind, "name": role}, "subjects": [{"kind": "User", "name": "eve"}]});
    for (name, kind, role, expected) in [
        ("a", "Role", "own", StatusCode::CREATED),
        ("b", "ClusterRole", "cluster-admin", StatusCode::FORBIDDEN),
        ("c", "ClusterRole", "view", StatusCode::CREATED),
        ("d", "Role", "missing", StatusCode::FORBIDDEN),
    ] {
        let (code, answer) = create(&bindings, binding(name, kind, role)).await;
        assert_eq!(code, expected, "{name}: {answer}");
    }
}

#[tokio::test]
async fn roles_and_bindings_are_checked_and_completed() {
    let server = server().await;
    let router = server.router();
    let role_ref = json!({"kind": "ClusterRole", "name": "view"});
    let good = json!({"metadata": {"name": "system:b:x"}, "roleRef": role_ref, "subjects": [{"kind": "User", "name": "ada"}]});
    let path = format!("{RBAC}/clusterrolebindings");
    let (code, made) = post(&router, &path, &good).await;
    assert_eq!(code, StatusCode::CREATED, "{made}");
    assert_eq!(made["roleRef"]["apiGroup"], super::GROUP);
    assert_eq!(made["subjects"][0]["apiGroup"], super::GROUP);
    let other = json!({"roleRef": {"apiGroup": super::GROUP, "kind": "ClusterRole", "name": "edit"}});
    let (code, answer) = crate::api_tests::merge(&router, &format!("{path}/system:b:x"), &other).await;
    assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("cannot change roleRef")
    );
    let roles = format!("{RBAC}/namespaces/default/roles");
    for (path, bad) in [
        (&path, json!({"metadata": {"name": "a/b"}, "roleRef": role_ref})),
        (&path, json!({"metadata": {"name": "a"}})),
        (
            &path,
            json!({"metadata": {"name": "a"}, "roleRef": {"kind": "Role", "name": "x"}}),
        ),
        (
            &path,
            json!({"metadata": {"name": "a"}, "roleRef": role_ref, "subjects": [{"kind": "Robot", "name": "x"}]}),
        ),
        (
            &path,
            json!({"metadata": {"name": "a"}, "roleRef": role_ref, "subjects": [{"kind": "ServiceAccount", "name": "x"}]}),
        ),
        (
            &roles,
            json!({"metadata": {"name": "a"}, "rules": [{"apiGroups": [""], "resources": ["pods"]}]}),
        ),
        (
            &roles,
            json!({"metadata": {"name": "a"}, "rules": [{"verbs": ["get"], "resources": ["pods"]}]}),
        ),
        (
            &roles,
            json!({"metadata": {"name": "a"}, "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]}),
        ),
        (
            &roles,
            json!({"metadata": {"name": "a"}, "rules": [{"verbs": [7], "apiGroups": [""], "resources": ["pods"]}]}),
        ),
        (&roles, json!({"metadata": {"name": "a"}, "rules": "all"})),
    ] {
        let (code, answer) = post(&router, path, &bad).await;
        assert!(
            matches!(code, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST),
            "{bad}: {code} {answer}"
        );
    }
}

#[tokio::test]
async fn a_restart_knows_the_same_rules() {
    let home = tempfile::tempdir().unwrap();
    let open = async || ApiServer::builder().data_dir(home.path()).build().await.unwrap();
    let first = open().await;
    let rules = json!([{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}]);
    let router = with_role(&first, rules).await;
    bind(&router, None, json!({"kind": "User", "name": "ada"})).await;
    // What was taken away on purpose comes back, as it is needed; what was changed stays changed.
    let patch = json!({"rules": []});
    let view = format!("{RBAC}/clusterroles/system:monitoring");
    assert_eq!(
        crate::api_tests::merge(&router, &view, &patch).await.0,
        StatusCode::OK
    );
    drop(router);
    first.shutdown().await;
    drop(first);
    let second = open().await;
    let router = second.router();
    assert_eq!(get(&router, &ada(), "/api/v1/configmaps").await.0, StatusCode::OK);
    let (_, role) = get(&router, &Identity::administrator(), &view).await;
    assert_eq!(role["rules"], json!([]));
    second.shutdown().await;
}

/// A rule from a few words, so that random requests often meet random rules.
fn any_rule() -> impl Strategy<Value = Value> {
    let some = |words: &'static [&'static str]| prop::collection::vec(prop::sample::select(words), 1..3);
    let names = prop::collection::vec(prop::sample::select(&["a", "b"][..]), 0..2);
    (
        some(&["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"]),
        some(&["", "apps", "*"]),
        some(&["configmaps", "deployments", "deployments/scale", "namespaces", "*/scale", "*"]),
        names,
    )
        .prop_map(|(verbs, groups, resources, names)| {
            json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names})
        })
}

/// Method, path, and what a review would call the same.
fn any_request() -> impl Strategy<Value = (&'static str, String, Value)> {
    let place = prop::sample::select(vec![
        ("", "configmaps", "", true),
        ("apps", "deployments", "", true),
        ("apps", "deployments", "scale", true),
        ("", "namespaces", "", false),
    ]);
    let verb = prop::sample::select(vec![
        ("GET", "get"),
        ("GET", "list"),
        ("GET", "watch"),
        ("POST", "create"),
        ("PUT", "update"),
        ("PATCH", "patch"),
        ("DELETE", "delete"),
        ("DELETE", "deletecollection"),
    ]);
    let namespace = prop::sample::select(vec!["default", "kube-system"]);
    let name = prop::sample::select(vec!["a", "b", "c"]);
    (place, verb, namespace, name).prop_map(
        |((group, resource, part, namespaced), (method, verb), namespace, name)| {
            let (verb, method) = match (verb, part) {
                // A part belongs to an object and is not listed.
                ("list" | "watch" | "create" | "delete" | "deletecollection", "scale") => ("get", "GET"),
                _ => (verb, method),
            };
            let root = if group.is_empty() {
                "/api/v1".to_owned()
            } else {
                format!("/apis/{group}/v1")
            };
            let named = matches!(verb, "get" | "update" | "patch" | "delete");
            let mut path = root;
            if namespaced {
                path = format!("{path}/namespaces/{namespace}");
            }
            path = format!("{path}/{resource}");
            if named {
                path = format!("{path}/{name}");
            }
            if !part.is_empty() {
                path = format!("{path}/{part}");
            }
            if verb == "watch" {
                // From no revision at all: whoever is let in is told so, where a watch would go on.
                path.push_str("?watch=true&resourceVersion=none");
            }
            let itself = if !namespaced && named { name } else { "" };
            let attributes = json!({
                "verb": verb,
                "group": group,
                "resource": resource,
                "subresource": part,
                "namespace": if namespaced { namespace } else { itself },
                "name": if named { name } else { "" },
            });
            (method, path, attributes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_review_says_what_a_request_gets(
        roles in prop::collection::vec(prop::collection::vec(any_rule(), 0..3), 1..4),
        bindings in prop::collection::vec((0..4_usize, any::<bool>(), 0..3_usize), 0..5),
        requests in prop::collection::vec(any_request(), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = server().await;
            let router = server.router();
            for (number, rules) in roles.iter().enumerate() {
                let role = json!({"metadata": {"name": format!("r{number}")}, "rules": rules});
                let (code, answer) = post(&router, &format!("{RBAC}/clusterroles"), &role).await;
                assert_eq!(code, StatusCode::CREATED, "{answer}");
            }
            for (number, (role, everywhere, subject)) in bindings.iter().enumerate() {
                let subjects = [
                    json!({"kind": "User", "name": "ada"}),
                    json!({"kind": "Group", "name": "team"}),
                    json!({"kind": "User", "name": "eve"}),
                ];
                let binding = json!({
                    "metadata": {"name": format!("b{number}")},
                    // Some of them are bound to a role that is not there.
                    "roleRef": {"kind": "ClusterRole", "name": format!("r{role}")},
                    "subjects": [subjects[*subject]],
                });
                let path = if *everywhere { "clusterrolebindings" } else { "namespaces/default/rolebindings" };
                let (code, answer) = post(&router, &format!("{RBAC}/{path}"), &binding).await;
                assert_eq!(code, StatusCode::CREATED, "{answer}");
            }
            for (method, path, attributes) in &requests {
                let review = json!({"spec": {"resourceAttributes": attributes}});
                let (code, review) = raw_as(&router, &ada(), ("POST", REVIEW), &review).await;
                assert_eq!(code, StatusCode::CREATED, "{review}");
                let allowed = review["status"]["allowed"].as_bool().unwrap();
                // A body that is refused for itself: whoever gets that far was let in.
                let nothing = json!({"kind": "Nothing"});
                let (code, answer) = tokio::time::timeout(
                    std::time::Duration::from_secs(20),
                    raw_as(&router, &ada(), (method, path), &nothing),
                ).await.unwrap_or_else(|_| panic!("{method} {path} is not answered"));
                let let_in = !answer["message"].as_str().unwrap_or_default().contains("User \"ada\" cannot");
                assert_eq!(allowed, let_in, "{method} {path}: {code} {answer} {review}");
                assert_eq!(let_in, code != StatusCode::FORBIDDEN || !answer["message"].as_str().unwrap_or_default().contains("cannot"));
            }
        });
    }
}
