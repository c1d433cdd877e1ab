//! A schema as its definition has it.

use std::sync::Arc;

use serde_json::Value;

/// An `openAPIV3Schema` as text. It is seldom looked at, and as a tree it takes several times as much memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenSchema(Arc<str>);

impl WrittenSchema {
    /// Keeps it.
    pub fn new(schema: &Value) -> Self {
        Self(schema.to_string().into())
    }

    /// The schema as a tree.
    pub fn read(&self) -> Value {
        // It was a tree before.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}
