//! Creations against an embedded management cluster whose line fails at every object in turn: what was interrupted is gone on with,
//! or taken back, by another program that knows no more than the record, and nothing is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fleetui_apiserver::ApiServer;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::act::{Confirm, Confirmed, Plan, Step};
use fleetui_fleet::create::{
    Creation, CreationState, Form, ItemState, Variables, built_in, clean_up, plan_creation,
};
use http::{Method, Request, Response, StatusCode};
use kube::client::Body;
use tower::BoxError;

mod references;

use super::embedded::{management_clusters, quick};
use super::*;
use crate::{Creations, FailureKind, Interrupted};

const HERE: &str = "taipei";

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nobody takes the connection.
    Refused,
    /// It arrives, and the connection breaks before the answer.
    AnswerLost,
    /// The server has a fault of its own.
    ServerError,
}

const FAULTS: [Fault; 3] = [Fault::Refused, Fault::AnswerLost, Fault::ServerError];

/// Fails one write, counted from the moment at which it is set.
#[derive(Debug, Default)]
struct Saboteur {
    left: AtomicUsize,
    fault: AtomicUsize,
}

impl Saboteur {
    /// The write of this number from now on fails, from 1; 0 for none.
    fn set(&self, number: usize, fault: Fault) {
        self.fault.store(fault as usize, Ordering::SeqCst);
        self.left.store(number, Ordering::SeqCst);
    }

    fn strikes(&self, request: &Request<Body>) -> Option<Fault> {
        let is_dry = request
            .uri()
            .query()
            .is_some_and(|query| query.contains("dryRun"));
        let writes = *request.method() == Method::POST || *request.method() == Method::DELETE;
        let asks = request.uri().path().ends_with("reviews");
        if !writes || is_dry || asks {
            return None;
        }
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        (left == Ok(1)).then(|| FAULTS[self.fault.load(Ordering::SeqCst)])
    }
}

/// A client whose line fails as `saboteur` says.
fn sabotaged(client: kube::Client, saboteur: Arc<Saboteur>) -> kube::Client {
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, fault) = (client.clone(), saboteur.strikes(&request));
        async move {
            let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            match fault {
                None => client.send(request).await.map_err(BoxError::from),
                Some(Fault::Refused) => Err(refused.into()),
                Some(Fault::AnswerLost) => {
                    client.send(request).await?;
                    Err(broken.into())
                }
                Some(Fault::ServerError) => {
                    let status = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"storage is full","code":500}"#;
                    let response = Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR);
                    Ok(response.body(Body::from(status.as_bytes().to_vec()))?)
                }
            }
        }
    });
    kube::Client::new(service, "default")
}

/// Two programs over one management cluster, which share nothing but the directory of the records.
struct Stage {
    _server: ApiServer,
    kube: kube::Client,
    saboteur: Arc<Saboteur>,
    one: Fleet,
    other: Fleet,
    _directory: tempfile::TempDir,
}

impl Stage {
    async fn set() -> Self {
        let (server, clusters) = management_clusters(&[HERE]).await;
        let kube = server.client(&clusters[0]);
        let saboteur = Arc::new(Saboteur::default());
        let directory = tempfile::tempdir().unwrap();
        let settings = || ClientSettings {
            creations: Creations::at(directory.path().to_owned()),
            walk_every: Duration::from_millis(20),
            ..quick()
        };
        let target = |client| vec![Target::ready(HERE, client)];
        let mut one = Fleet::with(target(sabotaged(kube.clone(), Arc::clone(&saboteur))), settings());
        let mut other = Fleet::with(target(kube.clone()), settings());
        one.until_live(HERE).await;
        other.until_live(HERE).await;
        Self {
            _server: server,
            kube,
            saboteur,
            one,
            other,
            _directory: directory,
        }
    }

    /// The objects of a creation that are there.
    async fn there(&self, creation: &Creation) -> Vec<String> {
        let mut there = Vec::new();
        for item in &creation.items {
            let plural = format!("{}s", item.target.kind.kind.to_lowercase());
            let path = format!(
                "/apis/{}/namespaces/{}/{plural}/{}",
                item.api_version, item.target.object.namespace, item.target.object.name
            );
            let request = Request::get(path).body(Vec::new()).unwrap();
            match self.kube.request_text(request).await {
                Ok(_) => there.push(item.target.to_string()),
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => panic!("{error}"),
            }
        }
        there
    }
}

/// A creation of a cluster of simulated machines.
fn creation(client: &FleetClient, name: &str) -> Creation {
    creation_with(client, name, |_| {})
}

/// The same, of objects that were changed.
fn creation_with(
    client: &FleetClient,
    name: &str,
    change: impl FnOnce(&mut Vec<serde_json::Value>),
) -> Creation {
    let mut known = Variables::default();
    known.set("CLUSTER_NAME", Some(name.to_owned()));
    known.set("KUBERNETES_VERSION", Some("v1.33.4".to_owned()));
    known.set("WORKER_MACHINE_COUNT", Some("2".to_owned()));
    let form = Form::new(
        built_in("simulated").unwrap(),
        ManagementCluster::new(HERE),
        &known,
    )
    .unwrap();
    let mut objects = form.objects().unwrap();
    change(&mut objects);
    let id = client.creation_id();
    Creation::new(&form, objects, (&id, "https://here"), Timestamp::UNIX_EPOCH)
}

fn confirmed(plan: &Plan) -> Confirmed {
    Confirmed {
        digest: plan.digest(),
        typed: match &plan.confirm {
            Confirm::Name(name) => Some(name.to_string()),
            Confirm::Key | Confirm::Twice(_) => None,
        },
        twice: true,
        anyway: false,
        dry_run_seconds: None,
    }
}

async fn create(fleet: &Fleet, creation: Creation, resumes: bool) -> Result<(), Interrupted> {
    // What the watches bring does not matter to it.
    let store = FleetStore::default();
    let around = Around {
        store: &store,
        now: Timestamp::UNIX_EPOCH,
    };
    let plan = plan_creation(&around, &creation, resumes).unwrap();
    let confirmed = confirmed(&plan);
    fleet.client.create(creation, plan, confirmed).await.map(|_| ())
}

async fn take_back(fleet: &Fleet, creation: Creation) -> Result<(), Interrupted> {
    take_back_within(Duration::from_secs(30), fleet, creation).await
}

async fn take_back_within(limit: Duration, fleet: &Fleet, creation: Creation) -> Result<(), Interrupted> {
    let store = FleetStore::default();
    let around = Around {
        store: &store,
        now: Timestamp::UNIX_EPOCH,
    };
    let plan = clean_up(&around, &creation).unwrap();
    let confirmed = confirmed(&plan);
    fleet
        .client
        .clean_up_creation(creation, (plan, confirmed), limit)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creation_that_fails_at_any_object_is_gone_on_with_or_taken_back() {
    let stage = Stage::set().await;
    let all = creation(&stage.one.client, "c").items.len();
    assert_eq!(all, 7);
    for (fault, number, resumes) in FAULTS
        .into_iter()
        .flat_map(|fault| (1..=all).flat_map(move |number| [(fault, number, true), (fault, number, false)]))
    {
        let name = format!("c{}-{number}-{}", fault as usize, usize::from(resumes));
        let what = format!("{fault:?} at object {number}, resumes: {resumes}");
        let creation = creation(&stage.one.client, &name);
        stage.saboteur.set(number, fault);
        let interrupted = create(&stage.one, creation.clone(), false).await.unwrap_err();
        assert_ne!(
            interrupted.failure.kind,
            FailureKind::Refused(Step::DryRun),
            "{what}"
        );
        let there = stage.there(&creation).await.len();
        let arrived = usize::from(fault == Fault::AnswerLost);
        assert_eq!(there, number - 1 + arrived, "{what}");
        let stored = stage.other.client.stored_creation(&creation.cluster).await;
        let Some(stored) = stored else {
            assert_eq!((number, fault), (1, Fault::Refused), "{what}: it has no record");
            continue;
        };
        assert_eq!(stored, *interrupted.creation, "{what}");
        assert!(matches!(stored.state, CreationState::Stopped(_)), "{what}");
        let known = stored
            .items
            .iter()
            .filter(|item| matches!(item.state, ItemState::Created(_)));
        assert_eq!(known.count(), number - 1, "{what}");
        let looked = stage.other.client.look_at_creation(stored).await.unwrap();
        assert_eq!(looked.counts().0, there, "{what}: what is there is found");
        if resumes {
            if looked.state != CreationState::Created {
                create(&stage.other, looked, true).await.unwrap();
            }
            assert_eq!(stage.there(&creation).await.len(), all, "{what}");
        } else {
            if there == 0 {
                stage.other.client.forget_creation(&looked).await.unwrap();
            } else {
                take_back(&stage.other, looked).await.unwrap();
            }
            assert_eq!(stage.there(&creation).await, Vec::<String>::new(), "{what}");
        }
        assert_eq!(
            stage.other.client.stored_creation(&creation.cluster).await,
            None,
            "{what}"
        );
    }
}

/// What is deleted may be cut off as well: it is gone on with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_up_that_fails_at_any_object_is_gone_on_with() {
    let stage = Stage::set().await;
    for number in 1..=5 {
        let creation = creation(&stage.one.client, &format!("d{number}"));
        // The Cluster, the sixth, is not made; the others have to be deleted one by one.
        stage.saboteur.set(6, Fault::Refused);
        create(&stage.one, creation.clone(), false).await.unwrap_err();
        let stored = stage.one.client.stored_creation(&creation.cluster).await.unwrap();
        stage.saboteur.set(number, Fault::AnswerLost);
        let interrupted = take_back(&stage.one, stored).await.unwrap_err();
        assert_eq!(interrupted.creation.state, CreationState::CleaningUp, "{number}");
        assert_eq!(stage.there(&creation).await.len(), 5 - number, "{number}");
        let stored = stage
            .other
            .client
            .stored_creation(&creation.cluster)
            .await
            .unwrap();
        let looked = stage.other.client.look_at_creation(stored).await.unwrap();
        if number == 5 {
            stage.other.client.forget_creation(&looked).await.unwrap();
        } else {
            take_back(&stage.other, looked).await.unwrap();
        }
        assert_eq!(stage.there(&creation).await, Vec::<String>::new(), "{number}");
        assert_eq!(stage.other.client.stored_creation(&creation.cluster).await, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_up_that_takes_too_long_names_what_was_seen_last() {
    let stage = Stage::set().await;
    let creation = creation(&stage.one.client, "long");
    stage.saboteur.set(3, Fault::Refused);
    create(&stage.one, creation.clone(), false).await.unwrap_err();
    let stored = stage.one.client.stored_creation(&creation.cluster).await.unwrap();
    let interrupted = take_back_within(Duration::ZERO, &stage.one, stored)
        .await
        .unwrap_err();
    assert_eq!(interrupted.failure.kind, FailureKind::TimedOut);
    let told = interrupted.failure.message;
    assert!(
        told.contains("DevMachineTemplate")
            && told.contains("--clean-up goes on")
            && !told.contains("Cluster default/long,"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_have_is_neither_taken_for_ours_nor_deleted() {
    let stage = Stage::set().await;
    let theirs = creation(&stage.one.client, "same");
    create(&stage.one, theirs.clone(), false).await.unwrap();
    let ours = creation(&stage.other.client, "same");
    // The dry run finds it before anything is written.
    let refused = create(&stage.other, ours.clone(), false).await.unwrap_err();
    assert!(refused.failure.message.contains("already exists"), "{refused}");
    assert_eq!(stage.other.client.stored_creation(&ours.cluster).await, None);
    let mut looked = ours;
    for item in &mut looked.items {
        item.state = ItemState::Asked;
    }
    let looked = stage.other.client.look_at_creation(looked).await.unwrap();
    assert_eq!(looked.counts().0, 0, "another has made them");
    assert_eq!(stage.there(&theirs).await.len(), 7);
}

/// What is not called after the cluster is there for others too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clusters_share_is_made_once_and_left_where_it_is() {
    let stage = Stage::set().await;
    let sharing = |name: &str| {
        creation_with(&stage.one.client, name, |objects| {
            let mut shared = objects[0].clone();
            shared["metadata"]["name"] = "for-all".into();
            objects.push(shared);
        })
    };
    let (first, second, third) = (sharing("c1"), sharing("c2"), sharing("c3"));
    create(&stage.one, first, false).await.unwrap();
    create(&stage.one, second.clone(), false).await.unwrap();
    assert_eq!(stage.there(&second).await.len(), 8);
    // The Cluster is not made.
    stage.saboteur.set(7, Fault::Refused);
    let interrupted = create(&stage.one, third.clone(), false).await.unwrap_err();
    assert_eq!(stage.there(&third).await.len(), 7, "{interrupted}");
    take_back(&stage.one, *interrupted.creation).await.unwrap();
    assert_eq!(
        stage.there(&third).await,
        ["DevMachineTemplate default/for-all in taipei"],
        "the others have it still"
    );
    // The same twice is nobody's intention.
    let twice = creation_with(&stage.one.client, "c4", |objects| {
        objects.push(objects[0].clone());
    });
    let store = FleetStore::default();
    let around = Around {
        store: &store,
        now: Timestamp::UNIX_EPOCH,
    };
    let refused = plan_creation(&around, &twice, false).unwrap_err();
    assert!(refused.why.contains("stands twice"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_was_interrupted_is_not_begun_again() {
    let stage = Stage::set().await;
    let first = creation(&stage.one.client, "twice");
    stage.saboteur.set(3, Fault::ServerError);
    create(&stage.one, first.clone(), false).await.unwrap_err();
    let second = creation(&stage.other.client, "twice");
    let refused = create(&stage.other, second, false).await.unwrap_err();
    assert!(
        refused.failure.message.contains("was interrupted before"),
        "{refused}"
    );
    assert_eq!(stage.there(&first).await.len(), 2);
    // Who watches is told how it stands.
    let (revision, told) = stage.one.client.creation_told(&first.cluster, 0).await;
    assert!(revision > 0 && told.is_some_and(|told| told.id == first.id));
}
