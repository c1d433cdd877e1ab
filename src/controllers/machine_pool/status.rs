//! What a MachinePool tells of itself: counters by its nodes, the phase, and the conditions that v1beta1 clients see.

use std::collections::BTreeMap;

use fleetui_api::conditions::Severity;
use fleetui_api::labels;
use fleetui_api::v1beta2::{MachinePool, ObjectReference, OldCondition, VersionCount};
use fleetui_rules::old_conditions::{bad, good, mirror};
use fleetui_rules::phase::{self, PoolFacts};
use fleetui_rules::version::Version;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Node;

use super::observe::Observed;
use super::plan::{kubelet, node_condition, stands, tells_its_machines};
use crate::change::Outcome;
use crate::counting::number;
use crate::external::External;
use crate::object::Metadata;

/// Writes counters, conditions and the phase.
pub(super) fn write(observed: &Observed, outcome: &mut Outcome<MachinePool>) {
    // Of a cluster that does not answer nothing new is known, nor of infrastructure that does not tell its machines.
    let knows_none = observed.pool.status.node_refs.is_empty();
    if observed.reach.is_live() && (knows_none || tells_its_machines(observed)) {
        count(observed, outcome);
    }
    tell(observed, outcome);
    let object = &mut outcome.object;
    let reached = object.status.initialization.clone().unwrap_or_default();
    let managed = object.metadata.annotation(labels::REPLICAS_MANAGED_BY);
    let phase = phase::pool(PoolFacts {
        bootstrap_created: reached.bootstrap_data_secret_created == Some(true),
        infrastructure_provisioned: reached.infrastructure_provisioned == Some(true),
        has_nodes: !object.status.node_refs.is_empty(),
        wished: object.spec.replicas.unwrap_or(1),
        ready: object.status.ready_replicas.unwrap_or(0),
        managed_elsewhere: managed.is_some_and(|by| by != "false"),
        deleting: observed.pool.is_deleting(),
    });
    object.status.phase = Some(phase.to_string());
    object.status.observed_generation = observed.pool.metadata.generation;
}

fn count(observed: &Observed, outcome: &mut Outcome<MachinePool>) {
    let pool = observed.pool.as_ref();
    let minimum = pool.spec.template.spec.min_ready_seconds.unwrap_or(0);
    let minimum = SignedDuration::from_secs(minimum.into());
    let ready_since = |node: &Node| {
        let ready = node_condition(node, "Ready").filter(|ready| ready.status == "True")?;
        let since = ready.last_transition_time.as_ref();
        Some(since.map_or(observed.now, |since| since.0))
    };
    let wished = pool.spec.template.spec.version.as_deref();
    let (mut ready, mut available, mut up_to_date) = (0, 0, 0);
    let mut versions: BTreeMap<&str, i32> = BTreeMap::new();
    for node in &observed.nodes {
        if let Some(since) = ready_since(node) {
            ready += 1;
            let passed = observed.now.duration_since(since);
            if passed >= minimum {
                available += 1;
            } else if let Ok(left) = (minimum - passed).try_into() {
                outcome.look_again(left);
            }
        }
        if let Some(version) = kubelet(node) {
            *versions.entry(version).or_default() += 1;
            up_to_date += i32::from(wished.is_none_or(|wished| same_release(wished, version)));
        }
    }
    let status = &mut outcome.object.status;
    status.node_refs = observed.nodes.iter().map(|node| reference(node)).collect();
    status.ready_replicas = Some(ready);
    status.available_replicas = Some(available);
    status.up_to_date_replicas = Some(up_to_date);
    status.versions = versions
        .into_iter()
        .map(|(version, replicas)| VersionCount {
            version: version.to_owned(),
            replicas,
        })
        .collect();
    let replicas = status.replicas.unwrap_or(0);
    let shown = status
        .deprecated
        .get_or_insert_default()
        .v1beta1
        .get_or_insert_default();
    shown.ready_replicas = Some(ready);
    shown.available_replicas = Some(available);
    shown.unavailable_replicas = Some((replicas - available).max(0));
    let all = replicas == ready && number(observed.nodes.len()) == ready;
    let told = if all && stands(&observed.infrastructure) {
        good("ReplicasReady")
    } else {
        bad("ReplicasReady", "WaitingForReplicasReady", Severity::Info, "")
    };
    outcome.object.set_old(told, observed.now);
}

/// Kubelets of distributions have build data of their own: `v1.31.0-eks-1234`.
fn same_release(wished: &str, kubelet: &str) -> bool {
    match (wished.parse::<Version>(), kubelet.parse::<Version>()) {
        (Ok(wished), Ok(kubelet)) => wished.same_release(&kubelet),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => wished == kubelet,
    }
}

fn reference(node: &Node) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Node".to_owned()),
        name: Some(node.metadata.name().to_owned()),
        uid: node.metadata.uid.clone(),
        ..ObjectReference::default()
    }
}

fn tell(observed: &Observed, outcome: &mut Outcome<MachinePool>) {
    let given = outcome
        .object
        .spec
        .template
        .spec
        .bootstrap
        .data_secret_name
        .is_some();
    let bootstrap = match &observed.bootstrap {
        External::None => given.then(|| good("BootstrapReady")),
        External::Missing { .. } | External::Found(_) => of_external(
            &observed.bootstrap,
            ("BootstrapReady", "WaitingForDataSecret"),
            observed
                .bootstrap
                .is_true("/status/initialization/dataSecretCreated"),
        ),
    };
    let infrastructure = of_external(
        &observed.infrastructure,
        ("InfrastructureReady", "WaitingForInfrastructure"),
        stands(&observed.infrastructure),
    );
    for told in [bootstrap, infrastructure].into_iter().flatten() {
        outcome.object.set_old(told, observed.now);
    }
    let kinds = ["BootstrapReady", "InfrastructureReady", "ReplicasReady"];
    outcome.object.summarise_old(&kinds, None, observed.now);
}

fn of_external(external: &External, (kind, waiting): (&str, &str), reached: bool) -> Option<OldCondition> {
    match external {
        External::None | External::Missing { .. } => None,
        External::Found(_) => Some(match external.old_ready() {
            Some(ready) => mirror(&ready, kind),
            None if reached => good(kind),
            None => bad(kind, waiting, Severity::Info, ""),
        }),
    }
}
