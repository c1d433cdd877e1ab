//! Upstream's own definitions: which fields each version of a kind has, and objects made up from them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// One version of a kind.
pub(super) struct Served {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) version: String,
    schema: Value,
}

/// All versions of the kinds that have several, as our own definitions have them, and as upstream's where those are at hand.
pub(super) static SERVED: LazyLock<Vec<Served>> = LazyLock::new(|| {
    let mut served: Vec<Served> = crate::crds::all()
        .flat_map(|definition| versions_of(&definition))
        .collect();
    served.extend(upstreams().iter().flat_map(versions_of));
    served
});

fn upstreams() -> Vec<Value> {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/crds/v1beta2"
    ));
    let Ok(files) = std::fs::read_dir(root) else {
        println!("only our own definitions: {} is not there", root.display());
        return Vec::new();
    };
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let read = |file| serde_yaml::from_str(&std::fs::read_to_string(file).expect("a text")).expect("YAML");
    files.iter().map(read).collect()
}

fn versions_of(definition: &Value) -> Vec<Served> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array().expect("versions");
    if versions.len() < 2 {
        return Vec::new();
    }
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let served = versions.iter().map(|version| Served {
        group: text(&spec["group"]),
        kind: text(&spec["names"]["kind"]),
        version: text(&version["name"]),
        schema: version["schema"]["openAPIV3Schema"].clone(),
    });
    served.collect()
}

/// The definition of a version of a kind.
pub(super) fn served(kind: &str, version: &str) -> &'static Served {
    let found = SERVED
        .iter()
        .find(|served| served.kind == kind && served.version == version);
    found.unwrap_or_else(|| panic!("{kind} {version} is not defined"))
}

impl Served {
    /// The other versions of the kind.
    pub(super) fn others(&self) -> impl Iterator<Item = &'static Served> {
        let (kind, version) = (self.kind.clone(), self.version.clone());
        SERVED
            .iter()
            .filter(move |other| other.kind == kind && other.version != version)
    }

    /// What in an object the definition does not allow: unknown fields and values of other types, by path.
    pub(super) fn faults(&self, object: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in object.as_object().expect("an object") {
            if !["apiVersion", "kind", "metadata"].contains(&name.as_str()) {
                match self.schema["properties"].get(name) {
                    Some(schema) => check(schema, value, name, &mut faults),
                    None => faults.push(format!("{name}: unknown")),
                }
            }
        }
        faults
    }

    /// An object made up from the definition, with some of its fields, of which some are empty.
    pub(super) fn object(&self, seed: u64, fullness: u64) -> Value {
        self.made_by(Maker {
            state: seed,
            fullness,
            may_be_empty: true,
        })
    }

    /// An object that has every field and says something in each.
    pub(super) fn full_object(&self, seed: u64) -> Value {
        self.made_by(Maker {
            state: seed,
            fullness: 100,
            may_be_empty: false,
        })
    }

    fn made_by(&self, mut maker: Maker) -> Value {
        let mut metadata = json!({"name": "made-up"});
        if maker.happens(80) {
            metadata["namespace"] = json!("fleet");
        }
        if maker.happens(50) {
            metadata["labels"] = json!({"cluster.x-k8s.io/cluster-name": "prod", "a": ""});
            metadata["annotations"] = json!({"note": "kept", "empty": ""});
        }
        let mut object = json!({
            "apiVersion": format!("{}/{}", self.group, self.version), "kind": self.kind, "metadata": metadata
        });
        for part in ["spec", "status"] {
            if let Some(schema) = self.schema["properties"].get(part)
                && (part == "spec" || maker.happens(80))
            {
                object[part] = maker.value(schema, part);
            }
        }
        object
    }
}

fn check(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if schema["x-kubernetes-preserve-unknown-fields"] == true && schema.get("properties").is_none() {
        return;
    }
    let mut fault = |what: &str| faults.push(format!("{at}: {what}, found {value}"));
    match value {
        _ if schema["x-kubernetes-int-or-string"] == true => {
            if !value.is_i64() && !value.is_string() {
                fault("a number or a text");
            }
        }
        Value::String(text) => {
            if schema["type"] != "string" {
                fault("no text");
            } else if text.is_empty() && schema["minLength"].as_u64() > Some(0) {
                fault("empty");
            } else if schema
                .get("enum")
                .is_some_and(|allowed| allowed.as_array().is_some_and(|allowed| !allowed.contains(value)))
            {
                fault("not among the allowed");
            }
        }
        Value::Bool(_) if schema["type"] != "boolean" => fault("no boolean"),
        Value::Number(number) if schema["type"] != "integer" || !number.is_i64() => {
            fault("no whole number");
        }
        Value::Array(elements) => match schema.get("items") {
            Some(items) if elements.is_empty() && schema["minItems"].as_u64() > Some(0) => {
                faults.push(format!("{at}: empty, of {items}"));
            }
            Some(items) => {
                for (index, element) in elements.iter().enumerate() {
                    check(items, element, &format!("{at}.{index}"), faults);
                }
            }
            None => fault("no list"),
        },
        Value::Object(fields) => check_fields(schema, fields, at, faults),
        Value::Null => fault("null"),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_fields(schema: &Value, fields: &Map<String, Value>, at: &str, faults: &mut Vec<String>) {
    if schema["type"] != "object" {
        faults.push(format!("{at}: no object"));
        return;
    }
    if fields.is_empty() && schema["minProperties"].as_u64() > Some(0) {
        faults.push(format!("{at}: empty"));
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(required.as_str().expect("a name")) {
            faults.push(format!("{at}: {required} is missing"));
        }
    }
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        let known = schema["properties"].get(name);
        match known.or_else(|| {
            schema
                .get("additionalProperties")
                .filter(|schema| schema.is_object())
        }) {
            Some(schema) => check(schema, value, &at, faults),
            None if schema["x-kubernetes-preserve-unknown-fields"] == true => {}
            None => faults.push(format!("{at}: unknown")),
        }
    }
}

/// Makes up values. The same seed makes the same.
struct Maker {
    state: u64,
    fullness: u64,
    may_be_empty: bool,
}

/// References name kinds of which the version is known, of which it is not, and of Kubernetes itself.
const VERSIONS: [&str; 5] = [
    "v1",
    "infrastructure.cluster.x-k8s.io/v1beta1",
    "infrastructure.cluster.x-k8s.io/v1beta2",
    "bootstrap.cluster.x-k8s.io/v1beta2",
    "example.org/v7",
];

const GROUPS: [&str; 4] = [
    "infrastructure.cluster.x-k8s.io",
    "bootstrap.cluster.x-k8s.io",
    "example.org",
    "controlplane.cluster.x-k8s.io",
];

const DURATIONS: [&str; 7] = ["0s", "10s", "10m0s", "10m", "1.5s", "1h30m", "250ms"];

const TEXTS: [&str; 6] = ["", "a", "b", "prod", "v1.31.2", "two words"];

impl Maker {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// How many of something.
    fn some(&mut self) -> u64 {
        self.next() % 4 + u64::from(!self.may_be_empty)
    }

    fn happens(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn one_of<'v, T: ?Sized>(&mut self, values: &[&'v T]) -> &'v T {
        let length = u64::try_from(values.len()).expect("a length");
        values[usize::try_from(self.next() % length).expect("an index")]
    }

    fn value(&mut self, schema: &Value, name: &str) -> Value {
        if schema["x-kubernetes-int-or-string"] == true {
            return match self.next() % 2 {
                _ if schema.get("pattern").is_some() => json!("500m"),
                0 => json!(self.next() % 5),
                _ => json!("40%"),
            };
        }
        match schema["type"].as_str() {
            Some("string") => Value::String(self.text(schema, name)),
            Some("boolean") => Value::Bool(self.happens(50)),
            Some("integer") => {
                let least = schema["minimum"].as_u64().unwrap_or(0);
                json!(least + if self.happens(30) { 0 } else { self.next() % 1000 })
            }
            Some("array") => self.list(schema, name),
            Some("object") => self.fields(schema, name),
            _ => free(name),
        }
    }

    fn text(&mut self, schema: &Value, name: &str) -> String {
        if let Some(allowed) = schema["enum"].as_array() {
            let allowed: Vec<&Value> = allowed.iter().collect();
            return self.one_of(&allowed).as_str().expect("a text").to_owned();
        }
        let is_duration = [
            "Timeout",
            "timeout",
            "Period",
            "ttl",
            "timeoutForControlPlane",
            "Duration",
        ]
        .iter()
        .any(|end| name.ends_with(end));
        let text = match name {
            _ if schema["format"] == "date-time" => "2026-08-21T10:00:00Z",
            _ if schema["format"] == "byte" => "Zmxl",
            "token" => "abcdef.0123456789abcdef",
            _ if is_duration => self.one_of(&DURATIONS),
            // Kubernetes' own group has no name.
            "apiVersion" if !self.may_be_empty => self.one_of(&VERSIONS[1..]),
            "apiVersion" => self.one_of(&VERSIONS),
            "apiGroup" => self.one_of(&GROUPS),
            _ => self.one_of(&TEXTS),
        };
        if text.is_empty() && (!self.may_be_empty || schema["minLength"].as_u64() > Some(0)) {
            return "x".to_owned();
        }
        text.to_owned()
    }

    fn list(&mut self, schema: &Value, name: &str) -> Value {
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let length = least.max(self.some());
        let keys: Vec<&str> = schema["x-kubernetes-list-map-keys"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let elements = (0..length).map(|number| {
            let mut element = self.value(&schema["items"], name);
            // Where elements have keys, those are unique, and not in the order of the alphabet.
            if let Some(key) = keys.first()
                && schema["items"]["properties"][key].get("enum").is_none()
            {
                element[*key] = json!(format!("{}-{number}", self.one_of(&["z", "m", "a"])));
            }
            element
        });
        Value::Array(elements.collect())
    }

    fn fields(&mut self, schema: &Value, name: &str) -> Value {
        let mut fields = Map::new();
        let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let needed = required.iter().any(|required| *required == field);
            if needed || self.happens(self.fullness) {
                fields.insert(field.clone(), self.value(schema, field));
            }
        }
        if let Some(schema) = schema
            .get("additionalProperties")
            .filter(|schema| schema.is_object())
        {
            for _ in 0..self.some() {
                let name = self.one_of(&["zeta", "alpha", "mid", "dotted.name/x"]);
                fields.insert(name.to_owned(), self.value(schema, ""));
            }
        }
        let least = schema["minProperties"].as_u64().unwrap_or(0);
        if fields.is_empty()
            && least > 0
            && let Some((name, schema)) = schema["properties"].as_object().and_then(|all| all.iter().next())
        {
            fields.insert(name.clone(), self.value(schema, name));
        }
        if fields.is_empty() && schema["x-kubernetes-preserve-unknown-fields"] == true {
            return free(name);
        }
        Value::Object(fields)
    }
}

/// What the definition leaves to its user: schemas of variables, and their values.
fn free(name: &str) -> Value {
    match name {
        "allOf" | "anyOf" | "oneOf" => json!([{"type": "string", "enum": []}]),
        "properties" => json!({"type": {"type": "string", "default": ""}, "": {"properties": {}}}),
        "items" | "additionalProperties" | "not" => json!({"type": "object"}),
        _ => json!({"free": [1, "two", {"three": ""}], "empty": {}}),
    }
}

/// The versions that references get: one group is known, the others are not.
pub(super) fn versions(group: &str, _kind: &str) -> Option<String> {
    let known = BTreeMap::from([
        ("infrastructure.cluster.x-k8s.io", "v1beta2"),
        ("bootstrap.cluster.x-k8s.io", "v1beta2"),
        ("controlplane.cluster.x-k8s.io", "v1beta2"),
    ]);
    known.get(group).map(|version| (*version).to_owned())
}
