//! Of which machines of a kubeadm control plane one goes first when it has one too many.
//!
//! The one that goes does not have to be well; all others have to. Which one of several goes is left to their failure domains.
//! Must not know: objects; it is told what matters of each machine.

/// What counts of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Candidate {
    /// It is not what the control plane wishes now.
    pub outdated: bool,
    /// Somebody put the delete-machine annotation on it.
    pub marked: bool,
    /// One of its components, or its member of etcd, is not well or not known.
    pub unwell: bool,
}

/// The groups, the first of which that is not empty has the machine that goes.
const GROUPS: [fn(&Candidate) -> bool; 5] = [
    |candidate| candidate.outdated && candidate.marked,
    |candidate| candidate.marked,
    |candidate| candidate.outdated && candidate.unwell,
    |candidate| candidate.outdated,
    |_| true,
];

/// Positions of the machines of which one is the next to go; none only where there is no machine.
pub fn next_to_go(candidates: &[Candidate]) -> Vec<usize> {
    let of_group = |is_in: fn(&Candidate) -> bool| -> Vec<usize> {
        let all = candidates.iter().enumerate();
        all.filter(|(_, candidate)| is_in(candidate))
            .map(|(position, _)| position)
            .collect()
    };
    let mut groups = GROUPS.into_iter().map(of_group);
    groups.find(|group| !group.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a machine is, by the letters of the fields.
    fn candidates(text: &str) -> Vec<Candidate> {
        let candidate = |word: &str| Candidate {
            outdated: word.contains('o'),
            marked: word.contains('m'),
            unwell: word.contains('u'),
        };
        text.split(' ').map(candidate).collect()
    }

    #[test]
    fn what_is_marked_goes_then_what_is_broken_of_what_is_old() {
        let table: [(&str, &[usize]); 9] = [
            ("- - -", &[0, 1, 2]),
            ("- o o", &[1, 2]),
            ("o ou o", &[1]),
            ("o ou ou", &[1, 2]),
            // Broken, but as it should be: what is old goes.
            ("o u o", &[0, 2]),
            ("u - -", &[0, 1, 2]),
            ("om ou o", &[0]),
            ("m ou o", &[0]),
            ("m om ou", &[1]),
        ];
        for (told, first) in table {
            assert_eq!(next_to_go(&candidates(told)), first, "{told}");
        }
        assert!(next_to_go(&[]).is_empty());
    }
}
