//! When bootstrap data can be made, and of which sort: the first machine of a control plane initialises, all others join.

use std::collections::BTreeMap;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, KubeadmConfig, Machine};
use fleetui_rules::condition_merge::{SummaryInput, condition, summarise};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::bootstrap_data::{self, Role};
use super::observe::Observed;
use crate::certificates::SECRET_TYPE;
use crate::change::{Change, Outcome};
use crate::object::{Metadata, Object};
use crate::{ownership, pausing};

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<KubeadmConfig> {
    let config = observed.config.as_ref();
    let mut outcome = Outcome::unchanged(config);
    if config.is_deleting() {
        return outcome;
    }
    let paused = pausing::paused(config, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    let (Some(machine), Some(cluster)) = (observed.machine.as_deref(), observed.cluster.as_deref()) else {
        // Its machine takes it over in a moment.
        outcome.look_again(observed.recheck);
        return outcome;
    };
    let available = match data(observed, machine, cluster, &mut outcome) {
        Ok(()) => condition("DataSecretAvailable", ConditionStatus::True, "Available", ""),
        Err(waits_for) => condition(
            "DataSecretAvailable",
            ConditionStatus::False,
            "NotAvailable",
            waits_for,
        ),
    };
    outcome.object.set_condition(available, observed.now);
    let ready = ready(&outcome.object.status.conditions);
    outcome.object.set_condition(ready, observed.now);
    outcome.object.status.observed_generation = config.metadata.generation;
    outcome
}

fn ready(conditions: &[Condition]) -> Condition {
    summarise(
        &SummaryInput {
            target: "Ready",
            kinds: vec!["DataSecretAvailable", "CertificatesAvailable"],
            ignore_if_missing: vec!["CertificatesAvailable"],
            reasons: ["NotReady", "ReadyUnknown", "Ready"],
            ..SummaryInput::default()
        },
        conditions,
    )
}

/// Sees to the Secret. The error is what is waited for.
fn data(
    observed: &Observed,
    machine: &Object<Machine>,
    cluster: &Object<Cluster>,
    outcome: &mut Outcome<KubeadmConfig>,
) -> Result<(), String> {
    let config = observed.config.as_ref();
    let done = config
        .status
        .initialization
        .as_ref()
        .is_some_and(|reached| reached.data_secret_created == Some(true));
    if done {
        return Ok(());
    }
    let initialization = cluster.status.initialization.clone().unwrap_or_default();
    if initialization.infrastructure_provisioned != Some(true) {
        return Err(
            "Waiting for Cluster status.initialization.infrastructureProvisioned to be true".to_owned(),
        );
    }
    let control_plane = machine.metadata.label(labels::CONTROL_PLANE).is_some();
    let role = match (
        initialization.control_plane_initialized == Some(true),
        control_plane,
    ) {
        (true, true) => Role::JoinControlPlane,
        (true, false) => Role::JoinWorker,
        (false, true) => Role::Init,
        (false, false) => {
            return Err("Waiting for Cluster control plane to be initialized".to_owned());
        }
    };
    let value = bootstrap_data::render(config, machine, cluster, role, observed.random);
    outcome
        .changes
        .push(Change::CreateSecret(Box::new(secret(config, cluster, value))));
    let status = &mut outcome.object.status;
    status.data_secret_name = Some(config.name().to_owned());
    status.initialization.get_or_insert_default().data_secret_created = Some(true);
    Ok(())
}

fn secret(config: &Object<KubeadmConfig>, cluster: &Object<Cluster>, value: String) -> Secret {
    let format = config
        .spec
        .format
        .clone()
        .unwrap_or_else(|| "cloud-config".to_owned());
    Secret {
        metadata: ObjectMeta {
            name: Some(config.name().to_owned()),
            namespace: Some(config.namespace().to_owned()),
            labels: Some(BTreeMap::from([(
                labels::CLUSTER_NAME.to_owned(),
                cluster.name().to_owned(),
            )])),
            owner_references: Some(vec![ownership::reference(config, true)]),
            ..ObjectMeta::default()
        },
        type_: Some(SECRET_TYPE.to_owned()),
        data: Some(BTreeMap::from([
            ("value".to_owned(), ByteString(value.into_bytes())),
            ("format".to_owned(), ByteString(format.into_bytes())),
        ])),
        ..Secret::default()
    }
}
