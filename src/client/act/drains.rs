//! What will hold the drains of the machines that a plan takes, read of their workload cluster while the server checks the plan. It is
//! only told: it takes a moment at most, and what cannot be read by then is said to be not known.

use std::time::Duration;

use fleetui_api::kinds::{Role, core};
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_fleet::act::{Deed, DrainAhead, Judgement, Plan};
use fleetui_fleet::drain::HeldBy;
use futures::{StreamExt as _, stream};

use super::gate::Ground;
use crate::nodes;

/// How long is waited for it: whoever acts in need does not wait for a cluster that is not there.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many machines are looked at; whoever takes more has the preflight of an upgrade.
const MOST_MACHINES: usize = 8;

/// A judgement that says that alone, of a plan that was judged before.
pub(super) async fn alone(ground: &Ground, plan: &Plan) -> Judgement {
    Judgement {
        digest: plan.digest(),
        drains: ahead(ground, plan).await,
        ..Judgement::default()
    }
}

/// What will hold the drains of the machines that a plan takes, of those of which something is to be told. A Cluster that is deleted
/// goes undrained, and an upgrade that is stored looks at all of its machines before.
pub(super) async fn ahead(ground: &Ground, plan: &Plan) -> Vec<DrainAhead> {
    let blast = plan.preview.blast.as_ref().filter(|blast| blast.drained > 0);
    let looks = match &plan.act.deed {
        Deed::Delete => Role::of(&plan.act.subject.kind) != Role::Cluster,
        Deed::Walk(_) | Deed::Install | Deed::Create(_) | Deed::Kubeconfig => false,
        Deed::Scale(_)
        | Deed::Upgrade(_)
        | Deed::Pause
        | Deed::Resume
        | Deed::Restart
        | Deed::Machine(_)
        | Deed::Host(_)
        | Deed::Edit(_)
        | Deed::Apply
        | Deed::Undo(_) => true,
    };
    let Some(blast) = blast.filter(|_| looks) else {
        return Vec::new();
    };
    let namespace = match &blast.cluster {
        Some(cluster) => &cluster.namespace,
        None => &plan.act.subject.object.namespace,
    };
    let asked = blast
        .machines
        .iter()
        .take(MOST_MACHINES)
        .map(|machine| async move {
            let key = ObjectKey::new(
                blast.management_cluster.clone(),
                core("Machine"),
                ObjectName::new(namespace, machine),
            );
            let reading = Box::pin(nodes::drain(ground, &key, ""));
            let (held, unknown) = match tokio::time::timeout(PATIENCE, reading).await {
                Ok(Ok(drain)) => (drain.unwrap_or_default().held, None),
                Ok(Err(failure)) => (Vec::new(), Some(failure.message)),
                Err(_elapsed) => {
                    let why = format!(
                        "its workload cluster does not answer within {} s",
                        PATIENCE.as_secs()
                    );
                    (Vec::new(), Some(why))
                }
            };
            let stays = |by: &HeldBy| !matches!(by, HeldBy::Ending(_));
            DrainAhead {
                machine: machine.clone(),
                held: held.into_iter().filter(|pod| stays(&pod.by)).collect(),
                unknown,
            }
        });
    let ahead = stream::iter(asked.collect::<Vec<_>>()).buffered(MOST_MACHINES);
    let tells = |ahead: &DrainAhead| !ahead.held.is_empty() || ahead.unknown.is_some();
    ahead
        .filter(|ahead| futures::future::ready(tells(ahead)))
        .collect()
        .await
}
