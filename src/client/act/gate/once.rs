//! What a server warns of, said once: of each object of a plan it may say the same.

/// Each sentence once, in the order in which it was first said, with how many objects it is of where that is more than one. `said`
/// is what was said of each object.
pub(super) fn once(said: &[Vec<String>]) -> Vec<String> {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for of_object in said {
        for (at, sentence) in of_object.iter().enumerate() {
            if of_object.iter().take(at).any(|before| before == sentence) {
                continue;
            }
            match all.iter_mut().find(|(known, _)| known == sentence) {
                Some((_, count)) => *count += 1,
                None => all.push((sentence, 1)),
            }
        }
    }
    let told = all.into_iter().map(|(sentence, count)| match count {
        1 => sentence.to_owned(),
        count => format!("{sentence} ({count} objects)"),
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_said_once_with_how_many_objects_it_is_of() {
        let said: [&[&str]; 4] = [&["old", "new"], &["odd"], &["old", "old"], &["old"]];
        let said = said.map(|of_object| of_object.iter().map(ToString::to_string).collect());
        assert_eq!(once(&said), ["old (3 objects)", "new", "odd"]);
    }
}
