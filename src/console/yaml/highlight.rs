//! How a line of YAML looks: its names in another role than their values, comments aside.

use super::position::split_key;
use crate::prose::Line;
use crate::theme::Role;

/// One line of YAML; `within_text` where it belongs to a text that goes on over lines.
pub fn highlighted(text: &str, within_text: bool) -> Line {
    if within_text {
        return Line::new().text(Role::Text, text);
    }
    let inner = text.trim_start_matches([' ', '-']);
    let (lead, inner) = text
        .split_at_checked(text.len() - inner.len())
        .unwrap_or(("", text));
    let line = Line::new().text(Role::Dim, lead);
    if inner.starts_with('#') {
        return line.text(Role::Dim, inner);
    }
    let value_at = split_key(inner).map_or(0, |(_, value)| inner.len() - value.len());
    let (name, value) = inner.split_at_checked(value_at).unwrap_or(("", inner));
    let line = match name.strip_suffix(':') {
        Some(name) => line.text(Role::Property, name).word(Role::Text, ":"),
        None => line,
    };
    // Where a text is quoted a sign of a comment is none.
    let comment = if value.contains(['"', '\'']) {
        None
    } else {
        value.find(" #")
    };
    match comment.and_then(|at| value.split_at_checked(at)) {
        Some((value, comment)) => line.text(Role::Text, value).text(Role::Dim, comment),
        None => line.text(Role::Text, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_comments_have_roles_of_their_own() {
        let told = |text: &str, within: bool| -> Vec<(Role, String)> {
            let spans = highlighted(text, within).spans.into_iter();
            let spans = spans.map(|span| (span.role, span.text.as_str().to_owned()));
            spans.filter(|(_, text)| !text.is_empty()).collect()
        };
        let span = |role: Role, text: &str| (role, text.to_owned());
        assert_eq!(
            told("  - name: a # b", false),
            [
                span(Role::Dim, "  - "),
                span(Role::Property, "name"),
                span(Role::Text, ":"),
                span(Role::Text, " a"),
                span(Role::Dim, " # b"),
            ]
        );
        assert_eq!(told("# note: x", false), [span(Role::Dim, "# note: x")]);
        assert_eq!(told("name: x", true), [span(Role::Text, "name: x")]);
        assert_eq!(
            told("- item", false),
            [span(Role::Dim, "- "), span(Role::Text, "item")]
        );
        for text in [
            "a: \"x # y\"",
            "  \"k: k\": v",
            "- - x",
            "",
            "   ",
            ":",
            "a:",
            "héé: ü",
        ] {
            assert_eq!(highlighted(text, false).plain(), text);
        }
    }
}
