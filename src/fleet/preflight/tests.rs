//! Verdicts and reasons of upgrades, check by check; and the steps of a plan.

mod table;
pub(crate) mod world;

use fleetui_rules::version::Version;

use super::*;
use world::World;

fn versions(texts: &[&str]) -> Vec<Version> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_plan_goes_control_plane_first_and_names_its_machines() {
    let mut world = World::plain();
    world.add_deployment("md-1", 1);
    let found = world.preflight(Some("v1.32.0"));
    assert_eq!(found.blocking(false).count(), 0, "{:?}", found.checks);
    let told: Vec<(String, String, i64, Vec<CompactString>)> = found
        .steps
        .iter()
        .map(|step| {
            let (kind, name) = (&step.target.kind.kind, &step.target.object.name);
            let way = format!("{kind} {name} {} -> {}", step.from, step.to);
            (
                way,
                step.waits_for.to_owned(),
                step.machines,
                step.replaces.clone(),
            )
        })
        .collect();
    let ways: Vec<&str> = told.iter().map(|(way, ..)| way.as_str()).collect();
    assert_eq!(
        ways,
        [
            "KubeadmControlPlane prod-cp v1.31.2 -> v1.32.0",
            "MachineDeployment md-0 v1.31.2 -> v1.32.0",
            "MachineDeployment md-1 v1.31.2 -> v1.32.0",
        ]
    );
    assert_eq!(told[0].3, ["prod-cp-0", "prod-cp-1", "prod-cp-2"]);
    assert_eq!(told[1].3, ["md-0-x-0", "md-0-x-1"]);
    assert_eq!((told[0].2, found.machines()), (3, 6));
    assert!(
        told.iter()
            .all(|(_, waits_for, ..)| waits_for.starts_with("all of its machines"))
    );
    // Six machines one after another, as quick as those that are there were.
    let pace = found.pace.unwrap();
    assert_eq!((pace.of, found.seconds()), (6, Some(pace.of_machines(6))));
}

#[test]
fn several_minor_versions_are_gone_through_one_by_one() {
    let world = World::plain();
    let found = world.over("v1.33.1", &["v1.32.4"]);
    let ways: Vec<String> = found
        .steps
        .iter()
        .map(|step| {
            format!(
                "{} {} {} {}",
                step.target.kind.kind,
                step.from,
                step.to,
                step.replaces.len()
            )
        })
        .collect();
    assert_eq!(
        ways,
        [
            "KubeadmControlPlane v1.31.2 v1.32.4 3",
            "MachineDeployment v1.31.2 v1.32.4 2",
            // Those that the first round makes have no names yet.
            "KubeadmControlPlane v1.32.4 v1.33.1 0",
            "MachineDeployment v1.32.4 v1.33.1 0",
        ]
    );
    assert_eq!(found.machines(), 10);
}

#[test]
fn what_is_ahead_is_not_taken_back_and_what_is_there_is_no_step() {
    let mut world = World::plain();
    world.set("KubeadmControlPlane", "/spec/version", "v1.32.0".into());
    world.set(
        "KubeadmControlPlane",
        "/status/versions",
        serde_json::json!([{"version": "v1.32.0"}]),
    );
    let found = world.preflight(Some("v1.32.0"));
    let targets: Vec<&str> = found
        .steps
        .iter()
        .map(|step| step.target.object.name.as_str())
        .collect();
    assert_eq!(targets, ["md-0"]);
}

#[test]
fn a_topology_is_one_step_over_all_that_it_owns() {
    let world = World::topology();
    let found = world.preflight(Some("v1.32.0"));
    assert_eq!(found.blocking(false).count(), 0, "{:?}", found.checks);
    let [step] = found.steps.as_slice() else {
        panic!("{:?}", found.steps)
    };
    assert_eq!(step.target.kind.kind.as_ref(), "Cluster");
    assert_eq!((step.machines, step.replaces.len()), (5, 5));
    assert!(step.seconds.is_some());
}

#[test]
fn versions_that_are_about_are_judged_the_newest_first() {
    let mut world = World::plain();
    world.others = versions(&["v1.31.9", "v1.32.4", "v1.34.0", "v1.30.1"]);
    let found = world.preflight(None);
    assert!(found.steps.is_empty());
    let told: Vec<(String, bool, usize)> = found
        .versions
        .iter()
        .map(|it| (it.version.to_string(), it.refused.is_some(), it.seen_in))
        .collect();
    let told: Vec<(&str, bool, usize)> = told
        .iter()
        .map(|(text, refused, seen)| (text.as_str(), *refused, *seen))
        .collect();
    // v1.33 is on the way, and nobody knows a patch version of it.
    assert_eq!(
        told,
        [("v1.34.0", true, 1), ("v1.32.4", false, 1), ("v1.31.9", false, 1)]
    );
    let why = found.versions[0].refused.as_deref().unwrap();
    assert!(why.contains("v1.33, and no patch version"), "{why}");
    // Of a minor version that only hosts name, the first release is meant.
    world.on_hosts(4, 2, &["v1.31", "v1.32", "v1.33", "v1.33.7", "v1.34"]);
    let found = world.preflight(None);
    let told: Vec<(String, bool)> = found
        .versions
        .iter()
        .map(|it| (it.version.to_string(), it.refused.is_some()))
        .collect();
    let expected = ["v1.34.0", "v1.33.7", "v1.32.4", "v1.31.9"].map(|text| (text.to_owned(), false));
    assert_eq!(told, expected, "{:?}", found.versions);
}

#[test]
fn a_cluster_that_is_gone_is_said_so() {
    let world = World::plain();
    let key = ObjectKey::new(
        world::mgmt(),
        fleetui_api::kinds::core("Cluster"),
        fleetui_base::ObjectName::new("default", "other"),
    );
    let found = preflight(
        &FleetStore::default(),
        &key,
        &world.gathered,
        &Aimed::default(),
        world::now(),
    );
    assert_eq!(found.blocking(true).count(), 1);
}
