//! How far a server's clock is from ours, told from the `Date` of its answers. Pure.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp, Unit};

/// Less is within what answers take and clocks round.
const NOTICED: SignedDuration = SignedDuration::from_secs(30);

/// Measurements that differ by less are of the same skew.
const JITTER: SignedDuration = SignedDuration::from_secs(3);

/// How far the server is ahead of us, from a `Date` header and the moment at which its answer began to arrive after `took`.
pub(crate) fn measured(date: &str, arrived: Timestamp, took: Duration) -> Option<SignedDuration> {
    let date = DateTimeParser::new().parse_timestamp(date).ok()?;
    // It was written half of the round trip ago, and has lost its fraction of a second: half of one, on average.
    let written = arrived.checked_sub(took / 2).ok()?;
    let skew = date
        .checked_add(Duration::from_millis(500))
        .ok()?
        .duration_since(written);
    skew.round(Unit::Second).ok()
}

/// What is told of a skew, given what was told before: nothing where it is small, and no other number for the same one.
pub(crate) fn told(before: Option<SignedDuration>, measured: SignedDuration) -> Option<SignedDuration> {
    if measured.abs() < NOTICED {
        return None;
    }
    match before {
        Some(before) if (before - measured).abs() < JITTER => Some(before),
        Some(_) | None => Some(measured),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_the_date_against_half_of_the_round_trip_ago() {
        let date = "Thu, 26 Nov 2026 12:00:00 GMT";
        let took = Duration::from_secs(4);
        let cases = [
            ("2026-11-26T12:00:02.5Z", 0),
            ("2026-11-26T11:00:02.4Z", 3600),
            ("2026-11-26T12:10:02Z", -600),
        ];
        for (arrived, seconds) in cases {
            let skew = measured(date, at(arrived), took);
            assert_eq!(skew, Some(SignedDuration::from_secs(seconds)), "{arrived}");
        }
        assert_eq!(measured("yesterday", at("2026-11-26T12:00:00Z"), took), None);
    }

    #[test]
    fn little_is_not_told_and_the_same_is_told_once() {
        let seconds = SignedDuration::from_secs;
        let cases = [
            (None, 29, None),
            (None, 30, Some(30)),
            (None, -30, Some(-30)),
            (Some(60), 62, Some(60)),
            (Some(60), 64, Some(64)),
            (Some(60), 10, None),
        ];
        for (before, now, expected) in cases {
            assert_eq!(
                told(before.map(seconds), seconds(now)),
                expected.map(seconds),
                "{before:?} {now}"
            );
        }
    }
}
