//! How a wrong value is told of: the texts that upstream has for it, and the path of the field.

use std::fmt;

use serde_json::Value;

use crate::status::Cause;

/// A field's path. It lives on the stack while an object is walked, and becomes text only where something is wrong.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The object itself, which upstream calls `<nil>`.
    Root,
    /// `spec.name`.
    Field(&'a Path<'a>, &'a str),
    /// `labels[name]`.
    Key(&'a Path<'a>, &'a str),
    /// `items[0]`.
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(crate) fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    pub(crate) fn key(&'a self, name: &'a str) -> Self {
        Self::Key(self, name)
    }

    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    /// As a part of a sentence: empty at the root.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(..) | Self::Key(..) | Self::Index(..) => self.to_string(),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("<nil>"),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Key(Self::Root, name) => write!(f, "[{name}]"),
            Self::Key(parent, name) => write!(f, "{parent}[{name}]"),
            Self::Index(Self::Root, index) => write!(f, "[{index}]"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The longest that a value is shown in a message.
const LONGEST: usize = 1024;

/// A value as messages show it.
pub(crate) fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "\"null\"".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    if text.len() <= LONGEST {
        return text;
    }
    let cut: String = text.chars().take(LONGEST).collect();
    format!("{cut}...")
}

impl Cause {
    /// A value that cannot be.
    pub(crate) fn invalid_value(path: &Path<'_>, value: &Value, message: &str) -> Self {
        Self::invalid(&path.to_string(), &shown(value), message)
    }

    /// A value of another type.
    pub(crate) fn type_invalid(path: &Path<'_>, value: &str, message: &str) -> Self {
        Self {
            reason: "FieldValueTypeInvalid",
            ..Self::invalid(&path.to_string(), &format!("{value:?}"), message)
        }
    }

    /// A string with too many characters.
    pub(crate) fn too_long(path: &Path<'_>, most: u64) -> Self {
        let unit = if most == 1 { "byte" } else { "bytes" };
        Self {
            reason: "FieldValueTooLong",
            message: format!("Too long: may not be more than {most} {unit}"),
            field: path.to_string(),
        }
    }

    /// A list or map with too many items.
    pub(crate) fn too_many(path: &Path<'_>, count: usize, most: u64) -> Self {
        let unit = if most == 1 { "item" } else { "items" };
        Self {
            reason: "FieldValueTooMany",
            message: format!("Too many: {count}: must have at most {most} {unit}"),
            field: path.to_string(),
        }
    }

    /// An item that is there already.
    pub(crate) fn duplicate(path: &Path<'_>, value: &str) -> Self {
        Self {
            reason: "FieldValueDuplicate",
            message: format!("Duplicate value: {value}"),
            field: path.to_string(),
        }
    }

    /// A value that is none of the choices.
    pub(crate) fn no_choice(path: &Path<'_>, value: &Value, choices: &[Value]) -> Self {
        let choices: Vec<String> = choices
            .iter()
            .map(|choice| match choice {
                Value::String(text) => format!("{text:?}"),
                other => format!("{:?}", other.to_string()),
            })
            .collect();
        Self {
            reason: "FieldValueNotSupported",
            message: format!(
                "Unsupported value: {}: supported values: {}",
                shown(value),
                choices.join(", ")
            ),
            field: path.to_string(),
        }
    }

    /// Whether rules are not asked of an object with this cause: they could not be sure of what they see.
    pub(crate) fn blocks_rules(&self) -> bool {
        matches!(
            self.reason,
            "FieldValueRequired"
                | "FieldValueNotSupported"
                | "FieldValueTooLong"
                | "FieldValueTooMany"
                | "FieldValueTypeInvalid"
        )
    }
}
