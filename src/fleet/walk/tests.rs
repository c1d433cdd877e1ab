//! Walks over a cluster that rolls out what it is asked for, cut off anywhere.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::act::Found;
use crate::preflight::tests::world::{World, mgmt, now};

fn planned(world: &World, to: &str, via: &[&str]) -> Walk {
    let found = world.over(to, via);
    assert_eq!(found.blocking(false).count(), 0, "{:?}", found.checks);
    let store = world.store();
    let cluster = store.get(&World::key()).unwrap();
    let by = (Actor::default(), Some("patch day".to_owned()));
    Walk::planned(&found, cluster, &to.parse().unwrap(), by, now())
}

fn ask(walk: &Walk, world: &World, now: jiff::Timestamp) -> Move {
    next(walk, &World::key(), &world.store(), &world.gathered, now)
}

/// Walks to the end; where `cut` says so, whoever walks is gone before a deed is noted. Gives the objects that were written.
fn walk_to_the_end(world: &mut World, walk: &mut Walk, mut cut: impl Iterator<Item = bool>) -> Vec<String> {
    let mut written = Vec::new();
    for _ in 0..500 {
        let is_cut = cut.next().unwrap_or(false);
        match ask(walk, world, now()) {
            Move::Write(plan) => {
                assert!(
                    world.write(&plan),
                    "a write that was planned on what is there is taken"
                );
                written.push(format!(
                    "{} {}",
                    plan.writes[0].target.object.name,
                    plan.act.reason.unwrap()
                ));
                if !is_cut {
                    walk.note(StepState::Rolling(now()), now());
                }
            }
            Move::Record(state) if !is_cut => walk.note(state, now()),
            Move::Record(_) => {}
            Move::Wait(_) => world.roll_out(),
            Move::Stop(why) => panic!("{why}"),
            Move::Finish => return written,
        }
    }
    panic!("it does not end: {walk:?}");
}

#[test]
fn a_walk_takes_its_steps_in_order_and_each_once() {
    let mut world = World::plain();
    let mut walk = planned(&world, "v1.33.1", &["v1.32.4"]);
    let written = walk_to_the_end(&mut world, &mut walk, std::iter::empty());
    let id = &walk.id;
    let step = |name: &str, at: usize| format!("{name} step {at} of 4 of upgrade {id}: patch day");
    assert_eq!(
        written,
        [
            step("prod-cp", 1),
            step("md-0", 2),
            step("prod-cp", 3),
            step("md-0", 4)
        ]
    );
    assert_eq!(walk.progress(), (4, 4));
    assert_eq!(walk.seconds_left(None), None);
    // The step that is under way counts as far as it is, those behind it whole, those that are done not at all.
    for step in &mut walk.steps {
        step.seconds = Some((100, 200));
    }
    walk.at = 1;
    assert_eq!(walk.seconds_left(None), Some((300, 600)));
    assert_eq!(walk.seconds_left(Some((10, 20))), Some((210, 420)));
}

#[test]
fn a_topology_walks_itself_and_is_waited_for() {
    let mut world = World::topology();
    let mut walk = planned(&world, "v1.32.0", &[]);
    assert_eq!(ask(&walk, &world, now()), Move::Record(StepState::Writing));
    walk.note(StepState::Writing, now());
    let Move::Write(plan) = ask(&walk, &world, now()) else {
        panic!()
    };
    assert_eq!(plan.writes[0].target.kind.kind.as_ref(), "Cluster");
    world.write(&plan);
    walk.note(StepState::Rolling(now()), now());
    let Move::Wait(what) = ask(&walk, &world, now()) else {
        panic!()
    };
    assert_eq!(what, "KubeadmControlPlane prod-cp waits for its turn");
    world.roll_out();
    assert!(matches!(
        ask(&walk, &world, now()),
        Move::Record(StepState::Done(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn next_is_idempotent(cuts in proptest::collection::vec(any::<bool>(), 0..60), deployments in 0..3_usize, hops in 1..3_usize) {
        let way = ["v1.32.4", "v1.33.1"];
        let mut world = World::plain();
        for at in 0..deployments {
            world.add_deployment(&format!("more-{at}"), 1);
        }
        let mut walk = planned(&world, way[hops - 1], &way[..hops]);
        let steps = walk.steps.len();
        prop_assert_eq!(steps, hops * (2 + deployments));
        let mut cuts = cuts.into_iter();
        let written = walk_to_the_end(&mut world, &mut walk, &mut cuts);
        // However often it was cut off: each step is written once, and the same objects come of it.
        prop_assert_eq!(written.len(), steps);
        let asks: Vec<String> = world.gathered.objects.iter()
            .filter_map(|object| object.pointer("/spec/template/spec/version").or(object.pointer("/spec/version")))
            .map(|version| version.as_str().unwrap().to_owned())
            .collect();
        let of_sets = world.gathered.objects.iter().filter(|object| object["kind"] == "MachineSet").count();
        let there = asks.iter().filter(|version| *version == way[hops - 1]).count();
        prop_assert_eq!(there + of_sets, asks.len());
    }
}

#[test]
fn a_walk_stops_on_red() {
    let rolling = || {
        let mut world = World::plain();
        let mut walk = planned(&world, "v1.32.0", &[]);
        walk.note(StepState::Writing, now());
        let Move::Write(plan) = ask(&walk, &world, now()) else {
            panic!()
        };
        world.write(&plan);
        walk.note(StepState::Rolling(now()), now());
        (world, walk)
    };
    // A new machine that has failed for good.
    let (mut world, walk) = rolling();
    let machine = world.named("prod-cp-0");
    machine["spec"]["version"] = json!("v1.32.0");
    machine["status"]["deprecated"] =
        json!({"v1beta1": {"failureReason": "CreateError", "failureMessage": "no quota"}});
    machine["status"]["phase"] = json!("Failed");
    let Move::Stop(why) = ask(&walk, &world, now()) else {
        panic!()
    };
    assert!(
        why.starts_with("Machine prod-cp-0: ") && why.contains("no quota"),
        "{why}"
    );
    // Somebody else wrote another version.
    let (mut world, walk) = rolling();
    world.set("KubeadmControlPlane", "/spec/version", json!("v1.31.9"));
    let Move::Stop(why) = ask(&walk, &world, now()) else {
        panic!()
    };
    assert_eq!(
        why,
        "KubeadmControlPlane prod-cp asks for v1.31.9 by now, neither v1.31.2 nor v1.32.0: somebody else has changed it"
    );
    // Nothing moves.
    let (world, walk) = rolling();
    assert!(matches!(ask(&walk, &world, now()), Move::Wait(_)));
    let later = now() + jiff::SignedDuration::from_hours(2);
    let Move::Stop(why) = ask(&walk, &world, later) else {
        panic!()
    };
    assert_eq!(
        why,
        "KubeadmControlPlane prod-cp: 0 of 3 machines run v1.32.0; nothing has moved for 120 min"
    );
    // Who resumes it gives it its time again.
    let mut resumed = walk.clone();
    resumed.stand(WalkState::Stopped(why), later);
    resumed.stand(WalkState::Going, later);
    assert!(matches!(ask(&resumed, &world, later), Move::Wait(_)));
    // Another life of the name, and one that goes.
    let (mut world, walk) = rolling();
    world.set("Cluster", "/metadata/uid", json!("another"));
    assert!(
        matches!(ask(&walk, &world, now()), Move::Stop(why) if why.contains("another Cluster has its name"))
    );
}

#[test]
fn what_was_broken_before_a_step_does_not_stop_it() {
    let mut world = World::plain();
    let old = now() - jiff::SignedDuration::from_hours(1);
    let fails = |world: &mut World, name: &str, since: Timestamp| {
        let machine = world.named(name);
        machine["status"]["phase"] = json!("Failed");
        machine["status"]["conditions"] = json!([
            {"type": "Ready", "status": "False", "reason": "CreateError", "message": "no quota", "lastTransitionTime": since.to_string()},
            {"type": "Available", "status": "False", "reason": "CreateError", "message": "no quota", "lastTransitionTime": since.to_string()},
        ]);
    };
    let part_fails = |world: &mut World, since: Timestamp| {
        world.set("MachineDeployment", "/status/availableReplicas", json!(1));
        world.set("MachineDeployment", "/status/phase", json!("Failed"));
        world.set(
            "MachineDeployment",
            "/status/conditions",
            json!([{"type": "Available", "status": "False", "reason": "NotAvailable", "message": "1 available replicas, at least 2",
                "lastTransitionTime": since.to_string()}]),
        );
    };
    fails(&mut world, "md-0-x-0", old);
    part_fails(&mut world, old);
    // The preflight has warned of it, and the person went on.
    let mut walk = planned(&world, "v1.32.0", &[]);
    walk.at = 1;
    walk.note(StepState::Writing, now());
    world.set(
        "MachineDeployment",
        "/spec/template/spec/version",
        json!("v1.32.0"),
    );
    walk.note(StepState::Rolling(now()), now());
    let Move::Wait(what) = ask(&walk, &world, now()) else {
        panic!("{:?}", ask(&walk, &world, now()))
    };
    assert_eq!(what, "MachineDeployment md-0: 0 of 2 machines run v1.32.0");
    // What breaks only now does, and so does a machine that the step has made, whenever it says that it broke.
    part_fails(&mut world, now());
    assert!(
        matches!(ask(&walk, &world, now()), Move::Stop(why) if why.starts_with("MachineDeployment md-0: "))
    );
    part_fails(&mut world, old);
    world.named("md-0-x-1")["spec"]["version"] = json!("v1.32.0");
    fails(&mut world, "md-0-x-1", old);
    assert!(matches!(ask(&walk, &world, now()), Move::Stop(why) if why == "Machine md-0-x-1: no quota"));
}

#[test]
fn what_has_to_settle_between_two_steps_is_waited_for_and_not_for_ever() {
    let mut world = World::plain();
    let mut walk = planned(&world, "v1.32.0", &[]);
    walk.note(StepState::Writing, now());
    let Move::Write(plan) = ask(&walk, &world, now()) else {
        panic!()
    };
    world.write(&plan);
    world.roll_out();
    walk.note(StepState::Rolling(now()), now());
    walk.note(StepState::Done(now()), now());
    world.condition("prod-cp-1", "SchedulerPodHealthy", "Unknown");
    assert!(matches!(ask(&walk, &world, now()), Move::Wait(why) if why.contains("SchedulerPodHealthy")));
    let later = now() + jiff::SignedDuration::from_mins(6);
    assert!(
        matches!(ask(&walk, &world, later), Move::Stop(why) if why.starts_with("before MachineDeployment md-0: "))
    );
    // What nobody mends by waiting stops it at once.
    world.condition("prod-cp-1", "SchedulerPodHealthy", "True");
    world.set("MachineDeployment", "/spec/paused", json!(true));
    assert!(matches!(ask(&walk, &world, now()), Move::Stop(why) if why.contains("is paused")));
    walk.anyway = true;
    assert_eq!(ask(&walk, &world, now()), Move::Record(StepState::Writing));
}

#[test]
fn a_walk_is_kept_and_read_and_written_behind_its_version() {
    let world = World::plain();
    let walk = planned(&world, "v1.32.0", &[]);
    let mut kept = object(&walk);
    assert_eq!(kept["metadata"]["name"], "fleetui-upgrade-prod");
    assert_eq!(read(&kept), Ok(walk.clone()));
    kept["metadata"]["uid"] = json!("u");
    kept["metadata"]["resourceVersion"] = json!("7");
    let write = record(&mgmt(), &walk, &kept);
    assert_eq!((write.uid.as_str(), &write.body[0]["value"]), ("u", &json!("7")));
    let mut newer = kept.clone();
    newer["data"]["plan.json"] = json!("{\"format\": 9}");
    assert!(read(&newer).unwrap_err().contains("another version of fleetui"));
    newer["data"] = json!({});
    assert!(read(&newer).unwrap_err().contains("holds no plan"));
}

#[test]
fn deeds_are_refused_where_they_make_no_sense() {
    use crate::act::WalkDeed;
    let world = World::plain();
    let mut walk = planned(&world, "v1.32.0", &[]);
    let walk_length = walk.steps.len();
    let key = World::key();
    let cases = [
        (WalkState::Going, WalkDeed::Pause, Ok("paused")),
        (WalkState::Going, WalkDeed::Resume, Ok("going")),
        (
            WalkState::Paused(String::new()),
            WalkDeed::Pause,
            Err("is paused already"),
        ),
        (WalkState::Stopped(String::new()), WalkDeed::Resume, Ok("going")),
        (
            WalkState::Stopped(String::new()),
            WalkDeed::Abandon,
            Ok("abandoned"),
        ),
        (WalkState::Done, WalkDeed::Resume, Err("is done")),
        (WalkState::Abandoned, WalkDeed::Resume, Err("was abandoned")),
    ];
    for (state, deed, expected) in cases {
        walk.state = state.clone();
        let found = plan_deed(
            &world.store(),
            (&key, deed.clone()),
            &object(&walk),
            Vec::new(),
            "ada",
            now(),
        );
        match (found, expected) {
            (Ok((_, after)), Ok(told)) => assert_eq!(after.state.word(), told),
            (Err(refusal), Err(words)) => assert!(refusal.why.contains(words), "{refusal}"),
            (other, expected) => panic!("{state:?} {deed:?}: {other:?} {expected:?}"),
        }
    }
    walk.state = WalkState::Going;
    let mut happens = |at: usize| {
        walk.at = at;
        let (plan, _) = plan_deed(
            &world.store(),
            (&key, WalkDeed::Abandon),
            &object(&walk),
            Vec::new(),
            "ada",
            now(),
        )
        .unwrap();
        plan.preview.happens.join("; ")
    };
    let last = walk_length - 1;
    assert!(
        happens(last).contains("1 step is left undone"),
        "{}",
        happens(last)
    );
    assert!(happens(0).contains("steps are left undone"), "{}", happens(0));
    let store = world.store();
    let cluster = store.get(&key).unwrap();
    let found = world.preflight(Some("v1.32.0"));
    walk.state = WalkState::Paused("by ada".to_owned());
    let there = object(&walk);
    let refused = plan_begin(&store, cluster, (&found, &walk), Some(&there), now()).unwrap_err();
    assert_eq!(
        refused.why,
        "an upgrade of default/prod to v1.32.0 is paused already: resume or abandon it"
    );
    walk.state = WalkState::Done;
    let again = plan_begin(&store, cluster, (&found, &walk), Some(&object(&walk)), now()).unwrap();
    assert_eq!(again.writes[0].verb, crate::act::Verb::Patch);
    let first = plan_begin(&store, cluster, (&found, &walk), None, now()).unwrap();
    assert_eq!(first.writes[0].verb, crate::act::Verb::Create);
    assert_eq!(first.preview.blast.unwrap().machines.len(), 5);
}

/// A managed pool of three nodes behind the control plane, as EKS has them: no Machines, and counters that say the same whatever
/// version its nodes run.
fn with_pool() -> World {
    let mut world = World::plain();
    world.gathered.objects.retain(|object| {
        let kind = object["kind"].as_str().unwrap();
        let is_worker = ["MachineDeployment", "MachineSet"].contains(&kind)
            || object["metadata"]["name"].as_str().unwrap().starts_with("md-0");
        !is_worker
    });
    let pool = crate::fixtures::with(
        crate::fixtures::object("cluster.x-k8s.io/v1beta2", "MachinePool", "pool-0"),
        &[
            (
                "/metadata/labels",
                json!({"cluster.x-k8s.io/cluster-name": "prod"}),
            ),
            (
                "/spec",
                json!({"clusterName": "prod", "replicas": 3, "template": {"spec": {"clusterName": "prod", "version": "v1.31.2",
                    "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "AWSManagedMachinePool", "name": "pool-0"}}}}),
            ),
            (
                "/status",
                json!({"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "upToDateReplicas": 3,
                    "nodeRefs": [{"name": "n-0"}, {"name": "n-1"}, {"name": "n-2"}]}),
            ),
        ],
    );
    let behind = crate::fixtures::with(
        crate::fixtures::object(
            "infrastructure.cluster.x-k8s.io/v1beta2",
            "AWSManagedMachinePool",
            "pool-0",
        ),
        &[
            (
                "/metadata/labels",
                json!({"cluster.x-k8s.io/cluster-name": "prod"}),
            ),
            ("/status", json!({"ready": true, "replicas": 3})),
        ],
    );
    world.gathered.objects.extend([pool, behind]);
    world
}

/// The walk of a cluster whose control plane is there already, with the pool being replaced since now.
fn pool_rolls(world: &mut World) -> Walk {
    let mut walk = planned(world, "v1.32.0", &[]);
    assert_eq!(walk.steps.len(), 2, "{:?}", walk.steps);
    walk.note(StepState::Done(now()), now());
    world.set("MachinePool", "/spec/template/spec/version", json!("v1.32.0"));
    walk.note(StepState::Rolling(now()), now());
    walk
}

#[test]
fn a_pool_without_machines_is_done_when_its_nodes_run_the_version() {
    let mut world = with_pool();
    let walk = pool_rolls(&mut world);
    let waits =
        |world: &World, later: i64| match ask(&walk, world, now() + jiff::SignedDuration::from_mins(later)) {
            Move::Wait(what) => what,
            other => panic!("{other:?}"),
        };
    // Counters that are as they should be say nothing: its provider is given time as long as nobody tells more.
    assert_eq!(
        waits(&world, 1),
        "MachinePool pool-0: nobody tells which version its nodes run; its provider is given 4 min more"
    );
    assert!(matches!(
        ask(&walk, &world, now() + jiff::SignedDuration::from_mins(6)),
        Move::Record(StepState::Done(_))
    ));
    // The nodes of the workload cluster tell, with the suffix of EKS and whatever patch release that has.
    let run = |world: &mut World, versions: [&str; 3]| {
        world.gathered.kubelets = (0..3)
            .map(|at| (format!("n-{at}").into(), versions[at].into()))
            .collect();
    };
    run(&mut world, ["v1.31.9-eks-1", "v1.32.4-eks-1", "v1.31.9-eks-1"]);
    assert_eq!(waits(&world, 6), "MachinePool pool-0: 1 of 3 nodes run v1.32.0");
    // An instance more than wished is one that is still being replaced.
    run(&mut world, ["v1.32.4-eks-1"; 3]);
    world.set("MachinePool", "/status/replicas", json!(4));
    assert!(waits(&world, 6).contains("is still scaling: 4 machines, 3 are wished"));
    world.set("MachinePool", "/status/replicas", json!(3));
    world.set("AWSManagedMachinePool", "/status/ready", json!(false));
    assert_eq!(
        waits(&world, 6),
        "MachinePool pool-0: AWSManagedMachinePool pool-0 is not ready"
    );
    world.set("AWSManagedMachinePool", "/status/ready", json!(true));
    assert!(matches!(
        ask(&walk, &world, now() + jiff::SignedDuration::from_mins(1)),
        Move::Record(StepState::Done(_))
    ));
}

#[test]
fn what_a_pool_counts_itself_goes_before_its_nodes_and_a_failed_one_stops() {
    let mut world = with_pool();
    let walk = pool_rolls(&mut world);
    world.gathered.kubelets = [("n-0".into(), "v1.32.0".into())].into();
    world.set(
        "MachinePool",
        "/status/versions",
        json!([{"version": "v1.31.2", "replicas": 2}, {"version": "v1.32.0", "replicas": 1}]),
    );
    let told = ask(&walk, &world, now());
    assert_eq!(
        told,
        Move::Wait("MachinePool pool-0: 1 of 3 nodes run v1.32.0".to_owned())
    );
    let failed = json!("EKS nodegroup in failed CREATE_FAILED status");
    world.set("AWSManagedMachinePool", "/status/failureMessage", failed);
    let Move::Stop(why) = ask(&walk, &world, now()) else {
        panic!()
    };
    assert!(
        why.starts_with("AWSManagedMachinePool pool-0: ") && why.contains("CREATE_FAILED"),
        "{why}"
    );
}

#[test]
fn an_upgrade_is_planned_from_what_was_gathered_and_keeps_its_reason() {
    use crate::act::{Deed, Step as Gate, WalkDeed};
    use crate::preflight::Aimed;
    let world = World::plain();
    let store = world.store();
    let key = World::key();
    let plan_to = |world: &World, to: &str, anyway: bool| {
        let begun = Begun {
            store: &store,
            cluster: &key,
            gathered: &world.gathered,
            there: None,
            by: Actor::default(),
        };
        let aimed = Aimed {
            to: Some(to.parse().unwrap()),
            via: Vec::new(),
        };
        plan_upgrade(begun, &aimed, anyway, now())
    };
    let mut plan = plan_to(&world, "v1.32.0", false).unwrap();
    assert_eq!(plan.act.deed, Deed::Walk(WalkDeed::Begin("v1.32.0".to_owned())));
    let before = plan.digest();
    assert!(!give_reason(&mut plan, None));
    assert_eq!(plan.digest(), before);
    assert!(give_reason(&mut plan, Some("patch day")));
    assert_ne!(plan.digest(), before);
    let walk = read(&plan.writes[0].body).unwrap();
    assert_eq!((walk.reason.as_deref(), walk.anyway), (Some("patch day"), false));
    // What stands in the way is told; what may be passed over is noted as passed over.
    let mut paused = World::plain();
    paused.set("MachineDeployment", "/spec/paused", json!(true));
    let refused = plan_to(&paused, "v1.32.0", false).unwrap_err();
    assert_eq!(refused.step, Gate::Preflight);
    assert!(refused.why.contains("is paused"), "{refused}");
    let plan = plan_to(&paused, "v1.32.0", true).unwrap();
    assert!(read(&plan.writes[0].body).unwrap().anyway);
    // A walk that takes the place of one that has ended keeps its reason, too.
    let mut ended = walk;
    ended.state = WalkState::Done;
    let mut there = object(&ended);
    there["metadata"]["resourceVersion"] = json!("7");
    let begun = Begun {
        store: &store,
        cluster: &key,
        gathered: &world.gathered,
        there: Some(&there),
        by: Actor::default(),
    };
    let aimed = Aimed {
        to: Some("v1.32.0".parse().unwrap()),
        via: Vec::new(),
    };
    let mut again = plan_upgrade(begun, &aimed, false, now()).unwrap();
    assert!(again.writes[0].is_planned_on("7") && !again.writes[0].is_planned_on("8"));
    assert!(give_reason(&mut again, Some("once more")));
    let text = again.writes[0].body[1]["value"]["plan.json"].as_str().unwrap();
    assert!(text.contains("once more"), "{text}");
}

#[test]
fn a_holder_counts_for_as_long_as_its_lease_lasts() {
    let world = World::plain();
    let walk = planned(&world, "v1.32.0", &[]);
    let mut known = Known {
        cluster: World::key(),
        config_map: object(&walk),
        walk: Ok(walk),
        holder: Some(Holder {
            identity: "ada@console:1:2".to_owned(),
            renewed: Some(now()),
            lasts_seconds: 30,
        }),
        here: None,
    };
    let later = |seconds| now() + jiff::SignedDuration::from_secs(seconds);
    assert!(known.is_walked(later(30)) && !known.is_walked(later(31)));
    known.here = Some(Here::Waits("it is taken up".to_owned()));
    assert!(known.is_walked(later(31)), "we know better of ourselves");
    known.walk = known.walk.map(|mut walk| {
        walk.stand(WalkState::Paused("by ada".to_owned()), now());
        walk
    });
    assert!(!known.is_walked(now()) && known.is_open());
    // A store forgets what is no longer stored, and knows one of many.
    let mut store = world.store();
    let told = |of: Option<ObjectName>, walks: Vec<Known>| {
        crate::Update::Walks(crate::Walks {
            management_cluster: mgmt(),
            of,
            walks: walks.into_iter().map(std::sync::Arc::new).collect(),
        })
    };
    assert!(store.apply(told(None, vec![known.clone()])));
    assert!(!store.apply(told(None, vec![known.clone()])), "nothing is new");
    assert_eq!(store.walks().count(), 1);
    assert!(!store.apply(told(Some(ObjectName::new("default", "other")), Vec::new())));
    assert!(store.walk(&World::key()).is_some());
    assert!(store.apply(told(Some(World::key().object), Vec::new())));
    assert!(store.walk(&World::key()).is_none());
}

#[test]
fn an_upgrade_that_nobody_goes_on_with_is_a_problem() {
    let world = World::plain();
    let walk = planned(&world, "v1.32.0", &[]);
    let mut store = world.store();
    let mut told = |state: WalkState, renewed: Timestamp| {
        let mut walk = walk.clone();
        walk.state = state;
        let known = Known {
            cluster: World::key(),
            config_map: object(&walk),
            walk: Ok(walk),
            holder: Some(Holder {
                identity: "ada@console:1:2".to_owned(),
                renewed: Some(renewed),
                lasts_seconds: 30,
            }),
            here: None,
        };
        store.apply(crate::Update::Walks(crate::Walks {
            management_cluster: mgmt(),
            of: None,
            walks: vec![std::sync::Arc::new(known)],
        }));
        let problems = crate::problems::Problems::build(&store, now());
        let of_cluster = problems.of(&World::key()).map(|problem| problem.line.clone());
        of_cluster.unwrap_or_default()
    };
    let ago = |seconds| now() - jiff::SignedDuration::from_secs(seconds);
    let before = told(WalkState::Done, ago(600));
    for (state, seconds) in [
        (WalkState::Going, 20),
        // It is looked at from time to time only.
        (WalkState::Going, 100),
        (WalkState::Paused("by ada".to_owned()), 600),
        (WalkState::Abandoned, 600),
    ] {
        assert_eq!(told(state.clone(), ago(seconds)), before, "{state:?} {seconds}");
    }
    let gone = told(WalkState::Going, ago(150));
    assert!(
        gone.ends_with("the upgrade to v1.32.0 is walked by nobody any more, 0 of 2 steps are done"),
        "{gone}"
    );
    let stopped = told(WalkState::Stopped("a machine failed".to_owned()), ago(150));
    assert!(stopped.ends_with("steps are done: a machine failed"), "{stopped}");
}

/// A machine that was wished while the control plane was upgraded is not made before its deployment is taken there too.
#[test]
fn what_only_waits_for_its_step_does_not_keep_it_from_beginning() {
    let mut world = World::plain();
    let mut walk = planned(&world, "v1.32.0", &[]);
    for pointer in ["/spec/version", "/status/version"] {
        world.set("KubeadmControlPlane", pointer, json!("v1.32.0"));
    }
    let runs = json!([{"version": "v1.32.0", "replicas": 3}]);
    world.set("KubeadmControlPlane", "/status/versions", runs);
    walk.note(StepState::Done(now()), now());
    world.set("MachineDeployment", "/spec/replicas", json!(3));
    assert_eq!(ask(&walk, &world, now()), Move::Record(StepState::Writing));
    let found = world.over("v1.32.0", &[]);
    let check = found.checks.iter().find(|check| check.id == "rollout-settled");
    let told = "MachineDeployment md-0 is still rolling out: 2 of 3 machines are up to date; the others can only join the control \
                plane once the upgrade takes them to its version";
    assert_eq!(
        check.map(|check| &check.found),
        Some(&Found::Warns(told.to_owned()))
    );
    // One that is being made, and one that is of another template, is waited for.
    for (pointer, count) in [("/status/replicas", 3), ("/status/upToDateReplicas", 1)] {
        let mut world = world.clone();
        world.set("MachineDeployment", pointer, json!(count));
        assert!(matches!(ask(&walk, &world, now()), Move::Wait(_)), "{pointer}");
    }
    // Where its machines can join, they come by themselves.
    world.set(
        "MachineDeployment",
        "/spec/template/spec/bootstrap",
        json!({"dataSecretName": "s"}),
    );
    assert!(matches!(ask(&walk, &world, now()), Move::Wait(_)));
}

#[test]
fn the_machines_of_a_step_are_counted_as_they_are_named() {
    let mut world = World::plain();
    world.set("MachineDeployment", "/spec/replicas", json!(3));
    let found = world.over("v1.32.0", &[]);
    let step = &found.steps[1];
    assert_eq!((step.machines, step.replaces.len(), step.replaced()), (3, 2, 2));
    assert_eq!(found.replaced(), 5, "with those of the control plane");
}
