//! One field that is wrong, said as Kubernetes says it.

use serde_json::Value;

/// What is wrong with a field, as `details.causes` of a Status names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It must be there.
    Required,
    /// Its value cannot be.
    Invalid,
    /// It may not be there, or may not be changed.
    Forbidden,
    /// It cannot be judged.
    Internal,
}

impl Reason {
    /// `FieldValueRequired` and its like.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::Forbidden => "FieldValueForbidden",
            Self::Internal => "InternalError",
        }
    }
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// In which way.
    pub reason: Reason,
    /// The field's path, `spec.version`.
    pub field: String,
    /// What is wrong, without the path: `Forbidden: field is immutable`.
    pub message: String,
}

impl Violation {
    /// A field that must be there.
    pub(super) fn required(field: impl Into<String>, why: &str) -> Self {
        Self {
            reason: Reason::Required,
            field: field.into(),
            message: format!("Required value: {why}"),
        }
    }

    /// A field whose value cannot be. Texts are quoted.
    pub(super) fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Self {
        Self {
            reason: Reason::Invalid,
            field: field.into(),
            message: format!("Invalid value: {value}: {why}"),
        }
    }

    /// A text that cannot be.
    pub(super) fn invalid_text(field: impl Into<String>, value: &str, why: &str) -> Self {
        Self::invalid(field, &Value::from(value), why)
    }

    /// A field that may not be there, or may not be changed.
    pub(super) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self {
            reason: Reason::Forbidden,
            field: field.into(),
            message: format!("Forbidden: {why}"),
        }
    }

    /// A field that cannot be judged, as what that takes is not there.
    pub(super) fn internal(field: impl Into<String>, why: &str) -> Self {
        Self {
            reason: Reason::Internal,
            field: field.into(),
            message: format!("Internal error: {why}"),
        }
    }
}
