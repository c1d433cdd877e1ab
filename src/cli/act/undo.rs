//! `fleetui undo`: takes an earlier change back, the latest one where none is named.

use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::eyre;
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use fleetui_fleet::act::{Act, AuditId, Deed, Entry, Try, plan};

use super::arguments::ActArgs;
use super::fleet::{Fleet, read_only};
use super::several;
use super::{pass, refuse};
use crate::cli::FleetArgs;

/// So far back is looked.
const MOST: usize = 5000;

/// What `fleetui undo` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct UndoArgs {
    /// The change, as `fleetui get activity -o wide` names it; the latest of this management cluster where none is named
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

/// Takes it back.
pub(crate) async fn run(args: UndoArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let fleet = Fleet::begin(&fleet, &args.act, "undo").await?;
    let done = begun(&fleet, &args).await;
    fleet.end().await;
    done
}

async fn begun(fleet: &Fleet, args: &UndoArgs) -> color_eyre::Result<ExitCode> {
    let entries = fleet
        .client
        .activity(MOST)
        .await
        .map_err(|failure| eyre!(failure.message))?;
    let id = match &args.id {
        Some(id) => AuditId(id.as_str().into()),
        None => plan::latest(&entries, Some(&fleet.name))
            .cloned()
            .ok_or_else(|| eyre!("nothing was changed in {} that can be taken back", fleet.name))?,
    };
    if !entries.iter().any(|entry| entry.id == id) {
        return Err(eyre!(
            "the audit log knows no change {}; `fleetui get activity -o wide` tells how they are called",
            id.0
        ));
    }
    let act = act(fleet, &entries, &id, args);
    if let Err(refusal) = fleet.writable() {
        return Err(refuse(fleet, read_only(refusal, act)));
    }
    // What was done to several at once is taken back at once, where none of them is named.
    let all = match &args.id {
        Some(_) => Vec::new(),
        None => plan::made_with(&entries, &id, Some(&fleet.name)),
    };
    if all.len() > 1 {
        let planned = all.into_iter().map(|id| {
            let undone = plan::undo(&fleet.around(), &entries, id);
            undone.map_err(|refusal| {
                let act = self::act(fleet, &entries, id, args);
                Box::new(Try { act, refusal })
            })
        });
        return Box::pin(several::all_of(fleet, planned.collect(), &args.act)).await;
    }
    match plan::undo(&fleet.around(), &entries, &id) {
        Ok(plan) => Box::pin(pass(fleet, plan, &args.act)).await,
        Err(refusal) => Err(refuse(fleet, Try { act, refusal })),
    }
}

fn act(fleet: &Fleet, entries: &[Entry], id: &AuditId, args: &UndoArgs) -> Act {
    let found = entries.iter().find(|entry| entry.id == *id);
    let subject = found.map_or_else(
        || {
            ObjectKey::new(
                fleet.name.clone(),
                GroupKind::new("", ""),
                ObjectName::new(&fleet.namespace, ""),
            )
        },
        |entry| entry.act.subject.clone(),
    );
    Act {
        subject,
        uid: found.map(|entry| entry.act.uid.clone()).unwrap_or_default(),
        deed: Deed::Undo(id.clone()),
        reason: args.act.reason.clone(),
    }
}
