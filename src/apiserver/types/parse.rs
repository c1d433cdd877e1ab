//! Reading the table of types.

use std::collections::HashMap;

use super::{Field, Kind, ListType, Message, MessageId, Shape, Strategy, Table};

/// Reads the files. A line that cannot be read, or a type that is not there, is told by its text.
pub(super) fn table(files: &[&'static str]) -> Result<Table, String> {
    let mut table = Table::default();
    declare(files, &mut table)?;
    let mut current: Option<usize> = None;
    let mut package = "";
    let mut next = 0;
    for line in files.iter().flat_map(|file| file.lines()) {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["package", name, _] if !line.starts_with(' ') => package = name,
            ["type" | "kind", ..] if !line.starts_with(' ') => {
                current = Some(next);
                next += 1;
            }
            [name, number, kind, properties @ ..] => {
                let field = field((*name, *number, *kind), properties, package, &table.names)
                    .ok_or_else(|| format!("the field {line:?} of {package} cannot be read"))?;
                let message = current.and_then(|current| table.messages.get_mut(current));
                message
                    .ok_or_else(|| format!("the field {line:?} stands before all types"))?
                    .fields
                    .push(field);
            }
            [..] => return Err(format!("the line {line:?} cannot be read")),
        }
    }
    index(&mut table)?;
    Ok(table)
}

/// The types without their fields, so that fields can refer to types that come later.
fn declare(files: &[&'static str], table: &mut Table) -> Result<(), String> {
    let (mut package, mut group) = ("", "");
    for line in files.iter().flat_map(|file| file.lines()) {
        if line.starts_with(' ') {
            continue;
        }
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["package", name, of] => {
                package = name;
                group = if *of == "-" { "" } else { of };
            }
            [word @ ("type" | "kind"), name, rest @ ..] => {
                let id = MessageId(table.messages.len());
                let version = package.rsplit('/').next().unwrap_or_default();
                let group_version = (*word == "kind").then_some((group, version));
                if group_version.is_some() {
                    table.kinds.insert((group, version, *name), id);
                }
                if table.names.insert(format!("{package}.{name}"), id).is_some() {
                    return Err(format!("the type {package}.{name} is there twice"));
                }
                table.messages.push(Message {
                    package,
                    name,
                    group_version,
                    atomic: rest == ["atomic"],
                    ..Message::default()
                });
            }
            [..] => return Err(format!("the line {line:?} cannot be read")),
        }
    }
    Ok(())
}

fn field(
    (name, number, kind): (&'static str, &'static str, &'static str),
    properties: &[&'static str],
    package: &str,
    names: &HashMap<String, MessageId>,
) -> Option<Field> {
    let (kind, pointer) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
    let (kind, shape) = if let Some(element) = kind.strip_prefix("[]") {
        (element, Shape::List)
    } else if let Some(value) = kind.strip_prefix("{}") {
        (value, Shape::Map)
    } else {
        (kind, Shape::One)
    };
    let number = match number {
        "-" => None,
        number => Some(number.parse().ok()?),
    };
    let mut field = Field {
        json_name: if name == "-" { "" } else { name },
        number,
        kind: value_kind(kind, package, names)?,
        shape,
        pointer,
        omit_empty: true,
        required: false,
        inline: false,
        list_type: ListType::Atomic,
        atomic: false,
        patch: Strategy::default(),
        default: None,
    };
    for property in properties {
        set(&mut field, property)?;
    }
    Some(field)
}

fn value_kind(kind: &str, package: &str, names: &HashMap<String, MessageId>) -> Option<Kind> {
    Some(match kind {
        "string" => Kind::String,
        "bool" => Kind::Bool,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "Time" => Kind::Time,
        "MicroTime" => Kind::MicroTime,
        "IntOrString" => Kind::IntOrString,
        "Quantity" => Kind::Quantity,
        "RawExtension" => Kind::RawExtension,
        "FieldsV1" => Kind::FieldsV1,
        "JSON" => Kind::Json,
        "Strings" => Kind::Strings,
        "SchemaOrArray" => Kind::SchemaOrArray,
        "SchemaOrBool" => Kind::SchemaOrBool,
        "SchemaOrStrings" => Kind::SchemaOrStrings,
        other => {
            let name = if other.contains('.') {
                other.to_owned()
            } else {
                format!("{package}.{other}")
            };
            Kind::Message(*names.get(&name)?)
        }
    })
}

fn set(field: &mut Field, property: &'static str) -> Option<()> {
    match property.split_once('=') {
        None => match property {
            "always" => (field.omit_empty, field.required) = (false, true),
            "optional" => field.required = false,
            "inline" => field.inline = true,
            "atomic" => field.atomic = true,
            _ => return None,
        },
        Some(("list", "atomic")) => field.list_type = ListType::Atomic,
        Some(("list", "set")) => field.list_type = ListType::Set,
        Some(("list", keyed)) => {
            field.list_type = ListType::Map(keyed.strip_prefix("map:")?.split(',').collect());
        }
        Some(("default", text)) => field.default = Some(serde_json::from_str(text).ok()?),
        Some(("patch", strategy)) => {
            for part in strategy.split(',') {
                match part.split_once(':') {
                    Some(("merge", key)) => (field.patch.merge, field.patch.merge_key) = (true, Some(key)),
                    None if part == "merge" => field.patch.merge = true,
                    None if part == "retainKeys" => field.patch.retain_keys = true,
                    None if part == "replace" => field.patch.replace = true,
                    None | Some(_) => return None,
                }
            }
        }
        Some(_) => return None,
    }
    Some(())
}

/// What is looked up by name and number.
fn index(table: &mut Table) -> Result<(), String> {
    for place in 0..table.messages.len() {
        let mut flat = Vec::new();
        flatten(table, MessageId(place), 0, &mut flat)?;
        let by_json = flat
            .iter()
            .enumerate()
            .filter_map(|(index, (message, field))| {
                let field = table.messages.get(message.0)?.fields.get(*field)?;
                Some((field.json_name, index))
            })
            .collect();
        if let Some(message) = table.messages.get_mut(place) {
            message.by_number = message
                .fields
                .iter()
                .enumerate()
                .filter_map(|(index, field)| Some((field.number?, index)))
                .collect();
            message.flat = flat;
            message.by_json = by_json;
        }
    }
    Ok(())
}

fn flatten(
    table: &Table,
    id: MessageId,
    depth: usize,
    flat: &mut Vec<(MessageId, usize)>,
) -> Result<(), String> {
    let message = table.messages.get(id.0).ok_or("a type that is not there")?;
    for (index, field) in message.fields.iter().enumerate() {
        match (field.inline, field.kind) {
            (true, Kind::Message(inner)) if depth < 8 => flatten(table, inner, depth + 1, flat)?,
            (true, _) => return Err(format!("{} inlines what is no type", message.name)),
            (false, _) => flat.push((id, index)),
        }
    }
    Ok(())
}
