//! For a table of upgrades that admission decides: what the preflight says, the embedded server says of the write.

use std::time::Duration;

use fleetui_api::kinds::{CONTROL_PLANE, core};
use fleetui_base::clock::SystemClock;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_client::{ClientSettings, FleetClient};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::Found;
use fleetui_fleet::edit::Field;
use fleetui_fleet::preflight::{Aimed, preflight};
use serde_json::{Value, json};

use crate::embedded::Embedded;

/// An upgrade that is refused.
struct Row {
    /// Whether a topology manages the cluster.
    topology: bool,
    from: &'static str,
    to: &'static str,
    /// The check that says so; none where the rules of the cell already do.
    check: Option<&'static str>,
    /// What is changed before, in the objects of the cluster.
    change: fn(&mut Objects),
    /// Words that both say.
    words: &'static str,
}

fn nothing(_: &mut Objects) {}

fn rows() -> Vec<Row> {
    let of = |topology: bool, (from, to): (&'static str, &'static str), check, change, words| Row {
        topology,
        from,
        to,
        check,
        change,
        words,
    };
    vec![
        of(
            true,
            ("v1.31.2", "v1.33.0"),
            Some("version-step"),
            nothing,
            "version cannot be increased from \"1.31.2\" to \"1.33.0\"",
        ),
        of(
            true,
            ("v1.31.2", "v1.30.0"),
            Some("no-downgrade"),
            nothing,
            "version cannot be decreased from \"1.31.2\" to \"1.30.0\"",
        ),
        of(
            true,
            ("v1.31.2", "v1.32.0"),
            Some("topology-settled"),
            |it| it.deployment["spec"]["template"]["spec"]["version"] = json!("v1.31.0"),
            "version cannot be changed: there are still MachineDeployments completing a previous upgrade: [md-0]",
        ),
        of(
            true,
            ("v1.31.2", "v1.32.0"),
            Some("topology-settled"),
            |it| it.control_plane_status["version"] = json!("v1.30.4"),
            "version cannot be changed: control plane is still completing a previous upgrade",
        ),
        of(
            true,
            ("v1.31.2", "v1.32.0"),
            Some("topology-settled"),
            |it| it.control_plane_status["version"] = Value::Null,
            "version cannot be changed: control plane is currently provisioning",
        ),
        of(
            true,
            ("v1.31.2", "v1.32.0"),
            Some("topology-settled"),
            |it| {
                it.cluster["metadata"]["annotations"] =
                    json!({"runtime.cluster.x-k8s.io/pending-hooks": "AfterClusterUpgrade"});
            },
            "version cannot be changed when the \"AfterClusterUpgrade\" hook is still blocking",
        ),
        of(
            true,
            ("v1.31.2", "v1.32.1"),
            Some("admission"),
            |it| it.class["spec"]["kubernetesVersions"] = json!(["v1.31.2", "v1.32.0"]),
            "version must match one of the versions defined in the ClusterClass",
        ),
        of(
            false,
            ("v1.23.14", "v1.24.8"),
            Some("old-registry"),
            nothing,
            "cannot upgrade to a Kubernetes/kubeadm version which is using the old default registry. Please use a newer Kubernetes \
             patch release which is using the new default registry (>= v1.22.17, >= v1.23.15, >= v1.24.9)",
        ),
        of(
            false,
            ("v1.31.2", "v1.33.0"),
            None,
            nothing,
            "cannot update Kubernetes version from v1.31.2 to v1.33.0",
        ),
    ]
}

/// The checks that are shown here.
pub(crate) fn checks() -> Vec<&'static str> {
    let checks = rows().into_iter().filter_map(|row| row.check);
    checks.collect()
}

/// The objects of one cluster before they are made.
struct Objects {
    class: Value,
    cluster: Value,
    control_plane: Value,
    control_plane_status: Value,
    deployment: Value,
}

/// A class that asks for nothing.
fn class(namespace: &str) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass",
        "metadata": {"namespace": namespace, "name": "quick"},
        "spec": {
            "infrastructure": {"templateRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevClusterTemplate", "name": "t"}},
            "controlPlane": {"templateRef": {"apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "KubeadmControlPlaneTemplate", "name": "t"}},
            "workers": {"machineDeployments": [{
                "class": "w",
                "bootstrap": {"templateRef": {"apiVersion": "bootstrap.cluster.x-k8s.io/v1beta2", "kind": "KubeadmConfigTemplate", "name": "t"}},
                "infrastructure": {"templateRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevMachineTemplate", "name": "t"}},
            }]},
        },
    })
}

impl Objects {
    fn of(namespace: &str, row: &Row) -> Self {
        let owned = if row.topology {
            json!({"cluster.x-k8s.io/cluster-name": "prod", "topology.cluster.x-k8s.io/owned": "",
                "topology.cluster.x-k8s.io/deployment-name": "md-0"})
        } else {
            json!({"cluster.x-k8s.io/cluster-name": "prod"})
        };
        let infrastructure =
            |kind: &str| json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": kind, "name": "t"});
        let mut cluster = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
            "metadata": {"namespace": namespace, "name": "prod"},
            "spec": {
                "controlPlaneRef": {"apiGroup": CONTROL_PLANE, "kind": "KubeadmControlPlane", "name": "prod-cp"},
                "infrastructureRef": infrastructure("DevCluster"),
            },
        });
        if row.topology {
            cluster["spec"]["topology"] = json!({
                "classRef": {"name": "quick"}, "version": row.from, "controlPlane": {"replicas": 3},
                "workers": {"machineDeployments": [{"class": "w", "name": "md-0", "replicas": 2}]},
            });
        }
        Self {
            class: class(namespace),
            cluster,
            control_plane: json!({
                "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "KubeadmControlPlane",
                "metadata": {"namespace": namespace, "name": "prod-cp", "labels": owned},
                "spec": {
                    "replicas": 3, "version": row.from, "kubeadmConfigSpec": {"clusterConfiguration": {}},
                    "machineTemplate": {"spec": {"infrastructureRef": infrastructure("DevMachineTemplate")}},
                },
            }),
            control_plane_status: json!({
                "version": row.from, "versions": [{"version": row.from, "replicas": 3}],
                "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "upToDateReplicas": 3,
                "initialization": {"controlPlaneInitialized": true},
            }),
            deployment: json!({
                "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
                "metadata": {"namespace": namespace, "name": "md-0", "labels": owned},
                "spec": {
                    "clusterName": "prod", "replicas": 2, "selector": {"matchLabels": {}},
                    "template": {"spec": {
                        "clusterName": "prod", "version": row.from, "bootstrap": {"dataSecretName": "s"},
                        "infrastructureRef": infrastructure("DevMachineTemplate"),
                    }},
                },
            }),
        }
    }

    async fn make(&self, server: &Embedded) {
        let class = server.create(&self.class).await;
        // As its controller says of one that is well.
        let looked_at = json!({
            "observedGeneration": class["metadata"]["generation"],
            "conditions": [{"type": "VariablesReady", "status": "True", "reason": "VariablesReady"}],
        });
        server.set_status(&class, looked_at).await;
        server.create(&self.cluster).await;
        server
            .create_with_status(&self.control_plane, self.control_plane_status.clone())
            .await;
        let counters =
            json!({"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "upToDateReplicas": 2});
        server.create_with_status(&self.deployment, counters).await;
    }
}

/// Everything that the client tells until the inventory is there.
async fn known(targets: Vec<fleetui_connect::Target>, name: &ManagementCluster) -> (FleetClient, FleetStore) {
    let (client, mut updates) = FleetClient::start(targets, SystemClock::shared(), ClientSettings::default());
    let mut store = FleetStore::default();
    let waiting = async {
        while store
            .session(name)
            .is_none_or(|session| !session.is_live() || session.providers.is_empty())
        {
            store.apply(updates.recv().await.unwrap());
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .unwrap();
    // It goes on telling, and must not wait for being heard.
    tokio::spawn(async move { while updates.recv().await.is_some() {} });
    (client, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_admission_decides_the_preflight_says_before_with_the_same_words() {
    let server = Embedded::with_webhooks().await;
    let provider = json!({
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Provider",
        "metadata": {"namespace": "default", "name": "control-plane-kubeadm"},
        "type": "ControlPlaneProvider", "providerName": "kubeadm", "version": "v1.10.4",
    });
    server.create(&provider).await;
    for (at, row) in rows().iter().enumerate() {
        let namespace = format!("row-{at}");
        let place = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        server.create(&place).await;
        let mut objects = Objects::of(&namespace, row);
        (row.change)(&mut objects);
        objects.make(&server).await;
    }
    let name = ManagementCluster::new("taipei");
    let (client, store) = known(vec![server.target("taipei")], &name).await;
    for (at, row) in rows().iter().enumerate() {
        judge(&server, (&client, &store), &format!("row-{at}"), row).await;
    }
    client.shut_down().await;
    server.stop().await;
}

async fn judge(server: &Embedded, (client, store): (&FleetClient, &FleetStore), namespace: &str, row: &Row) {
    let name = ManagementCluster::new("taipei");
    let in_namespace = |kind: GroupKind, object: &str| {
        ObjectKey::new(name.clone(), kind, ObjectName::new(namespace, object))
    };
    let cluster = in_namespace(core("Cluster"), "prod");
    let gathered = client.gather(&cluster).await.unwrap();
    let said = if let Some(id) = row.check {
        let aimed = Aimed {
            to: Some(row.to.parse().unwrap()),
            via: Vec::new(),
        };
        let found = preflight(store, &cluster, &gathered, &aimed, gathered.read_at);
        let check = found.checks.into_iter().find(|check| check.id == id);
        match check.map(|check| check.found) {
            Some(Found::Blocks {
                why,
                overridable: false,
            }) => why,
            other => panic!("{namespace} {id}: {other:?}"),
        }
    } else {
        let key = in_namespace(GroupKind::new(CONTROL_PLANE, "KubeadmControlPlane"), "prod-cp");
        let mut rows = FleetStore::default();
        let change = gathered.objects.iter().map(|object| {
            let row = fleetui_fleet::Row::project(name.clone(), object);
            fleetui_fleet::Change::Upsert(std::sync::Arc::new(row))
        });
        rows.apply(fleetui_fleet::Update::Objects(fleetui_fleet::Batch {
            management_cluster: name.clone(),
            changes: change.collect(),
        }));
        let refused = fleetui_fleet::act::plan::field(&rows, &key, Field::Version, row.to, gathered.read_at);
        refused.unwrap_err().to_string()
    };
    let (object, patch) = if row.topology {
        let object = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
            "metadata": {"namespace": namespace, "name": "prod"}});
        (object, json!({"spec": {"topology": {"version": row.to}}}))
    } else {
        let object = json!({"apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "KubeadmControlPlane",
            "metadata": {"namespace": namespace, "name": "prod-cp"}});
        (object, json!({"spec": {"version": row.to}}))
    };
    let answer = server.merge(&object, &patch).await.unwrap_err();
    assert!(
        said.contains(row.words),
        "{namespace}: the preflight says {said:?}"
    );
    assert!(
        answer.contains(row.words),
        "{namespace}: the server says {answer:?}"
    );
    if row.check.is_some() {
        assert!(answer.contains(&said), "{namespace}: {answer:?} is not {said:?}");
    }
}
