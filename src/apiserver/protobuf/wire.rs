//! Protobuf's encoding: tags, lengths, numbers.

use super::DecodeError;

/// One value as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wire<'a> {
    /// A number in groups of seven bits.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Bytes with their length before them: a text, a message, or packed numbers.
    Bytes(&'a [u8]),
    /// A group, which nothing here uses; it is skipped.
    Group,
}

impl<'a> Wire<'a> {
    /// The bytes of the field called `field`.
    pub(super) fn bytes(self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed64(_) | Self::Fixed32(_) | Self::Group => {
                Err(DecodeError::WireType(field))
            }
        }
    }

    /// The text of the field called `field`.
    pub(super) fn text(self, field: &'static str) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes(field)?).map_err(|_| DecodeError::Utf8(field))
    }

    /// The number of the field called `field`.
    pub(super) fn varint(self, field: &'static str) -> Result<u64, DecodeError> {
        match self {
            Self::Varint(number) => Ok(number),
            Self::Bytes(_) | Self::Fixed64(_) | Self::Fixed32(_) | Self::Group => {
                Err(DecodeError::WireType(field))
            }
        }
    }
}

/// Reads the fields of a message one after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of a whole message.
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field: its number and its value.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Wire<'a>)>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, kind) = self.tag()?;
        let wire = match kind {
            3 => {
                self.skip_group(number)?;
                Wire::Group
            }
            kind => self.value(kind)?,
        };
        Ok(Some((number, wire)))
    }

    /// The next number of a packed list.
    pub(super) fn next_packed(&mut self) -> Result<Option<Wire<'a>>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.varint().map(Wire::Varint).map(Some)
    }

    fn tag(&mut self) -> Result<(u32, u8), DecodeError> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| DecodeError::Malformed)?;
        let kind = u8::try_from(tag & 7).map_err(|_| DecodeError::Malformed)?;
        if number == 0 || number > 0x1FFF_FFFF {
            return Err(DecodeError::Malformed);
        }
        Ok((number, kind))
    }

    fn value(&mut self, kind: u8) -> Result<Wire<'a>, DecodeError> {
        match kind {
            0 => self.varint().map(Wire::Varint),
            1 => self.array().map(|bytes| Wire::Fixed64(u64::from_le_bytes(bytes))),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| DecodeError::Truncated)?;
                self.take(length).map(Wire::Bytes)
            }
            5 => self.array().map(|bytes| Wire::Fixed32(u32::from_le_bytes(bytes))),
            _ => Err(DecodeError::Malformed),
        }
    }

    /// Skips to the end of a group, with the groups inside it; none of them is remembered but by its number.
    fn skip_group(&mut self, number: u32) -> Result<(), DecodeError> {
        let mut open = vec![number];
        while let Some(innermost) = open.last().copied() {
            match self.tag()? {
                (inner, 3) if open.len() < 100 => open.push(inner),
                (_, 3) => return Err(DecodeError::Depth),
                (end, 4) if end == innermost => {
                    open.pop();
                }
                (_, kind) => {
                    self.value(kind)?;
                }
            }
        }
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0_u64;
        for place in 0..10 {
            let (first, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
            self.rest = rest;
            // Of the tenth byte only one bit has room.
            if place == 9 && *first > 1 {
                return Err(DecodeError::Malformed);
            }
            number |= u64::from(first & 0x7F) << (7 * place);
            if first & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(DecodeError::Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }
}

/// Writes a field of bytes: a text, or a message.
pub(crate) fn put_bytes(bytes: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_varint(bytes, u64::from(number) << 3 | 2);
    put_varint(bytes, value.len() as u64);
    bytes.extend_from_slice(value);
}

/// Writes a number.
pub(super) fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while let rest @ 1.. = number >> 7 {
        bytes.push(u8::try_from(number & 0x7F).unwrap_or_default() | 0x80);
        number = rest;
    }
    bytes.push(u8::try_from(number & 0x7F).unwrap_or_default());
}
