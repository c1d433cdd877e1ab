//! A number of machines, absolute or as a percentage of the replicas.

use std::fmt;

/// A count or a percentage of a whole, as Kubernetes' `IntOrString` fields hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntOrPercent {
    /// So many.
    Int(i32),
    /// So many per hundred.
    Percent(i32),
}

/// Where a percentage that is no whole number goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the next whole number above.
    Up,
    /// To the next whole number below.
    Down,
}

/// The text is neither a number nor a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a whole number nor a percentage such as 25%")]
pub struct ParseIntOrPercentError(String);

impl IntOrPercent {
    /// The number for a whole of `total`.
    pub fn resolve(self, total: i32, rounding: Rounding) -> i32 {
        match self {
            Self::Int(count) => count.max(0),
            Self::Percent(percent) => {
                let hundredths = i64::from(percent.max(0)) * i64::from(total.max(0));
                let whole = match rounding {
                    Rounding::Up => (hundredths + 99) / 100,
                    Rounding::Down => hundredths / 100,
                };
                i32::try_from(whole).unwrap_or(i32::MAX)
            }
        }
    }

    /// Reads text such as `3` or `25%`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, ParseIntOrPercentError> {
        let read = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().map(Self::Percent),
            None => text.trim().parse().map(Self::Int),
        };
        read.map_err(|_| ParseIntOrPercentError(text.to_owned()))
    }

    /// Reads the value of an `IntOrString` field.
    ///
    /// # Errors
    /// When it is neither a whole number nor text such as `25%`.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, ParseIntOrPercentError> {
        let wrong = || ParseIntOrPercentError(value.to_string());
        match value {
            serde_json::Value::Number(number) => number
                .as_i64()
                .and_then(|count| i32::try_from(count).ok())
                .map(Self::Int)
                .ok_or_else(wrong),
            serde_json::Value::String(text) => Self::parse(text).map_err(|_| wrong()),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => Err(wrong()),
        }
    }
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}
