//! Label selectors: equality (`a=b`, `a!=b`), sets (`a in (b,c)`, `a notin (b)`) and presence (`a`, `!a`).

use serde_json::Value;

use crate::status::ApiError;
use crate::storage::stored::Meta;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Demand {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
    Greater(String, i64),
    Less(String, i64),
}

/// A label selector: all of its demands hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LabelSelector(Vec<Demand>);

impl LabelSelector {
    /// Reads a selector; an empty one selects everything.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let refuse =
            |why: &str| ApiError::bad_request(format!("unable to parse requirement: {why} in {text:?}"));
        let mut demands = Vec::new();
        for term in terms(text) {
            demands.push(demand(term.trim()).map_err(refuse)?);
        }
        Ok(Self(demands))
    }

    /// Reads a `LabelSelector` of an object, with its `matchLabels` and `matchExpressions`; none where there is none, or it
    /// cannot be.
    pub(crate) fn of_object(selector: &Value) -> Option<Self> {
        let fields = selector.as_object()?;
        let labels = fields.get("matchLabels").and_then(Value::as_object);
        let mut demands = Vec::new();
        for (name, value) in labels.into_iter().flatten() {
            demands.push(Demand::In(name.clone(), vec![value.as_str()?.to_owned()]));
        }
        let expressions = fields.get("matchExpressions").and_then(Value::as_array);
        for expression in expressions.into_iter().flatten() {
            let text = |field: &str| expression.get(field).and_then(Value::as_str);
            let name = text("key")?.to_owned();
            let values = expression.get("values").and_then(Value::as_array);
            let values = values.into_iter().flatten();
            let values = values
                .map(|value| value.as_str().map(str::to_owned))
                .collect::<Option<_>>()?;
            demands.push(match text("operator")? {
                "In" => Demand::In(name, values),
                "NotIn" => Demand::NotIn(name, values),
                "Exists" => Demand::Exists(name),
                "DoesNotExist" => Demand::Missing(name),
                _ => return None,
            });
        }
        Some(Self(demands))
    }

    /// Whether nothing is demanded.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether labels meet all demands.
    pub(crate) fn matches(&self, meta: &Meta) -> bool {
        self.0.iter().all(|demand| match demand {
            Demand::In(name, values) => meta
                .label(name)
                .is_some_and(|label| values.iter().any(|value| value == label)),
            Demand::NotIn(name, values) => meta
                .label(name)
                .is_none_or(|label| !values.iter().any(|value| value == label)),
            Demand::Exists(name) => meta.label(name).is_some(),
            Demand::Missing(name) => meta.label(name).is_none(),
            Demand::Greater(name, bound) => number(meta, name).is_some_and(|label| label > *bound),
            Demand::Less(name, bound) => number(meta, name).is_some_and(|label| label < *bound),
        })
    }
}

fn number(meta: &Meta, name: &str) -> Option<i64> {
    meta.label(name)?.parse().ok()
}

/// Splits at commas outside of parentheses.
fn terms(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    let parts: Vec<&str> = parts.collect();
    if text.trim().is_empty() { Vec::new() } else { parts }
}

fn demand(term: &str) -> Result<Demand, &'static str> {
    if let Some(name) = term.strip_prefix('!') {
        return Ok(Demand::Missing(key(name)?));
    }
    if let Some((head, values)) = term.split_once('(') {
        let values = values
            .trim()
            .strip_suffix(')')
            .ok_or("a parenthesis is not closed")?;
        let values = values
            .split(',')
            .map(|text| value(text))
            .collect::<Result<Vec<_>, _>>()?;
        let (name, operator) = head
            .trim()
            .rsplit_once(char::is_whitespace)
            .ok_or("an operator is missing")?;
        return match operator {
            "in" => Ok(Demand::In(key(name)?, values)),
            "notin" => Ok(Demand::NotIn(key(name)?, values)),
            _ => Err("the operator before a set is neither in nor notin"),
        };
    }
    if let Some((name, text)) = term.split_once("!=") {
        return Ok(Demand::NotIn(key(name)?, vec![value(text)?]));
    }
    if let Some((name, text)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Ok(Demand::In(key(name)?, vec![value(text)?]));
    }
    let bound = |text: &str| text.trim().parse().map_err(|_| "a bound is not a whole number");
    if let Some((name, text)) = term.split_once('>') {
        return Ok(Demand::Greater(key(name)?, bound(text)?));
    }
    if let Some((name, text)) = term.split_once('<') {
        return Ok(Demand::Less(key(name)?, bound(text)?));
    }
    Ok(Demand::Exists(key(term)?))
}

/// The longest name and the longest value of a label.
const LONGEST: usize = 63;

/// The longest prefix of a label's name.
const LONGEST_PREFIX: usize = 253;

fn is_word(text: &str) -> bool {
    let outer = |character: char| character.is_ascii_alphanumeric();
    text.chars()
        .all(|character| outer(character) || matches!(character, '-' | '_' | '.'))
        && text.starts_with(outer)
        && text.ends_with(outer)
}

/// What is wrong with the name of a label or an annotation, in upstream's words.
pub(crate) fn name_flaws(text: &str) -> Vec<&'static str> {
    let mut flaws = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            return vec![
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
            ];
        }
        Some(("", name)) => {
            flaws.push("prefix part must be non-empty");
            name
        }
        Some((prefix, name)) => {
            if prefix.len() > LONGEST_PREFIX {
                flaws.push("prefix part must be no more than 253 characters");
            }
            if !is_subdomain(prefix) {
                flaws.push("prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
            }
            name
        }
    };
    if name.is_empty() {
        flaws.push("name part must be non-empty");
    } else if name.len() > LONGEST {
        flaws.push("name part must be no more than 63 characters");
    }
    if !is_word(name) {
        flaws.push("name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')");
    }
    flaws
}

/// What is wrong with the value of a label, in upstream's words.
pub(crate) fn value_flaws(text: &str) -> Vec<&'static str> {
    let mut flaws = Vec::new();
    if text.len() > LONGEST {
        flaws.push("must be no more than 63 characters");
    }
    if !text.is_empty() && !is_word(text) {
        flaws.push("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
    }
    flaws
}

/// Whether a text is a DNS subdomain, however long.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_dns_label)
}

/// Whether a text is a DNS label, however long.
pub(crate) fn is_dns_label(text: &str) -> bool {
    let outer = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.bytes().all(|byte| outer(byte) || byte == b'-')
        && text.bytes().next().is_some_and(outer)
        && text.bytes().next_back().is_some_and(outer)
}

/// Reads the name of a label in a selector.
fn key(text: &str) -> Result<String, &'static str> {
    read(text, name_flaws)
}

/// Reads the value of a label in a selector.
fn value(text: &str) -> Result<String, &'static str> {
    read(text, value_flaws)
}

fn read(text: &str, flaws: fn(&str) -> Vec<&'static str>) -> Result<String, &'static str> {
    let text = text.trim();
    match flaws(text).first() {
        None => Ok(text.to_owned()),
        Some(flaw) => Err(flaw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(labels: &[(&str, &str)]) -> Meta {
        Meta {
            labels: labels
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            ..Meta::default()
        }
    }

    #[test]
    fn selectors_hold_or_not() {
        let meta = meta(&[("tier", "web"), ("x.io/zone", "a"), ("size", "7"), ("flag", "")]);
        let cases = [
            ("", true),
            ("tier=web", true),
            ("tier==web", true),
            ("tier=db", false),
            ("tier!=db", true),
            ("none!=db", true),
            ("tier", true),
            ("!tier", false),
            ("! none", true),
            ("flag=", true),
            ("tier in (db, web)", true),
            ("tier in (db)", false),
            ("tier notin (db),x.io/zone=a", true),
            ("none notin (a,b)", true),
            ("none in (a,b)", false),
            ("size>6,size<8", true),
            ("size>7", false),
            ("tier=web,x.io/zone=b", false),
        ];
        for (text, expected) in cases {
            assert_eq!(
                LabelSelector::parse(text).unwrap().matches(&meta),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn names_and_values_are_judged_as_upstream_judges_them() {
        for (text, flaw) in [
            ("app", ""),
            ("ex.io/App_1.x", ""),
            ("EX.io/app", "prefix part a lowercase RFC 1123 subdomain"),
            ("/app", "prefix part must be non-empty"),
            ("a/b/c", "a qualified name must consist of"),
            ("ex.io/", "name part must be non-empty"),
            (" app", "name part must consist of"),
            (&"x".repeat(64), "name part must be no more than 63 characters"),
        ] {
            let found = name_flaws(text);
            let told = found.first().copied().unwrap_or_default();
            assert!(
                told.starts_with(flaw) && flaw.is_empty() == found.is_empty(),
                "{text}: {found:?}"
            );
        }
        for (text, flaw) in [
            ("", ""),
            ("v1.2_3", ""),
            ("${X}", "a valid label must be an empty string or consist of"),
            ("-a", "a valid label must be"),
            (&"x".repeat(64), "must be no more than 63 characters"),
        ] {
            let found = value_flaws(text);
            let told = found.first().copied().unwrap_or_default();
            assert!(
                told.starts_with(flaw) && flaw.is_empty() == found.is_empty(),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "a b",
            "a in (b",
            "a near (b)",
            "=b",
            "a=b c",
            ",",
            "a=b,,c",
            "a/b/c=d",
            "size>x",
        ] {
            assert!(LabelSelector::parse(text).is_err(), "{text:?}");
        }
    }
}
