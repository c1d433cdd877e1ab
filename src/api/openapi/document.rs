//! From an OpenAPI v3 document to the schema of one kind: references are followed, and what is nested without end is cut.

use compact_str::CompactString;
use serde_json::Value;

use super::{Kind, ListKind, Schema};

/// What is nested deeper may hold anything: schemas of schemas have no end.
const DEEPEST: usize = 24;
/// So many fields are read of one kind, which is several times what the largest of Cluster API has.
const MOST_FIELDS: usize = 30_000;
/// A description is cut here: it is read beside what is edited, in a few lines.
const LONGEST_DOC: usize = 600;

/// Where references lead.
const SCHEMAS: &str = "#/components/schemas/";

pub(super) fn read(document: &Value, (group, version, kind): (&str, &str, &str)) -> Option<Schema> {
    let schemas = document.pointer("/components/schemas")?.as_object()?;
    let is_it = |schema: &&Value| {
        let names = schema
            .get("x-kubernetes-group-version-kind")
            .and_then(Value::as_array);
        names.is_some_and(|names| {
            names.iter().any(|name| {
                let text = |field: &str| name.get(field).and_then(Value::as_str).unwrap_or_default();
                (text("group"), text("version"), text("kind")) == (group, version, kind)
            })
        })
    };
    let schema = schemas.values().find(is_it)?;
    let mut reading = Reading { document, fields: 0 };
    Some(reading.schema(schema, 0))
}

struct Reading<'a> {
    document: &'a Value,
    fields: usize,
}

impl<'a> Reading<'a> {
    fn schema(&mut self, written: &'a Value, depth: usize) -> Schema {
        self.fields += 1;
        if depth > DEEPEST || self.fields > MOST_FIELDS {
            return Schema {
                open: true,
                ..Schema::default()
            };
        }
        let mut schema = match self.referred(written) {
            Some(referred) => self.schema(referred, depth + 1),
            None => Schema::default(),
        };
        self.take(&mut schema, written, depth);
        schema
    }

    /// What is referred to: alone, or as the one of which all has to hold.
    fn referred(&self, written: &'a Value) -> Option<&'a Value> {
        let first = written.pointer("/allOf/0").unwrap_or(written);
        let name = first.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?;
        self.document.pointer("/components/schemas")?.get(name)
    }

    /// What is written here itself.
    fn take(&mut self, schema: &mut Schema, written: &'a Value, depth: usize) {
        let is = |field: &str| written.get(field).and_then(Value::as_bool) == Some(true);
        if is("x-kubernetes-int-or-string")
            || written.get("format").and_then(Value::as_str) == Some("int-or-string")
        {
            schema.kind = Kind::IntegerOrText;
        } else if let Some(kind) = written.get("type").and_then(Value::as_str).and_then(kind) {
            schema.kind = kind;
        }
        if let Some(doc) = written.get("description").and_then(Value::as_str) {
            schema.doc = short(doc);
        }
        if let Some(choices) = written.get("enum").and_then(Value::as_array) {
            schema.choices.clone_from(choices);
        }
        if let Some(default) = written.get("default") {
            schema.default = Some(default.clone());
        }
        let names = |field: &str| -> Option<Vec<CompactString>> {
            let names = written.get(field)?.as_array()?;
            Some(names.iter().filter_map(Value::as_str).map(Into::into).collect())
        };
        if let Some(required) = names("required") {
            schema.required = required;
        }
        schema.list = match written.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("set") => ListKind::Set,
            Some("map") => ListKind::Map(names("x-kubernetes-list-map-keys").unwrap_or_default()),
            Some(_) => ListKind::Atomic,
            None => std::mem::take(&mut schema.list),
        };
        schema.nullable |= is("nullable");
        if let Some(fields) = written.get("properties").and_then(Value::as_object) {
            for (name, field) in fields {
                let field = self.schema(field, depth + 1);
                schema.fields.insert(name.into(), field);
            }
        }
        let inner = written
            .get("items")
            .or_else(|| written.get("additionalProperties"));
        if let Some(inner) = inner.filter(|inner| inner.is_object()) {
            schema.inner = Some(Box::new(self.schema(inner, depth + 1)));
        }
        let names_nothing = schema.kind == Kind::Object && schema.fields.is_empty() && schema.inner.is_none();
        schema.open |= is("x-kubernetes-preserve-unknown-fields")
            || is("x-kubernetes-embedded-resource")
            || is("additionalProperties")
            || names_nothing;
    }
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "string" => Kind::Text,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "object" => Kind::Object,
        "array" => Kind::List,
        _ => return None,
    })
}

/// A description, cut between words where it is long.
fn short(doc: &str) -> CompactString {
    if doc.len() <= LONGEST_DOC {
        return doc.into();
    }
    let end = (0..=LONGEST_DOC)
        .rev()
        .find(|end| doc.is_char_boundary(*end))
        .unwrap_or(0);
    let (cut, _) = doc.split_at_checked(end).unwrap_or((doc, ""));
    let cut = cut.rsplit_once(' ').map_or(cut, |(cut, _)| cut);
    CompactString::from(format!("{cut} …"))
}
