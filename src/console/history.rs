//! Where a person has been: back, forward, and to the place before.
//!
//! Must not know: what a place is.

/// The most places that are kept.
const MOST: usize = 32;

/// Places behind and ahead of where the person is.
#[derive(Debug)]
pub struct History<P> {
    behind: Vec<P>,
    ahead: Vec<P>,
    /// Whether the place before the current one lies ahead, as the person came back from it.
    came_back: bool,
}

impl<P> Default for History<P> {
    fn default() -> Self {
        Self {
            behind: Vec::new(),
            ahead: Vec::new(),
            came_back: false,
        }
    }
}

impl<P> History<P> {
    /// The person has left `place` for a new one.
    pub fn leave(&mut self, place: P) {
        self.ahead.clear();
        self.came_back = false;
        self.behind.push(place);
        if self.behind.len() > MOST {
            self.behind.remove(0);
        }
    }

    /// Goes back from `here`; gives `here` back where there is nowhere to go.
    pub fn back(&mut self, here: impl FnOnce() -> P) -> Option<P> {
        let there = self.behind.pop()?;
        self.ahead.push(here());
        self.came_back = true;
        Some(there)
    }

    /// Goes forward again.
    pub fn forward(&mut self, here: impl FnOnce() -> P) -> Option<P> {
        let there = self.ahead.pop()?;
        self.behind.push(here());
        self.came_back = false;
        Some(there)
    }

    /// Goes to the place that the person was in before this one, and from there back here.
    pub fn last(&mut self, here: impl FnOnce() -> P) -> Option<P> {
        if self.came_back {
            self.forward(here)
        } else {
            self.back(here)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_and_forward_and_a_new_way_forgets_the_old_one() {
        let mut history = History::default();
        assert_eq!(history.back(|| "tree"), None);
        history.leave("tree");
        history.leave("machines");
        assert_eq!(history.back(|| "hosts"), Some("machines"));
        assert_eq!(history.back(|| "machines"), Some("tree"));
        assert_eq!(history.forward(|| "tree"), Some("machines"));
        history.leave("machines");
        assert_eq!(history.forward(|| "clusters"), None);
        assert_eq!(history.back(|| "clusters"), Some("machines"));
    }

    #[test]
    fn the_last_place_and_this_one_change_places() {
        let mut history = History::default();
        history.leave("tree");
        assert_eq!(history.last(|| "machines"), Some("tree"));
        assert_eq!(history.last(|| "tree"), Some("machines"));
        assert_eq!(history.last(|| "machines"), Some("tree"));
    }

    #[test]
    fn it_is_bounded() {
        let mut history = History::default();
        for place in 0..100 {
            history.leave(place);
        }
        let mut went = 0;
        while history.back(|| 0).is_some() {
            went += 1;
        }
        assert_eq!(went, MOST);
    }
}
