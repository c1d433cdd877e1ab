//! Form and YAML, both ways: the objects as one text, and what somebody made of that text as answers, with what no answer says
//! kept beside them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::{Grade, Remark};
use super::flavour::Sort;
use super::form::Form;
use super::input::Input;
use super::order::ordered;
use super::places::Places;
use super::pools::Pools;
use super::render::{documents, is_cluster, lacks};
use super::sets::Sets;
use crate::merge::{ListKind, Side, three_way};

/// What was changed in the text beyond the answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// The objects as the answers made them when the text was edited.
    pub base: Vec<Value>,
    /// The objects as the text has them.
    pub mine: Vec<Value>,
}

/// Objects as one text, with a line between them.
pub fn written(objects: &[Value]) -> String {
    let texts: Vec<String> = objects
        .iter()
        .map(|object| serde_yaml::to_string(object).unwrap_or_default())
        .collect();
    texts.join("---\n")
}

/// Reads a text back into the answers of a form, which were those that it was written from; gives what of it no answer says, where
/// there is such.
///
/// # Errors
/// It is no YAML, or its objects are none.
pub fn read_back(form: &mut Form, text: &str) -> Result<Option<Edited>, Remark> {
    let wrong = |what: String| Remark::of(None, Grade::Wrong, what);
    let mine = documents(text).map_err(wrong)?;
    if mine.is_empty() {
        return Err(wrong("there is no object in it".to_owned()));
    }
    for (at, object) in mine.iter().enumerate() {
        if let Some(field) = lacks(object) {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
            let called: Vec<&str> = ["/kind", "/metadata/name"].into_iter().filter_map(text).collect();
            return Err(wrong(format!(
                "object {} ({}) has no {field}",
                at + 1,
                called.join(" ")
            )));
        }
    }
    let made = |form: &Form| {
        form.objects().map_err(|remarks| {
            let first = remarks.into_iter().next();
            first.unwrap_or_else(|| wrong("the answers make no objects".to_owned()))
        })
    };
    let base = made(form)?;
    answers(form, &mine);
    let made = made(form)?;
    // What follows from an answer follows from the new one.
    let mine = Edited { base, mine }.over(&made);
    Ok((mine != made).then_some(Edited { base: made, mine }))
}

/// Takes what stands in the places of answers for the answers.
fn answers(form: &mut Form, mine: &[Value]) {
    let Ok(made) = form.made() else { return };
    let places = Places::of(form);
    // An answer that stands in several places is another one where all of them say the same other one.
    let mut said: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for ((origin, pointer), variable) in places.iter() {
        let Some(field) = form.field(variable) else {
            continue;
        };
        let made = made.iter().find(|made| made.origin == *origin);
        let theirs = made.and_then(|made| counterpart(&made.object, mine));
        let there = theirs.and_then(|theirs| theirs.pointer(pointer));
        if let Some(answer) = there.and_then(|value| field.input.read_there(value)) {
            said.entry(variable).or_default().insert(answer);
        }
    }
    let changed = said.into_iter().filter_map(|(variable, answers)| {
        let answer = answers.first().filter(|_| answers.len() == 1)?;
        let before = form.field(variable).map_or("", |field| field.value());
        (answer != before).then(|| (variable.to_owned(), answer.clone()))
    });
    let mut found: Vec<(String, String)> = changed.collect();
    let cluster = found
        .iter()
        .find(|(variable, _)| variable == "CLUSTER_NAME")
        .map_or_else(|| form.name().to_owned(), |(_, name)| name.clone());
    if let Some(field) = form.asked(Input::Pools)
        && let Some(pools) = pools(form, (&cluster, mine))
    {
        let variable = field.variable.clone();
        found.retain(|(known, _)| *known != variable);
        if Some(pools.as_str()) != normal(form, field.value()).as_deref() {
            found.push((variable, pools));
        }
    }
    for (variable, answer) in found {
        form.answer(&variable, &answer);
    }
}

/// The sets of workers that a text has, as an answer is written.
fn pools(form: &Form, (cluster, mine): (&str, &[Value])) -> Option<String> {
    if form.flavour.sort == Sort::Class {
        let cluster = mine.iter().find(|object| is_cluster(object))?;
        let sets = Sets(&form.flavour.workers);
        return Some(sets.write(&sets.of(cluster)?));
    }
    Some(Pools::of(cluster, mine)?.to_string())
}

/// An answer that says the same sets of workers, as it is written.
fn normal(form: &Form, answer: &str) -> Option<String> {
    if form.flavour.sort == Sort::Class {
        let sets = Sets(&form.flavour.workers);
        return Some(sets.write(&sets.read(answer).ok()?));
    }
    Some(Pools::read(answer).ok()?.to_string())
}

/// The object that stands for one of the form's: of its kind and name, else the only one of its kind.
fn counterpart<'a>(object: &Value, among: &'a [Value]) -> Option<&'a Value> {
    let text = |object: &Value, pointer: &str| object.pointer(pointer).cloned();
    let mut same_kind = among
        .iter()
        .filter(|other| text(other, "/kind") == text(object, "/kind"));
    let by_name = same_kind
        .clone()
        .find(|other| text(other, "/metadata/name") == text(object, "/metadata/name"));
    by_name.or_else(|| {
        let only = same_kind.next()?;
        same_kind.next().is_none().then_some(only)
    })
}

impl Edited {
    /// The objects that the answers make by now, with what was changed in the text brought in. Where both say something
    /// different, the text counts.
    pub fn over(&self, made: &[Value]) -> Vec<Value> {
        let mut all = Vec::new();
        let mut used = BTreeSet::new();
        for mine in &self.mine {
            let before = position(mine, &self.base);
            let now = position(mine, made).or_else(|| before.filter(|_| made.len() == self.base.len()));
            used.extend(now);
            let base = before.and_then(|at| self.base.get(at));
            let theirs = now.and_then(|at| made.get(at));
            match (base, theirs) {
                (Some(base), Some(theirs)) => {
                    let merged = three_way(base, mine, theirs, &|_: &str| ListKind::Atomic);
                    let sides = vec![Side::Mine; merged.open.len()];
                    all.push(merged.decided(&sides));
                }
                // The answers make it no more.
                (Some(_), None) => {}
                (None, _) => all.push(mine.clone()),
            }
        }
        // What the answers make since; what was taken out of the text stays out.
        let new = made
            .iter()
            .enumerate()
            .filter(|(at, object)| !used.contains(at) && position(object, &self.base).is_none());
        all.extend(new.map(|(_, object)| object.clone()));
        ordered(all)
    }
}

/// Where the object of the same kind and name stands.
pub(super) fn position(object: &Value, among: &[Value]) -> Option<usize> {
    let identity = |object: &Value| {
        let part = |pointer: &str| object.pointer(pointer).cloned();
        (part("/kind"), part("/metadata/name"))
    };
    let wanted = identity(object);
    among.iter().position(|other| identity(other) == wanted)
}
