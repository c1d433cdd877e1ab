//! What Cluster API's webhooks would refuse of the objects that come of the answers, each at the question whose answer stands there.

use fleetui_api::kinds::CORE;
use fleetui_rules::admission::{self, Denial, Lookup, Operation, Refusal, Write};
use serde_json::Value;

use super::{Form, Grade, LONGEST, Remark, images, label};
use crate::create::input::Input;
use crate::create::places::{Places, walk};
use crate::create::wanted::Wanted;

/// Says what is wrong with the objects.
pub(super) fn check((form, wanted): (&Form, &Wanted), remarks: &mut Vec<Remark>) {
    if let Err(wrong) = form.made() {
        return remarks.extend(wrong);
    }
    let places = Places::of(form);
    let objects: Vec<Value> = wanted.objects.iter().map(|it| it.object.clone()).collect();
    let all = All(&objects);
    for coming in &wanted.objects {
        let (object, name) = (&coming.object, coming.name());
        let text = |pointer: &str| coming.text(pointer);
        let (group, version) = text("/apiVersion").split_once('/').unwrap_or_default();
        let mut say = |pointer: &str, what: String| {
            let origin = coming.origin;
            let variable = origin.and_then(|origin| places.variable_at(origin, pointer));
            let of_name = form
                .asked(Input::Name)
                .filter(|name| is_too_long_by(name.value(), object, pointer));
            remarks.push(Remark::of(
                of_name.map(|name| name.variable.as_str()).or(variable),
                Grade::Wrong,
                format!("{name}: {what}"),
            ));
        };
        if text("/kind") == "Cluster"
            && group == CORE
            && let Some(why) = label(text("/metadata/name"))
        {
            say("/metadata/name", why);
        }
        for (pointer, what) in images::of_object(text("/kind"), text) {
            say(pointer, what);
        }
        for (pointer, what) in refused((group, version, text("/kind")), object, &all) {
            say(&pointer, what);
        }
    }
}

/// Whether what stands at a place is longer than it may be because the cluster's name stands in it.
fn is_too_long_by(name: &str, object: &Value, pointer: &str) -> bool {
    let mut is_long = false;
    // Of a refusal of all of it, nothing tells by what.
    if let Some(there) = object.pointer(pointer).filter(|_| !pointer.is_empty()) {
        walk(there, "", &mut |_, text| {
            is_long |= text.len() > LONGEST && text != name && text.contains(name);
        });
    }
    is_long && !name.is_empty()
}

/// What a webhook says of an object that is created: where, and what.
fn refused(
    (group, version, kind): (&str, &str, &str),
    object: &Value,
    all: &All<'_>,
) -> Vec<(String, String)> {
    if !admission::judges(group, version, kind) {
        return Vec::new();
    }
    let filled = defaulted((group, kind), object, all);
    let judged = filled.and_then(|object| admission::validate(&creation((group, kind), &object), all));
    let Err(denial) = judged else {
        return Vec::new();
    };
    match denial.refusal {
        Refusal::Forbidden(what) => vec![(String::new(), what)],
        Refusal::Invalid { violations, .. } => violations
            .into_iter()
            .map(|violation| {
                let pointer = format!("/{}", violation.field)
                    .replace(['.', '['], "/")
                    .replace(']', "");
                (pointer, format!("{}: {}", violation.field, violation.message))
            })
            .collect(),
    }
}

/// An object with what a webhook fills in where it is created.
///
/// # Errors
/// Why it fills in nothing.
pub(in crate::create) fn defaulted(of: (&str, &str), object: &Value, all: &All<'_>) -> Result<Value, Denial> {
    let mut filled = object.clone();
    admission::default(&creation(of, object), &mut filled, all)?;
    Ok(filled)
}

fn creation<'a>((group, kind): (&'a str, &'a str), object: &'a Value) -> Write<'a> {
    Write {
        group,
        kind,
        operation: Operation::Create,
        old: None,
        object,
        dry_run: true,
    }
}

/// The objects that would be there: those that are created.
pub(in crate::create) struct All<'a>(pub(in crate::create) &'a [Value]);

impl All<'_> {
    fn of<'v>(
        &'v self,
        group: &'v str,
        kind: &'v str,
        namespace: &'v str,
    ) -> impl Iterator<Item = &'v Value> {
        self.0.iter().filter(move |object| {
            let text = |pointer: &str| {
                object
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            text("/apiVersion").split_once('/').map_or("", |(group, _)| group) == group
                && text("/kind") == kind
                && (namespace.is_empty() || text("/metadata/namespace") == namespace)
        })
    }
}

impl Lookup for All<'_> {
    fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let mut found = self.of(group, kind, namespace);
        found
            .find(|object| object.pointer("/metadata/name").and_then(Value::as_str) == Some(name))
            .cloned()
    }

    fn list(&self, group: &str, kind: &str, namespace: &str) -> Vec<Value> {
        self.of(group, kind, namespace).cloned().collect()
    }
}
