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

/// Seconds that a reconcile may take, as borders of the buckets.
const BORDERS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByController {
    controller: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    controller: &'static str,
    result: &'static str,
}

/// The counts of one manager.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<ByResult, Counter>,
    errors: Family<ByController, Counter>,
    times: Family<ByController, Histogram, fn() -> Histogram>,
    waiting: Gauge<i64>,
    running: Gauge<i64>,
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
            waiting: Gauge::default(),
            running: Gauge::default(),
        };
        let registry = &mut this.registry;
        registry.register(
            "controller_runtime_reconcile",
            "Reconciles by controller and result",
            this.reconciles.clone(),
        );
        registry.register(
            "controller_runtime_reconcile_errors",
            "Reconciles that failed, by controller",
            this.errors.clone(),
        );
        registry.register(
            "controller_runtime_reconcile_time_seconds",
            "How long reconciles took, by controller",
            this.times.clone(),
        );
        registry.register(
            "controller_runtime_active_workers",
            "Reconciles under way",
            this.running.clone(),
        );
        registry.register(
            "workqueue_depth",
            "Objects that wait to be reconciled",
            this.waiting.clone(),
        );
        this
    }
}

impl Metrics {
    /// In the text format that Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Takes note of a reconcile that has ended.
    pub(super) fn ended(&self, kind: Watched, done: Done, took: Duration) {
        let controller = kind.kind();
        let result = match done {
            Done::Well { requeue: None } => "success",
            Done::Well { requeue: Some(_) } => "requeue_after",
            Done::Conflict => "requeue",
            Done::Failed => "error",
        };
        self.reconciles
            .get_or_create(&ByResult { controller, result })
            .inc();
        if done == Done::Failed {
            self.errors.get_or_create(&ByController { controller }).inc();
        }
        self.times
            .get_or_create(&ByController { controller })
            .observe(took.as_secs_f64());
    }

    /// Takes note of how much there is to do.
    pub(super) fn depth(&self, waiting: usize, running: usize) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.waiting.set(number(waiting));
        self.running.set(number(running));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.ended(
            Watched::Machine,
            Done::Well { requeue: None },
            Duration::from_millis(3),
        );
        metrics.ended(Watched::Machine, Done::Failed, Duration::from_millis(30));
        metrics.depth(4, 2);
        let text = metrics.text();
        for line in [
            "controller_runtime_reconcile_total{controller=\"Machine\",result=\"success\"} 1",
            "controller_runtime_reconcile_total{controller=\"Machine\",result=\"error\"} 1",
            "controller_runtime_reconcile_errors_total{controller=\"Machine\"} 1",
            "controller_runtime_reconcile_time_seconds_bucket{le=\"0.005\",controller=\"Machine\"} 1",
            "controller_runtime_reconcile_time_seconds_count{controller=\"Machine\"} 2",
            "workqueue_depth 4",
            "controller_runtime_active_workers 2",
        ] {
            assert!(
                text.lines().any(|there| there == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
