//! Formats of strings in the schemas of definitions and of ClusterClasses' variables, those that upstream checks. One that is not
//! known says nothing. A form and a server ask here, so that both say the same of the same text.
//!
//! Source: `k8s.io/kube-openapi/pkg/validation/strfmt`.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use regex::Regex;

/// The longest text that is looked at; none of the formats needs more, but for bytes.
const LONGEST: usize = 4096;

/// Whether a text has a format; it has one that nobody knows.
pub fn fits(format: &str, text: &str) -> bool {
    let Some((check, _)) = known(format) else {
        return true;
    };
    (text.len() <= LONGEST || format == BYTE) && check(text)
}

/// What a text of a format is, `IPv4 address, such as 192.0.2.7`; nothing where every text has it.
pub fn wanted(format: &str) -> Option<&'static str> {
    known(format).map(|(_, wanted)| wanted)
}

/// A text in base64, as long as it may be.
const BYTE: &str = "byte";

/// How a format is checked, and what it is in words.
type Format = (fn(&str) -> bool, &'static str);

fn known(format: &str) -> Option<Format> {
    Some(match format {
        BYTE => (
            |text| STANDARD.decode(text).is_ok(),
            "text in base64, such as aGk=",
        ),
        "date-time" | "datetime" => (is_date_time, "date with a time, such as 2026-08-21T12:00:00Z"),
        "date" => (
            |text| text.len() == 10 && text.parse::<Date>().is_ok(),
            "date, such as 2026-08-21",
        ),
        "duration" => (is_duration, "duration, such as 1h30m"),
        "ipv4" => (
            |text| text.parse::<Ipv4Addr>().is_ok(),
            "IPv4 address, such as 192.0.2.7",
        ),
        "ipv6" => (
            |text| text.parse::<Ipv6Addr>().is_ok(),
            "IPv6 address, such as 2001:db8::7",
        ),
        "cidr" => (is_cidr, "network, such as 10.96.0.0/16"),
        "mac" => (
            |text| matches(&MAC, text),
            "MAC address, such as 02:00:00:00:00:01",
        ),
        "uri" => (is_uri, "URI, such as https://registry.example/path"),
        "email" => (is_email, "e-mail address, such as ops@registry.example"),
        "hostname" => (is_host_name, "name of a host, such as node-1.example"),
        "uuid" => (|text| is_uuid(text, None), UUID),
        "uuid3" => (|text| is_uuid(text, Some('3')), "UUID of version 3"),
        "uuid4" => (|text| is_uuid(text, Some('4')), "UUID of version 4"),
        "uuid5" => (|text| is_uuid(text, Some('5')), "UUID of version 5"),
        "bsonobjectid" => (
            |text| text.len() == 24 && is_hex(text),
            "identity of 24 hexadecimal digits",
        ),
        "hexcolor" => (is_hex_colour, "colour, such as #a0b1c2"),
        "rgbcolor" => (|text| matches(&RGB, text), "colour, such as rgb(0, 10, 255)"),
        "ssn" => (
            |text| matches(&SSN, text),
            "social security number, such as 111-22-3333",
        ),
        "creditcard" => (is_credit_card, "number of a credit card"),
        "isbn" => (|text| is_isbn10(text) || is_isbn13(text), "ISBN"),
        "isbn10" => (is_isbn10, "ISBN of 10 digits"),
        "isbn13" => (is_isbn13, "ISBN of 13 digits"),
        "k8s-short-name" => (
            |text| text.len() <= 63 && matches(&LABEL, text),
            "label of a DNS name, such as node-1",
        ),
        "k8s-long-name" => (
            |text| text.len() <= 253 && text.split('.').all(|part| matches(&LABEL, part)),
            "DNS name in small letters, such as node-1.example",
        ),
        _ => return None,
    })
}

const UUID: &str = "UUID, such as 123e4567-e89b-42d3-a456-426614174000";

type Known = LazyLock<Option<Regex>>;

static MAC: Known = LazyLock::new(|| {
    Regex::new("^([0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){4,18}|([0-9A-Fa-f]{4}\\.){2,9}[0-9A-Fa-f]{4})$")
        .ok()
});
static RGB: Known = LazyLock::new(|| {
    Regex::new("^rgb\\( *(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]) *, *(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]) *, *(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]) *\\)$")
        .ok()
});
static SSN: Known = LazyLock::new(|| Regex::new("^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$").ok());
static LABEL: Known = LazyLock::new(|| Regex::new("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$").ok());
static DURATION: Known = LazyLock::new(|| {
    Regex::new("^[-+]?(0|([0-9]+(\\.[0-9]*)?|\\.[0-9]+) *(ns|us|µs|μs|ms|s|m|h|d|w)( *([0-9]+(\\.[0-9]*)?|\\.[0-9]+) *(ns|us|µs|μs|ms|s|m|h|d|w))*)$")
        .ok()
});
static DATE_TIME: Known = LazyLock::new(|| {
    Regex::new(
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})$",
    )
    .ok()
});
static EMAIL: Known =
    LazyLock::new(|| Regex::new("^[^@\\s<>\"(),:;\\[\\]\\\\]+@[^@\\s<>\"(),:;\\[\\]\\\\]+$").ok());

fn matches(known: &Known, text: &str) -> bool {
    known.as_ref().is_some_and(|regex| regex.is_match(text))
}

fn is_date_time(text: &str) -> bool {
    matches(&DATE_TIME, text) && text.to_uppercase().parse::<Timestamp>().is_ok()
}

fn is_duration(text: &str) -> bool {
    matches(&DURATION, text)
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let most = if address.parse::<Ipv4Addr>().is_ok() {
        32
    } else if address.parse::<Ipv6Addr>().is_ok() {
        128
    } else {
        return false;
    };
    let plain =
        length.bytes().all(|byte| byte.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    plain && length.parse::<u32>().is_ok_and(|length| length <= most)
}

/// An absolute reference: a scheme, or a path from the root.
fn is_uri(text: &str) -> bool {
    let scheme = |text: &str| {
        text.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        })
    };
    let clean = !text.chars().any(|c| c.is_control() || c == ' ');
    clean && (text.starts_with('/') || scheme(text)) && has_good_escapes(text)
}

fn has_good_escapes(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.get(..2).is_some_and(is_hex))
}

fn is_email(text: &str) -> bool {
    matches(&EMAIL, text)
}

fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.len() <= 255
        && text.split('.').all(|label| {
            let inner = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let grouped = text.len() == 32
        || (text.len() == 36
            && text
                .char_indices()
                .all(|(place, c)| (c == '-') == matches!(place, 8 | 13 | 18 | 23)));
    let variant = |c: char| matches!(c.to_ascii_lowercase(), '8' | '9' | 'a' | 'b');
    let of_version = match version {
        None => true,
        Some('3') => digits.chars().nth(12) == Some('3'),
        Some(version) => {
            digits.chars().nth(12) == Some(version) && digits.chars().nth(16).is_some_and(variant)
        }
    };
    grouped && digits.len() == 32 && is_hex(&digits) && of_version
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_hex_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 6) && is_hex(digits)
}

/// The digits of a number that people group with blanks and hyphens.
fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .map(|c| c.to_digit(10))
        .collect()
}

fn is_credit_card(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| (13..=19).contains(&digits.len())) else {
        return false;
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_isbn10(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let value = |(place, c): (usize, char)| match c {
        'X' | 'x' if place == 9 => Some(10),
        c => c.to_digit(10),
    };
    let Some(values) = text.chars().enumerate().map(value).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    let sum: u32 = (1..)
        .zip(&values)
        .map(|(weight, value): (u32, &u32)| weight * value)
        .sum();
    values.len() == 10 && sum.is_multiple_of(11)
}

fn is_isbn13(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| digits.len() == 13) else {
        return false;
    };
    let sum: u32 = [1, 3]
        .iter()
        .cycle()
        .zip(&digits)
        .map(|(weight, digit)| weight * digit)
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_from_what_has_none() {
        let cases: [(&str, &[&str], &[&str]); 21] = [
            (
                "date-time",
                &["2024-02-29T10:00:00Z", "2024-01-01t10:00:00.5+02:00"],
                &["2023-02-29T10:00:00Z", "2024-01-01", "x"],
            ),
            ("date", &["2024-02-29"], &["2024-13-01", "2024-1-1", ""]),
            (
                "duration",
                &["1h30m", "0", "3 d", "-1.5s", "10ms"],
                &["1", "h", "1h x", ""],
            ),
            ("ipv4", &["10.0.0.1"], &["10.0.0", "::1", "010.0.0.1"]),
            ("ipv6", &["::1", "fe80::1"], &["10.0.0.1", "g::"]),
            (
                "cidr",
                &["10.0.0.0/8", "fd00::/64"],
                &["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "a/8"],
            ),
            ("mac", &["01:23:45:67:89:ab", "0123.4567.89ab"], &["01:23", "x"]),
            (
                "uri",
                &["https://a.b/c?d=%20", "/path", "urn:x:y"],
                &["a b", "", "//%zz", "no"],
            ),
            ("email", &["a@b.c"], &["a", "a@", "@b", "a@b@c"]),
            ("hostname", &["a.b-c", "localhost"], &["-a", "a..b", "a b"]),
            (
                "uuid",
                &["00000000-0000-4000-8000-000000000000"],
                &["0000", "zzzzzzzz-0000-4000-8000-000000000000"],
            ),
            (
                "uuid4",
                &["00000000-0000-4000-8000-000000000000"],
                &["00000000-0000-3000-8000-000000000000"],
            ),
            ("byte", &["aGk=", ""], &["a", "%%%%"]),
            ("bsonobjectid", &["507f1f77bcf86cd799439011"], &["507f"]),
            ("hexcolor", &["#fff", "a0b1c2"], &["#ff", "ggg"]),
            ("rgbcolor", &["rgb(0, 10, 255)"], &["rgb(0,0,256)"]),
            ("ssn", &["111-22-3333"], &["1"]),
            ("creditcard", &["4111 1111 1111 1111"], &["4111 1111 1111 1112"]),
            (
                "isbn",
                &["3-8362-2119-5", "978-4-87311-336-4"],
                &["3-8362-2119-4"],
            ),
            ("k8s-short-name", &["a-b"], &["a.b", "A"]),
            ("unheard-of", &["whatever"], &[]),
        ];
        for (format, good, bad) in cases {
            for text in good {
                assert!(fits(format, text), "{format}: {text}");
            }
            for text in bad {
                assert!(!fits(format, text), "{format}: {text}");
            }
        }
    }

    #[test]
    fn what_is_wanted_fits() {
        let examples = [
            "date-time",
            "duration",
            "cidr",
            "uri",
            "email",
            "hostname",
            "uuid",
            "ipv6",
            "byte",
            "hexcolor",
        ];
        for format in examples {
            let (_, example) = wanted(format).unwrap().split_once(", such as ").unwrap();
            assert!(fits(format, example), "{format}: {example}");
        }
        assert_eq!((wanted("password"), wanted("int32")), (None, None));
        let long = "aGk=".repeat(LONGEST / 4).replace('=', "0") + "aGk=";
        assert!(fits("byte", &long), "as long as it is");
        assert!(!fits("uri", &format!("/{}", "a".repeat(LONGEST))));
    }
}
