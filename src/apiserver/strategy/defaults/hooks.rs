//! The defaults of webhook configurations and admission policies.

use serde_json::{Map, Value, json};

use super::{each, missing, number, text, with, within};

/// How long a webhook may take, in seconds.
const TIMEOUT: i64 = 10;

/// The port of a service that names none.
const PORT: i64 = 443;

pub(super) fn validating(object: &mut Map<String, Value>) {
    each(object, "webhooks", webhook);
}

pub(super) fn mutating(object: &mut Map<String, Value>) {
    each(object, "webhooks", |hook| {
        webhook(hook);
        text(hook, "reinvocationPolicy", "Never");
    });
}

pub(super) fn policy(object: &mut Map<String, Value>) {
    within(object, "spec", |spec| {
        text(spec, "failurePolicy", "Fail");
        within(spec, "matchConstraints", |matched| {
            selection(matched);
            each(matched, "resourceRules", scope);
            each(matched, "excludeResourceRules", scope);
        });
    });
}

fn webhook(hook: &mut Map<String, Value>) {
    text(hook, "failurePolicy", "Fail");
    number(hook, "timeoutSeconds", TIMEOUT);
    selection(hook);
    each(hook, "rules", scope);
    with(hook, "clientConfig", |client| {
        within(client, "service", |service| number(service, "port", PORT));
    });
}

fn selection(matched: &mut Map<String, Value>) {
    text(matched, "matchPolicy", "Equivalent");
    missing(matched, "namespaceSelector", json!({}));
    missing(matched, "objectSelector", json!({}));
}

fn scope(rule: &mut Map<String, Value>) {
    text(rule, "scope", "*");
}
