//! Which known word a person may have meant.

/// The known words that are within two edits of `typed`, or start with it; best first, at most three.
pub fn near<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|word| {
            if !typed.is_empty() && word.starts_with(typed) {
                return Some((0, word));
            }
            let edits = distance(typed, word);
            (edits <= 2 && edits < word.chars().count()).then_some((edits, word))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    // Where one is nearer than the others, it is meant.
    let least = found.first().map(|(edits, _)| *edits);
    found.retain(|(edits, _)| Some(*edits) == least);
    found.into_iter().map(|(_, word)| word).take(3).collect()
}

/// The sentence that follows "there is no such …".
pub fn suggestion(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        words => format!("; did you mean {}?", words.join(" or ")),
    }
}

/// The hint; where there is none, all that there is, so that nobody has to read a long list for a slip of the finger.
pub fn or_all(hint: &str, are: &str, all: &[&str]) -> String {
    if hint.is_empty() {
        format!("; {are} {}", all.join(", "))
    } else {
        hint.to_owned()
    }
}

/// Levenshtein's distance: single characters added, removed or changed.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.chars().enumerate() {
        let mut diagonal = row;
        let mut before = row + 1;
        let mut current = vec![before];
        for (to, cell) in right.iter().zip(above.iter().skip(1)) {
            let changed = diagonal + usize::from(from != *to);
            diagonal = *cell;
            before = changed.min(before + 1).min(cell + 1);
            current.push(before);
        }
        above = current;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_are_not() {
        let known = ["fleet", "faults", "filter", "quit", "theme"];
        assert_eq!(near("flete", known), ["fleet"]);
        assert_eq!(near("qiut", known), ["quit"]);
        assert_eq!(near("th", known), ["theme"]);
        assert!(near("machines", known).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
