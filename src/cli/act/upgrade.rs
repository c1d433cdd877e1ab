//! `fleetui upgrade`: what stands in the way of an upgrade and which steps lead there; one object in one act, or a whole cluster
//! walked in the foreground.

mod document;
mod tell;
mod walking;

use std::process::ExitCode;

use clap::Args;
use fleetui_api::kinds::Role;
use fleetui_fleet::act::plan::plan;
use fleetui_fleet::act::{Act, Deed, Refusal, Step, Try, WalkDeed};
use fleetui_fleet::preflight::{Aimed, preflight};
use fleetui_fleet::walk::{Begun, WalkState, give_reason, plan_deed, plan_upgrade, what_blocks};
use fleetui_rules::version::Version;
use serde_json::Value;

use super::arguments::{ActArgs, ActOutput, ObjectArgs};
use super::fleet::{Fleet, read_only};
use super::print::Beside;
use super::{failed, pass, pass_beside, refuse};
use crate::cli::FleetArgs;
use crate::cli::status::{Refused, WrongUsage};
use walking::walk_on;

/// What `fleetui upgrade` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct UpgradeArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// The version; without it, what is possible for a Cluster is printed
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Patch versions of the minor versions in between, divided by commas
    #[arg(long, value_name = "VERSIONS", value_delimiter = ',', requires = "to")]
    via: Vec<String>,
    /// Only print what was looked at and which steps there are
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    stored: StoredArgs,
    #[command(flatten)]
    act: ActArgs,
}

/// What is done with an upgrade of a cluster that is stored.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false, conflicts_with_all = ["to", "plan"])]
struct StoredArgs {
    /// Begin no further step of the cluster's upgrade
    #[arg(long)]
    pause: bool,
    /// Go on with the cluster's upgrade, from here
    #[arg(long)]
    resume: bool,
    /// Give the cluster's upgrade up where it is
    #[arg(long)]
    abandon: bool,
}

impl UpgradeArgs {
    fn aimed(&self) -> Result<Aimed, WrongUsage> {
        let read = |text: &str| {
            let version = text.parse::<Version>();
            version.map_err(|error| WrongUsage(error.to_string()))
        };
        Ok(Aimed {
            to: self.to.as_deref().map(read).transpose()?,
            via: self.via.iter().map(|text| read(text)).collect::<Result<_, _>>()?,
        })
    }

    fn deed(&self) -> Option<WalkDeed> {
        let StoredArgs {
            pause,
            resume,
            abandon,
        } = self.stored;
        match (pause, resume, abandon) {
            (true, _, _) => Some(WalkDeed::Pause),
            (_, true, _) => Some(WalkDeed::Resume),
            (_, _, true) => Some(WalkDeed::Abandon),
            (false, false, false) => None,
        }
    }
}

/// Upgrades one object, or a cluster with all that belongs to it.
pub(crate) async fn run(args: UpgradeArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    // What is no version is told before anybody is asked; the planner tells it of one object.
    let aimed = args.aimed();
    args.object.parts()?;
    let fleet = Fleet::begin(&fleet, &args.act, "upgrade").await?;
    let done = Box::pin(upgrade(&fleet, &args, aimed)).await;
    fleet.end().await;
    done
}

async fn upgrade(
    fleet: &Fleet,
    args: &UpgradeArgs,
    aimed: Result<Aimed, WrongUsage>,
) -> color_eyre::Result<ExitCode> {
    let to = args.to.clone().unwrap_or_default();
    let mut act = fleet.act(&args.object, Deed::Upgrade(to))?;
    act.reason.clone_from(&args.act.reason);
    match (Role::of(&act.subject.kind), args.deed()) {
        (Role::Cluster, Some(deed)) => {
            act.deed = Deed::Walk(deed.clone());
            stored(fleet, (act, deed), &args.act).await
        }
        (Role::Cluster, None) => cluster(fleet, act, args, &aimed?).await,
        (_, Some(_)) => {
            let what = "only the upgrade of a Cluster is paused, resumed or abandoned";
            Err(WrongUsage(what.to_owned()).into())
        }
        (_, None) if args.to.is_none() => Err(WrongUsage("--to says the version".to_owned()).into()),
        (_, None) => object(fleet, act, args).await,
    }
}

fn writable(fleet: &Fleet, act: &Act) -> color_eyre::Result<()> {
    fleet
        .writable()
        .map_err(|refusal| refuse(fleet, read_only(refusal, act.clone())))
}

/// One object, in one act.
async fn object(fleet: &Fleet, act: Act, args: &UpgradeArgs) -> color_eyre::Result<ExitCode> {
    writable(fleet, &act)?;
    let act_args = ActArgs {
        dry_run: args.act.dry_run || args.plan,
        ..args.act.clone()
    };
    match plan(&fleet.around(), act.clone()) {
        Ok(plan) => Box::pin(pass(fleet, plan, &act_args)).await,
        Err(refusal) => Err(refuse(fleet, Try { act, refusal })),
    }
}

/// A whole cluster: what stands in the way, then the walk.
async fn cluster(
    fleet: &Fleet,
    mut act: Act,
    args: &UpgradeArgs,
    aimed: &Aimed,
) -> color_eyre::Result<ExitCode> {
    let key = act.subject.clone();
    let gathered = fleet.client.gather(&key).await.map_err(|it| failed(&it))?;
    let there = fleet.client.stored_walk(&key).await.map_err(|it| failed(&it))?;
    let open = there.as_ref().filter(|there| there.is_open());
    let around = fleet.around();
    let found = preflight(around.store, &key, &gathered, aimed, around.now);
    let output = args.act.output;
    let document = (output != ActOutput::Text).then(|| document::plan(&key, aimed, &found, open));
    if output == ActOutput::Text {
        if let Some(open) = open {
            tell::walk(open, around.now);
        }
        tell::preflight(&found, aimed);
    }
    let alone = |document: &Option<Value>| match document {
        Some(document) => output.document(document, false),
        None => Ok(()),
    };
    let Some(to) = aimed.to.as_ref().filter(|_| !args.plan) else {
        alone(&document)?;
        let blocked = aimed
            .to
            .as_ref()
            .and_then(|_| what_blocks(&found, args.act.anyway));
        // As a dry run would.
        return match blocked {
            Some(why) => Err(Refused(why).into()),
            None => Ok(ExitCode::SUCCESS),
        };
    };
    act.deed = Deed::Walk(WalkDeed::Begin(to.to_string()));
    let begun = Begun {
        store: around.store,
        cluster: &key,
        gathered: &gathered,
        there: there.as_ref().map(|there| &there.config_map),
        by: fleet.client.actor(),
    };
    let planned = writable(fleet, &act).and_then(|()| {
        let planned = plan_upgrade(begun, aimed, args.act.anyway, around.now);
        let act = act.clone();
        planned.map_err(|refusal| refuse(fleet, Try { act, refusal }))
    });
    let mut plan = match planned {
        Ok(plan) => plan,
        Err(report) => {
            alone(&document)?;
            return Err(report);
        }
    };
    give_reason(&mut plan, args.act.reason.as_deref());
    let beside = Beside {
        upgrade: document,
        more: true,
        ..Beside::default()
    };
    let code = Box::pin(pass_beside(fleet, plan, &args.act, beside)).await?;
    if args.act.dry_run {
        return Ok(code);
    }
    walk_on(fleet, &act, output).await
}

/// The upgrade of a cluster that is stored.
pub(super) async fn stored(
    fleet: &Fleet,
    (act, deed): (Act, WalkDeed),
    args: &ActArgs,
) -> color_eyre::Result<ExitCode> {
    writable(fleet, &act)?;
    let key = act.subject.clone();
    let there = fleet.client.stored_walk(&key).await.map_err(|it| failed(&it))?;
    let Some(there) = there else {
        let refusal = Refusal::at(Step::Preflight, format!("no upgrade of {} is stored", key.object));
        return Err(refuse(fleet, Try { act, refusal }));
    };
    let is_going = there
        .walk
        .as_ref()
        .is_ok_and(|walk| walk.state == WalkState::Going);
    // One that goes already needs nobody's word, but somebody who walks.
    if deed == WalkDeed::Resume && is_going && !args.dry_run {
        return walk_on(fleet, &act, args.output).await;
    }
    let who = fleet.client.actor().user;
    let now = fleet.around().now;
    match plan_deed(
        fleet.around().store,
        (&key, deed.clone()),
        &there.config_map,
        Vec::new(),
        &who,
        now,
    ) {
        Ok((plan, _)) => {
            let walks = deed == WalkDeed::Resume;
            let beside = Beside {
                more: walks,
                ..Beside::default()
            };
            let code = Box::pin(pass_beside(fleet, plan, args, beside)).await?;
            if walks && !args.dry_run {
                return walk_on(fleet, &act, args.output).await;
            }
            Ok(code)
        }
        Err(refusal) => Err(refuse(fleet, Try { act, refusal })),
    }
}
