//! What a KubeadmConfig does next: it waits, makes the data once, and keeps the token alive until the machine has joined.

use std::collections::BTreeMap;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, KubeadmConfig, Other};
use fleetui_base::ObjectName;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};

use super::bootstrap_data::{self, Request};
use super::documents::ClusterFacts;
use super::lock::Lock;
use super::observe::{Inputs, Observed, token_of};
use super::stage::{Role, Stage};
use super::status::{self, Data};
use super::token;
use crate::certificates::{self, Purpose, SECRET_TYPE};
use crate::change::{Change, Outcome};
use crate::object::Object;
use crate::{ownership, pausing};

/// How long until somebody who waits for the lock looks again.
const LOCK_PAUSE: Duration = Duration::from_secs(30);

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<KubeadmConfig> {
    let config = observed.config.as_ref();
    let mut outcome = Outcome::unchanged(config);
    if config.is_deleting() {
        return outcome;
    }
    if ownership::is_made_first(&config.metadata) {
        outcome.look_again(observed.recheck);
        return outcome;
    }
    let paused = pausing::paused(config, observed.cluster.as_deref());
    outcome.object.set_condition(paused, observed.now);
    let data = match observed.stage {
        Stage::Rests => return outcome,
        Stage::Unclaimed => {
            outcome.look_again(observed.recheck);
            return outcome;
        }
        Stage::WaitsForInfrastructure => Data::WaitsForInfrastructure,
        Stage::WaitsForControlPlane => Data::WaitsForControlPlane,
        Stage::WaitsForEndpoint => {
            Data::Fails("Waiting for Cluster spec.controlPlaneEndpoint to be set".to_owned())
        }
        Stage::Unsupported => {
            let format = config.spec.format.as_deref().unwrap_or_default();
            Data::Fails(format!(
                "Bootstrap data in the format {format} cannot be made here; only cloud-config can"
            ))
        }
        Stage::Made => {
            keep_token(observed, &mut outcome);
            Data::Made
        }
        Stage::Makes(_) => make(observed, &mut outcome),
        Stage::Renews => renew(observed, &mut outcome),
    };
    status::write(observed, &mut outcome, &data);
    outcome
}

fn keep_token(observed: &Observed, outcome: &mut Outcome<KubeadmConfig>) {
    let (Some(owner), Some(token)) = (&observed.owner, token_of(&observed.config)) else {
        return;
    };
    if owner.machine().is_none() || !owner.has_joined() {
        outcome.look_again(token::CHECKED_EVERY);
    }
    if owner.has_joined() {
        // One of a pool is replaced in time.
        return;
    }
    let cluster = ObjectName::new(observed.config.namespace(), owner.cluster_name());
    outcome
        .changes
        .extend(token::keep_alive(&cluster, token, &observed.token, observed.now));
}

/// Makes the data anew with another token. As long as that cannot be, the data that is there stays.
fn renew(observed: &Observed, outcome: &mut Outcome<KubeadmConfig>) -> Data {
    let before = (outcome.object.spec.clone(), outcome.changes.len());
    let join = outcome.object.spec.join_configuration.as_mut();
    let shown = join
        .and_then(|join| join.get_mut("discovery")?.get_mut("bootstrapToken"))
        .and_then(Value::as_object_mut);
    if let Some(shown) = shown {
        shown.remove("token");
    }
    match make(observed, outcome) {
        Data::Made => {}
        Data::WaitsForInfrastructure | Data::WaitsForControlPlane | Data::Fails(_) => {
            outcome.object.spec = before.0;
            outcome.changes.truncate(before.1);
        }
    }
    Data::Made
}

/// Makes the data where everything for it is there.
fn make(observed: &Observed, outcome: &mut Outcome<KubeadmConfig>) -> Data {
    let (Some(for_whom), Some(cluster), Some(inputs)) =
        (&observed.owner, &observed.cluster, &observed.inputs)
    else {
        return Data::WaitsForControlPlane;
    };
    let owner = ownership::reference(observed.config.as_ref(), true);
    outcome
        .changes
        .extend(inputs.certificates.create(cluster, &owner));
    if !inputs.certificates.complete() {
        // Those that are made now are read in the next pass: somebody else may have made them in between.
        outcome.look_again(observed.recheck);
        return match inputs.certificates.problem() {
            Some(problem) => Data::Fails(problem.message),
            None => Data::Fails("Waiting for the certificates of the cluster to be made".to_owned()),
        };
    }
    if let Lock::HeldBy(holder) = &inputs.lock {
        let config = observed.config.name();
        tracing::debug!(config, %holder, "another machine initialises the cluster");
        outcome.look_again(LOCK_PAUSE);
        return Data::WaitsForControlPlane;
    }
    if inputs.role != Role::Init {
        let needs_token = prepare_join(observed, cluster, inputs, outcome);
        if let Some(token) = needs_token {
            if !inputs.cluster_answers {
                outcome.object.spec = observed.config.spec.clone();
                outcome.look_again(observed.recheck);
                return Data::Fails("Waiting for the workload cluster to take a bootstrap token".to_owned());
            }
            let name = ObjectName::new(cluster.namespace(), cluster.name());
            outcome.changes.extend(token::create(&name, &token, observed.now));
            outcome.look_again(token::CHECKED_EVERY);
        }
    }
    let facts = bootstrap_data::facts(cluster, for_whom.version());
    match write(observed, &facts, cluster, inputs, outcome) {
        Ok(()) => Data::Made,
        Err(why) => {
            outcome.look_again(observed.recheck);
            Data::Fails(why)
        }
    }
}

/// Completes the JoinConfiguration: how the cluster is found and trusted. Gives the token that has to be made for it.
fn prepare_join(
    observed: &Observed,
    cluster: &Object<Cluster>,
    inputs: &Inputs,
    outcome: &mut Outcome<KubeadmConfig>,
) -> Option<String> {
    let join = outcome.object.spec.join_configuration.get_or_insert_default();
    if inputs.role == Role::JoinControlPlane {
        join.entry("controlPlane").or_insert_with(|| json!({}));
    }
    let discovery = join
        .entry("discovery")
        .or_insert_with(|| json!({}))
        .as_object_mut()?;
    if discovery.get("file").is_some_and(|file| !file.is_null()) {
        return None;
    }
    let discovery = discovery
        .entry("bootstrapToken")
        .or_insert_with(|| json!({}))
        .as_object_mut()?;
    let missing = |discovery: &Other, key: &str| match discovery.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
    };
    if missing(discovery, "apiServerEndpoint") {
        let endpoint = cluster.spec.control_plane_endpoint.as_ref()?;
        let endpoint = format!("{}:{}", endpoint.host, endpoint.port);
        discovery.insert("apiServerEndpoint".to_owned(), Value::from(endpoint));
    }
    let unsafe_skip = discovery.get("unsafeSkipCAVerification") == Some(&Value::Bool(true));
    if !unsafe_skip && missing(discovery, "caCertHashes") {
        let authority = inputs.certificates.pair(Purpose::Cluster)?;
        let pin = fleetui_pki::certificate::key_pin(&authority.certificate).ok()?;
        discovery.insert("caCertHashes".to_owned(), json!([pin]));
    }
    if missing(discovery, "token") {
        let token = inputs.new_token.reveal().clone();
        discovery.insert("token".to_owned(), Value::from(token.as_str()));
        return Some(token);
    }
    // A token of ours that was written down before a crash may not have been made.
    let spec = observed.config.spec.join_configuration.as_ref();
    let known = spec.and_then(|spec| spec.get("discovery"));
    let ours = known.is_some_and(|known| known.pointer("/bootstrapToken/caCertHashes").is_some());
    ours.then(|| token_of(&observed.config).map(str::to_owned))
        .flatten()
}

fn write(
    observed: &Observed,
    facts: &ClusterFacts,
    cluster: &Object<Cluster>,
    inputs: &Inputs,
    outcome: &mut Outcome<KubeadmConfig>,
) -> Result<(), String> {
    let text = bootstrap_data::render(&Request {
        spec: &outcome.object.spec,
        role: inputs.role,
        facts,
        certificates: &inputs.certificates,
        contents: &inputs.contents,
        control_plane_version: inputs.control_plane_version.as_deref(),
    })?;
    let config = observed.config.as_ref();
    let secret = secret(config, cluster, text);
    outcome.changes.push(match &inputs.present {
        None => Change::CreateSecret(Box::new(secret)),
        // Left by a crash, or by an earlier configuration of this name.
        Some(present) => Change::PatchSecret {
            name: ObjectName::new(config.namespace(), config.name()),
            version: present.metadata.resource_version.clone(),
            patch: json!({
                "metadata": {
                    "labels": secret.metadata.labels,
                    "ownerReferences": secret.metadata.owner_references,
                },
                "data": secret.data,
            }),
        },
    });
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
    let owner = ownership::reference(config, true);
    Secret {
        metadata: certificates::metadata(config.name().to_owned(), cluster, owner),
        type_: Some(SECRET_TYPE.to_owned()),
        data: Some(BTreeMap::from([
            ("value".to_owned(), ByteString(value.into_bytes())),
            ("format".to_owned(), ByteString(format.into_bytes())),
        ])),
        ..Secret::default()
    }
}
