//! The cases: into which state a cluster is brought, what the preflight says of it, where the upgrade stands if it is written all
//! the same, and what lets it go on.

use std::ops::RangeInclusive;

use fleetui_api::labels::DELETE_MACHINE;
use fleetui_fleet::act::{Check, Found};
use serde_json::{Value, json};

use super::world::{CLUSTER, CONTROL_PLANE, Ground, Shape, WORKERS, World, thing};

/// A tool that applies what stands in a repository.
const TOOL: &str = "argocd-controller";
/// What holds pods.
const BUDGET: &str = "web";
/// How long a drain may take where it is bounded, in seconds.
pub(super) const DRAIN: i64 = 600;

const SKIP: &str = "machineset.cluster.x-k8s.io/skip-preflight-checks";

/// A check that is not well: its name, what it does about it, and its words.
pub(super) type Said = (&'static str, Sort, &'static str);

const HELD: Said = ("budgets", Sort::Soft, "budget default/web lets none of its");
const FOR_EVER: Said = (
    "drain-timeout",
    Sort::Soft,
    "MachineDeployment md-0 sets no nodeDrainTimeout: a drain that is held waits for ever",
);
/// What is said of workers of another minor version than the control plane's next one.
const NO_JOIN: &str = "and until they are taken there too, no machine is added to MachineDeployment md-0";

fn fewer(words: &'static str) -> Said {
    ("rollout-settled", Sort::Warns, words)
}

/// A state that a cluster may be in before its upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// All is well: three control plane machines, two deployments of different bounds.
    Well,
    /// The same over a minor version, one control plane machine less before one comes.
    Minor,
    Paused,
    PausedWorkers,
    Budget,
    BoundedDrain,
    Unsettled,
    OnDelete,
    Unhealthy,
    Quorum,
    /// A member of etcd is lost, and its machine is the first that goes.
    LostMember,
    /// The same, where a person has marked another machine as the first to go.
    KeptMember,
    Remediation,
    HealthChecks,
    OldWorkers,
    NewWorkers,
    Kubeadm,
    Autoscaler,
    GitOps,
    Deleting,
    NoHost,
    OldHosts,
}

/// What the preflight says of something that is not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Nobody may pass over it.
    Firm,
    /// A person may.
    Soft,
    Warns,
}

/// Something that is done, in the order of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Todo {
    /// The version of the target of this step is written.
    Step(usize),
    /// The workers are given one machine more.
    Grow,
}

/// Where an upgrade stands that does not go on.
pub(super) struct Stand {
    /// What is waited for.
    pub(super) at: Todo,
    /// Objects of this kind say why.
    pub(super) kind: &'static str,
    /// With these words.
    pub(super) words: &'static str,
    /// How many machines of the target are new by then; which old one goes first is not foretold.
    pub(super) new: RangeInclusive<usize>,
}

impl Case {
    /// Those on simulated machines that go through, or stand for what is in the management cluster.
    pub(super) const ALL: [Self; 22] = [
        Self::Well,
        Self::Minor,
        Self::Paused,
        Self::PausedWorkers,
        Self::Budget,
        Self::BoundedDrain,
        Self::Unsettled,
        Self::OnDelete,
        Self::Unhealthy,
        Self::Quorum,
        Self::LostMember,
        Self::KeptMember,
        Self::Remediation,
        Self::HealthChecks,
        Self::OldWorkers,
        Self::NewWorkers,
        Self::Kubeadm,
        Self::Autoscaler,
        Self::GitOps,
        Self::Deleting,
        Self::NoHost,
        Self::OldHosts,
    ];

    pub(super) fn namespace(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    pub(super) fn to(self) -> &'static str {
        match self {
            Self::Minor | Self::Kubeadm | Self::OldWorkers => "v1.32.0",
            Self::OldHosts => "v1.35.0",
            _ => "v1.31.4",
        }
    }

    pub(super) fn shape(self) -> Shape {
        let workers = |more: Value| vec![(WORKERS, 2, more)];
        let rollout = |strategy: Value| json!({"spec": {"rollout": {"strategy": strategy}}});
        let at = |version: &str| json!({"metadata": {"annotations": {SKIP: "All"}}, "spec": {"template": {"spec": {"version": version}}}});
        let less = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}}});
        let bounded =
            json!({"spec": {"template": {"spec": {"deletion": {"nodeDrainTimeoutSeconds": DRAIN}}}}});
        let plain = Shape {
            ground: Ground::Simulated,
            version: "v1.31.2",
            control_plane: 3,
            rollout: json!({}),
            workers: workers(json!({})),
        };
        match self {
            Self::Well | Self::Minor => Shape {
                rollout: if self == Self::Minor { less } else { json!({}) },
                workers: vec![
                    (WORKERS, 2, json!({})),
                    (
                        "md-1",
                        4,
                        rollout(
                            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}}),
                        ),
                    ),
                    (
                        "md-2",
                        2,
                        rollout(
                            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
                        ),
                    ),
                ],
                ..plain
            },
            Self::LostMember | Self::KeptMember => Shape {
                rollout: less,
                ..plain
            },
            Self::Remediation => Shape {
                control_plane: 1,
                ..plain
            },
            Self::BoundedDrain => Shape {
                workers: workers(bounded),
                ..plain
            },
            Self::OnDelete => Shape {
                workers: workers(rollout(json!({"type": "OnDelete"}))),
                ..plain
            },
            Self::OldWorkers => Shape {
                workers: workers(at("v1.28.4")),
                ..plain
            },
            Self::NewWorkers => Shape {
                workers: workers(at("v1.32.0")),
                ..plain
            },
            Self::NoHost | Self::OldHosts => Shape {
                ground: Ground::Hosts,
                version: self.hosts_version(),
                control_plane: 1,
                workers: vec![(WORKERS, 1, json!({}))],
                ..plain
            },
            Self::Paused
            | Self::PausedWorkers
            | Self::Budget
            | Self::Unsettled
            | Self::Unhealthy
            | Self::Quorum
            | Self::HealthChecks
            | Self::Kubeadm
            | Self::Autoscaler
            | Self::GitOps
            | Self::Deleting => plain,
        }
    }

    /// The version that the machines on hosts have at first.
    fn hosts_version(self) -> &'static str {
        if self == Self::OldHosts {
            "v1.34.2"
        } else {
            "v1.31.2"
        }
    }

    /// Hosts that are there from the beginning: how many, and of which system.
    pub(super) fn hosts(self) -> Option<(u32, &'static str)> {
        match self {
            Self::NoHost => Some((2, "Ubuntu 22.04.5 LTS")),
            // With one to spare, so that only the version is missing.
            Self::OldHosts => Some((3, "Ubuntu 20.04.6 LTS")),
            _ => None,
        }
    }

    /// Brings the cluster into the state, once it is Available.
    pub(super) async fn prepare(self, world: &World) {
        let namespace = self.namespace();
        match self {
            Self::Well | Self::Minor | Self::OnDelete | Self::Kubeadm | Self::NoHost | Self::OldHosts => {}
            Self::Paused => {
                let paused = json!({"spec": {"paused": true}});
                world.merge("Cluster", &namespace, CLUSTER, paused).await;
            }
            Self::PausedWorkers => pause_workers(world, &namespace, json!("")).await,
            Self::Budget | Self::BoundedDrain => {
                let machines = world.machines_of(&namespace, WORKERS);
                hold(world, &namespace, &machines[..1]).await;
                if self == Self::BoundedDrain {
                    let bounded = json!({"spec": {"machineTemplate": {"spec": {"deletion": {"nodeDrainTimeoutSeconds": DRAIN}}}}});
                    world
                        .merge("KubeadmControlPlane", &namespace, CONTROL_PLANE, bounded)
                        .await;
                }
            }
            Self::Unsettled => {
                hold(world, &namespace, &world.machines_of(&namespace, WORKERS)).await;
                write_workers(world, &namespace, "v1.31.3").await;
            }
            Self::Unhealthy => {
                let machines = world.machines_of(&namespace, CONTROL_PLANE);
                report(world, &namespace, "kube-scheduler", &machines[..1], "False").await;
            }
            Self::Quorum | Self::LostMember | Self::KeptMember => {
                let machines = world.machines_of(&namespace, CONTROL_PLANE);
                let lost = if self == Self::Quorum { 2 } else { 1 };
                report(world, &namespace, "etcd", &machines[..lost], "False").await;
                if self == Self::KeptMember {
                    let marked = json!({"metadata": {"annotations": {DELETE_MACHINE: ""}}});
                    world.merge("Machine", &namespace, &machines[1], marked).await;
                }
            }
            Self::Remediation => mark(world, &namespace).await,
            Self::HealthChecks => {
                let mut check = thing("MachineHealthCheck", &namespace, "check");
                check["spec"] = json!({
                    "clusterName": CLUSTER,
                    "selector": {"matchLabels": {"cluster.x-k8s.io/deployment-name": WORKERS}},
                    "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 300}]},
                    "remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": 0}},
                });
                world.embedded.create(&check).await;
            }
            Self::OldWorkers | Self::NewWorkers => {
                let checked = json!({"metadata": {"annotations": {SKIP: null}}});
                world
                    .merge("MachineDeployment", &namespace, WORKERS, checked)
                    .await;
            }
            Self::Autoscaler => {
                let size =
                    |which: &str| format!("cluster.x-k8s.io/cluster-api-autoscaler-node-group-{which}-size");
                let scaled = json!({"metadata": {"annotations": {size("min"): "1", size("max"): "5"}}});
                world
                    .merge("MachineDeployment", &namespace, WORKERS, scaled)
                    .await;
            }
            Self::GitOps => sync(world, &namespace).await,
            Self::Deleting => {
                hold(world, &namespace, &world.machines_of(&namespace, WORKERS)).await;
                let workers = thing("MachineDeployment", &namespace, WORKERS);
                world.embedded.delete(&workers).await;
            }
        }
    }

    /// Every check that is not well: its name, what it does about it, and its words.
    pub(super) fn foretold(self) -> Vec<Said> {
        let kubeadm = ("skew-kubeadm", Sort::Warns, NO_JOIN);
        match self {
            Self::Well => Vec::new(),
            Self::Minor | Self::Kubeadm => vec![kubeadm],
            Self::Unhealthy | Self::Quorum | Self::LostMember | Self::KeptMember | Self::Remediation => {
                self.of_control_plane()
            }
            Self::Paused => vec![(
                "paused",
                Sort::Soft,
                "Cluster c is paused: nothing happens until it is resumed",
            )],
            Self::PausedWorkers => vec![("paused", Sort::Soft, "MachineDeployment md-0 is paused")],
            Self::Budget => vec![HELD, FOR_EVER],
            Self::BoundedDrain => vec![HELD],
            Self::Unsettled => {
                let words = "MachineDeployment md-0 is still rolling out: 1 of 2 machines are up to date";
                vec![("rollout-settled", Sort::Firm, words), HELD, FOR_EVER]
            }
            Self::OnDelete => {
                let words = "MachineDeployment md-0 keeps its old machines until somebody deletes them";
                vec![("on-delete", Sort::Warns, words)]
            }
            Self::HealthChecks => {
                let words = "MachineHealthCheck check would repair nothing meanwhile: 1 of 3 machines may not be well then";
                vec![("health-check-limit", Sort::Soft, words)]
            }
            Self::OldWorkers => {
                let words = "MachineDeployment md-0 at v1.28.4 would be more than three minor versions behind v1.32.0: upgrade it first";
                vec![("skew-workers", Sort::Firm, words), kubeadm]
            }
            Self::NewWorkers => {
                let words =
                    "MachineDeployment md-0 at v1.32.0 is newer than its control plane, which runs v1.31.2";
                vec![("control-plane-first", Sort::Firm, words), kubeadm]
            }
            Self::Autoscaler => {
                let words =
                    "the cluster autoscaler may change MachineDeployment md-0 between 1 and 5 meanwhile";
                vec![("autoscaler", Sort::Warns, words)]
            }
            Self::GitOps => {
                let words =
                    "argocd-controller applies the version of MachineDeployment md-0: it will set it back";
                vec![("gitops", Sort::Soft, words)]
            }
            Self::Deleting => vec![
                ("deleting", Sort::Firm, "MachineDeployment md-0 is being deleted"),
                fewer("MachineDeployment md-0 has 0 of 2 machines available"),
                HELD,
                FOR_EVER,
            ],
            Self::NoHost => {
                let words =
                    "KubeadmControlPlane c-cp needs 1 spare host for its rollout: 0/2 hosts can be taken";
                vec![("spare-hosts", Sort::Soft, words)]
            }
            Self::OldHosts => {
                let words =
                    "KubeadmControlPlane c-cp needs 1 spare host for its rollout: 0/3 hosts can be taken";
                vec![
                    kubeadm,
                    (
                        "host-installers",
                        Sort::Firm,
                        "no host's installer has v1.35.0; they have",
                    ),
                    ("spare-hosts", Sort::Soft, words),
                ]
            }
        }
    }

    /// The same of those that have to do with the control plane's machines.
    fn of_control_plane(self) -> Vec<Said> {
        let health = |words: &'static str| ("control-plane-health", Sort::Firm, words);
        let quorum = |words: &'static str| ("etcd-quorum", Sort::Firm, words);
        match self {
            Self::Unhealthy => vec![
                fewer("KubeadmControlPlane c-cp has 2 of 3 machines available"),
                health(": SchedulerPodHealthy is False"),
            ],
            Self::Quorum => vec![
                fewer("KubeadmControlPlane c-cp has 1 of 3 machines available"),
                health("KubeadmControlPlane c-cp is not available"),
                quorum("1 of 3 etcd members are healthy, at least 2 required for etcd quorum"),
            ],
            Self::LostMember => vec![
                fewer("KubeadmControlPlane c-cp has 2 of 3 machines available"),
                (
                    "control-plane-health",
                    Sort::Warns,
                    ": EtcdPodHealthy is False (Provisioning): it is the first to be replaced (maxSurge 0)",
                ),
            ],
            Self::KeptMember => vec![
                fewer("KubeadmControlPlane c-cp has 2 of 3 machines available"),
                health(": EtcdPodHealthy is False"),
                quorum("2 of 3 etcd members are healthy, and the rollout takes one out first (maxSurge 0)"),
            ],
            _ => vec![
                fewer("KubeadmControlPlane c-cp has 0 of 1 machines available"),
                (
                    "remediation-under-way",
                    Sort::Firm,
                    "is about to be replaced by its health check",
                ),
            ],
        }
    }

    /// What is done with a plan of so many steps.
    pub(super) fn todo(self, steps: usize) -> Vec<Todo> {
        let mut todo: Vec<Todo> = (0..steps).map(Todo::Step).collect();
        if matches!(
            self,
            Self::Kubeadm | Self::OldWorkers | Self::NewWorkers | Self::Autoscaler
        ) {
            // Somebody needs a machine more in between.
            todo.insert(1, Todo::Grow);
        }
        todo
    }

    /// Where it stands if nobody does anything about it; nothing where it goes through.
    pub(super) fn stand(self) -> Option<Stand> {
        let ranged = |at: Todo, kind: &'static str, words: &'static str, new: RangeInclusive<usize>| {
            Some(Stand { at, kind, words, new })
        };
        let at = |at: Todo, kind: &'static str, words: &'static str, new: usize| {
            ranged(at, kind, words, new..=new)
        };
        let (control_plane, workers) = (Todo::Step(0), Todo::Step(1));
        let plane = "KubeadmControlPlane";
        match self {
            Self::Well
            | Self::Minor
            | Self::BoundedDrain
            | Self::LostMember
            | Self::Remediation
            | Self::HealthChecks
            | Self::Autoscaler => None,
            Self::Paused => at(control_plane, plane, "Cluster spec.paused is set to true", 0),
            Self::PausedWorkers => at(workers, "MachineDeployment", "Paused True Paused", 0),
            // New ones come until it is the turn of the one that cannot go.
            Self::Budget => ranged(workers, "Machine", "The disruption budget web needs", 1..=2),
            Self::Unsettled => ranged(workers, "Machine", "The disruption budget web needs", 0..=1),
            Self::Deleting => at(workers, "Machine", "The disruption budget web needs", 0),
            Self::OnDelete => at(
                workers,
                "MachineDeployment",
                "Rolling out 2 not up-to-date replicas",
                0,
            ),
            Self::Unhealthy => at(control_plane, plane, "ControlPlaneComponentsHealthy False", 0),
            Self::Quorum | Self::KeptMember => at(control_plane, plane, "EtcdClusterHealthy False", 0),
            Self::OldWorkers => at(
                Todo::Grow,
                "MachineSet",
                "MachineSet version is more than 3 minor versions older than the ControlPlane version",
                0,
            ),
            Self::NewWorkers => at(
                Todo::Grow,
                "MachineSet",
                "MachineSet version is higher than ControlPlane version",
                0,
            ),
            Self::Kubeadm => at(
                Todo::Grow,
                "MachineSet",
                "kubeadm only supports joining with the same major+minor version as the control plane",
                0,
            ),
            Self::GitOps => at(workers, "MachineDeployment", "RollingOut False", 0),
            Self::NoHost => at(control_plane, "ByoMachine", "0/2 hosts can be taken", 1),
            Self::OldHosts => at(control_plane, "ByoMachine", "that cannot install the version", 1),
        }
    }

    /// What happens again and again until something is done about it.
    pub(super) async fn tick_unless(self, released: bool, world: &World) {
        if self == Self::GitOps && !released {
            sync(world, &self.namespace()).await;
        }
    }

    /// Whether nothing but the upgrade is under way, so that it takes the time and the machines that were foretold.
    pub(super) fn is_measured(self) -> bool {
        matches!(self, Self::Well | Self::Minor)
    }

    /// Does something about what holds it, so that it goes on.
    pub(super) async fn release(self, world: &mut World) {
        let namespace = self.namespace();
        match self {
            Self::Paused => {
                let resumed = json!({"spec": {"paused": false}});
                world.merge("Cluster", &namespace, CLUSTER, resumed).await;
            }
            Self::PausedWorkers => pause_workers(world, &namespace, Value::Null).await,
            Self::Budget | Self::Unsettled | Self::Deleting => {
                let allowed = json!({"spec": {"maxUnavailable": 2}});
                let held = world.workload(&namespace);
                let budget = thing("PodDisruptionBudget", "default", BUDGET);
                held.merge(&budget, &allowed).await.expect("it is allowed");
            }
            Self::OnDelete => {
                for name in world.machines_of(&namespace, WORKERS) {
                    world.embedded.delete(&thing("Machine", &namespace, &name)).await;
                }
            }
            Self::Unhealthy => {
                let machines = world.machines_of(&namespace, CONTROL_PLANE);
                report(world, &namespace, "kube-scheduler", &machines, "True").await;
            }
            Self::Quorum | Self::KeptMember => {
                let machines = world.machines_of(&namespace, CONTROL_PLANE);
                report(world, &namespace, "etcd", &machines, "True").await;
            }
            // The control plane follows its workers.
            Self::NewWorkers => {
                let newer = json!({"spec": {"version": "v1.32.0"}});
                world
                    .merge("KubeadmControlPlane", &namespace, CONTROL_PLANE, newer)
                    .await;
            }
            // The tool is told; what is applied from now on has the version.
            Self::GitOps => write_workers(world, &namespace, self.to()).await,
            Self::NoHost => world.add_hosts(&namespace, "spare-", 1, "Ubuntu 22.04.5 LTS"),
            Self::OldHosts => world.add_hosts(&namespace, "newer-", 2, "Ubuntu 22.04.5 LTS"),
            // The next step is what helps, or nothing has to.
            Self::OldWorkers
            | Self::Kubeadm
            | Self::Well
            | Self::Minor
            | Self::BoundedDrain
            | Self::LostMember
            | Self::Remediation
            | Self::HealthChecks
            | Self::Autoscaler => {}
        }
    }
}

impl Sort {
    /// Whether a check says so; nothing of one that is well, or could not be looked at.
    pub(super) fn of(check: &Check) -> Option<(Self, &str)> {
        match &check.found {
            Found::Well(_) | Found::Unknown(_) => None,
            Found::Warns(what) => Some((Self::Warns, what)),
            Found::Blocks { why, overridable } => {
                let sort = if *overridable { Self::Soft } else { Self::Firm };
                Some((sort, why))
            }
        }
    }
}

async fn pause_workers(world: &World, namespace: &str, mark: Value) {
    let paused = json!({"metadata": {"annotations": {"cluster.x-k8s.io/paused": mark}}});
    world.merge("MachineDeployment", namespace, WORKERS, paused).await;
}

async fn write_workers(world: &World, namespace: &str, version: &str) {
    let written = json!({"spec": {"template": {"spec": {"version": version}}}});
    world
        .merge("MachineDeployment", namespace, WORKERS, written)
        .await;
}

/// A tool takes the workers to what its repository has.
async fn sync(world: &World, namespace: &str) {
    let mut kept = thing("MachineDeployment", namespace, WORKERS);
    let read = world.get("MachineDeployment", namespace, WORKERS).await;
    kept["spec"] = read["spec"].clone();
    kept["spec"]["template"]["spec"]["version"] = json!("v1.31.2");
    world.embedded.apply(&kept, TOOL).await;
}

/// Pods on the nodes of these machines, none of which a budget lets go.
async fn hold(world: &World, namespace: &str, machines: &[String]) {
    let workload = world.workload(namespace);
    for machine in machines {
        let node = world.node_of(namespace, machine).await;
        let mut pod = thing("Pod", "default", &format!("web-{node}"));
        pod["metadata"]["labels"] = json!({"app": "web"});
        pod["spec"] = json!({
            "nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": "i"}]
        });
        workload.create(&pod).await;
    }
    let mut budget = thing("PodDisruptionBudget", "default", BUDGET);
    budget["spec"] = json!({"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}});
    workload.create(&budget).await;
}

/// The pods of a component on these machines say that they are (not) ready, as their kubelets would.
async fn report(world: &World, namespace: &str, component: &str, machines: &[String], ready: &str) {
    let workload = world.workload(namespace);
    for machine in machines {
        let node = world.node_of(namespace, machine).await;
        let pod = thing("Pod", "kube-system", &format!("{component}-{node}"));
        let status = json!({"conditions": [{"type": "Ready", "status": ready}]});
        workload.set_status(&pod, status).await;
    }
}

/// The only control plane machine is one that a health check wants to be replaced.
async fn mark(world: &World, namespace: &str) {
    let name = world.machines_of(namespace, CONTROL_PLANE).remove(0);
    let machine = world.get("Machine", namespace, &name).await;
    let mut conditions = machine["status"]["conditions"].as_array().unwrap().clone();
    for (kind, reason) in [
        ("HealthCheckSucceeded", "UnhealthyNode"),
        ("OwnerRemediated", "WaitingForRemediation"),
    ] {
        conditions.push(json!({
            "type": kind, "status": "False", "reason": reason, "message": "the node is not well",
            "lastTransitionTime": world.clock.now().to_string(),
        }));
    }
    let status = json!({ "conditions": conditions });
    world.embedded.set_status(&machine, status).await;
}
