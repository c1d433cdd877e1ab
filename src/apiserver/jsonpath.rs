//! Kubernetes' own JSONPath dialect, as printer columns and scale subresources use it.
//!
//! It differs from RFC 9535: fields escape dots with a backslash, a filter compares one element with one value, and
//! what is missing is left out without an error. Source: `k8s.io/client-go/util/jsonpath`.
//!
//! Must not know: CustomResourceDefinitions, tables. It finds values in values.

mod parse;

use serde_json::Value;
use thiserror::Error;

/// No path of a printer column finds more values than this; a hostile one stops here.
const MOST_RESULTS: usize = 100_000;

/// A path that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

/// Why a text is no JSONPath.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonPathError {
    /// A bracket or quote is not closed.
    #[error("{0} is not closed")]
    Unclosed(&'static str),
    /// Something stands where it may not.
    #[error("unexpected {found} at character {position}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// Where it stands, counted from zero.
        position: usize,
    },
    /// Filters are nested too deeply.
    #[error("filters are nested too deeply")]
    TooDeep,
}

/// One step from values to values.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// `.name` or `['name']`.
    Field(String),
    /// `.*` or `[*]`.
    Wildcard,
    /// `..`: the value and all below it.
    Descend,
    /// `[start:end:step]` or `[index]`.
    Slice(Slice),
    /// `[a,b]`: the results of each, one after the other.
    Union(Vec<Step>),
    /// `[?(@.type=="Ready")]`.
    Filter(Filter),
}

/// A part of an array. Negative numbers count from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
    /// `[3]`, which is one element and not the rest of the array.
    single: bool,
}

/// A condition on the elements of an array.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    left: Operand,
    comparison: Option<(Comparison, Operand)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Path(JsonPath),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl JsonPath {
    /// Reads a path such as `.status.conditions[?(@.type=="Ready")].status`, with or without braces and leading `$`.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        parse::path(text).map(|steps| Self { steps })
    }

    /// All values that the path leads to; none where a part of it is missing.
    pub fn find<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        let mut values = vec![root];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in values {
                step.follow(value, &mut next);
                if next.len() >= MOST_RESULTS {
                    next.truncate(MOST_RESULTS);
                    break;
                }
            }
            values = next;
        }
        values
    }

    /// The first value that the path leads to.
    pub fn first<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.find(root).into_iter().next()
    }

    /// The field names of a path that is nothing but fields (`.spec.replicas`), so that it can be written to.
    pub fn fields(&self) -> Option<Vec<&str>> {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Field(name) => Some(name.as_str()),
                Step::Wildcard | Step::Descend | Step::Slice(_) | Step::Union(_) | Step::Filter(_) => None,
            })
            .collect()
    }
}

impl Step {
    fn follow<'a>(&self, value: &'a Value, found: &mut Vec<&'a Value>) {
        match self {
            Self::Field(name) => found.extend(value.get(name.as_str())),
            Self::Wildcard => found.extend(children(value)),
            Self::Descend => descend(value, found),
            Self::Slice(slice) => {
                if let Value::Array(elements) = value {
                    slice.select(elements, found);
                }
            }
            Self::Union(steps) => {
                for step in steps {
                    step.follow(value, found);
                }
            }
            Self::Filter(filter) => found.extend(elements(value).filter(|element| filter.admits(element))),
        }
    }
}

impl Slice {
    fn select<'a>(self, elements: &'a [Value], found: &mut Vec<&'a Value>) {
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let absolute = |index: i64| {
            if index < 0 {
                index.saturating_add(length)
            } else {
                index
            }
        };
        if self.single {
            let index = self.start.map_or(-1, absolute);
            found.extend(usize::try_from(index).ok().and_then(|index| elements.get(index)));
            return;
        }
        let start = usize::try_from(self.start.map_or(0, absolute).max(0)).unwrap_or(0);
        let end = usize::try_from(self.end.map_or(length, absolute).clamp(0, length)).unwrap_or(0);
        let step = usize::try_from(self.step.max(1)).unwrap_or(1);
        found.extend(elements.iter().take(end).skip(start).step_by(step));
    }
}

impl Filter {
    fn admits(&self, element: &Value) -> bool {
        let Some((comparison, right)) = &self.comparison else {
            return match &self.left {
                Operand::Path(path) => !path.find(element).is_empty(),
                Operand::Literal(_) => true,
            };
        };
        match (self.left.only(element), right.only(element)) {
            (Some(left), Some(right)) => comparison.holds(left, right),
            _ => false,
        }
    }
}

impl Operand {
    /// The one value that the operand stands for; none where there are several, as only one can be compared.
    fn only<'a>(&'a self, element: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Path(path) => match path.find(element).as_slice() {
                [value] => Some(*value),
                _ => None,
            },
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Number(left), Value::Number(right)) => left
                .as_f64()
                .zip(right.as_f64())
                .and_then(|(left, right)| left.partial_cmp(&right)),
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            _ => None,
        };
        let Some(order) = order else { return false };
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(elements) => elements.iter(),
        _ => [].iter(),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(elements) => elements.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

/// The value and everything below it, parents first.
fn descend<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    let mut waiting = vec![value];
    while let Some(next) = waiting.pop() {
        if found.len() >= MOST_RESULTS {
            return;
        }
        found.push(next);
        waiting.extend(children(next).into_iter().rev());
    }
}

#[cfg(test)]
mod tests;
