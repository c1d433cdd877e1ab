//! Management clusters with nothing behind them but answers made beforehand: they list, page and watch like API servers and
//! cost little themselves, so that what is measured is who reads them.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::Result;
use super::objects::{self, Kind, VERSION};

/// Objects of a page of a list, as the console asks for them.
const PAGE: usize = 500;
/// The version at which everything was listed; machines are told of with higher ones.
const LISTED: usize = 1_000_000;
/// Events that a watch may be behind.
const BEHIND: usize = 1 << 16;
/// Events come in this many bursts a second.
const BURSTS: usize = 100;

/// Several management clusters, and a kubeconfig that names them.
pub(crate) struct Management {
    directory: TempDir,
    clusters: Vec<Arc<Served>>,
    /// Machines of all of them.
    pub(crate) machines: usize,
    of_a_cluster: usize,
}

/// One of them.
struct Served {
    name: String,
    discovery: Bytes,
    /// Paths, and the pages that are listed there.
    lists: Vec<(String, Vec<Bytes>)>,
    /// What every single object is answered with that is read or written.
    single: Bytes,
    events: broadcast::Sender<Bytes>,
    /// The numbers of its machines.
    machines: std::ops::Range<usize>,
}

impl Management {
    /// Starts `count` management clusters that have `machines` together.
    pub(crate) async fn start(count: usize, machines: usize, of_a_cluster: usize) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut clusters = Vec::new();
        let mut entries = (Vec::new(), Vec::new());
        let all = machines.div_ceil(of_a_cluster);
        for index in 0..count {
            let of = |index: usize| all * index / count;
            let cluster = Arc::new(Served::new(
                index,
                of(index)..of(index + 1),
                (machines, of_a_cluster),
            ));
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let server = format!("http://{}", listener.local_addr()?);
            let router = Router::new().fallback(answer).with_state(Arc::clone(&cluster));
            tokio::spawn(async move { axum::serve(listener, router).await });
            let name = &cluster.name;
            entries
                .0
                .push(json!({ "name": name, "cluster": { "server": server } }));
            entries
                .1
                .push(json!({ "name": name, "context": { "cluster": name, "user": "nobody" } }));
            clusters.push(cluster);
        }
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "clusters": entries.0, "contexts": entries.1,
            "users": [{ "name": "nobody", "user": {} }],
        });
        std::fs::write(directory.path().join("kubeconfig"), kubeconfig.to_string())?;
        Ok(Self {
            directory,
            clusters,
            machines,
            of_a_cluster,
        })
    }

    /// A directory of its own, with the kubeconfig.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.directory().join("kubeconfig")
    }

    /// The contexts of the kubeconfig.
    pub(crate) fn contexts(&self) -> Vec<String> {
        self.clusters.iter().map(|served| served.name.clone()).collect()
    }

    /// How many Clusters there are.
    pub(crate) fn clusters_of_machines(&self) -> usize {
        self.machines.div_ceil(self.of_a_cluster)
    }

    /// Group, kind and plural of all that is served.
    pub(crate) fn kinds() -> Vec<(&'static str, &'static str, &'static str)> {
        let makers = objects::makers(0..0, 1).into_iter();
        let all = makers.map(|kind| (kind.group, kind.name, kind.plural));
        all.chain([MACHINES]).collect()
    }

    /// Tells of `a_second` changes of machines, spread over all of them, until it is aborted. The count is that of the changes
    /// that were told.
    pub(crate) fn stream(&self, a_second: usize) -> (JoinHandle<()>, Arc<AtomicUsize>) {
        let clusters = self.clusters.clone();
        let (machines, of_a_cluster) = (self.machines, self.of_a_cluster);
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        let task = tokio::spawn(async move {
            let mut bursts = interval(Duration::from_secs(1) / u32::try_from(BURSTS).unwrap_or(1));
            bursts.set_missed_tick_behavior(MissedTickBehavior::Burst);
            loop {
                bursts.tick().await;
                for _ in 0..a_second / BURSTS {
                    let event = count.fetch_add(1, Ordering::Relaxed);
                    // A prime as the step comes to all of them; every other round brings them back.
                    let index = event * 7919 % machines;
                    let bad = (event / machines).is_multiple_of(2) == event.is_multiple_of(2);
                    let object = objects::machine(index, of_a_cluster, bad, LISTED + event + 1);
                    let line = format!("{{\"type\":\"MODIFIED\",\"object\":{object}}}\n");
                    for served in clusters.iter().filter(|served| served.machines.contains(&index)) {
                        // Nobody listens while a watch is begun anew.
                        let _ = served.events.send(Bytes::from(line.clone()));
                    }
                }
            }
        });
        (task, told)
    }
}

/// The kind that there is most of.
const MACHINES: (&str, &str, &str) = (fleetui_api::kinds::CORE, "Machine", "machines");

impl Served {
    /// That with these clusters, whose machines are made here.
    fn new(index: usize, clusters: std::ops::Range<usize>, (machines, of_a_cluster): (usize, usize)) -> Self {
        let machines = clusters.start * of_a_cluster..(clusters.end * of_a_cluster).min(machines);
        let texts = machines
            .clone()
            .map(|index| objects::machine(index, of_a_cluster, index % 50 == 7, index + 1000));
        let mut kinds = objects::makers(clusters, of_a_cluster);
        kinds.push(Kind {
            group: MACHINES.0,
            name: MACHINES.1,
            plural: MACHINES.2,
            texts: texts.collect(),
        });
        let single = kinds
            .iter()
            .find(|kind| kind.name == "MachineDeployment")
            .and_then(|kind| kind.texts.first())
            .map(|text| Bytes::from(text.clone()))
            .unwrap_or_default();
        Self {
            single,
            name: format!("mgmt-{index}"),
            discovery: Bytes::from(discovery(&kinds).to_string()),
            lists: kinds.iter().map(|kind| (path(kind), pages(kind))).collect(),
            events: broadcast::channel(BEHIND).0,
            machines,
        }
    }
}

fn path(kind: &Kind) -> String {
    format!("/apis/{}/{VERSION}/{}", kind.group, kind.plural)
}

fn pages(kind: &Kind) -> Vec<Bytes> {
    let chunks: Vec<&[String]> = kind.texts.chunks(PAGE).collect();
    let page = |(index, chunk): (usize, &&[String])| {
        let next = if index + 1 < chunks.len() {
            format!(",\"continue\":\"{}\"", index + 1)
        } else {
            String::new()
        };
        let text = format!(
            "{{\"kind\":\"{}List\",\"apiVersion\":\"{}/{VERSION}\",\"metadata\":{{\"resourceVersion\":\"{LISTED}\"{next}}},\"items\":[{}]}}",
            kind.name,
            kind.group,
            chunk.join(",")
        );
        Bytes::from(text)
    };
    chunks.iter().enumerate().map(page).collect()
}

fn discovery(kinds: &[Kind]) -> Value {
    let items: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            json!({ "metadata": { "name": kind.group }, "versions": [{ "version": VERSION, "resources": [{
                "resource": kind.plural, "scope": "Namespaced", "verbs": ["get", "list", "watch", "patch"],
                "responseKind": { "group": kind.group, "version": VERSION, "kind": kind.name },
            }] }] })
        })
        .collect();
    json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items })
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let parameter = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    };
    match path {
        "/version" => return whole(Bytes::from_static(b"{\"gitVersion\":\"v1.33.1\"}")),
        "/apis" => return whole(served.discovery.clone()),
        _ => {}
    }
    if path.ends_with("/selfsubjectaccessreviews") {
        return whole(Bytes::from_static(b"{\"status\":{\"allowed\":true}}"));
    }
    if path.contains("/machinedeployments/") {
        return whole(served.single.clone());
    }
    let Some((_, pages)) = served.lists.iter().find(|(there, _)| there == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if matches!(parameter("watch"), Some("true" | "1")) {
        let lasts = parameter("timeoutSeconds").and_then(|seconds| seconds.parse().ok());
        let lasts = Duration::from_secs(lasts.unwrap_or(60));
        let events = path.ends_with("/machines").then(|| served.events.subscribe());
        return watch(events, lasts);
    }
    let page = parameter("continue")
        .and_then(|page| page.parse().ok())
        .unwrap_or(0);
    // A kind without objects has no page.
    let empty = || {
        Bytes::from(format!(
            "{{\"metadata\":{{\"resourceVersion\":\"{LISTED}\"}},\"items\":[]}}"
        ))
    };
    whole(pages.get(page).cloned().unwrap_or_else(empty))
}

fn whole(text: Bytes) -> Response {
    ([(http::header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn watch(events: Option<broadcast::Receiver<Bytes>>, lasts: Duration) -> Response {
    let lines = futures::stream::unfold(events, |events| async move {
        let Some(mut events) = events else {
            return std::future::pending().await;
        };
        loop {
            match events.recv().await {
                Ok(line) => return Some((Ok::<_, Infallible>(line), Some(events))),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    });
    let body = Body::from_stream(lines.take_until(Box::pin(tokio::time::sleep(lasts))));
    ([(http::header::CONTENT_TYPE, "application/json")], body).into_response()
}
