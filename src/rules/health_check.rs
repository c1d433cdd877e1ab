//! How many unhealthy machines a health check may have repaired, and how it writes durations.
//!
//! Must not know: machines; it is given numbers.

use std::time::Duration;

use fleetui_api::v1beta2::RemediationTrigger;

use crate::rollout::{IntOrPercent, Rounding};

/// When unhealthy machines are repaired at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// While at most so many are unhealthy; a percentage is of all, and rounds down.
    AtMost(IntOrPercent),
    /// While not fewer and not more are unhealthy.
    InRange {
        /// At least so many.
        least: i32,
        /// At most so many.
        most: i32,
    },
}

/// The trigger cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} says not how many machines may be unhealthy")]
pub struct ParseTriggerError(String);

impl Trigger {
    /// Reads a trigger; without one, repairs are never held back.
    ///
    /// # Errors
    /// When it is neither a number, a percentage nor a range such as `[1-3]` whose end is not below its start.
    pub fn read(trigger: Option<&RemediationTrigger>) -> Result<Self, ParseTriggerError> {
        let Some(trigger) = trigger else {
            return Ok(Self::AtMost(IntOrPercent::Percent(100)));
        };
        if let Some(range) = trigger
            .unhealthy_in_range
            .as_deref()
            .filter(|range| !range.is_empty())
        {
            return Self::range(range).ok_or_else(|| ParseTriggerError(range.to_owned()));
        }
        match &trigger.unhealthy_less_than_or_equal_to {
            None => Ok(Self::AtMost(IntOrPercent::Percent(100))),
            Some(value) => IntOrPercent::from_json(value)
                .map(Self::AtMost)
                .map_err(|_| ParseTriggerError(value.to_string())),
        }
    }

    fn range(text: &str) -> Option<Self> {
        let (least, most) = text.strip_prefix('[')?.strip_suffix(']')?.split_once('-')?;
        let number = |text: &str| {
            text.parse::<u32>()
                .ok()
                .and_then(|number| i32::try_from(number).ok())
        };
        let (least, most) = (number(least)?, number(most)?);
        (least <= most).then_some(Self::InRange { least, most })
    }

    /// How many more may be unhealthy while `unhealthy` of `total` are; nothing where none is repaired.
    pub fn allows(self, total: i32, unhealthy: i32) -> Option<i32> {
        let (least, most) = match self {
            Self::AtMost(most) => (0, most.resolve(total, Rounding::Down)),
            Self::InRange { least, most } => (least, most),
        };
        (least..=most).contains(&unhealthy).then(|| most - unhealthy)
    }
}

/// A duration as Go writes it, `1h0m5s`; fractions of seconds are left out.
pub fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        (_, _) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(trigger: Value) -> Result<Trigger, ParseTriggerError> {
        let trigger: RemediationTrigger = serde_json::from_value(trigger).expect("a trigger");
        Trigger::read(Some(&trigger))
    }

    #[test]
    fn numbers_percentages_and_ranges_hold_repairs_back() {
        let cases = [
            (json!({"unhealthyLessThanOrEqualTo": 2}), 10, 2, Some(0)),
            (json!({"unhealthyLessThanOrEqualTo": 2}), 10, 3, None),
            (json!({"unhealthyLessThanOrEqualTo": "40%"}), 3, 1, Some(0)),
            (json!({"unhealthyLessThanOrEqualTo": "40%"}), 3, 2, None),
            (json!({"unhealthyLessThanOrEqualTo": 0}), 3, 0, Some(0)),
            (json!({"unhealthyLessThanOrEqualTo": 0}), 3, 1, None),
            (json!({"unhealthyInRange": "[2-4]"}), 10, 1, None),
            (json!({"unhealthyInRange": "[2-4]"}), 10, 2, Some(2)),
            (json!({"unhealthyInRange": "[2-4]"}), 10, 4, Some(0)),
            (json!({"unhealthyInRange": "[2-4]"}), 10, 5, None),
            (json!({}), 3, 3, Some(0)),
        ];
        for (trigger, total, unhealthy, expected) in cases {
            let allowed = read(trigger.clone()).expect("a trigger").allows(total, unhealthy);
            assert_eq!(allowed, expected, "{trigger} {unhealthy} of {total}");
        }
        assert_eq!(
            Trigger::read(None),
            Ok(Trigger::AtMost(IntOrPercent::Percent(100)))
        );
        for odd in ["[4-2]", "2-4", "[a-b]", "[2]"] {
            assert!(read(json!({"unhealthyInRange": odd})).is_err(), "{odd}");
        }
        assert!(read(json!({"unhealthyLessThanOrEqualTo": "many"})).is_err());
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (300, "5m0s"),
            (3600, "1h0m0s"),
            (3725, "1h2m5s"),
        ];
        for (seconds, text) in cases {
            assert_eq!(go_duration(Duration::from_secs(seconds)), text);
        }
    }
}
