//! Control plane machines that this control plane has not made: adopted where that is safe, and otherwise a reason to do nothing.

use std::sync::Arc;

use fleetui_api::v1beta2::Machine;
use fleetui_rules::version::Version;

use super::observe::Observed;
use crate::change::Change;
use crate::kinds::Watched;
use crate::object::Object;
use crate::ownership;

/// What comes of machines of others.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Adoption {
    /// There are none.
    Nothing,
    /// They become this control plane's.
    Adopts(Vec<Change>),
    /// Nothing may be done: why.
    Refused(String),
}

/// Decides about the cluster's control plane machines that are not this control plane's.
pub(super) fn decide(observed: &Observed) -> Adoption {
    if observed.foreign.is_empty() {
        return Adoption::Nothing;
    }
    let mut changes = Vec::new();
    for machine in &observed.foreign {
        if let Err(why) = check(observed, machine) {
            return Adoption::Refused(why);
        }
        let mut wished = Object::clone(machine);
        let owner = ownership::reference(observed.control_plane.as_ref(), true);
        ownership::add(&mut wished.metadata, owner);
        changes.extend(Change::update(machine, &wished));
    }
    Adoption::Adopts(changes)
}

fn check(observed: &Observed, machine: &Arc<Object<Machine>>) -> Result<(), String> {
    let name = machine.name();
    if ownership::controller(&machine.metadata).is_some() {
        return Err(
            "not all control plane machines are owned by this KubeadmControlPlane, refusing to operate in mixed management mode"
                .to_owned(),
        );
    }
    let config = machine.spec.bootstrap.config_ref.as_ref();
    let kind = config.map(|config| config.kind.as_str()).unwrap_or_default();
    if kind != Watched::KubeadmConfig.kind() {
        return Err(format!(
            "unable to adopt Machine {name}: expected a ConfigRef of kind KubeadmConfig but instead found {kind:?}"
        ));
    }
    let parse = |version: &str| {
        version
            .parse::<Version>()
            .map_err(|error| format!("unable to adopt Machine {name}: {error}"))
    };
    let text = machine.spec.version.as_deref().unwrap_or_default();
    let (theirs, ours) = (parse(text)?, parse(&observed.control_plane.spec.version)?);
    if theirs.major() != ours.major() || theirs.minor().abs_diff(ours.minor()) > 1 {
        return Err(format!(
            "Could not adopt Machine {name}: its version ({theirs}) is outside supported +/- one minor version skew from \
             KubeadmControlPlane's ({ours})"
        ));
    }
    Ok(())
}
