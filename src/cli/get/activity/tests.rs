//! Rows of acts and of stored upgrades: their order, what is left out, and what programs get.

use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
use fleetui_fleet::act::{Act, Actor, Confirmed, Deed, Refusal, Step};
use fleetui_fleet::session::{Connection, Session};
use fleetui_fleet::walk::{FORMAT, Holder, StepState, Walk, WalkStep};
use fleetui_fleet::{Update, Walks};
use jiff::SignedDuration;
use serde_json::Value;

use super::*;

fn now() -> Timestamp {
    "2026-08-21T12:00:00Z".parse().unwrap()
}

fn key(kind: &str, namespace: &str, name: &str) -> ObjectKey {
    let kind = GroupKind::new("cluster.x-k8s.io", kind);
    ObjectKey::new(
        ManagementCluster::new("taipei"),
        kind,
        ObjectName::new(namespace, name),
    )
}

fn entry(id: &str, stage: Stage) -> Entry {
    let act = Act {
        subject: key("Machine", "default", id),
        uid: "u".into(),
        deed: Deed::Delete,
        reason: None,
    };
    // Ids count from a, the later the newer.
    let minutes = i64::from(id.as_bytes()[0] - b'a');
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
    Entry::new(AuditId(id.into()), at, Actor::default(), &act, stage)
}

fn intent() -> Stage {
    Stage::Intent {
        writes: Vec::new(),
        confirmed: Confirmed::default(),
    }
}

/// The upgrade of a cluster, walked on another machine.
fn walk(namespace: &str, name: &str, state: WalkState) -> Known {
    let walk = Walk {
        format: FORMAT,
        id: "9f".into(),
        cluster: ObjectName::new(namespace, name),
        cluster_uid: "u".into(),
        cluster_api_version: "cluster.x-k8s.io/v1beta2".into(),
        to: "v1.32.4".into(),
        steps: vec![WalkStep {
            kind: GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
            target: ObjectName::new(namespace, "md-0"),
            uid: "md".into(),
            from: "v1.31.2".into(),
            to: "v1.32.4".into(),
            machines: 3,
            seconds: None,
            state: StepState::Rolling(now()),
        }],
        at: 0,
        state,
        anyway: false,
        by: Actor {
            user: "ada".into(),
            by: "console".into(),
            ..Actor::default()
        },
        reason: Some("patch day".to_owned()),
        begun: now() - SignedDuration::from_mins(20),
        changed: now() - SignedDuration::from_mins(10),
    };
    Known {
        cluster: key("Cluster", namespace, name),
        config_map: Value::Null,
        walk: Ok(walk),
        holder: Some(Holder {
            identity: "ada@jump-1 (console 4711):9f".to_owned(),
            renewed: Some(now()),
            lasts_seconds: 30,
        }),
        here: None,
    }
}

fn store(walks: Vec<Known>) -> FleetStore {
    let mut store = FleetStore::default();
    let mut session = Session::idle(ManagementCluster::new("taipei"), "", false);
    session.connection = Connection::Live;
    store.apply(Update::Session(Arc::new(session)));
    store.apply(Update::Walks(Walks {
        management_cluster: ManagementCluster::new("taipei"),
        of: None,
        walks: walks.into_iter().map(Arc::new).collect(),
    }));
    store
}

fn printed(page: &Page, column: usize) -> Vec<&str> {
    page.rows.iter().map(|row| row.cells[column].as_str()).collect()
}

#[test]
fn an_act_is_one_row_and_one_that_was_cut_off_says_so() {
    let entries = [
        entry("c", Stage::Refused(Refusal::at(Step::ReadOnly, "no"))),
        entry("b", intent()),
        entry("a", Stage::Outcome(Outcome::Done)),
        entry("a", intent()),
    ];
    let page = page(&entries, &FleetStore::default(), &Options::default(), now());
    assert_eq!(printed(&page, 4), ["refused: no", "cut off: not known", "done"]);
    let documents: Vec<Value> = page
        .rows
        .iter()
        .map(|row| row.document["outcome"].clone())
        .collect();
    let unknown = json!({"unknown": [0, CUT_OFF]});
    assert_eq!(documents, [Value::Null, unknown, "done".into()]);
}

#[test]
fn upgrades_that_are_stored_stand_with_the_acts_and_open_ones_first() {
    let store = store(vec![
        walk("default", "old", WalkState::Done),
        walk("default", "prod", WalkState::Going),
        walk("lab", "stuck", WalkState::Stopped("md-0 stands".to_owned())),
    ]);
    let entries = [entry("a", Stage::Outcome(Outcome::Done)), entry("a", intent())];
    let page_of = |options: &Options| page(&entries, &store, options, now());
    let all = page_of(&Options::default());
    assert_eq!(
        printed(&all, 2),
        [
            "upgrade to v1.32.4",
            "upgrade to v1.32.4",
            "upgrade to v1.32.4",
            "delete"
        ]
    );
    assert_eq!(
        printed(&all, 4),
        [
            "step 1 of 1: MachineDeployment md-0 rolls out",
            "stopped at step 1 of 1: md-0 stands",
            "done: 1 step",
            "done"
        ]
    );
    assert!(all.faults, "one has stopped");
    let told = &all.rows[0].document["upgrade"];
    assert_eq!(told["cluster"]["object"]["name"], "prod");
    assert_eq!(told["walk"]["state"], "going");
    assert_eq!(told["walk"]["steps"][0]["machines"], 3);
    assert_eq!(told["holder"]["identity"], "ada@jump-1 (console 4711):9f");
    assert_eq!(told["walked"], true);
    // A namespace, a filter and faults leave rows out; so does a management cluster that was not named.
    let objects = |options: &Options| -> Vec<String> {
        let page = page_of(options);
        page.rows.iter().map(|row| row.name.clone()).collect()
    };
    let of_lab = Options {
        namespace: Some("lab".to_owned()),
        ..Options::default()
    };
    assert_eq!(objects(&of_lab), ["upgrade/lab/stuck"]);
    let filtered = Options {
        filter: Filter::parse("kind=Cluster ada !stands").unwrap(),
        ..Options::default()
    };
    assert_eq!(
        objects(&filtered),
        ["upgrade/default/prod", "upgrade/default/old"]
    );
    let faults = Options {
        faults_only: true,
        ..Options::default()
    };
    assert_eq!(objects(&faults), ["upgrade/lab/stuck"]);
    let named = Options {
        connected: true,
        ..Options::default()
    };
    assert!(
        page(&entries, &FleetStore::default(), &named, now())
            .rows
            .is_empty()
    );
    assert_eq!(objects(&named).len(), 4, "this one is connected");
}
