//! Names that Kubernetes generates: an alphabet without vowels, five characters, 63 at most; and the hash of a template.
//!
//! Must not know: where randomness comes from; a number is given.

/// Kubernetes' alphabet for generated names: no vowels and no digits that look like them, so that no words come up.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Characters of a generated suffix.
pub const SUFFIX_LENGTH: usize = 5;

/// The longest name that may become a label's value.
pub const LONGEST: usize = 63;

/// Five characters of the safe alphabet out of a random number.
pub fn suffix(random: u64) -> String {
    let mut left = mix(random);
    (0..SUFFIX_LENGTH)
        .map(|_| {
            let base = ALPHABET.len() as u64;
            let index = usize::try_from(left % base).unwrap_or(0);
            left /= base;
            char::from(ALPHABET.get(index).copied().unwrap_or(b'x'))
        })
        .collect()
}

/// `<base>-<suffix>`, with the base cut so that the whole fits into 63 characters.
pub fn generated(base: &str, random: u64) -> String {
    let room = LONGEST - SUFFIX_LENGTH;
    let mut cut = base.len().min(room.saturating_sub(1));
    while !base.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}-{}", base.get(..cut).unwrap_or_default(), suffix(random))
}

/// A name from a template such as `{{ .cluster.name }}-{{ .random }}`: `known` variables by their path, and a random suffix. The
/// part before the suffix is cut so that the whole fits into 63 characters. Nothing where it names something else, or has no
/// random part.
pub fn from_template(template: &str, known: &[(&str, &str)], random: u64) -> Option<String> {
    let mut name = String::new();
    let mut is_random = false;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (variable, after) = after.split_once("}}")?;
        name.push_str(before);
        let variable = variable.trim().strip_prefix('.')?;
        if variable == "random" {
            is_random = true;
            let mut cut = name.len().min(LONGEST - SUFFIX_LENGTH);
            while !name.is_char_boundary(cut) {
                cut -= 1;
            }
            name.truncate(cut);
            name.push_str(&suffix(random));
        } else {
            name.push_str(known.iter().find(|(path, _)| *path == variable)?.1);
        }
        rest = after;
    }
    name.push_str(rest);
    (is_random && name.len() <= LONGEST).then_some(name)
}

/// A name as a label's value: itself, or a hash of it where it is too long.
pub fn label_value(name: &str) -> String {
    if name.len() <= LONGEST {
        name.to_owned()
    } else {
        format!("hash_{:x}_z", fnv1a_32(name.as_bytes()))
    }
}

/// The 32-bit hash of a JSON value. Objects are hashed by sorted keys, so that their order does not matter.
pub fn json_hash(value: &serde_json::Value) -> u32 {
    let mut canonical = String::new();
    write_canonical(value, &mut canonical);
    fnv1a_32(canonical.as_bytes())
}

/// A random-looking number that is always the same for the same text and seed.
pub fn seeded(seed: u64, text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ mix(seed);
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(hash)
}

fn write_canonical(value: &serde_json::Value, into: &mut String) {
    match value {
        serde_json::Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            into.push('{');
            for key in keys {
                into.push_str(key);
                into.push('=');
                write_canonical(fields.get(key).unwrap_or(&serde_json::Value::Null), into);
                into.push(',');
            }
            into.push('}');
        }
        serde_json::Value::Array(items) => {
            into.push('[');
            for item in items {
                write_canonical(item, into);
                into.push(',');
            }
            into.push(']');
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => into.push_str(&value.to_string()),
    }
}

fn fnv1a_32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Splits close numbers far apart (the finaliser of splitmix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_template() {
        let known = [("cluster.name", "prod"), ("machineSet.name", "prod-md-x")];
        let made = |template: &str| from_template(template, &known, 7);
        let random = suffix(7);
        assert_eq!(
            made("{{ .cluster.name }}-w-{{.random}}"),
            Some(format!("prod-w-{random}"))
        );
        assert_eq!(
            made("{{ .machineSet.name }}-{{ .random }}"),
            Some(format!("prod-md-x-{random}"))
        );
        let long = made(&format!("{}-{{{{ .random }}}}", "a".repeat(80))).expect("a name");
        assert_eq!((long.len(), long.ends_with(&random)), (LONGEST, true));
        for odd in ["fixed", "{{ .unknown }}-{{ .random }}", "{{ .random"] {
            assert_eq!(made(odd), None, "{odd}");
        }
    }

    #[test]
    fn generated_names_are_safe_short_and_different() {
        let long = "a".repeat(80);
        let mut seen = std::collections::BTreeSet::new();
        for random in 0..1000 {
            let name = generated(&long, random);
            assert_eq!(name.len(), LONGEST);
            let suffix = name.rsplit('-').next().expect("a suffix");
            assert_eq!(suffix.len(), SUFFIX_LENGTH);
            assert!(suffix.bytes().all(|byte| ALPHABET.contains(&byte)), "{suffix}");
            seen.insert(name);
        }
        assert!(seen.len() > 995, "{} of 1000 names differ", seen.len());
        assert!(generated("md-0", 7).starts_with("md-0-"));
    }

    #[test]
    fn a_hash_does_not_depend_on_the_order_of_keys() {
        let one = serde_json::json!({"version": "v1.31.0", "ref": {"kind": "A", "name": "b"}});
        let same = serde_json::json!({"ref": {"name": "b", "kind": "A"}, "version": "v1.31.0"});
        let other = serde_json::json!({"ref": {"name": "c", "kind": "A"}, "version": "v1.31.0"});
        assert_eq!(json_hash(&one), json_hash(&same));
        assert_ne!(json_hash(&one), json_hash(&other));
    }

    #[test]
    fn long_names_become_label_values() {
        assert_eq!(label_value("md-0"), "md-0");
        let value = label_value(&"n".repeat(70));
        assert!(value.len() <= LONGEST && value.starts_with("hash_"), "{value}");
    }
}
