//! Nothing that would change anything leaves the process where it may not, counted at the transport: every deed there is, under
//! every form of not being allowed. Each try stands in the audit log, once, with the step that refused it.

mod commands;
mod screen;

use fleetui_api::byoh::names::{HELD_BACK, RELEASED, RESERVED_FOR};
use fleetui_api::labels::{DELETE_MACHINE, REMEDIATE_MACHINE, SKIP_REMEDIATION};
use fleetui_base::clock::SystemClock;
use fleetui_base::{Clock as _, GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_client::{AuditLog, ClientSettings, FailureKind, FleetClient};
use fleetui_connect::Target;
use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::plan::{Around, apply, latest, plan, undo};
use fleetui_fleet::act::{
    Act, Actor, AuditId, CreateDeed, Deed, Entry, HostDeed, MachineDeed, Mode, Plan, Step, WalkDeed,
};
use fleetui_fleet::create::{Creation, CreationState, Item, ItemState, clean_up, plan_creation};
use fleetui_fleet::object_edit::{self, Editable};
use fleetui_fleet::preflight::Preflight;
use fleetui_fleet::walk::{self, Walk};
use fleetui_fleet::{FleetStore, Row};
use serde_json::{Value, json};

use super::stage::{deployment, key, live, object, perform};
use crate::counting::{Counter, counted};
use crate::embedded::Embedded;

const HERE: &str = "here";

/// Every deed. That none is missing is seen by `place`, which names them all.
fn deeds() -> Vec<Deed> {
    vec![
        Deed::Scale("7".to_owned()),
        Deed::Upgrade("v1.33.2".to_owned()),
        Deed::Pause,
        Deed::Resume,
        Deed::Restart,
        Deed::Delete,
        Deed::Machine(MachineDeed::Replace),
        Deed::Machine(MachineDeed::Shrink),
        Deed::Machine(MachineDeed::GoFirst(true)),
        Deed::Machine(MachineDeed::GoFirst(false)),
        Deed::Machine(MachineDeed::Remediate(true)),
        Deed::Machine(MachineDeed::Remediate(false)),
        Deed::Machine(MachineDeed::SkipRemediation(true)),
        Deed::Machine(MachineDeed::SkipRemediation(false)),
        Deed::Edit(Vec::new()),
        Deed::Apply,
        Deed::Undo(AuditId("0".into())),
        Deed::Walk(WalkDeed::Begin("v1.34.0".to_owned())),
        Deed::Walk(WalkDeed::Pause),
        Deed::Walk(WalkDeed::Resume),
        Deed::Walk(WalkDeed::Abandon),
        Deed::Kubeconfig,
        Deed::Install,
        Deed::Host(HostDeed::Approve),
        Deed::Host(HostDeed::Label(vec![("tried".into(), Some("yes".into()))])),
        Deed::Host(HostDeed::Cordon(true)),
        Deed::Host(HostDeed::Maintain(true)),
        Deed::Host(HostDeed::Reserve(Some("c".into()))),
        Deed::Host(HostDeed::Quarantine(true)),
        Deed::Host(HostDeed::Release),
        Deed::Host(HostDeed::Reset),
        Deed::Create(CreateDeed::Begin("simulated".to_owned())),
        Deed::Create(CreateDeed::Resume),
        Deed::Create(CreateDeed::CleanUp),
    ]
}

/// Where a deed stands in the list.
fn place(deed: &Deed) -> usize {
    match deed {
        Deed::Scale(_) => 0,
        Deed::Upgrade(_) => 1,
        Deed::Pause => 2,
        Deed::Resume => 3,
        Deed::Restart => 4,
        Deed::Delete => 5,
        Deed::Machine(MachineDeed::Replace) => 6,
        Deed::Machine(MachineDeed::Shrink) => 7,
        Deed::Machine(MachineDeed::GoFirst(true)) => 8,
        Deed::Machine(MachineDeed::GoFirst(false)) => 9,
        Deed::Machine(MachineDeed::Remediate(true)) => 10,
        Deed::Machine(MachineDeed::Remediate(false)) => 11,
        Deed::Machine(MachineDeed::SkipRemediation(true)) => 12,
        Deed::Machine(MachineDeed::SkipRemediation(false)) => 13,
        Deed::Edit(_) => 14,
        Deed::Apply => 15,
        Deed::Undo(_) => 16,
        Deed::Walk(WalkDeed::Begin(_)) => 17,
        Deed::Walk(WalkDeed::Pause) => 18,
        Deed::Walk(WalkDeed::Resume) => 19,
        Deed::Walk(WalkDeed::Abandon) => 20,
        Deed::Kubeconfig => 21,
        Deed::Install => 22,
        Deed::Host(HostDeed::Approve) => 23,
        Deed::Host(HostDeed::Label(_)) => 24,
        Deed::Host(HostDeed::Cordon(_)) => 25,
        Deed::Host(HostDeed::Maintain(_)) => 26,
        Deed::Host(HostDeed::Reserve(_)) => 27,
        Deed::Host(HostDeed::Quarantine(_)) => 28,
        Deed::Host(HostDeed::Release) => 29,
        Deed::Host(HostDeed::Reset) => 30,
        Deed::Create(CreateDeed::Begin(_)) => 31,
        Deed::Create(CreateDeed::Resume) => 32,
        Deed::Create(CreateDeed::CleanUp) => 33,
    }
}

#[test]
fn no_deed_is_missing() {
    let places: Vec<usize> = deeds().iter().map(place).collect();
    assert_eq!(places, (0..=33).collect::<Vec<_>>());
}

/// A form of not being allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The management cluster is read-only: by the flag, or by its configuration.
    Target,
    /// All of it is, for now.
    Switched,
    /// The server lets this user only read.
    Viewer,
    /// Nothing can be written down.
    NoAudit,
}

impl Form {
    const ALL: [Self; 4] = [Self::Target, Self::Switched, Self::Viewer, Self::NoAudit];

    fn step(self) -> Step {
        match self {
            Self::Target | Self::Switched => Step::ReadOnly,
            Self::Viewer => Step::Permission,
            Self::NoAudit => Step::Audit,
        }
    }

    /// A target under it, what counts there, and the settings.
    fn target(self, server: &Embedded) -> (Target, Counter, ClientSettings) {
        let client = match self {
            Self::Viewer => server.viewer(),
            Self::Target | Self::Switched | Self::NoAudit => server.client(),
        };
        let (client, counter) = counted(client);
        let mut target = Target::ready(HERE, client);
        target.read_only = self == Self::Target;
        let mut settings = ClientSettings::default();
        if self == Self::NoAudit {
            settings.audit = AuditLog::none("there is no place for it");
        }
        (target, counter, settings)
    }
}

/// Hosts on which every deed makes sense: one that is kept for inspection, one that waits for approval, one of which everything is
/// said that can be taken back.
fn hosts() -> [Value; 3] {
    let host = |name: &str, annotations: Value, spec: Value| {
        json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "ByoHost",
            "metadata": {"name": name, "namespace": "default", "annotations": annotations}, "spec": spec,
        })
    };
    let said = json!({
        "unclaimable": true, "maintenance": {"mode": "Drain"}, "taints": [{"key": RESERVED_FOR, "value": "c"}],
    });
    [
        host("h-0", json!({RELEASED: "c/md-0"}), json!({})),
        host("h-1", json!({}), json!({"approved": false})),
        host("h-2", json!({HELD_BACK: "to try"}), said),
    ]
}

/// A cluster with two deployments and two machines, one of which is marked in every way; an upgrade of it that is under way; and
/// another cluster.
async fn furnished() -> Embedded {
    let server = Embedded::with_any_objects().await;
    let cluster = server.create(&object("Cluster", "c", json!({}))).await;
    server.create(&object("Cluster", "d", json!({}))).await;
    let owner = server.create(&deployment("md-0", 2)).await;
    let mut paused = deployment("md-1", 2);
    paused["spec"]["paused"] = json!(true);
    server.create(&paused).await;
    let set = json!({"clusterName": "c", "replicas": 2, "template": {"spec": {"clusterName": "c"}}});
    let set = server
        .create(&owned(object("MachineSet", "ms-0", set), &owner))
        .await;
    let machine = |name: &str| {
        let spec = json!({"clusterName": "c", "version": "v1.33.1"});
        owned(object("Machine", name, spec), &set)
    };
    server.create(&machine("m-0")).await;
    let mut marked = machine("m-1");
    marked["metadata"]["annotations"] =
        json!({DELETE_MACHINE: "", REMEDIATE_MACHINE: "", SKIP_REMEDIATION: ""});
    server.create(&marked).await;
    let row = Row::project(ManagementCluster::new(HERE), &cluster);
    server.create(&walk::object(&upgrade(&row))).await;
    for host in hosts() {
        let info = json!({"hostinfo": {"osname": "linux", "architecture": "amd64"}});
        server.create_with_status(&host, info).await;
    }
    server
}

fn owned(mut object: Value, owner: &Value) -> Value {
    let of = |pointer: &str| owner.pointer(pointer).cloned().unwrap();
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": of("/apiVersion"), "kind": of("/kind"), "name": of("/metadata/name"),
        "uid": of("/metadata/uid"), "controller": true,
    }]);
    object
}

/// An upgrade that has begun.
fn upgrade(cluster: &Row) -> Walk {
    let by = (Actor::default(), None);
    let to = "v1.34.0".parse().unwrap();
    Walk::planned(&Preflight::default(), cluster, &to, by, SystemClock.now())
}

/// What plans are made of beside the fleet.
struct Stock {
    history: Vec<Entry>,
    deployment: Value,
    upgrade: Value,
}

impl Stock {
    /// As it is after something was done.
    async fn take(server: &Embedded) -> Self {
        let history = history(server).await;
        let config_map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fleetui-upgrade-c", "namespace": "default"}});
        Self {
            history,
            deployment: server.read(&deployment("md-0", 2)).await,
            upgrade: server.read(&config_map).await,
        }
    }
}

/// Something that was done by one who may, and its lines.
async fn history(server: &Embedded) -> Vec<Entry> {
    let (client, store) = live(server.target(HERE), ClientSettings::default()).await;
    let act = act(&store, "MachineDeployment", "md-0", Deed::Scale("3".to_owned()));
    let planned = plan(&around(&store), act).unwrap();
    client.act(planned.clone(), perform(&planned)).await.unwrap();
    let entries = client.activity(10).await.unwrap();
    assert_eq!(entries.len(), 2);
    client.shut_down().await;
    entries
}

fn around(store: &FleetStore) -> Around<'_> {
    Around {
        store,
        now: SystemClock.now(),
    }
}

fn uid(store: &FleetStore, key: &ObjectKey) -> String {
    store.get(key).unwrap().facts.uid.to_string()
}

fn act(store: &FleetStore, kind: &str, name: &str, deed: Deed) -> Act {
    let subject = key(HERE, kind, name);
    Act {
        uid: uid(store, &subject).into(),
        subject,
        deed,
        reason: Some("to try".to_owned()),
    }
}

/// A creation of one object: one that is there, which it says to have made, or one that is not.
fn creation(store: &FleetStore, made: bool) -> Creation {
    // What is created is no part of another cluster.
    let (target, api_version, body) = if made {
        let deployment = super::stage::deployment("md-0", 1);
        (
            key(HERE, "MachineDeployment", "md-0"),
            "cluster.x-k8s.io/v1beta2",
            deployment,
        )
    } else {
        let name = ObjectName::new("default", "new-9");
        let target = ObjectKey::new(
            ManagementCluster::new(HERE),
            GroupKind::new("", "ConfigMap"),
            name,
        );
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new-9", "namespace": "default"}});
        (target, "v1", body)
    };
    let session = store.session(&target.management_cluster).unwrap();
    Creation {
        format: 1,
        id: "0".into(),
        cluster: key(HERE, "Cluster", "new"),
        server: session.server.to_string().into(),
        flavour: "simulated".to_owned(),
        endpoint: None,
        takes_hosts: false,
        begun: SystemClock.now(),
        state: CreationState::Creating,
        items: vec![Item {
            state: if made {
                ItemState::Created(uid(store, &target).into())
            } else {
                ItemState::Waiting
            },
            target,
            api_version: api_version.into(),
            body,
        }],
    }
}

/// The plan for a deed by the planner that console and commands ask; nothing where it is no write of a client's.
fn planned(store: &FleetStore, stock: &Stock, deed: Deed) -> Option<Plan> {
    let around = around(store);
    let on_deployment =
        |name: &str, deed: Deed| plan(&around, act(store, "MachineDeployment", name, deed)).unwrap();
    let on_machine = |name: &str, deed: Deed| plan(&around, act(store, "Machine", name, deed)).unwrap();
    Some(match deed {
        Deed::Resume => on_deployment("md-1", deed),
        Deed::Scale(_) | Deed::Upgrade(_) | Deed::Pause | Deed::Restart | Deed::Delete => {
            on_deployment("md-0", deed)
        }
        Deed::Machine(
            MachineDeed::GoFirst(false) | MachineDeed::Remediate(false) | MachineDeed::SkipRemediation(false),
        ) => on_machine("m-1", deed),
        Deed::Machine(_) => on_machine("m-0", deed),
        Deed::Edit(_) => {
            let base = Editable::new(stock.deployment.clone(), Vec::new(), None);
            let mut mine = (*base.object).clone();
            mine["spec"]["replicas"] = json!(9);
            let of = key(HERE, "MachineDeployment", "md-0");
            object_edit::plan(store, &of, (&base, &mine), SystemClock.now()).unwrap()
        }
        Deed::Apply => {
            let config_map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more", "namespace": "default"}});
            let documents = [config_map, super::stage::deployment("md-9", 1)];
            let here = ManagementCluster::new(HERE);
            apply(&around, &documents, (&here, "default"), false).unwrap()
        }
        Deed::Undo(_) => {
            let id = latest(&stock.history, None).unwrap();
            undo(&around, &stock.history, id).unwrap()
        }
        Deed::Walk(WalkDeed::Begin(_)) => {
            let cluster = store.get(&key(HERE, "Cluster", "d")).unwrap();
            let begun = (&Preflight::default(), &upgrade(cluster));
            walk::plan_begin(store, cluster, begun, None, SystemClock.now()).unwrap()
        }
        Deed::Walk(deed) => {
            let cluster = (&key(HERE, "Cluster", "c"), deed);
            let planned = walk::plan_deed(
                store,
                cluster,
                &stock.upgrade,
                Vec::new(),
                "ada",
                SystemClock.now(),
            );
            planned.unwrap().0
        }
        Deed::Host(of) => {
            let name = if of == HostDeed::Approve { "h-1" } else { "h-0" };
            let kind = GroupKind::new("infrastructure.cluster.x-k8s.io", "ByoHost");
            let here = ManagementCluster::new(HERE);
            let subject = ObjectKey::new(here, kind, ObjectName::new("default", name));
            let act = Act {
                uid: uid(store, &subject).into(),
                subject,
                deed: Deed::Host(of),
                reason: None,
            };
            plan(&around, act).unwrap()
        }
        Deed::Create(CreateDeed::CleanUp) => clean_up(&around, &creation(store, true)).unwrap(),
        Deed::Create(of) => {
            plan_creation(&around, &creation(store, false), of == CreateDeed::Resume).unwrap()
        }
        // A Secret is read; and what `init` writes is counted with the commands.
        Deed::Kubeconfig | Deed::Install => return None,
    })
}

/// The steps of the lines that tell of a refusal, the oldest first; any other line is too much.
async fn refusals(client: &FleetClient) -> Vec<(usize, Step)> {
    let mut entries = client.activity(1000).await.unwrap();
    entries.reverse();
    let refusal = |entry: &Entry| match &entry.stage {
        Stage::Refused(refusal) => (place(&entry.act.deed), refusal.step),
        Stage::Intent { .. } | Stage::Outcome(_) => panic!("{entry:#?}"),
    };
    entries.iter().map(refusal).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_where_nothing_may_be_written() {
    let server = furnished().await;
    let stock = Stock::take(&server).await;
    for form in Form::ALL {
        let (target, counter, settings) = form.target(&server);
        let (client, store) = live(target, settings).await;
        if form == Form::Switched {
            client.set_read_only(Some("read-only for now".to_owned()));
        }
        let mut expected = Vec::new();
        for deed in deeds() {
            let Some(plan) = planned(&store, &stock, deed) else {
                continue;
            };
            assert!(!plan.writes.is_empty(), "{:?}", plan.act.deed);
            // A dry run writes nothing, so it needs no audit log.
            let modes = match form {
                Form::NoAudit => vec![perform(&plan)],
                Form::Target | Form::Switched | Form::Viewer => vec![Mode::Preview, perform(&plan)],
            };
            for mode in modes {
                let what = format!("{form:?}, {:?}, {mode:?}", plan.act.deed);
                let refused = client.act(plan.clone(), mode).await.unwrap_err();
                assert_eq!(
                    refused.kind,
                    FailureKind::Refused(form.step()),
                    "{what}: {refused}"
                );
                assert_eq!(counter.writes(), Vec::<String>::new(), "{what}");
                if form != Form::NoAudit {
                    expected.push((place(&plan.act.deed), form.step()));
                }
            }
        }
        assert_eq!(refusals(&client).await, expected, "{form:?}");
        assert!(counter.reads() > 0, "it is counted where requests leave");
        client.shut_down().await;
        assert_eq!(counter.writes(), Vec::<String>::new(), "{form:?}");
    }
    server.stop().await;
}

/// A management cluster that has no session, or none any more, is a try like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_tried_where_there_is_no_session_is_written_down() {
    let server = furnished().await;
    let (client, counter) = counted(server.client());
    let (client, store) = live(Target::ready(HERE, client), ClientSettings::default()).await;
    let act = act(&store, "MachineDeployment", "md-0", Deed::Delete);
    let mut plan = plan(&around(&store), act).unwrap();
    plan.act.subject.management_cluster = ManagementCluster::new("elsewhere");
    for write in &mut plan.writes {
        write.target.management_cluster = ManagementCluster::new("elsewhere");
    }
    for mode in [Mode::Preview, perform(&plan)] {
        let refused = client.act(plan.clone(), mode).await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Unreachable);
    }
    let step = (place(&Deed::Delete), Step::Connection);
    assert_eq!(refusals(&client).await, [step, step]);
    assert_eq!(counter.writes(), Vec::<String>::new());
    client.shut_down().await;
    server.stop().await;
}

/// That all of them do write where one may: else nothing was shown above.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_them_leave_where_they_may() {
    for deed in deeds() {
        let server = furnished().await;
        let stock = Stock::take(&server).await;
        let (client, counter) = counted(server.client());
        let (client, store) = live(Target::ready(HERE, client), ClientSettings::default()).await;
        let Some(plan) = planned(&store, &stock, deed) else {
            continue;
        };
        let done = client.act(plan.clone(), perform(&plan)).await;
        assert!(done.is_ok(), "{:?}: {done:?}", plan.act.deed);
        assert_eq!(counter.writes().len(), plan.writes.len(), "{:?}", plan.act.deed);
        client.shut_down().await;
        server.stop().await;
    }
}
