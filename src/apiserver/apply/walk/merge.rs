//! An applied configuration merged into an object. Nothing is taken away by this.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{list_in, map_in, steps};
use crate::apply::element::PathElement;
use crate::apply::typed::{Form, ListType, MapType, TypeRef};
use crate::apply::values::Pairs;

/// The object after the merge. Where both have a leaf, the configuration's stays.
pub(crate) fn merge(live: &Value, config: &Value, typed: TypeRef<'_>) -> Value {
    walk(Some(live), Some(config), typed).unwrap_or(Value::Null)
}

fn walk(live: Option<&Value>, config: Option<&Value>, typed: TypeRef<'_>) -> Option<Value> {
    // What only one of them has stays as it is.
    let form = match (live, config) {
        (_, None) => return live.cloned(),
        (None, Some(_)) => return config.cloned(),
        (Some(_), Some(_)) => typed.form(config),
    };
    match form {
        Form::Scalar(_) => config.cloned(),
        Form::List(list) => {
            let (live_list, config_list) = (list_in(live), list_in(config));
            let hollow = live_list.is_none_or(Vec::is_empty) && config_list.is_none_or(Vec::is_empty);
            if hollow || list.atomic() {
                return config.cloned();
            }
            let merged = lists(
                live_list.map_or(&[], Vec::as_slice),
                config_list.map_or(&[], Vec::as_slice),
                list,
            );
            (!merged.is_empty()).then_some(Value::Array(merged))
        }
        Form::Map(map) => {
            let (live_map, config_map) = (map_in(live), map_in(config));
            let hollow = live_map.is_none_or(Map::is_empty) && config_map.is_none_or(Map::is_empty);
            if hollow || map.atomic() {
                return config.cloned();
            }
            let merged = maps(live_map, config_map, map);
            (!merged.is_empty()).then_some(Value::Object(merged))
        }
    }
}

fn maps(
    live: Option<&Map<String, Value>>,
    config: Option<&Map<String, Value>>,
    map: MapType<'_>,
) -> Map<String, Value> {
    let nothing = Map::new();
    Pairs::new(live.unwrap_or(&nothing), config.unwrap_or(&nothing))
        .filter_map(|(name, live, config)| Some((name.clone(), walk(live, config, map.field_found(name))?)))
        .collect()
}

/// Elements of both stand in the configuration's order; what only the object has stays around where it was.
fn lists(live: &[Value], config: &[Value], list: ListType<'_>) -> Vec<Value> {
    let live = steps(list, live);
    let config = steps(list, config);
    let mut by_step: BTreeMap<&PathElement, Option<&Value>> = BTreeMap::new();
    for (step, element) in &live {
        // Of several elements with one key none is merged into: they are replaced.
        by_step
            .entry(step)
            .and_modify(|known| *known = None)
            .or_insert(Some(*element));
    }
    let wanted: BTreeMap<&PathElement, &Value> =
        config.iter().map(|(step, element)| (step, *element)).collect();
    let mut shared = config
        .iter()
        .map(|(step, _)| step)
        .filter(|step| by_step.contains_key(step));
    let mut next_shared = shared.next();
    let mut merged: Vec<Value> = Vec::with_capacity(live.len().max(config.len()));
    let mut done: std::collections::BTreeSet<&PathElement> = std::collections::BTreeSet::new();
    let take = |step: &PathElement, config: &Value| {
        let old = match by_step.get(step) {
            None => None,
            Some(None) => Some(&Value::Null),
            Some(Some(live)) => Some(*live),
        };
        walk(old, Some(config), list.element())
    };
    let (mut at, mut wants) = (live.iter().peekable(), config.iter().peekable());
    loop {
        match (at.peek().copied(), wants.peek().copied()) {
            (None, None) => return merged,
            (Some((step, _)), Some((wanted_step, element))) if step == wanted_step => {
                done.insert(step);
                merged.extend(take(step, element));
                at.next();
                wants.next();
                next_shared = shared.next();
            }
            // One that the configuration has in another place.
            (Some((step, _)), Some(_))
                if wanted.contains_key(step) && next_shared.is_some_and(|next| next != step) =>
            {
                at.next();
            }
            (Some((step, element)), _) if !wanted.contains_key(step) => {
                merged.push((*element).clone());
                at.next();
            }
            (found, Some((wanted_step, element))) => {
                if found.is_some_and(|(step, _)| done.contains(step)) {
                    at.next();
                }
                done.insert(wanted_step);
                merged.extend(take(wanted_step, element));
                wants.next();
                if next_shared == Some(wanted_step) {
                    next_shared = shared.next();
                }
            }
            (Some(_), None) => {
                at.next();
            }
        }
    }
}
