//! Where in the objects the answer to a question stands, found by rendering the template with answers that nobody gives.

use std::collections::BTreeMap;

use serde_json::Value;

use super::form::Form;
use super::input::Input;
use super::render::documents;

/// A place: the number of the object, and the JSON pointer in it.
pub(super) type Place = (usize, String);

/// Which variable stands where, alone.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<Place, String>);

impl Places {
    /// The places of a form's template, in the order of its own documents.
    pub(super) fn of(form: &Form) -> Self {
        let marks: BTreeMap<&str, String> = form
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| (field.variable.as_str(), format!("zzmark{index}zz")))
            .collect();
        let rendered = form
            .template
            .render(|name| Some(marks.get(name).cloned().unwrap_or_else(|| "0".to_owned())));
        let Some(objects) = rendered.ok().and_then(|text| documents(&text).ok()) else {
            return Self::default();
        };
        let mut found = BTreeMap::new();
        for (index, object) in objects.iter().enumerate() {
            walk(object, "", &mut |pointer, text| {
                if let Some((variable, _)) = marks.iter().find(|(_, mark)| *mark == text) {
                    let pointer = whole_list(form, variable, (object, pointer));
                    found.insert((index, pointer.to_owned()), (*variable).to_owned());
                }
            });
        }
        Self(found)
    }

    /// The variable that stands at a place of an object, or in what the place lies in or holds.
    pub(super) fn variable_at(&self, object: usize, pointer: &str) -> Option<&str> {
        let is_within = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut own = self.0.iter().filter(|((index, _), _)| *index == object);
        own.find(|((_, known), _)| {
            is_within(pointer, known) || (pointer.matches('/').count() > 1 && is_within(known, pointer))
        })
        .map(|(_, variable)| variable.as_str())
    }

    /// Every place with its variable.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Place, &str)> {
        self.0.iter().map(|(place, variable)| (place, variable.as_str()))
    }
}

/// Where an answer that may be several networks is all of a list: the list, as each network is an element of it.
fn whole_list<'p>(form: &Form, variable: &str, (object, pointer): (&Value, &'p str)) -> &'p str {
    let input = form.field(variable).map(|field| field.input);
    let is_networks = matches!(input, Some(Input::Pods | Input::Services));
    let list = pointer.rsplit_once('/').map(|(list, _)| list);
    let is_all = |list: &&str| {
        let list = object.pointer(list).and_then(Value::as_array);
        list.is_some_and(|list| list.len() == 1)
    };
    list.filter(|list| is_networks && is_all(list)).unwrap_or(pointer)
}

/// Tells every text in a value, and where it stands.
pub(super) fn walk(value: &Value, pointer: &str, found: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                walk(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(value, &format!("{pointer}/{index}"), found);
            }
        }
        Value::String(text) => found(pointer, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
