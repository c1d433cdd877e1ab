//! ByoHost: what the manager keeps of a host. Whether its agent is heard, whether it is held back, and that no machine that is
//! gone keeps it. Everything else on it is its agent's to say.

mod plan;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::byoh::names;
use fleetui_api::byoh::{ByoHost, ByoMachine};
use fleetui_api::labels;
use fleetui_base::ObjectName;
use fleetui_rules::hosts::machine_label;

use super::PoolHost;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use plan::{Claimant, Observed};

/// Reconciles one ByoHost.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(host) = context.cache.entry(id).and_then(|entry| PoolHost::of(&entry)) else {
        return Ok(None);
    };
    let observed = Observed {
        claimant: claimant(context, &host.object).await?,
        settings: context.settings.hosts.clone(),
        now: context.now(),
        host,
    };
    let (outcome, happenings) = plan::plan(&observed);
    let requeue = Box::pin(context.apply(&observed.host.object, outcome)).await?;
    context.announce(happenings).await;
    Ok(requeue)
}

/// Whose the host is, and whether that machine is still there. Before a machine counts as gone the server itself is asked.
async fn claimant(context: &Context, host: &Arc<Object<ByoHost>>) -> Result<Claimant, Error> {
    let references = [host.spec.claim_ref.as_ref(), host.status.machine_ref.as_ref()];
    let reference = references.into_iter().flatten().next();
    let by_reference = reference.and_then(|reference| {
        let uid = reference.uid.clone();
        reference.name.clone().map(|name| (name, uid))
    });
    let Some((name, uid)) = by_reference.or_else(|| by_label(context, host).map(|name| (name, None))) else {
        return Ok(Claimant::Nobody);
    };
    let id = ObjectId::new(Watched::ByoMachine, host.namespace(), &name);
    let known = context.cache.get::<ByoMachine>(host.namespace(), &name);
    let is_there = match &known {
        Some(machine) => uid.as_deref().is_none_or(|uid| uid == machine.uid()),
        None => context.exists(&id).await?,
    };
    if !is_there {
        return Ok(Claimant::Gone);
    }
    let uid = known.map_or(uid, |machine| Some(machine.uid().to_owned()));
    Ok(Claimant::There {
        uid: uid.unwrap_or_default(),
    })
}

/// The machine that the label means. A label that was too long holds a hash, and is compared with those of the cluster's machines.
fn by_label(context: &Context, host: &Object<ByoHost>) -> Option<String> {
    let label = host.metadata.label(names::MACHINE_LABEL)?;
    let cluster = host.metadata.label(labels::CLUSTER_NAME).unwrap_or_default();
    let cluster = ObjectName::new(host.namespace(), cluster);
    let machines = context.cache.in_cluster::<ByoMachine>(&cluster);
    let meant = machines
        .iter()
        .find(|machine| machine_label(machine.namespace(), machine.name()) == label);
    meant
        .map(|machine| machine.name().to_owned())
        .or_else(|| label.split_once('.').map(|(_, name)| name.to_owned()))
}
