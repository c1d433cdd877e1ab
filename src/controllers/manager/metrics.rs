//! What the manager counts, under the names that controller managers of Kubernetes have for it, so that dashboards fit.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::queue::Done;
use crate::kinds::Watched;
use crate::requests::Requests;

/// Seconds that a reconcile may take, as borders of the buckets.
const BORDERS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByController {
    controller: String,
}

/// A queue is called like its controller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByQueue {
    name: String,
    controller: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    controller: String,
    result: &'static str,
}

/// The counts of one manager.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<ByResult, Counter>,
    errors: Family<ByController, Counter>,
    times: Family<ByController, Histogram, fn() -> Histogram>,
    running: Family<ByController, Gauge>,
    workers: Family<ByController, Gauge>,
    waiting: Family<ByQueue, Gauge>,
    adds: Family<ByQueue, Counter>,
    retries: Family<ByQueue, Counter>,
    requests: Requests,
}

impl Default for Metrics {
    fn default() -> Self {
        let times: Family<ByController, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BORDERS));
        let mut this = Self {
            registry: Registry::default(),
            reconciles: Family::default(),
            errors: Family::default(),
            times,
            running: Family::default(),
            workers: Family::default(),
            waiting: Family::default(),
            adds: Family::default(),
            retries: Family::default(),
            requests: Requests::default(),
        };
        this.register_reconciles();
        this.register_queues();
        this
    }
}

impl Metrics {
    fn register_reconciles(&mut self) {
        let registry = self.registry.sub_registry_with_prefix("controller_runtime");
        registry.register(
            "reconcile",
            "Reconciles by controller and result",
            self.reconciles.clone(),
        );
        registry.register(
            "reconcile_errors",
            "Reconciles that failed, by controller",
            self.errors.clone(),
        );
        registry.register(
            "reconcile_time_seconds",
            "How long reconciles took, by controller",
            self.times.clone(),
        );
        registry.register(
            "active_workers",
            "Reconciles under way, by controller",
            self.running.clone(),
        );
        registry.register(
            "max_concurrent_reconciles",
            "Reconciles that may be under way at the same time, by controller",
            self.workers.clone(),
        );
    }

    fn register_queues(&mut self) {
        let registry = self.registry.sub_registry_with_prefix("workqueue");
        registry.register(
            "depth",
            "Objects that wait to be reconciled, by controller",
            self.waiting.clone(),
        );
        registry.register(
            "adds",
            "Objects that were put into the queue, by controller",
            self.adds.clone(),
        );
        registry.register(
            "retries",
            "Objects that are tried again because they failed, by controller",
            self.retries.clone(),
        );
        self.registry.register(
            "rest_client_requests",
            "Requests by method and by the status of the answer",
            self.requests.counters(),
        );
    }

    /// In the text format that Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// The counts of the controller of one kind, each of which begins at nothing. `workers` is how many may work.
    pub(super) fn of(&self, kind: Watched, workers: usize) -> Meters {
        // As controller-runtime calls a controller that is given no other name.
        let controller = kind.kind().to_lowercase();
        let result = |result: &'static str| {
            let controller = controller.clone();
            self.reconciles
                .get_or_create_owned(&ByResult { controller, result })
        };
        let by_controller = ByController {
            controller: controller.clone(),
        };
        self.workers.get_or_create(&by_controller).set(number(workers));
        let by_queue = ByQueue {
            name: controller.clone(),
            controller: controller.clone(),
        };
        Meters {
            success: result("success"),
            requeue_after: result("requeue_after"),
            requeue: result("requeue"),
            error: result("error"),
            errors: self.errors.get_or_create_owned(&by_controller),
            time: self.times.get_or_create_owned(&by_controller),
            running: self.running.get_or_create_owned(&by_controller),
            waiting: self.waiting.get_or_create_owned(&by_queue),
            adds: self.adds.get_or_create_owned(&by_queue),
            retries: self.retries.get_or_create_owned(&by_queue),
        }
    }

    /// Where requests are counted.
    pub(super) fn requests(&self) -> Requests {
        self.requests.clone()
    }
}

/// The counts of one controller, found once.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    success: Counter,
    requeue_after: Counter,
    requeue: Counter,
    error: Counter,
    errors: Counter,
    time: Histogram,
    running: Gauge,
    waiting: Gauge,
    adds: Counter,
    retries: Counter,
}

impl Meters {
    /// Takes note of a reconcile that has ended.
    pub(super) fn ended(&self, done: Done, took: Duration) {
        let result = match done {
            Done::Well { requeue: None } => &self.success,
            Done::Well { requeue: Some(_) } => &self.requeue_after,
            Done::Conflict => &self.requeue,
            Done::Failed => &self.error,
        };
        result.inc();
        match done {
            Done::Well { .. } => {}
            Done::Conflict => {
                self.retries.inc();
            }
            Done::Failed => {
                self.retries.inc();
                self.errors.inc();
            }
        }
        self.time.observe(took.as_secs_f64());
    }

    /// Takes note of how much there is to do, and of how many objects have come since the last time.
    pub(super) fn depth(&self, waiting: usize, running: usize, added: u64) {
        self.waiting.set(number(waiting));
        self.running.set(number(running));
        if added > 0 {
            self.adds.inc_by(added);
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        let machines = metrics.of(Watched::Machine, 100);
        let _ = metrics.of(Watched::KubeadmControlPlane, 50);
        machines.ended(Done::Well { requeue: None }, Duration::from_millis(3));
        machines.ended(Done::Failed, Duration::from_millis(30));
        machines.ended(Done::Conflict, Duration::from_millis(30));
        machines.depth(4, 2, 7);
        drop(metrics.requests().begin("get Secret default/s"));
        let text = metrics.text();
        for line in [
            "controller_runtime_reconcile_total{controller=\"machine\",result=\"success\"} 1",
            "controller_runtime_reconcile_total{controller=\"machine\",result=\"error\"} 1",
            "controller_runtime_reconcile_total{controller=\"machine\",result=\"requeue\"} 1",
            "controller_runtime_reconcile_total{controller=\"kubeadmcontrolplane\",result=\"error\"} 0",
            "controller_runtime_reconcile_errors_total{controller=\"machine\"} 1",
            "controller_runtime_reconcile_time_seconds_bucket{le=\"0.005\",controller=\"machine\"} 1",
            "controller_runtime_reconcile_time_seconds_count{controller=\"machine\"} 3",
            "controller_runtime_active_workers{controller=\"machine\"} 2",
            "controller_runtime_max_concurrent_reconciles{controller=\"machine\"} 100",
            "workqueue_depth{name=\"machine\",controller=\"machine\"} 4",
            "workqueue_adds_total{name=\"machine\",controller=\"machine\"} 7",
            "workqueue_retries_total{name=\"machine\",controller=\"machine\"} 2",
            "workqueue_depth{name=\"kubeadmcontrolplane\",controller=\"kubeadmcontrolplane\"} 0",
            "rest_client_requests_total{code=\"<error>\",method=\"GET\"} 1",
        ] {
            assert!(
                text.lines().any(|there| there == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
