//! What the objects of a creation want of hosts and networks, whatever questions, template or text they come of.

use fleetui_api::kinds::CORE;
use fleetui_rules::endpoint::OwnNetworks;
use fleetui_rules::network::Network;
use fleetui_rules::version::Version;
use serde_json::Value;

use super::form::Form;
use super::input::{Input, split};
use super::places::Places;
use super::render::{STAND_IN, is_of_byoh};
use super::sets::of_topology;
use super::yaml::{Edited, position};

/// Where a Cluster says which networks it has itself: those of Pods, and those of Services.
pub(super) const NETWORKS: [(Input, &str); 2] = [
    (Input::Pods, "/spec/clusterNetwork/pods/cidrBlocks"),
    (Input::Services, "/spec/clusterNetwork/services/cidrBlocks"),
];

/// The networks that the Cluster among objects is to have itself; none where there is no Cluster, or where it does not say.
pub fn own_networks<'a>(objects: impl IntoIterator<Item = &'a Value>) -> OwnNetworks {
    let cluster = objects.into_iter().find(|object| is_cluster(object));
    let read = |(input, pointer): (Input, &str)| {
        let there = cluster.and_then(|cluster| cluster.pointer(pointer));
        let text = there.and_then(|there| input.read_there(there));
        networks(&text.unwrap_or_default())
    };
    let [pods, services] = NETWORKS.map(read);
    OwnNetworks { pods, services }
}

/// The networks of a text, as an answer is written; what is none is left out.
pub(super) fn networks(text: &str) -> Vec<Network> {
    split(text).filter_map(|text| text.parse().ok()).collect()
}

fn is_cluster(object: &Value) -> bool {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    text("kind") == "Cluster"
        && text("apiVersion")
            .split_once('/')
            .is_some_and(|(group, _)| group == CORE)
}

/// An object as it would be created.
#[derive(Debug, Clone)]
pub(super) struct Coming {
    /// The number of the template's document that it was made from; nothing where somebody has written it.
    pub(super) origin: Option<usize>,
    /// As the answers alone make it.
    pub(super) made: Option<Value>,
    /// The object.
    pub(super) object: Value,
}

/// Something that an object says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The variable whose answer stands there, where one does.
    pub(super) variable: Option<String>,
    /// The object, by its kind and name.
    pub(super) object: String,
    /// What, as an answer is written.
    pub(super) text: String,
}

impl Said {
    /// As a version.
    pub(super) fn version(&self) -> Option<Version> {
        self.text.parse().ok()
    }

    /// As a number of machines.
    fn number(&self) -> u64 {
        self.text.parse().unwrap_or(0)
    }
}

/// What the objects want.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The objects; none where the answers make none yet.
    pub(super) objects: Vec<Coming>,
    /// Whether hosts of one's own are taken.
    pub(super) takes_hosts: bool,
    /// Where the control plane answers.
    pub(super) endpoints: Vec<Said>,
    /// Versions of the control plane.
    pub(super) control_planes: Vec<Said>,
    /// Versions of sets of workers.
    pub(super) workers: Vec<Said>,
    /// Machines that are wanted, where all of it can be told.
    pub(super) machines: Option<u64>,
    pods: Option<Said>,
    services: Option<Said>,
}

impl Coming {
    /// Its kind and name, for a sentence.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.text("/kind"), self.text("/metadata/name"))
    }

    pub(super) fn text(&self, pointer: &str) -> &str {
        let text = self.object.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default()
    }

    /// The group of its kind.
    pub(super) fn group(&self) -> &str {
        self.text("/apiVersion")
            .split_once('/')
            .map_or("", |(group, _)| group)
    }
}

impl Wanted {
    /// What the objects of a form want, with what was changed in their text. Before all is answered, what can be told already.
    pub(super) fn of(form: &Form, edited: Option<&Edited>) -> Self {
        let made = form.made();
        let is_whole = made.is_ok();
        let made = made.unwrap_or_else(|_| form.outlined());
        let plain: Vec<Value> = made.iter().map(|made| made.object.clone()).collect();
        let objects = match edited.filter(|_| is_whole) {
            Some(edited) => edited.over(&plain),
            None => plain.clone(),
        };
        let coming = objects.into_iter().map(|object| {
            let at = position(&object, &plain).and_then(|at| made.get(at));
            Coming {
                origin: at.map(|made| made.origin),
                made: at.map(|made| made.object.clone()),
                object,
            }
        });
        let coming: Vec<Coming> = coming.collect();
        let places = Places::of(form);
        let mut wanted = Self {
            takes_hosts: form.flavour.takes_hosts || coming.iter().any(|coming| is_of_byoh(&coming.object)),
            ..Self::default()
        };
        let mut machines = 0;
        for coming in &coming {
            machines += wanted.read(coming, (&places, is_whole));
        }
        if is_whole {
            (wanted.machines, wanted.objects) = (Some(machines), coming);
        }
        wanted
    }

    /// The networks that are said, as an answer is written.
    pub(super) fn networks(&self, input: Input) -> Option<&Said> {
        if input == Input::Services {
            self.services.as_ref()
        } else {
            self.pods.as_ref()
        }
    }

    /// Reads an object; gives the number of machines that it makes.
    fn read(&mut self, coming: &Coming, (places, is_whole): (&Places, bool)) -> u64 {
        let said = |pointer: &str, input: Input| {
            let there = coming.object.pointer(pointer)?;
            let text = input
                .read_there(there)
                .filter(|text| !text.is_empty() && (is_whole || text != STAND_IN))?;
            let variable = coming
                .origin
                .and_then(|origin| places.variable_at(origin, pointer));
            Some(Said {
                variable: variable.map(str::to_owned),
                object: coming.name(),
                text,
            })
        };
        let number = |pointer: &str| said(pointer, Input::Count).map(|said| said.number());
        let kind = coming.text("/kind");
        if (kind == "Cluster" && coming.group() == CORE) || kind == "ByoCluster" {
            self.endpoints
                .extend(said("/spec/controlPlaneEndpoint/host", Input::Endpoint));
        }
        match kind {
            "Cluster" if coming.group() == CORE => {
                [self.pods, self.services] = NETWORKS.map(|(input, pointer)| said(pointer, input));
                self.control_planes
                    .extend(said("/spec/topology/version", Input::Version));
                let sets = of_topology(&coming.object);
                let workers =
                    sets.filter_map(|set| Input::Count.read_there(set.get("replicas")?)?.parse::<u64>().ok());
                number("/spec/topology/controlPlane/replicas").unwrap_or(0) + workers.sum::<u64>()
            }
            "KubeadmControlPlane" => {
                self.control_planes.extend(said("/spec/version", Input::Version));
                number("/spec/replicas").unwrap_or(1)
            }
            "MachineDeployment" | "MachineSet" | "MachinePool" if coming.group() == CORE => {
                self.workers
                    .extend(said("/spec/template/spec/version", Input::Version));
                number("/spec/replicas").unwrap_or(1)
            }
            "Machine" if coming.group() == CORE => 1,
            _ => 0,
        }
    }
}
