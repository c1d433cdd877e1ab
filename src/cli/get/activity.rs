//! `fleetui get activity`: which upgrades of clusters are stored, and what was done and tried from here, as the audit log has it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use color_eyre::eyre::eyre;
use fleetui_base::ObjectKey;
use fleetui_console::{glyphs, walking};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::audit::{Outcome, Stage};
use fleetui_fleet::act::{AuditId, Entry};
use fleetui_fleet::filter::{Filter, Told};
use fleetui_fleet::walk::{Known, WalkState};
use jiff::Timestamp;
use serde_json::json;

use super::table::{self, SieveArgs};
use crate::cli::FleetArgs;
use crate::cli::act::{document, who};
use crate::cli::headless::{self, Activity, Needs, ViewArgs, Wanted};
use crate::cli::number::whole;
use crate::cli::print::{Column, Entry as Line, Page};

/// Why the outcome of an act is not known that has none.
const CUT_OFF: &str = "the program that did it was cut off before it wrote an outcome";

/// What `fleetui get activity` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ActivityArgs {
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    sieve: SieveArgs,
    /// How many acts of the log are printed at most, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = whole::<usize>)]
    limit: usize,
    /// Only what the log of this machine has; no management cluster is asked
    #[arg(long)]
    local: bool,
}

/// What of it is printed.
#[derive(Debug, Clone, Default)]
struct Options {
    /// Only what was done in this namespace.
    namespace: Option<String>,
    /// Only what was done in management clusters that are connected, as they were named.
    connected: bool,
    filter: Option<Filter>,
    faults_only: bool,
    /// Only so many acts, the newest.
    limit: Option<usize>,
}

/// Prints it.
pub(crate) async fn run(args: ActivityArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let options = Options {
        namespace: table::namespace(&fleet),
        connected: !fleet.contexts.is_empty() && !args.local,
        filter: args.sieve.filter()?,
        faults_only: args.sieve.faults,
        limit: Some(args.limit),
    };
    let entries = Arc::new(Mutex::new(Vec::new()));
    // In a demo that is made for this alone nothing was done yet.
    let book = if args.view.demo {
        who::Book::Memory
    } else {
        who::Book::User
    };
    // Most acts have two lines: what was meant, and what came of it.
    let (audit, lines) = (book.audit(), args.limit.saturating_mul(2));
    let read = audit.read(lines).await;
    read.map_err(|error| eyre!("the audit log cannot be read: {error}"))?;
    let wanted = Wanted {
        activity: Some(Activity::new((audit, lines), args.local, Arc::clone(&entries))),
        ..Wanted::from(Needs::Roles(&[]))
    };
    let page = |store: &FleetStore, now: Timestamp| {
        let entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
        page(&entries, store, &options, now)
    };
    headless::run(&args.view, &fleet, wanted, page).await
}

/// A row before it is known whether it is printed.
struct Candidate<'a> {
    of: &'a ObjectKey,
    at: Timestamp,
    /// Whether something may still come of it, so that it stands first.
    open: bool,
    fault: bool,
    line: Line,
}

/// One row for each upgrade that is stored, and one for each act, from both of its lines: what is open first, then the newest.
fn page(entries: &[Entry], store: &FleetStore, options: &Options, now: Timestamp) -> Page {
    let mut ended: BTreeMap<&AuditId, &Outcome> = BTreeMap::new();
    for entry in entries {
        if let Stage::Outcome(outcome) = &entry.stage {
            ended.insert(&entry.id, outcome);
        }
    }
    let acts = entries
        .iter()
        .filter(|entry| !matches!(entry.stage, Stage::Outcome(_)))
        .take(options.limit.unwrap_or(usize::MAX))
        .map(|entry| of_act(entry, ended.get(&entry.id).copied()));
    let mut all: Vec<Candidate<'_>> = store.walks().map(|known| of_walk(known, store, now)).collect();
    all.extend(acts);
    let before = all.len();
    all.retain(|candidate| options.let_pass(candidate, store, now));
    all.sort_by_key(|candidate| (!candidate.open, std::cmp::Reverse(candidate.at)));
    let empty = match before {
        0 => "nothing was done or tried from here yet, and no upgrade is stored".to_owned(),
        hidden => format!("nothing that matches was done or tried from here; {hidden} do not"),
    };
    Page {
        kind: "ActivityList",
        columns: vec![
            Column::new("TIME"),
            Column::new("USER"),
            Column::new("WHAT"),
            Column::new("OBJECT"),
            Column::new("OUTCOME"),
            Column::new("FROM").wide(),
            Column::new("BY").wide(),
            Column::new("ID").wide(),
            Column::new("REASON"),
        ],
        faults: all.iter().any(|candidate| candidate.fault),
        rows: all.into_iter().map(|candidate| candidate.line).collect(),
        empty,
        ..Page::default()
    }
}

impl Options {
    fn let_pass(&self, candidate: &Candidate<'_>, store: &FleetStore, now: Timestamp) -> bool {
        let of = candidate.of;
        let session = store.session(&of.management_cluster);
        if (self.connected && session.is_none()) || (self.faults_only && !candidate.fault) {
            return false;
        }
        let namespace = self.namespace.as_deref();
        if namespace.is_some_and(|namespace| of.object.namespace != namespace) {
            return false;
        }
        self.filter.as_ref().is_none_or(|filter| {
            let text = candidate.line.cells.join(" ");
            let told = Told {
                of,
                text: &text,
                at: candidate.at,
            };
            let group = session.and_then(|session| session.group.as_deref());
            filter.is_of_group(group) && filter.matches_told(&told, now)
        })
    }
}

fn rounded(at: Timestamp) -> String {
    at.round(jiff::Unit::Second).unwrap_or(at).to_string()
}

fn of_walk<'a>(known: &'a Known, store: &FleetStore, now: Timestamp) -> Candidate<'a> {
    let ground = walking::Ground {
        fleet: store,
        glyphs: &glyphs::ASCII,
        now,
    };
    let (standing, _) = walking::standing(known, ground);
    let walk = known.walk();
    let at = match walk {
        Some(walk) if walk.state.has_ended() => walk.changed,
        Some(walk) => walk.begun,
        None => now,
    };
    let is_well = walk.is_some_and(|walk| match &walk.state {
        WalkState::Going => ground.is_walked(known),
        WalkState::Paused(_) | WalkState::Done | WalkState::Abandoned => true,
        WalkState::Stopped(_) => false,
    });
    let text = |read: fn(&fleetui_fleet::walk::Walk) -> &str| {
        walk.map_or_else(String::new, |walk| read(walk).to_owned())
    };
    let id = format!("upgrade {} {}", known.cluster, text(|walk| walk.id.as_str()));
    Candidate {
        of: &known.cluster,
        at,
        open: known.is_open(),
        fault: !is_well,
        line: Line {
            name: format!("upgrade/{}", known.cluster.object),
            cells: vec![
                walk.map_or_else(String::new, |_| rounded(at)),
                walk.map_or_else(String::new, |walk| walk.by.told()),
                walk.map_or_else(|| "upgrade".to_owned(), |walk| format!("upgrade to {}", walk.to)),
                known.cluster.to_string(),
                standing.to_string(),
                text(|walk| walk.by.ssh.as_deref().unwrap_or_default()),
                text(|walk| walk.by.by.as_str()),
                text(|walk| walk.id.as_str()),
                text(|walk| walk.reason.as_deref().unwrap_or_default()),
            ],
            document: json!({
                "upgrade": {
                    "cluster": known.cluster,
                    "walk": walk,
                    "unreadable": known.walk.as_ref().err(),
                    "holder": known.holder,
                    "walked": ground.is_walked(known),
                    "standing": standing.as_str(),
                },
            }),
            id,
        },
    }
}

fn of_act<'a>(entry: &'a Entry, ended: Option<&Outcome>) -> Candidate<'a> {
    Candidate {
        of: &entry.act.subject,
        at: entry.at,
        open: false,
        fault: !matches!(ended, Some(Outcome::Done)),
        line: row(entry, ended),
    }
}

fn row(entry: &Entry, ended: Option<&Outcome>) -> Line {
    let actor = &entry.actor;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Line {
        id: entry.id.0.to_string(),
        name: entry.id.0.to_string(),
        cells: vec![
            rounded(entry.at),
            actor.told(),
            entry.act.deed.told(),
            entry.act.subject.to_string(),
            entry.stage.told(ended),
            text(actor.ssh.as_deref()),
            actor.by.to_string(),
            entry.id.0.to_string(),
            text(entry.act.reason.as_deref()),
        ],
        document: json!({"act": document::act(&entry.act), "entry": entry, "outcome": outcome(entry, ended)}),
    }
}

/// How an act ended, for a program: as the log has it, `unknown` of an intent whose outcome was never written, and nothing of
/// what was refused, as that never began.
fn outcome(entry: &Entry, ended: Option<&Outcome>) -> Option<Outcome> {
    match (&entry.stage, ended) {
        (_, Some(ended)) => Some(ended.clone()),
        (Stage::Intent { .. }, None) => Some(Outcome::Unknown(0, CUT_OFF.to_owned())),
        (Stage::Outcome(_) | Stage::Refused(_), None) => None,
    }
}

#[cfg(test)]
mod tests;
