//! Durations as Go writes and reads them: `1h30m0s`, `500ms`, `-2s`.

/// The units that Go reads, in nanoseconds. `µ` is written in two ways.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
];

/// The whole seconds of a duration; none where it is no duration. What is longer than a 32-bit number can say is cut to
/// that, as upstream does it.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let nanoseconds = nanoseconds(text)?;
    let seconds = i64::try_from(nanoseconds / 1_000_000_000).ok()?;
    Some(seconds.clamp(i64::from(i32::MIN), i64::from(i32::MAX)))
}

fn nanoseconds(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (whole, after) = rest.split_at(digits(rest));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(*unit)?)?;
        let mut place = *unit;
        for digit in fraction.bytes() {
            place /= 10;
            total = total.checked_add(i128::from(digit - b'0') * place)?;
        }
        rest = after;
    }
    let nanoseconds = if text.starts_with('-') { -total } else { total };
    let fits = !unsigned.is_empty() && i64::try_from(nanoseconds).is_ok();
    fits.then_some(nanoseconds)
}

/// Seconds as Go writes them: hours and minutes only where there are any.
pub(super) fn text(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{sign}{hours}h{minutes}m{seconds}s")
    } else if minutes > 0 {
        format!("{sign}{minutes}m{seconds}s")
    } else {
        format!("{sign}{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("10s", Some(10)),
            ("10m0s", Some(600)),
            ("1h30m", Some(5400)),
            ("1.5h", Some(5400)),
            ("10.9s", Some(10)),
            (".5m", Some(30)),
            ("1.m", Some(60)),
            ("1500ms", Some(1)),
            ("999999us", Some(0)),
            ("1000000µs", Some(1)),
            ("-1.5s", Some(-1)),
            ("+5s", Some(5)),
            ("1000000h", Some(i64::from(i32::MAX))),
            ("", None),
            ("10", None),
            ("s", None),
            (".s", None),
            ("10x", None),
            ("-", None),
            ("1s ", None),
            ("1h-1m", None),
            ("999999999999h", None),
            ("99999999999999999999999999999999999999999s", None),
        ] {
            assert_eq!(seconds(text), expected, "{text:?}");
        }
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (seconds, expected) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m0s"),
            (3600, "1h0m0s"),
            (5425, "1h30m25s"),
            (-90, "-1m30s"),
            (i64::MIN, "-2562047788015215h30m8s"),
        ] {
            assert_eq!(text(seconds), expected);
        }
    }
}
