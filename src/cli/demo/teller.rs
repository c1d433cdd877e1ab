//! Tells the demo's story: makes the clusters at their times, lets them settle, then begins the plots.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_base::ObjectName;
use fleetui_base::clock::Steerable;
use fleetui_controllers::{FAIL_ANNOTATION, Pace};
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
    PostParams,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::story::{self, Chapter, Plot};
use super::world::Place;

/// How often it is looked whether the world has come to rest.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The longest that one request may take.
const REQUEST: Duration = Duration::from_secs(15);

/// The longest that one step of the story may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// How far the story is, in words; nothing once it is told.
pub(crate) type Progress = watch::Sender<Option<String>>;

/// Something to tell the progress to, and to hear it from.
pub(crate) fn progress() -> (Progress, watch::Receiver<Option<String>>) {
    watch::channel(None)
}

/// That so many clusters are there.
pub(crate) fn said(there: usize) -> String {
    let all = story::chapters().len();
    format!("Setting up the demo: {there} of {all} clusters are there, a few seconds more")
}

/// Tells the whole story, to management clusters that hold no clusters yet, and says how far it is. Machines of what is
/// going on take so many percent of their usual time.
pub(crate) async fn tell(
    places: Vec<Place>,
    time: Arc<dyn Steerable>,
    pace: (Pace, u32),
    progress: &Progress,
) -> color_eyre::Result<()> {
    let told = tell_all(places, time, pace, progress).await;
    let last = told.as_ref().err();
    progress.send_replace(last.map(|why| format!("The demo could not be set up: {why:#}")));
    told
}

async fn tell_all(
    places: Vec<Place>,
    time: Arc<dyn Steerable>,
    (pace, percent): (Pace, u32),
    progress: &Progress,
) -> color_eyre::Result<()> {
    let chapters = story::chapters();
    let mut told = chapters.first().map_or(Duration::ZERO, |chapter| chapter.age);
    let ages: BTreeSet<_> = chapters
        .iter()
        .map(|chapter| std::cmp::Reverse(chapter.age))
        .collect();
    for std::cmp::Reverse(age) in ages {
        time.advance(told.saturating_sub(age));
        told = age;
        for chapter in chapters.iter().filter(|chapter| chapter.age == age) {
            begin(place_of(&places, chapter)?, chapter).await?;
        }
        settle(&places, &chapters, age).await?;
        for chapter in chapters
            .iter()
            .filter(|chapter| chapter.age == age && chapter.shape.is_upgraded())
        {
            upgrade_control_plane(place_of(&places, chapter)?, chapter, chapter.shape.version).await?;
        }
        settle(&places, &chapters, age).await?;
        let there = chapters.iter().filter(|chapter| chapter.age >= age).count();
        progress.send_replace(Some(said(there)));
    }
    pace.set(percent);
    let begins: BTreeSet<_> = chapters
        .iter()
        .map(|chapter| std::cmp::Reverse(chapter.plot.begun()))
        .collect();
    for std::cmp::Reverse(begun) in begins {
        time.advance(told.saturating_sub(begun));
        told = begun;
        ask(&places).await?;
        for chapter in chapters.iter().filter(|chapter| chapter.plot.begun() == begun) {
            turn(&places, chapter)
                .await
                .wrap_err_with(|| format!("the demo's cluster {}", chapter.shape.name))?;
        }
        // Whose connection was cut now is known to have answered last at this time.
        ask(&places).await?;
        rest(&places).await?;
    }
    time.advance(told);
    ask(&places).await?;
    notice(&places, &chapters).await?;
    rest(&places).await?;
    Ok(())
}

/// Waits until the controllers have noticed which workload clusters cannot be reached: they ask only now and then.
async fn notice(places: &[Place], chapters: &[Chapter]) -> color_eyre::Result<()> {
    let noticed = async {
        for chapter in chapters.iter().filter(|chapter| chapter.plot == Plot::Cut) {
            let place = place_of(places, chapter)?;
            while available_machines(place, chapter).await? != (0, 0) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, noticed).await.map_err(|_| {
        eyre!(
            "the demo's controllers did not notice a broken connection in {} s",
            PATIENCE.as_secs()
        )
    })?
}

fn place_of<'a>(places: &'a [Place], chapter: &Chapter) -> color_eyre::Result<&'a Place> {
    places
        .iter()
        .find(|place| place.name == chapter.management_cluster)
        .ok_or_else(|| {
            eyre!(
                "the demo has no management cluster {}",
                chapter.management_cluster
            )
        })
}

/// Makes the objects of a cluster.
async fn begin(place: &Place, chapter: &Chapter) -> color_eyre::Result<()> {
    let namespace =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": chapter.shape.namespace } });
    create(place, &namespace).await?;
    for object in chapter.shape.objects() {
        create(place, &object).await?;
    }
    Ok(())
}

/// Waits until every cluster that is at least so old is available and nothing is written any more.
async fn settle(places: &[Place], chapters: &[Chapter], age: Duration) -> color_eyre::Result<()> {
    let settled = async {
        for chapter in chapters.iter().filter(|chapter| chapter.age >= age) {
            let place = place_of(places, chapter)?;
            while !is_available(place, chapter).await? {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        color_eyre::Result::<()>::Ok(())
    };
    tokio::time::timeout(PATIENCE, settled).await.map_err(|_| {
        eyre!(
            "the demo's clusters did not become available in {} s",
            PATIENCE.as_secs()
        )
    })??;
    rest(places).await
}

async fn is_available(place: &Place, chapter: &Chapter) -> color_eyre::Result<bool> {
    let workers: i64 = chapter.shape.pools.iter().map(|(_, replicas)| *replicas).sum();
    Ok(
        available_machines(place, chapter).await? == (chapter.shape.control_plane, workers)
            && is_at_its_version(place, chapter).await?,
    )
}

/// Machines that the Cluster counts as available, of its control plane and of its workers; -1 where it does not say.
async fn available_machines(place: &Place, chapter: &Chapter) -> color_eyre::Result<(i64, i64)> {
    let api = namespaced(
        place,
        "cluster.x-k8s.io/v1beta2",
        "Cluster",
        chapter.shape.namespace,
    );
    let cluster = within(api.get_opt(chapter.shape.name)).await?;
    let count = |path: &str| cluster.as_ref()?.data.pointer(path)?.as_i64();
    Ok((
        count("/status/controlPlane/availableReplicas").unwrap_or(-1),
        count("/status/workers/availableReplicas").unwrap_or(-1),
    ))
}

/// Whether the control plane's machines are as many as it wants, and all of the version that it asks for.
async fn is_at_its_version(place: &Place, chapter: &Chapter) -> color_eyre::Result<bool> {
    let (namespace, name) = (chapter.shape.namespace, chapter.shape.control_plane_name());
    let api = namespaced(
        place,
        "controlplane.cluster.x-k8s.io/v1beta2",
        "KubeadmControlPlane",
        namespace,
    );
    let Some(control_plane) = within(api.get_opt(&name)).await? else {
        return Ok(false);
    };
    let wanted = control_plane.data.pointer("/spec/version");
    let machines = namespaced(place, "cluster.x-k8s.io/v1beta2", "Machine", namespace);
    let selector = format!(
        "cluster.x-k8s.io/cluster-name={},cluster.x-k8s.io/control-plane",
        chapter.shape.name
    );
    let machines = within(machines.list(&ListParams::default().labels(&selector)))
        .await?
        .items;
    let wishes = usize::try_from(chapter.shape.control_plane).unwrap_or(0);
    Ok(machines.len() == wishes
        && machines
            .iter()
            .all(|machine| machine.data.pointer("/spec/version") == wanted))
}

/// Waits until the controllers have nothing to do before time passes.
async fn rest(places: &[Place]) -> color_eyre::Result<()> {
    let resting = async {
        for place in places {
            while !place.at_rest().await? {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, resting)
        .await
        .map_err(|_| eyre!("the demo did not come to rest in {} s", PATIENCE.as_secs()))?
}

/// Waits until every workload cluster was asked whether it is there, at the time that it is now: the controllers ask as real
/// time passes, and what they know must not depend on how long the story took.
async fn ask(places: &[Place]) -> color_eyre::Result<()> {
    let asked = async {
        for place in places {
            place.ask_workloads().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.map_err(|_| {
        eyre!(
            "the demo's workload clusters were not asked within {} s",
            PATIENCE.as_secs()
        )
    })
}

/// Begins what is going on with a cluster.
async fn turn(places: &[Place], chapter: &Chapter) -> color_eyre::Result<()> {
    let place = place_of(places, chapter)?;
    let shape = &chapter.shape;
    let deployment = |pool: &str| {
        (
            "cluster.x-k8s.io/v1beta2",
            "MachineDeployment",
            shape.deployment(pool),
        )
    };
    match chapter.plot {
        Plot::Healthy => Ok(()),
        Plot::WorkersRoll { pool, to } => {
            let patch = json!({ "spec": { "template": { "spec": { "version": to } } } });
            change(place, chapter, deployment(pool), patch).await
        }
        Plot::ControlPlaneRolls { to } => upgrade_control_plane(place, chapter, to).await,
        Plot::Grows { pool, to } => {
            change(
                place,
                chapter,
                deployment(pool),
                json!({ "spec": { "replicas": to } }),
            )
            .await
        }
        Plot::Stuck { pool, to, why } => {
            let annotations = json!({ "metadata": { "annotations": { FAIL_ANNOTATION: why } } });
            let patch = json!({ "spec": { "replicas": to, "template": annotations } });
            change(place, chapter, deployment(pool), patch).await
        }
        Plot::Paused { pool, to } => {
            let cluster = ("cluster.x-k8s.io/v1beta2", "Cluster", shape.name.to_owned());
            change(place, chapter, cluster, json!({ "spec": { "paused": true } })).await?;
            // The controllers hear of each kind by itself: who does not know yet that it is paused would let it grow.
            rest(places).await?;
            change(
                place,
                chapter,
                deployment(pool),
                json!({ "spec": { "replicas": to } }),
            )
            .await
        }
        Plot::Deleting { hook } => delete(places, chapter, hook).await,
        Plot::Cut => {
            let cluster = ObjectName::new(shape.namespace, shape.name);
            Ok(place.workloads.set_reachable(&cluster, false)?)
        }
    }
}

async fn upgrade_control_plane(place: &Place, chapter: &Chapter, to: &str) -> color_eyre::Result<()> {
    let name = chapter.shape.control_plane_name();
    let control_plane = (
        "controlplane.cluster.x-k8s.io/v1beta2",
        "KubeadmControlPlane",
        name,
    );
    change(
        place,
        chapter,
        control_plane,
        json!({ "spec": { "version": to } }),
    )
    .await
}

async fn change(
    place: &Place,
    chapter: &Chapter,
    (api_version, kind, name): (&str, &str, String),
    patch: Value,
) -> color_eyre::Result<()> {
    let api = namespaced(place, api_version, kind, chapter.shape.namespace);
    within(api.patch(&name, &PatchParams::apply("demo"), &Patch::Merge(patch))).await?;
    Ok(())
}

/// Deletes a cluster of which a hook holds one worker.
async fn delete(places: &[Place], chapter: &Chapter, hook: &str) -> color_eyre::Result<()> {
    let place = place_of(places, chapter)?;
    let machines = namespaced(
        place,
        "cluster.x-k8s.io/v1beta2",
        "Machine",
        chapter.shape.namespace,
    );
    let selector = format!(
        "cluster.x-k8s.io/cluster-name={},!cluster.x-k8s.io/control-plane",
        chapter.shape.name
    );
    let mut workers = within(machines.list(&ListParams::default().labels(&selector)))
        .await?
        .items;
    workers.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    let held = workers.first().and_then(|machine| machine.metadata.name.clone());
    if let Some(name) = held {
        let annotation = format!("{}{hook}", fleetui_api::labels::PRE_TERMINATE_HOOK_PREFIX);
        let patch = json!({ "metadata": { "annotations": { annotation: "backup-operator" } } });
        within(machines.patch(&name, &PatchParams::default(), &Patch::Merge(patch))).await?;
        rest(places).await?;
    }
    let clusters = namespaced(
        place,
        "cluster.x-k8s.io/v1beta2",
        "Cluster",
        chapter.shape.namespace,
    );
    within(clusters.delete(chapter.shape.name, &DeleteParams::background())).await?;
    Ok(())
}

/// Waits for an answer, but not for ever.
async fn within<T>(request: impl Future<Output = kube::Result<T>>) -> color_eyre::Result<T> {
    Ok(tokio::time::timeout(REQUEST, request)
        .await
        .wrap_err("the demo's own server does not answer")??)
}

/// Creates an object; one that is there already is left as it is.
async fn create(place: &Place, object: &Value) -> color_eyre::Result<()> {
    let object: DynamicObject = serde_json::from_value(object.clone())?;
    let types = object.types.clone().unwrap_or_default();
    let api = match &object.metadata.namespace {
        Some(namespace) => namespaced(place, &types.api_version, &types.kind, namespace),
        None => Api::all_with(place.client.clone(), &resource(&types.api_version, &types.kind)),
    };
    let created = async {
        match api.create(&PostParams::default(), &object).await {
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            created => created.map(drop),
        }
    };
    within(created)
        .await
        .wrap_err_with(|| format!("the demo's {}", types.kind))
}

fn namespaced(place: &Place, api_version: &str, kind: &str, namespace: &str) -> Api<DynamicObject> {
    Api::namespaced_with(place.client.clone(), namespace, &resource(api_version, kind))
}

fn resource(api_version: &str, kind: &str) -> ApiResource {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}
