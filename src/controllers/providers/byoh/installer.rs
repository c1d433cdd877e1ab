//! K8sInstallerConfig: the scripts that install Kubernetes on the host of its ByoMachine and take it away again, in a Secret.
//!
//! They are made when the host is known. A machine that moves to another host gets a Secret of another name, so that scripts for
//! one operating system never run on another.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::byoh::names::{self, INSTALLER_FINALIZER};
use fleetui_api::byoh::{ByoMachine, K8sInstallerConfig};
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, ContractReference, ObjectReference};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::hosts::installable;
use fleetui_rules::version::Version;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::cache::Cache;
use crate::certificates::SECRET_TYPE;
use crate::change::{Change, Outcome};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::templates::Template;
use crate::{ownership, pausing};

/// What is run on a host before its node is brought up. `@BUNDLE@` stands for the address of the bundle; what is in double braces
/// is the agent's to fill in.
const INSTALL: &str = include_str!("installer/install.sh");
/// What is run when the node is gone.
const UNINSTALL: &str = include_str!("installer/uninstall.sh");
/// The only kind of bundles.
const BUNDLE_TYPE: &str = "k8s";

/// A K8sInstallerConfig and what is around it.
#[derive(Debug, Clone)]
struct Observed {
    config: Arc<Object<K8sInstallerConfig>>,
    machine: Option<Arc<Object<ByoMachine>>>,
    cluster: Option<Arc<Object<Cluster>>>,
    now: Timestamp,
}

/// Reconciles one K8sInstallerConfig.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let (cache, namespace) = (context.cache.as_ref(), id.name.namespace.as_str());
    let Some(config) = cache.get::<K8sInstallerConfig>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let cluster = config.metadata.label(labels::CLUSTER_NAME);
    let observed = Observed {
        cluster: cluster.and_then(|cluster| cache.get::<Cluster>(namespace, cluster)),
        machine: ownership::controller(&config.metadata)
            .filter(|owner| ownership::kind(owner) == Some(Watched::ByoMachine))
            .and_then(|owner| cache.get::<ByoMachine>(namespace, &owner.name)),
        now: context.now(),
        config,
    };
    let outcome = plan(&observed);
    context.apply(&observed.config, outcome).await
}

/// Name of the Secret for a machine that has failed on so many hosts. Upstream calls it like the configuration, which was made
/// for a time when everything of a machine had a name of its own: today its bootstrap data has that very name.
pub(super) fn secret_name(config: &str, attempts: usize) -> String {
    match attempts {
        0 => format!("{config}-install"),
        _ => format!("{config}-install-{attempts}"),
    }
}

/// The template that somebody in `namespace` refers to, if it is there and one of these.
pub(super) fn template(cache: &Cache, reference: &ObjectReference, namespace: &str) -> Option<Template> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let version = text(&reference.api_version);
    let reference = ContractReference {
        api_group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: text(&reference.kind),
        name: text(&reference.name),
    };
    Template::find(cache, &reference, namespace)
        .filter(|template| template.clone_kind == Watched::K8sInstallerConfig)
}

fn plan(observed: &Observed) -> Outcome<K8sInstallerConfig> {
    let config = observed.config.as_ref();
    let mut outcome = Outcome::unchanged(config);
    let paused = pausing::paused(config, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if config.is_deleting() {
        outcome.object.metadata.remove_finalizer(INSTALLER_FINALIZER);
        return outcome;
    }
    outcome.object.metadata.add_finalizer(INSTALLER_FINALIZER);
    let ready = match scripts(observed, &mut outcome) {
        Ok(()) => condition("Ready", ConditionStatus::True, "Ready", ""),
        Err((reason, message)) => condition("Ready", ConditionStatus::False, reason, message),
    };
    outcome.object.set_condition(ready, observed.now);
    outcome
}

/// Sees to the Secret. The error is what is waited for, or what cannot be.
fn scripts(
    observed: &Observed,
    outcome: &mut Outcome<K8sInstallerConfig>,
) -> Result<(), (&'static str, String)> {
    let (config, spec) = (observed.config.as_ref(), &observed.config.spec);
    let waits = |message: &str| Err(("WaitingForHost", message.to_owned()));
    let Some(machine) = observed.machine.as_deref() else {
        return waits("Waiting for the ByoMachine that this is for");
    };
    let name = secret_name(config.name(), machine.status.attempts.len());
    let made = config.status.installation_secret.as_ref();
    if config.status.ready == Some(true) && made.and_then(|made| made.name.as_ref()) == Some(&name) {
        return Ok(());
    }
    outcome.object.status.ready = Some(false);
    let Some(info) = &machine.status.hostinfo else {
        return waits("Waiting for the ByoMachine to have a host");
    };
    let invalid = |message: String| ("CannotInstall", message);
    if spec.bundle_type != BUNDLE_TYPE {
        return Err(invalid(format!(
            "spec.bundleType is {:?}, and only {BUNDLE_TYPE:?} is known",
            spec.bundle_type
        )));
    }
    let version = config.metadata.annotation(names::K8S_VERSION).unwrap_or_default();
    let version: Version = version.parse().map_err(|error| invalid(format!("{error}")))?;
    let bundle = installable::bundle(&spec.bundle_repo, info, &version).map_err(invalid)?;
    outcome
        .changes
        .push(Change::CreateSecret(Box::new(secret(observed, &name, &bundle))));
    let status = &mut outcome.object.status;
    status.ready = Some(true);
    status.installation_secret = Some(ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Secret".to_owned()),
        namespace: Some(config.namespace().to_owned()),
        name: Some(name),
        ..ObjectReference::default()
    });
    Ok(())
}

fn secret(observed: &Observed, name: &str, bundle: &str) -> Secret {
    let config = observed.config.as_ref();
    let cluster = config.metadata.label(labels::CLUSTER_NAME).unwrap_or_default();
    let script = |text: &str| ByteString(text.replace("@BUNDLE@", bundle).into_bytes());
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(config.namespace().to_owned()),
            labels: Some(BTreeMap::from([(
                labels::CLUSTER_NAME.to_owned(),
                cluster.to_owned(),
            )])),
            // It goes with its configuration, which goes with the machine, which stays until the host is clean.
            owner_references: Some(vec![ownership::reference(config, true)]),
            ..ObjectMeta::default()
        },
        type_: Some(SECRET_TYPE.to_owned()),
        data: Some(BTreeMap::from([
            ("install".to_owned(), script(INSTALL)),
            ("uninstall".to_owned(), script(UNINSTALL)),
        ])),
        ..Secret::default()
    }
}
