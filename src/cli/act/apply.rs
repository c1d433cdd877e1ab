//! `fleetui apply`: objects from files, by server-side apply.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::{WrapErr as _, bail, eyre};
use fleetui_api::yaml_mistake::YamlMistake;
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use fleetui_fleet::act::{Act, Deed, Try, plan};
use serde_json::Value;

use super::arguments::ActArgs;
use super::fleet::{Fleet, read_only};
use super::{pass, refuse};
use crate::cli::FleetArgs;

/// Larger files are nothing that a person has written.
const LONGEST: u64 = 16 << 20;

/// What `fleetui apply` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApplyArgs {
    /// A YAML or JSON file with one or more objects, or - for what is piped in; may be given several times
    #[arg(short, long = "filename", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Take over fields that others have set, fleetui's own scale and edit among them
    #[arg(long)]
    force_conflicts: bool,
    #[command(flatten)]
    act: ActArgs,
}

/// Applies them.
pub(crate) async fn run(args: ApplyArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let files = args.files.clone();
    let documents = tokio::task::spawn_blocking(move || read_all(&files)).await??;
    let fleet = Fleet::begin(&fleet, &args.act, "apply").await?;
    let done = begun(&fleet, &documents, &args).await;
    fleet.end().await;
    done
}

async fn begun(fleet: &Fleet, documents: &[Value], args: &ApplyArgs) -> color_eyre::Result<ExitCode> {
    let place = (&fleet.name, fleet.namespace.as_str());
    let planned = plan::apply(&fleet.around(), documents, place, args.force_conflicts);
    let args = &args.act;
    let nothing = || Act {
        subject: ObjectKey::new(
            fleet.name.clone(),
            GroupKind::new("", ""),
            ObjectName::new(&fleet.namespace, ""),
        ),
        uid: "".into(),
        deed: Deed::Apply,
        reason: args.reason.clone(),
    };
    if let Err(refusal) = fleet.writable() {
        let act = planned.map_or_else(|_| nothing(), |plan| plan.act);
        return Err(refuse(fleet, read_only(refusal, act)));
    }
    match planned {
        Ok(plan) => Box::pin(pass(fleet, plan, args)).await,
        Err(refusal) => Err(refuse(
            fleet,
            Try {
                act: nothing(),
                refusal,
            },
        )),
    }
}

fn read_all(files: &[PathBuf]) -> color_eyre::Result<Vec<Value>> {
    let mut documents = Vec::new();
    let mut all = Vec::new();
    for file in files {
        if file.is_dir() {
            all.extend(within(file).wrap_err_with(|| format!("{} cannot be read", file.display()))?);
        } else {
            all.push(file.clone());
        }
    }
    for file in &all {
        let name = file.display();
        let text = text(file).wrap_err_with(|| format!("{name} cannot be read"))?;
        documents.extend(parse(&text).wrap_err_with(|| format!("{name} is no YAML"))?);
    }
    Ok(documents)
}

/// What lies in a directory and is called as kubectl wants it, by name; not what lies deeper.
fn within(directory: &Path) -> color_eyre::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("it has no file that ends in .yaml, .yml or .json");
    }
    files.sort();
    Ok(files)
}

fn text(file: &Path) -> color_eyre::Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_string(&mut text)?
    } else {
        std::fs::File::open(file)?
            .take(LONGEST + 1)
            .read_to_string(&mut text)?
    };
    if u64::try_from(read).is_ok_and(|read| read > LONGEST) {
        bail!("it is longer than {} MiB", LONGEST >> 20);
    }
    Ok(text)
}

/// All documents of a text; empty ones are none.
fn parse(text: &str) -> color_eyre::Result<Vec<Value>> {
    let documents: Vec<Value> =
        serde_yaml::from_multiple(text).map_err(|error| eyre!("{}", YamlMistake::of(&error, true)))?;
    Ok(documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_documents_of_a_file_are_read() {
        let text = "---\nkind: A\n---\n# nothing\n---\nkind: B\n...\n";
        let kinds: Vec<Value> = parse(text).unwrap().iter().map(|it| it["kind"].clone()).collect();
        assert_eq!(kinds, ["A", "B"]);
        assert_eq!(parse(r#"{"kind": "C"}"#).unwrap().len(), 1);
        assert!(parse("a: [").is_err());
    }
}
