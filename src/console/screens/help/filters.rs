//! What help tells of filters: what can be typed behind `/`, with examples, and what of other tools means something else here.

use super::{Section, entry_lines};

/// Cells for what is typed.
const TYPED_CELLS: usize = 26;

/// What is typed, and what it finds.
const TERMS: [(&str, &str); 19] = [
    (
        "payments",
        "what has this in its name, node, namespace, cluster, management cluster, version, phase or reason, in whatever case",
    ),
    ("!payments", "what has it in none of them"),
    (
        "payments !md-0",
        "several terms, parted by blanks: all of them have to match; there is no \"or\"",
    ),
    (
        "\"site=b\"",
        "quoted: a text with blanks or signs, looked for as it is written",
    ),
    (
        "name=prod  name!=prod",
        "a column is this, or anything else; also cluster, kind, ns, node, phase, owner; of hosts state, machine, zone, arch, cpu; whole names, in whatever case",
    ),
    (
        "kind=md",
        "kinds by their names or short: cl, kcp, md, ms, mp, ma, mhc",
    ),
    ("mgmt=mgmt-tokyo", "what is in this management cluster"),
    (
        "group=prod",
        "what is in a management cluster of this group of fleet.yaml",
    ),
    (
        "ready=false",
        "what the condition says that speaks for it: true, false or unknown",
    ),
    (
        "health=failed",
        "how it is doing: good, paused, progressing, unknown, warning or failed",
    ),
    ("paused=true", "what is paused, itself or with its Cluster"),
    (
        "version<v1.31",
        "versions, with = != < <= > >=; v1.31 means all of its patch releases",
    ),
    ("age<2h  age>1d12h", "how long it is there: s, m, h, d, w"),
    (
        "-l site=b",
        "a label; -l site and -l '!site' ask whether it is there",
    ),
    (
        "-f pmd0",
        "letters that the name has in this order, with others between them",
    ),
    (
        "kind=ma ready=false age>30m",
        "an example: machines that are not ready after half an hour",
    ),
    (
        "version<v1.31 mgmt=mgmt-lab",
        "an example: what is old in one management cluster",
    ),
    (
        "a|b  .*  ^a$",
        "no regular expressions here, unlike in k9s: such signs are looked for as they are written",
    ),
    (
        ":machines /ready=false",
        "the same behind the name of a table, with @name for one management cluster",
    ),
];

pub(super) fn section(width: usize) -> Section {
    let room = width.saturating_sub(TYPED_CELLS);
    let entries = TERMS
        .iter()
        .map(|(typed, meaning)| entry_lines(typed, TYPED_CELLS, meaning, room));
    Section {
        title: "Filters, behind /",
        entries: entries.collect(),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::filter::{Filter, unlike_elsewhere};

    use super::*;

    /// Of an entry with two examples both stand apart by two blanks.
    #[test]
    fn what_is_told_of_filters_is_read_by_them() {
        for (typed, _) in TERMS {
            for example in typed.split("  ") {
                let typed = example.split_once(" /").map_or(example, |(_, filter)| filter);
                let read = Filter::parse(typed);
                assert!(matches!(read, Ok(Some(_))), "{typed}: {read:?}");
            }
        }
        for typed in ["a|b", ".*", "^a$"] {
            assert!(unlike_elsewhere(typed).is_some(), "{typed}");
        }
    }
}
