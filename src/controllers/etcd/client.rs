//! A connection to one member: gRPC over HTTP/2 over TLS, over whatever stream was dialled.
//!
//! Its node's name has to be in the member's certificate, as kubeadm writes it there, and etcd's authority has to have signed it.
//! Every question has a limit, and every error is a sentence.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::OptionFuture;
use http::Uri;
use http::uri::PathAndQuery;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic_prost::ProstCodec;
use tower::Service;

use super::messages::{
    AlarmRequest, Call, MemberListRequest, MemberRemoveRequest, MoveLeaderRequest, StatusRequest,
};
use super::{Alarm, Member};
use crate::workloads::{DialEtcd, DialledEtcd};

/// How long a stream that broke may take to say why.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// What is read of one answer at most: a list of members has a few hundred bytes each.
const MOST_BYTES: usize = 1 << 20;

/// A connection to one member.
pub(super) struct Client {
    grpc: Grpc<Sender>,
    limit: Duration,
    /// The id of the member that leads, as this one knows; zero where it knows of nobody.
    pub(super) leader: u64,
    _connection: AbortOnDropHandle<()>,
}

impl Client {
    /// Connects to the member on a node, and asks it who leads. Each of the two may take so long.
    pub(super) async fn connect(
        dial: &dyn DialEtcd,
        node: &str,
        tls: &Arc<ClientConfig>,
        limit: Duration,
    ) -> Result<Self, String> {
        let opened = tokio::time::timeout(limit, open(dial, node, tls)).await;
        let (sender, connection) = opened.map_err(|_| too_late(limit))??;
        let origin = Uri::builder()
            .scheme("https")
            .authority(node)
            .path_and_query("/")
            .build()
            .map_err(|error| error.to_string())?;
        let grpc = Grpc::with_origin(Sender(sender), origin).max_decoding_message_size(MOST_BYTES);
        let mut client = Self {
            grpc,
            limit,
            leader: 0,
            _connection: connection,
        };
        client.leader = client.ask(StatusRequest {}).await?.leader;
        Ok(client)
    }

    /// All members, as a quorum of them knows.
    pub(super) async fn members(&mut self) -> Result<Vec<Member>, String> {
        let list = self.ask(MemberListRequest { linearizable: true }).await?;
        let member = |member: super::messages::Member| Member {
            id: member.id,
            name: member.name,
            learner: member.is_learner,
        };
        Ok(list.members.into_iter().map(member).collect())
    }

    /// All alarms.
    pub(super) async fn alarms(&mut self) -> Result<Vec<Alarm>, String> {
        let list = self.ask(AlarmRequest {}).await?;
        let raised = list.alarms.into_iter().filter(|alarm| alarm.alarm != 0);
        let alarm = raised.map(|alarm| Alarm {
            member: alarm.member_id,
            name: match alarm.alarm {
                1 => "NOSPACE".to_owned(),
                2 => "CORRUPT".to_owned(),
                other => format!("alarm {other}"),
            },
        });
        Ok(alarm.collect())
    }

    /// Takes a member out.
    pub(super) async fn remove(&mut self, id: u64) -> Result<(), String> {
        self.ask(MemberRemoveRequest { id }).await.map(drop)
    }

    /// Hands leadership on, which this member has to have.
    pub(super) async fn move_leader(&mut self, to: u64) -> Result<(), String> {
        self.ask(MoveLeaderRequest { target_id: to }).await.map(drop)
    }

    async fn ask<C: Call>(&mut self, call: C) -> Result<C::Answer, String> {
        let limit = self.limit;
        let asked = async {
            self.grpc.ready().await.map_err(|error| told(&error))?;
            let path = PathAndQuery::from_static(C::PATH);
            let answer = self.grpc.unary(
                tonic::Request::new(call),
                path,
                ProstCodec::<C, C::Answer>::default(),
            );
            let answer = answer.await.map_err(|status| said(&status))?;
            Ok(answer.into_inner())
        };
        tokio::time::timeout(limit, asked)
            .await
            .map_err(|_| too_late(limit))?
    }
}

/// Dials, greets and shakes hands.
async fn open(
    dial: &dyn DialEtcd,
    node: &str,
    tls: &Arc<ClientConfig>,
) -> Result<(SendRequest<Body>, AbortOnDropHandle<()>), String> {
    let name = ServerName::try_from(node.to_owned());
    let name = name.map_err(|_| "the node's name is none that a certificate could have".to_owned())?;
    let DialledEtcd { stream, end } = dial.dial(node).await?;
    let last_words = async {
        match OptionFuture::from(end).await.flatten() {
            Some(words) => words,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(last_words);
    let stream = tokio::select! {
        biased;
        words = &mut last_words => return Err(words),
        connected = TlsConnector::from(Arc::clone(tls)).connect(name, stream) => match connected {
            Ok(stream) => stream,
            Err(error) => {
                let words = tokio::time::timeout(LAST_WORDS, last_words).await;
                return Err(words.unwrap_or_else(|_| error.to_string()));
            }
        },
    };
    let shaken = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = shaken.map_err(|error| told(&error))?;
    let carried = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to an etcd member ended");
        }
    });
    Ok((sender, AbortOnDropHandle::new(carried)))
}

fn too_late(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs_f64())
}

/// An error and its causes, each once.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// What a member says in a refusal, or else why it was not heard.
fn said(status: &tonic::Status) -> String {
    match status.message() {
        "" => status.code().description().to_owned(),
        message => message.to_owned(),
    }
}

/// Sends requests over one connection.
struct Sender(SendRequest<Body>);

impl Service<http::Request<Body>> for Sender {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = futures::future::BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
