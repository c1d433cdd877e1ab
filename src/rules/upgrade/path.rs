//! The way from one version to another, one minor version at a time.

use crate::version::Version;

/// The minor versions in between of which no patch release is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentence(.0))]
pub struct Missing(pub Vec<(u64, u64)>);

fn sentence(missing: &[(u64, u64)]) -> String {
    let names: Vec<String> = missing
        .iter()
        .map(|(major, minor)| format!("v{major}.{minor}"))
        .collect();
    format!(
        "the way leads over {}, and no patch version of it is known here",
        names.join(" and ")
    )
}

/// The versions to go through, the last of which is `to`. Those in between are named in `via`, else the newest that is known.
///
/// # Errors
/// The minor versions in between of which none is known.
pub fn path(
    from: &Version,
    to: &Version,
    via: &[Version],
    known: &[Version],
) -> Result<Vec<Version>, Missing> {
    let (mut steps, mut missing) = (Vec::new(), Vec::new());
    if from.major() == to.major() {
        for minor in from.minor().saturating_add(1)..to.minor() {
            let of_minor = |versions: &[Version]| {
                let of_minor = versions
                    .iter()
                    .filter(|it| (it.major(), it.minor()) == (to.major(), minor));
                of_minor.max().cloned()
            };
            match of_minor(via).or_else(|| of_minor(known)) {
                Some(version) => steps.push(version),
                None => missing.push((to.major(), minor)),
            }
            // Nobody goes so far; a typing error must not make a plan without end.
            if missing.len() >= MOST || steps.len() >= MOST {
                break;
            }
        }
    }
    if missing.is_empty() {
        steps.push(to.clone());
        Ok(steps)
    } else {
        Err(Missing(missing))
    }
}

/// The longest way that is looked for.
const MOST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(texts: &[&str]) -> Vec<Version> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn way(from: &str, to: &str, via: &[&str], known: &[&str]) -> Result<Vec<String>, String> {
        let found = path(
            &from.parse().unwrap(),
            &to.parse().unwrap(),
            &versions(via),
            &versions(known),
        );
        found
            .map(|steps| steps.iter().map(ToString::to_string).collect())
            .map_err(|missing| missing.to_string())
    }

    #[test]
    fn one_minor_version_at_a_time_by_what_is_named_or_known() {
        let ok = |steps: &[&str]| Ok(steps.iter().map(|step| (*step).to_owned()).collect());
        assert_eq!(way("v1.30.2", "v1.31.1", &[], &[]), ok(&["v1.31.1"]));
        assert_eq!(way("v1.30.2", "v1.30.9", &[], &[]), ok(&["v1.30.9"]));
        let known = ["v1.31.2", "v1.31.10", "v1.32.1"];
        assert_eq!(
            way("v1.30.2", "v1.33.0", &[], &known),
            ok(&["v1.31.10", "v1.32.1", "v1.33.0"])
        );
        assert_eq!(
            way("v1.30.2", "v1.32.0", &["v1.31.4"], &known),
            ok(&["v1.31.4", "v1.32.0"])
        );
        let why = "the way leads over v1.31 and v1.32, and no patch version of it is known here";
        assert_eq!(way("v1.30.2", "v1.33.0", &[], &[]), Err(why.to_owned()));
        assert!(way("v1.30.2", "v1.18446744073709551615.0", &[], &[]).is_err());
    }
}
