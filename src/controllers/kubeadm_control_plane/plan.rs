//! What a KubeadmControlPlane should do next.

use std::time::Duration;

use fleetui_api::labels::finalizer;
use fleetui_api::v1beta2::{Cluster, Endpoint, KubeadmControlPlane};

use super::adoption::{self, Adoption};
use super::etcd_members::{self, Strays};
use super::observe::{Observed, Secrets};
use super::remediation::{self, Verdict};
use super::replicas::{self, Step};
use super::{components, events, kubeconfig, machines, pre_terminate, status, workload_configuration};
use crate::change::{Change, Outcome};
use crate::object::{Metadata, Object};
use crate::{certificates, defaults, orphans, ownership, pausing};

/// How long until Secrets that could not be used are looked at again.
const MISSING_CERTIFICATES_PAUSE: Duration = Duration::from_secs(30);
/// How long until a control plane at rest is looked at again: its kubeconfig and its certificates age.
const SYNC_PERIOD: Duration = Duration::from_mins(10);
/// An etcd that nothing is heard of by itself, and whose members are well, is asked so many times more seldom than other things are
/// looked at again.
const ETCD_IS_WELL: u32 = 4;
/// How long until what follows from a member that was taken out.
const AFTER_REMOVAL: Duration = Duration::from_secs(1);

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<KubeadmControlPlane> {
    let control_plane = observed.control_plane.as_ref();
    let mut outcome = Outcome::unchanged(control_plane);
    let paused = pausing::paused(control_plane, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if control_plane.is_deleting() {
        see_to_machines(observed, &Verdict::Nothing, &mut outcome);
        delete(observed, &mut outcome);
        status::write(observed, &mut outcome, &[]);
        return outcome;
    }
    let Some(cluster) = observed.cluster.as_deref() else {
        // The Cluster makes itself the owner.
        outcome.look_again(observed.recheck);
        return outcome;
    };
    outcome
        .object
        .metadata
        .add_finalizer(finalizer::KUBEADM_CONTROL_PLANE);
    defaults::fill(&mut outcome.object);
    outcome.changes.extend(
        observed
            .template
            .as_ref()
            .and_then(|template| template.adopt(cluster)),
    );
    outcome.look_again(SYNC_PERIOD);
    let blocked = work(observed, cluster, &mut outcome);
    status::write(observed, &mut outcome, &blocked);
    outcome
}

/// Waits for the workers, then deletes all machines at once.
fn delete(observed: &Observed, outcome: &mut Outcome<KubeadmControlPlane>) {
    if observed.has_workers {
        outcome.look_again(observed.recheck);
        return;
    }
    outcome.changes.extend(pre_terminate::release_all(observed));
    outcome.changes.extend(
        observed
            .machines
            .iter()
            .filter_map(|member| Change::delete(&member.machine)),
    );
    if observed.machines.is_empty() {
        outcome
            .object
            .metadata
            .remove_finalizer(finalizer::KUBEADM_CONTROL_PLANE);
    }
}

fn see_to_machines(observed: &Observed, verdict: &Verdict, outcome: &mut Outcome<KubeadmControlPlane>) {
    let changes = observed
        .machines
        .iter()
        .flat_map(|member| machines::see_to(observed, member, verdict));
    outcome.changes.extend(changes);
}

/// Sees to Secrets and machines; tells what holds up the next change.
fn work(
    observed: &Observed,
    cluster: &Object<Cluster>,
    outcome: &mut Outcome<KubeadmControlPlane>,
) -> Vec<String> {
    let control_plane = observed.control_plane.as_ref();
    let stands = cluster
        .status
        .initialization
        .as_ref()
        .and_then(|reached| reached.infrastructure_provisioned);
    let has_endpoint = cluster
        .spec
        .control_plane_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_valid);
    if stands != Some(true) {
        see_to_machines(observed, &Verdict::Nothing, outcome);
        return Vec::new();
    }
    see_to_secrets(observed, cluster, outcome);
    if !has_endpoint {
        see_to_machines(observed, &Verdict::Nothing, outcome);
        return Vec::new();
    }
    match adoption::decide(observed) {
        Adoption::Nothing => {}
        Adoption::Adopts(changes) => {
            outcome.changes.extend(changes);
            return Vec::new();
        }
        Adoption::Refused(why) => {
            tracing::warn!(
                control_plane = control_plane.name(),
                why,
                "machines of others are in the way"
            );
            outcome.told.push(events::refused(control_plane, &why));
            outcome.look_again(observed.recheck);
            return vec![why];
        }
    }
    outcome.changes.extend(orphans::delete(&observed.orphans));
    let strays = etcd_members::decide_strays(observed);
    let verdict = match &strays {
        Strays::None => remediation::decide(observed),
        // They go first.
        Strays::TakeOut(_) | Strays::Stay(_) => Verdict::Nothing,
    };
    see_to_machines(observed, &verdict, outcome);
    outcome
        .changes
        .extend(workload_configuration::changes(observed, cluster));
    let mut held = match see_to_etcd(observed, strays, outcome) {
        Ok(held) => held,
        Err(why) => return why,
    };
    if let Verdict::Replace { machine, repair } = &verdict {
        let object = &mut outcome.object;
        object
            .metadata
            .set_annotation(remediation::IN_PROGRESS, &repair.text());
        go(observed, machine, outcome);
        return Vec::new();
    }
    if let Verdict::Refused { .. } = &verdict {
        outcome.look_again(observed.recheck);
    }
    if remediation::is_moot(observed) {
        let annotations = outcome.object.metadata.annotations.get_or_insert_default();
        annotations.remove(remediation::IN_PROGRESS);
    }
    held.extend(scale(observed, cluster, outcome));
    held
}

/// Takes members out that belong to no machine, and lets go of machines that wait for theirs to be taken out; tells what holds
/// the latter up. Nothing else happens in a pass in which etcd changes, or in which members are there that have to go and cannot:
/// the error is what holds everything up.
fn see_to_etcd(
    observed: &Observed,
    strays: Strays,
    outcome: &mut Outcome<KubeadmControlPlane>,
) -> Result<Vec<String>, Vec<String>> {
    if observed.etcd_is_asked {
        let mut machines = observed.machines.iter();
        let well = machines.all(|member| member.machine.is_true(components::ETCD_MEMBER));
        outcome.look_again(observed.recheck * if well { ETCD_IS_WELL } else { 1 });
    }
    match strays {
        Strays::None => {}
        Strays::TakeOut(act) => {
            outcome.changes.extend(etcd_members::change(observed, act));
            outcome.look_again(AFTER_REMOVAL);
            return Err(Vec::new());
        }
        Strays::Stay(why) => {
            outcome.look_again(observed.recheck);
            return Err(vec![why]);
        }
    }
    let released = pre_terminate::decide(observed);
    outcome.changes.extend(released.changes);
    if released.held.is_some() {
        outcome.look_again(observed.recheck);
    }
    Ok(released.held.into_iter().collect())
}

/// One machine more, one less, or none.
fn scale(
    observed: &Observed,
    cluster: &Object<Cluster>,
    outcome: &mut Outcome<KubeadmControlPlane>,
) -> Vec<String> {
    match replicas::step(observed) {
        Step::Nothing => Vec::new(),
        Step::ScaleUp => {
            if let Some(template) = &observed.template {
                machines::grow(observed, cluster, template, outcome);
            }
            Vec::new()
        }
        Step::ScaleDown(name) => {
            go(observed, &name, outcome);
            Vec::new()
        }
        Step::Blocked(problems) => {
            let missing = replicas::missing_template(observed);
            let told = missing.map(|missing| events::cannot_grow(observed, &missing));
            outcome.told.extend(told);
            outcome.look_again(observed.recheck);
            problems
        }
        Step::Unhealthy(unwell) => {
            let told = events::unhealthy(&observed.control_plane, &unwell.problems);
            outcome.told.push(told);
            outcome.look_again(observed.recheck);
            unwell.told()
        }
    }
}

/// Deletes a machine. Where it leads etcd another one does so first; that nobody could was found out before, and is seen to again
/// before the machine terminates.
fn go(observed: &Observed, name: &str, outcome: &mut Outcome<KubeadmControlPlane>) {
    let mut machines = observed.machines.iter();
    let Some(going) = machines.find(|member| member.machine.name() == name) else {
        return;
    };
    let handed = etcd_members::hand_over(observed, going).ok().flatten();
    let handed = handed.and_then(|act| etcd_members::change(observed, act));
    outcome.changes.extend(handed);
    outcome.changes.extend(Change::delete(&going.machine));
}

/// Creates and renews the cluster's Secrets, and tells whether they are as they should be.
fn see_to_secrets(
    observed: &Observed,
    cluster: &Object<Cluster>,
    outcome: &mut Outcome<KubeadmControlPlane>,
) {
    let (certificates, kubeconfig) = match &observed.secrets {
        Secrets::TooEarly => return,
        Secrets::Trusted => {
            // Whoever looked may not have come to say so.
            let available = certificates::available(None);
            outcome.object.set_condition(available, observed.now);
            return;
        }
        Secrets::Read {
            certificates,
            kubeconfig,
        } => (certificates, kubeconfig),
    };
    let control_plane = observed.control_plane.as_ref();
    let owner = ownership::reference(control_plane, true);
    outcome.changes.extend(certificates.create(cluster, &owner));
    outcome.changes.extend(certificates.take_over(&owner));
    outcome
        .changes
        .extend(kubeconfig::change(kubeconfig, cluster, control_plane));
    let problem = certificates.problem();
    if problem.is_some() {
        outcome.look_again(MISSING_CERTIFICATES_PAUSE);
    }
    let available = certificates::available(problem.as_ref());
    outcome.object.set_condition(available, observed.now);
}
