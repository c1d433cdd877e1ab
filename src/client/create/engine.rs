//! Creates, goes on, and takes back. Each request is noted before it is sent: whatever is cut off, the record knows of every object
//! that may be there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleetui_base::ObjectKey;
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::act::{AuditId, Confirmed, Mode, Plan, Verb, Write};
use fleetui_fleet::create::{Creation, CreationState, Item, ItemState, clean_up, goes_first};
use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::Creations;
use crate::act::gate::{self, Ground};
use crate::act::notes::Notes;
use crate::act::send;
use crate::command::{Failure, FailureKind, Outcome};
use crate::execute::text_at;
use crate::fleet_client::FleetClient;

/// So many objects are read at a time.
const READ_AT_ONCE: usize = 8;

/// A creation that did not come to its end: how it stands, and why. Nothing is there of it where no object is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{failure}")]
pub struct Interrupted {
    /// How it stands.
    pub creation: Box<Creation>,
    /// Why it goes no further.
    pub failure: Failure,
}

impl FleetClient {
    /// An identity for a creation that no other has.
    pub fn creation_id(&self) -> String {
        let now = self.clock().now();
        self.settings().audit.next_id(now).0.to_string()
    }

    /// The creation of a cluster that was begun here and has not come to its end.
    pub async fn stored_creation(&self, cluster: &ObjectKey) -> Option<Creation> {
        self.settings().creations.find(cluster).await
    }

    /// All creations that were begun here and have not come to their end, the oldest first.
    pub async fn stored_creations(&self) -> Vec<Creation> {
        self.settings().creations.all().await
    }

    /// Reads objects as they are there, secrets hidden, in the order in which they are named; and why the first of those was not
    /// read that could not be.
    pub async fn read_objects(&self, keys: &[ObjectKey]) -> (Vec<Value>, Option<Failure>) {
        let reads = keys.iter().map(|key| self.read_editable(key, ""));
        let mut reads = stream::iter(reads.collect::<Vec<_>>()).buffered(READ_AT_ONCE);
        let (mut objects, mut unread) = (Vec::new(), None);
        while let Some(read) = reads.next().await {
            match read {
                Ok(read) => objects.push(Value::clone(&read.object)),
                Err(failure) => unread = unread.or(Some(failure)),
            }
        }
        (objects, unread)
    }

    /// Waits until a creation was written down since the revision that was seen; gives the one of now, and how the creation of
    /// that cluster stands. It is none once it has come to its end.
    pub async fn creation_told(&self, cluster: &ObjectKey, seen: u64) -> (u64, Option<Creation>) {
        let creations = &self.settings().creations;
        let revision = creations.changed_since(seen).await;
        (revision, creations.find(cluster).await)
    }

    /// Finds out which objects of a creation are there, as nobody knows what came of a request that was cut off. One that is whole
    /// is `Created`, and has no record any more.
    ///
    /// # Errors
    /// The management cluster cannot be asked.
    pub async fn look_at_creation(&self, mut creation: Creation) -> Result<Creation, Failure> {
        let ground = self.ground(&creation.cluster.management_cluster)?;
        look(&ground, &mut creation).await?;
        let (there, all) = creation.counts();
        if there == all && creation.state != CreationState::CleaningUp {
            // The last answer alone was lost: it has come to its end.
            creation.state = CreationState::Created;
            ground.settings.creations.forget(&creation.cluster).await;
        }
        Ok(creation)
    }

    /// Creates the objects of a creation that are not there yet, by the plan that was confirmed. It is brought to its end also
    /// where the future is dropped.
    ///
    /// # Errors
    /// It was refused, or an object could not be made; the creation tells which are there.
    pub async fn create(
        &self,
        creation: Creation,
        plan: Plan,
        confirmed: Confirmed,
    ) -> Result<(AuditId, Vec<String>), Interrupted> {
        let interrupted = |creation: Creation, failure| Interrupted {
            creation: Box::new(creation),
            failure,
        };
        if let Some(other) = self.stored_creation(&creation.cluster).await
            && other.id != creation.id
        {
            let why = format!(
                "a creation of {} was interrupted before: resume it or clean it up first",
                creation.cluster
            );
            return Err(interrupted(creation, Failure::new(FailureKind::Conflict, why)));
        }
        let ground = match self.ground(&creation.cluster.management_cluster) {
            Ok(ground) => ground,
            Err(failure) => return Err(interrupted(creation, failure)),
        };
        let book = Book::new(creation, &plan, &ground.settings.creations);
        let mut noting = book.clone();
        let act = plan.act.clone();
        let acting = async move {
            let mode = Mode::Perform(confirmed);
            let outcome = Box::pin(gate::pass_noting(&ground, &plan, &mode, &mut noting)).await;
            noting.close(&outcome).await;
            outcome
        };
        match self.to_its_end(&act, acting).await {
            Ok(crate::Answer::Done { id, warnings, .. }) => Ok((id, warnings)),
            Ok(_) => {
                let failure =
                    Failure::new(FailureKind::Unexpected, "the answer was that to another question");
                Err(interrupted(book.creation(), failure))
            }
            Err(failure) => Err(interrupted(book.creation(), failure)),
        }
    }

    /// Takes back what a creation has made, by the plan that was confirmed, and waits until nothing of it is there; `limit` is
    /// how long that may take. What is cut off is gone on with by another call.
    ///
    /// # Errors
    /// It was refused, or something is still there.
    pub async fn clean_up_creation(
        &self,
        mut creation: Creation,
        (plan, confirmed): (Plan, Confirmed),
        limit: Duration,
    ) -> Result<(), Interrupted> {
        let done = tokio::time::timeout(limit, self.clean(&mut creation, plan, confirmed)).await;
        let failure = match done {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure,
            Err(_elapsed) => Failure::new(FailureKind::TimedOut, not_gone(&creation, limit)),
        };
        Err(Interrupted {
            creation: Box::new(creation),
            failure,
        })
    }

    async fn clean(&self, creation: &mut Creation, plan: Plan, confirmed: Confirmed) -> Result<(), Failure> {
        let ground = self.ground(&creation.cluster.management_cluster)?;
        let creations = &ground.settings.creations;
        let mut next = Some((plan, confirmed));
        while let Some((plan, confirmed)) = next.take() {
            let before = std::mem::replace(&mut creation.state, CreationState::CleaningUp);
            keep(creations, creation).await?;
            let cluster_first = goes_first(creation);
            match self.act(plan, Mode::Perform(confirmed)).await {
                // What was gone already, or is another one by now, is looked at.
                Ok(_) => {}
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                Err(failure) => {
                    if matches!(failure.kind, FailureKind::Refused(_)) {
                        creation.state = before;
                        keep(creations, creation).await?;
                    }
                    return Err(failure);
                }
            }
            loop {
                look(&ground, creation).await?;
                let left = if cluster_first {
                    goes_first(creation)
                } else {
                    creation.counts().0 > 0
                };
                if !left {
                    break;
                }
                tokio::time::sleep(ground.settings.walk_every).await;
            }
            keep(creations, creation).await?;
            let store = FleetStore::default();
            let around = Around {
                store: &store,
                now: ground.clock.now(),
            };
            next = clean_up(&around, creation).ok().map(|plan| {
                let confirmed = Confirmed {
                    digest: plan.digest(),
                    twice: true,
                    ..Confirmed::default()
                };
                (plan, confirmed)
            });
        }
        creations.forget(&creation.cluster).await;
        Ok(())
    }

    /// Forgets a creation of which nothing is there.
    ///
    /// # Errors
    /// Something of it is there.
    pub async fn forget_creation(&self, creation: &Creation) -> Result<(), Failure> {
        let (there, _) = creation.counts();
        let is_open = creation.items.iter().any(|item| item.state == ItemState::Asked);
        if there > 0 || is_open {
            let why = format!("{there} objects of {} are there: clean it up", creation.cluster);
            return Err(Failure::new(FailureKind::Conflict, why));
        }
        self.settings().creations.forget(&creation.cluster).await;
        Ok(())
    }
}

/// That not all of a creation went within `limit`, and what of it was seen last.
fn not_gone(creation: &Creation, limit: Duration) -> String {
    let left = creation
        .items
        .iter()
        .filter(|item| matches!(item.state, ItemState::Created(_) | ItemState::Asked));
    let left: Vec<String> = left.map(|item| item.target.to_string()).collect();
    let seconds = limit.as_secs();
    format!(
        "not all of the creation of {} is gone within {seconds} s; seen last: {}; --clean-up goes on with it",
        creation.cluster,
        left.join(", ")
    )
}

/// What becomes of each object is written down here.
#[derive(Clone)]
struct Book {
    creation: Arc<Mutex<Creation>>,
    /// Which item each write is for.
    items: Vec<usize>,
    creations: Creations,
}

impl Book {
    fn new(mut creation: Creation, plan: &Plan, creations: &Creations) -> Self {
        let place = |write: &Write| creation.items.iter().position(|item| item.target == write.target);
        let items = plan.writes.iter().filter_map(place).collect();
        creation.state = CreationState::Creating;
        Self {
            items,
            creation: Arc::new(Mutex::new(creation)),
            creations: creations.clone(),
        }
    }

    fn creation(&self) -> Creation {
        self.creation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn note(&self, write: usize, state: ItemState) -> Result<(), Failure> {
        let creation = {
            let mut creation = self.creation.lock().unwrap_or_else(PoisonError::into_inner);
            let item = self.items.get(write).copied();
            if let Some(item) = item.and_then(|item| creation.items.get_mut(item)) {
                item.state = state;
            }
            creation.clone()
        };
        keep(&self.creations, &creation).await
    }

    /// It has come to an end: what is whole has no record, nor has what made nothing.
    async fn close(&self, outcome: &Outcome) {
        let mut creation = self.creation();
        let (there, all) = creation.counts();
        let is_open = creation.items.iter().any(|item| item.state == ItemState::Asked);
        if there == all || (there == 0 && !is_open) {
            return self.creations.forget(&creation.cluster).await;
        }
        if let Err(failure) = outcome {
            creation.state = CreationState::Stopped(failure.message.clone());
            *self.creation.lock().unwrap_or_else(PoisonError::into_inner) = creation.clone();
        }
        if let Err(failure) = keep(&self.creations, &creation).await {
            tracing::warn!(%failure, "that a creation was interrupted is not written down");
        }
    }
}

impl Notes for Book {
    async fn before(&mut self, write: usize) -> Result<(), Failure> {
        self.note(write, ItemState::Asked).await
    }

    async fn after(&mut self, write: usize, sent: Result<&Value, &Failure>) -> Result<(), Failure> {
        let state = match sent {
            Ok(object) => ItemState::Created(text_at(object, "/metadata/uid").into()),
            // Nobody took the connection, so nothing was brought over.
            Err(failure)
                if failure.kind == FailureKind::Unreachable && failure.message.contains("refused") =>
            {
                ItemState::Failed(failure.message.clone())
            }
            Err(failure) => match failure.kind {
                FailureKind::TimedOut | FailureKind::Unreachable | FailureKind::Unexpected => {
                    ItemState::Asked
                }
                FailureKind::Refused(_)
                | FailureKind::Denied
                | FailureKind::AuthNeeded
                | FailureKind::NotFound
                | FailureKind::Conflict
                | FailureKind::Invalid => ItemState::Failed(failure.message.clone()),
            },
        };
        self.note(write, state).await
    }
}

async fn keep(creations: &Creations, creation: &Creation) -> Result<(), Failure> {
    creations.keep(creation).await.map_err(|error| {
        let why = format!("the creation cannot be written down: {error}; nothing more is sent");
        Failure::new(FailureKind::Unexpected, why)
    })
}

/// Reads every object that may be there, and notes which are.
async fn look(ground: &Ground, creation: &mut Creation) -> Result<(), Failure> {
    let gone = if creation.state == CreationState::CleaningUp {
        ItemState::Gone
    } else {
        ItemState::Waiting
    };
    let mut states = Vec::with_capacity(creation.items.len());
    for item in &creation.items {
        states.push(match &item.state {
            ItemState::Waiting | ItemState::Gone => item.state.clone(),
            ItemState::Asked | ItemState::Created(_) | ItemState::Failed(_) => {
                match send::there(ground, &asked(item)).await? {
                    Some(object) if creation.made(item, &object) => {
                        ItemState::Created(text_at(&object, "/metadata/uid").into())
                    }
                    Some(_) => match &item.state {
                        ItemState::Failed(why) => ItemState::Failed(why.clone()),
                        ItemState::Waiting | ItemState::Asked | ItemState::Created(_) | ItemState::Gone => {
                            ItemState::Failed("another object has its name".to_owned())
                        }
                    },
                    None => gone.clone(),
                }
            }
        });
    }
    for (item, state) in creation.items.iter_mut().zip(states) {
        item.state = state;
    }
    Ok(())
}

/// The object of an item, to be looked for.
fn asked(item: &Item) -> Write {
    Write {
        target: item.target.clone(),
        uid: "".into(),
        api_version: item.api_version.clone(),
        verb: Verb::Create,
        body: Value::Null,
        fields: Vec::new(),
    }
}
