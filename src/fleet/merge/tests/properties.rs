//! What has to hold of any three readings of an object.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn scalar() -> impl Strategy<Value = Value> {
    (0..3_u8).prop_map(Value::from)
}

fn fields(names: [&'static str; 2]) -> impl Strategy<Value = Value> {
    let field = || proptest::option::of(scalar());
    (field(), field()).prop_map(move |(one, other)| object([(names[0], one), (names[1], other)]))
}

fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields.into_iter();
    fields
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Elements with a key each, in any order.
fn map() -> impl Strategy<Value = Value> {
    let element = (0..4_u8, fields(["v", "w"])).prop_map(|(key, mut element)| {
        element["k"] = json!(key);
        element
    });
    proptest::collection::vec(element, 0..4).prop_map(|mut elements| {
        let mut known = Vec::new();
        elements.retain(|element| {
            let key = element["k"].clone();
            let is_new = !known.contains(&key);
            known.push(key);
            is_new
        });
        Value::from(elements)
    })
}

fn set() -> impl Strategy<Value = Value> {
    proptest::sample::subsequence(vec![0, 1, 2, 3], 0..=4)
        .prop_shuffle()
        .prop_map(Value::from)
}

fn spec() -> impl Strategy<Value = Value> {
    let optional = |strategy: BoxedStrategy<Value>| proptest::option::of(strategy);
    let inner = prop_oneof![scalar(), fields(["x", "y"])].boxed();
    let list = proptest::collection::vec(scalar(), 0..3)
        .prop_map(Value::from)
        .boxed();
    (
        optional(scalar().boxed()),
        optional(inner),
        optional(set().boxed()),
        optional(map().boxed()),
        optional(list),
    )
        .prop_map(|(a, b, set, map, list)| {
            let spec = object([("a", a), ("b", b), ("set", set), ("map", map), ("list", list)]);
            json!({"spec": spec})
        })
}

/// Three readings; often one differs from the base in little.
fn readings() -> impl Strategy<Value = (Value, Value, Value)> {
    let kept = proptest::collection::vec(any::<bool>(), 10);
    (spec(), spec(), spec(), kept).prop_map(|(base, mut mine, mut theirs, kept)| {
        for (index, name) in ["a", "b", "set", "map", "list"].into_iter().enumerate() {
            for (reading, at) in [(&mut mine, index), (&mut theirs, index + 5)] {
                if kept[at] {
                    place::set(reading, &format!("/spec/{name}"), base["spec"].get(name).cloned());
                }
            }
        }
        (base, mine, theirs)
    })
}

/// What an object says, each by a name that does not depend on the order of what has none.
fn said(value: &Value) -> BTreeMap<String, Value> {
    let mut said = BTreeMap::new();
    say(&place::Place::default(), String::new(), value, &mut said);
    said
}

fn say(at: &place::Place, name: String, value: &Value, said: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            said.insert(format!("{name}/"), json!("object"));
            for (field, value) in fields {
                say(&at.field(field), format!("{name}/{field}"), value, said);
            }
        }
        Value::Array(elements) => match lists(&at.pattern) {
            ListKind::Atomic => {
                said.insert(name, value.clone());
            }
            ListKind::Set | ListKind::Map(_) => {
                said.insert(format!("{name}/"), json!("list"));
                for (index, element) in elements.iter().enumerate() {
                    let key = element.get("k").unwrap_or(element);
                    say(&at.element(index), format!("{name}/[{key}]"), element, said);
                }
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            said.insert(name, value.clone());
        }
    }
}

/// The name of a place in an object, as `said` has it.
fn name_of(pointer: &str, object: &Value) -> String {
    let (mut name, mut value) = (String::new(), object);
    for step in pointer.split('/').skip(1) {
        match value {
            Value::Array(elements) => {
                value = &elements[step.parse::<usize>().unwrap()];
                name = format!("{name}/[{}]", value.get("k").unwrap_or(value));
            }
            _ => {
                value = &value[step];
                name = format!("{name}/{step}");
            }
        }
    }
    name
}

/// Every change that `side` made is in the merged object, or open.
fn is_kept(base: &Value, side: &Value, merged: &Merged) -> Result<(), TestCaseError> {
    let open: Vec<String> = merged
        .open
        .iter()
        .map(|overlap| name_of(&overlap.pointer, &merged.value))
        .collect();
    let [before, after, now] = [base, side, &merged.value].map(said);
    for name in before.keys().chain(after.keys()) {
        let changed = before.get(name) != after.get(name);
        let is_open = open.iter().any(|open| {
            name.strip_prefix(open.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        prop_assert!(
            !changed || is_open || now.get(name) == after.get(name),
            "{name} of {side} is not in {merged:?}"
        );
    }
    Ok(())
}

/// What is open, with the sides by their values.
fn open(merged: &Merged, swapped: bool) -> Vec<String> {
    let mut open: Vec<String> = merged
        .open
        .iter()
        .map(|overlap| {
            let name = name_of(&overlap.pointer, &merged.value);
            let (one, other) = if swapped {
                (&overlap.theirs, &overlap.mine)
            } else {
                (&overlap.mine, &overlap.theirs)
            };
            format!("{name} {:?} {one:?} {other:?}", overlap.base)
        })
        .collect();
    open.sort();
    open
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_with_what_did_not_change_is_the_other((base, mine, _) in readings()) {
        for merged in [three_way(&base, &mine, &base, &lists), three_way(&base, &base, &mine, &lists)] {
            prop_assert_eq!(merged, Merged { value: mine.clone(), open: Vec::new() });
        }
    }

    #[test]
    fn both_alike_is_no_overlap((base, mine, _) in readings()) {
        let merged = three_way(&base, &mine, &mine, &lists);
        prop_assert_eq!(merged, Merged { value: mine, open: Vec::new() });
    }

    #[test]
    fn no_change_is_lost_unseen((base, mine, theirs) in readings()) {
        let merged = three_way(&base, &mine, &theirs, &lists);
        is_kept(&base, &mine, &merged)?;
        is_kept(&base, &theirs, &merged)?;
    }

    #[test]
    fn what_is_decided_for_one_side_has_all_its_changes((base, mine, theirs) in readings()) {
        let merged = three_way(&base, &mine, &theirs, &lists);
        for (side, reading) in [(Side::Mine, &mine), (Side::Theirs, &theirs)] {
            let value = merged.decided(&vec![side; merged.open.len()]);
            is_kept(&base, reading, &Merged { value, open: Vec::new() })?;
        }
    }

    #[test]
    fn mine_and_theirs_swapped_overlap_alike((base, mine, theirs) in readings()) {
        let merged = three_way(&base, &mine, &theirs, &lists);
        let swapped = three_way(&base, &theirs, &mine, &lists);
        prop_assert_eq!(open(&merged, false), open(&swapped, true));
        if merged.open.is_empty() {
            prop_assert_eq!(said(&merged.value), said(&swapped.value));
        }
    }

    #[test]
    fn the_patch_makes_mine_of_base_and_never_overwrites_what_others_did((base, mine, theirs) in readings()) {
        let made = patch(&base, &mine, &lists, "7").unwrap();
        let at = |reading: &Value, version: &str| at_version(&reading["spec"], version);
        prop_assert_eq!(&applied(&made, &at(&base, "7")).unwrap()["spec"], &mine["spec"]);
        prop_assert_eq!(made.fields.is_empty(), base == mine);
        let version = if base == theirs { "7" } else { "8" };
        // Whatever they did, it is refused or both are in it.
        if let Ok(both) = applied(&made, &at(&theirs, version)) {
            let merged = three_way(&base, &mine, &theirs, &lists);
            prop_assert_eq!(&merged.open, &[]);
            prop_assert_eq!(said(&both["spec"]), said(&merged.value["spec"]));
        }
    }
}
