//! What a ByoMachine's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::byoh::{ByoCluster, ByoHost, ByoMachine, K8sInstallerConfig};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Machine};
use fleetui_base::ObjectName;
use fleetui_rules::hosts::selection::evicting;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;

use super::super::{PoolHost, installer as installers, is_taken_by};
use crate::connection::Reach;
use crate::context::Context;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::ownership;
use crate::settings::HostSettings;
use crate::templates::Template;

/// A ByoMachine and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) machine: Arc<Object<ByoMachine>>,
    /// The Machine that it is for, once that has taken it over.
    pub(super) owner: Option<Arc<Object<Machine>>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    pub(super) infrastructure: Option<Arc<Object<ByoCluster>>>,
    /// The host that it has.
    pub(super) host: Option<PoolHost>,
    /// Where the host sends machines away: the machines of the control plane that this one belongs to.
    pub(super) control_plane: Vec<Arc<Object<Machine>>>,
    /// Without a host: the one that it remembers, whosever that is now; nothing where that is gone, or is another of that name.
    pub(super) former: Option<PoolHost>,
    /// Hosts that it has beside that one: what is left where two managers worked on it at the same time.
    pub(super) surplus: Vec<PoolHost>,
    /// Without a host: all hosts of its namespace.
    pub(super) pool: Vec<PoolHost>,
    /// Those among them that other machines take at this moment.
    pub(super) being_taken: Vec<String>,
    pub(super) installer: Installer,
    /// How the workload cluster's API answers, and the node that is called like the host.
    pub(super) reach: Reach,
    pub(super) node: Option<Arc<Node>>,
    pub(super) settings: HostSettings,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// What installs Kubernetes on the host.
#[derive(Debug, Clone)]
pub(super) enum Installer {
    /// Nothing: the host brings it.
    NotWished,
    /// The template is not there, or of a kind that is not known here.
    Missing(String),
    /// It is to be made from this.
    Absent(Box<Template>),
    /// It is there.
    Present(Arc<Object<K8sInstallerConfig>>),
}

/// Reads the machine and everything around it; `None` where it is gone.
pub(super) fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let (cache, namespace) = (context.cache.as_ref(), id.name.namespace.as_str());
    let machine = cache.get::<ByoMachine>(namespace, &id.name.name)?;
    let owner = ownership::controller(&machine.metadata)
        .filter(|owner| ownership::kind(owner) == Some(Watched::Machine))
        .and_then(|owner| cache.get::<Machine>(namespace, &owner.name));
    let label = || machine.metadata.label(labels::CLUSTER_NAME).unwrap_or_default();
    let cluster_name = owner
        .as_ref()
        .map_or_else(label, |owner| owner.spec.cluster_name.as_str());
    let cluster_name = ObjectName::new(namespace, cluster_name);
    let cluster = cache.get::<Cluster>(namespace, &cluster_name.name);
    let infrastructure = cluster
        .as_ref()
        .and_then(|cluster| cluster.spec.infrastructure_ref.as_ref())
        .filter(|reference| Watched::referred(reference) == Some(Watched::ByoCluster))
        .and_then(|reference| cache.get::<ByoCluster>(namespace, &reference.name));
    let mut hosts = hosts(context, &machine, &cluster_name);
    let host = (!hosts.is_empty()).then(|| hosts.remove(0));
    let (pool, being_taken) = if host.is_none() && !machine.is_deleting() {
        pool(context, &machine)
    } else {
        Default::default()
    };
    let former = if host.is_none() {
        former(context, &machine)
    } else {
        None
    };
    let control_plane = match (&owner, &host) {
        (Some(owner), Some(host))
            if owner.metadata.label(labels::CONTROL_PLANE).is_some()
                && evicting(&host.facts(), &machine.spec).is_some() =>
        {
            let mut machines = cache.in_cluster::<Machine>(&cluster_name);
            machines.retain(|machine| machine.metadata.label(labels::CONTROL_PLANE).is_some());
            machines
        }
        (Some(_) | None, Some(_) | None) => Vec::new(),
    };
    Some(Observed {
        control_plane,
        former,
        installer: installer(context, &machine),
        reach: context.connections.reach(&cluster_name),
        node: host
            .as_ref()
            .and_then(|host| context.connections.node(&cluster_name, host.object.name())),
        settings: context.settings.hosts.clone(),
        now: context.now(),
        recheck: context.settings.recheck,
        machine,
        owner,
        cluster,
        infrastructure,
        host,
        surplus: hosts,
        pool,
        being_taken,
    })
}

/// The hosts that the machine has: the one that it remembers, then others of its cluster that name it.
fn hosts(context: &Context, machine: &Object<ByoMachine>, cluster: &ObjectName) -> Vec<PoolHost> {
    let (cache, namespace) = (context.cache.as_ref(), machine.namespace());
    let remembered = machine
        .status
        .host_ref
        .as_ref()
        .and_then(|host| host.name.as_deref());
    let in_cluster = cache.in_cluster::<ByoHost>(cluster);
    let mut names: Vec<&str> = in_cluster.iter().map(|host| host.name()).collect();
    // One that upstream's manager half took has no label yet.
    names.extend(remembered.filter(|name| !names.contains(name)));
    names.sort_by_key(|name| Some(*name) != remembered);
    names
        .into_iter()
        .filter_map(|name| cache.entry(&ObjectId::new(Watched::ByoHost, namespace, name)))
        .filter_map(|entry| PoolHost::of(&entry))
        .filter(|host| is_taken_by(&host.object, namespace, machine.name(), machine.uid()))
        .collect()
}

/// The host that the machine remembers.
fn former(context: &Context, machine: &Object<ByoMachine>) -> Option<PoolHost> {
    let reference = machine.status.host_ref.as_ref()?;
    let id = ObjectId::new(Watched::ByoHost, machine.namespace(), reference.name.as_deref()?);
    let host = context.cache.entry(&id).and_then(|entry| PoolHost::of(&entry))?;
    let same = reference
        .uid
        .as_deref()
        .is_none_or(|uid| uid == host.object.uid());
    same.then_some(host)
}

/// All hosts of the machine's namespace, and the names of those that other machines are taking at this moment.
fn pool(context: &Context, machine: &Object<ByoMachine>) -> (Vec<PoolHost>, Vec<String>) {
    let own = ObjectName::new(machine.namespace(), machine.name());
    let meant = machine
        .status
        .host_ref
        .as_ref()
        .and_then(|host| host.name.as_deref());
    let aside = context.bindings.of_others(&own).into_iter();
    let being_taken = aside
        .filter(|host| host.namespace == own.namespace)
        // What it has written that it means stays its choice as long as it can be had.
        .filter(|host| Some(host.name.as_str()) != meant)
        .map(|host| host.name.to_string())
        .collect();
    let entries = context
        .cache
        .entries_in_namespace(Watched::ByoHost, machine.namespace());
    let hosts = entries.iter().filter_map(|entry| PoolHost::of(entry));
    (hosts.collect(), being_taken)
}

fn installer(context: &Context, machine: &Object<ByoMachine>) -> Installer {
    let Some(reference) = &machine.spec.installer_ref else {
        return Installer::NotWished;
    };
    let namespace = machine.namespace();
    if let Some(config) = context.cache.get::<K8sInstallerConfig>(namespace, machine.name()) {
        return Installer::Present(config);
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match installers::template(&context.cache, reference, namespace) {
        Some(template) => Installer::Absent(Box::new(template)),
        None => Installer::Missing(format!("{} {}", text(&reference.kind), text(&reference.name))),
    }
}
