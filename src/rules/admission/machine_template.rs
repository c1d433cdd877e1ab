//! MachineSet and MachineDeployment: whatever makes machines from a template.

use serde_json::{Value, json};

use fleetui_api::labels::{CLUSTER_NAME, DEPLOYMENT_NAME, SET_NAME};

use super::field::{self, defined, label_with_cluster, list, map_mut, set_missing, text, with_leading_v};
use super::labels::{check_metadata, subdomain_faults, value_faults};
use super::machine::{check_bootstrap, check_cluster_name, check_skipped_preflight_checks, check_version};
use super::selector::Selector;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, machine, replicas, taints};

/// The order in which a set deletes machines, where nothing else is said.
pub const DELETION_ORDER: &str = "Random";

pub(super) fn default_deployment(
    write: &Write,
    object: &mut Value,
    _: &dyn Lookup,
) -> Result<(), Vec<Violation>> {
    label_with_cluster(object);
    replicas::default(object, write.old)?;
    set_missing(
        object,
        &["spec", "rollout", "strategy"],
        "type",
        json!("RollingUpdate"),
    );
    if text(object, "/spec/rollout/strategy/type") == "RollingUpdate" {
        let bounds = &["spec", "rollout", "strategy", "rollingUpdate"];
        set_missing(object, bounds, "maxSurge", json!(1));
        set_missing(object, bounds, "maxUnavailable", json!(0));
    }
    default_selector(object, DEPLOYMENT_NAME);
    with_leading_v(object, "/spec/template/spec/version");
    Ok(())
}

pub(super) fn default_set(write: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    label_with_cluster(object);
    replicas::default(object, write.old)?;
    set_missing(object, &["spec", "deletion"], "order", json!(DELETION_ORDER));
    default_selector(object, SET_NAME);
    with_leading_v(object, "/spec/template/spec/version");
    machine::default_node_deletion(object, &["spec", "template", "spec", "deletion"]);
    Ok(())
}

/// An owner without a selector gets one by its own name; every one selects within its cluster.
fn default_selector(object: &mut Value, label: &str) {
    let none = defined(object, "/spec/selector/matchLabels").is_none()
        && defined(object, "/spec/selector/matchExpressions").is_none();
    let own = none.then(|| crate::names::label_value(field::name(object)));
    let cluster = text(object, "/spec/clusterName").to_owned();
    for path in [
        &["spec", "selector", "matchLabels"][..],
        &["spec", "template", "metadata", "labels"],
    ] {
        if let Some(labels) = map_mut(object, path) {
            if let Some(own) = &own {
                labels.insert(label.to_owned(), json!(own));
            }
            labels.insert(CLUSTER_NAME.to_owned(), json!(cluster));
        }
    }
}

pub(super) fn validate_deployment(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    let name = field::name(object);
    for fault in value_faults(name) {
        verdict.add(Violation::invalid_text(
            "metadata.name",
            name,
            &format!("must be a valid label value: {fault}"),
        ));
    }
    check_template(write, verdict);
    replicas::check_bounds(
        object.pointer("/spec/rollout/strategy/rollingUpdate"),
        "spec.rollout.strategy",
        &mut verdict.violations,
    );
    replicas::check_number_or_percentage(
        object.pointer("/spec/remediation/maxInFlight"),
        "spec.remediation.maxInFlight",
        &mut verdict.violations,
    );
    check_naming(
        object,
        "spec.machineNaming",
        ("machineSet", "machineset"),
        verdict,
    );
}

pub(super) fn validate_set(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    check_template(write, verdict);
    check_naming(
        write.object,
        "spec.machineNaming",
        ("machineSet", "machineset"),
        verdict,
    );
}

/// What both have: bootstrap, selector, cluster, version, taints and metadata.
fn check_template(write: &Write, verdict: &mut Verdict) {
    let object = write.object;
    check_bootstrap(object, "spec.template.spec", verdict);
    let selector = object.pointer("/spec/selector").unwrap_or(&Value::Null);
    match Selector::read(selector) {
        Err(why) => verdict.add(Violation::invalid("spec.selector", selector, &why)),
        Ok(read) if !read.matches(object.pointer("/spec/template/metadata/labels")) => {
            verdict.add(Violation::forbidden(
                "spec.template.metadata.labels",
                &format!("must match spec.selector {:?}", read.text()),
            ));
        }
        Ok(_) => {}
    }
    check_skipped_preflight_checks(object, verdict);
    check_cluster_name(write, verdict);
    check_same_cluster(object, verdict);
    check_version(object, "spec.template.spec.version", verdict);
    taints::check(
        list(object, "/spec/template/spec/taints"),
        "spec.template.spec.taints",
        true,
        &mut verdict.violations,
    );
    check_metadata(
        object.pointer("/spec/template/metadata"),
        "spec.template.metadata",
        &mut verdict.violations,
    );
}

/// The template is of the same cluster as its owner.
pub(super) fn check_same_cluster(object: &Value, verdict: &mut Verdict) {
    let cluster = text(object, "/spec/clusterName");
    if cluster != text(object, "/spec/template/spec/clusterName") {
        verdict.add(Violation::invalid_text(
            "spec.clusterName",
            cluster,
            "spec.clusterName and spec.template.spec.clusterName must be set to the same value",
        ));
    }
}

/// The template for machines' names at `path` must have a random part and make names. `owner` is what the template calls
/// the owner, and a name for it.
pub(super) fn check_naming(object: &Value, path: &str, owner: (&str, &str), verdict: &mut Verdict) {
    let path = format!("{path}.template");
    let template = text(object, &format!("/{}", path.replace('.', "/")));
    if template.is_empty() {
        return;
    }
    let mut refuse = |why: &str| verdict.add(Violation::invalid_text(&path, template, why));
    if !template.contains("{{ .random }}") {
        refuse("invalid template, {{ .random }} is missing");
    }
    let owner_name = format!(".{}.name", owner.0);
    let known = [
        (".cluster.name", "cluster"),
        (owner_name.as_str(), owner.1),
        (".random", "abcde"),
    ];
    match render(template, &known) {
        Err(why) => refuse(&format!("invalid template: {why}")),
        Ok(name) => {
            for fault in subdomain_faults(&name) {
                refuse(&format!(
                    "invalid template, generated names would not be valid Kubernetes object names: {fault}"
                ));
            }
        }
    }
}

/// Fills the fields `{{ … }}` of a template for names.
pub(super) fn render(template: &str, known: &[(&str, &str)]) -> Result<String, String> {
    let mut name = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        name.push_str(before);
        let (field, after) = behind.split_once("}}").ok_or("a {{ has no }}")?;
        let field = field.trim_matches(|c: char| c.is_whitespace() || c == '-');
        let (_, value) = known
            .iter()
            .find(|(known, _)| *known == field)
            .ok_or_else(|| format!("{field:?} is not known here"))?;
        name.push_str(value);
        rest = after;
    }
    name.push_str(rest);
    Ok(name)
}
