//! Schemas of custom resources, and what becomes of objects by them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{kinds, object, texts};
use crate::apply::Tracker;
use crate::apply::typed::TypeTable;
use crate::request::bounds::{HEAVIEST, weight};
use crate::schema::causes::Path;
use crate::schema::check::{check, not_structural};
use crate::schema::{Schema, WrittenSchema};

pub(super) fn run(data: &[u8]) -> Option<()> {
    let [schema, new, old] = texts(data);
    meet(&object(schema)?, object(new)?, object(old).as_ref());
    Some(())
}

/// Holds an object, which may replace another, to a schema that may be none.
pub(crate) fn meet(schema: &Value, mut object: Value, old: Option<&Value>) {
    let path = Path::Field(&Path::Root, "schema");
    let refused = check(schema, &path, true);
    let _ = not_structural(schema, &path);
    let read = Schema::new(WrittenSchema::new(schema));
    read.prune(&mut object);
    let pruned = object.clone();
    let unknown = read.prune(&mut object);
    assert!(
        unknown.is_empty() && object == pruned,
        "pruned twice is pruned once: {unknown:?}"
    );
    read.fill(&mut object);
    if weight(&object, HEAVIEST).is_none() {
        return;
    }
    let filled = object.clone();
    let again = read.fill(&mut object);
    assert!(
        !again || object == filled || !refused.is_empty(),
        "filled twice is filled once"
    );
    let causes = read.validate(&object, old);
    assert!(causes.len() <= 500, "nobody reads {} causes", causes.len());
    // What is unchanged is let through, but for rules that compare it with itself.
    if !schema.to_string().contains("oldSelf") {
        let left = read.validate(&object, Some(&object));
        assert!(left.is_empty(), "unchanged, and refused: {left:?}");
    }
    if refused.is_empty() && causes.is_empty() && object.is_object() {
        own(schema, object);
    }
}

/// Applies the object, as it is, to nothing.
fn own(schema: &Value, mut object: Value) {
    let types = TypeTable::custom(Some(schema));
    object["apiVersion"] = json!("ex.io/v1");
    object["kind"] = json!("Thing");
    let tracker = Tracker::new((&types, "ex.io/v1"), ("m", ""), Timestamp::UNIX_EPOCH);
    let _ = tracker.updated(None, &object, None);
    if let Err(refused) = tracker.applied(None, &object, true) {
        assert!(!refused.to_string().is_empty());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let thing = r#"{"apiVersion":"ex.io/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"n":1,"x":1.5,"when":"2026-01-01T00:00:00Z","choice":"one","either":"10%","null":null,"labels":{"i":"x"},"atom":{},"set":["a","b"],"keyed":[{"k":"a","v":1},{"k":"a","p":"UDP"}],"free":{"q":[1]},"list":[{"y":true,"z":1}],"template":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}},"some":{"a":1}}}"#;
    let schema = kinds::schema();
    let mut schemas = vec![schema.to_string()];
    // Each of its fields alone, which is as much as most inputs need.
    let fields = schema
        .pointer("/properties/spec/properties")
        .and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        let spec = json!({"type": "object", "properties": {name: field}});
        schemas.push(json!({"type": "object", "properties": {"spec": spec}}).to_string());
    }
    let rules = [
        "self.spec.n > 0 && self.spec.set.exists(x, x.matches('^a'))",
        "self.spec.labels.all(k, self.spec.labels[k].size() < 10)",
        "duration('1h') < duration('2h') && timestamp(self.spec.when) > timestamp('2020-01-01T00:00:00Z')",
        "self.spec.set.map(x, x + 'y').filter(z, z != '').size() == self.spec.set.size()",
        "quantity('1Gi').isGreaterThan(quantity('1Mi')) && url('https://a/b').getHost() == 'a'",
        "type(self.spec.either) == string ? self.spec.either.endsWith('%') : self.spec.either < 5",
        "self.spec == oldSelf.spec",
        "self.spec.set.all(x, self.spec.set.all(y, self.spec.set.exists_one(z, x + y == z)))",
        "[1, 2, 3].map(x, [x, x].map(y, {'k': y})).size() + [[1], [2]].size() > 0 && 'a'.matches('(a{9}){9}')",
        "self.spec.set.sum() > 1 || self.spec.set.join(',').lowerAscii().split(',')[0] == 'a'",
    ];
    let deep = (0..24).fold(json!({"type": "string"}), |inner, level| match level % 3 {
        0 => json!({"type": "object", "properties": {"spec": inner}}),
        1 => json!({"type": "object", "additionalProperties": inner}),
        _ => json!({"type": "array", "items": inner, "maxItems": 3}),
    });
    schemas.push(json!({"type": "object", "properties": {"spec": deep}}).to_string());
    for rule in rules {
        let mut with_rule = schema.clone();
        with_rule["x-kubernetes-validations"] = json!([{"rule": rule, "message": "no"}]);
        schemas.push(with_rule.to_string());
    }
    schemas
        .iter()
        .map(|schema| {
            [
                schema.as_bytes(),
                b"\0",
                thing.as_bytes(),
                b"\0",
                thing.as_bytes(),
            ]
            .concat()
        })
        .collect()
}
