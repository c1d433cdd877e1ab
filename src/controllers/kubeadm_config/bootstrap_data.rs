//! The bootstrap data of one machine: its cloud-config with certificates, kubeadm's configuration, and the commands.
//!
//! Must not know: when it may be made, and where it is kept.

use fleetui_api::v1beta2::{Cluster, KubeadmConfigSpec, NetworkRanges};

use super::cloud_config::{CloudConfig, File};
use super::documents::{self, ApiVersion, ClusterFacts};
use super::files::{self, Contents};
use super::stage::Role;
use crate::certificates::{Certificates, Purpose};
use crate::object::Object;

/// Where `kubeadm init` finds its configuration.
const INIT_PATH: &str = "/run/kubeadm/kubeadm.yaml";
/// Where `kubeadm join` finds its configuration.
const JOIN_PATH: &str = "/run/kubeadm/kubeadm-join-config.yaml";
/// Written when bootstrap has succeeded.
const SENTINEL: &str = "/run/cluster-api/bootstrap-success.complete";
/// Makes the directory of the sentinel: writing a file makes its directory on every system.
const PLACEHOLDER: (&str, &str) = (
    "/run/cluster-api/placeholder",
    "This file is here for its directory, in which the end of the bootstrap is noted.",
);

/// What the data is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) spec: &'a KubeadmConfigSpec,
    pub(super) role: Role,
    pub(super) facts: &'a ClusterFacts,
    pub(super) certificates: &'a Certificates,
    pub(super) contents: &'a Contents,
    pub(super) control_plane_version: Option<&'a str>,
}

/// The cloud-config. The error says what cannot be made.
pub(super) fn render(request: &Request<'_>) -> Result<String, String> {
    let spec = request.spec;
    let join = spec.join_configuration.as_ref();
    let authority = request.certificates.pair(Purpose::Cluster);
    let mut all = match request.role {
        Role::Init | Role::JoinControlPlane => {
            files::certificates(request.certificates, spec.cluster_configuration.as_ref())
        }
        Role::JoinWorker => Vec::new(),
    };
    all.extend(files::listed(
        &spec.files,
        request.contents,
        request.control_plane_version,
    )?);
    let (verb, path) = match request.role {
        Role::Init => ("init", INIT_PATH),
        Role::JoinControlPlane | Role::JoinWorker => {
            let authority = authority.map(|pair| pair.certificate.as_str());
            all.extend(files::discovery(join, &request.facts.endpoint, authority));
            ("join", JOIN_PATH)
        }
    };
    let kubeadm = documents::to_yaml(&kubeadm(request)).map_err(|error| error.to_string())?;
    all.push(File::of_root(path, kubeadm));
    let (placeholder, why) = PLACEHOLDER;
    all.push(File::of_root(placeholder, why.to_owned()));
    let verbosity = spec
        .verbosity
        .map(|verbosity| format!(" --v {verbosity}"))
        .unwrap_or_default();
    let mut commands = spec.pre_kubeadm_commands.clone();
    commands.push(format!(
        "kubeadm {verb} --config {path}{verbosity} && echo success > {SENTINEL}"
    ));
    commands.extend(spec.post_kubeadm_commands.iter().cloned());
    let config = CloudConfig {
        boot_commands: &spec.boot_commands,
        files: all,
        commands,
        ntp: spec.ntp.as_ref(),
        users: files::users(&spec.users, request.contents)?,
        disks: spec.disk_setup.as_ref(),
        mounts: &spec.mounts,
    };
    Ok(config.render())
}

/// kubeadm's documents: two to initialise, one to join.
fn kubeadm(request: &Request<'_>) -> Vec<serde_json::Value> {
    let (spec, facts) = (request.spec, request.facts);
    let version = ApiVersion::of(&facts.kubernetes_version);
    let (init, join) = (spec.init_configuration.as_ref(), spec.join_configuration.as_ref());
    match request.role {
        Role::Init => vec![
            documents::cluster_configuration(
                version,
                spec.cluster_configuration.as_ref(),
                init.and_then(|init| init.get("timeouts")),
                facts,
            ),
            documents::init_configuration(version, init),
        ],
        Role::JoinControlPlane => vec![documents::join_configuration(version, join, true)],
        Role::JoinWorker => vec![documents::join_configuration(version, join, false)],
    }
}

/// What the cluster says of itself, and the version of Kubernetes that is wished.
pub(crate) fn facts(cluster: &Object<Cluster>, version: Option<&str>) -> ClusterFacts {
    let network = cluster.spec.cluster_network.as_ref();
    let ranges = |ranges: Option<&NetworkRanges>| {
        ranges
            .map(|ranges| ranges.cidr_blocks.join(","))
            .filter(|text| !text.is_empty())
    };
    let endpoint = cluster.spec.control_plane_endpoint.as_ref();
    ClusterFacts {
        name: cluster.name().to_owned(),
        kubernetes_version: version.unwrap_or_default().to_owned(),
        endpoint: endpoint
            .map(|endpoint| format!("{}:{}", endpoint.host, endpoint.port))
            .unwrap_or_default(),
        pod_subnet: ranges(network.and_then(|network| network.pods.as_ref())),
        service_subnet: ranges(network.and_then(|network| network.services.as_ref())),
        dns_domain: network.and_then(|network| network.service_domain.clone()),
    }
}
