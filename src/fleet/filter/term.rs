//! One term of a filter: a text, or a column with a comparison.

use std::cmp::Ordering;
use std::time::Duration;

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::Facts;
use jiff::{SignedDuration, Timestamp};

use super::FilterError;
use super::column::{COLUMNS, Column};
use super::label::Label;
use crate::health::{self, Health, Verdict};
use crate::row::Row;

/// Short names of kinds, as kubectl has them.
const SHORT_KINDS: [(&str, &str); 7] = [
    ("cl", "Cluster"),
    ("md", "MachineDeployment"),
    ("ms", "MachineSet"),
    ("ma", "Machine"),
    ("mp", "MachinePool"),
    ("mhc", "MachineHealthCheck"),
    ("kcp", "KubeadmControlPlane"),
];

/// One term.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// A piece of text, in lower case; whether it must be absent.
    Text(String, bool),
    /// A column that is equal (or not) to a text.
    Same(Column, String, bool),
    /// Whether the condition that speaks for the object has this status.
    Ready(ConditionStatus, bool),
    /// Whether it is paused.
    Paused(bool),
    /// How it is doing.
    Health(Health, bool),
    /// Its version against the leading numbers that were typed.
    Version(Comparison, Vec<u64>),
    /// Its age.
    Age(Comparison, Duration),
    /// A label.
    Label(Label),
    /// The group of its management cluster, in lower case; whether it has to be that one.
    Group(String, bool),
    /// Letters, in lower case, that the name has in this order.
    Fuzzy(String),
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The comparisons as they are typed; the longer ones first, as the shorter begin them.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("!=", Comparison::Different),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::Different => ordering != Ordering::Equal,
            Self::Less => ordering == Ordering::Less,
            Self::AtMost => ordering != Ordering::Greater,
            Self::More => ordering == Ordering::Greater,
            Self::AtLeast => ordering != Ordering::Less,
        }
    }
}

impl Term {
    pub(super) fn text(text: &str, absent: bool) -> Self {
        Self::Text(text.to_lowercase(), absent)
    }

    pub(super) fn fuzzy(letters: &str) -> Self {
        Self::Fuzzy(letters.to_lowercase())
    }

    pub(super) fn parse(word: &str) -> Result<Self, FilterError> {
        let found = word.char_indices().find_map(|(at, _)| {
            let (before, behind) = word.split_at(at);
            let (sign, comparison) = COMPARISONS.iter().find(|(sign, _)| behind.starts_with(sign))?;
            Some((before, *comparison, behind.get(sign.len()..).unwrap_or_default()))
        });
        match found {
            Some((column, comparison, value)) if !column.is_empty() => Self::typed(column, comparison, value),
            Some(_) | None => match word.strip_prefix('!') {
                Some(absent) => Ok(Self::text(absent, true)),
                None => Ok(Self::text(word, false)),
            },
        }
    }

    fn typed(column: &str, comparison: Comparison, value: &str) -> Result<Self, FilterError> {
        let column = column.to_lowercase();
        // What has no name is asked for by nobody; the value is still being typed.
        let named = Column::named(&column);
        if value.is_empty() && (named.is_some() || column == "group") {
            return Err(FilterError::new(format!("{column} needs a value: {column}=…")));
        }
        match column.as_str() {
            "age" => age(comparison, value),
            "group" => Ok(Self::Group(value.to_lowercase(), equality(&column, comparison)?)),
            "health" => one_of(&column, value, &HEALTHS)
                .and_then(|health| Ok(Self::Health(health, equality(&column, comparison)?))),
            "kind" => {
                let long = SHORT_KINDS
                    .iter()
                    .find(|(short, _)| short.eq_ignore_ascii_case(value));
                let kind = long.map_or(value, |(_, long)| long).to_lowercase();
                Ok(Self::Same(Column::Kind, kind, equality(&column, comparison)?))
            }
            "paused" => one_of(&column, value, &[("true", true), ("false", false)])
                .and_then(|paused| Ok(Self::Paused(paused == equality(&column, comparison)?))),
            "ready" => one_of(&column, value, &STATUSES)
                .and_then(|status| Ok(Self::Ready(status, equality(&column, comparison)?))),
            "version" => version(comparison, value),
            _ => {
                let named = named.ok_or_else(|| {
                    FilterError::new(format!(
                        "no column {column}; there are {}. A label is -l {column}=…; quote a text that contains such a sign",
                        COLUMNS.join(", ")
                    ))
                })?;
                Ok(Self::Same(
                    named,
                    value.to_lowercase(),
                    equality(&column, comparison)?,
                ))
            }
        }
    }

    pub(super) fn matches(&self, row: &Row, verdict: &Verdict, now: Timestamp) -> bool {
        let facts = &row.facts;
        match self {
            Self::Text(text, absent) => {
                let own = [
                    Some(facts.object.name.as_str()),
                    facts.node.as_deref(),
                    Some(verdict.line.as_str()),
                ];
                let found = own.into_iter().flatten().any(|searched| contains(searched, text));
                (found || Self::is_in_shared(text, row)) != *absent
            }
            Self::Same(column, text, wanted) => column.is(text, row, now) == *wanted,
            Self::Ready(status, wanted) => (ready(facts) == *status) == *wanted,
            Self::Paused(paused) => (facts.paused || verdict.health == Health::Paused) == *paused,
            Self::Health(health, wanted) => (verdict.health == *health) == *wanted,
            Self::Version(comparison, numbers) => facts
                .version
                .as_deref()
                .and_then(|version| numbers_of(version, numbers.len()))
                .is_some_and(|version| comparison.holds(version.cmp(numbers))),
            Self::Age(comparison, age) => facts
                .created
                .is_some_and(|created| is_aged(created, *comparison, *age, now)),
            Self::Label(label) => label.matches(row),
            // The row does not say it; whoever has the session asks `is_of_group`.
            Self::Group(..) => true,
            Self::Fuzzy(letters) => in_order(&facts.object.name, letters),
        }
    }

    /// Whether a text is in what many rows have in common.
    pub(super) fn is_in_shared(text: &str, row: &Row) -> bool {
        let facts = &row.facts;
        let shared = [
            Some(facts.object.namespace.as_str()),
            facts.cluster.as_deref(),
            facts.version.as_deref(),
            facts.phase.as_deref(),
        ];
        shared
            .into_iter()
            .flatten()
            .any(|searched| contains(searched, text))
    }

    pub(super) fn is_of_group(&self, group: Option<&str>) -> bool {
        match self {
            Self::Group(text, wanted) => is_same(group.unwrap_or_default(), text) == *wanted,
            Self::Text(..)
            | Self::Same(..)
            | Self::Ready(..)
            | Self::Paused(_)
            | Self::Health(..)
            | Self::Version(..)
            | Self::Age(..)
            | Self::Label(_)
            | Self::Fuzzy(_) => true,
        }
    }

    pub(super) fn matches_text(&self, searched: &str) -> bool {
        match self {
            Self::Text(text, absent) => contains(searched, text) != *absent,
            Self::Fuzzy(letters) => in_order(searched, letters),
            Self::Group(..) => true,
            Self::Same(..)
            | Self::Ready(..)
            | Self::Paused(_)
            | Self::Health(..)
            | Self::Version(..)
            | Self::Age(..)
            | Self::Label(_) => false,
        }
    }
}

const STATUSES: [(&str, ConditionStatus); 3] = [
    ("true", ConditionStatus::True),
    ("false", ConditionStatus::False),
    ("unknown", ConditionStatus::Unknown),
];

const HEALTHS: [(&str, Health); 6] = [
    ("good", Health::Good),
    ("paused", Health::Paused),
    ("progressing", Health::Progressing),
    ("unknown", Health::Unknown),
    ("warning", Health::Warning),
    ("failed", Health::Failed),
];

fn one_of<T: Copy>(column: &str, value: &str, allowed: &[(&str, T)]) -> Result<T, FilterError> {
    let found = allowed.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<&str> = allowed.iter().map(|(word, _)| *word).collect();
        FilterError::new(format!("{column} is one of {}", words.join(", ")))
    })
}

/// Whether a column has to be equal or different; texts have no order.
fn equality(column: &str, comparison: Comparison) -> Result<bool, FilterError> {
    match comparison {
        Comparison::Equal => Ok(true),
        Comparison::Different => Ok(false),
        Comparison::Less | Comparison::AtMost | Comparison::More | Comparison::AtLeast => Err(
            FilterError::new(format!("{column} can be compared with = and != only")),
        ),
    }
}

fn version(comparison: Comparison, value: &str) -> Result<Term, FilterError> {
    let parts = value.trim_start_matches('v').split('.').count();
    let numbers = numbers_of(value, parts).filter(|_| parts <= 3);
    numbers
        .map(|numbers| Term::Version(comparison, numbers))
        .ok_or_else(|| FilterError::new("version is compared with a version such as v1.31 or v1.31.2"))
}

/// The first `count` numbers of a version, so that `v1.31` means all of its patch releases.
fn numbers_of(version: &str, count: usize) -> Option<Vec<u64>> {
    let bare = version.trim_start_matches('v').split(['-', '+']).next()?;
    let mut numbers: Vec<u64> = bare.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.resize(count.max(numbers.len()), 0);
    numbers.truncate(count);
    Some(numbers)
}

fn age(comparison: Comparison, value: &str) -> Result<Term, FilterError> {
    if matches!(comparison, Comparison::Equal | Comparison::Different) {
        return Err(FilterError::new("age is compared with < or >: age<2h"));
    }
    duration(value)
        .map(|age| Term::Age(comparison, age))
        .ok_or_else(|| FilterError::new("age is compared with a duration such as 90s, 15m, 2h, 3d or 1d12h"))
}

/// Reads `1d12h`; each number needs its unit.
fn duration(text: &str) -> Option<Duration> {
    let mut sum: u64 = 0;
    let mut number: Option<u64> = None;
    for character in text.chars() {
        if let Some(digit) = character.to_digit(10) {
            number = Some(
                number
                    .unwrap_or(0)
                    .checked_mul(10)?
                    .checked_add(u64::from(digit))?,
            );
            continue;
        }
        let seconds = match character {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        sum = sum.checked_add(number.take()?.checked_mul(seconds)?)?;
    }
    (number.is_none() && !text.is_empty()).then(|| Duration::from_secs(sum))
}

/// What the condition says that speaks for an object.
pub(super) fn ready(facts: &Facts) -> ConditionStatus {
    health::main_condition(facts).map_or(ConditionStatus::Unknown, |main| main.status)
}

/// Whether what was created then has that age.
pub(super) fn is_aged(created: Timestamp, comparison: Comparison, age: Duration, now: Timestamp) -> bool {
    let typed = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    comparison.holds(now.duration_since(created).cmp(&typed))
}

/// Whether `value` is `text`, which is in lower case, in whatever case.
pub(super) fn is_same(value: &str, text: &str) -> bool {
    if value.is_ascii() {
        value.eq_ignore_ascii_case(text)
    } else {
        value.to_lowercase() == text
    }
}

/// Whether `searched` has all of `letters`, which are in lower case, in their order, in whatever case.
pub(super) fn in_order(searched: &str, letters: &str) -> bool {
    let mut letters = letters.chars().peekable();
    for character in searched.chars().flat_map(char::to_lowercase) {
        letters.next_if_eq(&character);
    }
    letters.peek().is_none()
}

/// Whether `searched` contains `text`, which is in lower case, in whatever case.
pub(super) fn contains(searched: &str, text: &str) -> bool {
    if searched.is_ascii() {
        let (searched, text) = (searched.as_bytes(), text.as_bytes());
        return text.is_empty()
            || searched
                .windows(text.len())
                .any(|window| window.eq_ignore_ascii_case(text));
    }
    searched.to_lowercase().contains(text)
}
