//! The demo's fleet as data: which clusters there are, how old, and what is going on with each.

use std::time::Duration;

use super::objects::Shape;

/// The demo's management clusters, in the order in which they are shown.
pub(crate) const MANAGEMENT_CLUSTERS: [&str; 2] = ["mgmt-taipei", "mgmt-tokyo"];

/// What is going on with a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plot {
    /// Nothing: it is as it should be.
    Healthy,
    /// A pool gets another version.
    WorkersRoll { pool: &'static str, to: &'static str },
    /// The control plane gets another version.
    ControlPlaneRolls { to: &'static str },
    /// A pool grows.
    Grows { pool: &'static str, to: i64 },
    /// A pool grows, and the machines of it are refused.
    Stuck {
        pool: &'static str,
        to: i64,
        why: &'static str,
    },
    /// A person has paused it, in the middle of growing.
    Paused { pool: &'static str, to: i64 },
    /// It is being deleted, and a hook holds one machine.
    Deleting { hook: &'static str },
    /// The API of the workload cluster cannot be reached.
    Cut,
}

/// One cluster of the demo.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    /// The management cluster that holds it.
    pub(crate) management_cluster: &'static str,
    /// Its objects.
    pub(crate) shape: Shape,
    /// How long ago it was made.
    pub(crate) age: Duration,
    /// What is going on.
    pub(crate) plot: Plot,
}

const fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

const fn days(days: u64) -> Duration {
    hours(days * 24)
}

/// All clusters, oldest first.
pub(crate) fn chapters() -> Vec<Chapter> {
    let mut chapters = [taipei(), tokyo()].concat();
    chapters.sort_by_key(|chapter| std::cmp::Reverse(chapter.age));
    chapters
}

fn taipei() -> Vec<Chapter> {
    let chapter = |age, plot, shape| Chapter {
        management_cluster: MANAGEMENT_CLUSTERS[0],
        shape,
        age,
        plot,
    };
    let refused = "InsufficientCapacity: zone b has no machine of type c5.2xlarge left";
    vec![
        chapter(
            days(41),
            Plot::Healthy,
            shape("prod", "payments", 3, "v1.33.4", &[("md-0", 4), ("gpu", 2)]),
        ),
        chapter(
            days(41),
            Plot::WorkersRoll {
                pool: "md-0",
                to: "v1.33.4",
            },
            behind("v1.32.8", shape("prod", "search", 3, "v1.33.4", &[("md-0", 4)])),
        ),
        chapter(
            days(12),
            Plot::Stuck {
                pool: "md-0",
                to: 3,
                why: refused,
            },
            shape("edge", "edge-harbor", 1, "v1.32.8", &[("md-0", 2)]),
        ),
        chapter(
            days(12),
            Plot::Paused { pool: "md-0", to: 4 },
            shape("edge", "edge-airport", 1, "v1.32.8", &[("md-0", 2)]),
        ),
        chapter(
            hours(30),
            Plot::Healthy,
            shape("staging", "web", 1, "v1.33.4", &[("md-0", 2)]),
        ),
        chapter(
            hours(9),
            Plot::Deleting { hook: "backup" },
            shape("dev", "alice", 1, "v1.33.4", &[("md-0", 2)]),
        ),
        chapter(
            hours(5),
            Plot::Grows { pool: "md-0", to: 3 },
            shape("dev", "bob", 1, "v1.33.4", &[("md-0", 1)]),
        ),
    ]
}

fn tokyo() -> Vec<Chapter> {
    let chapter = |age, plot, shape| Chapter {
        management_cluster: MANAGEMENT_CLUSTERS[1],
        shape,
        age,
        plot,
    };
    vec![
        chapter(
            days(88),
            Plot::Healthy,
            shape("prod", "orders", 3, "v1.32.8", &[("md-0", 6)]),
        ),
        chapter(
            days(88),
            Plot::Cut,
            shape("prod", "billing", 3, "v1.32.8", &[("md-0", 3)]),
        ),
        chapter(
            days(20),
            Plot::ControlPlaneRolls { to: "v1.33.4" },
            shape("staging", "batch", 3, "v1.32.8", &[("md-0", 2)]),
        ),
        chapter(
            days(3),
            Plot::Healthy,
            shape("ml", "training", 1, "v1.33.4", &[("md-0", 2), ("gpu", 5)]),
        ),
        chapter(
            hours(2),
            Plot::Healthy,
            behind("v1.32.8", shape("dev", "qa", 1, "v1.33.4", &[("md-0", 1)])),
        ),
    ]
}

fn shape(
    namespace: &'static str,
    name: &'static str,
    control_plane: i64,
    version: &'static str,
    pools: &'static [(&'static str, i64)],
) -> Shape {
    Shape {
        name,
        namespace,
        version,
        workers: version,
        control_plane,
        pools,
    }
}

/// A cluster whose workers have an older version than its control plane.
fn behind(workers: &'static str, shape: Shape) -> Shape {
    Shape { workers, ..shape }
}

impl Plot {
    /// How long before the present it began: what is stuck has been so for a while, what moves has just begun to.
    pub(crate) fn begun(&self) -> Duration {
        match self {
            Self::Healthy | Self::Stuck { .. } | Self::Paused { .. } | Self::Deleting { .. } | Self::Cut => {
                Duration::from_mins(47)
            }
            Self::WorkersRoll { .. } | Self::ControlPlaneRolls { .. } | Self::Grows { .. } => {
                Duration::from_secs(90)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_dozen_clusters_with_every_plot_in_two_management_clusters() {
        let chapters = chapters();
        assert_eq!(chapters.len(), 12);
        let names: HashSet<_> = chapters
            .iter()
            .map(|c| (c.management_cluster, c.shape.namespace, c.shape.name))
            .collect();
        assert_eq!(names.len(), 12);
        for name in MANAGEMENT_CLUSTERS {
            assert!(chapters.iter().any(|c| c.management_cluster == name));
        }
        let plots: HashSet<_> = chapters.iter().map(|c| std::mem::discriminant(&c.plot)).collect();
        assert_eq!(plots.len(), 8);
        assert!(chapters.iter().all(|c| c.age > c.plot.begun()));
        assert!(chapters.windows(2).all(|pair| pair[0].age >= pair[1].age));
    }
}
