//! `watch`: the changes after a revision, as lines of JSON.
//!
//! A watch has no queue: it remembers the revision that it has told, and reads what came after from the collection's
//! history. One that is too slow falls off the history's end and is ended; it never skips an event.

mod lines;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use rand::Rng;
use tokio::sync::watch as channel;
use tokio::time::{Instant, sleep_until};

use crate::answer;
use crate::call::Call;
use crate::handlers::list;
use crate::registry::{Kept, Served};
use crate::request::Form;
use crate::status::ApiError;
use crate::storage::Stored;

use lines::Lines;

/// How many events or initial objects are told in one piece. Few in tests, so that they come across its borders.
const PIECE: usize = if cfg!(test) { 8 } else { 256 };

/// Time between bookmarks.
const BOOKMARKS: Duration = Duration::from_mins(1);

/// The shortest time after which a watch that names none is ended; the longest is twice that.
const SHORTEST: u64 = 30 * 60;

/// Watches the collection, or the object, of the path.
pub(crate) fn watch(mut call: Call) -> Result<Response, ApiError> {
    let form = call.accept.form()?;
    if call.accept.prefers_yaml() {
        // Nobody has said how documents of YAML follow each other on a wire.
        return Err(ApiError::not_acceptable());
    }
    call.query.watch = true;
    call.query.check_list_options()?;
    if let Some(name) = call.path.name.take() {
        call.query.fields.and_name(&name);
    }
    call.query.fields.check(&call.place.resource)?;
    let watch = Watch::new(call, form);
    let body = stream::unfold(watch, |mut watch| async move {
        let piece = watch.next().await?;
        Some((piece, watch))
    });
    Ok(answer::json_text(StatusCode::OK, Body::from_stream(body)))
}

/// Why a watch ends.
enum End {
    /// Its time is over, or the server's.
    Quietly,
    /// As if the connection broke.
    Cut,
}

/// What a watch woke for.
enum Wake {
    Events,
    Served,
    Bookmark,
    Timeout,
    End(End),
}

struct Watch {
    call: Call,
    lines: Lines,
    /// A revision that has to be reached before the watch begins, until it has begun.
    from: Option<u64>,
    /// Everything up to this revision is told.
    told: u64,
    /// What is there at the start and not told yet.
    initial: VecDeque<Arc<Stored>>,
    /// Whether the end of the initial objects is still to be marked.
    mark_initial_end: bool,
    /// Of objects that are kept nowhere: those that the client knows.
    made: Option<Vec<Arc<Stored>>>,
    ended: bool,
    events: channel::Receiver<u64>,
    serving: channel::Receiver<Arc<Served>>,
    reachability: channel::Receiver<bool>,
    deadline: Instant,
    next_bookmark: Instant,
}

impl Watch {
    fn new(call: Call, form: Form) -> Self {
        let store = &call.place.shared.store;
        let events = store.subscribe(&call.place.collection);
        let serving = call.place.hosted.serving();
        let reachability = call.place.hosted.reachability();
        let now = Instant::now();
        let seconds = call
            .query
            .timeout_seconds
            .filter(|seconds| *seconds > 0)
            .unwrap_or_else(|| rand::rng().random_range(SHORTEST..2 * SHORTEST));
        let mut watch = Self {
            lines: Lines::new(form),
            from: None,
            told: call.query.revision.unwrap_or(0),
            initial: VecDeque::new(),
            mark_initial_end: false,
            made: None,
            ended: false,
            events,
            serving,
            reachability,
            deadline: now + Duration::from_secs(seconds.min(24 * 60 * 60)),
            next_bookmark: now + BOOKMARKS,
            call,
        };
        watch.from = watch.not_before();
        if watch.from.is_none() {
            watch.begin();
        }
        watch
    }

    /// What is there at the start may not be older than a revision that the client has seen. One without what is there
    /// simply waits for what comes after.
    fn not_before(&self) -> Option<u64> {
        let query = &self.call.query;
        let reached = self.call.place.shared.store.revision();
        query
            .revision
            .filter(|revision| query.send_initial_events == Some(true) && *revision > reached)
    }

    /// What a watch starts with: all objects where it names no revision or wants them, else only what comes.
    fn begin(&mut self) {
        let query = &self.call.query;
        let from_now = query.revision.unwrap_or(0) == 0;
        let wants_initial = query.send_initial_events.unwrap_or(from_now);
        if wants_initial {
            self.mark_initial_end = query.send_initial_events == Some(true) && query.bookmarks;
            if let Ok(snapshot) = list::selected(&self.call, None, None) {
                self.told = snapshot.revision;
                self.initial = snapshot.objects.into();
            }
        } else if from_now {
            self.told = self.call.place.shared.store.revision();
        }
        if self.call.place.resource.kept == Kept::Nowhere
            && let Ok(now) = list::selected(&self.call, None, None)
            && now.revision <= self.told
        {
            self.made = Some(now.objects);
        }
    }

    /// The next piece of the body; none at its end.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if self.ended {
                return None;
            }
            if self.reachability.has_changed().unwrap_or(true) || !*self.reachability.borrow() {
                return self.end(&End::Cut);
            }
            if let Some(revision) = self.from.take() {
                if let Err(error) = list::reach(&self.call.place, revision).await {
                    self.ended = true;
                    return Some(Ok(lines::error(&error).into()));
                }
                self.begin();
            }
            match self.ready() {
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) => return Some(Ok(piece.into())),
                Err(error) => {
                    // Upstream tells of an expired revision inside a good answer; clients relist upon it.
                    self.ended = true;
                    return Some(Ok(lines::error(&error).into()));
                }
            }
            match self.wake().await {
                Wake::Events => {}
                Wake::Served if self.still_served() => {}
                Wake::Served => return self.end(&End::Quietly),
                Wake::Bookmark => {
                    self.next_bookmark = Instant::now() + BOOKMARKS;
                    return Some(Ok(self.lines.bookmark(&self.call, self.told, false).into()));
                }
                Wake::Timeout => {
                    self.ended = true;
                    if self.call.query.bookmarks {
                        return Some(Ok(self.lines.bookmark(&self.call, self.told, false).into()));
                    }
                }
                Wake::End(end) => return self.end(&end),
            }
        }
    }

    /// What can be told at once.
    fn ready(&mut self) -> Result<Vec<u8>, ApiError> {
        let mut piece = Vec::new();
        if !self.initial.is_empty() {
            let count = self.initial.len().min(PIECE);
            for stored in self.initial.drain(..count) {
                self.lines.added(&self.call, &stored, &mut piece)?;
            }
            return Ok(piece);
        }
        if std::mem::take(&mut self.mark_initial_end) {
            return Ok(self.lines.bookmark(&self.call, self.told, true));
        }
        // Events that the selectors hide make no piece: there may be others behind them.
        while self.tell_events(&mut piece)? && piece.is_empty() {}
        Ok(piece)
    }

    /// Tells the next events; answers whether there were any.
    fn tell_events(&mut self, piece: &mut Vec<u8>) -> Result<bool, ApiError> {
        if self.call.place.resource.kept == Kept::Nowhere {
            return self.tell_made(piece);
        }
        let collection = &self.call.place.collection;
        self.events.mark_unchanged();
        let (events, revision) = self.call.place.shared.store.read(|memory| {
            let events = memory.events_after(collection, self.told, PIECE);
            (events, memory.revision())
        });
        let events = events.map_err(|expired| {
            ApiError::expired(format!(
                "too old resource version: {} ({})",
                self.told, expired.oldest
            ))
        })?;
        for event in &events {
            self.lines.event(&self.call, event, piece)?;
        }
        self.told = match events.last() {
            Some(last) => last.revision(),
            // Nothing happened here up to now. A watch from the future keeps waiting for its revision.
            None => self.told.max(revision),
        };
        Ok(!events.is_empty())
    }

    /// Tells what has changed of objects that are kept nowhere, and so have no history: who knows them from before their
    /// last change lists them anew.
    fn tell_made(&mut self, piece: &mut Vec<u8>) -> Result<bool, ApiError> {
        let now = list::selected(&self.call, None, None)?;
        let Some(known) = self.made.replace(now.objects.clone()) else {
            return Err(ApiError::expired(format!(
                "too old resource version: {} ({})",
                self.told, now.revision
            )));
        };
        self.told = self.told.max(now.revision);
        for (kind, stored) in differences(&known, &now.objects) {
            self.lines.made(&self.call, (kind, stored, self.told), piece)?;
        }
        Ok(!piece.is_empty())
    }

    async fn wake(&mut self) -> Wake {
        let bookmarks = self.call.query.bookmarks;
        let stopping = self.call.place.shared.stopping.clone();
        tokio::select! {
            biased;
            () = stopping.cancelled() => Wake::End(End::Quietly),
            _ = self.reachability.changed() => Wake::End(End::Cut),
            changed = self.serving.changed() => match changed {
                Ok(()) => Wake::Served,
                Err(_) => Wake::End(End::Quietly),
            },
            changed = self.events.changed() => match changed {
                Ok(()) => Wake::Events,
                Err(_) => Wake::End(End::Quietly),
            },
            () = sleep_until(self.deadline) => Wake::Timeout,
            () = sleep_until(self.next_bookmark), if bookmarks => Wake::Bookmark,
        }
    }

    /// A watch of a resource that is defined anew is ended, as upstream does: its form may be another.
    fn still_served(&self) -> bool {
        let resource = &self.call.place.resource;
        let now = self
            .serving
            .borrow()
            .find(&resource.group, &resource.version, &resource.plural);
        now.is_some_and(|now| Arc::ptr_eq(&now, resource))
    }

    fn end(&mut self, end: &End) -> Option<io::Result<Bytes>> {
        self.ended = true;
        match end {
            End::Quietly => None,
            End::Cut => Some(Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "the logical cluster cannot be reached",
            ))),
        }
    }
}

/// What makes `now` of `known`: both are ordered by their keys, which are all that tells made objects apart.
fn differences<'a>(
    known: &'a [Arc<Stored>],
    now: &'a [Arc<Stored>],
) -> impl Iterator<Item = (&'static str, &'a Stored)> {
    let has = |list: &[Arc<Stored>], stored: &Stored| {
        list.binary_search_by(|other| other.key.object.cmp(&stored.key.object))
            .is_ok()
    };
    let gone = known.iter().filter(move |stored| !has(now, stored));
    let new = now.iter().filter(move |stored| !has(known, stored));
    gone.map(|stored| ("DELETED", &**stored))
        .chain(new.map(|stored| ("ADDED", &**stored)))
}
