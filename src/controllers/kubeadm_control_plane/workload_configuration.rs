//! What a rollout changes in the workload cluster itself: kubeadm's permissions and its ConfigMap before the first machine is
//! replaced, the images of kube-proxy and CoreDNS after the last one.

use fleetui_api::v1beta2::{Cluster, KubeadmConfigSpec};
use fleetui_base::ObjectName;
use fleetui_rules::version::Version;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::Api;
use kube::core::ApiResource;
use serde_json::{Map, Value, json};

use super::observe::Observed;
use super::{core_dns, outdated};
use crate::change::{Change, WorkloadTarget, WorkloadWrite};
use crate::context::Context;
use crate::error::Error;
use crate::kubeadm_config::documents::{self, ApiVersion, ClusterFacts};
use crate::object::{Metadata, Object};

const NAMESPACE: &str = "kube-system";
const CONFIG: &str = "kubeadm-config";
const PROXY: &str = "kube-proxy";
/// Where the ConfigMap has kubeadm's configuration.
const KEY: &str = "ClusterConfiguration";
/// Annotation on a control plane: kube-proxy is not its concern.
const SKIP_PROXY: &str = "controlplane.cluster.x-k8s.io/skip-kube-proxy";
/// The binding with which the API server's client certificate may speak to kubelets. Newer releases of kubeadm rely on it, and make
/// it only when they initialise a cluster.
const KUBELET_CLIENT: &str = "kubeadm:apiserver-kubelet-client";
/// From this minor version on every cluster has been made with it.
const KUBELET_CLIENT_UNTIL: u64 = 38;
/// The fields that follow the wishes of a control plane that has some, also where they are gone; all others stay as `kubeadm init`
/// has written them.
const FOLLOWS: [&str; 7] = [
    "apiServer",
    "controllerManager",
    "scheduler",
    "etcd",
    "featureGates",
    "certificateValidityPeriod",
    "encryptionAlgorithm",
];
/// The fields that follow them where they are there.
const FOLLOWS_WHERE_SAID: [&str; 3] = ["apiVersion", "kubernetesVersion", "imageRepository"];

/// What was read of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// kubeadm's ConfigMap, while machines are outdated.
    pub(super) config: Option<Box<ConfigMap>>,
    /// Whether kubeadm lacks a permission that machines of the wished version need.
    pub(super) lacks_permission: bool,
    /// kube-proxy, when the last machine has come up to date.
    pub(super) proxy: Option<Box<DaemonSet>>,
    /// CoreDNS, when all machines have come to be as wished.
    pub(super) dns: Option<Box<Deployment>>,
}

/// What is read of it now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wants {
    config: bool,
    proxy: bool,
    dns: bool,
}

impl Wants {
    /// What is due.
    pub(super) fn of(observed: &Observed) -> Self {
        Self {
            config: wants_config(observed),
            proxy: wants_proxy(observed),
            dns: core_dns::is_due(observed),
        }
    }
}

/// Reads what the rollout changes now.
pub(super) async fn observe(context: &Context, cluster: &ObjectName, wants: Wants) -> Result<Found, Error> {
    let mut found = Found::default();
    if !(wants.config || wants.proxy || wants.dns) {
        return Ok(found);
    }
    let client = context.workload_client(cluster).await?;
    let what = |kind: &str| format!("get {kind} of workload cluster {cluster}");
    if wants.config {
        let api: Api<ConfigMap> = Api::namespaced(client.clone(), NAMESPACE);
        let config = context
            .request(what("ConfigMap kubeadm-config"), api.get_opt(CONFIG))
            .await?;
        found.config = config.map(Box::new);
        let api: Api<ClusterRoleBinding> = Api::all(client.clone());
        let binding = context
            .request(what("a ClusterRoleBinding"), api.get_metadata_opt(KUBELET_CLIENT))
            .await?;
        found.lacks_permission = binding.is_none();
    }
    if wants.proxy {
        let api: Api<DaemonSet> = Api::namespaced(client.clone(), NAMESPACE);
        let proxy = context
            .request(what("DaemonSet kube-proxy"), api.get_opt(PROXY))
            .await?;
        found.proxy = proxy.map(Box::new);
    }
    if wants.dns {
        let api: Api<Deployment> = Api::namespaced(client, NAMESPACE);
        let dns = context
            .request(what("Deployment coredns"), api.get_opt(core_dns::NAME))
            .await?;
        found.dns = dns.map(Box::new);
    }
    Ok(found)
}

/// Whether some machine is outdated.
fn wants_config(observed: &Observed) -> bool {
    let mut staying = observed
        .machines
        .iter()
        .filter(|member| !member.machine.is_deleting());
    staying.any(|member| !outdated::respects(observed, member).is_empty())
}

/// Whether the last machine of another version has just gone; the status still tells of it.
fn wants_proxy(observed: &Observed) -> bool {
    let control_plane = observed.control_plane.as_ref();
    let told = control_plane.status.version.as_deref();
    let moved = told.is_some_and(|told| told != control_plane.spec.version);
    let skips = control_plane.metadata.annotation(SKIP_PROXY).is_some();
    let all = observed.machines.iter().all(|member| {
        let machine = member.machine.as_ref();
        machine.spec.version.as_deref() == Some(control_plane.spec.version.as_str())
            && machine.status.node_ref.is_some()
    });
    moved && !skips && all && !observed.machines.is_empty()
}

/// What has to be written.
pub(super) fn changes(observed: &Observed, cluster: &Object<Cluster>) -> Vec<Change> {
    let name = ObjectName::new(cluster.namespace(), cluster.name());
    let found = &observed.workload;
    let config = found
        .config
        .as_deref()
        .and_then(|config| update_config(observed, config))
        .map(|patch| patch_of(&name, ApiResource::erase::<ConfigMap>(&()), CONFIG, patch));
    let proxy = found
        .proxy
        .as_deref()
        .and_then(|proxy| update_proxy(observed, proxy))
        .map(|patch| patch_of(&name, ApiResource::erase::<DaemonSet>(&()), PROXY, patch));
    let permission = found
        .lacks_permission
        .then(|| permission(observed, &name))
        .flatten();
    let dns = found
        .dns
        .as_deref()
        .and_then(|dns| core_dns::update(observed, dns))
        .map(|patch| {
            patch_of(
                &name,
                ApiResource::erase::<Deployment>(&()),
                core_dns::NAME,
                patch,
            )
        });
    let changes = permission.into_iter().chain(config);
    changes.chain(proxy).chain(dns).collect()
}

/// Creates the binding that machines of the wished version need.
fn permission(observed: &Observed, cluster: &ObjectName) -> Option<Change> {
    let version: Version = observed.control_plane.spec.version.parse().ok()?;
    if version.minor() >= KUBELET_CLIENT_UNTIL {
        return None;
    }
    let group = "rbac.authorization.k8s.io";
    let binding = json!({
        "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": KUBELET_CLIENT},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "system:kubelet-api-admin"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "kube-apiserver-kubelet-client"}]
    });
    Some(Change::Workload {
        cluster: cluster.clone(),
        write: WorkloadWrite::Create {
            resource: ApiResource::erase::<ClusterRoleBinding>(&()),
            object: Box::new(serde_json::from_value(binding).ok()?),
        },
    })
}

fn patch_of(cluster: &ObjectName, resource: ApiResource, name: &str, patch: Value) -> Change {
    Change::Workload {
        cluster: cluster.clone(),
        write: WorkloadWrite::Patch {
            target: WorkloadTarget {
                resource,
                namespace: Some(NAMESPACE.to_owned()),
                name: name.to_owned(),
            },
            status: false,
            patch,
        },
    }
}

/// The patch that brings kubeadm's configuration up to the wishes, if it is not there.
fn update_config(observed: &Observed, config: &ConfigMap) -> Option<Value> {
    let text = config.data.as_ref()?.get(KEY)?;
    let present: Map<String, Value> = serde_yaml::from_str(text).ok()?;
    let version = observed.control_plane.spec.version.as_str();
    let spec: KubeadmConfigSpec = outdated::wished_config(&observed.control_plane, outdated::Form::Init);
    let init = spec.init_configuration.as_ref();
    let wished = documents::cluster_configuration(
        ApiVersion::of(version),
        spec.cluster_configuration.as_ref(),
        init.and_then(|init| init.get("timeouts")),
        &ClusterFacts {
            kubernetes_version: version.to_owned(),
            ..ClusterFacts::default()
        },
    );
    let mut updated = present.clone();
    let own = observed
        .control_plane
        .spec
        .kubeadm_config_spec
        .get("clusterConfiguration");
    let has_wishes = own.and_then(Value::as_object).is_some_and(|it| !it.is_empty());
    for field in FOLLOWS.iter().filter(|_| has_wishes) {
        match wished.get(*field) {
            Some(value) => updated.insert((*field).to_owned(), value.clone()),
            None => updated.remove(*field),
        };
    }
    for field in FOLLOWS_WHERE_SAID {
        if let Some(value) = wished.get(field) {
            updated.insert(field.to_owned(), value.clone());
        }
    }
    let dns = wished.get("dns").and_then(Value::as_object);
    if let Some(dns) = dns.filter(|dns| !dns.is_empty() && !core_dns::is_skipped(observed)) {
        updated.insert("dns".to_owned(), Value::Object(dns.clone()));
    }
    if updated == present {
        return None;
    }
    let text = documents::to_yaml(&[Value::Object(updated)]).ok()?;
    let text = text.strip_prefix("---\n").unwrap_or(&text);
    Some(json!({
        "metadata": {"resourceVersion": config.metadata.resource_version},
        "data": {KEY: text},
    }))
}

/// The patch that gives kube-proxy the image of the wished version, if it has another. A registry of its own stays.
fn update_proxy(observed: &Observed, proxy: &DaemonSet) -> Option<Value> {
    let pod = proxy.spec.as_ref()?.template.spec.as_ref()?;
    let version = observed.control_plane.spec.version.replace('+', "_");
    let mut containers = pod.containers.clone();
    let container = containers.iter_mut().find(|container| container.name == PROXY)?;
    let image = container.image.clone()?;
    let repository = match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        Some(_) | None => image.as_str(),
    };
    let wished = format!("{repository}:{version}");
    if image == wished {
        return None;
    }
    container.image = Some(wished);
    Some(json!({
        "metadata": {"resourceVersion": proxy.metadata.resource_version},
        "spec": {"template": {"spec": {"containers": containers}}},
    }))
}

#[cfg(test)]
mod tests;
