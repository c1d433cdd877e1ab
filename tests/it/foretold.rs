//! What a preflight foretells is what happens where an upgrade is written all the same: it stands at the step and for the reason
//! that the verdict names, and goes on when that is gone; or it is done with exactly the machines that were foretold, in the
//! order of the steps. What admission decides is shown in `verdicts`.

mod cases;
mod course;
mod machines;
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use fleetui_client::ClientSettings;
use fleetui_fleet::preflight::{Aimed, Preflight, ids, preflight};

use cases::Case;
use course::{Course, until_at_rest};
use world::{CLUSTER, HERE, World};

use crate::act::stage::live_at;
use crate::verdicts;

/// The longest that a cluster takes to come up, in minutes.
const UP: usize = 30;
/// How long what was changed takes to be told everywhere.
const SETTLE: Duration = Duration::from_mins(3);

/// Checks of which nothing can be shown by letting an upgrade run here, each with the reason.
const NOT_RUN: [(&str, &str); 4] = [
    (
        "even-control-plane",
        "no server with the webhooks has one: it is refused when it is made",
    ),
    (
        "kubeadm-regression",
        "simulated machines run no kubeadm that could fail",
    ),
    (
        "hooks",
        "they hold a topology's upgrade, and no controller of topologies runs here",
    ),
    (
        "topology-reconciled",
        "the controllers say it of every topology here, and what nobody reconciles makes no machines that could be upgraded",
    ),
];

/// The preflights of all cases, as the client reads them over the network. Time passes as it does outside for as long.
async fn preflights(world: &World, cases: &[Case]) -> Vec<Preflight> {
    tokio::time::resume();
    let target = fleetui_connect::Target::ready(HERE, world.embedded.client());
    let (client, store) = live_at(world.clock.clone(), target, ClientSettings::default()).await;
    let mut found = Vec::new();
    for case in cases {
        let key = ObjectKey::new(
            ManagementCluster::new(HERE),
            fleetui_api::kinds::core("Cluster"),
            ObjectName::new(&case.namespace(), CLUSTER),
        );
        let gathered = client.gather(&key).await.unwrap();
        assert_eq!(
            gathered.no_budgets, None,
            "{case:?}: its workload cluster answers"
        );
        let aimed = Aimed {
            to: case.to().parse().ok(),
            via: Vec::new(),
        };
        found.push(preflight(&store, &key, &gathered, &aimed, gathered.read_at));
    }
    client.shut_down().await;
    tokio::time::pause();
    found
}

/// Brings a world into these states, has the upgrades foretold, lets them run, and compares.
async fn run(cases: &[Case]) {
    let mut world = World::start().await;
    for case in cases {
        world.cluster(&case.namespace(), &case.shape()).await;
        if let Some((count, os_image)) = case.hosts() {
            world.add_hosts(&case.namespace(), "node-", count, os_image);
        }
    }
    let mut minutes = 0;
    for case in cases {
        while !world.is_available(&case.namespace()).await {
            minutes += 1;
            assert!(minutes < UP, "{case:?} does not come up");
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    }
    for case in cases {
        case.prepare(&world).await;
    }
    tokio::time::sleep(SETTLE).await;
    let found = preflights(&world, cases).await;
    let mut courses: Vec<Course> = cases
        .iter()
        .zip(found)
        .map(|(case, found)| Course::new(*case, found, &world))
        .collect();
    for course in &courses {
        course.assert_foretold();
    }
    until_at_rest(&world, &mut courses).await;
    for course in &courses {
        course.assert_stands(&world).await;
        course.assert_on_the_way(&world).await;
        if course.case.is_measured() {
            course.assert_measures(&world);
        }
    }
    for course in &mut courses {
        course.release(&mut world).await;
    }
    until_at_rest(&world, &mut courses).await;
    for course in &courses {
        course.assert_ended(&world).await;
    }
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_well_is_done_as_it_was_foretold() {
    run(&[Case::Well, Case::Minor]).await;
}

#[tokio::test(start_paused = true)]
async fn what_holds_the_control_plane_holds_it() {
    run(&[
        Case::Paused,
        Case::Unhealthy,
        Case::Quorum,
        Case::LostMember,
        Case::KeptMember,
        Case::Remediation,
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_holds_workers_holds_them() {
    run(&[
        Case::PausedWorkers,
        Case::Budget,
        Case::BoundedDrain,
        Case::Unsettled,
        Case::OnDelete,
        Case::GitOps,
        Case::Deleting,
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_only_hindered_meanwhile_is_hindered() {
    run(&[
        Case::HealthChecks,
        Case::OldWorkers,
        Case::NewWorkers,
        Case::Kubeadm,
        Case::Autoscaler,
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_hosts_lack_is_waited_for() {
    run(&[Case::NoHost, Case::OldHosts]).await;
}

/// A check that is added has to be shown: by the server, by letting it run, or with a reason why neither can be.
#[test]
fn every_check_is_shown_somewhere() {
    let of_admission = verdicts::checks();
    let run = Case::ALL.iter().flat_map(|case| case.foretold());
    let mut shown: BTreeSet<&str> = run.map(|(id, _, _)| id).collect();
    shown.extend(of_admission);
    for (id, why) in NOT_RUN {
        assert!(shown.insert(id), "{id} is shown, and not left out as {why}");
    }
    assert_eq!(shown, ids().collect::<BTreeSet<_>>());
}
