//! Cells as upstream prints them.

use super::*;
use crate::discovery::tests::resource;
use crate::registry::Column;

mod built_in;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn options() -> TableOptions {
    TableOptions {
        version: "v1".to_owned(),
        include_object: IncludeObject::Metadata,
        with_columns: true,
    }
}

fn cells(resource: &Resource, object: &Value) -> Value {
    render(resource, &[object], json!({}), &options(), now())
        .pointer("/rows/0/cells")
        .unwrap()
        .clone()
}

/// Headings; those that are shown with `-o wide` only have a star.
fn headings(resource: &Resource) -> String {
    let table = render(resource, &[], json!({}), &options(), now());
    let columns = table["columnDefinitions"].as_array().unwrap();
    let heading = |column: &Value| {
        let wide = column["priority"].as_i64().unwrap() > 0;
        format!(
            "{}{}",
            column["name"].as_str().unwrap(),
            if wide { "*" } else { "" }
        )
    };
    columns.iter().map(heading).collect::<Vec<_>>().join(" ")
}

fn column(name: &str, kind: &str, json_path: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind: kind.to_owned(),
        format: String::new(),
        description: String::new(),
        priority: 0,
        json_path: json_path.to_owned(),
    }
}

#[test]
fn custom_columns_are_printed_by_their_type() {
    let machine = json!({
        "metadata": {"name": "m1", "creationTimestamp": "2026-11-23T09:00:00Z"},
        "spec": {"replicas": 3, "half": 2.5, "paused": true, "list": ["a", 1], "map": {"a": 1}, "empty": "", "nothing": null},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    });
    let cases = [
        (
            "string",
            ".status.conditions[?(@.type==\"Ready\")].status",
            json!("True"),
        ),
        ("string", ".spec.replicas", json!("3")),
        ("string", ".spec.paused", json!("true")),
        ("string", ".spec.list", json!("[\"a\",1]")),
        ("string", ".spec.map", json!("{\"a\":1}")),
        ("string", ".spec.empty", json!("")),
        ("string", ".spec.missing", Value::Null),
        ("string", "][", Value::Null),
        ("integer", ".spec.replicas", json!(3)),
        ("integer", ".spec.half", json!(2)),
        ("integer", ".spec.empty", Value::Null),
        ("integer", ".spec.nothing", Value::Null),
        ("number", ".spec.half", json!(2.5)),
        ("number", ".spec.replicas", json!(3.0)),
        ("boolean", ".spec.paused", json!(true)),
        ("boolean", ".spec.empty", Value::Null),
        ("date", ".metadata.creationTimestamp", json!("3h")),
        ("date", ".metadata.name", json!("<invalid>")),
        ("date", ".metadata.deletionTimestamp", Value::Null),
    ];
    let columns = cases
        .iter()
        .map(|(kind, path, _)| column("C", kind, path))
        .collect();
    let machines = Resource {
        columns,
        ..resource("cluster.x-k8s.io", "v1beta2", "Machine")
    };
    let printed = cells(&machines, &machine);
    assert_eq!(printed[0], "m1");
    for (index, (kind, path, expected)) in cases.iter().enumerate() {
        assert_eq!(printed[index + 1], *expected, "{kind} {path}");
    }
}

#[test]
fn a_custom_resource_without_columns_shows_its_age() {
    let machines = resource("cluster.x-k8s.io", "v1beta2", "Machine");
    assert_eq!(headings(&machines), "Name Age");
    let machine = json!({"metadata": {"name": "m1", "creationTimestamp": "2026-11-20T08:00:00Z"}});
    assert_eq!(cells(&machines, &machine), json!(["m1", "3d4h"]));
}

#[test]
fn rows_carry_what_was_asked_for() {
    let secrets = resource("", "v1", "Secret");
    let secret =
        json!({"kind": "Secret", "metadata": {"name": "s1", "uid": "u"}, "data": {"key": "dmFsdWU="}});
    let table = |include_object, version: &str, with_columns| {
        let options = TableOptions {
            version: version.to_owned(),
            include_object,
            with_columns,
        };
        render(
            &secrets,
            &[&secret],
            json!({"resourceVersion": "7"}),
            &options,
            now(),
        )
    };
    let with_metadata = table(IncludeObject::Metadata, "v1", true);
    assert_eq!(with_metadata["apiVersion"], "meta.k8s.io/v1");
    assert_eq!(with_metadata["metadata"], json!({"resourceVersion": "7"}));
    assert_eq!(
        with_metadata["rows"][0]["object"],
        json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "s1", "uid": "u"}})
    );
    assert!(!with_metadata.to_string().contains("dmFsdWU="));
    assert_eq!(
        table(IncludeObject::None, "v1", true)["rows"][0]["object"],
        Value::Null
    );
    assert_eq!(
        table(IncludeObject::Object, "v1", true)["rows"][0]["object"],
        secret
    );
    let later_event = table(IncludeObject::Metadata, "v1beta1", false);
    assert_eq!(later_event["columnDefinitions"], Value::Null);
    assert_eq!(
        later_event["rows"][0]["object"]["apiVersion"],
        "meta.k8s.io/v1beta1"
    );
    let empty = render(&secrets, &[], json!({}), &options(), now());
    assert_eq!(empty["rows"], json!([]));
}

#[test]
fn built_in_kinds_have_the_headings_of_upstream() {
    let cases = [
        ("", "Namespace", "Name Status Age"),
        ("", "Secret", "Name Type Data Age"),
        ("", "ConfigMap", "Name Data Age"),
        ("", "ServiceAccount", "Name Secrets Age"),
        (
            "",
            "Node",
            "Name Status Roles Age Version Internal-IP* External-IP* OS-Image* Kernel-Version* Container-Runtime*",
        ),
        (
            "",
            "Pod",
            "Name Ready Status Restarts Age IP* Node* Nominated Node* Readiness Gates*",
        ),
        (
            "",
            "Event",
            "Last Seen Type Reason Object Subobject* Source* Message First Seen* Count* Name*",
        ),
        ("coordination.k8s.io", "Lease", "Name Holder Age"),
        (
            "apiextensions.k8s.io",
            "CustomResourceDefinition",
            "Name Created At",
        ),
        (
            "rbac.authorization.k8s.io",
            "RoleBinding",
            "Name Role Age Users* Groups* ServiceAccounts*",
        ),
        ("authentication.k8s.io", "TokenReview", "Name Age"),
    ];
    for (group, kind, expected) in cases {
        assert_eq!(headings(&resource(group, "v1", kind)), expected);
    }
}

#[test]
fn nodes_print_status_and_roles() {
    let node = json!({
        "metadata": {
            "name": "n1", "creationTimestamp": "2026-11-23T11:55:00Z",
            "labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "", "x": "y"},
        },
        "spec": {"unschedulable": true},
        "status": {
            "conditions": [{"type": "Ready", "status": "False"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "nodeInfo": {"kubeletVersion": "v1.31.2", "osImage": "Debian"},
        },
    });
    assert_eq!(
        cells(&resource("", "v1", "Node"), &node),
        json!([
            "n1",
            "NotReady,SchedulingDisabled",
            "control-plane,worker",
            "5m",
            "v1.31.2",
            "10.0.0.1",
            "<none>",
            "Debian",
            "<unknown>",
            "<unknown>"
        ])
    );
    assert_eq!(
        cells(&resource("", "v1", "Node"), &json!({"metadata": {"name": "n2"}}))[1],
        "Unknown"
    );
}

#[test]
fn small_kinds_print_their_counts() {
    let at = "2026-11-23T11:59:30Z";
    let secret = json!({"metadata": {"name": "s", "creationTimestamp": at}, "type": "Opaque", "data": {"a": "", "b": ""}});
    assert_eq!(
        cells(&resource("", "v1", "Secret"), &secret),
        json!(["s", "Opaque", 2, "30s"])
    );
    let map = json!({"metadata": {"name": "c", "creationTimestamp": at}, "data": {"a": ""}, "binaryData": {"b": ""}});
    assert_eq!(
        cells(&resource("", "v1", "ConfigMap"), &map),
        json!(["c", 2, "30s"])
    );
    let definition = json!({"metadata": {"name": "machines.cluster.x-k8s.io", "creationTimestamp": at}});
    assert_eq!(
        cells(
            &resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
            &definition
        ),
        json!(["machines.cluster.x-k8s.io", at])
    );
    let lease = json!({"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}});
    assert_eq!(
        cells(&resource("coordination.k8s.io", "v1", "Lease"), &lease),
        json!(["l", "me", "<unknown>"])
    );
}

#[test]
fn events_of_both_groups_print_alike() {
    let core = json!({
        "metadata": {"name": "e"}, "type": "Warning", "reason": "Failed", "message": " it failed\n",
        "involvedObject": {"kind": "Machine", "name": "m1"}, "source": {"component": "machine-controller"},
        "firstTimestamp": "2026-11-23T11:00:00Z", "lastTimestamp": "2026-11-23T11:58:00Z", "count": 4,
    });
    let expected = json!([
        "2m",
        "Warning",
        "Failed",
        "machine/m1",
        "",
        "machine-controller",
        "it failed",
        "60m",
        4,
        "e"
    ]);
    assert_eq!(cells(&resource("", "v1", "Event"), &core), expected);
    let newer = json!({
        "metadata": {"name": "e"}, "type": "Warning", "reason": "Failed", "note": "it failed",
        "regarding": {"kind": "Machine", "name": "m1"}, "reportingController": "machine-controller",
        "eventTime": "2026-11-23T11:00:00.000000Z",
        "series": {"count": 4, "lastObservedTime": "2026-11-23T11:58:00.000000Z"},
    });
    assert_eq!(cells(&resource("events.k8s.io", "v1", "Event"), &newer), expected);
}

#[test]
fn pods_print_the_word_that_kubectl_prints() {
    let pods = resource("", "v1", "Pod");
    let pod = |status: Value, deleting: bool| {
        let mut pod = json!({
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}]},
            "status": status,
        });
        if deleting {
            pod["metadata"]["deletionTimestamp"] = json!("2026-11-23T11:00:00Z");
        }
        let cells = cells(&pods, &pod);
        format!(
            "{} {} {}",
            cells[1].as_str().unwrap(),
            cells[2].as_str().unwrap(),
            cells[3].as_str().unwrap()
        )
    };
    let running = json!({"name": "a", "ready": true, "state": {"running": {}}, "restartCount": 1,
        "lastState": {"terminated": {"finishedAt": "2026-11-23T11:50:00Z"}}});
    let crashing = json!({"name": "b", "ready": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 2});
    let initialised = json!([{"type": "Initialized", "status": "True"}]);
    let cases = [
        (json!({"phase": "Pending"}), false, "0/2 Pending 0"),
        (
            json!({"phase": "Running", "conditions": initialised, "containerStatuses": [running, crashing]}),
            false,
            "1/2 CrashLoopBackOff 3 (10m ago)",
        ),
        (
            json!({"phase": "Running", "containerStatuses": [running]}),
            true,
            "1/2 Terminating 1 (10m ago)",
        ),
        (
            json!({"phase": "Failed", "reason": "Evicted"}),
            true,
            "0/2 Evicted 0",
        ),
        (
            json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]}),
            false,
            "0/2 Init:0/1 0",
        ),
        (
            json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 3}}}]}),
            false,
            "0/2 Init:ExitCode:3 0",
        ),
        (
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}),
            false,
            "0/2 SchedulingGated 0",
        ),
    ];
    for (status, deleting, expected) in cases {
        assert_eq!(pod(status.clone(), deleting), expected, "{status}");
    }
}
