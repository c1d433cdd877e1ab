//! The console's requests as commands of `client`, and its answers as ours.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_client::{Command, FleetClient};
use fleetui_fleet::edit::Change;
use fleetui_fleet::tree::Layers;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::Fleet;
use crate::document::Document;
use crate::effect::{Answer, Failure, FailureKind, Request};

impl Fleet for FleetClient {
    fn execute(&self, request: Request) -> BoxFuture<'static, Answer> {
        let client = self.clone();
        match request {
            Request::Read {
                key,
                uid,
                managed_fields,
            } => read(client, key, uid, managed_fields).boxed(),
            Request::Events { key, uid } => events(client, key, uid).boxed(),
            Request::DryRun(change) => write(client, *change, true).boxed(),
            Request::Apply(change) => write(client, *change, false).boxed(),
            Request::Reconnect(management_cluster) => {
                async move { known(client.reconnect(&management_cluster), &management_cluster) }.boxed()
            }
            Request::LookUp(management_cluster, paths) => {
                async move { known(client.look_up(&management_cluster, paths), &management_cluster) }.boxed()
            }
            Request::Disconnect(management_cluster) => {
                async move { known(client.rest(&management_cluster), &management_cluster) }.boxed()
            }
            Request::LogIn(management_cluster) => async move {
                match client.log_in(&management_cluster).await {
                    Ok(()) => Answer::Accepted(Vec::new()),
                    Err(failure) => failed(&failure),
                }
            }
            .boxed(),
        }
    }

    fn show_layers(&self, layers: Layers) {
        Self::show_layers(self, layers);
    }
}

/// What comes of an order to a session: it is taken by one that is there.
fn known(is_known: bool, management_cluster: &ManagementCluster) -> Answer {
    if is_known {
        return Answer::Accepted(Vec::new());
    }
    Answer::Failed(Failure {
        kind: FailureKind::Unreachable,
        message: Shown::line(&format!("{management_cluster} has no session to ask that of")),
    })
}

async fn read(client: FleetClient, key: ObjectKey, uid: CompactString, managed_fields: bool) -> Answer {
    let command = Command::Fetch {
        key,
        uid,
        managed_fields,
    };
    match client.execute(command).await {
        Ok(fleetui_client::Answer::Fetched(object) | fleetui_client::Answer::Changed(object)) => {
            let document = if managed_fields {
                Document::with_managed_fields(object)
            } else {
                Document::new(object)
            };
            Answer::Object(Arc::new(document))
        }
        Ok(fleetui_client::Answer::Events(..)) => unexpected(),
        Err(failure) => failed(&failure),
    }
}

async fn events(client: FleetClient, key: ObjectKey, uid: CompactString) -> Answer {
    match client.execute(Command::Events { key, uid }).await {
        Ok(fleetui_client::Answer::Events(events, more)) => Answer::Events(events.into(), more),
        Ok(fleetui_client::Answer::Fetched(_) | fleetui_client::Answer::Changed(_)) => unexpected(),
        Err(failure) => failed(&failure),
    }
}

async fn write(client: FleetClient, change: Change, dry_run: bool) -> Answer {
    match client.execute(Command::Change { change, dry_run }).await {
        Ok(fleetui_client::Answer::Fetched(_) | fleetui_client::Answer::Changed(_)) => {
            Answer::Accepted(Vec::new())
        }
        Ok(fleetui_client::Answer::Events(..)) => unexpected(),
        Err(failure) => failed(&failure),
    }
}

/// An answer to another question.
fn unexpected() -> Answer {
    Answer::Failed(Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("the answer was that to another question"),
    })
}

fn failed(failure: &fleetui_client::Failure) -> Answer {
    use fleetui_client::FailureKind as Theirs;
    let kind = match failure.kind {
        Theirs::NotFound => FailureKind::Gone,
        Theirs::Conflict => FailureKind::Conflict,
        Theirs::TimedOut => FailureKind::TimedOut,
        Theirs::Unreachable | Theirs::AuthNeeded => FailureKind::Unreachable,
        Theirs::ReadOnly | Theirs::Denied | Theirs::Invalid | Theirs::Unexpected => FailureKind::Refused,
    };
    Answer::Failed(Failure {
        kind,
        message: Shown::line(&failure.message),
    })
}
