//! Replays Cluster API's golden rollout logs: the order of reconciles is taken from the log, every other line is made by
//! a simulator of the MachineDeployment, MachineSet and Machine controllers around our planner, and must be the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::{Input, IntOrPercent, Set, SetPlan, Strategy, plan};

#[derive(Debug, Clone)]
struct SimulatedSet {
    set: Set,
    machines: Vec<String>,
    up_to_date: i32,
    disable_machine_create: Option<bool>,
}

#[derive(Debug)]
struct Simulation {
    replicas: i32,
    strategy: Strategy,
    status: String,
    sets: Vec<SimulatedSet>,
    current: String,
    next_machine: u32,
    deleting: BTreeSet<String>,
}

impl Simulation {
    fn describe(set: &SimulatedSet, from: Option<i32>) -> String {
        let (status, spec) = (set.set.status_replicas, set.set.spec_replicas);
        let moved = match from {
            Some(old) if old != spec => format!("from {status}/{old} to {status}/{spec}"),
            _ => format!("{status}/{spec}"),
        };
        format!(
            "{moved} replicas, {} available, {} upToDate ({})",
            set.set.available_replicas,
            set.up_to_date,
            set.machines.join(",")
        )
    }

    fn reconcile_deployment(&mut self, log: &mut String) {
        let sum = |of: fn(&SimulatedSet) -> i32| self.sets.iter().map(of).sum::<i32>();
        // The logs' deployment does not count machines that are up to date under OnDelete.
        let up_to_date = if self.strategy == Strategy::OnDelete {
            0
        } else {
            sum(|set| set.up_to_date)
        };
        self.status = format!(
            "md: {}/{} replicas, {} available, {up_to_date} upToDate",
            sum(|set| set.set.status_replicas),
            self.replicas,
            sum(|set| set.set.available_replicas),
        );
        let created = !self.sets.iter().any(|set| set.set.name == self.current);
        if created {
            self.sets.push(SimulatedSet {
                set: Set::to_be_created(&self.current),
                machines: Vec::new(),
                up_to_date: 0,
                disable_machine_create: None,
            });
        }
        let (current, old): (Vec<_>, Vec<_>) = self
            .sets
            .iter()
            .map(|set| set.set.clone())
            .partition(|set| set.name == self.current);
        let plan = plan(&Input {
            replicas: self.replicas,
            strategy: self.strategy,
            paused: false,
            current: current.into_iter().next(),
            old,
        });
        let _ = writeln!(
            log,
            "[MD controller] - Result of rollout planner\n    md: {}",
            self.status
        );
        for planned in plan.old.iter().chain(&plan.current) {
            self.apply(planned, created, log);
        }
        self.tolerations(log);
    }

    fn apply(&mut self, planned: &SetPlan, created: bool, log: &mut String) {
        let is_current = planned.name == self.current;
        let role = if is_current { "current" } else { "old" };
        let set = self
            .sets
            .iter_mut()
            .find(|set| set.set.name == planned.name)
            .expect("a known set");
        let from = set.set.spec_replicas;
        set.set.spec_replicas = planned.replicas;
        let mut diff = Vec::new();
        if from != planned.replicas {
            diff.push(format!("replicas {}", planned.replicas));
        }
        if let Some(revision) = planned.revision.filter(|_| planned.revision != set.set.revision) {
            set.set.revision = Some(revision);
            diff.push(format!(
                "machinedeployment.clusters.x-k8s.io/revision: {revision}"
            ));
        }
        if let Some(disabled) = planned
            .disable_machine_create
            .filter(|_| planned.disable_machine_create != set.disable_machine_create)
        {
            set.disable_machine_create = Some(disabled);
            diff.push(format!("cluster.x-k8s.io/disable-machine-create: {disabled}"));
        }
        let created = created && is_current;
        let name = &planned.name;
        let _ = writeln!(
            log,
            "    {name}: {}",
            Self::describe(set, (!created).then_some(from))
        );
        if created {
            set.set.created = Some(Timestamp::from_second(1000).expect("a time"));
            let _ = writeln!(
                log,
                "      - MachineSet {name} created, it is now the current MachineSet"
            );
        }
        if from == planned.replicas {
            if !diff.is_empty() && !created {
                let _ = writeln!(log, "      - Updated {role} MachineSet {name}");
            }
        } else {
            let (way, change) = (
                if from < planned.replicas { "up" } else { "down" },
                planned.replicas - from,
            );
            let _ = writeln!(
                log,
                "      - Scaled {way} {role} MachineSet {name} from {from} to {} replicas ({change:+})",
                planned.replicas
            );
            let _ = writeln!(log, "        - Reason: {}", planned.reasons.join(", "));
        }
        if !diff.is_empty() && !created {
            let _ = writeln!(log, "        - Diff: {}", diff.join(","));
        }
    }

    fn tolerations(&self, log: &mut String) {
        let Strategy::RollingUpdate { .. } = self.strategy else {
            return;
        };
        let machines: i32 = self.sets.iter().map(|set| set.set.status_replicas).sum();
        let available: i32 = self.sets.iter().map(|set| set.set.available_replicas).sum();
        if machines > self.replicas + self.strategy.max_surge(self.replicas) {
            log.push_str("[Toleration] tolerate maxSurge breach\n");
        }
        if available < self.replicas - self.strategy.max_unavailable(self.replicas) {
            log.push_str("[Toleration] tolerate maxUnavailable breach\n");
        }
    }

    fn reconcile_set(&mut self, iteration: &str, name: &str, log: &mut String) {
        let current = self.current.clone();
        let set = self
            .sets
            .iter_mut()
            .find(|set| set.set.name == name)
            .expect("a known set");
        let _ = writeln!(
            log,
            "[MS controller] Iteration {iteration}, Reconcile {name}: {}",
            Self::describe(set, None)
        );
        let wished = usize::try_from(set.set.spec_replicas).expect("not negative");
        if set.machines.len() > wished {
            let gone: Vec<String> = set.machines.drain(..set.machines.len() - wished).collect();
            let _ = writeln!(
                log,
                "[MS controller] - {name} scale down to {wished}/{wished} replicas ({} deleted)",
                gone.join(",")
            );
        } else if set.machines.len() < wished && set.disable_machine_create != Some(true) {
            let mut made = Vec::new();
            for _ in set.machines.len()..wished {
                self.next_machine += 1;
                made.push(format!("m{}", self.next_machine));
            }
            let _ = writeln!(
                log,
                "[MS controller] - {name} scale up to {wished}/{wished} replicas ({} created)",
                made.join(",")
            );
            set.machines.extend(made);
        }
        let count = i32::try_from(set.machines.len()).expect("few machines");
        set.set.status_replicas = count;
        set.set.available_replicas = count;
        set.up_to_date = if name == current { count } else { 0 };
    }

    fn reconcile_machine(&mut self, name: &str, log: &mut String) {
        if self.deleting.remove(name) {
            for set in &mut self.sets {
                set.machines.retain(|machine| machine != name);
            }
            let _ = writeln!(log, "[M controller] - {name} finalizer removed");
        }
    }
}

/// Numbers in a line, in their order.
fn numbers(line: &str) -> Vec<i32> {
    line.split(|character: char| !character.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// Reads the initial state. Which set is current is the scenario's choice: the log shows it where it first speaks of one.
fn initial(log: &str) -> Simulation {
    let mut simulation = Simulation {
        replicas: 0,
        strategy: Strategy::OnDelete,
        status: String::new(),
        sets: Vec::new(),
        current: String::new(),
        next_machine: 0,
        deleting: BTreeSet::new(),
    };
    for line in log
        .lines()
        .skip_while(|line| *line != "[Test] Initial state")
        .skip(1)
    {
        let Some(line) = line.strip_prefix("    ") else {
            let settings: Vec<i32> = numbers(line);
            if line.contains("MaxSurge") {
                simulation.strategy = Strategy::RollingUpdate {
                    max_surge: IntOrPercent::Int(settings[1]),
                    max_unavailable: IntOrPercent::Int(settings[2]),
                };
            }
            break;
        };
        let (name, rest) = line.split_once(": ").expect("a name");
        let figures = numbers(rest);
        if name == "md" {
            simulation.replicas = figures[1];
            simulation.status = rest.to_owned();
            continue;
        }
        let machines = rest.split_once('(').expect("machines").1.trim_end_matches(')');
        simulation.sets.push(SimulatedSet {
            set: Set {
                created: Some(
                    Timestamp::from_second(i64::try_from(simulation.sets.len()).expect("few"))
                        .expect("a time"),
                ),
                spec_replicas: figures[1],
                status_replicas: figures[0],
                available_replicas: figures[2],
                ..Set::to_be_created(name)
            },
            machines: machines
                .split(',')
                .filter(|machine| !machine.is_empty())
                .map(str::to_owned)
                .collect(),
            up_to_date: figures[3],
            disable_machine_create: None,
        });
        simulation.next_machine = machines
            .split(',')
            .filter_map(|machine| machine.get(1..)?.parse().ok())
            .fold(simulation.next_machine, u32::max);
    }
    let speaks_of_current = |line: &&str| line.contains("current MachineSet") && !line.contains("Reason");
    let line = log.lines().find(speaks_of_current).expect("a current set");
    simulation.current = line
        .split([' ', ','])
        .find(|word| word.len() > 2 && word.starts_with("ms"))
        .expect("its name")
        .to_owned();
    simulation
}

/// Replays `log`: takes from it who is reconciled next, and makes everything else.
fn replay(log: &str) -> String {
    let mut simulation = initial(log);
    let mut made = String::new();
    let mut given = true;
    for line in log.lines() {
        if let Some(rest) = line.strip_prefix("[MD controller] Iteration ") {
            given = false;
            let _ = writeln!(made, "[MD controller] Iteration {rest}");
            simulation.reconcile_deployment(&mut made);
        } else if let Some(rest) = line.strip_prefix("[MS controller] Iteration ") {
            given = false;
            let (iteration, rest) = rest.split_once(", Reconcile ").expect("a set");
            let name = rest.split_once(':').expect("a name").0;
            simulation.reconcile_set(iteration, name, &mut made);
        } else if let Some(rest) = line.strip_prefix("[M controller] Iteration ") {
            given = false;
            let _ = writeln!(made, "{line}");
            simulation.reconcile_machine(rest.split_once(", Reconcile ").expect("a machine").1, &mut made);
        } else if line.starts_with("[User]") {
            given = false;
            let _ = writeln!(made, "{line}");
            let name = line.rsplit(' ').next().expect("a machine");
            simulation.deleting.insert(name.to_owned());
        } else if line == "[Test] Final state" {
            let _ = writeln!(made, "{line}\n    {}", simulation.status);
            for set in &simulation.sets {
                let _ = writeln!(made, "    {}: {}", set.set.name, Simulation::describe(set, None));
            }
        } else if given {
            let _ = writeln!(made, "{line}");
        }
    }
    made
}

fn logs(folder: &str, prefix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/rollouts")
        .join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not on this machine", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no logs in {}", folder.display());
    paths
}

fn compare(paths: &[PathBuf]) {
    for path in paths {
        let log = std::fs::read_to_string(path).expect("a readable log");
        let expected: Vec<&str> = log.trim_end().lines().collect();
        let made = replay(&log);
        let made: Vec<&str> = made.trim_end().lines().collect();
        for (number, (made, expected)) in made.iter().zip(&expected).enumerate() {
            assert_eq!(made, expected, "{} line {}", path.display(), number + 1);
        }
        assert_eq!(made.len(), expected.len(), "{}", path.display());
    }
}

#[test]
fn rolling_updates_go_as_upstream_logged_them() {
    compare(&logs("rollingupdate", "regular-rollout"));
}

#[test]
fn on_delete_goes_as_upstream_logged_it() {
    compare(&logs("ondelete", ""));
}
