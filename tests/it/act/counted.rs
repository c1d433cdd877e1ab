//! Nothing that would change anything leaves the process where it may not, counted at the transport: every deed there is, under
//! every form of not being allowed. Each try stands in the audit log, once, with the step that refused it.

use std::sync::Arc;

use fleetui_base::clock::SystemClock;
use fleetui_base::{Clock as _, GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_client::{AuditLog, ClientSettings, FailureKind, FleetClient};
use fleetui_connect::Target;
use fleetui_console::chord::sequence;
use fleetui_console::{AppOptions, FrameConfig};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::plan::{Around, apply, latest, plan, undo};
use fleetui_fleet::act::{
    Act, AuditId, Confirm, CreateDeed, Deed, Entry, MachineDeed, Mode, Plan, Preview, Step, Verb, WalkDeed,
    Write,
};
use serde_json::{Value, json};

use super::stage::{PATIENCE, deployment, key, live, object, perform};
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
        Deed::Machine(MachineDeed::Remediate(true)),
        Deed::Machine(MachineDeed::SkipRemediation(true)),
        Deed::Edit(Vec::new()),
        Deed::Apply,
        Deed::Undo(AuditId("0".into())),
        Deed::Walk(WalkDeed::Begin("v1.34.0".to_owned())),
        Deed::Walk(WalkDeed::Pause),
        Deed::Walk(WalkDeed::Resume),
        Deed::Walk(WalkDeed::Abandon),
        Deed::Create(CreateDeed::Begin("simulated".to_owned())),
        Deed::Create(CreateDeed::Resume),
        Deed::Create(CreateDeed::CleanUp),
        Deed::Kubeconfig,
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
        Deed::Machine(MachineDeed::GoFirst(_)) => 8,
        Deed::Machine(MachineDeed::Remediate(_)) => 9,
        Deed::Machine(MachineDeed::SkipRemediation(_)) => 10,
        Deed::Edit(_) => 11,
        Deed::Apply => 12,
        Deed::Undo(_) => 13,
        Deed::Walk(WalkDeed::Begin(_)) => 14,
        Deed::Walk(WalkDeed::Pause) => 15,
        Deed::Walk(WalkDeed::Resume) => 16,
        Deed::Walk(WalkDeed::Abandon) => 17,
        Deed::Create(CreateDeed::Begin(_)) => 18,
        Deed::Create(CreateDeed::Resume) => 19,
        Deed::Create(CreateDeed::CleanUp) => 20,
        Deed::Kubeconfig => 21,
    }
}

#[test]
fn no_deed_is_missing() {
    let places: Vec<usize> = deeds().iter().map(place).collect();
    assert_eq!(places, (0..=21).collect::<Vec<_>>());
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

async fn furnished() -> Embedded {
    let server = Embedded::with_any_objects().await;
    server.create(&object("Cluster", "c", json!({}))).await;
    server.create(&deployment("md-0", 2)).await;
    let mut paused = deployment("md-1", 2);
    paused["spec"]["paused"] = json!(true);
    server.create(&paused).await;
    let machine = json!({"clusterName": "c", "version": "v1.33.1"});
    server.create(&object("Machine", "m-0", machine)).await;
    server
}

/// Something that was done by one who may, and its lines.
async fn history(server: &Embedded) -> Vec<Entry> {
    let (client, store) = live(server.target(HERE), ClientSettings::default()).await;
    let act = act(&store, "md-0", Deed::Scale("3".to_owned()));
    let planned = plan(&around(&store), act).unwrap();
    client.act(planned.clone(), perform(&planned)).await.unwrap();
    let entries = client.activity(10).await;
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

fn act(store: &FleetStore, name: &str, deed: Deed) -> Act {
    let subject = key(HERE, "MachineDeployment", name);
    Act {
        uid: uid(store, &subject).into(),
        subject,
        deed,
        reason: Some("to try".to_owned()),
    }
}

/// A plan for a deed whose planner stands elsewhere: the writes are of the sort that it makes.
fn by_hand(store: &FleetStore, deed: Deed, writes: Vec<(ObjectKey, Verb, Value)>) -> Plan {
    let subject = key(HERE, "Machine", "m-0");
    Plan {
        act: Act {
            uid: uid(store, &subject).into(),
            subject,
            deed,
            reason: None,
        },
        writes: writes
            .into_iter()
            .map(|(target, verb, body)| Write {
                uid: match verb {
                    Verb::Patch | Verb::Delete => uid(store, &target).into(),
                    Verb::Create | Verb::Apply => "".into(),
                },
                api_version: if target.kind.kind.as_ref() == "ConfigMap" {
                    "v1".into()
                } else {
                    "cluster.x-k8s.io/v1beta2".into()
                },
                target,
                verb,
                body,
                fields: Vec::new(),
            })
            .collect(),
        preview: Preview::default(),
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: SystemClock.now(),
    }
}

fn planned(store: &FleetStore, history: &[Entry], deed: Deed) -> Plan {
    let machine = || key(HERE, "Machine", "m-0");
    let deployment = || key(HERE, "MachineDeployment", "md-0");
    let labelled = || json!([{"op": "add", "path": "/metadata/labels/tried", "value": "yes"}]);
    let config_map = || {
        ObjectKey::new(
            ManagementCluster::new(HERE),
            GroupKind::new("", "ConfigMap"),
            ObjectName::new("default", "fleetui-upgrade-c"),
        )
    };
    let stored = || json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fleetui-upgrade-c", "namespace": "default"}});
    match deed {
        Deed::Resume => plan(&around(store), act(store, "md-1", deed)).unwrap(),
        Deed::Scale(_) | Deed::Upgrade(_) | Deed::Pause | Deed::Restart | Deed::Delete => {
            plan(&around(store), act(store, "md-0", deed)).unwrap()
        }
        Deed::Machine(MachineDeed::Replace) => by_hand(
            store,
            deed,
            vec![(
                machine(),
                Verb::Delete,
                json!({"propagationPolicy": "Background"}),
            )],
        ),
        Deed::Machine(MachineDeed::Shrink) => by_hand(
            store,
            deed,
            vec![
                (machine(), Verb::Patch, labelled()),
                (deployment(), Verb::Patch, labelled()),
            ],
        ),
        Deed::Machine(
            MachineDeed::GoFirst(_) | MachineDeed::Remediate(_) | MachineDeed::SkipRemediation(_),
        ) => by_hand(store, deed, vec![(machine(), Verb::Patch, labelled())]),
        Deed::Edit(_) => by_hand(store, deed, vec![(deployment(), Verb::Patch, labelled())]),
        Deed::Apply => {
            let documents = [stored(), super::stage::deployment("md-9", 1)];
            apply(
                &around(store),
                &documents,
                (&ManagementCluster::new(HERE), "default"),
            )
            .unwrap()
        }
        Deed::Undo(_) => {
            let id = latest(history, None).unwrap();
            undo(&around(store), history, id).unwrap()
        }
        Deed::Walk(WalkDeed::Begin(_)) => by_hand(store, deed, vec![(config_map(), Verb::Create, stored())]),
        Deed::Walk(WalkDeed::Pause | WalkDeed::Resume | WalkDeed::Abandon) => {
            by_hand(store, deed, vec![(config_map(), Verb::Apply, stored())])
        }
        Deed::Create(CreateDeed::Begin(_) | CreateDeed::Resume) => {
            by_hand(store, deed, vec![(config_map(), Verb::Create, stored())])
        }
        Deed::Create(CreateDeed::CleanUp) => {
            by_hand(store, deed, vec![(deployment(), Verb::Delete, json!({}))])
        }
        Deed::Kubeconfig => by_hand(store, deed, Vec::new()),
    }
}

/// The steps of the lines that tell of a refusal, the oldest first; any other line is too much.
async fn refusals(client: &FleetClient) -> Vec<(usize, Step)> {
    let mut entries = client.activity(1000).await;
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
    let history = history(&server).await;
    for form in Form::ALL {
        let (target, counter, settings) = form.target(&server);
        let (client, store) = live(target, settings).await;
        if form == Form::Switched {
            client.set_read_only(Some("read-only for now".to_owned()));
        }
        let mut expected = Vec::new();
        for deed in deeds() {
            let plan = planned(&store, &history, deed);
            let writes = !plan.writes.is_empty();
            assert_eq!(writes, plan.act.deed != Deed::Kubeconfig);
            // A dry run writes nothing, so it needs no audit log.
            let modes = match form {
                Form::NoAudit => vec![perform(&plan)],
                Form::Target | Form::Switched | Form::Viewer => vec![Mode::Preview, perform(&plan)],
            };
            for mode in modes.into_iter().filter(|_| writes) {
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
    let act = act(&store, "md-0", Deed::Delete);
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
        let history = history(&server).await;
        if matches!(
            deed,
            Deed::Walk(WalkDeed::Pause | WalkDeed::Resume | WalkDeed::Abandon)
        ) {
            server
                .create(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fleetui-upgrade-c", "namespace": "default"}}))
                .await;
        }
        let (client, counter) = counted(server.client());
        let (client, store) = live(Target::ready(HERE, client), ClientSettings::default()).await;
        let plan = planned(&store, &history, deed);
        let done = client.act(plan.clone(), perform(&plan)).await;
        assert!(done.is_ok(), "{:?}: {done:?}", plan.act.deed);
        assert_eq!(counter.writes().len(), plan.writes.len(), "{:?}", plan.act.deed);
        client.shut_down().await;
        server.stop().await;
    }
}

/// What keys do on the console: all that was tried, as the audit log has it.
async fn tried(server: &Embedded, form: Form, by_flag: bool, keys: &str) -> (Vec<Entry>, Counter) {
    let (target, counter, mut settings) = form.target(server);
    let audit = AuditLog::in_memory();
    settings.audit = audit.clone();
    let clock = SystemClock::shared();
    let mut options = AppOptions::new(clock.now()).unwrap();
    options.size = (160, 48);
    options.read_only = by_flag;
    let (client, updates) = FleetClient::start(vec![target], Arc::clone(&clock), settings);
    let config = FrameConfig {
        record: None,
        options,
        clock,
        keys: sequence(keys).unwrap(),
        limit: PATIENCE,
    };
    let frame = fleetui_console::frame(config, Arc::new(client.clone()), updates).await;
    client.shut_down().await;
    assert!(frame.is_ok(), "{keys}");
    (audit.read(100).await, counter)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_write_nothing_where_nothing_may_be_written() {
    let server = furnished().await;
    let cases = [
        ("by flag", Form::NoAudit, true, "", Step::ReadOnly),
        ("by configuration", Form::Target, false, "", Step::ReadOnly),
        (
            ":readonly",
            Form::NoAudit,
            false,
            ": r e a d o n l y enter ",
            Step::ReadOnly,
        ),
        ("a viewer", Form::Viewer, false, "", Step::Permission),
    ];
    for (what, form, by_flag, before, step) in cases {
        let mut met = 0;
        // Whichever line of the tree the deployments stand in, one of these cursors is on it.
        for down in 0..7 {
            let keys = format!("{before}g {}s 5 enter", "j ".repeat(down));
            let (entries, counter) = tried(&server, form, by_flag, &keys).await;
            assert_eq!(counter.writes(), Vec::<String>::new(), "{what}: {keys}");
            let of_deployments = entries.iter().filter(|entry| {
                entry.act.subject.kind.kind.as_ref() == "MachineDeployment"
                    && matches!(&entry.stage, Stage::Refused(refusal) if refusal.step == step)
            });
            let count = of_deployments.count();
            assert!(count <= 1, "{what}: {entries:#?}");
            met += count;
            let written = |entry: &Entry| !matches!(entry.stage, Stage::Refused(_));
            assert!(!entries.iter().any(written), "{what}: {entries:#?}");
        }
        assert_eq!(met, 2, "{what}: both deployments were met");
    }
    server.stop().await;
}
