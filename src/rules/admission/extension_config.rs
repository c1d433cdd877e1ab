//! ExtensionConfig.

use serde_json::{Value, json};

use super::field::{self, defined, integer, map_mut, set_missing, text};
use super::labels::{label_faults, service_name_faults};
use super::selector::Selector;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write};

#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature of all defaults in the table of rules"
)]
pub(super) fn default(_: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    // To take the selector makes it where it is missing: an empty one selects all namespaces.
    let _ = map_mut(object, &["spec", "namespaceSelector"]);
    if defined(object, "/spec/clientConfig/service").is_some() {
        set_missing(object, &["spec", "clientConfig", "service"], "port", json!(443));
    }
    Ok(())
}

pub(super) fn validate(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    let name = field::name(object);
    for fault in label_faults(name) {
        verdict.add(Violation::invalid_text(
            "metadata.name",
            name,
            &format!("ExtensionConfig name should be a valid DNS1123 label name: [{fault}]"),
        ));
    }
    let url = text(object, "/spec/clientConfig/url");
    let service = defined(object, "/spec/clientConfig/service");
    match (url.is_empty(), service) {
        (true, None) => verdict.add(Violation::required(
            "spec.clientConfig",
            "either url or service must be defined",
        )),
        (false, Some(_)) => verdict.add(Violation::forbidden(
            "spec.clientConfig",
            "only one of url or service can be defined",
        )),
        (true, Some(_)) | (false, None) => {}
    }
    check_url(url, verdict);
    if let Some(service) = service {
        check_service(service, verdict);
    }
    match object.pointer("/spec/namespaceSelector").map(Selector::read) {
        None => verdict.add(Violation::required("spec.namespaceSelector", "must be defined")),
        Some(Err(why)) => verdict.add(Violation::invalid(
            "spec.namespaceSelector",
            object.pointer("/spec/namespaceSelector").unwrap_or(&Value::Null),
            &why,
        )),
        Some(Ok(_)) => {}
    }
}

fn check_url(url: &str, verdict: &mut Verdict) {
    if url.is_empty() {
        return;
    }
    let why = match url.split_once("://") {
        None => "must be a valid URL, e.g. https://example.com: invalid URI for request",
        Some((scheme, _)) if !scheme.eq_ignore_ascii_case("https") => {
            "'https' is the only allowed URL scheme, e.g. https://example.com"
        }
        Some((_, rest)) if rest.is_empty() || rest.contains(char::is_whitespace) => {
            "must be a valid URL, e.g. https://example.com: invalid URI for request"
        }
        Some(_) => return,
    };
    verdict.add(Violation::invalid_text("spec.clientConfig.url", url, why));
}

fn check_service(service: &Value, verdict: &mut Verdict) {
    const PATH: &str = "spec.clientConfig.service";
    type Faults = fn(&str) -> Vec<String>;
    let parts: [(&str, Faults); 2] = [("name", service_name_faults), ("namespace", label_faults)];
    for (part, faults) in parts {
        let value = text(service, &format!("/{part}"));
        let path = format!("{PATH}.{part}");
        if value.is_empty() {
            verdict.add(Violation::required(&path, "must not be empty"));
        }
        for fault in faults(value) {
            verdict.add(Violation::invalid_text(&path, value, &fault));
        }
    }
    let path = text(service, "/path");
    if !path.is_empty() && !path.starts_with('/') {
        verdict.add(Violation::invalid_text(
            format!("{PATH}.path"),
            path,
            "must start with \"/\" to be a valid URL path",
        ));
    }
    if let Some(port) = integer(service, "/port")
        && !(1..=65535).contains(&port)
    {
        verdict.add(Violation::invalid(
            format!("{PATH}.port"),
            &json!(port),
            "must be between 1 and 65535, inclusive",
        ));
    }
}
