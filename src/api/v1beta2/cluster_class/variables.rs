//! Variables of a ClusterClass, and the schemas of their values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::structural::{anything, list_of_anything};
use crate::v1beta2::TemplateMetadata;

/// A variable that clusters of a class can set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClassVariable {
    /// The name.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Whether a value has to be given.
    pub required: bool,
    /// Its schema.
    pub schema: VariableSchema,
    /// Labels and annotations of the variable, from v1beta1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated_v1_beta1_metadata: Option<TemplateMetadata>,
}

/// The schema of a variable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct VariableSchema {
    /// The schema, a subset of OpenAPI v3.
    #[serde(rename = "openAPIV3Schema")]
    pub open_apiv3_schema: SchemaProperties,
}

/// A subset of OpenAPI v3, for variables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct SchemaProperties {
    /// Schema of the values of a map; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub additional_properties: Option<Value>,
    /// Schemas that all have to match; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub all_of: Option<Value>,
    /// Schemas of which one at least has to match; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub any_of: Option<Value>,
    /// Value where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub default: Option<Value>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub description: Option<String>,
    /// Values that are allowed.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "list_of_anything", length(max = 100))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub allowed: Vec<Value>,
    /// An example of a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub example: Option<Value>,
    /// Whether the maximum itself is too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<bool>,
    /// Whether the minimum itself is too little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<bool>,
    /// Format of a text, `ipv4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub format: Option<String>,
    /// Schema of the items of a list; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub items: Option<Value>,
    /// Most items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// Most characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<i64>,
    /// Most entries of a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_properties: Option<i64>,
    /// Greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// Fewest items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<i64>,
    /// Fewest characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<i64>,
    /// Fewest entries of a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_properties: Option<i64>,
    /// Smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Schema that may not match; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub not: Option<Value>,
    /// Schemas of which exactly one has to match; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub one_of: Option<Value>,
    /// Regular expression that a text has to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub pattern: Option<String>,
    /// Schemas of the fields of an object; takes any fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub properties: Option<Value>,
    /// Fields of an object that have to be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000), inner(length(min = 1, max = 256)))]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub required: Vec<String>,
    /// Its type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["object", "array", "string", "integer", "number", "boolean"]))]
    pub kind: Option<String>,
    /// Whether the items of a list have to differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_items: Option<bool>,
    /// Whether it is a number or a text.
    #[serde(
        rename = "x-kubernetes-int-or-string",
        skip_serializing_if = "Option::is_none"
    )]
    pub x_kubernetes_int_or_string: Option<bool>,
    /// Whether fields are kept that are not described here.
    #[serde(
        rename = "x-kubernetes-preserve-unknown-fields",
        skip_serializing_if = "Option::is_none"
    )]
    pub x_kubernetes_preserve_unknown_fields: Option<bool>,
    /// Rules in CEL.
    #[serde(rename = "x-kubernetes-validations", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["rule"]))]
    pub x_kubernetes_validations: Vec<ValidationRule>,
    /// Labels and annotations of the field.
    #[serde(rename = "x-metadata", skip_serializing_if = "Option::is_none")]
    pub x_metadata: Option<TemplateMetadata>,
}

/// A rule in CEL.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ValidationRule {
    /// Expression in CEL that has to be true.
    #[schemars(length(min = 1, max = 4096))]
    pub rule: String,
    /// Path of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub field_path: Option<String>,
    /// What is said of a value that breaks the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub message: Option<String>,
    /// Expression in CEL that makes the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub message_expression: Option<String>,
    /// A word for why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [
        "FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate",
    ]))]
    #[schemars(extend("default" = "FieldValueInvalid"))]
    pub reason: Option<String>,
}

/// A variable with its definitions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct VariableStatus {
    /// Its definitions.
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub definitions: Vec<VariableDefinition>,
    /// The name.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Whether its definitions contradict each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definitions_conflict: Option<bool>,
}

/// One definition of a variable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct VariableDefinition {
    /// Where the definition stands: `inline`, or the name of a patch.
    #[schemars(length(min = 1, max = 256))]
    pub from: String,
    /// Whether a value has to be given.
    pub required: bool,
    /// Its schema.
    pub schema: VariableSchema,
    /// Labels and annotations of the variable, from v1beta1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated_v1_beta1_metadata: Option<TemplateMetadata>,
}
