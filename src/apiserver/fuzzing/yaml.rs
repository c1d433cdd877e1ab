//! Bodies in YAML, and in JSON.

use http::{HeaderMap, HeaderValue, header};

use super::{assert_same, kinds};
use crate::handlers::apply::read;
use crate::request::bounds::{HEAVIEST, weight};
use crate::request::strict::Flaws;
use crate::request::{body, strict};

pub(super) fn run(data: &[u8]) -> Option<()> {
    let resource = kinds::all().first()?;
    for media_type in ["application/yaml", "application/json"] {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        let Ok(document) = body::document(resource, &headers, data) else {
            continue;
        };
        let object = document.object;
        assert!(
            weight(&object, HEAVIEST).is_some(),
            "neither too deep nor too large"
        );
        let text = object.to_string();
        let again = strict::json(text.as_bytes()).ok();
        let flaws = again.as_ref().map(|document| &document.flaws);
        assert_eq!(flaws, Some(&Flaws::default()));
        let again = again.map(|document| document.object).unwrap_or_default();
        assert_same(&again, &object, "what was read can be written and read");
        // JSON is YAML; but YAML may not be as deep, and has escapes of its own.
        if let Ok(as_yaml) = strict::yaml(&text) {
            assert_same(&as_yaml.object, &object, "JSON means the same as YAML");
        }
    }
    if let Ok(document) = read(data) {
        assert!(document.object.is_object());
    }
    Some(())
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let plain = [
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: \"b\", 'c': d}}\nspec:\n  containers:\n  - name: a\n    image: >-\n      x\n      y\n",
        "a: &a {x: 1, y: [yes, no, ~, null, 0x1F, 0o17, 1e3, .inf, -.nan, 1_000, 2001-01-01]}\nb: *a\nc: {<<: *a, z: 2}\n",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "a: |+\n  text\n\nb: !!str 5\nc: !!binary aGk=\nd: !custom {x: 1}\n? complex\n: value\n",
        "--- {a: 1}\n...\n--- {b: 2}\n",
        "%YAML 1.2\n%TAG ! tag:ex.io,2026:\n---\na: \"\\u263A\\x41\\n\"\n# comment\n",
        "{\"a\":1,\"a\":2,\"b\":[{\"c\":18446744073709551615,\"d\":-0.0,\"e\":1.7976931348623157e308}]}",
        "{\"a\":[[[[[[[[[[1]]]]]]]]]],\"b\":\"\\ud83d\\ude00\",\"c\":123456789012345678901234567890}",
        "a: 1\nb:\n- c: 1\n  c: two\na: 1.5\n",
    ];
    // At the bounds of depth, and a text that wants to be a thousand times as long.
    let nested =
        |open: &str, close: &str, depth| format!("{{a: {}1{}}}", open.repeat(depth), close.repeat(depth));
    let mut bomb = "a0: &a0 [x, x, x, x]\n".to_owned();
    for level in 1..6 {
        bomb = format!(
            "{bomb}a{level}: &a{level} [*a{0}, *a{0}, *a{0}, *a{0}]\n",
            level - 1
        );
    }
    let made = [
        nested("[", "]", 63),
        nested("{a: ", "}", 40),
        nested("- ", "", 20),
        bomb,
    ];
    let plain = plain.into_iter().map(str::to_owned);
    plain.chain(made).map(String::into_bytes).collect()
}
