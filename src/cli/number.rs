//! Numbers on the command line: what is none is told as such, and not in the words of the library that reads it.

use std::str::FromStr;

/// A whole number that is not negative.
pub(super) fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "write a whole number, 0 or more".to_owned())
}

/// So many machines of a control plane whose etcd runs on them: an odd number.
pub(super) fn of_control_plane(text: &str) -> Result<u16, String> {
    match text.trim().parse::<u16>() {
        Ok(count) if count % 2 == 1 => Ok(count),
        Ok(0) => Err("a control plane has at least one machine".to_owned()),
        Ok(count) => Err(format!(
            "{count} control plane machines cannot be: etcd runs on them, and its members are an odd number; take 1, 3 or 5"
        )),
        Err(_) => Err("write how many machines the control plane has: 1, 3 or 5".to_owned()),
    }
}

/// How many machines, or sets of them, as it was written: what it means is checked with the rest of the answers.
pub(super) fn written(text: &str) -> Result<String, String> {
    if text.trim_start().starts_with('-') {
        return Err("write a whole number, 0 or more".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_told_as_such() {
        assert_eq!(whole::<u64>("3"), Ok(3));
        for text in ["-1", "1.5", "many", ""] {
            assert_eq!(
                whole::<u64>(text),
                Err("write a whole number, 0 or more".to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_control_plane_has_an_odd_number_of_machines() {
        for good in ["1", "3", "5"] {
            assert!(of_control_plane(good).is_ok(), "{good}");
        }
        for bad in ["0", "2", "-1", "many", ""] {
            assert!(of_control_plane(bad).is_err(), "{bad}");
        }
    }
}
