//! Conditions as lists keep them. A fleet has few different conditions in very many copies: what differs between a thousand
//! machines is the time and, of the bad ones, the message. So all else of a condition is kept once.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;

use crate::conditions::{Condition, ConditionStatus, NEGATIVE_POLARITY, Severity};
use serde::{Deserialize, Serialize};

/// The most shapes that one thread shares before it begins anew.
const MOST_SHAPES: usize = 4096;

/// A condition in little space. It dereferences to its shape: kind, status, severity, reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Condition", into = "Condition")]
pub struct CompactCondition {
    shape: Arc<Shape>,
    /// Few conditions have one.
    message: Option<Box<CompactString>>,
    /// Seconds since the epoch. Kubernetes writes no fractions here.
    since: Option<std::num::NonZeroI64>,
}

/// What many conditions have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    /// The type, `Available`.
    pub kind: CompactString,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// The severity; only in the old model, and only when it is False.
    pub severity: Option<Severity>,
    /// A word for why; empty where the object gives none.
    pub reason: CompactString,
    /// The generation that the writer had seen; only in the metav1 model.
    pub observed_generation: Option<i64>,
}

impl Shape {
    /// Whether the condition says what one hopes for, by the polarity of its type.
    pub fn good(&self) -> bool {
        match self.status {
            ConditionStatus::True => !self.negative(),
            ConditionStatus::False => self.negative(),
            ConditionStatus::Unknown => false,
        }
    }

    /// Whether True means that something is going on.
    pub fn negative(&self) -> bool {
        NEGATIVE_POLARITY.contains(&self.kind.as_str())
    }
}

impl CompactCondition {
    /// Sentences for people; may have several lines.
    pub fn message(&self) -> &str {
        self.message.as_ref().map_or("", |message| message.as_str())
    }

    /// Since when the status is so.
    pub fn since(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.since?.get()).ok()
    }

    /// The whole condition.
    pub fn expand(&self) -> Condition {
        Condition {
            kind: self.kind.clone(),
            status: self.status,
            severity: self.severity,
            reason: self.reason.clone(),
            message: self.message().to_owned(),
            since: self.since(),
            observed_generation: self.observed_generation,
        }
    }
}

impl From<Condition> for CompactCondition {
    fn from(condition: Condition) -> Self {
        let Condition {
            kind,
            status,
            severity,
            reason,
            message,
            since,
            observed_generation,
        } = condition;
        Self {
            shape: shared(Shape {
                kind,
                status,
                severity,
                reason,
                observed_generation,
            }),
            message: (!message.is_empty()).then(|| Box::new(message.into())),
            since: since.and_then(|since| std::num::NonZeroI64::new(since.as_second())),
        }
    }
}

impl From<CompactCondition> for Condition {
    fn from(condition: CompactCondition) -> Self {
        condition.expand()
    }
}

impl Deref for CompactCondition {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        &self.shape
    }
}

/// A shape that is found by its content.
struct ByContent(Arc<Shape>);

impl Borrow<Shape> for ByContent {
    fn borrow(&self) -> &Shape {
        &self.0
    }
}

impl Hash for ByContent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for ByContent {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for ByContent {}

thread_local! {
    static SHAPES: RefCell<HashSet<ByContent>> = RefCell::default();
}

fn shared(shape: Shape) -> Arc<Shape> {
    SHAPES.with_borrow_mut(|shapes| {
        if let Some(known) = shapes.get(&shape) {
            return Arc::clone(&known.0);
        }
        if shapes.len() >= MOST_SHAPES {
            // Rows keep the ones that they have.
            shapes.clear();
        }
        let new = Arc::new(shape);
        shapes.insert(ByContent(Arc::clone(&new)));
        new
    })
}
