//! One kind in one management cluster (or in one namespace of it): list, watch, resume, list again.
//!
//! The kube client's own watcher keeps a whole object for each, loops for ever on a 410 that comes as an HTTP status, and
//! notices a dead peer after five minutes. This one projects at once, lists anew on either form of 410, and gives each
//! watch an end of its own.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectName};
use fleetui_fleet::Row;
use futures::{AsyncBufRead, FutureExt};
use serde_json::value::RawValue;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::catalogue::Served;
use crate::fault::Fault;
use crate::lines::Lines;
use crate::object;
use crate::request::Requester;
use crate::retry::{Retry, jittered};
use crate::settings::ClientSettings;

mod pages;
mod wire;

use pages::Pages;
pub(crate) use wire::encoded;
use wire::{Line, ListMeta, Page, read_line};

/// Names a watch inside its session; never used again.
pub(crate) type WatchId = u64;

/// After so many refusals in a row, the kind is listed anew instead of watched on.
const REFUSALS: u32 = 3;
/// At most so many events are told in one message.
const EVENTS_AT_ONCE: usize = 256;

/// What a watcher tells its session.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) watch: WatchId,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// A list begins: what it does not bring is gone when it ends.
    ListBegun,
    /// Objects, of a list or of a watch.
    Objects(Vec<Event>),
    /// The list is complete.
    Listed,
    /// The watch stands, and what is known is current.
    Open,
    /// It failed and is tried again.
    Broken { fault: Fault, retry_in: Duration },
    /// It may not be read; the watcher has ended.
    Denied(String),
    /// The kind is not served; the watcher has ended.
    NotServed(String),
}

/// One change of one object.
#[derive(Debug)]
pub(crate) enum Event {
    Upsert(Box<Row>),
    Delete(ObjectName, CompactString),
}

/// Watches one kind until it may not, or cannot be, read.
pub(crate) struct Watcher {
    pub(crate) id: WatchId,
    pub(crate) management_cluster: ManagementCluster,
    pub(crate) served: Arc<Served>,
    pub(crate) namespace: Option<String>,
    pub(crate) requester: Arc<Requester>,
    pub(crate) settings: Arc<ClientSettings>,
    pub(crate) session: mpsc::Sender<Told>,
    /// Told when another watch has the server again.
    pub(crate) back: Arc<Notify>,
}

impl Watcher {
    /// Watches. Ends when the session is gone, or with `Denied` or `NotServed`.
    pub(crate) async fn run(self) -> WatchId {
        let _over = self.work().await;
        self.id
    }

    async fn work(&self) -> Result<std::convert::Infallible, Over> {
        let who = (
            self.management_cluster.as_str(),
            &self.served.kind,
            &self.namespace,
        );
        let mut retry = Retry::new(&self.settings, &who);
        let mut paged = true;
        loop {
            self.tell(What::ListBegun).await?;
            match self.list(paged).await? {
                Ok(version) => {
                    self.tell(What::Listed).await?;
                    paged = true;
                    self.watch_from(version, &mut retry).await?;
                }
                Err(Fault::Expired(why)) => {
                    // The pages took longer than the server keeps a version: the next list is read in one piece.
                    paged = false;
                    self.pause(Fault::Expired(why), &mut retry).await?;
                }
                Err(fault) => self.settle(fault, &mut retry).await?,
            }
        }
    }

    /// Watches from `version` on until the server does not know that version any more.
    async fn watch_from(&self, mut version: CompactString, retry: &mut Retry) -> Result<(), Over> {
        let mut heard_anything = false;
        let mut refusals = 0;
        loop {
            let before = version.clone();
            let begun = tokio::time::Instant::now();
            let end = self.watch(&mut version).await?;
            let lasted = begun.elapsed();
            if version != before || lasted >= self.settings.watch_timeout / 2 {
                heard_anything = true;
                refusals = 0;
                retry.reset();
            }
            match end {
                Ok(End::Closed) => {
                    // A server that ends every watch at once would otherwise be asked without a pause.
                    if lasted < Duration::from_secs(1) && version == before {
                        tokio::time::sleep(retry.pause()).await;
                    }
                }
                Ok(End::Expired) => {
                    // A list whose own version is too old at once gets a pause, so that it does not turn into a storm.
                    if !heard_anything {
                        tokio::time::sleep(retry.pause()).await;
                    }
                    return Ok(());
                }
                Err(fault) => {
                    refusals += u32::from(matches!(fault, Fault::Refused { .. } | Fault::Garbled(_)));
                    self.settle(fault, retry).await?;
                    // A server that keeps refusing may not know the version any more and not say so.
                    if refusals >= REFUSALS {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// What follows from a fault: the end, or a pause.
    async fn settle(&self, fault: Fault, retry: &mut Retry) -> Result<(), Over> {
        match fault {
            Fault::Forbidden(why) => {
                self.tell(What::Denied(why)).await?;
                Err(Over)
            }
            Fault::NotFound(why) => {
                self.tell(What::NotServed(why)).await?;
                Err(Over)
            }
            Fault::Credentials(_)
            | Fault::Unauthorized(_)
            | Fault::Expired(_)
            | Fault::Conflict(_)
            | Fault::Busy { .. }
            | Fault::Refused { .. }
            | Fault::Unreachable(_)
            | Fault::TimedOut(_)
            | Fault::Garbled(_) => self.pause(fault, retry).await,
        }
    }

    async fn pause(&self, fault: Fault, retry: &mut Retry) -> Result<(), Over> {
        let retry_in = retry.pause().max(fault.wait());
        let may_hurry = fault.is_no_connection();
        self.tell(What::Broken { fault, retry_in }).await?;
        tokio::select! {
            () = tokio::time::sleep(retry_in) => {}
            // One that lacks nothing but the connection does not wait for its own time once that is there.
            () = self.back.notified(), if may_hurry => {}
        }
        Ok(())
    }

    async fn tell(&self, what: What) -> Result<(), Over> {
        self.session
            .send(Told { watch: self.id, what })
            .await
            .map_err(|_closed| Over)
    }

    /// Lists, page by page, and tells each page at once.
    async fn list(&self, paged: bool) -> Result<Result<CompactString, Fault>, Over> {
        let path = self.served.path(self.namespace.as_deref());
        let mut next = CompactString::default();
        let mut sizes = Pages::new(self.settings.page_size);
        loop {
            let began = Instant::now();
            let query = match (paged, next.as_str()) {
                (false, _) => String::new(),
                (true, "") => format!("?limit={}", sizes.size),
                (true, next) => format!("?limit={}&continue={}", sizes.size, encoded(next)),
            };
            let text = match self
                .requester
                .get(&format!("{path}{query}"), self.settings.list_timeout)
                .await
            {
                Ok(text) => text,
                Err(fault) => return Ok(Err(fault)),
            };
            let page: Page<'_> = match serde_json::from_str(&text) {
                Ok(page) => page,
                Err(error) => return Ok(Err(Fault::Garbled(error.to_string()))),
            };
            let objects: Vec<_> = page
                .items
                .iter()
                .filter_map(|raw| self.row(raw))
                .map(|row| Event::Upsert(Box::new(row)))
                .collect();
            let ListMeta {
                resource_version,
                r#continue,
            } = page.metadata;
            if !objects.is_empty() {
                self.tell(What::Objects(objects)).await?;
            }
            match r#continue.filter(|next| paged && !next.is_empty()) {
                Some(following) => next = following,
                None => return Ok(Ok(resource_version)),
            }
            sizes.took(began.elapsed());
            // Other sessions have their turn between two pages.
            tokio::task::yield_now().await;
        }
    }

    /// One watch from `version`, which it moves on.
    async fn watch(&self, version: &mut CompactString) -> Result<Result<End, Fault>, Over> {
        let who = (
            self.management_cluster.as_str(),
            &self.served.kind,
            version.as_str(),
        );
        let lasts = jittered(self.settings.watch_timeout, &who);
        let seconds = lasts.as_secs().max(1);
        let path = format!(
            "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={}",
            self.served.path(self.namespace.as_deref()),
            encoded(version),
        );
        let reader = match self.requester.stream(&path, self.settings.request_timeout).await {
            Ok(reader) => reader,
            Err(Fault::Expired(_)) => return Ok(Ok(End::Expired)),
            Err(fault) => return Ok(Err(fault)),
        };
        self.tell(What::Open).await?;
        self.follow(
            Lines::new(reader),
            lasts.max(Duration::from_secs(seconds)),
            version,
        )
        .await
    }

    /// Reads events until the stream ends, fails, or has been silent for longer than it should last.
    async fn follow(
        &self,
        mut lines: Lines<impl AsyncBufRead + Unpin>,
        lasts: Duration,
        version: &mut CompactString,
    ) -> Result<Result<End, Fault>, Over> {
        let silence = lasts + self.settings.watch_grace;
        let begun = tokio::time::Instant::now();
        let mut stands = false;
        loop {
            let patience = if stands {
                silence
            } else {
                self.settings.watch_settles
            };
            let line = match tokio::time::timeout(patience, lines.next()).await {
                Ok(line) => line,
                Err(_elapsed) if stands => return Ok(Err(Fault::TimedOut(silence))),
                Err(_elapsed) => {
                    // Only what outlives its beginning stands: some servers open a watch just to say no in it.
                    stands = true;
                    self.tell(What::Open).await?;
                    continue;
                }
            };
            let mut events = Vec::new();
            let mut end = self.take(read_line(line), version, &mut events);
            while end.is_none() && events.len() < EVENTS_AT_ONCE {
                let Some(line) = lines.next().now_or_never() else {
                    break;
                };
                end = self.take(read_line(line), version, &mut events);
            }
            if !events.is_empty() {
                self.tell(What::Objects(events)).await?;
            }
            if let Some(end) = end {
                return Ok(end);
            }
            // Whatever came, a bookmark too, says that what is known is current.
            stands = true;
            self.tell(What::Open).await?;
            if begun.elapsed() > silence {
                // It should have ended by now; it is alive, so it is only begun anew.
                return Ok(Ok(End::Closed));
            }
        }
    }

    /// Takes in one line. `Some` when it is the last.
    fn take(
        &self,
        line: Line<'_>,
        version: &mut CompactString,
        events: &mut Vec<Event>,
    ) -> Option<Result<End, Fault>> {
        match line {
            Line::Object(raw) => {
                let row = self.row(raw)?;
                move_on(version, &row.facts.resource_version);
                events.push(Event::Upsert(Box::new(row)));
            }
            Line::Deleted(identity) => {
                move_on(version, &identity.resource_version);
                let object = ObjectName::new(&identity.namespace, &identity.name);
                events.push(Event::Delete(object, identity.uid));
            }
            Line::Bookmark(at) => move_on(version, &at),
            Line::Nothing => {}
            Line::End(end) => return Some(end),
        }
        None
    }

    fn row(&self, raw: &RawValue) -> Option<Row> {
        let row = object::row(
            raw,
            &self.served,
            &self.management_cluster,
            &self.settings.columns.paths(),
        );
        if row.is_none() {
            tracing::warn!(kind = %self.served.kind, "an object without a name is left out");
        }
        row
    }
}

/// Why a watch came to its end without a fault.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It can be resumed where it ended.
    Closed,
    /// What it would resume from is too old.
    Expired,
}

/// The session is gone, or the watcher has told its last word.
struct Over;

fn move_on(version: &mut CompactString, to: &CompactString) {
    if !to.is_empty() {
        version.clone_from(to);
    }
}
