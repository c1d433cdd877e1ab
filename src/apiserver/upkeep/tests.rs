//! What the server keeps up by itself, seen from outside.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleetui_base::clock::FrozenClock;
use fleetui_pki::{CertificateFacts, ServerCredentials};
use http::StatusCode;
use serde_json::{Value, json};

use crate::api_tests::{merge, post, raw_as, read, server, until};
use crate::authn::Identity;
use crate::certificates::signers::tests::encoded;
use crate::{ApiServer, LogicalCluster};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const SECRETS: &str = "/api/v1/namespaces/default/secrets";
const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";

/// A server that has keys, as one that is served.
async fn with_keys() -> ApiServer {
    let clock = FrozenClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let server = ApiServer::builder().clock(clock).build().await.unwrap();
    let now = fleetui_base::Clock::now(&*server.shared().clock);
    let credentials = ServerCredentials::ephemeral(&["localhost".to_owned()], now).unwrap();
    server.shared().keys.adopt(&credentials).unwrap();
    server
}

#[tokio::test]
async fn a_role_takes_up_what_it_selects() {
    let server = server().await;
    let router = server.router();
    let part = json!({
        "metadata": {"name": "things-view", "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
        "rules": [{"verbs": ["get"], "apiGroups": ["ex.io"], "resources": ["things"]}],
    });
    assert_eq!(post(&router, ROLES, &part).await.0, StatusCode::CREATED);
    let holds = async |role: &str| {
        read(&router, &format!("{ROLES}/{role}"))
            .await
            .1
            .to_string()
            .contains("ex.io")
    };
    // What `view` holds, `edit` holds and `admin` holds.
    until(&server, async || {
        holds("admin").await && holds("edit").await && holds("view").await
    })
    .await;
    raw_as(
        &router,
        &Identity::administrator(),
        ("DELETE", &format!("{ROLES}/things-view")),
        &Value::Null,
    )
    .await;
    until(&server, async || !holds("admin").await).await;
}

#[tokio::test]
async fn a_secret_of_an_account_gets_a_token_and_goes_with_the_account() {
    let server = with_keys().await;
    let router = server.router();
    post(&router, ACCOUNTS, &json!({"metadata": {"name": "bot"}})).await;
    let secret = |account: Value| json!({"metadata": {"name": "s", "annotations": account}, "type": "kubernetes.io/service-account-token"});
    assert_eq!(
        post(&router, SECRETS, &secret(json!({}))).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let good = secret(json!({"kubernetes.io/service-account.name": "bot"}));
    assert_eq!(post(&router, SECRETS, &good).await.0, StatusCode::CREATED);
    let path = format!("{SECRETS}/s");
    let data = async || read(&router, &path).await.1["data"].clone();
    until(&server, async || data().await.get("token").is_some()).await;
    let data = data().await;
    let decode =
        |field: &str| String::from_utf8(STANDARD.decode(data[field].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(decode("namespace"), "default");
    assert!(decode("ca.crt").contains("BEGIN CERTIFICATE"));
    let root = LogicalCluster::root();
    let identify = |token: &str| crate::authn::accounts::identify(server.shared(), &root, token, &[]);
    let token = decode("token");
    assert_eq!(
        identify(&token).ok().unwrap().identity.user,
        "system:serviceaccount:default:bot"
    );
    // A token that is taken out of its Secret is good no more.
    merge(
        &router,
        &path,
        &json!({"data": {"token": STANDARD.encode("gone")}}),
    )
    .await;
    assert!(identify(&token).is_err());
    until(&server, async || {
        let text = read(&router, &path).await.1["data"]["token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        text != STANDARD.encode("gone")
    })
    .await;
    raw_as(
        &router,
        &Identity::administrator(),
        ("DELETE", &format!("{ACCOUNTS}/bot")),
        &Value::Null,
    )
    .await;
    until(&server, async || {
        read(&router, &path).await.0 == StatusCode::NOT_FOUND
    })
    .await;
}

fn request(name: &str, group: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {
            "request": encoded("ada", group, &[]),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
            "expirationSeconds": 3600,
            "username": "somebody-else",
        },
    })
}

fn decision(kind: &str) -> Value {
    json!({"status": {"conditions": [{"type": kind, "status": "True", "reason": "Tested", "message": ""}]}})
}

#[tokio::test]
async fn an_approved_request_is_signed() {
    let server = with_keys().await;
    let router = server.router();
    let (code, made) = post(&router, REQUESTS, &request("a", "team")).await;
    assert_eq!(code, StatusCode::CREATED, "{made}");
    assert_eq!(
        made["spec"]["username"], "system:apiserver",
        "the server says who asks"
    );
    let path = format!("{REQUESTS}/a");
    // The rest of it cannot be changed, and is not approved by the way.
    let (code, answer) = merge(
        &router,
        &path,
        &json!({"spec": {"signerName": "x.io/y"}, "status": decision("Approved")["status"]}),
    )
    .await;
    assert_eq!(code, StatusCode::OK);
    assert_eq!(answer["spec"], made["spec"]);
    assert_eq!(answer.get("status"), made.get("status"));
    let (code, answer) = merge(&router, &format!("{path}/status"), &decision("Approved")).await;
    assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let (code, answer) = merge(&router, &format!("{path}/approval"), &decision("Approved")).await;
    assert_eq!(code, StatusCode::OK, "{answer}");
    let certificate = async || read(&router, &path).await.1["status"]["certificate"].clone();
    until(&server, async || certificate().await.is_string()).await;
    let pem = STANDARD.decode(certificate().await.as_str().unwrap()).unwrap();
    let facts = CertificateFacts::of_pem(&String::from_utf8(pem).unwrap()).unwrap();
    assert_eq!(
        (
            facts.subject.common_name.as_str(),
            &facts.subject.organisations[..]
        ),
        ("ada", &["team".to_owned()][..])
    );
    assert_eq!(facts.not_after.to_string(), "2026-11-23T13:00:00Z");
    let (code, _) = merge(&router, &format!("{path}/approval"), &decision("Denied")).await;
    assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY, "decided once");
}

#[tokio::test]
async fn a_request_that_cannot_be_signed_says_why() {
    let server = with_keys().await;
    let router = server.router();
    let mut wrong = request("a", "team");
    wrong["spec"]["usages"] = json!(["client auth", "code signing"]);
    post(&router, REQUESTS, &wrong).await;
    let path = format!("{REQUESTS}/a");
    merge(&router, &format!("{path}/approval"), &decision("Approved")).await;
    let conditions = async || read(&router, &path).await.1["status"]["conditions"].clone();
    until(&server, async || {
        conditions().await.as_array().is_some_and(|all| all.len() == 2)
    })
    .await;
    let failed = conditions().await[1].clone();
    assert_eq!(
        (&failed["type"], &failed["reason"]),
        (&json!("Failed"), &json!("SignerValidationFailure"))
    );
    assert!(
        failed["message"].as_str().unwrap().contains("code signing"),
        "{failed}"
    );
}

#[tokio::test]
async fn approving_takes_a_permission_for_the_signer() {
    let server = with_keys().await;
    let router = server.router();
    post(&router, REQUESTS, &request("a", "team")).await;
    let (code, answer) = post(&router, REQUESTS, &request("m", "system:masters")).await;
    assert_eq!(code, StatusCode::FORBIDDEN, "{answer}");
    let rules = |signer: Option<&str>| {
        let mut rules = vec![
            json!({"verbs": ["patch"], "apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests/approval"]}),
        ];
        rules.extend(signer.map(|signer| json!({"verbs": ["approve"], "apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "resourceNames": [signer]})));
        rules
    };
    for (user, signer, expected) in [
        ("one", None, StatusCode::FORBIDDEN),
        ("two", Some("example.com/*"), StatusCode::FORBIDDEN),
        ("three", Some("kubernetes.io/*"), StatusCode::OK),
    ] {
        post(
            &router,
            ROLES,
            &json!({"metadata": {"name": user}, "rules": rules(signer)}),
        )
        .await;
        let binding = json!({"metadata": {"name": user}, "roleRef": {"kind": "ClusterRole", "name": user}, "subjects": [{"kind": "User", "name": user}]});
        post(
            &router,
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            &binding,
        )
        .await;
        let identity = Identity::new(user, &[]);
        let path = format!("{REQUESTS}/a/approval");
        let (code, answer) = raw_as(&router, &identity, ("PATCH", &path), &decision("Approved")).await;
        assert_eq!(code, expected, "{user}: {answer}");
        if code == StatusCode::FORBIDDEN {
            assert_eq!(
                answer["message"],
                r#"certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client""#
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn old_requests_are_cleaned_away() {
    let clock = FrozenClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let server = ApiServer::builder().clock(clock.clone()).build().await.unwrap();
    let router = server.router();
    for name in ["denied", "pending"] {
        post(&router, REQUESTS, &request(name, "team")).await;
    }
    merge(
        &router,
        &format!("{REQUESTS}/denied/approval"),
        &decision("Denied"),
    )
    .await;
    clock.advance(Duration::from_hours(2));
    let gone =
        async |name: &str| read(&router, &format!("{REQUESTS}/{name}")).await.0 == StatusCode::NOT_FOUND;
    tokio::time::advance(super::CLEANING).await;
    until(&server, async || gone("denied").await).await;
    assert!(!gone("pending").await);
    clock.advance(Duration::from_hours(24));
    tokio::time::advance(super::CLEANING).await;
    until(&server, async || gone("pending").await).await;
}

const NODES: &str = "/api/v1/nodes";
const PODS: &str = "/api/v1/namespaces/default/pods";

fn pod(name: &str, node: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}]},
    })
}

#[tokio::test]
async fn pods_go_with_their_node() {
    let server = server().await;
    let router = server.router();
    for node in ["gone", "stays"] {
        let made = post(&router, NODES, &json!({"metadata": {"name": node}})).await;
        assert_eq!(made.0, StatusCode::CREATED);
    }
    for (name, node) in [("one", "gone"), ("two", "gone"), ("three", "stays")] {
        assert_eq!(post(&router, PODS, &pod(name, node)).await.0, StatusCode::CREATED);
    }
    raw_as(
        &router,
        &Identity::administrator(),
        ("DELETE", &format!("{NODES}/gone")),
        &Value::Null,
    )
    .await;
    let is_there = async |name: &str| read(&router, &format!("{PODS}/{name}")).await.0 == StatusCode::OK;
    until(&server, async || !is_there("one").await && !is_there("two").await).await;
    assert!(is_there("three").await);
    // The name can be used again.
    let again = post(&router, PODS, &pod("one", "stays")).await;
    assert_eq!(again.0, StatusCode::CREATED);
}

/// What was missed when the server stopped is found later; what only comes up is left alone.
#[tokio::test]
async fn pods_without_a_node_are_found() {
    let clock = FrozenClock::at("2026-11-23T12:00:00Z".parse().unwrap());
    let server = ApiServer::builder().clock(clock.clone()).build().await.unwrap();
    let router = server.router();
    post(&router, NODES, &json!({"metadata": {"name": "stays"}})).await;
    for (name, node) in [("lost", "never"), ("kept", "stays"), ("unbound", "")] {
        assert_eq!(post(&router, PODS, &pod(name, node)).await.0, StatusCode::CREATED);
    }
    let found = async || {
        super::pods::clean(server.shared()).await;
        read(&router, &format!("{PODS}/lost")).await.0
    };
    assert_eq!(found().await, StatusCode::OK, "its node may be on its way");
    clock.advance(Duration::from_mins(1));
    assert_eq!(found().await, StatusCode::NOT_FOUND);
    for name in ["kept", "unbound"] {
        assert_eq!(
            read(&router, &format!("{PODS}/{name}")).await.0,
            StatusCode::OK,
            "{name}"
        );
    }
}
