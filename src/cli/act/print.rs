//! What is told of an act: before it is done, and what came of it. Everything may come from a server, so it is made safe here.

use std::io;

use fleetui_fleet::act::audit::{Stage, harmless};
use fleetui_fleet::act::plan::dotted;
use fleetui_fleet::act::{
    AuditId, Confirm, Confirmed, CreateDeed, Deed, FieldChange, Found, HostDeed, Judgement, MachineDeed,
    Plan, WalkDeed,
};
use serde_json::{Value, json};

use super::arguments::ActOutput;
use super::document;
use crate::cli::print;

/// What is told at the end of a dry run.
pub(super) const DRY_RUN: &str = "dry run: nothing was written";
/// Names of machines that are told; of more, how many.
const MOST_NAMES: usize = 8;

/// What is told of one act.
pub(super) struct Told<'a> {
    plan: &'a Plan,
    judgement: &'a Judgement,
    output: ActOutput,
    beside: Beside,
}

/// What stands beside an act in what is told as documents.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    /// The upgrade of a cluster that it is a part of, as it was planned.
    pub(super) upgrade: Option<Value>,
    /// The objects that a creation made, each with what became of it.
    pub(super) objects: Option<Value>,
    /// Whether further documents follow once it is done.
    pub(super) more: bool,
}

impl<'a> Told<'a> {
    pub(super) fn new(plan: &'a Plan, judgement: &'a Judgement, output: ActOutput) -> Self {
        Self {
            plan,
            judgement,
            output,
            beside: Beside::default(),
        }
    }

    pub(super) fn with(self, beside: Beside) -> Self {
        Self { beside, ..self }
    }

    /// Before it is done; as a document, it is told at the end.
    pub(super) fn preview(&self) -> io::Result<()> {
        match self.output {
            ActOutput::Text => lines(&self.sentences()),
            ActOutput::Json | ActOutput::Yaml => Ok(()),
        }
    }

    /// What came of it: nothing was written where it was a dry run.
    pub(super) fn end(&self, done: Option<(&AuditId, &[String])>) -> io::Result<()> {
        match self.output {
            ActOutput::Text => match done {
                Some((_, warnings)) => self.done_with(warnings),
                None => self.output.sentence(DRY_RUN),
            },
            ActOutput::Json | ActOutput::Yaml => {
                let more = self.beside.more && done.is_some();
                self.output.document(&self.document(done), more)
            }
        }
    }

    /// The same of one of several: under the name of the object.
    pub(super) fn preview_among(&self) -> io::Result<()> {
        let subject = &self.plan.act.subject;
        let head = format!("{} {}", subject.kind.kind, subject.object);
        let all = self.sentences();
        let all = all.iter().map(|sentence| indented(sentence));
        match self.output {
            ActOutput::Text => lines(&std::iter::once(head).chain(all).collect::<Vec<_>>()),
            ActOutput::Json | ActOutput::Yaml => Ok(()),
        }
    }

    /// That it was done, and what the server said then that it had not said before; as a document, it is told elsewhere.
    pub(super) fn done_with(&self, warnings: &[String]) -> io::Result<()> {
        let mut all = self.done();
        let news = warnings
            .iter()
            .filter(|warning| !self.judgement.warnings.contains(*warning));
        all.extend(news.map(|warning| format!("warning: {warning}")));
        match self.output {
            ActOutput::Text => lines(&all),
            ActOutput::Json | ActOutput::Yaml => Ok(()),
        }
    }

    fn sentences(&self) -> Vec<String> {
        let preview = &self.plan.preview;
        let mut all = Vec::new();
        if let Some(blast) = &preview.blast {
            let cluster = blast
                .cluster
                .as_ref()
                .map(|cluster| format!(", cluster {cluster}"));
            all.push(format!(
                "{} ({}){}",
                blast.management_cluster,
                blast.server,
                cluster.unwrap_or_default()
            ));
        }
        if self.plan.act.deed == Deed::Delete {
            all.push(format!("deletes {}", self.plan.act.subject));
        }
        for write in &self.plan.writes {
            for field in write.fields.iter().filter(|field| field.before != field.after) {
                all.push(format!(
                    "{}: {}",
                    write.target,
                    change(&harmless(&write.target, field))
                ));
            }
        }
        all.extend(preview.happens.iter().cloned());
        all.extend(preview.blast.as_ref().and_then(|blast| machines(&blast.machines)));
        for check in &self.plan.checks {
            match &check.found {
                Found::Well(_) => {}
                Found::Warns(what) => all.push(format!("warning: {what}")),
                Found::Blocks { why, .. } => all.push(format!("in the way: {why}")),
                Found::Unknown(why) => all.push(format!("not known: {}: {why}", check.title)),
            }
        }
        if let Confirm::Twice(why) = &self.plan.confirm {
            all.push(format!("warning: {why}"));
        }
        let warnings = [
            &preview.warnings,
            &self.judgement.owners,
            &self.judgement.warnings,
        ];
        all.extend(
            warnings
                .into_iter()
                .flatten()
                .map(|warning| format!("warning: {warning}")),
        );
        all
    }

    /// `scaled MachineDeployment default/md-0 in taipei: 3 -> 5`.
    fn done(&self) -> Vec<String> {
        if self.plan.act.deed == Deed::Apply {
            let writes = self.plan.writes.iter().enumerate();
            return writes
                .map(|(at, write)| format!("{} {}", self.plan.became(self.judgement, at), write.target))
                .collect();
        }
        // Whole objects and lists stand in the preview; the verb says what was done with them.
        let is_plain = |text: &str| !text.starts_with(['{', '[']);
        // Of labels the keys are told, and what becomes of them; one value would not say whose it is.
        if let Deed::Host(deed @ HostDeed::Label(_)) = &self.plan.act.deed {
            let labels = deed.told();
            let labels = labels.strip_prefix("label ").unwrap_or(&labels);
            return vec![format!("labelled {}: {labels}", self.plan.act.subject)];
        }
        // The reason that is written down for a quarantine is no value of it.
        let is_reason = matches!(self.plan.act.deed, Deed::Host(HostDeed::Quarantine(_)));
        let values = self
            .plan
            .field()
            .filter(|_| !is_reason)
            .filter(|(from, to)| from != to && is_plain(from) && is_plain(to))
            .map(|(from, to)| format!(": {} -> {}", or_none(&from), or_none(&to)));
        vec![format!(
            "{} {}{}",
            verb(&self.plan.act.deed, self.plan.deletes()),
            self.plan.act.subject,
            values.unwrap_or_default()
        )]
    }

    /// It for programs: what came of it, or nothing where nothing was written.
    pub(super) fn document(&self, done: Option<(&AuditId, &[String])>) -> Value {
        // Of an object that is applied nothing is told but its name: it may hold secrets.
        let writes: Value = match Stage::intent(self.plan, &Confirmed::default()) {
            Stage::Intent { writes, .. } => writes.iter().map(document::write).collect(),
            Stage::Outcome(_) | Stage::Refused(_) => Value::Null,
        };
        let mut document = json!({
            "kind": "Act",
            "act": document::act(&self.plan.act),
            "writes": writes,
            "preview": document::preview(&self.plan.preview),
            "checks": self.plan.checks.iter().map(document::check).collect::<Vec<_>>(),
            "judgement": document::judgement(self.judgement),
            "dryRun": done.is_none(),
            "id": done.map(|(id, _)| id),
            "warnings": done.map(|(_, warnings)| warnings),
        });
        if let Some(upgrade) = &self.beside.upgrade {
            document["upgrade"] = upgrade.clone();
        }
        if let Some(objects) = &self.beside.objects {
            document["objects"] = objects.clone();
        }
        document
    }
}

/// The machines that go or are replaced, the first ones by name.
fn machines(names: &[impl AsRef<str>]) -> Option<String> {
    let few: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    let more = match names.len() - few.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!few.is_empty()).then(|| format!("machines: {}{more}", few.join(", ")))
}

fn change(field: &FieldChange) -> String {
    let value = |value: &Option<Value>| match value {
        _ if field.hidden => "(not shown)".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "\"\"".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "(none)".to_owned(),
    };
    format!(
        "{} {} -> {}",
        dotted(&field.pointer),
        value(&field.before),
        value(&field.after)
    )
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

/// What was done; what a deletion brings about has begun by then, and goes on.
fn verb(deed: &Deed, deletes: bool) -> &'static str {
    match deed {
        Deed::Scale(_) => "scaled",
        Deed::Upgrade(_) => "upgraded",
        Deed::Pause => "paused",
        Deed::Resume => "resumed",
        Deed::Restart => "restarted",
        Deed::Delete => "began the deletion of",
        Deed::Host(deed) => match deed {
            HostDeed::Approve => "approved",
            HostDeed::Label(_) => "labelled",
            HostDeed::Cordon(true) => "cordoned",
            HostDeed::Cordon(false) => "uncordoned",
            HostDeed::Maintain(true) => "began the maintenance of",
            HostDeed::Maintain(false) => "ended the maintenance of",
            HostDeed::Reserve(Some(_)) => "reserved",
            HostDeed::Reserve(None) => "took back the reservation of",
            HostDeed::Quarantine(true) => "quarantined",
            HostDeed::Quarantine(false) => "cleared the quarantine of",
            HostDeed::Release if deletes => "began the release of",
            HostDeed::Release => "released",
            HostDeed::Reset => "asked for a reset of",
        },
        Deed::Machine(deed) => match deed {
            MachineDeed::Replace | MachineDeed::Shrink => "began the deletion of",
            MachineDeed::GoFirst(true) => "set the mark delete-machine on",
            MachineDeed::GoFirst(false) => "took the mark delete-machine off",
            MachineDeed::Remediate(true) => "set the mark remediate-machine on",
            MachineDeed::Remediate(false) => "took the mark remediate-machine off",
            MachineDeed::SkipRemediation(true) => "set the mark skip-remediation on",
            MachineDeed::SkipRemediation(false) => "took the mark skip-remediation off",
        },
        Deed::Edit(_) => "changed",
        Deed::Apply => "applied",
        Deed::Undo(_) => "taken back on",
        Deed::Walk(deed) => match deed {
            WalkDeed::Begin(_) => "began the upgrade of",
            WalkDeed::Pause => "paused the upgrade of",
            WalkDeed::Resume => "resumed the upgrade of",
            WalkDeed::Abandon => "abandoned the upgrade of",
        },
        Deed::Install => "installed Cluster API by",
        Deed::Create(CreateDeed::Begin(_) | CreateDeed::Resume) => "created",
        Deed::Create(CreateDeed::CleanUp) => "took back the creation of",
        Deed::Kubeconfig => "read the kubeconfig of",
    }
}

/// Each line of it under a line that says of what it is.
pub(super) fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

fn lines(all: &[String]) -> io::Result<()> {
    print::lines(all.iter().map(String::as_str))
}

impl ActOutput {
    /// Prints a sentence; as a document nothing is printed.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn sentence(self, sentence: &str) -> io::Result<()> {
        match self {
            Self::Text => print::lines([sentence]),
            Self::Json | Self::Yaml => Ok(()),
        }
    }

    /// Prints a document; where `more` of them follow, each so that it is told apart from the next: a line of JSON, a document of YAML.
    /// As sentences nothing is printed.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn document(self, value: &Value, more: bool) -> io::Result<()> {
        match (self, more) {
            (Self::Text, _) => Ok(()),
            (Self::Json, true) => print::text(&print::json_line(value)),
            (Self::Json, false) => print::text(&print::json_text(value)?),
            (Self::Yaml, true) => print::text(&format!("---\n{}", print::yaml(value)?)),
            (Self::Yaml, false) => print::text(&print::yaml(value)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deed_on_an_upgrade_has_its_own_word() {
        let words = [
            (WalkDeed::Begin("v1.35.0".into()), "began the upgrade of"),
            (WalkDeed::Pause, "paused the upgrade of"),
            (WalkDeed::Resume, "resumed the upgrade of"),
            (WalkDeed::Abandon, "abandoned the upgrade of"),
        ];
        for (deed, word) in words {
            assert_eq!(verb(&Deed::Walk(deed), false), word);
        }
    }
}
