//! The writer: group commit, then publish, then acknowledge.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use fleetui_base::SharedClock;
use tokio::sync::{mpsc, oneshot, watch};

use super::batch::{Batch, Change, Commit, CommitError, Precondition};
use super::memory::{Event, EventKind, Memory};
use super::{Key, Observer, Stored};

/// The most batches that share one transaction, so that the first of them does not wait for ever more to come.
const GROUP: usize = 512;

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
    /// Write what came before, and end.
    Close {
        /// Who waits.
        done: oneshot::Sender<()>,
    },
}

/// Where committed changes are kept.
pub(super) trait Durable: Send {
    /// Keeps all of `changes` and the revision that they end at; they survive a crash once it returns.
    fn write(&self, changes: &[StagedChange], revision: u64) -> Result<(), Box<redb::Error>>;
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
}

impl Writer {
    /// Serves the queue until it is told to close, or the database fails.
    pub(super) fn run(self, mut queue: mpsc::Receiver<Command>) {
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = queue.blocking_recv() else {
                return;
            };
            let mut group = self.group();
            let mut next = Some(first);
            let mut taken = 0;
            while let Some(command) = next.take() {
                match command {
                    Command::Commit { batch, reply } => self.stage(&mut group, batch, reply),
                    Command::Close { done } => {
                        closing = Some(done);
                        break;
                    }
                }
                taken += 1;
                if taken < GROUP {
                    next = queue.try_recv().ok();
                }
            }
            if let Err(error) = self.finish(group) {
                tracing::error!(%error, "the store failed; it writes nothing more");
                refuse_the_rest(&mut queue, &error);
                return;
            }
        }
        queue.close();
        drop(self.disk);
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    /// Writes one batch now.
    pub(super) fn write_one(&self, batch: Batch) -> Result<Commit, CommitError> {
        let mut group = self.group();
        self.check(&group, &batch)?;
        let commit = self.add(&mut group, batch);
        self.finish(group).map_err(CommitError::Failed)?;
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
        let revision = group.revision + 1;
        let at = self.clock.monotonic();
        let mut objects = Vec::with_capacity(batch.operations.len());
        let mut changed = false;
        for (mut key, _, change) in batch.operations {
            let previous = self.current(group, &key);
            let (stored, deleted) = match (change, &previous) {
                (Change::Keep, _) | (Change::Delete, None) => continue,
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

    fn finish(&self, group: Group) -> Result<(), Arc<str>> {
        if !group.changes.is_empty() {
            if let Some(disk) = &self.disk
                && let Err(error) = disk.write(&group.changes, group.revision)
            {
                let error: Arc<str> = error.to_string().into();
                for (reply, _) in group.answers {
                    let _ = reply.send(Err(CommitError::Failed(Arc::clone(&error))));
                }
                return Err(error);
            }
            self.publish(&group);
        }
        for (reply, commit) in group.answers {
            let _ = reply.send(Ok(commit));
        }
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
    queue.close();
    while let Some(command) = queue.blocking_recv() {
        match command {
            Command::Commit { reply, .. } => {
                let _ = reply.send(Err(CommitError::Failed(Arc::clone(error))));
            }
            Command::Close { done } => {
                let _ = done.send(());
            }
        }
    }
}
