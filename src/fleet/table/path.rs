//! Paths into objects, as kubectl's custom columns write them: `.metadata.labels.zone`, `.status.addresses[0].address`,
//! `.metadata.labels['topology.kubernetes.io/zone']`, `.spec.taints[*].key`.

use compact_str::{CompactString, ToCompactString as _};
use fleetui_api::json::Json;

/// A path that can be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(CompactString),
    Element(usize),
    Elements,
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not begin as a path.
    #[error("a path begins with a dot: .metadata.labels.zone")]
    NoDot,
    /// Something in brackets that is no index, star or quoted name.
    #[error("in brackets stands a number, a star or a quoted name: [0], [*], ['a.b/c']")]
    Bracket,
    /// A dot with nothing behind it.
    #[error("a field without a name")]
    Empty,
}

/// The name of a field, up to the dot or bracket that ends it, and what stands behind; `\.` is a dot of the name, as kubectl has it.
fn field(text: &str) -> (CompactString, &str) {
    let mut name = CompactString::default();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[', '\\']).unwrap_or(rest.len());
        let (plain, behind) = rest.split_at(end);
        name.push_str(plain);
        match behind.strip_prefix("\\.") {
            Some(more) => {
                name.push('.');
                rest = more;
            }
            None => match behind.strip_prefix('\\') {
                Some(more) => {
                    name.push('\\');
                    rest = more;
                }
                None => return (name, behind),
            },
        }
    }
}

/// The longest text that is kept of one object.
const LONGEST: usize = 256;
/// What stands between the texts of a list.
const BETWEEN: &str = ",";

impl Path {
    /// Reads a path; braces around it, as JSONPath has them, may be there.
    ///
    /// # Errors
    /// What is no path, and how one is written.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let mut rest = inner.unwrap_or(text);
        let mut steps = Vec::new();
        if !rest.starts_with(['.', '[']) {
            return Err(PathError::NoDot);
        }
        while !rest.is_empty() {
            let (step, behind) = if let Some(behind) = rest.strip_prefix('[') {
                bracket(behind)?
            } else {
                let name = rest.strip_prefix('.').ok_or(PathError::Bracket)?;
                let (name, behind) = field(name);
                if name.is_empty() {
                    return Err(PathError::Empty);
                }
                (Step::Field(name), behind)
            };
            steps.push(step);
            rest = behind;
        }
        Ok(Self(steps))
    }

    /// What is there in an object, as one text; empty where nothing is.
    pub fn read(&self, object: &Json<'_>) -> CompactString {
        let mut text = CompactString::default();
        collect(&self.0, object, &mut text);
        text
    }
}

/// What is in brackets, without the first of them, and what follows.
fn bracket(text: &str) -> Result<(Step, &str), PathError> {
    if let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let quoted = text.get(1..).unwrap_or_default();
        let (name, behind) = quoted.split_once(quote).ok_or(PathError::Bracket)?;
        let behind = behind.strip_prefix(']').ok_or(PathError::Bracket)?;
        return Ok((Step::Field(name.into()), behind));
    }
    let (inside, behind) = text.split_once(']').ok_or(PathError::Bracket)?;
    let step = match inside {
        "*" => Step::Elements,
        number => Step::Element(number.parse().map_err(|_| PathError::Bracket)?),
    };
    Ok((step, behind))
}

fn collect(steps: &[Step], value: &Json<'_>, text: &mut CompactString) {
    let Some((step, rest)) = steps.split_first() else {
        return push(value, text);
    };
    match step {
        Step::Field(name) => {
            if let Some(inner) = value.get(name) {
                collect(rest, inner, text);
            }
        }
        Step::Element(index) => {
            if let Some(inner) = value.as_list().and_then(|list| list.get(*index)) {
                collect(rest, inner, text);
            }
        }
        Step::Elements => {
            for inner in value.as_list().unwrap_or_default() {
                collect(rest, inner, text);
            }
        }
    }
}

fn push(value: &Json<'_>, text: &mut CompactString) {
    let said = match value {
        Json::Null => return,
        Json::Bool(flag) => flag.to_compact_string(),
        Json::Integer(number) => number.to_compact_string(),
        Json::Number => CompactString::const_new("(number)"),
        Json::Text(text) => text.as_ref().into(),
        Json::List(list) => return list.iter().for_each(|inner| push(inner, text)),
        Json::Object(_) => CompactString::const_new("(object)"),
    };
    if !text.is_empty() {
        text.push_str(BETWEEN);
    }
    text.push_str(&said);
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_followed() {
        let object = json!({
            "metadata": {"labels": {"zone": "a", "topology.kubernetes.io/zone": "b"}},
            "spec": {"replicas": 3, "paused": true, "taints": [{"key": "x"}, {"key": "y"}], "half": 0.5},
        });
        let cases = [
            (".metadata.labels.zone", "a"),
            ("{.metadata.labels.zone}", "a"),
            (".metadata.labels['topology.kubernetes.io/zone']", "b"),
            (".metadata.labels.topology\\.kubernetes\\.io/zone", "b"),
            (".spec.replicas", "3"),
            (".spec.paused", "true"),
            (".spec.taints[1].key", "y"),
            (".spec.taints[*].key", "x,y"),
            (".spec.taints[9].key", ""),
            (".spec.half", "(number)"),
            (".spec", "(object)"),
            (".status.phase", ""),
        ];
        for (path, expected) in cases {
            let path = Path::parse(path).unwrap();
            assert_eq!(path.read(&Json::from(&object)), expected, "{path:?}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused_with_what_is_allowed() {
        let cases = [
            ("metadata", PathError::NoDot),
            ("", PathError::NoDot),
            (".", PathError::Empty),
            (".a..b", PathError::Empty),
            (".a[", PathError::Bracket),
            (".a[b]", PathError::Bracket),
            (".a['b'", PathError::Bracket),
        ];
        for (text, expected) in cases {
            assert_eq!(Path::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let object = json!({"spec": {"text": "é".repeat(5000)}});
        let text = Path::parse(".spec.text").unwrap().read(&Json::from(&object));
        assert!(text.len() <= LONGEST + 4 && text.ends_with('…'), "{}", text.len());
    }
}
