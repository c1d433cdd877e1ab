//! Columns of what tells an API server how to work.
//!
//! Source: `pkg/printers/internalversion/printers.go` of Kubernetes, and `apiservice` of its aggregator.

use serde_json::{Value, json};

use super::built_in::{age, field, joined, list, number, or_else};
use super::{Printed, duration, text};

/// The columns of a kind of this sort; none for other kinds.
pub(super) fn columns(kind: &str) -> Option<Vec<Printed<'static>>> {
    Some(match kind {
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => vec![
            Printed::name(),
            Printed::new(
                "Webhooks",
                "integer",
                "How many there are.",
                |configuration, _| json!(list(configuration, "/webhooks").len()),
            ),
            age(),
        ],
        "ValidatingAdmissionPolicy" => vec![
            Printed::name(),
            Printed::new("Validations", "integer", "How many there are.", |policy, _| {
                json!(list(policy, "/spec/validations").len())
            }),
            Printed::new(
                "ParamKind",
                "string",
                "The kind of its parameters.",
                |policy, _| match text(policy, "/spec/paramKind/kind") {
                    "" => Value::from("<unset>"),
                    kind => Value::String(format!("{}/{kind}", text(policy, "/spec/paramKind/apiVersion"))),
                },
            ),
            age(),
        ],
        "ValidatingAdmissionPolicyBinding" => vec![
            Printed::name(),
            field("PolicyName", "/spec/policyName", "The policy."),
            Printed::new("ParamRef", "string", "Its parameters.", |binding, _| {
                let namespace = text(binding, "/spec/paramRef/namespace");
                match (namespace, text(binding, "/spec/paramRef/name")) {
                    ("", "") => Value::from("<unset>"),
                    ("", name) => Value::from(name),
                    (namespace, name) => Value::String(format!("{namespace}/{name}")),
                }
            }),
            age(),
        ],
        "FlowSchema" => flow_schema(),
        "PriorityLevelConfiguration" => priority_level(),
        "APIService" => api_service(),
        "CertificateSigningRequest" => certificate_request(),
        _ => return None,
    })
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == kind)
}

fn flow_schema() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field(
            "PriorityLevel",
            "/spec/priorityLevelConfiguration/name",
            "The level of its requests.",
        ),
        Printed::new(
            "MatchingPrecedence",
            "integer",
            "The lowest is looked at first.",
            |schema, _| json!(number(schema, "/spec/matchingPrecedence")),
        ),
        Printed::new(
            "DistinguisherMethod",
            "string",
            "What makes a flow.",
            |schema, _| or_else(text(schema, "/spec/distinguisherMethod/type"), "<none>"),
        ),
        age(),
        Printed::new(
            "MissingPL",
            "string",
            "Whether its level is missing.",
            |schema, _| {
                or_else(
                    condition(schema, "Dangling").map_or("", |dangling| text(dangling, "/status")),
                    "?",
                )
            },
        ),
    ]
}

fn priority_level() -> Vec<Printed<'static>> {
    fn number_or_none(level: &Value, pointer: &str) -> Value {
        level.pointer(pointer).and_then(Value::as_i64).map_or_else(
            || Value::from("<none>"),
            |number| Value::String(number.to_string()),
        )
    }
    let queuing = |name, field: &'static str, description| {
        Printed::new(name, "integer", description, move |level: &Value, _| {
            number_or_none(level, &format!("/spec/limited/limitResponse/queuing/{field}"))
        })
    };
    vec![
        Printed::name(),
        field("Type", "/spec/type", "Whether it is limited."),
        Printed::new(
            "NominalConcurrencyShares",
            "string",
            "Its share.",
            |level, _| match text(level, "/spec/type") {
                "Exempt" => number_or_none(level, "/spec/exempt/nominalConcurrencyShares"),
                _ => number_or_none(level, "/spec/limited/nominalConcurrencyShares"),
            },
        ),
        queuing("Queues", "queues", "How many queues it has."),
        queuing("HandSize", "handSize", "How many of them a flow is dealt."),
        queuing("QueueLengthLimit", "queueLengthLimit", "How long a queue may be."),
        age(),
    ]
}

fn api_service() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new("Service", "string", "Who serves it.", |service, _| {
            match text(service, "/spec/service/name") {
                "" => Value::from("Local"),
                name => Value::String(format!("{}/{name}", text(service, "/spec/service/namespace"))),
            }
        }),
        Printed::new("Available", "string", "Whether it is served.", |service, _| {
            let Some(available) = condition(service, "Available") else {
                return Value::from("Unknown");
            };
            match (text(available, "/status"), text(available, "/reason")) {
                ("True", _) => Value::from("True"),
                (status, reason) => Value::String(format!("{status} ({reason})")),
            }
        }),
        age(),
    ]
}

fn certificate_request() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        age(),
        field("SignerName", "/spec/signerName", "Who is to sign it."),
        field("Requestor", "/spec/username", "Who asked."),
        Printed::new("RequestedDuration", "string", "For how long.", |request, _| {
            let seconds = request.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
            Value::String(seconds.map_or_else(|| "<none>".to_owned(), duration::of_seconds))
        }),
        Printed::new("Condition", "string", "What was decided.", |request, _| {
            let conditions = list(request, "/status/conditions").iter();
            let names = conditions.map(|condition| text(condition, "/type"));
            let mut state = joined(names.filter(|name| matches!(*name, "Approved" | "Denied" | "Failed")));
            if state.is_empty() {
                "Pending".clone_into(&mut state);
            }
            if !text(request, "/status/certificate").is_empty() {
                state.push_str(",Issued");
            }
            Value::String(state)
        }),
    ]
}
