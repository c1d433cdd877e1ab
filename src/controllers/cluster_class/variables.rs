//! The variables that a ClusterClass has itself, and whether their schemas can be understood.
//!
//! The server holds only the outermost part of a schema against its own: what stands below may be anything.

use fleetui_api::v1beta2::{
    ClassVariable, ClusterClassSpec, SchemaProperties, VariableDefinition, VariableStatus,
};
use serde_json::Value;

/// What definitions are called that stand in the class itself.
const INLINE: &str = "inline";
/// The types that a value may have.
const TYPES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];
/// Nobody writes schemas that are deeper, and going on would take a stack as deep.
const DEEPEST: usize = 64;

/// The variables as the status has them, by their names.
pub(super) fn described(spec: &ClusterClassSpec) -> Vec<VariableStatus> {
    let describe = |variable: &ClassVariable| VariableStatus {
        definitions: vec![VariableDefinition {
            from: INLINE.to_owned(),
            required: variable.required,
            schema: variable.schema.clone(),
            deprecated_v1_beta1_metadata: variable.deprecated_v1_beta1_metadata.clone(),
        }],
        name: variable.name.clone(),
        definitions_conflict: Some(false),
    };
    let mut all: Vec<VariableStatus> = spec.variables.iter().map(describe).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// Why not all variables are known; empty where they are.
pub(super) fn faults(spec: &ClusterClassSpec) -> Vec<String> {
    let mut faults = Vec::new();
    for variable in &spec.variables {
        let path = format!("variable {}", variable.name);
        match serde_json::to_value(&variable.schema.open_apiv3_schema) {
            Ok(schema) => check(&schema, &path, Typed::Yes, &mut faults),
            Err(error) => faults.push(format!("{path}: {error}")),
        }
    }
    for patch in &spec.patches {
        let external = patch.external.as_ref();
        let extension = external.and_then(|external| external.discover_variables_extension.as_deref());
        if let Some(extension) = extension.filter(|extension| !extension.is_empty()) {
            faults.push(format!(
                "failed to call DiscoverVariables for patch {}: this controller calls no runtime extensions, and so not {extension}",
                patch.name
            ));
        }
    }
    faults
}

/// Whether a schema has to name the type of its value: those that only narrow another one down need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typed {
    Yes,
    No,
}

fn check(schema: &Value, path: &str, typed: Typed, faults: &mut Vec<String>) {
    if path.split('.').count() > DEEPEST {
        faults.push(format!("{path}: the schema is nested too deeply"));
        return;
    }
    let properties: SchemaProperties = match serde_json::from_value(schema.clone()) {
        Ok(properties) => properties,
        Err(error) => {
            faults.push(format!("{path}: {error}"));
            return;
        }
    };
    let untyped = properties.x_kubernetes_int_or_string == Some(true)
        || properties.x_kubernetes_preserve_unknown_fields == Some(true);
    match properties.kind.as_deref() {
        Some(kind) if !TYPES.contains(&kind) => faults.push(format!("{path}: {kind:?} is no type")),
        None if typed == Typed::Yes && !untyped => faults.push(format!("{path}: a schema needs a type")),
        Some(_) | None => {}
    }
    match &properties.properties {
        Some(Value::Object(fields)) => {
            for (name, field) in fields {
                check(field, &format!("{path}.{name}"), typed, faults);
            }
        }
        Some(_) => faults.push(format!("{path}: properties is no map of schemas")),
        None => {}
    }
    let inner = [
        ("items", &properties.items, typed),
        ("additionalProperties", &properties.additional_properties, typed),
        ("not", &properties.not, Typed::No),
    ];
    for (name, inner, typed) in inner {
        if let Some(inner) = inner {
            check(inner, &format!("{path}.{name}"), typed, faults);
        }
    }
    let lists = [
        ("allOf", &properties.all_of),
        ("anyOf", &properties.any_of),
        ("oneOf", &properties.one_of),
    ];
    for (name, list) in lists {
        match list {
            Some(Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    check(schema, &format!("{path}.{name}[{index}]"), Typed::No, faults);
                }
            }
            Some(_) => faults.push(format!("{path}: {name} is no list of schemas")),
            None => {}
        }
    }
}
