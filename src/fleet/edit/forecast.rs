//! What a change will bring about, as far as the fleet tells: what will happen, what a person may not expect, and whether the
//! change is so unusual that it is asked about once more.

use std::sync::Arc;

use fleetui_api::kinds::Role;
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_rules::preflight::{self, ControlPlane};
use fleetui_rules::version::Version;

use super::target::name;
use super::{Change, Field};
use crate::act::plan::replaced_of;
use crate::paused::{self, Paused};
use crate::row::Row;
use crate::store::FleetStore;

/// More machines at once than this are asked about once more.
const MANY: i64 = 100;
/// So many times as many machines as before are asked about once more.
const MANY_TIMES: i64 = 10;

/// What a change will bring about, in sentences for the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Forecast {
    /// What will happen.
    pub(crate) happens: Vec<String>,
    /// What the person may not expect.
    pub(crate) warnings: Vec<String>,
    /// What a MachineSet will not pass before it creates machines.
    pub(crate) blocked: Vec<String>,
    /// What makes the change so unusual that it is asked about once more.
    pub(crate) doubt: Option<String>,
}

/// What `change`, which was planned for the object at `key`, will bring about.
pub(crate) fn forecast(store: &FleetStore, key: &ObjectKey, change: &Change) -> Forecast {
    let values = (change.from.as_str(), change.to.as_str());
    // One version of a topology is that of all that it manages, wherever it is typed.
    let about = match change.field {
        Field::Replicas => key,
        Field::Version => &change.target,
    };
    store.get(about).map_or_else(Forecast::default, |row| {
        foreseen(store, row, change.field, values)
    })
}

/// What it brings about that `field` of `row`, or of what stands for it, becomes `to` and was `from`.
pub(crate) fn foreseen(
    store: &FleetStore,
    row: &Arc<Row>,
    field: Field,
    (from, to): (&str, &str),
) -> Forecast {
    let mut forecast = Forecast::default();
    match field {
        Field::Replicas => forecast.replicas(row, (from, to)),
        Field::Version => forecast.version(store, row),
    }
    // Where its rollouts alone are paused, machines come and go by number.
    let still_scales =
        |paused: &&Row| Paused::of(paused).is_some_and(|it| field == Field::Replicas && it.scales);
    if let Some(paused) = paused::who(store, row).filter(|paused| !still_scales(paused)) {
        forecast.warnings.push(format!(
            "{} is paused: nothing happens until it is resumed",
            name(paused)
        ));
    }
    forecast.blocked = blocked(store, row, (field, from, to));
    forecast
}

impl Forecast {
    fn replicas(&mut self, row: &Row, (from, to): (&str, &str)) {
        let number = |text: &str| text.parse::<i64>().ok();
        let Some(to) = number(to) else { return };
        let machines = |count: i64| format!("{count} machine{}", if count == 1 { "" } else { "s" });
        // Where the wish is not known, what is there is what it is held against.
        let there = row.facts.replicas.as_ref().and_then(|replicas| replicas.current);
        let from = number(from).or(there).unwrap_or(0);
        let more = to.saturating_sub(from);
        if to == 0 && from > 0 {
            let all = if from == 1 { "the only" } else { "all" };
            self.warnings.push(format!("removes {all} {}", machines(from)));
        } else if more > 0 {
            self.happens.push(format!("adds {}", machines(more)));
        } else if more < 0 {
            self.happens.push(format!("removes {}", machines(-more)));
        }
        let times = from > 0 && to > from.saturating_mul(MANY_TIMES);
        if more > MANY || times {
            self.doubt = Some(format!("{} more than now is unusually many", machines(more)));
        }
    }

    fn version(&mut self, store: &FleetStore, row: &Arc<Row>) {
        let wished = row.facts.replicas.as_ref().and_then(|replicas| replicas.desired);
        // While it rolls out there are more machines than are wished, or fewer; where none is known, the wish is what there is.
        let there = i64::try_from(replaced_of(store, row).len()).unwrap_or(i64::MAX);
        let count = if there > 0 { Some(there) } else { wished };
        match (row.facts.role, count) {
            (Role::Cluster, count) => {
                let machines = count
                    .filter(|count| *count > 0)
                    .map_or_else(String::new, |count| {
                        let ending = if count == 1 { "" } else { "s" };
                        format!("replaces {count} machine{ending}, ")
                    });
                self.happens
                    .push(format!("{machines}the control plane first, then the workers"));
                self.doubt = Some(whole(&row.facts.object, count.unwrap_or(0)));
            }
            (_, None | Some(0)) => {}
            (Role::ControlPlane, Some(1)) => self.happens.push("replaces its machine".to_owned()),
            (Role::ControlPlane, Some(count)) => {
                self.happens
                    .push(format!("replaces {count} machines, one at a time"));
            }
            (_, Some(count)) => self.happens.push(format!(
                "replaces {count} machine{}",
                if count == 1 { "" } else { "s" }
            )),
        }
    }
}

/// Why the upgrade of a whole cluster, of which so many machines are replaced, is asked about once more.
pub(crate) fn whole(cluster: &ObjectName, machines: i64) -> String {
    let replaced = match machines {
        1 => "1 machine of".to_owned(),
        count => format!("{count} machines of"),
    };
    let are = if machines == 1 { "is" } else { "are" };
    format!("a version cannot be taken back, and {replaced} {cluster} {are} replaced")
}

/// What a MachineSet will not pass before it creates machines as they are now.
pub(crate) fn blocked_alike(store: &FleetStore, row: &Row) -> Vec<String> {
    blocked(store, row, (Field::Replicas, "0", "1"))
}

/// What a MachineSet will not pass before it creates machines.
fn blocked(store: &FleetStore, row: &Row, (field, from, to): (Field, &str, &str)) -> Vec<String> {
    let facts = &row.facts;
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let creates = match field {
        Field::Version => true,
        Field::Replicas => number(to) > number(from),
    };
    if !creates || !matches!(facts.role, Role::MachineDeployment | Role::MachineSet) {
        return Vec::new();
    }
    let version = match field {
        Field::Version => Some(to),
        Field::Replicas => facts.version.as_deref(),
    };
    let version = version.and_then(|text| text.parse::<Version>().ok());
    let control_plane = store
        .cluster_of(row)
        .and_then(|cluster| control_plane(store, cluster));
    let skip = facts
        .particulars
        .as_ref()
        .and_then(|particulars| particulars.skip_preflight.as_deref());
    let request = preflight::Request {
        action: preflight::Action::ScaleUp,
        control_plane: control_plane.as_ref(),
        // What a topology manages is changed in its Cluster, which sees to the order itself.
        topology: None,
        version: version.as_ref(),
        kubeadm: super::version::is_kubeadm(row),
        skip,
    };
    preflight::failures(&request)
        .iter()
        .map(|failure| format!("no machine is created as long as {}", in_short(failure, &request)))
        .collect()
}

/// What fails in fewer words than the controller has for it: what is wrong with which versions.
fn in_short(failure: &str, request: &preflight::Request<'_>) -> String {
    let wished = request
        .control_plane
        .and_then(|control_plane| control_plane.version.as_ref());
    match (failure.split_once("skew policy as "), request.version, wished) {
        (Some((_, why)), Some(version), Some(control_plane)) => {
            format!("they are {version} and their control plane {control_plane}: {why}")
        }
        _ => failure.to_owned(),
    }
}

/// The control plane of a Cluster as the checks look at it.
fn control_plane(store: &FleetStore, cluster: &Row) -> Option<ControlPlane> {
    let found = store.control_plane_of(cluster)?;
    let version = found.facts.version.as_deref().and_then(super::version::lenient);
    let running = found
        .facts
        .particulars
        .as_ref()
        .and_then(|particulars| particulars.running_version.as_deref())
        .and_then(super::version::lenient);
    // One that never says what it runs is taken at its word.
    let observed = running.or_else(|| version.clone().filter(|_| found.facts.initialized == Some(true)));
    Some(ControlPlane {
        kind: found.facts.kind.kind.to_string(),
        name: found.facts.object.to_string(),
        missing: None,
        version,
        observed: observed.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests;
