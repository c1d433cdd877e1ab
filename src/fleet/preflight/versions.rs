//! Which versions there are, and which step from one to another may be.

use std::collections::BTreeMap;

use fleetui_api::kinds::Role;
use fleetui_rules::hosts::installable;
use fleetui_rules::upgrade::{registry, regression};
use fleetui_rules::version::Version;
use serde_json::Value;

use super::aim::Aim;
use super::scene::{Part, Scene, text};
use super::table::{Finding, blocked_by};
use crate::edit::is_kubeadm;
use crate::store::FleetStore;

/// Versions that are known here, and how many objects ask for each: those of the fleet, of hosts, and of the class.
pub(super) fn known(store: &FleetStore, scene: &Scene<'_>) -> BTreeMap<Version, usize> {
    let mut known = BTreeMap::new();
    let stores = [store, &scene.store];
    // What was gathered is mostly in the store too, and counts only where it is not.
    let own = stores.iter().map(|store| of_store(store));
    for versions in own {
        for (version, count) in versions {
            let seen: &mut usize = known.entry(version).or_default();
            *seen = count.max(*seen);
        }
    }
    let named_by_hosts = scene.gathered.hosts.iter().flat_map(|host| {
        let named = host
            .pointer("/status/installableVersions")
            .and_then(Value::as_array);
        named.into_iter().flatten()
    });
    let class = scene.gathered.class.as_ref();
    let of_class = class.and_then(|class| class.pointer("/spec/kubernetesVersions")?.as_array());
    let of_class = of_class.into_iter().flatten().filter_map(Value::as_str);
    for version in of_class.filter_map(|text| text.parse().ok()) {
        known.entry(version).or_default();
    }
    let whole = known.keys().cloned().collect();
    for version in installable::releases(named_by_hosts.filter_map(Value::as_str), &whole) {
        known.entry(version).or_default();
    }
    known
}

fn of_store(store: &FleetStore) -> BTreeMap<Version, usize> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for row in store.rows(None) {
        let asks = matches!(
            row.facts.role,
            Role::Cluster | Role::ControlPlane | Role::MachineDeployment | Role::MachinePool | Role::Machine
        );
        if let Some(version) = row.facts.version.as_deref().filter(|_| asks) {
            *found.entry(version).or_default() += 1;
        }
    }
    found
        .into_iter()
        .filter_map(|(text, count)| Some((text.parse().ok()?, count)))
        .collect()
}

/// Versions go up.
pub(super) fn no_downgrade(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let (Some(from), Some(to)) = (scene.from(), &aim.to) else {
        return Finding::NoQuestion;
    };
    if let Some(said) = aim.webhook("version cannot be decreased") {
        return Finding::Blocks(said.to_owned());
    }
    if *to < from {
        return Finding::Blocks(format!(
            "a control plane cannot go back: version cannot be decreased from {from} to {to}"
        ));
    }
    if *to == from {
        return Finding::Well(format!("the control plane asks for {to} already"));
    }
    Finding::Well(format!("from {from} to {to}"))
}

/// One minor version at a time.
pub(super) fn version_step(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let Some(to) = &aim.to else {
        return Finding::NoQuestion;
    };
    let Some(from) = scene.from() else {
        return Finding::Blocks("there is no control plane here whose version could be raised".to_owned());
    };
    if let Some(missing) = &aim.missing {
        return Finding::Blocks(format!("{missing}: name one with --via"));
    }
    for words in ["version cannot be increased", "cannot update Kubernetes version"] {
        if let Some(said) = aim.webhook(words) {
            return Finding::Blocks(said.to_owned());
        }
    }
    if let Some(running) = scene.running()
        && !aim.hops.first().is_none_or(|hop| running.may_upgrade_to(hop))
    {
        return Finding::Blocks(format!(
            "the control plane still runs {running}: it has to complete that upgrade before {to}"
        ));
    }
    if aim.steps.is_empty() && *to >= from {
        return Finding::Blocks(format!("no change: everything asks for {to} already"));
    }
    // Of a way back there is nothing more to say.
    if aim.hops.is_empty() {
        return Finding::NoQuestion;
    }
    let way: Vec<String> = aim.hops.iter().map(ToString::to_string).collect();
    Finding::Well(way.join(", then "))
}

/// Objects whose machines would be too old for the control plane once it was taken to the first version on the way.
pub(super) fn skew_workers(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let Some(first) = aim.hops.first() else {
        return Finding::NoQuestion;
    };
    let behind = with_machines(scene)
        .filter_map(|workers| {
            let version = workers.version()?;
            let too_old = version < *first && !version.may_run_under(first);
            too_old.then(|| {
                format!(
                    "{} at {version} would be more than three minor versions behind {first}: upgrade it first",
                    workers.name()
                )
            })
        })
        .collect();
    blocked_by(behind, "never more than three minor versions behind")
}

/// Workers that are newer than their control plane.
pub(super) fn control_plane_first(scene: &Scene<'_>, _: &Aim) -> Finding {
    let running = scene
        .running()
        .or_else(|| scene.control_plane.as_ref()?.version());
    let Some(running) = running else {
        return Finding::NoQuestion;
    };
    let newer = with_machines(scene)
        .filter_map(|workers| {
            let version = workers.version()?;
            let minor = |version: &Version| (version.major(), version.minor());
            (minor(&version) > minor(&running)).then(|| {
                format!(
                    "{} at {version} is newer than its control plane, which runs {running}",
                    workers.name()
                )
            })
        })
        .collect();
    blocked_by(newer, "the control plane first, then the workers")
}

/// While the control plane is ahead, kubeadm of the old workers cannot join it.
pub(super) fn skew_kubeadm(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let Some(first) = aim.hops.first() else {
        return Finding::NoQuestion;
    };
    let cannot = scene
        .workers
        .iter()
        .filter(|workers| is_kubeadm(&workers.row))
        .filter(|workers| workers.version().is_some_and(|version| !version.may_join(first)));
    let names: Vec<String> = cannot.map(Part::name).collect();
    let asks_already = scene.from().is_some_and(|from| from == *first);
    match super::table::together(names) {
        Some(names) if asks_already => Finding::Warns(format!(
            "the control plane asks for {first} already: until they are taken there too, no machine is added to {names}, as kubeadm \
             only joins its own minor version"
        )),
        Some(names) => Finding::Warns(format!(
            "as soon as the control plane asks for {first}, and until they are taken there too, no machine is added to {names}, as \
             kubeadm only joins its own minor version"
        )),
        None => Finding::Well("new machines can join all the time".to_owned()),
    }
}

/// Where a control plane names a registry of its own.
const REPOSITORY: &str = "/spec/kubeadmConfigSpec/clusterConfiguration/imageRepository";

/// Releases that pull from a registry that is gone.
pub(super) fn old_registry(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let Some(last) = aim.hops.iter().find(|hop| registry::is_old(hop)) else {
        return Finding::NoQuestion;
    };
    if let Some(said) = aim.webhook("old default registry") {
        return Finding::Blocks(said.to_owned());
    }
    let Some(control_plane) = scene.control_plane.as_ref().filter(|_| scene.is_kubeadm()) else {
        return Finding::NoQuestion;
    };
    if !text(control_plane.object, REPOSITORY).is_empty() {
        return Finding::Well("the control plane names a registry of its own".to_owned());
    }
    // A newer provider does not look at it; the images are gone all the same. Of a topology only the control plane is refused.
    let looks = scene
        .provider(registry::PROVIDER)
        .is_some_and(|it| registry::is_looked_at_by(&it));
    let control_plane_version = control_plane.version().unwrap_or_else(|| last.clone());
    if looks && registry::refuses(&control_plane_version, last, "") {
        return Finding::Blocks(format!("spec.version: {}", registry::REFUSED));
    }
    Finding::Warns(format!(
        "kubeadm of {last} pulls from k8s.gcr.io, which gets no new images"
    ))
}

/// Releases of kubeadm that the provider has to know.
pub(super) fn kubeadm_regression(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if !scene.is_kubeadm() {
        return Finding::NoQuestion;
    }
    // The oldest provider that anybody may have says whether the version matters at all.
    let oldest = Version::new(1, 0, 0);
    let Some(hop) = aim
        .hops
        .iter()
        .find(|hop| regression::needed(hop, &oldest).is_some())
    else {
        return Finding::NoQuestion;
    };
    match scene.provider(registry::PROVIDER) {
        None => Finding::Unknown(format!(
            "{hop} needs a new control plane provider, and the inventory does not tell which one is installed"
        )),
        Some(provider) => match regression::needed(hop, &provider) {
            Some(needed) => Finding::Blocks(format!(
                "{hop} needs a control plane provider of {needed} at least, {provider} is installed: the first new machine would \
                 never become healthy"
            )),
            None => Finding::Well(format!("the control plane provider is {provider}")),
        },
    }
}

/// What the webhooks refuse that no other check tells.
pub(super) fn admission(scene: &Scene<'_>, aim: &Aim) -> Finding {
    const TOLD: [&str; 5] = [
        "version cannot be decreased",
        "version cannot be increased",
        "version cannot be changed",
        "cannot update Kubernetes version",
        "old default registry",
    ];
    if aim.hops.is_empty() {
        return Finding::NoQuestion;
    }
    let is_without = scene.has_topology() && scene.gathered.class.is_none();
    if let Some(why) = scene.gathered.no_class.as_ref().filter(|_| is_without) {
        return Finding::Unknown(format!("the ClusterClass cannot be read: {why}"));
    }
    // Without its class every write of the Cluster is refused, not this one alone.
    let before = aim.said_before.iter().filter(|_| is_without);
    let others = aim
        .said
        .iter()
        .chain(before)
        .filter(|said| !TOLD.iter().any(|told| said.contains(told)));
    blocked_by(others.cloned().collect(), "nothing is refused")
}

/// What makes workers and has some, pools and sets that stand alone included.
fn with_machines<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = &'s Part<'s>> {
    scene.workers.iter().filter(|workers| {
        // One that was scaled to nothing has no node that could be too old.
        workers.wished() > 0
    })
}
