//! What the text of the objects says other than the answers, and whether its versions go together.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Form, Grade, Remark};
use crate::create::input::Input;
use crate::create::places::Places;
use crate::create::wanted::{Coming, Said, Wanted};

/// Says where the text says something else than an answer, and which of its versions cannot be together.
pub(super) fn check((form, wanted): (&Form, &Wanted), remarks: &mut Vec<Remark>) {
    differences((form, wanted), remarks);
    versions(wanted, remarks);
}

/// Each answer that a place of it does not have any more: the text counts there.
fn differences((form, wanted): (&Form, &Wanted), remarks: &mut Vec<Remark>) {
    let is_other = |coming: &Coming| coming.made.as_ref().is_some_and(|made| *made != coming.object);
    if !wanted.objects.iter().any(is_other) {
        return;
    }
    let places = Places::of(form);
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for coming in &wanted.objects {
        let (Some(made), Some(origin)) = (&coming.made, coming.origin) else {
            continue;
        };
        for ((_, pointer), variable) in places.iter().filter(|((at, _), _)| *at == origin) {
            let Some(field) = form.field(variable).filter(|field| is_compared(field.input)) else {
                continue;
            };
            let read = |object: &Value| field.input.read_there(object.pointer(pointer)?);
            let (answered, said) = (read(made), read(&coming.object));
            if answered != said {
                let what = match said {
                    Some(said) => format!("{said} for {}", coming.name()),
                    None => format!("nothing of it for {}", coming.name()),
                };
                found.entry(variable).or_default().push(what);
            }
        }
    }
    for (variable, said) in found {
        let what = format!("the YAML says {}, which counts", said.join(", and "));
        remarks.push(Remark::of(Some(variable), Grade::Warns, what));
    }
}

/// Whether it is of weight that it stands otherwise in one place.
fn is_compared(input: Input) -> bool {
    match input {
        Input::Version
        | Input::ControlPlanes
        | Input::Pools
        | Input::Count
        | Input::Pods
        | Input::Services
        | Input::Endpoint
        | Input::Domain => true,
        Input::Namespace | Input::Name | Input::Text => false,
    }
}

/// Workers are never newer than their control plane, and at most three minor versions older.
fn versions(wanted: &Wanted, remarks: &mut Vec<Remark>) {
    let Some((plane, version)) = wanted
        .control_planes
        .iter()
        .find_map(|said| Some((said, said.version()?)))
    else {
        return;
    };
    let wrong = |said: &Said, what: String| {
        Remark::of(
            said.variable.as_deref(),
            Grade::Wrong,
            format!("{} at {} {what}", said.object, said.text),
        )
    };
    for said in &wanted.workers {
        let Some(own) = said.version() else { continue };
        if own.may_run_under(&version) {
            continue;
        }
        let what = if own > version {
            format!("is newer than its control plane, {} at {version}", plane.object)
        } else {
            format!(
                "is more than three minor versions behind its control plane, {} at {version}",
                plane.object
            )
        };
        remarks.push(wrong(said, what));
    }
}
