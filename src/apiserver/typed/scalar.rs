//! Plain values: whether they are of the type, and their one form.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use serde_json::Value;

use super::{Place, TypeError, kind_of};

/// Base64 as Go reads it: unused bits of the last character may be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A text.
pub(super) fn text(value: &Value, here: &Place<'_>) -> Result<(), TypeError> {
    if value.is_string() {
        Ok(())
    } else {
        Err(here.wrong(kind_of(value), "string"))
    }
}

/// True or false.
pub(super) fn flag(value: &Value, here: &Place<'_>) -> Result<(), TypeError> {
    if value.is_boolean() {
        Ok(())
    } else {
        Err(here.wrong(kind_of(value), "bool"))
    }
}

/// A whole number in a range; `1.0` is one, too.
pub(super) fn whole(
    value: &mut Value,
    here: &Place<'_>,
    range: RangeInclusive<i64>,
    wanted: &str,
) -> Result<(), TypeError> {
    let Value::Number(number) = &*value else {
        return Err(here.wrong(kind_of(value), wanted));
    };
    if number.as_i64().is_some_and(|whole| range.contains(&whole)) {
        return Ok(());
    }
    Err(here.wrong(&format!("number {number}"), wanted))
}

/// Bytes in base64. Line breaks inside are left out, as Go does.
pub(super) fn bytes(value: &mut Value, here: &Place<'_>) -> Result<(), TypeError> {
    let Value::String(written) = &*value else {
        return Err(here.wrong(kind_of(value), "[]uint8"));
    };
    let joined: String;
    let text = if written.contains(['\r', '\n']) {
        joined = written.replace(['\r', '\n'], "");
        joined.as_str()
    } else {
        written.as_str()
    };
    let decoded = BASE64.decode(text).map_err(|error| {
        let place = match error {
            base64::DecodeError::InvalidByte(place, _) | base64::DecodeError::InvalidLastSymbol(place, _) => {
                place
            }
            base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => text.len(),
        };
        TypeError(format!("illegal base64 data at input byte {place}"))
    })?;
    let encoded = BASE64.encode(decoded);
    if encoded != *written {
        *value = Value::String(encoded);
    }
    Ok(())
}

/// A moment: in UTC, in whole seconds or with six digits behind them.
pub(super) fn time(value: &mut Value, here: &Place<'_>, micro: bool) -> Result<(), TypeError> {
    let wanted = if micro { "v1.MicroTime" } else { "v1.Time" };
    let Value::String(written) = &*value else {
        return Err(here.wrong(kind_of(value), wanted));
    };
    let layout = if micro {
        "2006-01-02T15:04:05.000000Z07:00"
    } else {
        "2006-01-02T15:04:05Z07:00"
    };
    let moment: Timestamp = written.parse().map_err(|_| {
        TypeError(format!(
            "parsing time {written:?} as {layout:?}: cannot parse {written:?} as a time"
        ))
    })?;
    let form = if micro {
        format!("{moment:.6}")
    } else {
        Timestamp::from_second(moment.as_second())
            .unwrap_or(moment)
            .to_string()
    };
    if form != *written {
        *value = Value::String(form);
    }
    Ok(())
}

/// An amount, `500m` or `1Gi`. A number becomes a text; the unit stays as it was written.
pub(super) fn quantity(value: &mut Value, here: &Place<'_>) -> Result<(), TypeError> {
    let text = match &*value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        other => return Err(here.wrong(kind_of(other), "resource.Quantity")),
    };
    if !is_quantity(&text) {
        return Err(TypeError(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned(),
        ));
    }
    if value.as_str() != Some(&text) {
        *value = Value::String(text);
    }
    Ok(())
}

/// A sign, digits with at most one point among them, and a unit or an exponent.
fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(unsigned.len());
    let Some((number, unit)) = unsigned.split_at_checked(end) else {
        return false;
    };
    let has_digit = number.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit || number.matches('.').count() > 1 {
        return false;
    }
    let units = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    units.contains(&unit)
        || unit.strip_prefix(['e', 'E']).is_some_and(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}
