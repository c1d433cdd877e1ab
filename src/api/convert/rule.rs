//! What a table says of a kind, and how it is carried out in either direction.
//!
//! In every scope all values are taken out first and put in last, so that two of them may change places.

use serde_json::Value;

use super::codec::Codec;
use super::{ConvertError, Fields, Versions, path};

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The older one.
    Old,
    /// The newer one, which is stored.
    New,
}

/// One thing that differs between the versions. Paths are those of the old version and of the new one.
pub(super) enum Rule {
    /// A value that stands elsewhere or is written differently.
    Field(&'static str, &'static str, Codec),
    /// An object whose fields have rules of their own.
    Inside(&'static str, &'static str, &'static [Rule]),
    /// A list whose elements have rules of their own.
    Each(&'static str, &'static str, &'static [Rule]),
    /// Rules that several tables have in common.
    All(&'static [Rule]),
    /// What only the old version has: what is left there when the rest was taken.
    OnlyOld(&'static str),
    /// What only the new version has.
    OnlyNew(&'static str),
    /// What a version demands of whoever has the object around it.
    Demanded(Side, &'static str, Demand),
    /// What no other rule can say; done last.
    Custom(fn(&mut Fields, &Context<'_>)),
}

/// The value of a field that is demanded and was not there.
#[derive(Clone, Copy)]
pub(super) enum Demand {
    /// `false`.
    False,
    /// `{}`.
    Empty,
    /// A text.
    Text(&'static str),
}

impl Demand {
    fn value(self) -> Value {
        match self {
            Self::False => Value::Bool(false),
            Self::Empty => Value::Object(Fields::new()),
            Self::Text(text) => Value::String(text.to_owned()),
        }
    }
}

/// What a conversion knows beside the values.
pub(super) struct Context<'a> {
    /// Where it leads.
    pub(super) to: Side,
    /// The namespace of the object, which is that of what it refers to.
    pub(super) namespace: Option<String>,
    /// The cluster's name, where the old version says it by a label.
    pub(super) cluster_name: Option<String>,
    /// The versions of the kinds that it refers to.
    pub(super) versions: Versions<'a>,
}

impl Context<'_> {
    /// The way back.
    pub(super) fn reversed(&self) -> Context<'_> {
        Context {
            to: match self.to {
                Side::Old => Side::New,
                Side::New => Side::Old,
            },
            namespace: self.namespace.clone(),
            cluster_name: self.cluster_name.clone(),
            versions: self.versions,
        }
    }

    /// Where a value is, and where it goes to.
    fn way(&self, old: &'static str, new: &'static str) -> (&'static str, &'static str) {
        match self.to {
            Side::Old => (new, old),
            Side::New => (old, new),
        }
    }
}

/// Values on their way, with the place that they go to.
type Moving = Vec<(&'static str, Value)>;

/// Carries out the rules of one scope.
///
/// # Errors
/// A value that cannot be read.
pub(super) fn apply(
    rules: &'static [Rule],
    fields: &mut Fields,
    context: &Context<'_>,
) -> Result<(), ConvertError> {
    let mut moving = Moving::new();
    take(rules, fields, context, &mut moving)?;
    drop_what_the_other_lacks(rules, fields, context);
    for (path, value) in moving {
        path::put(fields, path, value);
    }
    complete(rules, fields, context);
    Ok(())
}

fn take(
    rules: &'static [Rule],
    fields: &mut Fields,
    context: &Context<'_>,
    moving: &mut Moving,
) -> Result<(), ConvertError> {
    for rule in rules {
        match rule {
            Rule::Field(old, new, codec) => {
                let (from, to) = context.way(old, new);
                if let Some(value) = path::take(fields, from) {
                    let value = codec.convert(value, context).map_err(|reason| {
                        let at = from.to_owned();
                        ConvertError::Value { at, reason }
                    })?;
                    moving.extend(value.map(|value| (to, value)));
                }
            }
            Rule::Inside(old, new, rules) | Rule::Each(old, new, rules) => {
                let (from, to) = context.way(old, new);
                if from == to {
                    if let Some(value) = path::at(fields, from) {
                        inside(rules, value, context).map_err(|error| below(from, error))?;
                    }
                } else if let Some(mut value) = path::take(fields, from) {
                    inside(rules, &mut value, context).map_err(|error| below(from, error))?;
                    moving.push((to, value));
                }
            }
            Rule::All(rules) => take(rules, fields, context, moving)?,
            Rule::OnlyOld(_) | Rule::OnlyNew(_) | Rule::Demanded(..) | Rule::Custom(_) => {}
        }
    }
    Ok(())
}

fn inside(rules: &'static [Rule], value: &mut Value, context: &Context<'_>) -> Result<(), ConvertError> {
    match value {
        Value::Object(fields) => apply(rules, fields, context),
        Value::Array(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                if let Value::Object(fields) = element {
                    apply(rules, fields, context).map_err(|error| below(&index.to_string(), error))?;
                }
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn below(place: &str, error: ConvertError) -> ConvertError {
    match error {
        ConvertError::Value { at, reason } => {
            let at = format!("{place}.{at}");
            ConvertError::Value { at, reason }
        }
        ConvertError::Kind { .. } | ConvertError::ApiVersion { .. } | ConvertError::Version { .. } => error,
    }
}

fn drop_what_the_other_lacks(rules: &'static [Rule], fields: &mut Fields, context: &Context<'_>) {
    for rule in rules {
        match rule {
            Rule::OnlyOld(path) if context.to == Side::New => drop(path::take(fields, path)),
            Rule::OnlyNew(path) if context.to == Side::Old => drop(path::take(fields, path)),
            Rule::All(rules) => drop_what_the_other_lacks(rules, fields, context),
            Rule::OnlyOld(_)
            | Rule::OnlyNew(_)
            | Rule::Field(..)
            | Rule::Inside(..)
            | Rule::Each(..)
            | Rule::Demanded(..)
            | Rule::Custom(_) => {}
        }
    }
}

fn complete(rules: &'static [Rule], fields: &mut Fields, context: &Context<'_>) {
    for rule in rules {
        match rule {
            Rule::Demanded(side, path, demand) if context.to == *side => {
                let (around, name) = match path.rsplit_once('.') {
                    Some((around, name)) => (path::at(fields, around).and_then(Value::as_object_mut), name),
                    None => (Some(&mut *fields), *path),
                };
                if let Some(around) = around {
                    around.entry(name).or_insert_with(|| demand.value());
                }
            }
            Rule::Custom(custom) => custom(fields, context),
            Rule::All(rules) => complete(rules, fields, context),
            Rule::Demanded(..)
            | Rule::OnlyOld(_)
            | Rule::OnlyNew(_)
            | Rule::Field(..)
            | Rule::Inside(..)
            | Rule::Each(..) => {}
        }
    }
}
