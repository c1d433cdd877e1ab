//! The events about one object: asked for by its uid, page by page, as many as a person reads.

use fleetui_base::ObjectKey;
use fleetui_fleet::timeline::Event;
use serde_json::Value;

use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;
use crate::watcher::encoded;

/// Events of one page.
const PAGE: usize = 250;

/// The most events that are read of one object. Servers keep them for an hour; one that has more of them says the same again
/// and again.
const MOST: usize = 1000;

/// Reads the events about an object, the newest first, and says whether there are more.
pub(super) async fn read(
    handle: &Handle,
    key: &ObjectKey,
    uid: &str,
    settings: &ClientSettings,
) -> Result<(Vec<Event>, bool), Failure> {
    // Without it, events of anything would be listed.
    if uid.is_empty() {
        let message = format!("{key}: its uid is not known, so neither are its events");
        return Err(Failure::new(FailureKind::Invalid, message));
    }
    let mut events = Vec::new();
    let mut next = String::new();
    loop {
        let path = path(key, uid, &next);
        let text = match handle.requester.get(&path, settings.request_timeout).await {
            // What was listed has grown too old to go on with; what was read of it is still true.
            Err(Fault::Expired(_)) if !events.is_empty() => return Ok((newest_first(events), true)),
            text => text?,
        };
        let list: Value = serde_json::from_str(&text).map_err(|error| Fault::Garbled(error.to_string()))?;
        let items = list.pointer("/items").and_then(Value::as_array);
        let read = items.into_iter().flatten().filter_map(Event::read);
        // A server that does not know the selector would give everything.
        events.extend(read.filter(|event| event.uid == uid));
        let token = list.pointer("/metadata/continue").and_then(Value::as_str);
        match token.filter(|token| !token.is_empty()) {
            Some(token) if events.len() < MOST => token.clone_into(&mut next),
            token => return Ok((newest_first(events), token.is_some())),
        }
    }
}

fn newest_first(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by(|one, other| (other.last, &one.reason).cmp(&(one.last, &other.reason)));
    events.truncate(MOST);
    events
}

/// Events of what has no namespace are kept in `default`.
fn path(key: &ObjectKey, uid: &str, next: &str) -> String {
    let namespace = match key.object.namespace.as_str() {
        "" => "default",
        namespace => namespace,
    };
    let mut path = format!(
        "/api/v1/namespaces/{namespace}/events?fieldSelector=involvedObject.uid%3D{}&limit={PAGE}",
        encoded(uid)
    );
    if !next.is_empty() {
        path.push_str("&continue=");
        path.push_str(&encoded(next));
    }
    path
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};

    use super::*;

    #[test]
    fn nothing_of_a_name_or_a_token_gets_out_of_its_place() {
        let key = |namespace: &str| {
            let kind = GroupKind::new("cluster.x-k8s.io", "Machine");
            ObjectKey::new(ManagementCluster::new("a"), kind, ObjectName::new(namespace, "m"))
        };
        assert_eq!(
            path(&key("shop"), "u-1&limit=0", "a=b/c+"),
            "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.uid%3Du%2D1%26limit%3D0&limit=250&continue=a%3Db%2Fc%2B"
        );
        assert!(path(&key(""), "u", "").starts_with("/api/v1/namespaces/default/events?"));
    }
}
