//! Who lists and watches, and holds what it was told against the oracle once that knows everything.

use super::super::watches::Lines;
use super::oracle::{Expected, revision_of};
use super::*;

/// How a watch began.
#[derive(Debug)]
enum Begin {
    /// After a revision.
    After(u64),
    /// With what was there, up to a bookmark.
    Initial,
    /// With what was there, at a revision between these two.
    Unsaid(u64, u64),
}

/// What one watch told before it was cut.
#[derive(Debug)]
struct Session {
    selection: Selection,
    begin: Begin,
    lines: Vec<Value>,
}

/// What one list told; the revision that was asked for exactly, if any.
struct Listed {
    selection: Selection,
    exactly: Option<u64>,
    revision: u64,
    items: Vec<Value>,
}

/// One reader, with all that it was told.
pub(super) struct Reader {
    server: Arc<ApiServer>,
    router: Router,
    start: u64,
    random: StdRng,
    /// Seconds that a watch lasts at most.
    longest: u64,
    sessions: Vec<Session>,
    lists: Vec<Listed>,
}

impl Reader {
    pub(super) fn new(server: Arc<ApiServer>, start: u64, seed: u64, longest: u64) -> Self {
        Self {
            router: server.router(),
            server,
            start,
            random: StdRng::seed_from_u64(seed),
            longest,
            sessions: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Lists and watches until everything is written.
    pub(super) async fn read_until(mut self, written: Arc<AtomicBool>) -> Self {
        while !written.load(Ordering::SeqCst) {
            let selection = Selection::random(&mut self.random);
            if self.random.random_bool(0.4) {
                self.list(selection).await;
            } else {
                self.watch(selection, &written).await;
            }
            tokio::task::yield_now().await;
        }
        self
    }

    async fn list(&mut self, selection: Selection) {
        let now = self.server.revision();
        let exactly = self
            .random
            .random_bool(0.5)
            .then(|| self.random.random_range(self.start..=now));
        let limit = self.random.random_range(1..8);
        let base = format!("{}?{}&limit={limit}", selection.path(), selection.query());
        let mut path = match exactly {
            Some(revision) => format!("{base}&resourceVersion={revision}&resourceVersionMatch=Exact"),
            None => base.clone(),
        };
        let mut items = Vec::new();
        let mut revision = None;
        loop {
            let (code, page) = read(&self.router, &path).await;
            if code.as_u16() == 410 {
                // Forgotten meanwhile, which only an old revision can be.
                assert!(
                    exactly
                        .or(revision)
                        .is_some_and(|asked| asked < self.server.revision()),
                    "{page}"
                );
                return;
            }
            assert_eq!(code.as_u16(), 200, "{path}: {page}");
            let of = revision_of(&page);
            assert_eq!(*revision.get_or_insert(of), of, "pages of different revisions");
            items.extend(page["items"].as_array().unwrap().clone());
            match page["metadata"]["continue"].as_str() {
                Some(token) => path = format!("{base}&continue={token}"),
                None => break,
            }
        }
        // Items of a list of a built-in kind are as a get tells them.
        let revision = revision.unwrap();
        if exactly.is_none() {
            assert!(
                revision >= now,
                "a list of the newest was of {revision}, before {now}"
            );
        }
        self.lists.push(Listed {
            selection,
            exactly,
            revision,
            items,
        });
    }

    async fn watch(&mut self, selection: Selection, written: &AtomicBool) {
        let now = self.server.revision();
        let (begin, query) = match self.random.random_range(0..4) {
            0 => (
                Begin::Initial,
                "sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned(),
            ),
            1 => (Begin::Unsaid(now, now), "resourceVersion=0".to_owned()),
            2 => {
                let after = self.random.random_range(self.start..=now);
                (Begin::After(after), format!("resourceVersion={after}"))
            }
            _ => (Begin::After(now), format!("resourceVersion={now}")),
        };
        let most = self.random.random_range(1..40);
        self.follow((selection, begin, query), most, written).await;
        // Some go on where they were cut, as informers do.
        while self.random.random_bool(0.6)
            && !written.load(Ordering::SeqCst)
            && let Some(last) = self.sessions.last()
            && let Some(told) = last.lines.last()
            && told["type"] != "ERROR"
        {
            // In the middle of what was there at the start there is no revision to go on from.
            if !matches!(last.begin, Begin::After(_)) {
                break;
            }
            let after = revision_of(&told["object"]);
            let next = (
                last.selection.clone(),
                Begin::After(after),
                format!("resourceVersion={after}"),
            );
            let most = self.random.random_range(1..40);
            self.follow(next, most, written).await;
        }
    }

    async fn follow(
        &mut self,
        (selection, begin, query): (Selection, Begin, String),
        most: usize,
        written: &AtomicBool,
    ) {
        let timeout = self.random.random_range(1..=self.longest);
        let query = format!(
            "{query}&allowWatchBookmarks=true&timeoutSeconds={timeout}&{}",
            selection.query()
        );
        let mut stream = Lines::of(&self.router, &selection.path(), &query, "application/json").await;
        let begin = match begin {
            Begin::Unsaid(from, _) => Begin::Unsaid(from, self.server.revision()),
            other => other,
        };
        let mut lines = Vec::new();
        while lines.len() < most {
            let Some(line) = stream.next().await else { break };
            let line = line.unwrap();
            let ends = line["type"] == "ERROR";
            lines.push(line);
            if ends || written.load(Ordering::SeqCst) {
                break;
            }
            // A reader that takes its time.
            if self.random.random_bool(0.1) {
                for _ in 0..self.random.random_range(0..200) {
                    tokio::task::yield_now().await;
                }
            }
        }
        self.sessions.push(Session {
            selection,
            begin,
            lines,
        });
    }

    /// Holds everything against the oracle, and follows one watch to the very end.
    pub(super) async fn judge(mut self, oracle: &Oracle) {
        for list in &self.lists {
            let expected = oracle.at(list.exactly.unwrap_or(list.revision), &list.selection);
            assert_eq!(
                list.items, expected,
                "a list at {} of {:?}",
                list.revision, list.selection
            );
        }
        for session in &self.sessions {
            session.judge(oracle);
        }
        let selection = Selection::random(&mut self.random);
        let query = format!("resourceVersion={}&{}", self.start, selection.query());
        let mut stream = Lines::of(&self.router, &selection.path(), &query, "application/json").await;
        for expected in oracle.after(self.start, &selection) {
            let line = stream.line().await;
            if line["type"] == "ERROR" {
                assert_eq!(line["object"]["code"], 410);
                break;
            }
            assert_eq!(read_event(&line), expected);
        }
    }
}

impl Session {
    fn judge(&self, oracle: &Oracle) {
        let (told, expected) = match self.begin {
            Begin::After(revision) => {
                if self.is_expired() {
                    assert!(revision < oracle.end(), "revision {revision} cannot be forgotten");
                }
                (&self.lines[..], oracle.after(revision, &self.selection))
            }
            Begin::Initial => {
                let Some(end) = self.lines.iter().position(is_initial_end) else {
                    return self.judge_part_of_initial(oracle);
                };
                let at = revision_of(&self.lines[end]["object"]);
                self.judge_initial(&self.lines[..end], &oracle.at(at, &self.selection));
                (&self.lines[end + 1..], oracle.after(at, &self.selection))
            }
            Begin::Unsaid(from, to) => {
                // It began at one of these revisions; at one of them everything must fit.
                let fits = (from..=to).any(|at| {
                    let initial = oracle.at(at, &self.selection);
                    let all: Vec<Value> = initial
                        .into_iter()
                        .chain(
                            oracle
                                .after(at, &self.selection)
                                .into_iter()
                                .map(|event| event.object),
                        )
                        .collect();
                    let told: Vec<&Value> = self
                        .lines
                        .iter()
                        .filter(|line| line["type"] != "BOOKMARK" && line["type"] != "ERROR")
                        .map(|line| &line["object"])
                        .collect();
                    told.len() <= all.len()
                        && told.iter().zip(&all).all(|(told, expected)| **told == *expected)
                });
                assert!(fits, "no revision from {from} to {to} fits {self:#?}");
                return;
            }
        };
        judge_events(told, &expected, self);
    }

    fn is_expired(&self) -> bool {
        self.lines.first().is_some_and(|line| line["type"] == "ERROR")
    }

    /// All that was there, each once, as a list tells it.
    fn judge_initial(&self, lines: &[Value], expected: &[Value]) {
        let told: Vec<&Value> = lines.iter().map(|line| &line["object"]).collect();
        assert!(lines.iter().all(|line| line["type"] == "ADDED"), "{self:#?}");
        assert!(
            told.iter().copied().eq(expected),
            "{self:#?}\nis not {expected:#?}"
        );
    }

    /// Cut before its end: a part of what was there, in order.
    fn judge_part_of_initial(&self, oracle: &Oracle) {
        let told: Vec<&Value> = self.lines.iter().map(|line| &line["object"]).collect();
        let some = (oracle.start()..=oracle.end()).any(|at| {
            let all = oracle.at(at, &self.selection);
            told.len() <= all.len() && told.iter().zip(&all).all(|(told, expected)| **told == *expected)
        });
        assert!(some, "{self:#?}");
    }
}

fn is_initial_end(line: &Value) -> bool {
    line["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"
}

fn read_event(line: &Value) -> Expected {
    let kind = match line["type"].as_str().unwrap() {
        "ADDED" => "ADDED",
        "MODIFIED" => "MODIFIED",
        "DELETED" => "DELETED",
        other => panic!("{other}: {line}"),
    };
    Expected {
        kind,
        revision: revision_of(&line["object"]),
        object: line["object"].clone(),
    }
}

/// The events are the first of those expected, all of them and each once; a bookmark tells that nothing before it is
/// missing, and nothing behind it was told.
fn judge_events(told: &[Value], expected: &[Expected], session: &Session) {
    let mut next = expected.iter().peekable();
    let mut last = 0;
    for line in told {
        match line["type"].as_str().unwrap() {
            "BOOKMARK" => {
                let at = revision_of(&line["object"]);
                assert!(at >= last, "a bookmark goes back to {at} in {session:#?}");
                last = at;
                assert!(
                    next.peek().is_none_or(|event| event.revision > at),
                    "a bookmark at {at} goes before {:?} in {session:#?}",
                    next.peek()
                );
            }
            "ERROR" => assert_eq!(line["object"]["code"], 410, "{session:#?}"),
            _ => {
                let event = read_event(line);
                last = event.revision;
                assert_eq!(Some(&event), next.next(), "{session:#?}");
            }
        }
    }
}
