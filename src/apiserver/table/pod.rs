//! Columns of Pods: the status in one word is gathered from many fields.
//!
//! Source: `printPod` in `pkg/printers/internalversion/printers.go` of Kubernetes.

use jiff::Timestamp;
use serde_json::Value;

use super::built_in::{age, or_else};
use super::{Printed, age_of, text};

/// The columns of a Pod.
pub(super) fn columns() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new(
            "Ready",
            "string",
            "Containers that are ready, of all.",
            |pod, _| Value::String(ready(pod)),
        ),
        Printed::new(
            "Status",
            "string",
            "The state of the pod in one word.",
            |pod, _| Value::String(status(pod)),
        ),
        Printed::new(
            "Restarts",
            "string",
            "Restarts of all containers, and the last one's age.",
            |pod, now| Value::String(restarts(pod, now)),
        ),
        age(),
        Printed::new("IP", "string", "Address of the pod.", |pod, _| {
            or_else(
                match text(pod, "/status/podIPs/0/ip") {
                    "" => text(pod, "/status/podIP"),
                    address => address,
                },
                "<none>",
            )
        })
        .wide(),
        Printed::new("Node", "string", "The node that it runs on.", |pod, _| {
            or_else(text(pod, "/spec/nodeName"), "<none>")
        })
        .wide(),
        Printed::new(
            "Nominated Node",
            "string",
            "The node that is being emptied for it.",
            |pod, _| or_else(text(pod, "/status/nominatedNodeName"), "<none>"),
        )
        .wide(),
        Printed::new(
            "Readiness Gates",
            "string",
            "Gates that are open, of all.",
            |pod, _| or_else(&readiness_gates(pod), "<none>"),
        )
        .wide(),
    ]
}

fn list<'a>(pod: &'a Value, pointer: &str) -> &'a [Value] {
    pod.pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn condition<'a>(pod: &'a Value, kind: &str) -> Option<&'a Value> {
    list(pod, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == kind)
}

fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// Init containers that keep running beside the others count like them.
fn restartable(pod: &Value, name: &str) -> bool {
    list(pod, "/spec/initContainers")
        .iter()
        .any(|container| text(container, "/name") == name && text(container, "/restartPolicy") == "Always")
}

fn sidecars(pod: &Value) -> impl Iterator<Item = &Value> {
    list(pod, "/status/initContainerStatuses")
        .iter()
        .filter(move |status| restartable(pod, text(status, "/name")))
}

fn ready(pod: &Value) -> String {
    let sidecar_count = list(pod, "/spec/initContainers")
        .iter()
        .filter(|container| text(container, "/restartPolicy") == "Always")
        .count();
    let total = list(pod, "/spec/containers").len() + sidecar_count;
    let running = |status: &Value| flag(status, "/ready") && status.pointer("/state/running").is_some();
    let started = |status: &Value| flag(status, "/started") && flag(status, "/ready");
    let ready = list(pod, "/status/containerStatuses")
        .iter()
        .filter(|status| running(status))
        .count()
        + sidecars(pod).filter(|status| started(status)).count();
    format!("{ready}/{total}")
}

fn status(pod: &Value) -> String {
    let mut reason = match text(pod, "/status/reason") {
        "" => text(pod, "/status/phase").to_owned(),
        given => given.to_owned(),
    };
    if condition(pod, "PodScheduled").is_some_and(|condition| text(condition, "/reason") == "SchedulingGated")
    {
        "SchedulingGated".clone_into(&mut reason);
    }
    let initialising = initialising(pod);
    let initialised =
        condition(pod, "Initialized").is_some_and(|condition| text(condition, "/status") == "True");
    if let Some(initialising) = initialising.filter(|_| !initialised) {
        reason = initialising;
    } else {
        reason = of_containers(pod, reason);
    }
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        let phase = text(pod, "/status/phase");
        if text(pod, "/status/reason") == "NodeLost" {
            "Unknown".clone_into(&mut reason);
        } else if phase != "Succeeded" && phase != "Failed" {
            "Terminating".clone_into(&mut reason);
        }
    }
    reason
}

/// What the first init container that is not done waits for.
fn initialising(pod: &Value) -> Option<String> {
    let total = list(pod, "/spec/initContainers").len();
    for (index, status) in list(pod, "/status/initContainerStatuses").iter().enumerate() {
        let exit_code = status
            .pointer("/state/terminated/exitCode")
            .and_then(Value::as_i64);
        if exit_code == Some(0) || (restartable(pod, text(status, "/name")) && flag(status, "/started")) {
            continue;
        }
        if status.pointer("/state/terminated").is_some() {
            return Some(format!("Init:{}", termination(status)));
        }
        let waiting = text(status, "/state/waiting/reason");
        if !waiting.is_empty() && waiting != "PodInitializing" {
            return Some(format!("Init:{waiting}"));
        }
        return Some(format!("Init:{index}/{total}"));
    }
    None
}

fn termination(status: &Value) -> String {
    let number = |pointer: &str| status.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    match text(status, "/state/terminated/reason") {
        "" if number("/state/terminated/signal") != 0 => {
            format!("Signal:{}", number("/state/terminated/signal"))
        }
        "" => format!("ExitCode:{}", number("/state/terminated/exitCode")),
        reason => reason.to_owned(),
    }
}

/// The last container that is in trouble gives the word; a finished one beside running ones does not.
fn of_containers(pod: &Value, phase: String) -> String {
    let mut reason = phase;
    let mut running = false;
    for status in list(pod, "/status/containerStatuses").iter().rev() {
        let waiting = text(status, "/state/waiting/reason");
        if !waiting.is_empty() {
            waiting.clone_into(&mut reason);
        } else if status.pointer("/state/terminated").is_some() {
            reason = termination(status);
        } else if flag(status, "/ready") && status.pointer("/state/running").is_some() {
            running = true;
        }
    }
    if reason == "Completed" && running {
        let ready = condition(pod, "Ready").is_some_and(|condition| text(condition, "/status") == "True");
        return if ready {
            "Running".to_owned()
        } else {
            "NotReady".to_owned()
        };
    }
    reason
}

fn restarts(pod: &Value, now: Timestamp) -> String {
    let mut total = 0;
    let mut last: Option<(Timestamp, &Value)> = None;
    for status in list(pod, "/status/containerStatuses").iter().chain(sidecars(pod)) {
        total += status
            .pointer("/restartCount")
            .and_then(Value::as_i64)
            .unwrap_or(0);
        let finished = text(status, "/lastState/terminated/finishedAt").parse::<Timestamp>();
        if let Ok(finished) = finished
            && last.is_none_or(|(before, _)| before < finished)
        {
            last = Some((finished, status));
        }
    }
    match last {
        Some((_, status)) if total > 0 => {
            format!(
                "{total} ({} ago)",
                age_of(status, "/lastState/terminated/finishedAt", now)
            )
        }
        Some(_) | None => total.to_string(),
    }
}

fn readiness_gates(pod: &Value) -> String {
    let gates = list(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return String::new();
    }
    let open = gates
        .iter()
        .filter(|gate| {
            condition(pod, text(gate, "/conditionType")).is_some_and(|found| text(found, "/status") == "True")
        })
        .count();
    format!("{open}/{}", gates.len())
}
