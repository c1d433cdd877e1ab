//! For a table of upgrades, what the preflight says and why. What admission decides is held against the embedded server in the
//! tests of the whole program, with the same words.

use serde_json::json;

use super::world::World;
use crate::act::Found;
use crate::fixtures::{condition, object, with};

/// What is expected of one check.
enum Expected {
    Well,
    Warns,
    /// It must not be done; nobody may pass over it.
    Blocks,
    /// It may be passed over.
    Holds,
    Unknown,
    /// It is no question there.
    Absent,
}

use Expected::{Absent, Blocks, Holds, Unknown, Warns, Well};

type Row = (&'static str, fn(&mut World), &'static str, Expected, &'static str);

/// The world and what happened to it, the check, and what it says.
const ROWS: &[Row] = &[
    ("v1.32.0", |_| {}, "version-step", Well, "v1.32.0"),
    ("v1.31.9", |_| {}, "version-step", Well, "v1.31.9"),
    (
        "v1.31.2",
        |_| {},
        "version-step",
        Blocks,
        "no change: everything asks for v1.31.2 already",
    ),
    (
        "v1.33.0",
        |_| {},
        "version-step",
        Blocks,
        "the way leads over v1.32, and no patch version of it is known here: name one with --via",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "KubeadmControlPlane",
                "/status/versions",
                json!([{"version": "v1.30.4"}]),
            );
        },
        "version-step",
        Blocks,
        "the control plane still runs v1.30.4: it has to complete that upgrade before v1.32.0",
    ),
    (
        "v1.30.4",
        |_| {},
        "no-downgrade",
        Blocks,
        "a control plane cannot go back: version cannot be decreased from v1.31.2 to v1.30.4",
    ),
    ("v1.32.0", |_| {}, "no-downgrade", Well, "from v1.31.2 to v1.32.0"),
    (
        "v1.32.0",
        |w| {
            w.set(
                "MachineDeployment",
                "/spec/template/spec/version",
                json!("v1.28.4"),
            );
        },
        "skew-workers",
        Blocks,
        "MachineDeployment md-0 at v1.28.4 would be more than three minor versions behind v1.32.0: upgrade it first",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "MachineDeployment",
                "/spec/template/spec/version",
                json!("v1.29.4"),
            );
        },
        "skew-workers",
        Well,
        "never more than three",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "MachineDeployment",
                "/spec/template/spec/version",
                json!("v1.32.0"),
            );
        },
        "control-plane-first",
        Blocks,
        "MachineDeployment md-0 at v1.32.0 is newer than its control plane, which runs v1.31.2",
    ),
    (
        "v1.32.0",
        |_| {},
        "skew-kubeadm",
        Warns,
        "no machine is added to MachineDeployment md-0",
    ),
    ("v1.31.9", |_| {}, "skew-kubeadm", Well, ""),
    (
        "v1.24.8",
        |w| w.old("v1.23.14", "v1.10.4"),
        "old-registry",
        Blocks,
        "cannot upgrade to a Kubernetes/kubeadm version which is using the old default registry.",
    ),
    (
        "v1.24.8",
        |w| w.old("v1.23.14", "v1.12.0"),
        "old-registry",
        Warns,
        "k8s.gcr.io",
    ),
    (
        "v1.24.9",
        |w| w.old("v1.23.14", "v1.10.4"),
        "old-registry",
        Absent,
        "",
    ),
    (
        "v1.24.8",
        |w| {
            w.old("v1.23.14", "v1.10.4");
            w.set(
                "KubeadmControlPlane",
                "/spec/kubeadmConfigSpec/clusterConfiguration/imageRepository",
                json!("registry.local"),
            );
        },
        "old-registry",
        Well,
        "a registry of its own",
    ),
    (
        "v1.35.5",
        |w| w.old("v1.34.1", "v1.12.7"),
        "kubeadm-regression",
        Blocks,
        "v1.35.5 needs a control plane provider of v1.12.8 at least, v1.12.7 is installed",
    ),
    (
        "v1.35.5",
        |w| w.old("v1.34.1", "v1.12.8"),
        "kubeadm-regression",
        Well,
        "v1.12.8",
    ),
    (
        "v1.35.5",
        |w| {
            w.old("v1.34.1", "v1.12.7");
            w.providers.clear();
        },
        "kubeadm-regression",
        Unknown,
        "the inventory does not tell",
    ),
    ("v1.32.0", |_| {}, "kubeadm-regression", Absent, ""),
    (
        "v1.32.0",
        |w| w.on_hosts(2, 2, &["v1.31"]),
        "host-installers",
        Blocks,
        "no host's installer has v1.32.0; they have v1.31",
    ),
    (
        "v1.32.0",
        |w| w.on_hosts(2, 2, &["v1.31", "v1.32"]),
        "host-installers",
        Well,
        "",
    ),
    (
        "v1.32.0",
        |w| w.on_hosts(0, 4, &["v1.32"]),
        "spare-hosts",
        Holds,
        "MachineDeployment md-0 needs 1 spare host for its rollout: 0/4 hosts can be taken: 4 with a machine",
    ),
    (
        "v1.32.0",
        |w| w.on_hosts(1, 3, &["v1.32"]),
        "spare-hosts",
        Well,
        "",
    ),
    ("v1.32.0", |_| {}, "spare-hosts", Absent, ""),
    (
        "v1.32.0",
        |w| w.budget(0, "md-0-x-0"),
        "budgets",
        Holds,
        "budget shop/web lets none of its 2 pods go on md-0-x-0",
    ),
    (
        "v1.32.0",
        |w| w.budget(1, "md-0-x-0"),
        "budgets",
        Well,
        "1 disruption budgets",
    ),
    ("v1.32.0", |w| w.budget(0, "elsewhere"), "budgets", Well, ""),
    (
        "v1.32.0",
        |w| w.gathered.no_budgets = Some("no kubeconfig".to_owned()),
        "budgets",
        Unknown,
        "no kubeconfig",
    ),
    (
        "v1.32.0",
        |w| w.budget(0, "md-0-x-0"),
        "drain-timeout",
        Holds,
        "sets no nodeDrainTimeout: a drain that is held waits for ever",
    ),
    (
        "v1.32.0",
        |w| {
            w.budget(0, "md-0-x-0");
            w.set(
                "MachineDeployment",
                "/spec/template/spec/deletion",
                json!({"nodeDrainTimeoutSeconds": 300}),
            );
            w.set(
                "KubeadmControlPlane",
                "/spec/machineTemplate/spec/deletion",
                json!({"nodeDrainTimeoutSeconds": 300}),
            );
        },
        "drain-timeout",
        Well,
        "",
    ),
    (
        "v1.32.0",
        |w| w.set("MachineDeployment", "/status/upToDateReplicas", json!(1)),
        "rollout-settled",
        Blocks,
        "MachineDeployment md-0 is still rolling out: 1 of 2 machines are up to date",
    ),
    (
        "v1.32.0",
        |w| w.set("MachineDeployment", "/status/availableReplicas", json!(1)),
        "rollout-settled",
        Warns,
        "1 of 2 machines available",
    ),
    (
        "v1.32.0",
        |w| {
            w.set("KubeadmControlPlane", "/metadata/generation", json!(2));
            w.set("KubeadmControlPlane", "/status/observedGeneration", json!(1));
        },
        "rollout-settled",
        Blocks,
        "KubeadmControlPlane prod-cp was changed and not looked at since",
    ),
    (
        "v1.32.0",
        |w| w.set("Cluster", "/spec/paused", json!(true)),
        "paused",
        Holds,
        "Cluster prod is paused",
    ),
    (
        "v1.32.0",
        |w| w.set("MachineDeployment", "/spec/paused", json!(true)),
        "paused",
        Holds,
        "MachineDeployment md-0 is paused",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "Cluster",
                "/metadata/deletionTimestamp",
                json!("2026-08-21T11:00:00Z"),
            );
        },
        "deleting",
        Blocks,
        "Cluster prod is being deleted",
    ),
    (
        "v1.32.0",
        |w| w.condition("prod-cp-1", "EtcdMemberHealthy", "False"),
        "control-plane-health",
        Blocks,
        "Machine prod-cp-1: EtcdMemberHealthy is False (Because)",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "KubeadmControlPlane",
                "/status/initialization/controlPlaneInitialized",
                json!(false),
            );
        },
        "control-plane-health",
        Blocks,
        "has not been initialized yet",
    ),
    (
        "v1.32.0",
        |w| {
            w.condition("prod-cp-1", "EtcdMemberHealthy", "False");
            w.condition("prod-cp-2", "EtcdMemberHealthy", "False");
        },
        "etcd-quorum",
        Blocks,
        "1 of 3 etcd members are healthy, at least 2 required for etcd quorum",
    ),
    // The one that is not well goes first, and need not be.
    (
        "v1.32.0",
        |w| w.lose_member("prod-cp-1", 0),
        "etcd-quorum",
        Well,
        "2 of 3 etcd members are healthy, and one that is not is taken out first (maxSurge 0)",
    ),
    (
        "v1.32.0",
        |w| w.lose_member("prod-cp-1", 0),
        "control-plane-health",
        Warns,
        "Machine prod-cp-1: EtcdMemberHealthy is False (Because): it is the first to be replaced (maxSurge 0)",
    ),
    (
        "v1.32.0",
        |w| w.lose_member("prod-cp-1", 1),
        "control-plane-health",
        Blocks,
        "Machine prod-cp-1: EtcdMemberHealthy is False (Because)",
    ),
    // But not where somebody has marked another one.
    (
        "v1.32.0",
        |w| {
            w.lose_member("prod-cp-1", 0);
            w.mark("prod-cp-2");
        },
        "etcd-quorum",
        Blocks,
        "2 of 3 etcd members are healthy, and the rollout takes one out first (maxSurge 0)",
    ),
    (
        "v1.32.0",
        |w| {
            w.lose_member("prod-cp-1", 0);
            w.mark("prod-cp-2");
        },
        "control-plane-health",
        Blocks,
        "Machine prod-cp-1: EtcdMemberHealthy is False (Because)",
    ),
    // Nor where it is at the version already, or one is missing or being deleted.
    (
        "v1.32.0",
        |w| {
            w.lose_member("prod-cp-1", 0);
            w.named("prod-cp-1")["spec"]["version"] = json!("v1.32.0");
        },
        "control-plane-health",
        Blocks,
        "Machine prod-cp-1: EtcdMemberHealthy is False (Because)",
    ),
    (
        "v1.32.0",
        |w| {
            w.lose_member("prod-cp-1", 0);
            w.set("KubeadmControlPlane", "/spec/replicas", json!(5));
        },
        "control-plane-health",
        Blocks,
        "Machine prod-cp-1: EtcdMemberHealthy is False (Because)",
    ),
    (
        "v1.32.0",
        |w| {
            w.lose_member("prod-cp-1", 0);
            w.named("prod-cp-1")["metadata"]["deletionTimestamp"] = json!("2026-08-21T11:00:00Z");
        },
        "control-plane-health",
        Blocks,
        "Machine prod-cp-1 is being deleted",
    ),
    ("v1.32.0", |_| {}, "etcd-quorum", Well, "3 of 3"),
    (
        "v1.32.0",
        |w| w.set("KubeadmControlPlane", "/spec/replicas", json!(2)),
        "even-control-plane",
        Blocks,
        "cannot be an even number when etcd is stacked",
    ),
    (
        "v1.32.0",
        |w| w.health_check(&json!({"unhealthyLessThanOrEqualTo": 0})),
        "health-check-limit",
        Holds,
        "MachineHealthCheck mhc would repair nothing meanwhile",
    ),
    (
        "v1.32.0",
        |w| w.health_check(&json!({"unhealthyLessThanOrEqualTo": "100%"})),
        "health-check-limit",
        Well,
        "",
    ),
    (
        "v1.32.0",
        |w| w.condition("md-0-x-0", "OwnerRemediated", "False"),
        "remediation-under-way",
        Blocks,
        "Machine md-0-x-0 is about to be replaced",
    ),
    (
        "v1.32.0",
        |w| {
            w.set("MachineDeployment", "/metadata/annotations", json!({
        "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "1", "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "9"}));
        },
        "autoscaler",
        Warns,
        "between 1 and 9",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "Cluster",
                "/metadata/annotations",
                json!({"before-upgrade.hook.cluster.cluster.x-k8s.io/backup": ""}),
            );
        },
        "hooks",
        Warns,
        "before-upgrade.hook.cluster.cluster.x-k8s.io/backup",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "MachineDeployment",
                "/spec/rollout",
                json!({"strategy": {"type": "OnDelete"}}),
            );
        },
        "on-delete",
        Warns,
        "until somebody deletes them",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "KubeadmControlPlane",
                "/metadata/managedFields",
                json!([
        {"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:version": {}}}}]),
            );
        },
        "gitops",
        Holds,
        "argocd-controller applies the version of KubeadmControlPlane prod-cp: it will set it back",
    ),
    ("v1.32.0", |_| {}, "admission", Well, ""),
];

/// The same of a cluster of a topology, whose webhook decides on most of it.
const OF_A_TOPOLOGY: &[Row] = &[
    ("v1.32.0", |_| {}, "topology-settled", Well, ""),
    ("v1.32.0", |_| {}, "admission", Well, ""),
    (
        "v1.32.0",
        |w| w.gathered.class = None,
        "admission",
        Blocks,
        "ClusterClass default/quick not found",
    ),
    (
        "v1.32.0",
        |w| {
            w.gathered.class = None;
            w.gathered.no_class = Some("you may not read it".to_owned());
        },
        "admission",
        Unknown,
        "you may not read it",
    ),
    (
        "v1.33.0",
        |_| {},
        "version-step",
        Blocks,
        "version cannot be increased from \"1.31.2\" to \"1.33.0\"",
    ),
    (
        "v1.30.0",
        |_| {},
        "no-downgrade",
        Blocks,
        "version cannot be decreased from \"1.31.2\" to \"1.30.0\"",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "MachineDeployment",
                "/spec/template/spec/version",
                json!("v1.31.0"),
            );
        },
        "topology-settled",
        Blocks,
        "version cannot be changed: there are still MachineDeployments completing a previous upgrade: [md-0]",
    ),
    (
        "v1.32.0",
        |w| w.set("KubeadmControlPlane", "/status/version", json!("v1.30.9")),
        "topology-settled",
        Blocks,
        "version cannot be changed: control plane is still completing a previous upgrade",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "Cluster",
                "/metadata/annotations",
                json!({"runtime.cluster.x-k8s.io/pending-hooks": "AfterClusterUpgrade"}),
            );
        },
        "topology-settled",
        Blocks,
        "version cannot be changed when the \"AfterClusterUpgrade\" hook is still blocking",
    ),
    ("v1.32.0", |_| {}, "topology-reconciled", Absent, ""),
    (
        "v1.32.0",
        World::reconciled_by_nobody,
        "topology-reconciled",
        Holds,
        "nobody reconciles the topology of Cluster prod: it has no effect",
    ),
    (
        "v1.32.0",
        World::reconciled_by_nobody,
        "topology-settled",
        Absent,
        "",
    ),
];

/// A control plane that its provider runs.
const OF_EKS: &[Row] = &[
    (
        "v1.32.0",
        |_| {},
        "control-plane-health",
        Unknown,
        "AWSManagedControlPlane eks does not say that it is available",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "AWSManagedControlPlane",
                "/status",
                json!({"ready": false, "initialized": true}),
            );
        },
        "control-plane-health",
        Blocks,
        "AWSManagedControlPlane eks is not ready",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "AWSManagedControlPlane",
                "/status",
                json!({"ready": true, "initialized": true}),
            );
        },
        "control-plane-health",
        Well,
        "its provider says that it is available",
    ),
    (
        "v1.32.0",
        |w| {
            w.set(
                "AWSManagedControlPlane",
                "/status",
                json!({"ready": true, "initialized": true}),
            );
            let said = condition("ControlPlaneAvailable", "False", "NotAvailable", "no endpoint");
            w.set("Cluster", "/status/conditions", json!([said]));
        },
        "control-plane-health",
        Blocks,
        "Cluster prod says that its control plane is not available: no endpoint",
    ),
    (
        "v1.32.0",
        |w| {
            let said = condition("ControlPlaneAvailable", "True", "Available", "");
            w.set("Cluster", "/status/conditions", json!([said]));
        },
        "control-plane-health",
        Well,
        "its Cluster says that it is available",
    ),
];

impl World {
    /// The same with a control plane that its provider runs, and that has said nothing yet.
    fn eks() -> Self {
        let mut world = Self::plain();
        let objects = &mut world.gathered.objects;
        objects.retain(|object| object["kind"] == "Cluster");
        objects.push(with(
            object(
                "controlplane.cluster.x-k8s.io/v1beta2",
                "AWSManagedControlPlane",
                "eks",
            ),
            &[("/spec/version", json!("v1.31"))],
        ));
        world.set("Cluster", "/status/conditions", json!([]));
        world
    }

    /// Whoever runs controllers says that a topology has no effect.
    fn reconciled_by_nobody(&mut self) {
        let said = condition(
            "TopologyReconciled",
            "False",
            "TopologyNotSupported",
            "it has no effect",
        );
        self.set("Cluster", "/status/conditions", json!([said]));
    }

    /// Everything at `version`, with a control plane provider of `provider`.
    fn old(&mut self, version: &'static str, provider: &'static str) {
        self.set("KubeadmControlPlane", "/spec/version", json!(version));
        self.set("MachineDeployment", "/spec/template/spec/version", json!(version));
        self.roll_out();
        self.providers = vec![("cluster-api", provider), ("control-plane-kubeadm", provider)];
    }
}

fn judge(world: fn() -> World, rows: &[Row]) {
    for (at, (to, change, id, expected, words)) in rows.iter().enumerate() {
        let mut world = world();
        change(&mut world);
        let found = world.preflight(Some(to));
        let check = found.checks.iter().find(|check| check.id == *id);
        let row = format!("row {at}: {id} to {to}: {check:?}");
        let said = match (check.map(|check| &check.found), expected) {
            (None, Absent) => continue,
            (Some(Found::Well(said)), Well)
            | (Some(Found::Warns(said)), Warns)
            | (Some(Found::Unknown(said)), Unknown)
            | (
                Some(Found::Blocks {
                    why: said,
                    overridable: false,
                }),
                Blocks,
            )
            | (
                Some(Found::Blocks {
                    why: said,
                    overridable: true,
                }),
                Holds,
            ) => said,
            _ => panic!("{row}"),
        };
        assert!(said.contains(words), "{row}");
    }
}

#[test]
fn verdict_and_reason_of_upgrades() {
    judge(World::plain, ROWS);
    judge(World::topology, OF_A_TOPOLOGY);
    judge(World::eks, OF_EKS);
}

#[test]
fn every_check_has_a_row_that_it_stops_or_warns_in() {
    let told: Vec<&str> = ROWS
        .iter()
        .chain(OF_A_TOPOLOGY)
        .filter(|(_, _, _, expected, _)| matches!(expected, Blocks | Holds | Warns))
        .map(|(_, _, id, ..)| *id)
        .collect();
    let silent: Vec<&str> = super::super::ids().filter(|id| !told.contains(id)).collect();
    assert_eq!(silent, [""; 0]);
}
