//! Whether hosts can install the version, and whether there are enough of them for machines that come before others go.

use fleetui_api::byoh::host::ByoHostStatus;
use fleetui_api::byoh::machine::ByoMachineSpec;
use fleetui_api::facts::{Facts, HostFacts};
use fleetui_api::kinds::TEMPLATE_OF_HOSTS;
use fleetui_rules::hosts::selection::{self, Request};
use fleetui_rules::hosts::{Host, installable};
use fleetui_rules::version::Version;
use serde_json::Value;

use super::aim::Aim;
use super::scene::{Part, Scene, text};
use super::table::{Finding, blocked_by};
use crate::hosts::{as_host, watch};

/// Where objects refer to the template of their machines.
const TEMPLATES: [&str; 3] = [
    "/spec/template/spec/infrastructureRef",
    "/spec/machineTemplate/spec/infrastructureRef",
    "/spec/machineTemplate/infrastructureRef",
];

/// Whether some host can be given each of the versions.
pub(super) fn installers(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let installs = scene
        .parts()
        .any(|part| asked(scene, part).is_some_and(|spec| spec.installer_ref.is_some()));
    if !installs || aim.hops.is_empty() {
        return Finding::NoQuestion;
    }
    let statuses: Vec<ByoHostStatus> = kept(scene).into_iter().map(|(_, kept)| kept.status).collect();
    let cannot = aim
        .hops
        .iter()
        .filter_map(|hop| installable::check(hop, &statuses).err());
    blocked_by(cannot.collect(), "hosts can install it")
}

/// Whether there are hosts for the machines that come before others go.
pub(super) fn spare(scene: &Scene<'_>, aim: &Aim) -> Finding {
    let Some(first) = aim.hops.first() else {
        return Finding::NoQuestion;
    };
    let asks: Vec<(&Part<'_>, ByoMachineSpec)> = scene
        .parts()
        .filter(|part| part.wished() > 0)
        .filter_map(|part| Some((part, asked(scene, part)?)))
        .collect();
    if asks.is_empty() {
        return Finding::NoQuestion;
    }
    let kept = kept(scene);
    let hosts: Vec<Host<'_>> = kept
        .iter()
        .map(|(facts, kept)| as_host(facts, kept, scene.now))
        .collect();
    let short = asks.iter().filter_map(|(part, spec)| {
        let extra = part.surge().extra;
        let found = find(scene, &hosts, spec, first);
        let enough = i64::try_from(found.candidates.len()).unwrap_or(i64::MAX) >= extra;
        (!enough).then(|| {
            format!(
                "{} needs {extra} spare host{} for its rollout: {}",
                part.name(),
                if extra == 1 { "" } else { "s" },
                found.summary()
            )
        })
    });
    blocked_by(short.collect(), "there are spare hosts")
}

fn find(
    scene: &Scene<'_>,
    hosts: &[Host<'_>],
    spec: &ByoMachineSpec,
    version: &Version,
) -> selection::Selection {
    selection::select(
        hosts,
        &Request {
            spec,
            installs: spec.installer_ref.is_some().then_some(version),
            failure_domain: None,
            cluster: Some(&scene.cluster.row.facts.object.name),
            owner: None,
            tried: Vec::new(),
            being_taken: Vec::new(),
            watch: watch(scene.now),
        },
    )
}

/// What machines of this part ask of a host; nothing where they take none.
fn asked(scene: &Scene<'_>, part: &Part<'_>) -> Option<ByoMachineSpec> {
    let reference = TEMPLATES
        .iter()
        .find_map(|pointer| part.object.pointer(pointer))?;
    if text(reference, "/kind") != TEMPLATE_OF_HOSTS {
        return None;
    }
    let template = scene.object(TEMPLATE_OF_HOSTS, text(reference, "/name"));
    let spec = template.and_then(|template| template.pointer("/spec/template/spec"));
    // A template that cannot be read asks for any host.
    Some(
        spec.cloned()
            .and_then(|spec: Value| serde_json::from_value(spec).ok())
            .unwrap_or_default(),
    )
}

/// The hosts of the pool.
fn kept(scene: &Scene<'_>) -> Vec<(Facts, HostFacts)> {
    let hosts = scene.gathered.hosts.iter().map(Facts::read);
    hosts
        .filter_map(|facts| {
            let kept = facts.particulars.as_ref()?.host.as_deref()?.clone();
            Some((facts, kept))
        })
        .collect()
}
