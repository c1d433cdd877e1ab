//! Amounts as Kubernetes writes them: `4`, `500m`, `16Gi`.

use serde_json::Value;

/// The amount as a number; nothing where it is none.
pub fn parse(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => parse_text(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn parse_text(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let split = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (number, suffix) = text.split_at(split);
    let factor = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_read() {
        let cases = [
            (json!(4), Some(4.0)),
            (json!("4"), Some(4.0)),
            (json!("500m"), Some(0.5)),
            (json!("16Gi"), Some(17_179_869_184.0)),
            (json!("1.5k"), Some(1500.0)),
            (json!("1e3"), Some(1000.0)),
            (json!(""), None),
            (json!("Gi"), None),
            (json!("4 cores"), None),
            (json!(null), None),
        ];
        for (value, expected) in cases {
            assert_eq!(parse(&value), expected, "{value}");
        }
    }
}
