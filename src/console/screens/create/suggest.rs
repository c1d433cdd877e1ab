//! What may be answered to a question, from what is known of the fleet.

use std::collections::BTreeSet;

use fleetui_fleet::create::{
    Form, Input, Part, VariableRule, suggested_endpoints, suggested_networks, suggested_versions,
};

use super::state::Ground;

/// What may be answered, the likeliest first; nothing where anything may.
pub(super) fn suggestions(form: &Form, at: usize, ground: Ground<'_>) -> Vec<String> {
    let Some(field) = at.checked_sub(1).and_then(|at| form.fields.get(at)) else {
        return management_clusters(ground);
    };
    match field.input {
        Input::Namespace => {
            let rows = ground.fleet.rows(Some(&form.management_cluster));
            let names = rows.map(|row| row.facts.object.namespace.to_string());
            // It is always there.
            let names = names.chain(["default".to_owned()]);
            let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
            names.into_iter().collect()
        }
        Input::Version => suggested_versions(form, &ground.around())
            .iter()
            .map(ToString::to_string)
            .collect(),
        Input::ControlPlanes => ["1", "3", "5"].map(str::to_owned).to_vec(),
        Input::Pods | Input::Services => suggested_networks(form, &ground.around(), field.input),
        Input::Endpoint => suggested_endpoints(form, &ground.around()),
        Input::Name | Input::Pools | Input::Count | Input::Domain => Vec::new(),
        Input::Text => match form.flavour.rules.get(&field.variable) {
            Some(rule) if rule.part == Some(Part::Endpoint) => suggested_endpoints(form, &ground.around()),
            rule => rule.map(VariableRule::possible).unwrap_or_default(),
        },
    }
}

/// Management clusters that may be written to.
fn management_clusters(ground: Ground<'_>) -> Vec<String> {
    let sessions = ground.fleet.sessions();
    let may = sessions.filter(|session| {
        ground
            .access
            .check(ground.fleet, &session.management_cluster)
            .is_ok()
    });
    may.map(|session| session.management_cluster.to_string())
        .collect()
}
