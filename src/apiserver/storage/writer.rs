//! The writer: group commit, then publish, then acknowledge.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fleetui_base::SharedClock;
use tokio::sync::{mpsc, oneshot, watch};

use super::batch::{Batch, Change, Commit, CommitError, Precondition};
use super::disk::DiskError;
use super::faults::{FailPoint, SharedFaults};
use super::memory::{Event, EventKind, Memory};
use super::{Key, Observer, Stored};

/// The most batches that share one transaction, so that the first of them does not wait for ever more to come.
const GROUP: usize = 512;

/// How long the writer waits for more where several write at once: one transaction, and what makes it durable, cost as much for
/// many as for one. Who writes alone never waits.
const GATHERING: Duration = Duration::from_millis(1);

/// The most of these waits for one transaction; it ends sooner when nothing more came in one of them.
const GATHERINGS: u32 = 4;

type Reply = oneshot::Sender<Result<Commit, CommitError>>;

/// What the writer is asked.
pub(super) enum Command {
    /// Write this.
    Commit {
        /// What.
        batch: Batch,
        /// Who waits.
        reply: Reply,
    },
    /// Write what came before, and hold what is in memory against what is on the disk.
    Check {
        /// Who waits for what differs.
        reply: oneshot::Sender<Option<String>>,
    },
    /// Write what came before, and end.
    Close {
        /// Who waits.
        done: oneshot::Sender<()>,
    },
}

/// Where committed changes are kept.
pub(super) trait Durable: Send {
    /// Keeps all of `changes` and the revision that they end at; they survive a crash once it returns.
    fn write(&mut self, changes: &[StagedChange], revision: u64) -> Result<(), DiskError>;

    /// Fails where what is kept is not what `memory` holds.
    fn compare_with(&self, memory: &Memory) -> Result<(), DiskError>;
}

/// One change that passed its checks.
pub(super) struct StagedChange {
    pub(super) event: Arc<Event>,
}

impl StagedChange {
    pub(super) fn deleted(&self) -> bool {
        self.event.kind == EventKind::Deleted
    }
}

/// Batches that passed their checks and wait for the transaction.
struct Group {
    revision: u64,
    changes: Vec<StagedChange>,
    /// What the keys of `changes` are now; none for deleted ones.
    overlay: HashMap<Key, Option<Arc<Stored>>>,
    answers: Vec<(Reply, Commit)>,
}

/// The writer's state.
pub(super) struct Writer {
    pub(super) disk: Option<Box<dyn Durable>>,
    pub(super) memory: Arc<RwLock<Memory>>,
    pub(super) revision: watch::Sender<u64>,
    pub(super) clock: SharedClock,
    pub(super) observer: Observer,
    pub(super) faults: SharedFaults,
}

/// A group that could not be kept, and who waits for it.
struct Failed {
    error: Arc<str>,
    answers: Vec<(Reply, Commit)>,
}

/// What is asked of the writer beside writing, once the group is written.
enum Then {
    Check(oneshot::Sender<Option<String>>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Serves the queue until it is told to close, or the database fails.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut closing = None;
        let mut crowded = false;
        while closing.is_none() {
            let Some(first) = queue.blocking_recv() else {
                return;
            };
            let (group, then) = self.gather(first, &mut queue, crowded);
            crowded = group.answers.len() > 1;
            if let Err(Failed { error, answers }) = self.finish(group) {
                tracing::error!(%error, "the store failed; it writes nothing more");
                // Closed first: who is told of the failure finds the store failed.
                queue.close();
                for (reply, _) in answers {
                    let _ = reply.send(Err(CommitError::Failed(Arc::clone(&error))));
                }
                refuse_the_rest(&mut queue, &error);
                return;
            }
            match then {
                Some(Then::Check(reply)) => {
                    let _ = reply.send(self.difference());
                }
                Some(Then::Close(done)) => closing = Some(done),
                None => {}
            }
        }
        queue.close();
        drop(self.disk);
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    /// What waits, and a little longer what comes, where there is a crowd; and what is to be done after it.
    #[allow(
        clippy::disallowed_methods,
        reason = "the thread is the writer's own, and what it waits for comes in a millisecond or not"
    )]
    fn gather(
        &self,
        first: Command,
        queue: &mut mpsc::Receiver<Command>,
        crowded: bool,
    ) -> (Group, Option<Then>) {
        let mut group = self.group();
        let (mut taken, mut waits) = (0, GATHERINGS);
        let mut next = Some(first);
        while let Some(command) = next.take() {
            match command {
                Command::Commit { batch, reply } => self.stage(&mut group, batch, reply),
                Command::Check { reply } => return (group, Some(Then::Check(reply))),
                Command::Close { done } => return (group, Some(Then::Close(done))),
            }
            taken += 1;
            if taken == GROUP {
                break;
            }
            next = queue.try_recv().ok();
            let gathers = self.disk.is_some() && (crowded || group.answers.len() > 1);
            if next.is_none() && gathers && waits > 0 {
                waits -= 1;
                std::thread::sleep(GATHERING);
                next = queue.try_recv().ok();
            }
        }
        (group, None)
    }

    /// What the memory holds that it should not, or that the disk does not, if anything.
    pub(super) fn difference(&self) -> Option<String> {
        let memory = self.memory.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(wrong) = memory.inconsistency() {
            return Some(wrong);
        }
        let disk = self.disk.as_ref()?;
        disk.compare_with(&memory).err().map(|error| error.to_string())
    }

    /// Writes one batch now.
    pub(super) fn write_one(&mut self, batch: Batch) -> Result<Commit, CommitError> {
        let mut group = self.group();
        self.check(&group, &batch)?;
        let commit = self.add(&mut group, batch);
        self.finish(group)
            .map_err(|failed| CommitError::Failed(failed.error))?;
        Ok(commit)
    }

    fn group(&self) -> Group {
        let memory = self.memory.read().unwrap_or_else(PoisonError::into_inner);
        Group {
            revision: memory.revision(),
            changes: Vec::new(),
            overlay: HashMap::new(),
            answers: Vec::new(),
        }
    }

    fn stage(&self, group: &mut Group, batch: Batch, reply: Reply) {
        match self.check(group, &batch) {
            Ok(()) => {
                let commit = self.add(group, batch);
                group.answers.push((reply, commit));
            }
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    fn current(&self, group: &Group, key: &Key) -> Option<Arc<Stored>> {
        match group.overlay.get(key) {
            Some(staged) => staged.clone(),
            None => self
                .memory
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .get(key),
        }
    }

    fn check(&self, group: &Group, batch: &Batch) -> Result<(), CommitError> {
        for (key, precondition, _) in &batch.operations {
            let found = self.current(group, key).map(|stored| stored.revision);
            let holds = match precondition {
                Precondition::Absent => found.is_none(),
                Precondition::At(revision) => found == Some(*revision),
            };
            if !holds {
                return Err(CommitError::Conflict {
                    key: Box::new(key.clone()),
                    expected: *precondition,
                    found,
                });
            }
        }
        Ok(())
    }

    fn add(&self, group: &mut Group, batch: Batch) -> Commit {
        let revision = (group.revision + 1).max(batch.not_before);
        let at = self.clock.monotonic();
        let mut objects = Vec::with_capacity(batch.operations.len());
        let mut changed = false;
        for (mut key, _, change) in batch.operations {
            let previous = self.current(group, &key);
            let (stored, deleted) = match (change, &previous) {
                (Change::Keep, _) | (Change::Delete | Change::Touch, None) => continue,
                (Change::Touch, Some(last)) => (last.at(revision), false),
                (Change::Put(draft), Some(same)) if same.is(&draft) => {
                    objects.push(Arc::clone(same));
                    continue;
                }
                (Change::Put(draft), _) => {
                    self.intern(&mut key);
                    (draft.stamp(key, revision), false)
                }
                (Change::Delete, Some(last)) => (last.at(revision), true),
            };
            let stored = Arc::new(stored);
            changed = true;
            group
                .overlay
                .insert(stored.key.clone(), (!deleted).then(|| Arc::clone(&stored)));
            objects.push(Arc::clone(&stored));
            let event = Arc::new(Event::new(stored, previous, deleted, at));
            group.changes.push(StagedChange { event });
        }
        if changed {
            group.revision = revision;
        }
        Commit {
            revision: group.revision,
            objects,
        }
    }

    fn intern(&self, key: &mut Key) {
        self.memory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .intern(key);
    }

    fn finish(&mut self, group: Group) -> Result<(), Failed> {
        if !group.changes.is_empty()
            && let Err(error) = self.keep(&group)
        {
            return Err(Failed {
                error: error.to_string().into(),
                answers: group.answers,
            });
        }
        for (reply, commit) in group.answers {
            let _ = reply.send(Ok(commit));
        }
        Ok(())
    }

    /// First durable, then visible. What failed to become durable is never seen: not even whether it did is known.
    fn keep(&mut self, group: &Group) -> Result<(), DiskError> {
        self.faults.at(FailPoint::GroupStaged)?;
        if let Some(disk) = &mut self.disk {
            disk.write(&group.changes, group.revision)?;
        }
        self.publish(group);
        self.faults.at(FailPoint::Published)?;
        Ok(())
    }

    fn publish(&self, group: &Group) {
        {
            let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
            let mut collections = BTreeSet::new();
            for change in &group.changes {
                memory.apply(&change.event);
                collections.insert(&change.event.object.key.collection);
            }
            memory.set_revision(group.revision);
            for collection in collections {
                memory.notify(collection);
            }
        }
        self.revision.send_replace(group.revision);
        for change in &group.changes {
            (self.observer)(&change.event);
        }
    }
}

fn refuse_the_rest(queue: &mut mpsc::Receiver<Command>, error: &Arc<str>) {
    while let Some(command) = queue.blocking_recv() {
        match command {
            Command::Commit { reply, .. } => {
                let _ = reply.send(Err(CommitError::Failed(Arc::clone(error))));
            }
            Command::Check { reply } => {
                let _ = reply.send(Some(error.to_string()));
            }
            Command::Close { done } => {
                let _ = done.send(());
            }
        }
    }
}
