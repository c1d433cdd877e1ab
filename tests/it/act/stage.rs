//! What the proofs of acting share: a client that is connected, the objects it acts on, and what confirms a plan.

use std::time::Duration;

use fleetui_base::clock::SystemClock;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName, SharedClock};
use fleetui_client::{ClientSettings, FleetClient};
use fleetui_connect::Target;
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::{Confirm, Confirmed, Mode, Plan};
use serde_json::{Value, json};

/// The longest that becoming connected may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// A client whose management cluster is live, and the fleet as it has told it by then.
pub(crate) async fn live(target: Target, settings: ClientSettings) -> (FleetClient, FleetStore) {
    live_at(SystemClock::shared(), target, settings).await
}

/// The same, on a clock of the test's own.
pub(crate) async fn live_at(
    clock: SharedClock,
    target: Target,
    settings: ClientSettings,
) -> (FleetClient, FleetStore) {
    let name = target.management_cluster.clone();
    let (client, mut updates) = FleetClient::start(vec![target], clock, settings);
    let mut store = FleetStore::default();
    let telling = async {
        while !store.session(&name).is_some_and(|session| session.is_live()) {
            store.apply(updates.recv().await.expect("the session goes on"));
        }
    };
    let told = tokio::time::timeout(PATIENCE, telling).await;
    assert!(told.is_ok(), "never live: {:?}", store.session(&name));
    tokio::spawn(async move { while updates.recv().await.is_some() {} });
    (client, store)
}

/// An object of Cluster API's core in the namespace `default`.
pub(super) fn key(management_cluster: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new(management_cluster),
        GroupKind::new("cluster.x-k8s.io", kind),
        ObjectName::new("default", name),
    )
}

/// The same as it is created, of cluster `c`.
#[allow(clippy::needless_pass_by_value, reason = "what is given is made for this")]
pub(super) fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": kind,
        "metadata": {"name": name, "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "c"}},
        "spec": spec,
    })
}

/// A MachineDeployment as it is created.
pub(super) fn deployment(name: &str, replicas: i64) -> Value {
    object(
        "MachineDeployment",
        name,
        json!({"clusterName": "c", "replicas": replicas, "template": {"spec": {"clusterName": "c", "version": "v1.33.1"}}}),
    )
}

/// Carries a plan out that is confirmed in every way that could be asked for, after a dry run a moment ago.
pub(super) fn perform(plan: &Plan) -> Mode {
    Mode::Perform(Confirmed {
        digest: plan.digest(),
        typed: match &plan.confirm {
            Confirm::Name(name) => Some(name.to_string()),
            Confirm::Key | Confirm::Twice(_) => None,
        },
        twice: true,
        anyway: true,
        dry_run_seconds: Some(0),
    })
}
