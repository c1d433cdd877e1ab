//! `fleetui rollout`: replaces machines by new ones, lets rollouts stand still and go on, and tells how far they are.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use fleetui_api::kinds::Role;
use fleetui_base::ObjectKey;
use fleetui_console::age::age_of;
use fleetui_fleet::act::Deed;
use fleetui_fleet::act::plan::of_rollouts;
use fleetui_fleet::foretold::about;
use fleetui_fleet::rollout::{Held, Progress, progress};
use fleetui_fleet::{FleetStore, Row};
use jiff::Timestamp;
use serde_json::json;

use super::arguments::ObjectArgs;
use super::fleet::is_called;
use super::one::{self, OneArgs};
use crate::cli::FleetArgs;
use crate::cli::get::namespace;
use crate::cli::headless::{self, Needs, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page, name_of};

/// What `fleetui rollout` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct RolloutArgs {
    #[command(subcommand)]
    what: Rollout,
}

#[derive(Debug, Clone, Subcommand)]
enum Rollout {
    /// Replace all machines of a MachineDeployment or of a control plane by new ones alike
    Restart(OneArgs),
    /// Let the rollouts of a MachineDeployment or of a control plane stand still
    ///
    /// As clusterctl does it: a MachineDeployment is still scaled (spec.paused), a KubeadmControlPlane is not reconciled at all (the
    /// annotation cluster.x-k8s.io/paused), and neither is a MachineDeployment that a topology owns.
    Pause(OneArgs),
    /// Let them go on again
    Resume(OneArgs),
    /// How far rollouts are, how long they will take and what holds them; of one object, or all that are under way
    Status(StatusArgs),
}

/// What `fleetui rollout status` is told.
#[derive(Debug, Clone, Args)]
struct StatusArgs {
    /// The object, as KIND/NAME; without it all rollouts that are under way
    #[arg(value_name = "KIND/NAME")]
    object: Option<String>,
    #[command(flatten)]
    view: ViewArgs,
}

/// What rolls out machines, and what tells how quickly.
const ROLES: &[Role] = &[
    Role::Cluster,
    Role::ControlPlane,
    Role::MachineDeployment,
    Role::MachineSet,
    Role::MachinePool,
    Role::Machine,
];
/// What is told unasked. A Cluster's is that of its parts.
const ROLLING: [Role; 3] = [Role::ControlPlane, Role::MachineDeployment, Role::MachinePool];

/// Restarts, pauses or resumes a rollout, or tells of rollouts.
pub(crate) async fn run(args: RolloutArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    match args.what {
        Rollout::Restart(args) => {
            one::run(args.of(Deed::Restart), &args.act, &fleet, "rollout restart").await
        }
        Rollout::Pause(args) => {
            let by = (&fleet, "rollout pause");
            one::planned(args.of(Deed::Pause), &args.act, by, of_rollouts).await
        }
        Rollout::Resume(args) => {
            let by = (&fleet, "rollout resume");
            one::planned(args.of(Deed::Resume), &args.act, by, of_rollouts).await
        }
        Rollout::Status(args) => tell(args, &fleet).await,
    }
}

async fn tell(args: StatusArgs, fleet: &FleetArgs) -> color_eyre::Result<ExitCode> {
    let meant = match args.object {
        Some(object) => {
            let object = ObjectArgs { object, name: None };
            let (kind, name) = object.parts()?;
            Some((kind.to_owned(), name.to_owned()))
        }
        None => None,
    };
    let namespace = namespace(fleet);
    let page = |store: &FleetStore, now: Timestamp| page(store, meant.as_ref(), namespace.as_deref(), now);
    headless::run(&args.view, fleet, Wanted::from(Needs::Roles(ROLES)), page).await
}

fn page(
    store: &FleetStore,
    meant: Option<&(String, String)>,
    namespace: Option<&str>,
    now: Timestamp,
) -> Page {
    let rows = store.rows(None).filter(|row| {
        let facts = &row.facts;
        namespace.is_none_or(|namespace| facts.object.namespace == namespace)
            && match meant {
                Some((kind, name)) => {
                    facts.object.name == *name && is_called(&facts.kind.group, &facts.kind.kind, kind)
                }
                None => ROLLING.contains(&facts.role),
            }
    });
    let mut told: Vec<(&Arc<Row>, Option<Progress>)> = rows
        .map(|row| (row, progress(store, row, now)))
        .filter(|(_, progress)| meant.is_some() || progress.is_some())
        .collect();
    told.sort_by_key(|(row, _)| row.key());
    let missing = meant
        .filter(|_| told.is_empty())
        .map(|(kind, name)| format!("{kind} {name:?} not found; -n and --context name other places"));
    let columns = [
        Column::new("OBJECT"),
        Column::new("MANAGEMENT"),
        Column::new("NAMESPACE"),
        Column::new("STATE"),
        Column::new("UP-TO-DATE"),
        Column::new("AVAILABLE"),
        Column::new("TO GO"),
        Column::new("MOVED").ticking(),
        Column::new("LEFT").ticking(),
        Column::new("MESSAGE"),
    ];
    Page {
        kind: "RolloutList",
        columns: columns.into(),
        faults: told.iter().any(|(_, progress)| {
            progress
                .as_ref()
                .is_some_and(|progress| progress.stalled.is_some())
        }),
        rows: told
            .iter()
            .map(|(row, progress)| {
                // Ages are told by the clock of the management cluster.
                entry(
                    row,
                    progress.as_ref(),
                    store.time_of(&row.management_cluster, now),
                )
            })
            .collect(),
        empty: "no rollouts are under way".to_owned(),
        missing: missing.into_iter().collect(),
        ..Page::default()
    }
}

fn entry(row: &Row, progress: Option<&Progress>, now: Timestamp) -> Entry {
    let (key, facts) = (row.key(), &row.facts);
    let stalled = progress.and_then(|progress| progress.stalled.as_ref());
    let paused = progress.and_then(|progress| progress.paused.as_ref());
    let (state, message) = match (progress, paused, stalled) {
        (None, ..) => ("Done", String::new()),
        (Some(_), Some(paused), _) => ("Paused", paused.to_string()),
        (Some(_), None, Some(stalled)) => ("Stalled", stalled.held()),
        (Some(progress), None, None) => (
            "Rolling",
            progress.waits.as_ref().map(Held::told).unwrap_or_default(),
        ),
    };
    let waits = progress.and_then(|progress| progress.waits.as_ref());
    let held_by = stalled.map(|stalled| &stalled.held).or(waits);
    let held_by = held_by.and_then(|held| held.by.as_ref());
    let left = progress.and_then(|progress| progress.left_seconds);
    let since = progress.and_then(|progress| progress.since);
    let reference =
        |key: &ObjectKey| json!({"kind": key.kind.kind.as_ref(), "name": key.object.name.as_str()});
    Entry {
        id: format!("{key} {}", facts.uid),
        cells: vec![
            format!("{}/{}", key.kind.kind.to_lowercase(), key.object.name),
            key.management_cluster.to_string(),
            key.object.namespace.to_string(),
            state.to_owned(),
            progress.map_or_else(String::new, |it| format!("{}/{}", it.up_to_date, it.wished)),
            progress.map_or_else(String::new, |it| format!("{}/{}", it.arrived, it.wished)),
            progress.map_or_else(String::new, |it| it.surplus.to_string()),
            age_of(since, now),
            left.map_or_else(String::new, |left| about(left, "")),
            message.clone(),
        ],
        name: name_of(&key.kind, &key.object.name),
        document: json!({
            "managementCluster": key.management_cluster.as_str(),
            "namespace": key.object.namespace.as_str(),
            "kind": key.kind.kind.as_ref(),
            "name": key.object.name.as_str(),
            "uid": facts.uid.as_str(),
            "state": state,
            "upToDate": progress.map(|it| it.up_to_date),
            "available": progress.map(|it| it.arrived),
            "wished": progress.map(|it| it.wished),
            "toGo": progress.map(|it| it.surplus),
            "lastMoved": since.map(|since| since.to_string()),
            "secondsLeft": left.map(|(likely, long)| json!({"likely": likely, "long": long})),
            "stalledSince": stalled.map(|stalled| stalled.since.to_string()),
            "heldBy": held_by.map(reference),
            "pausedBy": paused.map(|paused| reference(&paused.by)),
            "message": message,
        }),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::ManagementCluster;
    use fleetui_fleet::session::{Connection, Session};
    use fleetui_fleet::{Batch, Change, Update};
    use serde_json::Value;

    use super::*;

    fn now() -> Timestamp {
        "2026-08-21T12:00:00Z".parse().unwrap()
    }

    fn object(kind: &str, name: &str, created: &str, rest: &Value) -> Value {
        let group = if kind == "KubeadmControlPlane" {
            "controlplane.cluster.x-k8s.io"
        } else {
            "cluster.x-k8s.io"
        };
        let mut object = json!({
            "apiVersion": format!("{group}/v1beta2"), "kind": kind,
            "metadata": {
                "name": name, "namespace": "default", "uid": format!("uid-of-{name}"), "creationTimestamp": created,
                "labels": {"cluster.x-k8s.io/cluster-name": "web", "cluster.x-k8s.io/deployment-name": "md-0"},
            },
        });
        for (field, value) in rest.as_object().unwrap() {
            object[field] = value.clone();
        }
        object
    }

    /// A MachineDeployment of which one machine of three is new, made at `moved`; a control plane that is as it is wished.
    fn store(moved: &str) -> FleetStore {
        let begun = "2026-08-21T08:00:00Z";
        let counts = |replicas: i64, new: i64, available: i64| json!({"replicas": replicas, "readyReplicas": available, "availableReplicas": available, "upToDateReplicas": new});
        let spec = |version: &str| json!({"clusterName": "web", "replicas": 3, "template": {"spec": {"clusterName": "web", "version": version}}});
        let mut objects = [
            object("Cluster", "web", begun, &json!({"spec": {}})),
            object(
                "MachineDeployment",
                "md-0",
                begun,
                &json!({"spec": spec("v1.32.4"), "status": counts(4, 1, 3)}),
            ),
            object(
                "KubeadmControlPlane",
                "web-cp",
                begun,
                &json!({
                    "spec": {"replicas": 1, "version": "v1.32.4"}, "status": counts(1, 1, 1),
                }),
            ),
            object(
                "Machine",
                "md-0-new",
                moved,
                &json!({"spec": {"clusterName": "web", "version": "v1.32.4"}}),
            ),
        ];
        let [.., machine] = &mut objects;
        machine["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "name": "md-0", "uid": "uid-of-md-0",
            "controller": true,
        }]);
        let place = ManagementCluster::new("taipei");
        let mut session = Session::idle(place.clone(), "", false);
        session.connection = Connection::Live;
        let mut store = FleetStore::default();
        store.apply(Update::Session(Arc::new(session)));
        let changes = objects
            .iter()
            .map(|object| Change::Upsert(Arc::new(Row::project(place.clone(), object))));
        store.apply(Update::Objects(Batch {
            management_cluster: place.clone(),
            changes: changes.collect(),
        }));
        store
    }

    fn told(page: &Page) -> Vec<(String, String, String)> {
        let text = |row: &Entry, at: usize| row.cells[at].clone();
        page.rows
            .iter()
            .map(|row| (text(row, 0), text(row, 3), text(row, 4)))
            .collect()
    }

    #[test]
    fn what_is_under_way_is_told_unasked_and_what_has_ended_by_name() {
        let store = store("2026-08-21T11:59:00Z");
        let all = page(&store, None, None, now());
        assert_eq!(
            told(&all),
            [(
                "machinedeployment/md-0".to_owned(),
                "Rolling".to_owned(),
                "1/3".to_owned()
            )]
        );
        assert!(!all.faults);
        let left = &all.rows[0].document["secondsLeft"];
        assert!(
            left["likely"].as_u64() <= left["long"].as_u64() && left["likely"].is_u64(),
            "{left}"
        );
        let named = |kind: &str, name: &str| {
            told(&page(
                &store,
                Some(&(kind.to_owned(), name.to_owned())),
                None,
                now(),
            ))
        };
        assert_eq!(
            named("kcp", "web-cp"),
            [(
                "kubeadmcontrolplane/web-cp".to_owned(),
                "Done".to_owned(),
                String::new()
            )]
        );
        assert_eq!(named("kcp", "md-0"), []);
        assert_eq!(told(&page(&store, None, Some("elsewhere"), now())), []);
    }

    #[test]
    fn what_stands_is_a_fault() {
        let store = store("2026-08-21T09:00:00Z");
        let all = page(&store, None, None, now());
        assert!(all.faults);
        assert_eq!(all.rows[0].cells[3], "Stalled");
        assert_eq!(all.rows[0].document["secondsLeft"], Value::Null);
    }
}
