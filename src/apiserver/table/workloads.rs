//! Columns of the kinds that would run Pods, and of what is set for them.
//!
//! Source: `pkg/printers/internalversion/printers.go` of Kubernetes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::built_in::{age, field, flag, list, number, or_else, selector, wide_pod_columns};
use super::{Printed, age_of, duration, text};

/// The columns of a kind of workload; none for other kinds.
pub(super) fn columns(kind: &str) -> Option<Vec<Printed<'static>>> {
    Some(match kind {
        "Deployment" => deployment(),
        "ReplicaSet" | "ReplicationController" => replica_set(),
        "StatefulSet" => stateful_set(),
        "DaemonSet" => daemon_set(),
        "Job" => job(),
        "CronJob" => cron_job(),
        "PodTemplate" => pod_template(),
        "ControllerRevision" => controller_revision(),
        "PodDisruptionBudget" => disruption_budget(),
        "HorizontalPodAutoscaler" => autoscaler(),
        "PriorityClass" => priority_class(),
        "RuntimeClass" => vec![
            Printed::name(),
            field("Handler", "/handler", "What runs Pods of this class."),
            age(),
        ],
        _ => return None,
    })
}

fn whole(name: &'static str, pointer: &'static str, description: &'static str) -> Printed<'static> {
    Printed::new(name, "integer", description, move |object, _| {
        json!(number(object, pointer))
    })
}

/// `ready/desired`; one is desired where nothing is said.
fn ready(object: &Value) -> Value {
    let desired = object
        .pointer("/spec/replicas")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    Value::String(format!("{}/{desired}", number(object, "/status/readyReplicas")))
}

fn deployment() -> Vec<Printed<'static>> {
    let mut columns = vec![
        Printed::name(),
        Printed::new(
            "Ready",
            "string",
            "Pods that are ready, of those desired.",
            |object, _| ready(object),
        ),
        field_number(
            "Up-to-date",
            "/status/updatedReplicas",
            "Pods of the newest template.",
        ),
        field_number(
            "Available",
            "/status/availableReplicas",
            "Pods that are available.",
        ),
        age(),
    ];
    columns.extend(wide_pod_columns("/spec/template/spec"));
    columns.push(selector_column());
    columns
}

/// A number that is printed as a text.
fn field_number(name: &'static str, pointer: &'static str, description: &'static str) -> Printed<'static> {
    Printed::new(name, "string", description, move |object, _| {
        json!(number(object, pointer))
    })
}

fn selector_column() -> Printed<'static> {
    Printed::new("Selector", "string", "Which Pods it means.", |object, _| {
        Value::String(selector(object.pointer("/spec/selector")))
    })
    .wide()
}

fn replica_set() -> Vec<Printed<'static>> {
    let mut columns = vec![
        Printed::name(),
        whole("Desired", "/spec/replicas", "Pods that are desired."),
        whole("Current", "/status/replicas", "Pods that there are."),
        whole("Ready", "/status/readyReplicas", "Pods that are ready."),
        age(),
    ];
    columns.extend(wide_pod_columns("/spec/template/spec"));
    columns.push(selector_column());
    columns
}

fn stateful_set() -> Vec<Printed<'static>> {
    let mut columns = vec![
        Printed::name(),
        Printed::new(
            "Ready",
            "string",
            "Pods that are ready, of those desired.",
            |object, _| ready(object),
        ),
        age(),
    ];
    columns.extend(wide_pod_columns("/spec/template/spec"));
    columns
}

fn daemon_set() -> Vec<Printed<'static>> {
    let mut columns = vec![
        Printed::name(),
        whole(
            "Desired",
            "/status/desiredNumberScheduled",
            "Nodes that are to run one.",
        ),
        whole("Current", "/status/currentNumberScheduled", "Nodes that run one."),
        whole("Ready", "/status/numberReady", "Nodes with a ready one."),
        whole(
            "Up-to-date",
            "/status/updatedNumberScheduled",
            "Nodes with one of the newest template.",
        ),
        whole(
            "Available",
            "/status/numberAvailable",
            "Nodes with an available one.",
        ),
        Printed::new(
            "Node Selector",
            "string",
            "Which nodes are meant.",
            |object, _| Value::String(selector(object.pointer("/spec/template/spec/nodeSelector"))),
        ),
        age(),
    ];
    columns.extend(wide_pod_columns("/spec/template/spec"));
    columns.push(selector_column());
    columns
}

fn job() -> Vec<Printed<'static>> {
    let mut columns = vec![
        Printed::name(),
        Printed::new(
            "Status",
            "string",
            "The state of the job in one word.",
            |job, _| Value::from(job_status(job)),
        ),
        Printed::new(
            "Completions",
            "string",
            "Pods that succeeded, of those wanted.",
            |job, _| Value::String(completions(job)),
        ),
        Printed::new("Duration", "string", "How long it ran.", |job, now| {
            Value::String(job_duration(job, now))
        }),
        age(),
    ];
    columns.extend(wide_pod_columns("/spec/template/spec"));
    columns.push(selector_column());
    columns
}

fn job_status(job: &Value) -> &'static str {
    let is = |kind: &str| {
        list(job, "/status/conditions")
            .iter()
            .any(|condition| text(condition, "/type") == kind && text(condition, "/status") == "True")
    };
    if is("Complete") {
        "Complete"
    } else if is("Failed") {
        "Failed"
    } else if !text(job, "/metadata/deletionTimestamp").is_empty() {
        "Terminating"
    } else if is("Suspended") {
        "Suspended"
    } else if is("FailureTarget") {
        "FailureTarget"
    } else if is("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn completions(job: &Value) -> String {
    let succeeded = number(job, "/status/succeeded");
    let wanted = job.pointer("/spec/completions").and_then(Value::as_i64);
    let parallelism = number(job, "/spec/parallelism");
    match wanted {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    }
}

fn job_duration(job: &Value, now: Timestamp) -> String {
    let time = |pointer: &str| text(job, pointer).parse::<Timestamp>().ok();
    match (time("/status/startTime"), time("/status/completionTime")) {
        (Some(start), end) => duration::age(start, end.unwrap_or(now)),
        (None, _) => String::new(),
    }
}

fn cron_job() -> Vec<Printed<'static>> {
    let mut columns = vec![
        Printed::name(),
        field("Schedule", "/spec/schedule", "When it is due, in Cron's words."),
        Printed::new(
            "Timezone",
            "string",
            "The time zone of the schedule.",
            |job, _| or_else(text(job, "/spec/timeZone"), "<none>"),
        ),
        Printed::new("Suspend", "boolean", "Whether it rests.", |job, _| {
            Value::from(if flag(job, "/spec/suspend") {
                "True"
            } else {
                "False"
            })
        }),
        Printed::new("Active", "integer", "Jobs that run.", |job, _| {
            json!(list(job, "/status/active").len())
        }),
        Printed::new("Last Schedule", "string", "When it was due last.", |job, now| {
            Value::String(match text(job, "/status/lastScheduleTime") {
                "" => "<none>".to_owned(),
                _ => age_of(job, "/status/lastScheduleTime", now),
            })
        }),
        age(),
    ];
    columns.extend(wide_pod_columns("/spec/jobTemplate/spec/template/spec"));
    columns.push(
        Printed::new("Selector", "string", "Which Pods it means.", |job, _| {
            Value::String(selector(job.pointer("/spec/jobTemplate/spec/selector")))
        })
        .wide(),
    );
    columns
}

fn pod_template() -> Vec<Printed<'static>> {
    let mut columns = vec![Printed::name()];
    columns.extend(
        wide_pod_columns("/template/spec")
            .into_iter()
            .map(|column| Printed {
                priority: 0,
                ..column
            }),
    );
    columns.push(Printed::new(
        "Pod Labels",
        "string",
        "Labels of the Pods.",
        |template, _| Value::String(selector(template.pointer("/template/metadata/labels"))),
    ));
    columns
}

fn controller_revision() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new("Controller", "string", "Whose revision it is.", |revision, _| {
            let owner = list(revision, "/metadata/ownerReferences")
                .iter()
                .find(|owner| flag(owner, "/controller"));
            let name = owner.map(|owner| {
                let group = text(owner, "/apiVersion")
                    .split_once('/')
                    .map(|(group, _)| format!(".{group}"));
                let kind = text(owner, "/kind").to_lowercase();
                format!("{kind}{}/{}", group.unwrap_or_default(), text(owner, "/name"))
            });
            or_else(&name.unwrap_or_default(), "<none>")
        }),
        whole("Revision", "/revision", "Its number."),
        age(),
    ]
}

fn disruption_budget() -> Vec<Printed<'static>> {
    let bound = |name, pointer: &'static str, description| {
        Printed::new(
            name,
            "string",
            description,
            move |budget: &Value, _| match budget.pointer(pointer) {
                Some(Value::Number(number)) => Value::String(number.to_string()),
                Some(Value::String(share)) => Value::String(share.clone()),
                Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
                    Value::from("N/A")
                }
            },
        )
    };
    vec![
        Printed::name(),
        bound("Min Available", "/spec/minAvailable", "Pods that have to stay."),
        bound(
            "Max Unavailable",
            "/spec/maxUnavailable",
            "Pods that may be missing.",
        ),
        whole(
            "Allowed Disruptions",
            "/status/disruptionsAllowed",
            "Pods that may be evicted now.",
        ),
        age(),
    ]
}

fn autoscaler() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new("Reference", "string", "What it scales.", |scaler, _| {
            let target = |field: &str| text(scaler, &format!("/spec/scaleTargetRef/{field}")).to_owned();
            Value::String(format!("{}/{}", target("kind"), target("name")))
        }),
        Printed::new(
            "Targets",
            "string",
            "Measures now, and as they should be.",
            |scaler, _| {
                let metrics = list(scaler, "/spec/metrics");
                let shown: Vec<String> = metrics
                    .iter()
                    .take(2)
                    .map(|metric| target(scaler, metric))
                    .collect();
                Value::String(match metrics.len() {
                    0 => "<none>".to_owned(),
                    count if count > 2 => format!("{} + {} more...", shown.join(", "), count - 2),
                    _ => shown.join(", "),
                })
            },
        ),
        Printed::new("MinPods", "string", "The fewest Pods.", |scaler, _| {
            let least = scaler.pointer("/spec/minReplicas").and_then(Value::as_i64);
            Value::String(least.map_or_else(|| "<unset>".to_owned(), |least| least.to_string()))
        }),
        field_number("MaxPods", "/spec/maxReplicas", "The most Pods."),
        field_number("Replicas", "/status/currentReplicas", "Pods that there are."),
        age(),
    ]
}

/// One measure of an autoscaler: what it is now (where the status tells), and what it should be.
fn target(scaler: &Value, metric: &Value) -> String {
    let kind = text(metric, "/type");
    let field = format!(
        "{}{}",
        kind.get(..1).unwrap_or_default().to_lowercase(),
        kind.get(1..).unwrap_or_default()
    );
    let name = match text(metric, &format!("/{field}/name")) {
        "" => text(metric, &format!("/{field}/metric/name")),
        name => name,
    };
    let now = list(scaler, "/status/currentMetrics").iter().find(|current| {
        text(current, "/type") == kind
            && [format!("/{field}/name"), format!("/{field}/metric/name")]
                .iter()
                .any(|pointer| text(current, pointer) == name)
    });
    let value = |object: Option<&Value>, part: &str, measure: &str| {
        let found = object.and_then(|object| object.pointer(&format!("/{field}/{part}/{measure}")));
        found.map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned))
    };
    let (measure, sign) = ["averageUtilization", "averageValue", "value"]
        .into_iter()
        .find(|measure| value(Some(metric), "target", measure).is_some())
        .map_or(("value", ""), |measure| {
            (measure, if measure == "averageUtilization" { "%" } else { "" })
        });
    let wanted = value(Some(metric), "target", measure).unwrap_or_else(|| "<auto>".to_owned());
    let current = value(now, "current", measure).map(|current| format!("{current}{sign}"));
    let current = current.unwrap_or_else(|| "<unknown>".to_owned());
    let shown = format!("{current}/{wanted}{sign}");
    match kind {
        "Resource" | "ContainerResource" => format!("{name}: {shown}"),
        "External" if measure == "averageValue" => format!("{shown} (avg)"),
        _ => shown,
    }
}

fn priority_class() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        whole("Value", "/value", "The priority."),
        Printed::new(
            "Global-Default",
            "boolean",
            "Whether Pods have it that name none.",
            |class, _| Value::Bool(flag(class, "/globalDefault")),
        ),
        age(),
        Printed::new(
            "PreemptionPolicy",
            "string",
            "Whether others have to make room.",
            |class, _| or_else(text(class, "/preemptionPolicy"), "PreemptLowerPriority"),
        ),
    ]
}
