//! Every template of upstream is a form: its variables are found with their defaults, and its text comes out as clusterctl's rules
//! have it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fleetui_base::ManagementCluster;
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::create::{Creation, Flavour, Form, Variables, not_created, plan_creation};
use jiff::Timestamp;

use crate::eras::upstream::{data, files};

fn templates() -> Vec<PathBuf> {
    let Some(data) = data() else { return Vec::new() };
    let folders = ["aws", "byoh", "v1beta1", "v1beta2"];
    folders
        .into_iter()
        .flat_map(|folder| files(&data.join("templates").join(folder)))
        .collect()
}

/// The variables of a text with their first defaults, found by its braces alone. No template of upstream has more than names and
/// defaults in them.
fn variables(text: &str) -> BTreeMap<String, Option<String>> {
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    for part in text.split("${").skip(1) {
        let (inside, _) = part.split_once('}').unwrap();
        let default = inside.split_once(":=").or_else(|| inside.split_once(":-"));
        let (name, default) = default.map_or((inside, None), |(name, default)| (name, Some(default)));
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(is_name, "{inside}");
        let known = found.entry(name.trim().to_owned()).or_default();
        if known.is_none() {
            *known = default.map(str::to_owned);
        }
    }
    found
}

fn value(name: &str) -> &'static str {
    match name {
        "CLUSTER_NAME" => "edge",
        "NAMESPACE" => "team-a",
        "KUBERNETES_VERSION" => "v1.33.4",
        "CONTROL_PLANE_MACHINE_COUNT" | "WORKER_MACHINE_COUNT" => "3",
        "CONTROL_PLANE_ENDPOINT_IP" => "192.0.2.7",
        _ => "said",
    }
}

/// What clusterctl would write: values in the place of variables, else their defaults.
fn expected(text: &str, answered: &dyn Fn(&str) -> Option<String>) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let (inside, after) = behind.split_once('}').unwrap();
        let default = inside.split_once(":=").or_else(|| inside.split_once(":-"));
        let (name, default) = default.map_or((inside, ""), |(name, default)| (name, default));
        written.push_str(before);
        written.push_str(&answered(name).unwrap_or_else(|| default.to_owned()));
        rest = after;
    }
    written + rest
}

fn form(path: &std::path::Path, text: &str) -> Form {
    let name = path.file_name().unwrap().to_string_lossy();
    let flavour = Flavour::template(&name, text);
    Form::new(flavour, ManagementCluster::new("here"), &Variables::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_template_of_upstream_is_a_form_of_its_variables() {
    let mut meant = 0;
    for path in templates() {
        let text = std::fs::read_to_string(&path).unwrap();
        let found = variables(&text);
        let form = form(&path, &text);
        for (name, default) in &found {
            let field = form
                .field(name)
                .unwrap_or_else(|| panic!("{}: {name} is not asked", path.display()));
            // What the template has for a default holds, written as a person writes it.
            if let Some(default) = default {
                let plain = default.trim_matches(['[', ']', '"']);
                assert_eq!(
                    field.default.as_deref(),
                    Some(plain),
                    "{}: {name}",
                    path.display()
                );
            }
            meant += usize::from(!field.meaning.is_empty());
            assert!(
                !field.meaning.is_empty(),
                "{}: {name} has no meaning",
                path.display()
            );
        }
        let asked = form
            .fields
            .iter()
            .filter(|field| !found.contains_key(&field.variable));
        let asked: Vec<&str> = asked.map(|field| field.variable.as_str()).collect();
        assert!(
            asked
                .iter()
                .all(|name| ["NAMESPACE", "CLUSTER_NAME"].contains(name)),
            "{}: {asked:?}",
            path.display()
        );
    }
    assert!(templates().is_empty() || meant > 50, "{meant}");
}

#[test]
fn every_template_of_upstream_comes_out_as_clusterctls_rules_have_it() {
    for path in templates() {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut form = form(&path, &text);
        let required: Vec<String> = form
            .fields
            .iter()
            .filter(|field| field.default.is_none() || value(&field.variable) != "said")
            .map(|field| field.variable.clone())
            .collect();
        for name in &required {
            form.answer(name, value(name));
        }
        let answered = |name: &str| {
            required
                .iter()
                .any(|known| known == name)
                .then(|| value(name).to_owned())
        };
        let written = form
            .text()
            .unwrap_or_else(|remarks| panic!("{}: {remarks:?}", path.display()));
        assert_eq!(written, expected(&text, &answered), "{}", path.display());
        // Where there is one Cluster of that name in it, its objects can be created.
        let clusters = written.matches("\nkind: Cluster\n").count()
            + usize::from(written.starts_with("kind: Cluster\n"));
        let is_named = text.contains("name: ${CLUSTER_NAME}") || text.contains("name: \"${CLUSTER_NAME}\"");
        if clusters == 1 && is_named {
            let objects = form
                .objects()
                .unwrap_or_else(|remarks| panic!("{}: {remarks:?}", path.display()));
            // A topology is all that there is of some.
            assert!(!objects.is_empty(), "{}", path.display());
        }
    }
}

/// A template brings all that it refers to, but for the class of which others are and the identity that its provider makes.
#[test]
fn every_template_of_upstream_brings_what_it_refers_to() {
    let mut looked_at = 0;
    for path in templates() {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut form = form(&path, &text);
        let open: Vec<String> = form.fields.iter().map(|field| field.variable.clone()).collect();
        for variable in open {
            form.answer(&variable, value(&variable));
        }
        let Ok(objects) = form.objects() else {
            println!("{}: makes no objects of these answers", path.display());
            continue;
        };
        let creation = Creation::new(&form, objects, ("id", "https://here"), Timestamp::UNIX_EPOCH);
        let store = FleetStore::default();
        let now = Timestamp::UNIX_EPOCH;
        let Ok(plan) = plan_creation(&Around { store: &store, now }, &creation, false) else {
            println!("{}: is not created here", path.display());
            continue;
        };
        looked_at += 1;
        let lacking: Vec<String> = not_created(&plan.writes)
            .iter()
            .map(|wanted| format!("{} {}", wanted.target.kind.kind, wanted.field))
            .filter(|wanted| !wanted.starts_with("ClusterClass ") && !wanted.ends_with("identityRef"))
            .collect();
        assert_eq!(lacking, Vec::<String>::new(), "{}", path.display());
    }
    assert!(templates().is_empty() || looked_at > 5, "{looked_at}");
}
