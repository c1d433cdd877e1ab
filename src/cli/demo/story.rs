//! The demo's fleet as data: which clusters there are, how old, and what is going on with each.

use std::time::Duration;

use super::objects::{OnHosts, Shape};

/// The demo's management clusters, in the order in which they are shown.
pub(crate) const MANAGEMENT_CLUSTERS: [&str; 2] = ["mgmt-taipei", "mgmt-tokyo"];

/// The cluster beside which the ClusterClass stands.
pub(crate) const BESIDE_THE_CLASS: &str = "payments";

/// Namespaces in which there are host pools.
pub(crate) const EDGE: &str = "edge";
pub(crate) const ML: &str = "ml";

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
    /// Its pool asks for more hosts than there are, and the limit of its health check is too tight for what failed.
    Crowded {
        pool: &'static str,
        to: i64,
        check: &'static str,
    },
}

/// Something that was done before, and is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A pool got another number of machines.
    Scale { pool: &'static str, to: i64 },
    /// The control plane got another version.
    UpgradeControlPlane { to: &'static str },
    /// A pool got another version.
    UpgradeWorkers { pool: &'static str, to: &'static str },
    /// A machine of a pool was replaced.
    Replace { pool: &'static str },
}

/// What becomes of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Somebody looks after it.
    Maintenance(&'static str),
    /// It takes no further machine.
    Cordoned,
    /// Nobody has said yet that it may be used.
    Unapproved,
    /// It is kept for one cluster.
    ReservedFor(&'static str),
    /// The next machine fails on it, with these last words.
    Fails(&'static str),
    /// It is off.
    Silent,
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
    /// What was done to it since, and how long ago, the first first.
    pub(crate) history: Vec<(Duration, Deed)>,
    /// What is going on.
    pub(crate) plot: Plot,
}

impl Chapter {
    /// How many machines a pool had so long ago.
    pub(crate) fn replicas(&self, pool: &str, age: Duration) -> i64 {
        let at_first = self.shape.pools.iter().find(|(name, _)| *name == pool);
        let since = self.history.iter().filter(|(then, _)| *then >= age);
        let mut scaled = since.filter_map(|(_, deed)| match deed {
            Deed::Scale { pool: scaled, to } if *scaled == pool => Some(*to),
            Deed::Scale { .. }
            | Deed::UpgradeControlPlane { .. }
            | Deed::UpgradeWorkers { .. }
            | Deed::Replace { .. } => None,
        });
        scaled
            .next_back()
            .unwrap_or(at_first.map_or(0, |(_, replicas)| *replicas))
    }

    /// How many workers there were so long ago, those of MachinePools too.
    pub(crate) fn workers(&self, age: Duration) -> i64 {
        let deployments = self.shape.pools.iter().map(|(pool, _)| self.replicas(pool, age));
        let pools = self.shape.machine_pools.iter().map(|(_, replicas)| *replicas);
        deployments.chain(pools).sum()
    }
}

/// What becomes of a host, of which management cluster, and how long ago.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostTurn {
    /// The management cluster.
    pub(crate) management_cluster: &'static str,
    /// Namespace of the ByoHost.
    pub(crate) namespace: &'static str,
    /// Its name.
    pub(crate) host: &'static str,
    /// How long ago.
    pub(crate) age: Duration,
    /// What.
    pub(crate) fate: Fate,
}

/// When hosts fall silent: so long before the present that their nodes are lost by the time the next thing happens, and so
/// shortly that a host on which a machine failed then is still held back.
pub(crate) const SILENCE: Duration = Duration::from_mins(50);

/// What becomes of hosts, the oldest first.
pub(crate) fn host_turns() -> Vec<HostTurn> {
    let turn = |management_cluster, namespace, host, age, fate| HostTurn {
        management_cluster,
        namespace,
        host,
        age,
        fate,
    };
    let edge = |host, age, fate| turn(MANAGEMENT_CLUSTERS[0], EDGE, host, age, fate);
    let broken =
        "bootstrap: /var/lib/kubelet is on a read-only file system: blk_update_request: I/O error, dev sda";
    vec![
        edge("khh-8", days(3), Fate::Cordoned),
        edge(
            "khh-6",
            hours(9),
            Fate::Maintenance("power supply 2 is being replaced"),
        ),
        turn(
            MANAGEMENT_CLUSTERS[1],
            ML,
            "nrt-gpu-5",
            hours(9),
            Fate::ReservedFor("render"),
        ),
        edge("txg-spare-1", hours(2), Fate::Unapproved),
        edge("khh-5", hours(2), Fate::Fails(broken)),
        edge("khh-3", SILENCE, Fate::Silent),
        edge("txg-4", SILENCE, Fate::Silent),
    ]
}

pub(super) const fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

pub(super) const fn days(days: u64) -> Duration {
    hours(days * 24)
}

/// All clusters, oldest first.
pub(crate) fn chapters() -> Vec<Chapter> {
    let mut chapters = [taipei(), tokyo()].concat();
    chapters.sort_by_key(|chapter| std::cmp::Reverse(chapter.age));
    chapters
}

/// A cluster of a management cluster, of which nothing is told before what is going on.
fn chapter(management_cluster: &'static str, age: Duration, plot: Plot, shape: Shape) -> Chapter {
    Chapter {
        management_cluster,
        shape,
        age,
        history: Vec::new(),
        plot,
    }
}

impl Chapter {
    fn after(self, history: impl Into<Vec<(Duration, Deed)>>) -> Self {
        Self {
            history: history.into(),
            ..self
        }
    }
}

fn taipei() -> Vec<Chapter> {
    let chapter = |age, plot, shape| chapter(MANAGEMENT_CLUSTERS[0], age, plot, shape);
    let refused = "InsufficientCapacity: zone b has no machine of type c5.2xlarge left";
    let payments = shape("prod", "payments", 3, "v1.33.4", &[("md-0", 3), ("gpu", 1)]);
    vec![
        chapter(days(41), Plot::Healthy, payments.checked(&["md-0"])).after([
            (days(20), Deed::Scale { pool: "md-0", to: 4 }),
            (days(12), Deed::Scale { pool: "gpu", to: 2 }),
        ]),
        chapter(
            days(41),
            Plot::WorkersRoll {
                pool: "md-0",
                to: "v1.33.4",
            },
            shape("prod", "search", 3, "v1.32.8", &[("md-0", 4)]),
        )
        .after([
            (days(12), Deed::Replace { pool: "md-0" }),
            (hours(9), Deed::UpgradeControlPlane { to: "v1.33.4" }),
        ]),
        assembly(),
        chapter(
            days(12),
            Plot::Stuck {
                pool: "md-0",
                to: 3,
                why: refused,
            },
            shape(EDGE, "edge-harbor", 1, "v1.32.8", &[("md-0", 1)]),
        )
        .after([(days(3), Deed::Scale { pool: "md-0", to: 2 })]),
        chapter(
            days(20),
            Plot::Paused { pool: "md-0", to: 4 },
            shape(EDGE, "edge-airport", 1, "v1.32.8", &[("md-0", 2)]),
        )
        .after([(hours(30), Deed::Replace { pool: "md-0" })]),
        chapter(
            hours(30),
            Plot::Healthy,
            shape("staging", "web", 1, "v1.33.4", &[("md-0", 2)]).with_machine_pools(&[("spot", 3)]),
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

/// The cluster on bring-your-own hosts, which has outgrown them.
fn assembly() -> Chapter {
    let scale = |pool, to| Deed::Scale { pool, to };
    let assembly = shape(EDGE, "assembly", 1, "v1.32.8", &[("md-0", 1), ("packing", 0)]);
    chapter(
        MANAGEMENT_CLUSTERS[0],
        days(41),
        Plot::Crowded {
            pool: "packing",
            to: 4,
            check: "md-0",
        },
        assembly.checked(&["md-0"]).on(OnHosts {
            endpoint: "192.0.2.240",
            parts: &[
                ("control-plane", &[("site", "kaohsiung")]),
                ("md-0", &[("site", "kaohsiung")]),
                ("packing", &[("line", "packing")]),
            ],
        }),
    )
    .after([
        (days(20), scale("md-0", 2)),
        (days(12), scale("md-0", 3)),
        (days(12), scale("packing", 1)),
        (days(3), scale("packing", 2)),
        (hours(5), scale("packing", 3)),
        (SILENCE, scale("md-0", 4)),
    ])
}

fn tokyo() -> Vec<Chapter> {
    let chapter = |age, plot, shape| chapter(MANAGEMENT_CLUSTERS[1], age, plot, shape);
    let training = shape(ML, "training", 1, "v1.33.4", &[("md-0", 2), ("gpu", 2)]);
    vec![
        chapter(
            days(88),
            Plot::Healthy,
            shape("prod", "orders", 3, "v1.32.8", &[("md-0", 4)]).checked(&["md-0"]),
        )
        .after([
            (days(20), Deed::Scale { pool: "md-0", to: 6 }),
            (days(3), Deed::Replace { pool: "md-0" }),
        ]),
        chapter(
            days(88),
            Plot::Cut,
            shape("prod", "billing", 3, "v1.31.12", &[("md-0", 3)]),
        )
        .after([
            (days(41), Deed::UpgradeControlPlane { to: "v1.32.8" }),
            (
                days(20),
                Deed::UpgradeWorkers {
                    pool: "md-0",
                    to: "v1.32.8",
                },
            ),
            (days(12), Deed::Replace { pool: "md-0" }),
        ]),
        chapter(
            days(20),
            Plot::ControlPlaneRolls { to: "v1.33.4" },
            shape("staging", "batch", 3, "v1.32.8", &[("md-0", 2)]),
        )
        .after([(hours(30), Deed::Replace { pool: "md-0" })]),
        chapter(
            days(12),
            Plot::Grows { pool: "gpu", to: 3 },
            shape(ML, "inference", 1, "v1.33.4", &[("gpu", 0)]).on(OnHosts {
                endpoint: "203.0.113.240",
                parts: &[
                    ("control-plane", &[("role", "control-plane")]),
                    ("gpu", &[("accelerator", "h100")]),
                ],
            }),
        )
        .after([
            (hours(30), Deed::Scale { pool: "gpu", to: 1 }),
            (hours(9), Deed::Scale { pool: "gpu", to: 2 }),
        ]),
        chapter(days(3), Plot::Healthy, training.checked(&["gpu"])).after([
            (hours(30), Deed::Scale { pool: "gpu", to: 4 }),
            (hours(5), Deed::Scale { pool: "gpu", to: 5 }),
        ]),
        chapter(
            hours(2),
            Plot::Healthy,
            shape("dev", "qa", 1, "v1.32.8", &[("md-0", 1)]),
        )
        .after([(SILENCE, Deed::UpgradeControlPlane { to: "v1.33.4" })]),
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
        control_plane,
        pools,
        machine_pools: &[],
        checks: &[],
        hosts: None,
    }
}

impl Plot {
    /// How long before the present it began: what is stuck has been so for a while, what moves has just begun to.
    pub(crate) fn begun(&self) -> Duration {
        match self {
            Self::Healthy | Self::Stuck { .. } | Self::Paused { .. } | Self::Deleting { .. } | Self::Cut => {
                Duration::from_mins(47)
            }
            Self::WorkersRoll { .. }
            | Self::ControlPlaneRolls { .. }
            | Self::Grows { .. }
            | Self::Crowded { .. } => Duration::from_secs(90),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::pools::{HostPool, pools};
    use super::*;

    #[test]
    fn clusters_with_every_plot_in_two_management_clusters() {
        let chapters = chapters();
        assert_eq!(chapters.len(), 14);
        let names: HashSet<_> = chapters
            .iter()
            .map(|c| (c.management_cluster, c.shape.namespace, c.shape.name))
            .collect();
        assert_eq!(names.len(), 14);
        for name in MANAGEMENT_CLUSTERS {
            assert!(chapters.iter().any(|c| c.management_cluster == name));
        }
        let plots: HashSet<_> = chapters.iter().map(|c| std::mem::discriminant(&c.plot)).collect();
        assert_eq!(plots.len(), 9);
        assert!(chapters.iter().all(|c| c.age > c.plot.begun()));
        assert!(chapters.windows(2).all(|pair| pair[0].age >= pair[1].age));
    }

    /// What was done to a cluster came after it was made and before what is going on, in that order, to pools that it has.
    #[test]
    fn what_was_done_fits_the_cluster() {
        for chapter in chapters() {
            let name = chapter.shape.name;
            let ages: Vec<_> = chapter.history.iter().map(|(age, _)| *age).collect();
            assert!(ages.windows(2).all(|pair| pair[0] >= pair[1]), "{name}");
            let within = |age: &Duration| *age < chapter.age && *age > chapter.plot.begun();
            assert!(ages.iter().all(within), "{name}");
            for (_, deed) in &chapter.history {
                let pool = match deed {
                    Deed::Scale { pool, .. } | Deed::UpgradeWorkers { pool, .. } | Deed::Replace { pool } => {
                        pool
                    }
                    Deed::UpgradeControlPlane { .. } => continue,
                };
                assert!(
                    chapter.shape.pools.iter().any(|(own, _)| own == pool),
                    "{name} {pool}"
                );
            }
        }
        let assembly = chapters().into_iter().find(|c| c.shape.name == "assembly");
        let assembly = assembly.expect("a cluster on hosts");
        let workers = [days(41), days(12), hours(1), Duration::ZERO].map(|age| assembly.workers(age));
        assert_eq!(workers, [1, 4, 6, 7]);
    }

    #[test]
    fn what_becomes_of_hosts_comes_after_they_were_put_up() {
        let pools = pools();
        for turn in host_turns() {
            let own = |pool: &&HostPool| {
                let number = turn.host.strip_prefix(pool.prefix);
                pool.management_cluster == turn.management_cluster
                    && pool.namespace == turn.namespace
                    && number
                        .and_then(|number| number.parse::<u32>().ok())
                        .is_some_and(|number| (1..=pool.count).contains(&number))
            };
            let pool = pools.iter().find(own).expect(turn.host);
            assert!(pool.age >= turn.age, "{}", turn.host);
        }
    }
}
