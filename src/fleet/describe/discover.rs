//! The order in which clusterctl finds the objects of a cluster, and below what it puts each.

use std::collections::HashSet;

use fleetui_api::kinds::{ADDONS, CORE};
use fleetui_api::labels;
use serde_json::Value;

use super::condition::{of_any, of_core};
use super::graph::{Adding, Graph, Is, Node};
use super::objects::{
    ClusterObjects, MACHINE, Referred, TEMPLATE, api_version, is_controlled_by, reference, text,
};
use super::{DescribeOptions, Shows};

/// Group and version that headings are given.
const VIRTUAL: &str = "virtual.cluster.x-k8s.io/v1beta2";

/// The parts that infrastructure and bootstrap configuration play below a Machine, and below a MachinePool.
const OF_MACHINE: [&str; 2] = ["MachineInfrastructure", "BootstrapConfig"];
const OF_POOL: [&str; 2] = ["MachinePoolInfrastructure", "BootstrapConfig"];

/// Walks the objects of one cluster.
pub(super) struct Discovery<'a, 'o> {
    objects: &'a ClusterObjects,
    options: &'o DescribeOptions,
    graph: Graph<'a, 'o>,
    /// Names of the machines that have a place.
    placed: HashSet<&'a str>,
}

/// Everything that is shown of a cluster, below its Cluster.
pub(super) fn discover<'a, 'o>(objects: &'a ClusterObjects, options: &'o DescribeOptions) -> Graph<'a, 'o> {
    let root = core_node(&objects.cluster, "Cluster", options);
    let mut discovery = Discovery {
        objects,
        options,
        graph: Graph::new(root, options),
        placed: HashSet::new(),
    };
    discovery.infrastructure();
    if options.resource_sets {
        discovery.resource_sets();
    }
    let control_plane = discovery.control_plane();
    discovery.workers(control_plane);
    discovery.graph
}

impl<'a> Discovery<'a, '_> {
    fn infrastructure(&mut self) {
        if let Some(object) = self.referred(&self.objects.cluster, "/spec/infrastructureRef") {
            let node = self.other_node(object, "ClusterInfrastructure");
            self.graph.add(0, node, Adding::Plain);
        }
    }

    fn resource_sets(&mut self) {
        let Some(binding) = &self.objects.resource_set_binding else {
            return;
        };
        let namespace = text(&self.objects.cluster, "/metadata/namespace");
        let heading = heading("ClusterResourceSetGroup", namespace, "ClusterResourceSets");
        let Some(parent) = self.graph.add(0, heading, Adding::Plain) else {
            return;
        };
        let bindings = binding.pointer("/spec/bindings").and_then(Value::as_array);
        for binding in bindings.into_iter().flatten() {
            let name = text(binding, "/clusterResourceSetName");
            let node = named(
                &format!("{ADDONS}/v1beta2"),
                "ClusterResourceSet",
                namespace,
                name,
            );
            self.graph.add(parent, node, Adding::Plain);
        }
    }

    fn control_plane(&mut self) -> Option<usize> {
        let object = self.objects.control_plane()?;
        let contract = self.objects.contract(object);
        let mut node = self.other_node(object, "ControlPlane");
        node.is = Is::ControlPlane(object, contract);
        let number = self.graph.add(0, node, Adding::Gathering)?;
        if self.options.templates {
            self.control_plane_templates(number, object, contract);
        }
        Some(number)
    }

    fn control_plane_templates(&mut self, number: usize, object: &'a Value, contract: &str) {
        let pointer = match contract {
            "v1beta1" => "/spec/machineTemplate/infrastructureRef",
            _ => "/spec/machineTemplate/spec/infrastructureRef",
        };
        let Some(referred) = reference(object, pointer) else {
            return;
        };
        let parent = self.templates_heading(number, text(object, "/metadata/name"));
        let namespace = match text(object, &format!("{pointer}/namespace")) {
            "" => text(object, "/metadata/namespace"),
            namespace => namespace,
        };
        self.template(parent, namespace, &referred, "MachineInfrastructureTemplate");
    }

    /// Machines, whoever they stand below, and what makes those of the workers.
    fn workers(&mut self, control_plane: Option<usize>) {
        let machines = &self.objects.machines;
        let of_control_plane = || machines.iter().filter(|machine| is_of_control_plane(machine));
        if let Some(number) = control_plane {
            for machine in of_control_plane() {
                self.machine(number, machine);
            }
        }
        let has_workers = of_control_plane().count() != machines.len();
        let namespace = text(&self.objects.cluster, "/metadata/namespace");
        let heading_of_workers = heading("WorkerGroup", namespace, "Workers");
        // Without a worker they are below nothing, and with them the machines that have no other place.
        let workers = if has_workers || !self.objects.machine_pools.is_empty() {
            self.graph.add(0, heading_of_workers, Adding::Plain)
        } else {
            Some(self.graph.adrift(heading_of_workers))
        };
        let Some(workers) = workers else { return };
        if has_workers {
            for deployment in &self.objects.machine_deployments {
                self.deployment(workers, deployment);
            }
        }
        for pool in &self.objects.machine_pools {
            self.pool(workers, pool);
        }
        self.others(workers, namespace);
    }

    fn deployment(&mut self, workers: usize, deployment: &'a Value) {
        let node = core_node(deployment, "MachineDeployment", self.options);
        let adding = if self.options.machine_sets {
            Adding::Plain
        } else {
            Adding::Gathering
        };
        let Some(number) = self.graph.add(workers, node, adding) else {
            return;
        };
        let name = text(deployment, "/metadata/name");
        if self.options.templates {
            let parent = self.templates_heading(number, name);
            let namespace = text(deployment, "/metadata/namespace");
            let [infrastructure, bootstrap] = TEMPLATE.map(|pointer| reference(deployment, pointer));
            for (referred, part) in [
                (bootstrap, "BootstrapConfigTemplate"),
                (infrastructure, "MachineInfrastructureTemplate"),
            ] {
                if let Some(referred) = referred {
                    self.template(parent, namespace, &referred, part);
                }
            }
        }
        for set in &self.objects.machine_sets {
            if is_controlled_by(set, CORE, "MachineDeployment", name) {
                self.set(number, set);
            }
        }
    }

    fn set(&mut self, deployment: usize, set: &'a Value) {
        let mut parent = deployment;
        if self.options.machine_sets {
            let node = core_node(set, "MachineSet", self.options);
            match self.graph.add(deployment, node, Adding::Gathering) {
                Some(number) => parent = number,
                None => return,
            }
        }
        self.machines_of(parent, "MachineSet", text(set, "/metadata/name"));
    }

    fn pool(&mut self, workers: usize, pool: &'a Value) {
        let node = core_node(pool, "MachinePool", self.options);
        let Some(number) = self.graph.add(workers, node, Adding::Gathering) else {
            return;
        };
        for (pointer, part) in TEMPLATE.iter().zip(OF_POOL).rev() {
            self.stands_on(number, pool, pointer, part);
        }
        self.machines_of(number, "MachinePool", text(pool, "/metadata/name"));
    }

    fn machines_of(&mut self, parent: usize, kind: &str, name: &str) {
        for machine in &self.objects.machines {
            if is_controlled_by(machine, CORE, kind, name) {
                self.machine(parent, machine);
            }
        }
    }

    /// Machines that nobody has.
    fn others(&mut self, workers: usize, namespace: &str) {
        let machines = self.objects.machines.iter();
        let adrift: Vec<&'a Value> = machines
            .filter(|machine| !self.placed.contains(text(machine, "/metadata/name")))
            .collect();
        if adrift.is_empty() {
            return;
        }
        let Some(parent) = self
            .graph
            .add(workers, heading("OtherGroup", namespace, "Other"), Adding::Plain)
        else {
            return;
        };
        for machine in adrift {
            self.machine(parent, machine);
        }
    }

    fn machine(&mut self, parent: usize, machine: &'a Value) {
        self.placed.insert(text(machine, "/metadata/name"));
        let node = core_node(machine, "Machine", self.options);
        let Some(number) = self.graph.add(parent, node, Adding::Plain) else {
            return;
        };
        for (pointer, part) in MACHINE.iter().zip(OF_MACHINE) {
            self.stands_on(number, machine, pointer, part);
        }
    }

    fn stands_on(&mut self, number: usize, object: &'a Value, pointer: &str, part: &'static str) {
        if let Some(found) = self.referred(object, pointer) {
            let node = self.other_node(found, part);
            self.graph.add(number, node, Adding::UnlessEcho);
        }
    }

    fn templates_heading(&mut self, parent: usize, name: &str) -> usize {
        let namespace = text(&self.objects.cluster, "/metadata/namespace");
        let mut node = heading("TemplateGroup", namespace, name);
        node.part = "Templates";
        node.rank = 1;
        self.graph.add(parent, node, Adding::Plain).unwrap_or(parent)
    }

    fn template(&mut self, parent: usize, namespace: &str, referred: &Referred, part: &'static str) {
        let (kind, name) = referred;
        let version = self
            .objects
            .contracts
            .get(kind)
            .map(|contract| contract.version.as_str());
        let api_version = match version {
            Some(version) => format!("{}/{version}", kind.group),
            None => kind.group.to_string(),
        };
        let mut node = named(&api_version, &kind.kind, namespace, name);
        node.part = part;
        self.graph.add(parent, node, Adding::Plain);
    }

    fn referred(&self, object: &Value, pointer: &str) -> Option<&'a Value> {
        self.objects.referred.get(&reference(object, pointer)?)
    }

    fn other_node(&self, object: &'a Value, part: &'static str) -> Node<'a> {
        let mut node = object_node(object, text(object, "/kind"));
        node.part = part;
        node.is = Is::Other(object);
        node.conditions = of_any(object, self.options.view);
        node
    }
}

fn is_of_control_plane(machine: &Value) -> bool {
    let labels = machine.pointer("/metadata/labels");
    labels.is_some_and(|labels| labels.get(labels::CONTROL_PLANE).is_some())
}

fn core_node<'a>(object: &'a Value, kind: &str, options: &DescribeOptions) -> Node<'a> {
    let mut node = object_node(object, kind);
    node.conditions = of_core(object, options.view);
    node
}

fn object_node<'a>(object: &'a Value, kind: &str) -> Node<'a> {
    let metadata = |name: &str| text(object, &format!("/metadata/{name}")).to_owned();
    let (namespace, name) = (metadata("namespace"), metadata("name"));
    let id = match metadata("uid") {
        uid if uid.is_empty() => format!("{kind} {namespace}/{name}"),
        uid => uid,
    };
    let (group, version) = api_version(object);
    Node {
        id,
        api_version: if group.is_empty() {
            version.to_owned()
        } else {
            format!("{group}/{version}")
        },
        kind: kind.to_owned(),
        namespace,
        name,
        part: "",
        is: Is::Core(object),
        rank: 0,
        gathers: false,
        shows: Shows::Nothing,
        conditions: Vec::new(),
    }
}

/// An object that is shown by what others say of it.
fn named<'a>(api_version: &str, kind: &str, namespace: &str, name: &str) -> Node<'a> {
    Node {
        id: format!("{api_version} {kind} {namespace}/{name}"),
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        part: "",
        is: Is::Named,
        rank: 0,
        gathers: false,
        shows: Shows::Nothing,
        conditions: Vec::new(),
    }
}

fn heading<'a>(kind: &str, namespace: &str, name: &str) -> Node<'a> {
    let mut node = named(VIRTUAL, kind, namespace, name);
    node.is = Is::Heading;
    node
}
