//! A cluster for the tests of preflights and walks, that can be written and rolled out.

use fleetui_api::labels;
use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use fleetui_rules::version::Version;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Aimed, Budget, Gathered, Preflight, preflight};
use crate::act::Plan;
use crate::batch::Update;
use crate::fixtures::{self, cluster, condition, control_plane, deployment, machine, machine_set, set, with};
use crate::session::{Connection, Session};
use crate::store::FleetStore;

const COMPONENTS: [&str; 5] = [
    "APIServerPodHealthy",
    "ControllerManagerPodHealthy",
    "SchedulerPodHealthy",
    "EtcdPodHealthy",
    "EtcdMemberHealthy",
];

pub(crate) fn mgmt() -> ManagementCluster {
    fixtures::mgmt("mgmt-taipei")
}

pub(crate) fn now() -> Timestamp {
    fixtures::now()
}

/// A cluster, and what else is known.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) gathered: Gathered,
    /// Providers of the inventory.
    pub(crate) providers: Vec<(&'static str, &'static str)>,
    /// Versions that other objects of the fleet ask for.
    pub(crate) others: Vec<Version>,
}

impl World {
    /// `prod`: three control plane machines, `md-0` of two, all at v1.31.2 and well.
    pub(crate) fn plain() -> Self {
        let mut world = Self {
            gathered: Gathered {
                objects: vec![cluster("prod"), control_plane("prod", 3)],
                read_at: now(),
                ..Gathered::default()
            },
            providers: vec![("cluster-api", "v1.12.9"), ("control-plane-kubeadm", "v1.12.9")],
            others: Vec::new(),
        };
        for at in 0..3 {
            let name = format!("prod-cp-{at}");
            let mut member = machine("prod", ("KubeadmControlPlane", "prod-cp"), &name);
            let conditions = member["status"]["conditions"].as_array_mut().unwrap();
            conditions.extend(
                COMPONENTS
                    .iter()
                    .map(|kind| condition(kind, "True", "Healthy", "")),
            );
            world.gathered.objects.push(member);
        }
        world.set("KubeadmControlPlane", "/status/version", json!("v1.31.2"));
        world.add_deployment("md-0", 2);
        world
    }

    /// The same of a topology.
    pub(crate) fn topology() -> Self {
        let mut world = Self::plain();
        let topology = json!({
            "classRef": {"name": "quick"}, "version": "v1.31.2", "controlPlane": {"replicas": 3},
            "workers": {"machineDeployments": [{"class": "w", "name": "md-0", "replicas": 2}]},
        });
        world.set("Cluster", "/spec/topology", topology);
        for kind in ["KubeadmControlPlane", "MachineDeployment"] {
            world.set(
                kind,
                "/metadata/labels/topology.cluster.x-k8s.io~1owned",
                json!(""),
            );
        }
        world.set(
            "MachineDeployment",
            "/metadata/labels/topology.cluster.x-k8s.io~1deployment-name",
            json!("md-0"),
        );
        world.set(
            "MachineDeployment",
            "/status/versions",
            json!([{"version": "v1.31.2"}]),
        );
        world.gathered.class = Some(json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass",
            "metadata": {"namespace": "default", "name": "quick", "generation": 1},
            "spec": {"workers": {"machineDeployments": [{"class": "w"}]}},
            "status": {"observedGeneration": 1},
        }));
        world
    }

    pub(crate) fn add_deployment(&mut self, name: &str, replicas: i64) {
        let set_name = format!("{name}-x");
        let objects = &mut self.gathered.objects;
        objects.push(deployment("prod", name, replicas));
        objects.push(machine_set("prod", name, &set_name, replicas));
        for at in 0..replicas {
            objects.push(machine(
                "prod",
                ("MachineSet", &set_name),
                &format!("{set_name}-{at}"),
            ));
        }
    }

    /// The first object of that kind.
    pub(crate) fn object(&mut self, kind: &str) -> &mut Value {
        let mut objects = self.gathered.objects.iter_mut();
        objects.find(|object| object["kind"] == kind).unwrap()
    }

    pub(crate) fn named(&mut self, name: &str) -> &mut Value {
        let mut objects = self.gathered.objects.iter_mut();
        objects.find(|object| object["metadata"]["name"] == name).unwrap()
    }

    pub(crate) fn set(&mut self, kind: &str, pointer: &str, value: Value) {
        set(self.object(kind), pointer, value);
    }

    /// Puts a condition of a machine in the place of the one of its type.
    pub(crate) fn condition(&mut self, name: &str, kind: &str, status: &str) {
        let conditions = self.named(name)["status"]["conditions"].as_array_mut().unwrap();
        conditions.retain(|condition| condition["type"] != kind);
        conditions.push(condition(kind, status, "Because", ""));
    }

    /// The etcd member of a control plane machine is lost, and the rollout may have so many machines more.
    pub(crate) fn lose_member(&mut self, name: &str, max_surge: i64) {
        self.condition(name, "EtcdMemberHealthy", "False");
        let bound = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": max_surge}});
        self.set("KubeadmControlPlane", "/spec/rollout", json!({"strategy": bound}));
    }

    /// Marks a machine as the first to go.
    pub(crate) fn mark(&mut self, name: &str) {
        self.named(name)["metadata"]["annotations"][labels::DELETE_MACHINE] = json!("");
    }

    pub(crate) fn key() -> ObjectKey {
        let kind = fleetui_api::kinds::core("Cluster");
        ObjectKey::new(mgmt(), kind, ObjectName::new("default", "prod"))
    }

    /// The fleet around it.
    pub(crate) fn store(&self) -> FleetStore {
        let mut store = FleetStore::default();
        let mut session = Session::idle(mgmt(), "https://127.0.0.1:6443", false);
        session.connection = Connection::Live;
        session.providers = self
            .providers
            .iter()
            .map(|(name, version)| ((*name).into(), (*version).into()))
            .collect();
        store.apply(Update::Session(std::sync::Arc::new(session)));
        let others = self.others.iter().enumerate().map(|(at, version)| {
            with(
                deployment("other", &format!("other-{at}"), 1),
                &[("/spec/template/spec/version", json!(version.to_string()))],
            )
        });
        let mut objects = self.gathered.objects.clone();
        objects.extend(others);
        store.apply(fixtures::upserts("mgmt-taipei", &objects));
        store
    }

    pub(crate) fn preflight(&self, to: Option<&str>) -> Preflight {
        self.aimed(&Aimed {
            to: to.map(|to| to.parse().unwrap()),
            via: Vec::new(),
        })
    }

    pub(crate) fn over(&self, to: &str, via: &[&str]) -> Preflight {
        self.aimed(&Aimed {
            to: Some(to.parse().unwrap()),
            via: via.iter().map(|text| text.parse().unwrap()).collect(),
        })
    }

    fn aimed(&self, aimed: &Aimed) -> Preflight {
        preflight(&self.store(), &Self::key(), &self.gathered, aimed, now())
    }

    /// Makes the machines of the pool ByoMachines that want hosts of these labels, and has so many hosts, free or taken.
    pub(crate) fn on_hosts(&mut self, free: usize, taken: usize, versions: &[&str]) {
        let reference =
            json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachineTemplate", "name": "t"});
        self.set(
            "MachineDeployment",
            "/spec/template/spec/infrastructureRef",
            reference,
        );
        self.gathered.objects.push(json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "ByoMachineTemplate",
            "metadata": {"namespace": "default", "name": "t"},
            "spec": {"template": {"spec": {"installerRef": {"kind": "K8sInstallerConfigTemplate", "name": "i",
                "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1"}}}},
        }));
        for at in 0..free + taken {
            let mut host = json!({
                "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "ByoHost",
                "metadata": {"namespace": "default", "name": format!("host-{at}"), "labels": {}},
                "spec": {"approved": true},
                "status": {
                    "installableVersions": versions, "agentVersion": "v1",
                    "hostinfo": {"osimage": "Ubuntu 22.04", "architecture": "amd64", "osname": "linux"},
                    "lastHeartbeatTime": now().to_string(),
                },
            });
            if at >= free {
                host["status"]["machineRef"] =
                    json!({"kind": "ByoMachine", "name": format!("m-{at}"), "namespace": "default"});
            }
            self.gathered.hosts.push(host);
        }
    }

    pub(crate) fn budget(&mut self, allowed: i64, node: &str) {
        self.gathered.budgets.push(Budget {
            name: ObjectName::new("shop", "web"),
            allowed,
            expected: 2,
            pods_on: vec![node.into()],
        });
    }

    pub(crate) fn health_check(&mut self, trigger: &Value) {
        self.gathered.health_checks.push(json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineHealthCheck",
            "metadata": {"namespace": "default", "name": "mhc", "uid": "mhc"},
            "spec": {
                "clusterName": "prod", "selector": {"matchLabels": {"cluster.x-k8s.io/set-name": "md-0-x"}},
                "remediation": {"triggerIf": trigger},
            },
        }));
    }

    /// Writes what a plan writes, as a server would: nothing where a test fails.
    pub(crate) fn write(&mut self, plan: &Plan) -> bool {
        let write = &plan.writes[0];
        let object = self.named(&write.target.object.name);
        for operation in write.body.as_array().unwrap() {
            let pointer = operation["path"].as_str().unwrap();
            match operation["op"].as_str().unwrap() {
                "test" if object.pointer(pointer) != Some(&operation["value"]) => return false,
                "test" => {}
                _ => set(object, pointer, operation["value"].clone()),
            }
        }
        true
    }

    /// Rolls everything out that was asked for.
    pub(crate) fn roll_out(&mut self) {
        let topology = self.object("Cluster").pointer("/spec/topology/version").cloned();
        if let Some(version) = topology {
            self.set("KubeadmControlPlane", "/spec/version", version.clone());
            self.set("MachineDeployment", "/spec/template/spec/version", version);
        }
        let asked = |object: &Value| -> Option<Value> {
            let pointers = ["/spec/template/spec/version", "/spec/version"];
            pointers
                .iter()
                .find_map(|pointer| object.pointer(pointer).cloned())
        };
        let made: Vec<(String, Value)> = self
            .gathered
            .objects
            .iter_mut()
            .filter(|object| {
                ["KubeadmControlPlane", "MachineDeployment"]
                    .iter()
                    .any(|kind| object["kind"] == *kind)
            })
            .map(|object| {
                let version = asked(object).unwrap();
                set(object, "/status/versions", json!([{"version": version}]));
                set(object, "/status/version", version.clone());
                (object["metadata"]["name"].as_str().unwrap().to_owned(), version)
            })
            .collect();
        for object in self
            .gathered
            .objects
            .iter_mut()
            .filter(|object| object["kind"] == "Machine")
        {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            let maker = made.iter().find(|(maker, _)| name.starts_with(maker.as_str()));
            let (_, version) = maker.unwrap();
            set(object, "/spec/version", version.clone());
        }
    }
}
