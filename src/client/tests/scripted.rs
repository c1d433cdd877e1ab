//! A small management cluster that does what a test tells it to: it lists, pages and watches like an API server, and
//! answers as the rules say where one applies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fleetui_connect::Target;
use futures::channel::mpsc;
use futures::{StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::client::Body;
use serde_json::{Value, json};
use tower::BoxError;

type Answer = Response<http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>>;

/// Events that a watch of a test can hold at most.
const WATCH_QUEUE: usize = 1 << 16;

/// What a server does with requests of which the line (`GET /path?query`) contains some text.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// The connection is refused.
    Refuse,
    /// Nothing comes back, ever.
    Silence,
    /// A watch begins and stays silent past its end.
    SilentStream,
    /// A watch begins and is cut at once.
    Cut,
    /// A watch begins, and its only event is an error.
    ErrorEvent(u16),
    /// An error, as a `Status`.
    Status(u16, &'static str, String),
    /// Something else than JSON.
    Text(u16, &'static str),
    /// The usual answer, later.
    Later(Duration),
    /// The usual answer, with this header of warnings.
    Warn(&'static str),
}

/// How a version that is too old is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    Status,
    Event,
}

/// One kind that the server serves.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    group: &'static str,
    versions: Vec<&'static str>,
    name: &'static str,
    plural: &'static str,
}

#[derive(Clone)]
pub(super) struct Scripted {
    state: Arc<Mutex<State>>,
}

struct State {
    kinds: Vec<Kind>,
    aggregated: bool,
    objects: BTreeMap<(String, String, String), Value>,
    version: u64,
    history: Vec<(u64, String, &'static str, Value)>,
    oldest: u64,
    expiry: Expiry,
    watches: Vec<Watch>,
    rules: Vec<(String, Act, usize)>,
    requests: Vec<String>,
    bodies: Vec<Value>,
    date: Option<&'static str>,
}

struct Watch {
    plural: String,
    namespace: Option<String>,
    sender: mpsc::Sender<Bytes>,
}

pub(super) const MACHINES: &str = "/v1beta2/machines";

impl Scripted {
    /// Clusters, MachineDeployments and Machines in v1beta1 and v1beta2, and a template.
    pub(super) fn new() -> Self {
        let core = |kind, plural| Kind {
            group: "cluster.x-k8s.io",
            versions: vec!["v1beta1", "v1beta2"],
            name: kind,
            plural,
        };
        let kinds = vec![
            core("Cluster", "clusters"),
            core("MachineDeployment", "machinedeployments"),
            core("Machine", "machines"),
            Kind {
                group: "infrastructure.cluster.x-k8s.io",
                versions: vec!["v1beta1"],
                name: "DevMachineTemplate",
                plural: "devmachinetemplates",
            },
        ];
        let state = State {
            kinds,
            aggregated: true,
            objects: BTreeMap::new(),
            version: 100,
            history: Vec::new(),
            oldest: 0,
            expiry: Expiry::Event,
            watches: Vec::new(),
            rules: Vec::new(),
            requests: Vec::new(),
            bodies: Vec::new(),
            date: None,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// One with `count` Machines, `m0000` and on.
    pub(super) fn with_machines(count: usize) -> Self {
        let scripted = Self::new();
        (0..count).for_each(|index| scripted.put(&format!("m{index:04}"), "1"));
        scripted
    }

    pub(super) fn target(&self, name: &str) -> Target {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.answer(request).await }
        });
        Target::ready(name, kube::Client::new(service, "default"))
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap())
    }

    /// From now on, requests whose line contains `needle` get `act`. Later rules come first.
    pub(super) fn on(&self, needle: &str, act: Act) {
        self.some(usize::MAX, needle, act);
    }

    /// The same for the next `count` such requests.
    pub(super) fn some(&self, count: usize, needle: &str, act: Act) {
        self.state(|state| state.rules.insert(0, (needle.to_owned(), act, count)));
    }

    pub(super) fn behave(&self) {
        self.state(|state| state.rules.clear());
    }

    /// What the server's clock shows, whenever it is asked.
    pub(super) fn dated(&self, date: &'static str) {
        self.state(|state| state.date = Some(date));
    }

    pub(super) fn legacy_discovery(&self) {
        self.state(|state| state.aggregated = false);
    }

    pub(super) fn serve(
        &self,
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) {
        self.state(|state| {
            state.kinds.push(Kind {
                group,
                versions: vec![version],
                name: kind,
                plural,
            });
        });
    }

    /// Deletes the CRD and all its objects.
    pub(super) fn no_longer_serve(&self, plural: &str) {
        self.state(|state| {
            state.kinds.retain(|kind| kind.plural != plural);
            state.objects.retain(|(of, _, _), _| of != plural);
            state.watches.retain(|watch| watch.plural != plural);
        });
    }

    /// Adds or changes a Machine in the namespace `default`.
    pub(super) fn put(&self, name: &str, note: &str) {
        self.put_in("default", name, note);
    }

    pub(super) fn put_in(&self, namespace: &str, name: &str, note: &str) {
        let object = json!({
            "metadata": {
                "namespace": namespace, "name": name, "uid": format!("uid-{name}"),
                "annotations": {"note": note},
                "managedFields": [{"manager": "somebody"}],
            },
            "spec": {"clusterName": "prod"},
        });
        self.put_object("cluster.x-k8s.io/v1beta2", "Machine", "machines", object);
    }

    pub(super) fn put_object(&self, api_version: &str, kind: &str, plural: &str, mut object: Value) {
        self.state(|state| {
            state.version += 1;
            object["apiVersion"] = api_version.into();
            object["kind"] = kind.into();
            object["metadata"]["resourceVersion"] = state.version.to_string().into();
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            let key = (plural.to_owned(), text("namespace"), text("name"));
            let what = if state.objects.contains_key(&key) {
                "MODIFIED"
            } else {
                "ADDED"
            };
            state.objects.insert(key, object.clone());
            state.tell(plural, what, object);
        });
    }

    pub(super) fn delete(&self, name: &str) {
        self.state(|state| {
            state.version += 1;
            let key = ("machines".to_owned(), "default".to_owned(), name.to_owned());
            let mut object = state.objects.remove(&key).unwrap();
            object["metadata"]["resourceVersion"] = state.version.to_string().into();
            state.tell("machines", "DELETED", object);
        });
    }

    /// Cuts all watches.
    pub(super) fn cut_watches(&self) {
        self.state(|state| state.watches.clear());
    }

    /// Forgets what happened until now: watches cannot be resumed from before.
    pub(super) fn compact(&self, expiry: Expiry) {
        self.state(|state| {
            state.version += 1;
            state.oldest = state.version;
            state.history.clear();
            state.expiry = expiry;
            state.watches.clear();
        });
    }

    /// Sends a line to all watches of Machines.
    pub(super) fn send_line(&self, line: &str) {
        self.state(|state| {
            for watch in state
                .watches
                .iter_mut()
                .filter(|watch| watch.plural == "machines")
            {
                watch.sender.try_send(Bytes::from(format!("{line}\n"))).unwrap();
            }
        });
    }

    /// Lines of the requests so far that contain `needle`.
    pub(super) fn requests(&self, needle: &str) -> Vec<String> {
        self.state(|state| {
            state
                .requests
                .iter()
                .filter(|line| line.contains(needle))
                .cloned()
                .collect()
        })
    }

    /// For which objects it was asked whether they may be written.
    pub(super) fn reviewed(&self) -> Vec<String> {
        let name = |body: &Value| {
            let name = body.pointer("/spec/resourceAttributes/name")?.as_str()?;
            (!name.is_empty()).then(|| name.to_owned())
        };
        self.state(|state| state.bodies.iter().filter_map(name).collect())
    }

    /// What was sent as JSON patches.
    pub(super) fn patches(&self) -> Vec<Value> {
        self.state(|state| {
            let patches = state.bodies.iter().filter(|body| body.is_array());
            patches.cloned().collect()
        })
    }

    async fn answer(&self, request: Request<Body>) -> Result<Answer, BoxError> {
        let (parts, body) = request.into_parts();
        let line = format!("{} {}", parts.method, parts.uri);
        let aggregated = parts
            .headers
            .get("accept")
            .is_some_and(|accept| accept.to_str().unwrap().contains("apidiscovery"));
        let body = body
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        let act = self.state(|state| {
            state.requests.push(line.clone());
            if !body.is_empty() {
                state.bodies.push(serde_json::from_slice(&body).unwrap());
            }
            let rule = state
                .rules
                .iter_mut()
                .find(|(needle, _, left)| line.contains(needle.as_str()) && *left > 0)?;
            rule.2 -= 1;
            Some(rule.1.clone())
        });
        match act.clone() {
            Some(Act::Refuse) => {
                return Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into());
            }
            Some(Act::Silence) => std::future::pending().await,
            Some(Act::SilentStream) => {
                return Ok(streamed(stream::pending::<Bytes>()));
            }
            Some(Act::ErrorEvent(code)) => {
                let line = event("ERROR", &status_value(code, "InternalError", "etcd is down"));
                return Ok(streamed(stream::iter([line])));
            }
            Some(Act::Cut) => return Ok(streamed(stream::empty::<Bytes>())),
            Some(Act::Status(code, reason, message)) => return Ok(status(code, reason, &message)),
            Some(Act::Text(code, text)) => return Ok(whole(code, text.to_owned())),
            Some(Act::Later(delay)) => tokio::time::sleep(delay).await,
            Some(Act::Warn(_)) | None => {}
        }
        let warning = act.and_then(|act| match act {
            Act::Warn(header) => Some(header),
            _ => None,
        });
        let (mut answer, date) = self.state(|state| (state.route(&line, aggregated), state.date));
        if let Some(warning) = warning {
            answer.headers_mut().insert("warning", warning.parse().unwrap());
        }
        if let Some(date) = date {
            answer.headers_mut().insert("date", date.parse().unwrap());
        }
        Ok(answer)
    }
}

impl State {
    fn tell(&mut self, plural: &str, what: &'static str, object: Value) {
        let line = event(what, &object);
        self.watches.retain_mut(|watch| {
            let meant = watch.plural == plural
                && watch
                    .namespace
                    .as_ref()
                    .is_none_or(|namespace| object["metadata"]["namespace"] == **namespace);
            !meant || watch.sender.try_send(line.clone()).is_ok()
        });
        self.history.push((self.version, plural.to_owned(), what, object));
    }

    fn route(&mut self, line: &str, aggregated: bool) -> Answer {
        let (method, uri) = line.split_once(' ').unwrap();
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let segments: Vec<_> = path.trim_matches('/').split('/').collect();
        match segments.as_slice() {
            ["version"] => json_answer(&json!({"gitVersion": "v1.33.1"})),
            ["apis"] if aggregated && self.aggregated => json_answer(&self.aggregated()),
            ["apis"] => json_answer(&self.groups()),
            ["apis", group, version] => json_answer(&self.resources(group, version)),
            ["apis", "clusterctl.cluster.x-k8s.io", "v1alpha3", "providers"] => {
                json_answer(&json!({"items": [
                    {"metadata": {"name": "infrastructure-docker"}, "version": "v1.14.0"},
                    {"metadata": {"name": "cluster-api"}, "version": "v1.14.1"},
                ]}))
            }
            ["apis", group, version, rest @ ..] if self.is_served(group, version, rest) => {
                let (namespace, rest) = match rest {
                    ["namespaces", namespace, rest @ ..] => (Some((*namespace).to_owned()), rest),
                    rest => (None, rest),
                };
                match (method, rest) {
                    ("GET", [plural]) if query.contains("watch=true") => self.watch(plural, namespace, query),
                    ("GET", [plural]) => self.list(plural, namespace.as_deref(), query),
                    (_, [plural, name]) => self.object(plural, &namespace.unwrap_or_default(), name),
                    _ => not_found(),
                }
            }
            _ => not_found(),
        }
    }

    fn is_served(&self, group: &str, version: &str, rest: &[&str]) -> bool {
        let plural = if rest.first() == Some(&"namespaces") {
            rest.get(2)
        } else {
            rest.first()
        };
        self.kinds.iter().any(|kind| {
            kind.group == group && kind.versions.contains(&version) && Some(&kind.plural) == plural
        })
    }

    fn aggregated(&self) -> Value {
        let groups: Vec<_> =
            self.kinds
                .iter()
                .map(|kind| {
                    let versions: Vec<_> = kind.versions.iter().map(|version| json!({
                "version": version,
                "resources": [{
                    "resource": kind.plural, "scope": "Namespaced",
                    "responseKind": {"group": kind.group, "version": version, "kind": kind.name},
                    "verbs": ["get", "list", "watch", "patch"],
                    "subresources": [{"subresource": "status", "verbs": ["get"]}],
                }],
            })).collect();
                    json!({"metadata": {"name": kind.group}, "versions": versions})
                })
                .collect();
        json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": groups})
    }

    fn groups(&self) -> Value {
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        for kind in &self.kinds {
            let versions = groups.entry(kind.group).or_default();
            versions.extend(
                kind.versions
                    .iter()
                    .filter(|version| !versions.contains(version))
                    .collect::<Vec<_>>(),
            );
        }
        let groups: Vec<_> = groups
            .into_iter()
            .map(|(group, versions)| {
                let versions: Vec<_> = versions
                    .iter()
                    .map(|version| json!({"groupVersion": format!("{group}/{version}")}))
                    .collect();
                json!({"name": group, "versions": versions})
            })
            .collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }

    fn resources(&self, group: &str, version: &str) -> Value {
        let served = self
            .kinds
            .iter()
            .filter(|kind| kind.group == group && kind.versions.contains(&version));
        let resources: Vec<_> = served.flat_map(|kind| [
            json!({"name": kind.plural, "kind": kind.name, "namespaced": true, "verbs": ["list", "watch"]}),
            json!({"name": format!("{}/status", kind.plural), "kind": kind.name, "namespaced": true, "verbs": ["get"]}),
        ]).collect();
        json!({"kind": "APIResourceList", "resources": resources})
    }

    fn list(&self, plural: &str, namespace: Option<&str>, query: &str) -> Answer {
        let limit: usize = parameter(query, "limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
        let from: usize = parameter(query, "continue").map_or(0, |token| token.parse().unwrap());
        let all: Vec<_> = self
            .objects
            .iter()
            .filter(|((of, within, _), _)| {
                of == plural && namespace.is_none_or(|namespace| namespace == within)
            })
            .map(|(_, object)| object)
            .collect();
        let page: Vec<_> = all.iter().skip(from).take(limit).collect();
        let next = from.saturating_add(page.len());
        let next = if next < all.len() {
            json!(next.to_string())
        } else {
            Value::Null
        };
        json_answer(&json!({
            "kind": "List", "metadata": {"resourceVersion": self.version.to_string(), "continue": next}, "items": page,
        }))
    }

    fn watch(&mut self, plural: &str, namespace: Option<String>, query: &str) -> Answer {
        let from: u64 = parameter(query, "resourceVersion").unwrap().parse().unwrap();
        let lasts = Duration::from_secs(parameter(query, "timeoutSeconds").unwrap().parse().unwrap());
        if from < self.oldest {
            let message = "too old resource version";
            return match self.expiry {
                Expiry::Status => status(410, "Expired", message),
                Expiry::Event => {
                    let line = event("ERROR", &status_value(410, "Expired", message));
                    streamed(stream::iter([line]))
                }
            };
        }
        let (mut sender, receiver) = mpsc::channel(WATCH_QUEUE);
        for (version, of, what, object) in &self.history {
            let inside = namespace
                .as_ref()
                .is_none_or(|namespace| object["metadata"]["namespace"] == **namespace);
            if *version > from && of == plural && inside {
                sender.try_send(event(what, object)).unwrap();
            }
        }
        self.watches.push(Watch {
            plural: plural.to_owned(),
            namespace,
            sender,
        });
        streamed(receiver.take_until(Box::pin(tokio::time::sleep(lasts))))
    }

    fn object(&self, plural: &str, namespace: &str, name: &str) -> Answer {
        let key = (plural.to_owned(), namespace.to_owned(), name.to_owned());
        self.objects.get(&key).map_or_else(not_found, json_answer)
    }
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn event(what: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({"type": what, "object": object})))
}

fn status_value(code: u16, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "code": code, "reason": reason, "message": message,
    })
}

fn status(code: u16, reason: &str, message: &str) -> Answer {
    whole(code, status_value(code, reason, message).to_string())
}

fn not_found() -> Answer {
    whole(404, "404 page not found\n".to_owned())
}

fn json_answer(value: &Value) -> Answer {
    whole(200, value.to_string())
}

fn whole(code: u16, text: String) -> Answer {
    let body = Full::new(Bytes::from(text))
        .map_err(|never| match never {})
        .boxed_unsync();
    Response::builder().status(code).body(body).unwrap()
}

fn streamed(lines: impl futures::Stream<Item = Bytes> + Send + 'static) -> Answer {
    let body = StreamBody::new(lines.map(|line| Ok::<_, BoxError>(Frame::data(line))));
    Response::builder().body(BodyExt::boxed_unsync(body)).unwrap()
}
