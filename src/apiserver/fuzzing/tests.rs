//! Every input from which the search starts goes through its function, and so do any bytes.

use proptest::prelude::*;

use super::*;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 6] = [
    ("patches", patches),
    ("selectors", selectors),
    ("protobuf", protobuf),
    ("yaml", yaml),
    ("jsonpath", jsonpath),
    ("schemas", schemas),
];

#[test]
fn every_seed_keeps_what_must_always_be_so() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(seeds.len() > 8, "{name} has {} seeds", seeds.len());
        for seed in seeds {
            target(&seed);
        }
    }
    assert!(seeds("nothing").is_empty());
}

#[test]
fn a_seed_is_no_nonsense() {
    for seed in seeds("patches") {
        assert_eq!(
            patches::run(&seed),
            Some(()),
            "{}",
            String::from_utf8_lossy(&seed)
        );
    }
    for seed in seeds("schemas") {
        let [schema, ..] = texts::<3>(&seed);
        let schema = object(schema).unwrap();
        let path = crate::schema::causes::Path::Root;
        assert_eq!(crate::schema::check::check(&schema, &path, true), [], "{schema}");
    }
    for seed in seeds("protobuf") {
        assert!(crate::protobuf::object(&seed, None).is_ok(), "{seed:?}");
    }
    for seed in seeds("jsonpath") {
        let [path, _] = texts(&seed);
        let path = std::str::from_utf8(path).unwrap();
        assert!(crate::jsonpath::JsonPath::parse(path).is_ok(), "{path}");
    }
}

#[test]
fn an_invariant_that_does_not_hold_is_found() {
    let broken = std::panic::catch_unwind(|| {
        let before = serde_json::json!({"a": 1});
        let other = serde_json::json!({"metadata": {"managedFields": [{"manager": "m"}]}});
        patches::readable(&before);
        patches::readable(&other);
    });
    assert!(broken.is_err(), "a book that cannot be read");
}

proptest! {
    #[test]
    fn any_damage_to_a_seed_is_taken(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in 0..9_usize) {
        for (name, target) in TARGETS {
            let seeds = seeds(name);
            let mut seed = seeds[which.index(seeds.len())].clone();
            let place = at.index(seed.len());
            seed[place] = with;
            if cut == 0 {
                seed.truncate(place);
            }
            target(&seed);
        }
    }
}
