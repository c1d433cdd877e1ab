//! The server over real sockets: who comes in, how much at a time, and how it ends.

use std::time::Duration;

use axum::Extension;
use axum::routing::get;
use fleetui_pki::{Credential, Kubeconfig};
use kube::config::{Config, KubeConfigOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::*;
use crate::authn::Identity;

/// The longest that anything may take; longer than the server's own patience.
const PATIENCE: Duration = Duration::from_secs(90);

fn credentials() -> ServerCredentials {
    let now = fleetui_base::Clock::now(&fleetui_base::clock::SystemClock);
    ServerCredentials::ephemeral(&names(), now).unwrap()
}

/// A router that says who asks, and one path that answers when it is told to.
fn router(asked: mpsc::Sender<()>, answer: CancellationToken) -> Router {
    let who = |identity: Option<Extension<Arc<Identity>>>| async move {
        identity.map_or_else(
            || "nobody".to_owned(),
            |Extension(identity)| format!("{} {}", identity.user, identity.groups.join(",")),
        )
    };
    let slow = move || async move {
        asked.send(()).await.unwrap();
        answer.cancelled().await;
        "at last"
    };
    Router::new()
        .route("/who", get(who))
        .route("/version", get(who))
        .route("/slow", get(slow))
}

fn simple() -> Router {
    router(mpsc::channel(1).0, CancellationToken::new())
}

async fn begin(router: Router, credentials: &ServerCredentials) -> Serving {
    let listen = "127.0.0.1:0".parse().unwrap();
    serve(router, listen, credentials, CancellationToken::new())
        .await
        .unwrap()
}

async fn client(
    serving: &Serving,
    credentials: &ServerCredentials,
    credential: Credential<'_>,
) -> kube::Client {
    let authority = credentials.authority.certificate_pem();
    let file = Kubeconfig::new("test", &serving.url(), authority, credential);
    let yaml = file.to_yaml().unwrap();
    let file = kube::config::Kubeconfig::from_yaml(yaml.reveal()).unwrap();
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .unwrap();
    kube::Client::try_from(config).unwrap()
}

async fn get_text(client: &kube::Client, path: &str) -> kube::Result<String> {
    client
        .request_text(http::Request::get(path).body(Vec::new()).unwrap())
        .await
}

/// A TLS client that trusts the server and shows no certificate.
fn client_config(credentials: &ServerCredentials) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(tls::first_certificate(credentials.authority.certificate_pem()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

async fn connect(
    serving: &Serving,
    config: rustls::ClientConfig,
) -> tokio_rustls::client::TlsStream<tokio::net::TcpStream> {
    let stream = tokio::net::TcpStream::connect(serving.local_address())
        .await
        .unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

/// Sends a request as it stands over TLS and returns the whole answer.
async fn raw(serving: &Serving, credentials: &ServerCredentials, request: &str) -> String {
    let mut stream = connect(serving, client_config(credentials)).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_certificate_and_a_token_both_name_the_administrator() {
    let credentials = credentials();
    let serving = begin(simple(), &credentials).await;
    for credential in [
        Credential::Certificate(&credentials.administrator),
        Credential::Token(&credentials.token),
    ] {
        let client = client(&serving, &credentials, credential).await;
        assert_eq!(
            get_text(&client, "/who").await.unwrap(),
            "fleetui-admin system:masters,system:authenticated"
        );
    }
    let ada = credentials
        .authority
        .issue_client(
            "ada",
            None,
            fleetui_pki::Validity::days(fleetui_base::Clock::now(&fleetui_base::clock::SystemClock), 1),
        )
        .unwrap();
    let client = client(&serving, &credentials, Credential::Certificate(&ada)).await;
    assert_eq!(
        get_text(&client, "/who").await.unwrap(),
        "ada system:authenticated"
    );
    serving.shutdown().await;
}

#[tokio::test]
async fn strangers_get_a_status_of_401() {
    let credentials = credentials();
    let serving = begin(simple(), &credentials).await;
    let wrong = fleetui_pki::Token::generate().unwrap();
    let client = client(&serving, &credentials, Credential::Token(&wrong)).await;
    let Err(kube::Error::Api(status)) = get_text(&client, "/who").await else {
        panic!("let in");
    };
    assert_eq!((status.code, status.reason.as_str()), (401, "Unauthorized"));
    assert_eq!(
        get_text(&client, "/version").await.unwrap(),
        "system:anonymous system:unauthenticated"
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority_names_nobody() {
    let (ours, theirs) = (credentials(), credentials());
    let serving = begin(simple(), &ours).await;
    let client = client(&serving, &ours, Credential::Certificate(&theirs.administrator)).await;
    let Err(kube::Error::Api(status)) = get_text(&client, "/who").await else {
        panic!("let in");
    };
    assert_eq!((status.code, status.reason.as_str()), (401, "Unauthorized"));
    assert_eq!(
        get_text(&client, "/version").await.unwrap(),
        "system:anonymous system:unauthenticated"
    );
}

#[tokio::test]
async fn another_host_or_an_origin_is_refused() {
    let credentials = credentials();
    let serving = begin(simple(), &credentials).await;
    let token = credentials.token.reveal();
    let request = |headers: &str| {
        format!("GET /who HTTP/1.1\r\n{headers}Authorization: Bearer {token}\r\nConnection: close\r\n\r\n")
    };
    let good = raw(&serving, &credentials, &request("Host: localhost\r\n")).await;
    assert!(good.starts_with("HTTP/1.1 200"), "{good}");
    for headers in [
        "Host: evil.example\r\n",
        "Host: localhost\r\nOrigin: https://evil.example\r\n",
        "",
    ] {
        let answer = raw(&serving, &credentials, &request(headers)).await;
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("\"kind\":\"Status\""),
            "{headers}: {answer}"
        );
    }
}

/// Sends a request whose handshake asks for another host.
#[tokio::test]
async fn a_handshake_for_another_host_comes_to_nothing() {
    let credentials = credentials();
    let serving = begin(simple(), &credentials).await;
    for (name, answered) in [("localhost", true), ("kubernetes", true), ("evil.example", false)] {
        let mut config = client_config(&credentials);
        // What a browser would do that trusts whatever it finds.
        config
            .dangerous()
            .set_certificate_verifier(Arc::new(Trusting(rustls::crypto::ring::default_provider())));
        let stream = TcpStream::connect(serving.local_address()).await.unwrap();
        let host = rustls::pki_types::ServerName::try_from(name).unwrap();
        let mut stream = tokio_rustls::TlsConnector::from(Arc::new(config))
            .connect(host, stream)
            .await
            .unwrap();
        let request = b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap();
        let said = read.is_ok() && answer.starts_with(b"HTTP/1.1 200");
        assert_eq!(said, answered, "{name}");
    }
}

/// Believes every server.
#[derive(Debug)]
struct Trusting(rustls::crypto::CryptoProvider);

impl rustls::client::danger::ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[tokio::test]
async fn only_loopback_addresses_are_listened_on() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let result = serve(
            simple(),
            address.parse().unwrap(),
            &credentials(),
            CancellationToken::new(),
        )
        .await;
        let message = result.unwrap_err().to_string();
        assert!(message.contains("is not a loopback address"), "{message}");
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() {
    let credentials = credentials();
    let (asked, mut hears) = mpsc::channel(1);
    let answer = CancellationToken::new();
    let serving = begin(router(asked, answer.clone()), &credentials).await;
    let address = serving.local_address();
    let client = client(
        &serving,
        &credentials,
        Credential::Certificate(&credentials.administrator),
    )
    .await;
    let request = tokio::spawn(async move { get_text(&client, "/slow").await });
    tokio::time::timeout(PATIENCE, hears.recv())
        .await
        .unwrap()
        .unwrap();
    let ending = tokio::spawn(serving.shutdown());
    // The listener goes first: once nobody can connect, the end has begun.
    let gone = async {
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert!(!ending.is_finished(), "the request is still under way");
    answer.cancel();
    assert_eq!(request.await.unwrap().unwrap(), "at last");
    tokio::time::timeout(PATIENCE, ending).await.unwrap().unwrap();
}

/// An HTTP/2 connection as the administrator, with the task that drives it.
async fn http2(
    serving: &Serving,
    credentials: &ServerCredentials,
) -> (
    hyper::client::conn::http2::SendRequest<axum::body::Body>,
    JoinHandle<hyper::Result<()>>,
) {
    let mut config = client_config(credentials);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = connect(serving, config).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) = hyper::client::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new())
        .handshake(hyper_util::rt::TokioIo::new(stream))
        .await
        .unwrap();
    (sender, tokio::spawn(connection))
}

#[tokio::test]
async fn one_connection_carries_more_than_a_thousand_requests_at_a_time() {
    const REQUESTS: usize = 1200;
    let credentials = credentials();
    let (asked, mut hears) = mpsc::channel(REQUESTS);
    let answer = CancellationToken::new();
    let serving = begin(router(asked, answer.clone()), &credentials).await;
    let (sender, connection) = http2(&serving, &credentials).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..REQUESTS {
        let mut sender = sender.clone();
        let request = http::Request::get("https://localhost/slow")
            .header("authorization", format!("Bearer {}", credentials.token.reveal()))
            .body(axum::body::Body::empty())
            .unwrap();
        requests.spawn(async move { sender.send_request(request).await.unwrap().status() });
    }
    for _ in 0..REQUESTS {
        tokio::time::timeout(PATIENCE, hears.recv())
            .await
            .expect("not all are under way")
            .unwrap();
    }
    answer.cancel();
    let statuses = tokio::time::timeout(PATIENCE, requests.join_all()).await.unwrap();
    assert!(statuses.iter().all(|status| *status == http::StatusCode::OK));
    // An idle connection does not hold the end up.
    tokio::time::timeout(PATIENCE, serving.shutdown()).await.unwrap();
    drop(sender);
    connection.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_ends_in_a_timeout() {
    let credentials = credentials();
    let read = axum::routing::post(|body: axum::body::Bytes| async move { body.len().to_string() });
    let serving = begin(Router::new().route("/read", read), &credentials).await;
    let token = credentials.token.reveal();
    let request = format!(
        "POST /read HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhalf"
    );
    let answer = raw(&serving, &credentials, &request).await;
    assert!(
        answer.starts_with("HTTP/1.1 504") && answer.contains("\"reason\":\"Timeout\""),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_asks_nothing_is_ended() {
    let credentials = credentials();
    let serving = begin(simple(), &credentials).await;
    let mut stream = connect(&serving, client_config(&credentials)).await;
    let mut answer = Vec::new();
    // Ends by the server's patience, which is shorter than ours.
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok() && answer.is_empty());
}

#[tokio::test]
async fn more_writes_at_a_time_than_there_is_room_for_are_told_to_wait() {
    const REQUESTS: usize = 600;
    let credentials = credentials();
    let (asked, mut hears) = mpsc::channel(REQUESTS);
    let answer = CancellationToken::new();
    let go = answer.clone();
    let slow = axum::routing::post(move || async move {
        asked.send(()).await.unwrap();
        go.cancelled().await;
    });
    let serving = begin(Router::new().route("/slow", slow), &credentials).await;
    let (sender, _connection) = http2(&serving, &credentials).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..REQUESTS {
        let mut sender = sender.clone();
        let request = http::Request::post("https://localhost/slow")
            .header("authorization", format!("Bearer {}", credentials.token.reveal()))
            .body(axum::body::Body::empty())
            .unwrap();
        requests.spawn(async move {
            let response = sender.send_request(request).await.unwrap();
            let wait = response.headers().get("retry-after").is_some();
            (response.status().as_u16(), wait)
        });
    }
    // Those that find no room are answered at once; the others when they may go on.
    let mut refused = 0;
    for _ in 0..REQUESTS - 512 {
        let answer = tokio::time::timeout(PATIENCE, requests.join_next())
            .await
            .unwrap();
        assert_eq!(answer.unwrap().unwrap(), (429, true));
        refused += 1;
    }
    answer.cancel();
    let rest = tokio::time::timeout(PATIENCE, requests.join_all()).await.unwrap();
    assert!(
        rest.iter().all(|answer| *answer == (200, false)),
        "{refused} {rest:?}"
    );
    assert!(hears.recv().await.is_some());
}

#[tokio::test]
async fn a_header_that_does_not_end_is_refused() {
    let credentials = credentials();
    let serving = begin(simple(), &credentials).await;
    let request = |length: usize| {
        let long = "a".repeat(length);
        format!("GET /version HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\nConnection: close\r\n\r\n")
    };
    let answer = raw(&serving, &credentials, &request(64 * 1024)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut stream = connect(&serving, client_config(&credentials)).await;
    // The server stops reading; what it answers may be lost with what it did not read.
    let _ = stream.write_all(request(1024 * 1024).as_bytes()).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}
