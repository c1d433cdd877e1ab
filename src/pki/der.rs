//! Just enough of DER's writing side for a certificate: lengths, numbers, names of things, times.
//!
//! Must not know: what a certificate is.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A tag that stands before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Boolean,
    Integer,
    BitString,
    OctetString,
    ObjectIdentifier,
    UtcTime,
    GeneralizedTime,
    Sequence,
    /// A numbered part that holds other values.
    Part(u8),
    /// A numbered part that is itself a value.
    Value(u8),
}

impl Tag {
    fn byte(self) -> u8 {
        match self {
            Self::Boolean => 0x01,
            Self::Integer => 0x02,
            Self::BitString => 0x03,
            Self::OctetString => 0x04,
            Self::ObjectIdentifier => 0x06,
            Self::UtcTime => 0x17,
            Self::GeneralizedTime => 0x18,
            Self::Sequence => 0x30,
            Self::Part(number) => 0xa0 | number,
            Self::Value(number) => 0x80 | number,
        }
    }
}

/// `content` behind its tag and length.
pub(crate) fn value(tag: Tag, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().skip_while(|byte| **byte == 0).copied();
    let mut bytes = vec![tag.byte()];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        Ok(_) | Err(_) => {
            let long: Vec<u8> = significant.collect();
            // A length has at most eight bytes.
            bytes.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            bytes.extend(long);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// Values one after the other, in a sequence.
pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    value(Tag::Sequence, &parts.concat())
}

/// A positive number, from its bytes.
pub(crate) fn positive(bytes: &[u8]) -> Vec<u8> {
    let significant: Vec<u8> = bytes.iter().skip_while(|byte| **byte == 0).copied().collect();
    let sign = significant.first().is_none_or(|first| first & 0x80 != 0);
    let mut content = if sign { vec![0] } else { Vec::new() };
    content.extend(significant);
    value(Tag::Integer, &content)
}

/// An object identifier, from its encoded arcs.
pub(crate) fn identifier(arcs: &[u8]) -> Vec<u8> {
    value(Tag::ObjectIdentifier, arcs)
}

/// A string of whole bytes of bits.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    value(Tag::BitString, &[&[0], content].concat())
}

/// Flags, the first in the highest bit of the byte.
pub(crate) fn flags(byte: u8) -> Vec<u8> {
    let unused = u8::try_from(byte.trailing_zeros().min(7)).unwrap_or(0);
    value(Tag::BitString, &[unused, byte])
}

/// A moment, in the form that X.509 wants for its year.
pub(crate) fn time(moment: Timestamp) -> Vec<u8> {
    let early = moment.to_zoned(TimeZone::UTC).year() < 2050;
    let (tag, format) = if early {
        (Tag::UtcTime, "%y%m%d%H%M%SZ")
    } else {
        (Tag::GeneralizedTime, "%Y%m%d%H%M%SZ")
    };
    value(tag, moment.strftime(format).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(value(Tag::OctetString, &[]), [4, 0]);
        assert_eq!(value(Tag::OctetString, &[7; 127])[..2], [4, 127]);
        assert_eq!(value(Tag::OctetString, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(value(Tag::OctetString, &[7; 300])[..4], [4, 0x82, 1, 44]);
    }

    #[test]
    fn numbers_stay_positive() {
        assert_eq!(positive(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(positive(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(positive(&[]), [2, 1, 0]);
    }

    #[test]
    fn times_change_their_form_in_2050() {
        let time = |text: &str| String::from_utf8(time(text.parse().unwrap())[2..].to_vec()).unwrap();
        assert_eq!(time("2049-12-31T23:59:59Z"), "491231235959Z");
        assert_eq!(time("2050-01-01T00:00:00Z"), "20500101000000Z");
    }

    #[test]
    fn flags_say_how_many_bits_are_not_used() {
        assert_eq!(flags(0b1010_0000), [3, 2, 5, 0b1010_0000]);
    }
}
