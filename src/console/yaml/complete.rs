//! What may be typed where the caret is: fields that are not there yet, or values that are counted up.

use fleetui_api::openapi::{Kind, Schema};

use super::position::{Places, parent_at, split_key};

/// What may stand in the place of what is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The column, in characters, at which what is typed begins.
    pub from: usize,
    /// What may stand there, each as it is written.
    pub candidates: Vec<String>,
}

/// What may be typed at this line and column, counted in characters.
pub fn complete(lines: &[String], (row, column): (usize, usize), schema: &Schema) -> Option<Completion> {
    let line = lines.get(row)?;
    let before: String = line.chars().take(column).collect();
    let inner = before.trim_start_matches([' ', '-']);
    let indent = before.len() - inner.len();
    match split_key(inner) {
        Some((_, value)) => {
            let places = Places::of(lines.iter().map(String::as_str));
            let typed = value.trim_start();
            let candidates = values(schema.at(places.pointer(row))?, typed);
            // A blank parts a name from its value.
            let lead = if value.is_empty() { " " } else { "" };
            let candidates = candidates
                .into_iter()
                .map(|value| format!("{lead}{value}"))
                .collect();
            some(column - typed.chars().count(), candidates)
        }
        // Nothing but the name may stand on the line.
        None if line.chars().skip(column).all(char::is_whitespace) => {
            let above = lines.iter().take(row).map(String::as_str);
            let mut parent = parent_at(above, indent);
            let places = Places::of(lines.iter().map(String::as_str));
            if before.trim_start().starts_with('-') {
                parent = places.pointer(row).to_owned();
            }
            let present: Vec<&str> = places.names_in(&parent).collect();
            let found = schema.at(&parent)?;
            let unit = " ".repeat(indent + 2);
            let fields = found.fields.iter().filter(|(name, _)| {
                name.starts_with(inner) && (name.as_str() == inner || !present.contains(&name.as_str()))
            });
            let candidates = fields.map(|(name, field)| written(name, field, &unit)).collect();
            some(column - inner.chars().count(), candidates)
        }
        None => None,
    }
}

fn some(from: usize, candidates: Vec<String>) -> Option<Completion> {
    (!candidates.is_empty()).then_some(Completion { from, candidates })
}

/// A field as it is begun: what lies in it goes on the next line.
fn written(name: &str, field: &Schema, indent: &str) -> String {
    match field.kind {
        Kind::Object => format!("{name}:\n{indent}"),
        Kind::List => format!("{name}:\n{indent}- "),
        Kind::Any | Kind::Text | Kind::Integer | Kind::Number | Kind::Boolean | Kind::IntegerOrText => {
            format!("{name}: ")
        }
    }
}

fn values(field: &Schema, typed: &str) -> Vec<String> {
    let choices: Vec<String> = match field.kind {
        Kind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        Kind::Any
        | Kind::Text
        | Kind::Integer
        | Kind::Number
        | Kind::IntegerOrText
        | Kind::Object
        | Kind::List => {
            let plain = |choice: &serde_json::Value| {
                choice
                    .as_str()
                    .map_or_else(|| choice.to_string(), ToOwned::to_owned)
            };
            let choices = field.choices.iter().chain(&field.default);
            choices.map(plain).collect()
        }
    };
    let mut fitting = Vec::new();
    for choice in choices {
        if choice.starts_with(typed) && !fitting.contains(&choice) {
            fitting.push(choice);
        }
    }
    fitting
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        let document = json!({"components": {"schemas": {"x": {
            "x-kubernetes-group-version-kind": [{"group": "g", "version": "v", "kind": "K"}],
            "type": "object",
            "properties": {"spec": {"type": "object", "properties": {
                "paused": {"type": "boolean"},
                "path": {"type": "string"},
                "order": {"type": "string", "enum": ["Newest", "Oldest"]},
                "strategy": {"type": "object", "properties": {"type": {"type": "string"}}},
                "taints": {"type": "array", "items": {"type": "object", "properties": {"key": {"type": "string"}, "effect": {"type": "string"}}}},
            }}},
        }}}});
        Schema::of(&document, ("g", "v", "K")).unwrap()
    }

    /// The candidates where `^` stands.
    fn at(text: &str) -> Option<(usize, Vec<String>)> {
        let mut place = (0, 0);
        let lines: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(row, line)| {
                if let Some(at) = line.find('^') {
                    place = (row, line[..at].chars().count());
                }
                line.replace('^', "")
            })
            .collect();
        complete(&lines, place, &schema()).map(|completion| (completion.from, completion.candidates))
    }

    fn of(from: usize, candidates: &[&str]) -> Option<(usize, Vec<String>)> {
        Some((from, candidates.iter().map(|text| (*text).to_owned()).collect()))
    }

    #[test]
    fn completion_comes_from_the_schema() {
        assert_eq!(at("^"), of(0, &["spec:\n  "]));
        assert_eq!(at("spec:\n  pa^"), of(2, &["path: ", "paused: "]));
        assert_eq!(at("spec:\n  paused: true\n  pa^\n"), of(2, &["path: "]));
        assert_eq!(at("spec:\n  path: x\n  paused: f^"), of(10, &["false"]));
        assert_eq!(at("spec:\n  order:^"), of(8, &[" Newest", " Oldest"]));
        assert_eq!(at("spec:\n  order: O^"), of(9, &["Oldest"]));
        assert_eq!(at("spec:\n  s^"), of(2, &["strategy:\n    "]));
        assert_eq!(at("spec:\n  t^"), of(2, &["taints:\n    - "]));
        assert_eq!(at("spec:\n  taints:\n  - ^"), of(4, &["effect: ", "key: "]));
        assert_eq!(at("spec:\n  taints:\n  - key: a\n    ^"), of(4, &["effect: "]));
        assert_eq!(at("spec:\n  strategy:\n    ^"), of(4, &["type: "]));
    }

    #[test]
    fn where_nothing_is_known_nothing_is_offered() {
        assert_eq!(at("spec:\n  zz^"), None);
        assert_eq!(at("spec:\n  path: ^"), None);
        assert_eq!(at("other:\n  ^"), None);
        assert_eq!(at("spec:\n  pa^th: x"), None);
    }
}
