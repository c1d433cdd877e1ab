//! The sets of workers of a ClusterClass: one for each of its classes of workers, sized by one answer.
//!
//! Source: Cluster API's topology, v1beta2: `ClusterClass.spec.workers`, `Cluster.spec.topology.workers`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pools::{BETWEEN, Pools, count};

/// A set of workers of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerSet {
    /// How it is called in the topology: `md-0`, `md-1` …, of machine pools `mp-0`, `mp-1` …
    pub name: String,
    /// The name of its class of workers. Not yet safe to show.
    pub class: String,
    /// What makes its machines.
    pub made_by: MadeBy,
}

/// What makes the machines of a set of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MadeBy {
    /// A MachineDeployment.
    MachineDeployment,
    /// A MachinePool.
    MachinePool,
}

impl MadeBy {
    /// Both, in the order in which sets are numbered.
    pub(super) const ALL: [Self; 2] = [Self::MachineDeployment, Self::MachinePool];

    /// The field of `workers` that has them, of a class and of a topology.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::MachineDeployment => "machineDeployments",
            Self::MachinePool => "machinePools",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::MachineDeployment => "md",
            Self::MachinePool => "mp",
        }
    }
}

/// Where the sets of workers of a topology stand.
const WORKERS: &str = "/spec/topology/workers";

/// The sets of workers that a topology has, of either sort.
pub(super) fn of_topology(cluster: &Value) -> impl Iterator<Item = &Value> {
    MadeBy::ALL
        .into_iter()
        .filter_map(|made_by| cluster.pointer(WORKERS)?.get(made_by.field())?.as_array())
        .flatten()
}

/// The sets that a class gives its clusters.
pub(super) fn of_class(class: &Value) -> Vec<WorkerSet> {
    let mut sets = Vec::new();
    for made_by in MadeBy::ALL {
        let classes = class
            .pointer("/spec/workers")
            .and_then(|workers| workers.get(made_by.field())?.as_array());
        let names = classes
            .into_iter()
            .flatten()
            .filter_map(|it| it.get("class")?.as_str());
        sets.extend(names.enumerate().map(|(at, class)| WorkerSet {
            name: format!("{}-{at}", made_by.prefix()),
            class: class.to_owned(),
            made_by,
        }));
    }
    sets
}

/// The sets of workers of a class, in their order.
pub(super) struct Sets<'c>(pub(super) &'c [WorkerSet]);

impl Sets<'_> {
    /// The number of each that an answer asks for, by its name or that of its class; one alone is that of the first. Of those that
    /// are not spoken of there are none.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn read(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut counts = vec![None; self.0.len()];
        if let Ok(count) = count(text.trim()) {
            counts.iter_mut().take(1).for_each(|first| *first = Some(count));
        } else {
            for (name, count) in Pools::read(text)?.iter() {
                let by_name = self.0.iter().position(|set| set.name == name);
                let at = by_name.or_else(|| self.0.iter().position(|set| set.class == name));
                let Some(place) = at.and_then(|at| counts.get_mut(at)) else {
                    return Err(format!(
                        "there is no set of workers {name} here; there is {}",
                        self.told()
                    ));
                };
                if place.replace(count).is_some() {
                    return Err(format!(
                        "{name} stands there twice, by its name and by that of its class"
                    ));
                }
            }
        }
        Ok(counts.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// The numbers as an answer is written.
    pub(super) fn write(&self, counts: &[u32]) -> String {
        if counts.iter().skip(1).all(|count| *count == 0) {
            return counts.first().copied().unwrap_or_default().to_string();
        }
        let sets = self.0.iter().zip(counts).filter(|(_, count)| **count > 0);
        let sets: Vec<String> = sets.map(|(set, count)| format!("{}={count}", set.name)).collect();
        sets.join(BETWEEN)
    }

    /// The sets with their classes: `md-0 (default-worker), md-1 (gpu)`.
    pub(super) fn told(&self) -> String {
        let sets = self.0.iter().map(|set| format!("{} ({})", set.name, set.class));
        sets.collect::<Vec<String>>().join(", ")
    }

    /// What the question for them is for.
    pub(super) fn meaning(&self) -> String {
        match self.0 {
            [first, second, ..] => format!(
                "how many workers there are: {}; each is sized as {}=3,{}=1, and a number alone is that of {} (--worker-machine-count)",
                self.told(),
                first.name,
                second.name,
                first.name
            ),
            [only] => format!(
                "how many workers there are, of the class {} (--worker-machine-count)",
                only.class
            ),
            [] => String::new(),
        }
    }

    /// Gives each set of a Cluster with a topology its number. A machine pool for which there are no machines is left out: not every
    /// provider has them.
    pub(super) fn size(&self, counts: &[u32], cluster: &mut Value) {
        let Some(workers) = cluster.pointer_mut(WORKERS).and_then(Value::as_object_mut) else {
            return;
        };
        let named = |set: &Value| {
            let mut sets = self.0.iter().zip(counts);
            let (_, count) = sets.find(|(own, _)| set.get("name") == Some(&own.name.as_str().into()))?;
            Some(*count)
        };
        for made_by in MadeBy::ALL {
            let Some(sets) = workers.get_mut(made_by.field()).and_then(Value::as_array_mut) else {
                continue;
            };
            for set in sets.iter_mut() {
                if let (Some(count), Some(replicas)) = (named(set), set.get_mut("replicas")) {
                    *replicas = count.into();
                }
            }
            if made_by == MadeBy::MachinePool {
                sets.retain(|set| named(set) != Some(0));
            }
            if sets.is_empty() {
                workers.remove(made_by.field());
            }
        }
    }

    /// The numbers that a Cluster has of them, read back; a set that is not there has none.
    pub(super) fn of(&self, cluster: &Value) -> Option<Vec<u32>> {
        cluster.pointer("/spec/topology")?;
        let count = |own: &WorkerSet| {
            let set = of_topology(cluster).find(|set| set.get("name") == Some(&own.name.as_str().into()));
            let count = set.and_then(|set| set.get("replicas")?.as_u64()).unwrap_or(0);
            u32::try_from(count).ok()
        };
        self.0.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sets_of_a_class_are_sized_by_their_names_and_those_of_their_classes() {
        let class = json!({"spec": {"workers": {
            "machineDeployments": [{"class": "default-worker"}, {"class": "gpu"}],
            "machinePools": [{"class": "spot"}, {"class": "md-0"}],
        }}});
        let all = of_class(&class);
        let sets = Sets(&all);
        for (text, expected, written) in [
            ("3", [3, 0, 0, 0], "3"),
            ("md-0=2,md-1=1", [2, 1, 0, 0], "md-0=2,md-1=1"),
            ("gpu=4", [0, 4, 0, 0], "md-1=4"),
            (
                "mp-1=1 default-worker=1 spot=2",
                [1, 0, 2, 1],
                "md-0=1,mp-0=2,mp-1=1",
            ),
            ("md-1=0", [0, 0, 0, 0], "0"),
        ] {
            let counts = sets.read(text).unwrap();
            assert_eq!(counts, expected, "{text}");
            assert_eq!(sets.write(&counts), written, "{text}");
            assert_eq!(sets.read(written).unwrap(), expected, "{text}");
        }
        for (text, expected) in [
            (
                "md-3=1",
                "no set of workers md-3 here; there is md-0 (default-worker), md-1 (gpu), mp-0 (spot), mp-1 (md-0)",
            ),
            ("gpu=1,md-1=2", "md-1 stands there twice"),
            ("gpu=x", "digits"),
            ("", "how many workers"),
        ] {
            let told = sets.read(text).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
