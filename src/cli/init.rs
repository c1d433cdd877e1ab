//! `fleetui init`: Cluster API's kinds and clusterctl's inventory in a management cluster that has neither.
//!
//! The kinds come in v1beta2 alone: nobody converts there. A management cluster that nobody named is changed only when somebody
//! at a terminal says that it is meant.

mod book;
mod consent;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use book::Book;
use clap::Args;
use color_eyre::Report;
use color_eyre::eyre::{bail, eyre};
use consent::Consent;
use fleetui_fleet::act::{Confirmed, Step};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::Value;

use super::FleetArgs;
use super::management::{self, Management};
use super::status::{Denied, Refused};
use super::{inventory, rbac, requirements, rivals};

/// Who owns what is written.
const MANAGER: &str = "fleetui";
/// What is done with a definition that is not there.
const INSTALLS: &str = "installs";
/// What is done with one that is.
const UPDATES: &str = "updates";
/// What is done with one that would stay as it is: nothing.
const KEEPS: &str = "keeps   ";
/// How long the server may take until it serves the new kinds.
const ESTABLISHED: Duration = Duration::from_mins(1);
/// How often it is asked.
const AGAIN: Duration = Duration::from_millis(500);

/// What has to be known beforehand.
const NOTES: &str =
    "Permissions: fleetui generate rbac prints the roles that the user of the kubeconfig needs.";

/// What `fleetui init` is told.
#[derive(Debug, Clone, Args)]
#[command(after_help = NOTES)]
pub(crate) struct InitArgs {
    /// Go on although another manager seems to have the kinds; the name of the management cluster has to be typed
    #[arg(long, value_name = "NAME")]
    force: Option<String>,
    /// Say what would be installed, and install nothing
    #[arg(long)]
    dry_run: bool,
    /// Change the current context's management cluster without asking whether it is meant
    #[arg(short, long)]
    yes: bool,
}

/// Installs what is missing.
pub(crate) async fn run(args: InitArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let (target, _) = management::target_and_namespace(&fleet)?;
    let named = args.yes || args.dry_run || args.force.is_some() || !fleet.contexts.is_empty();
    let consent = Consent::new(named, consent::is_at_terminal());
    let book = Book::open(&fleet, &target);
    if consent == Consent::Missing {
        let why = consent::refusal(&target).into();
        return Err(book.refused(Step::Confirmation, why).await);
    }
    let (management, api, planned) = match prepared(&args, &fleet, target.read_only).await {
        Ok(prepared) => prepared,
        Err((step, why)) => return Err(book.refused(step, rbac::advised(why)).await),
    };
    if args.dry_run {
        for (verb, name, _) in &planned {
            say(&format!("{verb} {name}"));
        }
        say_records();
        return Ok(ExitCode::SUCCESS);
    }
    if consent == Consent::Asked
        && let Err(why) = consent::ask(&target, &summary(&planned)).await
    {
        return Err(book.refused(Step::Confirmation, why).await);
    }
    let confirmed = Confirmed {
        typed: args.force.clone(),
        twice: consent == Consent::Asked,
        ..Confirmed::default()
    };
    let id = match book.begun(&planned, confirmed).await {
        Ok(id) => id,
        Err(why) => return Err(book.refused(Step::Audit, why).await),
    };
    let mut done = 0;
    let installed = install(&management, &api, &planned, &mut done).await;
    book.ended(id, installed.as_ref(), done).await;
    installed.map_err(rbac::advised)?;
    say_records();
    let name = &management.name;
    say(&match rivals::ours(&management).await? {
        Some(holder) => {
            format!("{name} is a management cluster; fleetui's controllers run already, as {holder}")
        }
        None => format!(
            "{name} is a management cluster; run the controllers with: fleetui controllers --context {name}"
        ),
    });
    Ok(ExitCode::SUCCESS)
}

/// The management cluster and what would be done there, before anything is; or at which step it is refused, and why.
async fn prepared(
    args: &InitArgs,
    fleet: &FleetArgs,
    read_only: bool,
) -> Result<(Management, Api<CustomResourceDefinition>, Vec<Planned>), (Step, Report)> {
    let management = management::connect_to_manage(fleet, args.force.as_deref()).await;
    let management = management.map_err(|why| match (why.is::<Refused>(), read_only) {
        (true, true) => (Step::ReadOnly, why),
        (true, false) => (Step::Preflight, why),
        (false, _) if why.is::<Denied>() => (Step::Permission, why),
        (false, _) => (Step::Connection, why),
    })?;
    let api: Api<CustomResourceDefinition> = Api::all(management.client.clone());
    let there = management.answer(api.list(&ListParams::default())).await;
    let there = there.map_err(|why| (Step::Permission, why))?.items;
    let allowed = requirements::may_install(&management).await;
    allowed.map_err(|why| (Step::Permission, why))?;
    let mut planned = plan(&there).map_err(|why| (Step::Preflight, why))?;
    let kept = keep(&management, &api, &there, &mut planned).await;
    kept.map_err(|why| (Step::DryRun, why))?;
    Ok((management, api, planned))
}

/// Finds those that an update would leave as they are, by the server's dry run.
async fn keep(
    management: &Management,
    api: &Api<CustomResourceDefinition>,
    there: &[CustomResourceDefinition],
    planned: &mut [Planned],
) -> color_eyre::Result<()> {
    for (verb, name, definition) in planned.iter_mut().filter(|(verb, ..)| *verb == UPDATES) {
        let params = PatchParams::apply(MANAGER).force().dry_run();
        let updated = management
            .answer(api.patch(name, &params, &Patch::Apply(&*definition)))
            .await?;
        let old = there
            .iter()
            .find(|old| old.metadata.name.as_ref() == Some(&*name));
        if old.is_some_and(|old| says_the_same(old, &updated)) {
            *verb = KEEPS;
        }
    }
    Ok(())
}

/// Whether two states of a definition differ in nothing but in who owns what.
fn says_the_same(one: &CustomResourceDefinition, other: &CustomResourceDefinition) -> bool {
    let (before, after) = (&one.metadata, &other.metadata);
    one.spec == other.spec && before.labels == after.labels && before.annotations == after.annotations
}

/// A definition with its name, and what is done with it.
type Planned = (&'static str, String, Value);

/// What is done with each definition, by what is there.
fn plan(there: &[CustomResourceDefinition]) -> color_eyre::Result<Vec<Planned>> {
    let mut planned = Vec::new();
    for definition in fleetui_api::crds::all() {
        let definition = in_one_version(definition);
        let name = definition
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let old = there
            .iter()
            .find(|old| old.metadata.name.as_deref() == Some(name));
        if let Some(old) = old {
            keep_versions(old, &definition)?;
        }
        let verb = if old.is_some() { UPDATES } else { INSTALLS };
        planned.push((verb, name.to_owned(), definition));
    }
    Ok(planned)
}

/// All of it in few words.
fn summary(planned: &[Planned]) -> String {
    let of = |wanted: &str| planned.iter().filter(|(verb, ..)| *verb == wanted).count();
    format!("Install {} definitions and update {}", of(INSTALLS), of(UPDATES))
}

/// Sends all of it, the inventory last; `done` counts the definitions that were taken.
async fn install(
    management: &Management,
    api: &Api<CustomResourceDefinition>,
    planned: &[Planned],
    done: &mut usize,
) -> color_eyre::Result<()> {
    for (verb, name, definition) in planned {
        if *verb != KEEPS {
            let params = PatchParams::apply(MANAGER).force();
            management
                .answer(api.patch(name, &params, &Patch::Apply(definition)))
                .await?;
            // Only now it is so.
            *done += 1;
        }
        say(&format!("{verb} {name}"));
    }
    let names = planned.iter().map(|(_, name, _)| name.as_str());
    wait(management, api, names).await?;
    inventory::write(&management.client).await
}

/// Says what is in the inventory.
fn say_records() {
    for provider in &inventory::PROVIDERS {
        let (label, version, namespace) = (provider.label, provider.version, provider.namespace);
        say(&format!("records  {label} {version} in {namespace}"));
    }
}

/// Says what is done. That nobody listens to the end, as `head`, keeps nothing from being done.
fn say(what: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{what}");
}

/// A definition that is stored and served in its newest version alone.
fn in_one_version(mut definition: Value) -> Value {
    let versions = definition
        .pointer_mut("/spec/versions")
        .and_then(Value::as_array_mut);
    if let Some(versions) = versions
        && let Some(newest) = versions
            .iter()
            .rposition(|version| version.get("storage") == Some(&Value::Bool(true)))
    {
        let newest = versions.swap_remove(newest);
        *versions = vec![newest];
    }
    let kept = definition
        .pointer("/spec/versions/0/name")
        .and_then(Value::as_str);
    let kept = kept.unwrap_or_default().to_owned();
    // A contract that no version is left for is not promised.
    if let Some(labels) = definition
        .pointer_mut("/metadata/labels")
        .and_then(Value::as_object_mut)
    {
        let promised = |key: &str, versions: &Value| {
            !key.starts_with("cluster.x-k8s.io/v")
                || versions
                    .as_str()
                    .is_some_and(|all| all.split('_').any(|one| one == kept))
        };
        labels.retain(|key, versions| promised(key, versions));
    }
    definition
}

/// Objects that are stored in another version would be lost, or told wrongly.
fn keep_versions(old: &CustomResourceDefinition, new: &Value) -> color_eyre::Result<()> {
    let stored = old
        .status
        .as_ref()
        .and_then(|status| status.stored_versions.clone())
        .unwrap_or_default();
    let newest = new
        .pointer("/spec/versions/0/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let others: Vec<String> = stored.into_iter().filter(|version| version != newest).collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(eyre!(
        "{} is there with objects in {}, which nothing would convert to {newest}; upgrade it with the tool that installed it",
        old.metadata.name.as_deref().unwrap_or_default(),
        others.join(", ")
    ))
}

async fn wait(
    management: &Management,
    api: &Api<CustomResourceDefinition>,
    installed: impl Iterator<Item = &str>,
) -> color_eyre::Result<()> {
    let waiting = async {
        for name in installed {
            loop {
                let found = management.answer(api.get(name)).await?;
                let conditions = found
                    .status
                    .and_then(|status| status.conditions)
                    .unwrap_or_default();
                let established = conditions
                    .iter()
                    .any(|condition| condition.type_ == "Established" && condition.status == "True");
                if established {
                    break;
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
        Ok(())
    };
    match tokio::time::timeout(ESTABLISHED, waiting).await {
        Ok(done) => done,
        Err(_) => bail!(
            "{} does not serve the new kinds within {} s",
            management.name,
            ESTABLISHED.as_secs()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_in_the_version_that_is_stored_and_promise_no_other() {
        let mut seen = 0;
        for definition in fleetui_api::crds::all().map(in_one_version) {
            let versions = definition["spec"]["versions"].as_array().unwrap();
            assert_eq!(versions.len(), 1);
            let kept = versions[0]["name"].as_str().unwrap();
            assert_eq!(
                (&versions[0]["served"], &versions[0]["storage"]),
                (&true.into(), &true.into())
            );
            for (key, value) in definition["metadata"]["labels"].as_object().unwrap() {
                if key.starts_with("cluster.x-k8s.io/v") {
                    assert_eq!(value, kept, "{key}");
                    seen += 1;
                }
            }
            if definition["spec"]["group"] == "cluster.x-k8s.io" {
                assert_eq!(kept, "v1beta2");
            }
        }
        assert!(seen > 0);
    }
}
