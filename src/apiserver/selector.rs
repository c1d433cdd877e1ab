//! Label and field selectors: which objects a list, a watch or a deletion means.

pub(crate) mod labels;

pub(crate) use labels::LabelSelector;

use serde_json::Value;

use crate::call::Place;
use crate::registry::Resource;
use crate::status::ApiError;
use crate::storage::Stored;

/// Fields of Events that can be selected, beside those of every object.
const EVENT_FIELDS: [&str; 11] = [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

/// The same of Events of `events.k8s.io`.
const NEWER_EVENT_FIELDS: [&str; 10] = [
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
];

/// Fields of Pods that can be selected.
const POD_FIELDS: [&str; 8] = [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
];

/// One demand on a field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Demand {
    field: String,
    value: String,
    equal: bool,
}

/// A field selector: all of its demands hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FieldSelector(Vec<Demand>);

impl FieldSelector {
    /// Reads `a=b,c!=d`.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let mut demands = Vec::new();
        for term in split(text).into_iter().filter(|term| !term.is_empty()) {
            let parts = term
                .split_once("!=")
                .map(|(field, value)| (field, value, false))
                .or_else(|| term.split_once("==").map(|(field, value)| (field, value, true)))
                .or_else(|| term.split_once('=').map(|(field, value)| (field, value, true)));
            let Some((field, value, equal)) = parts else {
                return Err(ApiError::bad_request(format!(
                    "unable to find field selector requirement: invalid selector: '{text}'; can't understand '{term}'"
                )));
            };
            demands.push(Demand {
                field: field.trim().to_owned(),
                value: unescape(value.trim()),
                equal,
            });
        }
        Ok(Self(demands))
    }

    /// Refuses fields that objects of this resource cannot be selected by.
    pub(crate) fn check(&self, resource: &Resource) -> Result<(), ApiError> {
        let known = |field: &str| {
            matches!(field, "metadata.name" | "metadata.namespace")
                || resource.selectable.iter().any(|selectable| selectable == field)
                || (resource.is("", "events") && EVENT_FIELDS.contains(&field))
                || (resource.is("events.k8s.io", "events") && NEWER_EVENT_FIELDS.contains(&field))
                || (resource.is("", "pods") && POD_FIELDS.contains(&field))
                || (resource.is("", "secrets") && field == "type")
                || (resource.is("batch", "jobs") && field == "status.successful")
                || (field == "status.replicas"
                    && (resource.is("apps", "replicasets") || resource.is("", "replicationcontrollers")))
                || (resource.is("", "nodes") && field == "spec.unschedulable")
                || (resource.is("", "namespaces") && field == "status.phase")
        };
        match self.0.iter().find(|demand| !known(&demand.field)) {
            Some(demand) => Err(ApiError::bad_request(format!(
                "field label not supported: {}",
                demand.field
            ))),
            None => Ok(()),
        }
    }

    /// Adds the demand that the name is this: how a watch of one object is told.
    pub(crate) fn and_name(&mut self, name: &str) {
        self.0.push(Demand {
            field: "metadata.name".to_owned(),
            value: name.to_owned(),
            equal: true,
        });
    }

    /// Whether nothing is demanded.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one name that is demanded, where one is.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0
            .iter()
            .find(|demand| demand.equal && demand.field == "metadata.name")
            .map(|demand| demand.value.as_str())
    }

    /// Whether the object meets all demands. Its text is parsed only where a demand needs it.
    pub(crate) fn matches(&self, place: &Place, stored: &Stored) -> bool {
        let mut parsed: Option<Value> = None;
        self.0.iter().all(|demand| {
            let equal = match demand.field.as_str() {
                "metadata.name" => stored.key.object.name == demand.value,
                "metadata.namespace" => stored.key.object.namespace == demand.value,
                field => {
                    let object = parsed.get_or_insert_with(|| place.read(stored).unwrap_or(Value::Null));
                    field_text(object, field) == demand.value
                }
            };
            equal == demand.equal
        })
    }
}

/// A field as selectors compare it; empty where there is none.
fn field_text(object: &Value, field: &str) -> String {
    let path = match field {
        "source" => "source.component",
        other => other,
    };
    match path.split('.').try_fold(object, |value, part| value.get(part)) {
        None if field == "source" => object
            .get("reportingComponent")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        None if matches!(field, "spec.unschedulable" | "spec.hostNetwork") => "false".to_owned(),
        None if matches!(field, "status.replicas" | "status.successful") => "0".to_owned(),
        None | Some(Value::Null | Value::Array(_) | Value::Object(_)) => String::new(),
    }
}

/// Splits at commas that no backslash stands before.
fn split(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (place, character) in text.char_indices() {
        match character {
            '\\' if !escaped => escaped = true,
            ',' if !escaped => {
                terms.push(text.get(start..place).unwrap_or_default());
                start = place + 1;
            }
            _ => escaped = false,
        }
    }
    terms.push(text.get(start..).unwrap_or_default());
    terms
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut escaped = false;
    for character in text.chars() {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(character);
            escaped = false;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_selectors_split_and_unescape() {
        let selector =
            FieldSelector::parse(r"metadata.name=a\,b,metadata.namespace!=x, reason==Why").unwrap();
        let read: Vec<_> = selector
            .0
            .iter()
            .map(|demand| (demand.field.as_str(), demand.value.as_str(), demand.equal))
            .collect();
        assert_eq!(
            read,
            [
                ("metadata.name", "a,b", true),
                ("metadata.namespace", "x", false),
                ("reason", "Why", true)
            ]
        );
        assert!(FieldSelector::parse("").unwrap().is_empty());
        assert!(FieldSelector::parse("nothing").is_err());
    }

    #[test]
    fn only_known_fields_can_be_selected() {
        let resource = Resource {
            plural: "events".to_owned(),
            ..Resource::default()
        };
        let check = |text: &str| FieldSelector::parse(text).unwrap().check(&resource);
        assert!(check("involvedObject.name=a,metadata.name=b").is_ok());
        let refused = check("spec.name=a").unwrap_err();
        assert_eq!(refused.to_string(), "field label not supported: spec.name");
    }
}
