//! Sets of workers: how they are written, and how the one that a template has becomes several.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::check::label;
use super::render::Made;

/// What the set of workers is called that templates of the program have.
pub(super) const FIRST: &str = "md-0";
/// What is written between sets of workers; a blank is read as well.
pub(super) const BETWEEN: &str = ",";
/// More sets than these are not made at once.
const MOST: usize = 32;
/// The most machines of one set.
pub(super) const MOST_MACHINES: u32 = 5000;

/// Sets of workers with their numbers, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pools(Vec<(String, u32)>);

impl Pools {
    /// Reads `3`, or `md-0=3,gpu=1`; blanks part them as well.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if let Ok(count) = count(text.trim()) {
            return Ok(Self(vec![(FIRST.to_owned(), count)]));
        }
        let mut pools = Vec::new();
        let mut names = BTreeSet::new();
        for part in super::input::split(text) {
            let Some((name, number)) = part.split_once('=') else {
                return Err(match count(part) {
                    Ok(_) | Err(CountError::NotANumber) => {
                        format!("{part:?}: write a number, or sets of workers as md-0=3,gpu=1")
                    }
                    Err(error) => error.to_string(),
                });
            };
            if let Some(why) = label(name) {
                return Err(format!("{name:?} cannot be the name of a set of workers: {why}"));
            }
            if !names.insert(name) {
                return Err(format!("{name} stands there twice"));
            }
            let number = count(number).map_err(|error| format!("{name}: {error}"))?;
            pools.push((name.to_owned(), number));
        }
        if pools.is_empty() {
            return Err("write how many workers there are, 0 for none".to_owned());
        }
        if pools.len() > MOST {
            return Err(format!(
                "{} sets of workers are too many: {MOST} at most",
                pools.len()
            ));
        }
        Ok(Self(pools))
    }

    /// The number of the first.
    pub(super) fn first(&self) -> u32 {
        self.0.first().map_or(0, |(_, count)| *count)
    }

    /// All machines.
    pub(super) fn machines(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// The names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Each with its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// Makes one set of workers for each in the place of the one that a template has, whose objects end in `-md-0`.
    pub(super) fn spread(&self, cluster: &str, made: Vec<Made>) -> Vec<Made> {
        let of_first = format!("{cluster}-{FIRST}");
        let is_of_first =
            |made: &Made| made.object.pointer("/metadata/name") == Some(&of_first.as_str().into());
        let (workers, mut all): (Vec<Made>, Vec<Made>) = made.into_iter().partition(is_of_first);
        for (name, count) in &self.0 {
            let own = format!("{cluster}-{name}");
            for made in &workers {
                let mut made = made.clone();
                rename(&mut made.object, &of_first, &own);
                if let Some(replicas) = made.object.pointer_mut("/spec/replicas") {
                    *replicas = (*count).into();
                }
                all.push(made);
            }
        }
        all
    }

    /// The sets that `documents` have of a cluster, read back.
    pub(super) fn of(cluster: &str, documents: &[Value]) -> Option<Self> {
        let pools = documents.iter().filter_map(|document| {
            let is_set = document.get("kind")?.as_str()? == "MachineDeployment";
            let name = document.pointer("/metadata/name")?.as_str()?;
            let name = name.strip_prefix(cluster)?.strip_prefix('-')?;
            let count = document.pointer("/spec/replicas")?.as_u64()?;
            is_set.then(|| Some((name.to_owned(), u32::try_from(count).ok()?)))?
        });
        let pools: Vec<_> = pools.collect();
        (!pools.is_empty()).then_some(Self(pools))
    }
}

impl fmt::Display for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(name, count)] = self.0.as_slice()
            && name == FIRST
        {
            return write!(f, "{count}");
        }
        for (index, (name, count)) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { BETWEEN };
            write!(f, "{between}{name}={count}")?;
        }
        Ok(())
    }
}

/// Why a text is no number of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum CountError {
    /// It is none.
    #[error("a number of machines is written with digits")]
    NotANumber,
    /// It is too large.
    #[error("more than {MOST_MACHINES} machines are not made at once")]
    TooMany,
}

/// Reads a number of machines.
pub(super) fn count(text: &str) -> Result<u32, CountError> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain {
        return Err(CountError::NotANumber);
    }
    let count = text.parse::<u32>().map_err(|_| CountError::TooMany)?;
    if count > MOST_MACHINES {
        return Err(CountError::TooMany);
    }
    Ok(count)
}

/// Every text that is the old name has the new one.
fn rename(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) if text == old => new.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, old, new)),
        Value::Object(fields) => fields.values_mut().for_each(|field| rename(field, old, new)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_workers_are_written_by_name_and_number() {
        for (text, expected) in [
            ("3", "3"),
            ("md-0=3", "3"),
            ("a=1,b=2", "a=1,b=2"),
            ("a=1 b=2", "a=1,b=2"),
            ("0", "0"),
        ] {
            assert_eq!(Pools::read(text).unwrap().to_string(), expected, "{text}");
        }
        for (text, expected) in [
            ("", "how many workers"),
            ("many", "write a number"),
            ("a=1 a=2", "twice"),
            ("A=1", "cannot be the name"),
            ("a=x", "digits"),
            ("9999", "5000"),
            ("-1", "write a number"),
        ] {
            let told = Pools::read(text).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
