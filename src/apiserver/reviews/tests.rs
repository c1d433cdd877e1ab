//! Reviews and tokens, asked as clients ask them.

use std::time::Duration;

use axum::Router;
use fleetui_base::clock::FrozenClock;
use http::StatusCode;
use serde_json::{Value, json};

use crate::api_tests::{post, raw_as, read, server};
use crate::authn::{Identity, accounts};
use crate::{ApiServer, LogicalCluster};

const AUTHORIZATION: &str = "/apis/authorization.k8s.io/v1";
const AUTHENTICATION: &str = "/apis/authentication.k8s.io/v1";
const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";

async fn ask(router: &Router, identity: &Identity, path: &str, spec: Value) -> Value {
    let (code, answer) = raw_as(router, identity, ("POST", path), &json!({"spec": spec})).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    answer["status"].clone()
}

#[tokio::test]
async fn one_learns_who_one_is() {
    let server = server().await;
    let router = server.router();
    let mut ada = Identity::new("ada", &["team"]);
    ada.uid = Some("7".to_owned());
    ada.extra.insert("scopes".to_owned(), vec!["a".to_owned()]);
    let path = format!("{AUTHENTICATION}/selfsubjectreviews");
    let status = ask(&router, &ada, &path, json!({})).await;
    assert_eq!(
        status["userInfo"],
        json!({"username": "ada", "uid": "7", "groups": ["team", "system:authenticated"], "extra": {"scopes": ["a"]}})
    );
    let (code, answer) = post(&router, &path, &json!({})).await;
    assert_eq!(code, StatusCode::CREATED);
    assert_eq!(answer["kind"], "SelfSubjectReview");
    assert_eq!(answer["status"]["userInfo"]["groups"][0], "system:masters");
    // A review is asked; there is none to read.
    assert_eq!(read(&router, &path).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        read(&router, &format!("{path}/a")).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn reviews_of_others_are_for_those_who_may() {
    let server = server().await;
    let router = server.router();
    let path = format!("{AUTHORIZATION}/subjectaccessreviews");
    let spec = json!({"user": "system:admin", "groups": ["system:masters"], "resourceAttributes": {"verb": "get", "resource": "pods"}});
    let (code, _) = raw_as(
        &router,
        &Identity::new("ada", &[]),
        ("POST", &path),
        &json!({"spec": spec}),
    )
    .await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    let root = Identity::administrator();
    assert_eq!(ask(&router, &root, &path, spec).await["allowed"], true);
    let spec = json!({"user": "eve", "nonResourceAttributes": {"verb": "get", "path": "/version"}});
    assert_eq!(
        ask(&router, &root, &path, spec).await["allowed"],
        false,
        "nobody said that eve is authenticated"
    );
    let spec = json!({"groups": ["system:authenticated"], "nonResourceAttributes": {"verb": "get", "path": "/version"}});
    let status = ask(&router, &root, &path, spec).await;
    assert_eq!(status["allowed"], true);
    assert_eq!(
        status["reason"],
        r#"RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated""#
    );
}

#[tokio::test]
async fn reviews_that_make_no_sense_are_refused() {
    let server = server().await;
    let router = server.router();
    let resource = json!({"verb": "get", "resource": "pods"});
    let path = json!({"verb": "get", "path": "/"});
    let local = "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews";
    for (kind, spec) in [
        ("selfsubjectaccessreviews", json!({})),
        (
            "selfsubjectaccessreviews",
            json!({"resourceAttributes": resource, "nonResourceAttributes": path}),
        ),
        ("subjectaccessreviews", json!({"resourceAttributes": resource})),
        ("selfsubjectrulesreviews", json!({})),
    ] {
        let (code, answer) = post(
            &router,
            &format!("{AUTHORIZATION}/{kind}"),
            &json!({"spec": spec}),
        )
        .await;
        assert!(code.is_client_error(), "{kind} {spec}: {answer}");
    }
    let elsewhere = json!({"spec": {"user": "a", "resourceAttributes": {"namespace": "kube-system"}}});
    assert_eq!(
        post(&router, local, &elsewhere).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let here = json!({"spec": {"user": "a", "resourceAttributes": {"namespace": "default", "verb": "get", "resource": "pods"}}});
    let (code, answer) = post(&router, local, &here).await;
    assert_eq!(
        (code, &answer["status"]["allowed"]),
        (StatusCode::CREATED, &json!(false))
    );
}

#[tokio::test]
async fn the_list_of_rules_is_what_is_bound() {
    let server = server().await;
    let router = server.router();
    let path = format!("{AUTHORIZATION}/selfsubjectrulesreviews");
    let status = ask(
        &router,
        &Identity::administrator(),
        &path,
        json!({"namespace": "default"}),
    )
    .await;
    let all = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
    assert!(
        status["resourceRules"].as_array().unwrap().contains(&all),
        "{status}"
    );
    let status = ask(
        &router,
        &Identity::new("ada", &[]),
        &path,
        json!({"namespace": "default"}),
    )
    .await;
    assert_eq!(status["incomplete"], false);
    let verbs: Vec<&Value> = status["resourceRules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["verbs"])
        .collect();
    assert!(
        !verbs.is_empty() && verbs.iter().all(|verbs| **verbs == json!(["create"])),
        "{status}"
    );
    let reader = Identity::new("r", &[fleetui_pki::directory::READERS]);
    let status = ask(&router, &reader, &path, json!({"namespace": "default"})).await;
    let text = status.to_string();
    assert!(
        text.contains("\"configmaps\"") && !text.contains("\"secrets\""),
        "{text}"
    );
}

/// A server with an account, on a clock that can be moved, and the account's token request.
async fn with_account() -> (ApiServer, Router, std::sync::Arc<FrozenClock>) {
    let clock = FrozenClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let server = ApiServer::builder().clock(clock.clone()).build().await.unwrap();
    let router = server.router();
    let (code, answer) = post(&router, ACCOUNTS, &json!({"metadata": {"name": "bot"}})).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    (server, router, clock)
}

async fn token(router: &Router, spec: Value) -> String {
    let (code, answer) = post(router, &format!("{ACCOUNTS}/bot/token"), &json!({"spec": spec})).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    answer["status"]["token"].as_str().unwrap().to_owned()
}

async fn review(router: &Router, token: &str, audiences: &[&str]) -> Value {
    let path = format!("{AUTHENTICATION}/tokenreviews");
    let spec = json!({"token": token, "audiences": audiences});
    ask(router, &Identity::administrator(), &path, spec).await
}

#[tokio::test]
async fn a_token_is_its_accounts_until_it_ends() {
    let (server, router, clock) = with_account().await;
    let (code, answer) = post(
        &router,
        &format!("{ACCOUNTS}/bot/token"),
        &json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {"expirationSeconds": 600}}),
    )
    .await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["status"]["expirationTimestamp"], "2026-11-23T12:10:00Z");
    let token = answer["status"]["token"].as_str().unwrap();
    let status = review(&router, token, &[]).await;
    assert_eq!(status["authenticated"], true, "{status}");
    assert_eq!(status["user"]["username"], "system:serviceaccount:default:bot");
    assert_eq!(
        status["user"]["groups"],
        json!([
            "system:serviceaccounts",
            "system:serviceaccounts:default",
            "system:authenticated"
        ])
    );
    let root = LogicalCluster::root();
    let identify = |cluster: &LogicalCluster| {
        accounts::identify(server.shared(), cluster, token, &[]).map(|known| known.identity.user)
    };
    assert!(identify(&root).is_ok());
    assert!(
        identify(&LogicalCluster::new("w1").unwrap()).is_err(),
        "another cluster's"
    );
    clock.advance(Duration::from_secs(601));
    let status = review(&router, token, &[]).await;
    assert_eq!(status["authenticated"], false);
    assert!(status["error"].as_str().unwrap().contains("expired"), "{status}");
}

#[tokio::test]
async fn a_token_is_for_whom_it_was_asked() {
    let (_server, router, _) = with_account().await;
    let token = token(&router, json!({"audiences": ["vault", "other"]})).await;
    assert_eq!(review(&router, &token, &[]).await["authenticated"], false);
    let status = review(&router, &token, &["vault", "nobody"]).await;
    assert_eq!(
        (&status["authenticated"], &status["audiences"]),
        (&json!(true), &json!(["vault"]))
    );
    assert_eq!(review(&router, "nonsense", &[]).await["authenticated"], false);
}

#[tokio::test]
async fn a_token_goes_with_its_account_and_with_what_it_is_bound_to() {
    let (_server, router, _) = with_account().await;
    let secrets = "/api/v1/namespaces/default/secrets";
    let (_, secret) = post(&router, secrets, &json!({"metadata": {"name": "s"}})).await;
    let uid = &secret["metadata"]["uid"];
    let bound = json!({"boundObjectRef": {"kind": "Secret", "apiVersion": "v1", "name": "s", "uid": uid}});
    let (free, bound) = (token(&router, json!({})).await, token(&router, bound).await);
    assert_eq!(review(&router, &bound, &[]).await["authenticated"], true);
    let root = Identity::administrator();
    raw_as(&router, &root, ("DELETE", &format!("{secrets}/s")), &Value::Null).await;
    assert_eq!(review(&router, &bound, &[]).await["authenticated"], false);
    assert_eq!(review(&router, &free, &[]).await["authenticated"], true);
    raw_as(
        &router,
        &root,
        ("DELETE", &format!("{ACCOUNTS}/bot")),
        &Value::Null,
    )
    .await;
    post(&router, ACCOUNTS, &json!({"metadata": {"name": "bot"}})).await;
    let status = review(&router, &free, &[]).await;
    assert_eq!(status["authenticated"], false, "another account of this name");
}

#[tokio::test]
async fn token_requests_that_cannot_be_met_are_refused() {
    let (_server, router, _) = with_account().await;
    let request = async |name: &str, body: Value| {
        let path = format!("{ACCOUNTS}/{name}/token");
        post(&router, &path, &body).await.0.as_u16()
    };
    for (name, body, code) in [
        ("nobody", json!({"spec": {}}), 404),
        ("bot", json!({"spec": {"expirationSeconds": 599}}), 422),
        (
            "bot",
            json!({"spec": {"expirationSeconds": 4_294_967_297_i64}}),
            422,
        ),
        ("bot", json!({"kind": "Pod", "spec": {}}), 400),
        ("bot", json!({"metadata": {"name": "other"}, "spec": {}}), 400),
        (
            "bot",
            json!({"spec": {"boundObjectRef": {"kind": "Deployment", "apiVersion": "apps/v1", "name": "x"}}}),
            400,
        ),
        (
            "bot",
            json!({"spec": {"boundObjectRef": {"kind": "Secret", "apiVersion": "v1", "name": "x"}}}),
            400,
        ),
        ("bot", json!({"spec": {}}), 201),
    ] {
        assert_eq!(request(name, body.clone()).await, code, "{body}");
    }
}
