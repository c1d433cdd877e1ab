//! The walks that this program takes the steps of, each in a task of its own that is owned here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleetui_base::ObjectKey;
use fleetui_fleet::act::Step;
use fleetui_fleet::walk::{Here, Known};
use fleetui_fleet::{Session, Update, Walks};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::WalkTold;
use super::runner::Runner;
use crate::act::gate::Ground;
use crate::act::tasks::Tasks;
use crate::command::{Failure, FailureKind};

/// So many at once; each looks at its cluster every few seconds.
const MOST: usize = 16;
/// A console that takes nothing for so long is not told any more.
const TELLS: Duration = Duration::from_secs(5);

/// The walks.
#[derive(Debug, Default)]
pub(crate) struct Walkers(Mutex<HashMap<ObjectKey, Walker>>);

#[derive(Debug)]
struct Walker {
    stop: CancellationToken,
    task: JoinHandle<()>,
    latest: Latest,
}

/// What was told last; nothing once it has ended well.
type Latest = Arc<Mutex<Option<Told>>>;

#[derive(Debug, Clone)]
enum Told {
    /// It has been begun, and nothing was told of it yet.
    Begins,
    /// It goes on.
    Walks(Box<Known>),
    /// It does not: why.
    Fails(String),
}

impl Walkers {
    /// Begins to walk, where it is not done yet.
    pub(super) fn begin(
        &self,
        cluster: &ObjectKey,
        session: &Session,
        (ground, acts): (Ground, Arc<Tasks>),
        updates: Option<mpsc::Sender<Update>>,
    ) -> Result<(), Failure> {
        let mut walkers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if walkers
            .get(cluster)
            .is_some_and(|walker| !walker.task.is_finished())
        {
            return Ok(());
        }
        let busy = walkers.values().filter(|walker| !walker.task.is_finished());
        if busy.count() >= MOST {
            let why = format!("{MOST} upgrades are walked from here already; wait for one of them to end");
            return Err(Failure::new(FailureKind::Refused(Step::Connection), why));
        }
        let latest: Latest = Arc::new(Mutex::new(Some(Told::Begins)));
        let stop = CancellationToken::new();
        let walking = walk(
            (cluster.clone(), session.clone()),
            (ground, acts),
            stop.clone(),
            (updates, Arc::clone(&latest)),
        );
        let walker = Walker {
            stop,
            task: tokio::spawn(walking),
            latest,
        };
        walkers.insert(cluster.clone(), walker);
        Ok(())
    }

    /// Says of a walk that was read what is done with it here.
    pub(super) fn complete(&self, read: Known) -> Known {
        let walkers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let walker = walkers.get(&read.cluster);
        let told = walker.and_then(|walker| {
            let latest = walker.latest.lock().unwrap_or_else(PoisonError::into_inner);
            latest.clone()
        });
        match told {
            Some(Told::Begins) => Known {
                here: Some(Here::Waits("it is taken up".to_owned())),
                ..read
            },
            Some(Told::Walks(known)) => *known,
            Some(Told::Fails(why)) if read.is_open() => Known {
                here: Some(Here::Fails(why)),
                ..read
            },
            Some(Told::Fails(_)) | None => read,
        }
    }

    /// Pauses all of them and waits for that, but not for ever.
    pub(crate) async fn pause(&self, limit: Duration) {
        let walkers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for walker in walkers.values() {
            walker.stop.cancel();
        }
        let all = async {
            for walker in walkers.into_values() {
                if let Err(error) = walker.task.await {
                    tracing::error!(%error, "an upgrade was walked no further by a fault of this program");
                }
            }
        };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("an upgrade was not paused, as the program ends; its lease runs out");
        }
    }
}

impl Drop for Walkers {
    /// Whoever comes later finds a Lease that runs out.
    fn drop(&mut self) {
        let walkers = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for walker in walkers.values() {
            walker.task.abort();
        }
    }
}

/// Walks to the end, and tells.
async fn walk(
    (cluster, session): (ObjectKey, Session),
    (ground, acts): (Ground, Arc<Tasks>),
    stop: CancellationToken,
    (updates, latest): (Option<mpsc::Sender<Update>>, Latest),
) {
    let update = |known: Known| {
        Update::Walks(Walks {
            management_cluster: cluster.management_cluster.clone(),
            of: Some(cluster.object.clone()),
            walks: vec![Arc::new(known)],
        })
    };
    let set = |told: Option<Told>| *latest.lock().unwrap_or_else(PoisonError::into_inner) = told;
    let tell = |told: WalkTold| {
        let known = told.known(&cluster);
        set(Some(Told::Walks(Box::new(known.clone()))));
        // Where the queue is full, the next word says it too.
        if let Some(updates) = &updates
            && updates.try_send(update(known)).is_err()
        {
            tracing::debug!("a word about an upgrade found no room");
        }
    };
    let runner = Runner::new((&acts, &ground), &cluster, &session, tell);
    let ended = Box::pin(runner.run(&stop)).await;
    set(ended
        .as_ref()
        .err()
        .map(|failure| Told::Fails(failure.message.clone())));
    // How it stands is read once more, as nobody here holds it now.
    let read = super::store::stored(&ground, &cluster).await.ok().flatten();
    let last = read.map(|read| Known {
        here: ended.err().map(|failure| Here::Fails(failure.message)),
        ..read
    });
    if let Some(known) = last {
        send(updates.as_ref(), update(known)).await;
    }
}

/// Tells whoever follows, for as long as that takes.
pub(super) async fn send(updates: Option<&mpsc::Sender<Update>>, update: Update) {
    let Some(updates) = updates else { return };
    let told = tokio::time::timeout(TELLS, updates.send(update)).await;
    if !matches!(told, Ok(Ok(()))) {
        tracing::debug!("nobody was told how an upgrade stands");
    }
}
