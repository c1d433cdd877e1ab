//! How the networks of an answer stand in a template: as a list where the template has room for one, else as what stands between
//! brackets or quotes of its own. Found by rendering it with networks that nobody has.
//!
//! Source: templates for clusterctl write `${POD_CIDR:=["192.168.0.0/16"]}`, `["${POD_CIDR:=192.168.0.0/16}"]` and `[${POD_CIDR}]`.

use fleetui_rules::template::Template;
use serde_json::Value;

use super::input::split;
use super::render::{STAND_IN, documents};

/// What stands for a network, and for another one.
const MARKS: [&str; 2] = ["zzonezz", "zzotherzz"];
/// The field of a Cluster that is a list of networks.
const LIST: &str = "/cidrBlocks";
/// What may be between the elements of a list whose brackets, and perhaps quotes, are the template's own.
const BETWEEN: [&str; 3] = [", ", "\", \"", "', '"];

/// How networks are written in the place of their variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Networks {
    /// As a list, brackets and quotes with it.
    List,
    /// With this between them.
    Parts(&'static str),
    /// One alone: there is no room for another.
    One,
}

impl Networks {
    /// How a template has those of a variable.
    pub(super) fn of(template: &Template, variable: &str) -> Self {
        let default = template.variables().remove(variable).flatten();
        let places = places(template, variable, MARKS[0]);
        let is_list = |pointer: &String| pointer.ends_with(LIST);
        if default.is_some_and(|default| default.trim_start().starts_with('['))
            || places.is_empty()
            || places.iter().any(|(_, pointer)| is_list(pointer))
        {
            return Self::List;
        }
        let elements: Vec<_> = places.into_iter().filter_map(element).collect();
        if elements.is_empty() {
            // A text, as kubeadm has it.
            return Self::Parts(",");
        }
        let has_room = |between: &&str| {
            let all = MARKS.join(between);
            let objects = rendered(template, variable, &all);
            let mut there = elements.iter().map(|(object, list, at)| {
                let list = objects.get(*object).and_then(|object| object.pointer(list));
                let list = list.and_then(Value::as_array);
                (0..MARKS.len()).all(|next| {
                    list.and_then(|list| list.get(at + next)?.as_str()) == MARKS.get(next).copied()
                })
            });
            there.all(|is_there| is_there)
        };
        BETWEEN.into_iter().find(has_room).map_or(Self::One, Self::Parts)
    }

    /// An answer as it stands in the text of the template.
    pub(super) fn write(self, answer: &str) -> String {
        let all: Vec<&str> = split(answer).collect();
        match self {
            Self::List => {
                let all: Vec<String> = all.iter().map(|text| format!("{text:?}")).collect();
                format!("[{}]", all.join(", "))
            }
            Self::Parts(between) => all.join(between),
            Self::One => all.join(", "),
        }
    }
}

/// The objects of a template with this in the place of a variable; none where that is no YAML.
fn rendered(template: &Template, variable: &str, value: &str) -> Vec<Value> {
    let open = template.variables();
    let text = template.render(|name| {
        let is_open = open.get(name).is_some_and(Option::is_none);
        let stand_in = is_open.then(|| STAND_IN.to_owned());
        if name == variable {
            Some(value.to_owned())
        } else {
            stand_in
        }
    });
    let text = text.unwrap_or_default();
    documents(&text).unwrap_or_default()
}

/// Where in the objects a mark stands alone, and the pointer to it.
fn places(template: &Template, variable: &str, mark: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, object) in rendered(template, variable, mark).iter().enumerate() {
        super::places::walk(object, "", &mut |pointer, text| {
            if text == mark {
                found.push((index, pointer.to_owned()));
            }
        });
    }
    found
}

/// The list that a place is an element of, and which element it is.
fn element((object, pointer): (usize, String)) -> Option<(usize, String, usize)> {
    let (list, at) = pointer.rsplit_once('/')?;
    Some((object, list.to_owned(), at.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A template whose Pods' networks stand there so.
    fn template(line: &str) -> Template {
        let text = format!(
            "kind: Cluster\nmetadata: {{name: \"${{CLUSTER_NAME}}\"}}\nspec:\n  clusterNetwork:\n    pods:\n      {line}\n"
        );
        Template::parse(&text).unwrap()
    }

    /// Every way to write the networks, what one is rendered to and what two are: as clusterctl would with that text.
    const WAYS: [(&str, &str, Option<&str>); 9] = [
        (
            "cidrBlocks: ${V:=[\"192.168.0.0/16\"]}",
            "[\"a/1\"]",
            Some("[\"a/1\", \"b/2\"]"),
        ),
        ("cidrBlocks: ${V}", "[\"a/1\"]", Some("[\"a/1\", \"b/2\"]")),
        (
            "cidrBlocks: [\"${V:=192.168.0.0/16}\"]",
            "a/1",
            Some("a/1\", \"b/2"),
        ),
        ("cidrBlocks: [\"${V}\"]", "a/1", Some("a/1\", \"b/2")),
        ("cidrBlocks: ['${V}']", "a/1", Some("a/1', 'b/2")),
        ("cidrBlocks: [${V}]", "a/1", Some("a/1, b/2")),
        ("cidrBlocks: [${V:=\"192.168.0.0/16\"}]", "a/1", Some("a/1, b/2")),
        ("cidrBlocks:\n      - ${V}", "a/1", None),
        ("cidrBlocks:\n      - \"${V:=192.168.0.0/16}\"", "a/1", None),
    ];

    #[test]
    fn networks_are_written_as_a_template_has_room_for_them() {
        for (line, one, two) in WAYS {
            let template = template(line);
            let way = Networks::of(&template, "V");
            assert_eq!(way.write("a/1"), one, "{line}");
            assert_eq!(two.is_none(), way == Networks::One, "{line}: {way:?}");
            let rendered = |answer: &str| {
                let object = rendered(&template, "V", &way.write(answer)).remove(0);
                object["spec"]["clusterNetwork"]["pods"]["cidrBlocks"].clone()
            };
            assert_eq!(rendered("a/1"), serde_json::json!(["a/1"]), "{line}");
            if let Some(two) = two {
                assert_eq!(way.write("a/1, b/2"), two, "{line}");
                assert_eq!(rendered("a/1, b/2"), serde_json::json!(["a/1", "b/2"]), "{line}");
            }
        }
        let text = template("podSubnet: \"${V}\"");
        assert_eq!(Networks::of(&text, "V").write("a/1 b/2"), "a/1,b/2");
    }
}
