//! The console's requests as commands of `client`, and its answers as ours.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_client::{
    Answer as Theirs, Command, FleetClient, Interrupted, KubeconfigFile, Lent, borrower, own_file,
};
use fleetui_fleet::act::{Mode, Plan, Try};
use fleetui_fleet::create::Creation;
use fleetui_fleet::tree::Layers;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::{AtTerminal, Fleet};
use crate::document::Document;
use crate::effect::{Answer, Creating, Failure, FailureKind, KubeconfigTo, Request, Upgrading, Workload};

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
            Request::Act(plan, mode) => act(client, *plan, mode).boxed(),
            Request::Inspect(key, uid) => inspect(client, key, uid).boxed(),
            Request::Editable { key, uid } => editable(client, key, uid).boxed(),
            Request::Gather(key) => gather(client, key).boxed(),
            Request::LookAtWalks(management_cluster) => {
                async move { accepted(client.look_at_walks(&management_cluster).await) }.boxed()
            }
            Request::Walk(key, session) => {
                async move { accepted(client.take_up_walk(&key, &session).await) }.boxed()
            }
            Request::Nodes(cluster, uid) => nodes(client, cluster, uid).boxed(),
            Request::Drain(machine, uid) => async move {
                match client.drain(&machine, &uid).await {
                    Ok(drain) => Answer::Workload(Box::new(Workload::Drain(drain))),
                    Err(failure) => failed(&failure),
                }
            }
            .boxed(),
            Request::Kubeconfig {
                cluster,
                uid,
                to,
                directory,
                kubeconfig: named,
            } => kubeconfig(client, (cluster, uid), to, (directory, named)).boxed(),
            Request::Creations(_) => {
                async move { creating(Creating::Stored(client.stored_creations().await)) }.boxed()
            }
            Request::Originals(_, keys) => originals(client, keys).boxed(),
            Request::Namespace(place, name) => namespace(client, place, name).boxed(),
            Request::LookAtCreation(creation) => look_at_creation(client, *creation).boxed(),
            Request::Create(creation, plan, confirmed) => async move {
                let done = client.create(*creation, *plan, confirmed).await;
                ended(done.map(|(_, warnings)| warnings))
            }
            .boxed(),
            Request::CleanUpCreation(creation, plan, confirmed) => async move {
                let done = client
                    .clean_up_creation(*creation, (*plan, confirmed), CLEAN_UP)
                    .await;
                ended(done.map(|()| Vec::new()))
            }
            .boxed(),
            Request::ForgetCreation(creation) => {
                async move { accepted(client.forget_creation(&creation).await) }.boxed()
            }
            Request::CreationTold(cluster, seen) => async move {
                let (revision, creation) = client.creation_told(&cluster, seen).await;
                creating(Creating::Stands(revision, creation))
            }
            .boxed(),
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
                match login(client, management_cluster).await {
                    Ok(at_terminal) => at_terminal.await,
                    Err(answer) => answer,
                }
            }
            .boxed(),
        }
    }

    fn make_ready(&self, request: Request) -> BoxFuture<'static, Result<AtTerminal, Answer>> {
        let client = self.clone();
        match request {
            Request::LogIn(management_cluster) => login(client, management_cluster).boxed(),
            Request::Kubeconfig {
                cluster,
                uid,
                to: KubeconfigTo::Shell,
                directory,
                kubeconfig: _,
            } => shell(client, (cluster, uid), directory).boxed(),
            other => std::future::ready(Ok(Fleet::execute(self, other))).boxed(),
        }
    }

    fn show_layers(&self, layers: Layers) {
        Self::show_layers(self, layers);
    }

    fn note(&self, tried: Try) {
        Self::note(self, tried);
    }

    fn set_read_only(&self, why: Option<String>) {
        Self::set_read_only(self, why);
    }

    fn activity(&self, most: usize) -> BoxFuture<'static, Answer> {
        let client = self.clone();
        async move {
            match client.activity(most).await {
                Ok(entries) => Answer::Activity(entries.into()),
                Err(said) => Answer::Failed(failure(&said)),
            }
        }
        .boxed()
    }
}

/// How long a clean-up may take before it is told how far it is; what is left goes on with another.
const CLEAN_UP: Duration = Duration::from_secs(40);

fn creating(answer: Creating) -> Answer {
    Answer::Creating(Box::new(answer))
}

/// How a creation ended, or was interrupted.
fn ended(done: Result<Vec<String>, Interrupted>) -> Answer {
    creating(match done {
        Ok(warnings) => Creating::Done(warnings.iter().map(|warning| Shown::line(warning)).collect()),
        Err(interrupted) => Creating::Failed(*interrupted.creation, failure(&interrupted.failure)),
    })
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
        Ok(Theirs::Fetched(object)) => {
            let document = if managed_fields {
                Document::with_managed_fields(object)
            } else {
                Document::new(object)
            };
            Answer::Object(Arc::new(document))
        }
        other => answer(other),
    }
}

async fn events(client: FleetClient, key: ObjectKey, uid: CompactString) -> Answer {
    answer(client.execute(Command::Events { key, uid }).await)
}

async fn act(client: FleetClient, plan: Plan, mode: Mode) -> Answer {
    answer(client.act(plan, mode).await)
}

async fn inspect(client: FleetClient, key: ObjectKey, uid: CompactString) -> Answer {
    answer(client.execute(Command::Inspect { key, uid }).await)
}

async fn editable(client: FleetClient, key: ObjectKey, uid: CompactString) -> Answer {
    match client.read_editable(&key, &uid).await {
        Ok(object) => Answer::Editable(Box::new(object)),
        Err(failure) => failed(&failure),
    }
}

/// Where no upgrade can be read, what stands in its way is still told.
async fn gather(client: FleetClient, key: ObjectKey) -> Answer {
    let (gathered, looked) = tokio::join!(client.gather(&key), client.look_at_walk(&key));
    match gathered {
        Ok(gathered) => Answer::Upgrading(Box::new(Upgrading {
            gathered,
            unread: looked.err().map(|failure| Shown::line(&failure.message)),
        })),
        Err(failure) => failed(&failure),
    }
}

async fn look_at_creation(client: FleetClient, creation: Creation) -> Answer {
    match client.look_at_creation(creation).await {
        Ok(creation) => creating(Creating::Stands(0, Some(creation))),
        Err(failure) => failed(&failure),
    }
}

async fn nodes(client: FleetClient, cluster: ObjectKey, uid: CompactString) -> Answer {
    match client.nodes(&cluster, &uid).await {
        Ok(nodes) => Answer::Workload(Box::new(Workload::Nodes(nodes))),
        Err(failure) => failed(&failure),
    }
}

async fn originals(client: FleetClient, keys: Vec<ObjectKey>) -> Answer {
    let (objects, unread) = client.read_objects(&keys).await;
    let unread = unread.map(|failure| Shown::line(&failure.to_string()));
    creating(Creating::Originals(objects, unread))
}

fn accepted(done: Result<(), fleetui_client::Failure>) -> Answer {
    match done {
        Ok(()) => Answer::Accepted(Vec::new()),
        Err(failure) => failed(&failure),
    }
}

/// The turn of a person who logs in, which may have to be waited for, and then the plugin at the terminal.
async fn namespace(client: FleetClient, place: ManagementCluster, name: String) -> Answer {
    match client.has_namespace(&place, &name).await {
        Ok(there) => Answer::Creating(Box::new(Creating::Namespace(there))),
        Err(failure) => failed(&failure),
    }
}

async fn login(client: FleetClient, management_cluster: ManagementCluster) -> Result<AtTerminal, Answer> {
    let turn = client.login_turn(&management_cluster).await;
    let turn = turn.map_err(|failure| failed(&failure))?;
    Ok(async move { accepted(client.log_in(&management_cluster, turn).await) }.boxed())
}

/// The kubeconfig of a workload cluster, and then a shell at the terminal that has it.
async fn shell(
    client: FleetClient,
    (cluster, uid): (ObjectKey, CompactString),
    directory: Option<PathBuf>,
) -> Result<AtTerminal, Answer> {
    let fetched = client.kubeconfig(&cluster, &uid, None).await;
    let fetched = fetched.map_err(|failure| failed(&failure))?;
    let lent = Lent::new(&fetched, false).map_err(|error| refused(&error.to_string()))?;
    Ok(async move {
        match lent.run(&borrower(&[]), directory.as_deref()).await {
            Ok(_) => Answer::Accepted(Vec::new()),
            Err(error) => refused(&error.to_string()),
        }
    }
    .boxed())
}

/// Nothing of a kubeconfig comes back: what holds it is a file, or a shell while it runs.
async fn kubeconfig(
    client: FleetClient,
    (cluster, uid): (ObjectKey, CompactString),
    to: KubeconfigTo,
    (directory, named): (Option<PathBuf>, Option<PathBuf>),
) -> Answer {
    if to == KubeconfigTo::Shell {
        return match shell(client, (cluster, uid), directory).await {
            Ok(at_terminal) => at_terminal.await,
            Err(answer) => answer,
        };
    }
    let fetched = match client.kubeconfig(&cluster, &uid, None).await {
        Ok(fetched) => fetched,
        Err(failure) => return failed(&failure),
    };
    let lent = match Lent::new(&fetched, false) {
        Ok(lent) => lent,
        Err(error) => return refused(&error.to_string()),
    };
    let into = match to {
        KubeconfigTo::Shell | KubeconfigTo::Merge => KubeconfigFile {
            file: named,
            ..KubeconfigFile::default()
        },
        KubeconfigTo::File => {
            let Some(directory) = directory else {
                return refused("not written: there is no directory for it");
            };
            let (place, object) = (&cluster.management_cluster, &cluster.object);
            let name = format!("{}-{}", object.namespace, object.name);
            KubeconfigFile {
                file: Some(own_file(&directory, place.as_str(), &name)),
                context: None,
                force: true,
                through: None,
            }
        }
    };
    match lent.merge(into).await {
        Ok(merged) => Answer::Saved(Shown::line(&format!(
            "{} as context {}{}",
            merged.file.display(),
            merged.context,
            if merged.was_there {
                ", where it was already"
            } else {
                ""
            }
        ))),
        Err(error) => refused(&error.to_string()),
    }
}

fn refused(why: &str) -> Answer {
    Answer::Failed(Failure {
        kind: FailureKind::Refused,
        message: Shown::line(why),
    })
}

/// Their answer as ours. A whole object has become a document before.
fn answer(outcome: fleetui_client::Outcome) -> Answer {
    match outcome {
        Ok(Theirs::Events(events, more)) => Answer::Events(events.into(), more),
        Ok(Theirs::Judged(judgement)) => Answer::Judged(Box::new(judgement)),
        Ok(Theirs::Done { id, warnings, .. }) => {
            Answer::Done(id, warnings.iter().map(|warning| Shown::line(warning)).collect())
        }
        Ok(Theirs::Inspected(inspection)) => Answer::Inspected(Box::new(inspection)),
        Ok(Theirs::Fetched(_)) => unexpected(),
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

fn failed(failed: &fleetui_client::Failure) -> Answer {
    Answer::Failed(failure(failed))
}

fn failure(failure: &fleetui_client::Failure) -> Failure {
    use fleetui_client::FailureKind as Theirs;
    let kind = match failure.kind {
        Theirs::NotFound => FailureKind::Gone,
        Theirs::Conflict => FailureKind::Conflict,
        Theirs::TimedOut => FailureKind::TimedOut,
        Theirs::Unreachable | Theirs::AuthNeeded => FailureKind::Unreachable,
        Theirs::Refused(_) | Theirs::Denied | Theirs::Invalid | Theirs::Unexpected => FailureKind::Refused,
    };
    Failure {
        kind,
        message: Shown::line(&failure.message),
    }
}
