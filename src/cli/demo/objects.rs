//! The objects of a demo cluster, as a person would write them: Cluster, control plane, machine deployments, templates.

use fleetui_api::kinds;
use serde_json::{Value, json};

/// What a demo cluster looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Name of the Cluster.
    pub(crate) name: &'static str,
    /// Its namespace.
    pub(crate) namespace: &'static str,
    /// Kubernetes version of the control plane. Where it is another than the workers', the control plane begins with theirs and
    /// is upgraded: kubeadm does not let older workers join.
    pub(crate) version: &'static str,
    /// Kubernetes version of the workers.
    pub(crate) workers: &'static str,
    /// Control plane machines.
    pub(crate) control_plane: i64,
    /// Pools of workers: name and replicas.
    pub(crate) pools: &'static [(&'static str, i64)],
}

impl Shape {
    /// Whether the control plane has been upgraded since the cluster was made.
    pub(crate) fn is_upgraded(&self) -> bool {
        self.version != self.workers
    }

    /// Full name of a pool's MachineDeployment.
    pub(crate) fn deployment(&self, pool: &str) -> String {
        format!("{}-{pool}", self.name)
    }

    /// Name of the control plane.
    pub(crate) fn control_plane_name(&self) -> String {
        format!("{}-control-plane", self.name)
    }

    /// Everything that is applied to make the cluster, in an order in which no reference dangles.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let mut objects = vec![
            self.infrastructure(),
            self.machine_template("control-plane"),
            self.machine_template("worker"),
            self.bootstrap_template(),
            self.control_plane(),
            self.cluster(),
        ];
        objects.extend(
            self.pools
                .iter()
                .map(|(pool, replicas)| self.machine_deployment(pool, *replicas)),
        );
        objects
    }

    fn metadata(&self, name: &str) -> Value {
        json!({
            "name": name,
            "namespace": self.namespace,
            "labels": { "cluster.x-k8s.io/cluster-name": self.name },
        })
    }

    fn cluster(&self) -> Value {
        json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "Cluster",
            "metadata": self.metadata(self.name),
            "spec": {
                "clusterNetwork": {
                    "pods": { "cidrBlocks": ["192.168.0.0/16"] },
                    "services": { "cidrBlocks": ["10.128.0.0/12"] },
                    "serviceDomain": "cluster.local",
                },
                "controlPlaneRef": {
                    "apiGroup": kinds::CONTROL_PLANE,
                    "kind": "KubeadmControlPlane",
                    "name": self.control_plane_name(),
                },
                "infrastructureRef": {
                    "apiGroup": kinds::INFRASTRUCTURE,
                    "kind": "DevCluster",
                    "name": self.name,
                },
            },
        })
    }

    fn infrastructure(&self) -> Value {
        json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2",
            "kind": "DevCluster",
            "metadata": self.metadata(self.name),
            "spec": { "backend": { "inMemory": {} } },
        })
    }

    fn machine_template(&self, part: &str) -> Value {
        json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2",
            "kind": "DevMachineTemplate",
            "metadata": self.metadata(&format!("{}-{part}", self.name)),
            "spec": { "template": { "spec": { "backend": { "inMemory": {} } } } },
        })
    }

    fn bootstrap_template(&self) -> Value {
        json!({
            "apiVersion": "bootstrap.cluster.x-k8s.io/v1beta2",
            "kind": "KubeadmConfigTemplate",
            "metadata": self.metadata(&format!("{}-worker", self.name)),
            "spec": { "template": { "spec": { "joinConfiguration": join() } } },
        })
    }

    fn control_plane(&self) -> Value {
        json!({
            "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2",
            "kind": "KubeadmControlPlane",
            "metadata": self.metadata(&self.control_plane_name()),
            "spec": {
                "replicas": self.control_plane,
                "version": self.workers,
                "machineTemplate": { "spec": { "infrastructureRef": {
                    "apiGroup": kinds::INFRASTRUCTURE,
                    "kind": "DevMachineTemplate",
                    "name": format!("{}-control-plane", self.name),
                } } },
                "kubeadmConfigSpec": { "initConfiguration": kubelet(), "joinConfiguration": join() },
            },
        })
    }

    fn machine_deployment(&self, pool: &str, replicas: i64) -> Value {
        let name = self.deployment(pool);
        let labels = json!({
            "cluster.x-k8s.io/cluster-name": self.name,
            "cluster.x-k8s.io/deployment-name": name,
        });
        json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "MachineDeployment",
            "metadata": self.metadata(&name),
            "spec": {
                "clusterName": self.name,
                "replicas": replicas,
                "rollout": { "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 },
                } },
                "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": {
                        "clusterName": self.name,
                        "version": self.workers,
                        "bootstrap": { "configRef": {
                            "apiGroup": kinds::BOOTSTRAP,
                            "kind": "KubeadmConfigTemplate",
                            "name": format!("{}-worker", self.name),
                        } },
                        "infrastructureRef": {
                            "apiGroup": kinds::INFRASTRUCTURE,
                            "kind": "DevMachineTemplate",
                            "name": format!("{}-worker", self.name),
                        },
                    },
                },
            },
        })
    }
}

/// How nodes are registered.
fn kubelet() -> Value {
    let argument = json!({ "name": "eviction-hard", "value": "nodefs.available<5%" });
    json!({ "nodeRegistration": { "kubeletExtraArgs": [argument] } })
}

/// How a machine joins. The token is written down and the authority is not asked for, as both would be other ones each time;
/// no simulated machine shows the one or checks the other.
fn join() -> Value {
    let mut join = kubelet();
    join["discovery"] = json!({
        "bootstrapToken": { "token": "abcdef.0123456789abcdef", "unsafeSkipCAVerification": true },
    });
    join
}
