//! One deed to several objects alike: nothing is written before all of them allow it.

use std::collections::BTreeSet;
use std::process::ExitCode;

use fleetui_fleet::act::plan::{plan, takes_from, together};
use fleetui_fleet::act::{Act, Refusal, Step, Try};

use super::arguments::ActArgs;
use super::fleet::{Fleet, read_only};
use super::{pass, refuse};

/// Does it to each of the objects, once all of them are known to allow it.
pub(super) async fn several(
    fleet: &Fleet,
    mut acts: Vec<Act>,
    args: &ActArgs,
) -> color_eyre::Result<ExitCode> {
    // What is named twice is meant once: the second write would find the first one's.
    let mut named = BTreeSet::new();
    acts.retain(|act| named.insert(act.subject.clone()));
    let writable = fleet.writable();
    let (mut plans, mut refused, mut taken) = (Vec::new(), None, BTreeSet::new());
    for mut act in acts {
        act.reason.clone_from(&args.reason);
        let planned = match &writable {
            Ok(()) => plan(&fleet.around(), act.clone()).map_err(|refusal| Try { act, refusal }),
            Err(refusal) => Err(read_only(refusal.clone(), act)),
        };
        let taken_before = planned
            .as_ref()
            .ok()
            .and_then(|plan| takes_from(fleet.around().store, plan))
            .filter(|(of, _)| !taken.insert(of.clone()));
        let planned = match (planned, taken_before) {
            (Ok(plan), Some((of, why))) => Err(Try {
                act: plan.act,
                refusal: Refusal::at(
                    Step::Preflight,
                    format!("another machine of {of} is named: {why}"),
                ),
            }),
            (planned, _) => planned,
        };
        match planned {
            Ok(plan) => plans.push(plan),
            // What is so already keeps no other object from being written.
            Err(tried) if tried.refusal.step == Step::Unchanged => {
                crate::cli::tell(&format!("{:#}", refuse(fleet, tried)));
            }
            Err(tried) => {
                let report = refuse(fleet, tried);
                refused.get_or_insert(report);
            }
        }
    }
    if let Some(report) = refused {
        return Err(report);
    }
    let mut all: Vec<_> = plans.iter_mut().collect();
    together(&fleet.around(), &mut all);
    for plan in plans {
        Box::pin(pass(fleet, plan, args)).await?;
    }
    Ok(ExitCode::SUCCESS)
}
