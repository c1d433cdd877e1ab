//! Machines that come, and the hosts that are free for them.

use fleetui_api::labels;
use serde_json::json;

use super::*;
use crate::act::plan::{Around, field, plan};
use crate::act::{Act, Deed};
use crate::edit::Field;
use crate::fixtures::hosts::on_hosts;
use crate::fixtures::{key, machine, now, object, store, with};

const BYOH: &str = "infrastructure.cluster.x-k8s.io/v1beta1";

const MD: (&str, &str) = ("MachineDeployment", "md");
const CP: (&str, &str) = ("KubeadmControlPlane", "prod-cp");

fn planned(free: usize, (kind, name): (&str, &str), of: Field, typed: &str) -> Plan {
    let store = store(&on_hosts(free));
    field(&store, &key(&store, kind, name), of, typed, now()).expect("a plan")
}

/// The last thing that happens.
fn told(plan: &Plan) -> String {
    plan.preview.happens.last().cloned().unwrap_or_default()
}

fn short(plan: &Plan) -> Vec<&str> {
    let checks = plan.checks.iter().filter(|check| check.id == SPARE_HOSTS);
    checks.map(|check| check.found.text()).collect()
}

#[test]
fn whatever_makes_machines_says_how_many_hosts_it_needs() {
    let enough = [
        (
            MD,
            Field::Replicas,
            "+2",
            4,
            "needs 2 hosts, 4 free match, about 6 min",
        ),
        (
            MD,
            Field::Replicas,
            "+1",
            1,
            "needs 1 host, 1 free matches, about 6 min",
        ),
        // One after the other.
        (
            CP,
            Field::Replicas,
            "5",
            2,
            "needs 2 hosts, 2 free match, about 12 min",
        ),
        (
            MD,
            Field::Version,
            "v1.31.4",
            1,
            "needs 1 host, 1 free matches, about 18 min",
        ),
        (
            CP,
            Field::Version,
            "v1.32.0",
            4,
            "needs 1 host, 4 free match, about 18 min",
        ),
    ];
    for (object, of, typed, free, expected) in enough {
        let plan = planned(free, object, of, typed);
        assert_eq!(told(&plan), expected, "{object:?} {typed}");
        assert_eq!(short(&plan), Vec::<&str>::new(), "{object:?} {typed}");
        assert!(plan.preview.seconds.is_some());
    }
    // Machines that go need none.
    let fewer = planned(0, MD, Field::Replicas, "1");
    assert_eq!(
        (told(&fewer).as_str(), short(&fewer).len()),
        ("removes 2 machines", 0)
    );
}

#[test]
fn whatever_makes_machines_says_that_there_are_too_few_hosts_for_them() {
    let too_few = [
        (
            MD,
            Field::Replicas,
            "+2",
            1,
            "MachineDeployment md needs 2 hosts: 1/2 hosts can be taken",
        ),
        (
            CP,
            Field::Replicas,
            "5",
            0,
            "KubeadmControlPlane prod-cp needs 2 hosts: 0/1 hosts can be taken",
        ),
        (
            MD,
            Field::Version,
            "v1.31.4",
            0,
            "MachineDeployment md needs 1 host: 0/1 hosts can be taken",
        ),
        (
            CP,
            Field::Version,
            "v1.32.0",
            0,
            "KubeadmControlPlane prod-cp needs 1 host: 0/1 hosts",
        ),
    ];
    for (object, of, typed, free, expected) in too_few {
        let plan = planned(free, object, of, typed);
        let short = short(&plan);
        assert!(
            short.len() == 1
                && short[0].starts_with(expected)
                && short[0].ends_with("until one can be taken"),
            "{object:?} {typed}: {short:?}"
        );
        assert_eq!(plan.preview.seconds, None);
    }
}

#[test]
fn a_restart_needs_hosts_for_its_surge_unless_it_has_none() {
    let restart = |surge: i64| {
        let mut objects = on_hosts(0);
        crate::fixtures::set(
            &mut objects[2],
            "/spec/rollout/strategy",
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": 1 - surge.min(1)}}),
        );
        let store = store(&objects);
        let subject = key(&store, MD.0, MD.1);
        let act = Act {
            uid: store.get(&subject).expect("it is there").facts.uid.clone(),
            subject,
            deed: Deed::Restart,
            reason: None,
        };
        let around = Around {
            store: &store,
            now: now(),
        };
        plan(&around, act).expect("a plan")
    };
    assert!(short(&restart(2))[0].starts_with("MachineDeployment md needs 2 hosts: 0/1 hosts can be taken"));
    assert_eq!(short(&restart(0)), Vec::<&str>::new());
}

#[test]
fn machines_that_wait_already_take_of_them_first() {
    let mut objects = on_hosts(2);
    let mut waits = machine("prod", ("MachineSet", "md-x"), "md-x-9");
    let reference =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachine", "name": "md-x-9"});
    crate::fixtures::set(&mut waits, "/spec/infrastructureRef", reference);
    objects.push(waits);
    let owner = json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "name": "md-x-9", "controller": true,
        "uid": format!("{:0>36}", "Machine-md-x-9")}]);
    objects.push(with(
        object(BYOH, "ByoMachine", "md-x-9"),
        &[
            ("/metadata/labels", json!({labels::CLUSTER_NAME: "prod"})),
            ("/metadata/ownerReferences", owner),
            ("/spec/selector", json!({"matchLabels": {"site": "a"}})),
        ],
    ));
    let store = store(&objects);
    let md = key(&store, MD.0, MD.1);
    let plan = |typed: &str| field(&store, &md, Field::Replicas, typed, now()).expect("a plan");
    let enough = plan("+1");
    assert!(
        enough.preview.happens.last().is_some_and(
            |it| it.starts_with("needs 1 host, 1 free matches beside what 1 machine takes that waits")
        ),
        "{:?}",
        enough.preview
    );
    assert!(
        short(&plan("+2"))[0].starts_with("MachineDeployment md needs 2 hosts beside what 1 machine takes")
    );
}

#[test]
fn what_takes_no_hosts_is_not_asked_about() {
    let mut objects = on_hosts(0);
    objects.retain(|object| object["kind"] != "ByoMachineTemplate");
    let store = store(&objects);
    let plan = field(&store, &key(&store, MD.0, MD.1), Field::Replicas, "+2", now()).expect("a plan");
    assert_eq!(plan.preview.happens, ["adds 2 machines"]);
    assert!(plan.checks.is_empty(), "{:?}", plan.checks);
}

#[test]
fn a_stored_upgrade_of_the_cluster_is_told_of() {
    let mut store = store(&on_hosts(4));
    let of = key(&store, "Cluster", "prod");
    let md = key(&store, MD.0, MD.1);
    let told = |store: &FleetStore| {
        let plan = field(store, &md, Field::Replicas, "+1", now()).expect("a plan");
        let around = Around { store, now: now() };
        let act = Act {
            subject: md.clone(),
            uid: "".into(),
            deed: Deed::Restart,
            reason: None,
        };
        let restart = super::super::plan(&around, act).expect("a plan");
        assert_eq!(plan.preview.warnings, restart.preview.warnings);
        plan.preview.warnings
    };
    assert_eq!(told(&store), Vec::<String>::new());
    store.apply(crate::Update::Walks(crate::Walks {
        management_cluster: of.management_cluster.clone(),
        of: None,
        walks: vec![Arc::new(crate::walk::Known {
            cluster: of.clone(),
            config_map: json!({}),
            walk: Err("of a later version".to_owned()),
            holder: None,
            here: None,
        })],
    }));
    assert_eq!(
        told(&store),
        ["an upgrade of Cluster prod is stored: nobody walks it at the moment"]
    );
}
