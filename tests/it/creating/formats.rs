//! Formats of a ClusterClass's variables: what the form says of a text, the server's validation of schemas says of it.

use std::collections::BTreeSet;

use fleetui_base::ManagementCluster;
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::create::{Form, Variables, of_class};
use kube::api::{PostParams, Request};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::embedded::Embedded;

/// Formats that upstream checks, and one that nobody knows; with a text that has it.
const FORMATS: [(&str, &str); 14] = [
    ("ipv4", "192.0.2.7"),
    ("ipv6", "2001:db8::7"),
    ("cidr", "10.96.0.0/16"),
    ("uri", "https://a.example/b?c=%20"),
    ("date-time", "2026-08-21T12:00:00Z"),
    ("date", "2026-08-21"),
    ("duration", "1h30m"),
    ("email", "a@b.example"),
    ("hostname", "node-1.example"),
    ("uuid", "123e4567-e89b-42d3-a456-426614174000"),
    ("mac", "02:00:00:00:00:01"),
    ("hexcolor", "#a0b1c2"),
    ("byte", "aGk="),
    ("nobody-knows", "-"),
];
/// So many texts are held against every format.
const TEXTS: usize = 150;

/// Texts: some at random, most nearly those that have a format.
fn texts() -> impl Strategy<Value = String> {
    let sample = proptest::sample::select(FORMATS.map(|(_, good)| good).to_vec());
    let bent =
        (sample.clone(), any::<proptest::sample::Index>(), "[ -~é]{0,2}").prop_map(|(good, at, other)| {
            let at = at.index(good.len());
            let (before, after) = good.split_at(at);
            format!("{before}{other}{}", after.get(1..).unwrap_or_default())
        });
    prop_oneof![2 => sample.prop_map(str::to_owned), 6 => bent, 3 => "[!-~]([ -~é]{0,20}[!-~])?"]
        // An answer is without the blanks around it.
        .prop_filter("an answer", |text| !text.is_empty() && text.trim() == text)
}

fn name(index: usize) -> String {
    format!("f{index}")
}

/// One property for each format.
fn properties() -> Map<String, Value> {
    let all = FORMATS.iter().enumerate();
    all.map(|(index, (format, _))| (name(index), json!({"type": "string", "format": format})))
        .collect()
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "answers.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "answers", "singular": "answer", "kind": "Answer", "listKind": "AnswerList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {"spec": {"type": "object", "properties": properties()}},
                }},
            }],
        },
    })
}

/// The form of a class with a variable for each format.
fn form() -> Form {
    let variables: Vec<Value> = properties()
        .into_iter()
        .map(|(name, schema)| json!({"name": name, "required": false, "schema": {"openAPIV3Schema": schema}}))
        .collect();
    let class = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass", "metadata": {"name": "quick", "namespace": "default"},
        "spec": {"workers": {"machineDeployments": [{"class": "default-worker"}]}, "variables": variables},
    });
    let flavour = of_class(&class).unwrap();
    Form::new(flavour, ManagementCluster::new("here"), &Variables::default()).unwrap()
}

/// The formats that a form says the text has not.
fn of_form(text: &str) -> BTreeSet<usize> {
    let mut form = form();
    for index in 0..FORMATS.len() {
        let variable = form.meant(&name(index)).unwrap().variable.clone();
        form.answer(&variable, text);
    }
    let store = FleetStore::default();
    let around = Around {
        store: &store,
        now: "2026-08-21T12:00:00Z".parse().unwrap(),
    };
    let remarks = form.remarks(&around);
    let refused = |index: &usize| {
        let variable = &form.meant(&name(*index)).unwrap().variable;
        remarks
            .iter()
            .any(|remark| remark.variable.as_ref() == Some(variable))
    };
    (0..FORMATS.len()).filter(refused).collect()
}

/// The formats that the server says it has not.
async fn of_server(server: &Embedded, text: &str) -> BTreeSet<usize> {
    let spec: Map<String, Value> = (0..FORMATS.len())
        .map(|index| (name(index), text.into()))
        .collect();
    let object = json!({
        "apiVersion": "example.com/v1", "kind": "Answer", "metadata": {"name": "a", "namespace": "default"}, "spec": spec,
    });
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let path = "/apis/example.com/v1/namespaces/default/answers";
    let request = Request::new(path).create(&dry_run, serde_json::to_vec(&object).unwrap());
    let status = match server.client().request::<Value>(request.unwrap()).await {
        Ok(_) => return BTreeSet::new(),
        Err(kube::Error::Api(status)) => status,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(status.reason, "Invalid", "{status:?}");
    let causes = status.details.unwrap().causes;
    let at = |field: &str| field.strip_prefix("spec.f").unwrap().parse().unwrap();
    causes.iter().map(|cause| at(&cause.field)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_refuses_of_formats_what_the_server_refuses() {
    let server = Embedded::as_served().await;
    server.define(&definition()).await;
    let mut runner = TestRunner::deterministic();
    let samples = FORMATS.map(|(_, good)| good.to_owned());
    let random: Vec<String> = (0..TEXTS)
        .map(|_| texts().new_tree(&mut runner).unwrap().current())
        .collect();
    let (mut refused, mut accepted) = (BTreeSet::new(), BTreeSet::new());
    for text in samples.iter().chain(&random) {
        let said = of_form(text);
        assert_eq!(said, of_server(&server, text).await, "{text:?}");
        accepted.extend((0..FORMATS.len()).filter(|index| !said.contains(index)));
        refused.extend(said);
    }
    assert_eq!(accepted.len(), FORMATS.len(), "each has a text");
    assert_eq!(
        refused,
        (0..FORMATS.len() - 1).collect(),
        "each but the last refuses some"
    );
    server.stop().await;
}
