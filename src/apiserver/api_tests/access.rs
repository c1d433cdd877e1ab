//! Who comes in and what they may, over real TLS: tokens, certificates, impersonation, the audit log, and what is too much.

mod own_authorities;

use base64::Engine as _;
use fleetui_base::Clock as _;
use fleetui_base::clock::SystemClock;
use fleetui_pki::{Credential, KeyedCertificate, Kubeconfig, ServerCredentials};
use kube::config::{Config, KubeConfigOptions};
use tempfile::TempDir;

use super::*;
use crate::server::{Serving, names};

/// A server over TLS, its credentials, and its data directory.
struct Place {
    server: ApiServer,
    serving: Serving,
    credentials: ServerCredentials,
    home: TempDir,
}

impl Place {
    async fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = ApiServer::builder()
            .data_dir(home.path().join("data"))
            .build()
            .await
            .unwrap();
        let credentials =
            ServerCredentials::open(&home.path().join("pki"), &names(), SystemClock.now()).unwrap();
        let serving = server
            .serve("127.0.0.1:0".parse().unwrap(), &credentials)
            .await
            .unwrap();
        Self {
            server,
            serving,
            credentials,
            home,
        }
    }

    async fn client(&self, prefix: &str, change: impl FnOnce(&mut Kubeconfig)) -> kube::Client {
        let authority = self.credentials.authority.certificate_pem();
        let url = format!("{}{prefix}", self.serving.url());
        let credential = Credential::Certificate(&self.credentials.administrator);
        let mut file = Kubeconfig::new("test", &url, authority, credential);
        change(&mut file);
        let file = kube::config::Kubeconfig::from_yaml(file.to_yaml().unwrap().reveal()).unwrap();
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
            .await
            .unwrap();
        kube::Client::try_from(config).unwrap()
    }

    async fn with_certificate(&self, keyed: &KeyedCertificate) -> kube::Client {
        self.client("", |file| {
            let authority = self.credentials.authority.certificate_pem();
            *file = Kubeconfig::new(
                "test",
                &self.serving.url(),
                authority,
                Credential::Certificate(keyed),
            );
        })
        .await
    }

    async fn with_token(&self, prefix: &str, token: &str) -> kube::Client {
        self.client(prefix, |file| {
            let user = &mut file.users[0].user;
            *user = fleetui_pki::kubeconfig::User {
                token: Some(fleetui_base::redact::Secret::new(token.to_owned())),
                ..Default::default()
            };
        })
        .await
    }

    async fn audit(&self) -> Vec<Value> {
        self.server.shutdown().await;
        let path = self.home.path().join("data/audit/audit.log");
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

async fn ask(client: &kube::Client, request: http::request::Builder, body: &Value) -> Result<Value, u16> {
    let body = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let request = request
        .header("content-type", "application/json")
        .body(body)
        .unwrap();
    let answer = within(client.request_text(request)).await;
    match answer {
        Ok(text) => Ok(serde_json::from_str(&text).unwrap_or(Value::Null)),
        Err(kube::Error::Api(status)) => Err(status.code),
        Err(error) => panic!("{error}"),
    }
}

async fn read_as(client: &kube::Client, path: &str) -> Result<Value, u16> {
    ask(client, Request::get(path), &Value::Null).await
}

async fn who(client: &kube::Client) -> Result<String, u16> {
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = ask(client, Request::post(path), &json!({})).await?;
    Ok(answer["status"]["userInfo"]["username"]
        .as_str()
        .unwrap()
        .to_owned())
}

const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";

#[tokio::test]
async fn a_token_of_an_account_comes_in_in_its_own_logical_cluster() {
    let place = Place::open().await;
    place
        .server
        .create_logical_cluster(&LogicalCluster::new("w1").unwrap())
        .await
        .unwrap();
    let router = place.server.router();
    let (_, answer) = post(
        &router,
        &format!("{ACCOUNTS}/default/token"),
        &json!({"spec": {}}),
    )
    .await;
    let token = answer["status"]["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"));
    let client = place.with_token("", token).await;
    assert_eq!(
        who(&client).await.unwrap(),
        "system:serviceaccount:default:default"
    );
    assert_eq!(
        read_as(&client, "/api/v1/namespaces/default/configmaps").await,
        Err(403)
    );
    let elsewhere = place.with_token("/clusters/w1", token).await;
    assert_eq!(who(&elsewhere).await, Err(401));
    let wrong = place.with_token("", &format!("{token}x")).await;
    assert_eq!(who(&wrong).await, Err(401));
    place.serving.shutdown().await;
}

#[tokio::test]
async fn a_certificate_that_was_asked_for_comes_in() {
    let place = Place::open().await;
    let router = place.server.router();
    let (request, key) = fleetui_pki::request::generate("ada", &["one", "two"], &[]).unwrap();
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    let object = json!({"metadata": {"name": "ada"}, "spec": {
        "request": encode(request.as_bytes()),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }});
    let (code, answer) = post(&router, requests, &object).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    let approved = json!({"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "T"}]}});
    let (code, answer) = merge(&router, &format!("{requests}/ada/approval"), &approved).await;
    assert_eq!(code, StatusCode::OK, "{answer}");
    let certificate = async || {
        let (_, object) = read(&router, &format!("{requests}/ada")).await;
        object["status"]["certificate"].as_str().map(str::to_owned)
    };
    until(&place.server, async || certificate().await.is_some()).await;
    let pem = base64::engine::general_purpose::STANDARD
        .decode(certificate().await.unwrap())
        .unwrap();
    let keyed = KeyedCertificate {
        certificate_pem: String::from_utf8(pem).unwrap(),
        key_pem: key,
    };
    let client = place.with_certificate(&keyed).await;
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = ask(&client, Request::post(path), &json!({})).await.unwrap();
    assert_eq!(
        answer["status"]["userInfo"],
        json!({"username": "ada", "groups": ["one", "two", "system:authenticated"]})
    );
    place.serving.shutdown().await;
}

#[tokio::test]
async fn the_reader_reads() {
    let place = Place::open().await;
    let client = place.with_certificate(&place.credentials.reader).await;
    assert_eq!(who(&client).await.unwrap(), "fleetui-reader");
    assert!(read_as(&client, "/api/v1/configmaps").await.is_ok());
    assert_eq!(read_as(&client, "/api/v1/secrets").await, Err(403));
    let new = json!({"metadata": {"name": "a"}});
    let path = "/api/v1/namespaces/default/configmaps";
    assert_eq!(ask(&client, Request::post(path), &new).await, Err(403));
    place.serving.shutdown().await;
}

/// Asks who one is, with these headers.
async fn who_with(router: &Router, identity: &Identity, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut request = Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .header("content-type", "application/json")
        .extension(Arc::new(identity.clone()))
        .body(Body::from("{}"))
        .unwrap();
    send(router, request).await
}

#[tokio::test]
async fn one_acts_as_another_if_one_may() {
    let server = server().await;
    let router = server.router();
    let root = Identity::administrator();
    let all = [
        ("impersonate-user", "ada"),
        ("impersonate-group", "one"),
        ("impersonate-group", "two"),
        ("impersonate-uid", "7"),
        ("impersonate-extra-example.com%2Fscopes", "a"),
        ("impersonate-extra-example.com%2Fscopes", "b"),
    ];
    let (code, answer) = who_with(&router, &root, &all).await;
    assert_eq!(code, StatusCode::CREATED, "{answer}");
    assert_eq!(
        answer["status"]["userInfo"],
        json!({"username": "ada", "uid": "7", "groups": ["one", "two", "system:authenticated"], "extra": {"example.com/scopes": ["a", "b"]}})
    );
    let account = [("impersonate-user", "system:serviceaccount:n:bot")];
    let (_, answer) = who_with(&router, &root, &account).await;
    assert_eq!(
        answer["status"]["userInfo"]["groups"],
        json!([
            "system:serviceaccounts",
            "system:serviceaccounts:n",
            "system:authenticated"
        ])
    );
    let (code, _) = who_with(&router, &root, &[("impersonate-user", "system:anonymous")]).await;
    assert_eq!(
        code,
        StatusCode::FORBIDDEN,
        "nobody known may ask that, and nobody else"
    );
    let (code, _) = who_with(&router, &root, &[("impersonate-group", "one")]).await;
    assert_eq!(code, StatusCode::INTERNAL_SERVER_ERROR, "as upstream has it");
}

#[tokio::test]
async fn one_acts_as_those_whom_one_may_act_as() {
    let server = server().await;
    let router = server.router();
    let rules = json!([
        {"verbs": ["impersonate"], "apiGroups": [""], "resources": ["users"], "resourceNames": ["ada"]},
        {"verbs": ["impersonate"], "apiGroups": [""], "resources": ["groups"], "resourceNames": ["one"]},
        {"verbs": ["impersonate"], "apiGroups": ["authentication.k8s.io"], "resources": ["userextras/scopes"], "resourceNames": ["a"]},
    ]);
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    post(
        &router,
        &format!("{rbac}/clusterroles"),
        &json!({"metadata": {"name": "r"}, "rules": rules}),
    )
    .await;
    let binding = json!({"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [{"kind": "User", "name": "bob"}]});
    post(&router, &format!("{rbac}/clusterrolebindings"), &binding).await;
    let bob = Identity::new("bob", &[]);
    for (headers, good) in [
        (&[("impersonate-user", "ada")][..], true),
        (&[("impersonate-user", "ada"), ("impersonate-group", "one")], true),
        (
            &[("impersonate-user", "ada"), ("impersonate-extra-scopes", "a")],
            true,
        ),
        (&[("impersonate-user", "eve")], false),
        (
            &[
                ("impersonate-user", "ada"),
                ("impersonate-group", "system:masters"),
            ],
            false,
        ),
        (
            &[("impersonate-user", "ada"), ("impersonate-extra-scopes", "b")],
            false,
        ),
        (&[("impersonate-user", "ada"), ("impersonate-uid", "7")], false),
        (&[("impersonate-user", "system:serviceaccount:n:bot")], false),
    ] {
        let (code, answer) = who_with(&router, &bob, headers).await;
        let expected = if good {
            StatusCode::CREATED
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(code, expected, "{headers:?}: {answer}");
    }
    let (_, answer) = who_with(&router, &bob, &[("impersonate-user", "eve")]).await;
    assert_eq!(
        answer["message"],
        r#"users "eve" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope"#
    );
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_and_no_secret() {
    let place = Place::open().await;
    let client = place.client("", |_| {}).await;
    let secret = json!({"metadata": {"generateName": "s-"}, "stringData": {"password": "hunter2"}});
    let request = Request::post("/api/v1/namespaces/default/secrets?dryRun=All&fieldManager=me")
        .header("user-agent", "test/1")
        .header("impersonate-user", "ada")
        .header("impersonate-group", "system:masters");
    ask(&client, request, &secret).await.unwrap();
    let request = Request::post("/api/v1/namespaces/default/secrets");
    let made = ask(&client, request, &secret).await.unwrap();
    read_as(&client, "/api/v1/namespaces/default/configmaps")
        .await
        .unwrap();
    let stranger = place.with_token("", "nobody").await;
    assert_eq!(read_as(&stranger, "/api").await, Err(401));
    // Inside of the process, writes are told and reads are not.
    make(&place.server, "inside").await;
    config_maps(&place.server).get("inside").await.unwrap();
    let lines = place.audit().await;
    let text = lines.iter().map(Value::to_string).collect::<String>();
    assert!(
        !text.contains("hunter2") && !text.contains("aHVudGVyMg"),
        "{text}"
    );
    let find = |verb: &str, resource: &str, user: &str| {
        lines
            .iter()
            .filter(|line| line["verb"] == verb && line["user"]["username"] == user)
            .filter(|line| resource.is_empty() || line["resource"] == resource)
            .cloned()
            .collect::<Vec<Value>>()
    };
    let writes = find("create", "secrets", "fleetui-admin");
    assert_eq!(writes.len(), 2, "{lines:#?}");
    let dry = &writes[0];
    assert_eq!((&dry["dryRun"], &dry["code"]), (&json!(true), &json!(201)));
    assert_eq!(dry["impersonatedUser"]["username"], "ada");
    assert_eq!(dry["userAgent"], "test/1");
    assert!(dry["source"].as_str().unwrap().starts_with("127.0.0.1:"), "{dry}");
    assert_eq!(dry["requestURI"], "/api/v1/namespaces/default/secrets");
    assert_eq!(
        writes[1]["name"], made["metadata"]["name"],
        "the name that was made"
    );
    assert_eq!(writes[1]["namespace"], "default");
    assert_eq!(find("list", "configmaps", "fleetui-admin").len(), 1);
    let refused: Vec<_> = lines.iter().filter(|line| line["code"] == 401).collect();
    assert_eq!((refused.len(), refused[0].get("user")), (1, None));
    let inside = find("create", "configmaps", "system:apiserver");
    assert!(
        inside
            .iter()
            .any(|line| line["source"] == "in-process" && line["name"] == "inside")
    );
    assert_eq!(find("get", "configmaps", "system:apiserver").len(), 0);
}

#[tokio::test]
async fn every_answer_has_a_name_and_packed_bodies_are_not_read() {
    let server = server().await;
    let router = server.router();
    let ask = async |request: Request<Body>| within(router.clone().oneshot(request)).await.unwrap();
    let mut names = std::collections::BTreeSet::new();
    for path in [
        "/api/v1/nodes",
        "/version",
        "/nothing",
        "/clusters/none/api",
        "/api/v1/nodes/x",
    ] {
        let response = ask(Request::get(path).body(Body::empty()).unwrap()).await;
        let name = response.headers()["audit-id"].to_str().unwrap().to_owned();
        assert!(
            uuid::Uuid::parse_str(&name).is_ok() && names.insert(name),
            "{path}"
        );
    }
    let packed = Request::post("/api/v1/namespaces")
        .header("content-encoding", "gzip")
        .body(Body::from("x"))
        .unwrap();
    assert_eq!(ask(packed).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let long = format!("/api/v1/nodes?labelSelector={}", "a".repeat(33 * 1024));
    let response = ask(Request::get(long).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn a_client_in_the_process_may_what_its_identity_may() {
    let server = server().await;
    let root = LogicalCluster::root();
    let ada = server.client_as(&root, Identity::new("ada", &[]));
    assert_eq!(read_as(&ada, "/api/v1/nodes").await, Err(403));
    assert_eq!(who(&ada).await.unwrap(), "ada");
    assert!(read_as(&server.client(&root), "/api/v1/nodes").await.is_ok());
}

#[tokio::test]
async fn the_deepest_yaml_is_read_on_the_stack_that_there_is() {
    let (server, router) = with_things().await;
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for (depth, expected) in [
        (60, StatusCode::CREATED),
        (65, StatusCode::BAD_REQUEST),
        (9000, StatusCode::BAD_REQUEST),
    ] {
        let body = format!(
            "apiVersion: ex.io/v1\nkind: Thing\nmetadata: {{name: a}}\nspec:\n  x: {}\n",
            nested(depth)
        );
        let (code, answer) = raw(&router, "POST", THINGS, ("application/yaml", &body)).await;
        assert_eq!(code, expected, "{depth}: {answer}");
    }
    drop(server);
}
