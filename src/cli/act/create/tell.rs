//! What is told of a creation: what is wrong with the answers, what will be created, what became of each object.

use std::io;

use fleetui_base::{ObjectKey, Shown};
use fleetui_client::{FleetClient, Interrupted};
use fleetui_fleet::act::Plan;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::create::{Creation, Field, Form, Grade, ItemState, Remark};
use serde_json::{Value, json};

use super::Output;
use crate::cli::act::print::Told;
use crate::cli::tell as complain;

/// What stands in the way, as the questions are asked: what was answered wrongly first, then a list of what is missing.
pub(super) fn remarks(form: &Form, wrong: &[&Remark]) -> String {
    let at = |remark: &Remark| {
        let variable = remark.variable.as_deref()?;
        form.fields.iter().position(|field| field.variable == variable)
    };
    let mut wrong = wrong.to_vec();
    wrong.sort_by_key(|remark| at(remark));
    let missing = |remark: &Remark| {
        let field = form.field(remark.variable.as_deref()?)?;
        if !field.value().is_empty() {
            return None;
        }
        let (_, bounds) = remark.what.split_once(MISSING)?;
        let name = own_name(field);
        let meaning = field.meaning.trim_end_matches('.');
        let about = match (bounds.strip_prefix(": "), field.takes.as_deref()) {
            (Some(bounds), _) => bounds.to_owned(),
            (None, None) => meaning.to_owned(),
            (None, Some(takes)) if meaning.is_empty() => takes.to_owned(),
            (None, Some(takes)) => format!("{meaning} ({takes})"),
        };
        Some(match about.as_str() {
            "" => format!("  {name}"),
            about => format!("  {name}: {about}"),
        })
    };
    let given = wrong.iter().filter(|remark| missing(remark).is_none());
    let mut lines: Vec<String> = given.map(|remark| told(form, remark)).collect();
    let missing: Vec<String> = wrong.iter().filter_map(|remark| missing(remark)).collect();
    if !missing.is_empty() {
        lines.push(MISSING_HERE.to_owned());
        lines.extend(missing);
    }
    lines.join("\n")
}

/// What is said of an answer that is missing.
const MISSING: &str = "is required";
/// What stands above those.
const MISSING_HERE: &str = "missing (--set VARIABLE=VALUE, the environment, or --variables FILE):";

/// The name by which a variable is set: a class's own have names that it gives them.
fn own_name(field: &Field) -> &str {
    field.name.as_deref().unwrap_or(&field.variable)
}

fn told(form: &Form, remark: &Remark) -> String {
    match remark.variable.as_deref() {
        // What is called by its variable says that itself.
        Some(variable) if !remark.what.starts_with(variable) => {
            format!("{}: {}", named(form, variable), remark.what)
        }
        Some(_) | None => remark.what.clone(),
    }
}

/// A variable, with the flag that is for it where there is one that it is not named by elsewhere.
fn named(form: &Form, variable: &str) -> String {
    let of_class = form.field(variable).and_then(|field| field.name.as_deref());
    match (variable, of_class) {
        (_, Some(name)) => format!("--set {name}=…"),
        ("NAMESPACE", None) => "NAMESPACE (--target-namespace)".to_owned(),
        (variable, None) => variable.to_owned(),
    }
}

/// What a server refuses, at the answers that it is of, in the words of the form's questions; nothing where it is of none.
pub(super) fn refused(form: &mut Form, around: &Around<'_>, message: &str) -> Option<String> {
    if !form.hear_refusal(message) {
        return None;
    }
    let all = form.remarks(around);
    let wrong: Vec<&Remark> = all.iter().filter(|remark| remark.grade == Grade::Wrong).collect();
    let said = remarks(form, &wrong);
    Some(if form.is_refused_otherwise(message) {
        format!("{said}\n{message}")
    } else {
        said
    })
}

/// Before it is done: the objects in order, and what there is to be said of them.
pub(super) fn preview(plan: &Plan, told: &Told<'_>, output: Output) -> io::Result<()> {
    match output {
        Output::Text => {
            told.preview()?;
            for write in &plan.writes {
                crate::cli::print::line(&format!("  {} {}", write.verb.word(), write.target));
            }
            Ok(())
        }
        Output::Json => Ok(()),
        Output::Yaml => {
            for line in plan.preview.happens.iter().chain(&plan.preview.warnings) {
                complain(line);
            }
            Ok(())
        }
    }
}

/// That nothing was written.
pub(super) fn dry_run(told: &Told<'_>, output: Output) -> io::Result<()> {
    match output {
        Output::Text | Output::Json => told.end(None),
        Output::Yaml => {
            complain("dry run: nothing was written");
            Ok(())
        }
    }
}

/// Tells of each object as soon as something became of it; gives how the creation stood that was told last.
pub(super) async fn while_creating<T>(
    client: &FleetClient,
    (cluster, mut known): (&ObjectKey, Creation),
    creating: impl Future<Output = T>,
) -> (T, Creation) {
    let mut seen = 0;
    tokio::pin!(creating);
    loop {
        tokio::select! {
            done = &mut creating => return (done, known),
            (revision, creation) = client.creation_told(cluster, seen) => {
                seen = revision;
                if let Some(creation) = creation {
                    news(&known, &creation);
                    known = creation;
                }
            }
        }
    }
}

/// The objects of a creation that has come to its end well, each with its uid as far as that was told.
pub(super) fn outcomes(creation: &Creation) -> Value {
    let all = creation.items.iter().map(|item| {
        let uid = match &item.state {
            ItemState::Created(uid) => Some(uid.as_str()).filter(|uid| !uid.is_empty()),
            ItemState::Waiting | ItemState::Asked | ItemState::Failed(_) | ItemState::Gone => None,
        };
        let object = &item.target.object;
        json!({
            "kind": item.target.kind.kind, "namespace": object.namespace, "name": object.name, "state": "created", "uid": uid,
        })
    });
    all.collect()
}

fn news(before: &Creation, now: &Creation) {
    for (old, new) in before.items.iter().zip(&now.items) {
        let line = match &new.state {
            ItemState::Created(_) => format!("created {}", new.target),
            ItemState::Failed(why) => format!("{} was not created: {why}", new.target),
            ItemState::Waiting | ItemState::Asked | ItemState::Gone => continue,
        };
        if old.state != new.state {
            complain(&line);
        }
    }
}

/// All of it is there: what was not told yet is.
pub(super) fn whole(known: &Creation) {
    let mut all = known.clone();
    for item in &mut all.items {
        if !matches!(item.state, ItemState::Created(_)) {
            item.state = ItemState::Created("".into());
        }
    }
    news(known, &all);
}

/// How far it came, and what can be done now.
pub(super) fn interrupted(known: &Creation, interrupted: &Interrupted) {
    let creation = &interrupted.creation;
    news(known, creation);
    let (there, all) = creation.counts();
    let open = creation
        .items
        .iter()
        .filter(|item| item.state == ItemState::Asked)
        .map(|item| item.target.to_string());
    let open: Vec<String> = open.collect();
    if there == 0 && open.is_empty() {
        complain("nothing was created");
        return;
    }
    let mut line = format!("{there} of {all} objects are there");
    if !open.is_empty() {
        line.push_str("; of ");
        line.push_str(&open.join(", "));
        line.push_str(" it is not known");
    }
    let name = Shown::line(&creation.cluster.object.name);
    complain(&format!(
        "{line}: fleetui create cluster {name} --resume goes on, --clean-up takes them back"
    ));
}

#[cfg(test)]
mod tests {
    use fleetui_base::ManagementCluster;
    use fleetui_fleet::FleetStore;
    use fleetui_fleet::act::plan::Around;
    use fleetui_fleet::create::{Flavour, Variables};

    use super::*;

    #[test]
    fn what_is_wrong_is_told_once_and_by_its_variable_or_flag() {
        let flavour = Flavour::template("t.yaml", "a: ${AWS_REGION}\nb: ${KUBERNETES_VERSION}\n");
        let mut form = Form::new(flavour, ManagementCluster::new("lab"), &Variables::default()).unwrap();
        form.answer("CLUSTER_NAME", "x");
        form.answer("NAMESPACE", "nope");
        let store = FleetStore::default();
        let around = Around {
            store: &store,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let mut found = form.remarks(&around);
        found.push(form.without_namespace());
        let wrong: Vec<&Remark> = found.iter().collect();
        assert_eq!(
            remarks(&form, &wrong),
            "NAMESPACE (--target-namespace): there is no namespace nope in lab; take one that is there, or have it made first: kubectl create namespace nope\n\
             missing (--set VARIABLE=VALUE, the environment, or --variables FILE):\n\
             \u{20} KUBERNETES_VERSION: the Kubernetes version of all machines, such as v1.33.4 (--kubernetes-version)\n\
             \u{20} AWS_REGION: the region of AWS, such as eu-central-1"
        );
    }
}
