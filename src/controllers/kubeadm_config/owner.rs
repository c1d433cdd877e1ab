//! For whom bootstrap data is made: one machine, or all machines of a pool.

use std::sync::Arc;

use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmConfig, Machine, MachinePool};

use crate::context::Context;
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::ownership;

/// For whom a bootstrap configuration is.
#[derive(Debug, Clone)]
pub(super) enum Owner {
    /// A machine. It joins once.
    Machine(Arc<Object<Machine>>),
    /// A pool. Its machines are always workers, and more of them may come at any time.
    Pool(Arc<Object<MachinePool>>),
}

impl Owner {
    /// Whoever has taken the configuration over.
    pub(super) fn find(context: &Context, config: &Object<KubeadmConfig>) -> Option<Self> {
        let owner = ownership::controller(&config.metadata)?;
        let (kind, namespace) = (ownership::kind(owner)?, config.namespace());
        if kind == Watched::Machine {
            context.cache.get(namespace, &owner.name).map(Self::Machine)
        } else if kind == Watched::MachinePool {
            context.cache.get(namespace, &owner.name).map(Self::Pool)
        } else {
            None
        }
    }

    /// Name of the Cluster.
    pub(super) fn cluster_name(&self) -> &str {
        match self {
            Self::Machine(machine) => &machine.spec.cluster_name,
            Self::Pool(pool) => &pool.spec.cluster_name,
        }
    }

    /// The version of Kubernetes.
    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::Machine(machine) => machine.spec.version.as_deref(),
            Self::Pool(pool) => pool.spec.template.spec.version.as_deref(),
        }
    }

    /// Whether it becomes part of the control plane.
    pub(super) fn is_control_plane(&self) -> bool {
        match self {
            Self::Machine(machine) => machine.metadata.label(labels::CONTROL_PLANE).is_some(),
            Self::Pool(_) => false,
        }
    }

    /// Whether all of its nodes are there.
    pub(super) fn has_joined(&self) -> bool {
        match self {
            Self::Machine(machine) => machine.status.node_ref.is_some(),
            Self::Pool(pool) => {
                let wished = usize::try_from(pool.spec.replicas.unwrap_or(1)).unwrap_or(0);
                pool.status.node_refs.len() == wished
            }
        }
    }

    /// Whether it goes.
    pub(super) fn is_deleting(&self) -> bool {
        match self {
            Self::Machine(machine) => machine.is_deleting(),
            Self::Pool(pool) => pool.is_deleting(),
        }
    }

    /// The machine, where it is one.
    pub(super) fn machine(&self) -> Option<&Object<Machine>> {
        match self {
            Self::Machine(machine) => Some(machine),
            Self::Pool(_) => None,
        }
    }
}
