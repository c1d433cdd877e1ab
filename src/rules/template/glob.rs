//! Shell patterns: `*` and `?`, which stop at slashes, and sets of characters.

/// Whether a pattern matches a whole text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Where to go on when what follows the last star does not fit: the star takes one more.
    let mut star: Option<(usize, usize)> = None;
    let (mut at, mut here) = (0, 0);
    while here < text.len() {
        let rest = pattern.get(at..).unwrap_or_default();
        let next = text.get(here).copied().unwrap_or_default();
        if rest.first() == Some(&'*') {
            star = Some((at + 1, here));
            at += 1;
        } else if let Some(length) = one(rest, next) {
            at += length;
            here += 1;
        } else if let Some((after, taken)) = star.filter(|(_, taken)| text.get(*taken) != Some(&'/')) {
            star = Some((after, taken + 1));
            at = after;
            here = taken + 1;
        } else {
            return false;
        }
    }
    pattern.iter().skip(at).all(|left| *left == '*')
}

/// How long the part of a pattern is that matches one character; none where it does not.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern.first()? {
        '?' => (character != '/').then_some(1),
        '[' => {
            let end = pattern.iter().skip(2).position(|part| *part == ']')? + 2;
            let set = pattern.get(1..end)?;
            let (negated, set) = match set.first() {
                Some('^' | '!') => (true, set.get(1..)?),
                _ => (false, set),
            };
            (in_set(set, character) != negated).then_some(end + 1)
        }
        plain => (*plain == character).then_some(1),
    }
}

fn in_set(set: &[char], character: char) -> bool {
    let mut rest = set;
    loop {
        match rest {
            [] => return false,
            [low, '-', high, tail @ ..] => {
                if (*low..=*high).contains(&character) {
                    return true;
                }
                rest = tail;
            }
            [one, tail @ ..] => {
                if *one == character {
                    return true;
                }
                rest = tail;
            }
        }
    }
}
