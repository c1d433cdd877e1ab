//! The names of a definition.

use serde_json::{Value, json};

use super::{text, texts};
use crate::schema::causes::Path;
use crate::schema::check::{NO_LABEL, is_label};
use crate::status::Cause;
use crate::strategy::names::is_subdomain;

/// What is wrong with the group and the names.
pub(super) fn check(definition: &Value, causes: &mut Vec<Cause>) {
    let group = text(definition, "/spec/group");
    if group.is_empty() {
        causes.push(Cause::required("spec.group", ""));
    } else if !is_subdomain(group) {
        causes.push(Cause::invalid("spec.group", &format!("{group:?}"), "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"));
    } else if !group.contains('.') {
        causes.push(Cause::invalid(
            "spec.group",
            &format!("{group:?}"),
            "should be a domain with at least one dot",
        ));
    }
    let root = Path::Root;
    let path = root.field("spec.names");
    for field in ["plural", "singular", "kind", "listKind"] {
        let name = text(definition, &format!("/spec/names/{field}"));
        let place = path.field(field);
        if name.is_empty() {
            causes.push(Cause::required(&place.to_string(), ""));
        } else if matches!(field, "kind" | "listKind") {
            if !is_label(&name.to_lowercase()) {
                let message = format!("may have mixed case, but should otherwise match: {NO_LABEL}");
                causes.push(Cause::invalid_value(&place, &json!(name), &message));
            }
        } else if !is_label(name) {
            causes.push(Cause::invalid_value(&place, &json!(name), NO_LABEL));
        }
    }
    let (kind, list) = (
        text(definition, "/spec/names/kind"),
        text(definition, "/spec/names/listKind"),
    );
    if !kind.is_empty() && kind == list {
        let message = "kind and listKind may not be the same";
        causes.push(Cause::invalid_value(
            &path.field("listKind"),
            &json!(list),
            message,
        ));
    }
    for field in ["shortNames", "categories"] {
        let place = path.field(field);
        for (index, name) in texts(definition, &format!("/spec/names/{field}"))
            .iter()
            .enumerate()
        {
            if !is_label(name) {
                causes.push(Cause::invalid_value(&place.index(index), &json!(name), NO_LABEL));
            }
        }
    }
}
