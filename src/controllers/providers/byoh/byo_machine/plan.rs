//! What a ByoMachine should do next.

use fleetui_api::byoh::names::{self, HOST_READY, MACHINE_FINALIZER, reason};
use fleetui_api::byoh::{ByoMachine, machine::ByoMachineStatus};
use fleetui_api::conditions::Severity;
use fleetui_api::labels;
use serde_json::json;

use super::super::PoolHost;
use super::super::conditions::{Saying, say, sum_up};
use super::observe::{Installer, Observed};
use super::{binding, deletion, progress};
use crate::change::{Change, Outcome};
use crate::events::Happening;
use crate::external::is_cluster_deleting;
use crate::object::{Metadata, Object};
use crate::pausing;
use crate::templates::Given;
use crate::{kinds::Watched, ownership};

/// What a plan comes to.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) outcome: Outcome<ByoMachine>,
    /// The host that it takes, or means to take.
    pub(super) takes: Option<String>,
    pub(super) happenings: Vec<Happening>,
}

impl Plan {
    fn new(machine: &Object<ByoMachine>) -> Self {
        Self {
            outcome: Outcome::unchanged(machine),
            takes: None,
            happenings: Vec::new(),
        }
    }

    /// Adds a write.
    pub(super) fn change(&mut self, change: Option<Change>) {
        self.outcome.changes.extend(change);
    }

    /// What the machine will have for a status.
    pub(super) fn status(&mut self) -> &mut ByoMachineStatus {
        &mut self.outcome.object.status
    }
}

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Plan {
    let machine = observed.machine.as_ref();
    let mut plan = Plan::new(machine);
    let paused = pausing::paused(machine, observed.cluster.as_deref());
    let (holds, why) = (pausing::holds(&paused), paused.message.clone());
    plan.outcome.object.set_condition(paused, observed.now);
    if let Some(host) = &observed.host {
        mirror_pause(machine, host, holds, &mut plan);
    }
    if holds {
        let saying = Saying::fails(HOST_READY, Severity::Info, reason::PAUSED, why);
        return finish(observed, plan, &saying);
    }
    for host in &observed.surplus {
        plan.change(deletion::ask_for_reset(host));
    }
    let saying = if machine.is_deleting() {
        deletion::plan(observed, &mut plan)
    } else {
        plan.outcome.object.metadata.add_finalizer(MACHINE_FINALIZER);
        work(observed, &mut plan)
    };
    match saying {
        Some(saying) => finish(observed, plan, &saying),
        None => plan,
    }
}

fn finish(observed: &Observed, mut plan: Plan, saying: &Saying) -> Plan {
    say(&mut plan.outcome.object, saying, observed.now);
    sum_up(&mut plan.outcome.object, HOST_READY, observed.now);
    plan
}

/// The host's agent stands still with its machine. What somebody else has paused stays so.
fn mirror_pause(machine: &Object<ByoMachine>, host: &PoolHost, holds: bool, plan: &mut Plan) {
    let mark = format!("{}/{}", Watched::ByoMachine.kind(), machine.name());
    let found = host.object.metadata.annotation(labels::PAUSED);
    let wished = match (holds, found) {
        (true, None) => json!(mark),
        (false, Some(found)) if found == mark => json!(null),
        (true | false, _) => return,
    };
    let patch = json!({"metadata": {"annotations": {labels::PAUSED: wished}}});
    plan.outcome.changes.extend(binding::patch(host, patch));
}

/// The way from nothing to a node; tells where it stands.
fn work(observed: &Observed, plan: &mut Plan) -> Option<Saying> {
    let machine = observed.machine.as_ref();
    let waits = |reason: &'static str, message: &str| {
        Some(Saying::fails(HOST_READY, Severity::Info, reason, message))
    };
    let Some(owner) = observed.owner.as_deref() else {
        plan.outcome.look_again(observed.recheck);
        return waits(
            reason::WAITING_FOR_CLUSTER,
            "Waiting for the Machine to own this ByoMachine",
        );
    };
    make_installer(observed, plan);
    if let Some(host) = &observed.host {
        return Some(progress::plan(observed, owner, host, plan));
    }
    if machine.spec.provider_id.is_some() {
        let host = remembered(&machine.status);
        let message =
            format!("Host {host} does not serve this machine any more, and no other can take its node over");
        return Some(Saying::fails(
            HOST_READY,
            Severity::Error,
            reason::HOST_GONE,
            message,
        ));
    }
    plan.status().hostinfo = None;
    let stands = observed.cluster.as_ref().is_some_and(|cluster| {
        let reached = cluster.status.initialization.as_ref();
        reached.is_some_and(|reached| reached.infrastructure_provisioned == Some(true))
    });
    if !stands || is_cluster_deleting(observed.cluster.as_deref()) {
        return waits(
            reason::WAITING_FOR_CLUSTER,
            "Waiting for Cluster status.initialization.infrastructureProvisioned to be true",
        );
    }
    let Some(secret) = owner.spec.bootstrap.data_secret_name.as_deref() else {
        return waits(
            reason::WAITING_FOR_BOOTSTRAP_DATA,
            "Waiting for Machine spec.bootstrap.dataSecretName to be set",
        );
    };
    Some(binding::plan(observed, owner, secret, plan))
}

/// The name of the host that the machine had.
pub(super) fn remembered(status: &ByoMachineStatus) -> &str {
    let host = status.host_ref.as_ref().and_then(|host| host.name.as_deref());
    host.unwrap_or("(unknown)")
}

/// Makes what installs Kubernetes from its template, under the machine's own name.
fn make_installer(observed: &Observed, plan: &mut Plan) {
    let (machine, Installer::Absent(template)) = (observed.machine.as_ref(), &observed.installer) else {
        return;
    };
    let version = observed
        .owner
        .as_deref()
        .and_then(binding::version)
        .unwrap_or_default();
    let cluster = observed.cluster.as_ref().map(|cluster| cluster.name().to_owned());
    // It goes with the cluster, as machine templates do.
    let adopted = observed
        .cluster
        .as_deref()
        .and_then(|cluster| template.adopt(cluster));
    plan.outcome.changes.extend(adopted);
    plan.outcome.changes.extend(
        template.instantiate(Given {
            name: machine.name().to_owned(),
            labels: cluster
                .map(|cluster| (labels::CLUSTER_NAME.to_owned(), cluster))
                .into_iter()
                .collect(),
            annotations: [(names::K8S_VERSION.to_owned(), version)].into(),
            owner: ownership::reference(machine, true),
        }),
    );
}
