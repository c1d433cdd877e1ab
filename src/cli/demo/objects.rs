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
    /// Kubernetes version that it is made with.
    pub(crate) version: &'static str,
    /// Control plane machines.
    pub(crate) control_plane: i64,
    /// Pools of workers, one MachineDeployment each: name and replicas.
    pub(crate) pools: &'static [(&'static str, i64)],
    /// MachinePools: name and replicas.
    pub(crate) machine_pools: &'static [(&'static str, i64)],
    /// Pools of workers that a MachineHealthCheck looks after.
    pub(crate) checks: &'static [&'static str],
    /// The hosts that its machines run on; without any they are simulated machines.
    pub(crate) hosts: Option<OnHosts>,
}

/// Labels that a host has to have.
pub(crate) type Labels = &'static [(&'static str, &'static str)];

/// On which hosts a cluster runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnHosts {
    /// Address of the control plane.
    pub(crate) endpoint: &'static str,
    /// The labels of the hosts for `control-plane` and for each pool.
    pub(crate) parts: &'static [(&'static str, Labels)],
}

/// The name of the control plane among the parts of a cluster.
const CONTROL_PLANE: &str = "control-plane";

/// Where hosts get Kubernetes from. They are simulated, so that nothing is fetched from there.
const REGISTRY: &str = "registry.example.com/kubernetes";

impl Shape {
    /// On hosts.
    pub(crate) fn on(self, hosts: OnHosts) -> Self {
        Self {
            hosts: Some(hosts),
            ..self
        }
    }

    /// With MachinePools.
    pub(crate) fn with_machine_pools(self, machine_pools: &'static [(&'static str, i64)]) -> Self {
        Self {
            machine_pools,
            ..self
        }
    }

    /// With MachineHealthChecks of these pools.
    pub(crate) fn checked(self, checks: &'static [&'static str]) -> Self {
        Self { checks, ..self }
    }

    /// Full name of a pool's MachineDeployment, and of what is made for a part.
    pub(crate) fn deployment(&self, pool: &str) -> String {
        format!("{}-{pool}", self.name)
    }

    /// Name of the control plane.
    pub(crate) fn control_plane_name(&self) -> String {
        self.deployment(CONTROL_PLANE)
    }

    /// Everything that is applied to make the cluster, in an order in which no reference dangles.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let mut objects = match &self.hosts {
            None => vec![
                self.infrastructure(),
                self.machine_template(CONTROL_PLANE),
                self.machine_template("worker"),
            ],
            Some(hosts) => {
                let parts = hosts.parts.iter();
                let templates = parts.flat_map(|(part, labels)| self.host_templates(part, labels));
                std::iter::once(self.host_cluster(hosts.endpoint))
                    .chain(templates)
                    .collect()
            }
        };
        objects.extend([self.bootstrap_template(), self.control_plane(), self.cluster()]);
        let pools = self.pools.iter();
        objects.extend(pools.map(|(pool, replicas)| self.machine_deployment(pool, *replicas)));
        let pools = self.machine_pools.iter();
        objects.extend(pools.flat_map(|(pool, replicas)| self.machine_pool(pool, *replicas)));
        objects.extend(self.checks.iter().map(|pool| self.health_check(pool)));
        objects
    }

    /// The kind of a part's machine template, and its name.
    fn template_of(&self, part: &str) -> (&'static str, String) {
        match self.hosts {
            Some(_) => ("ByoMachineTemplate", self.deployment(part)),
            None if part == CONTROL_PLANE => ("DevMachineTemplate", self.deployment(part)),
            None => ("DevMachineTemplate", self.deployment("worker")),
        }
    }

    /// What a reference to a part's machine template says.
    fn template_reference(&self, part: &str) -> Value {
        let (kind, name) = self.template_of(part);
        json!({ "apiGroup": kinds::INFRASTRUCTURE, "kind": kind, "name": name })
    }

    fn host_cluster(&self, endpoint: &str) -> Value {
        json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1",
            "kind": "ByoCluster",
            "metadata": self.metadata(self.name),
            "spec": {
                "bundleLookupBaseRegistry": REGISTRY,
                "controlPlaneEndpoint": { "host": endpoint, "port": 6443 },
            },
        })
    }

    /// What installs Kubernetes on the hosts of a part, and which hosts these are.
    fn host_templates(&self, part: &str, labels: Labels) -> [Value; 2] {
        let name = self.deployment(part);
        let api_version = "infrastructure.cluster.x-k8s.io/v1beta1";
        let labels: serde_json::Map<String, Value> = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let installer = json!({ "bundleRepo": REGISTRY, "bundleType": "k8s" });
        let machine = json!({
            "selector": { "matchLabels": labels },
            "installerRef": {
                "apiVersion": api_version,
                "kind": "K8sInstallerConfigTemplate",
                "name": name,
                "namespace": self.namespace,
            },
        });
        [
            ("K8sInstallerConfigTemplate", installer),
            ("ByoMachineTemplate", machine),
        ]
        .map(|(kind, spec)| {
            json!({
                "apiVersion": api_version,
                "kind": kind,
                "metadata": self.metadata(&name),
                "spec": { "template": { "spec": spec } },
            })
        })
    }

    /// A MachinePool, its machines and how they join.
    fn machine_pool(&self, pool: &str, replicas: i64) -> [Value; 3] {
        let name = self.deployment(pool);
        [
            json!({
                "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2",
                "kind": "DevMachinePool",
                "metadata": self.metadata(&name),
                "spec": { "backend": { "docker": {} } },
            }),
            json!({
                "apiVersion": "bootstrap.cluster.x-k8s.io/v1beta2",
                "kind": "KubeadmConfig",
                "metadata": self.metadata(&name),
                "spec": { "joinConfiguration": join_of_pool() },
            }),
            json!({
                "apiVersion": "cluster.x-k8s.io/v1beta2",
                "kind": "MachinePool",
                "metadata": self.metadata(&name),
                "spec": {
                    "clusterName": self.name,
                    "replicas": replicas,
                    "template": { "spec": {
                        "clusterName": self.name,
                        "version": self.version,
                        "bootstrap": { "configRef": {
                            "apiGroup": kinds::BOOTSTRAP, "kind": "KubeadmConfig", "name": name,
                        } },
                        "infrastructureRef": {
                            "apiGroup": kinds::INFRASTRUCTURE, "kind": "DevMachinePool", "name": name,
                        },
                    } },
                },
            }),
        ]
    }

    /// What replaces machines of a pool whose nodes fail, as long as few of them do.
    fn health_check(&self, pool: &str) -> Value {
        let name = self.deployment(pool);
        let unready = |status: &str| json!({ "type": "Ready", "status": status, "timeoutSeconds": 300 });
        json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "MachineHealthCheck",
            "metadata": self.metadata(&name),
            "spec": {
                "clusterName": self.name,
                "selector": { "matchLabels": { "cluster.x-k8s.io/deployment-name": name } },
                "checks": {
                    "nodeStartupTimeoutSeconds": 1200,
                    "unhealthyNodeConditions": [unready("False"), unready("Unknown")],
                },
                "remediation": { "triggerIf": { "unhealthyLessThanOrEqualTo": "40%" } },
            },
        })
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
                    "kind": if self.hosts.is_some() { "ByoCluster" } else { "DevCluster" },
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
                "version": self.version,
                "machineTemplate": { "spec": { "infrastructureRef": self.template_reference(CONTROL_PLANE) } },
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
                        "version": self.version,
                        "bootstrap": { "configRef": {
                            "apiGroup": kinds::BOOTSTRAP,
                            "kind": "KubeadmConfigTemplate",
                            "name": format!("{}-worker", self.name),
                        } },
                        "infrastructureRef": self.template_reference(pool),
                    },
                },
            },
        })
    }
}

/// How nodes are registered.
pub(super) fn kubelet() -> Value {
    let argument = json!({ "name": "eviction-hard", "value": "nodefs.available<5%" });
    json!({ "nodeRegistration": { "kubeletExtraArgs": [argument] } })
}

/// How a machine joins. The token is written down and the authority is not asked for, as both would be other ones each time;
/// no simulated machine shows the one or checks the other.
pub(super) fn join() -> Value {
    let mut join = kubelet();
    join["discovery"] = json!({
        "bootstrapToken": { "token": "abcdef.0123456789abcdef", "unsafeSkipCAVerification": true },
    });
    join
}

/// How the machines of a pool join: by a file that their image brings, as a token would be replaced by another each time.
fn join_of_pool() -> Value {
    let mut join = kubelet();
    join["discovery"] = json!({ "file": { "kubeConfigPath": "/etc/kubernetes/discovery.conf" } });
    join
}
