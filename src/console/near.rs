//! Which words a few typed letters may become; and which known word a person may have meant.

pub use fleetui_base::near::{near, or_all, suggestion};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};

/// The words that start with `typed`, whatever the case; where there is none, those that it fuzzily matches, best first.
pub fn complete(typed: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    if typed.is_empty() {
        return known.into_iter().collect();
    }
    let known: Vec<String> = known.into_iter().collect();
    let wanted = typed.to_lowercase();
    let begins = |word: &&String| word.to_lowercase().starts_with(&wanted);
    let beginnings: Vec<String> = known.iter().filter(begins).cloned().collect();
    if !beginnings.is_empty() {
        return beginnings;
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let found = pattern.match_list(known, &mut matcher);
    found.into_iter().map(|(word, _)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_middle_is_offered_only_where_nothing_begins_so() {
        let known = ["default", "vim", "k9s"].map(str::to_owned);
        assert_eq!(complete("v", known.clone()), ["vim"]);
        assert_eq!(complete("V", known.clone()), ["vim"]);
        assert_eq!(complete("m", known.clone()), ["vim"]);
        let with_more = ["vim", "mouse", "theme", "map"].map(str::to_owned);
        assert_eq!(complete("m", with_more), ["mouse", "map"]);
        assert_eq!(complete("", known.clone()).len(), 3);
        assert_eq!(complete("df", known), ["default"]);
    }
}
