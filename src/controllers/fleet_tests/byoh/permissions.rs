//! What the controllers may do is what they do: that it is enough, every story sees to; here, that it is no more.

use std::collections::BTreeSet;

use kube::api::DeleteParams;

use super::super::granted::Deed;
use super::super::stories::goes;
use super::super::stories::plots::{Plot, Told};
use super::super::{Fleet, classes, health};
use super::Pool;
use crate::kinds::Watched;
use crate::permissions::{Permission, permissions};

/// Permissions of which these stories need not make use, and why they are needed all the same: a verb, the end of a group, the end
/// of a resource.
const SELDOM: [(&str, &str, &str, &str); 6] = [
    (
        "get",
        "cluster.x-k8s.io",
        "s",
        "whether something was made, where the answer to its creation was lost",
    ),
    (
        "patch",
        "",
        "secrets",
        "a kubeconfig whose certificate is renewed; a Secret without its owner",
    ),
    ("patch", "", "events", "what happens again is counted"),
    (
        "patch",
        "addons.cluster.x-k8s.io",
        "clusterresourcesetbindings",
        "a resource that is applied later than another",
    ),
    (
        "get",
        "bootstrap.cluster.x-k8s.io",
        "*",
        "templates of bootstrap providers; this class has none",
    ),
    ("patch", "bootstrap.cluster.x-k8s.io", "*", "the same"),
];

/// Clusters of simulated machines come, in which something happens, and go.
async fn simulated() -> BTreeSet<Deed> {
    let fleet = Fleet::start().await;
    for plot in [Plot::Rollout, Plot::Addons, Plot::Pool, Plot::Health] {
        let told = Told::new(plot, &format!("{plot:?}").to_lowercase());
        told.begins(&fleet).await;
        told.comes(&fleet).await;
        goes(&fleet, &told).await;
    }
    classes::quick(&fleet).await;
    health::is_repaired_by_others(&fleet).await;
    fleet.controllers.stop().await;
    fleet.granted.asked()
}

/// A cluster on hosts comes and goes.
async fn on_hosts() -> BTreeSet<Deed> {
    let pool = Pool::start(2).await;
    pool.cluster("held", 1).await;
    pool.fleet.wait_available("held", 1).await;
    let clusters = pool.fleet.api(Watched::Cluster);
    let deleted = clusters.delete("held", &DeleteParams::background()).await;
    deleted.expect("deleted");
    pool.fleet.wait_gone(Watched::Cluster, "held").await;
    let asked = pool.fleet.granted.asked();
    pool.stop().await;
    asked
}

/// Whether a deed is one that this permission is for, and no more special one.
fn is_for(permission: &Permission, verb: &str, deed: &Deed, all: &[Permission]) -> bool {
    let (asked, group, resource) = deed;
    let special = |it: &Permission| it.group == group && it.resource == *resource && it.verbs.contains(&verb);
    let fits = permission.resource == *resource
        || permission.resource == "*" && !resource.contains('/') && !all.iter().any(special);
    asked == verb && permission.group == group && fits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_permission_is_made_use_of() {
    let (simulated, on_hosts) = futures::join!(simulated(), on_hosts());
    let asked: BTreeSet<Deed> = simulated.into_iter().chain(on_hosts).collect();
    let all = permissions();
    let is_seldom = |permission: &Permission, verb: &str| {
        SELDOM.iter().any(|(of, group, end, _)| {
            *of == verb && permission.group.ends_with(group) && permission.resource.ends_with(end)
        })
    };
    let mut idle = Vec::new();
    for permission in &all {
        for verb in &permission.verbs {
            let is_used = asked.iter().any(|deed| is_for(permission, verb, deed, &all));
            if !is_used && !is_seldom(permission, verb) {
                idle.push(format!("{verb} {} {}", permission.resource, permission.group));
            }
        }
    }
    assert!(idle.is_empty(), "nobody needs to {idle:#?}");
    for (verb, group, end, _) in SELDOM {
        let stands = |it: &Permission| {
            it.group.ends_with(group) && it.resource.ends_with(end) && it.verbs.contains(&verb)
        };
        assert!(all.iter().any(stands), "nobody may {verb} {end} {group}");
    }
}
