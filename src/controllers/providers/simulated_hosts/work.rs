//! What agents do: writes to their ByoHost, and what a step brings about in the workload cluster.
//!
//! Conditions are a list that the manager writes too, so that they are written at the version that was seen. Giving the host back
//! ends in one write, before which it counts as taken.

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::host::HostFailure;
use fleetui_api::byoh::names::{self, BOOTSTRAP_SUCCEEDED, INSTALLATION_SUCCEEDED, reason};
use fleetui_api::labels;
use fleetui_api::v1beta2::ObjectReference;
use fleetui_base::ObjectName;
use fleetui_base::clock::whole_seconds;
use fleetui_rules::old_conditions::{State, good, in_state};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Secret};
use kube::Api;
use kube::api::ListParams;
use serde_json::json;

use super::agent::{Action, Step, machine};
use super::{SIMULATED_ANNOTATION, SimulatedHostSettings, facts};
use crate::change::{Change, status_patch};
use crate::context::Context;
use crate::error::Error;
use crate::events::Happening;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::providers::simulated::kubeadm::Configuration;
use crate::providers::simulated::workload_objects::{self, Host, Role};

/// Label of nodes that are control planes.
const CONTROL_PLANE_NODE: &str = "node-role.kubernetes.io/control-plane";

/// How often leaving a cluster whose API does not answer is tried.
const LEAVING_TRIES: u32 = 3;

/// A host and all that its agent needs.
pub(super) struct Site<'a> {
    pub(super) context: &'a Context,
    pub(super) settings: &'a SimulatedHostSettings,
    pub(super) count: u32,
    pub(super) number: u32,
    /// How often what is done now has failed before.
    pub(super) failures: u32,
}

impl Site<'_> {
    fn id(&self) -> ObjectId {
        let name = facts::name(self.settings, self.number);
        ObjectId::new(Watched::ByoHost, &self.settings.namespace, &name)
    }

    /// The host as it was seen last.
    pub(super) fn host(&self) -> Option<std::sync::Arc<Object<ByoHost>>> {
        let id = self.id();
        self.context
            .cache
            .get::<ByoHost>(&id.name.namespace, &id.name.name)
    }

    /// Does it.
    pub(super) async fn act(&self, action: Action) -> Result<(), Error> {
        match (action, self.host()) {
            (Action::Register, None) => self.make().await,
            (_, None) => Ok(()),
            (Action::Register, Some(host)) => {
                let told = |told: &mut Object<ByoHost>, _| {
                    facts::report(self.settings, self.number, self.count, &mut told.status);
                };
                self.tell(&host, told).await
            }
            (Action::Heartbeat, Some(_)) => self.heartbeat().await,
            (Action::TurnReady, Some(host)) => {
                let turn =
                    |host: &Host, node: &Node| workload_objects::turn_ready(host, node).into_iter().collect();
                self.change_node(&host, turn).await
            }
            (Action::LoseNode, Some(host)) => self.change_node(&host, workload_objects::lose).await,
            (Action::RegainNode, Some(host)) => self.change_node(&host, workload_objects::regain).await,
            (Action::Tell(kind, reason), Some(host)) => {
                self.tell(&host, |told, now| {
                    told.set_old(in_state(kind, State::Info, reason, ""), now);
                })
                .await
            }
            (Action::Fail(step, words), Some(host)) => self.fail(&host, step, words).await,
            (Action::Finish(Step::Install), Some(host)) => self.finish_install(&host).await,
            (Action::Finish(Step::Bootstrap), Some(host)) => self.finish_bootstrap(&host).await,
            (Action::Finish(Step::Reset), Some(host)) => self.finish_reset(&host).await,
        }
    }

    async fn make(&self) -> Result<(), Error> {
        let id = self.id();
        let metadata = json!({
            "name": id.name.name, "namespace": id.name.namespace, "labels": facts::labels(self.settings, self.number),
            "annotations": {SIMULATED_ANNOTATION: ""},
        });
        match Change::create(Watched::ByoHost, &metadata, &json!({})) {
            Some(change) => self.context.change(change).await,
            None => Ok(()),
        }
    }

    async fn heartbeat(&self) -> Result<(), Error> {
        let now = whole_seconds(self.context.now()).to_string();
        self.context
            .change(Change::PatchStatus {
                id: self.id(),
                version: None,
                patch: json!({"status": {"lastHeartbeatTime": now}}),
            })
            .await
    }

    /// Lets the node of a host say something else; what has nothing to say is left alone.
    async fn change_node(
        &self,
        host: &Object<ByoHost>,
        change: fn(&Host, &Node) -> Vec<Change>,
    ) -> Result<(), Error> {
        let Some(cluster) = cluster(host) else {
            return Ok(());
        };
        let nodes: Api<Node> = Api::all(self.context.workload_client(&cluster).await?);
        let name = host.name();
        let node = self
            .context
            .request(format!("get node {name}"), nodes.get(name))
            .await;
        let node = match node {
            Ok(node) => node,
            // Somebody took it away, which ends its waiting too.
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        };
        for change in change(&self.node(host, cluster, Role::Worker), &node) {
            self.context.change(change).await?;
        }
        Ok(())
    }

    /// Writes what is said of a host, at the version that was seen.
    async fn tell(
        &self,
        host: &Object<ByoHost>,
        say: impl FnOnce(&mut Object<ByoHost>, Timestamp),
    ) -> Result<(), Error> {
        let mut told = host.clone();
        let now = self.context.now();
        told.status.last_heartbeat_time = Some(whole_seconds(now).to_string());
        say(&mut told, now);
        match status_patch(host, &told) {
            Some(patch) => {
                self.context
                    .change(Change::PatchStatus {
                        id: self.id(),
                        version: host.metadata.resource_version.clone(),
                        patch,
                    })
                    .await
            }
            None => Ok(()),
        }
    }

    async fn fail(&self, host: &Object<ByoHost>, step: Step, words: String) -> Result<(), Error> {
        let (kind, reason, event) = match step {
            Step::Install => (
                INSTALLATION_SUCCEEDED,
                reason::INSTALLATION_FAILED,
                "InstallScriptExecutionFailed",
            ),
            Step::Bootstrap => (
                BOOTSTRAP_SUCCEEDED,
                reason::CLOUD_INIT_FAILED,
                "BootstrapK8sNodeFailed",
            ),
            Step::Reset => ("", "", "ResetK8sNodeFailed"),
        };
        let message = format!("{} ended with 1: {words}", step.command());
        let failure = HostFailure {
            step: step.as_str().to_owned(),
            command: Some(step.command().to_owned()),
            exit_status: Some(1),
            last_lines: vec![format!("+ {}", step.command()), words],
            machine_uid: Some(machine(host)),
            time: Some(whole_seconds(self.context.now()).to_string()),
        };
        let told = |told: &mut Object<ByoHost>, now| {
            if !kind.is_empty() {
                told.set_old(in_state(kind, State::Error, reason, message.clone()), now);
            }
            told.status.failure = Some(failure);
        };
        self.tell(host, told).await?;
        self.context
            .announce(vec![Happening::warning(host, event, message)])
            .await;
        Ok(())
    }

    /// The scripts have been run; the one that takes Kubernetes away is kept on the host, where nobody deletes it.
    async fn finish_install(&self, host: &Object<ByoHost>) -> Result<(), Error> {
        let secret = self.secret(host.spec.installation_secret.as_ref()).await?;
        if text(&secret, "install").is_none() {
            return Err(Error::Unclear(
                "the installation Secret has no key \"install\"".to_owned(),
            ));
        }
        if let Some(script) = text(&secret, "uninstall").filter(|_| host.spec.uninstallation_script.is_none())
        {
            // This makes a new version, at which the rest is written when it is seen.
            return self
                .context
                .change(Change::Patch {
                    id: self.id(),
                    version: host.metadata.resource_version.clone(),
                    patch: json!({"spec": {"uninstallationScript": script}}),
                })
                .await;
        }
        self.tell(host, |told, now| {
            told.set_old(good(INSTALLATION_SUCCEEDED), now);
        })
        .await?;
        let message = "Kubernetes is installed";
        let happening = Happening::normal(host, "InstallScriptExecutionSucceeded", message);
        self.context.announce(vec![happening]).await;
        Ok(())
    }

    /// The commands of the bootstrap data have been run: the first machine makes the cluster, the others join it.
    async fn finish_bootstrap(&self, host: &Object<ByoHost>) -> Result<(), Error> {
        let secret = self.secret(host.spec.bootstrap_secret.as_ref()).await?;
        let format = text(&secret, "format").unwrap_or_else(|| "cloud-config".to_owned());
        let data = text(&secret, "value").unwrap_or_default();
        let Some(role) = role(&data).filter(|_| format == "cloud-config") else {
            let words = format!("bootstrap data of format {format} neither starts nor joins a cluster");
            return self.fail(host, Step::Bootstrap, words).await;
        };
        let Some(cluster) = cluster(host) else {
            // Whoever took the host has not said for which cluster. Tried again ever later: it may come.
            return Err(Error::Unclear("the host names no cluster".to_owned()));
        };
        if role == Role::Init {
            let what = format!("make workload cluster {cluster}");
            self.context
                .timed(what, self.context.workloads.create(&cluster))
                .await??;
        }
        let provider_id = host.spec.provider_id.clone().unwrap_or_default();
        let kubeadm = match role {
            Role::Init => Configuration::of_bootstrap_data(&data),
            Role::ControlPlane => Configuration::of_cluster(self.context, &cluster).await?,
            Role::Worker => None,
        };
        let node = Host {
            kubeadm: kubeadm.unwrap_or_default(),
            ..self.node(host, cluster, role)
        };
        for change in workload_objects::join(&node) {
            self.context.change(change).await?;
        }
        self.tell(host, |told, now| {
            told.set_old(good(BOOTSTRAP_SUCCEEDED), now);
            told.status.failure = None;
            told.status.provider_id = Some(provider_id).filter(|id| !id.is_empty());
        })
        .await?;
        let happening = Happening::normal(host, "BootstrapK8sNodeSucceeded", "The node is up");
        self.context.announce(vec![happening]).await;
        Ok(())
    }

    fn node(&self, host: &Object<ByoHost>, cluster: ObjectName, role: Role) -> Host {
        Host {
            cluster,
            node: host.name().to_owned(),
            provider_id: host.spec.provider_id.clone().unwrap_or_default(),
            version: host
                .metadata
                .annotation(names::K8S_VERSION)
                .unwrap_or_default()
                .to_owned(),
            address: facts::address(self.settings, self.number, self.count),
            os_image: self.settings.os_image.clone(),
            architecture: self.settings.architecture.clone(),
            role,
            kubeadm: Configuration::default(),
            network: self.settings.simulation.network,
            now: self.context.now(),
        }
    }

    /// What ran on the host is gone, and then all that says whose it was.
    async fn finish_reset(&self, host: &Object<ByoHost>) -> Result<(), Error> {
        if let Some(cluster) = cluster(host)
            && let Err(error) = self.leave(host, cluster).await
            && !error.is_not_found()
        {
            if self.failures < LEAVING_TRIES {
                return Err(error);
            }
            // A real host is clean whether anybody hears of it or not.
            tracing::warn!(host = host.name(), %error, "what ran on a simulated host stays in its cluster");
        }
        let absent = |kind| in_state(kind, State::Info, reason::NODE_ABSENT, "");
        self.tell(host, |told, now| {
            for kind in [BOOTSTRAP_SUCCEEDED, INSTALLATION_SUCCEEDED] {
                told.set_old(absent(kind), now);
            }
            told.status.machine_ref = None;
            told.status.provider_id = None;
            told.status.failure = None;
        })
        .await?;
        let nothing = serde_json::Value::Null;
        self.context
            .change(Change::Patch {
                id: self.id(),
                version: None,
                patch: json!({
                    "metadata": {
                        "labels": {labels::CLUSTER_NAME: nothing, names::MACHINE_LABEL: nothing},
                        "annotations": {
                            names::UNREGISTERING: nothing, names::ENDPOINT_IP: nothing, names::K8S_VERSION: nothing,
                            names::BUNDLE_REGISTRY: nothing, names::RELEASE_CONFIRMED: nothing,
                        },
                    },
                    "spec": {
                        "claimRef": nothing, "providerID": nothing, "bootstrapSecret": nothing,
                        "installationSecret": nothing, "uninstallationSecret": nothing, "uninstallationScript": nothing,
                    },
                }),
            })
            .await?;
        let happening = Happening::normal(host, "ResetK8sNodeSucceeded", "The host is clean");
        self.context.announce(vec![happening]).await;
        Ok(())
    }

    /// Takes away what ran here. With its last control plane the workload cluster ends.
    async fn leave(&self, host: &Object<ByoHost>, cluster: ObjectName) -> Result<(), Error> {
        let Ok(client) = self.context.workload_client(&cluster).await else {
            // It has never been made, or is gone already.
            return Ok(());
        };
        let nodes: Api<Node> = Api::all(client);
        let selector = ListParams::default().labels(CONTROL_PLANE_NODE);
        let what = format!("list control plane nodes of workload cluster {cluster}");
        let planes = self.context.request(what, nodes.list(&selector)).await?;
        let names: Vec<&str> = planes.items.iter().map(|node| node.metadata.name()).collect();
        if !names.contains(&host.name()) {
            return Ok(());
        }
        if names.len() == 1 {
            let what = format!("remove workload cluster {cluster}");
            self.context
                .timed(what, self.context.workloads.delete(&cluster))
                .await??;
            return Ok(());
        }
        for change in workload_objects::remove_pods(&self.node(host, cluster, Role::ControlPlane)) {
            self.context.change(change).await?;
        }
        Ok(())
    }

    /// The Secret that the host names; it is read just before it is used, as tokens in it do not live long.
    async fn secret(&self, reference: Option<&ObjectReference>) -> Result<Secret, Error> {
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        let name = text(reference.and_then(|reference| reference.name.as_ref()));
        let namespace = reference.and_then(|reference| reference.namespace.as_ref());
        let namespace = namespace.unwrap_or(&self.settings.namespace);
        let api: Api<Secret> = Api::namespaced(self.context.client.clone(), namespace);
        self.context
            .request(format!("get Secret {namespace}/{name}"), api.get(&name))
            .await
    }
}

/// The workload cluster that a host belongs to.
pub(super) fn cluster(host: &Object<ByoHost>) -> Option<ObjectName> {
    let name = host.metadata.label(labels::CLUSTER_NAME)?;
    Some(ObjectName::new(host.namespace(), name))
}

/// What bootstrap data does, as a host would find out by doing it.
fn role(data: &str) -> Option<Role> {
    if data.contains("kubeadm init") {
        return Some(Role::Init);
    }
    if !data.contains("kubeadm join") {
        return None;
    }
    let joins = data
        .lines()
        .any(|line| line.trim_start().starts_with("controlPlane:"));
    Some(if joins { Role::ControlPlane } else { Role::Worker })
}

fn text(secret: &Secret, key: &str) -> Option<String> {
    let value = secret.data.as_ref()?.get(key)?;
    String::from_utf8(value.0.clone()).ok()
}
