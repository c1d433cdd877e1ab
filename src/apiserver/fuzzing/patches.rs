//! Patches and applied configurations.

use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{assert_same, kinds, object, pick, texts};
use crate::apply::Tracker;
use crate::apply::managed::{Managed, same_but_for_times};
use crate::handlers::apply::read;
use crate::handlers::record::reset;
use crate::object::{metadata, set_field, set_metadata};
use crate::patch::Patch;
use crate::registry::Resource;
use crate::request::bounds::{HEAVIEST, weight};
use crate::strategy::Part;
use crate::typed;

/// The media types of patches.
pub(crate) const MEDIA_TYPES: [&str; 3] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

pub(super) fn run(data: &[u8]) -> Option<()> {
    let ([way, kind], rest) = data.split_first_chunk()?;
    let [before, patch] = texts(rest);
    let resource = pick(kinds::all(), *kind)?;
    let before = object(before)?;
    match MEDIA_TYPES.get(usize::from(way % 4)) {
        Some(media_type) => {
            patch_it(resource, &before, (media_type, patch));
            Some(())
        }
        None => apply_it(resource, before, patch),
    }
}

/// Patches an object, if that can be done.
pub(crate) fn patch_it(resource: &Resource, before: &Value, (media_type, body): (&'static str, &[u8])) {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let Ok(patch) = Patch::read(resource, &headers, body) else {
        return;
    };
    let Ok(mut after) = patch.apply(before) else {
        return;
    };
    assert!(after.is_object(), "an object stays one");
    assert!(
        weight(&after, 4 * HEAVIEST).is_some(),
        "neither too deep nor too large"
    );
    match &patch {
        Patch::Json(_) => {
            let difference = Patch::Json(json_patch::diff(before, &after));
            let again = difference.apply(before).ok();
            assert_same(
                &again.unwrap_or_default(),
                &after,
                "the difference makes the same",
            );
        }
        Patch::Merge(_) => {
            let again = patch.apply(&after).ok();
            assert_same(&again.unwrap_or_default(), &after, "merged twice is merged once");
        }
        Patch::Strategic(..) => {}
    }
    if let Some(message) = resource.message()
        && typed::round_trip(&mut after, message).is_ok()
    {
        let held = after.clone();
        assert_eq!(typed::round_trip(&mut after, message), Ok(Vec::new()));
        assert_same(&after, &held, "what was held to its type stays so");
    }
}

/// Applies a configuration to an object, twice.
fn apply_it(resource: &Resource, mut live: Value, config: &[u8]) -> Option<()> {
    let mut config = read(config).ok()?.object;
    let api_version = resource.api_version();
    for object in [&mut live, &mut config] {
        set_field(object, "apiVersion", Some(json!(api_version)));
        set_field(object, "kind", Some(json!(resource.kind)));
    }
    let given = metadata(&live, "managedFields").cloned();
    set_metadata(&mut live, "managedFields", None);
    kinds::hold(resource, &mut live)?;
    let types = resource.field_types.of(resource);
    let tracker = |manager, second| {
        let now = Timestamp::from_second(second).unwrap_or_default();
        Tracker::new((types, &api_version), (manager, ""), now).resetting(reset(resource, Part::Main))
    };
    let managed = tracker("creator", 1).updated(None, &live, given.as_ref());
    set_metadata(&mut live, "managedFields", managed);
    readable(&live);
    if let Err(refused) = tracker("applier", 2).applied(Some(&live), &config, false) {
        assert!(!refused.to_string().is_empty());
    }
    let mut once = tracker("applier", 2).applied(Some(&live), &config, true).ok()?;
    readable(&once);
    kinds::hold(resource, &mut once)?;
    let mut twice = once.clone();
    set_metadata(&mut twice, "managedFields", None);
    let managed = tracker("updater", 3).updated(Some(&once), &twice, None);
    assert_eq!(
        managed.as_ref(),
        metadata(&once, "managedFields"),
        "nothing changes hands with nothing"
    );
    let mut twice = tracker("applier", 3).applied(Some(&once), &config, true).ok()?;
    kinds::hold(resource, &mut twice)?;
    // Where only the time is another one, nothing is written.
    let book = |object: &Value| metadata(object, "managedFields").cloned();
    assert!(
        same_but_for_times(book(&twice).as_ref(), book(&once).as_ref()),
        "no field changes hands"
    );
    for object in [&mut once, &mut twice] {
        set_metadata(object, "managedFields", None);
    }
    assert_same(&twice, &once, "applied twice is applied once");
    Some(())
}

/// The book of an object can be read, and written as it is.
pub(super) fn readable(object: &Value) {
    let Some(managed) = metadata(object, "managedFields") else {
        return;
    };
    let book = Managed::read(managed).ok();
    let written = book.as_ref().and_then(Managed::to_value);
    assert_eq!(written.as_ref(), Some(managed), "the book is read and written");
}

const POD: &str = r#"{"metadata":{"name":"p","labels":{"a":"b"},"finalizers":["x","y"]},"spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"E","value":"1"}]},{"name":"b"}],"tolerations":[{"key":"k"}]}}"#;

const DEPLOYMENT: &str = r#"{"metadata":{"name":"d"},"spec":{"replicas":1,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%"}},"template":{"spec":{"containers":[{"name":"a"}]}}}}"#;

const THING: &str = r#"{"metadata":{"name":"t","managedFields":[{"manager":"m","operation":"Apply","apiVersion":"ex.io/v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:n":{},"f:set":{".":{},"v:\"a\"":{}},"f:keyed":{"k:{\"k\":\"a\",\"p\":\"TCP\"}":{".":{},"f:v":{}}}}}}]},"spec":{"n":1,"labels":{"i":"x"},"atom":{"x":2},"set":["a","b"],"keyed":[{"k":"a","v":1},{"k":"b"}],"free":{"q":[1]},"list":[{"y":true}]}}"#;

/// The way, the kind, the object and the patch.
const SEEDS: [(u8, &str, &str, &str); 15] = [
    (
        0,
        "Pod",
        POD,
        r#"[{"op":"add","path":"/spec/containers/-","value":{"name":"c"}},{"op":"copy","from":"/spec","path":"/status"}]"#,
    ),
    (
        0,
        "Thing",
        THING,
        r#"[{"op":"test","path":"/spec/n","value":1},{"op":"move","from":"/spec/n","path":"/spec/free/n"},{"op":"remove","path":"/spec/set/0"},{"op":"replace","path":"","value":{}}]"#,
    ),
    (
        0,
        "ConfigMap",
        r#"{"data":{}}"#,
        r#"[{"op":"copy","from":"","path":"/data/a"},{"op":"copy","from":"","path":"/data/b"},{"op":"copy","from":"","path":"/data/c"}]"#,
    ),
    (
        1,
        "Thing",
        THING,
        r#"{"spec":{"n":null,"labels":{"i":null,"j":"y"},"set":[]}}"#,
    ),
    (
        1,
        "Deployment",
        DEPLOYMENT,
        r#"{"metadata":{"labels":{"a":"b"}},"spec":null}"#,
    ),
    (
        2,
        "Pod",
        POD,
        r#"{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]},"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","$patch":"delete"},{"name":"b","image":"j"}]}}"#,
    ),
    (
        2,
        "Deployment",
        DEPLOYMENT,
        r#"{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"},"template":{"$patch":"replace","spec":{"containers":[{"name":"z"}]}}}}"#,
    ),
    (
        2,
        "Service",
        r#"{"spec":{"ports":[{"port":80,"protocol":"TCP"}]}}"#,
        r#"{"spec":{"ports":[{"port":80,"targetPort":"x"},{"$patch":"replace"}]}}"#,
    ),
    (
        3,
        "Thing",
        THING,
        r#"{"metadata":{"name":"t"},"spec":{"n":2,"set":["c"],"keyed":[{"k":"a","v":5}],"atom":{"x":3}}}"#,
    ),
    (
        3,
        "Thing",
        THING,
        "metadata: {name: t}\nspec:\n  free: {q: [1, 2]}\n  list: [{y: false}]\n",
    ),
    (
        3,
        "Pod",
        POD,
        r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"name":"http"}]}]}}"#,
    ),
    (
        3,
        "Deployment",
        DEPLOYMENT,
        r#"{"metadata":{"name":"d"},"spec":{"replicas":3,"selector":{"matchLabels":{"a":"b"}}}}"#,
    ),
    (3, "ConfigMap", r#"{"data":{"a":"b"}}"#, "data: {a: c, d: e}\n"),
    (
        3,
        "Machine",
        r#"{"metadata":{"name":"m"},"spec":{"clusterName":"c","bootstrap":{"dataSecretName":"s"},"infrastructureRef":{"apiGroup":"g","kind":"K","name":"n"}}}"#,
        r#"{"spec":{"version":"v1.33.0","taints":[{"key":"a","effect":"NoSchedule","propagation":"Always"}]}}"#,
    ),
    (
        3,
        "Role",
        r#"{"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}"#,
        r#"{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}"#,
    ),
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let input = |(way, kind, object, patch): (u8, &str, &str, &str)| {
        let choices = [way, kinds::choice(kind)];
        [&choices, object.as_bytes(), b"\0", patch.as_bytes()].concat()
    };
    SEEDS.into_iter().map(input).collect()
}
