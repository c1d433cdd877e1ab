//! What is done to the demo's clusters and hosts: what lies behind them, and what is going on with them.

use std::time::Duration;

use fleetui_api::byoh::names;
use fleetui_base::ObjectName;
use fleetui_controllers::{FAIL_ANNOTATION, FAIL_STEP_ANNOTATION, SILENT_ANNOTATION};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use super::requests::{change, namespaced, within};
use super::story::{Chapter, Deed, Fate, HostTurn, Plot};
use super::teller::rest;
use super::world::Place;

/// The version in which the demo's objects are written.
const CORE: &str = "cluster.x-k8s.io/v1beta2";
const CONTROL_PLANE: &str = "controlplane.cluster.x-k8s.io/v1beta2";
const HOST: &str = "infrastructure.cluster.x-k8s.io/v1beta1";

/// Does to a cluster what was done to it.
pub(super) async fn redo(place: &Place, chapter: &Chapter, deed: Deed) -> color_eyre::Result<()> {
    match deed {
        Deed::Scale { pool, to } => scale(place, chapter, pool, to).await,
        Deed::UpgradeControlPlane { to } => upgrade_control_plane(place, chapter, to).await,
        Deed::UpgradeWorkers { pool, to } => upgrade_workers(place, chapter, pool, to).await,
        Deed::Replace { pool } => {
            let selector = format!(
                "cluster.x-k8s.io/deployment-name={}",
                chapter.shape.deployment(pool)
            );
            let Some(name) = first_machine(place, chapter, &selector).await? else {
                return Ok(());
            };
            let machines = namespaced(place, CORE, "Machine", chapter.shape.namespace);
            within(machines.delete(&name, &DeleteParams::background())).await?;
            Ok(())
        }
    }
}

/// Lets a host have its fate.
pub(super) async fn befall(place: &Place, turn: &HostTurn) -> color_eyre::Result<()> {
    let annotation = |name: &str, value: &str| json!({ "metadata": { "annotations": { name: value } } });
    let patch = match turn.fate {
        Fate::Maintenance(reason) => {
            json!({ "spec": { "maintenance": { "mode": "Park", "reason": reason } } })
        }
        Fate::Cordoned => json!({ "spec": { "unclaimable": true } }),
        Fate::Unapproved => json!({ "spec": { "approved": false } }),
        Fate::ReservedFor(cluster) => {
            json!({ "spec": { "taints": [{ "key": names::RESERVED_FOR, "value": cluster }] } })
        }
        Fate::Fails(words) => annotation(FAIL_STEP_ANNOTATION, words),
        Fate::Silent => annotation(SILENT_ANNOTATION, ""),
    };
    change(place, (HOST, "ByoHost"), (turn.namespace, turn.host), &patch).await
}

/// Lets the controllers look at a silent host again, once for each time that it is.
pub(super) async fn touch(place: &Place, turn: &HostTurn, age: Duration) -> color_eyre::Result<()> {
    let said = format!("switched off; looked at {} s before the present", age.as_secs());
    let patch = json!({ "metadata": { "annotations": { SILENT_ANNOTATION: said } } });
    change(place, (HOST, "ByoHost"), (turn.namespace, turn.host), &patch).await
}

/// Begins what is going on with a cluster.
pub(super) async fn turn(place: &Place, places: &[Place], chapter: &Chapter) -> color_eyre::Result<()> {
    let shape = &chapter.shape;
    match chapter.plot {
        Plot::Healthy => Ok(()),
        Plot::WorkersRoll { pool, to } => upgrade_workers(place, chapter, pool, to).await,
        Plot::ControlPlaneRolls { to } => upgrade_control_plane(place, chapter, to).await,
        Plot::Grows { pool, to } => scale(place, chapter, pool, to).await,
        Plot::Stuck { pool, to, why } => {
            let annotations = json!({ "metadata": { "annotations": { FAIL_ANNOTATION: why } } });
            let patch = json!({ "spec": { "replicas": to, "template": annotations } });
            change_deployment(place, chapter, pool, &patch).await
        }
        Plot::Paused { pool, to } => {
            let pause = json!({ "spec": { "paused": true } });
            change(place, (CORE, "Cluster"), (shape.namespace, shape.name), &pause).await?;
            // The controllers hear of each kind by itself: who does not know yet that it is paused would let it grow.
            rest(places).await?;
            scale(place, chapter, pool, to).await
        }
        Plot::Deleting { hook } => delete(places, place, chapter, hook).await,
        Plot::Cut => {
            let cluster = ObjectName::new(shape.namespace, shape.name);
            Ok(place.workloads.set_reachable(&cluster, false)?)
        }
        Plot::Crowded { pool, to, check } => {
            let limit = json!({ "spec": { "remediation": { "triggerIf": { "unhealthyLessThanOrEqualTo": "20%" } } } });
            let name = shape.deployment(check);
            change(
                place,
                (CORE, "MachineHealthCheck"),
                (shape.namespace, &name),
                &limit,
            )
            .await?;
            scale(place, chapter, pool, to).await
        }
    }
}

async fn scale(place: &Place, chapter: &Chapter, pool: &str, to: i64) -> color_eyre::Result<()> {
    change_deployment(place, chapter, pool, &json!({ "spec": { "replicas": to } })).await
}

async fn upgrade_workers(place: &Place, chapter: &Chapter, pool: &str, to: &str) -> color_eyre::Result<()> {
    let patch = json!({ "spec": { "template": { "spec": { "version": to } } } });
    change_deployment(place, chapter, pool, &patch).await
}

async fn change_deployment(
    place: &Place,
    chapter: &Chapter,
    pool: &str,
    patch: &Value,
) -> color_eyre::Result<()> {
    let name = chapter.shape.deployment(pool);
    let object = (chapter.shape.namespace, name.as_str());
    change(place, (CORE, "MachineDeployment"), object, patch).await
}

async fn upgrade_control_plane(place: &Place, chapter: &Chapter, to: &str) -> color_eyre::Result<()> {
    let name = chapter.shape.control_plane_name();
    let object = (chapter.shape.namespace, name.as_str());
    let patch = json!({ "spec": { "version": to } });
    change(place, (CONTROL_PLANE, "KubeadmControlPlane"), object, &patch).await
}

/// The name of the first of the machines that a selector means.
async fn first_machine(
    place: &Place,
    chapter: &Chapter,
    selector: &str,
) -> color_eyre::Result<Option<String>> {
    let machines = namespaced(place, CORE, "Machine", chapter.shape.namespace);
    let machines = within(machines.list(&ListParams::default().labels(selector))).await?;
    let names = machines
        .items
        .into_iter()
        .filter_map(|machine| machine.metadata.name);
    Ok(names.min())
}

/// Deletes a cluster of which a hook holds one worker.
async fn delete(places: &[Place], place: &Place, chapter: &Chapter, hook: &str) -> color_eyre::Result<()> {
    let selector = format!(
        "cluster.x-k8s.io/cluster-name={},!cluster.x-k8s.io/control-plane",
        chapter.shape.name
    );
    if let Some(name) = first_machine(place, chapter, &selector).await? {
        let annotation = format!("{}{hook}", fleetui_api::labels::PRE_TERMINATE_HOOK_PREFIX);
        let patch = json!({ "metadata": { "annotations": { annotation: "backup-operator" } } });
        let machines = namespaced(place, CORE, "Machine", chapter.shape.namespace);
        within(machines.patch(&name, &PatchParams::default(), &Patch::Merge(patch))).await?;
        rest(places).await?;
    }
    let clusters = namespaced(place, CORE, "Cluster", chapter.shape.namespace);
    within(clusters.delete(chapter.shape.name, &DeleteParams::background())).await?;
    Ok(())
}
