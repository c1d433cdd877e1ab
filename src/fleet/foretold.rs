//! How it is said how long something will take: the likely time, and the long one where that says something else.
//!
//! Must not know: how it was foretold.

/// `about 5 min left, 10 min at worst` with ` left` behind the likely seconds; the worst is left out where it says the same.
pub fn about((likely, long): (u64, u64), behind: &str) -> String {
    let (likely, long) = (minutes(likely), minutes(long));
    if likely == long {
        format!("about {likely}{behind}")
    } else {
        format!("about {likely}{behind}, {long} at worst")
    }
}

/// `4 min`: what is foretold is not told to the second.
fn minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        minutes @ 0..=119 => format!("{minutes} min"),
        minutes => format!("{} h", minutes.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_foretold_is_said_in_minutes_and_hours() {
        assert_eq!(about((60, 60), ""), "about 1 min");
        assert_eq!(about((20, 50), " left"), "about 1 min left");
        assert_eq!(about((360, 720), " left"), "about 6 min left, 12 min at worst");
        assert_eq!(about((100, 9000), ""), "about 2 min, 3 h at worst");
    }
}
