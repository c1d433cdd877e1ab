//! Where an object has something that another of its kind has not, without what follows from the cluster, what others write, and
//! what is filled in; never the values, as secrets may be among them.
//!
//! Source: Cluster API v1beta2 and v1beta1: `KubeadmControlPlane.spec`, `KubeadmConfigTemplate.spec.template.spec`,
//! `MachineDeployment.spec`, `Cluster.spec`, and the defaults of their webhooks.

use fleetui_api::convert::NEW_DATA;
use fleetui_api::labels;
use fleetui_api::secret_fields::LAST_APPLIED;
use serde_json::Value;

use super::text;
use crate::create::creation::CREATION;
use crate::create::render::STAND_IN;

/// Labels and annotations that controllers and clients write themselves.
const OWN: [&str; 16] = [
    labels::CLUSTER_NAME,
    labels::CONTROL_PLANE,
    labels::CONTROL_PLANE_NAME,
    labels::DEPLOYMENT_NAME,
    labels::SET_NAME,
    labels::PROVIDER,
    labels::PAUSED,
    labels::CLONED_FROM_NAME,
    labels::CLONED_FROM_GROUP_KIND,
    labels::REVISION,
    labels::DESIRED_REPLICAS,
    labels::MAX_REPLICAS,
    "controlplane.cluster.x-k8s.io/kubeadm-cluster-configuration",
    LAST_APPLIED,
    NEW_DATA,
    CREATION,
];
/// How labels and annotations begin that a topology, or a conversion between versions, writes.
const WRITTEN: [&str; 3] = [
    "topology.cluster.x-k8s.io/",
    "conversion.cluster.x-k8s.io/",
    "conversion.fleetui.dev/",
];
/// Fields of a Cluster, of its infrastructure, its control plane and its sets of workers that are answers, or are told elsewhere,
/// or refer to other objects of it. When all machines were to be replaced is of the past.
const ELSEWHERE: [&[&str]; 23] = [
    &["clusterNetwork", "pods"],
    &["clusterNetwork", "services"],
    &["clusterNetwork", "serviceDomain"],
    &["controlPlaneEndpoint"],
    &["controlPlaneRef"],
    &["infrastructureRef"],
    &["topology"],
    &["clusterName"],
    &["replicas"],
    &["version"],
    &["selector"],
    &["kubeadmConfigSpec"],
    &["rolloutAfter"],
    &["rollout", "after"],
    &["machineTemplate", "metadata"],
    &["machineTemplate", "infrastructureRef"],
    &["machineTemplate", "spec", "infrastructureRef"],
    &["template", "metadata"],
    &["template", "spec", "clusterName"],
    &["template", "spec", "version"],
    &["template", "spec", "bootstrap"],
    &["template", "spec", "infrastructureRef"],
    // Hosts get what an answer says.
    &["bundleLookupBaseRegistry"],
];
/// Fields of templates and of kubeadm's that follow from the cluster, or that a webhook fills in.
const FOLLOWS: [&str; 6] = [
    "installerRef",
    "clusterName",
    "controlPlaneEndpoint",
    "kubernetesVersion",
    "networking",
    "format",
];
/// Fields of kubeadm's that are told in words of their own.
const COMMANDS: [&str; 2] = ["preKubeadmCommands", "postKubeadmCommands"];
const FILES: &str = "files";
/// The field of a template by which its machines choose hosts.
const SELECTOR: &str = "selector";
/// Files that are named; of more it is said how many.
const MOST_FILES: usize = 4;

/// Labels or annotations that only the old object has; of annotations their names alone, as anything may stand in them.
pub(super) fn named((old, new): (&Value, &Value), pointer: &str, with_values: bool) -> Option<String> {
    let new = new.pointer(pointer);
    let all = old.pointer(pointer)?.as_object()?.iter();
    let lacking = all.filter(|(name, _)| {
        let is_own = OWN.contains(&name.as_str()) || WRITTEN.iter().any(|start| name.starts_with(start));
        !is_own && new.and_then(|new| new.get(name.as_str())).is_none()
    });
    let lacking: Vec<String> = lacking
        .map(
            |(name, value)| match value.as_str().filter(|value| with_values && !value.is_empty()) {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            },
        )
        .collect();
    (!lacking.is_empty()).then(|| lacking.join(" "))
}

fn list<'v>(spec: &'v Value, field: &str) -> &'v [Value] {
    spec.get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Files that only the old object has, by their paths: what stands in them is secret.
pub(super) fn files(old: &Value, new: &Value) -> Option<String> {
    let paths = |spec| list(spec, FILES).iter().map(|file| text(file, "/path"));
    let lacking: Vec<&str> = paths(old)
        .filter(|path| paths(new).all(|other| other != *path))
        .collect();
    let named = lacking
        .iter()
        .take(MOST_FILES)
        .copied()
        .collect::<Vec<&str>>()
        .join(", ");
    match lacking.len() {
        0 => None,
        1 => Some(format!("the file {named}")),
        all if all > MOST_FILES => Some(format!("{all} files ({named} …)")),
        all => Some(format!("{all} files ({named})")),
    }
}

/// How many commands only the old object has: tokens may stand in them. The same for another version of Kubernetes is the same.
pub(super) fn commands(old: &Value, new: &Value) -> Option<String> {
    let all = |spec| {
        let lists = COMMANDS.iter().flat_map(move |field| list(spec, field));
        lists.filter_map(|command| {
            let command = command.as_str()?.chars();
            Some(command.filter(|at| !at.is_ascii_digit()).collect())
        })
    };
    let known: Vec<String> = all(new).collect();
    match all(old).filter(|command| !known.contains(command)).count() {
        0 => None,
        1 => Some("a command".to_owned()),
        count => Some(format!("{count} commands")),
    }
}

/// The same of the specs of a Cluster, of its infrastructure, of a control plane or of a set of workers.
pub(super) fn own_fields((old, new): (&Value, &Value), found: &mut Vec<String>) {
    let mut own = old.clone();
    for path in ELSEWHERE {
        let Some((name, holders)) = path.split_last() else {
            continue;
        };
        let mut holder = Some(&mut own);
        for field in holders {
            holder = holder.and_then(|holder| holder.get_mut(field));
        }
        if let Some(holder) = holder.and_then(Value::as_object_mut) {
            holder.remove(*name);
        }
    }
    let mut own_found = Vec::new();
    fields((&own, new), "", &mut own_found);
    // A server gives fields back in no order of its own.
    own_found.sort_unstable();
    found.append(&mut own_found);
}

/// Where the old object has something that the new one has not, or has otherwise: the topmost fields, without their values.
pub(super) fn fields((old, new): (&Value, &Value), path: &str, found: &mut Vec<String>) {
    let Some(old) = old.as_object() else { return };
    for (name, old) in old {
        let is_told = path.is_empty() && (name == FILES || COMMANDS.contains(&name.as_str()));
        if is_told || is_nothing(old) || FOLLOWS.contains(&name.as_str()) {
            continue;
        }
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match new.get(name) {
            Some(new) if new == old || new == STAND_IN => {}
            Some(new) if new.is_object() && old.is_object() => fields((old, new), &path, found),
            None if is_filled_in(name, old) => {}
            Some(_) | None if path == SELECTOR => found.push("the selector of hosts".to_owned()),
            Some(_) | None => found.push(path),
        }
    }
}

/// Whether there is nothing in a value, as in `etcd: {local: {}}`. An empty list is something: it says that there are none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}

/// Whether a webhook or a definition of some version fills a value in where nothing is said.
fn is_filled_in(name: &str, value: &Value) -> bool {
    match name {
        "imagePullPolicy" => value == "IfNotPresent",
        "paused" => value == &Value::Bool(false),
        "minReadySeconds" => value == 0,
        "revisionHistoryLimit" => value == 1,
        "progressDeadlineSeconds" => value == 600,
        "nodeDeletionTimeout" => value == "10s",
        "nodeDeletionTimeoutSeconds" => value == 10,
        _ => false,
    }
}
