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
    let mut bullets: Vec<(Priority, String)> = sources
        .iter()
        .filter(|(priority, source)| {
            told(*priority) && !(*priority == Priority::Info && source.message.is_empty())
        })
        .map(|(priority, source)| (*priority, bullet(source)))
        .collect();
    bullets.sort_by_key(|(priority, _)| *priority);
    let lines: Vec<String> = bullets.into_iter().map(|(_, text)| text).collect();
    condition(input.target, status, reason, lines.join("\n"))
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
            issues_as_info: Vec::new(),
            reasons: ["NotReady", "ReadyUnknown", "Ready"],
        }
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
