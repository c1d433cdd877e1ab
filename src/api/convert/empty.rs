//! What says nothing: empty texts, lists and objects, and zeros that stand for nothing. The old version's clients write them
//! wherever they have nothing to say; the new version forbids nearly all of them.

use serde_json::Value;

use super::Fields;

/// Fields in which empty is not nothing: they are left as they are, with everything below.
const MEANT: [&str; 22] = [
    // The user's own texts and values.
    "annotations",
    "attributes",
    "capacity",
    "config",
    "featureGates",
    "labels",
    "settings",
    "value",
    "values",
    // An empty selector selects everything.
    "clusterSelector",
    "matchExpressions",
    "matchLabels",
    "namespaceSelector",
    "selector",
    // Everything that a schema says means something.
    "openAPIV3Schema",
    "schema",
    // Naming a backend chooses it.
    "backend",
    // No taints at all, instead of the usual ones.
    "taints",
    // Types of Kubernetes, which demand their texts.
    "conditions",
    "nodeInfo",
    "nodeRefs",
    // An empty name of a secret: there is none, and none is waited for.
    "dataSecretName",
];

/// Numbers of which zero says that there is none.
const ZERO_IS_NONE: [&str; 8] = [
    "apiServerPort",
    "bindPort",
    "caCertificateValidityPeriodDays",
    "certificateValidityPeriodDays",
    "certificatesExpiryDays",
    "observedGeneration",
    "percentage",
    "port",
];

/// Objects that are demanded, while all that is in them may be left out.
const DEMANDED: [&str; 3] = ["bootstrap", "spec", "template"];

/// Takes away what says nothing in an object, but for its metadata. Of templates that may say nothing at all, everything.
pub(super) fn sweep_object(object: &mut Fields, all_may_go: bool) {
    let demanded: &[&str] = if all_may_go { &[] } else { &DEMANDED };
    for name in ["spec", "status"] {
        let Some(value) = object.get_mut(name) else {
            continue;
        };
        clean(value, demanded);
        if is_nothing(name, value) && !demanded.contains(&name) {
            object.shift_remove(name);
        }
    }
}

fn clean(value: &mut Value, demanded: &[&str]) {
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            if MEANT.contains(&name.as_str()) {
                return true;
            }
            clean(value, demanded);
            let is_demanded = value.is_object() && demanded.contains(&name.as_str());
            is_demanded || !is_nothing(name, value)
        }),
        Value::Array(elements) => elements.iter_mut().for_each(|element| clean(element, demanded)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0) && ZERO_IS_NONE.contains(&name),
        Value::Bool(_) => false,
    }
}
