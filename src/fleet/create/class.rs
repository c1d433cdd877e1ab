//! A ClusterClass as a template: a Cluster of that class, whose variables are questions as their schemas say.
//!
//! Source: Cluster API's topology, v1beta2: `spec.topology.classRef`, `variables[].schema.openAPIV3Schema`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::flavour::{Flavour, Sort};
use super::form::UNSET;
use super::meanings::meaning;
use super::render::is_cluster;
use super::sets::{self, MadeBy, WorkerSet};
use super::variable_rule::{VariableRule, takes_hosts};

/// What the names of variables begin with in the template, so that none is taken for one of clusterctl's.
const PREFIX: &str = "VARIABLE_";

/// Whether an object is a Cluster that a topology makes.
pub(super) fn has_topology(object: &Value) -> bool {
    is_cluster(object)
        && object
            .pointer("/spec/topology")
            .is_some_and(|topology| !topology.is_null())
}

/// The template of a class.
///
/// # Errors
/// Why there is none.
pub fn of_class(class: &Value) -> Result<Flavour, String> {
    let text = |pointer: &str| class.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, namespace) = (text("/metadata/name"), text("/metadata/namespace"));
    if text("/apiVersion") != "cluster.x-k8s.io/v1beta2" {
        return Err(format!(
            "ClusterClass {name} is read as {}, and only v1beta2 is understood",
            text("/apiVersion")
        ));
    }
    let mut rules = BTreeMap::new();
    let mut body = format!(
        "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: \"${{CLUSTER_NAME}}\"\n  namespace: \"${{NAMESPACE}}\"\nspec:\n  clusterNetwork:\n    pods:\n      cidrBlocks: ${{POD_CIDR:=[\"192.168.0.0/16\"]}}\n    services:\n      cidrBlocks: ${{SERVICE_CIDR:=[\"10.128.0.0/12\"]}}\n  topology:\n    classRef:\n      name: {name:?}\n      namespace: {namespace:?}\n    version: \"${{KUBERNETES_VERSION}}\"\n    controlPlane:\n      replicas: ${{CONTROL_PLANE_MACHINE_COUNT}}\n"
    );
    let workers = sets::of_class(class);
    write_workers(&workers, &mut body);
    rules.extend(versions(class).map(|rule| ("KUBERNETES_VERSION".to_owned(), rule)));
    let variables = class.pointer("/spec/variables").and_then(Value::as_array);
    let mut first = true;
    for variable in variables.into_iter().flatten() {
        let Some(rule) = VariableRule::of(class, variable) else {
            continue;
        };
        if std::mem::take(&mut first) {
            body.push_str("    variables:\n");
        }
        let mut key = format!("{PREFIX}{}", shouted(&rule.name));
        while rules.contains_key(&key) {
            // `etcdSize` and `etcd-size` are two.
            key.push('_');
        }
        let default = variable.pointer("/schema/openAPIV3Schema/default");
        let default = match default {
            Some(default) => Some(in_default(&rule, default)),
            None => rule.optional.then(|| UNSET.to_owned()),
        };
        let default = default.map_or_else(String::new, |default| format!(":={default}"));
        let quote = if rule.kind == "string" && !default.ends_with(UNSET) {
            "\""
        } else {
            ""
        };
        // Nobody sees an error of writing to a String.
        let _ = writeln!(
            body,
            "    - name: {:?}\n      value: {quote}${{{key}{default}}}{quote}",
            rule.name
        );
        rules.insert(key, rule);
    }
    Ok(Flavour {
        name: format!("class/{name}"),
        sort: Sort::Class,
        text: body,
        rules,
        classes: BTreeMap::new(),
        workers,
        takes_hosts: takes_hosts(class),
    })
}

/// The versions that clusters of a class may have, where it says which.
fn versions(class: &Value) -> Option<VariableRule> {
    let all = class.pointer("/spec/kubernetesVersions")?.as_array()?;
    Some(VariableRule {
        name: "version".to_owned(),
        kind: "string".to_owned(),
        choices: all.clone(),
        meaning: meaning("KUBERNETES_VERSION").unwrap_or_default().to_owned(),
        ..VariableRule::default()
    })
}

/// One set of workers for each class of them; how many each has, the answer says.
fn write_workers(sets: &[WorkerSet], body: &mut String) {
    if !sets.is_empty() {
        body.push_str("    workers:\n");
    }
    let mut count = "${WORKER_MACHINE_COUNT}";
    for made_by in MadeBy::ALL {
        let mut own = sets.iter().filter(|set| set.made_by == made_by).peekable();
        if own.peek().is_some() {
            let _ = writeln!(body, "      {}:", made_by.field());
        }
        for set in own {
            let _ = writeln!(
                body,
                "      - class: {:?}\n        name: {:?}\n        replicas: {count}",
                set.class, set.name
            );
            count = "0";
        }
    }
}

/// A name as a variable of a template: `controlPlaneIp` is `CONTROL_PLANE_IP`.
fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    let mut before = ' ';
    for character in name.chars() {
        if character.is_uppercase() && before.is_lowercase() {
            shouted.push('_');
        }
        let plain = character.is_ascii_alphanumeric();
        shouted.push(if plain {
            character.to_ascii_uppercase()
        } else {
            '_'
        });
        before = character;
    }
    shouted
}

/// A default as it stands in the braces of a template.
fn in_default(rule: &VariableRule, default: &Value) -> String {
    let text = match default {
        Value::String(text) if rule.kind == "string" => text.clone(),
        other => other.to_string(),
    };
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '}' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The address of the control plane that a Cluster gives its class by a variable.
pub(super) fn endpoint(flavour: &Flavour, cluster: &Value) -> Option<String> {
    let variables = cluster.pointer("/spec/topology/variables")?.as_array()?;
    flavour.rules.values().find_map(|rule| {
        let mut named = variables
            .iter()
            .filter(|variable| variable.get("name").and_then(Value::as_str) == Some(rule.name.as_str()));
        rule.endpoint_in(named.next()?.get("value")?)
    })
}

/// Leaves out variables of a topology that nobody gave a value.
pub(super) fn without_unset(object: &mut Value) {
    let variables = object
        .pointer_mut("/spec/topology/variables")
        .and_then(Value::as_array_mut);
    if let Some(variables) = variables {
        variables.retain(|variable| variable.get("value").is_some_and(|value| !value.is_null()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::act::plan::Around;
    use crate::create::{Creation, Form, Grade, Variables, plan_creation, read_back, topology_runs, written};
    use crate::fixtures::{CORE, cluster, condition, mgmt, now, object, store, with};

    fn class() -> Value {
        json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass",
            "metadata": {"name": "quick", "namespace": "default"},
            "spec": {
                "workers": {"machineDeployments": [{"class": "default-worker"}, {"class": "gpu"}]},
                "variables": [
                    {"name": "region", "required": true, "schema": {"openAPIV3Schema": {"type": "string", "enum": ["eu", "us"], "description": "Where\n  it is."}}},
                    {"name": "etcdSize", "schema": {"openAPIV3Schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 4}}},
                    {"name": "proxy", "schema": {"openAPIV3Schema": {
                        "type": "object", "default": {"host": "p"}, "required": ["host"],
                        "properties": {"host": {"type": "string", "maxLength": 3}, "zones": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
                    }}},
                    {"name": "debug", "schema": {"openAPIV3Schema": {"type": "boolean"}}},
                ],
            },
        })
    }

    fn form(answers: &[(&str, &str)]) -> Form {
        let flavour = of_class(&class()).unwrap();
        let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
        for (variable, answer) in [("CLUSTER_NAME", "edge"), ("KUBERNETES_VERSION", "v1.33.4")]
            .iter()
            .chain(answers)
        {
            assert!(form.answer(variable, answer), "{variable}");
        }
        form
    }

    #[test]
    fn variables_of_a_class_are_questions_as_their_schemas_say() {
        let objects = form(&[("VARIABLE_REGION", "eu")]).objects().unwrap();
        let topology = &objects[0]["spec"]["topology"];
        assert_eq!(
            topology["classRef"],
            json!({"name": "quick", "namespace": "default"})
        );
        assert_eq!(
            topology["variables"],
            json!([
                {"name": "region", "value": "eu"},
                {"name": "etcdSize", "value": 4},
                {"name": "proxy", "value": {"host": "p"}},
            ]),
            "what nobody answers is left out"
        );
        assert_eq!(
            topology["workers"]["machineDeployments"][1],
            json!({"class": "gpu", "name": "md-1", "replicas": 0})
        );
        let said = form(&[
            ("VARIABLE_REGION", "us"),
            ("VARIABLE_DEBUG", "true"),
            ("VARIABLE_ETCD_SIZE", "9"),
        ]);
        let objects = said.objects().unwrap();
        assert_eq!(
            objects[0]["spec"]["topology"]["variables"][3],
            json!({"name": "debug", "value": true})
        );
        assert_eq!(said.field("VARIABLE_REGION").unwrap().meaning, "Where it is.");
    }

    #[test]
    fn variables_whose_names_differ_little_are_two_questions() {
        let mut class = class();
        let text = json!({"openAPIV3Schema": {"type": "string"}});
        class["spec"]["variables"] =
            json!([{"name": "etcdSize", "schema": text}, {"name": "etcd-size", "schema": text}]);
        let flavour = of_class(&class).unwrap();
        let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
        for (name, answer) in [("etcdSize", "small"), ("etcd-size", "large")] {
            let variable = form.meant(name).unwrap().variable.clone();
            form.answer(&variable, answer);
        }
        form.answer("CLUSTER_NAME", "edge");
        form.answer("KUBERNETES_VERSION", "v1.33.4");
        assert_eq!(
            form.objects().unwrap()[0]["spec"]["topology"]["variables"],
            json!([{"name": "etcdSize", "value": "small"}, {"name": "etcd-size", "value": "large"}])
        );
    }

    #[test]
    fn each_class_of_workers_is_a_set_that_is_sized_by_the_answer() {
        let sizes = |answer: &str| {
            let mut form = form(&[("VARIABLE_REGION", "eu"), ("WORKER_MACHINE_COUNT", answer)]);
            let objects = form.objects().unwrap();
            let sets = objects[0]
                .pointer("/spec/topology/workers/machineDeployments")
                .unwrap();
            let sets = [&sets[0]["replicas"], &sets[1]["replicas"]].map(|count| count.as_u64().unwrap());
            // The text says the same, and what is changed there is the answer.
            assert_eq!(read_back(&mut form, &written(&objects)).unwrap(), None);
            assert_eq!(form.field("WORKER_MACHINE_COUNT").unwrap().answer, answer);
            let text = written(&objects).replace("name: md-1\n", "name: md-1\n#\n");
            let more = format!("replicas: {}", sets[1]);
            let text = text.replace(&format!("#\n        {more}"), "        replicas: 7");
            assert_eq!(read_back(&mut form, &text).unwrap(), None);
            (sets, form.field("WORKER_MACHINE_COUNT").unwrap().answer.clone())
        };
        assert_eq!(sizes("2"), ([2, 0], "md-0=2,md-1=7".to_owned()));
        assert_eq!(sizes("md-0=2,md-1=1").0, [2, 1]);
        assert_eq!(sizes("gpu=3").0, [0, 3]);
        assert_eq!(sizes("").0, [0, 0]);
        let store = store(&[]);
        let around = Around {
            store: &store,
            now: now(),
        };
        let unknown = form(&[("VARIABLE_REGION", "eu"), ("WORKER_MACHINE_COUNT", "md-2=1")]);
        let remarks = unknown.remarks(&around);
        assert_eq!(
            remarks[0].variable.as_deref(),
            Some("WORKER_MACHINE_COUNT"),
            "{remarks:?}"
        );
        assert!(
            remarks[0]
                .what
                .contains("no set of workers md-2 here; there is md-0 (default-worker), md-1 (gpu)"),
            "{remarks:?}"
        );
        let meaning = &unknown.field("WORKER_MACHINE_COUNT").unwrap().meaning;
        assert!(meaning.contains("md-1 (gpu)"), "{meaning}");
    }

    #[test]
    fn machine_pools_of_a_class_are_there_where_they_have_machines() {
        let mut class = class();
        class["spec"]["workers"]["machinePools"] = json!([{"class": "spot"}]);
        let of = |class: &Value, answer: &str| {
            let mut form = Form::new(
                of_class(class).unwrap(),
                mgmt("mgmt-taipei"),
                &Variables::default(),
            )
            .unwrap();
            for (variable, answer) in [
                ("CLUSTER_NAME", "edge"),
                ("KUBERNETES_VERSION", "v1.33.4"),
                ("VARIABLE_REGION", "eu"),
                ("WORKER_MACHINE_COUNT", answer),
            ] {
                form.answer(variable, answer);
            }
            let objects = form.objects().unwrap();
            assert_eq!(read_back(&mut form, &written(&objects)).unwrap(), None);
            assert_eq!(form.field("WORKER_MACHINE_COUNT").unwrap().answer, answer);
            let creation = Creation::new(&form, objects.clone(), ("id-1", ""), now());
            let store = fleet_of_hosts();
            let around = Around {
                store: &store,
                now: now(),
            };
            let told = plan_creation(&around, &creation, false).unwrap().preview.happens[1].clone();
            (objects[0]["spec"]["topology"]["workers"].clone(), told)
        };
        let (workers, told) = of(&class, "md-0=1,mp-0=3");
        assert_eq!(
            workers["machinePools"],
            json!([{"class": "spot", "name": "mp-0", "replicas": 3}])
        );
        assert_eq!(
            told,
            "Kubernetes v1.33.4: control plane 1, md-0 1, md-1 0, mp-0 3"
        );
        let (workers, _) = of(&class, "2");
        assert_eq!(workers.get("machinePools"), None);
        class["spec"]["workers"]["machineDeployments"] = json!([]);
        let (workers, told) = of(&class, "2");
        assert_eq!(
            workers,
            json!({"machinePools": [{"class": "spot", "name": "mp-0", "replicas": 2}]})
        );
        assert_eq!(told, "Kubernetes v1.33.4: control plane 1, mp-0 2");
    }

    #[test]
    fn variables_are_called_as_the_class_does_and_say_what_they_take() {
        let said = form(&[]);
        let proxy = said.field("VARIABLE_PROXY").unwrap();
        assert_eq!(proxy.label(), "proxy");
        assert_eq!(
            proxy.takes.as_deref(),
            Some(
                "object {host: string, at most 3 characters, required; zones: list, at least 1 element of string}"
            )
        );
        assert_eq!(proxy.default_in_words(), Some("{\"host\":\"p\"}"));
        let debug = said.field("VARIABLE_DEBUG").unwrap();
        assert_eq!(
            (debug.takes.as_deref(), debug.default_in_words()),
            (Some("boolean"), Some("left out"))
        );
        assert_eq!(said.meant("region"), said.field("VARIABLE_REGION"));
        assert_eq!(said.meant("Region"), None, "as the class has it");
        // What is said by that name is an answer; what the environment has of it is nobody's.
        let mut known = Variables::of_environment([("debug".to_owned(), "true".to_owned())].into_iter());
        known.set("region", Some("us".to_owned()));
        let form = Form::new(of_class(&class()).unwrap(), mgmt("mgmt-taipei"), &known).unwrap();
        assert_eq!(form.field("VARIABLE_REGION").unwrap().answer, "us");
        assert_eq!(form.field("VARIABLE_DEBUG").unwrap().answer, "");
    }

    #[test]
    fn values_that_a_schema_does_not_take_are_told_at_their_question() {
        let store = store(&[]);
        let around = Around {
            store: &store,
            now: now(),
        };
        for (variable, answer, expected) in [
            ("VARIABLE_REGION", "", "is required"),
            ("VARIABLE_REGION", "mars", "is none of eu, us"),
            ("VARIABLE_ETCD_SIZE", "many", "is no integer"),
            ("VARIABLE_ETCD_SIZE", "10", "is more than 9"),
            ("VARIABLE_ETCD_SIZE", "0", "is less than 1"),
            ("VARIABLE_DEBUG", "perhaps", "is no boolean"),
            ("VARIABLE_PROXY", "host", "is no object"),
            ("VARIABLE_PROXY", "{}", "host is missing"),
            (
                "VARIABLE_PROXY",
                "{host: long}",
                "host: \"long\" has 4 characters, 3 at most",
            ),
            (
                "VARIABLE_PROXY",
                "{host: a, zones: []}",
                "zones: the list has 0 elements, 1 at least",
            ),
            (
                "VARIABLE_PROXY",
                "{host: a, port: 1}",
                "there is no field port here",
            ),
        ] {
            let form = form(&[("VARIABLE_REGION", "eu"), (variable, answer)]);
            let remarks = form.remarks(&around);
            let first = remarks.first().unwrap_or_else(|| panic!("{variable}={answer}"));
            assert_eq!(
                (first.variable.as_deref(), first.grade),
                (Some(variable), Grade::Wrong),
                "{first:?}"
            );
            assert!(first.what.contains(expected), "{first:?}");
        }
    }

    /// A class on hosts of one's own, whose endpoint and whose hosts are variables.
    fn of_hosts(answers: &[(&str, &str)]) -> Form {
        let text = json!({"type": "string"});
        let labels = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let variable = |name: &str, schema: &Value| json!({"name": name, "required": true, "schema": {"openAPIV3Schema": schema}});
        let patch = |kind: &str, of: Value, path: &str, from: Value| json!({"definitions": [{"selector": {"kind": kind, "matchResources": of}, "jsonPatches": [{"op": "add", "path": path, "valueFrom": from}]}]});
        let class = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass",
            "metadata": {"name": "hosts", "namespace": "default"},
            "spec": {
                "infrastructure": {"templateRef": {"kind": "ByoClusterTemplate", "name": "hosts"}},
                "workers": {"machineDeployments": [{"class": "worker"}]},
                "variables": [variable("controlPlaneIpAddr", &text), variable("workerHosts", &labels)],
                "patches": [
                    patch("ByoClusterTemplate", json!({"infrastructureCluster": true}), "/spec/template/spec/controlPlaneEndpoint",
                        json!({"template": "host: '{{ .controlPlaneIpAddr }}'\nport: 6443\n"})),
                    patch("ByoMachineTemplate", json!({"machineDeploymentClass": {"names": ["worker"]}}),
                        "/spec/template/spec/selector/matchLabels", json!({"variable": "workerHosts"})),
                ],
            },
        });
        let mut form = Form::new(
            of_class(&class).unwrap(),
            mgmt("mgmt-taipei"),
            &Variables::default(),
        )
        .unwrap();
        for (variable, answer) in [
            ("CLUSTER_NAME", "edge"),
            ("KUBERNETES_VERSION", "v1.31.2"),
            ("VARIABLE_CONTROL_PLANE_IP_ADDR", "192.0.2.7"),
            ("VARIABLE_WORKER_HOSTS", "{site: a}"),
            ("WORKER_MACHINE_COUNT", "1"),
        ]
        .iter()
        .chain(answers)
        {
            assert!(form.answer(variable, answer), "{variable}");
        }
        form
    }

    /// What is said of an answer: whether it stands in the way, and what.
    type Told = Option<(Grade, &'static str)>;

    /// Variable, answer, and what is said of it.
    const OF_HOSTS: [(&str, &str, Told); 9] = [
        ("VARIABLE_CONTROL_PLANE_IP_ADDR", "192.0.2.7", None),
        (
            "VARIABLE_CONTROL_PLANE_IP_ADDR",
            "192.0.2.12",
            Some((Grade::Wrong, "is the address of host node-2")),
        ),
        (
            "VARIABLE_CONTROL_PLANE_IP_ADDR",
            "192.0.2.9",
            Some((Grade::Wrong, "is the address of the Cluster default/prod")),
        ),
        (
            "VARIABLE_CONTROL_PLANE_IP_ADDR",
            "192.0.2.999",
            Some((Grade::Wrong, "is no address")),
        ),
        (
            "VARIABLE_CONTROL_PLANE_IP_ADDR",
            "192.168.0.7",
            Some((Grade::Wrong, "own network of Pods")),
        ),
        ("VARIABLE_WORKER_HOSTS", "{site: b}", None),
        (
            "VARIABLE_WORKER_HOSTS",
            "{site: c}",
            Some((
                Grade::Warns,
                "one host with these labels is needed, and 0/3 hosts can be taken",
            )),
        ),
        (
            "WORKER_MACHINE_COUNT",
            "3",
            Some((Grade::Warns, "4 hosts are needed")),
        ),
        (
            "KUBERNETES_VERSION",
            "v1.29.0",
            Some((Grade::Wrong, "no host's installer has v1.29.0")),
        ),
    ];

    /// A fleet with a cluster of that class and three hosts.
    fn fleet_of_hosts() -> crate::FleetStore {
        let reconciled = with(
            cluster("prod"),
            &[
                (
                    "/spec/topology",
                    json!({"classRef": {"name": "hosts"}, "version": "v1.33.4"}),
                ),
                (
                    "/spec/controlPlaneEndpoint",
                    json!({"host": "192.0.2.9", "port": 6443}),
                ),
                (
                    "/status/conditions",
                    json!([condition("TopologyReconciled", "True", "ReconcileSucceeded", "")]),
                ),
            ],
        );
        let host = |number: usize, site: &str| {
            let object =
                crate::create::tests::host(&format!("node-{number}"), &format!("192.0.2.1{number}/24"), &[]);
            with(object, &[("/metadata/labels", json!({"site": site}))])
        };
        store(&[reconciled, host(1, "a"), host(2, "b"), host(3, "b")])
    }

    #[test]
    fn the_review_of_a_class_says_which_endpoint_and_how_many_hosts_it_takes() {
        let store = fleet_of_hosts();
        let around = Around {
            store: &store,
            now: now(),
        };
        let form = of_hosts(&[]);
        let creation = Creation::new(&form, form.objects().unwrap(), ("id-1", ""), now());
        let kept: Creation = serde_json::from_str(&serde_json::to_string(&creation).unwrap()).unwrap();
        for creation in [creation, kept] {
            let plan = plan_creation(&around, &creation, false).unwrap();
            assert_eq!(
                plan.preview.happens[1..],
                [
                    "Kubernetes v1.31.2: control plane 1, md-0 1",
                    "endpoint 192.0.2.7; Pods 192.168.0.0/16, Services 10.128.0.0/12",
                    "takes 2 hosts of the pool default in mgmt-taipei, where 3 of 3 are free",
                ]
            );
        }
        // What the text says counts.
        let mut objects = form.objects().unwrap();
        objects[0]["spec"]["topology"]["variables"][0]["value"] = json!("192.0.2.8");
        let creation = Creation::new(&form, objects, ("id-1", ""), now());
        assert_eq!(creation.endpoint.as_deref(), Some("192.0.2.8"));
    }

    #[test]
    fn endpoint_and_hosts_that_a_class_takes_by_variables_are_held_to_the_pool() {
        let store = fleet_of_hosts();
        let around = Around {
            store: &store,
            now: now(),
        };
        for (variable, answer, expected) in OF_HOSTS {
            let remarks = of_hosts(&[(variable, answer)]).remarks(&around);
            let first = remarks.first();
            assert_eq!(
                first.map(|it| it.grade),
                expected.map(|(grade, _)| grade),
                "{variable}={answer}: {remarks:?}"
            );
            let (Some(first), Some((_, expected))) = (first, expected) else {
                continue;
            };
            assert_eq!(first.variable.as_deref(), Some(variable), "{first:?}");
            assert!(first.what.contains(expected), "{first:?}");
        }
        assert!(
            crate::create::suggested_endpoints(&of_hosts(&[]), &around).contains(&"192.0.2.253".to_owned())
        );
    }

    /// Whatever it looks like in YAML.
    #[test]
    fn a_string_of_a_class_is_a_string() {
        let string = |name: &str, more: Value| {
            let mut schema = json!({"type": "string"});
            schema
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"name": name, "schema": {"openAPIV3Schema": schema}})
        };
        let class = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "ClusterClass", "metadata": {"name": "quick", "namespace": "default"},
            "spec": {"variables": [string("free", json!({})), string("said", json!({"default": "a"})), string("left", json!({"pattern": "^a"}))]},
        });
        for text in [
            "true",
            "no",
            "12",
            "1.30",
            "a: b",
            "[x]",
            "null",
            "it's \"q\" \\ ${A}",
            "#x",
            "ä",
        ] {
            let flavour = of_class(&class).unwrap();
            let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
            for (variable, answer) in [
                ("CLUSTER_NAME", "edge"),
                ("KUBERNETES_VERSION", "v1.31.2"),
                ("VARIABLE_FREE", text),
                ("VARIABLE_SAID", text),
            ] {
                assert!(form.answer(variable, answer), "{variable}");
            }
            let objects = form.objects().unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
            assert_eq!(
                objects[0]["spec"]["topology"]["variables"],
                json!([{"name": "free", "value": text}, {"name": "said", "value": text}]),
                "{text}"
            );
            let mut again = form.clone();
            assert_eq!(read_back(&mut again, &written(&objects)), Ok(None), "{text}");
            assert_eq!(again.values(), form.values(), "{text}");
        }
    }

    /// Before a topology has made anything, only the variable says where the control plane is to answer.
    #[test]
    fn the_endpoint_of_a_class_is_taken_before_its_infrastructure_is_there() {
        let first = of_hosts(&[]);
        let mut second = of_hosts(&[("CLUSTER_NAME", "second")]);
        let told = |form: &Form, store| {
            let remarks = form.remarks(&Around { store, now: now() });
            let told = remarks.into_iter().map(|remark| remark.what);
            told.filter(|what| what.contains("two cannot have the same"))
                .collect::<Vec<_>>()
        };
        let there = store(&first.objects().unwrap());
        let expected = "192.0.2.7 is the address of the Cluster default/edge in mgmt-taipei";
        assert!(
            told(&second, &there)
                .iter()
                .any(|what| what.starts_with(expected))
        );
        let mut creation = Creation::new(&first, first.objects().unwrap(), ("id-1", ""), now());
        second.reserve([&creation]);
        let pool = fleet_of_hosts();
        assert_eq!(
            told(&second, &pool),
            [format!(
                "{expected}, whose creation is not finished; two cannot have the same"
            )]
        );
        creation
            .items
            .iter_mut()
            .for_each(|item| item.state = crate::create::ItemState::Gone);
        second.reserve([&creation]);
        assert_eq!(told(&second, &pool), Vec::<String>::new());
    }

    #[test]
    fn a_class_is_offered_only_where_a_topology_is_seen_to_be_reconciled() {
        let with_topology = with(
            cluster("prod"),
            &[(
                "/spec/topology",
                json!({"classRef": {"name": "quick"}, "version": "v1.33.4"}),
            )],
        );
        let unseen = store(std::slice::from_ref(&with_topology));
        assert!(topology_runs(&unseen, &mgmt("mgmt-taipei")).is_err());
        let told_not = with(
            with_topology.clone(),
            &[(
                "/status/conditions",
                json!([condition(
                    "TopologyReconciled",
                    "False",
                    "TopologyNotSupported",
                    ""
                )]),
            )],
        );
        assert!(topology_runs(&store(&[told_not]), &mgmt("mgmt-taipei")).is_err());
        let reconciled = with(
            with_topology,
            &[(
                "/status/conditions",
                json!([condition("TopologyReconciled", "True", "ReconcileSucceeded", "")]),
            )],
        );
        let seen = store(&[reconciled]);
        assert_eq!(topology_runs(&seen, &mgmt("mgmt-taipei")), Ok(()));
        assert!(topology_runs(&seen, &mgmt("mgmt-lab")).is_err());
    }

    /// The first Cluster of a class has nobody before it that could say so.
    #[test]
    fn a_class_is_offered_where_it_says_itself_that_a_topology_manager_has_read_it() {
        let class = |conditions: Value| {
            with(
                object(CORE, "ClusterClass", "quick"),
                &[("/status/conditions", conditions)],
            )
        };
        let read = condition("VariablesReady", "True", "VariablesReady", "");
        let denied = condition("TopologyReconciled", "False", "TopologyNotSupported", "");
        let runs = |conditions| topology_runs(&store(&[class(conditions)]), &mgmt("mgmt-taipei"));
        assert_eq!(runs(json!([read.clone()])), Ok(()));
        assert!(runs(json!([])).is_err());
        let why = runs(json!([read, denied])).unwrap_err();
        assert!(why.starts_with("ClusterClass quick says that nobody"), "{why}");
    }

    #[test]
    fn a_class_of_an_older_version_is_not_guessed_at() {
        assert!(
            of_class(&json!({"apiVersion": "cluster.x-k8s.io/v1beta1", "metadata": {"name": "old"}}))
                .is_err()
        );
    }
}
