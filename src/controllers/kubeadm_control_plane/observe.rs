//! What a KubeadmControlPlane's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, KubeadmConfig, KubeadmControlPlane, Machine};
use fleetui_base::ObjectName;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use kube::Api;

use super::components::{self, Component};
use super::kubeconfig::{self, Kubeconfig};
use super::{etcd_members, serving_certificate, workload_configuration};
use crate::certificates::{self, Certificates, Purpose, Wanted};
use crate::connection::Reach;
use crate::context::Context;
use crate::error::Error;
use crate::etcd::{self, Seen};
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::templates::Template;
use crate::{orphans, ownership};

/// A control plane and everything around it.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that was looked at, no state"
)]
pub(super) struct Observed {
    pub(super) control_plane: Arc<Object<KubeadmControlPlane>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    /// Its machines with what belongs to them, by name.
    pub(super) machines: Vec<Member>,
    /// Whether the cluster still has machines of others.
    pub(super) has_workers: bool,
    pub(super) template: Option<Template>,
    /// Bootstrap and infrastructure objects that were made for a Machine which never came to be.
    pub(super) orphans: Vec<(ObjectId, String)>,
    pub(super) secrets: Secrets,
    /// Whether kubeadm's ConfigMap is in the workload cluster: the first machine has initialised it.
    pub(super) kubeadm_config_exists: bool,
    /// Control plane machines of the cluster that are not this control plane's.
    pub(super) foreign: Vec<Arc<Object<Machine>>>,
    /// Whether etcd is run elsewhere.
    pub(super) external_etcd: bool,
    /// What its own etcd has just told.
    pub(super) etcd: Etcd,
    /// Whether nothing announces what happens to its etcd, so that it has to be asked again and again.
    pub(super) etcd_is_asked: bool,
    /// What a rollout changes in the workload cluster.
    pub(super) workload: workload_configuration::Found,
    pub(super) reach: Reach,
    pub(super) random: u64,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
    /// Without an answer for so long, what is known of pods becomes Unknown.
    pub(super) grace: Duration,
}

/// What the etcd has told that runs on the machines of a control plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Etcd {
    /// It was not asked: there is none, nobody yet who could be asked, or nobody any longer whom it concerns.
    Unasked,
    /// It does not answer: the sentence that conditions tell.
    Silent(String),
    /// This.
    Seen(Seen),
}

/// What is known of the cluster's Secrets.
#[derive(Debug, Clone)]
pub(super) enum Secrets {
    /// It is not yet, or not any more, the time to look.
    TooEarly,
    /// They were all in order a moment ago.
    Trusted,
    /// They have been looked at now.
    Read {
        certificates: Certificates,
        kubeconfig: Kubeconfig,
    },
}

/// One machine of the control plane.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) machine: Arc<Object<Machine>>,
    pub(super) config: Option<Arc<Object<KubeadmConfig>>>,
    pub(super) infrastructure: External,
    pub(super) node: Option<Arc<Node>>,
    /// When its API server's certificate ends, where that has been found out now.
    pub(super) serving_until: Option<Timestamp>,
    /// Its static pods; empty while it has no node.
    pub(super) components: Vec<Component>,
}

/// Reads the control plane and everything around it; `None` where it is gone.
pub(super) async fn observe(context: &Context, id: &ObjectId) -> Result<Option<Observed>, Error> {
    let (cache, namespace) = (context.cache.as_ref(), id.name.namespace.as_str());
    let Some(control_plane) = cache.get::<KubeadmControlPlane>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let owners = control_plane.metadata.owner_references.iter().flatten();
    let cluster = owners
        .filter(|owner| ownership::kind(owner) == Some(Watched::Cluster))
        .find_map(|owner| cache.get::<Cluster>(namespace, &owner.name));
    let cluster_name = cluster
        .as_ref()
        .map(|cluster| ObjectName::new(namespace, cluster.name()));
    let all = cluster_name
        .as_ref()
        .map(|name| cache.in_cluster::<Machine>(name))
        .unwrap_or_default();
    let (own, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|machine| ownership::is_controlled_by(&machine.metadata, control_plane.uid()));
    let machines: Vec<Member> = own.into_iter().map(|machine| member(context, machine)).collect();
    let external_etcd = has_external_etcd(&control_plane);
    let (foreign, workers): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|machine| machine.metadata.label(labels::CONTROL_PLANE).is_some());
    let reach = cluster_name
        .as_ref()
        .map(|name| context.connections.reach(name))
        .unwrap_or_default();
    let initialized = control_plane
        .status
        .initialization
        .as_ref()
        .and_then(|reached| reached.control_plane_initialized);
    let kubeadm_config_exists = match (&cluster_name, initialized) {
        (_, Some(true)) => true,
        (Some(name), _) if reach.is_live() => has_kubeadm_config(context, name).await?,
        (Some(_) | None, _) => false,
    };
    let secrets = secrets(context, cluster.as_deref(), &control_plane).await?;
    let template = &control_plane.spec.machine_template.spec.infrastructure_ref;
    let mut observed = Observed {
        orphans: orphans::find(context, &control_plane).await?,
        template: Template::find(cache, template, namespace),
        has_workers: !workers.is_empty() || (control_plane.is_deleting() && !foreign.is_empty()),
        random: context.random_for_name(id, machines.iter().map(|member| member.machine.name())),
        now: context.now(),
        recheck: context.settings.recheck,
        grace: context.settings.remote_conditions_grace,
        etcd: Etcd::Unasked,
        etcd_is_asked: false,
        control_plane,
        cluster,
        machines,
        foreign,
        external_etcd,
        secrets,
        kubeadm_config_exists,
        workload: workload_configuration::Found::default(),
        reach,
    };
    if let Some(name) = cluster_name.filter(|_| reach.is_live() && kubeadm_config_exists) {
        let wants = workload_configuration::Wants::of(&observed);
        observed.workload = workload_configuration::observe(context, &name, wants).await?;
        if !external_etcd && !observed.control_plane.is_deleting() {
            observed.etcd = etcd_members::observe(context, &name, &observed.machines).await;
            observed.etcd_is_asked = etcd::is_asked(context, &name);
        }
        serving_certificate::observe(context, &name, &mut observed.machines).await?;
    }
    Ok(Some(observed))
}

fn has_external_etcd(control_plane: &Object<KubeadmControlPlane>) -> bool {
    let configuration = control_plane.spec.kubeadm_config_spec.get("clusterConfiguration");
    configuration
        .and_then(|configuration| configuration.get("etcd")?.get("external"))
        .is_some_and(|external| !external.is_null())
}

fn member(context: &Context, machine: Arc<Object<Machine>>) -> Member {
    let namespace = machine.namespace();
    let cluster = ObjectName::new(namespace, &machine.spec.cluster_name);
    let config = machine.spec.bootstrap.config_ref.as_ref();
    let node = machine.status.node_ref.as_ref();
    Member {
        config: config.and_then(|config| context.cache.get::<KubeadmConfig>(namespace, &config.name)),
        infrastructure: External::find(
            &context.cache,
            machine.spec.infrastructure_ref.as_ref(),
            namespace,
        ),
        serving_until: None,
        node: node.and_then(|node| context.connections.node(&cluster, &node.name)),
        components: node
            .map(|node| components::observe(context, &cluster, &node.name))
            .unwrap_or_default(),
        machine,
    }
}

async fn has_kubeadm_config(context: &Context, cluster: &ObjectName) -> Result<bool, Error> {
    let client = context.workload_client(cluster).await?;
    let api: Api<ConfigMap> = Api::namespaced(client, "kube-system");
    let what = format!("get ConfigMap kubeadm-config of workload cluster {cluster}");
    Ok(context
        .request(what, api.get_metadata_opt("kubeadm-config"))
        .await?
        .is_some())
}

async fn secrets(
    context: &Context,
    cluster: Option<&Object<Cluster>>,
    control_plane: &Object<KubeadmControlPlane>,
) -> Result<Secrets, Error> {
    let stands = |cluster: &&Object<Cluster>| {
        let reached = cluster.status.initialization.as_ref();
        reached.is_some_and(|reached| reached.infrastructure_provisioned == Some(true))
            && cluster.spec.paused != Some(true)
    };
    let Some(cluster) = cluster.filter(stands).filter(|_| !control_plane.is_deleting()) else {
        return Ok(Secrets::TooEarly);
    };
    let now = context.now();
    if context.verified.recently(control_plane.uid(), now) {
        return Ok(Secrets::Trusted);
    }
    let configuration = control_plane.spec.kubeadm_config_spec.get("clusterConfiguration");
    let wanted = Wanted::of(configuration.and_then(serde_json::Value::as_object));
    let name = ObjectName::new(cluster.namespace(), cluster.name());
    let is_initialized = control_plane.is_true("Initialized");
    let certificates = if is_initialized {
        certificates::read_used(context, &name, &wanted).await?
    } else {
        certificates::read(context, &name, &wanted).await?
    };
    let authority = certificates.pair(Purpose::Cluster);
    let kubeconfig = kubeconfig::observe(context, cluster, control_plane, authority).await?;
    if certificates.complete() && kubeconfig == Kubeconfig::Present {
        context.verified.note(control_plane.uid(), now);
    }
    Ok(Secrets::Read {
        certificates,
        kubeconfig,
    })
}
