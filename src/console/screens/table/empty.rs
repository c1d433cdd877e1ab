//! What stands where a table has no row: it is still being read, there is nothing, a filter hides everything, it may not be read,
//! nobody answers. These never look alike.

use fleetui_api::kinds::Role as Part;
use fleetui_fleet::Session;
use fleetui_fleet::session::Connection;

use super::State;
use crate::connection;
use crate::list::Ground;
use crate::prose::{Line, wrap};
use crate::theme::Role;

/// Cells left and right of the text.
const INSET: u16 = 6;

pub(super) fn text(state: &State, ground: Ground<'_>) -> Vec<Line> {
    let width = usize::from(state.size.0.saturating_sub(INSET)).max(1);
    let mut lines = Vec::new();
    let mut paragraph = |role: Role, text: &str| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|line| Line::new().shown(role, line)),
        );
    };
    let title = state.options.flat.title();
    let (filter, faults, hidden) = state.sieve();
    match (filter, faults) {
        _ if hidden == 0 => {}
        (Some(filter), true) => paragraph(
            Role::Text,
            &format!("no fault here matches /{}; {hidden} hidden", filter.text()),
        ),
        (Some(filter), false) => paragraph(
            Role::Text,
            &format!("nothing here matches /{}; {hidden} hidden", filter.text()),
        ),
        (None, _) => paragraph(Role::Text, &format!("no faults here; {hidden} hidden")),
    }
    let mut silent = hidden == 0;
    let meant = |session: &&std::sync::Arc<Session>| {
        let only = state.only();
        only.is_none_or(|only| session.management_cluster == *only)
    };
    for session in ground.fleet.sessions().filter(meant) {
        if let Some((role, said)) = missing(session, state.options.flat.roles(), ground) {
            paragraph(role, &format!("{}: {said}", session.management_cluster));
            silent = false;
        }
    }
    if silent {
        let place = match (state.only(), state.options.namespace.as_deref()) {
            (Some(only), Some(namespace)) => format!(" in namespace {namespace} of {only}"),
            (Some(only), None) => format!(" in {only}"),
            (None, Some(namespace)) => format!(" in namespace {namespace}"),
            (None, None) => " in the whole fleet".to_owned(),
        };
        paragraph(Role::Text, &format!("no {title}{place}"));
    }
    lines
}

/// What of a management cluster is not known, so that it cannot be said that there is nothing.
fn missing(session: &Session, roles: &[Part], ground: Ground<'_>) -> Option<(Role, String)> {
    let state = &session.connection;
    if *state != Connection::Live {
        let why = connection::sentence(session, ground.now);
        return Some((
            connection::role(state),
            format!("{}: {why}", connection::word(state)),
        ));
    }
    let denied: Vec<String> = session
        .denied
        .iter()
        .filter(|kind| roles.contains(&Part::of(kind)))
        .map(ToString::to_string)
        .collect();
    (!denied.is_empty()).then(|| (Role::Failed, format!("not allowed to read {}", denied.join(", "))))
}
