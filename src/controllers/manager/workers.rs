//! So many workers for each kind, with a queue of their own: where all that work on one kind wait for something, the others go on.

use std::time::Duration;

use tokio::time::Instant;

use super::metrics::{Meters, Metrics};
use super::queue::{Done, Queue};
use crate::cache::Cause;
use crate::kinds::{self, ObjectId, Watched};
use crate::settings::ControllerSettings;

/// What is to be reconciled, by kind.
#[derive(Debug)]
pub(super) struct Workers {
    lanes: Vec<Lane>,
    /// The lane whose turn it is.
    turn: usize,
}

#[derive(Debug)]
struct Lane {
    kind: Watched,
    queue: Queue,
    running: usize,
    limit: usize,
    meters: Meters,
}

impl Lane {
    /// Lets everybody see how much there is to do.
    fn measure(&mut self) {
        let added = self.queue.take_added();
        self.meters.depth(self.queue.waiting(), self.running, added);
    }
}

impl Workers {
    /// Nobody works yet.
    pub(super) fn new(settings: &ControllerSettings, metrics: &Metrics) -> Self {
        let kinds = kinds::ALL.into_iter().filter(|kind| kind.is_reconciled());
        let lane = |kind| {
            let limit = at_once(kind).min(settings.concurrency).max(1);
            Lane {
                kind,
                queue: Queue::new(settings),
                running: 0,
                limit,
                meters: metrics.of(kind, limit),
            }
        };
        Self {
            lanes: kinds.map(lane).collect(),
            turn: 0,
        }
    }

    /// Asks for these objects.
    pub(super) fn add(&mut self, asked: impl IntoIterator<Item = (ObjectId, Cause)>, now: Instant) {
        for (id, cause) in asked {
            if let Some(lane) = self.lane(id.kind) {
                lane.queue.add(id, cause, now);
                lane.measure();
            }
        }
    }

    /// The next object to reconcile; the kinds that have a worker left take turns. It is at work until [`Workers::done`].
    pub(super) fn next(&mut self) -> Option<ObjectId> {
        let turns = self.lanes.len();
        for turn in (self.turn..turns).chain(0..self.turn) {
            if let Some(lane) = self.lanes.get_mut(turn)
                && lane.running < lane.limit
                && let Some(id) = lane.queue.next()
            {
                lane.running += 1;
                lane.measure();
                self.turn = (turn + 1) % turns;
                return Some(id);
            }
        }
        None
    }

    /// Takes note that a reconcile has ended, which took so long.
    pub(super) fn done(&mut self, id: ObjectId, done: Done, took: Duration, now: Instant) {
        if let Some(lane) = self.lane(id.kind) {
            lane.running = lane.running.saturating_sub(1);
            lane.queue.done(id, done, now);
            lane.meters.ended(done, took);
            lane.measure();
        }
    }

    /// Whether something will be tried again soon, or waits for more to sum up.
    pub(super) fn tries_again(&self) -> bool {
        self.lanes.iter().any(|lane| lane.queue.tries_again())
    }

    /// When the next waiting object is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(|lane| lane.queue.deadline()).min()
    }

    /// Queues what is due.
    pub(super) fn wake(&mut self, now: Instant) {
        for lane in &mut self.lanes {
            lane.queue.wake(now);
            lane.measure();
        }
    }

    fn lane(&mut self, kind: Watched) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.kind == kind)
    }
}

/// How many of a kind Cluster API's managers reconcile at the same time.
fn at_once(kind: Watched) -> usize {
    match kind {
        Watched::Machine => 100,
        Watched::ClusterClass | Watched::ClusterResourceSet | Watched::ClusterResourceSetBinding => 10,
        Watched::Cluster
        | Watched::MachineDeployment
        | Watched::MachineSet
        | Watched::KubeadmControlPlane
        | Watched::KubeadmConfig
        | Watched::KubeadmConfigTemplate
        | Watched::DevCluster
        | Watched::DevMachine
        | Watched::DevMachineTemplate
        | Watched::MachineDrainRule
        | Watched::MachineHealthCheck
        | Watched::MachinePool
        | Watched::DevMachinePool
        | Watched::ByoCluster
        | Watched::ByoHost
        | Watched::ByoMachine
        | Watched::ByoMachineTemplate
        | Watched::K8sInstallerConfig
        | Watched::K8sInstallerConfigTemplate => 50,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_kind_whose_workers_all_wait_holds_up_no_other() {
        let metrics = Metrics::default();
        let mut workers = Workers::new(&ControllerSettings::default(), &metrics);
        let named = |kind: Watched, number: usize| ObjectId::new(kind, "default", &number.to_string());
        let now = Instant::now();
        workers.add(
            (0..12).map(|number| (named(Watched::ClusterResourceSet, number), Cause::Others)),
            now,
        );
        let taken: Vec<_> = std::iter::from_fn(|| workers.next()).collect();
        assert_eq!(taken.len(), 10);
        let told = |line: &str| assert!(metrics.text().lines().any(|there| there == line), "{line}");
        let of_sets = r#"controller="clusterresourceset"} "#;
        told(&format!("controller_runtime_active_workers{{{of_sets}10"));
        let queue = format!(r#"{{name="clusterresourceset",{of_sets}"#);
        told(&format!("workqueue_depth{queue}2"));
        told(&format!("workqueue_adds_total{queue}12"));
        told(r#"workqueue_depth{name="machine",controller="machine"} 0"#);
        let one_each = [named(Watched::Machine, 1), named(Watched::Cluster, 1)];
        workers.add(one_each.map(|id| (id, Cause::Others)), now);
        assert_eq!(workers.next(), Some(named(Watched::Cluster, 1)));
        assert_eq!(workers.next(), Some(named(Watched::Machine, 1)));
        assert_eq!(workers.next(), None);
        let first = taken.into_iter().next().expect("ten");
        workers.done(first, Done::Well { requeue: None }, Duration::from_millis(1), now);
        assert_eq!(workers.next(), Some(named(Watched::ClusterResourceSet, 10)));
        told(&format!("workqueue_depth{queue}1"));
        told(&format!("controller_runtime_active_workers{{{of_sets}10"));
        told(r#"controller_runtime_reconcile_total{controller="clusterresourceset",result="success"} 1"#);
    }

    #[tokio::test(start_paused = true)]
    async fn kinds_take_turns_and_none_has_more_workers_than_are_wished() {
        let settings = ControllerSettings {
            concurrency: 2,
            ..ControllerSettings::default()
        };
        let mut workers = Workers::new(&settings, &Metrics::default());
        let now = Instant::now();
        let ids = [Watched::Cluster, Watched::Machine]
            .into_iter()
            .flat_map(|kind| (0..3).map(move |number| ObjectId::new(kind, "default", &number.to_string())));
        workers.add(ids.map(|id| (id, Cause::Others)), now);
        let kinds: Vec<Watched> = std::iter::from_fn(|| workers.next()).map(|id| id.kind).collect();
        let turns = [Watched::Cluster, Watched::Machine];
        assert_eq!(kinds, [turns, turns].concat());
    }
}
