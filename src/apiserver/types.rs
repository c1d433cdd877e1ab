//! The types of the built-in kinds: what each field is called, what it holds, how lists and patches of it are merged.
//!
//! One table, `types/*.txt`, tells it, and everything that has to know a built-in kind asks it: bodies in protobuf, strict
//! decoding, strategic merge patches, server-side apply, OpenAPI. The facts are those of `k8s.io/api` 0.33.
//!
//! A line is `package NAME GROUP`, `type NAME` (`kind NAME` where it is an object of its own, `atomic` behind it where it is
//! owned as a whole) or, indented, a field: its JSON name, its protobuf number, its type and its properties. `[]` stands
//! before the type of a list's elements, `{}` before that of a map's values, `?` behind a type whose zero differs from
//! nothing. `always` marks fields that Go writes even when they are empty; with `optional` behind it they may be left out.
//!
//! Must not know: requests, storage, resources and their verbs.

mod parse;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

/// The table's files, by what their groups are about.
const FILES: [&str; 7] = [
    include_str!("types/meta.txt"),
    include_str!("types/core.txt"),
    include_str!("types/apps.txt"),
    include_str!("types/network.txt"),
    include_str!("types/cluster.txt"),
    include_str!("types/extension.txt"),
    include_str!("types/access.txt"),
];

static TABLE: LazyLock<Table> = LazyLock::new(|| parse::table(&FILES).unwrap_or_default());

/// The type of a built-in kind; absent where the kind is none.
pub(crate) fn of(group: &str, version: &str, kind: &str) -> Option<&'static Message> {
    // Seen as a table of shorter-lived names, it can be asked with borrowed ones.
    let kinds: &HashMap<(&str, &str, &str), MessageId> = &TABLE.kinds;
    TABLE.messages.get(kinds.get(&(group, version, kind))?.0)
}

/// A type by its name in the table, `meta/v1.ObjectMeta`.
pub(crate) fn named(name: &str) -> Option<&'static Message> {
    TABLE.messages.get(TABLE.names.get(name)?.0)
}

/// Every type.
pub(crate) fn all() -> &'static [Message] {
    &TABLE.messages
}

/// All types.
#[derive(Debug, Default, PartialEq)]
struct Table {
    messages: Vec<Message>,
    names: HashMap<String, MessageId>,
    kinds: HashMap<(&'static str, &'static str, &'static str), MessageId>,
}

/// Where a type stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessageId(usize);

impl MessageId {
    /// The type.
    pub(crate) fn message(self) -> &'static Message {
        static NOTHING: LazyLock<Message> = LazyLock::new(Message::default);
        TABLE.messages.get(self.0).unwrap_or(&NOTHING)
    }
}

/// One type: a struct with named fields.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Message {
    /// Its package, `core/v1`.
    pub(crate) package: &'static str,
    /// Its name in the package, `PodSpec`.
    pub(crate) name: &'static str,
    /// Its API group and version, where it is a kind: an object with `apiVersion` and `kind`.
    pub(crate) group_version: Option<(&'static str, &'static str)>,
    /// Whether it is owned and replaced as a whole by server-side apply.
    pub(crate) atomic: bool,
    /// Its own fields, in the order of their declaration; inlined types stand in it as one field.
    pub(crate) fields: Vec<Field>,
    /// Its fields as JSON has them, those of inlined types among them: the message and the place in it.
    flat: Vec<(MessageId, usize)>,
    by_json: HashMap<&'static str, usize>,
    by_number: HashMap<u32, usize>,
}

impl Message {
    /// Whether it is an object of its own, with `apiVersion` and `kind` beside its fields.
    pub(crate) fn is_kind(&self) -> bool {
        self.group_version.is_some()
    }

    /// The field of this name in JSON, fields of inlined types among them.
    pub(crate) fn field(&self, json_name: &str) -> Option<&'static Field> {
        self.place(json_name).map(|(_, field)| field)
    }

    /// The field of this name in JSON, with its place among [`Message::json_fields`].
    pub(crate) fn place(&self, json_name: &str) -> Option<(usize, &'static Field)> {
        let place = *self.by_json.get(json_name)?;
        Some((place, flat_field(self.flat.get(place)?)?))
    }

    /// The fields as JSON has them, those of inlined types among them, in the order in which Go writes them.
    pub(crate) fn json_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.flat.iter().filter_map(flat_field)
    }

    /// The field of this number in protobuf; an inlined type is one field.
    pub(crate) fn numbered(&self, number: u32) -> Option<&Field> {
        self.fields.get(*self.by_number.get(&number)?)
    }
}

fn flat_field((message, place): &(MessageId, usize)) -> Option<&'static Field> {
    message.message().fields.get(*place)
}

/// One field of a type.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts of a field, as Go's tags and markers tell them"
)]
pub(crate) struct Field {
    /// Its name in JSON; empty for an inlined type.
    pub(crate) json_name: &'static str,
    /// Its number in protobuf; absent for what protobuf does not carry.
    pub(crate) number: Option<u32>,
    /// What one value of it is.
    pub(crate) kind: Kind,
    /// Whether it holds one value, a list or a map.
    pub(crate) shape: Shape,
    /// Whether its zero (0, false, an empty text) differs from nothing.
    pub(crate) pointer: bool,
    /// Whether Go leaves it out when it is empty.
    pub(crate) omit_empty: bool,
    /// Whether a valid object has it.
    pub(crate) required: bool,
    /// Whether the fields of its type stand in JSON as if they were the outer type's own.
    pub(crate) inline: bool,
    /// How server-side apply merges it, where it is a list.
    pub(crate) list_type: ListType,
    /// Whether server-side apply owns it as a whole, where it is a map or a type.
    pub(crate) atomic: bool,
    /// How strategic merge patches treat it.
    pub(crate) patch: Strategy,
    /// What it is where it is left out. Nothing is filled in by this server; keys of list elements are compared by it.
    pub(crate) default: Option<Value>,
}

impl Field {
    /// Whether server-side apply owns the value of a map or type as a whole: this field says so, or its type does.
    pub(crate) fn is_atomic(&self) -> bool {
        self.atomic || (self.shape == Shape::One && self.message().is_some_and(|message| message.atomic))
    }

    /// The type of its values, where they are structs.
    pub(crate) fn message(&self) -> Option<&'static Message> {
        match self.kind {
            Kind::Message(id) => Some(id.message()),
            Kind::String
            | Kind::Bool
            | Kind::Int32
            | Kind::Int64
            | Kind::Double
            | Kind::Bytes
            | Kind::Time
            | Kind::MicroTime
            | Kind::IntOrString
            | Kind::Quantity
            | Kind::RawExtension
            | Kind::FieldsV1
            | Kind::Json
            | Kind::Strings
            | Kind::SchemaOrArray
            | Kind::SchemaOrBool
            | Kind::SchemaOrStrings => None,
        }
    }
}

/// Whether a field holds one value or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    One,
    /// A list.
    List,
    /// A map from texts.
    Map,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    String,
    /// True or false.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Double,
    /// Bytes; base64 in JSON.
    Bytes,
    /// A moment in whole seconds, RFC 3339.
    Time,
    /// A moment in microseconds.
    MicroTime,
    /// A number or a text.
    IntOrString,
    /// An amount of a resource: a text, or a number.
    Quantity,
    /// Any object.
    RawExtension,
    /// The trie of managed fields.
    FieldsV1,
    /// Any JSON value.
    Json,
    /// A list of texts that protobuf wraps in a message.
    Strings,
    /// A schema or a list of them.
    SchemaOrArray,
    /// A schema or a truth value.
    SchemaOrBool,
    /// A schema or a list of texts.
    SchemaOrStrings,
    /// A struct.
    Message(MessageId),
}

/// How server-side apply merges a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListType {
    /// It is replaced as a whole.
    Atomic,
    /// A set of plain values.
    Set,
    /// Elements are told apart by these fields.
    Map(Vec<&'static str>),
}

/// How strategic merge patches treat a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Strategy {
    /// Whether a list is merged with what is there; otherwise it is replaced.
    pub(crate) merge: bool,
    /// The field by which its elements are told apart; none for plain values.
    pub(crate) merge_key: Option<&'static str>,
    /// Whether a struct is replaced as a whole.
    pub(crate) replace: bool,
    /// Whether the patch names all fields that stay (`$retainKeys`).
    pub(crate) retain_keys: bool,
}

#[cfg(test)]
mod tests;
