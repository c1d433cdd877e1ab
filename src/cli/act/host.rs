//! `fleetui host`: what can be done about hosts of a pool, one of them or several alike.
//!
//! Of several hosts nothing is written before all of them allow it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use fleetui_fleet::act::{HostDeed, LabelChange};

use super::arguments::ActArgs;
use super::fleet::Fleet;
use super::several::several;
use crate::cli::FleetArgs;
use crate::cli::status::WrongUsage;

/// What `fleetui host` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct HostArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Let hosts that wait for approval be used
    Approve(TheseArgs),
    /// Set labels, as KEY=VALUE, or take them away, as KEY-
    Label(LabelArgs),
    /// Have hosts take no further machine; one that runs on them stays
    Cordon(TheseArgs),
    /// Have them take machines again
    Uncordon(TheseArgs),
    /// Look after hosts: their machines are drained first, and no other one comes
    Maintenance(MaintenanceArgs),
    /// Keep hosts for the machines of one cluster
    Reserve(ReserveArgs),
    /// Give reserved hosts back to all clusters
    Unreserve(TheseArgs),
    /// Hold hosts back until somebody clears them, as if machines had failed on them
    Quarantine(TheseArgs),
    /// End a quarantine, and forget the failures
    Clear(TheseArgs),
    /// Give hosts back to their pool: their Machines are deleted; those kept for inspection take machines again
    Release(TheseArgs),
    /// Have agents take away what Kubernetes left on their hosts
    Reset(TheseArgs),
}

/// Hosts, and how something is done.
#[derive(Debug, Clone, Args)]
struct TheseArgs {
    /// The hosts, by their names, or as KIND/NAME
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Debug, Clone, Args)]
struct LabelArgs {
    /// The hosts by their names, and labels: KEY=VALUE sets one, KEY- takes one away
    #[arg(value_name = "NAME|KEY=VALUE|KEY-", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Debug, Clone, Args)]
struct MaintenanceArgs {
    #[command(flatten)]
    these: TheseArgs,
    /// The maintenance is over
    #[arg(long)]
    end: bool,
}

#[derive(Debug, Clone, Args)]
struct ReserveArgs {
    #[command(flatten)]
    these: TheseArgs,
    /// The cluster
    #[arg(long = "for", value_name = "CLUSTER")]
    reserved_for: String,
}

/// Does it.
pub(crate) async fn run(args: HostArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let (word, deed, these) = match args.what {
        What::Approve(these) => ("approve", HostDeed::Approve, these),
        What::Label(args) => {
            let (names, changes) = labels(args.words)?;
            (
                "label",
                HostDeed::Label(changes),
                TheseArgs { names, act: args.act },
            )
        }
        What::Cordon(these) => ("cordon", HostDeed::Cordon(true), these),
        What::Uncordon(these) => ("uncordon", HostDeed::Cordon(false), these),
        What::Maintenance(args) => ("maintenance", HostDeed::Maintain(!args.end), args.these),
        What::Reserve(args) => (
            "reserve",
            HostDeed::Reserve(Some(args.reserved_for.into())),
            args.these,
        ),
        What::Unreserve(these) => ("unreserve", HostDeed::Reserve(None), these),
        What::Quarantine(these) => ("quarantine", HostDeed::Quarantine(true), these),
        What::Clear(these) => ("clear", HostDeed::Quarantine(false), these),
        What::Release(these) => ("release", HostDeed::Release, these),
        What::Reset(these) => ("reset", HostDeed::Reset, these),
    };
    let fleet = Fleet::begin(&fleet, &these.act, &format!("host {word}")).await?;
    let acts = these.names.iter().map(|name| fleet.host(name, deed.clone()));
    let done = match acts.collect() {
        Ok(acts) => several(&fleet, acts, &these.act).await,
        Err(report) => Err(report),
    };
    fleet.end().await;
    done
}

/// Tells names from labels, as kubectl does.
fn labels(words: Vec<String>) -> color_eyre::Result<(Vec<String>, Vec<LabelChange>)> {
    let (mut names, mut changes) = (Vec::new(), Vec::new());
    for word in words {
        match HostDeed::label_of(&word) {
            Some(change) => changes.push(change),
            None => names.push(word),
        }
    }
    if names.is_empty() {
        return Err(WrongUsage("no host is named".to_owned()).into());
    }
    if changes.is_empty() {
        return Err(WrongUsage(HostDeed::LABELS.to_owned()).into());
    }
    if let Some(why) = HostDeed::contradiction(&changes) {
        return Err(WrongUsage(why).into());
    }
    Ok((names, changes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_told_apart() {
        let split = |words: &[&str]| labels(words.iter().map(|&word| word.to_owned()).collect());
        let (names, changes) = split(&["node-1", "site=a", "rack-", "node-2", "note="]).unwrap();
        assert_eq!(names, ["node-1", "node-2"]);
        assert_eq!(
            changes,
            [
                ("site".into(), Some("a".into())),
                ("rack".into(), None),
                ("note".into(), Some("".into())),
            ]
        );
        for words in [
            ["node-1"].as_slice(),
            &["site=a"],
            &["node-1", "site=a", "site-"],
            &["node-1", "site=a", "site=b"],
        ] {
            assert!(
                split(words).unwrap_err().downcast_ref::<WrongUsage>().is_some(),
                "{words:?}"
            );
        }
    }
}
