//! How long ago something was, in as few characters as a person needs, and changing no more often than that.

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;

/// The time from `then` to `now`: `42s`, `6m`, `5h12m`, `26h`, `3d`, `2y`. Seconds only in the first two minutes.
pub fn age(then: Timestamp, now: Timestamp) -> CompactString {
    span(now.as_second().saturating_sub(then.as_second()))
}

/// The same for a cell of a table; nothing where the time is not known.
pub fn age_of(then: Option<Timestamp>, now: Timestamp) -> String {
    then.map_or_else(String::new, |then| age(then, now).into())
}

/// A number of seconds as `age` writes it; a negative one is `0s`.
pub fn span(seconds: i64) -> CompactString {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    if seconds < 120 {
        format_compact!("{seconds}s")
    } else if minutes < 180 {
        format_compact!("{minutes}m")
    } else if hours < 8 {
        match minutes % 60 {
            0 => format_compact!("{hours}h"),
            rest => format_compact!("{hours}h{rest}m"),
        }
    } else if hours < 48 {
        format_compact!("{hours}h")
    } else if days < 730 {
        format_compact!("{days}d")
    } else {
        format_compact!("{}y", days / 365)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short_and_calm() {
        let cases = [
            (-5, "0s"),
            (42, "42s"),
            (119, "119s"),
            (120, "2m"),
            (6 * 60 + 59, "6m"),
            (179 * 60, "179m"),
            (5 * 3600 + 12 * 60, "5h12m"),
            (6 * 3600, "6h"),
            (26 * 3600, "26h"),
            (3 * 86_400, "3d"),
            (800 * 86_400, "2y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(span(seconds), expected);
        }
    }
}
