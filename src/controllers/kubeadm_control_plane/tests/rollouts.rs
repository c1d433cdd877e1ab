//! Whole rollouts, step by step: the machines after each step, oldest first, as `version` in `domain`.

use serde_json::{Value, json};

use super::*;

/// A control plane that is rolled and scaled: each step is carried out at once.
struct Simulation {
    wishes: Value,
    machines: Vec<(String, String, Option<String>)>,
    made: usize,
    log: Vec<String>,
}

impl Simulation {
    fn new(replicas: usize, version: &str, wishes: &Value) -> Self {
        let mut simulation = Self {
            wishes: json!({"spec": {"replicas": replicas, "version": version}}),
            machines: Vec::new(),
            made: 0,
            log: Vec::new(),
        };
        json_patch::merge(&mut simulation.wishes, wishes);
        simulation.run();
        simulation.log.clear();
        simulation
    }

    fn world(&self) -> Observed {
        let members = self
            .machines
            .iter()
            .enumerate()
            .map(|(age, (name, version, domain))| {
                let created = format!("2026-08-21T10:{age:02}:00Z");
                healthy_with(
                    name,
                    &json!({
                        "metadata": {"creationTimestamp": created},
                        "spec": {"version": version, "failureDomain": domain}
                    }),
                )
            });
        let mut world = observed(&self.wishes, members.collect());
        let domains = self.wishes["domains"].as_array().cloned().unwrap_or_default();
        let domains: Vec<Value> = domains
            .iter()
            .map(|name| json!({"name": name, "controlPlane": true}))
            .collect();
        world.cluster = Some(samples::object(
            "c",
            &json!({
                "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
                "status": {
                    "initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true},
                    "failureDomains": domains
                }
            }),
        ));
        world
    }

    /// Takes steps until there is nothing to do.
    fn run(&mut self) {
        for _ in 0..50 {
            let world = self.world();
            match step(&world) {
                Step::Nothing => return,
                Step::ScaleUp => {
                    let machine = plan(&world).changes.into_iter().find_map(|change| match change {
                        Change::Create { id, object } if id.kind == Watched::Machine => Some(object),
                        _ => None,
                    });
                    let spec = machine.expect("a machine").data["spec"].clone();
                    let text = |key: &str| spec[key].as_str().map(str::to_owned);
                    self.made += 1;
                    let name = format!("m{}", self.made);
                    self.machines
                        .push((name, text("version").expect("a version"), text("failureDomain")));
                }
                Step::ScaleDown(name) => self.machines.retain(|(known, _, _)| *known != name),
                Step::Blocked(problems) => panic!("blocked: {problems:?}"),
                Step::Unhealthy(unwell) => panic!("blocked: {unwell:?}"),
            }
            self.log.push(self.picture());
        }
        panic!("it does not end: {:?}", self.log);
    }

    fn picture(&self) -> String {
        let one = |(name, version, domain): &(String, String, Option<String>)| {
            let minor = version
                .trim_start_matches("v1.")
                .trim_end_matches(".0")
                .to_owned();
            match domain {
                Some(domain) => format!("{name}:{minor}@{domain}"),
                None => format!("{name}:{minor}"),
            }
        };
        self.machines.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn wish(&mut self, spec: &Value) -> &[String] {
        json_patch::merge(&mut self.wishes, &json!({"spec": spec}));
        self.log.clear();
        self.run();
        &self.log
    }
}

#[test]
fn one_machine_is_replaced_by_way_of_two() {
    let mut simulation = Simulation::new(1, "v1.31.0", &json!({}));
    assert_eq!(
        simulation.wish(&json!({"version": "v1.32.0"})),
        ["m1:31 m2:32", "m2:32"]
    );
}

#[test]
fn three_are_replaced_oldest_first_by_way_of_four() {
    let mut simulation = Simulation::new(3, "v1.31.0", &json!({}));
    assert_eq!(
        simulation.wish(&json!({"version": "v1.32.0"})),
        [
            "m1:31 m2:31 m3:31 m4:32",
            "m2:31 m3:31 m4:32",
            "m2:31 m3:31 m4:32 m5:32",
            "m3:31 m4:32 m5:32",
            "m3:31 m4:32 m5:32 m6:32",
            "m4:32 m5:32 m6:32",
        ]
    );
}

#[test]
fn without_surge_one_goes_first() {
    let no_surge = json!({"spec": {"rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}}}}});
    let mut simulation = Simulation::new(3, "v1.31.0", &no_surge);
    assert_eq!(
        simulation.wish(&json!({"version": "v1.32.0"})),
        [
            "m2:31 m3:31",
            "m2:31 m3:31 m4:32",
            "m3:31 m4:32",
            "m3:31 m4:32 m5:32",
            "m4:32 m5:32",
            "m4:32 m5:32 m6:32",
        ]
    );
}

#[test]
fn growing_and_shrinking_go_one_by_one() {
    let mut simulation = Simulation::new(1, "v1.31.0", &json!({}));
    assert_eq!(
        simulation.wish(&json!({"replicas": 3})),
        ["m1:31 m2:31", "m1:31 m2:31 m3:31"]
    );
    assert_eq!(simulation.wish(&json!({"replicas": 1})), ["m2:31 m3:31", "m3:31"]);
}

#[test]
fn a_rollout_keeps_the_failure_domains_even() {
    let domains = json!({"domains": ["a", "b", "c"]});
    let mut simulation = Simulation::new(3, "v1.31.0", &domains);
    assert_eq!(simulation.picture(), "m1:31@a m2:31@b m3:31@c");
    assert_eq!(
        simulation.wish(&json!({"version": "v1.32.0"})),
        [
            "m1:31@a m2:31@b m3:31@c m4:32@a",
            "m2:31@b m3:31@c m4:32@a",
            "m2:31@b m3:31@c m4:32@a m5:32@b",
            "m3:31@c m4:32@a m5:32@b",
            "m3:31@c m4:32@a m5:32@b m6:32@c",
            "m4:32@a m5:32@b m6:32@c",
        ]
    );
}

#[test]
fn a_wish_in_the_middle_of_a_rollout_is_followed_from_there() {
    let mut simulation = Simulation::new(3, "v1.31.0", &json!({}));
    simulation.machines.truncate(2);
    simulation
        .machines
        .push(("m9".to_owned(), "v1.32.0".to_owned(), None));
    let log = simulation.wish(&json!({"version": "v1.32.0", "replicas": 5}));
    assert_eq!(log.first().map(String::as_str), Some("m1:31 m2:31 m9:32 m4:32"));
    assert!(log.iter().all(|line| line.split(' ').count() <= 6), "{log:?}");
    let last = log.last().expect("a last step");
    assert!(last.split(' ').count() == 5 && !last.contains(":31"), "{log:?}");
}
