//! Which host a machine takes, and how: in one write at the version that was seen, so that of two machines the server refuses one.
//!
//! Before that the machine writes on itself which host it means, at its own version: so of two managers that see the same machine
//! one is refused, and no machine takes two hosts. The write that follows carries all that makes the host taken. What comes then (`status.machineRef`, which agents wait for) is written again
//! until it is there, so that a crash in between leaves nothing half done.

use fleetui_api::byoh::names::{self, HOST_READY, reason};
use fleetui_api::byoh::{ByoHost, ByoMachine};
use fleetui_api::conditions::Severity;
use fleetui_api::labels;
use fleetui_api::v1beta2::{Machine, ObjectReference};
use fleetui_rules::hosts::selection::{Request, Selection, select};
use fleetui_rules::hosts::{Host, Watch, machine_label, provider_id};
use fleetui_rules::version::Version;
use serde_json::{Value, json};

use super::super::PoolHost;
use super::super::conditions::Saying;
use super::observe::{Installer, Observed};
use super::plan::Plan;
use crate::change::Change;
use crate::events::Happening;
use crate::kinds::Watched;
use crate::object::{Metadata, Object};

/// Takes the best host, or tells why there is none.
pub(super) fn plan(observed: &Observed, owner: &Object<Machine>, secret: &str, plan: &mut Plan) -> Saying {
    let machine = observed.machine.as_ref();
    let attempts = &machine.status.attempts;
    // What it says of a host goes with that host.
    let status = plan.status();
    status.addresses.clear();
    status.failure_domain = None;
    if attempts.len() >= observed.settings.attempts.max(1) {
        let tried: Vec<String> = attempts
            .iter()
            .map(|attempt| {
                format!(
                    "{}: {}",
                    attempt.host,
                    attempt.message.as_deref().unwrap_or("failed")
                )
            })
            .collect();
        plan.status().host_ref = None;
        let message = format!(
            "Given up after {} hosts\n* {}",
            attempts.len(),
            tried.join("\n* ")
        );
        return Saying::fails(HOST_READY, Severity::Error, reason::HOST_FAILED, message);
    }
    let choice = choose(observed, owner);
    let Some(host) = choice.best else {
        plan.status().host_ref = None;
        return none(observed, &choice.selection, plan);
    };
    let name = host.object.name();
    plan.takes = Some(name.to_owned());
    if choice.intended {
        plan.change(patch(host, claim(observed, owner, secret, host)));
        let taken = format!("Successfully attached ByoHost {name}");
        let serves = format!("Successfully attached to ByoMachine {}", machine.name());
        plan.happenings.extend([
            Happening::normal(machine, "ByoHostAttachSucceeded", taken),
            Happening::normal(host.object.as_ref(), "ByoHostAttachSucceeded", serves).by::<ByoMachine>(),
        ]);
    }
    plan.status().host_ref = Some(ObjectReference {
        api_version: Some(Watched::ByoHost.api_version()),
        kind: Some(Watched::ByoHost.kind().to_owned()),
        name: Some(name.to_owned()),
        namespace: Some(machine.namespace().to_owned()),
        uid: Some(host.object.uid().to_owned()),
        ..ObjectReference::default()
    });
    let (reason, message) = match observed.installer {
        Installer::NotWished => (
            reason::WAITING_FOR_NODE,
            format!("Waiting for host {name} to begin"),
        ),
        Installer::Missing(_) | Installer::Absent(_) | Installer::Present(_) => (
            reason::INSTALLATION_SECRET_NOT_AVAILABLE,
            "Waiting for the installation scripts".to_owned(),
        ),
    };
    Saying::fails(HOST_READY, Severity::Info, reason, message)
}

/// There is no host: the sentence that counts why.
fn none(observed: &Observed, selection: &Selection, plan: &mut Plan) -> Saying {
    plan.outcome.look_again(observed.recheck);
    let (machine, message) = (observed.machine.as_ref(), selection.summary());
    let known = machine.condition(HOST_READY);
    if known.is_none_or(|known| known.reason != reason::HOSTS_UNAVAILABLE) {
        let happening = Happening::warning(machine, "ByoHostSelectionFailed", message.clone());
        plan.happenings.push(happening);
    }
    Saying::fails(HOST_READY, Severity::Info, reason::HOSTS_UNAVAILABLE, message)
}

/// What the rules say.
struct Choice<'a> {
    selection: Selection,
    best: Option<&'a PoolHost>,
    /// The machine has said before that it means to take that host.
    intended: bool,
}

/// Asks the rules.
fn choose<'a>(observed: &'a Observed, owner: &Object<Machine>) -> Choice<'a> {
    let machine = observed.machine.as_ref();
    let hosts: Vec<Host<'_>> = observed.pool.iter().map(PoolHost::facts).collect();
    let wanted: Option<Version> = match observed.installer {
        Installer::NotWished => None,
        Installer::Missing(_) | Installer::Absent(_) | Installer::Present(_) => owner
            .spec
            .version
            .as_deref()
            .and_then(|version| version.parse().ok()),
    };
    let set = set_of(owner);
    let selection = select(
        &hosts,
        &Request {
            spec: &machine.spec,
            installs: wanted.as_ref(),
            failure_domain: owner
                .spec
                .failure_domain
                .as_deref()
                .filter(|domain| !domain.is_empty()),
            cluster: Some(owner.spec.cluster_name.as_str()),
            owner: Some(&set),
            tried: machine
                .status
                .attempts
                .iter()
                .map(|attempt| attempt.host.as_str())
                .collect(),
            being_taken: observed.being_taken.iter().map(String::as_str).collect(),
            watch: watch(observed),
        },
    );
    let host = |index: &usize| observed.pool.get(*index);
    let meant = machine
        .status
        .host_ref
        .as_ref()
        .and_then(|host| host.name.as_deref());
    let is_meant = |index: &&usize| host(index).map(|host| host.object.name()) == meant;
    let intended = selection
        .candidates
        .iter()
        .filter(|_| meant.is_some())
        .find(is_meant);
    Choice {
        best: intended.or(selection.candidates.first()).and_then(host),
        intended: intended.is_some(),
        selection,
    }
}

/// By what time hosts are judged.
pub(super) fn watch(observed: &Observed) -> Watch {
    Watch {
        now: observed.now,
        timeout: observed.settings.heartbeat_timeout,
    }
}

/// Everything that makes a host this machine's, as one patch.
fn claim(observed: &Observed, owner: &Object<Machine>, secret: &str, host: &PoolHost) -> Value {
    let machine = observed.machine.as_ref();
    let cluster = owner.spec.cluster_name.as_str();
    let endpoint = observed
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.spec.control_plane_endpoint.as_ref())
        .map(|endpoint| endpoint.host.clone())
        .unwrap_or_default();
    let registry = observed
        .infrastructure
        .as_ref()
        .and_then(|it| it.spec.bundle_lookup_base_registry.clone());
    json!({
        "metadata": {
            "labels": {
                labels::CLUSTER_NAME: cluster,
                names::MACHINE_LABEL: machine_label(machine.namespace(), machine.name()),
            },
            "annotations": {
                names::ENDPOINT_IP: endpoint,
                names::K8S_VERSION: version(owner).unwrap_or_default(),
                names::BUNDLE_REGISTRY: registry.unwrap_or_default(),
                names::SERVED: set_of(owner),
            },
        },
        "spec": {
            "claimRef": reference(machine),
            "providerID": provider_id(host.object.name(), machine.uid()),
            "bootstrapSecret": {
                "apiVersion": "v1", "kind": "Secret", "namespace": machine.namespace(), "name": secret,
            },
        },
    })
}

/// Writes what is missing of a host that is taken: the reference that its agent waits for, and after upstream's manager or a
/// crash the labels too. Tells whether anything was missing.
pub(super) fn repair(observed: &Observed, owner: &Object<Machine>, host: &PoolHost, plan: &mut Plan) -> bool {
    let machine = observed.machine.as_ref();
    let object: &Object<ByoHost> = &host.object;
    let has_labels = object.metadata.label(labels::CLUSTER_NAME).is_some()
        && object.metadata.label(names::MACHINE_LABEL).is_some();
    let secret = owner.spec.bootstrap.data_secret_name.as_deref();
    if let (false, Some(secret)) = (has_labels && object.spec.bootstrap_secret.is_some(), secret) {
        plan.change(patch(host, claim(observed, owner, secret, host)));
        return true;
    }
    let named = object
        .status
        .machine_ref
        .as_ref()
        .is_some_and(|reference| reference.uid.as_deref() == Some(machine.uid()));
    if !named {
        plan.change(object.id().map(|id| Change::PatchStatus {
            id,
            version: object.metadata.resource_version.clone(),
            patch: json!({"status": {"machineRef": reference(machine)}}),
        }));
    }
    !named
}

/// A patch of a host at the version that was seen.
pub(super) fn patch(host: &PoolHost, patch: Value) -> Option<Change> {
    Some(Change::Patch {
        id: host.object.id()?,
        version: host.object.metadata.resource_version.clone(),
        patch,
    })
}

fn reference(machine: &Object<ByoMachine>) -> Value {
    json!({
        "apiVersion": Watched::ByoMachine.api_version(), "kind": Watched::ByoMachine.kind(),
        "namespace": machine.namespace(), "name": machine.name(), "uid": machine.uid(),
    })
}

/// The version of a Machine without build data, as the annotation has it.
pub(super) fn version(owner: &Object<Machine>) -> Option<String> {
    let version = owner.spec.version.as_deref()?;
    Some(
        version
            .split_once('+')
            .map_or(version, |(plain, _)| plain)
            .to_owned(),
    )
}

/// The set that a machine belongs to, `<cluster>/<owner>`.
fn set_of(owner: &Object<Machine>) -> String {
    let metadata = &owner.metadata;
    let set = [
        labels::CONTROL_PLANE_NAME,
        labels::DEPLOYMENT_NAME,
        labels::SET_NAME,
    ]
    .into_iter()
    .find_map(|label| metadata.label(label))
    .unwrap_or_else(|| owner.name());
    format!("{}/{set}", owner.spec.cluster_name)
}
