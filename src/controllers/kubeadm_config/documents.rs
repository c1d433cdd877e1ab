//! kubeadm's own configuration: the documents that `kubeadm init` and `kubeadm join` read, in the version that they read.
//!
//! v1beta4 has lists of arguments and timeouts of its own; v1beta3 has maps of arguments, two timeouts in other places, and no
//! word for what came later. Must not know: how the documents reach the machine.

use fleetui_api::labels::node::UNINITIALIZED_TAINT;
use fleetui_api::v1beta2::Other;
use fleetui_rules::version::Version;
use serde_json::{Map, Value, json};

/// From this minor version on kubeadm reads its API v1beta4.
const V1BETA4_MINOR: u64 = 31;
/// The components whose arguments and variables can be set.
const COMPONENTS: [&str; 3] = ["apiServer", "controllerManager", "scheduler"];
/// Hours in a day.
const DAY: u64 = 24;

/// A version of kubeadm's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    V1Beta3,
    V1Beta4,
}

impl ApiVersion {
    /// The one that kubeadm of this Kubernetes version reads.
    pub(crate) fn of(kubernetes: &str) -> Self {
        match kubernetes.parse::<Version>() {
            Ok(version) if version.major() == 1 && version.minor() < V1BETA4_MINOR => Self::V1Beta3,
            Ok(_) | Err(_) => Self::V1Beta4,
        }
    }

    fn document(self, kind: &str, fields: Other) -> Value {
        let version = match self {
            Self::V1Beta3 => "kubeadm.k8s.io/v1beta3",
            Self::V1Beta4 => "kubeadm.k8s.io/v1beta4",
        };
        let mut document = Map::from_iter([
            ("apiVersion".to_owned(), Value::from(version)),
            ("kind".to_owned(), Value::from(kind)),
        ]);
        document.extend(fields);
        Value::Object(document)
    }
}

/// What the cluster says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClusterFacts {
    pub(crate) name: String,
    pub(crate) kubernetes_version: String,
    /// `host:port`.
    pub(crate) endpoint: String,
    pub(crate) pod_subnet: Option<String>,
    pub(crate) service_subnet: Option<String>,
    pub(crate) dns_domain: Option<String>,
}

/// The ClusterConfiguration. `timeouts` are those of init: the older version has one of them here.
pub(crate) fn cluster_configuration(
    version: ApiVersion,
    configuration: Option<&Other>,
    timeouts: Option<&Value>,
    facts: &ClusterFacts,
) -> Value {
    let mut fields = configuration.cloned().unwrap_or_default();
    let periods = [
        ("certificateValidityPeriodDays", "certificateValidityPeriod"),
        ("caCertificateValidityPeriodDays", "caCertificateValidityPeriod"),
    ];
    for (days, period) in periods {
        let days = fields.remove(days).and_then(|days| days.as_u64());
        if let (ApiVersion::V1Beta4, Some(days)) = (version, days) {
            fields.insert(period.to_owned(), Value::from(format!("{}h0m0s", days * DAY)));
        }
    }
    if version == ApiVersion::V1Beta3 {
        fields.remove("encryptionAlgorithm");
        for component in COMPONENTS {
            older_component(fields.get_mut(component));
        }
        older_component(fields.get_mut("etcd").and_then(|etcd| etcd.get_mut("local")));
        let timeout = timeouts.and_then(|timeouts| timeouts.get("controlPlaneComponentHealthCheckSeconds"));
        if let Some(seconds) = timeout.and_then(Value::as_u64) {
            let server = fields.entry("apiServer").or_insert_with(|| json!({}));
            if let Some(server) = server.as_object_mut() {
                server.insert("timeoutForControlPlane".to_owned(), duration(seconds));
            }
        }
    }
    fields.insert("clusterName".to_owned(), Value::from(facts.name.as_str()));
    fields.insert(
        "kubernetesVersion".to_owned(),
        Value::from(facts.kubernetes_version.as_str()),
    );
    if !facts.endpoint.is_empty() {
        fields
            .entry("controlPlaneEndpoint")
            .or_insert_with(|| Value::from(facts.endpoint.as_str()));
    }
    let networking: Map<String, Value> = [
        ("dnsDomain", &facts.dns_domain),
        ("podSubnet", &facts.pod_subnet),
        ("serviceSubnet", &facts.service_subnet),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value.as_deref()?))))
    .collect();
    if !networking.is_empty() {
        fields.insert("networking".to_owned(), Value::Object(networking));
    }
    version.document("ClusterConfiguration", fields)
}

/// The InitConfiguration.
pub(crate) fn init_configuration(version: ApiVersion, configuration: Option<&Other>) -> Value {
    let mut fields = configuration.cloned().unwrap_or_default();
    node_registration(version, &mut fields);
    timeouts(version, &mut fields);
    let tokens = fields.get_mut("bootstrapTokens").and_then(Value::as_array_mut);
    for token in tokens.into_iter().flatten().filter_map(Value::as_object_mut) {
        if let Some(seconds) = token.remove("ttlSeconds").and_then(|seconds| seconds.as_u64()) {
            token.insert("ttl".to_owned(), duration(seconds));
        }
    }
    version.document("InitConfiguration", fields)
}

/// The JoinConfiguration: of a control plane machine, or of a worker. Workers keep everything off until the Machine controller
/// has put its labels on the node.
pub(crate) fn join_configuration(
    version: ApiVersion,
    configuration: Option<&Other>,
    control_plane: bool,
) -> Value {
    let mut fields = configuration.cloned().unwrap_or_default();
    node_registration(version, &mut fields);
    if let Some(file) = fields
        .get_mut("discovery")
        .and_then(|discovery| discovery.get_mut("file"))
        .and_then(Value::as_object_mut)
    {
        // What the file is made from is written to the machine.
        file.remove("kubeConfig");
    }
    let patience = fields
        .get("timeouts")
        .and_then(|timeouts| timeouts.get("tlsBootstrapSeconds"))
        .and_then(Value::as_u64);
    timeouts(version, &mut fields);
    if let (ApiVersion::V1Beta3, Some(seconds)) = (version, patience)
        && let Some(discovery) = object(&mut fields, "discovery")
    {
        discovery.insert("timeout".to_owned(), duration(seconds));
    }
    if control_plane {
        object(&mut fields, "controlPlane");
    } else {
        fields.remove("controlPlane");
        keep_off(&mut fields);
    }
    version.document("JoinConfiguration", fields)
}

/// The object under `key`, made where there is none.
fn object<'a>(fields: &'a mut Other, key: &str) -> Option<&'a mut Other> {
    fields.entry(key).or_insert_with(|| json!({})).as_object_mut()
}

/// Adds the taint of nodes that have not been seen to yet.
fn keep_off(fields: &mut Other) {
    let taints = object(fields, "nodeRegistration").and_then(|registration| {
        let taints = registration.entry("taints").or_insert_with(|| json!([]));
        taints.as_array_mut()
    });
    if let Some(taints) = taints
        && taints
            .iter()
            .all(|taint| taint.get("key").and_then(Value::as_str) != Some(UNINITIALIZED_TAINT))
    {
        taints.push(json!({"key": UNINITIALIZED_TAINT, "effect": "NoSchedule"}));
    }
}

fn node_registration(version: ApiVersion, fields: &mut Other) {
    let registration = fields.get_mut("nodeRegistration").and_then(Value::as_object_mut);
    if let (ApiVersion::V1Beta3, Some(registration)) = (version, registration) {
        registration.remove("imagePullSerial");
        older_arguments(registration, "kubeletExtraArgs");
    }
}

/// `discoverySeconds: 60` is `discovery: 60s` in the newer version; the older one has no timeouts.
fn timeouts(version: ApiVersion, fields: &mut Other) {
    let Some(timeouts) = fields.remove("timeouts") else {
        return;
    };
    if version == ApiVersion::V1Beta4 {
        let converted: Map<String, Value> = timeouts
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| {
                Some((key.strip_suffix("Seconds")?.to_owned(), duration(value.as_u64()?)))
            })
            .collect();
        fields.insert("timeouts".to_owned(), Value::Object(converted));
    }
}

fn older_component(component: Option<&mut Value>) {
    if let Some(component) = component.and_then(Value::as_object_mut) {
        component.remove("extraEnvs");
        older_arguments(component, "extraArgs");
    }
}

/// `[{name, value}]` as the map that it was before.
fn older_arguments(fields: &mut Other, key: &str) {
    let Some(arguments) = fields.get(key).and_then(Value::as_array) else {
        return;
    };
    let map: Map<String, Value> = arguments
        .iter()
        .filter_map(|argument| {
            let value = argument.get("value").cloned().unwrap_or_else(|| Value::from(""));
            Some((argument.get("name")?.as_str()?.to_owned(), value))
        })
        .collect();
    fields.insert(key.to_owned(), Value::Object(map));
}

/// Seconds as Go writes durations.
fn duration(seconds: u64) -> Value {
    Value::from(format!("{seconds}s"))
}

/// The documents as one YAML text.
pub(crate) fn to_yaml(documents: &[Value]) -> Result<String, serde_yaml::ser::Error> {
    let mut text = String::new();
    for document in documents {
        text.push_str("---\n");
        // Long values stay on one line: not every reader folds lines back as it should.
        let options = serde_yaml::ser_options! { prefer_block_scalars: false };
        serde_yaml::to_fmt_writer_with_options(&mut text, document, options)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}
