//! How many members a cluster of etcd needs to go on, and whether it can do without one more.

/// Members that have to be well.
pub fn needed(members: usize) -> usize {
    members / 2 + 1
}

/// Whether so many members go on with so many of them well.
pub fn holds(members: usize, well: usize) -> bool {
    well >= needed(members)
}

/// Whether they still do once one that is well has been taken out, before another one takes its place.
pub fn holds_with_one_less(members: usize, well: usize) -> bool {
    members > 1 && holds(members - 1, well.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_have_to_be_well() {
        for (members, well, holds_now, holds_then) in [
            (1, 1, true, false),
            (1, 0, false, false),
            (3, 3, true, true),
            (3, 2, true, false),
            (3, 1, false, false),
            (5, 4, true, true),
            (5, 3, true, false),
            (4, 3, true, true),
        ] {
            let found = (holds(members, well), holds_with_one_less(members, well));
            assert_eq!(found, (holds_now, holds_then), "{well} of {members}");
        }
    }
}
