//! Connections to workload clusters: made when something is asked of one, by the kubeconfig that its control plane keeps in a
//! Secret of the management cluster; kept for a while, bounded in number, renewed where they are refused.
//!
//! No plugin of such a kubeconfig is ever run, and no file that it names is read. Must not know: what is asked.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::facts::Facts;
use fleetui_base::redact::Secret;
use fleetui_base::{ManagementCluster, ObjectKey, ObjectName, SharedClock};
use fleetui_connect::{Environment, stored};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret as StoredSecret;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;
use crate::watcher::encoded;
use crate::whole::Reader;

/// Gives clients of workload clusters that need no kubeconfig: of those in the same process.
pub trait WorkloadClients: fmt::Debug + Send + Sync {
    /// The client of a workload cluster; nothing where its kubeconfig is asked.
    fn client(&self, cluster: &ObjectKey) -> Option<kube::Client>;
}

/// How workload clusters are asked.
#[derive(Debug, Clone)]
pub struct WorkloadSettings {
    /// So many of them at once; others wait.
    pub at_once: usize,
    /// So many connections are kept at most; the one that was used last the longest ago goes first.
    pub kept: usize,
    /// One that nobody has used for so long is closed.
    pub idle: Duration,
    /// After so long the Secret is read again: tokens in it may be rotated every quarter of an hour.
    pub life: Duration,
    /// Until one answer of a workload cluster is there.
    pub answer: Duration,
    /// A kubeconfig that was written less than so long ago may not be accepted yet; refused longer, it is said to be refused.
    pub settles: Duration,
    /// Clients that need no kubeconfig.
    pub given: Option<Arc<dyn WorkloadClients>>,
}

impl Default for WorkloadSettings {
    fn default() -> Self {
        Self {
            at_once: 16,
            kept: 64,
            idle: Duration::from_mins(5),
            life: Duration::from_mins(10),
            answer: Duration::from_secs(5),
            settles: Duration::from_mins(1),
            given: None,
        }
    }
}

/// Which life of which Cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Id {
    management_cluster: ManagementCluster,
    cluster: ObjectName,
    uid: CompactString,
}

/// A connection, and what it was made from.
#[derive(Clone)]
struct Open {
    client: kube::Client,
    /// The resourceVersion of the Secret.
    version: String,
    /// When that was written, by the clock of its server.
    written: Option<Timestamp>,
    /// When that was read.
    read: Duration,
}

struct Slot {
    open: Arc<Mutex<Option<Open>>>,
    used: Duration,
}

/// All connections to workload clusters.
pub(crate) struct Workloads {
    at_once: Semaphore,
    slots: std::sync::Mutex<HashMap<Id, Slot>>,
    settings: WorkloadSettings,
    clock: SharedClock,
}

impl Workloads {
    pub(crate) fn new(settings: WorkloadSettings, clock: SharedClock) -> Self {
        Self {
            at_once: Semaphore::new(settings.at_once.max(1)),
            slots: std::sync::Mutex::default(),
            settings,
            clock,
        }
    }

    /// A workload cluster to ask. Waits while too many are being asked; nothing is connected yet. `uid` is empty where it is not
    /// known which life of the name is meant.
    pub(crate) async fn of<'a>(
        &'a self,
        handle: &'a Handle,
        (cluster, uid): (&'a ObjectName, &str),
        settings: &'a ClientSettings,
    ) -> Result<Workload<'a>, Failure> {
        let permit = self.at_once.acquire().await;
        let permit = permit.map_err(|_| Failure::new(FailureKind::Unreachable, "the program is ending"))?;
        let id = Id {
            management_cluster: handle.target.management_cluster.clone(),
            cluster: cluster.clone(),
            uid: uid.into(),
        };
        Ok(Workload {
            open: self.slot(id),
            all: self,
            handle,
            cluster,
            settings,
            _permit: permit,
        })
    }

    fn slot(&self, id: Id) -> Arc<Mutex<Option<Open>>> {
        let now = self.clock.monotonic();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(id).or_insert_with(|| Slot {
            open: Arc::default(),
            used: now,
        });
        slot.used = now;
        let open = Arc::clone(&slot.open);
        while slots.len() > self.settings.kept.max(1) {
            let free = slots
                .iter()
                .filter(|(_, slot)| Arc::strong_count(&slot.open) == 1);
            let Some(oldest) = free.min_by_key(|(_, slot)| slot.used).map(|(id, _)| id.clone()) else {
                break;
            };
            slots.remove(&oldest);
        }
        open
    }

    /// Closes what nobody has used for long.
    pub(crate) fn sweep(&self) {
        let now = self.clock.monotonic();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = self.settings.idle;
        slots.retain(|_, slot| Arc::strong_count(&slot.open) > 1 || now.saturating_sub(slot.used) < idle);
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// One workload cluster that is being asked.
pub(crate) struct Workload<'a> {
    all: &'a Workloads,
    open: Arc<Mutex<Option<Open>>>,
    handle: &'a Handle,
    cluster: &'a ObjectName,
    settings: &'a ClientSettings,
    _permit: SemaphorePermit<'a>,
}

impl Workload<'_> {
    /// The body of a GET. What is refused or not reached is asked once more with what the Secret says by now, where it says
    /// something else.
    pub(crate) async fn get(&self, path: &str) -> Result<String, Failure> {
        let key = ObjectKey::new(
            self.handle.target.management_cluster.clone(),
            fleetui_api::kinds::core("Cluster"),
            self.cluster.clone(),
        );
        let given = self.all.settings.given.as_ref();
        if let Some(client) = given.and_then(|given| given.client(&key)) {
            return match self.ask(&client, path).await {
                Ok(text) => Ok(text),
                Err(fault) => Err(self.failed(&fault, None).await),
            };
        }
        let open = self.connected(None).await?;
        let fault = match self.ask(&open.client, path).await {
            Ok(text) => return Ok(text),
            Err(fault) => fault,
        };
        if !is_of_connection(&fault) {
            return Err(told(&fault));
        }
        let again = self.connected(Some(&open)).await?;
        if again.version == open.version {
            return Err(self.failed(&fault, again.written).await);
        }
        match self.ask(&again.client, path).await {
            Ok(text) => Ok(text),
            Err(fault) => Err(self.failed(&fault, again.written).await),
        }
    }

    /// What is told of a fault: of a cluster that is only coming up, that it is, and a refusal only once it lasts. `written` is when
    /// the kubeconfig was.
    async fn failed(&self, fault: &Fault, written: Option<Timestamp>) -> Failure {
        if !is_of_connection(fault) {
            return told(fault);
        }
        let reader = Reader::new(self.handle, self.cluster, self.settings).await;
        let found = match reader {
            Ok(reader) => reader.cluster().await.ok(),
            Err(_) => None,
        };
        let is_first = found.is_some_and(|cluster| Facts::read(&cluster).initialized != Some(true));
        let settles = SignedDuration::try_from(self.all.settings.settles).unwrap_or(SignedDuration::MAX);
        let now = self.all.clock.now();
        // A clock that is far from ours tells nothing.
        let is_new = written.is_some_and(|written| now.duration_since(written).abs() < settles);
        match fault {
            Fault::Unauthorized(_) if is_first => {
                coming("it does not accept the kubeconfig of its Secret yet (Unauthorized)")
            }
            _ if is_first => coming(&told(fault).message),
            Fault::Unauthorized(_) if is_new => Failure::new(
                FailureKind::Unreachable,
                "the kubeconfig of its Secret was just made, and is not accepted yet (Unauthorized)",
            ),
            _ => told(fault),
        }
    }

    async fn ask(&self, client: &kube::Client, path: &str) -> Result<String, Fault> {
        let request = Request::get(path)
            .body(Vec::new())
            .map_err(|error| Fault::Garbled(format!("path {path}: {error}")))?;
        let limit = self.all.settings.answer;
        match tokio::time::timeout(limit, client.request_text(request)).await {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(error.into()),
            Err(_elapsed) => Err(Fault::TimedOut(limit)),
        }
    }

    /// The connection: the one that there is, unless it is old, or the one that was refused. Whoever comes meanwhile waits for
    /// the same.
    async fn connected(&self, refused: Option<&Open>) -> Result<Open, Failure> {
        let mut held = self.open.lock().await;
        let now = self.all.clock.monotonic();
        if let Some(open) = held.as_ref() {
            let is_refused = refused.is_some_and(|refused| refused.version == open.version);
            if !is_refused && now.saturating_sub(open.read) < self.all.settings.life {
                return Ok(open.clone());
            }
        }
        let secret = secret(self.handle, self.cluster, self.settings).await?;
        if let Some(open) = held.as_mut().filter(|open| open.version == secret.version) {
            open.read = now;
            return Ok(open.clone());
        }
        let environment = Arc::new(Environment::of_process());
        let made = stored::client(&secret.text, environment, &self.settings.connect).await;
        let client = made.map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))?;
        let open = Open {
            client,
            version: secret.version,
            written: secret.written,
            read: now,
        };
        *held = Some(open.clone());
        Ok(open)
    }
}

/// The kubeconfig of a cluster as it is stored.
pub(crate) struct Kubeconfig {
    pub(crate) text: Secret<String>,
    /// The resourceVersion of the Secret.
    pub(crate) version: String,
    /// When it was written last, by the clock of its server, as far as it says so.
    written: Option<Timestamp>,
}

/// Reads the kubeconfig Secret of a cluster, with the credentials of the management cluster.
pub(crate) async fn secret(
    handle: &Handle,
    cluster: &ObjectName,
    settings: &ClientSettings,
) -> Result<Kubeconfig, Failure> {
    let ObjectName { namespace, name } = cluster;
    let path = format!(
        "/api/v1/namespaces/{}/secrets/{}-kubeconfig",
        encoded(namespace),
        encoded(name)
    );
    let text = match handle.requester.get(&path, settings.request_timeout).await {
        Ok(text) => text,
        Err(Fault::NotFound(_)) => return Err(absent(handle, cluster, settings).await),
        Err(fault) => return Err(fault.into()),
    };
    let failed = |why: String| Failure::new(FailureKind::Unexpected, why);
    // What it could not read, a parser may quote; so its words are not told.
    let secret: StoredSecret = serde_json::from_str(&text)
        .map_err(|_| failed(format!("the Secret {namespace}/{name}-kubeconfig cannot be read")))?;
    let version = secret.metadata.resource_version.unwrap_or_default();
    let managers = secret.metadata.managed_fields.unwrap_or_default();
    let times = managers.into_iter().filter_map(|manager| manager.time);
    let written = times
        .chain(secret.metadata.creation_timestamp)
        .map(|time| time.0)
        .max();
    let value = secret.data.and_then(|mut data| data.remove("value"));
    let kubeconfig = value.and_then(|value| String::from_utf8(value.0).ok());
    let kubeconfig = kubeconfig.ok_or_else(|| {
        failed(format!(
            "the Secret {namespace}/{name}-kubeconfig holds no kubeconfig under the key value"
        ))
    })?;
    Ok(Kubeconfig {
        text: Secret::new(kubeconfig),
        version,
        written,
    })
}

/// Why there is no Secret.
async fn absent(handle: &Handle, cluster: &ObjectName, settings: &ClientSettings) -> Failure {
    let ObjectName { namespace, name } = cluster;
    let found = match Reader::new(handle, cluster, settings).await {
        Ok(reader) => reader.cluster().await,
        Err(failure) => Err(failure),
    };
    let why = match found {
        Ok(_) => "its control plane has not made it yet".to_owned(),
        Err(failure) if failure.kind == FailureKind::NotFound => {
            format!("there is no Cluster {name} there; name its namespace with -n")
        }
        Err(failure) => failure.message,
    };
    let place = &handle.target.management_cluster;
    let secret = format!("{name}-kubeconfig");
    let message = format!("{secret:?} not found in namespace {namespace:?} of {place}: {why}");
    Failure::new(FailureKind::NotFound, message)
}

/// Whether what was made anew of its kubeconfig may help.
fn is_of_connection(fault: &Fault) -> bool {
    fault.needs_login() || fault.is_no_connection()
}

/// What keeps a cluster from answering before it was ever up: nobody has to do anything about it yet.
fn coming(why: &str) -> Failure {
    let message = format!("its control plane has not initialized yet: {why}");
    Failure::new(FailureKind::Unreachable, message)
}

/// What is wrong with a workload cluster, in the words of a person.
fn told(fault: &Fault) -> Failure {
    let message = match fault {
        Fault::Unauthorized(why) => {
            format!("it refuses the kubeconfig of its Secret, also as that was read anew (401 {why})")
        }
        Fault::Forbidden(why) => format!("the kubeconfig of its Secret does not allow that: {why}"),
        Fault::Unreachable(why) => unreachable(why),
        Fault::TimedOut(limit) => format!("it does not answer within {} s", limit.as_secs_f32()),
        Fault::Credentials(_)
        | Fault::NotFound(_)
        | Fault::Expired(_)
        | Fault::Conflict(_)
        | Fault::Busy { .. }
        | Fault::Refused { .. }
        | Fault::Garbled(_) => fault.to_string(),
    };
    Failure {
        kind: Failure::from(fault.clone()).kind,
        message,
    }
}

/// Words of the TLS library, and what they come to.
const CERTIFICATES: [(&str, &str); 7] = [
    (
        "UnknownIssuer",
        "its certificate is of an authority that the kubeconfig does not name",
    ),
    ("NotValidForName", "its certificate is for another address"),
    ("NotValidYet", "its certificate is not valid yet"),
    (
        "CertificateExpired",
        "the client certificate of the kubeconfig has expired",
    ),
    ("Expired", "its certificate has expired"),
    ("BadSignature", "its certificate is not signed by its authority"),
    (
        "BadCertificate",
        "it refuses the client certificate of the kubeconfig",
    ),
];

fn unreachable(why: &str) -> String {
    let found = CERTIFICATES.iter().find(|(word, _)| why.contains(word));
    match found {
        Some((_, told)) => format!("{told} ({why})"),
        None => format!("it cannot be reached: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_in_words() {
        let cases = [
            (
                Fault::Unauthorized("Unauthorized".to_owned()),
                "refuses the kubeconfig",
                FailureKind::AuthNeeded,
            ),
            (
                Fault::Forbidden("no rule".to_owned()),
                "does not allow that: no rule",
                FailureKind::Denied,
            ),
            (
                Fault::Unreachable("Connection refused".to_owned()),
                "cannot be reached: Connection refused",
                FailureKind::Unreachable,
            ),
            (
                Fault::Unreachable("invalid peer certificate: UnknownIssuer".to_owned()),
                "of an authority that",
                FailureKind::Unreachable,
            ),
            (
                Fault::Unreachable("invalid peer certificate: Expired".to_owned()),
                "its certificate has expired",
                FailureKind::Unreachable,
            ),
            (
                Fault::Unreachable("received fatal alert: CertificateExpired".to_owned()),
                "client certificate of the kubeconfig has expired",
                FailureKind::Unreachable,
            ),
            (
                Fault::TimedOut(Duration::from_secs(5)),
                "does not answer within 5 s",
                FailureKind::TimedOut,
            ),
        ];
        for (fault, words, kind) in cases {
            let failure = told(&fault);
            assert!(failure.message.contains(words), "{}", failure.message);
            assert_eq!(failure.kind, kind);
        }
    }
}
