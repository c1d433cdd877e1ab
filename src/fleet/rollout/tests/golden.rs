//! Cluster API's golden rollout logs as a fleet that is looked at: after each of their steps the progress says what the log says,
//! what is foretold only becomes less, and what is gone in the end is what was foretold.

use std::collections::BTreeSet;
use std::path::Path;

use fleetui_api::facts::Facts;
use fleetui_rules::upgrade::surge::{self, Surge};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::*;
use super::{cluster, created, deployment, key, machine, machine_set, store, with};
use crate::edit::Field;
use crate::pace::Pace;

/// Seconds from one step of a log to the next.
const STEP: i64 = 5;

/// One MachineSet as a log tells it.
#[derive(Debug, Clone, Default)]
struct Set {
    name: String,
    replicas: i64,
    available: usize,
    up_to_date: i64,
    machines: Vec<String>,
}

/// What a log says at one moment.
#[derive(Debug, Clone, Default)]
struct Moment {
    current: i64,
    wished: i64,
    available: i64,
    sets: Vec<Set>,
    /// How often machines were added until then.
    waves: u64,
}

/// A log, taken apart.
#[derive(Debug)]
struct Log {
    name: String,
    surge: Surge,
    /// The bounds, as a deployment has them.
    strategy: Value,
    moments: Vec<Moment>,
    /// How often machines were added.
    waves: u64,
}

fn numbers(text: &str) -> Vec<i64> {
    let parts = text.split(|character: char| !character.is_ascii_digit());
    parts.filter_map(|part| part.parse().ok()).collect()
}

impl Set {
    /// `ms1: from 3/3 to 3/2 replicas, 3 available, 0 upToDate (m1,m2,m3)`
    fn read(line: &str) -> Option<Self> {
        let (name, rest) = line.trim().split_once(": ")?;
        let (figures, machines) = rest.split_once('(')?;
        let figures = numbers(figures.split_once(" to ").map_or(figures, |(_, to)| to));
        let [_, replicas, available, up_to_date] = figures[..] else {
            return None;
        };
        let machines = machines.trim_end_matches(')').split(',');
        Some(Self {
            name: name.to_owned(),
            replicas,
            available: usize::try_from(available).unwrap(),
            up_to_date,
            machines: machines
                // Marks of machines that are changed in place.
                .map(|machine| machine.chars().filter(char::is_ascii).collect())
                .filter(|machine: &String| !machine.is_empty())
                .collect(),
        })
    }
}

impl Log {
    fn read(name: &str, text: &str) -> Self {
        let mut log = Self {
            name: name.to_owned(),
            surge: Surge {
                extra: 0,
                missing: 0,
                by_hand: true,
            },
            strategy: json!({"type": "OnDelete"}),
            moments: Vec::new(),
            waves: 0,
        };
        let mut told = false;
        for line in text.lines() {
            if line.starts_with("[Test] Rollout") && line.contains("MaxSurge") {
                let [replicas, extra, missing] = numbers(line)[..3] else {
                    panic!("{line}")
                };
                let bounds = json!({"maxSurge": extra, "maxUnavailable": missing});
                log.strategy = json!({"type": "RollingUpdate", "rollingUpdate": bounds});
                let object = with(
                    deployment("prod", "md", replicas),
                    &[("/spec/rollout/strategy", log.strategy.clone())],
                );
                log.surge = surge::of(&Facts::read(&object), replicas);
            }
            log.waves += u64::from(line.contains(" created)"));
            if line.ends_with("Result of rollout planner") || line == "[Test] Final state" {
                told = true;
                log.moments.push(Moment {
                    waves: log.waves,
                    ..Moment::default()
                });
            } else if !line.starts_with("    ") {
                told = false;
            }
            let Some(moment) = log.moments.last_mut().filter(|_| told) else {
                continue;
            };
            if let Some(figures) = line.strip_prefix("    md: ") {
                let figures = numbers(figures);
                (moment.current, moment.wished, moment.available) = (figures[0], figures[1], figures[2]);
            } else if line.starts_with("    ms") {
                moment.sets.extend(Set::read(line));
            }
        }
        log
    }

    /// Whether all machines of the beginning are of another template, so that all of them go.
    fn replaces_all(&self) -> bool {
        !["scale-up", "scale-down", "change-spec", "in-place"]
            .iter()
            .any(|word| self.name.contains(word))
    }
}

impl Moment {
    fn machines(&self) -> BTreeSet<&str> {
        let machines = self.sets.iter().flat_map(|set| &set.machines);
        machines.map(String::as_str).collect()
    }

    /// As the controllers count it; the line of the deployment leaves it out under OnDelete.
    fn up_to_date(&self) -> i64 {
        self.sets.iter().map(|set| set.up_to_date).sum()
    }

    /// The fleet as it is then; `born` says at which step each machine came.
    fn fleet(&self, strategy: &Value, born: &dyn Fn(&str) -> usize) -> FleetStore {
        let counters = json!({
            "replicas": self.current, "upToDateReplicas": self.up_to_date(),
            "availableReplicas": self.available, "readyReplicas": self.available,
        });
        let mut objects = vec![
            cluster("prod"),
            with(
                deployment("prod", "md", self.wished),
                &[
                    ("/status", counters),
                    ("/spec/rollout/strategy", strategy.clone()),
                ],
            ),
        ];
        for set in &self.sets {
            objects.push(machine_set("prod", "md", &set.name, set.replicas));
            for (at, name) in set.machines.iter().enumerate() {
                let since = at_step(born(name)).to_string();
                let status = if at < set.available { "True" } else { "False" };
                let told = json!([{"type": "Available", "status": status, "reason": "Told", "lastTransitionTime": since}]);
                let made = [
                    ("/metadata/creationTimestamp", Value::from(since)),
                    ("/status/conditions", told),
                ];
                objects.push(with(machine("prod", ("MachineSet", &set.name), name), &made));
            }
        }
        store(&objects)
    }
}

fn at_step(step: usize) -> Timestamp {
    created() + SignedDuration::from_secs(STEP * i64::try_from(step).unwrap())
}

fn logs() -> Vec<Log> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/rollouts");
    let mut logs = Vec::new();
    for kind in ["rollingupdate", "ondelete"] {
        let Ok(entries) = std::fs::read_dir(folder.join(kind)) else {
            println!("skipped: {} is not on this machine", folder.join(kind).display());
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            logs.push(Log::read(&name, &std::fs::read_to_string(&path).unwrap()));
        }
        assert!(!logs.is_empty(), "no logs in {kind}");
    }
    logs
}

/// How far it is at a step, and how often machines are still waited for.
fn progress_of(log: &Log, step: usize) -> Option<(Progress, u64)> {
    let born = |name: &str| {
        let came = |moment: &Moment| moment.machines().contains(name);
        log.moments.iter().position(came).unwrap()
    };
    let store = log.moments[step].fleet(&log.strategy, &born);
    let row = store.get(&key(&store, "MachineDeployment", "md")).unwrap();
    let pace = crate::pace::pace(&store, store.cluster_of(row).unwrap());
    let progress = progress(&store, row, at_step(step))?;
    assert!(pace == Pace::GUESS || pace.median <= 1, "{pace:?}");
    let rounds = rounds::left(&store, row).unwrap();
    assert_eq!(
        progress.left_seconds,
        Some(pace.of_machines(rounds)),
        "{} step {step}",
        log.name
    );
    Some((progress, rounds))
}

#[test]
fn progress_says_what_the_logs_say_and_what_is_left_only_becomes_less() {
    let mut checked = 0;
    for log in logs() {
        let mut left = i64::MAX;
        for (step, moment) in log.moments.iter().enumerate() {
            let what = format!("{} step {step}: {moment:?}", log.name);
            let there = moment.up_to_date().min(moment.available);
            let surplus = (moment.current - moment.wished).max(0);
            let Some((progress, foretold)) = progress_of(&log, step) else {
                assert!(there >= moment.wished && surplus == 0, "{what}");
                left = 0;
                continue;
            };
            // Machines are waited for as often as they still come, and once more for those that are on their way. Where some
            // may be missing, the first ones go before any came, which takes a round more at most.
            let waves = log.waves - moment.waves;
            if log.replaces_all() && !log.surge.by_hand {
                let least = waves.saturating_sub(u64::from(log.surge.missing > 0)).max(1);
                let near = least..=waves + 1;
                assert!(near.contains(&foretold), "{what}: {foretold} and not {near:?}");
                checked += 1;
            }
            assert_eq!(progress.wished, moment.wished, "{what}");
            assert_eq!(progress.arrived, there.min(moment.wished), "{what}");
            assert_eq!(progress.surplus, surplus, "{what}");
            assert_eq!(progress.stalled, None, "{what}");
            let now = (progress.wished - progress.arrived).max(surplus);
            assert!(now > 0 && now <= left, "{what}: {now} after {left}");
            left = now;
        }
        assert_eq!(left, 0, "{} ends", log.name);
    }
    assert!(checked == 0 || checked >= 40, "{checked} moments");
}

#[test]
fn what_is_gone_in_the_end_is_what_was_foretold() {
    let mut seen = 0;
    for log in logs().iter().filter(|log| log.replaces_all()) {
        let (Some(first), Some(last)) = (log.moments.first(), log.moments.last()) else {
            panic!("{} is empty", log.name)
        };
        let before = first.machines();
        let gone = before.difference(&last.machines()).count();
        let wished = usize::try_from(first.wished).unwrap();
        assert_eq!(gone, wished, "{}", log.name);
        assert_eq!(last.machines().len(), wished, "{}", log.name);
        // The sentence that is shown before the key.
        let store = first.fleet(&log.strategy, &|_| 0);
        let deployment = key(&store, "MachineDeployment", "md");
        let planned = crate::act::plan::field(&store, &deployment, Field::Version, "v1.31.4", at_step(0));
        let planned = planned.unwrap_or_else(|refused| panic!("{}: {refused:?}", log.name));
        let foretold = format!("replaces {gone} machines");
        assert!(
            planned.preview.happens.contains(&foretold),
            "{}: {:?}",
            log.name,
            planned.preview
        );
        // There are never more than with the surge, and machines are waited for as often as is foretold.
        let most = log.moments.iter().map(|moment| moment.machines().len()).max();
        let bound = wished + usize::try_from(log.surge.extra).unwrap();
        assert!(most <= Some(bound), "{}: {most:?} and not {bound}", log.name);
        if !log.surge.by_hand {
            if log.surge.missing == 0 {
                assert_eq!(most, Some(bound.min(2 * wished)), "{}", log.name);
            }
            // Where some may be missing, the first ones go before any came, which takes a round more at most.
            let rounds = log.surge.rounds(first.wished);
            assert!(
                (rounds..=rounds + 1).contains(&log.waves),
                "{}: {} and not {rounds}",
                log.name,
                log.waves
            );
        }
        seen += 1;
    }
    assert!(seen == 0 || seen >= 8, "{seen} logs");
}
