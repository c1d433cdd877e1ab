//! What a MachineSet's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, ContractReference, Machine, MachineDeployment, MachineSet};
use fleetui_base::ObjectName;
use fleetui_rules::preflight::ControlPlane;
use fleetui_rules::selector;
use jiff::Timestamp;

use crate::cache::Entry;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::{Metadata, Object};
use crate::templates::Template;
use crate::{orphans, ownership};

/// A set and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) set: Arc<Object<MachineSet>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    pub(super) deployment: Option<Arc<Object<MachineDeployment>>>,
    /// Machines that it controls, by name.
    pub(super) machines: Vec<Arc<Object<Machine>>>,
    /// Machines of its selector that nobody controls.
    pub(super) strays: Vec<Arc<Object<Machine>>>,
    /// Bootstrap and infrastructure objects of the machines that stay.
    pub(super) parts: Vec<Arc<Entry>>,
    pub(super) bootstrap: Wanted,
    pub(super) infrastructure: Wanted,
    /// The control plane, where the Cluster refers to one.
    pub(super) control_plane: Option<ControlPlane>,
    /// Bootstrap and infrastructure objects that were made for a Machine which never came to be.
    pub(super) orphans: Vec<(ObjectId, String)>,
    pub(super) random: u64,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// A template that may be wanted, and may be there.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    Nothing,
    Missing(ContractReference),
    Found(Box<Template>),
}

impl Wanted {
    fn look(context: &Context, reference: Option<&ContractReference>, namespace: &str) -> Self {
        let Some(reference) = reference else {
            return Self::Nothing;
        };
        match Template::find(&context.cache, reference, namespace) {
            Some(template) => Self::Found(Box::new(template)),
            None => Self::Missing(reference.clone()),
        }
    }

    /// What is referred to and is not there.
    pub(super) fn missing(&self) -> Option<&ContractReference> {
        match self {
            Self::Missing(reference) => Some(reference),
            Self::Nothing | Self::Found(_) => None,
        }
    }

    /// The template, where it is there.
    pub(super) fn found(&self) -> Option<&Template> {
        match self {
            Self::Found(template) => Some(template),
            Self::Nothing | Self::Missing(_) => None,
        }
    }
}

/// Reads the set and everything around it; `None` where it is gone.
pub(super) async fn observe(context: &Context, id: &ObjectId) -> Result<Option<Observed>, Error> {
    let namespace = id.name.namespace.as_str();
    let Some(set) = context.cache.get::<MachineSet>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let cluster = context.cache.get::<Cluster>(namespace, &set.spec.cluster_name);
    let deployment = ownership::controller(&set.metadata)
        .and_then(|owner| context.cache.get::<MachineDeployment>(namespace, &owner.name));
    let machines = context
        .cache
        .owned_by::<Machine>(set.uid())
        .into_iter()
        .filter(|machine| ownership::is_controlled_by(&machine.metadata, set.uid()))
        .collect::<Vec<_>>();
    let cluster_name = ObjectName::new(namespace, &set.spec.cluster_name);
    let strays = if set.is_deleting() || selector::is_empty(&set.spec.selector) {
        Vec::new()
    } else {
        let all = context.cache.in_cluster::<Machine>(&cluster_name).into_iter();
        all.filter(|machine| {
            ownership::controller(&machine.metadata).is_none()
                && !machine.is_deleting()
                && selector::accepts(&set.spec.selector, machine.metadata.all_labels())
        })
        .collect()
    };
    let parts = machines
        .iter()
        .filter(|machine| !machine.is_deleting())
        .flat_map(|machine| {
            [
                machine.spec.bootstrap.config_ref.as_ref(),
                machine.spec.infrastructure_ref.as_ref(),
            ]
        })
        .flatten()
        .filter_map(|reference| context.cache.entry(&ObjectId::referred(reference, namespace)?))
        .collect();
    let template = &set.spec.template.spec;
    Ok(Some(Observed {
        bootstrap: Wanted::look(context, template.bootstrap.config_ref.as_ref(), namespace),
        infrastructure: Wanted::look(context, template.infrastructure_ref.as_ref(), namespace),
        control_plane: cluster
            .as_deref()
            .and_then(|cluster| control_plane(context, cluster)),
        orphans: orphans::find(context, &set).await?,
        random: context.random_for_name(id, machines.iter().map(|machine| machine.name())),
        now: context.now(),
        recheck: context.settings.recheck,
        set,
        cluster,
        deployment,
        machines,
        strays,
        parts,
    }))
}

/// What the preflight checks have to know of the control plane; also where it is not there yet.
fn control_plane(context: &Context, cluster: &Object<Cluster>) -> Option<ControlPlane> {
    let reference = cluster.spec.control_plane_ref.as_ref()?;
    let name = ObjectName::new(cluster.namespace(), &reference.name);
    let mut found = ControlPlane {
        kind: reference.kind.clone(),
        name: name.to_string(),
        ..ControlPlane::default()
    };
    let id = ObjectId::referred(reference, cluster.namespace());
    if let Some(entry) = id.as_ref().and_then(|id| context.cache.entry(id)) {
        let data = &entry.object.data;
        let version = |path: &str| {
            data.pointer(path)
                .and_then(|version| version.as_str())
                .and_then(|text| text.parse().ok())
        };
        found.version = version("/spec/version");
        let listed = data
            .pointer("/status/versions")
            .and_then(|versions| versions.as_array());
        found.observed = listed
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get("version")?.as_str()?.parse().ok())
            .collect();
        if found.observed.is_empty() {
            found.observed.extend(version("/status/version"));
        }
    } else {
        let (kind, group) = (&reference.kind, &reference.api_group);
        let why = match id {
            Some(id) => format!(
                "{}.{group} \"{}\" not found",
                id.kind.resource().plural,
                reference.name
            ),
            None => format!("no controller here knows the kind {kind}.{group}"),
        };
        found.missing = Some(format!("failed to retrieve {kind} {name}: {why}"));
    }
    Some(found)
}
