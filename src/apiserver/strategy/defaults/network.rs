//! The defaults of Services and of what belongs to them.

use serde_json::{Map, Value, json};

use super::{each, missing, number, text, text_of, with, within};

/// How long a client stays with one Pod, in seconds.
const STICKY: i64 = 10_800;

pub(super) fn service(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        text(spec, "sessionAffinity", "None");
        if text_of(spec, "sessionAffinity") == "ClientIP" {
            with(spec, "sessionAffinityConfig", |config| {
                with(config, "clientIP", |client| {
                    number(client, "timeoutSeconds", STICKY);
                });
            });
        }
        text(spec, "type", "ClusterIP");
        let balanced = text_of(spec, "type") == "LoadBalancer";
        if text_of(spec, "type") != "ExternalName" {
            text(spec, "internalTrafficPolicy", "Cluster");
        }
        if balanced || text_of(spec, "type") == "NodePort" {
            text(spec, "externalTrafficPolicy", "Cluster");
        }
        if balanced {
            missing(spec, "allocateLoadBalancerNodePorts", json!(true));
        }
        each(spec, "ports", |port| {
            text(port, "protocol", "TCP");
            let target = port.get("targetPort");
            if target.is_none_or(|target| target.is_null() || *target == 0 || *target == "") {
                let same = port.get("port").cloned().unwrap_or(Value::Null);
                port.insert("targetPort".to_owned(), same);
            }
        });
    });
}

pub(super) fn endpoints(object: &mut Map<String, Value>) {
    each(object, "subsets", |subset| {
        each(subset, "ports", |port| text(port, "protocol", "TCP"));
    });
}

pub(super) fn slice(object: &mut Map<String, Value>) {
    each(object, "ports", |port| {
        missing(port, "name", json!(""));
        text(port, "protocol", "TCP");
    });
}

pub(super) fn policy(object: &mut Map<String, Value>) {
    within(object, "spec", |spec| {
        for direction in ["ingress", "egress"] {
            each(spec, direction, |rule| {
                each(rule, "ports", |port| text(port, "protocol", "TCP"));
            });
        }
        let full = |field: &str, spec: &Map<String, Value>| {
            spec.get(field)
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty())
        };
        if !full("policyTypes", spec) {
            let mut types = vec!["Ingress"];
            if full("egress", spec) {
                types.push("Egress");
            }
            spec.insert("policyTypes".to_owned(), json!(types));
        }
    });
}

pub(super) fn ingress_class(object: &mut Map<String, Value>) {
    within(object, "spec", |spec| {
        within(spec, "parameters", |parameters| {
            text(parameters, "scope", "Cluster");
        });
    });
}
