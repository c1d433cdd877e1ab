//! The cloud-config that a machine boots with.
//!
//! Must not know: when it may be made. Values from objects are written as JSON, which every YAML reader takes as YAML, so that
//! nothing in them can end a string or start a key.

use fleetui_api::v1beta2::{Cluster, KubeadmConfig, Machine};
use fleetui_rules::names;
use fleetui_rules::version::Version;
use serde_json::{Map, Value, json};

use crate::object::Object;

/// Where kubeadm finds its configuration.
const KUBEADM_PATH: &str = "/run/kubeadm/kubeadm.yaml";
/// Touched when bootstrap has succeeded.
const SENTINEL: &str = "/run/cluster-api/bootstrap-success.complete";
/// From this minor version on kubeadm reads its API v1beta4.
const V1BETA4_MINOR: u64 = 31;

/// What a machine does with kubeadm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Starts the cluster.
    Init,
    /// Joins the control plane.
    JoinControlPlane,
    /// Joins as a worker.
    JoinWorker,
}

/// The cloud-config of one machine.
pub(super) fn render(
    config: &Object<KubeadmConfig>,
    machine: &Object<Machine>,
    cluster: &Object<Cluster>,
    role: Role,
    random: u64,
) -> String {
    let kubeadm = kubeadm_documents(config, machine, cluster, role, random);
    let mut files: Vec<Value> = config
        .spec
        .files
        .iter()
        .map(|file| {
            json!({
                "path": file.path,
                "owner": file.owner.as_deref().unwrap_or("root:root"),
                "permissions": file.permissions.as_deref().unwrap_or("0640"),
                "content": file.content.as_deref().unwrap_or_default(),
            })
        })
        .collect();
    files
        .push(json!({"path": KUBEADM_PATH, "owner": "root:root", "permissions": "0640", "content": kubeadm}));
    let mut commands = config.spec.pre_kubeadm_commands.clone();
    let verb = match role {
        Role::Init => "init",
        Role::JoinControlPlane | Role::JoinWorker => "join",
    };
    commands.push(format!(
        "kubeadm {verb} --config {KUBEADM_PATH} && mkdir -p /run/cluster-api && echo success > {SENTINEL}"
    ));
    commands.extend(config.spec.post_kubeadm_commands.iter().cloned());
    let mut text = "## template: jinja\n#cloud-config\n\n".to_owned();
    for (key, values) in [
        ("write_files", files),
        ("runcmd", commands.into_iter().map(Value::String).collect()),
    ] {
        text.push_str(key);
        text.push_str(":\n");
        for value in values {
            text.push_str("- ");
            text.push_str(&value.to_string());
            text.push('\n');
        }
    }
    text
}

/// kubeadm's own configuration: one document to join, two to initialise.
fn kubeadm_documents(
    config: &Object<KubeadmConfig>,
    machine: &Object<Machine>,
    cluster: &Object<Cluster>,
    role: Role,
    random: u64,
) -> String {
    let endpoint = cluster
        .spec
        .control_plane_endpoint
        .as_ref()
        .map(|endpoint| format!("{}:{}", endpoint.host, endpoint.port))
        .unwrap_or_default();
    let version = machine.spec.version.clone().unwrap_or_default();
    let api_version = match version.parse::<Version>() {
        Ok(version) if version.minor() < V1BETA4_MINOR => "kubeadm.k8s.io/v1beta3",
        Ok(_) | Err(_) => "kubeadm.k8s.io/v1beta4",
    };
    let document = |kind: &str, base: Option<&Map<String, Value>>, more: Value| {
        let mut fields = base.cloned().unwrap_or_default();
        fields.insert("apiVersion".to_owned(), Value::from(api_version));
        fields.insert("kind".to_owned(), Value::from(kind));
        if let Value::Object(more) = more {
            fields.extend(more);
        }
        Value::Object(fields).to_string()
    };
    let spec = &config.spec;
    let init = || document("InitConfiguration", spec.init_configuration.as_ref(), json!({}));
    match role {
        Role::Init => {
            let more = json!({
                "clusterName": cluster.name(),
                "controlPlaneEndpoint": endpoint,
                "kubernetesVersion": version,
            });
            let cluster = document("ClusterConfiguration", spec.cluster_configuration.as_ref(), more);
            format!("---\n{cluster}\n---\n{}\n", init())
        }
        Role::JoinControlPlane | Role::JoinWorker => {
            let mut more = json!({"discovery": {"bootstrapToken": {
                "apiServerEndpoint": endpoint,
                "token": token(random),
            }}});
            if let (Role::JoinControlPlane, Some(fields)) = (role, more.as_object_mut()) {
                fields.insert("controlPlane".to_owned(), json!({}));
            }
            format!(
                "---\n{}\n",
                document("JoinConfiguration", spec.join_configuration.as_ref(), more)
            )
        }
    }
}

/// A bootstrap token, `abcdef.0123456789abcdef`.
fn token(random: u64) -> String {
    let characters: String = (0..5_u64)
        .map(|part| names::suffix(names::seeded(random, &part.to_string())))
        .collect();
    let (id, secret) = (
        characters.get(..6).unwrap_or_default(),
        characters.get(6..22).unwrap_or_default(),
    );
    format!("{id}.{secret}")
}
