//! Tables of the ClusterClass's plan.

use fleetui_api::conditions::Condition;
use fleetui_api::v1beta2::ClusterClass;
use serde_json::{Value, json};

use super::plan::{Observed, plan};
use super::references::{self, Outdated};
use super::variables;
use crate::change::Outcome;
use crate::samples::{self, object};

fn reference(kind: &str, name: &str) -> Value {
    json!({"templateRef": {"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": kind, "name": name}})
}

/// A class with variables, and whatever `more` says.
fn world(variables: &Value, more: &Value) -> Observed {
    let mut whole = json!({"spec": {
        "infrastructure": reference("DevClusterTemplate", "infra"),
        "controlPlane": reference("KubeadmControlPlaneTemplate", "plane"),
        "variables": variables
    }});
    json_patch::merge(&mut whole, more);
    Observed {
        class: object("quick", &whole),
        outdated: Some(Vec::new()),
        now: samples::now(),
    }
}

fn told(outcome: &Outcome<ClusterClass>, kind: &str) -> Option<(String, String, String)> {
    let told: &Condition = outcome.object.condition(kind)?;
    Some((
        told.status.as_str().to_owned(),
        told.reason.to_string(),
        told.message.clone(),
    ))
}

fn is_told(outcome: &Outcome<ClusterClass>, kind: &str, [status, reason, message]: [&str; 3]) {
    let expected = (status.to_owned(), reason.to_owned(), message.to_owned());
    assert_eq!(told(outcome, kind), Some(expected), "{kind}");
}

fn variable(name: &str, schema: &Value) -> Value {
    json!({"name": name, "required": true, "schema": {"openAPIV3Schema": schema}})
}

#[test]
fn a_good_class_tells_its_variables_and_that_all_is_well() {
    let text = json!({"type": "string", "default": "a"});
    let world = world(
        &json!([
            variable("zone", &text),
            variable("count", &json!({"type": "integer"}))
        ]),
        &json!({}),
    );
    let outcome = plan(&world);
    is_told(
        &outcome,
        "TopologyReconciled",
        ["False", "TopologyNotSupported", super::plan::NO_TOPOLOGIES],
    );
    is_told(&outcome, "Paused", ["False", "NotPaused", ""]);
    is_told(&outcome, "VariablesReady", ["True", "VariablesReady", ""]);
    is_told(
        &outcome,
        "RefVersionsUpToDate",
        ["True", "RefVersionsUpToDate", ""],
    );
    let status = serde_json::to_value(&outcome.object.status).expect("JSON");
    assert_eq!(status["observedGeneration"], 1);
    let names: Vec<&Value> = status["variables"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["count", "zone"]);
    assert_eq!(
        status["variables"][1],
        json!({"name": "zone", "definitionsConflict": false, "definitions": [
            {"from": "inline", "required": true, "schema": {"openAPIV3Schema": text}}
        ]})
    );
    let old = &status["deprecated"]["v1beta1"]["conditions"];
    let kinds: Vec<&Value> = old
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["type"])
        .collect();
    assert!(
        kinds.contains(&&json!("VariablesReconciled")) && kinds.contains(&&json!("RefVersionsUpToDate")),
        "{kinds:?}"
    );
}

#[test]
fn schemas_that_cannot_be_understood_are_told_and_leave_the_variables_of_before() {
    let known = json!({"status": {"variables": [{"name": "old", "definitions": [
        {"from": "inline", "required": false, "schema": {"openAPIV3Schema": {"type": "string"}}}
    ]}]}});
    for (schema, expected) in [
        (json!({}), "variable v: a schema needs a type"),
        (json!({"type": "text"}), "variable v: \"text\" is no type"),
        (
            json!({"type": "object", "properties": {"mtu": {"type": "integer", "minimum": "low"}}}),
            "variable v.mtu: invalid type",
        ),
        (
            json!({"type": "object", "properties": ["mtu"]}),
            "variable v: properties is no map of schemas",
        ),
        (
            json!({"type": "array", "items": {"maxLength": 3}}),
            "variable v.items: a schema needs a type",
        ),
        (
            json!({"type": "string", "anyOf": {"maxLength": 3}}),
            "variable v: anyOf is no list of schemas",
        ),
    ] {
        let outcome = plan(&world(&json!([variable("v", &schema)]), &known));
        let (status, reason, message) = told(&outcome, "VariablesReady").expect("told");
        assert_eq!(
            (status.as_str(), reason.as_str()),
            ("False", "VariableDiscoveryFailed")
        );
        let start = format!("VariableDiscovery failed: {expected}");
        assert!(message.starts_with(&start), "{message} for {schema}");
        assert_eq!(outcome.object.status.variables[0].name, "old");
        assert_eq!(outcome.object.status.observed_generation, None);
        is_told(
            &outcome,
            "RefVersionsUpToDate",
            ["True", "RefVersionsUpToDate", ""],
        );
    }
}

#[test]
fn schemas_that_only_narrow_others_down_need_no_type() {
    for schema in [
        json!({"x-kubernetes-int-or-string": true}),
        json!({"x-kubernetes-preserve-unknown-fields": true}),
        json!({"type": "string", "oneOf": [{"maxLength": 3}, {"pattern": "^a"}], "not": {"enum": ["b"]}}),
        json!({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "number"}}}),
    ] {
        let world = world(&json!([variable("v", &schema)]), &json!({}));
        assert_eq!(
            variables::faults(&world.class.spec),
            Vec::<String>::new(),
            "{schema}"
        );
    }
    let mut deep = json!({"type": "string"});
    for _ in 0..100 {
        deep = json!({"type": "array", "items": deep});
    }
    let world = world(&json!([variable("v", &deep)]), &json!({}));
    let faults = variables::faults(&world.class.spec);
    assert!(
        faults.len() == 1 && faults[0].ends_with("the schema is nested too deeply"),
        "{faults:?}"
    );
}

#[test]
fn variables_that_only_an_extension_knows_are_not_known() {
    let patches = json!({"spec": {"patches": [
        {"name": "lb", "external": {"discoverVariablesExtension": "discover.lb"}}
    ]}});
    let outcome = plan(&world(&json!([]), &patches));
    is_told(
        &outcome,
        "VariablesReady",
        [
            "False",
            "VariableDiscoveryFailed",
            "VariableDiscovery failed: failed to call DiscoverVariables for patch lb: this controller calls no runtime extensions, \
             and so not discover.lb",
        ],
    );
}

#[test]
fn references_are_up_to_date_or_outdated_or_it_cannot_be_told() {
    let mut world = world(&json!([]), &json!({}));
    let outdated = |kind: &str, name: &str| Outdated {
        kind: kind.to_owned(),
        name: name.to_owned(),
        current: "v1beta1".to_owned(),
        latest: "v1beta2".to_owned(),
    };
    world.outdated = Some(vec![
        outdated("DevClusterTemplate", "infra"),
        outdated("KubeadmControlPlaneTemplate", "plane"),
    ]);
    let outcome = plan(&world);
    is_told(
        &outcome,
        "RefVersionsUpToDate",
        [
            "False",
            "RefVersionsNotUpToDate",
            "The following templateRefs are not using the latest apiVersion:\n\
             * DevClusterTemplate infra: current: v1beta1, latest: v1beta2\n\
             * KubeadmControlPlaneTemplate plane: current: v1beta1, latest: v1beta2",
        ],
    );
    assert_eq!(
        outcome.object.status.observed_generation,
        Some(1),
        "it is known all the same"
    );
    world.outdated = None;
    let outcome = plan(&world);
    is_told(
        &outcome,
        "RefVersionsUpToDate",
        [
            "Unknown",
            "InternalError",
            "Please check controller logs for errors",
        ],
    );
    assert_eq!(outcome.object.status.observed_generation, None);
}

#[test]
fn a_paused_class_says_so_and_nothing_else() {
    let paused = json!({"metadata": {"annotations": {"cluster.x-k8s.io/paused": ""}}});
    let outcome = plan(&world(&json!([]), &paused));
    is_told(
        &outcome,
        "Paused",
        [
            "True",
            "Paused",
            "ClusterClass has the cluster.x-k8s.io/paused annotation",
        ],
    );
    assert_eq!(outcome.object.status.conditions.len(), 1);
}

#[test]
fn each_template_is_looked_at_once() {
    let workers = json!({"spec": {"workers": {"machineDeployments": [
        {"class": "small", "bootstrap": reference("KubeadmConfigTemplate", "boot"), "infrastructure": reference("DevMachineTemplate", "small")},
        {"class": "large", "bootstrap": reference("KubeadmConfigTemplate", "boot"), "infrastructure": reference("DevMachineTemplate", "large")}
    ], "machinePools": [
        {"class": "pool", "bootstrap": reference("KubeadmConfigTemplate", "boot"), "infrastructure": reference("DevMachinePoolTemplate", "pool")}
    ]}}});
    let world = world(&json!([]), &workers);
    let names: Vec<&str> = references::all(&world.class.spec)
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["infra", "plane", "boot", "small", "large", "pool"]);
}
