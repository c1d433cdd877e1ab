//! The provider for hosts that one brings oneself: a pool of ByoHosts, and ByoMachines that take one each.
//!
//! A host is taken in one write that carries who has it and what it shall do; its agent does it, tells of it, and gives the host
//! back when asked to. Must not know: how an agent does its work, and whether it is a simulated one.

mod bindings;
pub(crate) mod byo_cluster;
pub(crate) mod byo_host;
pub(crate) mod byo_machine;
pub(crate) mod byo_machine_template;
mod conditions;
pub(crate) mod installer;

use std::sync::Arc;

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::names;
use fleetui_api::v1beta2::ObjectReference;
use fleetui_rules::hosts::{Host, machine_label};
use jiff::Timestamp;

use crate::cache::Entry;
use crate::object::{Metadata, Object};

pub(crate) use bindings::Bindings;

/// The policy of hosts that take no machine before somebody has looked at them.
const RETAIN: &str = "Retain";

/// A host and when its agent was heard.
#[derive(Debug, Clone)]
pub(crate) struct PoolHost {
    pub(crate) object: Arc<Object<ByoHost>>,
    pub(crate) heard: Option<Timestamp>,
}

impl PoolHost {
    /// The host of an entry of the cache, where it can be read.
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        Some(Self {
            object: entry.typed::<ByoHost>()?,
            heard: entry.heard(),
        })
    }

    /// As the rules look at it.
    pub(crate) fn facts(&self) -> Host<'_> {
        facts(&self.object, self.heard)
    }
}

/// A host as the rules look at it.
pub(crate) fn facts(host: &Object<ByoHost>, heard: Option<Timestamp>) -> Host<'_> {
    Host {
        name: host.name(),
        labels: host.metadata.all_labels(),
        annotations: host.metadata.all_annotations(),
        deleting: host.is_deleting(),
        spec: &host.spec,
        status: &host.status,
        heard,
    }
}

/// The set that a host served last, where it is to be kept for inspection once it is reset.
fn keeps(host: &Object<ByoHost>) -> Option<&str> {
    let retained = host.spec.reclaim_policy.as_deref() == Some(RETAIN);
    retained.then(|| host.metadata.annotation(names::SERVED).unwrap_or_default())
}

/// Whether a host is this machine's: by the uid where one is written, else by label or reference, as upstream's managers leave it.
fn is_taken_by(host: &Object<ByoHost>, namespace: &str, name: &str, uid: &str) -> bool {
    let is_it = |reference: &ObjectReference| {
        reference.name.as_deref() == Some(name) && reference.uid.as_deref().is_none_or(|known| known == uid)
    };
    if let Some(claim) = &host.spec.claim_ref {
        return is_it(claim);
    }
    match host.metadata.label(names::MACHINE_LABEL) {
        Some(label) => label == machine_label(namespace, name),
        None => host.status.machine_ref.as_ref().is_some_and(is_it),
    }
}
