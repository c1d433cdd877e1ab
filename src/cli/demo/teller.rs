//! Tells the demo's story: makes the clusters at their times, lets them settle, then begins the plots.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_base::clock::Steerable;
use fleetui_controllers::Pace;
use kube::api::ListParams;
use serde_json::json;
use tokio::sync::watch;

use super::requests::{create, namespaced, within};
use super::story::{self, Chapter, Fate, Plot};
use super::world::Place;
use super::{class, deeds, pools};

/// How often it is looked whether the world has come to rest.
const LOOK_EVERY: Duration = Duration::from_millis(20);

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
    (speed, percent): (Pace, u32),
    progress: &Progress,
) -> color_eyre::Result<()> {
    let chapters = story::chapters();
    let (pools, turns) = (pools::pools(), story::host_turns());
    let mut told = chapters.first().map_or(Duration::ZERO, |chapter| chapter.age);
    let of_clusters = chapters.iter().flat_map(|chapter| {
        let deeds = chapter.history.iter().map(|(age, _)| *age);
        deeds.chain([chapter.age])
    });
    let of_hosts = pools.iter().map(|pool| pool.age);
    let ages = of_clusters
        .chain(of_hosts)
        .chain(turns.iter().map(|turn| turn.age));
    let ages: BTreeSet<_> = ages.map(std::cmp::Reverse).collect();
    for std::cmp::Reverse(age) in ages {
        time.advance(told.saturating_sub(age));
        told = age;
        // Hosts say that they live before anybody asks for one.
        rest(&places).await?;
        for pool in pools.iter().filter(|pool| pool.age == age) {
            let place = place_of(&places, pool.management_cluster)?;
            create_namespace(place, pool.namespace).await?;
            place.put_up(pool);
        }
        // Where nothing was done, all is at rest still.
        if pools.iter().any(|pool| pool.age == age) {
            rest(&places).await?;
        }
        for turn in turns.iter().filter(|turn| turn.age == age) {
            deeds::befall(place_of(&places, turn.management_cluster)?, turn).await?;
        }
        if turns.iter().any(|turn| turn.age == age) {
            rest(&places).await?;
        }
        for chapter in &chapters {
            let place = place_of(&places, chapter.management_cluster)?;
            if chapter.age == age {
                begin(place, chapter).await?;
            }
            for (_, deed) in chapter.history.iter().filter(|(then, _)| *then == age) {
                deeds::redo(place, chapter, *deed)
                    .await
                    .wrap_err_with(|| format!("the demo's cluster {}", chapter.shape.name))?;
            }
        }
        settle(&places, &chapters, age).await?;
        let there = chapters.iter().filter(|chapter| chapter.age >= age).count();
        progress.send_replace(Some(said(there)));
    }
    let begins: BTreeSet<_> = chapters
        .iter()
        .map(|chapter| std::cmp::Reverse(chapter.plot.begun()))
        .collect();
    speed.set(percent);
    for std::cmp::Reverse(begun) in begins {
        time.advance(told.saturating_sub(begun));
        told = begun;
        ask(&places).await?;
        rest(&places).await?;
        // The controllers look at who is silent when that is due, which it never is on a clock that stands still.
        for turn in turns.iter().filter(|turn| turn.fate == Fate::Silent) {
            deeds::touch(place_of(&places, turn.management_cluster)?, turn, begun).await?;
        }
        for chapter in chapters.iter().filter(|chapter| chapter.plot.begun() == begun) {
            deeds::turn(place_of(&places, chapter.management_cluster)?, &places, chapter)
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
            let place = place_of(places, chapter.management_cluster)?;
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

fn place_of<'a>(places: &'a [Place], name: &str) -> color_eyre::Result<&'a Place> {
    places
        .iter()
        .find(|place| place.name == name)
        .ok_or_else(|| eyre!("the demo has no management cluster {name}"))
}

/// Makes the objects of a cluster, and a class beside the first one of its name.
async fn begin(place: &Place, chapter: &Chapter) -> color_eyre::Result<()> {
    create_namespace(place, chapter.shape.namespace).await?;
    let class =
        (chapter.shape.name == story::BESIDE_THE_CLASS).then(|| class::objects(chapter.shape.namespace));
    for object in chapter.shape.objects().iter().chain(class.iter().flatten()) {
        create(place, object).await?;
    }
    Ok(())
}

async fn create_namespace(place: &Place, name: &str) -> color_eyre::Result<()> {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    create(place, &namespace).await
}

/// Waits until every cluster that is at least so old is available and nothing is written any more.
async fn settle(places: &[Place], chapters: &[Chapter], age: Duration) -> color_eyre::Result<()> {
    let settled = async {
        for chapter in chapters.iter().filter(|chapter| chapter.age >= age) {
            let place = place_of(places, chapter.management_cluster)?;
            while !is_available(place, chapter, age).await? {
                // On a clock that stands still hosts try nothing again by themselves.
                place.hosts_at_rest().await?;
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

async fn is_available(place: &Place, chapter: &Chapter, age: Duration) -> color_eyre::Result<bool> {
    let machines = (chapter.shape.control_plane, chapter.workers(age));
    Ok(available_machines(place, chapter).await? == machines && is_at_its_version(place, chapter).await?)
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

/// Waits until controllers and hosts have nothing to do before time passes.
pub(super) async fn rest(places: &[Place]) -> color_eyre::Result<()> {
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
