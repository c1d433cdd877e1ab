//! What becomes of a host that is taken: it gets its installation scripts, brings its node up, or fails and is given back.

use fleetui_api::byoh::host::{ByoHostStatus, HostFailure};
use fleetui_api::byoh::machine::HostAttempt;
use fleetui_api::byoh::names::{self, HOST_READY, reason};
use fleetui_api::conditions::Severity;
use fleetui_api::v1beta2::{Machine, MachineAddress, ObjectReference};
use fleetui_base::ObjectName;
use fleetui_base::clock::whole_seconds;
use fleetui_rules::hosts::{Stage, is_provider_id_of, provider_id, quarantine, selection};
use k8s_openapi::api::core::v1::Node;
use kube::core::ApiResource;
use serde_json::json;

use super::super::PoolHost;
use super::super::conditions::Saying;
use super::super::installer::secret_name;
use super::observe::{Installer, Observed};
use super::plan::Plan;
use super::{binding, deletion, eviction};
use crate::change::{Change, WorkloadTarget, WorkloadWrite};
use crate::events::Happening;
use crate::object::Object;

/// Tells where it stands.
pub(super) fn plan(observed: &Observed, owner: &Object<Machine>, host: &PoolHost, plan: &mut Plan) -> Saying {
    let facts = host.facts();
    if facts.stage() == Stage::Releasing {
        let message = format!("Waiting for host {} to be reset", host.object.name());
        return Saying::fails(HOST_READY, Severity::Info, reason::RELEASING, message);
    }
    if let Some(failure) = failed(observed, host) {
        return give_back(observed, host, failure, plan);
    }
    copy_facts(host, plan);
    let stays = eviction::plan(observed, owner, host, plan);
    let mut saying = come_up(observed, owner, host, plan);
    if let (None, Some(stays)) = (saying.fault, stays) {
        saying.message = stays;
    }
    saying
}

fn come_up(observed: &Observed, owner: &Object<Machine>, host: &PoolHost, plan: &mut Plan) -> Saying {
    let facts = host.facts();
    // One write of the host at a time: the next one follows when this one is seen.
    let repaired = binding::repair(observed, owner, host, plan);
    if !repaired
        && observed.machine.status.ready != Some(true)
        && let Some(saying) = hand_over(observed, host, plan)
    {
        return saying;
    }
    if facts.is_true(names::BOOTSTRAP_SUCCEEDED) || observed.machine.spec.provider_id.is_some() {
        return node(observed, owner, host, plan);
    }
    if let Some(silent) = facts.silence(binding::watch(observed)) {
        let message = format!(
            "Host {} was not heard for {} s",
            host.object.name(),
            silent.as_secs()
        );
        return Saying::fails(HOST_READY, Severity::Warning, reason::HEARTBEAT_TIMEOUT, message);
    }
    // No watch tells of a host that falls silent.
    plan.outcome.look_again(observed.recheck);
    let name = host.object.name();
    let (reason, message) = match facts.stage() {
        Stage::Installing => (reason::INSTALLING, format!("Host {name} installs Kubernetes")),
        Stage::Joining => (
            reason::WAITING_FOR_NODE,
            format!("Host {name} brings its node up"),
        ),
        Stage::Free
        | Stage::Unclean
        | Stage::Released
        | Stage::PendingApproval
        | Stage::Registering
        | Stage::Reserved
        | Stage::InUse
        | Stage::Releasing => (
            reason::WAITING_FOR_NODE,
            if waits_in_vain(observed, host) {
                format!(
                    "Host {name} waits for installation scripts, and this machine has none: set spec.installerRef in its ByoMachineTemplate, or run the agent with --skip-installation"
                )
            } else {
                format!("Waiting for host {name} to begin")
            },
        ),
    };
    Saying::fails(HOST_READY, Severity::Info, reason, message)
}

/// Whether the agent waits for scripts that nobody makes.
fn waits_in_vain(observed: &Observed, host: &PoolHost) -> bool {
    let facts = host.facts();
    let told = facts.condition(names::INSTALLATION_SUCCEEDED);
    matches!(observed.installer, Installer::NotWished)
        && host.object.spec.installation_secret.is_none()
        && told.and_then(|told| told.reason.as_deref()) == Some(reason::INSTALLATION_SECRET_UNAVAILABLE)
}

/// The failure of this very machine that its host is held back for.
fn failed<'a>(observed: &Observed, host: &'a PoolHost) -> Option<&'a HostFailure> {
    if observed.machine.spec.provider_id.is_some() {
        return None;
    }
    let failure = host.object.status.quarantine.as_ref()?.failure.as_ref()?;
    (failure.machine_uid.as_deref() == Some(observed.machine.uid())).then_some(failure)
}

/// The host failed: it is reset, and the machine looks for another one.
fn give_back(observed: &Observed, host: &PoolHost, failure: &HostFailure, plan: &mut Plan) -> Saying {
    let (machine, name) = (observed.machine.as_ref(), host.object.name());
    let why = quarantine::describe(failure);
    let attempts = &mut plan.status().attempts;
    if attempts.iter().all(|attempt| attempt.host != name) {
        attempts.push(HostAttempt {
            host: name.to_owned(),
            message: Some(why.clone()),
            time: Some(whole_seconds(observed.now).to_string()),
        });
    }
    // What is installed on the next host depends on that host.
    plan.status().hostinfo = None;
    plan.change(deletion::ask_for_reset(host));
    let message = format!("Host {name} failed: {why}");
    plan.happenings
        .push(Happening::warning(machine, "ByoHostFailed", message.clone()));
    Saying::fails(HOST_READY, Severity::Warning, reason::HOST_FAILED, message)
}

/// What core controllers read of a machine comes from its host.
fn copy_facts(host: &PoolHost, plan: &mut Plan) {
    let (name, facts) = (host.object.name(), host.facts());
    let status = plan.status();
    if host.object.status.hostinfo.is_some() {
        status.hostinfo.clone_from(&host.object.status.hostinfo);
    }
    status.addresses = addresses(name, &host.object.status);
    let zone = selection::zone(&facts);
    status.failure_domain = (!zone.is_empty()).then(|| zone.to_owned());
    let reference = status.host_ref.get_or_insert_default();
    if reference.name.as_deref() != Some(name) {
        reference.name = Some(name.to_owned());
        reference.uid = Some(host.object.uid().to_owned());
    }
}

/// The addresses of the interface with the default route come first.
fn addresses(name: &str, status: &ByoHostStatus) -> Vec<MachineAddress> {
    let address = |kind: &str, address: &str| MachineAddress {
        kind: kind.to_owned(),
        address: address.to_owned(),
    };
    let mut interfaces: Vec<_> = status
        .network
        .iter()
        .filter(|interface| interface.connected != Some(false))
        .collect();
    interfaces.sort_by_key(|interface| interface.is_default != Some(true));
    let plain = |text: &str| text.split_once('/').map_or(text, |(plain, _)| plain).to_owned();
    let reachable = |text: &String| !(text.starts_with("127.") || text.starts_with("fe80:") || text == "::1");
    let all = interfaces.iter().flat_map(|interface| &interface.ip_addrs);
    let internal = all.map(|text| plain(text)).filter(reachable);
    let mut addresses = vec![address("Hostname", name)];
    addresses.extend(internal.map(|text| address("InternalIP", &text)));
    addresses
}

/// Hands the installation scripts over; tells what they wait for.
fn hand_over(observed: &Observed, host: &PoolHost, plan: &mut Plan) -> Option<Saying> {
    let missing = |message: String| {
        let reason = reason::INSTALLATION_SECRET_NOT_AVAILABLE;
        Some(Saying::fails(HOST_READY, Severity::Info, reason, message))
    };
    let config = match &observed.installer {
        Installer::NotWished => return None,
        Installer::Missing(what) => {
            plan.outcome.look_again(observed.recheck);
            return missing(format!(
                "{what} does not exist, or is of a kind that is not known here"
            ));
        }
        Installer::Absent(_) => return missing("Waiting for the installation scripts".to_owned()),
        Installer::Present(config) => config,
    };
    if host.object.spec.installation_secret.is_some() {
        return None;
    }
    let secret = config.status.installation_secret.as_ref();
    // Scripts for an earlier host do not fit this one.
    let expected = secret_name(config.name(), observed.machine.status.attempts.len());
    let fits = |secret: &&ObjectReference| secret.name.as_ref() == Some(&expected);
    let Some(secret) = secret.filter(fits).filter(|_| config.status.ready == Some(true)) else {
        let told = config.condition("Ready").map(|ready| ready.message.clone());
        let told = told.filter(|message| !message.is_empty());
        return missing(told.unwrap_or_else(|| "Waiting for the installation scripts".to_owned()));
    };
    let mut spec = json!({"installationSecret": secret});
    if let (Some(fields), Some(uninstall)) = (spec.as_object_mut(), &config.status.uninstallation_secret) {
        fields.insert("uninstallationSecret".to_owned(), json!(uninstall));
    }
    plan.change(binding::patch(host, json!({"spec": spec})));
    None
}

/// The host says that its node is up: it is given its identity, unless the agent has done so.
fn node(observed: &Observed, owner: &Object<Machine>, host: &PoolHost, plan: &mut Plan) -> Saying {
    let (machine, name) = (observed.machine.as_ref(), host.object.name());
    let planned = host
        .object
        .spec
        .provider_id
        .clone()
        .unwrap_or_else(|| provider_id(name, machine.uid()));
    if let Some(known) = &machine.spec.provider_id {
        return ready(observed, host, known.clone(), plan);
    }
    if host.object.status.provider_id.as_ref() == Some(&planned) {
        // The kubelet has it by itself: nobody has to reach the workload cluster for that.
        return ready(observed, host, planned, plan);
    }
    let waits =
        |message: String| Saying::fails(HOST_READY, Severity::Info, reason::WAITING_FOR_NODE, message);
    plan.outcome.look_again(observed.recheck);
    let Some(node) = observed.node.as_deref().filter(|_| observed.reach.is_live()) else {
        return waits(format!(
            "Waiting for Node {name} to be seen in the workload cluster"
        ));
    };
    let given = node.spec.as_ref().and_then(|spec| spec.provider_id.as_deref());
    match given.filter(|given| !given.is_empty()) {
        None => {
            plan.change(Some(name_node(machine.namespace(), owner, name, &planned)));
            waits(format!("Node {name} is given its identity"))
        }
        Some(given) if is_provider_id_of(given, name) => ready(observed, host, given.to_owned(), plan),
        Some(given) => {
            let message = format!("Node {name} has the identity {given}, which is not one of this host");
            let known = machine.condition(HOST_READY);
            if known.is_none_or(|known| known.reason != reason::PROVIDER_ID_MISMATCH) {
                let happening = Happening::warning(machine, "SetNodeProviderFailed", message.clone());
                plan.happenings.push(happening);
            }
            Saying::fails(HOST_READY, Severity::Error, reason::PROVIDER_ID_MISMATCH, message)
        }
    }
}

fn name_node(namespace: &str, owner: &Object<Machine>, name: &str, provider_id: &str) -> Change {
    Change::Workload {
        cluster: ObjectName::new(namespace, &owner.spec.cluster_name),
        write: WorkloadWrite::Patch {
            target: WorkloadTarget {
                resource: ApiResource::erase::<Node>(&()),
                namespace: None,
                name: name.to_owned(),
            },
            status: false,
            patch: json!({"spec": {"providerID": provider_id}}),
        },
    }
}

fn ready(observed: &Observed, host: &PoolHost, provider_id: String, plan: &mut Plan) -> Saying {
    let machine = observed.machine.as_ref();
    if machine.status.ready != Some(true) {
        let message = format!("Node {} is provisioned", host.object.name());
        plan.happenings
            .push(Happening::normal(machine, "NodeProvisionedSucceeded", message));
    }
    let object = &mut plan.outcome.object;
    object.spec.provider_id = Some(provider_id);
    object.status.ready = Some(true);
    object.status.initialization.get_or_insert_default().provisioned = Some(true);
    Saying::holds(HOST_READY, "Ready")
}
