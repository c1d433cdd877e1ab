//! `fleetui get contexts`: the management clusters and how the connection to each stands.

use fleetui_console::connection;
use fleetui_fleet::session::Connection;
use fleetui_fleet::{FleetStore, Session, health};
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
            Column::new("API"),
            Column::new("KUBERNETES"),
            Column::new("LATENCY").ticking(),
            Column::new("GROUP").wide(),
            Column::new("LOGIN").wide(),
            Column::new("SERVER").wide(),
            Column::new("PROVIDERS").wide(),
            Column::new("DENIED").wide(),
            Column::new("MESSAGE"),
        ],
        rows: store.sessions().map(|session| entry(session, now)).collect(),
        nested: None,
        whole: false,
        empty: "no management cluster is named".to_owned(),
        faults: store.sessions().any(|session| is_fault(session)),
    }
}

fn is_fault(session: &Session) -> bool {
    // One that was not asked to connect is as it should be.
    session.connection != Connection::Idle && health::connection(Some(session)).health.is_fault()
}

fn entry(session: &Session, now: Timestamp) -> Entry {
    let name = session.management_cluster.to_string();
    let sentence = connection::sentence(session, now).to_string();
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
            if session.read_only {
                "read-only"
            } else {
                "read-write"
            }
            .to_owned(),
            text(session.era.map(connection::era)),
            text(session.server_version.as_deref()),
            latency.unwrap_or_default(),
            text(session.group.as_deref()),
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
        }),
    }
}
