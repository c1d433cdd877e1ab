//! `fleetui create cluster`: the objects of a new cluster from a template, checked, shown, created in order; and what becomes of a
//! creation that was interrupted.

mod arguments;
mod source;
mod tell;
mod wait;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use color_eyre::Report;
use color_eyre::eyre::eyre;
use fleetui_api::kinds::{Role, core};
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_client::Answer;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::act::{Act, Confirmed, CreateDeed, Deed, Judgement, Mode, Plan, Refusal, Step, Try};
use fleetui_fleet::create::{
    Creation, CreationState, Field, Flavour, Form, Grade, NoDraft, Remark, Variables, clean_up,
    form_of_cluster, of_class, plan_creation, topology_runs, written,
};

use super::fleet::{Fleet, read_only};
use super::print::{Beside, Told};
use super::{confirm, failed, not_confirmed, refuse, shown};
use crate::cli::FleetArgs;
use crate::cli::console::state_dir;
use crate::cli::status::{Refused, WrongUsage};
pub(crate) use arguments::CreateArgs;
use arguments::{ClusterArgs, Output, What};
pub(crate) use source::variables;
use source::{Like, Source, assigned};

/// Creates what is asked for.
pub(crate) async fn run(args: CreateArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let What::Cluster(args) = args.what;
    let is_stored = args.stored.resume || args.stored.clean_up;
    // What cannot be read is told before anybody is asked.
    let source = if is_stored {
        None
    } else {
        let source = Source::of(args.from.as_deref(), args.flavor.as_deref())?;
        Some((source, args.known()?))
    };
    let mut begun = Fleet::begin(&fleet, &args.act(), "create").await?;
    let done = match source {
        Some((source, mut known)) => {
            let said = args.target_namespace.is_some()
                || args.assignments.iter().any(|said| said.starts_with("NAMESPACE="));
            if let Some(namespace) = fleet.namespace.clone().filter(|_| !said) {
                known.set("NAMESPACE", Some(namespace));
            }
            known.suppose("NAMESPACE", &begun.namespace);
            Box::pin(begin(&mut begun, source, &known, &args)).await
        }
        None => Box::pin(stored(&mut begun, &args)).await,
    };
    begun.end().await;
    done
}

/// A new one, from a template that was read, from a class that is read now, or like a cluster that is there.
async fn begin(
    fleet: &mut Fleet,
    source: Source,
    known: &Variables,
    args: &ClusterArgs,
) -> color_eyre::Result<ExitCode> {
    let mut flavour = match source {
        Source::Template(flavour) => flavour,
        Source::Class(name) => class(fleet, known, &name).await?,
        Source::Cluster(like) => {
            let form = like_cluster(fleet, known, &like).await?;
            return create(fleet, form, args).await;
        }
    };
    flavour.bring_classes(fleet.around().store, &fleet.name);
    let form = Form::new(flavour, fleet.name.clone(), known);
    let form = form.map_err(|error| eyre!("the template cannot be read: {error}"))?;
    create(fleet, form, args).await
}

/// What would make a cluster like one that is there, with what is said besides.
async fn like_cluster(fleet: &Fleet, known: &Variables, like: &Like) -> color_eyre::Result<Form> {
    let own = known.value("NAMESPACE").unwrap_or_default();
    let key = cluster(fleet, like.namespace.as_deref().unwrap_or(&own), &like.name);
    let key = match &like.namespace {
        Some(_) => key,
        None => wherever(fleet, key)?,
    };
    let form = form_of_cluster(&fleet.around(), &key);
    let mut form = form.map_err(|why| match (why, &like.otherwise) {
        (NoDraft::Gone(key), None) => {
            eyre!("there is no Cluster {} in {}", key.object, key.management_cluster)
        }
        (NoDraft::Gone(key), Some(otherwise)) => WrongUsage(format!(
            "{otherwise}, and there is no Cluster {} in {}",
            key.object, key.management_cluster
        ))
        .into(),
        (why @ (NoDraft::NoTemplate(_) | NoDraft::Topology(_)), _) => Refused(why.to_string()).into(),
    })?;
    let objects = form.like.as_ref().map(|like| like.objects(&fleet.around()));
    let (objects, unread) = fleet.client.read_objects(&objects.unwrap_or_default()).await;
    let unread = unread.map(|failure| failure.to_string());
    form.compare(&objects, unread.as_deref());
    form.take(known);
    Ok(form)
}

/// The Cluster at `key`, or the only one of its name in another namespace where there is none.
fn wherever(fleet: &Fleet, key: ObjectKey) -> Result<ObjectKey, WrongUsage> {
    let around = fleet.around();
    if around.store.get(&key).is_some() {
        return Ok(key);
    }
    let rows = around.store.rows(Some(&key.management_cluster));
    let alike =
        rows.filter(|row| row.facts.role == Role::Cluster && row.facts.object.name == key.object.name);
    let mut alike: Vec<ObjectKey> = alike.map(|row| row.key()).collect();
    alike.sort();
    match alike.as_slice() {
        [] => Ok(key),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|key| format!("cluster/{}", key.object))
                .collect();
            Err(WrongUsage(format!(
                "there is no Cluster {}, and in other namespaces there are several: {}",
                key.object,
                names.join(", ")
            )))
        }
    }
}

/// The class that is meant, as a template; refused where nothing would come of it.
async fn class(fleet: &Fleet, known: &Variables, name: &str) -> color_eyre::Result<Flavour> {
    let namespace = known.value("NAMESPACE").unwrap_or_default();
    topology_runs(fleet.around().store, &fleet.name).map_err(Refused)?;
    let key = ObjectKey::new(
        fleet.name.clone(),
        core("ClusterClass"),
        ObjectName::new(&namespace, name),
    );
    let read = fleet.client.read_editable(&key, "").await;
    let read = read.map_err(|failure| failed(&failure))?;
    of_class(&read.object).map_err(|why| eyre!(why))
}

fn cluster(fleet: &Fleet, namespace: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        fleet.name.clone(),
        core("Cluster"),
        ObjectName::new(namespace, name),
    )
}

fn act(cluster: ObjectKey, deed: CreateDeed, args: &ClusterArgs) -> Act {
    Act {
        subject: cluster,
        uid: "".into(),
        deed: Deed::Create(deed),
        reason: args.reason.clone(),
    }
}

/// A new one.
async fn create(fleet: &mut Fleet, mut form: Form, args: &ClusterArgs) -> color_eyre::Result<ExitCode> {
    are_variables(&form, args)?;
    // What another creation took that was interrupted, it may still take.
    form.reserve(&fleet.client.stored_creations().await);
    form.settle(&fleet.around());
    let key = cluster(fleet, form.namespace(), form.name());
    let act = act(key.clone(), CreateDeed::Begin(form.flavour.name.clone()), args);
    fleet
        .writable()
        .map_err(|refusal| refuse(fleet, read_only(refusal, act.clone())))?;
    if let Some(stored) = fleet.client.stored_creation(&key).await {
        let (there, all) = stored.counts();
        let why = format!(
            "a creation of {key} was interrupted, and {there} of {all} objects are known to be there: --resume goes on with it, --clean-up takes them back"
        );
        let refusal = Refusal::at(Step::Preflight, why);
        return Err(refuse(fleet, Try { act, refusal }));
    }
    if let Err(why) = form.has_cluster() {
        let refusal = Refusal::at(Step::Preflight, why);
        return Err(refuse(fleet, Try { act, refusal }));
    }
    let mut remarks = form.remarks(&fleet.around());
    if form.needs_namespace() && is_missing(fleet, form.namespace()).await {
        remarks.insert(0, form.without_namespace());
    }
    let objects = form.objects();
    let wrong: Vec<&Remark> = remarks
        .iter()
        .filter(|remark| remark.grade == Grade::Wrong)
        .collect();
    let objects = match objects {
        Ok(objects) if wrong.is_empty() => objects,
        Ok(_) | Err(_) => {
            let refusal = Refusal::at(Step::Preflight, tell::remarks(&form, &wrong));
            return Err(refuse(fleet, Try { act, refusal }));
        }
    };
    if args.output == Output::Yaml {
        crate::cli::print::lines(written(&objects).lines())?;
    }
    let around = fleet.around();
    let server = around
        .store
        .session(&fleet.name)
        .map(|session| session.server.clone());
    let id = fleet.client.creation_id();
    let creation = Creation::new(&form, objects, (&id, &server.unwrap_or_default()), around.now);
    let planned = plan_creation(&around, &creation, false).map(|mut plan| {
        let warnings = remarks.iter().filter(|remark| remark.grade == Grade::Warns);
        plan.preview
            .warnings
            .extend(warnings.map(|remark| remark.what.clone()));
        plan
    });
    match planned {
        Ok(plan) => {
            let done = Box::pin(carry_out(fleet, creation, plan, args)).await;
            done.map_err(|report| of_answers(&mut form, &fleet.around(), report))
        }
        Err(refusal) => Err(refuse(fleet, Try { act, refusal })),
    }
}

/// What a server refuses of the answers, told at these.
fn of_answers(form: &mut Form, around: &Around<'_>, report: Report) -> Report {
    let refused = report.downcast_ref::<Refused>();
    let said = refused.and_then(|Refused(message)| tell::refused(form, around, message));
    said.map_or(report, |said| Refused(said).into())
}

/// Refuses answers to what the form does not ask, and two to the same question by both of its names.
fn are_variables(form: &Form, args: &ClusterArgs) -> Result<(), WrongUsage> {
    let mut said: BTreeMap<&str, &str> = BTreeMap::new();
    for assignment in &args.assignments {
        let (name, _) = assigned(assignment)?;
        let Some(field) = form.meant(name) else {
            let own = |field: &Field| field.name.clone().unwrap_or_else(|| field.variable.clone());
            let names: Vec<String> = form.fields.iter().map(own).collect();
            return Err(WrongUsage(format!(
                "{name} is no variable of {}; it has {}",
                form.flavour.name,
                names.join(", ")
            )));
        };
        if let Some(other) = said.insert(&field.variable, name).filter(|other| *other != name) {
            return Err(WrongUsage(format!(
                "--set {other} and --set {name} are the same variable; say it once"
            )));
        }
    }
    Ok(())
}

/// Whether a namespace is known not to be there; where nobody may be asked, the dry run tells.
async fn is_missing(fleet: &Fleet, namespace: &str) -> bool {
    let there = fleet.client.has_namespace(&fleet.name, namespace).await;
    !namespace.is_empty() && there.is_ok_and(|there| !there)
}

/// Takes the console's drafts away of a Cluster that was created: nothing more can come of them.
async fn forget_drafts(creation: &Creation) {
    let Some(directory) = state_dir() else { return };
    let (cluster, flavour) = (creation.cluster.clone(), creation.flavour.clone());
    let forgetting = tokio::task::spawn_blocking(move || {
        fleetui_console::runtime::forget_created(&directory, &cluster, &flavour);
    });
    if let Err(error) = forgetting.await {
        tracing::warn!(%error, "drafts of what was created may still be there");
    }
}

/// One that was interrupted.
async fn stored(fleet: &mut Fleet, args: &ClusterArgs) -> color_eyre::Result<ExitCode> {
    let namespace = args
        .target_namespace
        .clone()
        .unwrap_or_else(|| fleet.namespace.clone());
    let key = cluster(fleet, &namespace, &args.name);
    let (deed, word) = if args.stored.resume {
        (CreateDeed::Resume, "resume")
    } else {
        (CreateDeed::CleanUp, "clean up")
    };
    let act = act(key.clone(), deed, args);
    fleet
        .writable()
        .map_err(|refusal| refuse(fleet, read_only(refusal, act.clone())))?;
    let Some(creation) = fleet.client.stored_creation(&key).await else {
        return Err(eyre!(
            "no creation of {key} was interrupted here, so there is nothing to {word}"
        ));
    };
    let creation = fleet.client.look_at_creation(creation).await;
    let creation = creation.map_err(|failure| failed(&failure))?;
    let around = fleet.around();
    let planned = match (args.stored.resume, &creation.state) {
        (true, CreationState::CleaningUp) => Err(Refusal::at(
            Step::Preflight,
            format!("{key} is being cleaned up: --clean-up goes on with that"),
        )),
        (true, CreationState::Created) => {
            let all = creation.items.len();
            forget_drafts(&creation).await;
            crate::cli::print::line(&format!("all {all} objects of {key} are there"));
            return Ok(ExitCode::SUCCESS);
        }
        (true, CreationState::Creating | CreationState::Stopped(_)) => {
            plan_creation(&around, &creation, true)
        }
        (false, _) if creation.counts().0 == 0 => {
            let forgotten = fleet.client.forget_creation(&creation).await;
            forgotten.map_err(|failure| failed(&failure))?;
            crate::cli::print::line(&format!("nothing of {key} is there; its creation is forgotten"));
            return Ok(ExitCode::SUCCESS);
        }
        (false, _) => clean_up(&around, &creation),
    };
    match planned {
        Ok(plan) if args.stored.resume => Box::pin(carry_out(fleet, creation, plan, args)).await,
        Ok(plan) => Box::pin(take_back(fleet, creation, plan, args)).await,
        Err(refusal) => Err(refuse(fleet, Try { act, refusal })),
    }
}

/// Has the server check a plan, shows it and has it confirmed; nothing where it was only to be looked at.
async fn confirmed(
    fleet: &Fleet,
    plan: &mut Plan,
    args: &ClusterArgs,
) -> color_eyre::Result<Option<(Judgement, Confirmed)>> {
    plan.act.reason.clone_from(&args.reason);
    let judgement = match fleet.client.act(plan.clone(), Mode::Preview).await {
        Ok(Answer::Judged(judgement)) => judgement,
        Ok(_) => return Err(eyre!("the answer was that to another question")),
        Err(failure) => return Err(failed(&failure)),
    };
    let arguments = args.act();
    let told = Told::new(plan, &judgement, arguments.output);
    tell::preview(plan, &told, args.output)?;
    if args.dry_run {
        tell::dry_run(&told, args.output)?;
        return Ok(None);
    }
    if let Some(said) = confirm::confirm(&plan.confirm, &arguments).await? {
        let confirmed = shown(plan, &judgement, &said, &arguments);
        return Ok(Some((judgement, confirmed)));
    }
    Err(not_confirmed(fleet, plan))
}

async fn carry_out(
    fleet: &mut Fleet,
    creation: Creation,
    mut plan: Plan,
    args: &ClusterArgs,
) -> color_eyre::Result<ExitCode> {
    let Some((judgement, confirmed)) = confirmed(fleet, &mut plan, args).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let key = creation.cluster.clone();
    let before = creation.clone();
    let creating = fleet.client.create(creation, plan.clone(), confirmed);
    let (done, known) = tell::while_creating(&fleet.client, (&key, before), creating).await;
    match done {
        Ok((id, warnings)) => {
            forget_drafts(&known).await;
            tell::whole(&known);
            let told = Told::new(&plan, &judgement, args.act().output);
            match args.output {
                Output::Text => told.end(Some((&id, &warnings)))?,
                Output::Json => {
                    let beside = Beside {
                        objects: Some(tell::outcomes(&known)),
                        ..Beside::default()
                    };
                    told.with(beside).end(Some((&id, &warnings)))?;
                }
                // The objects stand there already.
                Output::Yaml => crate::cli::tell(&format!("created {key}")),
            }
        }
        Err(interrupted) => {
            tell::interrupted(&known, &interrupted);
            return Err(failed(&interrupted.failure));
        }
    }
    if args.wait {
        let limit = Duration::from_secs(args.wait_timeout);
        return wait::until_available(fleet, &key, (limit, args.output)).await;
    }
    Ok(ExitCode::SUCCESS)
}

async fn take_back(
    fleet: &Fleet,
    creation: Creation,
    mut plan: Plan,
    args: &ClusterArgs,
) -> color_eyre::Result<ExitCode> {
    let Some((_, confirmed)) = confirmed(fleet, &mut plan, args).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let limit = Duration::from_secs(args.timeout.max(1));
    let key = creation.cluster.clone();
    match fleet
        .client
        .clean_up_creation(creation, (plan, confirmed), limit)
        .await
    {
        Ok(()) => {
            crate::cli::print::line(&format!("nothing is left of the creation of {key}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(interrupted) => Err(failed(&interrupted.failure)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use fleetui_base::ManagementCluster;
    use fleetui_fleet::FleetStore;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ClusterArgs,
    }

    /// The form of a class with what is said on the command line.
    fn form(words: &str) -> color_eyre::Result<Form> {
        let args = Line::try_parse_from(format!("create edge {words}").split_whitespace())?.args;
        let class = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass", "metadata": {"name": "quick", "namespace": "default"},
            "spec": {
                "workers": {"machineDeployments": [{"class": "default-worker"}, {"class": "gpu"}]},
                "variables": [{"name": "region", "required": true, "schema": {"openAPIV3Schema": {"type": "string"}}}],
            },
        });
        let flavour = of_class(&class).map_err(|why| eyre!(why))?;
        let form = Form::new(flavour, ManagementCluster::new("lab"), &args.known()?)?;
        are_variables(&form, &args)?;
        Ok(form)
    }

    #[test]
    fn variables_of_a_class_are_set_by_its_own_names_and_its_workers_sized() {
        for said in ["region=eu", "VARIABLE_REGION=eu"] {
            let words =
                format!("--set {said} --worker-machine-count md-0=2,md-1=1 --kubernetes-version v1.33.4");
            let objects = form(&words)
                .unwrap()
                .objects()
                .unwrap_or_else(|wrong| panic!("{wrong:?}"));
            let topology = &objects[0]["spec"]["topology"];
            assert_eq!(
                topology["variables"],
                json!([{"name": "region", "value": "eu"}]),
                "{said}"
            );
            let sets = &topology["workers"]["machineDeployments"];
            assert_eq!(
                (&sets[0]["replicas"], &sets[1]["replicas"]),
                (&json!(2), &json!(1))
            );
        }
        for (words, expected) in [
            ("--set Region=eu", "Region is no variable of class/quick; it has"),
            (
                "--set region=eu --set VARIABLE_REGION=us",
                "are the same variable; say it once",
            ),
        ] {
            let why = form(words).unwrap_err().to_string();
            assert!(why.contains(expected), "{why}");
        }
        let why = form("--set Region=eu").unwrap_err().to_string();
        assert!(why.ends_with(", region"), "by the name that people know: {why}");
    }

    #[test]
    fn what_the_server_refuses_of_a_variable_is_told_at_it() {
        let store = FleetStore::default();
        let around = Around {
            store: &store,
            now: "2026-08-21T12:00:00Z".parse().unwrap(),
        };
        let words = "--set region=eu --target-namespace edge --kubernetes-version v1.33.4 --worker-machine-count md-0=2";
        let mut form = form(words).unwrap();
        let said = |form: &mut Form, message: &str| {
            let report = of_answers(form, &around, Refused(message.to_owned()).into());
            assert!(report.downcast_ref::<Refused>().is_some());
            report.to_string()
        };
        let place = "spec.topology.variables[region].value: Invalid value: \"eu\": must be somewhere";
        let message = format!("Cluster \"edge\" is invalid: {place}");
        let told = said(&mut form, &message);
        let expected = "--set region=…: the server refuses it: Invalid value: \"eu\": must be somewhere";
        assert!(told.lines().any(|line| line == expected), "{told}");
        assert!(!told.contains("is invalid"), "{told}");
        let more = format!("Cluster \"edge\" is invalid: [spec.topology.version: wrong, {place}]");
        let told = said(&mut form, &more);
        assert!(
            told.lines().any(|line| line == expected) && told.ends_with(&more),
            "{told}"
        );
        let other = "Cluster \"edge\" is invalid: spec.topology.version: wrong";
        assert_eq!(said(&mut form, other), other);
    }
}
