//! How many objects a page of a list asks for: few at first, so that something is shown early over a thin line, then as many as
//! come in good time.

use std::time::Duration;

/// Objects of the first page.
const FIRST: u32 = 50;
/// The fewest that a page asks for.
const LEAST: u32 = 10;
/// A page that comes within this time lets the next one be full.
const SWIFT: Duration = Duration::from_secs(2);
/// A page that takes longer makes the next one smaller.
const SLOW: Duration = Duration::from_secs(8);

/// The pages of one list.
#[derive(Debug)]
pub(super) struct Pages {
    /// Objects that the next page asks for.
    pub(super) size: u32,
    most: u32,
}

impl Pages {
    /// Pages of at most so many objects.
    pub(super) fn new(most: u32) -> Self {
        Self {
            size: FIRST.min(most),
            most,
        }
    }

    /// A page took so long.
    pub(super) fn took(&mut self, time: Duration) {
        if time <= SWIFT {
            self.size = self.most;
        } else if time > SLOW {
            self.size = (self.size / 2).max(LEAST).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swift_line_has_full_pages_and_a_thin_one_small_ones() {
        let mut pages = Pages::new(500);
        assert_eq!(pages.size, 50);
        pages.took(Duration::from_millis(30));
        assert_eq!(pages.size, 500);
        pages.took(Duration::from_secs(5));
        assert_eq!(pages.size, 500);
        for _ in 0..9 {
            pages.took(Duration::from_secs(20));
        }
        assert_eq!(pages.size, 10);
        assert_eq!(Pages::new(2).size, 2);
    }
}
