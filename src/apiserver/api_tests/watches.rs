//! Watches: resuming, expiry, selectors, bookmarks, forms, ends.

use std::collections::VecDeque;

use axum::response::Response;
use fleetui_base::clock::FrozenClock;
use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, Patch, PatchParams, WatchEvent, WatchParams};
use kube::runtime::watcher;

use super::*;
use crate::HistoryLimits;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// The lines of a watch, one by one.
pub(super) struct Lines {
    body: Body,
    read: VecDeque<Value>,
    rest: Vec<u8>,
}

impl Lines {
    async fn open(router: &Router, query: &str) -> Self {
        Self::with_accept(router, query, "application/json").await
    }

    async fn with_accept(router: &Router, query: &str, accept: &str) -> Self {
        Self::of(router, MAPS, query, accept).await
    }

    pub(super) async fn of(router: &Router, path: &str, query: &str, accept: &str) -> Self {
        let request = Request::get(format!("{path}?watch=true&{query}"))
            .header("accept", accept)
            .body(Body::empty())
            .unwrap();
        let response: Response = within(router.clone().oneshot(request)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self {
            body: response.into_body(),
            read: VecDeque::new(),
            rest: Vec::new(),
        }
    }

    /// The next line; none at the end, an error where the stream broke.
    pub(super) async fn next(&mut self) -> Option<Result<Value, axum::Error>> {
        loop {
            if let Some(line) = self.read.pop_front() {
                return Some(Ok(line));
            }
            let frame = match within(self.body.frame()).await? {
                Ok(frame) => frame,
                Err(error) => return Some(Err(error)),
            };
            self.rest.extend_from_slice(frame.data_ref().unwrap());
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                self.read.push_back(serde_json::from_slice(&line).unwrap());
            }
        }
    }

    /// The next event: type and name.
    async fn event(&mut self) -> (String, String) {
        let line = self.line().await;
        let text = |path: &str| {
            line.pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        (text("/type"), text("/object/metadata/name"))
    }

    pub(super) async fn line(&mut self) -> Value {
        self.next()
            .await
            .expect("the watch ended")
            .expect("the watch broke")
    }
}

fn event(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

#[tokio::test]
async fn a_watch_tells_every_change_in_order() {
    let server = server().await;
    let api = config_maps(&server);
    let from = server.revision().to_string();
    let mut stream = api.watch(&WatchParams::default(), &from).await.unwrap().boxed();
    make(&server, "one").await;
    let patch = Patch::Merge(json!({"data": {"x": "y"}}));
    let patched = api.patch("one", &PatchParams::default(), &patch).await.unwrap();
    api.delete("one", &DeleteParams::default()).await.unwrap();

    let next = within(stream.next()).await.unwrap().unwrap();
    assert!(
        matches!(next, WatchEvent::Added(ref one) if one.metadata.name.as_deref() == Some("one")),
        "{next:?}"
    );
    let next = within(stream.next()).await.unwrap().unwrap();
    assert!(
        matches!(next, WatchEvent::Modified(ref one) if *one == patched),
        "{next:?}"
    );
    let WatchEvent::Deleted(last) = within(stream.next()).await.unwrap().unwrap() else {
        panic!()
    };
    let deleted_at: u64 = last.metadata.resource_version.unwrap().parse().unwrap();
    assert_eq!(deleted_at, server.revision());
    assert_eq!(last.data, patched.data);
}

#[tokio::test]
async fn a_watch_resumes_where_it_was() {
    let server = server().await;
    let router = server.router();
    for name in ["a", "b", "c"] {
        make(&server, name).await;
    }
    let first = config_maps(&server)
        .get("a")
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    let mut lines = Lines::open(&router, &format!("resourceVersion={first}")).await;
    assert_eq!(lines.event().await, event("ADDED", "b"));
    assert_eq!(lines.event().await, event("ADDED", "c"));
    make(&server, "d").await;
    assert_eq!(lines.event().await, event("ADDED", "d"));
}

#[tokio::test]
async fn an_expired_revision_is_told_inside_a_good_answer() {
    let limits = HistoryLimits {
        events: 2,
        ..HistoryLimits::default()
    };
    let server = ApiServer::builder().history(limits).build().await.unwrap();
    let router = server.router();
    let from = server.revision();
    for name in ["a", "b", "c", "d"] {
        make(&server, name).await;
    }
    let mut lines = Lines::open(&router, &format!("resourceVersion={from}")).await;
    let line = lines.line().await;
    assert_eq!(
        (&line["type"], &line["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert_eq!(line["object"]["reason"], "Expired");
    assert!(lines.next().await.is_none());
    // Two events are kept, so the revision before them is still good.
    let mut lines = Lines::open(&router, &format!("resourceVersion={}", from + 2)).await;
    assert_eq!(lines.event().await, event("ADDED", "c"));

    let exact = format!("{MAPS}?resourceVersion={from}&resourceVersionMatch=Exact");
    let (code, answer) = read(&router, &exact).await;
    assert_eq!((code.as_u16(), &answer["reason"]), (410, &json!("Expired")));
}

#[tokio::test]
async fn history_is_forgotten_with_age() {
    let clock = FrozenClock::at(Timestamp::UNIX_EPOCH);
    let server = ApiServer::builder().clock(clock.clone()).build().await.unwrap();
    let router = server.router();
    let from = server.revision();
    make(&server, "a").await;
    clock.advance(Duration::from_secs(301));
    server.shared().store.compact();
    let mut lines = Lines::open(&router, &format!("resourceVersion={from}")).await;
    assert_eq!(lines.line().await["type"], "ERROR");
}

#[tokio::test]
async fn entering_and_leaving_a_selection_are_events() {
    let server = server().await;
    let router = server.router();
    let api = config_maps(&server);
    let label = async |value: &str| {
        let patch = Patch::Merge(json!({"metadata": {"labels": {"tier": value}}}));
        api.patch("one", &PatchParams::default(), &patch).await.unwrap()
    };
    make(&server, "one").await;
    let from = server.revision();
    let mut lines = Lines::open(
        &router,
        &format!("labelSelector=tier%3Dweb&resourceVersion={from}"),
    )
    .await;
    label("web").await;
    assert_eq!(lines.event().await, event("ADDED", "one"));
    let left = label("db").await;
    let line = lines.line().await;
    assert_eq!(line["type"], "DELETED");
    // The object as it was selected, with the revision of the change.
    assert_eq!(line["object"]["metadata"]["labels"]["tier"], "web");
    assert_eq!(
        line["object"]["metadata"]["resourceVersion"],
        left.metadata.resource_version.unwrap()
    );
    label("other").await;
    label("web").await;
    assert_eq!(lines.event().await, event("ADDED", "one"));
    api.delete("one", &DeleteParams::default()).await.unwrap();
    assert_eq!(lines.event().await, event("DELETED", "one"));
}

#[tokio::test]
async fn a_watch_of_one_object_sees_no_other() {
    let server = server().await;
    let router = server.router();
    let from = server.revision();
    let mut lines = Lines::open(
        &router,
        &format!("fieldSelector=metadata.name%3Db&resourceVersion={from}"),
    )
    .await;
    for name in ["a", "b", "c"] {
        make(&server, name).await;
    }
    assert_eq!(lines.event().await, event("ADDED", "b"));
    tokio::time::pause();
    let by_path = format!("{MAPS}/b?watch=true&resourceVersion={from}&timeoutSeconds=1");
    let (code, answer) = read(&router, &by_path).await;
    assert_eq!(
        (code.as_u16(), &answer["object"]["metadata"]["name"]),
        (200, &json!("b"))
    );
}

#[tokio::test]
async fn initial_events_end_with_a_bookmark() {
    let server = server().await;
    let router = server.router();
    make(&server, "one").await;
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut lines = Lines::open(&router, query).await;
    assert_eq!(lines.event().await, event("ADDED", "one"));
    let line = lines.line().await;
    assert_eq!(line["type"], "BOOKMARK");
    let expected = json!({
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": server.revision().to_string(), "annotations": {"k8s.io/initial-events-end": "true"}},
    });
    assert_eq!(line["object"], expected);
    make(&server, "two").await;
    assert_eq!(lines.event().await, event("ADDED", "two"));

    // Without a revision a watch starts with what is there, and marks no end.
    let mut lines = Lines::open(&router, "resourceVersion=0").await;
    assert_eq!(lines.event().await, event("ADDED", "one"));
    assert_eq!(lines.event().await, event("ADDED", "two"));
    make(&server, "three").await;
    assert_eq!(lines.event().await, event("ADDED", "three"));
}

#[tokio::test(start_paused = true)]
async fn bookmarks_come_each_minute_and_at_the_end() {
    let server = server().await;
    let router = server.router();
    let from = server.revision();
    let query = format!("allowWatchBookmarks=true&timeoutSeconds=100&resourceVersion={from}");
    let mut lines = Lines::open(&router, &query).await;
    for _ in 0..2 {
        let line = lines.line().await;
        assert_eq!(
            (&line["type"], &line["object"]["metadata"]),
            (&json!("BOOKMARK"), &json!({"resourceVersion": from.to_string()}))
        );
    }
    assert!(lines.next().await.is_none());
    let mut lines = Lines::open(&router, &format!("timeoutSeconds=1&resourceVersion={from}")).await;
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn a_bookmark_counts_what_happened_elsewhere() {
    let server = server().await;
    let router = server.router();
    let from = server.revision();
    post(
        &router,
        "/api/v1/namespaces/default/secrets",
        &json!({"metadata": {"name": "s"}}),
    )
    .await;
    tokio::time::pause();
    let query = format!("allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion={from}");
    let mut lines = Lines::open(&router, &query).await;
    let line = lines.line().await;
    assert_eq!(
        line["object"]["metadata"]["resourceVersion"],
        server.revision().to_string()
    );
}

#[tokio::test]
async fn only_the_first_table_describes_its_columns() {
    let server = server().await;
    let router = server.router();
    let from = server.revision();
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let mut lines = Lines::with_accept(&router, &format!("resourceVersion={from}"), accept).await;
    make(&server, "one").await;
    make(&server, "two").await;
    let (first, second) = (lines.line().await, lines.line().await);
    assert_eq!(
        (&first["object"]["kind"], &second["object"]["kind"]),
        (&json!("Table"), &json!("Table"))
    );
    assert!(first["object"]["columnDefinitions"].is_array());
    assert!(second["object"]["columnDefinitions"].is_null());
    assert_eq!(
        second["object"]["rows"][0]["object"]["kind"],
        "PartialObjectMetadata"
    );

    let accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    let mut lines = Lines::with_accept(&router, &format!("resourceVersion={from}"), accept).await;
    let line = lines.line().await;
    assert_eq!(
        (&line["object"]["kind"], line["object"].get("data")),
        (&json!("PartialObjectMetadata"), None)
    );
}

#[tokio::test]
async fn kubes_own_watcher_follows_both_ways() {
    let server = server().await;
    for config in [
        watcher::Config::default(),
        watcher::Config::default().streaming_lists(),
    ] {
        let api: Api<ConfigMap> = Api::all(client(&server));
        let mut stream = watcher(api, config).boxed();
        let mut names = Vec::new();
        make(&server, "seen").await;
        while let Some(event) = within(stream.next()).await {
            match event.unwrap() {
                watcher::Event::InitApply(one) | watcher::Event::Apply(one) => {
                    names.extend(one.metadata.name);
                }
                watcher::Event::Delete(_) => break,
                watcher::Event::InitDone => {
                    config_maps(&server)
                        .delete("seen", &DeleteParams::default())
                        .await
                        .unwrap();
                }
                watcher::Event::Init => {}
            }
        }
        assert_eq!(names, ["seen"]);
    }
}

#[tokio::test]
async fn a_resource_that_changes_ends_its_watches() {
    let (_server, router) = with_things().await;
    let request = Request::get(format!("{THINGS}?watch=true"))
        .body(Body::empty())
        .unwrap();
    let mut body = router.clone().oneshot(request).await.unwrap().into_body();
    post(&router, THINGS, &thing("one")).await;
    assert!(within(body.frame()).await.unwrap().is_ok());
    let path = format!("{DEFINITIONS}/things.ex.io");
    let names = json!({"spec": {"names": {"shortNames": ["other"]}}});
    assert_eq!(merge(&router, &path, &names).await.0.as_u16(), 200);
    assert!(within(body.frame()).await.is_none());
}

#[tokio::test]
async fn a_shutdown_ends_watches() {
    let server = server().await;
    let router = server.router();
    let from = server.revision();
    let mut lines = Lines::open(&router, &format!("resourceVersion={from}")).await;
    server.shutdown().await;
    assert!(lines.next().await.is_none());
    assert_eq!(read(&router, "/readyz").await.0.as_u16(), 500);
}

#[tokio::test]
async fn a_watch_that_is_too_slow_is_cut_and_skips_nothing() {
    let limits = HistoryLimits {
        events: 4,
        ..HistoryLimits::default()
    };
    let server = ApiServer::builder().history(limits).build().await.unwrap();
    let router = server.router();
    let from = server.revision();
    let mut lines = Lines::open(&router, &format!("resourceVersion={from}")).await;
    make(&server, "read").await;
    assert_eq!(lines.event().await, event("ADDED", "read"));
    for index in 0..8 {
        make(&server, &format!("unread-{index}")).await;
    }
    let line = lines.line().await;
    assert_eq!(
        (&line["type"], &line["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert!(lines.next().await.is_none());
}
