//! What an OpenAPI v3 document says of a kind, as far as somebody needs it who edits an object: fields, their types, what they are
//! for, and how the elements of lists belong together.
//!
//! Must not know: where documents come from, what the objects mean.

mod check;
mod document;

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use check::Mistake;

/// The schema of one kind, or of a field of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Schema {
    /// Of which type it is.
    pub kind: Kind,
    /// What it is for, in the words of the document. Not yet safe to show.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub doc: CompactString,
    /// The values that it may have, where they are counted up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Value>,
    /// What it is where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The fields that it must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<CompactString>,
    /// Its fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<CompactString, Schema>,
    /// Its elements, or what stands under names of one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<Schema>>,
    /// How its elements belong together.
    #[serde(default)]
    pub list: ListKind,
    /// Whether it may have fields that are not named here.
    #[serde(default)]
    pub open: bool,
    /// Whether it may be null.
    #[serde(default)]
    pub nullable: bool,
}

/// Types of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Kind {
    /// Any.
    #[default]
    Any,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A whole number or text.
    IntegerOrText,
    /// Fields.
    Object,
    /// Elements.
    List,
}

impl Kind {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::IntegerOrText => "integer or string",
            Self::Object => "object",
            Self::List => "list",
        }
    }
}

/// How the elements of a list belong together (`x-kubernetes-list-type`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ListKind {
    /// It is one value.
    #[default]
    Atomic,
    /// Each element is there once; their order means nothing.
    Set,
    /// These fields tell an element from the others.
    Map(Vec<CompactString>),
}

impl Schema {
    /// The schema of `kind` in what an OpenAPI v3 document of its group version says.
    pub fn of(document: &Value, (group, version, kind): (&str, &str, &str)) -> Option<Self> {
        document::read(document, (group, version, kind))
    }

    /// What stands at a pointer into an object of this kind.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        pointer
            .split('/')
            .skip(1)
            .try_fold(self, |schema, name| schema.child(name))
    }

    fn child(&self, name: &str) -> Option<&Self> {
        match self.kind {
            Kind::List => self.inner.as_deref(),
            Kind::Object | Kind::Any => {
                let unescaped;
                let name = if name.contains('~') {
                    unescaped = name.replace("~1", "/").replace("~0", "~");
                    unescaped.as_str()
                } else {
                    name
                };
                self.fields.get(name).or(self.inner.as_deref())
            }
            Kind::Text | Kind::Integer | Kind::Number | Kind::Boolean | Kind::IntegerOrText => None,
        }
    }

    /// How the elements of the list at a pointer belong together; `*` stands for any index.
    pub fn list_kind(&self, pointer: &str) -> ListKind {
        self.at(pointer)
            .map_or(ListKind::Atomic, |schema| schema.list.clone())
    }

    /// What of an object is not as the schema says, in the order in which it stands there.
    pub fn check(&self, object: &Value) -> Vec<Mistake> {
        check::check(self, object)
    }
}

#[cfg(test)]
mod tests;
