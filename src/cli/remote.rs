//! Workload clusters of a management cluster that is not ours: reached through their `<cluster>-kubeconfig` Secrets.
//!
//! A client is kept as long as it serves: with each comes a connection, and every request would cost another one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fleetui_base::redact::Secret;
use fleetui_base::{ObjectName, SharedClock};
use fleetui_connect::{ConnectSettings, Environment, stored};
use fleetui_controllers::{WorkloadAccess, WorkloadClusters, WorkloadEndpoint, WorkloadError};
use fleetui_pki::KeyedCertificate;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Secret as StoredSecret;
use kube::api::Api;

/// The longest that one request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// After so long the Secret is looked at again: providers write new tokens into it before the old ones end.
const LIFE: Duration = Duration::from_mins(10);

/// What is said of a simulated workload cluster. Its API is served by the process that has the embedded management cluster.
const NOT_SIMULATED: &str = "a simulated cluster has no API server here: that is a part of fleetui serve and of fleetui demo alone. \
    Delete this cluster, and create it in one of those, or here with machines that are there, as with -i byoh";

/// The workload clusters whose kubeconfigs a management cluster keeps.
pub(crate) struct RemoteWorkloads {
    client: kube::Client,
    clock: SharedClock,
    environment: Arc<Environment>,
    known: Mutex<BTreeMap<ObjectName, Slot>>,
}

/// What is known of one cluster. Whoever holds it connects; the others wait and find the result.
type Slot = Arc<tokio::sync::Mutex<Option<Known>>>;

struct Known {
    client: kube::Client,
    kubeconfig: Secret<String>,
    /// When the Secret was read, on the clock that only goes forward.
    read: Duration,
}

impl RemoteWorkloads {
    /// Those of the management cluster behind `client`.
    pub(crate) fn new(client: kube::Client, clock: SharedClock) -> Self {
        Self {
            client,
            clock,
            environment: Arc::new(Environment::of_process()),
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<ObjectName, Slot>> {
        // It is whole whoever panicked: slots are only put in and taken out.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stored(&self, cluster: &ObjectName) -> Result<Secret<String>, WorkloadError> {
        let name = format!("{}-kubeconfig", cluster.name);
        let api: Api<StoredSecret> = Api::namespaced(self.client.clone(), &cluster.namespace);
        let secret = match tokio::time::timeout(REQUEST, api.get(&name)).await {
            Err(_) => return Err(failed(cluster, "the management cluster does not answer")),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => {
                return Err(failed(cluster, &format!("there is no Secret {name} yet")));
            }
            Ok(Err(error)) => return Err(failed(cluster, &error.to_string())),
            Ok(Ok(secret)) => secret,
        };
        let value = secret.data.and_then(|mut data| data.remove("value"));
        let text = value.and_then(|value| String::from_utf8(value.0).ok());
        text.map(Secret::new).ok_or_else(|| {
            failed(
                cluster,
                &format!("the Secret {name} holds no kubeconfig under the key value"),
            )
        })
    }

    async fn connect(&self, cluster: &ObjectName) -> Result<kube::Client, WorkloadError> {
        let slot = Arc::clone(self.known().entry(cluster.clone()).or_default());
        let mut held = slot.lock().await;
        let now = self.clock.monotonic();
        if let Some(known) = held
            .as_ref()
            .filter(|known| now.saturating_sub(known.read) < LIFE)
        {
            return Ok(known.client.clone());
        }
        let fresh = self.fresh(cluster, held.take()).await;
        match fresh {
            Ok(known) => {
                let client = known.client.clone();
                *held = Some(known);
                Ok(client)
            }
            Err(error) => {
                // One that there is no way to is not remembered.
                self.known().remove(cluster);
                Err(error)
            }
        }
    }

    /// A client from what the Secret says now: the one before where it says the same.
    async fn fresh(&self, cluster: &ObjectName, before: Option<Known>) -> Result<Known, WorkloadError> {
        let read = self.clock.monotonic();
        let kubeconfig = self.stored(cluster).await?;
        if let Some(same) = before.filter(|before| before.kubeconfig == kubeconfig) {
            return Ok(Known { read, ..same });
        }
        let settings = ConnectSettings::default();
        let client = stored::client(&kubeconfig, Arc::clone(&self.environment), &settings).await;
        let client = client.map_err(|error| failed(cluster, &error.to_string()))?;
        Ok(Known {
            client,
            kubeconfig,
            read,
        })
    }
}

impl WorkloadClusters for RemoteWorkloads {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        self.connect(cluster).boxed()
    }

    fn forget(&self, cluster: &ObjectName) {
        self.known().remove(cluster);
    }

    fn endpoint(&self, cluster: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError> {
        Err(failed(cluster, NOT_SIMULATED))
    }

    fn create<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        std::future::ready(Err(failed(cluster, NOT_SIMULATED))).boxed()
    }

    fn delete<'a>(&'a self, _: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn hosts(&self, _: &ObjectName) -> bool {
        false
    }

    fn open<'a>(
        &'a self,
        cluster: &'a ObjectName,
        _: &'a KeyedCertificate,
    ) -> BoxFuture<'a, Result<WorkloadAccess, WorkloadError>> {
        let why = "it is reached at its own endpoint";
        std::future::ready(Err(failed(cluster, why))).boxed()
    }
}

fn failed(cluster: &ObjectName, reason: &str) -> WorkloadError {
    WorkloadError {
        cluster: cluster.clone(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use fleetui_base::clock::FrozenClock;
    use http::{Request, Response};
    use kube::client::Body;

    use super::*;

    /// A management cluster that has one kubeconfig Secret, counts how often it is read, and says what is asked with it.
    fn workloads(kubeconfig: &'static str) -> (RemoteWorkloads, Arc<AtomicUsize>, Arc<FrozenClock>) {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let service = tower_like(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            serde_json::json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c-kubeconfig"},
                "data": {"value": k8s_openapi::ByteString(kubeconfig.as_bytes().to_vec())},
            })
            .to_string()
        });
        let clock = FrozenClock::at("2026-08-21T12:00:00Z".parse().unwrap());
        (RemoteWorkloads::new(service, clock.clone()), reads, clock)
    }

    fn tower_like(answer: impl Fn(&Request<Body>) -> String + Clone + Send + Sync + 'static) -> kube::Client {
        let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
            let text = answer(&request.map(|_| Body::empty()));
            async move { Response::new(axum::body::Body::from(text)) }
        });
        kube::Client::new(router.into_service::<Body>(), "default")
    }

    const KUBECONFIG: &str = "{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], \
        clusters: [{name: k, cluster: {server: \"https://127.0.0.1:1\"}}], users: [{name: u, user: {token: abc}}]}";

    #[tokio::test]
    async fn a_client_is_kept_until_it_is_forgotten_or_old() {
        let (workloads, reads, clock) = workloads(KUBECONFIG);
        let cluster = ObjectName::new("default", "c");
        let ask = async || workloads.client(&cluster).await.map(drop).unwrap();
        let (all, read) = (futures::join!(ask(), ask(), ask()), || {
            reads.load(Ordering::SeqCst)
        });
        assert_eq!((all, read()), (((), (), ()), 1));
        workloads.forget(&cluster);
        ask().await;
        assert_eq!(read(), 2, "it was refused");
        clock.advance(LIFE);
        ask().await;
        ask().await;
        assert_eq!(read(), 3, "the Secret may say something else by now");
    }

    #[tokio::test]
    async fn whoever_simulates_here_is_told_what_is_missing_and_what_to_do() {
        let (workloads, ..) = workloads(KUBECONFIG);
        let refused = workloads.endpoint(&ObjectName::new("default", "c"));
        let why = refused.unwrap_err().reason;
        for part in [
            "no API server here",
            "fleetui serve",
            "-i byoh",
            "Delete this cluster",
        ] {
            assert!(why.contains(part), "{part} is not in {why:?}");
        }
    }

    #[tokio::test]
    async fn a_kubeconfig_that_leads_to_files_of_this_machine_is_refused_and_not_remembered() {
        const FILE: &str = "{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], \
            clusters: [{name: k, cluster: {server: \"https://127.0.0.1:1\"}}], users: [{name: u, user: {tokenFile: /t}}]}";
        let (workloads, _, _) = workloads(FILE);
        let refused = workloads.client(&ObjectName::new("default", "c")).await.map(drop);
        assert!(refused.unwrap_err().reason.contains("tokenFile"));
        assert!(workloads.known().is_empty());
    }
}
