//! clusterctl's inventory of a management cluster: which providers it has, and of which version. Those in this program are
//! written down under the names that clusterctl knows, marked as ours.

use std::time::Duration;

use color_eyre::eyre::eyre;
use fleetui_api::kinds::CLUSTERCTL;
use fleetui_api::labels::PROVIDER;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use super::lead;
use super::management::Management;

/// The version of Cluster API whose behaviour the controllers have.
pub(crate) const CLUSTER_API: &str = "v1.14.0";
/// The version of the provider for hosts of one's own whose kinds they have.
pub(crate) const BYOH: &str = "v0.5.0";

/// The label by which ours are known.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const US: &str = "fleetui";

/// The longest that one request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// A provider that is part of this program.
pub(crate) struct Provider {
    /// Its name, `kubeadm`.
    pub(crate) name: &'static str,
    /// Its type, `BootstrapProvider`.
    pub(crate) kind: &'static str,
    /// What clusterctl calls the two together, `bootstrap-kubeadm`.
    pub(crate) label: &'static str,
    /// The namespace that clusterctl would put it into.
    pub(crate) namespace: &'static str,
    /// The version.
    pub(crate) version: &'static str,
}

/// All of them.
pub(crate) const PROVIDERS: [Provider; 4] = [
    Provider {
        name: "cluster-api",
        kind: "CoreProvider",
        label: "cluster-api",
        namespace: "capi-system",
        version: CLUSTER_API,
    },
    Provider {
        name: "kubeadm",
        kind: "BootstrapProvider",
        label: "bootstrap-kubeadm",
        namespace: "capi-kubeadm-bootstrap-system",
        version: CLUSTER_API,
    },
    Provider {
        name: "kubeadm",
        kind: "ControlPlaneProvider",
        label: "control-plane-kubeadm",
        namespace: "capi-kubeadm-control-plane-system",
        version: CLUSTER_API,
    },
    Provider {
        name: "byoh",
        kind: "InfrastructureProvider",
        label: "infrastructure-byoh",
        namespace: "byoh-system",
        version: BYOH,
    },
];

/// Whether a Provider is one of this program's.
pub(crate) fn is_ours(provider: &DynamicObject) -> bool {
    let labels = provider.metadata.labels.as_ref();
    labels
        .and_then(|labels| labels.get(MANAGED_BY))
        .map(String::as_str)
        == Some(US)
}

/// The inventory of a management cluster; empty where there is no such kind.
pub(crate) async fn read(management: &Management) -> color_eyre::Result<Vec<DynamicObject>> {
    let kind = GroupVersionKind::gvk(CLUSTERCTL, "v1alpha3", "Provider");
    let api: Api<DynamicObject> = Api::all_with(management.client.clone(), &ApiResource::from_gvk(&kind));
    let listed = async {
        match api.list(&ListParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
            other => other.map(|list| list.items),
        }
    };
    management.answer(listed).await
}

/// Writes the inventory. Writing it again changes nothing.
pub(crate) async fn write(client: &Client) -> color_eyre::Result<()> {
    let namespaces = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Namespace"));
    let providers = ApiResource::from_gvk(&GroupVersionKind::gvk(CLUSTERCTL, "v1alpha3", "Provider"));
    // At once: what waits together is made durable together.
    let (namespaces, providers) = (&namespaces, &providers);
    let each = PROVIDERS.iter().map(|provider| async move {
        let namespace = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": provider.namespace, "labels": {PROVIDER: provider.label}},
        });
        let api: Api<DynamicObject> = Api::all_with(client.clone(), namespaces);
        apply(&api, provider.namespace, &namespace).await?;
        let api = Api::namespaced_with(client.clone(), provider.namespace, providers);
        apply(&api, provider.label, &object(provider)).await
    });
    let ours = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": lead::NAMESPACE}});
    let api: Api<DynamicObject> = Api::all_with(client.clone(), namespaces);
    let (of_providers, of_ours) = futures::join!(
        futures::future::try_join_all(each),
        apply(&api, lead::NAMESPACE, &ours)
    );
    of_ours.and(of_providers.map(drop))
}

fn object(provider: &Provider) -> Value {
    json!({
        "apiVersion": format!("{CLUSTERCTL}/v1alpha3"),
        "kind": "Provider",
        "metadata": {
            "name": provider.label,
            "namespace": provider.namespace,
            "labels": {
                PROVIDER: provider.label,
                "clusterctl.cluster.x-k8s.io": "",
                "clusterctl.cluster.x-k8s.io/core": "inventory",
                MANAGED_BY: US,
            },
        },
        "providerName": provider.name,
        "type": provider.kind,
        "version": provider.version,
    })
}

async fn apply(api: &Api<DynamicObject>, name: &str, object: &Value) -> color_eyre::Result<()> {
    let params = PatchParams::apply(US);
    let patch = Patch::Apply(object);
    let applying = tokio::time::timeout(REQUEST, api.patch(name, &params, &patch));
    match applying.await {
        Err(_) => Err(eyre!("the inventory was not written in time")),
        Ok(written) => written.map(drop).map_err(|error| {
            let why = fleetui_controllers::why(&error);
            eyre!("{name} of the inventory was not written: {why}")
        }),
    }
}
