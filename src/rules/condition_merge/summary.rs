//! One condition that sums up others of the same object.

use fleetui_api::conditions::{Condition, ConditionStatus};

use super::{Priority, condition, find, merged_status};

/// What a summary is made from.
#[derive(Debug, Clone, Default)]
pub struct SummaryInput<'a> {
    /// The type of the summary.
    pub target: &'a str,
    /// Types that go in, in this order. Their polarity is that of the API.
    pub kinds: Vec<&'a str>,
    /// Types that are left out where the object does not have them; others missing are Unknown.
    pub ignore_if_missing: Vec<&'a str>,
    /// Types of which an issue is only told, and does not spoil the summary.
    pub issues_as_info: Vec<&'a str>,
    /// Types that are told in one line, under this name, where there are several and all say the same.
    pub together: Option<(&'a str, Vec<&'a str>)>,
    /// Reasons for issue, unknown and good.
    pub reasons: [&'a str; 3],
}

/// The summary of `conditions`.
pub fn summarise(input: &SummaryInput<'_>, conditions: &[Condition]) -> Condition {
    let sources: Vec<(Priority, Condition)> = input
        .kinds
        .iter()
        .filter_map(|kind| match find(conditions, kind) {
            Some(found) => Some((priority(input, found), found.clone())),
            None if input.ignore_if_missing.contains(kind) => None,
            None => {
                let missing = condition(
                    kind,
                    ConditionStatus::Unknown,
                    "NotYetReported",
                    format!("Condition {kind} not yet reported"),
                );
                Some((Priority::Unknown, missing))
            }
        })
        .collect();
    let (worst, status) = merged_status(sources.iter().map(|(priority, _)| *priority), true);
    let [issue, unknown, good] = input.reasons;
    let reason = match worst {
        Priority::Issue => issue,
        Priority::Unknown => unknown,
        Priority::Info => good,
    };
    let told = |priority: Priority| {
        if worst == Priority::Info {
            true
        } else {
            priority != Priority::Info
        }
    };
    let mut told: Vec<(Priority, Condition)> = sources
        .into_iter()
        .filter(|(priority, source)| {
            told(*priority) && !(*priority == Priority::Info && source.message.is_empty())
        })
        .collect();
    told.sort_by_key(|(priority, _)| *priority);
    if let Some((name, kinds)) = &input.together {
        put_together(name, kinds, &mut told);
    }
    let lines: Vec<String> = told.iter().map(|(_, source)| bullet(source)).collect();
    condition(input.target, status, reason, lines.join("\n"))
}

/// Leaves the first of these kinds, under another name, where there are several that all say the same.
fn put_together(name: &str, kinds: &[&str], told: &mut Vec<(Priority, Condition)>) {
    let is_one = |source: &Condition| kinds.contains(&source.kind.as_str());
    let text = |source: &Condition| {
        if source.message.is_empty() {
            source.reason.to_string()
        } else {
            source.message.clone()
        }
    };
    let texts: Vec<String> = told
        .iter()
        .filter(|(_, source)| is_one(source))
        .map(|(_, source)| text(source))
        .collect();
    let alike = texts.iter().all(|text| Some(text) == texts.first());
    if texts.len() < 2 || !alike {
        return;
    }
    let mut first = true;
    told.retain_mut(|(_, source)| {
        if !is_one(source) {
            return true;
        }
        source.kind = name.into();
        std::mem::take(&mut first)
    });
}

fn priority(input: &SummaryInput<'_>, source: &Condition) -> Priority {
    match Priority::of(source) {
        Priority::Issue if input.issues_as_info.contains(&source.kind.as_str()) => Priority::Info,
        priority @ (Priority::Issue | Priority::Unknown | Priority::Info) => priority,
    }
}

/// `* Type: message`; further lines are indented by two, and a message of several lines starts on its own.
fn bullet(source: &Condition) -> String {
    let text = if source.message.is_empty() {
        source.reason.as_str()
    } else {
        source.message.as_str()
    };
    if text.contains('\n') || text.starts_with("* ") {
        let lines: Vec<String> = text.lines().map(|line| format!("\n  {line}")).collect();
        format!("* {}:{}", source.kind, lines.concat())
    } else {
        format!("* {}: {text}", source.kind)
    }
}

#[cfg(test)]
mod tests {
    use ConditionStatus::{False, True, Unknown};

    use super::*;

    fn ready<'a>() -> SummaryInput<'a> {
        SummaryInput {
            target: "Ready",
            kinds: vec![
                "Deleting",
                "InfrastructureReady",
                "NodeHealthy",
                "HealthCheckSucceeded",
            ],
            ignore_if_missing: vec!["HealthCheckSucceeded"],
            reasons: ["NotReady", "ReadyUnknown", "Ready"],
            ..SummaryInput::default()
        }
    }

    #[test]
    fn what_all_of_some_say_is_told_once() {
        let summary = |texts: [&str; 3]| {
            let conditions: Vec<_> = std::iter::zip(["A", "B", "C"], texts)
                .map(|(kind, text)| condition(kind, Unknown, "Waits", text))
                .collect();
            let input = SummaryInput {
                target: "Ready",
                kinds: vec!["A", "B", "C"],
                together: Some(("Parts", vec!["A", "C"])),
                reasons: ["NotReady", "ReadyUnknown", "Ready"],
                ..SummaryInput::default()
            };
            summarise(&input, &conditions).message
        };
        assert_eq!(summary(["waits", "waits", "waits"]), "* Parts: waits\n* B: waits");
        assert_eq!(summary(["", "waits", ""]), "* Parts: Waits\n* B: waits");
        assert_eq!(
            summary(["waits", "waits", "runs"]),
            "* A: waits\n* B: waits\n* C: runs"
        );
    }

    #[test]
    fn all_good_is_true_and_tells_only_what_has_a_message() {
        let conditions = [
            condition("Deleting", False, "NotDeleting", ""),
            condition("InfrastructureReady", True, "Ready", "four disks"),
            condition("NodeHealthy", True, "NodeHealthy", ""),
        ];
        let summary = summarise(&ready(), &conditions);
        assert_eq!((summary.status, summary.reason.as_str()), (True, "Ready"));
        assert_eq!(summary.message, "* InfrastructureReady: four disks");
    }

    #[test]
    fn an_issue_wins_over_unknown_and_many_lines_are_indented() {
        let conditions = [
            condition(
                "Deleting",
                True,
                "DrainingNode",
                "Drain not completed yet:\n* Pod a: stuck",
            ),
            condition("InfrastructureReady", False, "NotReady", ""),
            condition(
                "NodeHealthy",
                Unknown,
                "ConnectionDown",
                "Last successful probe at 12:00",
            ),
        ];
        let summary = summarise(&ready(), &conditions);
        assert_eq!((summary.status, summary.reason.as_str()), (False, "NotReady"));
        assert_eq!(
            summary.message,
            "* Deleting:\n  Drain not completed yet:\n  * Pod a: stuck\n* InfrastructureReady: NotReady\n* NodeHealthy: Last \
             successful probe at 12:00"
        );
    }

    #[test]
    fn what_is_missing_is_unknown_unless_it_may_be() {
        let conditions = [
            condition("Deleting", False, "NotDeleting", ""),
            condition("InfrastructureReady", True, "Ready", ""),
        ];
        let summary = summarise(&ready(), &conditions);
        assert_eq!(
            (summary.status, summary.reason.as_str()),
            (Unknown, "ReadyUnknown")
        );
        assert_eq!(
            summary.message,
            "* NodeHealthy: Condition NodeHealthy not yet reported"
        );
    }

    #[test]
    fn an_issue_can_be_turned_into_information() {
        let mut input = ready();
        input.issues_as_info = vec!["InfrastructureReady"];
        let conditions = [
            condition("Deleting", False, "NotDeleting", ""),
            condition("InfrastructureReady", False, "NotReady", "gone"),
            condition("NodeHealthy", True, "NodeHealthy", ""),
        ];
        let summary = summarise(&input, &conditions);
        assert_eq!(summary.status, True);
        assert_eq!(summary.message, "* InfrastructureReady: gone");
    }
}
