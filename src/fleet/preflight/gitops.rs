//! Whether a tool applies the versions from a repository, which would take them back.

use fleetui_rules::field_owner::{marked, owners};

use super::aim::Aim;
use super::scene::Scene;
use super::table::{Finding, blocked_by};

/// Where objects keep their versions.
const VERSIONS: [&str; 3] = [
    "/spec/topology/version",
    "/spec/version",
    "/spec/template/spec/version",
];

/// Tools that own a version which is written.
pub(super) fn owners_of_versions(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if aim.steps.is_empty() {
        return Finding::NoQuestion;
    }
    let written = std::iter::once(&scene.cluster)
        .chain(scene.parts())
        .filter(|part| aim.steps.iter().any(|step| step.uid == part.row.facts.uid));
    let theirs = written.filter_map(|part| {
        let all = owners(part.object);
        let owner = all
            .iter()
            .find(|owner| owner.is_gitops() && VERSIONS.iter().any(|version| owner.owns(version)));
        match (owner, marked(part.object)) {
            (Some(owner), _) => Some(format!(
                "{} applies the version of {}: it will set it back",
                owner.manager,
                part.name()
            )),
            (None, Some((tool, mark))) => Some(format!(
                "{} is marked as {tool}'s ({mark}): it may set the version back",
                part.name()
            )),
            (None, None) => None,
        }
    });
    blocked_by(theirs.collect(), "no other tool applies a version")
}
