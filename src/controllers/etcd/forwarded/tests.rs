//! Real members behind the forwarded ports of an API server: as that hands bytes on, in messages of channels, a pair for each port.

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::Clock as _;
use fleetui_base::clock::SystemClock;
use fleetui_pki::{Authority, Validity};
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::Message;

use super::super::client::Client;
use super::super::tests::RealEtcd;
use super::Forwarded;
use crate::workloads::DialEtcd;

const LIMIT: Duration = Duration::from_secs(10);
const PROTOCOL: &str = "v4.channel.k8s.io";
/// The channels of the first port.
const DATA: u8 = 0;
const ERROR: u8 = 1;

/// Serves the forwarded ports of the Pods of these members; `etcd-closed` is a Pod where nobody listens.
async fn serve(etcd: Arc<RealEtcd>) -> kube::Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let etcd = Arc::clone(&etcd);
            tokio::spawn(async move {
                forward(stream, &etcd).await;
            });
        }
    });
    let url = format!("http://{address}").parse().expect("a URL");
    kube::Client::try_from(kube::Config::new(url)).expect("a client")
}

#[allow(clippy::result_large_err, reason = "the type is the library's")]
async fn forward(stream: TcpStream, etcd: &RealEtcd) {
    let mut node = String::new();
    let asks = |query: &str| query.split('&').any(|term| term == "ports=2379");
    let answer = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        let path = request.uri().path();
        let pod = path
            .strip_prefix("/api/v1/namespaces/kube-system/pods/etcd-")
            .and_then(|path| path.strip_suffix("/portforward"));
        let known = pod.filter(|pod| *pod != "gone" && request.uri().query().is_some_and(asks));
        let Some(pod) = known else {
            let status =
                kube::core::Status::failure("pods \"etcd-gone\" not found", "NotFound").with_code(404);
            let mut refusal = ErrorResponse::new(serde_json::to_string(&status).ok());
            *refusal.status_mut() = StatusCode::NOT_FOUND;
            return Err(refusal);
        };
        pod.clone_into(&mut node);
        let protocol = HeaderValue::from_static(PROTOCOL);
        response.headers_mut().insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, answer).await else {
        return;
    };
    for channel in [DATA, ERROR] {
        send(&mut socket, channel, &2379_u16.to_le_bytes()).await;
    }
    match etcd.dial(&node).await {
        Ok(member) => carry(socket, member.stream).await,
        Err(why) => {
            send(
                &mut socket,
                ERROR,
                format!("error forwarding port 2379: {why}").as_bytes(),
            )
            .await;
            // As kubelets do, it is kept open until the other side has had enough: what is closed with bytes unread takes words with it.
            while let Some(Ok(_)) = socket.next().await {}
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, channel: u8, bytes: &[u8]) {
    let message = [&[channel], bytes].concat();
    socket.send(Message::binary(message)).await.expect("it is sent");
}

/// Hands bytes on until one side ends.
async fn carry(mut socket: WebSocketStream<TcpStream>, member: Box<dyn crate::workloads::EtcdStream>) {
    let (mut from, mut to) = tokio::io::split(member);
    let mut buffer = vec![0; 16 * 1024];
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) if bytes.first() == Some(&DATA) => {
                    if to.write_all(&bytes[1..]).await.is_err() {
                        return;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return,
            },
            read = from.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => send(&mut socket, DATA, &buffer[..count]).await,
            },
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_behind_forwarded_ports_tell_hand_on_and_leave() {
    let authority =
        Authority::generate("etcd-ca", Validity::days(SystemClock.now(), 1)).expect("an authority");
    let Some(etcd) = RealEtcd::start(&authority, &["a", "b", "c"]).await else {
        return;
    };
    let tls = etcd.tls();
    let etcd = Arc::new(etcd);
    let forwarded = Forwarded::new(serve(Arc::clone(&etcd)).await);
    let connect = async |node: &str| Client::connect(&forwarded, node, &tls, LIMIT).await;

    let mut client = connect("a").await.expect("a connection");
    let members = client.members().await.expect("an answer");
    assert_eq!(members.len(), 3);
    assert_eq!(client.alarms().await.expect("an answer"), []);
    let leader = members
        .iter()
        .find(|member| member.id == client.leader)
        .expect("it is in");
    let other = members
        .iter()
        .find(|member| member.id != leader.id)
        .expect("there are three");
    let mut at_leader = connect(&leader.name).await.expect("a connection");
    at_leader.move_leader(other.id).await.expect("it is moved");
    drop(at_leader);
    let at_other = connect(&other.name).await.expect("a connection");
    assert_eq!(at_other.leader, other.id);

    // What has gone wrong behind the API server is told in its words, at once.
    let gone = connect("gone").await.map(drop).unwrap_err();
    assert!(gone.contains("pods \"etcd-gone\" not found"), "{gone}");
    let closed = connect("closed").await.map(drop).unwrap_err();
    assert!(
        closed.contains("error forwarding port 2379: there is no Pod etcd-closed"),
        "{closed}"
    );
}
