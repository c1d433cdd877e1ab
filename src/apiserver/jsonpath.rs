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
pub(crate) const MOST_RESULTS: usize = 100_000;

/// No path looks at more values than this, those of its filters among them: filters in filters look at each value again and
/// again.
const MOST_VISITS: usize = 500_000;

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
        self.search(root, &mut Visits(MOST_VISITS))
    }

    fn search<'a>(&self, root: &'a Value, visits: &mut Visits) -> Vec<&'a Value> {
        let mut values = vec![root];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in values {
                step.follow(value, visits, &mut next);
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

/// How many values may still be looked at. Once there are none left, nothing more is found.
struct Visits(usize);

impl Visits {
    fn spend(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }
}

impl Step {
    fn follow<'a>(&self, value: &'a Value, visits: &mut Visits, found: &mut Vec<&'a Value>) {
        if !visits.spend() {
            return;
        }
        match self {
            Self::Field(name) => found.extend(value.get(name.as_str())),
            Self::Wildcard => found.extend(children(value).take_while(|_| visits.spend())),
            Self::Descend => descend(value, visits, found),
            Self::Slice(slice) => {
                if let Value::Array(elements) = value {
                    found.extend(slice.select(elements).take_while(|_| visits.spend()));
                }
            }
            Self::Union(steps) => {
                for step in steps {
                    step.follow(value, visits, found);
                }
            }
            Self::Filter(filter) => {
                found.extend(elements(value).filter(|element| filter.admits(element, visits)));
            }
        }
    }
}

impl Slice {
    fn select(self, elements: &[Value]) -> impl Iterator<Item = &Value> {
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let absolute = |index: i64| {
            if index < 0 {
                index.saturating_add(length)
            } else {
                index
            }
        };
        let place = |index: i64| usize::try_from(index).ok();
        let (start, end) = if self.single {
            let index = place(self.start.map_or(-1, absolute)).filter(|index| *index < elements.len());
            index.map_or((0, 0), |index| (index, index + 1))
        } else {
            let start = place(self.start.map_or(0, absolute).max(0));
            let end = place(self.end.map_or(length, absolute).clamp(0, length));
            (start.unwrap_or(0), end.unwrap_or(0))
        };
        let step = usize::try_from(self.step.max(1)).unwrap_or(1);
        elements.iter().take(end).skip(start).step_by(step)
    }
}

impl Filter {
    fn admits(&self, element: &Value, visits: &mut Visits) -> bool {
        if !visits.spend() {
            return false;
        }
        let Some((comparison, right)) = &self.comparison else {
            return match &self.left {
                Operand::Path(path) => !path.search(element, visits).is_empty(),
                Operand::Literal(_) => true,
            };
        };
        match (self.left.only(element, visits), right.only(element, visits)) {
            (Some(left), Some(right)) => comparison.holds(left, right),
            _ => false,
        }
    }
}

impl Operand {
    /// The one value that the operand stands for; none where there are several, as only one can be compared.
    fn only<'a>(&'a self, element: &'a Value, visits: &mut Visits) -> Option<&'a Value> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Path(path) => match path.search(element, visits).as_slice() {
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

fn children(value: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    let (elements, fields) = match value {
        Value::Array(elements) => (Some(elements), None),
        Value::Object(fields) => (None, Some(fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (None, None),
    };
    let elements = elements.into_iter().flatten();
    elements.chain(fields.into_iter().flat_map(serde_json::Map::values))
}

/// The value and everything below it, parents first.
fn descend<'a>(value: &'a Value, visits: &mut Visits, found: &mut Vec<&'a Value>) {
    let mut waiting = vec![value];
    while let Some(next) = waiting.pop() {
        if found.len() >= MOST_RESULTS || !visits.spend() {
            return;
        }
        found.push(next);
        waiting.extend(children(next).rev());
    }
}

#[cfg(test)]
mod tests;
