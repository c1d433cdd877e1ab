//! Events of core/v1, as recorders of every age write them.

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest message that is kept.
const LONGEST_MESSAGE: usize = 1024;

/// An event, without what nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened last.
    pub last: Timestamp,
    /// When it happened first.
    pub first: Timestamp,
    /// How often.
    pub count: u64,
    /// Whether somebody is warned.
    pub warning: bool,
    /// A word for what happened. From the cluster: not yet safe to show, like all texts here.
    pub reason: CompactString,
    /// A sentence.
    pub message: String,
    /// Who says so.
    pub from: CompactString,
    /// Whom it is about: the uid.
    pub uid: CompactString,
}

impl Event {
    /// Reads an event; nothing comes of one that has no time at all.
    pub fn read(event: &Value) -> Option<Self> {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let time = |pointer: &str| text(pointer).parse::<Timestamp>().ok();
        let last = [
            "/series/lastObservedTime",
            "/lastTimestamp",
            "/eventTime",
            "/firstTimestamp",
        ];
        let last = last.iter().find_map(|pointer| time(pointer));
        let last = last.or_else(|| time("/metadata/creationTimestamp"))?;
        let first = ["/firstTimestamp", "/eventTime"];
        let first = first.iter().find_map(|pointer| time(pointer)).unwrap_or(last);
        let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_u64);
        let from = ["/reportingComponent", "/source/component"].map(text);
        let from = from.into_iter().find(|from| !from.is_empty());
        let mut message = text("/message").to_owned();
        let end = (0..=LONGEST_MESSAGE.min(message.len()))
            .rev()
            .find(|end| message.is_char_boundary(*end));
        message.truncate(end.unwrap_or(0));
        Some(Self {
            last,
            first: first.min(last),
            count: number("/series/count")
                .or_else(|| number("/count"))
                .unwrap_or(1)
                .max(1),
            warning: text("/type") == "Warning",
            reason: text("/reason").into(),
            message,
            from: from.unwrap_or_default().into(),
            uid: text("/involvedObject/uid").into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_of_both_ages_are_read() {
        let old = Event::read(&json!({
            "type": "Warning", "reason": "FailedCreate", "message": "no host", "count": 7,
            "firstTimestamp": "2026-08-21T10:00:00Z", "lastTimestamp": "2026-08-21T11:00:00Z", "eventTime": null,
            "source": {"component": "machineset-controller"}, "involvedObject": {"uid": "u"},
        }));
        let old = old.unwrap();
        assert_eq!(
            (old.count, old.warning, old.from.as_str(), old.uid.as_str()),
            (7, true, "machineset-controller", "u")
        );
        assert_eq!(old.first.to_string(), "2026-08-21T10:00:00Z");
        let new = Event::read(&json!({
            "type": "Normal", "reason": "Created", "eventTime": "2026-08-21T10:00:00.123456Z",
            "series": {"count": 3, "lastObservedTime": "2026-08-21T11:30:00.000000Z"}, "reportingComponent": "x",
        }));
        let new = new.unwrap();
        assert_eq!((new.count, new.warning, new.from.as_str()), (3, false, "x"));
        assert_eq!(new.last.to_string(), "2026-08-21T11:30:00Z");
        assert_eq!(Event::read(&json!({"reason": "NoTime"})), None);
        let long = Event::read(&json!({"message": "é".repeat(4000), "eventTime": "2026-08-21T10:00:00Z"}));
        assert!(long.unwrap().message.len() <= LONGEST_MESSAGE);
    }
}
