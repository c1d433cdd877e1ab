//! On which line a refusal stands: that of the field which it is about. What several fields cause together stands on the line of the one
//! that it names and that was changed, else on that of the object which holds them.

use fleetui_fleet::act::Plan;
use fleetui_rules::field_owner::touch;

use crate::yaml::{Places, Text};

/// A field that a server names.
struct Named {
    pointer: String,
    /// Whether it says what is wrong with it: `spec.replicas: Invalid value`.
    is_cause: bool,
    /// Where it stands in what is said, and where it ends.
    at: (usize, usize),
}

/// The line that what a server says is about; nothing where it names no field. `changed` are the fields that were edited.
pub(super) fn line_of(said: &str, text: &Text, changed: &[&str]) -> Option<usize> {
    let places = &text.places;
    let named = named(said, places);
    let is_changed = |pointer: &str| changed.iter().any(|changed| touch(changed, pointer));
    let mut causes = named.iter().filter(|named| named.is_cause);
    let cause = causes
        .clone()
        .find(|cause| is_changed(&cause.pointer))
        .or_else(|| causes.next())
        .or_else(|| named.first())?;
    let next = named
        .iter()
        .find(|other| other.is_cause && other.at.0 > cause.at.0)
        .map_or(said.len(), |other| other.at.0);
    let about = said.get(cause.at.1..next).unwrap_or_default();
    let inner: Vec<String> = inner(about, &cause.pointer, places).collect();
    let meant = inner
        .iter()
        .find(|pointer| is_changed(pointer))
        .or_else(|| inner.first())
        .unwrap_or(&cause.pointer);
    Some(places.line_of(meant)).filter(|line| *line > 0)
}

/// The line of what stands in the way of a plan: of the field that it is about, else of the first that was changed.
pub(super) fn line_of_check(plan: &Plan, why: &str, text: &Text) -> usize {
    let fields = plan.writes.iter().flat_map(|write| &write.fields);
    let changed: Vec<&str> = fields.map(|field| field.pointer.as_str()).collect();
    let check = plan.blocking().find(|check| check.found.text() == why);
    let of_check = check.and_then(|check| {
        let name = format!("/{}", check.id);
        changed.iter().find(|pointer| pointer.ends_with(&name))
    });
    let line = |pointer: &str| Some(text.places.line_of(pointer)).filter(|line| *line > 0);
    of_check
        .and_then(|pointer| line(pointer))
        .or_else(|| line_of(why, text, &changed))
        .or_else(|| changed.iter().find_map(|pointer| line(pointer)))
        .unwrap_or_default()
}

/// The fields that are named by their whole path.
fn named(said: &str, places: &Places) -> Vec<Named> {
    let mut found = Vec::new();
    let mut from = 0;
    for word in said.split_whitespace() {
        let Some(at) = said.get(from..).and_then(|rest| rest.find(word)) else {
            continue;
        };
        let at = (from + at, from + at + word.len());
        from = at.1;
        let word = word.trim_start_matches(['[', '(', '{', '"', '\'', '`']);
        let path = word.trim_end_matches([':', ',', ';', '.', ')', '}', '"', '\'', '`']);
        let is_cause = word.get(path.len()..).is_some_and(|rest| rest.contains(':'));
        let root = path.split(['.', '[']).next().unwrap_or_default();
        let is_known = places.names_in("").any(|name| name == root);
        if is_known && (is_cause || path.contains(['.', '['])) {
            found.push(Named {
                pointer: pointer(path),
                is_cause,
                at,
            });
        }
    }
    found
}

/// Fields in what a cause is about that are named beside it, by their whole path or by that from there.
fn inner<'a>(about: &'a str, outer: &'a str, places: &'a Places) -> impl Iterator<Item = String> + 'a {
    // The value that is refused stands first, and names all of its fields.
    let about = about.split_once("\"object\": ").map_or(about, |(_, about)| about);
    let is_of_path = |character: char| character.is_alphanumeric() || "._-[]/".contains(character);
    let words = about.split(move |character: char| !is_of_path(character));
    let has_inner = places.names_in(outer).next().is_some();
    words.filter(move |_| has_inner).filter_map(move |word| {
        let word = word.trim_matches('.');
        let word = word.strip_prefix("self.").unwrap_or(word);
        let whole = pointer(word);
        let inner = format!("{outer}{whole}");
        let is_there = |pointer: &str| !word.is_empty() && places.begins(pointer);
        if is_there(&inner) {
            return Some(inner);
        }
        (whole.starts_with(&format!("{outer}/")) && is_there(&whole)).then_some(whole)
    })
}

/// A path as a server writes it as a JSON pointer: `spec.a[0].b`, `metadata.labels[x.y/z]`.
fn pointer(path: &str) -> String {
    let mut pointer = String::from("/");
    let mut is_key = false;
    for character in path.chars() {
        match character {
            ']' if is_key => is_key = false,
            '[' if !is_key => {
                is_key = true;
                pointer.push('/');
            }
            '.' if !is_key => pointer.push('/'),
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineDeployment
metadata:
  labels:
    a.b/c: x
  name: md
spec:
  clusterName: web
  replicas: 3
  rollout:
    strategy:
      rollingUpdate:
        maxSurge: 0
        maxUnavailable: 0
      type: RollingUpdate
  template:
    spec:
      taints:
      - effect: NoSchedule
        key: a
      - effect: NoExecute
        key: b
";

    fn line(said: &str, changed: &[&str]) -> Option<String> {
        let text = Text::new(TEXT, (80, 40));
        let line = line_of(
            &format!("MachineDeployment \"md\" is invalid: {said}"),
            &text,
            changed,
        )?;
        Some(text.lines()[line].trim().to_owned())
    }

    #[test]
    fn a_refusal_stands_on_the_line_of_what_it_is_about() {
        const ROLLING: &str = "/spec/rollout/strategy/rollingUpdate";
        let unavailable = format!("{ROLLING}/maxUnavailable");
        let both = "spec.rollout.strategy.rollingUpdate: Invalid value: \"object\": maxSurge and maxUnavailable may not both be 0";
        let cases: [(&str, &[&str], &str); 12] = [
            (
                "spec.replicas: Invalid value: 7: too many",
                &["/spec/clusterName"],
                "replicas: 3",
            ),
            // The field that was changed, of those that are named together.
            (both, &[&unavailable], "maxUnavailable: 0"),
            (both, &["/spec/replicas"], "maxSurge: 0"),
            // The value names all fields, which is nothing.
            (
                "spec.rollout: Invalid value: {\"strategy\":{}}: this does not go",
                &[],
                "strategy:",
            ),
            (
                "spec.rollout.strategy: Invalid value: \"object\": this does not go",
                &[],
                "strategy:",
            ),
            // The object that holds them, also where it is the outermost one.
            (
                "spec: Invalid value: \"object\": one excludes the other",
                &[],
                "spec:",
            ),
            (
                "spec: Invalid value: \"object\": rollout.strategy.type has to fit self.replicas",
                &["/spec/replicas"],
                "replicas: 3",
            ),
            // Of several causes that of what was changed, and the first where none is.
            (
                "[spec.clusterName: Invalid value: \"web\": no, spec.replicas: Invalid value: 3: no]",
                &["/spec/replicas"],
                "replicas: 3",
            ),
            (
                "[spec.clusterName: Invalid value: \"web\": no, spec.replicas: Invalid value: 3: no]",
                &[],
                "clusterName: web",
            ),
            (
                "spec.template.spec.taints[1]: Duplicate value: {\"key\":\"b\"}",
                &[],
                "key: b",
            ),
            (
                "metadata.labels[a.b/c]: Invalid value: \"x\": no",
                &[],
                "a.b/c: x",
            ),
            // What is missing stands where it would be.
            ("spec.template.spec.version: Required value", &[], "spec:"),
        ];
        for (said, changed, expected) in cases {
            assert_eq!(line(said, changed).as_deref(), Some(expected), "{said}");
        }
        assert_eq!(
            line("the name says nothing of a field", &["/spec/replicas"]),
            None
        );
    }
}
