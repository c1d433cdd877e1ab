//! Objects as a busy management cluster has them: v1beta2, a dozen conditions, labels, references.

use fleetui_api::kinds::{CONTROL_PLANE, CORE, INFRASTRUCTURE};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The time at which the fleet is looked at.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// All objects of one kind, as JSON.
pub(crate) struct Kind {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) texts: Vec<String>,
}

/// The version of all of them.
pub(crate) const VERSION: &str = "v1beta2";

/// `count` Machines as JSON, `of_a_cluster` in each cluster, one in 50 of them not ready.
pub(crate) fn texts(count: usize, of_a_cluster: usize) -> Vec<String> {
    (0..count)
        .map(|index| machine(index, of_a_cluster, index % 50 == 7, index + 1000))
        .collect()
}

/// What the machines of a range of clusters belong to: Clusters, what these stand on, control planes, deployments, sets.
pub(crate) fn makers(clusters: std::ops::Range<usize>, of_a_cluster: usize) -> Vec<Kind> {
    let all = |make: &dyn Fn(&str) -> Vec<Value>| -> Vec<String> {
        let names = clusters.clone().map(cluster_name);
        names
            .flat_map(|name| make(&name))
            .map(|object| object.to_string())
            .collect()
    };
    let kind = |group, kind, plural, texts| Kind {
        group,
        name: kind,
        plural,
        texts,
    };
    vec![
        kind(
            CORE,
            "Cluster",
            "clusters",
            all(&|name| vec![cluster(name, of_a_cluster)]),
        ),
        kind(
            INFRASTRUCTURE,
            "DevCluster",
            "devclusters",
            all(&|name| vec![infrastructure(name)]),
        ),
        kind(
            CONTROL_PLANE,
            "KubeadmControlPlane",
            "kubeadmcontrolplanes",
            all(&|name| vec![control_plane(name)]),
        ),
        kind(
            CORE,
            "MachineDeployment",
            "machinedeployments",
            all(&|name| vec![deployment(name, of_a_cluster)]),
        ),
        kind(
            CORE,
            "MachineSet",
            "machinesets",
            all(&|name| (0..3).map(|number| set(name, number, of_a_cluster)).collect()),
        ),
    ]
}

fn cluster_name(number: usize) -> String {
    format!("cluster-{number:05}")
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({ "type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": "2026-05-30T08:00:00Z", "observedGeneration": 1 })
}

/// Conditions that all say what one hopes for.
fn good(kinds: &[&str]) -> Vec<Value> {
    let quiet = [
        "Paused",
        "Deleting",
        "RollingOut",
        "ScalingUp",
        "ScalingDown",
        "Remediating",
    ];
    let positive = kinds.iter().map(|kind| condition(kind, "True", kind, ""));
    let negative = quiet
        .iter()
        .map(|kind| condition(kind, "False", &format!("Not{kind}"), ""));
    positive.chain(negative).collect()
}

fn counters(count: usize) -> Value {
    json!({ "desiredReplicas": count, "replicas": count, "readyReplicas": count, "availableReplicas": count,
            "upToDateReplicas": count })
}

/// What all of them have; `owner` is the kind and the name of the one that made it.
fn object(group: &str, kind: &str, name: &str, owner: Option<(&str, &str)>, cluster: &str) -> Value {
    let owners: Vec<Value> = owner
        .iter()
        .map(|(kind, name)| {
            json!({ "apiVersion": format!("{CORE}/{VERSION}"), "kind": kind, "name": name, "controller": true,
                    "uid": format!("uid-{kind}-{name}") })
        })
        .collect();
    json!({
        "apiVersion": format!("{group}/{VERSION}"),
        "kind": kind,
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("uid-{kind}-{name}"), "resourceVersion": "900",
            "generation": 1, "creationTimestamp": "2026-05-30T07:00:00Z",
            "labels": { "cluster.x-k8s.io/cluster-name": cluster }, "ownerReferences": owners,
        },
    })
}

fn with(mut object: Value, spec: Value, status: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.insert("spec".to_owned(), spec);
        fields.insert("status".to_owned(), status);
    }
    object
}

fn cluster(name: &str, machines: usize) -> Value {
    with(
        object(CORE, "Cluster", name, None, name),
        json!({
            "infrastructureRef": { "apiGroup": INFRASTRUCTURE, "kind": "DevCluster", "name": name },
            "controlPlaneRef": { "apiGroup": CONTROL_PLANE, "kind": "KubeadmControlPlane", "name": format!("{name}-cp") },
        }),
        json!({
            "phase": "Provisioned", "observedGeneration": 1,
            "initialization": { "infrastructureProvisioned": true, "controlPlaneInitialized": true },
            "controlPlane": counters(3), "workers": counters(machines),
            "conditions": good(&["Available", "InfrastructureReady", "ControlPlaneInitialized", "ControlPlaneAvailable",
                "WorkersAvailable", "RemoteConnectionProbe"]),
        }),
    )
}

fn infrastructure(name: &str) -> Value {
    with(
        object(INFRASTRUCTURE, "DevCluster", name, Some(("Cluster", name)), name),
        json!({}),
        json!({ "initialization": { "provisioned": true }, "conditions": good(&["Ready"]) }),
    )
}

fn control_plane(cluster: &str) -> Value {
    let name = format!("{cluster}-cp");
    let mut status = counters(3);
    if let Some(fields) = status.as_object_mut() {
        fields.insert("version".to_owned(), "v1.33.4".into());
        fields.insert(
            "initialization".to_owned(),
            json!({ "controlPlaneInitialized": true }),
        );
        fields.insert(
            "conditions".to_owned(),
            good(&[
                "Available",
                "CertificatesAvailable",
                "EtcdClusterHealthy",
                "MachinesReady",
            ])
            .into(),
        );
    }
    with(
        object(
            CONTROL_PLANE,
            "KubeadmControlPlane",
            &name,
            Some(("Cluster", cluster)),
            cluster,
        ),
        json!({ "replicas": 3, "version": "v1.33.4" }),
        status,
    )
}

fn deployment(cluster: &str, machines: usize) -> Value {
    let name = format!("{cluster}-md-0");
    scaled(
        "MachineDeployment",
        &name,
        ("Cluster", cluster),
        (cluster, machines),
    )
}

fn set(cluster: &str, number: usize, machines: usize) -> Value {
    let (deployment, name) = (format!("{cluster}-md-0"), format!("{cluster}-md-0-{number}"));
    let share = machines / 3 + usize::from(machines % 3 > number);
    scaled(
        "MachineSet",
        &name,
        ("MachineDeployment", &deployment),
        (cluster, share),
    )
}

fn scaled(kind: &str, name: &str, owner: (&str, &str), (cluster, machines): (&str, usize)) -> Value {
    let mut status = counters(machines);
    if let Some(fields) = status.as_object_mut() {
        fields.insert("phase".to_owned(), "Running".into());
        fields.insert("observedGeneration".to_owned(), 1.into());
        fields.insert(
            "conditions".to_owned(),
            good(&["Available", "MachinesReady", "MachinesUpToDate"]).into(),
        );
    }
    with(
        object(CORE, kind, name, Some(owner), cluster),
        json!({ "clusterName": cluster, "replicas": machines,
                "template": { "spec": { "clusterName": cluster, "version": "v1.33.4" } } }),
        status,
    )
}

/// The Machine of that number as JSON, ready or not, at a resourceVersion.
pub(crate) fn machine(index: usize, of_a_cluster: usize, bad: bool, version: usize) -> String {
    let cluster = cluster_name(index / of_a_cluster);
    let set = format!("{cluster}-md-0-{}", index % 3);
    let name = format!("{set}-{index:06}");
    let status = if bad { "False" } else { "True" };
    let message = if bad {
        "* NodeHealthy: Node.Ready: kubelet stopped posting node status"
    } else {
        ""
    };
    let object = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Machine",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": format!("00000000-0000-4000-8000-{index:012}"),
            "resourceVersion": version.to_string(),
            "generation": 1,
            "creationTimestamp": "2026-05-30T07:00:00Z",
            "labels": {
                "cluster.x-k8s.io/cluster-name": cluster,
                "cluster.x-k8s.io/deployment-name": format!("{cluster}-md-0"),
                "cluster.x-k8s.io/set-name": set,
                "machine-template-hash": "4085316412-bxk2p",
            },
            "ownerReferences": [{ "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet", "name": set,
                "uid": format!("11111111-0000-4000-8000-{:012}", index / of_a_cluster), "controller": true }],
            "finalizers": ["machine.cluster.x-k8s.io"],
        },
        "spec": {
            "clusterName": cluster,
            "version": "v1.33.4",
            "providerID": format!("dev:////{name}"),
            "bootstrap": { "configRef": { "apiGroup": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfig", "name": name },
                "dataSecretName": name },
            "infrastructureRef": { "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": name },
        },
        "status": {
            "phase": "Running",
            "nodeRef": { "name": name },
            "initialization": { "bootstrapDataSecretCreated": true, "infrastructureProvisioned": true },
            "conditions": [
                condition("Available", status, if bad { "NotReady" } else { "Available" }, message),
                condition("Ready", status, if bad { "NotReady" } else { "Ready" }, message),
                condition("UpToDate", "True", "UpToDate", ""),
                condition("BootstrapConfigReady", "True", "Ready", ""),
                condition("InfrastructureReady", "True", "Ready", ""),
                condition("NodeHealthy", status, "NodeHealthy", message),
                condition("NodeReady", status, "NodeReady", message),
                condition("Paused", "False", "NotPaused", ""),
                condition("Deleting", "False", "NotDeleting", ""),
            ],
        },
    });
    object.to_string()
}
