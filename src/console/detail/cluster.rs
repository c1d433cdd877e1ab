//! A management cluster in prose: how the connection stands, what is waited for, what runs there, what is denied.

use fleetui_base::ManagementCluster;

use super::Ground;
use super::object::fact;
use crate::age::age;
use crate::connection;
use crate::prose::{Line, wrap};
use crate::theme::Role;

/// The connection, and what runs there.
pub(super) fn panes(
    name: &ManagementCluster,
    ground: Ground<'_>,
    first: usize,
    second: usize,
) -> (Vec<Line>, Vec<Line>) {
    let title = Line::ours(Role::Section, "Management cluster ").text(Role::Heading, name.as_str());
    let Some(session) = ground.fleet.session(name) else {
        return (
            vec![title, Line::ours(Role::Dim, "there is no session")],
            Vec::new(),
        );
    };
    let role = connection::role(&session.connection);
    let mut left = vec![title];
    left.push(
        Line::ours(role, ground.glyphs.connection(&session.connection))
            .word(role, " ")
            .word(role, connection::word(&session.connection)),
    );
    let sentence = connection::sentence(session, ground.now);
    if !sentence.as_str().is_empty() {
        left.extend(
            wrap(sentence.as_str(), first)
                .into_iter()
                .map(|text| Line::new().shown(Role::Text, text)),
        );
    }
    left.push(Line::new());
    let heard = session
        .heard
        .map(|heard| format!("{} ago", age(heard, ground.now)));
    let latency = session
        .latency
        .map(|latency| format!("{} ms", latency.as_millis()));
    let rows: [(&'static str, Option<String>); 6] = [
        ("server", Some(session.server.to_string())),
        (
            "kubernetes",
            session.server_version.as_ref().map(ToString::to_string),
        ),
        ("api", session.era.map(|era| connection::era(era).to_owned())),
        // While it is live, "heard" is now, and would only tick.
        ("heard", heard.filter(|_| !session.is_live())),
        ("latency", latency),
        (
            "writes",
            Some(
                if session.read_only {
                    "read-only by configuration"
                } else {
                    "allowed"
                }
                .to_owned(),
            ),
        ),
    ];
    for (name, value) in rows.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        left.extend(fact(name, &value, first));
    }
    let mut right = Vec::new();
    if !session.providers.is_empty() {
        right.push(Line::ours(Role::Section, "Providers"));
        for (name, version) in &session.providers {
            right.push(
                Line::new()
                    .text(Role::Text, name)
                    .word(Role::Text, " ")
                    .text(Role::Dim, version),
            );
        }
        right.push(Line::new());
    }
    if !session.denied.is_empty() {
        right.push(Line::ours(Role::Section, "Denied").word(Role::Dim, "  kinds that may not be read"));
        let kinds: Vec<_> = session.denied.iter().map(ToString::to_string).collect();
        right.extend(
            wrap(&kinds.join(" "), second)
                .into_iter()
                .map(|text| Line::new().shown(Role::Warning, text)),
        );
    }
    (left, right)
}
