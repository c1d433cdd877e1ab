//! `fleetui get contexts`: the management clusters and how the connection to each stands.

use fleetui_console::age::age;
use fleetui_console::connection;
use fleetui_fleet::session::Connection;
use fleetui_fleet::{FleetStore, Permitted, Session, health};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::print::{Column, Entry, Page};

/// All management clusters that are named.
pub(crate) fn page(store: &FleetStore, now: Timestamp) -> Page {
    Page {
        kind: "ManagementClusterList",
        columns: vec![
            Column::new("NAME"),
            Column::new("STATE"),
            Column::new("ACCESS"),
            Column::new("GROUP"),
            Column::new("KNOWN").ticking(),
            Column::new("API"),
            Column::new("CAPI"),
            Column::new("KUBERNETES"),
            Column::new("DENIED"),
            Column::new("LATENCY").ticking(),
            Column::new("LOGIN").wide(),
            Column::new("SERVER").wide(),
            Column::new("PROVIDERS").wide(),
            Column::new("DENIED KINDS").wide(),
            Column::new("MESSAGE"),
        ],
        rows: store.sessions().map(|session| entry(session, now)).collect(),
        empty: "no management cluster is named".to_owned(),
        faults: store.sessions().any(|session| is_fault(session)),
        ..Page::default()
    }
}

fn is_fault(session: &Session) -> bool {
    // One that was not asked to connect is as it should be.
    session.connection != Connection::Idle && health::connection(Some(session)).health.is_fault()
}

/// How old what is known is: `now` while it is live, nothing where nothing was ever read.
fn known(session: &Session, now: Timestamp) -> String {
    if session.is_live() {
        return "now".to_owned();
    }
    let known = session.known_until();
    known.map_or_else(String::new, |known| format!("{} ago", age(known, now)))
}

/// What may be written there: by configuration, and as far as the server has said.
fn access(session: &Session) -> &'static str {
    match session.permitted {
        _ if session.read_only => "read-only",
        Permitted::Nothing => "no-writes",
        Permitted::Some => "some",
        Permitted::Everything => "read-write",
        Permitted::Unknown => "unknown",
    }
}

/// The same for programs; nothing where the server has not said.
fn permitted(permitted: Permitted) -> Option<&'static str> {
    match permitted {
        Permitted::Unknown => None,
        Permitted::Nothing => Some("none"),
        Permitted::Some => Some("some"),
        Permitted::Everything => Some("all"),
    }
}

fn entry(session: &Session, now: Timestamp) -> Entry {
    let name = session.management_cluster.to_string();
    let sentence = connection::reason(session, now);
    let core = session.providers.iter().find(|(name, _)| name == "cluster-api");
    let kinds = match session.denied.len() {
        0 => String::new(),
        1 => "1 kind".to_owned(),
        many => format!("{many} kinds"),
    };
    let state = connection::word(&session.connection);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let providers: Vec<String> = session
        .providers
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let denied: Vec<String> = session.denied.iter().map(ToString::to_string).collect();
    let latency = session
        .latency
        .map(|latency| format!("{} ms", latency.as_millis()));
    Entry {
        id: name.clone(),
        name: name.clone(),
        cells: vec![
            name.clone(),
            state.to_owned(),
            access(session).to_owned(),
            text(session.group.as_deref()),
            known(session, now),
            text(session.era.map(connection::era_short)),
            text(core.map(|(_, version)| version.as_str())),
            text(session.server_version.as_deref()),
            kinds,
            latency.unwrap_or_default(),
            text(session.login.as_ref().map(|login| login.way.as_str())),
            session.server.to_string(),
            providers.join(","),
            denied.join(","),
            sentence.clone(),
        ],
        document: json!({
            "name": name,
            "state": state,
            "message": sentence,
            "readOnly": session.read_only,
            "permittedWrites": permitted(session.permitted),
            "apiEra": session.era.map(connection::era),
            "kubernetesVersion": session.server_version.as_deref(),
            "server": session.server.as_str(),
            "group": session.group.as_deref(),
            "login": session.login.as_ref().map(|login| login.way.as_str()),
            "warnings": session.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "namespaces": session.namespaces.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "clockSkewSeconds": session.skew.map(|skew| skew.as_secs()),
            "providers": session.providers.iter().map(|(name, version)| json!({
                "name": name.as_str(), "version": version.as_str(),
            })).collect::<Vec<_>>(),
            "denied": denied,
            "knownUntil": session.known_until().filter(|_| !session.is_live()).map(|known| known.to_string()),
            "awaySince": session.away_since.map(|since| since.to_string()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fleetui_base::{GroupKind, ManagementCluster};
    use fleetui_fleet::Update;

    use super::*;

    #[test]
    fn what_is_known_and_denied_stands_in_the_table() {
        let now = Timestamp::UNIX_EPOCH;
        let mut session = Session::idle(ManagementCluster::new("lab"), "https://lab:6443", false);
        session.connection = Connection::Live;
        session.group = Some("europe".into());
        session.providers = vec![("cluster-api".into(), "v1.14.0".into())];
        session.denied = vec![
            GroupKind::new("cluster.x-k8s.io", "Machine"),
            GroupKind::new("cluster.x-k8s.io", "MachineSet"),
        ];
        let mut away = Session::idle(ManagementCluster::new("away"), "", false);
        away.connection = Connection::Offline {
            why: "connection refused".to_owned(),
            retry_at: now,
        };
        let mut store = FleetStore::default();
        store.apply(Update::Session(Arc::new(session)));
        store.apply(Update::Session(Arc::new(away)));
        let page = page(&store, now);
        let cell = |row: usize, title: &str| {
            let at = page.columns.iter().position(|column| column.title() == title);
            page.rows[row].cells[at.expect("the column")].clone()
        };
        let of_lab = ["GROUP", "KNOWN", "CAPI", "DENIED"].map(|title| cell(0, title));
        assert_eq!(of_lab, ["europe", "now", "v1.14.0", "2 kinds"]);
        // What the server has not said is not called allowed.
        assert_eq!(cell(0, "ACCESS"), "unknown");
        let allowed = |permitted: Permitted, read_only: bool| {
            let mut session = Session::idle(ManagementCluster::new("lab"), "", read_only);
            session.permitted = permitted;
            access(&session)
        };
        assert_eq!(allowed(Permitted::Everything, false), "read-write");
        assert_eq!(allowed(Permitted::Nothing, false), "no-writes");
        assert_eq!(allowed(Permitted::Nothing, true), "read-only");
        // Nothing is tried again once the command has ended.
        assert_eq!(cell(1, "MESSAGE"), "connection refused");
        assert_eq!(cell(1, "KNOWN"), "");
    }
}
