//! What a Machine should do next.

use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{Machine, NodeReference};

use super::observe::Observed;
use super::{deletion, node, node_sync, status};
use crate::change::Outcome;
use crate::external::External;
use crate::object::Metadata;
use crate::{ownership, pausing};

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<Machine> {
    let machine = observed.machine.as_ref();
    let mut outcome = Outcome::unchanged(machine);
    let paused = pausing::paused(machine, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if machine.is_deleting() {
        let stage = deletion::plan(observed, &mut outcome);
        status::write(observed, &mut outcome, Some(&stage));
        return outcome;
    }
    outcome.object.metadata.add_finalizer(finalizer::MACHINE);
    outcome
        .object
        .metadata
        .set_label(labels::CLUSTER_NAME, &machine.spec.cluster_name);
    if let (None, Some(cluster)) = (ownership::controller(&machine.metadata), &observed.cluster) {
        ownership::add(&mut outcome.object.metadata, ownership::reference(cluster, false));
    }
    bootstrap(observed, &mut outcome);
    infrastructure(observed, &mut outcome);
    join_node(observed, &mut outcome);
    certificates(observed, &mut outcome);
    if matches!(observed.bootstrap, External::Missing { .. })
        || matches!(observed.infrastructure, External::Missing { .. })
    {
        outcome.look_again(observed.recheck);
    }
    status::write(observed, &mut outcome, None);
    outcome
}

/// Takes the bootstrap configuration over, and its Secret's name once there is one.
fn bootstrap(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let machine = observed.machine.as_ref();
    outcome.changes.extend(
        observed
            .bootstrap
            .adopt(machine, true, &machine.spec.cluster_name),
    );
    let ready = observed
        .bootstrap
        .is_true("/status/initialization/dataSecretCreated");
    let secret = observed
        .bootstrap
        .text("/status/dataSecretName")
        .filter(|_| ready);
    if let Some(secret) = secret {
        outcome.object.spec.bootstrap.data_secret_name = Some(secret.to_owned());
    }
    if outcome.object.spec.bootstrap.data_secret_name.is_some() {
        let initialization = outcome.object.status.initialization.get_or_insert_default();
        initialization.bootstrap_data_secret_created = Some(true);
    }
}

/// Takes the infrastructure over, and what it says of itself once it stands.
fn infrastructure(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let machine = observed.machine.as_ref();
    let infrastructure = &observed.infrastructure;
    outcome
        .changes
        .extend(infrastructure.adopt(machine, true, &machine.spec.cluster_name));
    if !infrastructure.is_true("/status/initialization/provisioned") {
        return;
    }
    let Some(provider_id) = infrastructure.text("/spec/providerID") else {
        outcome.look_again(observed.recheck);
        return;
    };
    let object = &mut outcome.object;
    object.spec.provider_id = Some(provider_id.to_owned());
    object.status.addresses = infrastructure.read("/status/addresses").unwrap_or_default();
    // The v1beta1 contract has it in the spec.
    let failure_domain = ["/status/failureDomain", "/spec/failureDomain"]
        .into_iter()
        .find_map(|path| infrastructure.text(path));
    object.status.failure_domain = failure_domain.map(str::to_owned);
    object
        .status
        .initialization
        .get_or_insert_default()
        .infrastructure_provisioned = Some(true);
}

/// Takes note of when the certificates of a control plane machine expire, as the machine or its bootstrap configuration says.
fn certificates(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let machine = observed.machine.as_ref();
    if machine.metadata.label(labels::CONTROL_PLANE).is_none() || outcome.object.status.node_ref.is_none() {
        return;
    }
    let of_bootstrap = || {
        let entry = observed.bootstrap.entry()?;
        entry.object.metadata.annotation(labels::CERTIFICATES_EXPIRY)
    };
    let told = machine
        .metadata
        .annotation(labels::CERTIFICATES_EXPIRY)
        .or_else(of_bootstrap);
    // What is no time is nobody's expiry.
    outcome.object.status.certificates_expiry_date = told
        .filter(|told| told.parse::<jiff::Timestamp>().is_ok())
        .map(str::to_owned);
}

/// Takes note of the node, and writes on it whose it is.
fn join_node(observed: &Observed, outcome: &mut Outcome<Machine>) {
    let Some(found) = observed
        .node
        .as_deref()
        .filter(|_| outcome.object.spec.provider_id.is_some())
    else {
        return;
    };
    let status = &mut outcome.object.status;
    status.node_ref = Some(NodeReference {
        name: found.metadata.name().to_owned(),
    });
    status.node_info = node::info(found);
    if observed.reach.is_live() {
        outcome.changes.extend(node_sync::sync(observed, found));
    }
}
