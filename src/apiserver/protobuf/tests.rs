//! Bodies that another encoder made, and bodies that nobody would make.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Pairs of lines: a body as Go's serializer of Kubernetes 0.33 writes it, in hexadecimal, and the JSON of the same object.
const BODIES: &str = include_str!("bodies.txt");

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap())
        .collect()
}

/// Go writes null where an object has nothing; here nothing is written.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn bodies() -> Vec<(Vec<u8>, Value)> {
    let lines: Vec<&str> = BODIES.lines().collect();
    lines
        .chunks(2)
        .map(|pair| {
            let mut object = serde_json::from_str(pair[1]).unwrap();
            without_nulls(&mut object);
            (bytes(pair[0]), object)
        })
        .collect()
}

fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    [&[number << 3 | 2, length], value].concat()
}

/// A body of this kind of the core group with this message.
fn body(kind: &str, raw: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
    [MAGIC, &field(1, &type_meta), &[0x12], &length(raw.len()), raw].concat()
}

fn length(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7F {
        bytes.push(u8::try_from(number & 0x7F).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

#[test]
fn bodies_of_go_clients_are_read() {
    let bodies = bodies();
    assert_eq!(bodies.len(), 12);
    for (body, expected) in bodies {
        let read = object(&body, None).unwrap();
        assert_eq!(read, expected);
        assert_eq!(
            read.to_string(),
            expected.to_string(),
            "the order of fields is Go's"
        );
    }
}

#[test]
fn a_typed_round_trip_changes_nothing_of_what_go_writes() {
    for (_, object) in bodies() {
        let text = |field: &str| object[field].as_str().unwrap();
        let message = type_of(text("apiVersion"), text("kind")).unwrap();
        let mut again = object.clone();
        assert_eq!(crate::typed::round_trip(&mut again, message), Ok(Vec::new()));
        assert_eq!(again, object);
    }
}

#[test]
fn a_body_without_a_type_is_what_the_path_says() {
    let raw = field(2, &[field(1, b"k"), field(2, b"v")].concat());
    let untyped = [MAGIC, &field(2, &raw)].concat();
    assert_eq!(
        object(&untyped, Some(("v1", "ConfigMap"))).unwrap(),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"}})
    );
    assert!(matches!(object(&untyped, None), Err(DecodeError::Kind { .. })));
}

#[test]
fn fields_of_newer_versions_are_skipped() {
    let unknown = [
        vec![0xF8, 0x7F, 0x01],
        vec![0xF9, 0x7F, 1, 2, 3, 4, 5, 6, 7, 8],
        vec![0xFA, 0x7F, 0x01, 0xFF],
        vec![0xFB, 0x7F, 0x0B, 0x0C, 0x08, 0x01, 0xFC, 0x7F],
        vec![0xFD, 0x7F, 1, 2, 3, 4],
        vec![0x20, 0x01],
    ]
    .concat();
    assert_eq!(
        object(&body("ConfigMap", &unknown), None),
        Ok(json!({"apiVersion": "v1", "kind": "ConfigMap", "immutable": true}))
    );
}

#[test]
fn an_entry_without_a_value_has_the_zero_of_its_type() {
    let limits = field(1, &field(1, b"cpu"));
    let containers = field(2, &[field(1, b"a"), field(8, &limits)].concat());
    let read = object(&body("Pod", &field(2, &containers)), None).unwrap();
    assert_eq!(
        read.pointer("/spec/containers/0/resources"),
        Some(&json!({"limits": {"cpu": "0"}}))
    );
}

#[test]
fn the_first_second_of_1970_is_a_time() {
    let created = |time: &[u8]| {
        let metadata = field(1, &field(8, time));
        let read = object(&body("Secret", &metadata), None).unwrap();
        read.pointer("/metadata/creationTimestamp").cloned()
    };
    for time in [[0x08, 0, 0x10, 0], [0x08, 0, 0x10, 5]] {
        assert_eq!(created(&time), Some(json!("1970-01-01T00:00:00Z")));
    }
    assert_eq!(created(&[]), None);
}

#[test]
fn nonsense_is_refused() {
    for (raw, expected) in [
        (vec![0x0A], DecodeError::Truncated),
        (vec![0x0A, 5, 1], DecodeError::Truncated),
        (vec![0x00, 0x00], DecodeError::Malformed),
        (vec![0x0E], DecodeError::Malformed),
        (vec![0xFF; 11], DecodeError::Malformed),
        (vec![0x0C], DecodeError::Malformed),
        (vec![0x08, 0x01], DecodeError::WireType("metadata")),
        (field(1, &[0x08, 0x01]), DecodeError::WireType("name")),
        (field(1, &field(1, &[0xFF])), DecodeError::Utf8("name")),
        ([0x0B].repeat(200), DecodeError::Depth),
    ] {
        assert_eq!(object(&body("Secret", &raw), None), Err(expected), "{raw:?}");
    }
    assert_eq!(object(b"{}", None), Err(DecodeError::Prefix));
    assert!(matches!(
        object(&body("Nothing", &[]), None),
        Err(DecodeError::Kind { .. })
    ));
    let json = [body("Secret", &[]), field(4, b"application/json")].concat();
    assert!(matches!(object(&json, None), Err(DecodeError::Content(_))));
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    // A schema in a schema in a schema: `not` is field 28.
    let mut schema = Vec::new();
    for _ in 0..200 {
        schema = [vec![0xE2, 0x01], length(schema.len()), schema].concat();
    }
    let version = [
        vec![0x22],
        length(schema.len() + 4),
        vec![0x0A],
        length(schema.len()),
        schema,
    ]
    .concat();
    let spec = [vec![0x3A], length(version.len()), version].concat();
    let raw = [vec![0x12], length(spec.len()), spec].concat();
    let envelope = |raw: &[u8]| [MAGIC, &[0x12], &length(raw.len()), raw].concat();
    let kind = Some(("apiextensions.k8s.io/v1", "CustomResourceDefinition"));
    assert!(matches!(
        object(&envelope(&raw), kind),
        Err(DecodeError::Depth | DecodeError::Truncated)
    ));
    // What is read from protobuf may be sent back as JSON, which may be as deep and no deeper.
    let schema = (0..200).map(|depth| {
        let schema = (0..depth).fold(vec![], |inner: Vec<u8>, _| {
            [vec![0xE2, 0x01], length(inner.len()), inner].concat()
        });
        let raw = [0x12, 0x3A, 0x22, 0x0A].iter().rev();
        raw.fold(schema, |inner, tag| {
            [vec![*tag], length(inner.len()), inner].concat()
        })
    });
    let kind = Some(("apiextensions.k8s.io/v1", "CustomResourceDefinition"));
    let read: Vec<Value> = schema
        .map_while(|raw| object(&envelope(&raw), kind).ok())
        .collect();
    assert!(read.len() > 90 && read.len() < 100, "{}", read.len());
    let deepest = read.last().unwrap().to_string();
    assert!(crate::request::strict::json(deepest.as_bytes()).is_ok());
    // JSON inside counts with what is around it.
    let deep = format!("{}1{}", "[".repeat(125), "]".repeat(125));
    let revision = |json: &str| {
        let raw = [&[0x0A], length(json.len()).as_slice(), json.as_bytes()].concat();
        envelope(&[&[0x12], length(raw.len()).as_slice(), &raw].concat())
    };
    let kind = Some(("apps/v1", "ControllerRevision"));
    assert_eq!(object(&revision(&deep), kind), Err(DecodeError::Depth));
    assert!(object(&revision("[[1]]"), kind).is_ok());
    assert!(matches!(object(&revision("{"), kind), Err(DecodeError::Json(..))));
    // A million empty containers.
    let containers = field(2, &[]).repeat(1_000_000);
    let raw = [vec![0x12], length(containers.len()), containers].concat();
    assert_eq!(object(&body("Pod", &raw), None), Err(DecodeError::Size));
}

#[test]
fn a_status_can_be_read_back() {
    let refused = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {"continue": "token"}, "status": "Failure",
        "message": "no", "reason": "NotAcceptable",
        "details": {"name": "n", "causes": [{"reason": "r", "message": "m", "field": "f"}], "retryAfterSeconds": 300},
        "code": 406,
    });
    assert_eq!(object(&status(&refused), None).unwrap(), refused);
    // `v1`, `Status`, and a message of three letters: nothing else has to be there.
    let expected = bytes(
        "6b3873000a0c0a0276311206537461747573120 51a036162631a002200"
            .replace(' ', "")
            .as_str(),
    );
    assert_eq!(status(&json!({"message": "abc"})), expected);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = object(&raw, Some(("v1", "Pod")));
        for kind in ["Pod", "Secret", "Event", "Node"] {
            let _ = object(&body(kind, &raw), None);
        }
        let envelope = [MAGIC, &[0x12], &length(raw.len()), &raw].concat();
        let _ = object(&envelope, Some(("apiextensions.k8s.io/v1", "CustomResourceDefinition")));
    }

    #[test]
    fn damaged_bodies_are_read_or_refused(which in 0..12_usize, at in 0..400_usize, with in any::<u8>(), cut in 0..400_usize) {
        let (mut body, _) = bodies().swap_remove(which);
        let place = at % body.len();
        body[place] = with;
        body.truncate(body.len().saturating_sub(cut % 50));
        if let Ok(read) = object(&body, None) {
            // What was read can be stored, which means written and read again.
            let again: Value = serde_json::from_str(&read.to_string()).unwrap();
            prop_assert_eq!(again, read);
        }
    }
}
