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
    Duration::from_secs(hours * 3600)
}

/// How long before the present the plots begin.
pub(crate) const PLOTS_BEGIN: Duration = Duration::from_secs(7 * 60);

/// All clusters, oldest first.
pub(crate) fn chapters() -> Vec<Chapter> {
    let taipei = MANAGEMENT_CLUSTERS[0];
    let tokyo = MANAGEMENT_CLUSTERS[1];
    let chapter = |management_cluster, age, plot, shape| Chapter {
        management_cluster,
        shape,
        age,
        plot,
    };
    let shape = |name, namespace, version, control_plane, pools| Shape {
        name,
        namespace,
        version,
        control_plane,
        pools,
    };
    let mut chapters = vec![
        chapter(
            taipei,
            hours(24 * 41),
            Plot::Healthy,
            shape("payments", "prod", "v1.33.4", 3, &[("md-0", 4), ("gpu", 2)]),
        ),
        chapter(
            taipei,
            hours(24 * 41),
            Plot::WorkersRoll {
                pool: "md-0",
                to: "v1.33.4",
            },
            shape("search", "prod", "v1.32.8", 3, &[("md-0", 4)]),
        ),
        chapter(
            taipei,
            hours(24 * 12),
            Plot::Stuck {
                pool: "md-0",
                to: 3,
                why: "InsufficientCapacity: zone b has no machine of type c5.2xlarge left",
            },
            shape("edge-harbor", "edge", "v1.32.8", 1, &[("md-0", 2)]),
        ),
        chapter(
            taipei,
            hours(24 * 12),
            Plot::Paused { pool: "md-0", to: 4 },
            shape("edge-airport", "edge", "v1.32.8", 1, &[("md-0", 2)]),
        ),
        chapter(
            taipei,
            hours(30),
            Plot::Healthy,
            shape("web", "staging", "v1.33.4", 1, &[("md-0", 2)]),
        ),
        chapter(
            taipei,
            hours(9),
            Plot::Deleting { hook: "backup" },
            shape("alice", "dev", "v1.33.4", 1, &[("md-0", 2)]),
        ),
        chapter(
            taipei,
            hours(5),
            Plot::Grows { pool: "md-0", to: 3 },
            shape("bob", "dev", "v1.33.4", 1, &[("md-0", 1)]),
        ),
        chapter(
            tokyo,
            hours(24 * 88),
            Plot::Healthy,
            shape("orders", "prod", "v1.32.8", 3, &[("md-0", 6)]),
        ),
        chapter(
            tokyo,
            hours(24 * 88),
            Plot::Cut,
            shape("billing", "prod", "v1.32.8", 3, &[("md-0", 3)]),
        ),
        chapter(
            tokyo,
            hours(24 * 20),
            Plot::ControlPlaneRolls { to: "v1.33.4" },
            shape("batch", "staging", "v1.32.8", 3, &[("md-0", 2)]),
        ),
        chapter(
            tokyo,
            hours(24 * 3),
            Plot::Healthy,
            shape("training", "ml", "v1.33.4", 1, &[("md-0", 2), ("gpu", 5)]),
        ),
        chapter(
            tokyo,
            hours(2),
            Plot::Healthy,
            shape("qa", "dev", "v1.33.4", 1, &[("md-0", 2)]),
        ),
    ];
    chapters.sort_by_key(|chapter| std::cmp::Reverse(chapter.age));
    chapters
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
        assert!(chapters.iter().all(|c| c.age > PLOTS_BEGIN));
        assert!(chapters.windows(2).all(|pair| pair[0].age >= pair[1].age));
    }
}
