//! `fleetui get activity`: what was done and tried from here, as the audit log has it.

use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;

use clap::Args;
use fleetui_fleet::act::audit::{Outcome, Stage};
use fleetui_fleet::act::{AuditId, Entry};

use crate::cli::act::who;
use crate::cli::print::{Column, Entry as Line, Output, Page, Printer};

/// Why the outcome of an act is not known that has none.
const CUT_OFF: &str = "the program that did it was cut off before it wrote an outcome";

/// What `fleetui get activity` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ActivityArgs {
    /// How it is printed
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    output: Output,
    /// How many lines of the log are read
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    limit: usize,
    /// Leave the titles of the columns out
    #[arg(long)]
    no_headers: bool,
    /// That of the demo
    #[arg(long)]
    demo: bool,
}

/// Prints it. Nobody is asked: the log is a file of this machine.
pub(crate) async fn run(args: ActivityArgs) -> color_eyre::Result<ExitCode> {
    let entries = who::audit(args.demo).read(args.limit).await;
    let mut printer = Printer::new(io::stdout(), args.output, false, !args.no_headers);
    let page = page(&entries);
    match printer.print(&page) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        done => done?,
    }
    if page.rows.is_empty() && matches!(args.output, Output::Table | Output::Wide | Output::Name) {
        crate::cli::tell(&page.empty);
    }
    Ok(ExitCode::SUCCESS)
}

/// One row for each act, from both of its lines.
fn page(entries: &[Entry]) -> Page {
    let mut ended: BTreeMap<&AuditId, &Outcome> = BTreeMap::new();
    for entry in entries {
        if let Stage::Outcome(outcome) = &entry.stage {
            ended.insert(&entry.id, outcome);
        }
    }
    let acts = entries
        .iter()
        .filter(|entry| !matches!(entry.stage, Stage::Outcome(_)));
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
        rows: acts
            .map(|entry| row(entry, ended.get(&entry.id).copied()))
            .collect(),
        nested: None,
        whole: false,
        empty: "nothing was done or tried from here yet".to_owned(),
        faults: false,
    }
}

fn row(entry: &Entry, ended: Option<&Outcome>) -> Line {
    let actor = &entry.actor;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Line {
        id: entry.id.0.to_string(),
        name: entry.id.0.to_string(),
        cells: vec![
            entry.at.round(jiff::Unit::Second).unwrap_or(entry.at).to_string(),
            actor.user.to_string(),
            entry.act.deed.told(),
            entry.act.subject.to_string(),
            entry.stage.told(ended),
            text(actor.ssh.as_deref()),
            actor.by.to_string(),
            entry.id.0.to_string(),
            text(entry.act.reason.as_deref()),
        ],
        document: serde_json::json!({"entry": entry, "outcome": outcome(entry, ended)}),
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
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
    use fleetui_fleet::act::{Act, Actor, Confirmed, Deed, Refusal, Step};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn an_act_is_one_row_and_one_that_was_cut_off_says_so() {
        let entry = |id: &str, stage: Stage| {
            let subject = ObjectKey::new(
                ManagementCluster::new("taipei"),
                GroupKind::new("cluster.x-k8s.io", "Machine"),
                ObjectName::new("default", id),
            );
            let act = Act {
                subject,
                uid: "u".into(),
                deed: Deed::Delete,
                reason: None,
            };
            Entry::new(
                AuditId(id.into()),
                Timestamp::UNIX_EPOCH,
                Actor::default(),
                &act,
                stage,
            )
        };
        let intent = || Stage::Intent {
            writes: Vec::new(),
            confirmed: Confirmed::default(),
        };
        let page = page(&[
            entry("c", Stage::Refused(Refusal::at(Step::ReadOnly, "no"))),
            entry("b", intent()),
            entry("a", Stage::Outcome(Outcome::Done)),
            entry("a", intent()),
        ]);
        let outcomes: Vec<&str> = page.rows.iter().map(|row| row.cells[4].as_str()).collect();
        assert_eq!(outcomes, ["refused: no", "cut off: not known", "done"]);
        let documents: Vec<serde_json::Value> = page
            .rows
            .iter()
            .map(|row| row.document["outcome"].clone())
            .collect();
        let unknown = serde_json::json!({"unknown": [0, CUT_OFF]});
        assert_eq!(documents, [serde_json::Value::Null, unknown, "done".into()]);
    }
}
