//! Workload clusters of a management cluster that is not ours: reached through their `<cluster>-kubeconfig` Secrets.

use std::time::Duration;

use fleetui_base::ObjectName;
use fleetui_base::redact::Secret;
use fleetui_controllers::{WorkloadClusters, WorkloadEndpoint, WorkloadError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Secret as StoredSecret;
use kube::api::Api;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};

/// The longest that one request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// The workload clusters whose kubeconfigs a management cluster keeps.
pub(crate) struct RemoteWorkloads {
    client: kube::Client,
}

impl RemoteWorkloads {
    /// Those of the management cluster behind `client`.
    pub(crate) fn new(client: kube::Client) -> Self {
        Self { client }
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
        let text = self.stored(cluster).await?;
        // Parser errors may quote what they could not read, which is a key here.
        let kubeconfig = Kubeconfig::from_yaml(text.reveal())
            .map_err(|_| failed(cluster, "its kubeconfig cannot be read"))?;
        // Whoever may write a Secret must not thereby run programs where the controllers run.
        let runs = kubeconfig.auth_infos.iter().any(|user| {
            let login = user.auth_info.as_ref();
            login.is_some_and(|login| login.exec.is_some() || login.auth_provider.is_some())
        });
        if runs {
            return Err(failed(
                cluster,
                "its kubeconfig wants to run a program, which is not done",
            ));
        }
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let mut config = config.map_err(|_| failed(cluster, "its kubeconfig cannot be used"))?;
        config.connect_timeout = Some(REQUEST);
        kube::Client::try_from(config).map_err(|_| failed(cluster, "its kubeconfig cannot be used"))
    }
}

impl WorkloadClusters for RemoteWorkloads {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        self.connect(cluster).boxed()
    }

    fn create<'a>(
        &'a self,
        cluster: &'a ObjectName,
    ) -> BoxFuture<'a, Result<WorkloadEndpoint, WorkloadError>> {
        let why = "simulated workload clusters are made by the embedded management cluster alone";
        std::future::ready(Err(failed(cluster, why))).boxed()
    }

    fn delete<'a>(&'a self, _: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn hosts(&self, _: &ObjectName) -> bool {
        false
    }

    fn kubeconfig<'a>(
        &'a self,
        cluster: &'a ObjectName,
    ) -> BoxFuture<'a, Result<Secret<String>, WorkloadError>> {
        self.stored(cluster).boxed()
    }
}

fn failed(cluster: &ObjectName, reason: &str) -> WorkloadError {
    WorkloadError {
        cluster: cluster.clone(),
        reason: reason.to_owned(),
    }
}
