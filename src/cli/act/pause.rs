//! `fleetui pause` and `fleetui resume`: of an object, whose controllers then leave it alone (Cluster API's own pause), or of
//! the upgrade of a whole cluster that is walked. Both are never taken for each other: where either may be meant, it has to be
//! said.

use std::process::ExitCode;

use clap::Args;
use fleetui_api::kinds::Role;
use fleetui_client::FailureKind;
use fleetui_fleet::act::plan::plan;
use fleetui_fleet::act::{Act, Deed, WalkDeed};
use fleetui_fleet::walk::{Known, WalkState};

use super::arguments::{ActArgs, ObjectArgs};
use super::fleet::Fleet;
use super::{failed, one, upgrade};
use crate::cli::status::WrongUsage;
use crate::cli::{FleetArgs, tell as complain};

/// What `fleetui pause` and `fleetui resume` are told.
#[derive(Debug, Clone, Args)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    object: ObjectArgs,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    act: ActArgs,
}

/// What of a Cluster is meant, where both may be.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
struct Which {
    /// The upgrade of the whole cluster that is stored: no further step begins, or it goes on from here
    #[arg(long)]
    upgrade: bool,
    /// The Cluster itself: its controllers leave it alone (spec.paused), or look after it again
    #[arg(long)]
    reconciliation: bool,
}

/// What is paused or resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Reconciliation,
    Upgrade,
}

/// Pauses an object, or the upgrade of a cluster.
pub(crate) async fn pause(args: PauseArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    run(args, (Deed::Pause, WalkDeed::Pause), fleet, "pause").await
}

/// Resumes an object, or the upgrade of a cluster.
pub(crate) async fn resume(args: PauseArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    run(args, (Deed::Resume, WalkDeed::Resume), fleet, "resume").await
}

async fn run(
    args: PauseArgs,
    deeds: (Deed, WalkDeed),
    fleet: FleetArgs,
    by: &str,
) -> color_eyre::Result<ExitCode> {
    args.object.parts()?;
    let fleet = Fleet::begin(&fleet, &args.act, by).await?;
    let done = Box::pin(begun(&fleet, &args, deeds)).await;
    fleet.end().await;
    done
}

async fn begun(
    fleet: &Fleet,
    args: &PauseArgs,
    (deed, of_walk): (Deed, WalkDeed),
) -> color_eyre::Result<ExitCode> {
    let mut act = fleet.act(&args.object, deed.clone())?;
    act.reason.clone_from(&args.act.reason);
    let meant = if Role::of(&act.subject.kind) == Role::Cluster {
        let walk = stored(fleet, &act, args.which).await?;
        let row = fleet.around().store.get(&act.subject);
        let is_paused = row.is_some_and(|row| row.facts.paused);
        meant((&of_walk, args.which), walk.as_ref(), is_paused).map_err(WrongUsage)?
    } else if args.which.upgrade {
        let what = "only a Cluster has an upgrade that is walked";
        return Err(WrongUsage(what.to_owned()).into());
    } else {
        Meant::Reconciliation
    };
    match meant {
        Meant::Reconciliation => one::begun(fleet, act, &args.act, plan).await,
        Meant::Upgrade => {
            act.deed = Deed::Walk(of_walk.clone());
            upgrade::stored(fleet, (act, of_walk), &args.act).await
        }
    }
}

/// The walk of a Cluster, where it matters. Who may not read it, is not kept from pausing the Cluster.
async fn stored(fleet: &Fleet, act: &Act, which: Which) -> color_eyre::Result<Option<Known>> {
    if which.upgrade || which.reconciliation {
        return Ok(None);
    }
    match fleet.client.stored_walk(&act.subject).await {
        Ok(found) => Ok(found),
        Err(failure) if failure.kind == FailureKind::Denied => {
            complain(&format!(
                "whether an upgrade of it is stored is not known: {failure}"
            ));
            Ok(None)
        }
        Err(failure) => Err(failed(&failure)),
    }
}

/// What is meant of a Cluster; the error asks for it to be said.
fn meant((deed, which): (&WalkDeed, Which), walk: Option<&Known>, is_paused: bool) -> Result<Meant, String> {
    match (which.upgrade, which.reconciliation) {
        (true, _) => return Ok(Meant::Upgrade),
        (_, true) => return Ok(Meant::Reconciliation),
        (false, false) => {}
    }
    let walk = walk.and_then(Known::walk).filter(|walk| !walk.state.has_ended());
    let Some(walk) = walk else {
        return Ok(Meant::Reconciliation);
    };
    let goes = walk.state == WalkState::Going;
    match deed {
        // What does not go cannot be paused, so the Cluster is meant.
        WalkDeed::Pause if !goes => Ok(Meant::Reconciliation),
        WalkDeed::Resume if !is_paused => Ok(Meant::Upgrade),
        WalkDeed::Pause => Err(format!(
            "{0} is being upgraded to {1}: say --upgrade to pause the upgrade, or --reconciliation to pause the Cluster itself",
            walk.cluster, walk.to
        )),
        WalkDeed::Resume | WalkDeed::Begin(_) | WalkDeed::Abandon => Err(format!(
            "{0} is paused, and its upgrade to {1} is {2}: say --reconciliation to resume the Cluster itself, or --upgrade to go on with the upgrade",
            walk.cluster,
            walk.to,
            walk.state.word()
        )),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_api::kinds::core;
    use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
    use fleetui_fleet::act::Actor;
    use fleetui_fleet::walk::Walk;
    use jiff::Timestamp;
    use serde_json::Value;

    use super::*;

    fn known(state: WalkState) -> Known {
        let object = ObjectName::new("default", "prod");
        let walk = Walk {
            format: 1,
            id: "1".into(),
            cluster: object.clone(),
            cluster_uid: "u".into(),
            cluster_api_version: "cluster.x-k8s.io/v1beta2".into(),
            to: "v1.33.4".into(),
            steps: Vec::new(),
            at: 0,
            state,
            anyway: false,
            by: Actor::default(),
            reason: None,
            begun: Timestamp::UNIX_EPOCH,
            changed: Timestamp::UNIX_EPOCH,
        };
        Known {
            cluster: ObjectKey::new(ManagementCluster::new("taipei"), core("Cluster"), object),
            config_map: Value::Null,
            walk: Ok(walk),
            holder: None,
            here: None,
        }
    }

    #[test]
    fn a_cluster_and_its_upgrade_are_never_taken_for_each_other() {
        use Meant::{Reconciliation, Upgrade};
        let paused = || WalkState::Paused("by ada".to_owned());
        let neither = Which::default();
        let upgrade = Which {
            upgrade: true,
            ..neither
        };
        let reconciliation = Which {
            reconciliation: true,
            ..neither
        };
        let (pause, resume) = (WalkDeed::Pause, WalkDeed::Resume);
        let cases = [
            (&pause, neither, None, false, Some(Reconciliation)),
            (
                &pause,
                neither,
                Some(WalkState::Done),
                false,
                Some(Reconciliation),
            ),
            (&pause, neither, Some(paused()), false, Some(Reconciliation)),
            (&pause, neither, Some(WalkState::Going), false, None),
            (&pause, upgrade, Some(WalkState::Going), false, Some(Upgrade)),
            (
                &pause,
                reconciliation,
                Some(WalkState::Going),
                false,
                Some(Reconciliation),
            ),
            (&resume, neither, None, true, Some(Reconciliation)),
            (&resume, neither, Some(paused()), false, Some(Upgrade)),
            (&resume, neither, Some(WalkState::Going), false, Some(Upgrade)),
            (
                &resume,
                neither,
                Some(WalkState::Abandoned),
                false,
                Some(Reconciliation),
            ),
            (&resume, neither, Some(paused()), true, None),
            (&resume, upgrade, Some(paused()), true, Some(Upgrade)),
            (
                &resume,
                reconciliation,
                Some(paused()),
                true,
                Some(Reconciliation),
            ),
        ];
        for (deed, which, state, is_paused, expected) in cases {
            let walk = state.clone().map(known);
            let found = meant((deed, which), walk.as_ref(), is_paused);
            assert_eq!(
                found.clone().ok(),
                expected,
                "{deed:?} {which:?} {state:?} {is_paused}: {found:?}"
            );
            if let Err(why) = found {
                assert!(
                    why.contains("--upgrade") && why.contains("--reconciliation"),
                    "{why}"
                );
            }
        }
    }
}
