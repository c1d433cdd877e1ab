//! From a kubeconfig on disk to rows, over TLS: client certificates, tokens, a credential plugin, and those that do not fit.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use fleetui_apiserver::ApiServer;
use fleetui_apiserver::server::{Serving, names};
use fleetui_base::clock::SystemClock;
use fleetui_connect::{TargetRequest, resolve};
use fleetui_pki::{ServerCredentials, Token};
use serde_json::json;

use super::*;

async fn serve(directory: &Path, listen: &str, credentials: &ServerCredentials) -> (ApiServer, Serving) {
    let server = ApiServer::builder()
        .data_dir(directory.join("data"))
        .build()
        .await
        .unwrap();
    let listen: SocketAddr = listen.parse().unwrap();
    let serving = server.serve(listen, credentials).await.unwrap();
    (server, serving)
}

fn credentials() -> ServerCredentials {
    ServerCredentials::ephemeral(&names(), SystemClock.now()).unwrap()
}

/// One context for each way to log in, with files beside the kubeconfig as relative paths.
fn write_kubeconfig(directory: &Path, url: &str, credentials: &ServerCredentials) {
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).unwrap();
    write("ca.crt", credentials.authority.certificate_pem());
    write("other-ca.crt", self::credentials().authority.certificate_pem());
    write("admin.crt", &credentials.administrator.certificate_pem);
    write("admin.key", credentials.administrator.key_pem.reveal());
    write("token", &format!("{}\n", credentials.token.reveal()));
    let certificate = json!({"kind": "ExecCredential", "status": {
        "clientCertificateData": credentials.administrator.certificate_pem,
        "clientKeyData": credentials.administrator.key_pem.reveal()}});
    write("certificate.json", &certificate.to_string());
    let script =
        "echo run >> runs; printf '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' $(cat token)";
    let talks = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
        "interactiveMode": "Always", "args": ["-c", format!("cd '{}'; {script}", directory.display())]}});
    let users = [
        (
            "certificate",
            json!({"client-certificate": "admin.crt", "client-key": "admin.key"}),
        ),
        ("token-file", json!({"tokenFile": "token"})),
        (
            "plugin",
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
            "args": ["-c", format!("cd '{}'; {script}", directory.display())]}}),
        ),
        (
            "plugin-certificate",
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
            "args": ["-c", format!("cd '{}'; echo run >> runs-certificate; cat certificate.json", directory.display())]}}),
        ),
        ("talks", talks.clone()),
        ("talks-too", talks),
        ("stranger", json!({"token": Token::generate().unwrap().reveal()})),
        ("wrong-ca", json!({"tokenFile": "token"})),
    ];
    let all: Vec<_> = users.iter().map(|(name, _)| *name).collect();
    let authority = |name: &str| {
        if name == "wrong-ca" {
            "other-ca.crt"
        } else {
            "ca.crt"
        }
    };
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "plugin",
        "clusters": all.iter().map(|name| json!({
            "name": name, "cluster": {"server": url, "certificate-authority": authority(name)}})).collect::<Vec<_>>(),
        "contexts": all.iter().map(|name| json!({
            "name": name, "context": {"cluster": name, "user": name}})).collect::<Vec<_>>(),
        "users": users.iter().map(|(name, user)| json!({"name": name, "user": user})).collect::<Vec<_>>(),
    });
    write("config", &text.to_string());
}

fn quick() -> ClientSettings {
    ClientSettings {
        retry_first: Duration::from_millis(50),
        retry_longest: Duration::from_millis(300),
        stale_after: Duration::from_millis(100),
        ..ClientSettings::default()
    }
}

fn fleet(directory: &Path, contexts: &[&str]) -> Fleet {
    let request = TargetRequest {
        contexts: contexts.iter().map(ToString::to_string).collect(),
        kubeconfig: Some(directory.join("config")),
        ..TargetRequest::default()
    };
    Fleet::with(resolve(&request).unwrap(), quick())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_to_log_in_leads_to_a_session_or_to_an_answer() {
    let directory = tempfile::tempdir().unwrap();
    let credentials = credentials();
    let (_server, serving) = serve(directory.path(), "127.0.0.1:0", &credentials).await;
    write_kubeconfig(directory.path(), &serving.url(), &credentials);
    let contexts = [
        "stranger",
        "wrong-ca",
        "certificate",
        "token-file",
        "plugin",
        "plugin-certificate",
    ];
    let mut fleet = fleet(directory.path(), &contexts);
    for name in ["certificate", "token-file", "plugin", "plugin-certificate"] {
        fleet.until_live(name).await;
    }
    let refused = fleet
        .until_connection("stranger", |connection| {
            matches!(connection, Connection::AuthNeeded { .. })
        })
        .await;
    assert!(
        matches!(refused, Connection::AuthNeeded { how } if how.contains("does not accept the credentials"))
    );
    let unknown = fleet
        .until_connection("wrong-ca", |connection| {
            matches!(connection, Connection::Offline { .. })
        })
        .await;
    assert!(
        matches!(unknown, Connection::Offline { ref why, .. } if why.contains("certificate")),
        "{unknown:?}"
    );
    fleet
        .until("its version", |store| {
            session(store, "plugin").unwrap().server_version.is_some()
        })
        .await;
    for runs in ["runs", "runs-certificate"] {
        let runs = fs::read_to_string(directory.path().join(runs)).unwrap();
        assert_eq!(
            runs.lines().count(),
            1,
            "the plugin ran once for all requests, and never by the kube client"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_logs_in_once_has_logged_in_for_all_that_need_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let credentials = credentials();
    let (_server, serving) = serve(directory.path(), "127.0.0.1:0", &credentials).await;
    write_kubeconfig(directory.path(), &serving.url(), &credentials);
    let mut fleet = fleet(directory.path(), &["talks", "talks-too", "certificate"]);
    for name in ["talks", "talks-too"] {
        let needs_login = |connection: &Connection| matches!(connection, Connection::AuthNeeded { .. });
        let said = fleet.until_connection(name, needs_login).await;
        assert!(
            matches!(&said, Connection::AuthNeeded { how } if how.contains("asks questions")),
            "{said:?}"
        );
        assert!(
            session(&fleet.store, name)
                .unwrap()
                .login
                .as_ref()
                .unwrap()
                .by_plugin
        );
    }
    assert!(
        !directory.path().join("runs").exists(),
        "it is not run where nobody answers"
    );
    let talks = ManagementCluster::new("talks");
    let turn = fleet.client.login_turn(&talks).await.unwrap();
    fleet.client.log_in(&talks, turn).await.unwrap();
    for name in ["talks", "talks-too"] {
        fleet.until_live(name).await;
    }
    let runs = fs::read_to_string(directory.path().join("runs")).unwrap();
    assert_eq!(runs.lines().count(), 1);
    let certificate = ManagementCluster::new("certificate");
    let refused = fleet.client.login_turn(&certificate).await.err().unwrap();
    assert!(
        refused.message.contains("no credential plugin"),
        "{}",
        refused.message
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_restarts_is_stale_for_a_while() {
    let directory = tempfile::tempdir().unwrap();
    let credentials = credentials();
    let (server, serving) = serve(directory.path(), "127.0.0.1:0", &credentials).await;
    let client = server.client(&fleetui_apiserver::LogicalCluster::root());
    let definition = fleetui_api::crds::of("cluster.x-k8s.io", "Machine").unwrap();
    let post = |path: &str, body: &serde_json::Value| {
        http::Request::post(path)
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap()
    };
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    client.request_text(post(definitions, &definition)).await.unwrap();
    let machine = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "metadata": {"name": "m"},
    "spec": {
        "clusterName": "prod",
        "bootstrap": {"dataSecretName": "m"},
        "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": "m"},
    }});
    let machines_path = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines";
    client.request_text(post(machines_path, &machine)).await.unwrap();
    write_kubeconfig(directory.path(), &serving.url(), &credentials);
    let mut fleet = fleet(directory.path(), &["certificate"]);
    fleet.until_live("certificate").await;
    assert_eq!(machines(&fleet.store, "certificate"), ["m"]);
    let address = serving.local_address().to_string();
    serving.shutdown().await;
    server.shutdown().await;
    drop(server);
    fleet
        .until_connection("certificate", |connection| {
            matches!(connection, Connection::Stale { .. })
        })
        .await;
    assert_eq!(machines(&fleet.store, "certificate"), ["m"], "its rows stay");
    let (again, _serving) = serve(directory.path(), &address, &credentials).await;
    fleet.until_live("certificate").await;
    let client = again.client(&fleetui_apiserver::LogicalCluster::root());
    client
        .request_text(
            http::Request::delete(format!("{machines_path}/m"))
                .body(Vec::new())
                .unwrap(),
        )
        .await
        .unwrap();
    fleet
        .until("the deletion", |store| machines(store, "certificate").is_empty())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_refused_is_had_anew_without_a_word() {
    let directory = tempfile::tempdir().unwrap();
    let credentials = credentials();
    let (_server, serving) = serve(directory.path(), "127.0.0.1:0", &credentials).await;
    write_kubeconfig(directory.path(), &serving.url(), &credentials);
    // The first run gives a token that the server does not know, every later one the right one.
    let config = fs::read_to_string(directory.path().join("config")).unwrap();
    let script = "$(if [ -e ran ]; then cat token; else touch ran; echo stale; fi)";
    fs::write(
        directory.path().join("config"),
        config.replace("$(cat token)", script),
    )
    .unwrap();
    let mut settings = quick();
    settings.plugins.youngest_refused = Duration::ZERO;
    let request = TargetRequest {
        kubeconfig: Some(directory.path().join("config")),
        ..TargetRequest::default()
    };
    let mut fleet = Fleet::with(resolve(&request).unwrap(), settings);
    let mut seen = Vec::new();
    fleet
        .until("it is live", |store| {
            let Some(session) = session(store, "plugin") else {
                return false;
            };
            seen.push(session.connection.clone());
            session.is_live()
        })
        .await;
    assert!(
        !seen
            .iter()
            .any(|connection| matches!(connection, Connection::AuthNeeded { .. })),
        "{seen:?}"
    );
    assert_eq!(
        fs::read_to_string(directory.path().join("runs"))
            .unwrap()
            .lines()
            .count(),
        2
    );
}

#[tokio::test]
async fn a_peer_that_takes_the_connection_and_says_nothing_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    write_kubeconfig(directory.path(), &url, &credentials());
    let mut settings = quick();
    settings.connect.connect_timeout = Duration::from_millis(200);
    let request = TargetRequest {
        contexts: vec!["certificate".to_owned()],
        kubeconfig: Some(directory.path().join("config")),
        ..TargetRequest::default()
    };
    let mut fleet = Fleet::with(resolve(&request).unwrap(), settings);
    let offline = fleet
        .until_connection("certificate", |connection| {
            matches!(connection, Connection::Offline { .. })
        })
        .await;
    assert!(
        matches!(offline, Connection::Offline { ref why, .. } if why == "no connection in time"),
        "{offline:?}"
    );
    assert!(fleet.begun.elapsed() < Duration::from_secs(5));
}
