//! Replicas as they are typed, and which of them an object may have.

use fleetui_api::kinds::Role;

use super::Refused;
use super::target::{Target, name};
use crate::row::Row;
use crate::store::FleetStore;

/// The field is an int32.
const MOST: i64 = i32::MAX as i64;

/// Reads `5`, `+2` or `-1` against the value now, and holds it against the object's rules.
pub(super) fn read(store: &FleetStore, target: &Target<'_>, typed: &str) -> Result<i64, Refused> {
    let current = target.current.as_ref().and_then(serde_json::Value::as_i64);
    let typed = typed.trim();
    let wrong = || Refused::because("replicas are a number such as 5, or a step such as +2 or -1");
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            // More digits than fit are only a larger number.
            Ok(text.parse::<i64>().unwrap_or(i64::MAX))
        } else {
            Err(wrong())
        }
    };
    let replicas = match typed.split_at_checked(1) {
        Some(("+", step)) => current.unwrap_or(0).saturating_add(number(step)?),
        Some(("-", step)) => current.unwrap_or(0).saturating_sub(number(step)?),
        Some(_) | None => number(typed)?,
    };
    if replicas > MOST {
        return Err(Refused::because(format!(
            "too large: replicas are {MOST} at most"
        )));
    }
    judge(store, target.row, replicas)?;
    if current == Some(replicas) {
        return Err(Refused::unchanged(format!("no change: {replicas} already")));
    }
    Ok(replicas)
}

/// Holds a number of replicas against the rules of the object.
pub(super) fn judge(store: &FleetStore, row: &Row, replicas: i64) -> Result<(), Refused> {
    if row.facts.role == Role::ControlPlane {
        check_control_plane(row, replicas)?;
    }
    if replicas < 0 {
        return Err(Refused::because("replicas cannot be less than 0"));
    }
    if row.facts.role == Role::MachinePool {
        check_bounds(store, row, replicas)?;
    }
    Ok(())
}

/// Cluster API takes any number of a pool; a group of nodes or instances at AWS takes none outside of its own bounds.
fn check_bounds(store: &FleetStore, pool: &Row, replicas: i64) -> Result<(), Refused> {
    let (place, namespace) = (&pool.management_cluster, &pool.facts.object.namespace);
    let behind = pool
        .facts
        .infrastructure
        .as_ref()
        .and_then(|it| store.find(place, &it.kind, namespace, &it.name));
    let particulars = behind.and_then(|behind| behind.facts.particulars.as_deref());
    let (Some(behind), Some(particulars)) = (behind, particulars) else {
        return Ok(());
    };
    let (least, most) = particulars.size_bounds;
    if least.is_none_or(|least| replicas >= least) && most.is_none_or(|most| replicas <= most) {
        return Ok(());
    }
    let bounds = match (least, most) {
        (Some(least), Some(most)) => format!("between {least} and {most} nodes"),
        (Some(least), None) => format!("{least} nodes at least"),
        (None, most) => format!("{} nodes at most", most.unwrap_or_default()),
    };
    Err(Refused::because(format!(
        "{} takes {bounds}, and not {replicas}: edit its bounds",
        name(behind)
    )))
}

/// The rules and the words of Cluster API's own admission.
fn check_control_plane(row: &Row, replicas: i64) -> Result<(), Refused> {
    if replicas <= 0 {
        return Err(Refused::because(
            "replicas of a control plane cannot be less than or equal to 0",
        ));
    }
    let stacked = row
        .facts
        .particulars
        .as_ref()
        .is_some_and(|particulars| particulars.stacked_etcd);
    if stacked && replicas % 2 == 0 {
        return Err(Refused::because(
            "replicas cannot be an even number when etcd is stacked",
        ));
    }
    Ok(())
}
